/* Correlations and the like of several columns as a matrix. */
#ifndef CRUNCH_CMD_RESULTS_MATRIX_H
#define CRUNCH_CMD_RESULTS_MATRIX_H

#include "cmd/results.h"
#include "core/joint.h"

/* Whether the results of pairs can stand in a matrix: one op, the same both ways. Pure. */
bool crunch_matrix_fits(const struct crunch_job *job);

/* Fills results->table, or the grid where the job asks for a matrix and the grid is still empty: a
 * row and a column for each column asked for. On the diagonal stands a column with itself. ranked:
 * joint contents by pairs, or NULL: those of the run. readable: cut to a few digits where precision
 * is 0. results->names has room for the names. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_matrix_make(struct crunch_results *results, const struct crunch_plan *plan,
                                    const struct crunch_run_result *run,
                                    const struct crunch_joint *ranked, unsigned precision,
                                    bool readable, struct crunch_error *error);

#endif
