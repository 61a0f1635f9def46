#include "gate/leave.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/landlock_abi.h"

int leave_begin(struct err *err)
{
	const struct rlimit none = { 0, 0 };
	pid_t parent = getppid();

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, -errno, "confine the gate");
	return getppid() == parent ? 0 : err_say(err, -ESRCH, "the supervisor is gone");
}

/* A ruleset without a rule: no file can be reached any more, nor a port be listened on. */
static int leave_files(void)
{
	struct ruleset_attr all = { .handled_fs = FS_ABI_1 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	auto_fd int fd = -1;

	if (abi < 0)
		return -errno;
	if (abi >= 2)
		all.handled_fs |= FS_REFER;
	if (abi >= 3)
		all.handled_fs |= FS_TRUNCATE;
	if (abi >= 5)
		all.handled_fs |= FS_IOCTL_DEV;
	if (abi >= 4)
		all.handled_net = NET_BIND_TCP;
	if (abi >= 6)
		all.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	fd = (int)syscall(SYS_landlock_create_ruleset, &all,
		abi >= 6   ? sizeof(all)
		: abi >= 4 ? offsetof(struct ruleset_attr, scoped)
			   : offsetof(struct ruleset_attr, handled_net),
		0);
	return fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

static int drop_capabilities(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = { 0x20080522, 0 };
	const uint32_t none[6] = { 0 };

	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

int leave_finish(void)
{
	int r = drop_capabilities();

	return r < 0 ? r : leave_files();
}
