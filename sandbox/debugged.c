#include "sandbox/debugged.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/io.h"
#include "base/path.h"
#include "sandbox/procfs.h"

enum { LOOK_EVERY_MS = 1, PATIENCE_MS = 2000, PAGE = 4096 };

struct exec {
	struct exec *next;
	uint64_t id, deadline;
	pid_t pid, debugger;
	int pidfd;
	bool going;
	struct procfs_call before;
};

struct holder {
	struct holder *next;
	pid_t tid;
	unsigned int execs;
	int status; /* of its stop; 0: it has not stopped yet */
	bool lost;
};

struct debugged {
	struct exec *execs;
	struct holder *holders;
};

struct debugged *debugged_new(void)
{
	return xcalloc(1, sizeof(struct debugged));
}

static struct exec **find(struct debugged *d, uint64_t id)
{
	struct exec **e = &d->execs;

	while (*e && (*e)->id != id)
		e = &(*e)->next;
	return e;
}

static struct holder **find_holder(struct debugged *d, pid_t tid)
{
	struct holder **h = &d->holders;

	while (*h && (*h)->tid != tid)
		h = &(*h)->next;
	return h;
}

static void remove_holder(struct debugged *d, pid_t tid)
{
	struct holder **slot = find_holder(d, tid), *gone = *slot;

	*slot = gone->next;
	free(gone);
}

bool debugged_end(struct debugged *d, uint64_t id, pid_t *ret_debugger, int *ret_status)
{
	struct exec **slot = find(d, id), *gone = *slot;
	struct holder *h = *find_holder(d, gone->debugger);
	bool last = --h->execs == 0, stopped = last && h->status && !h->lost;

	*ret_debugger = h->tid;
	*ret_status = h->status;
	if (last)
		remove_holder(d, h->tid);
	*slot = gone->next;
	close(gone->pidfd);
	free(gone);
	return stopped;
}

void debugged_free(struct debugged *d)
{
	pid_t tid;
	int status;

	while (d->execs)
		debugged_end(d, d->execs->id, &tid, &status);
	free(d);
}

/* Up to the end of the string, a page at a time: what lies behind it may not be there. */
static bool read_string(pid_t pid, uint64_t at, char *out, size_t size)
{
	size_t used = 0;

	while (used < size) {
		size_t n = PAGE - at % PAGE, room = size - used;
		struct iovec local = { out + used, n < room ? n : room };
		struct iovec remote = { (void *)(uintptr_t)at, local.iov_len };
		ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

		if (got <= 0)
			return false;
		if (memchr(out + used, '\0', (size_t)got))
			return true;
		used += (size_t)got;
		at += (uint64_t)got;
	}
	return false;
}

static int open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* A path of the process as an absolute one. */
static bool make_absolute(pid_t pid, const char *path, char *out, size_t size)
{
	char link[64], cwd[PATH_MAX];
	ssize_t n;

	if (*path == '/')
		return (size_t)snprintf(out, size, "%s", path) < size;
	snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	n = readlink(link, cwd, sizeof(cwd) - 1);
	return n > 0 && (size_t)snprintf(out, size, "%.*s/%s", (int)n, cwd, path) < size;
}

/* Links of /proc lead elsewhere for us than for the process, and so does what leads to them. */
static bool is_same_for_us(const char *path)
{
	return !path_is_beneath(path, "/proc") && !path_is_beneath(path, "/dev");
}

/*
 * The error that an exec can't but end with, 0 for one that may succeed. Searches of PATH are full of
 * failures, and after one the thread would not have to stop. Answering with one by mistake harms nobody but the job.
 */
static int foretell(const struct seccomp_notif *n)
{
	char path[PATH_MAX], absolute[2 * PATH_MAX];
	auto_fd int root = -1, file = -1;
	struct stat st;

	if (n->data.nr != SYS_execve ||
		!read_string((pid_t)n->pid, n->data.args[0], path, PATH_MAX))
		return 0;
	root = open_of((pid_t)n->pid, "root");
	if (root < 0 || !make_absolute((pid_t)n->pid, path, absolute, sizeof(absolute)) ||
		!is_same_for_us(absolute))
		return 0;
	file = open_beneath(root, absolute, O_PATH, 0, RESOLVE_IN_ROOT);
	if (file < 0)
		return file;
	if (fstat(file, &st) < 0 || !S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(file, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0 ? -errno : 0;
}

/*
 * A process with other threads could not end them while their debugger is held. A debugger out of the
 * cage is not the job's.
 */
static int check(const struct seccomp_notif *n, struct exec *e)
{
	struct procfs_thread thread, debugger;

	if (!procfs_look(e->pid, &thread) || !thread.tracer || thread.threads != 1 ||
		thread.process != e->pid || !procfs_look(thread.tracer, &debugger) ||
		debugger.depth < 2 || !procfs_call(e->pid, &e->before))
		return -EPERM;
	e->debugger = thread.tracer;
	e->pidfd = pidfd_open(e->pid, 0);
	return e->pidfd < 0 ? -EPERM : foretell(n);
}

static void add(struct debugged *d, const struct exec *e)
{
	struct holder **h = find_holder(d, e->debugger);
	struct exec *kept = xmemdup(e, sizeof(*e));

	kept->next = d->execs;
	d->execs = kept;
	if (!*h) {
		*h = xcalloc(1, sizeof(**h));
		(*h)->tid = e->debugger;
	}
	(*h)->execs++;
}

int debugged_begin(
	struct debugged *d, const struct seccomp_notif *n, uint64_t now, pid_t *ret_debugger)
{
	struct exec e = {
		.id = n->id, .pid = (pid_t)n->pid, .pidfd = -1, .deadline = now + PATIENCE_MS
	};
	int r = check(n, &e);

	if (r < 0) {
		if (e.pidfd >= 0)
			close(e.pidfd);
		return r;
	}
	add(d, &e);
	*ret_debugger = e.debugger;
	return 0;
}

bool debugged_holds(struct debugged *d, pid_t tid, int status)
{
	struct holder *h = *find_holder(d, tid);

	if (h)
		h->status = status;
	return h != NULL;
}

void debugged_lost(struct debugged *d, pid_t tid)
{
	struct holder *h = *find_holder(d, tid);

	if (h)
		h->lost = true;
}

/* It was told to stop before it runs on, so in a call of another kind it can do nothing to its threads. */
static bool is_held(const struct holder *h)
{
	struct procfs_call call;

	return h->status || (procfs_call(h->tid, &call) && call.number != SYS_ptrace);
}

static bool look_waiting(
	struct exec *e, const struct holder *h, uint64_t now, enum debugged_what *ret)
{
	*ret = DEBUGGED_DENIED;
	if (h->lost || now > e->deadline)
		return true;
	if (!is_held(h))
		return false;
	*ret = DEBUGGED_GO;
	e->going = true;
	e->deadline = now + PATIENCE_MS;
	return true;
}

static bool is_exec(const struct procfs_call *call)
{
	return call->number == SYS_execve || call->number == SYS_execveat;
}

static enum debugged_what judge_stop(const struct exec *e)
{
	struct procfs_call call;

	if (!procfs_call(e->pid, &call) || !is_exec(&call))
		return DEBUGGED_ESCAPED;
	return strcmp(call.line, e->before.line) ? DEBUGGED_LOADED : DEBUGGED_OVER;
}

static bool look_going(
	const struct exec *e, const struct holder *h, uint64_t now, enum debugged_what *ret)
{
	struct procfs_thread thread;
	struct procfs_call call;

	*ret = DEBUGGED_OVER;
	if (!procfs_look(e->pid, &thread) || thread.state == 'Z' || thread.state == 'X')
		return true;
	*ret = DEBUGGED_ESCAPED;
	if (h->lost || thread.tracer != e->debugger)
		return true;
	if (thread.state != 't')
		return procfs_call(e->pid, &call) ? !is_exec(&call) : now > e->deadline;
	*ret = judge_stop(e);
	return true;
}

bool debugged_next(struct debugged *d, uint64_t now, struct debugged_step *ret)
{
	for (struct exec *e = d->execs; e; e = e->next) {
		const struct holder *h = *find_holder(d, e->debugger);

		ret->id = e->id;
		ret->pid = e->pid;
		if (e->going ? look_going(e, h, now, &ret->what)
			     : look_waiting(e, h, now, &ret->what))
			return true;
	}
	return false;
}

bool debugged_is_sound(const struct debugged *d, uint64_t id)
{
	const struct exec *e = *find((struct debugged *)d, id);
	struct procfs_thread thread;

	return procfs_look(e->pid, &thread) && thread.state == 't' && thread.tracer == e->debugger;
}

void debugged_kill(const struct debugged *d, uint64_t id)
{
	(void)pidfd_send_signal((*find((struct debugged *)d, id))->pidfd, SIGKILL, NULL, 0);
}

int debugged_timeout(const struct debugged *d)
{
	return d->execs ? LOOK_EVERY_MS : -1;
}
