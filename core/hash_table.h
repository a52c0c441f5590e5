/*
 * A hash table from byte strings to fixed-size payloads: open addressing over an array of entries
 * in order of insertion, keys of up to 16 bytes inside their entry, longer ones in an arena.
 *
 * The hash is seeded, so that nobody who does not know the seed can choose keys that collide, and
 * its value is part of no result: who takes entries out sorts them, or goes by insertion. With the
 * same seed it is the same in every process. The table does not free or copy what payloads point
 * to.
 */
#ifndef CRUNCH_CORE_HASH_TABLE_H
#define CRUNCH_CORE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CRUNCH_HASH_INLINE 16

/* A key on its way into a table: its hash, and, when it is short, its bytes as two words, zeros
 * behind them. */
struct crunch_hash_key {
    uint64_t hash;
    uint64_t word[2];
    const void *bytes;
    uint32_t len;
};

struct crunch_hash_entry {
    uint64_t hash;
    uint64_t word[2]; /* the key, zeros behind it; a long one: word[0] is its place in the arena */
    uint32_t len;
    uint32_t spare; /* the user's */
    uint64_t payload[];
};

struct crunch_hash_slot {
    uint32_t tag;  /* high half of the hash */
    uint32_t plus; /* entry + 1; 0: free */
};

struct crunch_hash_table {
    struct crunch_hash_slot *slot; /* mask + 1 of them, a power of two */
    size_t mask;
    unsigned char *entry;
    size_t stride, count, room; /* bytes of an entry; entries, and how many have room */
    unsigned char *arena;
    size_t arena_len, arena_size;
};

/* An empty table whose payloads have that many bytes (a multiple of 8; 0: a set). False: out of
 * memory, and nothing is to be freed. */
bool crunch_hash_init(struct crunch_hash_table *table, size_t payload_bytes);
void crunch_hash_free(struct crunch_hash_table *table); /* a zeroed one is fine */
/* Back to empty; keeps the memory. */
void crunch_hash_clear(struct crunch_hash_table *table);
/* Bytes of memory that the content takes (not what is kept for more). */
size_t crunch_hash_bytes(const struct crunch_hash_table *table);

/* Entry i in order of insertion, i < count; until the next insertion or clearing. */
static inline struct crunch_hash_entry *crunch_hash_at(const struct crunch_hash_table *table,
                                                       size_t i)
{
    return (struct crunch_hash_entry *)(void *)(table->entry + i * table->stride);
}

/* The entry's key, len bytes; likewise. */
static inline const void *crunch_hash_key_of(const struct crunch_hash_table *table,
                                             const struct crunch_hash_entry *entry)
{
    return entry->len <= CRUNCH_HASH_INLINE ? (const void *)entry->word
                                            : (const void *)(table->arena + entry->word[0]);
}

/* For crunch_hash_find; inserts the key with a payload of zeros. NULL: out of memory (or over 2^32
 * - 2 entries), and the table is as it was. */
struct crunch_hash_entry *crunch_hash_insert(struct crunch_hash_table *table,
                                             const struct crunch_hash_key *key);

/*
 * The hash: over the key in blocks of 16 bytes, the last one (also of an empty key) padded with
 * zeros; each is folded into the running value by one 64 x 64 -> 128 bit multiplication whose
 * halves are xored, and the length is folded in at the end. Both factors of every product hang on
 * the seed, so that no key can make one of them zero on purpose.
 */
#define CRUNCH_HASH_A UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd */
#define CRUNCH_HASH_B UINT64_C(0xd1b54a32d192ed03) /* 2^64 / plastic number, odd */
#define CRUNCH_HASH_C UINT64_C(0xbb67ae8584caa73b) /* 2^64 (sqrt 3 - 1), odd */

static inline uint64_t crunch_hash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t crunch_hash_finish(uint64_t running, uint64_t len, uint64_t seed)
{
    return crunch_hash_fold(running ^ CRUNCH_HASH_C, len ^ seed ^ CRUNCH_HASH_A);
}

static inline uint64_t crunch_hash_block(uint64_t running, uint64_t low, uint64_t high,
                                         uint64_t seed)
{
    uint64_t turned = (seed << 32 | seed >> 32) ^ CRUNCH_HASH_B;
    return crunch_hash_fold(low ^ turned, high ^ running);
}

/* Of a key of at most 16 bytes, given as words. */
static inline uint64_t crunch_hash_short(uint64_t low, uint64_t high, uint64_t len, uint64_t seed)
{
    return crunch_hash_finish(crunch_hash_block(seed ^ CRUNCH_HASH_A, low, high, seed), len, seed);
}

/* Of any key; reads only [0, len). */
uint64_t crunch_hash_of(const void *bytes, size_t len, uint64_t seed);

/* A key from bytes of which nothing outside [0, len) may be read. */
static inline struct crunch_hash_key crunch_hash_make_key(const void *bytes, size_t len,
                                                          uint64_t seed)
{
    struct crunch_hash_key key = {.bytes = bytes, .len = (uint32_t)len};
    if (len <= CRUNCH_HASH_INLINE) {
        if (len > 0)
            memcpy(key.word, bytes, len);
        key.hash = crunch_hash_short(key.word[0], key.word[1], len, seed);
    } else {
        key.hash = crunch_hash_of(bytes, len, seed);
    }
    return key;
}

/* A key of at most 16 bytes that are at hand as words (little-endian, zeros behind len). */
static inline struct crunch_hash_key crunch_hash_make_short_key(uint64_t low, uint64_t high,
                                                                uint32_t len, uint64_t seed)
{
    return (struct crunch_hash_key){
        .hash = crunch_hash_short(low, high, len, seed), .word = {low, high}, .len = len};
}

static inline bool crunch_hash_equal(const struct crunch_hash_table *table,
                                     const struct crunch_hash_entry *entry,
                                     const struct crunch_hash_key *key)
{
    if (entry->hash != key->hash || entry->len != key->len)
        return false;
    if (key->len <= CRUNCH_HASH_INLINE)
        return entry->word[0] == key->word[0] && entry->word[1] == key->word[1];
    return memcmp(table->arena + entry->word[0], key->bytes, key->len) == 0;
}

/* The key's entry, or NULL when it is not there. */
static inline struct crunch_hash_entry *crunch_hash_look(const struct crunch_hash_table *table,
                                                         const struct crunch_hash_key *key)
{
    const uint32_t tag = (uint32_t)(key->hash >> 32);
    for (size_t i = (size_t)key->hash & table->mask;; i = (i + 1) & table->mask) {
        const struct crunch_hash_slot slot = table->slot[i];
        if (slot.plus == 0)
            return NULL;
        if (slot.tag != tag)
            continue;
        struct crunch_hash_entry *entry = crunch_hash_at(table, slot.plus - 1);
        if (crunch_hash_equal(table, entry, key))
            return entry;
    }
}

/* The key's entry, made with a payload of zeros if it is not there; NULL: out of memory. It stays
 * in place until the next insertion or clearing. Not thread-safe, but for looking in a table that
 * nobody changes. */
static inline struct crunch_hash_entry *crunch_hash_find(struct crunch_hash_table *table,
                                                         const struct crunch_hash_key *key)
{
    struct crunch_hash_entry *entry = crunch_hash_look(table, key);
    return entry ? entry : crunch_hash_insert(table, key);
}

/* A seed nobody can guess, for the whole job: from the system, and from the clock where it gives
 * none. */
uint64_t crunch_hash_seed(void);

#endif
