#include <inttypes.h>
#include <sys/random.h>

#include "base/text.h"
#include "tests/unit/policy_case.h"

/*
 * Policies and changes at random. What a policy comes to is worked out a second time from the same
 * numbers, in the plainest way, by code that shares nothing with policy/.
 */
enum { ROUNDS = 500, MAX_RULES = 6, MAX_PATHS = 6, MAX_LAYERS = 3 };

struct dice {
	uint64_t state;
};

/* xorshift64*, Vigna 2016. */
static unsigned int roll(struct dice *d, unsigned int sides)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return (unsigned int)((d->state * 0x2545f4914f6cdd1dULL >> 33) % sides);
}

/* One kind of path pattern, and the same thing in C. */
static bool in_docs(const char *path)
{
	return text_starts(path, "docs/");
}

static bool is_c(const char *path)
{
	return text_ends(path, ".c");
}

static bool is_any(const char *path)
{
	return *path != '\0';
}

static bool is_not_docs(const char *path)
{
	return !in_docs(path);
}

static const struct {
	const char *text;
	bool (*matches)(const char *path);
} patterns[] = {
	{ "[/docs/]", in_docs },
	{ "[\"*.c\"]", is_c },
	{ "[\"*\"]", is_any },
	{ "[\"/*\", \"!/docs/\"]", is_not_docs },
};

enum { NONE = 999 /* the condition is not there */ };

struct plain_rule {
	unsigned int pattern, operation, kind, max_lines, min_files;
	unsigned int verdict; /* 4: none */
	unsigned int risk; /* 0: none */
};

struct plain_policy {
	unsigned int preset;
	struct plain_rule rules[MAX_RULES + 1];
	size_t n;
};

static unsigned int maybe(struct dice *d, unsigned int sides)
{
	return roll(d, 2) ? NONE : roll(d, sides);
}

static bool is_path_rule(const struct plain_rule *r)
{
	return r->pattern != NONE || r->operation != NONE || r->kind != NONE ||
	       r->max_lines != NONE;
}

static struct plain_rule random_rule(struct dice *d)
{
	struct plain_rule r = {
		.pattern = maybe(d, ARRAY_SIZE(patterns)),
		.operation = maybe(d, FACT_OPERATIONS),
		.kind = maybe(d, FACT_KINDS),
		.max_lines = maybe(d, 10),
		.min_files = maybe(d, 5),
		.verdict = roll(d, 5),
		.risk = roll(d, 3) * 10,
	};

	if (!is_path_rule(&r) && r.min_files == NONE)
		r.min_files = 1;
	if (r.verdict == 4 && !r.risk)
		r.risk = 10;
	if (r.verdict == VERDICT_ALLOW && !is_path_rule(&r))
		r.verdict = VERDICT_REVIEW;
	return r;
}

static void random_policy(struct dice *d, struct plain_policy *p)
{
	p->preset = roll(d, 4);
	p->n = roll(d, MAX_RULES + 1);
	for (size_t i = 0; i < p->n; i++)
		p->rules[i] = random_rule(d);
}

static void print_rule(struct buf *out, const struct plain_rule *r, size_t id)
{
	buf_addf(out, "- id: r%zu\n  when:\n", id);
	if (r->pattern != NONE)
		buf_addf(out, "    paths: %s\n", patterns[r->pattern].text);
	if (r->operation != NONE)
		buf_addf(out, "    operations: [%s]\n", fact_operation_names[r->operation]);
	if (r->kind != NONE)
		buf_addf(out, "    kinds: [%s]\n", fact_kind_names[r->kind]);
	if (r->max_lines != NONE)
		buf_addf(out, "    lines: { max: %u }\n", r->max_lines);
	if (r->min_files != NONE)
		buf_addf(out, "    change: { files: { min: %u } }\n", r->min_files);
	if (r->verdict < 4)
		buf_addf(out, "  verdict: %s\n", verdict_names[r->verdict]);
	if (r->risk)
		buf_addf(out, "  risk: %u\n", r->risk);
}

/* order: which rule stands where. */
static struct policy *make(const struct plain_policy *p, const size_t *order)
{
	auto_buf struct buf text = BUF_INIT;
	struct policy *policy = NULL;
	struct err err = { "" };

	buf_addf(&text, "version: 1\ndefault: %s\nanomalies: { fifo: review, setuid: human }\n",
		verdict_names[p->preset]);
	buf_adds(&text, "risk: { verdicts: { 20: review, 30: human, 50: deny } }\nrules:\n");
	for (size_t i = 0; i < p->n; i++)
		print_rule(&text, &p->rules[order[i]], order[i]);
	if (policy_parse(buf_str(&text), text.len, "random", POLICY_OPERATOR, &policy, &err) < 0)
		fail_msg("%s\n%s", err.text, buf_str(&text));
	return policy;
}

static char *random_name(struct dice *d)
{
	static const char *const dirs[] = { "docs/", "src/", "docs/sub/", "", "x/docs/" };
	static const char *const ends[] = { ".c", ".md", "" };

	return xasprintf("%s%c%s", dirs[roll(d, 5)], 'a' + (char)roll(d, 3), ends[roll(d, 3)]);
}

static void random_facts(struct dice *d, struct facts *f)
{
	static const enum fact_anomaly_kind kinds[] = { FACT_FIFO, FACT_SETUID, FACT_SOCKET };

	for (size_t n = roll(d, MAX_PATHS); n > 0; n--) {
		struct fact_path *p = facts_add_path(f);

		p->path = random_name(d);
		p->operation = roll(d, FACT_OPERATIONS);
		p->kind = roll(d, FACT_KINDS);
		p->added = roll(d, 8);
		p->removed = roll(d, 8);
		if (p->operation == FACT_RENAME || p->operation == FACT_COPY)
			p->old_path = random_name(d);
	}
	for (size_t n = roll(d, 8); n > 5; n--) {
		auto_free char *name = random_name(d);

		facts_add_anomaly(f, kinds[roll(d, 3)], name, NULL);
	}
	facts_finish(f);
}

/* A rename is also a new path, and the end of an old one; a copy is also a new path. */
static bool plain_operation(unsigned int wanted, const struct fact_path *p, const char *name)
{
	if (wanted == NONE || wanted == (unsigned int)p->operation)
		return true;
	if (p->operation == FACT_RENAME && name == p->old_path)
		return wanted == FACT_DELETE;
	return wanted == FACT_ADD && name == p->path && p->old_path;
}

static bool plain_match(const struct plain_rule *r, const struct fact_path *p, const char *name)
{
	return (r->pattern == NONE || patterns[r->pattern].matches(name)) &&
	       plain_operation(r->operation, p, name) &&
	       (r->kind == NONE || r->kind == (unsigned int)p->kind) &&
	       (r->max_lines == NONE || p->added + p->removed <= r->max_lines);
}

/* The verdict of one name of a path; preset only where no rule has one. */
static unsigned int plain_name(const struct plain_policy *p, const struct facts *f,
	const struct fact_path *path, const char *name, unsigned int preset)
{
	unsigned int verdict = 4;

	for (size_t i = 0; i < p->n; i++) {
		const struct plain_rule *r = &p->rules[i];

		if (is_path_rule(r) && (r->min_files == NONE || f->n_paths >= r->min_files) &&
			plain_match(r, path, name) && r->verdict < verdict)
			verdict = r->verdict;
	}
	return verdict == 4 ? preset : verdict;
}

/* Whether a rule matches anything at all, anomalies where nothing is changed included. */
static bool plain_hits(const struct plain_rule *r, const struct facts *f)
{
	if (r->min_files != NONE && f->n_paths < r->min_files)
		return false;
	if (!is_path_rule(r))
		return true;
	for (size_t i = 0; i < f->n_paths; i++) {
		const struct fact_path *p = &f->paths[i];

		if (plain_match(r, p, p->path) || (p->old_path && plain_match(r, p, p->old_path)))
			return true;
	}
	for (size_t i = 0; i < f->n_anomalies; i++)
		if (r->operation == NONE && r->kind == NONE && r->max_lines == NONE &&
			patterns[r->pattern].matches(f->anomalies[i].path))
			return true;
	return false;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int plain_risk(const struct plain_policy *p, const struct facts *f)
{
	unsigned int points = 0;

	for (size_t i = 0; i < p->n; i++)
		if (plain_hits(&p->rules[i], f))
			points += p->rules[i].risk;
	if (points >= 50)
		return VERDICT_DENY;
	if (points >= 30)
		return VERDICT_HUMAN;
	return points >= 20 ? VERDICT_REVIEW : VERDICT_ALLOW;
}

static unsigned int plain_verdict(const struct plain_policy *p, const struct facts *f)
{
	unsigned int v = plain_risk(p, f);

	for (size_t i = 0; i < f->n_paths; i++) {
		const struct fact_path *path = &f->paths[i];

		v = least(v, plain_name(p, f, path, path->path, p->preset));
		if (path->old_path)
			v = least(v, plain_name(p, f, path, path->old_path,
					     path->operation == FACT_RENAME ? p->preset : 3));
	}
	for (size_t i = 0; i < p->n; i++)
		if (p->rules[i].verdict < 4 && plain_hits(&p->rules[i], f))
			v = least(v, p->rules[i].verdict);
	for (size_t i = 0; i < f->n_anomalies; i++)
		v = least(v, f->anomalies[i].kind == FACT_FIFO	   ? VERDICT_REVIEW
			     : f->anomalies[i].kind == FACT_SETUID ? VERDICT_HUMAN
								   : VERDICT_DENY);
	return v;
}

static const size_t straight[MAX_RULES + 1] = { 0, 1, 2, 3, 4, 5, 6 };

static void shuffle(struct dice *d, size_t *order, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = roll(d, (unsigned int)i), other = order[j];

		order[j] = order[i - 1];
		order[i - 1] = other;
	}
}

/* One round: as many policies as layers, and one change. */
struct round {
	struct policy_case c;
	struct plain_policy plain[MAX_LAYERS];
};

static void round_begin(struct dice *d, struct round *r)
{
	memset(r, 0, sizeof(*r));
	random_facts(d, &r->c.facts);
	r->c.n = 1 + roll(d, MAX_LAYERS);
	for (size_t i = 0; i < r->c.n; i++) {
		random_policy(d, &r->plain[i]);
		r->c.layers[i] = make(&r->plain[i], straight);
	}
}

static void against_plain(struct dice *d)
{
	struct round r;
	unsigned int expected = VERDICT_ALLOW;

	round_begin(d, &r);
	for (size_t i = 0; i < r.c.n; i++)
		expected = least(expected, plain_verdict(&r.plain[i], &r.c.facts));
	if (case_decide(&r.c) != expected)
		fail_msg("expected %s, found %s", verdict_names[expected],
			verdict_names[r.c.decision.verdict]);
	case_done(&r.c);
}

static char *decision_text(const struct policy_case *c)
{
	auto_json json_t *json = decision_encode(&c->decision);

	return json_canonical(json);
}

static void against_shuffled(struct dice *d)
{
	auto_free char *before = NULL, *after = NULL;
	size_t order[MAX_RULES], layers[MAX_LAYERS] = { 0, 1, 2 };
	struct round r;

	round_begin(d, &r);
	case_decide(&r.c);
	before = decision_text(&r.c);
	shuffle(d, layers, r.c.n);
	for (size_t i = 0; i < r.c.n; i++) {
		const struct plain_policy *p = &r.plain[layers[i]];

		memcpy(order, straight, sizeof(order));
		shuffle(d, order, p->n);
		policy_free(r.c.layers[i]);
		r.c.layers[i] = make(p, order);
	}
	case_decide(&r.c);
	after = decision_text(&r.c);
	if (strcmp(before, after) != 0)
		fail_msg("before: %s\nafter: %s", before, after);
	case_done(&r.c);
}

static void with_stricter_rule(struct dice *d)
{
	struct plain_policy *p;
	enum verdict before;
	struct round r;

	round_begin(d, &r);
	before = case_decide(&r.c);
	p = &r.plain[0];
	p->rules[p->n] = random_rule(d);
	if (p->rules[p->n].verdict < 4)
		p->rules[p->n].verdict = least(p->rules[p->n].verdict, p->preset);
	p->n++;
	policy_free(r.c.layers[0]);
	r.c.layers[0] = make(p, straight);
	ok(case_decide(&r.c) <= before, "one more rule, no weaker than the default");
	case_done(&r.c);
}

static void with_more_layers(struct dice *d)
{
	struct plain_policy more;
	enum verdict before;
	struct round r;

	round_begin(d, &r);
	before = case_decide(&r.c);
	random_policy(d, &more);
	r.c.layers[r.c.n++] = make(&more, straight);
	ok(case_decide(&r.c) <= before, "one more layer");
	before = r.c.decision.verdict;
	facts_add_check(&r.c.facts, "tests", FACT_OPERATOR, roll(d, 2));
	ok(case_decide(&r.c) <= before, "one more check");
	before = r.c.decision.verdict;
	r.c.facts.tripwires = roll(d, 2);
	ok(case_decide(&r.c) <= before, "one more tripwire");
	case_done(&r.c);
}

/* Once from a seed that never changes, once from one that is printed; REMIT_SEED sets it. */
static void rounds(void (*property)(struct dice *d))
{
	const char *given = getenv("REMIT_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : 0;
	struct dice fixed = { 20240229 }, random;

	if (!given)
		ok(getrandom(&seed, sizeof(seed), 0) == sizeof(seed), "there is a seed");
	random.state = seed | 1;
	print_message("# REMIT_SEED=%" PRIu64 "\n", random.state);
	for (int i = 0; i < ROUNDS; i++) {
		property(&fixed);
		property(&random);
	}
}

static void plain(void **state)
{
	(void)state;
	rounds(against_plain);
}

static void shuffled(void **state)
{
	(void)state;
	rounds(against_shuffled);
}

static void stricter(void **state)
{
	(void)state;
	rounds(with_stricter_rule);
}

static void more(void **state)
{
	(void)state;
	rounds(with_more_layers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("verdicts are those of the plainest reading of the rules", plain),
		TEST("the order of rules and layers changes nothing, not even a reason", shuffled),
		TEST("a rule no weaker than the default never makes a verdict weaker", stricter),
		TEST("more layers, checks and tripwires never make a verdict weaker", more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
