/*
 * What groups have beside columns, for --verify: the canonical text of each joint content and of
 * what is finished from it, of each sketch and each histogram; by the run, and by the reference, in
 * one and the same form.
 */
#ifndef CRUNCH_CORE_GROUP_MORE_VERIFY_H
#define CRUNCH_CORE_GROUP_MORE_VERIFY_H

#include "core/group.h"

/* Appends the run's text of a group, on one line. CRUNCH_NO_MEMORY or CRUNCH_OK. Thread-safe. */
enum crunch_code crunch_group_more_text(const struct crunch_plan *plan,
                                        const struct crunch_group *group, struct crunch_bytes *out);
/* Appends the text of one joint content: its encoding, then the results of the ops on such. */
enum crunch_code crunch_group_joint_text(const struct crunch_plan *plan,
                                         const struct crunch_joint *joint,
                                         struct crunch_bytes *out);

/* The reference's side: one for each group. */
struct crunch_group_more_reference;
/* NULL: out of memory. */
struct crunch_group_more_reference *
crunch_group_more_reference_create(const struct crunch_plan *plan);
void crunch_group_more_reference_free(struct crunch_group_more_reference *more); /* NULL is fine */
enum crunch_code crunch_group_more_reference_row(struct crunch_group_more_reference *more,
                                                 const struct crunch_reference_row *row,
                                                 struct crunch_error *error);
enum crunch_code crunch_group_more_reference_write(struct crunch_group_more_reference *more,
                                                   FILE *out, struct crunch_error *error);
/* The text of a joint content by the reference's formulas; false: out of memory. */
bool crunch_group_joint_reference_text(const struct crunch_plan *plan,
                                       const struct crunch_joint *joint, FILE *out);

#endif
