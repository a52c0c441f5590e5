/*
 * The reference's order statistics: every value of a column, sorted, and the results by their
 * definitions. Plain on purpose. It takes 48 bytes for each value, for 4 Mi values at most, less
 * under --mem-limit; beyond that sorted pieces go to temporary files.
 */
#ifndef CRUNCH_CORE_REFERENCE_ORDER_H
#define CRUNCH_CORE_REFERENCE_ORDER_H

#include "core/job.h"
#include "core/order.h"
#include "core/reference_formulas.h"
#include "core/reference_number.h"

struct crunch_reference_values;

/* n: how many share --mem-limit. NULL when out of memory. job must outlive it. */
struct crunch_reference_values *
crunch_reference_values_create(enum crunch_arith arith, const struct crunch_job *job, size_t n);
void crunch_reference_values_free(struct crunch_reference_values *values); /* NULL is fine */

/* Adds a cell if it is a value. False: out of memory, or a temporary file failed. */
bool crunch_reference_values_add(struct crunch_reference_values *values,
                                 const struct crunch_reference_number *cell);

/* Sets *out (not initialised) to what the job's ops want of the values; counts are the column's.
 * CRUNCH_NO_MEMORY (also when a temporary file failed) or CRUNCH_OK; *out is to be cleared in any
 * case. */
enum crunch_code crunch_reference_values_total(struct crunch_reference_values *values,
                                               const struct crunch_job *job,
                                               const struct crunch_exact *counts,
                                               struct crunch_ordered *out);

/* The result of an operation on ordered values, as crunch_reference_result_of; written apart from
 * core/op_order.c. */
bool crunch_reference_order_result_of(struct crunch_reference_result *f,
                                      const struct crunch_exact *x, const struct crunch_op *op,
                                      const struct crunch_op_options *options);

#endif
