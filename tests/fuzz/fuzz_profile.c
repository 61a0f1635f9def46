/*
 * fuzz_profile.c: bytes as a profile: the operator's, and the repository's own, which must open nothing
 * that the profile which it extends does not.
 */
#include <string.h>

#include "base/path.h"
#include "runner/profile.h"
#include "tests/fuzz/fuzz.h"

static const char own[] = "own";

/* What is the host's of it; the rest happens inside of the cage. */
static char *opens(const struct profile *p)
{
	static const char *const keys[] = { "syscalls", "limits", "trace", "tripwires",
		"credentials" };
	auto_json json_t *all = bind_encode(&profile_table, p), *some = json_object();
	const json_t *files = json_object_get(all, "files"), *env = json_object_get(all, "env");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_put(some, keys[i], json_incref(json_object_get(all, keys[i])));
	json_put(some, "read", json_incref(json_object_get(files, "read")));
	json_put(some, "write", json_incref(json_object_get(files, "write")));
	json_put(some, "tmp", json_incref(json_object_get(files, "tmp")));
	json_put(some, "pass", json_incref(json_object_get(env, "pass")));
	return json_canonical(some);
}

static int read_input(void *repo, const char *name, struct buf *out, struct err *err)
{
	const struct buf *input = repo;

	(void)err;
	if (strcmp(name, own) != 0)
		return -ENOENT;
	buf_add(out, input->data, input->len);
	return 0;
}

/* A profile that says nothing, read over the presets. */
static int load_nothing(struct profile *ret)
{
	bind_init(&profile_table, ret);
	ret->syscalls = xstrdup("default");
	return 0;
}

static void check_narrow(const struct ctx *ctx, struct buf *input)
{
	struct profile_repo repo = { read_input, input };
	struct profile narrow, parent;
	auto_free char *opened = NULL, *may_open = NULL;
	struct err err = { "" };
	int r = profile_load(ctx, own, &repo, &narrow, &err);

	if (r < 0) {
		must(err.text[0]);
		return;
	}
	r = narrow.extends ? profile_load(ctx, narrow.extends, NULL, &parent, &err)
			   : load_nothing(&parent);
	must(r == 0 && !strpbrk(narrow.extends ? narrow.extends : "", "/."));
	opened = opens(&narrow);
	may_open = opens(&parent);
	must(!strcmp(opened, may_open));
	must(narrow.files.hide.n >= parent.files.hide.n);
	profile_done(&narrow);
	profile_done(&parent);
}

/* Lists of paths mean what they say: nothing is reached by way of dots, and the cage's own places are not the host's. */
static void check_listed(const struct strs *s)
{
	static const char *const ours[] = { "/proc", "/dev", "/tmp", "/run/git" };

	for (size_t i = 0; i < s->n; i++) {
		must(path_check_listed(s->v[i], NULL) == 0 && strcmp(s->v[i], "/") != 0);
		for (size_t k = 0; k < ARRAY_SIZE(ours); k++)
			must(!path_is_beneath(s->v[i], ours[k]));
	}
}

static void check_again(const struct profile *p)
{
	auto_json json_t *written = bind_encode(&profile_table, p);

	fuzz_again(&profile_table, p, written);
}

static void check_operator(const struct buf *input)
{
	auto_doc struct doc *doc = NULL;
	struct profile p;
	struct err err = { "" };
	int r = doc_parse(buf_str(input), input->len, "f", &doc, &err);

	if (r < 0)
		return;
	if (fuzz_bind(&profile_table, doc, &p)) {
		check_again(&p);
		check_listed(&p.files.read);
		check_listed(&p.files.write);
		must(!p.workspace.path || path_check_absolute(p.workspace.path, NULL) == 0);
		must(p.network.loopback.mode <= PLAN_LO_PORTS && p.trace <= PLAN_TRACE_EXEC &&
			p.limits.enforce <= PLAN_BEST_EFFORT && p.files.tmp >= 1 << 20);
		must((p.network.loopback.mode == PLAN_LO_PORTS) == !!p.network.loopback.ports.n);
		must(!p.network.allow.n && !p.tripwires.n && !p.credentials.n);
	}
	profile_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx ctx = { .config = (char *)"/nonexistent", .share = (char *)"." };
	auto_buf struct buf input = BUF_INIT;

	buf_add(&input, data, size);
	check_operator(&input);
	check_narrow(&ctx, &input);
	return 0;
}
