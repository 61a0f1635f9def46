#include "runner/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "sandbox/launch.h"

enum { MAX_PROGRAM = 512 << 20 };

static bool hash_program(const char *path, char digest[SHA256_HEX + 1])
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	auto_free char *chunk = xcalloc(1, 65536);
	unsigned char raw[SHA256_LEN];
	struct sha256 h;
	struct stat st;
	size_t n = 1;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_PROGRAM)
		return false;
	sha256_init(&h);
	while (n) {
		if (io_read_full(fd, chunk, 65536, &n) < 0)
			return false;
		sha256_add(&h, chunk, n);
	}
	sha256_end(&h, raw);
	hex_encode(raw, sizeof(raw), digest);
	return true;
}

/* Which program the command starts, as far as that is one of the host; what lies in the workspace is in its tree. */
static void find_program(struct job *job)
{
	static const char *const dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
		"/usr/bin", "/sbin", "/bin" };
	const char *name = job->plan.command.v[0];

	if (name[0] == '/')
		(void)hash_program(name, job->program_digest);
	for (size_t i = 0; !strchr(name, '/') && i < ARRAY_SIZE(dirs); i++) {
		auto_free char *path = path_join(dirs[i], name);

		if (access(path, X_OK) == 0 && hash_program(path, job->program_digest))
			return;
	}
}

static int run_cage(struct job *job, int *ret_code, struct err *err)
{
	struct cagerun_watch watch = { NULL, NULL };
	int r;

	if (job->stdio == CAGERUN_QUIET && !job->quiet) {
		live_start(&job->live, job->ctx, job->cage.events, job->plan.workspace.upper);
		watch = (struct cagerun_watch){ live_tick, &job->live };
	}
	find_program(job);
	r = cagerun_wait(&job->cage, &watch, ret_code, err);
	job->finished = job->ctx->now_ms();
	job->uncommitted = dirty_stop(&job->dirty);
	live_stop(&job->live);
	return r;
}

/* A cage that has run a program was built: whatever ended it then is another kind of failure. */
static int check_end(const struct job *job, int code, struct err *err)
{
	const struct summary *s = &job->summary;
	bool ran = s->programs.n > 0 || s->execs > 0;

	if (!s->error && s->ended)
		return 0;
	if (s->error)
		err_say(err, 0, "%s", s->error);
	else
		err_say(err, 0, "it ended without a word: remit-sandbox gave status %d", code);
	return ran ? err_prefix(err, -EIO, "the cage of job '%s' failed", job->id) : -ENOEXEC;
}

int job_cage(struct job *job, struct err *err)
{
	int code = 0, r = run_cage(job, &code, err);

	if (r == 0)
		r = summary_read(job->cage.events, &job->summary, err);
	if (r < 0)
		return r;
	return check_end(job, code, err);
}
