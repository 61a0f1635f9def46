#include "audit/bundle.h"

int bundle_next(struct bundle *b, struct entry *ret)
{
	const unsigned char *head = (const unsigned char *)b->p;
	size_t len;

	if (!b->left)
		return 0;
	if (b->left < BUNDLE_HEAD)
		return -EBADMSG;
	len = (size_t)head[0] << 8 | head[1];
	if (b->left - BUNDLE_HEAD < len)
		return -EBADMSG;
	*ret = (struct entry){ b->p + BUNDLE_HEAD, len };
	b->p += BUNDLE_HEAD + len;
	b->left -= BUNDLE_HEAD + len;
	return 1;
}

int bundle_count(struct bundle b, uint64_t *ret)
{
	struct entry entry;
	uint64_t n = 0;
	int r;

	while ((r = bundle_next(&b, &entry)) > 0)
		n++;
	if (r == 0)
		*ret = n;
	return r;
}
