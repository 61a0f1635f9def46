#include "audit/journal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/io.h"

static const char magic[] = "remit log journal 1\n";

enum {
	MAGIC = sizeof(magic) - 1,
	LENGTH = 4,
	HEAD = LENGTH + SHA256_LEN, /* before a body */
	FRAME = HEAD + LENGTH, /* around it */
	BODY_HEAD = 8 + 8 + 2, /* before the note */
	MAX_FIRST = 4096, /* a first record is never longer, magic and all */
};

static uint64_t get_number(const char *p, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | (unsigned char)p[i];
	return n;
}

static void add_number(struct buf *out, size_t bytes, uint64_t n)
{
	while (bytes--)
		buf_addc(out, (char)(n >> (8 * bytes)));
}

/* A record's place in memory. */
struct frame {
	const char *digest, *body;
	size_t len;
};

static bool digest_is_right(const struct frame *f)
{
	unsigned char real[SHA256_LEN];
	struct sha256 h;

	sha256_init(&h);
	sha256_add(&h, f->body, f->len);
	sha256_end(&h, real);
	return !memcmp(real, f->digest, sizeof(real));
}

static bool find_frame(const struct journal_cursor *c, struct frame *ret)
{
	const char *p = c->data + c->at;
	size_t room = c->len - c->at;

	if (room < FRAME + BODY_HEAD)
		return false;
	*ret = (struct frame){ p + LENGTH, p + HEAD, (size_t)get_number(p, LENGTH) };
	return ret->len >= BODY_HEAD && ret->len <= room - FRAME &&
	       get_number(ret->body + ret->len, LENGTH) == ret->len;
}

/* One record at the cursor, which moves behind it. */
static bool take(struct journal_cursor *c, struct journal_record *ret)
{
	struct frame f;

	if (!find_frame(c, &f) || !digest_is_right(&f))
		return false;
	ret->before = get_number(f.body, 8);
	ret->after = get_number(f.body + 8, 8);
	ret->note = f.body + BODY_HEAD;
	ret->note_len = (size_t)get_number(f.body + 16, 2);
	if (ret->note_len > f.len - BODY_HEAD)
		return false;
	ret->rest = (struct bundle){ ret->note + ret->note_len, f.len - BODY_HEAD - ret->note_len };
	c->at += FRAME + f.len;
	c->size = ret->after;
	return true;
}

int journal_first(
	const char *data, size_t len, struct journal_cursor *ret, struct journal_record *first)
{
	struct journal_cursor c = { data, len, MAGIC, 0 };

	if (len < MAGIC || memcmp(data, magic, MAGIC) != 0)
		return -EBADMSG;
	if (!take(&c, first) || first->before != first->after ||
		first->rest.left > JOURNAL_MAX_BOOT)
		return -EBADMSG;
	*ret = c;
	return 0;
}

bool journal_next(struct journal_cursor *c, struct journal_record *ret)
{
	struct journal_cursor next = *c;
	struct journal_record r;

	if (!take(&next, &r) || r.before != c->size || r.after <= r.before)
		return false;
	*c = next;
	*ret = r;
	return true;
}

/* Appends the record's bytes as the file has them. */
static void add_record(struct buf *out, const struct journal_record *r)
{
	size_t len = BODY_HEAD + r->note_len + r->rest.left, at = out->len;
	unsigned char digest[SHA256_LEN] = { 0 };
	struct sha256 h;

	buf_reserve(out, FRAME + len);
	add_number(out, LENGTH, len);
	buf_add(out, digest, sizeof(digest));
	add_number(out, 8, r->before);
	add_number(out, 8, r->after);
	add_number(out, 2, r->note_len);
	buf_add(out, r->note, r->note_len);
	buf_add(out, r->rest.p, r->rest.left);
	sha256_init(&h);
	sha256_add(&h, out->data + at + HEAD, len);
	sha256_end(&h, digest);
	memcpy(out->data + at + LENGTH, digest, sizeof(digest));
	add_number(out, LENGTH, len);
}

int journal_create(const struct store *s, uint64_t size, const struct buf *note, const char *boot,
	struct err *err)
{
	struct journal_record first = { size, size, note->data, note->len, { boot, strlen(boot) } };
	auto_buf struct buf bytes = BUF_INIT;

	buf_adds(&bytes, magic);
	add_record(&bytes, &first);
	return store_put_beside(s, STORE_JOURNAL, bytes.data, bytes.len, err);
}

int journal_open(const struct store *s, int access, struct journal *j, struct err *err)
{
	int fd, r = store_open_beside(s, STORE_JOURNAL, access, &fd, err);

	if (r < 0)
		return r;
	journal_close(j);
	j->fd = fd;
	return 0;
}

static int file_size(const struct journal *j, size_t *ret)
{
	struct stat st;

	if (fstat(j->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > JOURNAL_MAX_BYTES)
		return -EFBIG;
	*ret = (size_t)st.st_size;
	return 0;
}

/* Appends that part of the file to data; false when it is not all there. */
static bool read_part(const struct journal *j, uint64_t at, size_t len, struct buf *data)
{
	size_t n;

	buf_reserve(data, len);
	if (lseek(j->fd, (off_t)at, SEEK_SET) < 0 ||
		io_read_full(j->fd, data->data + data->len, len, &n) < 0)
		return false;
	data->len += n;
	return n == len;
}

int journal_load(const struct journal *j, struct buf *data, struct err *err)
{
	size_t size = 0;
	int r = file_size(j, &size);

	buf_truncate(data, 0);
	if (r == 0 && !read_part(j, 0, size, data))
		r = -EIO;
	return r < 0 ? err_set(err, r, "read the journal") : 0;
}

/* How long the last record says that it is, frame and all; 0 when it is not there. */
static size_t last_length(const struct journal *j, size_t size)
{
	auto_buf struct buf length = BUF_INIT;

	if (size < MAGIC + FRAME || !read_part(j, size - LENGTH, LENGTH, &length))
		return 0;
	return (size_t)get_number(length.data, LENGTH) + FRAME;
}

static bool peek_last(const struct journal *j, size_t size, size_t len, struct buf *data,
	struct journal_record *ret)
{
	struct journal_cursor c = { data->data + data->len, len, 0, 0 };

	return read_part(j, size - len, len, data) && take(&c, ret) && c.at == len &&
	       ret->after > ret->before;
}

bool journal_peek(const struct journal *j, struct buf *data, struct journal_record *ret_first,
	struct journal_record *ret_last, uint64_t *ret_bytes)
{
	struct journal_cursor c;
	size_t size = 0, head, last;

	if (file_size(j, &size) < 0)
		return false;
	*ret_bytes = size;
	head = size < MAX_FIRST ? size : (size_t)MAX_FIRST;
	last = last_length(j, size);
	if (!last || last > size)
		return false;
	buf_truncate(data, 0);
	/* Room for both at once: the records point into data. */
	buf_reserve(data, head + last);
	if (!read_part(j, 0, head, data) || journal_first(data->data, head, &c, ret_first) < 0)
		return false;
	*ret_last = *ret_first;
	if (c.at == size)
		return true;
	return last <= size - c.at && peek_last(j, size, last, data, ret_last);
}

bool journal_is_current(const struct journal *j)
{
	struct stat st;

	/* A new journal takes the old one's name, which leaves the old one without any. */
	return j->fd >= 0 && fstat(j->fd, &st) == 0 && st.st_nlink > 0 &&
	       (uint64_t)st.st_size == j->bytes;
}

int journal_cut(struct journal *j, uint64_t bytes, struct err *err)
{
	if (ftruncate(j->fd, (off_t)bytes) < 0 || fdatasync(j->fd) < 0)
		return err_say(err, -ENOTRECOVERABLE,
			"what was written to the journal can't be taken back: %s", strerror(errno));
	j->bytes = bytes;
	return 0;
}

int journal_add(struct journal *j, const struct journal_record *rec, struct err *err)
{
	auto_buf struct buf bytes = BUF_INIT;
	int r = 0;

	add_record(&bytes, rec);
	if (lseek(j->fd, (off_t)j->bytes, SEEK_SET) < 0)
		return err_set(err, -errno, "write the journal");
	r = io_write_all(j->fd, bytes.data, bytes.len);
	if (r == 0 && fdatasync(j->fd) < 0)
		r = -errno;
	if (r == 0) {
		j->bytes += bytes.len;
		return 0;
	}
	if (journal_cut(j, j->bytes, err) < 0)
		return -ENOTRECOVERABLE;
	return err_set(err, r, "write the journal");
}

void journal_close(struct journal *j)
{
	cleanup_fd(&j->fd);
	*j = (struct journal)JOURNAL_INIT;
}
