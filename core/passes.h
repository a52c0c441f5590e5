/*
 * A run that may need several passes over the input: order statistics are found by looking closer
 * and closer at where they lie. Without such operations it is crunch_run() and nothing else.
 */
#ifndef CRUNCH_CORE_PASSES_H
#define CRUNCH_CORE_PASSES_H

#include "core/run.h"

/* As crunch_run(). Order statistics are in result->ordered. An input that can be read at random is
 * read as often as it takes, usually once for quantiles and twice for deviations and trimmed means;
 * of any other the values are kept in a temporary file. */
enum crunch_code crunch_run_passes(const struct crunch_plan *plan, struct crunch_source *source,
                                   const struct crunch_run_hooks *hooks,
                                   struct crunch_run_result *result, struct crunch_error *error);

/* Whether order statistics are wanted of a slot. Pure. */
bool crunch_plan_orders(const struct crunch_plan *plan, size_t slot);

#endif
