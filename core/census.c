/*
 * The collecting side of a census: a worker's table of the values of a chunk.
 *
 * Invariant: the table is small (TABLE_MAX entries, KEYS_MAX bytes of long keys and the longest
 * cell, less under a tight --mem-limit) so that it stays in the cache and memory stays bounded;
 * when it is full it is written out and emptied, and a value that comes again is written again.
 * Merging does not mind. So where a full table has hardly seen a value twice, what comes next is
 * not counted here at all, but goes straight to the buffers of its parts.
 */
#include "core/census.h"

#include "core/census_parts.h"
#include "core/census_reference.h"
#include "core/group_front.h"
#include "core/group_key.h"
#include "core/job.h"
#include "core/memory.h"
#include "core/text_key.h"
#include "core/value_key.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_MAX ((size_t)1 << 17)
#define TABLE_LEAST ((size_t)1 << 10)
#define KEYS_MAX ((size_t)16 << 20)
/* Of a value with its entry, its slots, its place in what is written out, and room to grow. */
#define VALUE_BYTES ((size_t)160)
#define KEY_BYTES_SHARE (KEYS_MAX / TABLE_MAX)
#define FEW 256                    /* values that go into one block */
#define FRONT_VALUES 1024          /* more than these are looked up in the table itself */
#define FRONT_TABLE ((size_t)8192) /* a smaller table has no front, which takes 256 KiB */
#define NONE UINT32_MAX
#define AHEAD 32    /* keys that are hashed before the first of them is looked up */
#define HEAD_MAX 20 /* two LEB128 numbers */
#define DIRECT_MOST ((size_t)32 << 10) /* of a part's buffer */
/* Rows that go straight to their parts before a table is tried again, in tables' worth. */
#define DIRECT_TABLES 16

struct census {
    const struct crunch_census_config *config;
    struct crunch_group_keys groups; /* zeros unless grouped */
    unsigned char *joined;           /* room for a group's key and a value's */
    size_t joined_size;
    struct crunch_hash_table table;   /* payload: the count */
    struct crunch_group_front *front; /* of short texts, with their entries; NULL: there is none */
    struct crunch_front_factors factors;
    bool front_used;
    size_t table_max, keys_max;
    size_t rows; /* counted in the table; or left to go straight to their parts */
    bool direct;
    unsigned char *part; /* PARTS buffers of part_room bytes; NULL until they are needed */
    size_t part_room, part_len[CRUNCH_CENSUS_PARTS];
    unsigned char *out;
    size_t out_size;
};

static void destroy(void *self)
{
    struct census *census = self;
    if (census == NULL)
        return;
    crunch_hash_free(&census->table);
    crunch_group_keys_free(&census->groups);
    free(census->front);
    free(census->joined);
    free(census->part);
    free(census->out);
    free(census);
}

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

/* Keys: in the arena, as it grows, and in what is written. */
#define ALL_BYTES (VALUE_BYTES + 3 * KEY_BYTES_SHARE)

size_t crunch_census_table_bytes(const struct crunch_plan *plan)
{
    return crunch_memory_share(plan, TABLE_LEAST * ALL_BYTES, TABLE_MAX * ALL_BYTES);
}

static bool make_front(struct census *census)
{
    const size_t bytes = sizeof *census->front << CRUNCH_FRONT_BITS;
    if (census->config->by_value || census->config->grouped || census->table_max < FRONT_TABLE)
        return true;
    census->front = aligned_alloc(64, bytes);
    census->factors = crunch_front_make_factors(census->config->seed);
    if (census->front)
        crunch_front_clear(census->front, census->factors);
    return census->front != NULL;
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    struct census *census = calloc(1, sizeof *census);
    *self = census;
    if (census == NULL)
        return no_memory(error);
    census->config = config;
    census->table_max = crunch_census_table_bytes(plan) / ALL_BYTES;
    census->keys_max = census->table_max * KEY_BYTES_SHARE;
    if (!crunch_hash_init(&census->table, sizeof(uint64_t)) || !make_front(census))
        return no_memory(error);
    return census->config->grouped ? crunch_group_keys_init(&census->groups, plan, error)
                                   : CRUNCH_OK;
}

/* Empties the table, and the front with it. */
static void clear_table(struct census *census)
{
    crunch_hash_clear(&census->table);
    if (census->front_used)
        crunch_front_clear(census->front, census->factors);
    census->front_used = false;
}

static void begin(void *self)
{
    struct census *census = self;
    clear_table(census);
    memset(census->part_len, 0, sizeof census->part_len);
    if (!census->direct)
        census->rows = 0;
}

/* ---- writing out ---- */

static unsigned char *put_number(unsigned char *p, uint64_t x)
{
    for (; x >= 128; x >>= 7)
        *p++ = (unsigned char)(x | 128);
    *p++ = (unsigned char)x;
    return p;
}

static unsigned char *put_record(unsigned char *p, const struct crunch_hash_table *table,
                                 const struct crunch_hash_entry *entry)
{
    p = put_number(p, entry->len);
    p = put_number(p, entry->payload[0]);
    memcpy(p, crunch_hash_key_of(table, entry), entry->len);
    return p + entry->len;
}

/* Entries in the order of their parts: order[from[p] .. from[p + 1]) are those of part p. */
static uint32_t *order_by_part(const struct crunch_hash_table *table,
                               size_t from[CRUNCH_CENSUS_PARTS + 1])
{
    size_t next[CRUNCH_CENSUS_PARTS] = {0};
    uint32_t *order = malloc(table->count * sizeof *order);
    if (order == NULL)
        return NULL;
    for (size_t i = 0; i < table->count; i++)
        next[crunch_census_part(crunch_hash_at(table, i)->hash)]++;
    from[0] = 0;
    for (unsigned part = 0; part < CRUNCH_CENSUS_PARTS; part++) {
        from[part + 1] = from[part] + next[part];
        next[part] = from[part];
    }
    for (size_t i = 0; i < table->count; i++)
        order[next[crunch_census_part(crunch_hash_at(table, i)->hash)]++] = (uint32_t)i;
    return order;
}

static enum crunch_code put_parts(struct census *census, struct crunch_log *log, uint32_t stream,
                                  struct crunch_error *error)
{
    size_t from[CRUNCH_CENSUS_PARTS + 1];
    uint32_t *order = order_by_part(&census->table, from);
    if (order == NULL)
        return no_memory(error);
    enum crunch_code code = CRUNCH_OK;
    for (unsigned part = 0; part < CRUNCH_CENSUS_PARTS && !code; part++) {
        unsigned char *p = census->out;
        for (size_t i = from[part]; i < from[part + 1]; i++)
            p = put_record(p, &census->table, crunch_hash_at(&census->table, order[i]));
        if (p > census->out)
            code = crunch_log_put(log, crunch_census_stream(stream, part), census->out,
                                  (size_t)(p - census->out), error);
    }
    free(order);
    return code;
}

static bool reserve_out(struct census *census, size_t bytes)
{
    if (census->out_size >= bytes)
        return true;
    unsigned char *out = realloc(census->out, bytes);
    if (out == NULL)
        return false;
    census->out = out;
    census->out_size = bytes;
    return true;
}

/* Writes out what the table has, and empties it. */
static enum crunch_code write_table(struct census *census, struct crunch_log *log, uint32_t stream,
                                    struct crunch_error *error)
{
    const struct crunch_hash_table *table = &census->table;
    enum crunch_code code = CRUNCH_OK;
    if (!reserve_out(census, table->count * (CRUNCH_HASH_INLINE + HEAD_MAX) + table->arena_len))
        return no_memory(error);
    if (table->count > FEW) {
        code = put_parts(census, log, stream, error);
    } else if (table->count > 0) {
        unsigned char *p = census->out;
        for (size_t i = 0; i < table->count; i++)
            p = put_record(p, table, crunch_hash_at(table, i));
        code = crunch_log_put(log, stream, census->out, (size_t)(p - census->out), error);
    }
    clear_table(census);
    return code;
}

/* ---- straight to the parts ---- */

/* Where records go. */
struct place {
    struct crunch_log *log;
    uint32_t stream;
    struct crunch_error *error;
};

static bool make_parts(struct census *census)
{
    const size_t each = VALUE_BYTES + 3 * KEY_BYTES_SHARE;
    const size_t share = census->table_max * each / 8 / CRUNCH_CENSUS_PARTS;
    census->part_room = share < DIRECT_MOST ? share : DIRECT_MOST;
    if (census->part == NULL)
        census->part = malloc(CRUNCH_CENSUS_PARTS * census->part_room);
    return census->part != NULL;
}

static enum crunch_code flush_part(struct census *census, unsigned part, const struct place *to)
{
    const size_t len = census->part_len[part];
    census->part_len[part] = 0;
    return len == 0 ? CRUNCH_OK
                    : crunch_log_put(to->log, crunch_census_stream(to->stream, part),
                                     census->part + part * census->part_room, len, to->error);
}

/* A record of a key whose bytes do not fit into a part's buffer, as a block of its own. */
static enum crunch_code put_long(struct census *census, const struct crunch_hash_key *key,
                                 const struct place *to)
{
    if (!reserve_out(census, HEAD_MAX + (size_t)key->len))
        return no_memory(to->error);
    unsigned char *p = put_number(put_number(census->out, key->len), 1);
    memcpy(p, key->bytes, key->len);
    return crunch_log_put(to->log, crunch_census_stream(to->stream, crunch_census_part(key->hash)),
                          census->out, (size_t)(p - census->out) + key->len, to->error);
}

/* Puts a record of the value, counted once, to its part. */
static enum crunch_code put_direct(struct census *census, const struct crunch_hash_key *key,
                                   const struct place *to)
{
    const unsigned part = crunch_census_part(key->hash);
    const size_t most =
        HEAD_MAX + (key->len > CRUNCH_HASH_INLINE ? (size_t)key->len : CRUNCH_HASH_INLINE);
    if (most > census->part_room - census->part_len[part]) {
        enum crunch_code code = flush_part(census, part, to);
        if (code)
            return code;
        if (most > census->part_room)
            return put_long(census, key, to);
    }
    unsigned char *const begin = census->part + part * census->part_room;
    unsigned char *p = put_number(put_number(begin + census->part_len[part], key->len), 1);
    if (key->len <= CRUNCH_HASH_INLINE)
        memcpy(p, key->word, sizeof key->word); /* all of it: a copy of fixed size */
    else
        memcpy(p, key->bytes, key->len);
    census->part_len[part] = (size_t)(p - begin) + key->len;
    return CRUNCH_OK;
}

static enum crunch_code put_rows(struct census *census, const struct crunch_cells *cells,
                                 size_t rows, const struct place *to)
{
    const bool by_value = census->config->by_value;
    unsigned char room[CRUNCH_VALUE_KEY_MAX];
    size_t next_wide = 0;
    enum crunch_code code = CRUNCH_OK;
    for (size_t row = 0; row < rows && !code; row++) {
        if (by_value ? !cells->all_numbers && cells->class[row] == CRUNCH_CELL_MISSING
                     : cells->text_len[row] == 0)
            continue;
        const struct crunch_hash_key key =
            by_value
                ? crunch_value_key(cells, row, &next_wide, room, census->config->seed)
                : crunch_text_key(cells->text[row], cells->text_len[row], census->config->seed);
        code = put_direct(census, &key, to);
    }
    return code;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    struct census *census = self;
    const struct place to = {log, stream, error};
    enum crunch_code code = write_table(census, log, stream, error);
    for (unsigned part = 0; part < CRUNCH_CENSUS_PARTS && !code; part++)
        code = flush_part(census, part, &to);
    return code;
}

/* ---- counting ---- */

/* Counts n keys. The table's slots are on their way into the cache when they are looked at. */
static bool count_keys(struct crunch_hash_table *table, const struct crunch_hash_key *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&table->slot[(size_t)key[i].hash & table->mask]);
    for (size_t i = 0; i < n; i++) {
        struct crunch_hash_entry *entry = crunch_hash_find(table, &key[i]);
        if (entry == NULL)
            return false;
        entry->payload[0]++;
    }
    return true;
}

/* The entry of a text that the front did not answer for; NONE for a missing one. False: out of
 * memory. */
static bool find_behind(struct census *census, const char *text, uint32_t len, uint32_t *id)
{
    *id = NONE;
    if (len == 0)
        return true;
    const struct crunch_hash_key key = crunch_text_key(text, len, census->config->seed);
    struct crunch_group_front *front =
        len <= CRUNCH_FRONT_KEY
            ? crunch_front_find(census->front, census->factors, key.word[0], key.word[1], len)
            : NULL;
    if (front && front->len != UINT32_MAX) {
        *id = front->group;
        return true;
    }
    const struct crunch_hash_entry *entry = crunch_hash_find(&census->table, &key);
    if (entry == NULL)
        return false;
    *id = (uint32_t)((size_t)((const unsigned char *)entry - census->table.entry) /
                     census->table.stride);
    if (front)
        *front = (struct crunch_group_front){
            .word = {key.word[0], key.word[1]}, .len = len, .group = *id};
    return true;
}

/* While there are few values. */
static bool count_by_front(struct census *census, const struct crunch_cells *cells, size_t rows)
{
    uint32_t id[CRUNCH_BATCH_ROWS];
    uint16_t missed[CRUNCH_BATCH_ROWS + 1];
    census->front_used = true;
    const size_t n = crunch_front_kernels->look(census->front, census->factors, cells->text,
                                                cells->text_len, rows, id, missed);
    for (size_t k = 0; k < n; k++)
        if (!find_behind(census, cells->text[missed[k]], cells->text_len[missed[k]],
                         &id[missed[k]]))
            return false;
    for (size_t i = 0; i < rows; i++)
        if (id[i] != NONE)
            crunch_hash_at(&census->table, id[i])->payload[0]++;
    return true;
}

static bool count_texts(struct census *census, const struct crunch_cells *cells, size_t rows)
{
    struct crunch_hash_key key[AHEAD];
    size_t n = 0;
    if (census->front && census->table.count <= FRONT_VALUES)
        return count_by_front(census, cells, rows);
    for (size_t row = 0; row < rows; row++) {
        if (cells->text_len[row] == 0)
            continue;
        key[n++] = crunch_text_key(cells->text[row], cells->text_len[row], census->config->seed);
        if (n == AHEAD) {
            if (!count_keys(&census->table, key, n))
                return false;
            n = 0;
        }
    }
    return count_keys(&census->table, key, n);
}

static bool count_values(struct census *census, const struct crunch_cells *cells, size_t rows)
{
    unsigned char room[CRUNCH_VALUE_KEY_MAX]; /* of the only long key in flight */
    struct crunch_hash_key key[AHEAD];
    size_t n = 0, next_wide = 0;
    for (size_t row = 0; row < rows; row++) {
        if (!cells->all_numbers && cells->class[row] == CRUNCH_CELL_MISSING)
            continue;
        key[n] = crunch_value_key(cells, row, &next_wide, room, census->config->seed);
        bool is_long = key[n++].len > CRUNCH_HASH_INLINE;
        if (n == AHEAD || is_long) {
            if (!count_keys(&census->table, key, n))
                return false;
            n = 0;
        }
    }
    return count_keys(&census->table, key, n);
}

/* Counts a value of a group. */
static bool count_joined(struct census *census, const char *group, uint32_t group_len,
                         const void *value, size_t len)
{
    size_t size = CRUNCH_CENSUS_GROUP_HEAD + group_len + len;
    if (size > census->joined_size) {
        unsigned char *room = realloc(census->joined, 2 * size);
        if (room == NULL)
            return false;
        census->joined = room;
        census->joined_size = 2 * size;
    }
    memcpy(census->joined, &group_len, sizeof group_len);
    if (group_len > 0)
        memcpy(census->joined + CRUNCH_CENSUS_GROUP_HEAD, group, group_len);
    memcpy(census->joined + CRUNCH_CENSUS_GROUP_HEAD + group_len, value, len);
    struct crunch_hash_key key = crunch_hash_make_key(census->joined, size, census->config->seed);
    return size <= UINT32_MAX && count_keys(&census->table, &key, 1);
}

static bool count_grouped(struct census *census, const struct crunch_cells *cells, size_t rows)
{
    const struct crunch_group_keys *groups = &census->groups;
    unsigned char room[CRUNCH_VALUE_KEY_MAX];
    size_t next_wide = 0;
    bool good = true;
    for (size_t row = 0; row < rows && good; row++) {
        if (!census->config->by_value) {
            if (cells->text_len[row] > 0)
                good = count_joined(census, groups->text[row], groups->len[row], cells->text[row],
                                    cells->text_len[row]);
        } else if (cells->all_numbers || cells->class[row] != CRUNCH_CELL_MISSING) {
            struct crunch_hash_key key = crunch_value_key(cells, row, &next_wide, room, 0);
            good = count_joined(census, groups->text[row], groups->len[row],
                                key.len <= CRUNCH_HASH_INLINE ? (const void *)key.word : key.bytes,
                                key.len);
        }
    }
    return good;
}

/* Writes out a full table; and if few of its rows were of a value that it had, what comes next goes
 * straight to the parts. */
static enum crunch_code write_full(struct census *census, struct crunch_log *log, uint32_t stream,
                                   struct crunch_error *error)
{
    census->direct =
        !census->config->grouped && census->rows < 2 * census->table.count && make_parts(census);
    census->rows = census->direct ? DIRECT_TABLES * census->table.count : 0;
    return write_table(census, log, stream, error);
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct census *census = self;
    const struct crunch_cells *cells = &rows->columns[census->config->slot];
    if (census->config->grouped) {
        enum crunch_code code = crunch_group_keys_read(&census->groups, rows, error);
        if (code)
            return code;
    }
    if (census->direct) {
        const struct place to = {log, stream, error};
        census->direct = rows->rows < census->rows;
        census->rows = census->direct ? census->rows - rows->rows : 0;
        return put_rows(census, cells, rows->rows, &to);
    }
    bool counted = census->config->grouped    ? count_grouped(census, cells, rows->rows)
                   : census->config->by_value ? count_values(census, cells, rows->rows)
                                              : count_texts(census, cells, rows->rows);
    if (!counted)
        return no_memory(error);
    census->rows += rows->rows;
    if (census->table.count >= census->table_max || census->table.arena_len >= census->keys_max)
        return write_full(census, log, stream, error);
    return CRUNCH_OK;
}

const struct crunch_collector crunch_census_collector = {
    .name = "census",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
    .write = crunch_census_write,
    .reference_create = crunch_census_reference_create,
    .reference_row = crunch_census_reference_row,
    .reference_write = crunch_census_reference_write,
    .reference_destroy = crunch_census_reference_destroy,
};
