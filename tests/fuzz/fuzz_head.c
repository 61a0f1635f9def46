/*
 * fuzz_head.c: HEAD, references and packed-refs of a .git that a job may have written. Input is a list of
 * files, each a name and its contents, with a NUL behind both.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/git.h"
#include "repo/job_git.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_FILES = 6, MAX_HOPS = 5 };

struct file {
	char *name, *text;
};

struct files {
	struct file v[MAX_FILES];
	size_t n;
};

static void files_done(struct files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->v[i].name);
		free(files->v[i].text);
	}
}

static const char *find(const struct files *files, const char *name)
{
	for (size_t i = files->n; i-- > 0;)
		if (!strcmp(files->v[i].name, name))
			return files->v[i].text;
	return NULL;
}

/* The first 40 bytes of the line that ends with the name, whatever they are; "" for none. */
static void find_packed(const struct files *files, const char *name, char id[REPO_ID_HEX + 1])
{
	const char *text = find(files, "packed-refs");
	auto_free char *copy = xstrdup(text ? text : "");
	char *rest = copy;

	id[0] = '\0';
	while (rest && !id[0]) {
		char *line = strsep(&rest, "\n");

		if (strlen(line) > REPO_ID_HEX && !strcmp(line + REPO_ID_HEX + 1, name))
			snprintf(id, REPO_ID_HEX + 1, "%s", line);
	}
}

/* What HEAD leads to, where every name is written as the file is that has it. */
static void follow(const struct files *files, char id[REPO_ID_HEX + 1])
{
	auto_free char *name = xstrdup("HEAD");

	for (int hop = 0; hop < MAX_HOPS; hop++) {
		const char *text = find(files, name);
		auto_free char *line = text ? xstrdup(text) : NULL;
		size_t len = line ? strlen(line) : 0;

		if (!line) {
			find_packed(files, name, id);
			return;
		}
		while (len && strchr("\r\n ", line[len - 1]))
			line[--len] = '\0';
		snprintf(id, REPO_ID_HEX + 1, "%s", line);
		if (!text_starts(line, "ref: refs/"))
			return;
		id[0] = '\0';
		free(name);
		name = xstrdup(line + strlen("ref: "));
	}
}

/* Whether the id stands in one of the files, at the beginning of a line. */
static bool is_written(const struct files *files, const char *id)
{
	for (size_t i = 0; i < files->n; i++) {
		auto_free char *text = xstrdup(files->v[i].text);
		char *rest = text;

		while (rest)
			if (!strncasecmp(strsep(&rest, "\n"), id, REPO_ID_HEX))
				return true;
	}
	return false;
}

static void write_files(struct feed *f, struct files *files)
{
	while (f->left && files->n < MAX_FILES) {
		auto_free char *name = feed_text(f), *text = feed_text(f);
		auto_free char *path = xasprintf("git/%s", files->n ? name : "HEAD");

		if (!*name || !text_is_utf8(name, strlen(name)) ||
			!fuzz_put(path, text, strlen(text)))
			continue;
		files->v[files->n++] =
			(struct file){ xstrdup(path + strlen("git/")), steal_pointer(&text) };
	}
}

static void check(const struct files *files, const git_oid *head)
{
	char id[REPO_ID_HEX + 1], followed[REPO_ID_HEX + 1];

	git_oid_tostr(id, sizeof(id), head);
	must(is_written(files, id));
	follow(files, followed);
	must(!followed[0] || !strcasecmp(followed, id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };
	struct files files CLEANUP(files_done) = { .n = 0 };
	auto_fd int git = -1;
	git_oid head;
	int scratch = fuzz_scratch()->fd;

	must(tree_remove(scratch, "git", NULL) == 0 && mkdirat(scratch, "git", 0700) == 0);
	must(dir_open(scratch, "git", &git, NULL) == 0);
	write_files(&f, &files);
	if (job_git_head(git, &head) == 0)
		check(&files, &head);
	return 0;
}
