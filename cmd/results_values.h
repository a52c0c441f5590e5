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

/* How many rows there are. Pure. */
uint64_t crunch_values_rows(const struct crunch_plan *plan, const struct crunch_run_result *run);
/* More rows than that are not made into results, but printed as they come. */
#define CRUNCH_VALUES_HELD CRUNCH_CENSUS_MERGED

/* Prints the rows one by one, as crunch_grid_print would; not as a table for people. Errors: those
 * of crunch_grid_print and of crunch_census_each. */
enum crunch_code crunch_values_print(FILE *out, const struct crunch_plan *plan,
                                     const struct crunch_run_result *run, unsigned precision,
                                     enum crunch_format format, enum crunch_json_bytes json_bytes,
                                     struct crunch_error *error);

#endif
