/* Results of ops on several columns: a row per pair, or the table of a regression. */
#ifndef CRUNCH_CMD_RESULTS_PAIRS_H
#define CRUNCH_CMD_RESULTS_PAIRS_H

#include "cmd/results.h"

/* For a job whose ops need pairs or a model (core/plan_sets.h). CRUNCH_BAD_DATA for a regression on
 * columns that depend on each other, CRUNCH_NO_MEMORY, CRUNCH_OK; to be freed in every case. */
enum crunch_code crunch_results_make_pairs(struct crunch_results *results,
                                           const struct crunch_plan *plan,
                                           const struct crunch_run_result *run, unsigned precision,
                                           struct crunch_error *error);

#endif
