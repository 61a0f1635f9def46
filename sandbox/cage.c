#include "sandbox/cage.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "sandbox/identity.h"
#include "sandbox/seccomp.h"
#include "sandbox/weaken.h"

static char **make_argv(const struct strs *command)
{
	char **argv = xcalloc(command->n + 1, sizeof(*argv));

	for (size_t i = 0; i < command->n; i++)
		argv[i] = command->v[i];
	return argv;
}

static char **make_envp(const struct list *env)
{
	const struct plan_env *e = env->v;
	char **envp = xcalloc(env->n + 1, sizeof(*envp));

	for (size_t i = 0; i < env->n; i++)
		envp[i] = xasprintf("%s=%s", e[i].name, e[i].value ? e[i].value : "");
	return envp;
}

static int add_tree(struct cage *cage, const char *path, struct err *err)
{
	if (cage->n_trees == CAGE_MAX_TREES)
		return err_say(err, -E2BIG, "plan: more than %d directories for the workspace",
			CAGE_MAX_TREES);
	cage->trees[cage->n_trees++] = (struct tree){ path, -1 };
	return 0;
}

static int add_trees(struct cage *cage, const struct strs *paths, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < paths->n; i++)
		r = add_tree(cage, paths->v[i], err);
	return r;
}

/* upper and work must be seen through one mount, so what is taken into the cage is the directory that both lie in. */
static int find_job_dir(struct cage *cage, struct err *err)
{
	const struct plan_workspace *w = &cage->plan.workspace;
	size_t dir = (size_t)(strrchr(w->upper, '/') - w->upper);

	cage->job_dir = xstrndup(w->upper, dir ? dir : 1);
	cage->upper = w->upper + dir + 1;
	if (w->mode == PLAN_COPY)
		return 0;
	if (!path_is_beneath(w->work, cage->job_dir) || strchr(w->work + dir + 1, '/'))
		return err_say(err, -EINVAL, "plan: 'work' must lie beside 'upper', in '%s'",
			cage->job_dir);
	cage->work = w->work + dir + 1;
	return 0;
}

static int prepare_workspace(struct cage *cage, struct err *err)
{
	const struct plan_workspace *w = &cage->plan.workspace;
	int r;

	if (w->mode == PLAN_NONE)
		return 0;
	r = find_job_dir(cage, err);
	if (r == 0 && w->mode == PLAN_OVERLAY)
		r = add_trees(cage, &w->lower, err);
	cage->n_lower = cage->n_trees;
	if (r == 0)
		r = add_tree(cage, cage->job_dir, err);
	if (r == 0)
		r = add_trees(cage, &w->expose, err);
	if (r < 0)
		return r;
	cage->upper_fd = open(w->upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cage->upper_fd < 0)
		return err_set(err, -errno, "open '%s'", w->upper);
	return 0;
}

/* Two filters where the first has to tell us; else one that does what both do, which is cheaper to install. */
static int prepare_filters(struct cage *cage, struct err *err)
{
	struct sock_fprog allow = { 0 }, refuse = { 0 };
	int r = seccomp_decode(cage->plan.seccomp.allow, &allow, err);

	if (r == 0)
		r = seccomp_decode(cage->plan.seccomp.refuse, &refuse, err);
	if (r == 0 && cage->plan.trace == PLAN_TRACE_EXEC) {
		cage->report = refuse;
		cage->filter = allow;
		return 0;
	}
	if (r == 0)
		r = seccomp_chain(&refuse, &allow, &cage->filter, err);
	seccomp_done(&refuse);
	seccomp_done(&allow);
	return r;
}

int cage_prepare(struct cage *cage, struct err *err)
{
	int r;

	cage->argv = make_argv(&cage->plan.command);
	cage->envp = make_envp(&cage->plan.env);
	r = prepare_workspace(cage, err);
	if (r == 0)
		r = prepare_filters(cage, err);
	return r < 0 ? r : relays_prepare(&cage->io, err);
}

void cage_done(struct cage *cage)
{
	relays_done(&cage->io);
	for (size_t i = 0; cage->envp && cage->envp[i]; i++)
		free(cage->envp[i]);
	free(cage->envp);
	free(cage->argv);
	free(cage->job_dir);
	seccomp_done(&cage->report);
	seccomp_done(&cage->filter);
	if (cage->upper_fd >= 0)
		close(cage->upper_fd);
	plan_done(&cage->plan);
}

/* All of them, always; the network's is made apart (network.h). */
static uint64_t namespaces(void)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} all[] = {
		{ "ns-user", CLONE_NEWUSER },
		{ "ns-mount", CLONE_NEWNS },
		{ "ns-pid", CLONE_NEWPID },
		{ "ns-ipc", CLONE_NEWIPC },
		{ "ns-uts", CLONE_NEWUTS },
		{ "ns-cgroup", CLONE_NEWCGROUP },
	};
	uint64_t flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		flags |= weakened(all[i].name) ? 0 : all[i].flag;
	return flags;
}

static long start_init(void)
{
	struct clone_args args = { .flags = namespaces(), .exit_signal = SIGCHLD };

	return syscall(SYS_clone3, &args, sizeof(args));
}

/* Signals wait in the supervisor's descriptor from before there is anything that they could mean. */
static int block_signals(struct err *err)
{
	sigset_t all;

	sigfillset(&all);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD,
		SIG_DFL); /* ignored, as we may have been started, it would hide the end of the cage */
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return err_set(err, -errno, "block signals");
	return 0;
}

static int refuse_namespaces(int error, struct err *err)
{
	if (error == EPERM || error == EACCES || error == ENOSPC || error == EUSERS)
		return err_set(err, -error,
			"make the cage's namespaces: this host does not let you (`remit doctor` says "
			"why and what to do)");
	return err_set(err, -error, "make the cage's namespaces");
}

int cage_run(struct cage *cage, struct outcome *ret, struct err *err)
{
	int r = identity_settle(cage, err);
	long pid;

	if (r == 0)
		r = block_signals(err);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, cage->control) < 0)
		return err_set(err, -errno, "make a socket pair");
	pid = start_init();
	if (pid == 0)
		cage_init(cage);
	if (pid < 0)
		return refuse_namespaces(errno, err);
	close(cage->control[1]);
	relays_forked(&cage->io);
	/* Nothing of ours is readable to the job's user from here on. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(err, -errno, "close /proc/self");
	return cage_supervise(cage, (pid_t)pid, ret, err);
}
