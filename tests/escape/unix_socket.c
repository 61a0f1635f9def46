/*
 * unix_socket serve|connect NAME: a daemon's socket, and who wants to talk to it. A name that begins with @ is
 * an abstract one. The daemon answers one caller with a word; it ends after a minute at most.
 */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/escape/probe.h"

static const char word[] = "daemon";

static socklen_t set_name(struct sockaddr_un *addr, const char *name)
{
	size_t n = strlen(name);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n >= sizeof(addr->sun_path))
		broken("the name is too long: %s", name);
	memcpy(addr->sun_path, name, n);
	if (*name != '@')
		return sizeof(*addr);
	addr->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		broken("make a socket");
	return fd;
}

static void serve(const char *name)
{
	struct sockaddr_un addr;
	socklen_t n = set_name(&addr, name);
	int fd = new_socket();

	alarm(60);
	if (bind(fd, (struct sockaddr *)&addr, n) < 0 || listen(fd, 5) < 0)
		broken("bind %s", name);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int caller = accept(fd, NULL, NULL);

		if (caller >= 0 && write(caller, word, sizeof(word)) < 0)
			broken("answer");
		close(caller);
	}
}

static void reach(const char *name)
{
	struct sockaddr_un addr;
	socklen_t n = set_name(&addr, name);
	char answer[sizeof(word)] = "";
	int fd = new_socket();

	if (connect(fd, (struct sockaddr *)&addr, n) < 0)
		held_by_errno("connect");
	if (read(fd, answer, sizeof(answer)) < 0 || strcmp(answer, word) != 0)
		broken("hear from %s", name);
	escaped("talked to the daemon at %s", name);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "connect"))
		reach(argv[2]);
	broken("no such thing to do");
}
