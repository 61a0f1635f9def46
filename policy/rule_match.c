#include "policy/rule.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* One row a condition: what it is true of, and what it says of what it found. */
struct condition {
	unsigned int (*match)(const struct when *w, const struct subject *s);
	void (*describe)(const struct when *w, const struct subject *s, struct buf *out);
};

static unsigned int both(bool holds)
{
	return holds ? NAME_BOTH : NAME_NONE;
}

static bool in_range(const struct range *r, uint64_t n)
{
	return !r->given || (n >= r->min && n <= r->max);
}

/* A change chose these numbers: a sum stops at the top and never wraps round to a small one. */
static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* A submodule is a directory to git, so `vendor/` matches it. */
static bool is_dir(const struct subject *s)
{
	const struct fact_path *p = s->path;

	return p && (p->new_mode == FACT_MODE_COMMIT || p->old_mode == FACT_MODE_COMMIT);
}

static unsigned int match_paths(const struct when *w, const struct subject *s)
{
	unsigned int names = NAME_NONE;

	if (pattern_set_matches(w->paths, s->name, strlen(s->name), is_dir(s)))
		names |= NAME_NEW;
	if (s->old_name &&
		pattern_set_matches(w->paths, s->old_name, strlen(s->old_name), is_dir(s)))
		names |= NAME_OLD;
	return names;
}

static void describe_paths(const struct when *w, const struct subject *s, struct buf *out)
{
	const char *name = match_paths(w, s) & NAME_NEW ? s->name : s->old_name;
	long found = name ? pattern_set_find(w->paths, name, strlen(name), is_dir(s)) : -1;
	struct pattern_info info;

	if (found < 0)
		return;
	pattern_set_info(w->paths, found, &info);
	buf_adds(out, info.text);
}

static bool is_rename(const struct subject *s)
{
	return s->path->operation == FACT_RENAME;
}

static bool has_two_names(const struct subject *s)
{
	return is_rename(s) || s->path->operation == FACT_COPY;
}

/*
 * Whether two files are alike enough for a rename or copy is up to whoever writes them. So each name
 * also answers for what it would be alone: the new one an addition, the old one of a rename a deletion.
 */
static unsigned int match_operations(const struct when *w, const struct subject *s)
{
	unsigned int names;

	if (!s->path)
		return NAME_NONE;
	names = both(strs_has(&w->operations, fact_operation_names[s->path->operation]));
	if (has_two_names(s) && strs_has(&w->operations, fact_operation_names[FACT_ADD]))
		names |= NAME_NEW;
	if (is_rename(s) && strs_has(&w->operations, fact_operation_names[FACT_DELETE]))
		names |= NAME_OLD;
	return names;
}

static void describe_operations(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_adds(out, fact_operation_names[s->path->operation]);
}

static unsigned int match_kinds(const struct when *w, const struct subject *s)
{
	return both(s->path && strs_has(&w->kinds, fact_kind_names[s->path->kind]));
}

static void describe_kinds(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_adds(out, fact_kind_names[s->path->kind]);
}

static unsigned int match_lines(const struct when *w, const struct subject *s)
{
	return both(s->path && in_range(&w->lines, add(s->path->added, s->path->removed)));
}

static void describe_lines(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_addf(out, "%" PRIu64, add(s->path->added, s->path->removed));
}

static unsigned int match_size(const struct when *w, const struct subject *s)
{
	return both(s->path && in_range(&w->size, s->path->new_size));
}

static void describe_size(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_addf(out, "%" PRIu64, s->path->new_size);
}

static bool has_mode(const struct strs *modes, uint32_t mode)
{
	char text[] = "000000";

	for (size_t i = 6; i-- > 0; mode >>= 3)
		text[i] = (char)('0' + (mode & 7));
	return !modes->n || (!mode && strs_has(modes, text));
}

static bool has_modes(const struct when *w, uint32_t old, uint32_t new)
{
	return has_mode(&w->modes.old, old) && has_mode(&w->modes.new, new);
}

/* As with operations. */
static unsigned int match_modes(const struct when *w, const struct subject *s)
{
	unsigned int names;

	if (!s->path)
		return NAME_NONE;
	names = both(has_modes(w, s->path->old_mode, s->path->new_mode));
	if (has_two_names(s) && has_modes(w, 0, s->path->new_mode))
		names |= NAME_NEW;
	if (is_rename(s) && has_modes(w, s->path->old_mode, 0))
		names |= NAME_OLD;
	return names;
}

static void describe_modes(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_addf(out, "%06o to %06o", s->path->old_mode, s->path->new_mode);
}

/* The first kind that both the condition and the subject have, or FACT_ANOMALIES. */
static unsigned int common_anomaly(const struct when *w, const struct subject *s)
{
	unsigned int kind = 0;

	while (kind < FACT_ANOMALIES &&
		!(s->anomalies & 1U << kind && strs_has(&w->anomalies, fact_anomaly_names[kind])))
		kind++;
	return kind;
}

static unsigned int match_anomalies(const struct when *w, const struct subject *s)
{
	return both(common_anomaly(w, s) < FACT_ANOMALIES);
}

static void describe_anomalies(const struct when *w, const struct subject *s, struct buf *out)
{
	buf_adds(out, fact_anomaly_names[common_anomaly(w, s)]);
}

static uint64_t change_lines(const struct facts *f)
{
	return add(f->lines_added, f->lines_removed);
}

static unsigned int match_change(const struct when *w, const struct subject *s)
{
	return both(in_range(&w->change.files, s->facts->n_paths) &&
		    in_range(&w->change.lines, change_lines(s->facts)));
}

static void describe_change(const struct when *w, const struct subject *s, struct buf *out)
{
	if (w->change.files.given)
		buf_addf(out, "files %zu", s->facts->n_paths);
	if (w->change.lines.given)
		buf_addf(out, "%slines %" PRIu64, w->change.files.given ? ", " : "",
			change_lines(s->facts));
}

static unsigned int match_denied(const struct when *w, const struct subject *s)
{
	return both(s->facts->has_job && in_range(&w->denied, s->facts->denied));
}

static void describe_denied(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_addf(out, "%" PRIu64, s->facts->denied);
}

static unsigned int match_tripwires(const struct when *w, const struct subject *s)
{
	return both(s->facts->has_job && in_range(&w->tripwires, s->facts->tripwires));
}

static void describe_tripwires(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_addf(out, "%" PRIu64, s->facts->tripwires);
}

static unsigned int match_omitted(const struct when *w, const struct subject *s)
{
	return both(s->facts->has_job && in_range(&w->omitted, s->facts->omitted));
}

static void describe_omitted(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_addf(out, "%" PRIu64, s->facts->omitted);
}

static unsigned int match_agents(const struct when *w, const struct subject *s)
{
	return both(s->facts->agent && strs_has(&w->agents, s->facts->agent));
}

static void describe_agents(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_adds(out, s->facts->agent);
}

static unsigned int match_submitters(const struct when *w, const struct subject *s)
{
	return both(s->facts->submitter && strs_has(&w->submitters, s->facts->submitter));
}

static void describe_submitters(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_adds(out, s->facts->submitter);
}

static unsigned int match_profiles(const struct when *w, const struct subject *s)
{
	return both(s->facts->profile && strs_has(&w->profiles, s->facts->profile));
}

static void describe_profiles(const struct when *w, const struct subject *s, struct buf *out)
{
	(void)w;
	buf_adds(out, s->facts->profile);
}

static const struct condition conditions[WHEN_KEYS] = {
	[WHEN_PATHS] = { match_paths, describe_paths },
	[WHEN_OPERATIONS] = { match_operations, describe_operations },
	[WHEN_KINDS] = { match_kinds, describe_kinds },
	[WHEN_LINES] = { match_lines, describe_lines },
	[WHEN_SIZE] = { match_size, describe_size },
	[WHEN_MODES] = { match_modes, describe_modes },
	[WHEN_ANOMALIES] = { match_anomalies, describe_anomalies },
	[WHEN_CHANGE] = { match_change, describe_change },
	[WHEN_DENIED] = { match_denied, describe_denied },
	[WHEN_TRIPWIRES] = { match_tripwires, describe_tripwires },
	[WHEN_OMITTED] = { match_omitted, describe_omitted },
	[WHEN_AGENTS] = { match_agents, describe_agents },
	[WHEN_SUBMITTERS] = { match_submitters, describe_submitters },
	[WHEN_PROFILES] = { match_profiles, describe_profiles },
};

/* From the last key to the first: patterns, which cost most, are tried when all else holds. */
static unsigned int match_keys(
	const struct when *w, const struct subject *s, unsigned int first, unsigned int end)
{
	unsigned int names = NAME_BOTH;

	for (unsigned int key = end; key-- > first && names;)
		if (w->given & 1U << key)
			names &= conditions[key].match(w, s);
	return names;
}

unsigned int when_match_path(const struct when *w, const struct subject *s)
{
	return match_keys(w, s, 0, WHEN_PATH_KEYS);
}

bool when_match_change(const struct when *w, const struct facts *facts)
{
	const struct subject whole = { .facts = facts };

	return match_keys(w, &whole, WHEN_PATH_KEYS, WHEN_KEYS) != NAME_NONE;
}

char *when_describe(const struct when *w, const struct subject *s)
{
	struct buf out = BUF_INIT;

	for (unsigned int key = 0; key < WHEN_KEYS; key++) {
		if (!(w->given & 1U << key))
			continue;
		buf_addf(&out, "%s%s: ", out.len ? "; " : "", when_key_name(key));
		conditions[key].describe(w, s, &out);
	}
	return buf_steal(&out);
}
