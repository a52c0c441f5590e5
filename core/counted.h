/*
 * What the counting ops read: the number of distinct values of each column, its mode and its
 * antimode; and the censuses they come from, of which the tables (freq, top) are printed. The fast
 * path's come from what census collectors logged, the reference's from its own trees.
 */
#ifndef CRUNCH_CORE_COUNTED_H
#define CRUNCH_CORE_COUNTED_H

#include "core/census.h"

struct crunch_answers;
struct crunch_group;
struct crunch_reference;
struct crunch_run_result;
struct crunch_op;
struct crunch_job;

/* Of a column. */
struct crunch_counted {
    uint64_t distinct;                  /* texts, or values with --numeric; about with --approx */
    uint64_t about;                     /* the same from a sketch */
    struct crunch_value mode, antimode; /* by value; EMPTY without values */
};

struct crunch_counts {
    struct crunch_counted *column; /* per slot of the plan; owned */
    size_t n_columns;
    struct crunch_census
        *census; /* per use in plan->collecting, zeros for other collectors; owned */
    struct crunch_answers *answers; /* with -g, of all of them; owned */
    size_t n_census;
};

/* Adds to a plan whose columns are chosen what its ops need counted. *need is what is scanned, per
 * slot. Errors: CRUNCH_USAGE (with -g), CRUNCH_NO_MEMORY. */
enum crunch_code crunch_counts_plan(struct crunch_plan *plan, enum crunch_need *need,
                                    struct crunch_error *error);

/* Merges the censuses of a run into *counts (zeroed; to be freed, also on failure). Nothing to do
 * when the plan has none. Errors as crunch_census_merge. */
enum crunch_code crunch_counts_make(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                    struct crunch_counts *counts, struct crunch_error *error);
/* The same from the reference's collectors. */
enum crunch_code crunch_counts_of_reference(const struct crunch_plan *plan, void *const *collector,
                                            struct crunch_counts *counts,
                                            struct crunch_error *error);
void crunch_counts_free(struct crunch_counts *counts); /* a zeroed one is fine */

/* With -g: sets *value (initialised) to what op, one of those on censuses, gives for the cells of
 * plan column `column` in a group of a walk that has counts->answers. Thread-safe. */
void crunch_counts_of_group(const struct crunch_plan *plan, const struct crunch_counts *counts,
                            const struct crunch_group *group, size_t column,
                            const struct crunch_op *op, struct crunch_value *value);
/* True if the op is answered by a sketch. Pure. */
bool crunch_counts_is_sketched(const struct crunch_job *job, const struct crunch_op *op);
/* True if crunch_counts_of_group knows the op. Pure. */
bool crunch_counts_answer(const struct crunch_op *op);

/* What a slot's finishers read, or NULL when nothing was counted. */
const struct crunch_counted *crunch_counts_of(const struct crunch_counts *counts, size_t slot);

/* The census of a slot, by value or not, or NULL. */
const struct crunch_census *crunch_counts_census(const struct crunch_plan *plan,
                                                 const struct crunch_counts *counts, size_t slot,
                                                 bool by_value);
/* With -g: the values of a group by that census, as many as the op lists. *out is to be freed in
 * any case (core/group_lists.h); false: out of memory. Thread-safe. */
struct crunch_group_list;
bool crunch_counts_list_of_group(const struct crunch_plan *plan, const struct crunch_counts *counts,
                                 const struct crunch_group *group, size_t slot, bool by_value,
                                 struct crunch_group_list *out);

#endif
