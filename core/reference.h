/*
 * The reference: the same job, sequential, cells by libcsv and arithmetic by GMP. It shares no
 * scanner, number parser, accumulator or final rounding with the fast path; dialect, header and
 * column choice (the table and the plan) are inputs to both. Plain on purpose.
 */
#ifndef CRUNCH_CORE_REFERENCE_H
#define CRUNCH_CORE_REFERENCE_H

#include "core/counted.h"
#include "core/job.h"
#include "core/places.h"

struct crunch_reference {
    void **collector; /* the reference's objects of plan->collecting, fed; owned */
    const struct crunch_plan *plan;
    struct crunch_exact *column;    /* per column of plan->scan; owned */
    struct crunch_ordered *ordered; /* the same; NULL: none are asked for; owned */
    size_t n_columns;
    struct crunch_places places; /* column's placed points into it; owned */
    struct crunch_counts counts; /* column's counted points into it; owned */
    struct crunch_joint *joint;  /* per set of plan->layout; owned */
    size_t n_joints;
    uint64_t records, bad;
    double elapsed_s;
};

/* Recomputes bytes [begin, end) of source, where begin is a record start in state R (UINT64_MAX as
 * end: to the end of the input). Of an input of several files these are places in them as they are
 * stored, begin also where a file begins, header and all; with UINT64_MAX begin does not matter.
 * Applies the dialect's policies itself. Errors as
 * crunch_run. */
enum crunch_code crunch_reference_run(const struct crunch_plan *plan, struct crunch_source *source,
                                      uint64_t begin, uint64_t end, struct crunch_reference *out,
                                      struct crunch_error *error);
void crunch_reference_free(struct crunch_reference *reference);

/* The text of op's result, worked out independently of core/value.c and the ops' finishers (integer
 * long division and integer square roots, digits then rounded half-even); malloc'd, NULL if out of
 * memory. */
char *crunch_reference_text(const struct crunch_exact *exact, const struct crunch_op *op,
                            const struct crunch_op_options *options, unsigned precision);

#endif
