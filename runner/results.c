#include "runner/results.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"
#include "base/record.h"
#include "base/text.h"
#include "runner/joblock.h"

enum { MAX_RESULT = 256 << 20, SECOND_LEN = sizeof("20260102-030405") - 1 };

static const char result_name[] = "result.json";

static int is_job(const struct dirent *e)
{
	return e->d_name[0] >= '0' && e->d_name[0] <= '9';
}

int results_list(const struct ctx *ctx, struct strs *ret, struct err *err)
{
	auto_free char *dir = ctx_state(ctx, "jobs");
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_job, alphasort);

	if (n < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "read '%s'", dir);
	for (int i = 0; i < n; i++) {
		strs_add(ret, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return 0;
}

static int find_part(const struct strs *all, const char *name, size_t *ret, struct err *err)
{
	size_t found = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (!strcmp(all->v[i], name)) {
			*ret = i;
			return 0;
		}
		if (strstr(all->v[i], name)) {
			*ret = i;
			found++;
		}
	}
	if (!found)
		return err_say(err, -ENOENT,
			"there is no job '%s': `remit jobs` lists those that there are", name);
	if (found > 1)
		return err_say(
			err, -EINVAL, "'%s' means %zu jobs: write more of the name", name, found);
	return 0;
}

/* Names tell the second; which of those of the last one began last is in their results. */
static size_t find_latest(const struct ctx *ctx, const struct strs *all)
{
	size_t latest = all->n - 1;
	char began[RECORD_TIME_LEN + 1] = "";

	for (size_t i = all->n; i-- && !strncmp(all->v[i], all->v[all->n - 1], SECOND_LEN);) {
		auto_json json_t *result = results_load(ctx, all->v[i]);
		const char *s = json_string_value(json_object_get(result, "started"));

		if (!s || strcmp(s, began) <= 0)
			continue;
		latest = i;
		text_safe(s, strlen(s), began, sizeof(began));
	}
	return latest;
}

int results_find(const struct ctx *ctx, const char *name, char **ret_id, struct err *err)
{
	auto_strs struct strs all = { 0 };
	size_t which = 0;
	int r = results_list(ctx, &all, err);

	if (r < 0)
		return r;
	if (!all.n)
		return err_say(err, -ENOENT, "there is no job yet: `remit run` makes one");
	if (name)
		r = find_part(&all, name, &which, err);
	else
		which = find_latest(ctx, &all);
	if (r == 0)
		*ret_id = xstrdup(all.v[which]);
	return r;
}

static char *dir_of(const struct ctx *ctx, const char *id)
{
	auto_free char *jobs = ctx_state(ctx, "jobs");

	return path_join(jobs, id);
}

static json_t *say_state(json_t *result, const char *id, const char *state)
{
	json_put_str(result, "job", id);
	json_put_str(result, "state", state);
	return result;
}

static json_t *unreadable(const char *id, const char *why)
{
	json_t *o = say_state(json_object(), id, "unreadable");

	json_put_str(o, "error", why);
	return o;
}

static bool is_running(const json_t *result)
{
	const char *state = json_string_value(json_object_get(result, "state"));

	return state && !strcmp(state, "running");
}

/* The lock is looked at first: it is let go of after the last result is written. */
json_t *results_load(const struct ctx *ctx, const char *id)
{
	auto_free char *dir = dir_of(ctx, id), *path = path_join(dir, result_name);
	const char *alive = joblock_is_held(ctx, id) ? "running" : "interrupted";
	auto_buf struct buf text = BUF_INIT;
	auto_json json_t *result = NULL;
	struct err err = { "" };
	int r = file_read(AT_FDCWD, path, MAX_RESULT, &text, &err);

	if (r == -ENOENT)
		return say_state(json_object(), id, alive);
	if (r == 0)
		r = json_parse(buf_str(&text), text.len, path, &result, &err);
	if (r < 0)
		return unreadable(id, err.text);
	if (!json_is_object(result))
		return unreadable(id, "its result is no JSON object");
	return is_running(result) ? say_state(json_incref(result), id, alive) : json_incref(result);
}

int results_write(const struct ctx *ctx, const char *id, const json_t *result, struct err *err)
{
	auto_free char *dir = dir_of(ctx, id), *path = path_join(dir, result_name);
	auto_free char *text = json_canonical(result);

	return file_write(AT_FDCWD, path, 0600, text, strlen(text), 0, err);
}

static int not_result(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
	       strcmp(e->d_name, result_name) != 0;
}

int results_clear(const struct ctx *ctx, const char *id, struct err *err)
{
	auto_free char *path = dir_of(ctx, id);
	struct dirent **names = NULL;
	auto_fd int dir = -1;
	int n, r = dir_open(AT_FDCWD, path, &dir, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	n = scandirat(dir, ".", &names, not_result, NULL);
	if (n < 0)
		return err_set(err, -errno, "read '%s'", path);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = tree_remove(dir, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	return r;
}

int results_remove(const struct ctx *ctx, const char *id, struct err *err)
{
	auto_free char *path = dir_of(ctx, id);

	return tree_remove(AT_FDCWD, path, err);
}
