#include "sandbox/attempt.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

#include "sandbox/procfs.h"
#include "sandbox/weaken.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage space;
};

json_t *attempt_exec(pid_t pid)
{
	json_t *o = json_object();

	json_put_str(o, "what", "exec under a debugger");
	procfs_add_who(o, pid);
	json_put_str(o, "error", "EPERM");
	return o;
}

int attempt_error(const struct seccomp_notif *n)
{
	return n->data.nr == SYS_socket ? EAFNOSUPPORT : EPERM;
}

json_t *attempt_syscall(const struct seccomp_notif *n, int error)
{
	auto_free char *name = seccomp_syscall_resolve_num_arch(n->data.arch, n->data.nr);
	json_t *o = json_object(), *args = json_array();

	json_put_str(o, "what", "syscall");
	json_put_str(o, "syscall", name ? name : "unknown");
	for (size_t i = 0; i < 3; i++)
		json_push(args, json_integer((json_int_t)n->data.args[i]));
	json_put(o, "args", args);
	procfs_add_who(o, (pid_t)n->pid);
	json_put_str(o, "error", strerrorname_np(error));
	return o;
}

static bool read_address(const struct seccomp_notif *n, union address *a)
{
	bool datagram = n->data.nr == SYS_sendto;
	uint64_t at = n->data.args[datagram ? 4 : 1], len = n->data.args[datagram ? 5 : 2];
	struct iovec local = { a, len < sizeof(*a) ? (size_t)len : sizeof(*a) };
	struct iovec remote = { (void *)(uintptr_t)at, local.iov_len };

	memset(a, 0, sizeof(*a));
	return process_vm_readv((pid_t)n->pid, &local, 1, &remote, 1, 0) >= 2;
}

/* 127.0.0.0/8, and 0.0.0.0, which a connect takes for it. */
static bool is_loopback4(uint32_t net_order)
{
	uint32_t a = ntohl(net_order);

	return a >> 24 == 127 || a == 0;
}

static bool is_loopback(const union address *a)
{
	const struct in6_addr *six = &a->v6.sin6_addr;
	uint32_t four;

	if (a->any.sa_family == AF_INET)
		return is_loopback4(a->v4.sin_addr.s_addr);
	if (!IN6_IS_ADDR_V4MAPPED(six))
		return IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_UNSPECIFIED(six);
	memcpy(&four, &six->s6_addr[12], sizeof(four));
	return is_loopback4(four);
}

static unsigned int port_of(const union address *a)
{
	return ntohs(a->any.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port);
}

static const char *protocol_name(int protocol)
{
	return protocol == IPPROTO_TCP	  ? "tcp"
	       : protocol == IPPROTO_UDP  ? "udp"
	       : protocol == IPPROTO_ICMP ? "icmp"
					  : "other";
}

/* Which protocol a socket of the job speaks, asked of the socket itself. */
static const char *ask_protocol(const struct seccomp_notif *n)
{
	auto_fd int pid = pidfd_open(procfs_process_of((pid_t)n->pid), 0);
	auto_fd int sock = pid < 0 ? -1 : pidfd_getfd(pid, (int)n->data.args[0], 0);
	struct timespec moment = { .tv_nsec = 100000000 };
	int protocol;
	socklen_t len = sizeof(protocol);

	if (weakened("slow-look"))
		nanosleep(&moment, NULL);
	if (sock < 0 || getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) < 0)
		return "unknown";
	return protocol_name(protocol);
}

static void wake(int sig)
{
	(void)sig;
}

/* Every millisecond a signal, or none any more. */
static void set_alarm(bool on)
{
	struct timeval often = { .tv_usec = on && !weakened("look-alarm") ? 1000 : 0 };
	struct itimerval timer = { often, often };
	struct sigaction act = { .sa_handler = wake };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	(void)sigaction(SIGALRM, &act, NULL);
	(void)sigprocmask(on ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * If the job closes its socket while we hold a copy, ours is the last, and closing that can wait for as long as
 * the job has said with SO_LINGER, but for a signal.
 */
static const char *protocol_of(const struct seccomp_notif *n)
{
	const char *name;

	set_alarm(true);
	name = ask_protocol(n);
	set_alarm(false);
	return name;
}

static bool is_listed_port(const struct plan *plan, unsigned int port)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", port);
	return strs_has(&plan->network.ports, text);
}

/*
 * Where the gate listens, the way is open; elsewhere on its addresses nobody answers. That a socket for datagrams is
 * connected to one is how resolvers find out which address they would use: nothing is sent.
 */
static const char *gate_verdict(const struct seccomp_notif *n, const struct in6_addr *to,
	uint16_t port, const char *protocol, const struct gatelink *gate)
{
	bool tcp = !strcmp(protocol, "tcp");

	if (!tcp && n->data.nr == SYS_connect)
		return NULL;
	if (gatelink_listens(gate, to, port) && (tcp || port == DNS_PORT))
		return NULL;
	return "ECONNREFUSED";
}

/* The error that the kernel will give, or NULL where the way is open. */
static const char *verdict(const struct seccomp_notif *n, const union address *a,
	const char *protocol, const struct plan *plan, struct gatelink *gate)
{
	struct in6_addr to;
	uint16_t port;

	if (address_from_socket(&a->any, &to, &port) && gatelink_routes(gate, &to)) {
		askers_note(&gate->askers, (pid_t)n->pid);
		return gate_verdict(n, &to, port, protocol, gate);
	}
	if (!is_loopback(a))
		return "ENETUNREACH";
	if (plan->network.loopback == PLAN_LO_NONE)
		return plan->network.allow.n ? "EACCES" : "ENETUNREACH";
	if (plan->network.loopback == PLAN_LO_PORTS && !strcmp(protocol, "tcp") &&
		!is_listed_port(plan, port_of(a)))
		return "EACCES";
	return NULL;
}

static json_t *describe(const struct seccomp_notif *n, const union address *a, const char *protocol,
	const char *error)
{
	const void *ip = a->any.sa_family == AF_INET ? (const void *)&a->v4.sin_addr
						     : (const void *)&a->v6.sin6_addr;
	char text[INET6_ADDRSTRLEN] = "";
	json_t *o = json_object();

	inet_ntop(a->any.sa_family, ip, text, sizeof(text));
	json_put_str(o, "what", n->data.nr == SYS_connect ? "connect" : "send");
	json_put_str(o, "address", text);
	json_put_int(o, "port", port_of(a));
	json_put_str(o, "protocol", protocol);
	procfs_add_who(o, (pid_t)n->pid);
	json_put_str(o, "error", error);
	return o;
}

json_t *attempt_connect(
	const struct seccomp_notif *n, const struct plan *plan, struct gatelink *gate)
{
	const char *protocol, *error;
	union address a;

	if (!read_address(n, &a) || (a.any.sa_family != AF_INET && a.any.sa_family != AF_INET6))
		return NULL;
	if (is_loopback(&a) && plan->network.loopback == PLAN_LO_ALL)
		return NULL;
	protocol = protocol_of(n);
	error = verdict(n, &a, protocol, plan, gate);
	return error ? describe(n, &a, protocol, error) : NULL;
}
