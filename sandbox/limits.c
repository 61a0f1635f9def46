#include "sandbox/limits.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/io.h"
#include "base/text.h"
#include "sandbox/weaken.h"

/* Looking costs what the job has written, so it is done the less often the longer it takes. */
enum { DISK_EVERY_MS = 250, DISK_SHARE = 20, NAME_BYTES = 1024 };

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A tree that can't be measured counts as full: the limit must hold. An empty file is not free: inodes run out as well. */
static void measure(struct limits *l, uint64_t *used)
{
	uint64_t bytes, files;
	int r = l->upper < 0 ? 0 : tree_usage(l->upper, &bytes, &files);

	l->depth = r == -ELOOP ? TREE_MAX_DEPTH + 1 : 0;
	l->unknown = r < 0 && r != -ELOOP;
	if (l->upper >= 0 && r == 0)
		*used = bytes + files * NAME_BYTES;
}

void limits_init(struct limits *l, const struct plan_limits *plan, int upper, uint64_t now)
{
	*l = (struct limits){ .plan = plan, .started = now, .last_output = now, .upper = upper };
	if (!plan->disk)
		l->upper = -1;
	measure(l, &l->disk_before);
	l->disk_next = now + DISK_EVERY_MS;
}

void limits_note_output(struct limits *l, uint64_t now)
{
	l->last_output = now;
}

static void measure_disk(struct limits *l, uint64_t now)
{
	uint64_t took, used = l->disk_before + l->disk_used;

	if (l->upper < 0 || now < l->disk_next)
		return;
	measure(l, &used);
	l->disk_used = used > l->disk_before ? used - l->disk_before : 0;
	took = clock_ms() - now;
	l->disk_next = now + took +
		       (took * DISK_SHARE > DISK_EVERY_MS ? took * DISK_SHARE : DISK_EVERY_MS);
}

void limits_finish(struct limits *l)
{
	l->disk_next = 0;
	l->finished = true;
}

enum unit { UNIT_TIME, UNIT_SIZE, UNIT_DEPTH };

static void describe(struct limit_hit *hit, enum unit unit)
{
	auto_buf struct buf text = BUF_INIT;

	if (unit == UNIT_TIME)
		text_add_duration(&text, hit->limit);
	else if (unit == UNIT_SIZE)
		text_add_size(&text, hit->limit);
	else
		buf_addf(&text, "%llu directories", (unsigned long long)hit->limit);
	snprintf(hit->text, sizeof(hit->text), "%s", buf_str(&text));
}

static bool check(const struct limits *l, uint64_t now, uint64_t output, struct limit_hit *ret)
{
	const struct plan_limits *p = l->plan;
	const struct {
		const char *name;
		uint64_t limit, value;
		enum unit unit;
		bool at_once;
	} rows[] = {
		{ "output", p->output, output, UNIT_SIZE, true },
		{ "depth", TREE_MAX_DEPTH, l->depth, UNIT_DEPTH, true },
		{ "disk", p->disk, l->unknown ? UINT64_MAX : l->disk_used, UNIT_SIZE, true },
		{ "wall", l->finished ? 0 : p->wall, now - l->started, UNIT_TIME, false },
		{ "idle", l->finished ? 0 : p->idle, now - l->last_output, UNIT_TIME, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool over = rows[i].unit == UNIT_TIME ? rows[i].value >= rows[i].limit
						      : rows[i].value > rows[i].limit;

		if (!rows[i].limit || !over || weakened(rows[i].name))
			continue;
		*ret = (struct limit_hit){
			.name = rows[i].name, .limit = rows[i].limit, .at_once = rows[i].at_once
		};
		describe(ret, rows[i].unit);
		return true;
	}
	return false;
}

bool limits_check(struct limits *l, uint64_t now, uint64_t output, struct limit_hit *ret)
{
	measure_disk(l, now);
	return check(l, now, output, ret);
}

static void sooner(uint64_t *at, uint64_t candidate)
{
	if (candidate && candidate < *at)
		*at = candidate;
}

int limits_timeout(const struct limits *l, uint64_t now, uint64_t kill_at)
{
	uint64_t at = UINT64_MAX, wait;

	sooner(&at, kill_at);
	if (l) {
		sooner(&at, l->plan->wall ? l->started + l->plan->wall : 0);
		sooner(&at, l->plan->idle ? l->last_output + l->plan->idle : 0);
		sooner(&at, l->upper >= 0 ? l->disk_next : 0);
	}
	if (at == UINT64_MAX)
		return -1;
	wait = at > now ? at - now : 0;
	return wait > INT_MAX ? INT_MAX : (int)wait;
}

uint64_t limits_disk_used(const struct limits *l)
{
	return l->disk_used;
}

json_t *limits_encode(const struct limit_hit *hit)
{
	json_t *o = json_object();

	json_put_str(o, "name", hit->name);
	json_put_int(o, "limit", hit->limit);
	return o;
}
