/*
 * The joint states of a set of columns, a part of a bundle (core/reducer.h): what is accumulated so
 * that sums over complete rows can be had, rows in which every column of the set is a finite
 * number.
 *
 * The sums of each column over all of its rows are in the bundle anyway. A set adds the sums of
 * products over complete rows, and for each column the sums over the rows that are left out
 * although it has a number there; these deductions stay empty where no cell is missing. The content
 * is the column's sum less its deduction.
 *
 * States are plain memory as those of reducers are: all-zero when empty, of fixed size, safe to
 * abandon half-written.
 */
#ifndef CRUNCH_CORE_JOINT_SET_H
#define CRUNCH_CORE_JOINT_SET_H

#include "core/joint.h"
#include "core/reducer.h"

struct crunch_joint_set {
    size_t k;     /* >= 2 */
    size_t *slot; /* k positions in the batch; owned */
    bool squares; /* also of each column with itself: needs CRUNCH_SUM_SQUARES of the columns */
    /* By crunch_joint_set_init: */
    enum crunch_arith *arith;          /* k; owned */
    struct crunch_layout deduction[2]; /* of one column, by arithmetic */
    size_t deductions;                 /* where they begin in a state */
    size_t size;                       /* bytes of a state, a multiple of 64 */
};

/* The columns must have CRUNCH_SUM in the layout, and CRUNCH_SUM_SQUARES with squares; slot is
 * copied. CRUNCH_NO_MEMORY or CRUNCH_OK; to be freed in both cases. */
enum crunch_code crunch_joint_set_init(struct crunch_joint_set *set,
                                       const struct crunch_layout *layout, size_t k,
                                       const size_t *slot, bool squares);
void crunch_joint_set_free(struct crunch_joint_set *set); /* a zeroed one is fine */

/* Pure on their arguments. */
void crunch_joint_set_reset(const struct crunch_joint_set *set, void *state);
void crunch_joint_set_feed(const struct crunch_joint_set *set, void *state,
                           const struct crunch_batch *batch);
void crunch_joint_set_merge(const struct crunch_joint_set *set, void *into, const void *from);

/* The content of set s of a bundle into *joint, which is initialised here and to be cleared in
 * every case. */
enum crunch_code crunch_bundle_extract_joint(const struct crunch_layout *layout, const void *bundle,
                                             size_t s, struct crunch_joint *joint);

#endif
