#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/plan.h"
#include "base/text.h"
#include "sandbox/seccomp.h"

enum { MAX_ARGS = 6 };

enum filter_kind {
	FILTER_ALLOW, /* what is refused passes here: the other filter sees to it */
	FILTER_REFUSE,
	FILTER_REPORT, /* refuse, with the supervisor's voice */
	FILTER_HOLD, /* refuse, of the calls that the supervisor lets go on: an error is stricter than that */
};

struct compiler {
	enum filter_kind kind;
	scmp_filter_ctx ctx;
	uint32_t fallback; /* the action for what no rule names */
	struct err *err;
};

struct action {
	const char *name;
	uint32_t value;
	bool takes_errno;
};

static const struct action actions[] = {
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, false },
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), true },
	{ "SCMP_ACT_KILL", SCMP_ACT_KILL_PROCESS, false },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, false },
	{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, false },
	{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP, false },
	{ "SCMP_ACT_LOG", SCMP_ACT_LOG, false },
};

struct comparison {
	const char *name;
	enum scmp_compare op;
};

static const struct comparison comparisons[] = {
	{ "SCMP_CMP_NE", SCMP_CMP_NE },
	{ "SCMP_CMP_LT", SCMP_CMP_LT },
	{ "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
	{ "SCMP_CMP_GE", SCMP_CMP_GE },
	{ "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

static int bad(struct compiler *c, const char *what)
{
	return err_say(c->err, -EINVAL, "seccomp profile: %s", what);
}

/* EPERM is what the format means when it names no error. */
static int read_action(struct compiler *c, const json_t *rule, const char *key,
	const char *errno_key, uint32_t *ret)
{
	const char *name = json_string_value(json_object_get(rule, key));
	const json_t *number = json_object_get(rule, errno_key);

	for (size_t i = 0; name && i < ARRAY_SIZE(actions); i++) {
		json_int_t e = json_is_integer(number) ? json_integer_value(number) : EPERM;

		if (strcmp(name, actions[i].name) != 0)
			continue;
		if (e < 0 || e > 4095)
			return bad(c, "an error number is out of range: expected 0 to 4095");
		*ret = actions[i].takes_errno ? SCMP_ACT_ERRNO((uint32_t)e) : actions[i].value;
		return 0;
	}
	return err_say(c->err, -EINVAL, "seccomp profile: unknown action '%s' in '%s'",
		name ? name : "", key);
}

static int read_number(struct compiler *c, const json_t *arg, const char *key, uint64_t *ret)
{
	const json_t *n = json_object_get(arg, key);

	*ret = 0;
	if (!n)
		return 0;
	if (json_is_integer(n))
		*ret = (uint64_t)json_integer_value(n);
	else if (json_is_real(n) && json_real_value(n) >= 0 &&
		 json_real_value(n) < 18446744073709551616.0)
		*ret = (uint64_t)json_real_value(n);
	else
		return err_say(c->err, -EINVAL, "seccomp profile: '%s' is not a number", key);
	return 0;
}

static int read_arg(struct compiler *c, const json_t *arg, struct scmp_arg_cmp *ret)
{
	const char *name = json_string_value(json_object_get(arg, "op"));
	uint64_t index, value, second;
	int r = read_number(c, arg, "index", &index);

	if (r == 0)
		r = read_number(c, arg, "value", &value);
	if (r == 0)
		r = read_number(c, arg, "valueTwo", &second);
	if (r < 0)
		return r;
	if (index >= MAX_ARGS)
		return bad(c, "'index' is out of range: expected 0 to 5");
	for (size_t i = 0; name && i < ARRAY_SIZE(comparisons); i++)
		if (!strcmp(name, comparisons[i].name)) {
			*ret = (struct scmp_arg_cmp){ (unsigned int)index, comparisons[i].op, value,
				second };
			return 0;
		}
	return err_say(
		c->err, -EINVAL, "seccomp profile: unknown comparison '%s'", name ? name : "");
}

static bool lists(const json_t *condition, const char *key, const char *word)
{
	size_t i;
	json_t *item;

	json_array_foreach (json_object_get(condition, key), i, item)
		if (json_is_string(item) && !strcmp(json_string_value(item), word))
			return true;
	return false;
}

static const char *native_arch(void)
{
#if defined(__x86_64__)
	return "amd64";
#else
	return "arm64";
#endif
}

/* "4.8" against the running kernel's "6.1.0-18-amd64". */
static bool kernel_is_at_least(const char *wanted)
{
	struct utsname u;
	char *end;
	unsigned long major, minor, have;

	if (uname(&u) < 0)
		return false;
	major = strtoul(wanted, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	have = strtoul(u.release, &end, 10);
	return have != major ? have > major
			     : strtoul(*end == '.' ? end + 1 : end, NULL, 10) >= minor;
}

/* A job has no capability, so a rule for those who have one is not for it. */
static bool applies(const json_t *rule)
{
	const json_t *in = json_object_get(rule, "includes"),
		     *out = json_object_get(rule, "excludes");
	const char *kernel = json_string_value(json_object_get(in, "minKernel"));
	const char *too_new = json_string_value(json_object_get(out, "minKernel"));

	if (json_array_size(json_object_get(in, "caps")))
		return false;
	if (json_array_size(json_object_get(in, "arches")) && !lists(in, "arches", native_arch()))
		return false;
	if (kernel && !kernel_is_at_least(kernel))
		return false;
	return !lists(out, "arches", native_arch()) && !(too_new && kernel_is_at_least(too_new));
}

static bool is_refusal(uint32_t action)
{
	return action == SCMP_ACT_ERRNO(EPERM) || action == SCMP_ACT_ERRNO(EAFNOSUPPORT);
}

static bool is_permission(uint32_t action)
{
	return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG;
}

/* What a rule comes to in the filter that is being made. False: it has no place there. */
static bool place_action(const struct compiler *c, uint32_t *action)
{
	if (c->kind != FILTER_ALLOW && is_permission(*action))
		return false;
	if (c->kind == FILTER_REPORT && is_refusal(*action))
		*action = SCMP_ACT_NOTIFY;
	if (c->kind == FILTER_ALLOW && !is_permission(*action))
		*action = SCMP_ACT_ALLOW;
	return *action != c->fallback;
}

static int add_rule(struct compiler *c, const char *name, uint32_t action,
	const struct scmp_arg_cmp *args, size_t n)
{
	int nr = seccomp_syscall_resolve_name(name);
	int r;

	/* A name that this architecture or libseccomp does not know gets the default action anyway. */
	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0;
	r = seccomp_rule_add_array(c->ctx, action, nr, (unsigned int)n, args);
	if (r < 0 && r != -EEXIST)
		return err_set(c->err, r, "seccomp profile: a rule for '%s'", name);
	return 0;
}

/* Calls that the supervisor looks at and lets go on. */
static bool is_observed(const char *name)
{
	static const char *const observed[] = { "execve", "execveat", "connect", "sendto" };

	for (size_t i = 0; i < ARRAY_SIZE(observed); i++)
		if (!strcmp(name, observed[i]))
			return true;
	return false;
}

static bool has_place(const struct compiler *c, const char *name)
{
	return c->kind == FILTER_REPORT ? !is_observed(name)
					: c->kind != FILTER_HOLD || is_observed(name);
}

static int read_args(
	struct compiler *c, const json_t *rule, struct scmp_arg_cmp *args, size_t *ret_n)
{
	const json_t *list = json_object_get(rule, "args");
	size_t i, n = json_array_size(list);
	json_t *item;

	if (n > MAX_ARGS)
		return bad(c, "a rule has more than six arguments");
	json_array_foreach (list, i, item) {
		int r = read_arg(c, item, &args[i]);

		if (r < 0)
			return r;
	}
	*ret_n = n;
	return 0;
}

static int compile_rule(struct compiler *c, const json_t *rule)
{
	const json_t *names = json_object_get(rule, "names");
	struct scmp_arg_cmp args[MAX_ARGS];
	uint32_t action;
	size_t i, n = 0;
	json_t *name;
	int r = read_action(c, rule, "action", "errnoRet", &action);

	if (r == 0)
		r = read_args(c, rule, args, &n);
	if (r < 0 || !applies(rule) || !place_action(c, &action))
		return r;
	if (!json_is_array(names))
		return bad(c, "a rule has no 'names'");
	json_array_foreach (names, i, name) {
		if (!json_is_string(name))
			return bad(c, "'names' holds something that is not a name");
		if (has_place(c, json_string_value(name)))
			r = add_rule(c, json_string_value(name), action, args, n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compile_rules(struct compiler *c, const json_t *profile)
{
	const json_t *rules = json_object_get(profile, "syscalls");
	size_t i;
	json_t *rule;

	if (!json_is_array(rules))
		return bad(c, "'syscalls' is missing or not a list");
	json_array_foreach (rules, i, rule) {
		int r = compile_rule(c, rule);

		if (r < 0)
			return r;
	}
	return 0;
}

/* A datagram with an address is a connection attempt too. */
static int add_observed(struct compiler *c)
{
	static const char *const observed[] = { "execve", "execveat", "connect" };
	struct scmp_arg_cmp addressed = { 4, SCMP_CMP_NE, 0, 0 };
	int r = add_rule(c, "sendto", SCMP_ACT_NOTIFY, &addressed, 1);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(observed); i++)
		r = add_rule(c, observed[i], SCMP_ACT_NOTIFY, NULL, 0);
	return r;
}

/* libseccomp writes to a descriptor only. */
static int export(struct compiler *c, struct buf *out)
{
	auto_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(c->ctx, fd);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		r = io_read_all(fd, SECCOMP_MAX_INSNS * 8, out);
	return r < 0 ? err_set(c->err, r, "seccomp profile: write the filter") : 0;
}

static int set_attributes(struct compiler *c)
{
	static const struct {
		enum scmp_filter_attr attr;
		uint32_t value;
	} attributes[] = {
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS },
		{ SCMP_FLTATR_CTL_NNP, 0 },
		{ SCMP_FLTATR_CTL_OPTIMIZE, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int r = seccomp_attr_set(c->ctx, attributes[i].attr, attributes[i].value);

		if (r < 0)
			return err_set(c->err, r, "seccomp profile: set up the filter");
	}
	return 0;
}

static int make_filter(
	struct compiler *c, const json_t *profile, const json_t *floor, struct buf *out)
{
	int r = set_attributes(c);

	if (r == 0)
		r = compile_rules(c, profile);
	if (r == 0 && floor && c->kind != FILTER_ALLOW)
		r = compile_rules(c, floor);
	if (r == 0 && c->kind == FILTER_REPORT)
		r = add_observed(c);
	return r < 0 ? r : export(c, out);
}

static int compile_one(
	struct compiler *c, const json_t *profile, const json_t *floor, struct buf *out)
{
	int r;

	c->ctx = seccomp_init(c->fallback);
	if (!c->ctx)
		return bad(c, "the default action can't be used");
	r = make_filter(c, profile, floor, out);
	seccomp_release(c->ctx);
	return r;
}

static struct sock_fprog program_of(const struct buf *b)
{
	return (struct sock_fprog){ .len = (unsigned short)(b->len / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(void *)b->data };
}

/* Puts the filter that holds before the one that allows, since the one that reports does not hold these calls. */
static int add_hold(
	struct compiler *hold, const json_t *profile, const json_t *floor, struct buf *allow)
{
	auto_buf struct buf text = BUF_INIT;
	struct sock_fprog first, second, both;
	int r = compile_one(hold, profile, floor, &text);

	if (r < 0)
		return r;
	first = program_of(&text);
	second = program_of(allow);
	r = seccomp_chain(&first, &second, &both, hold->err);
	if (r < 0)
		return r;
	buf_done(allow);
	buf_add(allow, both.filter, both.len * sizeof(*both.filter));
	seccomp_done(&both);
	return 0;
}

int seccomp_compile(const json_t *profile, const json_t *floor, bool notify, struct buf *ret_allow,
	struct buf *ret_refuse, struct err *err)
{
	struct compiler allow = { .kind = FILTER_ALLOW, .err = err };
	struct compiler hold = { .kind = FILTER_HOLD, .fallback = SCMP_ACT_ALLOW, .err = err };
	struct compiler refuse = { .kind = notify ? FILTER_REPORT : FILTER_REFUSE,
		.fallback = SCMP_ACT_ALLOW,
		.err = err };
	int r = read_action(&allow, profile, "defaultAction", "defaultErrnoRet", &allow.fallback);

	if (r < 0)
		return r;
	if (is_permission(allow.fallback))
		return bad(&allow, "it allows by default: expected a list of what is allowed, and "
				   "\"defaultAction\": \"SCMP_ACT_ERRNO\"");
	r = compile_one(&allow, profile, NULL, ret_allow);
	if (r == 0 && notify)
		r = add_hold(&hold, profile, floor, ret_allow);
	return r < 0 ? r : compile_one(&refuse, profile, floor, ret_refuse);
}
