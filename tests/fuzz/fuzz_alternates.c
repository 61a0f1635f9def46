/*
 * fuzz_alternates.c: info/alternates, of a repository and of what it leads to. Whatever they say, nothing
 * but object directories comes out, and "secret" never does.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "repo/alternates.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_STORES = 64 };

static void make_dirs(void)
{
	static const char *const files[] = { "a/.git/HEAD", "a/.git/objects/pack/x.pack",
		"a/.git/objects/info/packs", "b/objects/pack/x.pack", "b/objects/info/packs",
		"b/objects/00/x", "secret/pack/key", "secret/info/packs", "secret/id_rsa" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		must(fuzz_put(files[i], "", 0));
}

static bool is_store(const char *path)
{
	auto_free char *pack = path_join(path, "pack");
	struct stat st;

	return stat(pack, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What lies in the repository's own directory is its own, whatever it is. */
static void check_found(const struct strs *found, const char *dir, const char *objects)
{
	must(found->n && found->n <= MAX_STORES && !strcmp(found->v[0], objects));
	for (size_t i = 0; i < found->n; i++) {
		auto_free char *real = realpath(found->v[i], NULL);

		must(real && !strcmp(real, found->v[i]));
		must(is_store(real) || path_is_beneath(real, dir));
		must(!strstr(real, "/secret"));
		for (size_t k = 0; k < i; k++)
			must(strcmp(found->v[k], real) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };
	auto_free char *first = feed_text(&f), *second = feed_text(&f);
	const char *scratch = fuzz_scratch()->path;
	auto_free char *dir = path_join(scratch, "a/.git"), *objects = path_join(dir, "objects");
	struct alternates_repo repo = { dir, dir, objects };
	auto_strs struct strs found = { 0 };
	struct err err = { "" };

	make_dirs();
	must(fuzz_put("a/.git/objects/info/alternates", first, strlen(first)));
	must(fuzz_put("b/objects/info/alternates", second, strlen(second)));
	if (alternates_resolve(&repo, &found, &err) == 0)
		check_found(&found, dir, objects);
	else
		must(err.text[0]);
	return 0;
}
