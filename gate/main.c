#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/opt.h"
#include "base/proc.h"
#include "gate/answer.h"
#include "gate/confine.h"
#include "gate/credential.h"
#include "gate/listen.h"

struct options {
	uint64_t supervisor, network, resolver, credentials; /* descriptors */
};

enum { NOT_GIVEN = INT32_MAX, WRONG_USAGE = 2 };

/* Two sockets, and a pipe each way while bytes are in it. */
enum { FILES_OF_CONN = 6 };

#define AT(member) .at = offsetof(struct options, member)

static const struct opt opts[] = {
	{ "supervisor", 0, OPT_UINT, AT(supervisor), "FD", "the line to the supervisor" },
	{ "network", 0, OPT_UINT, AT(network), "FD",
		"read what the plan says of the network here" },
	{ "credentials", 0, OPT_UINT, AT(credentials), "FD",
		"hand over connections for a credential here" },
	{ "resolver", 0, OPT_UINT, AT(resolver), "FD",
		"the line to the process that looks up names" },
};

/* As many connections as the host lets one process have. */
static void raise_files(struct gate *gate)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0 && getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	gate->most_conns = files.rlim_cur / 2 / FILES_OF_CONN;
	gate->most_listeners = files.rlim_cur / 4;
}

static int read_network(int fd, struct plan_network *ret, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = io_read_all(fd, PLAN_MAX_BYTES, &text);

	close(fd);
	if (r < 0)
		return err_set(err, r, "read the network's rules");
	return plan_decode_network(buf_str(&text), text.len, ret, err);
}

static void set_budgets(struct gate *gate)
{
	const struct net_rule *rules = gate_rules(gate);

	gate->job.budget = &gate->network.budget;
	gate->rules = xcalloc(gate->network.allow.n + 1, sizeof(*gate->rules));
	for (size_t i = 0; i < gate->network.allow.n; i++)
		gate->rules[i].budget = &rules[i].budget;
}

static int open_gate(struct gate *gate, const struct options *o, struct err *err)
{
	int r = read_network((int)o->network, &gate->network, err);

	if (r == 0)
		r = loop_init(&gate->loop, err);
	if (r < 0)
		return r;
	raise_files(gate);
	gate->book = book_new(gate_rules(gate), gate->network.allow.n);
	gate->lookups = lookups_new(&gate->loop, (int)o->resolver);
	gate->credentials = o->credentials == NOT_GIVEN ? -1 : (int)o->credentials;
	recorder_init(&gate->recorder, (int)o->supervisor);
	set_budgets(gate);
	return 0;
}

/* The supervisor's line: it says nothing unasked, so what can be read is its end. */
struct line {
	struct source source; /* first */
	struct gate *gate;
};

static void line_ready(struct source *source, uint32_t events)
{
	(void)events;
	((struct line *)source)->gate->loop.over = true;
}

static int serve(struct gate *gate, struct err *err)
{
	struct line line = { { gate->recorder.sock, line_ready }, gate };
	struct answerer *answerer = NULL;
	int udp, tcp;
	int r = listen_begin(gate, &udp, &tcp, err);

	if (r < 0)
		return r;
	r = loop_add(&gate->loop, &line.source, EPOLLIN | EPOLLRDHUP);
	if (r == 0)
		r = credential_begin(gate);
	answerer = r < 0 ? NULL : answerer_new(gate, udp, tcp, err);
	if (answerer)
		r = loop_run(&gate->loop, err);
	answerer_free(answerer);
	return answerer ? r : -EIO;
}

static void close_gate(struct gate *gate)
{
	conn_end_all(gate);
	credential_end(gate);
	listen_end(gate);
	recorder_done(&gate->recorder);
	recorder_end(&gate->recorder);
}

static int run(const struct options *o, struct err *err)
{
	struct gate gate = { .credentials = -1 };
	int r = confine_begin(err);

	if (r == 0)
		r = open_gate(&gate, o, err);
	if (r == 0)
		r = confine_finish(err);
	if (r < 0)
		return r;
	r = serve(&gate, err);
	close_gate(&gate);
	return r;
}

static int complain(const struct err *err, int status)
{
	auto_free char *line = xasprintf("remit: %s\n", err->text);

	return io_write_all(STDERR_FILENO, line, strlen(line)) < 0 ? 1 : status;
}

int main(int argc, char **argv)
{
	static const struct opt_set set = { opts, ARRAY_SIZE(opts), true };
	struct options o = { NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN };
	auto_free char **rest = NULL;
	struct err err = { "" };
	size_t dashes;

	proc_reset_signals();
	signal(SIGPIPE, SIG_IGN); /* splice can't be told to spare us */
	if (opt_parse(&set, argc, argv, &o, &rest, &dashes, &err) < 0)
		return complain(&err, WRONG_USAGE);
	if (rest[0] || o.supervisor == NOT_GIVEN || o.network == NOT_GIVEN ||
		o.resolver == NOT_GIVEN) {
		fputs("remit-gate: a cage's way to the network. `remit` starts it for you.\n",
			stderr);
		return WRONG_USAGE;
	}
	/* What exit(3) would tidy up is the kernel's, and takes calls that are given up by now. */
	_exit(run(&o, &err) < 0 ? complain(&err, 1) : 0);
}
