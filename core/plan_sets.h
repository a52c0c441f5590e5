/*
 * Which sets of columns a job's ops need the joint states of: every pair of the columns asked for
 * (cov, corr), all of them together (linreg), or each with the weight.
 */
#ifndef CRUNCH_CORE_PLAN_SETS_H
#define CRUNCH_CORE_PLAN_SETS_H

#include "core/job.h"
#include "core/joint_set.h"

/* What the ops need: 0 or one of CRUNCH_NEEDS_PAIR, _MODEL, _WEIGHT (which goes together with ops
 * that need none). */
unsigned crunch_joint_needs(const struct crunch_job *job);

/* CRUNCH_USAGE when the ops do not go together, or n columns are too few for them. Pure. */
enum crunch_code crunch_check_joint_needs(const struct crunch_job *job, size_t n,
                                          struct crunch_error *error);

/* Adds the sets to a layout in which slot[i] (n of them, in the order asked for) is a column's
 * place and weight_slot that of the weight: for pairs, sets in the order of crunch_pair_set; for a
 * model, one; for weights, one per column. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_layout_add_joints(struct crunch_layout *layout,
                                          const struct crunch_job *job, const size_t *slot,
                                          size_t n, size_t weight_slot);

/* The set of columns i < j of n: (0, 1), (0, 2), ... (1, 2), ... */
static inline size_t crunch_pair_set(size_t i, size_t j, size_t n)
{
    return i * n - i * (i + 1) / 2 + (j - i - 1);
}

#endif
