#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "tests/fuzz/fuzz.h"

static struct fuzz_dir *scratch(void)
{
	static struct fuzz_dir dir = { .fd = -1 };

	return &dir;
}

static void remove_scratch(void)
{
	must(tree_remove(AT_FDCWD, scratch()->path, NULL) == 0);
}

const struct fuzz_dir *fuzz_scratch(void)
{
	const char *tmp = getenv("TMPDIR");
	struct fuzz_dir *dir = scratch();
	int n;

	if (dir->fd >= 0)
		return dir;
	n = snprintf(dir->path, sizeof(dir->path), "%s/remit-fuzz.XXXXXX", tmp ? tmp : "/tmp");
	must(n < (int)sizeof(dir->path) && mkdtemp(dir->path));
	must(dir_open(AT_FDCWD, dir->path, &dir->fd, NULL) == 0);
	atexit(remove_scratch);
	return dir;
}

/* An input may have a say in the name: nothing is made beside the directory, and no file has two names. */
static bool is_plain(const char *path)
{
	auto_free char *copy = xstrdup(path);
	char *rest = copy, *part;

	while ((part = strsep(&rest, "/")))
		if (!*part || !strcmp(part, ".") || !strcmp(part, ".."))
			return false;
	return true;
}

bool fuzz_put(const char *path, const void *data, size_t len)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = slash ? xstrndup(path, (size_t)(slash - path)) : NULL;
	int dir = fuzz_scratch()->fd;
	auto_fd int fd = -1;

	if (!is_plain(path) || (parent && dir_make(dir, parent, 0700, NULL) < 0))
		return false;
	fd = open_beneath(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600, 0);
	return fd >= 0 && io_write_all(fd, data, len) == 0;
}

uint8_t feed_byte(struct feed *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->p++;
}

uint32_t feed_u16(struct feed *f)
{
	uint32_t high = feed_byte(f);

	return high << 8 | feed_byte(f);
}

char *feed_text(struct feed *f)
{
	const char *s = (const char *)f->p;
	size_t n = f->left ? strnlen(s, f->left) : 0;

	f->p += n + (n < f->left);
	f->left -= n + (n < f->left);
	return xstrndup(n ? s : "", n);
}

void fuzz_again(const struct bind_table *table, const void *src, const json_t *written)
{
	auto_free char *text = json_canonical(written), *first = NULL, *second = NULL;
	auto_json json_t *parsed = NULL, *before = bind_encode(table, src), *after = NULL;
	auto_free void *back = xcalloc(1, table->size);
	struct err err = { "" };

	bind_init(table, back);
	must(json_parse(text, strlen(text), "j", &parsed, &err) == 0);
	must(bind_decode(table, NULL, parsed, back, &err) == 0);
	after = bind_encode(table, back);
	bind_done(table, back);
	first = json_canonical(before);
	second = json_canonical(after);
	must(!strcmp(first, second));
}

bool fuzz_bind(const struct bind_table *table, const struct doc *doc, void *ret)
{
	auto_free char *prefix = xasprintf("%s:", doc_name(doc));
	struct err err = { "" };
	int r;

	bind_init(table, ret);
	r = bind_decode(table, doc, doc_root(doc), ret, &err);
	must(r == 0 || (r == -EINVAL && !strncmp(err.text, prefix, strlen(prefix))));
	return r == 0;
}
