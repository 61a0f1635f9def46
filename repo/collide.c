#include "repo/collide.h"

#include <string.h>

#include "repo/name.h"

struct key {
	char *folded;
	const char *name;
};

struct keys {
	struct key *v; /* sorted by folded name */
	size_t n;
};

static void keys_done(struct keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->v[i].folded);
	free(k->v);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct key *)a)->folded, ((const struct key *)b)->folded);
}

static const char *name_at(const git_tree *tree, size_t i)
{
	return git_tree_entry_name(git_tree_entry_byindex(tree, i));
}

static void collect_new(const git_tree *old, const git_tree *new, struct keys *k)
{
	size_t n = git_tree_entrycount(new);

	k->v = xcalloc(n, sizeof(*k->v));
	for (size_t i = 0; i < n; i++)
		if (!old || !git_tree_entry_byname(old, name_at(new, i)))
			k->v[k->n++] = (struct key){ name_fold(name_at(new, i)), name_at(new, i) };
	qsort(k->v, k->n, sizeof(*k->v), compare);
}

static void tell(const char *dir, const char *name, const char *other, collide_fn each, void *ctx)
{
	const char *slash = *dir ? "/" : "";
	auto_free char *path = xasprintf("%s%s%s", dir, slash, name);
	auto_free char *other_path = xasprintf("%s%s%s", dir, slash, other);

	each(ctx, path, other_path);
}

static int check_among(
	const char *dir, const struct keys *k, collide_fn each, void *ctx, struct err *err)
{
	for (size_t i = 1; i < k->n; i++) {
		if (strcmp(k->v[i - 1].folded, k->v[i].folded) != 0)
			continue;
		if (!strcmp(k->v[i - 1].name, k->v[i].name))
			return err_say(err, -EINVAL, "directory '%s' holds '%s' twice",
				*dir ? dir : ".", k->v[i].name);
		tell(dir, k->v[i].name, k->v[i - 1].name, each, ctx);
	}
	return 0;
}

/* Old names that stayed, each looked up among the new ones. */
static void check_against_old(const char *dir, const git_tree *old, const git_tree *new,
	const struct keys *k, collide_fn each, void *ctx)
{
	for (size_t i = 0; i < git_tree_entrycount(new); i++) {
		auto_free char *folded = NULL;
		const struct key *found;
		struct key wanted = { 0 };

		if (!git_tree_entry_byname(old, name_at(new, i)))
			continue;
		folded = name_fold(name_at(new, i));
		wanted.folded = folded;
		found = bsearch(&wanted, k->v, k->n, sizeof(*k->v), compare);
		if (found)
			tell(dir, found->name, name_at(new, i), each, ctx);
	}
}

int collide_check(const char *dir, const git_tree *old, const git_tree *new, collide_fn each,
	void *ctx, struct err *err)
{
	struct keys k = { 0 };
	int r;

	collect_new(old, new, &k);
	r = check_among(dir, &k, each, ctx, err);
	if (r == 0 && old && k.n)
		check_against_old(dir, old, new, &k, each, ctx);
	keys_done(&k);
	return r;
}
