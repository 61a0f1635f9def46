#include "audit/key.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "audit/store.h"
#include "base/io.h"

enum { KEY_MAX_FILE = 4096 };

int key_make(const char *name, struct buf *secret, struct signer **ret, struct err *err)
{
	auto_secret struct buf seed = BUF_INIT;
	auto_signer struct signer *s = NULL;
	int r;

	buf_reserve(&seed, SIGN_SEED);
	if (getrandom(seed.data, SIGN_SEED, 0) != SIGN_SEED)
		return err_set(err, -errno, "get random bytes for a key");
	r = signer_new(name, (unsigned char *)seed.data, &s, err);
	if (r < 0)
		return r;
	signer_add_secret(secret, name, (unsigned char *)seed.data, signer_vkey(s));
	buf_addc(secret, '\n');
	*ret = steal_pointer(&s);
	return 0;
}

int key_write(const char *path, const struct buf *secret, struct err *err)
{
	return store_create(path, 0600, secret->data, secret->len, err);
}

static int check_owner(const struct stat *st, const char *path, struct err *err)
{
	if (!S_ISREG(st->st_mode))
		return err_say(err, -EPERM, "key '%s' is not a regular file", path);
	if (st->st_uid != geteuid())
		return err_say(err, -EPERM, "key '%s' belongs to user %u, and we run as %u", path,
			st->st_uid, geteuid());
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return err_say(err, -EPERM,
			"key '%s' has mode %04o, so others may have it: make it 0600, and the key new",
			path, st->st_mode & 07777);
	return 0;
}

int key_read(const char *path, struct signer **ret, struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_secret struct buf text = BUF_INIT;
	struct stat st;
	size_t len;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "read key '%s'", path);
	r = check_owner(&st, path, err);
	if (r < 0)
		return r;
	buf_reserve(&text, KEY_MAX_FILE);
	r = io_read_full(fd, text.data, KEY_MAX_FILE, &len);
	if (r < 0)
		return err_set(err, r, "read key '%s'", path);
	text.data[len] = '\0';
	r = signer_parse(text.data, ret, err);
	return r < 0 ? err_prefix(err, r, "key '%s'", path) : 0;
}
