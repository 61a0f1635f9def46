/*
 * verify.h: is a log on disk, byte for byte, what its key signed? Needs nothing but the directory
 * and the public key, trusts nothing in it, and reads every file once, in bounded memory.
 *
 * What it can't see: an older state of the log, put back whole with its own checkpoint, is a good
 * log; only somebody who remembers a later head can tell. And a log may drop the partial files of
 * sizes that it once had, so one that is missing is not missed unless it is of the size that the
 * checkpoint has. Nor do lines of other signers in the checkpoint matter, in which anybody can write
 * what he likes: C2SP signed-note wants them passed over. No file is written.
 */
#ifndef REMIT_VERIFY_H
#define REMIT_VERIFY_H

#include "audit/checkpoint.h"
#include "audit/pending.h"
#include "audit/tile.h"

struct verify_report {
	bool good;
	struct checkpoint head; /* what was verified; size 0 without a good checkpoint */
	/* Of a bad log, the first thing that is wrong: */
	char file[256]; /* in which file, relative to the log; "" when in none of them alone */
	bool has_entry; /* is it known of which entry? */
	uint64_t entry; /* counted from 0 */
	struct err problem;
};

/* Told now and then how many of the entries are done. */
typedef void (*verify_progress)(void *ctx, uint64_t done, uint64_t size);

struct verify_options {
	const char *dir;
	const struct vkey *vkey;
	const struct pending
		*rest; /* of log_look(): verified in the place of what is there; or NULL */
	verify_progress progress; /* NULL: nobody asks */
	void *ctx;
};

/*
 * 0 and a report, good or bad; -errno only when there is nothing to be looked at. A log that grows
 * meanwhile is verified at the size that it had at the beginning.
 */
int verify_log(const struct verify_options *o, struct verify_report *ret, struct err *err) MUST_USE;

#endif
