#include "sandbox/identity.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "sandbox/idmap.h"
#include "sandbox/weaken.h"

/*
 * A range that no distribution hands out: above the containers' and dynamic users' ranges, below 2^31.
 * The supervisor's pid is in use for as long as the cage lives, so no two cages share an id.
 */
enum { JOB_UID_FIRST = 0x70000000 };

static int become(uid_t uid, gid_t gid, struct err *err)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_set(err, -errno, "become the unprivileged user %u", uid);
	if (geteuid() != uid || setuid(0) == 0)
		return err_say(err, -EPERM, "become the unprivileged user %u: still root", uid);
	/* Changing ids has closed /proc/self to us; init must write its own id map through it. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return err_set(err, -errno, "become the unprivileged user %u", uid);
	return 0;
}

int identity_settle(struct cage *cage, struct err *err)
{
	int r;

	cage->uid = geteuid();
	cage->gid = getegid();
	if (cage->uid != 0 || weakened("root-uid"))
		return 0;
	cage->uid = (uid_t)(JOB_UID_FIRST + getpid());
	cage->gid = (gid_t)cage->uid;
	r = idmap_trees(cage, err);
	return r < 0 ? r : become(cage->uid, cage->gid, err);
}

static int write_proc(const char *path, const char *text, struct err *err)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_set(err, -errno, "write '%s' to '%s'", text, path);
	return 0;
}

int identity_map(const struct cage *cage, struct err *err)
{
	const struct plan_user *u = &cage->plan.user;
	char uids[64], gids[64];
	int r;

	if (weakened("ns-user"))
		return 0;
	snprintf(uids, sizeof(uids), "%u %u 1", weakened("job-uid") ? 0 : (unsigned int)u->uid,
		cage->uid);
	snprintf(gids, sizeof(gids), "%u %u 1", (unsigned int)u->gid, cage->gid);
	r = write_proc("/proc/self/setgroups", "deny", err);
	if (r == 0)
		r = write_proc("/proc/self/uid_map", uids, err);
	return r < 0 ? r : write_proc("/proc/self/gid_map", gids, err);
}

int identity_close(struct err *err)
{
	if (!weakened("dumpable") && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(err, -errno, "close /proc/self");
	return 0;
}

static int drop_bounding_set(void)
{
	for (unsigned long cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
			return errno == EINVAL ? 0 : -errno;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

static int clear_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

/* A keyring of our own: keys of the session that started us are not the job's. */
static int leave_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS)
		return 0;
	return -errno;
}

int identity_drop_privileges(struct err *err)
{
	unsigned long locked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
			       SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
			       SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	int r = weakened("keyring") ? 0 : leave_keyring();

	if (r < 0)
		return err_set(err, r, "leave the session's keyring");
	if (!weakened("no-new-privs") && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, -errno, "set no_new_privs");
	if (weakened("capabilities"))
		return 0;
	if (prctl(PR_SET_SECUREBITS, locked, 0, 0, 0) < 0)
		return err_set(err, -errno, "lock the securebits");
	r = drop_bounding_set();
	if (r == 0)
		r = clear_capabilities();
	return r < 0 ? err_set(err, r, "drop the capabilities") : 0;
}
