#include "sandbox/credlink.h"

#include <sys/socket.h>

#include "base/gatewire.h"
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

/* What keeps it from starting it has said itself. */
static int wait_until_ready(int line, struct err *err)
{
	char said = 0;

	if (recv(line, &said, 1, 0) == 1 && said == CREDENTIAL_READY)
		return 0;
	return err_say(err, -EIO, "the keeper of the credentials could not be started");
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
	return r < 0 ? r : wait_until_ready(ends[0], err);
}
