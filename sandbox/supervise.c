/*
 * The supervisor's loop. Everything that can happen to a cage is a descriptor that becomes readable or
 * a deadline that passes; each has one handler here, and what a handler decides is only noted. The
 * cage is over when init is dead, which the kernel lets happen only after every other process in it is.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "base/io.h"
#include "base/text.h"
#include "sandbox/control.h"
#include "sandbox/supervisor.h"
#include "sandbox/terminal.h"

enum { GRACE_MS = 2000, SAME_MS = 200, CHILDREN_AT_ONCE = 64 };

static uint64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t elapsed(const struct supervisor *s)
{
	return monotonic_ms() - s->started;
}

static void kill_cage(struct supervisor *s)
{
	if (!s->init_gone)
		kill(s->init, SIGKILL);
}

/* Asks the command to end and kills the cage if it has not after a moment, or at once. */
static void stop(struct supervisor *s, const char *reason, bool at_once)
{
	if (!s->stopped)
		s->stopped = reason;
	if (at_once || s->job < 0 || pidfd_send_signal(s->job, SIGTERM, NULL, 0) < 0)
		kill_cage(s);
	else if (!s->kill_at)
		s->kill_at = monotonic_ms() + GRACE_MS;
}

static void take_terminal(struct supervisor *s, const struct control *msg, int fd)
{
	(void)msg;
	if (s->cage->io.terminal < 0 || fd < 0) {
		kill_cage(s);
		return;
	}
	terminal_copy_size(s->cage->io.terminal, fd);
	relays_connect(&s->cage->io, fd);
}

static void take_decoy(struct supervisor *s, const struct control *msg, int fd)
{
	if (decoys_watch(&s->decoys, msg->value, fd, &s->why) == 0)
		return;
	s->failure = CAGE_FAILED;
	kill_cage(s);
}

static void take_listener(struct supervisor *s, const struct control *msg, int fd)
{
	(void)msg;
	if (trace_set_listener(s->trace, fd, &s->why) < 0) {
		s->failure = CAGE_FAILED;
		kill_cage(s);
	}
}

static void take_network(struct supervisor *s, const struct control *msg, int fd)
{
	(void)msg;
	gatelink_take_netns(&s->gate, fd);
}

/* The gate is gone, or says what it never would: then nothing may go out, and what went is not all told. */
static void lose_gate(struct supervisor *s, int error)
{
	cleanup_fd(&s->gate.sock);
	s->gate.sock = -1;
	err_set(&s->why, error, "stopped: the gate to the network is gone");
	stop(s, "gate", true);
	s->gate_lost = true;
}

/* Whatever the command came to: that nothing went out untold can't be said any more. */
static void report_gate(struct supervisor *s)
{
	if (s->stopped)
		return;
	s->stopped = "gate";
	s->gate_lost = true;
	err_say(&s->why, -EPIPE, "the gate to the network ended before the job");
}

static void take_socket(struct supervisor *s, const struct control *msg, int fd)
{
	int r = gatelink_take_socket(&s->gate, fd);

	(void)msg;
	if (r < 0)
		lose_gate(s, r);
}

static void pass_budget(struct supervisor *s)
{
	json_t *fields;

	if (s->stopped || !strs_has(&s->cage->plan.tripwires, "budget"))
		return;
	fields = json_object();
	json_put_str(fields, "name", "budget");
	err_say(&s->why, -EDQUOT, "stopped: a budget of the network was passed");
	events_add(&s->cage->events, EVENT_LIMIT, elapsed(s), fields);
	stop(s, "budget", false);
}

static void serve_gate(struct supervisor *s)
{
	int r = gatelink_serve(&s->gate, &s->cage->events, elapsed(s));

	if (r == -EDQUOT)
		pass_budget(s);
	else if (r < 0)
		lose_gate(s, r);
}

static void take_job(struct supervisor *s, const struct control *msg, int fd)
{
	(void)msg;
	s->job = fd;
}

static void take_end(struct supervisor *s, const struct control *msg, int fd)
{
	(void)fd;
	s->status = msg->value;
	s->ended = true;
}

static void take_failure(struct supervisor *s, const struct control *msg, int fd)
{
	(void)fd;
	if (s->failure)
		return;
	s->failure = msg->value;
	err_say(&s->why, -EIO, "%s", msg->text);
}

static void (*const handlers[CONTROL_TYPES])(
	struct supervisor *s, const struct control *msg, int fd) = {
	[CONTROL_FAILED] = take_failure,
	[CONTROL_TERMINAL] = take_terminal,
	[CONTROL_DECOY] = take_decoy,
	[CONTROL_LISTENER] = take_listener,
	[CONTROL_JOB] = take_job,
	[CONTROL_NETWORK] = take_network,
	[CONTROL_SOCKET] = take_socket,
	[CONTROL_ENDED] = take_end,
};

/* Returns false once the other end is closed. */
static bool serve_control(struct supervisor *s)
{
	struct control msg;
	int fd = -1;
	int r = control_receive(s->cage->control[0], &msg, &fd);

	if (r == 0)
		handlers[msg.type](s, &msg, fd);
	else if (r == -EPROTO)
		kill_cage(s);
	return r != -EPIPE;
}

/* By signals to itself a job can have more to tell than we can hear; all else must go on meanwhile. */
static void serve_children(struct supervisor *s)
{
	struct rusage usage;
	int status;

	for (int i = 0; i < CHILDREN_AT_ONCE; i++) {
		pid_t pid = wait4(-1, &status, WNOHANG | __WALL, &usage);

		if (pid <= 0) {
			s->children = false;
			return;
		}
		if (gatelink_take_end(&s->gate, pid))
			continue;
		if (pid != s->init) {
			trace_waited(s->trace, pid, status, elapsed(s));
			continue;
		}
		s->init_gone = true;
		s->usage = usage;
	}
}

static void resize(struct supervisor *s)
{
	if (s->cage->io.master >= 0)
		terminal_copy_size(s->cage->io.terminal, s->cage->io.master);
}

/* What Ctrl-C means is the command's to say, once; a second one ends the cage. */
static void interrupt(struct supervisor *s)
{
	s->interrupted = true;
	if (s->job < 0 || pidfd_send_signal(s->job, SIGINT, NULL, 0) < 0)
		stop(s, "interrupted", true);
}

static void report_trips(struct supervisor *s)
{
	const char *path;

	while ((path = decoys_next_opened(&s->decoys))) {
		json_t *fields = json_object();

		json_put_str(fields, "path", path);
		events_add(&s->cage->events, EVENT_TRIPWIRE, elapsed(s), fields);
		s->trips++;
	}
}

/* Some senders, timeout(1) among them, send the same signal to us and to our group. */
static bool is_asked_again(const struct supervisor *s)
{
	return s->stopped && s->kill_at && monotonic_ms() + GRACE_MS >= s->kill_at + SAME_MS;
}

static void serve_signal(struct supervisor *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		s->children = true;
	else if ((int)info.ssi_signo == decoys_signal() || info.ssi_signo == SIGIO)
		report_trips(s);
	else if (info.ssi_signo == SIGWINCH)
		resize(s);
	else if (info.ssi_signo == SIGINT && !s->interrupted)
		interrupt(s);
	else
		stop(s, "interrupted", is_asked_again(s));
}

static void check_limits(struct supervisor *s)
{
	uint64_t now = monotonic_ms();
	struct limit_hit hit;

	if (s->kill_at && now >= s->kill_at)
		kill_cage(s);
	if (s->stopped || !limits_check(&s->limits, now, s->cage->io.output, &hit))
		return;
	err_say(&s->why, -EDQUOT, "stopped: the %s limit of %s is reached", hit.name, hit.text);
	events_add(&s->cage->events, EVENT_LIMIT, elapsed(s), limits_encode(&hit));
	stop(s, hit.name, hit.at_once);
}

/* The descriptors that are waited for, in a fixed order; -1 is never ready. */
enum { POLL_SIGNALS, POLL_CONTROL, POLL_LIFELINE, POLL_TRACE, POLL_ENDS, POLL_GATE, POLL_RELAYS };

static void serve(struct supervisor *s, struct pollfd *p, size_t n)
{
	if (relays_serve(&s->cage->io, p + POLL_RELAYS, n - POLL_RELAYS))
		limits_note_output(&s->limits, monotonic_ms());
	if (p[POLL_TRACE].revents & POLLIN)
		trace_serve(s->trace, elapsed(s));
	else if (p[POLL_TRACE].revents)
		trace_close(s->trace);
	if (p[POLL_ENDS].revents)
		trace_serve_ends(s->trace, elapsed(s));
	if (p[POLL_GATE].revents)
		serve_gate(s);
	if (p[POLL_LIFELINE].revents)
		stop(s, "abandoned", true);
	if (p[POLL_CONTROL].revents && !serve_control(s)) {
		close(s->cage->control[0]);
		s->cage->control[0] = -1;
	}
	if (p[POLL_SIGNALS].revents)
		serve_signal(s);
	if (s->children)
		serve_children(s);
}

/* How long poll may wait, in ms; -1: for ever. */
static int patience(const struct supervisor *s)
{
	if (s->children)
		return 0;
	return limits_timeout(s->stopped ? NULL : &s->limits, monotonic_ms(), s->kill_at);
}

static int wait_once(struct supervisor *s, struct err *err)
{
	struct pollfd p[POLL_RELAYS + 2 * RELAYS] = {
		[POLL_SIGNALS] = { s->signals, POLLIN, 0 },
		[POLL_CONTROL] = { s->cage->control[0], POLLIN, 0 },
		[POLL_LIFELINE] = { s->stopped ? -1 : s->cage->lifeline, POLLIN, 0 },
		[POLL_TRACE] = { trace_listener(s->trace), POLLIN, 0 },
		[POLL_ENDS] = { trace_ends(s->trace), POLLIN, 0 },
		[POLL_GATE] = { s->gate.sock, POLLIN, 0 },
	};
	size_t n = POLL_RELAYS + relays_poll(&s->cage->io, p + POLL_RELAYS);
	int r;

	if (poll(p, n, patience(s)) < 0 && errno != EINTR)
		return err_set(err, -errno, "wait for the cage");
	r = watchdog_watch(&s->watchdog, err);
	if (r < 0)
		return r;
	serve(s, p, n);
	check_limits(s);
	return watchdog_rest(&s->watchdog, err);
}

static bool is_only_children(struct supervisor *s)
{
	struct signalfd_siginfo info;

	return read(s->signals, &info, sizeof(info)) != (ssize_t)sizeof(info) ||
	       info.ssi_signo == SIGCHLD || info.ssi_signo == SIGWINCH;
}

static void drain_control(struct supervisor *s)
{
	while (s->cage->control[0] >= 0 && serve_control(s))
		;
}

/* What the job wrote before it ended is still in the pipes. Whoever reads it may be slow; a signal ends the wait. */
static int drain_output(struct supervisor *s, struct err *err)
{
	relays_close_input(&s->cage->io);
	while (relays_busy(&s->cage->io)) {
		struct pollfd p[1 + 2 * RELAYS] = { { s->signals, POLLIN, 0 } };
		size_t n = relays_poll(&s->cage->io, p + 1);

		if (poll(p, n + 1, -1) < 0 && errno != EINTR)
			return err_set(err, -errno, "wait for the last output");
		relays_serve(&s->cage->io, p + 1, n);
		if (p[0].revents && !is_only_children(s))
			return 0;
	}
	return 0;
}

static int open_signals(struct supervisor *s, struct err *err)
{
	const int wanted[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGIO,
		decoys_signal() };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		sigaddset(&set, wanted[i]);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? err_set(err, -errno, "take signals") : 0;
}

static int run(struct supervisor *s, struct err *err)
{
	int r = open_signals(s, err);

	if (r == 0)
		r = watchdog_init(&s->watchdog, err);
	while (r == 0 && !s->init_gone)
		r = wait_once(s, err);
	if (r < 0)
		return r;
	watchdog_done(&s->watchdog);
	drain_control(s);
	r = drain_output(s, err);
	limits_finish(&s->limits);
	check_limits(s);
	return r;
}

static int finish(struct supervisor *s, struct outcome *ret, struct err *err)
{
	trace_end(s->trace, elapsed(s));
	report_trips(s);
	supervisor_tell_end(s, elapsed(s));
	if (s->cage->events.error)
		return err_set(err, s->cage->events.error, "write the events");
	if (s->cage->io.transcript_error)
		return err_set(err, s->cage->io.transcript_error, "write the transcript");
	ret->status = supervisor_status(s);
	ret->why = s->why;
	return 0;
}

int cage_supervise(struct cage *cage, pid_t init, struct outcome *ret, struct err *err)
{
	struct supervisor s = {
		.cage = cage,
		.init = init,
		.signals = -1,
		.job = -1,
		.started = monotonic_ms(),
	};
	int r;

	s.gate = (struct gatelink)GATELINK_INIT;
	s.gate.init = init;
	s.trace = trace_new(&cage->events, &cage->plan, &s.gate);
	cage->io.most = cage->plan.limits.output;
	supervisor_tell_unenforced(&s);
	decoys_init(&s.decoys, &cage->plan.decoys);
	limits_init(&s.limits, &cage->plan.limits, cage->upper_fd, s.started);
	r = gatelink_start(&s.gate, cage->gate_program, &cage->plan.network, cage->secrets, err);
	cleanup_fd(&cage->secrets);
	cage->secrets = -1;
	if (r == 0)
		r = run(&s, err);
	if (gatelink_end(&s.gate, &cage->events, elapsed(&s)) < 0 && !s.failure)
		report_gate(&s);
	if (r == 0)
		r = finish(&s, ret, err);
	else
		kill_cage(&s);
	decoys_done(&s.decoys);
	trace_free(s.trace);
	return r;
}
