#include "sandbox/landlock.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/text.h"
#include "base/landlock_abi.h"
#include "sandbox/weaken.h"

enum {
	READ = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR,
	CHANGE = FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG |
		 FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE,
	DEVICES = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
	LOOK = FS_READ_FILE | FS_READ_DIR,
	/* What makes sense for a file; the kernel refuses the rest. */
	ON_FILE = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
};

struct ruleset {
	int fd;
	struct ruleset_attr attr;
};

/* Everything that the ABI can handle is handled, so what no rule allows is denied. */
static struct ruleset_attr handled(const struct cage *cage)
{
	uint64_t abi = cage->plan.landlock;
	struct ruleset_attr attr = { .handled_fs = FS_ABI_1 };

	if (abi >= 2)
		attr.handled_fs |= FS_REFER;
	if (abi >= 3)
		attr.handled_fs |= FS_TRUNCATE;
	if (abi >= 4 && cage->plan.network.loopback != PLAN_LO_ALL)
		attr.handled_net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 5)
		attr.handled_fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		attr.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return attr;
}

/* The structure grew with the ABI; an older kernel wants the part that it knows. */
static size_t attr_size(uint64_t abi)
{
	return abi >= 6 ? sizeof(struct ruleset_attr) : abi >= 4 ? 16 : 8;
}

/* What a listed path leads to by way of a symlink, which the workspace may hold, is not what was listed. */
static int open_plain(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static int allow_path(const struct ruleset *rs, const char *path, uint64_t allowed, struct err *err)
{
	auto_fd int fd = open_plain(path);
	struct path_rule rule = { .parent = fd };
	struct stat st;

	if (fd < 0 && (errno == ELOOP || errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "allow '%s' by Landlock", path);
	rule.allowed = allowed & rs->attr.handled_fs &
		       (S_ISDIR(st.st_mode) ? ~0ULL : (uint64_t)ON_FILE);
	if (S_ISLNK(st.st_mode) || !rule.allowed)
		return 0;
	if (syscall(SYS_landlock_add_rule, rs->fd, RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_set(err, -errno, "allow '%s' by Landlock", path);
	return 0;
}

/* What every cage has: its own made-up files, private places, and a look at the root's names. */
static int allow_own(const struct ruleset *rs, const struct cage *cage, struct err *err)
{
	const struct {
		const char *path;
		uint64_t allowed;
	} own[] = {
		{ "/", FS_READ_DIR },
		{ "/etc", LOOK },
		{ "/proc", LOOK },
		{ "/dev", DEVICES },
		{ "/dev/shm", READ | CHANGE },
		{ "/tmp", READ | CHANGE },
		{ cage->plan.user.home, READ | CHANGE },
		{ "/run/git", LOOK },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(own); i++)
		r = allow_path(rs, own[i].path, own[i].allowed, err);
	if (r == 0 && cage->plan.workspace.mode != PLAN_NONE)
		r = allow_path(rs, cage->plan.workspace.path, READ | CHANGE, err);
	return r;
}

static int allow_listed(const struct ruleset *rs, const struct cage *cage, struct err *err)
{
	const struct plan_mount *m = cage->plan.mounts.v;

	for (size_t i = 0; i < cage->plan.mounts.n; i++, m++) {
		uint64_t allowed = m->access == PLAN_READ    ? READ
				   : m->access == PLAN_WRITE ? READ | CHANGE
							     : 0;
		int r = allowed ? allow_path(rs, m->target, allowed, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int allow_ports(const struct ruleset *rs, const struct cage *cage, struct err *err)
{
	const struct strs *ports = &cage->plan.network.ports;

	if (cage->plan.network.loopback != PLAN_LO_PORTS)
		return 0;
	for (size_t i = 0; i < ports->n; i++) {
		struct port_rule rule = { .allowed = NET_BIND_TCP | NET_CONNECT_TCP };
		int r = text_uint(ports->v[i], 0, 65535, &rule.port, err);

		if (r < 0)
			return r;
		if (syscall(SYS_landlock_add_rule, rs->fd, RULE_NET_PORT, &rule, 0) < 0)
			return err_set(err, -errno, "allow port %s by Landlock", ports->v[i]);
	}
	return 0;
}

static int allow_connect(const struct ruleset *rs, uint16_t port, struct err *err)
{
	const struct port_rule rule = { .allowed = NET_CONNECT_TCP, .port = port };

	if (syscall(SYS_landlock_add_rule, rs->fd, RULE_NET_PORT, &rule, 0) < 0)
		return err_set(err, -errno, "allow port %u by Landlock", port);
	return 0;
}

/* What listens on these ports is the gate's, which knows the rules. */
static int allow_gate(const struct ruleset *rs, const struct cage *cage, struct err *err)
{
	const struct net_rule *rule = cage->plan.network.allow.v;
	size_t n = cage->plan.network.allow.n;
	int r = 0;

	if (!rs->attr.handled_net || !n)
		return 0;
	r = allow_connect(rs, DNS_PORT, err);
	for (; r == 0 && n; n--, rule++) {
		if (rule->credential)
			r = allow_connect(rs, NET_HTTP_PORT, err);
		for (size_t i = 0; r == 0 && i < rule->ports.n; i++)
			r = allow_connect(rs, rule->ports.v[i], err);
	}
	return r;
}

static int check_abi(const struct cage *cage, struct err *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	if (abi < 0)
		return err_set(err, -errno, "use Landlock");
	if ((uint64_t)abi < cage->plan.landlock || cage->plan.landlock > LANDLOCK_ABI_KNOWN)
		return err_say(err, -ENOTSUP,
			"the plan wants Landlock ABI %llu, this kernel has %ld",
			(unsigned long long)cage->plan.landlock, abi);
	if (cage->plan.network.loopback == PLAN_LO_PORTS && cage->plan.landlock < 4)
		return err_say(err, -ENOTSUP,
			"'network.loopback' lists ports, which needs Landlock ABI 4 (Linux 6.7): "
			"this kernel has %ld",
			abi);
	return 0;
}

int landlock_confine(const struct cage *cage, struct err *err)
{
	struct ruleset rs = { .fd = -1, .attr = handled(cage) };
	auto_fd int fd = -1;
	int r = check_abi(cage, err);

	if (r < 0 || weakened("landlock"))
		return r;
	fd = (int)syscall(SYS_landlock_create_ruleset, &rs.attr, attr_size(cage->plan.landlock), 0);
	if (fd < 0)
		return err_set(err, -errno, "make a Landlock ruleset");
	rs.fd = fd;
	r = allow_own(&rs, cage, err);
	if (r == 0)
		r = allow_listed(&rs, cage, err);
	if (r == 0)
		r = allow_ports(&rs, cage, err);
	if (r == 0)
		r = allow_gate(&rs, cage, err);
	if (r == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		r = err_set(err, -errno, "confine the job by Landlock");
	return r;
}
