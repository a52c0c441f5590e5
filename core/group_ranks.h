/*
 * Spearman's correlation in groups: a collector that keeps the cells of every row in the log, and
 * after the run the ranks of each pair of columns within each group. What is found of a pair is
 * what core/spearman.h finds of it without groups. The rows go by the groups' answers
 * (core/group_answers.h), so memory holds those of a share of the groups only.
 */
#ifndef CRUNCH_CORE_GROUP_RANKS_H
#define CRUNCH_CORE_GROUP_RANKS_H

#include "core/group.h"
#include "core/group_answers.h"

/* Has no config. */
extern const struct crunch_collector crunch_group_ranks_collector;

/* Its stream in the plan; UINT32_MAX: the plan does not use it. Pure. */
uint32_t crunch_group_ranks_stream(const struct crunch_plan *plan);

/* Puts what the collector left in the logs aside as answers of its stream, the caller's
 * (crunch_answers_free). *out is NULL if the plan does not use it. CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_group_ranks_make(const struct crunch_plan *plan,
                                         const struct crunch_logs *logs,
                                         struct crunch_answers **out, struct crunch_error *error);

/* The joint contents of doubled ranks of all pairs (by crunch_pair_set), in a group of a walk that
 * has those answers; they are kept with the group, and constant. NULL: out of memory. */
const struct crunch_joint *crunch_group_ranks_of(const struct crunch_plan *plan,
                                                 const struct crunch_group *group);

#endif
