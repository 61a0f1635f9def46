#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/plan.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_profile.h"

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
	bool passes; /* from now on, rules only let through what the other filter refuses */
	bool observes; /* this part has the calls that the supervisor lets go on */
	struct err *err;
};

static bool is_refusal(uint32_t action)
{
	return action == SCMP_ACT_ERRNO(EPERM) || action == SCMP_ACT_ERRNO(EAFNOSUPPORT);
}

/* What a rule comes to in the filter that is being made. False: it has no place there. */
static bool place_action(const struct compiler *c, uint32_t *action)
{
	if ((c->kind != FILTER_ALLOW || c->passes) && seccomp_is_permission(*action))
		return false;
	if (c->kind == FILTER_REPORT && is_refusal(*action))
		*action = SCMP_ACT_NOTIFY;
	if (c->kind == FILTER_ALLOW && !seccomp_is_permission(*action))
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
	if (r == -EEXIST && !seccomp_is_permission(action))
		return err_say(c->err, -EINVAL,
			"seccomp profile: a refusal of '%s' can't be joined with the rules before it: put "
			"the one that refuses more first",
			name);
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

static int compile_rule(struct compiler *c, const json_t *json)
{
	struct seccomp_rule rule;
	size_t i;
	json_t *name;
	int r = seccomp_profile_rule(json, &rule, c->err);

	if (r < 0 || !rule.applies || !place_action(c, &rule.action))
		return r;
	json_array_foreach (rule.names, i, name) {
		const char *text = json_string_value(name);

		if (r == 0 && has_place(c, text))
			r = add_rule(c, text, rule.action, rule.args, rule.n);
	}
	return r;
}

static int compile_rules(struct compiler *c, const json_t *rules)
{
	size_t i;
	json_t *rule;

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
	const struct scmp_arg_cmp addressed = { 4, SCMP_CMP_NE, 0, 0 };
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
	struct compiler *c, const json_t *rules, const json_t *passed, struct buf *out)
{
	int r = set_attributes(c);

	if (r == 0)
		r = compile_rules(c, rules);
	c->passes = true;
	if (r == 0 && passed)
		r = compile_rules(c, passed);
	c->passes = false;
	if (r == 0 && c->observes)
		r = add_observed(c);
	return r < 0 ? r : export(c, out);
}

/* What is refused by the rules in passed is let through here; NULL: none. */
static int compile_one(
	struct compiler *c, const json_t *rules, const json_t *passed, struct buf *out)
{
	int r;

	c->ctx = seccomp_init(c->fallback);
	if (!c->ctx)
		return err_say(
			c->err, -EINVAL, "seccomp profile: the default action can't be used");
	r = make_filter(c, rules, passed, out);
	seccomp_release(c->ctx);
	return r;
}

static struct sock_fprog program_of(const struct buf *b)
{
	return (struct sock_fprog){ .len = (unsigned short)(b->len / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(void *)b->data };
}

/* Puts first before what is in out: where it lets a call through, that decides. */
static int put_before(const struct buf *first, struct buf *out, struct err *err)
{
	struct sock_fprog a = program_of(first), b = program_of(out), both;
	int r = seccomp_chain(&a, &b, &both, err);

	if (r < 0)
		return r;
	buf_done(out);
	buf_add(out, both.filter, both.len * sizeof(*both.filter));
	seccomp_done(&both);
	return 0;
}

/*
 * What either refuses, as two programs in one: by rules of its own, one profile could take the place of those that
 * the other has for the same call.
 */
static int compile_both(
	struct compiler *c, const json_t *rules, const json_t *floor, struct buf *out)
{
	auto_buf struct buf first = BUF_INIT;
	int r;

	c->observes = c->kind == FILTER_REPORT;
	r = compile_one(c, floor, NULL, out);
	c->observes = false;
	if (r < 0 || json_equal(rules, floor))
		return r;
	r = compile_one(c, rules, NULL, &first);
	return r < 0 ? r : put_before(&first, out, c->err);
}

/* The filter that holds comes before the one that allows, since the one that reports does not hold these calls. */
static int add_hold(
	struct compiler *hold, const json_t *rules, const json_t *floor, struct buf *allow)
{
	auto_buf struct buf text = BUF_INIT;
	int r = compile_both(hold, rules, floor, &text);

	return r < 0 ? r : put_before(&text, allow, hold->err);
}

static bool is_errno(uint32_t action)
{
	return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

/*
 * Where a profile ends all it does not name with an error, what floor refuses gets floor's error and is reported, as
 * under the shipped profile: libc can do without clone3 only if that is not there.
 */
static int compile_all(struct compiler *allow, const json_t *rules, const json_t *floor,
	bool notify, struct buf *ret_allow, struct buf *ret_refuse)
{
	struct compiler hold = {
		.kind = FILTER_HOLD, .fallback = SCMP_ACT_ALLOW, .err = allow->err
	};
	struct compiler refuse = { .kind = notify ? FILTER_REPORT : FILTER_REFUSE,
		.fallback = SCMP_ACT_ALLOW,
		.err = allow->err };
	int r = compile_one(allow, rules, is_errno(allow->fallback) ? floor : NULL, ret_allow);

	if (r == 0 && notify)
		r = add_hold(&hold, rules, floor, ret_allow);
	return r < 0 ? r : compile_both(&refuse, rules, floor, ret_refuse);
}

int seccomp_compile(const json_t *profile, const json_t *floor, bool notify, struct buf *ret_allow,
	struct buf *ret_refuse, struct err *err)
{
	struct compiler allow = { .kind = FILTER_ALLOW, .err = err };
	const json_t *rules, *floor_rules;
	uint32_t unused;
	int r = seccomp_profile_read(floor, &unused, &floor_rules, err);

	if (r == 0)
		r = seccomp_profile_read(profile, &allow.fallback, &rules, err);
	if (r == 0)
		r = seccomp_profile_check_mixed(rules, floor_rules, err);
	if (r < 0)
		return r;
	return compile_all(&allow, rules, floor_rules, notify, ret_allow, ret_refuse);
}
