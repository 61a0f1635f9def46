#include "base/path.h"

#include <limits.h>
#include <string.h>

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

/* Walks the components behind a leading slash. */
static bool is_normal(const char *path)
{
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (!n || (n == 1 && path[0] == '.') || (n == 2 && !memcmp(path, "..", 2)))
			return false;
		path += n;
	}
	return true;
}

int path_check_absolute(const char *path, struct err *err)
{
	if (path[0] != '/')
		return err_say(err, -EINVAL, "'%s' is not an absolute path", path);
	if (strlen(path) >= PATH_MAX)
		return err_say(err, -ENAMETOOLONG, "path is longer than %d bytes", PATH_MAX - 1);
	if (has_control(path))
		return err_say(err, -EINVAL, "'%s' has a control character in it", path);
	if (path[1] && !is_normal(path))
		return err_say(err, -EINVAL,
			"'%s' is not a plain path: expected no '.', '..', double or last slash",
			path);
	return 0;
}

int path_check_listed(const char *path, struct err *err)
{
	return path_check_absolute(path[0] == '~' && path[1] == '/' ? path + 1 : path, err);
}

bool path_is_beneath(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (!strcmp(dir, "/"))
		return true;
	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

char *path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	return xasprintf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

char *path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}
