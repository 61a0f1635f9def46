#include "policy/verdict.h"

const char *const verdict_names[] = {
	[VERDICT_DENY] = "deny",
	[VERDICT_HUMAN] = "human",
	[VERDICT_REVIEW] = "review",
	[VERDICT_ALLOW] = "allow",
	NULL,
};

int verdict_exit(enum verdict v)
{
	static const int codes[] = {
		[VERDICT_DENY] = 12,
		[VERDICT_HUMAN] = 11,
		[VERDICT_REVIEW] = 10,
		[VERDICT_ALLOW] = 0,
	};

	return codes[v];
}
