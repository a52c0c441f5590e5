/*
 * The values of each group, with how often each occurs: of a grouped census that lists them (freq,
 * top). Each table of the merge gives an answer for every group in it, all of the group's values
 * there or the most frequent ones; the answers of a group come together where it is rendered.
 */
#ifndef CRUNCH_CORE_GROUP_LISTS_H
#define CRUNCH_CORE_GROUP_LISTS_H

#include "core/census.h"
#include "core/group.h"
#include "core/group_answers.h"
#include "core/hash_table.h"

/* Adds an answer for each group in a table of a grouped census: its `most` most frequent values.
 * The errors of crunch_answers_add. */
enum crunch_code crunch_group_lists_add(struct crunch_answers *answers, size_t slot,
                                        uint32_t stream, const struct crunch_census_config *config,
                                        const struct crunch_hash_table *table,
                                        struct crunch_error *error);

struct crunch_group_list {
    /* The most frequent values first, equally frequent ones ascending; owned. Their keys live as
     * long as the group is at hand. */
    struct crunch_census_item *item;
    size_t n;
    uint64_t total; /* cells of all values, also those that are not listed */
};

/* What the answers of the census in that stream come to. *out is to be freed in any case; false:
 * out of memory. */
bool crunch_group_list_of(const struct crunch_group *group, uint32_t stream,
                          const struct crunch_census_config *config, struct crunch_group_list *out);
void crunch_group_list_free(struct crunch_group_list *list); /* a zeroed one is fine */

#endif
