/*
 * Inside a merge of censuses: some of a part's values, in order: the most frequent ones, or the
 * rarest. And the order itself.
 */
#ifndef CRUNCH_CORE_CENSUS_SELECT_H
#define CRUNCH_CORE_CENSUS_SELECT_H

#include "core/census.h"
#include "core/hash_table.h"

struct crunch_selection {
    struct crunch_census_item *item; /* owned */
    size_t n, room;
    size_t wanted;
    bool full; /* item[wanted - 1] is known: nothing behind it is wanted any more */
    bool by_value, grouped, rarest;
    unsigned char *keys; /* owned */
};

/* Adds the table's values to those that the selection has, and keeps what is wanted of all. The
 * keys stay the table's until crunch_selection_own has copied them. False: out of memory. */
bool crunch_selection_add(struct crunch_selection *selection,
                          const struct crunch_hash_table *table);
bool crunch_selection_own(struct crunch_selection *selection);
void crunch_selection_free(struct crunch_selection *selection); /* a zeroed one is fine */

/* Negative, zero or positive: the order of two items of a selection. */
int crunch_selection_compare(const struct crunch_selection *in, const struct crunch_census_item *a,
                             const struct crunch_census_item *b);

/* Of items of grouped censuses: first by the group's key. */
int crunch_census_compare_grouped(bool by_value, const struct crunch_census_item *a,
                                  const struct crunch_census_item *b);

/* Puts a table's values, at most `most` of them, into the slot as a run. CRUNCH_NO_MEMORY,
 * CRUNCH_IO. */
enum crunch_code crunch_census_list_table(struct crunch_runs *runs, size_t slot,
                                          const struct crunch_census_config *config, size_t most,
                                          const struct crunch_hash_table *table,
                                          struct crunch_error *error);
/* The order of such runs. */
struct crunch_run_order crunch_census_list_order(const struct crunch_census_config *config);

#endif
