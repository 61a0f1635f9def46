#include "sandbox/network.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sandbox/control.h"
#include "sandbox/gatelink.h"
#include "sandbox/routes.h"
#include "sandbox/weaken.h"

static int bring_up_loopback(const struct cage *cage)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	auto_fd int sock = -1;

	if (cage->plan.network.loopback == PLAN_LO_NONE && !cage->plan.network.allow.n)
		return 0;
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return sock < 0 || ioctl(sock, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* The namespace lives as long as somebody is in it: the helper stays until it is ended. */
static _Noreturn void make_namespace(const struct cage *cage, int ready)
{
	int r = unshare(CLONE_NEWNET) < 0 ? -errno : bring_up_loopback(cage);

	if (r == 0 && cage->plan.network.allow.n)
		r = routes_add(&cage->plan.network);
	if (write(ready, &r, sizeof(r)) != (ssize_t)sizeof(r))
		_exit(1);
	for (;;)
		pause();
}

static long start_helper(const struct cage *cage, int *pidfd, int ready)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		make_namespace(cage, ready);
	return pid;
}

int network_begin(const struct cage *cage, struct network *ret, struct err *err)
{
	int ends[2];
	long pid;

	*ret = (struct network){ .pidfd = -1, .ready = -1 };
	if (weakened("ns-net"))
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	pid = start_helper(cage, &ret->pidfd, ends[1]);
	close(ends[1]);
	ret->helper = (pid_t)pid;
	ret->ready = ends[0];
	return pid < 0 ? err_set(err, -errno, "start the network's helper") : 0;
}

static int join(const struct network *n)
{
	int r;

	if (read(n->ready, &r, sizeof(r)) != (ssize_t)sizeof(r))
		return -EPIPE;
	if (r == 0 && setns(n->pidfd, CLONE_NEWNET) < 0)
		r = -errno;
	return r;
}

int network_join(struct network *n, struct err *err)
{
	int r;

	if (n->helper <= 0)
		return 0;
	r = join(n);
	kill(n->helper, SIGKILL);
	while (waitpid(n->helper, NULL, 0) < 0 && errno == EINTR)
		;
	close(n->pidfd);
	close(n->ready);
	return r < 0 ? err_set(err, r, "make a network namespace with loopback") : 0;
}

static int hand_over(const struct cage *cage, enum control_type type, int fd, struct err *err)
{
	struct control msg = { .type = type };
	int r = control_send(cage->control[1], &msg, fd);

	return r < 0 ? err_set(err, r, "talk to the supervisor") : 0;
}

static int hand_over_socket(const struct cage *cage, size_t i, struct err *err)
{
	auto_fd int fd = gatelink_socket(&cage->plan.network, i);

	return fd < 0 ? err_set(err, fd, "listen for the gate")
		      : hand_over(cage, CONTROL_SOCKET, fd, err);
}

/* Any socket tells which namespace it is of. */
static int hand_over_namespace(const struct cage *cage, struct err *err)
{
	auto_fd int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	auto_fd int fd = sock < 0 ? -1 : ioctl(sock, SIOCGSKNS);

	return fd < 0 ? err_set(err, -errno, "open the network namespace")
		      : hand_over(cage, CONTROL_NETWORK, fd, err);
}

int network_hand_over(const struct cage *cage, struct err *err)
{
	size_t n = gatelink_sockets(&cage->plan.network);
	int r = n ? hand_over_namespace(cage, err) : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = hand_over_socket(cage, i, err);
	return r;
}
