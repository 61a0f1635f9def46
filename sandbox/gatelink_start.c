/* The processes that make a gate: each is told what it has to know, over descriptors that nobody else has. */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/path.h"
#include "base/proc.h"
#include "sandbox/credlink.h"
#include "sandbox/gatelink.h"

/* What the gate gets beside its line to us. */
struct lines {
	int network; /* what the plan says of it */
	int resolver;
	int keeper; /* of the credentials, or -1 */
};

static int put_network(const struct plan_network *network, int *ret_fd)
{
	auto_free char *text = plan_encode_network(network);
	auto_fd int fd = memfd_create("network", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : io_write_all(fd, text, strlen(text));

	if (r < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return r < 0 ? r : -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int open_line(int ends[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, -errno, "start the gate");
	return 0;
}

static int run_gate(struct gatelink *g, const char *program, const struct lines *l, struct err *err)
{
	char *argv[] = { (char *)program, "--supervisor", "3", "--network", "4", "--resolver", "5",
		l->keeper < 0 ? NULL : "--credentials", "6", NULL };
	int ends[2];
	int r = open_line(ends, err);

	if (r < 0)
		return r;
	g->sock = ends[0];
	r = proc_start(program, argv, NULL,
		(struct proc_fd[]){ { -1, 0 }, { -1, 1 }, { 2, 2 }, { ends[1], 3 },
			{ l->network, 4 }, { l->resolver, 5 }, { l->keeper, 6 } },
		l->keeper < 0 ? 6 : 7, &g->pid, err);
	close(ends[1]);
	return r;
}

/* Everybody's files are there for the resolver alone, so it is not the gate that starts it. */
static int run_resolver(struct gatelink *g, const char *dir, int line, struct err *err)
{
	auto_free char *program = path_join(dir, "remit-resolve");
	char *argv[] = { program, NULL };

	return proc_start(program, argv, NULL,
		(struct proc_fd[]){ { -1, 0 }, { -1, 1 }, { 2, 2 }, { line, 3 } }, 4, &g->resolver,
		err);
}

/* The gate first: there is more for it to do before a job can have use for it. */
static int run_pair(struct gatelink *g, const char *program, struct lines *l, struct err *err)
{
	auto_free char *dir = path_parent(program);
	int ends[2];
	int r = open_line(ends, err);

	if (r < 0)
		return r;
	l->resolver = ends[0];
	r = run_gate(g, program, l, err);
	if (r == 0)
		r = run_resolver(g, dir, ends[1], err);
	close(ends[0]);
	close(ends[1]);
	return r;
}

static int run_keeper(
	struct gatelink *g, const char *dir, int secrets, int *ret_line, struct err *err)
{
	auto_fd int plan = -1;
	int r;

	if (!credlink_is_wanted(g->network))
		return 0;
	r = put_network(g->network, &plan);
	return r < 0 ? err_set(err, r, "start the keeper of the credentials")
		     : credlink_start(dir, plan, secrets, &g->keeper, ret_line, err);
}

int gatelink_start(struct gatelink *g, const char *program, const struct plan_network *network,
	int secrets, struct err *err)
{
	auto_free char *dir = path_parent(program);
	auto_fd int plan = -1, keeper = -1;
	int r;

	g->network = network;
	g->n_expected = gatelink_sockets(network);
	if (!g->n_expected)
		return 0;
	if (g->n_expected > FDPASS_MAX)
		return err_say(err, -E2BIG, "the rules for the network list too many ports");
	r = put_network(network, &plan);
	if (r < 0)
		return err_set(err, r, "start the gate");
	r = run_keeper(g, dir, secrets, &keeper, err);
	return r < 0 ? r : run_pair(g, program, &(struct lines){ plan, -1, keeper }, err);
}
