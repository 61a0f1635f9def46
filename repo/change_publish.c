#include <fcntl.h>
#include <string.h>

#include "base/text.h"
#include "repo/change_view.h"
#include "repo/newref.h"
#include "repo/publish.h"

/* As people call it: a branch by its short name. */
static const char *shown(const char *name)
{
	return text_starts(name, "refs/heads/") ? name + strlen("refs/heads/") : name;
}

/* A reference is a file, so no other reference may have a directory on its way as its name. */
static int check_way(const struct repo *repo, const char *name, struct err *err)
{
	for (const char *p = name + strlen("refs/"); (p = strchr(p, '/')); p++) {
		auto_free char *above = xstrndup(name, (size_t)(p - name));
		auto_git_reference git_reference *ref = NULL;

		if (git_reference_lookup(&ref, repo->git, above) == 0)
			return err_say(err, -EEXIST,
				"'%s' has a branch '%s', which leaves no room for '%s': rename it",
				repo->name, shown(above), shown(name));
	}
	return 0;
}

/* The reference may not be a directory of others either. */
static int check_below(const struct repo *repo, const char *name, struct err *err)
{
	auto_free char *all = xasprintf("%s/*", name);
	auto_git_refs git_reference_iterator *refs = NULL;
	const char *below;
	int r = git_reference_iterator_glob_new(&refs, repo->git, all);

	if (r == 0)
		r = git_reference_next_name(&below, refs);
	if (r == 0)
		return err_say(err, -EEXIST,
			"'%s' has a branch '%s', which leaves no room for '%s': rename it",
			repo->name, shown(below), shown(name));
	return r == GIT_ITEROVER ? 0 : repo_fail(err, r, "look for '%s' in '%s'", all, repo->name);
}

static int check_free(const struct repo *repo, const char *name, struct err *err)
{
	auto_git_reference git_reference *ref = NULL;
	int r = git_reference_lookup(&ref, repo->git, name);

	if (r == 0)
		return err_say(
			err, -EEXIST, "'%s' has a branch '%s' already", repo->name, shown(name));
	if (r == GIT_EINVALIDSPEC)
		return err_say(err, -EINVAL, "'%s' is not a name for a branch", shown(name));
	if (r != GIT_ENOTFOUND)
		return repo_fail(err, r, "look for '%s' in '%s'", name, repo->name);
	r = check_way(repo, name, err);
	return r < 0 ? r : check_below(repo, name, err);
}

/* Whether git would keep a log for it (git-config(1), core.logAllRefUpdates). */
static bool is_logged(const struct repo *repo, const char *name)
{
	auto_git_config git_config *config = NULL;
	const char *value;
	int yes = !git_repository_is_bare(repo->git);

	if (git_repository_config_snapshot(&config, repo->git) == 0 &&
		git_config_get_string(&value, config, "core.logallrefupdates") == 0) {
		if (!strcasecmp(value, "always"))
			return true;
		if (git_config_parse_bool(&yes, value) < 0)
			yes = false;
	}
	return yes && text_starts(name, "refs/heads/");
}

static int open_common(const struct repo *repo, int *ret, struct err *err)
{
	const char *common = git_repository_commondir(repo->git);

	*ret = open(common, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? err_set(err, -errno, "open '%s'", common) : 0;
}

struct creation {
	int common;
	struct newref ref;
};

static int create_as_owner(void *ctx, struct err *err)
{
	const struct creation *c = ctx;

	return newref_write(c->common, &c->ref, err);
}

/* "OLD NEW NAME <ADDRESS> SECONDS ZONE\tWHY", by whoever made the commit and at its time. */
static int make_log(const struct repo *repo, const git_oid *id, char **ret, struct err *err)
{
	auto_view struct view v = { 0 };
	auto_git_commit git_commit *commit = NULL;
	const git_signature *who;
	char hex[REPO_ID_HEX + 1];
	int r = view_open(repo, NULL, &v, err);

	if (r == 0)
		r = view_commit(&v, id, &commit, err);
	if (r < 0)
		return r;
	who = git_commit_committer(commit);
	git_oid_tostr(hex, sizeof(hex), id);
	*ret = xasprintf("%040d %s %s <%s> %lld +0000\tremit: captured change\n", 0, hex, who->name,
		who->email, (long long)who->when.time);
	return 0;
}

static int create(const struct repo *repo, const char *name, const git_oid *id,
	const struct owner *owner, struct err *err)
{
	auto_free char *log = NULL;
	auto_fd int common = -1;
	char hex[REPO_ID_HEX + 1];
	struct creation c;
	int r = open_common(repo, &common, err);

	if (r == 0 && is_logged(repo, name))
		r = make_log(repo, id, &log, err);
	if (r < 0)
		return r;
	git_oid_tostr(hex, sizeof(hex), id);
	c = (struct creation){ common, { name, hex, log } };
	r = owner_do(owner, create_as_owner, &c, err);
	if (r == -EEXIST)
		return err_say(
			err, -EEXIST, "'%s' has a branch '%s' already", repo->name, shown(name));
	return r < 0 ? err_prefix(err, r, "create '%s' in '%s'", name, repo->name) : 0;
}

int change_publish(
	const struct change *change, const char *branch, const char *commit, struct err *err)
{
	auto_free char *name = xasprintf(
		"%s%s", text_starts(branch, "refs/") ? "" : "refs/heads/", branch);
	struct owner owner;
	git_oid id;
	int r = repo_parse_id(commit, &id, err);

	if (r == 0)
		r = owner_find(change->repo, &owner, err);
	if (r == 0)
		r = check_free(change->repo, name, err);
	if (r == 0 && change->quarantine && access(change->quarantine, F_OK) == 0)
		r = publish_objects(change->quarantine, change->repo->objects, &owner, err);
	if (r == 0)
		r = create(change->repo, name, &id, &owner, err);
	return r < 0 ? err_prefix(err, r, "publish the change") : 0;
}

struct place {
	struct repo *repo;
	int common;
	const char *const *dirs;
	size_t n;
};

static int check_as_owner(void *ctx, struct err *err)
{
	const struct place *p = ctx;
	int r = publish_check(p->repo->objects, err);

	for (size_t i = 0; r == 0 && i < p->n; i++) {
		auto_free char *some = xasprintf("%s/*", p->dirs[i]);
		auto_free char *log = xasprintf("logs/%s", p->dirs[i]);

		r = newref_check(p->common, p->dirs[i], err);
		if (r == 0 && is_logged(p->repo, some))
			r = newref_check(p->common, log, err);
	}
	return r < 0 ? err_prefix(err, r, "the change would have no place in '%s'", p->repo->name)
		     : 0;
}

int change_check_place(struct repo *repo, const char *const dirs[], size_t n, struct err *err)
{
	auto_fd int common = -1;
	struct place p = { repo, -1, dirs, n };
	struct owner owner;
	int r = open_common(repo, &common, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		auto_free char *some = xasprintf("%s/*", dirs[i]);

		r = check_way(repo, some, err);
	}
	p.common = common;
	if (r == 0)
		r = owner_find(repo, &owner, err);
	return r < 0 ? r : owner_do(&owner, check_as_owner, &p, err);
}
