/* log_state.h: what the parts of log.h share. For log*.c only. */
#ifndef REMIT_LOG_STATE_H
#define REMIT_LOG_STATE_H

#include "audit/edge.h"
#include "audit/journal.h"
#include "audit/log.h"

struct log {
	struct store store;
	const struct signer *signer; /* NULL: only to be looked at */
	struct vkey vkey;
	char boot[JOURNAL_MAX_BOOT + 1];
	struct journal journal;
	struct edge edge;
	bool ready; /* unless another process has moved on, journal and edge are the disk's */
};

/* Without a signer, only to be looked at. To be closed. */
struct log *log_new(
	const struct signer *signer, const struct vkey *vkey, const char *boot) MUST_USE;
int log_find(struct log *l, const char *dir, int lock_flags, struct err *err) MUST_USE;

/* Brings journal and edge up to what is on disk, finishing what a crash left. Under the lock. */
int log_refresh(struct log *l, struct err *err) MUST_USE;

/* Whether a record's checkpoint is ours and for just the entries that the edge has; -EUCLEAN. */
int log_check_note(const struct log *l, const struct journal_record *rec, struct err *err) MUST_USE;

/* Makes durable what the journal covers and begins a new one. Under the lock, when ready. */
int log_restart_journal(struct log *l, struct err *err) MUST_USE;

/* The same, but only when the journal has grown so long that it must not grow any more. */
int log_bound_journal(struct log *l, struct err *err) MUST_USE;

/*
 * Removes the partial files of a tile that is full by now, but the one of width keep (0: none is
 * kept). What can't be removed stays: a log may have them.
 */
void log_drop_partials(const struct log *l, const struct tile *full, unsigned int keep);

#endif
