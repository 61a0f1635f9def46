/*
 * fuzz_private.c: what goes into a job's .git: names that become a configuration, which libgit2 must read
 * back as they were and nothing beside them, and the user's list of where history ends.
 */
#include <git2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "repo/git.h"
#include "repo/private.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/repo_kit.h"

static bool is_list(const char *text)
{
	for (; *text; text += *text == '\n') {
		size_t n = strspn(text, "0123456789abcdef");

		if (n != REPO_ID_HEX || (text[n] && text[n] != '\n'))
			return false;
		text += n;
	}
	return true;
}

static int create(const struct private_options *options, struct err *err)
{
	const struct fuzz_repo *r = fuzz_repo();
	struct base base = { .git = (char *)"/g", .tree = (char *)"/t", .lock = -1 };
	auto_strs struct strs lower = { 0 }, expose = { 0 };
	int scratch = fuzz_scratch()->fd;
	auto_fd int upper = -1;

	must(tree_remove(scratch, "upper", NULL) == 0 && mkdirat(scratch, "upper", 0700) == 0);
	must(dir_open(scratch, "upper", &upper, NULL) == 0);
	return private_create(r->repo, &r->commit, &base, upper, options, &lower, &expose, err);
}

static void check_shallow(const char *text)
{
	auto_buf struct buf copy = BUF_INIT;
	int r = file_read(fuzz_scratch()->fd, "upper/.git/shallow", 1 << 20, &copy, NULL);

	must(*text ? r == 0 && !strcmp(copy.data, text) : r == -ENOENT);
}

static void check_user(git_config *config, const char *key, const char *value)
{
	git_buf found = { 0 };

	must(git_config_get_string_buf(&found, config, key) == 0);
	must(!strcmp(found.ptr, value));
	git_buf_dispose(&found);
}

static unsigned int count_entries(git_config *config)
{
	git_config_iterator *all CLEANUP(cleanup_git_config_iterator_free) = NULL;
	git_config_entry *entry;
	unsigned int n = 0;

	must(git_config_iterator_new(&all, config) == 0);
	while (git_config_next(&entry, all) == 0)
		n++;
	return n;
}

static void check_config(const struct private_options *options, unsigned int usual)
{
	auto_free char *path = xasprintf("%s/upper/.git/config", fuzz_scratch()->path);
	auto_git_config git_config *config = NULL;

	must(git_config_open_ondisk(&config, path) == 0);
	check_user(config, "user.name", options->user);
	check_user(config, "user.email", options->email);
	must(count_entries(config) == usual);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };
	auto_free char *user = feed_text(&f), *email = feed_text(&f), *shallow = feed_text(&f);
	struct private_options options = { PRIVATE_FULL, user, email, "/seen" };
	struct err err = { "" };

	fuzz_repo();
	must(fuzz_put("repo/.git/shallow", shallow, strlen(shallow)));
	if (create(&options, &err) < 0) {
		must(!is_list(shallow) && strstr(err.text, "shallow"));
		return 0;
	}
	must(is_list(shallow));
	check_shallow(shallow);
	check_config(&options, 11);
	return 0;
}
