/*
 * What a grouped census says of each group: how many values, and which ones are the most frequent
 * and the rarest.
 */
#ifndef CRUNCH_CORE_GROUP_COUNTS_H
#define CRUNCH_CORE_GROUP_COUNTS_H

#include "core/census.h"
#include "core/hash_table.h"

/* By group key; constant once made, so any thread may look. */
struct crunch_group_counts {
    struct crunch_hash_table table;
};

/* Goes over all items of the census, which must outlive *out. *out is freed by crunch_hash_free of
 * its table. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_group_counts_make(const struct crunch_census *census,
                                          struct crunch_group_counts *out,
                                          struct crunch_error *error);

/* Set *value (initialised, EMPTY): the number of values in the group of that key, and its mode or
 * antimode (nan if there is a nan in it), EMPTY when it has no values. */
void crunch_group_counts_distinct(const struct crunch_group_counts *counts, const char *key,
                                  size_t len, struct crunch_value *value);
void crunch_group_counts_mode(const struct crunch_group_counts *counts,
                              const struct crunch_census *census, const char *key, size_t len,
                              bool antimode, struct crunch_value *value);

#endif
