#include "credential/queue.h"

#include <string.h>

size_t queue_room(const struct queue *q)
{
	return QUEUE_SIZE - q->len;
}

size_t queue_put(struct queue *q, const void *data, size_t len)
{
	size_t end = (q->at + q->len) % QUEUE_SIZE, first;

	if (len > queue_room(q))
		len = queue_room(q);
	if (!len)
		return 0;
	if (!q->data)
		q->data = xcalloc(1, QUEUE_SIZE);
	first = len < QUEUE_SIZE - end ? len : QUEUE_SIZE - end;
	memcpy(q->data + end, data, first);
	memcpy(q->data, (const char *)data + first, len - first);
	q->len += len;
	return len;
}

size_t queue_take(struct queue *q, void *data, size_t len)
{
	size_t first;

	if (len > q->len)
		len = q->len;
	if (!len)
		return 0;
	first = len < QUEUE_SIZE - q->at ? len : QUEUE_SIZE - q->at;
	memcpy(data, q->data + q->at, first);
	memcpy((char *)data + first, q->data, len - first);
	q->at = (q->at + len) % QUEUE_SIZE;
	q->len -= len;
	return len;
}

void queue_done(struct queue *q)
{
	free(q->data);
	*q = (struct queue){ 0 };
}
