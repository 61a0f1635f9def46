/*
 * read.h: entries by index, straight from the bundles. It checks neither signatures nor hashes:
 * that is what verify.h is for.
 */
#ifndef REMIT_READ_H
#define REMIT_READ_H

#include "audit/bundle.h"
#include "audit/checkpoint.h"

struct reader;

/*
 * Opens a log as it is now; entries that come later are not seen. dir's checkpoint says how many
 * there are.
 */
int reader_open(const char *dir, struct reader **ret, struct err *err) MUST_USE;
void reader_close(struct reader *r);
DEFINE_CLEANUP(struct reader *, reader_close)
#define auto_reader CLEANUP(cleanup_reader_close)

/* Origin, size and root, borrowed. */
const struct checkpoint *reader_head(const struct reader *r);

/*
 * Entry number index, counted from 0; its bytes are borrowed until the next call. Walking forwards
 * or backwards reads each bundle once. -ERANGE beyond the end, -EUCLEAN when the log has not got
 * what it should.
 */
int reader_get(struct reader *r, uint64_t index, struct entry *ret, struct err *err) MUST_USE;

#endif
