/* Tables of a column's values: of ops that list them (freq, top). */
#ifndef CRUNCH_CMD_RESULTS_VALUES_H
#define CRUNCH_CMD_RESULTS_VALUES_H

#include "cmd/results.h"

/* Rows `value count share`, with `column` in front when there are several. plan and its table must
 * outlive the results. CRUNCH_NO_MEMORY or CRUNCH_OK; to be freed (crunch_results_free) in both
 * cases. */
enum crunch_code crunch_values_make(struct crunch_results *results, const struct crunch_plan *plan,
                                    const struct crunch_run_result *run, unsigned precision,
                                    struct crunch_error *error);

#endif
