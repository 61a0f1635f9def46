#include "tests/unit/seccomp_kit.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sandbox/seccomp.h"
#include "tests/unit/check.h"

/* Shared with the process that makes the calls. */
struct answers {
	size_t n;
	int v[];
};

static int make_call(const struct seccomp_kit_call *c)
{
	const uint64_t *a = c->args;

	return syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

static void make_calls(const struct sock_fprog *prog, const struct seccomp_kit_call *calls,
	size_t n, struct answers *ret)
{
	signal(SIGSYS, SIG_DFL); /* cmocka has its own idea of it */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_install(prog) < 0)
		_exit(1);
	while (ret->n < n) {
		int error = make_call(&calls[ret->n]);

		ret->v[ret->n++] = error;
	}
	syscall(SYS_exit_group, 0); /* sanitizers do more at an _exit */
}

static void make_some(const struct sock_fprog *prog, const struct seccomp_kit_call *calls, size_t n,
	struct answers *ret)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		make_calls(prog, calls, n, ret);
	ok(pid > 0 && waitpid(pid, &status, 0) == pid, "the calls are made");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		ret->v[ret->n++] = SECCOMP_KIT_ENDED;
	else
		ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the kernel takes the program");
}

void seccomp_kit_make(
	const struct buf *program, const struct seccomp_kit_call *calls, size_t n, int *ret)
{
	struct sock_fprog prog = { (unsigned short)(program->len / sizeof(struct sock_filter)),
		(struct sock_filter *)(void *)program->data };
	size_t size = sizeof(struct answers) + n * sizeof(int);
	struct answers *answers = mmap(
		NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ok(answers != MAP_FAILED, "there is memory");
	while (answers->n < n)
		make_some(&prog, calls, n, answers);
	memcpy(ret, answers->v, n * sizeof(*ret));
	munmap(answers, size);
}

int seccomp_kit_ask(const struct buf *program, uint64_t a, uint64_t b)
{
	struct seccomp_kit_call call = { SYS_getppid, { a, b } };
	int ret;

	seccomp_kit_make(program, &call, 1, &ret);
	return ret;
}

void seccomp_kit_rule(struct buf *rules, const char *action, int error, const char *args)
{
	buf_addf(rules,
		"{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_%s\",\"errnoRet\":%d,\"args\":[%s]},",
		action, error, args);
}

static json_t *make_profile(const char *action, const char *rules)
{
	static const char format[] =
		"{\"defaultAction\":\"SCMP_ACT_%s\",\"defaultErrnoRet\":95,\"syscalls\":"
		"[%s{\"names\":[\"exit_group\"],\"action\":\"SCMP_ACT_ALLOW\"}]}";
	auto_free char *text = xasprintf(format, action, rules);
	struct err err = { "" };
	json_t *profile;

	if (json_parse(text, strlen(text), "profile", &profile, &err) < 0)
		fail_msg("%s", err.text);
	return profile;
}

int seccomp_kit_compile(const char *action, const char *rules, const char *floor, bool notify,
	struct buf *ret_allow, struct buf *ret_refuse, struct err *err)
{
	auto_json json_t *own = make_profile(action, rules);
	auto_json json_t *held = make_profile("ERRNO", floor ? floor : "");

	return seccomp_compile(own, held, notify, ret_allow, ret_refuse, err);
}

void seccomp_kit_get(const char *rules, const char *floor, struct buf *ret)
{
	auto_buf struct buf refuse = BUF_INIT;
	struct err err = { "" };

	if (seccomp_kit_compile("ERRNO", rules, floor, false, ret, &refuse, &err) < 0)
		fail_msg("%s", err.text);
}
