#include "runner/layers.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "base/text.h"

struct loader {
	const struct ctx *ctx;
	struct repo *repo;
	const char *tree;
	struct layers *layers;
	struct err *err;
};

void layers_done(struct layers *l)
{
	for (size_t i = 0; i < l->n; i++)
		policy_free(l->v[i]);
	free(l->v);
	*l = (struct layers){ 0 };
}

static int add(struct loader *l, const struct buf *text, const char *name, enum policy_layer layer)
{
	struct policy *p;
	int r = policy_parse(buf_str(text), text->len, name, layer, &p, l->err);

	if (r < 0)
		return r;
	l->layers->v = xrealloc(l->layers->v, l->layers->n + 1, sizeof(struct policy *));
	l->layers->v[l->layers->n++] = p;
	return 0;
}

static int add_file_as(struct loader *l, const char *path, const char *name)
{
	auto_buf struct buf text = BUF_INIT;
	int r = file_read(AT_FDCWD, path, DOC_MAX_BYTES, &text, l->err);

	return r < 0 ? r : add(l, &text, name, POLICY_OPERATOR);
}

static int add_file(struct loader *l, const char *path)
{
	return add_file_as(l, path, path);
}

/* Nothing at all is no policy; a name that leads nowhere is one that can't be read. */
static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || errno != ENOENT;
}

/* Whoever wrote it meant it to count. */
static int refuse_yml(struct loader *l, const char *path)
{
	return err_say(l->err, -EINVAL,
		"policy '%s' would not be read: its name has to end with .yaml", path);
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int add_dir_file(struct loader *l, const char *path)
{
	if (text_ends(path, ".yml"))
		return refuse_yml(l, path);
	return text_ends(path, ".yaml") ? add_file(l, path) : 0;
}

static int add_dir(struct loader *l, const char *dir)
{
	struct dirent **names = NULL;
	int n, r = 0;

	if (!is_there(dir))
		return 0;
	n = scandir(dir, &names, visible, alphasort);
	if (n < 0)
		return err_set(l->err, -errno, "read '%s'", dir);
	for (int i = 0; i < n; i++) {
		auto_free char *path = path_join(dir, names[i]->d_name);

		if (r == 0)
			r = add_dir_file(l, path);
		free(names[i]);
	}
	free(names);
	return r;
}

static int add_config(struct loader *l, const char *config)
{
	auto_free char *file = path_join(config, "policy.yaml");
	auto_free char *yml = path_join(config, "policy.yml");
	auto_free char *dir = path_join(config, "policy.d");
	int r = is_there(file) ? add_file(l, file) : 0;

	if (r == 0 && is_there(yml))
		r = refuse_yml(l, yml);
	return r < 0 ? r : add_dir(l, dir);
}

static int add_shipped(struct loader *l, const char *name)
{
	auto_free char *path = xasprintf("%s/profiles/policies/%s.yaml", l->ctx->share, name);
	auto_free char *shown = xasprintf("shipped policy %s", name);

	if (access(path, F_OK) < 0)
		return err_say(l->err, -ENOENT,
			"there is no policy '%s': expected a file, or the name of a "
			"shipped one",
			name);
	return add_file_as(l, path, shown);
}

/* A policy that is named comes on top: what the host's configuration asks for holds in any case. */
static int add_operator(struct loader *l, const char *policy)
{
	int r = 0;

	for (int i = 0; r == 0 && i < 2; i++)
		r = add_config(l, ctx_config(l->ctx, i));
	if (r < 0 || !policy)
		return r;
	return strpbrk(policy, "/.") ? add_file(l, policy) : add_shipped(l, policy);
}

static int add_tree_file(struct loader *l, const char *path)
{
	auto_buf struct buf text = BUF_INIT;
	int r = repo_read_file(l->repo, l->tree, path, DOC_MAX_BYTES, &text, l->err);

	return r < 0 ? r : add(l, &text, path, POLICY_REPOSITORY);
}

static bool is_named(const char *name, const char *stem)
{
	return text_starts(name, stem) && strchr(name, '.') == name + strlen(stem);
}

/* Of all entries; one that is a link or a directory is refused when it is read as a file. */
static int add_tree_dir(struct loader *l, const char *dir, const char *stem)
{
	auto_strs struct strs names = { 0 };
	int r = repo_list_dir(l->repo, l->tree, dir, &names, l->err);

	if (r == -ENOENT)
		return 0;
	if (r == -ENOTDIR)
		return -EINVAL;
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *path = path_join(dir, names.v[i]);

		if (stem && !is_named(names.v[i], stem))
			continue;
		if (text_ends(path, ".yml"))
			r = refuse_yml(l, path);
		else if (text_ends(path, ".yaml"))
			r = add_tree_file(l, path);
	}
	return r;
}

static int add_repository(struct loader *l)
{
	int r = l->repo ? add_tree_dir(l, ".remit", "policy") : 0;

	return r < 0 || !l->repo ? r : add_tree_dir(l, ".remit/policy.d", NULL);
}

int layers_load(const struct ctx *ctx, const char *policy, struct repo *repo, const char *tree,
	struct layers *ret, struct err *err)
{
	struct layers layers = { 0 };
	struct loader l = { ctx, repo, tree, &layers, err };
	int r = add_operator(&l, policy);

	if (r == 0)
		r = add_repository(&l);
	if (r == 0 && !layers.n)
		r = add_shipped(&l, "default");
	if (r < 0) {
		layers_done(&layers);
		return r;
	}
	*ret = layers;
	return 0;
}

json_t *layers_encode(const struct layers *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++) {
		json_t *o = json_object();

		json_put_str(o, "name", policy_name(l->v[i]));
		json_put_str(o, "sha256", policy_digest(l->v[i]));
		json_push(list, o);
	}
	return list;
}
