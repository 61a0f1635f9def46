/*
 * fuzz_filters.c: compiled filters as they are kept. What a crash or anybody else left there is either what
 * was kept, to the byte, or made again.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/filters.h"
#include "tests/fuzz/fuzz.h"

static const char compiler[] =
	"#!/bin/sh\necho '{\"allow\":\"QUxMT1c=\",\"refuse\":\"UkVGVVNF\"}'\n";

struct cache {
	char *sandbox; /* a compiler that always gives the same answer */
	char *state;
	char *name; /* the kept file, beneath the scratch directory */
	struct plan_seccomp made;
};

static void get(const struct cache *c, struct plan_seccomp *ret)
{
	struct ctx ctx = { .state = c->state, .share = (char *)".", .sandbox = c->sandbox };
	struct err err = { "" };

	*ret = (struct plan_seccomp){ .profile = NULL };
	must(filters_get(&ctx, "default", false, ret, &err) == 0);
}

static void done(struct plan_seccomp *s)
{
	free(s->profile);
	free(s->source);
	free(s->allow);
	free(s->refuse);
}

static char *find_kept(void)
{
	auto_free char *path = xasprintf("%s/state/cache/seccomp", fuzz_scratch()->path);
	DIR *dir = opendir(path);
	struct dirent *e;
	char *name = NULL;

	must(dir);
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.')
			name = xasprintf("state/cache/seccomp/%s", e->d_name);
	closedir(dir);
	must(name);
	return name;
}

static void open_cache(struct cache *c)
{
	const struct fuzz_dir *scratch = fuzz_scratch();

	must(fuzz_put("sandbox", compiler, sizeof(compiler) - 1));
	must(fchmodat(scratch->fd, "sandbox", 0700, 0) == 0);
	c->sandbox = xasprintf("%s/sandbox", scratch->path);
	c->state = xasprintf("%s/state", scratch->path);
	get(c, &c->made);
	c->name = find_kept();
}

static const struct cache *cache(void)
{
	static struct cache c;

	if (!c.name)
		open_cache(&c);
	return &c;
}

static bool is_same(const struct plan_seccomp *a, const struct plan_seccomp *b)
{
	return !strcmp(a->allow, b->allow) && !strcmp(a->refuse, b->refuse) &&
	       !strcmp(a->source, b->source);
}

static bool is_kept(const struct plan_seccomp *s, const char *text)
{
	auto_buf struct buf again = BUF_INIT;
	char digest[SHA256_HEX + 1];

	buf_addf(&again, "%s\n%s\n%s\n", s->allow, s->refuse, s->source);
	sha256_hex(again.data, again.len, digest);
	buf_addf(&again, "%s\n", digest);
	return !strcmp(again.data, text);
}

/* With a digest that fits, where the first byte says so. */
static void add_text(struct feed *f, struct buf *out)
{
	bool whole = feed_byte(f) & 1;
	auto_free char *text = feed_text(f);
	char digest[SHA256_HEX + 1];

	buf_adds(out, text);
	sha256_hex(buf_str(out), out->len, digest);
	if (whole)
		buf_addf(out, "%s\n", digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cache *c = cache();
	struct feed f = { data, size };
	struct plan_seccomp s CLEANUP(done);
	auto_buf struct buf text = BUF_INIT;

	add_text(&f, &text);
	must(fuzz_put(c->name, buf_str(&text), text.len));
	get(c, &s);
	must(is_kept(&s, buf_str(&text)) || is_same(&s, &c->made));
	return 0;
}
