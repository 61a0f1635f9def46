/* base_cache.h: what is kept of old checkouts. */
#ifndef REMIT_REPO_BASE_CACHE_H
#define REMIT_REPO_BASE_CACHE_H

#include "base/err.h"

/*
 * Removes leftovers of processes that died, and then, while all checkouts together are larger than
 * max_bytes (0: no bound), those that nobody holds, the least recently used first. Best effort:
 * what can't be removed now is tried again when the next one is built.
 */
void base_cache_tidy(int cache, uint64_t max_bytes);

#endif
