/*
 * privileges.c: shows what it has that a job has not: another user's id, a capability, or leave to gain them by
 * the next exec. Its file is what gives it the first two.
 */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(int argc, char **argv)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3];

	if (argc == 2 && !strcmp(argv[1], "leave")) {
		if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
			held("no_new_privs");
		escaped("an exec may give new privileges");
	}
	if (geteuid() != getuid())
		escaped("uid %d became %d", getuid(), geteuid());
	if (syscall(SYS_capget, &header, has) < 0)
		broken("capget");
	if (has[0].effective || has[1].effective)
		escaped("capabilities %x%08x", has[1].effective, has[0].effective);
	held("uid %d, no capabilities", geteuid());
}
