/* queue.h: bytes of a body on their way, as many as one side may be ahead of the other. */
#ifndef REMIT_CREDENTIAL_QUEUE_H
#define REMIT_CREDENTIAL_QUEUE_H

#include "base/base.h"

enum { QUEUE_SIZE = 128 << 10 };

struct queue {
	char *data; /* NULL until something is put in */
	size_t at, len;
	bool ended; /* nothing more comes */
};

size_t queue_room(const struct queue *q);

/* Both give how many bytes they moved. */
size_t queue_put(struct queue *q, const void *data, size_t len);
size_t queue_take(struct queue *q, void *data, size_t len);

void queue_done(struct queue *q);

#endif
