#include "sandbox/credlink.h"

#include <sys/socket.h>

#include "base/path.h"
#include "base/proc.h"

bool credlink_is_wanted(const struct plan_network *network)
{
	const struct net_rule *rules = network->allow.v;

	for (size_t i = 0; i < network->allow.n; i++)
		if (rules[i].credential)
			return true;
	return false;
}

int credlink_start(
	const char *dir, int plan, int secrets, pid_t *ret_pid, int *ret_line, struct err *err)
{
	auto_free char *program = path_join(dir, "remit-credential");
	auto_free char *resolver = path_join(dir, "remit-resolve");
	char *argv[] = { program, "--resolver", resolver, NULL };
	char *env[] = { NULL }; /* no proxy, no log of session keys */
	int ends[2], r;

	if (secrets < 0)
		return err_say(err, -EINVAL,
			"the plan names a credential, and nobody handed over its value");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, -errno, "make a line to the keeper of the credentials");
	const struct proc_fd fds[] = { { -1, 0 }, { -1, 1 }, { 2, 2 }, { ends[1], 3 }, { plan, 4 },
		{ secrets, 5 } };
	r = proc_start(program, argv, env, fds, ARRAY_SIZE(fds), ret_pid, err);
	close(ends[1]);
	*ret_line = ends[0];
	return r;
}
