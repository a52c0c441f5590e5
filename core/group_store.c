/*
 * Owns the way from the keys of a batch to groups. The rows of a batch are looked up one after
 * another with their keys as two words, so that a key of up to 16 bytes that is known costs one
 * hash, one slot and one entry.
 */
#include "core/group_store.h"

#include <stdlib.h>
#include <string.h>

bool crunch_group_store_init(struct crunch_group_store *store, const struct crunch_plan *plan,
                             uint64_t seed)
{
    *store = (struct crunch_group_store){.plan = plan, .seed = seed};
    if (!crunch_hash_init(&store->table, sizeof(struct crunch_group_payload)))
        return false;
    store->column = calloc(plan->n_columns + 1, sizeof *store->column);
    for (size_t i = 0; i < plan->n_columns && store->column; i++)
        crunch_group_column_init(&store->column[i],
                                 crunch_layout_arith(&plan->layout, plan->slot[i]), plan->by_needs);
    return store->column != NULL;
}

void crunch_group_store_free(struct crunch_group_store *store)
{
    for (size_t i = 0; store->plan && i < store->plan->n_columns && store->column; i++)
        crunch_group_column_free(&store->column[i]);
    free(store->column);
    crunch_hash_free(&store->table);
    *store = (struct crunch_group_store){0};
}

void crunch_group_store_clear(struct crunch_group_store *store)
{
    for (size_t i = 0; i < store->plan->n_columns; i++)
        crunch_group_column_clear(&store->column[i]);
    crunch_hash_clear(&store->table);
}

static bool grow_columns(struct crunch_group_store *store)
{
    bool good = true;
    for (size_t i = 0; i < store->plan->n_columns && good; i++)
        good = crunch_group_column_grow(&store->column[i], store->table.count);
    return good;
}

static size_t number_of(const struct crunch_group_store *store,
                        const struct crunch_hash_entry *entry)
{
    return (size_t)((const unsigned char *)entry - store->table.entry) /
           (sizeof *entry + sizeof(struct crunch_group_payload));
}

/* Words of ones up to a number of bytes: what a short key's words are masked with. */
static const uint64_t masks[CRUNCH_HASH_INLINE + 1][2] = {
    {0, 0},
    {0xFF, 0},
    {0xFFFF, 0},
    {0xFFFFFF, 0},
    {0xFFFFFFFF, 0},
    {0xFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFFFFFF, 0xFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF},
};

/* Of a text with slack around it. */
static inline struct crunch_hash_key make_key(const char *text, uint32_t len, uint64_t seed)
{
    uint64_t low, high;
    if (len > CRUNCH_HASH_INLINE)
        return (struct crunch_hash_key){
            .hash = crunch_hash_of(text, len, seed), .bytes = text, .len = len};
    memcpy(&low, text, sizeof low);
    memcpy(&high, text + sizeof low, sizeof high);
    return crunch_hash_make_short_key(low & masks[len][0], high & masks[len][1], len, seed);
}

static inline void count_row(struct crunch_group_payload *payload, const uint64_t *record,
                             size_t row)
{
    if (payload->rows++ == 0)
        payload->first = record ? record[row] : 0;
}

bool crunch_group_store_find(struct crunch_group_store *store, const struct crunch_group_keys *keys,
                             size_t rows, const uint64_t *record, uint32_t *id)
{
    const uint64_t seed = store->seed;
    struct crunch_hash_table *table = &store->table;
    for (size_t i = 0; i < rows; i++) {
        const struct crunch_hash_key key = make_key(keys->text[i], keys->len[i], seed);
        struct crunch_hash_entry *entry = crunch_hash_find(table, &key);
        if (!entry)
            return false;
        count_row((struct crunch_group_payload *)entry->payload, record, i);
        id[i] = (uint32_t)number_of(store, entry);
    }
    return grow_columns(store);
}

uint32_t crunch_group_store_find_one(struct crunch_group_store *store,
                                     const struct crunch_hash_key *key)
{
    size_t before = store->table.count;
    struct crunch_hash_entry *entry = crunch_hash_find(&store->table, key);
    if (!entry || (store->table.count > before && !grow_columns(store)))
        return UINT32_MAX;
    return (uint32_t)number_of(store, entry);
}

size_t crunch_group_store_bytes(const struct crunch_group_store *store)
{
    size_t bytes = crunch_hash_bytes(&store->table);
    for (size_t i = 0; i < store->plan->n_columns; i++)
        bytes += crunch_group_column_bytes(&store->column[i]);
    return bytes;
}
