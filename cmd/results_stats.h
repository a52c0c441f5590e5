/* How stats looks on a terminal. */
#ifndef CRUNCH_CMD_RESULTS_STATS_H
#define CRUNCH_CMD_RESULTS_STATS_H

#include "cmd/results.h"

/* Fills results->table from the grid of stats: numbers that were rounded anyway cut to a few digits
 * (unless precision is given), long names shortened, and, where the input can be read again, a
 * small histogram of each column of numbers behind, counted by another pass. The grid stays as it
 * is. Errors as crunch_run. */
enum crunch_code crunch_stats_draw(struct crunch_results *results, const struct crunch_plan *plan,
                                   struct crunch_source *source, bool again,
                                   const struct crunch_run_result *run, unsigned precision,
                                   struct crunch_error *error);

/* Prints a table that is wider than the line in pieces, the first column in front of each. */
enum crunch_code crunch_grid_print_folded(FILE *out, const struct crunch_grid *grid, unsigned line,
                                          struct crunch_error *error);

/* How many digits of a rounded number are shown to people: a few, but all before the point. */
unsigned crunch_readable_digits(const struct crunch_value *value);

#endif
