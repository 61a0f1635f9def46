/*
 * remit-credential: holds the secrets of one cage. It is started with a line to the gate on descriptor 3, what the plan
 * says of the network on 4, and the secrets on 5.
 */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/fdpass.h"
#include "base/io.h"
#include "base/opt.h"
#include "base/proc.h"
#include "credential/confine.h"
#include "credential/server.h"
#include "credential/upstream.h"
#include "gate/leave.h"

enum { LINE_FD = 3, NETWORK_FD = 4, SECRETS_FD = 5, WRONG_USAGE = 2 };

struct options {
	char *resolver;
};

static const struct opt opts[] = {
	{ "resolver", 0, OPT_STR, offsetof(struct options, resolver), "PROGRAM",
		"looks up the hosts of the credentials" },
};

void keeper_record(struct keeper *k, const char *type, json_t *fields)
{
	auto_json json_t *owned = fields;
	auto_buf struct buf text = BUF_INIT;
	auto_free char *json = NULL;

	json_put_str(owned, "type", type);
	json = json_canonical(owned);
	buf_addc(&text, CREDENTIAL_RECORD);
	buf_adds(&text, json);
	while (send(k->line, text.data, text.len, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			_exit(1); /* what can't be recorded must not go on */
}

static int start_resolver(const char *path, int *ret_sock, struct err *err)
{
	char *argv[] = { (char *)path, NULL };
	int ends[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, -errno, "make a line to the resolver");
	r = proc_start(
		path, argv, NULL, (struct proc_fd[]){ { -1, 0 }, { ends[1], 3 } }, 2, &pid, err);
	close(ends[1]);
	*ret_sock = ends[0];
	return r;
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

static void raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)!setrlimit(RLIMIT_NOFILE, &files);
}

/* Those that no rule names have no value, and nobody can ask for them: the plan lists none. */
static int open_upstreams(struct keeper *k, struct err *err)
{
	const struct credential *rules = k->network.credentials.v;
	size_t n = k->network.credentials.n;
	int r = curl_global_init(CURL_GLOBAL_DEFAULT) ? err_say(err, -EIO, "start libcurl") : 0;

	k->upstreams = xcalloc(n + 1, sizeof(struct upstream *));
	for (size_t i = 0; r == 0 && i < n; i++)
		r = upstream_new(k, &rules[i], &k->upstreams[i], err);
	return r;
}

static int open_keeper(struct keeper *k, const struct options *o, struct err *err)
{
	int resolver = -1;
	int r = read_network(NETWORK_FD, &k->network, err);

	if (r == 0)
		r = start_resolver(o->resolver, &resolver, err);
	if (r == 0)
		r = loop_init(&k->loop, err);
	if (r == 0)
		r = secrets_read(SECRETS_FD, &k->secrets, err);
	if (r < 0)
		return r;
	raise_files();
	k->lookups = lookups_new(&k->loop, resolver);
	r = open_upstreams(k, err);
	return r < 0 ? r : server_new(k, &k->server, err);
}

struct line {
	struct source source; /* first */
	struct keeper *keeper;
};

static void line_ready(struct source *source, uint32_t events)
{
	struct keeper *k = ((struct line *)source)->keeper;
	struct credential_connection from;
	int fd = -1;
	size_t n_fds;
	ssize_t n;

	(void)events;
	n = fdpass_receive(source->fd, &from, sizeof(from), &fd, 1, &n_fds, MSG_DONTWAIT);
	if (n == -EAGAIN)
		return;
	from.credential[HOSTNAME_MAX] = '\0';
	if (n == (ssize_t)sizeof(from) && n_fds == 1) {
		server_take(k->server, fd, &from);
		return;
	}
	if (n_fds)
		close(fd);
	k->loop.over = true;
}

static int serve(struct keeper *k, struct err *err)
{
	struct line line = { { k->line, line_ready }, k };
	const char ready = CREDENTIAL_READY;
	int r = loop_add(&k->loop, &line.source, EPOLLIN | EPOLLRDHUP);

	if (r == 0 && send(k->line, &ready, 1, MSG_NOSIGNAL) < 0)
		r = -errno;
	return r < 0 ? err_set(err, r, "wait for the gate") : loop_run(&k->loop, err);
}

static int run(const struct options *o, struct err *err)
{
	struct keeper k = { .line = LINE_FD };
	int r = leave_begin(err);

	if (r == 0)
		r = open_keeper(&k, o, err);
	if (r == 0)
		r = credential_confine(err);
	if (r == 0)
		r = serve(&k, err);
	server_free(k.server);
	secrets_done(&k.secrets);
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
	struct options o = { NULL };
	auto_free char **rest = NULL;
	struct err err = { "" };
	size_t dashes;

	proc_reset_signals();
	signal(SIGPIPE, SIG_IGN);
	if (opt_parse(&set, argc, argv, &o, &rest, &dashes, &err) < 0)
		return complain(&err, WRONG_USAGE);
	if (rest[0] || !o.resolver) {
		fputs("remit-credential: keeps a cage's secrets. `remit` starts it for you.\n",
			stderr);
		return WRONG_USAGE;
	}
	return run(&o, &err) < 0 ? complain(&err, 1) : 0;
}
