/*
 * Gathering: for columns that have no compact state in groups. The cells of many batches are kept
 * with the numbers of their groups; then the cells of one group after another go, as batches of
 * their own, through the column's ordinary reducers, and what these found is added to the group's
 * exact content. So every reducer works in groups without knowing of them.
 */
#ifndef CRUNCH_CORE_GROUP_GATHER_H
#define CRUNCH_CORE_GROUP_GATHER_H

#include "core/group_column.h"

/* Memory that one takes, at most. */
#define CRUNCH_GROUP_GATHER_BYTES ((size_t)2 << 20)

struct crunch_group_gather; /* of one column of one worker's table */

/* column: a full one, which outlives it. NULL when out of memory. */
struct crunch_group_gather *crunch_group_gather_create(struct crunch_group_column *column);
void crunch_group_gather_free(struct crunch_group_gather *gather); /* NULL is fine */
/* Forgets what was not settled. */
void crunch_group_gather_clear(struct crunch_group_gather *gather);

/* Keeps the cells of a batch; row i belongs to group id[i]. Settles when much has been kept. False:
 * out of memory. */
bool crunch_group_gather_feed(struct crunch_group_gather *gather, const struct crunch_cells *cells,
                              size_t rows, const uint32_t *id);
/* Adds everything kept to the groups. False: out of memory. */
bool crunch_group_gather_settle(struct crunch_group_gather *gather);

#endif
