/*
 * network.c serve | connect PORT | bind PORT | listen | fastopen | route: serve prints the port of the loopback on
 * which it takes one connection; the others try what a cage is not to reach.
 */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int stream(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		broken("socket");
	return fd;
}

static int port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		broken("getsockname");
	return ntohs(a.sin_port);
}

static void serve(void)
{
	struct sockaddr_in a = loopback(0);
	int fd = stream(), one;

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1) < 0)
		broken("listen");
	printf("%d\n", port_of(fd));
	fflush(stdout);
	alarm(10);
	one = accept(fd, NULL, NULL);
	if (one < 0 || write(one, "secret", 6) != 6)
		broken("accept");
	exit(0);
}

static void try_connect(int port)
{
	struct sockaddr_in a = loopback(port);
	char text[16] = "";
	int fd = stream();

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		read(fd, text, sizeof(text) - 1) < 0)
		held_by_errno("connect");
	escaped("port %d says '%s'", port, text);
}

static void try_bind(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = stream();

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		held_by_errno("bind");
	escaped("port %d is ours", port);
}

/* A socket that is told to listen before it has a port gets one from the kernel. */
static struct sockaddr_in unbound_listener(void)
{
	int fd = stream();

	if (listen(fd, 1) < 0)
		broken("listen");
	return loopback(port_of(fd));
}

static void try_listen(void)
{
	struct sockaddr_in a = unbound_listener();

	if (connect(stream(), (struct sockaddr *)&a, sizeof(a)) < 0)
		held_by_errno("connect");
	escaped("port %d is not listed", ntohs(a.sin_port));
}

/* Connects without a connect(). */
static void try_fastopen(void)
{
	struct sockaddr_in a = unbound_listener();
	struct iovec data = { "x", 1 };
	struct msghdr one = {
		.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &data, .msg_iovlen = 1
	};
	struct mmsghdr many = { .msg_hdr = one };

	if (sendto(stream(), "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof(a)) < 0 &&
		sendmsg(stream(), &one, MSG_FASTOPEN) < 0 &&
		sendmmsg(stream(), &many, 1, MSG_FASTOPEN) < 0)
		held_by_errno("send with MSG_FASTOPEN");
	escaped("port %d is not listed", ntohs(a.sin_port));
}

/* All of the internet is on the loopback device. */
static void try_route(void)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg route;
		struct rtattr dst;
		unsigned char address[4];
		struct rtattr oif;
		int device;
	} request = {
		.head = { sizeof(request), RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK,
			1, 0 },
		.route = { .rtm_family = AF_INET,
			.rtm_dst_len = 32,
			.rtm_table = RT_TABLE_LOCAL,
			.rtm_protocol = RTPROT_STATIC,
			.rtm_scope = RT_SCOPE_HOST,
			.rtm_type = RTN_LOCAL },
		.dst = { 8, RTA_DST },
		.address = { 198, 51, 100, 7 },
		.oif = { 8, RTA_OIF },
		.device = 1,
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} reply;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0 ||
		recv(fd, &reply, sizeof(reply), 0) < (ssize_t)sizeof(reply.head))
		broken("speak to rtnetlink");
	errno = -reply.error.error;
	if (errno)
		held_by_errno("a new route");
	escaped("a route was made");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "serve"))
		serve();
	if (!strcmp(what, "connect") && argc == 3)
		try_connect(atoi(argv[2]));
	if (!strcmp(what, "bind") && argc == 3)
		try_bind(atoi(argv[2]));
	if (!strcmp(what, "listen"))
		try_listen();
	if (!strcmp(what, "fastopen"))
		try_fastopen();
	if (!strcmp(what, "route"))
		try_route();
	broken("unknown attack");
}
