/*
 * stream: both ends of a TCP stream, and of many short connections, for the gate's benchmarks.
 *
 *	stream serve PORT              each connection says first how many bytes it sends and how many it wants
 *	stream get|put HOST PORT BYTES   moves them; prints seconds
 *	stream open HOST PORT COUNT    connects that often, one after the other, for one byte each; prints seconds
 */
#include <netdb.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

struct order {
	uint64_t sent, wanted;
};

static char block[256 << 10];

static void need(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void read_all(int fd, uint64_t n)
{
	while (n) {
		ssize_t r = read(fd, block, n < sizeof(block) ? n : sizeof(block));

		need(r > 0, "read");
		n -= (uint64_t)r;
	}
}

static void write_all(int fd, uint64_t n)
{
	while (n) {
		ssize_t r = write(fd, block, n < sizeof(block) ? n : sizeof(block));

		need(r > 0, "write");
		n -= (uint64_t)r;
	}
}

static void answer(int fd)
{
	struct order o;

	if (recv(fd, &o, sizeof(o), MSG_WAITALL) != (ssize_t)sizeof(o))
		exit(1);
	read_all(fd, o.sent);
	write_all(fd, o.wanted);
	exit(0);
}

static int serve(const char *port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;

	signal(SIGCHLD, SIG_IGN);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	need(bind(fd, (void *)&at, sizeof(at)) == 0 && listen(fd, 4096) == 0, "listen");
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c >= 0 && fork() == 0)
			answer(c);
		close(c);
	}
}

static int dial(const struct addrinfo *to, struct order o)
{
	int fd = socket(to->ai_family, SOCK_STREAM, 0);

	need(connect(fd, to->ai_addr, to->ai_addrlen) == 0, "connect");
	need(write(fd, &o, sizeof(o)) == (ssize_t)sizeof(o), "write");
	return fd;
}

static void move(const struct addrinfo *to, struct order o)
{
	int fd = dial(to, o);

	write_all(fd, o.sent);
	shutdown(fd, SHUT_WR);
	read_all(fd, o.wanted);
	need(read(fd, block, 1) == 0, "the end");
	close(fd);
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *to;
	struct timespec a, b;
	uint64_t n;

	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	need(argc == 5 && getaddrinfo(argv[2], argv[3], &hints, &to) == 0, "usage, or name");
	n = strtoull(argv[4], NULL, 10);
	clock_gettime(CLOCK_MONOTONIC, &a);
	if (!strcmp(argv[1], "get"))
		move(to, (struct order){ 0, n });
	else if (!strcmp(argv[1], "put"))
		move(to, (struct order){ n, 0 });
	else
		while (n--)
			move(to, (struct order){ 0, 1 });
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.6f\n", (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
