#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"

static void need(bool held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

void scratch_open(struct scratch *s)
{
	strcpy(s->path, "/tmp/remit-unit.XXXXXX");
	need(mkdtemp(s->path), "make a scratch directory");
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(s->fd >= 0, "open a scratch directory");
}

void scratch_close(struct scratch *s)
{
	close(s->fd);
	need(tree_remove(AT_FDCWD, s->path, NULL) == 0, "remove a scratch directory");
}

void scratch_put(const struct scratch *s, const char *name, const char *text)
{
	auto_fd int fd = openat(s->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	need(fd >= 0 && io_write_all(fd, text, strlen(text)) == 0, name);
}

char *scratch_get(const struct scratch *s, const char *name)
{
	auto_fd int fd = openat(s->fd, name, O_RDONLY | O_CLOEXEC);
	struct buf text = BUF_INIT;

	need(fd >= 0 && io_read_all(fd, 1 << 20, &text) == 0, name);
	return buf_steal(&text);
}
