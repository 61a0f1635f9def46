#include "repo/alternates.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"

enum { MAX_STEPS = 5, MAX_STORES = 64, MAX_BYTES = 1 << 20 };

bool alternates_has(const char *objects)
{
	auto_free char *path = path_join(objects, "info/alternates");

	return access(path, F_OK) == 0;
}

/* One line: a path, relative ones from the object directory that names it. */
static int add_line(const char *objects, const char *line, struct strs *out, struct err *err)
{
	auto_free char *joined = line[0] == '/' ? xstrdup(line) : path_join(objects, line);
	char real[PATH_MAX];

	if (!*line || *line == '#' || !realpath(joined, real) || strs_has(out, real))
		return 0;
	if (out->n >= MAX_STORES)
		return err_say(
			err, -E2BIG, "'%s' has more than %d alternates", objects, MAX_STORES);
	strs_add(out, real);
	return 0;
}

static int add_named(const char *objects, struct strs *out, struct err *err)
{
	auto_free char *path = path_join(objects, "info/alternates");
	auto_buf struct buf text = BUF_INIT;
	char *rest;
	int r;

	if (!alternates_has(objects))
		return 0;
	r = file_read(AT_FDCWD, path, MAX_BYTES, &text, err);
	rest = text.data;
	while (r == 0 && rest) {
		const char *line = strsep(&rest, "\r\n");

		r = add_line(objects, line, out, err);
	}
	return r;
}

int alternates_resolve(const char *objects, struct strs *out, struct err *err)
{
	size_t from = out->n;
	int r = add_line("/", objects, out, err);

	if (r == 0 && out->n == from)
		return err_say(err, -ENOENT, "there is no object directory '%s'", objects);
	for (unsigned int step = 0; r == 0 && step < MAX_STEPS; step++) {
		size_t to = out->n;

		for (; r == 0 && from < to; from++)
			r = add_named(out->v[from], out, err);
	}
	return r;
}
