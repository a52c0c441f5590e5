/*
 * Expressions a second time, for the reference: one row at a time, numbers as fractions of GMP,
 * every double operation done exactly and rounded by looking at both neighbours. It shares the
 * trees of core/expr.h with the fast path and nothing else.
 */
#ifndef CRUNCH_CORE_REFERENCE_EXPR_H
#define CRUNCH_CORE_REFERENCE_EXPR_H

#include "core/expr.h"
#include "core/reference_row.h"

struct crunch_reference_exprs;

/* column[0, n_columns): the table's columns that rows have cells of, ascending. */
enum crunch_code crunch_reference_exprs_create(const struct crunch_exprs *exprs,
                                               const size_t *column, size_t n_columns,
                                               struct crunch_reference_exprs **out,
                                               struct crunch_error *error);
void crunch_reference_exprs_free(struct crunch_reference_exprs *reference); /* NULL is fine */

/* Whether a row passes --where (true without one). A cell of class BAD counts as missing. *gave_up:
 * the first node whose regular expression did, and is missing; or NULL. */
bool crunch_reference_exprs_where(struct crunch_reference_exprs *reference,
                                  const struct crunch_reference_cell *cell,
                                  const struct crunch_expr **gave_up);

/* The maps' values for a row: n_maps cells, whose numbers and texts belong to the reference until
 * its next row. outside[i]: the exact value of map i is beyond what a cell can be; it is then
 * missing. *gave_up likewise. */
void crunch_reference_exprs_maps(struct crunch_reference_exprs *reference,
                                 const struct crunch_reference_cell *cell,
                                 struct crunch_reference_cell *map, bool *outside,
                                 const struct crunch_expr **gave_up);

#endif
