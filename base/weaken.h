/*
 * weaken.h: the switch by which tests take one mechanism away and watch the attack succeed. It exists
 * only in the test build; everywhere else a mechanism cannot be switched off.
 */
#ifndef REMIT_WEAKEN_H
#define REMIT_WEAKEN_H

#include <string.h>

#include "base/base.h"

#ifdef REMIT_TEST_WEAKEN
/* True when REMIT_WEAKEN, a list of words with commas between, has this one. */
static inline bool weakened(const char *mechanism)
{
	const char *list = getenv("REMIT_WEAKEN");
	size_t n = strlen(mechanism);

	for (; list && *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == n && !memcmp(list, mechanism, n))
			return true;
	return false;
}
#else
static inline bool weakened(const char *mechanism)
{
	(void)mechanism;
	return false;
}
#endif

#endif
