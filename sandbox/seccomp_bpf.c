#include "sandbox/seccomp_bpf.h"

#include <search.h>
#include <string.h>

/* Nodes of which no program comes count too, so there may be more of them than instructions. */
enum { MAX_NODES = 1 << 16, FURTHEST = 255 };

struct node {
	struct bpf_test test; /* of an answer, only value says something */
	uint32_t yes, no; /* nodes made before this one */
};

struct bpf {
	struct node *nodes;
	uint32_t n;
	bool full; /* what was asked for last is not there */
	void *index; /* of tsearch */
};

static bool is_answer(const struct node *node)
{
	return !node->test.jump;
}

static bool is_same(const struct bpf_test *a, const struct bpf_test *b)
{
	return a->word == b->word && a->mask == b->mask && a->jump == b->jump &&
	       a->value == b->value;
}

struct bpf *bpf_new(void)
{
	struct bpf *b = xcalloc(1, sizeof(*b));

	b->nodes = xcalloc(MAX_NODES, sizeof(*b->nodes));
	return b;
}

static void keep(void *node)
{
	(void)node;
}

void bpf_free(struct bpf *b)
{
	if (!b)
		return;
	tdestroy(b->index, keep);
	free(b->nodes);
	free(b);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct node));
}

/* The node that is like this one, which is made if there is none. */
static uint32_t find(struct bpf *b, const struct node *wanted)
{
	struct node **found;

	if (b->n == MAX_NODES) {
		b->full = true;
		return 0;
	}
	b->nodes[b->n] = *wanted;
	found = tsearch(&b->nodes[b->n], &b->index, compare);
	if (!found)
		abort();
	b->n += *found == &b->nodes[b->n];
	return (uint32_t)(*found - b->nodes);
}

uint32_t bpf_answer(struct bpf *b, uint32_t action)
{
	struct node node = { .test = { .value = action } };

	return find(b, &node);
}

uint32_t bpf_known(const struct bpf *b, uint32_t node, const struct bpf_test *test, bool holds)
{
	while (is_same(&b->nodes[node].test, test))
		node = holds ? b->nodes[node].yes : b->nodes[node].no;
	return node;
}

uint32_t bpf_ask(struct bpf *b, const struct bpf_test *test, uint32_t yes, uint32_t no)
{
	struct node node = { *test, bpf_known(b, yes, test, true), bpf_known(b, no, test, false) };

	if (!test->mask)
		return test->value ? node.no : node.yes;
	return node.yes == node.no ? node.yes : find(b, &node);
}

/* What the accumulator holds. */
struct held {
	uint32_t word, mask;
};

struct place {
	struct held held; /* on whatever way one comes here */
	bool reached;
	size_t home, at; /* in lines: of the node, and of what is nearest that leads there */
};

struct writer {
	const struct bpf *b;
	struct place *places; /* of each node */
	struct sock_filter *lines; /* the last comes first */
	size_t n;
};

/* Bits that are all off, or one that is on, are asked for without a change to the accumulator. */
static bool asks_bits(const struct bpf_test *t)
{
	bool single = !(t->mask & (t->mask - 1));

	return t->mask != UINT32_MAX && (!t->value || (single && t->value == t->mask));
}

static struct held needed(const struct bpf_test *t)
{
	return (struct held){ t->word, asks_bits(t) ? UINT32_MAX : t->mask };
}

static bool is_held(struct held has, struct held wanted)
{
	return has.word == wanted.word && has.mask == wanted.mask;
}

static void arrive(struct place *to, struct held with)
{
	if (!to->reached)
		to->held = with;
	else if (!is_held(to->held, with))
		to->held.mask = 0;
	to->reached = true;
}

/* A node is made after those that it leads to: downwards, all ways to it have been seen before it is. */
static void find_ways(struct writer *w, uint32_t root)
{
	arrive(&w->places[root], (struct held){ 0, 0 });
	for (uint32_t i = root + 1; i-- > 0;) {
		const struct node *node = &w->b->nodes[i];

		if (!w->places[i].reached || is_answer(node))
			continue;
		arrive(&w->places[node->yes], needed(&node->test));
		arrive(&w->places[node->no], needed(&node->test));
	}
}

static void put(struct writer *w, uint32_t code, uint32_t value, size_t yes, size_t no)
{
	w->lines[w->n++] = (struct sock_filter){ (uint16_t)code, (uint8_t)yes, (uint8_t)no, value };
}

/* A jump tells how many instructions it leaves out. */
static size_t distance(const struct writer *w, size_t to)
{
	return w->n - to - 1;
}

/* Where a test's jump is too short, a copy of the answer or a long jump is put in reach; one more may come between. */
static void bring_near(struct writer *w, uint32_t to)
{
	const struct node *node = &w->b->nodes[to];
	struct place *place = &w->places[to];

	if (distance(w, place->at) < FURTHEST)
		return;
	place->at = w->n;
	if (is_answer(node))
		put(w, BPF_RET | BPF_K, node->test.value, 0, 0);
	else
		put(w, BPF_JMP | BPF_JA, (uint32_t)distance(w, place->home), 0, 0);
}

static void put_jump(struct writer *w, const struct node *node)
{
	const struct bpf_test *t = &node->test;
	bool bits = asks_bits(t), off = bits && !t->value;
	size_t yes, no;

	bring_near(w, node->yes);
	bring_near(w, node->no);
	yes = distance(w, w->places[node->yes].at);
	no = distance(w, w->places[node->no].at);
	put(w, BPF_JMP | BPF_K | (bits ? BPF_JSET : t->jump), bits ? t->mask : t->value,
		off ? no : yes, off ? yes : no);
}

static void put_test(struct writer *w, const struct node *node, struct held has)
{
	struct held wanted = needed(&node->test);

	put_jump(w, node);
	if (is_held(has, wanted))
		return;
	if (wanted.mask != UINT32_MAX)
		put(w, BPF_ALU | BPF_AND | BPF_K, wanted.mask, 0, 0);
	if (!is_held(has, (struct held){ wanted.word, UINT32_MAX }))
		put(w, BPF_LD | BPF_W | BPF_ABS, wanted.word, 0, 0);
}

static void put_node(struct writer *w, uint32_t i)
{
	const struct node *node = &w->b->nodes[i];
	struct place *place = &w->places[i];

	if (is_answer(node))
		put(w, BPF_RET | BPF_K, node->test.value, 0, 0);
	else
		put_test(w, node, place->held);
	place->home = place->at = w->n - 1;
}

static void put_all(struct writer *w, uint32_t root)
{
	find_ways(w, root);
	for (uint32_t i = 0; i <= root; i++)
		if (w->places[i].reached)
			put_node(w, i);
}

/* A node comes to a load, a mask, a jump and two that bring near, at most. */
int bpf_write(const struct bpf *b, uint32_t root, struct buf *out, struct err *err)
{
	auto_free struct place *places = xcalloc(root + 1, sizeof(*places));
	auto_free struct sock_filter *lines = xcalloc(5 * ((size_t)root + 1), sizeof(*lines));
	struct writer w = { b, places, lines, 0 };

	if (b->full)
		return err_say(err, -E2BIG,
			"seccomp profile: its rules come to more than %d tests: the kernel takes "
			"%d instructions",
			MAX_NODES, BPF_MAXINSNS);
	put_all(&w, root);
	if (w.n > BPF_MAXINSNS)
		return err_say(err, -E2BIG,
			"seccomp profile: its filter has %zu instructions: the kernel takes %d",
			w.n, BPF_MAXINSNS);
	while (w.n > 0)
		buf_add(out, &lines[--w.n], sizeof(*lines));
	return 0;
}
