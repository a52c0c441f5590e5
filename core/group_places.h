/*
 * Places in groups: a collector that finds, chunk by chunk, the first and the last text and the
 * places of the least and the greatest value of each key of -g, and what they come to in the whole
 * input. What is found of a group is what core/places.h finds of a column.
 */
#ifndef CRUNCH_CORE_GROUP_PLACES_H
#define CRUNCH_CORE_GROUP_PLACES_H

#include "core/job.h"
#include "core/places.h"

/* A use for one column of a plan with keys; its config is a struct crunch_places_config. */
extern const struct crunch_collector crunch_group_places_collector;

struct crunch_answers;
struct crunch_group;
struct crunch_group_places;

/* Bytes that a worker's table, and what it is written out from, may take. Pure. */
size_t crunch_group_places_bytes(const struct crunch_plan *plan);

/* Merges what the collector left in the logs. *out is NULL if the plan does not use it; else the
 * caller's (crunch_group_places_free). CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_group_places_make(const struct crunch_plan *plan,
                                          const struct crunch_logs *logs,
                                          struct crunch_group_places **out,
                                          struct crunch_error *error);
void crunch_group_places_free(struct crunch_group_places *places); /* NULL is fine */

/* What a walk of the groups is to have among its answers; NULL where places is. */
const struct crunch_answers *crunch_group_places_answers(const struct crunch_group_places *places);
/* What was found of the plan's column in a group of such a walk, valid until the next group is
 * looked at; NULL where places is, or nothing was found. Thread-safe. */
const struct crunch_placed *crunch_group_places_find(const struct crunch_group_places *places,
                                                     const struct crunch_group *group,
                                                     size_t column);

#endif
