/* style.h: how the outcome of a job is called, coloured and explained to people. */
#ifndef REMIT_RUNNER_STYLE_H
#define REMIT_RUNNER_STYLE_H

#include "base/json.h"

struct style {
	const char *name;
	const char *colour; /* of the name: parameters of SGR (ECMA-48) */
	const char *meaning; /* what may be done now */
};

/* That of the verdict, where the job came to one and to its end; else that of its state. */
struct style style_of_result(const json_t *result);

#endif
