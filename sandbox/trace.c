#include "sandbox/trace.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "sandbox/attempt.h"
#include "sandbox/procfs.h"
#include "sandbox/programs.h"
#include "sandbox/seccomp.h"
#include "sandbox/seize.h"
#include "sandbox/weaken.h"

enum { MAX_DENIED = 1000 };

/* A thread, not the first of its process, that we trace since it asked for an exec. */
struct thread {
	struct thread *next;
	pid_t tid, process;
};

struct trace {
	struct events *events;
	const struct plan *plan;
	struct gatelink *gate;
	int listener;
	uint64_t denied;
	struct programs *programs;
	struct seizer *seizer; /* NULL: there is no listener yet */
	struct thread *threads;
	struct seccomp_notif *notice; /* as large as this kernel's */
	size_t notice_size;
	struct seccomp_notif_resp *answer;
	size_t answer_size;
};

struct trace *trace_new(struct events *events, const struct plan *plan, struct gatelink *gate)
{
	struct trace *t = xcalloc(1, sizeof(*t));

	t->events = events;
	t->plan = plan;
	t->gate = gate;
	t->listener = -1;
	t->programs = programs_new(events);
	return t;
}

static struct thread **find_thread(struct trace *t, pid_t tid)
{
	struct thread **p = &t->threads;

	while (*p && (*p)->tid != tid)
		p = &(*p)->next;
	return p;
}

static void forget_thread(struct trace *t, pid_t tid)
{
	struct thread **slot = find_thread(t, tid), *gone = *slot;

	if (gone)
		*slot = gone->next;
	free(gone);
}

void trace_free(struct trace *t)
{
	while (t->threads)
		forget_thread(t, t->threads->tid);
	programs_free(t->programs);
	seizer_free(t->seizer);
	trace_close(t);
	free(t->notice);
	free(t->answer);
	free(t);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

int trace_set_listener(struct trace *t, int listener, struct err *err)
{
	struct seccomp_notif_sizes sizes;

	t->listener = listener;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return err_set(err, -errno, "ask for the size of seccomp notifications");
	t->notice_size = larger(sizes.seccomp_notif, sizeof(*t->notice));
	t->answer_size = larger(sizes.seccomp_notif_resp, sizeof(*t->answer));
	t->notice = xcalloc(1, t->notice_size);
	t->answer = xcalloc(1, t->answer_size);
	programs_begin(t->programs);
	return seizer_new(&t->seizer, err);
}

int trace_listener(const struct trace *t)
{
	return t->listener;
}

void trace_close(struct trace *t)
{
	if (t->listener >= 0)
		close(t->listener);
	t->listener = -1;
}

/* True while the thread that asked is still waiting, so that its number cannot mean another one. */
static bool is_waiting(const struct trace *t)
{
	return ioctl(t->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &t->notice->id) == 0;
}

/* error 0: the kernel goes on with the call. */
static void answer(struct trace *t, uint64_t id, int error)
{
	memset(t->answer, 0, t->answer_size);
	t->answer->id = id;
	t->answer->error = -error;
	t->answer->flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)ioctl(t->listener, SECCOMP_IOCTL_NOTIF_SEND, t->answer);
}

static void report_denied(struct trace *t, json_t *fields, uint64_t now)
{
	if (++t->denied > MAX_DENIED)
		json_decref(fields);
	else
		events_add(t->events, EVENT_DENIED, now, fields);
}

/*
 * While one thread of a process execs, attaching to another waits for that exec to end, which in turn
 * waits until we have taken note of the end of each thread that we trace, but for the first and the one that
 * execs. So that we never wait for ourselves, no process has more than one such thread: -EAGAIN.
 */
static int admit_thread(struct trace *t, pid_t tid)
{
	auto_fd int leader = pidfd_open(tid, 0); /* of a process; there is none of another thread */
	pid_t process = leader >= 0 ? tid : procfs_process_of(tid);
	struct thread *new;

	if (leader >= 0 || *find_thread(t, tid))
		return 0;
	for (const struct thread *p = t->threads; p; p = p->next)
		if (p->process == process)
			return -EAGAIN;
	new = xcalloc(1, sizeof(*new));
	*new = (struct thread){ t->threads, tid, process };
	t->threads = new;
	return 0;
}

static bool is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Lets a stopped thread go on, free of us unless its program needs us. status is what waitpid said of its stop. */
static void resume(struct trace *t, pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (!programs_needs_tracer(t->programs, pid)) {
		forget_thread(t, pid);
		(void)ptrace(PTRACE_DETACH, pid, 0, event ? 0 : sig);
	} else if (event == PTRACE_EVENT_STOP && is_stop_signal(sig)) {
		(void)ptrace(PTRACE_LISTEN, pid, 0, 0);
	} else {
		(void)ptrace(PTRACE_CONT, pid, 0, event ? 0 : sig);
	}
}

/* Attaches to a thread. -EPERM: something in the cage traces it already. */
static int seize(struct trace *t, pid_t tid)
{
	unsigned long options = PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int r = admit_thread(t, tid);

	if (r < 0)
		return r;
	r = seizer_attach(t->seizer, tid, options);
	if (r == 0 || procfs_is_traced_by_us(tid))
		return 0;
	forget_thread(t, tid);
	return r;
}

/* Before it next runs on; where it then need not be traced, we let go of it. */
static void interrupt(pid_t tid)
{
	(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0);
}

/*
 * Attaches to the thread that is about to exec. If the exec fails, the thread stops all the same, and is let go
 * of; where we have to stay with its program, that stop would be for nothing.
 */
static int attach(struct trace *t)
{
	pid_t tid = (pid_t)t->notice->pid;
	int r = is_waiting(t) ? seize(t, tid) : -ESRCH;

	if (r < 0)
		return r;
	if (programs_can_let_go(t->programs) || !is_waiting(t))
		interrupt(tid);
	return is_waiting(t) ? 0 : -ESRCH;
}

/* What a debugger of the job traces could be let run before we have seen it: it is not loaded. */
static void serve_exec(struct trace *t, uint64_t now)
{
	int r = attach(t);

	if (r == -EPERM)
		report_denied(t, attempt_exec((pid_t)t->notice->pid), now);
	answer(t, t->notice->id, -r);
}

static void serve_connect(struct trace *t, uint64_t now)
{
	json_t *fields = attempt_connect(t->notice, t->plan, t->gate);

	if (fields && is_waiting(t))
		report_denied(t, fields, now);
	else
		json_decref(fields);
	answer(t, t->notice->id, 0);
}

static void serve_refused(struct trace *t, uint64_t now)
{
	int error = attempt_error(t->notice);

	report_denied(t, attempt_syscall(t->notice, error), now);
	answer(t, t->notice->id, error);
}

void trace_serve(struct trace *t, uint64_t now)
{
	memset(t->notice, 0, t->notice_size);
	if (ioctl(t->listener, SECCOMP_IOCTL_NOTIF_RECV, t->notice) < 0) {
		if (errno == ENOTTY || errno == EBADF || errno == EINVAL) {
			close(t->listener);
			t->listener = -1;
		}
		return;
	}
	switch (t->notice->data.nr) {
	case SYS_execve:
	case SYS_execveat:
		serve_exec(t, now);
		break;
	case SYS_connect:
	case SYS_sendto:
		serve_connect(t, now);
		break;
	default:
		serve_refused(t, now);
	}
}

/* Only in the test build: what is read afterwards is what the program has made of itself. */
static void let_run(const struct trace *t, pid_t pid)
{
	struct timespec moment = { .tv_nsec = 50000000 };

	(void)ptrace(programs_can_let_go(t->programs) ? PTRACE_DETACH : PTRACE_CONT, pid, 0, 0);
	nanosleep(&moment, NULL);
}

/* The new program is in memory and has not run yet. */
static void note_exec(struct trace *t, pid_t pid, uint64_t now)
{
	unsigned long former = (unsigned long)pid;

	(void)ptrace(PTRACE_GETEVENTMSG, pid, 0, &former);
	forget_thread(t, (pid_t)former);
	if (weakened("trace-stop"))
		let_run(t, pid);
	programs_loaded(t->programs, pid, procfs_describe(pid), now);
}

static void note_stop(struct trace *t, pid_t pid, int status, uint64_t now)
{
	if (status >> 16 == PTRACE_EVENT_EXEC)
		note_exec(t, pid, now);
	resume(t, pid, status);
}

void trace_waited(struct trace *t, pid_t pid, int status, uint64_t now)
{
	if (WIFSTOPPED(status)) {
		note_stop(t, pid, status, now);
		return;
	}
	forget_thread(t, pid);
	programs_waited(t->programs, pid, status, now);
}

int trace_ends(const struct trace *t)
{
	return programs_poll(t->programs);
}

void trace_serve_ends(struct trace *t, uint64_t now)
{
	programs_serve(t->programs, now);
}

void trace_end(struct trace *t, uint64_t now)
{
	programs_end(t->programs, now);
}

uint64_t trace_execs(const struct trace *t)
{
	return programs_count(t->programs);
}

uint64_t trace_denied(const struct trace *t)
{
	return t->denied;
}
