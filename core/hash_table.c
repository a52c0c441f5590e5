/*
 * Owns the growing of hash tables and the hash of long keys; looking up is in the header, where it
 * can be inlined. Invariant: at least a quarter of the slots is free, so that every search ends,
 * and every entry is found from the slot that its hash's low bits name.
 */
#include "core/hash_table.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define FIRST_SLOTS 64

bool crunch_hash_init(struct crunch_hash_table *table, size_t payload_bytes)
{
    memset(table, 0, sizeof *table);
    table->stride = sizeof(struct crunch_hash_entry) + payload_bytes;
    table->slot = calloc(FIRST_SLOTS, sizeof *table->slot);
    table->mask = FIRST_SLOTS - 1;
    return table->slot != NULL;
}

void crunch_hash_free(struct crunch_hash_table *table)
{
    free(table->slot);
    free(table->entry);
    free(table->arena);
    memset(table, 0, sizeof *table);
}

/* A large table that holds little is emptied slot by slot. */
void crunch_hash_clear(struct crunch_hash_table *table)
{
    if (table->count * 8 > table->mask)
        memset(table->slot, 0, (table->mask + 1) * sizeof *table->slot);
    else
        for (size_t i = table->count; i-- > 0;) {
            size_t at = (size_t)crunch_hash_at(table, i)->hash & table->mask;
            while (table->slot[at].plus != i + 1)
                at = (at + 1) & table->mask;
            table->slot[at] = (struct crunch_hash_slot){0, 0};
        }
    table->count = 0;
    table->arena_len = 0;
}

size_t crunch_hash_bytes(const struct crunch_hash_table *table)
{
    return (table->mask + 1) * sizeof *table->slot + table->count * table->stride +
           table->arena_len;
}

static void place(struct crunch_hash_slot *slots, size_t mask, uint64_t hash, size_t entry)
{
    size_t at = (size_t)hash & mask;
    while (slots[at].plus != 0)
        at = (at + 1) & mask;
    slots[at] = (struct crunch_hash_slot){(uint32_t)(hash >> 32), (uint32_t)(entry + 1)};
}

static bool grow_slots(struct crunch_hash_table *table)
{
    size_t n = (table->mask + 1) * 2;
    struct crunch_hash_slot *slots = calloc(n, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < table->count; i++)
        place(slots, n - 1, crunch_hash_at(table, i)->hash, i);
    free(table->slot);
    table->slot = slots;
    table->mask = n - 1;
    return true;
}

static bool grow_entries(struct crunch_hash_table *table)
{
    size_t room = table->room ? table->room + table->room / 2 : FIRST_SLOTS / 2;
    unsigned char *entry = realloc(table->entry, room * table->stride);
    if (entry == NULL)
        return false;
    table->entry = entry;
    table->room = room;
    return true;
}

static bool grow_arena(struct crunch_hash_table *table, size_t more)
{
    size_t size = table->arena_size + table->arena_size / 2;
    if (size < table->arena_len + more)
        size = table->arena_len + more + 1024;
    unsigned char *arena = realloc(table->arena, size);
    if (arena == NULL)
        return false;
    table->arena = arena;
    table->arena_size = size;
    return true;
}

struct crunch_hash_entry *crunch_hash_insert(struct crunch_hash_table *table,
                                             const struct crunch_hash_key *key)
{
    const bool is_long = key->len > CRUNCH_HASH_INLINE;
    if (table->count >= UINT32_MAX - 1)
        return NULL;
    if ((table->count + 1) * 4 > (table->mask + 1) * 3 && !grow_slots(table))
        return NULL;
    if (table->count == table->room && !grow_entries(table))
        return NULL;
    if (is_long && key->len > table->arena_size - table->arena_len && !grow_arena(table, key->len))
        return NULL;
    struct crunch_hash_entry *entry = crunch_hash_at(table, table->count);
    memset(entry, 0, table->stride);
    entry->hash = key->hash;
    entry->len = key->len;
    if (is_long) {
        entry->word[0] = table->arena_len;
        memcpy(table->arena + table->arena_len, key->bytes, key->len);
        table->arena_len += key->len;
    } else {
        memcpy(entry->word, key->word, sizeof entry->word);
    }
    place(table->slot, table->mask, key->hash, table->count++);
    return entry;
}

uint64_t crunch_hash_of(const void *bytes, size_t len, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t running = seed ^ CRUNCH_HASH_A, word[2];
    size_t left = len;
    for (; left > sizeof word; left -= sizeof word, p += sizeof word) {
        memcpy(word, p, sizeof word);
        running = crunch_hash_block(running, word[0], word[1], seed);
    }
    word[0] = word[1] = 0;
    if (left > 0)
        memcpy(word, p, left);
    running = crunch_hash_block(running, word[0], word[1], seed);
    return crunch_hash_finish(running, len, seed);
}

uint64_t crunch_hash_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return seed;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return crunch_hash_fold((uint64_t)now.tv_nsec ^ CRUNCH_HASH_A,
                            (uint64_t)now.tv_sec ^ CRUNCH_HASH_B);
}
