/*
 * What a grouped census says of each group: how many values, and which ones are the most frequent
 * and the rarest. Each table of the merge gives an answer for every group in it, and the answers of
 * a group come together where it is rendered.
 */
#ifndef CRUNCH_CORE_GROUP_COUNTS_H
#define CRUNCH_CORE_GROUP_COUNTS_H

#include "core/census.h"
#include "core/group.h"
#include "core/group_answers.h"
#include "core/hash_table.h"

/* Adds an answer for each group in a table of a grouped census, whose payload is the count. The
 * errors of crunch_answers_add. */
enum crunch_code crunch_group_counts_add(struct crunch_answers *answers, size_t slot,
                                         uint32_t stream, bool by_value,
                                         const struct crunch_hash_table *table,
                                         struct crunch_error *error);

enum crunch_group_count { CRUNCH_GROUP_DISTINCT, CRUNCH_GROUP_MODE, CRUNCH_GROUP_ANTIMODE };

/* Sets *value (initialised, EMPTY) to what the answers of the census in that stream come to: the
 * number of values in the group, or its mode or antimode (nan if there is a nan in it), EMPTY when
 * it has no values. */
void crunch_group_counts_of(const struct crunch_group *group, uint32_t stream,
                            enum crunch_group_count which, struct crunch_value *value);

#endif
