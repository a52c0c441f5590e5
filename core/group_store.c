/*
 * Owns the way from the keys of a batch to groups. Keys of up to 16 bytes are looked up as two
 * words: while there are few groups in the front, a sparse table whose entries hold the words
 * themselves, so that a row costs one comparison that the processor can foresee; when there are
 * many, in the table, whose places are fetched ahead of their use.
 */
#include "core/group_store.h"

#include <stdlib.h>
#include <string.h>

bool crunch_group_store_init(struct crunch_group_store *store, const struct crunch_plan *plan,
                             uint64_t seed)
{
    *store = (struct crunch_group_store){.plan = plan, .seed = seed};
    if (!crunch_hash_init(&store->table, 0))
        return false;
    store->column = calloc(plan->n_columns + 1, sizeof *store->column);
    for (size_t i = 0; i < plan->n_columns && store->column; i++)
        crunch_group_column_init(&store->column[i],
                                 crunch_layout_arith(&plan->layout, plan->slot[i]),
                                 plan->by_needs[i]);
    return store->column != NULL && crunch_group_more_init(&store->more, plan);
}

void crunch_group_store_free(struct crunch_group_store *store)
{
    for (size_t i = 0; store->plan && i < store->plan->n_columns && store->column; i++)
        crunch_group_column_free(&store->column[i]);
    crunch_group_more_free(&store->more);
    free(store->column);
    free(store->rows);
    free(store->first);
    free(store->front);
    crunch_hash_free(&store->table);
    *store = (struct crunch_group_store){0};
}

/* The front has room for few groups, so that an entry is mostly where its hash says. */
#define FRONT_GROUPS 1024

/* Factors that displace fewer rows are looked for when more than one in so many was. */
#define FRONT_DISPLACED 128
#define FRONT_TRIES 8

/* How many of the table's rows would not find their group in the place of their key. */
static uint64_t displaced_rows(const struct crunch_group_store *store,
                               struct crunch_front_factors factors, uint64_t *all)
{
    uint64_t taken[((size_t)1 << CRUNCH_FRONT_BITS) / 64] = {0}, displaced = 0;
    *all = 0;
    for (size_t i = 0; i < store->table.count; i++) {
        const struct crunch_hash_entry *entry = crunch_group_entry(store, i);
        if (entry->len > CRUNCH_FRONT_KEY)
            continue;
        const size_t at = crunch_front_place(entry->word[0], entry->word[1], factors);
        *all += store->rows[i];
        if (taken[at / 64] >> at % 64 & 1)
            displaced += store->rows[i];
        taken[at / 64] |= UINT64_C(1) << at % 64;
    }
    return displaced;
}

/* Chooses the factors for the next chunk, whose keys are likely to be those of this one. */
static void choose_factors(struct crunch_group_store *store)
{
    uint64_t all, least = displaced_rows(store, store->front_factors, &all);
    if (least <= all / FRONT_DISPLACED)
        return;
    uint64_t random = store->front_factors.high;
    for (int i = 0; i < FRONT_TRIES; i++) {
        random = crunch_hash_fold(random ^ CRUNCH_HASH_B, store->seed ^ CRUNCH_HASH_A);
        const struct crunch_front_factors factors = crunch_front_make_factors(random);
        const uint64_t displaced = displaced_rows(store, factors, &all);
        if (displaced >= least)
            continue;
        store->front_factors = factors;
        least = displaced;
    }
}

static void clear_front(struct crunch_group_store *store)
{
    if (store->front_count == 0)
        return;
    if (store->table.count <= FRONT_GROUPS)
        choose_factors(store);
    crunch_front_clear(store->front, store->front_factors);
    store->front_count = 0;
}

bool crunch_group_store_add_front(struct crunch_group_store *store)
{
    store->front = aligned_alloc(64, sizeof *store->front << CRUNCH_FRONT_BITS);
    store->front_factors = crunch_front_make_factors(store->seed);
    if (store->front)
        crunch_front_clear(store->front, store->front_factors);
    return store->front != NULL;
}

void crunch_group_store_clear(struct crunch_group_store *store)
{
    for (size_t i = 0; i < store->plan->n_columns; i++)
        crunch_group_column_clear(&store->column[i]);
    crunch_group_more_clear(&store->more);
    clear_front(store);
    crunch_hash_clear(&store->table);
}

/* Room for n groups beside the table: their counts of rows, and their first records. */
static bool reserve(struct crunch_group_store *store, size_t n)
{
    if (n <= store->room)
        return true;
    size_t room = n + n / 2 + 64;
    uint64_t *rows = realloc(store->rows, room * sizeof *rows);
    if (rows)
        store->rows = rows;
    uint64_t *first = store->first;
    if (store->plan->scan.records) {
        first = realloc(store->first, room * sizeof *first);
        if (first)
            store->first = first;
    }
    if (!rows || (store->plan->scan.records && !first))
        return false;
    store->room = room;
    return true;
}

static bool grow_columns(struct crunch_group_store *store)
{
    bool good = true;
    for (size_t i = 0; i < store->plan->n_columns && good; i++)
        good = crunch_group_column_grow(&store->column[i], store->table.count);
    return good && crunch_group_more_grow(&store->more, store->table.count);
}

/* The hash of a long text with slack around it: crunch_hash_of's. */
static uint64_t hash_long(const char *text, uint32_t len, uint64_t seed)
{
    uint64_t running = seed ^ CRUNCH_HASH_A, word[2];
    uint32_t left = len;
    for (; left > sizeof word; left -= (uint32_t)sizeof word, text += sizeof word) {
        memcpy(word, text, sizeof word);
        running = crunch_hash_block(running, word[0], word[1], seed);
    }
    memcpy(word, text, sizeof word);
    running = crunch_hash_block(running, word[0] & crunch_front_masks[left][0],
                                word[1] & crunch_front_masks[left][1], seed);
    return crunch_hash_finish(running, len, seed);
}

/* Of a text with slack around it. */
static inline struct crunch_hash_key make_key(const char *text, uint32_t len, uint64_t seed)
{
    uint64_t low, high;
    if (len > CRUNCH_HASH_INLINE)
        return (struct crunch_hash_key){
            .hash = hash_long(text, len, seed), .bytes = text, .len = len};
    memcpy(&low, text, sizeof low);
    memcpy(&high, text + sizeof low, sizeof high);
    return crunch_hash_make_short_key(low & crunch_front_masks[len][0],
                                      high & crunch_front_masks[len][1], len, seed);
}

static uint32_t number_of(const struct crunch_group_store *store,
                          const struct crunch_hash_entry *entry)
{
    return (uint32_t)((size_t)((const unsigned char *)entry - store->table.entry) / sizeof *entry);
}

/* The group of a key, made if it is not there. There is room for it. UINT32_MAX: out of memory. */
static uint32_t find_or_make(struct crunch_group_store *store, const struct crunch_hash_key *key,
                             uint64_t record)
{
    const size_t before = store->table.count;
    const struct crunch_hash_entry *entry = crunch_hash_find(&store->table, key);
    if (!entry)
        return UINT32_MAX;
    const uint32_t group = number_of(store, entry);
    if (store->table.count > before) {
        store->rows[group] = 0;
        if (store->first)
            store->first[group] = record;
    }
    return group;
}

/* A key that is not where it should be in the front: elsewhere in it, or not yet. */
static __attribute__((noinline)) uint32_t
find_behind(struct crunch_group_store *store, const char *text, uint32_t len, uint64_t record)
{
    const struct crunch_hash_key key = make_key(text, len, store->seed);
    if (len > CRUNCH_FRONT_KEY)
        return find_or_make(store, &key, record);
    struct crunch_group_front *front =
        crunch_front_find(store->front, store->front_factors, key.word[0], key.word[1], len);
    if (front->len != UINT32_MAX)
        return front->group;
    const uint32_t group = find_or_make(store, &key, record);
    if (group != UINT32_MAX) {
        store->front_count++;
        *front = (struct crunch_group_front){
            .word = {key.word[0], key.word[1]}, .len = len, .group = group};
    }
    return group;
}

/* By the front. The rows that it does not answer at once are noted, without a branch that the
 * processor would have to guess, and looked up afterwards: in their order, so that new groups are
 * numbered by their first rows. */
static bool find_few(struct crunch_group_store *store, const struct crunch_group_keys *keys,
                     size_t rows, const uint64_t *record, uint32_t *id)
{
    uint16_t missed[CRUNCH_BATCH_ROWS + 1];
    const size_t n_missed = crunch_front_kernels->look(store->front, store->front_factors,
                                                       keys->text, keys->len, rows, id, missed);
    for (size_t k = 0; k < n_missed; k++) {
        const size_t i = missed[k];
        id[i] = find_behind(store, keys->text[i], keys->len[i], record ? record[i] : 0);
        if (id[i] == UINT32_MAX)
            return false;
    }
    for (size_t i = 0; i < rows; i++)
        store->rows[id[i]]++;
    return true;
}

#define AHEAD 32 /* rows whose places are fetched before they are looked at */

/* By the table. */
static bool find_many(struct crunch_group_store *store, const struct crunch_group_keys *keys,
                      size_t rows, const uint64_t *record, uint32_t *id)
{
    struct crunch_hash_table *table = &store->table;
    struct crunch_hash_key key[AHEAD];
    for (size_t begin = 0; begin < rows; begin += AHEAD) {
        const size_t n = rows - begin < AHEAD ? rows - begin : AHEAD;
        for (size_t i = 0; i < n; i++) {
            key[i] = make_key(keys->text[begin + i], keys->len[begin + i], store->seed);
            __builtin_prefetch(&table->slot[key[i].hash & table->mask]);
        }
        for (size_t i = 0; i < n; i++) {
            const struct crunch_hash_slot slot = table->slot[key[i].hash & table->mask];
            if (slot.plus > 0)
                __builtin_prefetch(crunch_hash_at(table, slot.plus - 1));
        }
        for (size_t i = 0; i < n; i++) {
            const uint32_t group = find_or_make(store, &key[i], record ? record[begin + i] : 0);
            if (group == UINT32_MAX)
                return false;
            store->rows[group]++;
            id[begin + i] = group;
        }
    }
    return true;
}

bool crunch_group_store_find(struct crunch_group_store *store, const struct crunch_group_keys *keys,
                             size_t rows, const uint64_t *record, uint32_t *id)
{
    if (!reserve(store, store->table.count + rows))
        return false;
    if (store->front && store->table.count <= FRONT_GROUPS)
        return find_few(store, keys, rows, record, id) && grow_columns(store);
    return find_many(store, keys, rows, record, id) && grow_columns(store);
}

uint32_t crunch_group_store_find_one(struct crunch_group_store *store,
                                     const struct crunch_hash_key *key, uint64_t rows,
                                     uint64_t record)
{
    const size_t before = store->table.count;
    if (!reserve(store, before + 1))
        return UINT32_MAX;
    const uint32_t group = find_or_make(store, key, record);
    if (group == UINT32_MAX || (store->table.count > before && !grow_columns(store)))
        return UINT32_MAX;
    store->rows[group] += rows;
    if (store->first && record < store->first[group])
        store->first[group] = record;
    return group;
}

size_t crunch_group_store_bytes(const struct crunch_group_store *store)
{
    size_t bytes = crunch_hash_bytes(&store->table) + store->table.count * 2 * sizeof(uint64_t);
    for (size_t i = 0; i < store->plan->n_columns; i++)
        bytes += crunch_group_column_bytes(&store->column[i]);
    return bytes + crunch_group_more_bytes(&store->more);
}
