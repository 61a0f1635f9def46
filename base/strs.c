#include "base/bind.h"

#include <string.h>

void strs_done(struct strs *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strs){ 0 };
}

void strs_add(struct strs *s, const char *value)
{
	if (!(s->n & (s->n - 1)))
		s->v = xrealloc(s->v, s->n ? s->n * 2 : 1, sizeof(*s->v));
	s->v[s->n++] = xstrdup(value);
}

bool strs_has(const struct strs *s, const char *value)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i], value))
			return true;
	return false;
}
