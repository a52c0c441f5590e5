/*
 * Groups' counts, from the items of a census that keeps them all. The items come by falling count
 * and, within a count, by group and rising value; so a group's first item is its mode, and the
 * first of its last run of equal counts is its antimode.
 */
#include "core/group_counts.h"

#include "core/value_key.h"

#define SEED                                                                            \
    UINT64_C(1) /* keys that collide would have had to do so under the census's own too \
                 */

/* The payload of a group, in words. */
enum { DISTINCT, MODE, ANTIMODE, LEAST_COUNT, HAS_NAN, N_WORDS };

static bool is_nan(const struct crunch_census *census, const struct crunch_census_item *item)
{
    struct crunch_census_item value = crunch_census_in_group(item);
    return census->by_value && crunch_value_key_kind(value.key, value.len) == CRUNCH_KEY_NAN;
}

enum crunch_code crunch_group_counts_make(const struct crunch_census *census,
                                          struct crunch_group_counts *out,
                                          struct crunch_error *error)
{
    if (!crunch_hash_init(&out->table, N_WORDS * sizeof(uint64_t)))
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < census->n_most; i++) {
        const struct crunch_census_item *item = &census->most[i];
        size_t len;
        const void *group = crunch_census_group(item, &len);
        struct crunch_hash_key key = crunch_hash_make_key(group, len, SEED);
        struct crunch_hash_entry *entry = crunch_hash_find(&out->table, &key);
        if (entry == NULL)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        uint64_t *word = entry->payload;
        if (word[DISTINCT]++ == 0)
            word[MODE] = i;
        if (word[LEAST_COUNT] != item->count) {
            word[LEAST_COUNT] = item->count;
            word[ANTIMODE] = i;
        }
        word[HAS_NAN] |= is_nan(census, item);
    }
    return CRUNCH_OK;
}

static const uint64_t *look(const struct crunch_group_counts *counts, const char *key, size_t len)
{
    struct crunch_hash_key hashed = crunch_hash_make_key(key, len, SEED);
    const struct crunch_hash_entry *entry = crunch_hash_look(&counts->table, &hashed);
    return entry ? entry->payload : NULL;
}

void crunch_group_counts_distinct(const struct crunch_group_counts *counts, const char *key,
                                  size_t len, struct crunch_value *value)
{
    const uint64_t *word = look(counts, key, len);
    value->kind = CRUNCH_VALUE_COPIED;
    mpz_set_ui(mpq_numref(value->number), word ? word[DISTINCT] : 0);
}

void crunch_group_counts_mode(const struct crunch_group_counts *counts,
                              const struct crunch_census *census, const char *key, size_t len,
                              bool antimode, struct crunch_value *value)
{
    const uint64_t *word = look(counts, key, len);
    if (word == NULL)
        return;
    struct crunch_census_item item =
        crunch_census_in_group(&census->most[word[antimode ? ANTIMODE : MODE]]);
    crunch_value_key_value(item.key, item.len, value);
    if (word[HAS_NAN])
        value->kind = CRUNCH_VALUE_NAN;
}
