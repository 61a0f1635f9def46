#include "credential/secrets.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/io.h"
#include "base/json.h"

/*
 * Of the arena alone that always holds. Where there is no bound, all that this process ever has is locked too: then also what
 * libraries make of a secret for the time of a request.
 */
static int lock(void *memory, size_t len)
{
	struct rlimit bound;

	if (madvise(memory, len, MADV_DONTDUMP) < 0 || madvise(memory, len, MADV_DONTFORK) < 0)
		return -errno;
	if (getrlimit(RLIMIT_MEMLOCK, &bound) == 0 && bound.rlim_cur == RLIM_INFINITY &&
		mlockall(MCL_CURRENT | MCL_FUTURE) == 0)
		return 0;
	return mlock(memory, len) < 0 ? -errno : 0;
}

static int make_arena(size_t len, struct secrets *s, struct err *err)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return err_set(err, -errno, "make room for the credentials");
	s->memory = memory;
	s->len = len;
	return lock(memory, len) < 0
		       ? err_say(err, -EAGAIN,
				 "the memory of the credentials can't be locked: raise "
				 "RLIMIT_MEMLOCK (ulimit -l) to %zu KiB or more",
				 len >> 10)
		       : 0;
}

static size_t total(const json_t *values)
{
	const char *name;
	json_t *value;
	size_t n = 1;

	json_object_foreach ((json_t *)values, name, value)
		n += json_string_length(value) + 1;
	return n;
}

static int take(const json_t *values, struct secrets *s, struct err *err)
{
	const char *name;
	json_t *value;
	size_t at = 0;

	json_object_foreach ((json_t *)values, name, value) {
		const char *text = json_string_value(value);

		if (!text || !credential_is_secret(text, json_string_length(value)))
			return err_say(err, -EINVAL,
				"credential '%s' has no value that can be used", name);
		memcpy(s->memory + at, text, strlen(text) + 1);
		json_put_int(s->at, name, at);
		at += strlen(text) + 1;
	}
	return 0;
}

static int read_all(int fd, struct buf *text, struct err *err)
{
	int r;

	buf_reserve(text, CREDENTIAL_MAX_SECRETS);
	r = io_read_all(fd, CREDENTIAL_MAX_SECRETS, text);
	close(fd);
	return r < 0 ? err_set(err, r, "read the credentials") : 0;
}

int secrets_read(int fd, struct secrets *ret, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	auto_json json_t *values = NULL;
	int r = read_all(fd, &text, err);

	*ret = (struct secrets){ .at = json_object() };
	if (r == 0)
		r = json_parse(buf_str(&text), text.len, "credentials", &values, err);
	if (r == 0 && !json_is_object(values))
		r = err_say(err, -EINVAL, "credentials: expected an object");
	if (text.data)
		explicit_bzero(text.data, text.len);
	if (r == 0)
		r = make_arena(total(values), ret, err);
	return r < 0 ? r : take(values, ret, err);
}

void secrets_done(struct secrets *s)
{
	if (s->memory) {
		explicit_bzero(s->memory, s->len);
		munmap(s->memory, s->len);
	}
	json_decref(s->at);
	*s = (struct secrets){ 0 };
}

const char *secrets_find(const struct secrets *s, const char *name)
{
	const json_t *at = json_object_get(s->at, name);

	return at ? s->memory + json_integer_value(at) : NULL;
}
