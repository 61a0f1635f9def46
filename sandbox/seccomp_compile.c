/*
 * What a profile and the floor say of a call is one list of rules, of which the first that holds decides. For each
 * number it becomes a part of a graph, and a search over the numbers leads there.
 */
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include "sandbox/seccomp.h"
#include "sandbox/seccomp_bpf.h"
#include "sandbox/seccomp_profile.h"

/* What one rule says of one call. */
struct entry {
	int nr;
	bool floor;
	const struct seccomp_rule *rule;
};

struct compiler {
	uint32_t fallback; /* the action for what no rule of the profile names */
	bool notify;
	struct entry *entries; /* by number, those of the profile first, the strictest first */
	size_t n;
};

/* The numbers from one on up to the next range's lead to a node. */
struct range {
	uint32_t from, node;
};

struct filter {
	const struct compiler *c;
	bool reports; /* it is the one that the supervisor is asked by */
	struct bpf *bpf;
	struct range *ranges;
	size_t n;
};

/* The entries for one call. */
struct call {
	int nr;
	const struct entry *own, *floor;
	size_t n_own, n_floor;
};

/* The kernel's order: the less, the stricter. */
static int32_t strictness(uint32_t action)
{
	return (int32_t)(action & SECCOMP_RET_ACTION_FULL);
}

/* Calls that the supervisor looks at and lets go on. */
static bool is_observed(int nr)
{
	return nr == SYS_execve || nr == SYS_execveat || nr == SYS_connect || nr == SYS_sendto;
}

static bool is_reported(const struct compiler *c, int nr, uint32_t action)
{
	return c->notify && !is_observed(nr) &&
	       (action == (SECCOMP_RET_ERRNO | EPERM) ||
		       action == (SECCOMP_RET_ERRNO | EAFNOSUPPORT));
}

/* What a rule's action comes to in this filter: the other one sees to the rest. */
static uint32_t answer(const struct filter *f, int nr, uint32_t action)
{
	bool reported = is_reported(f->c, nr, action);

	if (f->reports)
		return bpf_answer(f->bpf, reported ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
	return bpf_answer(f->bpf, reported ? SECCOMP_RET_ALLOW : action);
}

static uint32_t answer_default(const struct filter *f)
{
	return bpf_answer(f->bpf, f->reports ? SECCOMP_RET_ALLOW : f->c->fallback);
}

struct shape {
	uint32_t jump;
	bool negated;
};

static const struct shape shapes[] = {
	[SECCOMP_EQ] = { BPF_JEQ, false },
	[SECCOMP_MASKED_EQ] = { BPF_JEQ, false },
	[SECCOMP_NE] = { BPF_JEQ, true },
	[SECCOMP_GT] = { BPF_JGT, false },
	[SECCOMP_LE] = { BPF_JGT, true },
	[SECCOMP_GE] = { BPF_JGE, false },
	[SECCOMP_LT] = { BPF_JGE, true },
};

/* The lower half of an argument decides where the upper ones are equal. */
static uint32_t ask_halves(
	struct bpf *b, const struct seccomp_arg *arg, uint32_t jump, uint32_t yes, uint32_t no)
{
	bool masked = arg->op == SECCOMP_MASKED_EQ;
	uint64_t mask = masked ? arg->value : UINT64_MAX, value = masked ? arg->two : arg->value;
	uint32_t word = (uint32_t)offsetof(struct seccomp_data, args[arg->index]);
	struct bpf_test high = { word + 4, (uint32_t)(mask >> 32), BPF_JEQ,
		(uint32_t)(value >> 32) };
	struct bpf_test low = { word, (uint32_t)mask, jump, (uint32_t)value };
	struct bpf_test greater = { high.word, high.mask, BPF_JGT, high.value };
	uint32_t equal = bpf_ask(
		b, &low, bpf_known(b, yes, &high, true), bpf_known(b, no, &high, true));

	return bpf_ask(b, &high, equal, jump == BPF_JEQ ? no : bpf_ask(b, &greater, yes, no));
}

static uint32_t ask_arg(struct bpf *b, const struct seccomp_arg *arg, uint32_t yes, uint32_t no)
{
	const struct shape *s = &shapes[arg->op];

	return ask_halves(b, arg, s->jump, s->negated ? no : yes, s->negated ? yes : no);
}

static uint32_t ask_rule(struct bpf *b, const struct seccomp_rule *rule, uint32_t yes, uint32_t no)
{
	for (size_t i = rule->n; i-- > 0;)
		yes = ask_arg(b, &rule->args[i], yes, no);
	return yes;
}

/* What floor makes of a call that the profile answers by node: those of its rules decide that are stricter. */
static uint32_t hold(const struct filter *f, const struct call *call, uint32_t node, int32_t than)
{
	for (size_t i = call->n_floor; i-- > 0;) {
		const struct seccomp_rule *rule = call->floor[i].rule;

		if (strictness(rule->action) < than)
			node = ask_rule(f->bpf, rule, answer(f, call->nr, rule->action), node);
	}
	return node;
}

/*
 * Where the profile ends all it does not name with an error, what floor refuses gets floor's error and is reported, as
 * under the shipped profile: libc can do without clone3 only if that is not there.
 */
static uint32_t ask_rules(const struct filter *f, const struct call *call)
{
	uint32_t fallback = f->c->fallback, last = fallback, held = 0;
	uint32_t node = hold(f, call, answer_default(f), strictness(fallback) + 1);

	for (size_t i = call->n_own; i-- > 0;) {
		const struct seccomp_rule *rule = call->own[i].rule;

		if (i + 1 == call->n_own || rule->action != last)
			held = hold(f, call, answer(f, call->nr, rule->action),
				strictness(rule->action));
		last = rule->action;
		node = ask_rule(f->bpf, rule, held, node);
	}
	return node;
}

/* A datagram with an address is a connection attempt too. */
static uint32_t observe(const struct filter *f, int nr)
{
	const struct seccomp_arg addressed = { 4, SECCOMP_NE, 0, 0 };
	uint32_t notify = bpf_answer(f->bpf, SECCOMP_RET_USER_NOTIF);

	if (nr != SYS_sendto)
		return notify;
	return ask_arg(f->bpf, &addressed, notify, bpf_answer(f->bpf, SECCOMP_RET_ALLOW));
}

static uint32_t ask_call(const struct filter *f, const struct call *call)
{
	return f->reports && is_observed(call->nr) ? observe(f, call->nr) : ask_rules(f, call);
}

static void add_range(struct filter *f, uint32_t from, uint32_t node)
{
	if (!f->n || f->ranges[f->n - 1].node != node)
		f->ranges[f->n++] = (struct range){ from, node };
}

static size_t count(const struct compiler *c, size_t from, int nr, bool floor)
{
	size_t i = from;

	while (i < c->n && c->entries[i].nr == nr && c->entries[i].floor == floor)
		i++;
	return i - from;
}

/* The call whose entries begin there. */
static struct call find_call(const struct compiler *c, size_t from)
{
	const struct entry *first = &c->entries[from];
	size_t own = count(c, from, first->nr, false);

	return (struct call){ .nr = first->nr,
		.own = first,
		.n_own = own,
		.floor = first + own,
		.n_floor = count(c, from + own, first->nr, true) };
}

static void add_ranges(struct filter *f)
{
	uint32_t next = 0;

	for (size_t i = 0; i < f->c->n;) {
		struct call call = find_call(f->c, i);

		if (next < (uint32_t)call.nr)
			add_range(f, next, answer_default(f));
		add_range(f, (uint32_t)call.nr, ask_call(f, &call));
		next = (uint32_t)call.nr + 1;
		i += call.n_own + call.n_floor;
	}
	add_range(f, next, answer_default(f));
}

/* Numbers of the x32 ABI end the process; -1 is a call that a debugger has taken away. */
static void add_foreign(struct filter *f)
{
	if (!SECCOMP_FOREIGN)
		return;
	add_range(f, SECCOMP_FOREIGN, bpf_answer(f->bpf, SECCOMP_RET_KILL_PROCESS));
	add_range(f, UINT32_MAX, answer_default(f));
}

static uint32_t search(struct bpf *b, const struct range *ranges, size_t n)
{
	size_t half = n / 2;
	struct bpf_test test = { offsetof(struct seccomp_data, nr), UINT32_MAX, BPF_JGE,
		ranges[half].from };
	uint32_t below;

	if (n == 1)
		return ranges->node;
	below = search(b, ranges, half);
	return bpf_ask(b, &test, search(b, ranges + half, n - half), below);
}

static int make_filter(const struct compiler *c, bool reports, struct buf *out, struct err *err)
{
	static const struct bpf_test native = { offsetof(struct seccomp_data, arch), UINT32_MAX,
		BPF_JEQ, SECCOMP_ARCH };
	auto_bpf struct bpf *bpf = bpf_new();
	auto_free struct range *ranges = xcalloc(2 * c->n + 3, sizeof(*ranges));
	struct filter f = { c, reports, bpf, ranges, 0 };
	uint32_t root;

	if (reports && !c->notify)
		return bpf_write(bpf, bpf_answer(bpf, SECCOMP_RET_ALLOW), out, err);
	add_ranges(&f);
	add_foreign(&f);
	root = bpf_ask(
		bpf, &native, search(bpf, ranges, f.n), bpf_answer(bpf, SECCOMP_RET_KILL_PROCESS));
	return bpf_write(bpf, root, out, err);
}

/* A name that this architecture or libseccomp does not know gets the default action anyway. */
static void add_entries(const struct seccomp_rule *rule, bool floor, struct buf *entries)
{
	size_t i;
	json_t *name;

	if (!rule->applies || (floor && seccomp_is_permission(rule->action)))
		return;
	json_array_foreach (rule->names, i, name) {
		int nr = seccomp_syscall_resolve_name(json_string_value(name));
		struct entry entry = { nr, floor, rule };

		if (nr >= 0)
			buf_add(entries, &entry, sizeof(entry));
	}
}

/* The rules, with room for all, must stay where they are as long as the entries. */
static int read_rules(const json_t *list, bool floor, struct seccomp_rule *rules,
	struct buf *entries, struct err *err)
{
	size_t i;
	json_t *json;

	json_array_foreach (list, i, json) {
		int r = seccomp_profile_rule(json, &rules[i], err);

		if (r < 0)
			return r;
		add_entries(&rules[i], floor, entries);
	}
	return 0;
}

static int compare(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int32_t strict_a = strictness(a->rule->action), strict_b = strictness(b->rule->action);

	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	if (a->floor != b->floor)
		return a->floor ? 1 : -1;
	if (strict_a != strict_b)
		return strict_a < strict_b ? -1 : 1;
	return (a->rule > b->rule) - (a->rule < b->rule);
}

static int compile(struct compiler *c, struct buf *entries, struct buf *ret_allow,
	struct buf *ret_refuse, struct err *err)
{
	int r;

	c->entries = (struct entry *)(void *)entries->data;
	c->n = entries->len / sizeof(*c->entries);
	if (c->n)
		qsort(c->entries, c->n, sizeof(*c->entries), compare);
	r = make_filter(c, false, ret_allow, err);
	return r < 0 ? r : make_filter(c, true, ret_refuse, err);
}

int seccomp_compile(const json_t *profile, const json_t *floor, bool notify, struct buf *ret_allow,
	struct buf *ret_refuse, struct err *err)
{
	auto_free struct seccomp_rule *own = NULL, *held = NULL;
	auto_buf struct buf entries = BUF_INIT;
	struct compiler c = { .notify = notify };
	const json_t *rules, *floor_rules;
	uint32_t unused;
	int r = seccomp_profile_read(floor, &unused, &floor_rules, err);

	if (r == 0)
		r = seccomp_profile_read(profile, &c.fallback, &rules, err);
	if (r < 0)
		return r;
	own = xcalloc(json_array_size(rules) + 1, sizeof(*own));
	held = xcalloc(json_array_size(floor_rules) + 1, sizeof(*held));
	r = read_rules(rules, false, own, &entries, err);
	if (r == 0 && !json_equal(rules, floor_rules))
		r = read_rules(floor_rules, true, held, &entries, err);
	return r < 0 ? r : compile(&c, &entries, ret_allow, ret_refuse, err);
}
