/* log.h: one log on disk, for those who make it grow. Several processes may do so at once. */
#ifndef REMIT_LOG_H
#define REMIT_LOG_H

#include "audit/bundle.h"
#include "audit/checkpoint.h"
#include "audit/pending.h"
#include "audit/sign.h"

/*
 * Makes an empty log at dir, durably: its directory, which may be there when it is empty, and a signed checkpoint of
 * size 0. Nothing that is there is touched: -EEXIST. The two files of the key are made as well (key.h, vkey.h).
 * A making of these very files that was cut short is gone on with, under the origin that it had.
 */
struct log_paths {
	const char *dir;
	const char *key; /* of the private key */
	const char *vkey; /* of the public one */
};
int log_create(const struct log_paths *paths, const char *origin, const char *boot,
	struct err *err) MUST_USE;

struct log;

/*
 * Opens a log for growing, finishing first what a crash left half done. boot names the boot that
 * the machine is in; "" when it is not known, which costs time. signer is borrowed. A log that is
 * not in order is not opened: -EUCLEAN and a sentence that says what to run.
 */
int log_open(const char *dir, const struct signer *signer, const char *boot, struct log **ret,
	struct err *err) MUST_USE;

/*
 * Adds the entries, all of them or none. 0: durable and published, *ret is the new head. -EINVAL
 * for no entry or bytes that break off. -ENOTRECOVERABLE: whether they are in the log is not known
 * before the log is opened again; nothing more can be done with this one. Any other error: none of
 * them is in the log.
 */
int log_append(
	struct log *l, struct bundle entries, struct checkpoint *ret, struct err *err) MUST_USE;

/*
 * Keeps the journal short, when it has become long: makes durable what it covers, and begins a new
 * one. To be called between batches; the log is in order whatever comes of it.
 */
int log_trim(struct log *l, struct err *err) MUST_USE;

void log_close(struct log *l);
DEFINE_CLEANUP(struct log *, log_close)
#define auto_log CLEANUP(cleanup_log_close)

/*
 * What log_open() would write to bring a log back in order after a crash, for who only verifies it: needs
 * no private key, no right to write, and writes nothing. 0: *ret, which was PENDING_INIT, has it; it is empty for a
 * log that is in order. -EUCLEAN: nothing could be added to this log, and why. -EACCES, -EPERM, -EROFS, -ENOENT: there is no
 * journal here that we may read, as beside a copy. -EBUSY: somebody writes to it all the time.
 */
int log_look(const char *dir, const struct vkey *vkey, const char *boot, struct pending *ret,
	struct err *err) MUST_USE;

#endif
