/* Tables of bins: of hist. */
#ifndef CRUNCH_CMD_RESULTS_BINS_H
#define CRUNCH_CMD_RESULTS_BINS_H

#include "cmd/results.h"

/* Rows `from to count`, with `column` in front when there are several; results->table has a bar
 * behind. plan and its table must outlive the results. Errors: CRUNCH_NO_MEMORY, CRUNCH_IO; to be
 * freed (crunch_results_free) in any case. */
enum crunch_code crunch_bins_make(struct crunch_results *results, const struct crunch_plan *plan,
                                  const struct crunch_run_result *run, unsigned precision,
                                  struct crunch_error *error);

#endif
