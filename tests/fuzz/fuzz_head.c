/*
 * fuzz_head.c: HEAD, references and packed-refs of a .git that a job may have written. Input is a list of
 * files, each a name and its contents, with a NUL behind both.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/git.h"
#include "repo/job_git.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_FILES = 6 };

/* Whether the id stands in one of the files, at the beginning of a line. */
static bool is_written(const struct strs *texts, const char *id)
{
	for (size_t i = 0; i < texts->n; i++) {
		auto_free char *text = xstrdup(texts->v[i]);
		char *rest = text;

		while (rest)
			if (!strncasecmp(strsep(&rest, "\n"), id, REPO_ID_HEX))
				return true;
	}
	return false;
}

static void write_files(struct feed *f, struct strs *texts)
{
	for (int i = 0; f->left && i < MAX_FILES; i++) {
		auto_free char *name = feed_text(f), *text = feed_text(f);
		auto_free char *path = xasprintf("git/%s", i ? name : "HEAD");

		if (*name && text_is_utf8(name, strlen(name)) && !strchr(name, '\\') &&
			fuzz_put(path, text, strlen(text)))
			strs_add(texts, text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };
	auto_strs struct strs texts = { 0 };
	auto_fd int git = -1;
	char id[REPO_ID_HEX + 1];
	git_oid head;
	int scratch = fuzz_scratch()->fd;

	must(tree_remove(scratch, "git", NULL) == 0 && mkdirat(scratch, "git", 0700) == 0);
	must(dir_open(scratch, "git", &git, NULL) == 0);
	write_files(&f, &texts);
	if (job_git_head(git, &head) < 0)
		return 0;
	git_oid_tostr(id, sizeof(id), &head);
	must(is_written(&texts, id));
	return 0;
}
