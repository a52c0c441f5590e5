/*
 * Spearman's correlation: Pearson's of the ranks. The ranks of a pair of columns are taken over the
 * rows that have both; equal values share the mean of their ranks, so ranks are doubled to stay
 * integers, which changes no correlation. What is found of a pair is a joint content (core/joint.h)
 * whose two columns are the doubled ranks, and corr is finished from it as from any other.
 *
 * A collector keeps the cells of every row in the workers' logs; they are read back into memory, 16
 * bytes each, and sorted there, or, where --mem-limit does not allow for it, sorted in files
 * (core/spearman_sorted.h). Infinities have a rank; with a nan there is no result but nan.
 */
#ifndef CRUNCH_CORE_SPEARMAN_H
#define CRUNCH_CORE_SPEARMAN_H

#include "core/job.h"
#include "core/joint.h"
#include "core/log.h"

/* Adds the collector to a plan whose job asks for it. Errors: CRUNCH_USAGE, CRUNCH_NO_MEMORY. */
enum crunch_code crunch_spearman_plan(struct crunch_plan *plan, struct crunch_error *error);

/* What was found of every pair (crunch_pair_set), after a run. *joint: n (n - 1) / 2 of them for n
 * columns; malloc'd, each to be cleared, also on failure (then fewer may be initialised, all others
 * are zero). CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_spearman_make(const struct crunch_plan *plan,
                                      const struct crunch_logs *logs, struct crunch_joint **joint,
                                      struct crunch_error *error);
void crunch_spearman_free(const struct crunch_plan *plan, struct crunch_joint *joint);

/* The reference's side of the collector (core/reference_spearman.c). */
struct crunch_reference_row;
enum crunch_code crunch_reference_spearman_create(const struct crunch_plan *plan,
                                                  const void *config, void **self,
                                                  struct crunch_error *error);
enum crunch_code crunch_reference_spearman_row(void *self, const struct crunch_reference_row *row,
                                               struct crunch_error *error);
enum crunch_code crunch_reference_spearman_write(void *self, FILE *out, struct crunch_error *error);
void crunch_reference_spearman_destroy(void *self);

#endif
