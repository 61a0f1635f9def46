/*
 * Pid 1 of a cage. It is created in its namespaces but the network's, and then
 *
 *   1. takes its identity: maps the one user;
 *   2. has the network namespace made, closes /proc/self to everybody, and meanwhile
 *   3. builds the root and enters it, and moves into that namespace;
 *   4. gives up every capability, for good;
 *   5. starts the job and hands its terminal, decoys and process over to the supervisor;
 *   6. forbids itself everything but waiting, and reaps until the job has ended. Its own end is the end of
 *      every process in the cage, by the kernel's hand.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sandbox/cage.h"
#include "sandbox/control.h"
#include "sandbox/identity.h"
#include "sandbox/network.h"
#include "sandbox/rootfs.h"
#include "sandbox/seccomp.h"
#include "sandbox/weaken.h"

/*
 * A change of credentials makes the kernel forget the request, so it comes after the last one. If the
 * supervisor died before that, its end of the line is closed.
 */
static int die_with_supervisor(const struct cage *cage, struct err *err)
{
	char byte;

	if (weakened("die-with-supervisor"))
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_set(err, -errno, "ask to die with the supervisor");
	if (recv(cage->control[1], &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0)
		return err_say(err, -ESRCH, "the supervisor is gone");
	return 0;
}

static int name_host(const struct cage *cage, struct err *err)
{
	const char *name = cage->plan.user.host;

	if (!weakened("ns-uts") && sethostname(name, strlen(name)) < 0)
		return err_set(err, -errno, "set the host name '%s'", name);
	return 0;
}

static int build_root(struct cage *cage, struct err *err)
{
	struct rootfs root;
	int r = rootfs_build(cage, &root, err);

	return r < 0 ? r : rootfs_enter(&root, err);
}

static int tell(const struct cage *cage, enum control_type type, int fd, struct err *err)
{
	struct control msg = { .type = type };
	int r = control_send(cage->control[1], &msg, fd);

	return r < 0 ? err_set(err, r, "talk to the supervisor") : 0;
}

/* A pty of the cage's own devpts; the job gets the slave, the supervisor the master. */
static int open_terminal(const struct cage *cage, int *ret_slave, struct err *err)
{
	auto_fd int master = -1;
	int unlock = 0, slave;

	*ret_slave = -1;
	if (cage->io.terminal < 0)
		return 0;
	master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_set(err, -errno, "open a pty");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_set(err, -errno, "open a pty");
	*ret_slave = slave;
	return tell(cage, CONTROL_TERMINAL, master, err);
}

static int hand_over_decoy(const struct cage *cage, size_t i, struct err *err)
{
	struct control msg = { .type = CONTROL_DECOY, .value = (int)i };
	const char *path = cage->plan.decoys.v[i];
	auto_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_set(err, -errno, "open the decoy '%s'", path);
	r = control_send(cage->control[1], &msg, fd);
	return r < 0 ? err_set(err, r, "talk to the supervisor") : 0;
}

static int hand_over_decoys(const struct cage *cage, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < cage->plan.decoys.n; i++)
		r = hand_over_decoy(cage, i, err);
	return r;
}

static int set_up(struct cage *cage, int *ret_slave, struct err *err)
{
	struct network network;
	int r = identity_map(cage, err);

	if (r == 0)
		r = network_begin(cage, &network, err);
	if (r == 0)
		r = identity_close(err);
	if (r == 0)
		r = name_host(cage, err);
	if (r == 0)
		r = build_root(cage, err);
	if (r == 0)
		r = network_join(&network, err);
	if (r == 0)
		r = network_hand_over(cage, err);
	if (r == 0)
		r = identity_drop_privileges(err);
	if (r == 0)
		r = die_with_supervisor(cage, err);
	if (r == 0)
		r = open_terminal(cage, ret_slave, err);
	return r < 0 ? r : hand_over_decoys(cage, err);
}

static int start_job(struct cage *cage, int slave, pid_t *ret_pid, struct err *err)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		cage_job(cage, slave);
	if (pid < 0)
		return err_set(err, -errno, "start the job");
	*ret_pid = (pid_t)pid;
	return tell(cage, CONTROL_JOB, pidfd, err);
}

/* Keeps nothing but the line to the supervisor: an end of the job's pipes held here would hide their end. */
static int let_go(const struct cage *cage, struct err *err)
{
	unsigned int keep = (unsigned int)cage->control[1];

	if (close_range(0, keep - 1, 0) < 0 || close_range(keep + 1, ~0U, 0) < 0)
		return err_set(err, -errno, "close descriptors");
	if (!weakened("init-seccomp") && seccomp_install_init() < 0)
		return err_set(err, -errno, "confine init");
	return 0;
}

static _Noreturn void reap(const struct cage *cage, pid_t job)
{
	struct control msg = { .type = CONTROL_ENDED };

	for (;;) {
		pid_t pid = wait4(-1, &msg.value, __WALL, NULL);

		if (pid == job)
			_exit(control_send(cage->control[1], &msg, -1) < 0);
		if (pid < 0 && errno != EINTR)
			_exit(CAGE_FAILED);
	}
}

_Noreturn void cage_init(struct cage *cage)
{
	struct err err = { "" };
	int slave = -1, r;
	pid_t job = -1;

	close(cage->control[0]);
	r = set_up(cage, &slave, &err);

	if (r == 0)
		r = start_job(cage, slave, &job, &err);
	if (r == 0)
		r = let_go(cage, &err);
	if (r < 0)
		control_fail(cage->control[1], CAGE_FAILED, &err);
	reap(cage, job);
}
