/* card.h: what a person reads at a glance about a job, drawn from its result. */
#ifndef REMIT_RUNNER_CARD_H
#define REMIT_RUNNER_CARD_H

#include "base/json.h"
#include "runner/ctx.h"

/* Whatever a job, a file or a policy wrote comes out escaped. */
void card_draw(const struct ctx *ctx, const json_t *result, struct buf *out);

/* One line for `remit jobs`. */
void card_draw_line(const struct ctx *ctx, const json_t *result, struct buf *out);

#endif
