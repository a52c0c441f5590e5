/*
 * Merging what census collectors logged, part by part, each by one thread.
 *
 * A value's hash says which part it belongs to, so the parts share no value and each can be
 * counted, ordered and cut to what is wanted by itself; their results are then merged two by two.
 * Values of chunks that had only a few stand in blocks of their own and are counted first, in a
 * table that all parts read. Where memory is limited a part is gone through several times, each
 * time for the values whose next bits of the hash say so. A list is not kept as a whole: what each
 * time has counted is a sorted run, and reading the list merges the runs.
 */
#include "core/backend_pool.h"
#include "core/census.h"
#include "core/census_parts.h"
#include "core/census_select.h"
#include "core/group_counts.h"
#include "core/group_lists.h"
#include "core/text_key.h"
#include "core/value_key.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a table per byte of records, at most, as long as there are more than a handful of
 * values: an entry and its slots take some 64 bytes, a record at least 10 when values are many. */
#define TABLE_PER_RECORD 6
#define SWEEP_BITS_MAX 12

struct part {
    uint64_t distinct, total;
    struct crunch_selection most, least;
};

struct merge {
    const struct crunch_census_config *config;
    const struct crunch_logs *logs;
    const struct crunch_census_request *request;
    uint32_t stream;
    struct crunch_hash_table few; /* of the blocks that hold all parts, ... */
    bool few_apart;               /* ... unless they are too large: each part reads them then */
    size_t *block;                /* indexes of blocks, part by part, at last those of all parts; */
    size_t from[CRUNCH_CENSUS_PARTS + 2];
    unsigned sweep_bits;
    struct part part[CRUNCH_CENSUS_PARTS];
    /* Tables between two parts: their memory is warm, and new memory costs as much as counting. */
    _Atomic(struct crunch_hash_table *) spare[CRUNCH_CENSUS_PARTS];
    struct crunch_runs *runs;       /* of a list; a slot for each part */
    struct crunch_answers *answers; /* of groups; likewise */
    size_t step;                    /* of merging two by two, ... */
    bool rarest;                    /* ... the selections of this kind */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

/* ---- counting a part ---- */

static const unsigned char *get_number(const unsigned char *p, uint64_t *x)
{
    *x = 0;
    for (unsigned shift = 0;; shift += 7) {
        *x |= (uint64_t)(*p & 127) << shift;
        if (!(*p++ & 128))
            return p;
    }
}

/* Records that are read before the first of them is looked up. */
#define AHEAD 32

struct record {
    struct crunch_hash_key key;
    uint64_t count;
};

static bool add(struct crunch_hash_table *table, const struct crunch_hash_key *key, uint64_t count)
{
    struct crunch_hash_entry *entry = crunch_hash_find(table, key);
    if (entry != NULL)
        entry->payload[0] += count;
    return entry != NULL;
}

/* Adds records, whose places are on their way into the cache when they are looked at. */
static bool add_records(struct crunch_hash_table *table, const struct record *record, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&table->slot[(size_t)record[i].key.hash & table->mask]);
    for (size_t i = 0; i < n; i++) {
        const struct crunch_hash_slot slot = table->slot[(size_t)record[i].key.hash & table->mask];
        if (slot.plus > 0)
            __builtin_prefetch(crunch_hash_at(table, slot.plus - 1));
    }
    for (size_t i = 0; i < n && good; i++)
        good = add(table, &record[i].key, record[i].count);
    return good;
}

/* Which sweep over its part a value is counted in. */
static unsigned sweep_of(uint64_t hash, unsigned bits)
{
    return bits ? (unsigned)(hash << CRUNCH_CENSUS_PART_BITS >> (64 - bits)) : 0;
}

/* Which of a block's records are wanted. */
struct wanted {
    bool all; /* or those of a part and of a sweep over it */
    size_t part;
    unsigned sweep, sweep_bits;
};

static bool is_wanted(const struct wanted *wanted, uint64_t hash)
{
    return wanted->all || (crunch_census_part(hash) == wanted->part &&
                           sweep_of(hash, wanted->sweep_bits) == wanted->sweep);
}

static enum crunch_code add_block(const struct merge *merge, struct crunch_hash_table *table,
                                  const struct crunch_block *block, const struct wanted *wanted,
                                  struct crunch_error *error)
{
    struct record record[AHEAD];
    size_t n = 0;
    char *data = malloc(block->bytes + CRUNCH_TEXT_SLACK); /* keys are read 16 bytes at a time */
    if (data == NULL)
        return no_memory(error);
    enum crunch_code code = crunch_logs_load(merge->logs, block, data, error);
    memset(data + block->bytes, 0, CRUNCH_TEXT_SLACK);
    bool good = true;
    const char *const end = data + block->bytes;
    for (const unsigned char *p = (const unsigned char *)data;
         !code && good && (const char *)p < end;) {
        uint64_t len;
        p = get_number(p, &len);
        p = get_number(p, &record[n].count);
        record[n].key = crunch_text_key((const char *)p, (uint32_t)len, merge->config->seed);
        p += len;
        n += is_wanted(wanted, record[n].key.hash);
        if (n == AHEAD) {
            good = add_records(table, record, n);
            n = 0;
        }
    }
    good = good && (code || add_records(table, record, n));
    free(data);
    return good ? code : no_memory(error);
}

static enum crunch_code add_few(const struct merge *merge, struct crunch_hash_table *table,
                                const struct wanted *wanted, struct crunch_error *error)
{
    for (size_t i = 0; i < merge->few.count; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(&merge->few, i);
        if (!is_wanted(wanted, entry->hash))
            continue;
        struct crunch_hash_key key = {.hash = entry->hash,
                                      .word = {entry->word[0], entry->word[1]},
                                      .bytes = crunch_hash_key_of(&merge->few, entry),
                                      .len = entry->len};
        if (!add(table, &key, entry->payload[0]))
            return no_memory(error);
    }
    return CRUNCH_OK;
}

static bool select_from(struct crunch_selection *selection, const struct crunch_hash_table *table)
{
    return selection->wanted == 0 ||
           (crunch_selection_add(selection, table) && crunch_selection_own(selection));
}

static enum crunch_code count_sweep(struct merge *merge, size_t p, unsigned sweep,
                                    struct crunch_hash_table *table, struct crunch_error *error)
{
    struct part *part = &merge->part[p];
    enum crunch_code code = CRUNCH_OK;
    const struct wanted wanted = {.part = p, .sweep = sweep, .sweep_bits = merge->sweep_bits};
    crunch_hash_clear(table);
    for (size_t i = merge->from[p]; i < merge->from[p + 1] && !code; i++)
        code = add_block(merge, table, &merge->logs->block[merge->block[i]], &wanted, error);
    for (size_t i = merge->from[CRUNCH_CENSUS_PARTS];
         i < merge->from[CRUNCH_CENSUS_PARTS + 1] && merge->few_apart && !code; i++)
        code = add_block(merge, table, &merge->logs->block[merge->block[i]], &wanted, error);
    if (!code)
        code = add_few(merge, table, &wanted, error);
    if (code)
        return code;
    part->distinct += table->count;
    for (size_t i = 0; i < table->count; i++)
        part->total += crunch_hash_at(table, i)->payload[0];
    if (!select_from(&part->most, table) || !select_from(&part->least, table))
        return no_memory(error);
    if (merge->answers && merge->config->listed > 0)
        return crunch_group_lists_add(merge->answers, p, merge->stream, merge->config, table,
                                      error);
    if (merge->answers)
        return crunch_group_counts_add(merge->answers, p, merge->stream, merge->config->by_value,
                                       table, error);
    return merge->runs ? crunch_census_list_table(merge->runs, p, merge->config,
                                                  merge->request->most, table, error)
                       : CRUNCH_OK;
}

/* A table that a part before has left, or a new one. NULL: out of memory. */
static struct crunch_hash_table *take_table(struct merge *merge)
{
    for (size_t i = 0; i < CRUNCH_CENSUS_PARTS; i++) {
        struct crunch_hash_table *table = atomic_exchange(&merge->spare[i], NULL);
        if (table != NULL)
            return table;
    }
    struct crunch_hash_table *table = malloc(sizeof *table);
    if (table == NULL || crunch_hash_init(table, sizeof(uint64_t)))
        return table;
    free(table);
    return NULL;
}

/* There are no more tables than threads, and no more of these than parts. */
static void leave_table(struct merge *merge, struct crunch_hash_table *table)
{
    for (size_t i = 0; table != NULL; i = (i + 1) % CRUNCH_CENSUS_PARTS)
        table = atomic_exchange(&merge->spare[i], table);
}

static void free_tables(struct merge *merge)
{
    for (size_t i = 0; i < CRUNCH_CENSUS_PARTS; i++) {
        struct crunch_hash_table *table = atomic_exchange(&merge->spare[i], NULL);
        if (table != NULL)
            crunch_hash_free(table);
        free(table);
    }
}

static enum crunch_code count_part(void *context, size_t p, struct crunch_error *error)
{
    struct merge *merge = context;
    struct part *part = &merge->part[p];
    struct crunch_hash_table *table = take_table(merge);
    enum crunch_code code = CRUNCH_OK;
    if (table == NULL)
        return no_memory(error);
    part->most = (struct crunch_selection){.wanted = merge->runs ? 0 : merge->request->most};
    part->least = (struct crunch_selection){.wanted = merge->request->least, .rarest = true};
    part->most.by_value = part->least.by_value = merge->config->by_value;
    part->most.grouped = part->least.grouped = merge->config->grouped;
    for (unsigned sweep = 0; sweep < 1u << merge->sweep_bits && !code; sweep++)
        code = count_sweep(merge, p, sweep, table, error);
    leave_table(merge, table);
    if (!code && merge->answers)
        code = crunch_answers_end(merge->answers, p, error);
    return code;
}

/* ---- two by two ---- */

static struct crunch_selection *selection_of(struct merge *merge, size_t part)
{
    return merge->rarest ? &merge->part[part].least : &merge->part[part].most;
}

/* Part 2 i step takes in part (2 i + 1) step. */
static enum crunch_code merge_two(void *context, size_t i, struct crunch_error *error)
{
    struct merge *merge = context;
    struct crunch_selection *a = selection_of(merge, 2 * i * merge->step),
                            *b = selection_of(merge, (2 * i + 1) * merge->step);
    struct crunch_census_item *both = malloc((a->n + b->n + 1) * sizeof *both);
    size_t x = 0, y = 0, n = 0;
    if (both == NULL)
        return no_memory(error);
    while (n < a->wanted && (x < a->n || y < b->n)) {
        bool first =
            y == b->n || (x < a->n && crunch_selection_compare(a, &a->item[x], &b->item[y]) < 0);
        both[n++] = first ? a->item[x++] : b->item[y++];
    }
    free(a->item);
    free(b->item);
    b->item = NULL;
    a->item = both;
    a->n = n;
    b->n = 0;
    return CRUNCH_OK;
}

static enum crunch_code merge_selections(struct merge *merge, bool rarest,
                                         struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    merge->rarest = rarest;
    for (merge->step = 1; merge->step < CRUNCH_CENSUS_PARTS && !code; merge->step *= 2)
        code = crunch_parallel_for(merge->request->threads, CRUNCH_CENSUS_PARTS / 2 / merge->step,
                                   merge_two, merge, error);
    return code;
}

/* ---- the whole ---- */

/* The part of a block of ours; PARTS: of all parts. -1: not ours. */
static int part_of(const struct merge *merge, const struct crunch_block *block)
{
    const uint32_t own = (1u << CRUNCH_CENSUS_STREAM_BITS) - 1;
    const uint32_t part = block->stream >> CRUNCH_CENSUS_STREAM_BITS;
    if ((block->stream & own) != merge->stream)
        return -1;
    return part == 0 ? (int)CRUNCH_CENSUS_PARTS : (int)part - 1;
}

/* Lists the blocks of each part. bytes: how large those of a part are. */
static bool list_blocks(struct merge *merge, uint64_t bytes[CRUNCH_CENSUS_PARTS + 1])
{
    const struct crunch_logs *logs = merge->logs;
    size_t next[CRUNCH_CENSUS_PARTS + 1] = {0};
    merge->block = malloc((logs->n_blocks + 1) * sizeof *merge->block);
    if (merge->block == NULL)
        return false;
    for (size_t i = 0; i < logs->n_blocks; i++) {
        int part = part_of(merge, &logs->block[i]);
        if (part < 0)
            continue;
        next[part]++;
        bytes[part] += logs->block[i].bytes;
    }
    for (size_t part = 0; part <= CRUNCH_CENSUS_PARTS; part++) {
        merge->from[part + 1] = merge->from[part] + next[part];
        next[part] = merge->from[part];
    }
    for (size_t i = 0; i < logs->n_blocks; i++)
        if (part_of(merge, &logs->block[i]) >= 0)
            merge->block[next[part_of(merge, &logs->block[i])]++] = i;
    return true;
}

/* Counts the blocks of all parts, and decides how often each part is gone through. */
static enum crunch_code look_over(struct merge *merge, struct crunch_error *error)
{
    const uint64_t limit = merge->request->mem_limit;
    const struct wanted all = {.all = true};
    uint64_t bytes[CRUNCH_CENSUS_PARTS + 1] = {0}, largest = 0;
    enum crunch_code code = CRUNCH_OK;
    if (!list_blocks(merge, bytes))
        return no_memory(error);
    for (size_t part = 0; part < CRUNCH_CENSUS_PARTS; part++)
        if (bytes[part] > largest)
            largest = bytes[part];
    merge->few_apart = limit > 0 && bytes[CRUNCH_CENSUS_PARTS] > limit / 16;
    if (merge->few_apart)
        largest += bytes[CRUNCH_CENSUS_PARTS] / (CRUNCH_CENSUS_PARTS / 2);
    for (size_t i = merge->from[CRUNCH_CENSUS_PARTS];
         i < merge->from[CRUNCH_CENSUS_PARTS + 1] && !merge->few_apart && !code; i++)
        code = add_block(merge, &merge->few, &merge->logs->block[merge->block[i]], &all, error);
    uint64_t at_once = largest * TABLE_PER_RECORD * merge->request->threads;
    while (limit > 0 && merge->sweep_bits < SWEEP_BITS_MAX &&
           at_once >> merge->sweep_bits > limit / 4)
        merge->sweep_bits++;
    return code;
}

/* The items, and the memory that their keys are in, become the census's. */
static void hand_over(struct merge *merge, struct crunch_census *out)
{
    struct crunch_selection *most = &merge->part[0].most, *least = &merge->part[0].least;
    out->most = most->item;
    out->least = least->item;
    out->n_most = most->n;
    out->n_least = least->n;
    most->item = least->item = NULL;
    out->runs = merge->runs;
    merge->runs = NULL;
    for (size_t i = 0; i < CRUNCH_CENSUS_PARTS; i++) {
        out->keys[2 * i] = merge->part[i].most.keys;
        out->keys[2 * i + 1] = merge->part[i].least.keys;
        merge->part[i].most.keys = merge->part[i].least.keys = NULL;
        out->distinct += merge->part[i].distinct;
        out->total += merge->part[i].total;
    }
    if (out->runs)
        out->n_most =
            out->distinct < merge->request->most ? (size_t)out->distinct : merge->request->most;
}

static enum crunch_code make_runs(struct merge *merge, struct crunch_error *error)
{
    const struct crunch_run_order order = crunch_census_list_order(merge->config);
    const uint64_t limit = merge->request->mem_limit;
    return crunch_runs_create(CRUNCH_CENSUS_PARTS, &order,
                              limit > 0 ? (size_t)(limit / 8) : SIZE_MAX, merge->request->tmpdir,
                              &merge->runs, error);
}

static enum crunch_code do_all(struct merge *merge, struct crunch_census *out,
                               struct crunch_error *error)
{
    enum crunch_code code = look_over(merge, error);
    if (!code)
        code = crunch_parallel_for(merge->request->threads, CRUNCH_CENSUS_PARTS, count_part, merge,
                                   error);
    free_tables(merge);
    if (!code && !merge->runs)
        code = merge_selections(merge, false, error);
    if (!code)
        code = merge_selections(merge, true, error);
    if (!code)
        hand_over(merge, out);
    return code;
}

static enum crunch_code merge_all(const struct crunch_census_config *config,
                                  const struct crunch_logs *logs, uint32_t stream,
                                  const struct crunch_census_request *request, bool listed,
                                  struct crunch_answers *answers, struct crunch_census *out,
                                  struct crunch_error *error)
{
    memset(out, 0, sizeof *out);
    out->by_value = config->by_value;
    out->grouped = config->grouped;
    struct merge *merge = calloc(1, sizeof *merge);
    if (merge == NULL)
        return no_memory(error);
    merge->config = config;
    merge->logs = logs;
    merge->stream = stream;
    merge->request = request;
    merge->answers = answers;
    enum crunch_code code =
        crunch_hash_init(&merge->few, sizeof(uint64_t)) ? CRUNCH_OK : no_memory(error);
    if (!code && listed)
        code = make_runs(merge, error);
    if (!code)
        code = do_all(merge, out, error);
    for (size_t i = 0; i < CRUNCH_CENSUS_PARTS; i++) {
        crunch_selection_free(&merge->part[i].most);
        crunch_selection_free(&merge->part[i].least);
    }
    crunch_runs_free(merge->runs);
    free(merge->block);
    crunch_hash_free(&merge->few);
    free(merge);
    return code;
}

enum crunch_code crunch_census_merge(const struct crunch_census_config *config,
                                     const struct crunch_logs *logs, uint32_t stream,
                                     const struct crunch_census_request *request,
                                     struct crunch_census *out, struct crunch_error *error)
{
    return merge_all(config, logs, stream, request, false, NULL, out, error);
}

enum crunch_code crunch_census_list(const struct crunch_census_config *config,
                                    const struct crunch_logs *logs, uint32_t stream,
                                    const struct crunch_census_request *request,
                                    struct crunch_census *out, struct crunch_error *error)
{
    return merge_all(config, logs, stream, request, true, NULL, out, error);
}

enum crunch_code crunch_census_by_group(const struct crunch_census_config *config,
                                        const struct crunch_logs *logs, uint32_t stream,
                                        const struct crunch_census_request *request,
                                        struct crunch_answers *answers, struct crunch_census *out,
                                        struct crunch_error *error)
{
    return merge_all(config, logs, stream, request, false, answers, out, error);
}

void crunch_census_free(struct crunch_census *census)
{
    free(census->most);
    free(census->least);
    crunch_runs_free(census->runs);
    for (size_t i = 0; i < sizeof census->keys / sizeof *census->keys; i++)
        free(census->keys[i]);
    memset(census, 0, sizeof *census);
}
