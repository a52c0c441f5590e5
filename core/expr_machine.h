/*
 * The machine that computes expressions: a batch of rows at a time, node after node, each into its
 * own vector, so that every step is a loop over a thousand rows. One machine per worker; the
 * expressions are shared.
 */
#ifndef CRUNCH_CORE_EXPR_MACHINE_H
#define CRUNCH_CORE_EXPR_MACHINE_H

#include "core/expr.h"
#include "io/batch.h"

struct crunch_expr_machine;

/* For the nodes that `roots` (n_roots of exprs' nodes) depend on. column[0, n_columns) are the
 * table's columns that batches have, ascending, each with what exprs' uses ask of it; both must
 * outlive the machine. */
enum crunch_code crunch_expr_machine_create(const struct crunch_exprs *exprs,
                                            const struct crunch_expr *const *roots, size_t n_roots,
                                            const size_t *column, size_t n_columns,
                                            struct crunch_expr_machine **out,
                                            struct crunch_error *error);
void crunch_expr_machine_free(struct crunch_expr_machine *machine); /* NULL is fine */

/* Computes all nodes for the batch's rows, none of which is BAD in a column that is used. What the
 * functions below give is valid until the next run, and while the batch is. Errors:
 * CRUNCH_NO_MEMORY. */
enum crunch_code crunch_expr_machine_run(struct crunch_expr_machine *machine,
                                         const struct crunch_batch *batch,
                                         struct crunch_error *error);

/* The truths of a root of kind BOOLEAN: per row 0 false, 1 true, 2 missing. */
const uint8_t *crunch_expr_machine_truths(const struct crunch_expr_machine *machine,
                                          const struct crunch_expr *root);

/* The first node whose regular expression gave up in a row, where the truth is missing; NULL: none.
 * And whether there is any such row. */
const struct crunch_expr *crunch_expr_machine_gave_up(const struct crunch_expr_machine *machine,
                                                      size_t row);
bool crunch_expr_machine_any_gave_up(const struct crunch_expr_machine *machine);

/* The rows whose exact value is beyond what a cell can be (io/number.h: a digit below 10^-1100, or
 * over the largest double). */
struct crunch_outside {
    size_t n;
    uint8_t row[CRUNCH_BATCH_ROWS]; /* 1 for them, else 0; not set where n is 0 */
};

/* The rows of another root as the cells of a column: numbers in decimal arithmetic of a DECIMAL, in
 * binary arithmetic of a DOUBLE, a text (class NUMBER: present) of a TEXT; those outside are
 * missing. The arrays belong to the machine or the batch. Errors: CRUNCH_NO_MEMORY. */
enum crunch_code crunch_expr_machine_cells(struct crunch_expr_machine *machine,
                                           const struct crunch_expr *root,
                                           struct crunch_cells *cells,
                                           struct crunch_outside *outside,
                                           struct crunch_error *error);

#endif
