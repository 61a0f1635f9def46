/*
 * fuzz_seccomp.c: OCI seccomp profiles, compiled. Input that begins with a brace is JSON as `remit-sandbox
 * seccomp` is given it; any other is taken for the recipe of two profiles, which comes to valid ones more
 * often. What the two programs answer is held against the rules themselves, read one by one: it is the same to the bit.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "sandbox/seccomp.h"
#include "sandbox/seccomp_profile.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_RULES = 12, MAX_CALLS = 32, MAX_VALUES = 64, PROBES = 24 };

/* The part of classic BPF that filters are made of; the kernel takes no jump but forwards. */
static uint32_t run(const struct buf *program, const struct seccomp_data *data)
{
	const struct sock_filter *code = (const void *)program->data;
	size_t n = program->len / sizeof(*code);
	uint32_t a = 0;

	must(n && n <= BPF_MAXINSNS && program->len % sizeof(*code) == 0);
	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *i = &code[pc];
		bool taken = false;

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			must(i->k <= sizeof(*data) - sizeof(a) && i->k % sizeof(a) == 0);
			memcpy(&a, (const char *)data + i->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			continue;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			taken = a == i->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			taken = a > i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			taken = a >= i->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			taken = a & i->k;
			break;
		default:
			abort();
		}
		pc += taken ? i->jt : i->jf;
	}
	abort();
}

/* The kernel takes the least, as signed numbers, of what filters say. */
static uint32_t stricter(uint32_t a, uint32_t b)
{
	return (int32_t)(a & SECCOMP_RET_ACTION_FULL) <= (int32_t)(b & SECCOMP_RET_ACTION_FULL) ? a
												: b;
}

static bool holds(const struct seccomp_arg *a, const uint64_t *args)
{
	uint64_t value = args[a->index];

	switch (a->op) {
	case SECCOMP_NE:
		return value != a->value;
	case SECCOMP_LT:
		return value < a->value;
	case SECCOMP_LE:
		return value <= a->value;
	case SECCOMP_EQ:
		return value == a->value;
	case SECCOMP_GE:
		return value >= a->value;
	case SECCOMP_GT:
		return value > a->value;
	case SECCOMP_MASKED_EQ:
		return (value & a->value) == a->two;
	default:
		abort();
	}
}

/* What the rules of one profile say of a call: the strictest that holds, the first of several. */
struct said {
	bool found;
	uint32_t action;
};

static bool is_named(const struct seccomp_rule *rule, int nr)
{
	size_t i;
	json_t *name;

	json_array_foreach (rule->names, i, name)
		if (nr >= 0 && seccomp_syscall_resolve_name(json_string_value(name)) == nr)
			return true;
	return false;
}

static bool is_stricter(uint32_t a, uint32_t b)
{
	return stricter(b, a) != b;
}

static void ask_rule(const json_t *json, const struct seccomp_data *data, struct said *said)
{
	struct seccomp_rule rule;

	must(seccomp_profile_rule(json, &rule, NULL) == 0);
	if (!rule.applies || !is_named(&rule, data->nr))
		return;
	for (size_t i = 0; i < rule.n; i++)
		if (!holds(&rule.args[i], (const uint64_t *)data->args))
			return;
	if (!said->found || is_stricter(rule.action, said->action))
		*said = (struct said){ true, rule.action };
}

static struct said ask(const json_t *profile, const struct seccomp_data *data)
{
	struct said said = { false };
	size_t i;
	json_t *rule;

	json_array_foreach (json_object_get(profile, "syscalls"), i, rule)
		ask_rule(rule, data, &said);
	return said;
}

struct compiled {
	const json_t *profile, *floor;
	bool notify;
	uint32_t fallback;
	struct buf allow, refuse;
};

/* What a call comes to; not found: by the default. */
static struct said ask_both(const struct compiled *c, const struct seccomp_data *data)
{
	struct said own = ask(c->profile, data), floor = ask(c->floor, data);

	if (floor.found && seccomp_is_permission(floor.action))
		floor.found = false;
	if (own.found)
		return floor.found && is_stricter(floor.action, own.action) ? floor : own;
	own.action = c->fallback;
	return floor.found && !is_stricter(own.action, floor.action) ? floor : own;
}

/* Whether the supervisor is asked: to give the error of a rule, or to look at a call that goes on. */
static bool is_asked(const struct said *said, const struct seccomp_data *data)
{
	switch (data->nr) {
	case SYS_sendto:
		return seccomp_is_permission(said->action) && data->args[4];
	case SYS_execve:
	case SYS_execveat:
	case SYS_connect:
		return seccomp_is_permission(said->action);
	default:
		return said->found && (said->action == (SECCOMP_RET_ERRNO | EPERM) ||
					      said->action == (SECCOMP_RET_ERRNO | EAFNOSUPPORT));
	}
}

static void probe(const struct compiled *c, const struct seccomp_data *data)
{
	struct said said = ask_both(c, data);
	uint32_t answer = stricter(run(&c->allow, data), run(&c->refuse, data));

	if (c->notify && is_asked(&said, data))
		must(answer == SECCOMP_RET_USER_NOTIF);
	else
		must(answer == said.action);
}

/* Numbers that decide something: those of the rules and what lies beside them; of many, some. */
struct values {
	uint64_t v[MAX_VALUES];
	size_t n;
	int calls[MAX_CALLS];
	size_t n_calls;
	uint64_t state; /* of the choice among them */
};

static uint64_t next(struct values *v)
{
	v->state ^= v->state << 13;
	v->state ^= v->state >> 7;
	v->state ^= v->state << 17;
	return v->state;
}

static void add_value(struct values *v, uint64_t value)
{
	v->v[v->n < MAX_VALUES ? v->n++ : next(v) % MAX_VALUES] = value;
}

static void add_call(struct values *v, int nr)
{
	if (nr >= 0)
		v->calls[v->n_calls < MAX_CALLS ? v->n_calls++ : next(v) % MAX_CALLS] = nr;
}

/* A call and its neighbours among the numbers. */
static void add_name(struct values *v, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	add_call(v, nr);
	add_call(v, nr < 0 ? nr : nr + 1);
	add_call(v, nr - 1);
}

static void add_rule(struct values *v, const json_t *json)
{
	struct seccomp_rule rule;
	size_t i;
	json_t *name;

	must(seccomp_profile_rule(json, &rule, NULL) == 0);
	json_array_foreach (rule.names, i, name)
		add_name(v, json_string_value(name));
	for (i = 0; i < rule.n; i++) {
		add_value(v, rule.args[i].value);
		add_value(v, rule.args[i].two);
		add_value(v, rule.args[i].value + 1);
		add_value(v, rule.args[i].value - 1);
		add_value(v, ~rule.args[i].value);
		add_value(v, rule.args[i].value ^ 1ULL << 32);
		add_value(v, rule.args[i].value & ~0ULL << 32);
	}
}

static void collect(const json_t *profile, struct values *v)
{
	size_t i;
	json_t *rule;

	json_array_foreach (json_object_get(profile, "syscalls"), i, rule)
		add_rule(v, rule);
}

static void probe_all(const struct compiled *c)
{
	struct values v = { .v = { 0, ~0ULL }, .n = 2, .state = 0x9e3779b97f4a7c15 };

	add_call(&v, SYS_reboot);
	add_call(&v, SYS_execve);
	collect(c->profile, &v);
	collect(c->floor, &v);
	for (size_t i = 0; i < v.n_calls * PROBES; i++) {
		struct seccomp_data data = { .nr = v.calls[i % v.n_calls], .arch = SECCOMP_ARCH };

		for (size_t k = 0; k < ARRAY_SIZE(data.args); k++)
			data.args[k] = v.v[next(&v) % v.n];
		probe(c, &data);
	}
}

/* Calls of other architectures end the process, those that look like ours included. */
static void probe_foreign(const struct compiled *c)
{
	struct seccomp_data i386 = { .nr = SYS_read, .arch = AUDIT_ARCH_I386 };
	struct seccomp_data x32 = { .nr = SYS_read | SECCOMP_FOREIGN, .arch = SECCOMP_ARCH };
	struct seccomp_data taken = { .nr = -1, .arch = SECCOMP_ARCH };

	must(stricter(run(&c->allow, &i386), run(&c->refuse, &i386)) == SECCOMP_RET_KILL_PROCESS);
	if (SECCOMP_FOREIGN)
		must(stricter(run(&c->allow, &x32), run(&c->refuse, &x32)) ==
			SECCOMP_RET_KILL_PROCESS);
	probe(c, &taken);
}

static void check(const json_t *profile, const json_t *floor, bool notify)
{
	struct compiled c = { profile, floor, notify, 0, BUF_INIT, BUF_INIT };
	struct err err = { "" };
	const json_t *rules;

	if (seccomp_compile(profile, floor, notify, &c.allow, &c.refuse, &err) == 0) {
		must(seccomp_profile_read(profile, &c.fallback, &rules, NULL) == 0);
		probe_all(&c);
		probe_foreign(&c);
	} else {
		must(err.text[0]);
	}
	buf_done(&c.allow);
	buf_done(&c.refuse);
}

static json_t *make_arg(struct feed *f)
{
	static const char *const ops[] = { "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",
		"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ" };
	static const json_int_t values[] = { 0, 1, 2, 3, 0x7f, 0xffffffff, 0x100000000, 0x100000001,
		0x200000000, INT64_MAX, INT64_MAX - 1, 0x7fffffff00000000 };
	json_t *o = json_object();
	uint8_t how = feed_byte(f), what = feed_byte(f);

	json_put(o, "index", json_integer(how % 3));
	json_put(o, "op", json_string(ops[how / 3 % ARRAY_SIZE(ops)]));
	json_put(o, "value", json_integer(values[what % ARRAY_SIZE(values)]));
	json_put(o, "valueTwo", json_integer(values[what / ARRAY_SIZE(values) % 12]));
	return o;
}

static json_t *make_rule(struct feed *f)
{
	static const char *const calls[] = { "read", "connect", "execve", "clone", "ioctl",
		"sendto", "ptrace", "clone3" };
	static const char *const actions[] = { "SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO",
		"SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_LOG", "SCMP_ACT_TRAP",
		"SCMP_ACT_KILL_THREAD" };
	static const int errors[] = { EPERM, ENOSYS, EAFNOSUPPORT, 0 };
	json_t *o = json_object(), *names = json_array(), *args = json_array();
	uint8_t how = feed_byte(f), which = feed_byte(f);

	json_push(names, json_string(calls[which % 8]));
	if (which & 64)
		json_push(names, json_string(calls[which / 8 % 8]));
	json_put(o, "names", names);
	json_put(o, "action", json_string(actions[how % 8]));
	json_put(o, "errnoRet", json_integer(errors[how / 8 % 4]));
	for (int i = how / 32 % 4; i > 0; i--)
		json_push(args, make_arg(f));
	json_put(o, "args", args);
	return o;
}

static json_t *make_profile(struct feed *f)
{
	static const char *const fallbacks[] = { "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS",
		"SCMP_ACT_TRAP", "SCMP_ACT_ERRNO" };
	json_t *o = json_object(), *rules = json_array();
	uint8_t how = feed_byte(f);

	json_put(o, "defaultAction", json_string(fallbacks[how % 4]));
	json_put(o, "defaultErrnoRet", json_integer(how & 4 ? ENOSYS : EPERM));
	for (int i = how / 8 % MAX_RULES; i > 0; i--)
		json_push(rules, make_rule(f));
	json_put(o, "syscalls", rules);
	return o;
}

static json_t *read_input(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };
	json_t *o = NULL;

	if (size && data[0] == '{')
		return json_parse((const char *)data, size, "j", &o, NULL) == 0 ? o : NULL;
	o = json_object();
	json_put(o, "profile", make_profile(&f));
	json_put(o, "floor", make_profile(&f));
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_json json_t *input = read_input(data, size);
	const json_t *profile = json_object_get(input, "profile");
	const json_t *floor = json_object_get(input, "floor");

	check(profile, floor, false);
	check(profile, floor, true);
	return 0;
}
