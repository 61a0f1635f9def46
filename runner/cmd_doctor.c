/*
 * remit doctor: what holds on this host, what does not, why, and what to do about it. Wherever it can, it does
 * not look for signs but tries: the cage that it builds is the one that a job would get.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/text.h"
#include "runner/command.h"
#include "runner/planner.h"

struct options {
	bool json;
};

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, offsetof(struct options, json), NULL, "print JSON" },
};
static const struct opt_set set = { opts, ARRAY_SIZE(opts), false };

enum { MAX_TEXT = 65536, MIN_FREE_MIB = 512, MAX_WORDS = 16 };

enum level { HOLDS, WEAKER, MISSING };
static const char *const level_names[] = { "holds", "weaker", "missing" };

struct finding {
	enum level level;
	struct buf what, remedy; /* remedy: empty where there is nothing to do */
};

struct exam {
	const struct ctx *ctx;
	struct finding *f;
	bool missing; /* something that was looked at before */
};

static void say(struct exam *e, enum level level, const char *what, const char *remedy)
{
	e->f->level = level;
	buf_adds(&e->f->what, what);
	buf_adds(&e->f->remedy, remedy);
}

/* The first line of a small file, or "". */
static void read_line(const char *path, char *out, size_t size)
{
	auto_buf struct buf text = BUF_INIT;

	out[0] = '\0';
	if (file_read(AT_FDCWD, path, MAX_TEXT, &text, NULL) == 0)
		snprintf(out, size, "%.*s", (int)strcspn(buf_str(&text), "\n"), buf_str(&text));
}

static bool is_value(const char *path, const char *value)
{
	char line[64];

	read_line(path, line, sizeof(line));
	return !strcmp(line, value);
}

static void check_kernel(struct exam *e)
{
	struct utsname u;
	char what[128];
	unsigned long major, minor;
	char *end;

	if (uname(&u) < 0)
		u.release[0] = '\0';
	major = strtoul(u.release, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	snprintf(what, sizeof(what), "Linux %.80s", u.release);
	if (major > 6 || (major == 6 && minor >= 1))
		say(e, HOLDS, what, "");
	else
		say(e, MISSING, what, "remit needs Linux 6.1 or later");
}

/* Exit status of a child that tries to make a user namespace: 0, or an errno. */
static int try_userns(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return EAGAIN;
	return WEXITSTATUS(status);
}

static bool in_container(void)
{
	return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
	       access("/run/systemd/container", F_OK) == 0;
}

/* Known ways to forbid user namespaces, and how to allow them again. */
static const struct {
	const char *path, *value, *remedy;
} userns_switches[] = {
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
		"AppArmor restricts user namespaces (Ubuntu 23.10 and later): install remit with a profile that has "
		"'userns,', or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" },
	{ "/proc/sys/kernel/unprivileged_userns_clone", "0",
		"sysctl -w kernel.unprivileged_userns_clone=1" },
	{ "/proc/sys/user/max_user_namespaces", "0",
		"sysctl -w user.max_user_namespaces=10000, in each namespace above this one, too" },
};

static void check_userns(struct exam *e)
{
	int error = try_userns();

	if (!error) {
		say(e, HOLDS, "user namespaces can be made without privilege", "");
		return;
	}
	say(e, MISSING, "user namespaces can't be made: ", "");
	/* What the kernel says when user.max_user_namespaces is reached would make people look at their disks. */
	buf_adds(&e->f->what, error == ENOSPC ? "no more of them are allowed" : strerror(error));
	for (size_t i = 0; i < ARRAY_SIZE(userns_switches); i++)
		if (is_value(userns_switches[i].path, userns_switches[i].value)) {
			buf_adds(&e->f->remedy, userns_switches[i].remedy);
			return;
		}
	buf_adds(&e->f->remedy,
		in_container()
			? "this is a container: start it so that unshare and mount are allowed "
			  "(Docker: --security-opt seccomp=unconfined --security-opt systempaths=unconfined)"
			: "allow user namespaces for ordinary users");
}

/* Whether all ids that jobs of root get have a meaning here. user_namespaces(7) has the format. */
static bool has_job_users(const char *map)
{
	enum { FIRST = 0x70000000, COUNT = 4 << 20 };
	unsigned long inside, outside, count;

	for (; *map; map += strcspn(map, "\n"), map += *map == '\n')
		if (sscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside <= FIRST &&
			count >= FIRST - inside + COUNT)
			return true;
	return false;
}

static void check_users(struct exam *e)
{
	auto_buf struct buf map = BUF_INIT;

	if (geteuid() != 0)
		say(e, HOLDS, "jobs run as you, in a user namespace in which you are nobody else",
			"");
	else if (file_read(AT_FDCWD, "/proc/self/uid_map", MAX_TEXT, &map, NULL) == 0 &&
		 has_job_users(buf_str(&map)))
		say(e, HOLDS, "each job of root gets an unprivileged user of its own", "");
	else
		say(e, MISSING,
			"root of a user namespace that has no unprivileged users for jobs, as in a rootless "
			"container",
			"run remit as an ordinary user in it");
}

static void check_landlock(struct exam *e)
{
	static const struct {
		int abi;
		const char *what, *remedy;
	} steps[] = {
		{ 6, "files, ports, devices, signals and abstract sockets", "" },
		{ 5, "files, ports and devices, but neither signals nor abstract sockets",
			"Linux 6.12 adds these; namespaces hold them until then" },
		{ 4, "files and ports",
			"Linux 6.10 adds ioctl on devices; seccomp holds it until then" },
		{ 3, "files, but no ports",
			"Linux 6.7 adds them; the network namespace holds them until then" },
		{ 1, "files, but neither truncation everywhere nor ports",
			"Linux 6.7 adds ports; mounts and namespaces hold until then" },
	};
	int abi = planner_landlock_abi();

	if (abi < 0) {
		say(e, MISSING, "no Landlock, the second wall around files",
			"boot with \"landlock\" among the names in lsm= and CONFIG_SECURITY_LANDLOCK=y");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (abi >= steps[i].abi) {
			say(e, *steps[i].remedy ? WEAKER : HOLDS, "Landlock holds ",
				steps[i].remedy);
			buf_addf(&e->f->what, "%s (ABI %d)", steps[i].what, abi);
			return;
		}
}

/* The first line of what a remit had to say. */
static void say_refused(struct exam *e, const char *said)
{
	static const char name[] = "remit: ";

	said += text_starts(said, name) ? strlen(name) : 0;
	say(e, MISSING, "", e->missing ? "see what is missing above" : "");
	text_add_safe(&e->f->what, said, strcspn(said, "\n"));
}

/* Runs `remit sandbox ... -- /bin/true` as a user would; the sentence that it ends with is the finding. */
static void try_cage(struct exam *e, char *const argv[], const char *good)
{
	char *shell[MAX_WORDS + 5] = { "/bin/sh", "-c", "exec \"$@\" 2>&1", "sh" };
	auto_buf struct buf out = BUF_INIT;
	struct err err = { "" };
	int code = 0;

	for (size_t i = 0; i < MAX_WORDS && argv[i]; i++)
		shell[4 + i] = argv[i];
	if (proc_run(shell[0], shell, NULL, 0, MAX_TEXT, &out, &code, &err) < 0)
		say(e, MISSING, err.text, "");
	else if (code == 0)
		say(e, HOLDS, good, "");
	else
		say_refused(e, buf_str(&out));
}

static char *self_path(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return n < 0 ? xstrdup("remit") : xstrndup(path, (size_t)n);
}

static void check_cage(struct exam *e)
{
	auto_free char *self = self_path();
	char *argv[] = { self, "sandbox", "--", "/bin/true", NULL };

	try_cage(e, argv, "a cage was built, and a program ran in it");
}

static void check_trace(struct exam *e)
{
	auto_free char *self = self_path();
	char *argv[] = { self, "sandbox", "--events", "/dev/null", "--", "/bin/true", NULL };

	try_cage(e, argv, "a cage was built with the programs in it traced");
}

static void check_workspace(struct exam *e)
{
	auto_free char *self = self_path();
	char dir[] = "/tmp/remit-doctor-XXXXXX";
	char *argv[] = { self, "sandbox", "--workspace", dir, "--", "/bin/sh", "-c",
		"echo x > file", NULL };

	if (!mkdtemp(dir)) {
		say(e, MISSING, "no directory can be made in /tmp", "");
		return;
	}
	try_cage(e, argv, "an overlay was laid over a workspace, and a change thrown away");
	rmdir(dir);
}

/* The name is answered for in the cage; nobody outside is asked what it stands for. */
static void check_names(struct exam *e)
{
	auto_free char *self = self_path();
	char *argv[] = { self, "sandbox", "--profile", "npm", "--", "/bin/sh", "-c",
		"getent ahosts registry.npmjs.org | grep -q ^198.18. && ! getent ahosts elsewhere.example ||"
		" { echo 'a listed name is not answered for in a cage'; exit 1; }",
		NULL };

	try_cage(e, argv, "a gate was started, and answered for a listed name and no other");
}

static void check_cgroup(struct exam *e)
{
	say(e, WEAKER, "memory and processors can't be limited",
		"this version uses no cgroup: a profile that asks for either starts no job, unless it says "
		"'enforce: best-effort'");
}

static void check_state(struct exam *e)
{
	struct statvfs fs;
	struct err err = { "" };
	uint64_t free_mib;

	if (ctx_check_state(e->ctx, &err) < 0) {
		say(e, MISSING, err.text, "");
		return;
	}
	if (dir_make(AT_FDCWD, e->ctx->state, 0700, &err) < 0 || access(e->ctx->state, W_OK) < 0) {
		say(e, MISSING, "the state directory can't be written: ",
			"set REMIT_STATE to one that can");
		buf_adds(&e->f->what, e->ctx->state);
		return;
	}
	if (statvfs(e->ctx->state, &fs) < 0)
		fs.f_bavail = 0;
	free_mib = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
	say(e, free_mib < MIN_FREE_MIB ? WEAKER : HOLDS, e->ctx->state,
		free_mib < MIN_FREE_MIB
			? "make room: checkouts, changes and evidence are kept there"
			: "");
	buf_addf(&e->f->what, ", %llu MiB free", (unsigned long long)free_mib);
}

static void check_container(struct exam *e)
{
	if (in_container())
		say(e, WEAKER, "this is a container: its own limits come on top of the cage's", "");
	else
		say(e, HOLDS, "not in a container that says so", "");
}

static const struct {
	const char *name;
	void (*check)(struct exam *e);
} checks[] = {
	{ "kernel", check_kernel },
	{ "user namespaces", check_userns },
	{ "users", check_users },
	{ "Landlock", check_landlock },
	{ "cage", check_cage },
	{ "trace", check_trace },
	{ "overlay", check_workspace },
	{ "names", check_names },
	{ "memory and cpu", check_cgroup },
	{ "state", check_state },
	{ "container", check_container },
};

static json_t *encode(const char *name, const struct finding *f)
{
	json_t *o = json_object();

	json_put_str(o, "name", name);
	json_put_str(o, "level", level_names[f->level]);
	json_put_str(o, "what", buf_str(&f->what));
	json_put_str(o, "remedy", f->remedy.len ? buf_str(&f->remedy) : NULL);
	return o;
}

static void print(const char *name, const struct finding *f)
{
	printf("%-8s %-16s ", level_names[f->level], name);
	command_print_safe(buf_str(&f->what));
	putchar('\n');
	if (!f->remedy.len)
		return;
	printf("%-8s %-16s   ", "", "");
	command_print_safe(buf_str(&f->remedy));
	putchar('\n');
}

static int run(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	auto_json json_t *list = json_array();
	enum level worst = HOLDS;
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct finding f = { HOLDS, BUF_INIT, BUF_INIT };
		struct exam e = { ctx, &f, worst == MISSING };

		checks[i].check(&e);
		worst = f.level > worst ? f.level : worst;
		if (!o.json)
			print(checks[i].name, &f);
		json_push(list, encode(checks[i].name, &f));
		buf_done(&f.what);
		buf_done(&f.remedy);
	}
	if (o.json)
		command_print_json(list);
	return worst == MISSING ? EXIT_FAILED : EXIT_DONE;
}

const struct command cmd_doctor = { "doctor", "",
	"says what holds on this host, what does not, and what to do", &set, run,
	"Exit status: 0 when a job can run, 1 when something that it needs is missing.\n" };
