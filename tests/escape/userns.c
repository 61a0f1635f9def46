/* userns: makes a user namespace, in which a process has every capability. */
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escape/probe.h"

int main(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (unshare(CLONE_NEWUSER) < 0)
		held_by_errno("unshare");
	if (syscall(SYS_capget, &header, data) < 0)
		broken("look at the capabilities");
	if (!data[0].effective)
		held("no capability came with it");
	escaped("capabilities %x", data[0].effective);
}
