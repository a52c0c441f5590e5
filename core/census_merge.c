/*
 * Merging what census collectors logged, part by part, each by one thread.
 *
 * A value's hash says which part it belongs to, so the parts share no value and each can be
 * counted, ordered and cut to what is wanted by itself; their results are then merged two by two.
 * Values of chunks that had only a few stand in blocks of their own and are counted first, in a
 * table that all parts read. Where memory is limited a part is gone through several times, each
 * time for the values whose next bits of the hash say so.
 */
#include "core/backend_pool.h"
#include "core/census.h"
#include "core/census_parts.h"
#include "core/group_key.h"
#include "core/value_key.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a table per byte of records, at most, as long as there are more than a handful of
 * values: an entry and its slots take some 64 bytes, a record at least 10 when values are many. */
#define TABLE_PER_RECORD 6
#define SWEEP_BITS_MAX 10
#define SELECT_LEAST ((size_t)1024)

/* What is kept of a part: some of its values, in order. */
struct selection {
    struct crunch_census_item *item;
    size_t n, room;
    size_t wanted;
    bool full; /* item[wanted - 1] is known: nothing behind it is wanted any more */
    bool by_value, grouped, rarest;
    unsigned char *keys;
};

struct part {
    uint64_t distinct, total;
    struct selection most, least;
};

struct merge {
    const struct crunch_census_config *config;
    const struct crunch_logs *logs;
    const struct crunch_census_request *request;
    uint32_t stream;
    struct crunch_hash_table few; /* of the blocks that hold all parts */
    size_t *block;                /* indexes of blocks, part by part; */
    size_t from[CRUNCH_CENSUS_PARTS + 1];
    unsigned sweep_bits;
    struct part part[CRUNCH_CENSUS_PARTS];
    _Atomic uint64_t kept_bytes;
    size_t step; /* of merging two by two, ... */
    bool rarest; /* ... the selections of this kind */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

/* ---- order ---- */

int crunch_census_compare(bool by_value, const struct crunch_census_item *a,
                          const struct crunch_census_item *b)
{
    if (by_value)
        return crunch_value_key_compare(a->key, a->len, b->key, b->len);
    size_t shorter = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->key, b->key, shorter);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

const void *crunch_census_group(const struct crunch_census_item *item, size_t *len)
{
    uint32_t head;
    memcpy(&head, item->key, sizeof head);
    *len = head;
    return (const char *)item->key + CRUNCH_CENSUS_GROUP_HEAD;
}

struct crunch_census_item crunch_census_in_group(const struct crunch_census_item *item)
{
    size_t head;
    const char *group = crunch_census_group(item, &head);
    return (struct crunch_census_item){item->count, group + head,
                                       item->len - head - CRUNCH_CENSUS_GROUP_HEAD};
}

static int compare_groups(const struct crunch_census_item *a, const struct crunch_census_item *b,
                          bool by_value)
{
    size_t a_len, b_len;
    const char *x = crunch_census_group(a, &a_len), *y = crunch_census_group(b, &b_len);
    int order = crunch_group_key_compare(x, a_len, y, b_len);
    if (order != 0)
        return order;
    struct crunch_census_item u = crunch_census_in_group(a), v = crunch_census_in_group(b);
    return crunch_census_compare(by_value, &u, &v);
}

static int compare_in(const void *x, const void *y, void *selection)
{
    const struct selection *in = selection;
    const struct crunch_census_item *a = x, *b = y;
    if (a->count != b->count)
        return (a->count > b->count) == in->rarest ? 1 : -1;
    return in->grouped ? compare_groups(a, b, in->by_value)
                       : crunch_census_compare(in->by_value, a, b);
}

/* ---- selecting ---- */

static void sort(struct selection *selection)
{
    if (selection->n > 1)
        qsort_r(selection->item, selection->n, sizeof *selection->item, compare_in, selection);
    selection->full = selection->n >= selection->wanted;
    if (selection->full)
        selection->n = selection->wanted;
}

/* Room for as many more items as are wanted, and again as many to sort away. */
static bool select_begin(struct selection *selection, size_t more)
{
    size_t room = selection->n + more;
    if (selection->wanted < room / 2)
        room = 2 * selection->wanted + SELECT_LEAST;
    if (room <= selection->room)
        return true;
    struct crunch_census_item *item = realloc(selection->item, room * sizeof *item);
    if (item == NULL)
        return false;
    selection->item = item;
    selection->room = room;
    return true;
}

static void select_one(struct selection *selection, const struct crunch_census_item *item)
{
    if (selection->full && compare_in(item, &selection->item[selection->wanted - 1], selection) > 0)
        return;
    if (selection->n == selection->room)
        sort(selection);
    selection->item[selection->n++] = *item;
}

/* The keys of the items move into memory that is the selection's. */
static bool own_keys(struct selection *selection)
{
    size_t bytes = 0;
    for (size_t i = 0; i < selection->n; i++)
        bytes += selection->item[i].len;
    unsigned char *keys = malloc(bytes + 1), *p = keys;
    if (keys == NULL)
        return false;
    for (size_t i = 0; i < selection->n; i++) {
        memcpy(p, selection->item[i].key, selection->item[i].len);
        selection->item[i].key = p;
        p += selection->item[i].len;
    }
    free(selection->keys);
    selection->keys = keys;
    return true;
}

static bool select_from(struct selection *selection, const struct crunch_hash_table *table)
{
    if (selection->wanted == 0)
        return true;
    if (!select_begin(selection, table->count))
        return false;
    for (size_t i = 0; i < table->count; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(table, i);
        select_one(selection, &(struct crunch_census_item){
                                  entry->payload[0], crunch_hash_key_of(table, entry), entry->len});
    }
    sort(selection);
    return own_keys(selection);
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

static bool add(struct crunch_hash_table *table, const struct crunch_hash_key *key, uint64_t count)
{
    struct crunch_hash_entry *entry = crunch_hash_find(table, key);
    if (entry != NULL)
        entry->payload[0] += count;
    return entry != NULL;
}

/* Which sweep over its part a value is counted in. */
static unsigned sweep_of(uint64_t hash, unsigned bits)
{
    return bits ? (unsigned)(hash << CRUNCH_CENSUS_PART_BITS >> (64 - bits)) : 0;
}

/* Adds the records of a block that belong to the sweep. */
static enum crunch_code add_block(const struct merge *merge, struct crunch_hash_table *table,
                                  const struct crunch_block *block, unsigned sweep,
                                  unsigned sweep_bits, struct crunch_error *error)
{
    unsigned char *data = malloc(block->bytes + 1);
    if (data == NULL)
        return no_memory(error);
    enum crunch_code code = crunch_logs_load(merge->logs, block, data, error);
    for (const unsigned char *p = data; !code && p < data + block->bytes;) {
        uint64_t len, count;
        p = get_number(p, &len);
        p = get_number(p, &count);
        struct crunch_hash_key key = crunch_hash_make_key(p, len, merge->config->seed);
        p += len;
        if (sweep_of(key.hash, sweep_bits) == sweep && !add(table, &key, count))
            code = no_memory(error);
    }
    free(data);
    return code;
}

static enum crunch_code add_few(const struct merge *merge, struct crunch_hash_table *table,
                                size_t part, unsigned sweep, struct crunch_error *error)
{
    for (size_t i = 0; i < merge->few.count; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(&merge->few, i);
        if (crunch_census_part(entry->hash) != part ||
            sweep_of(entry->hash, merge->sweep_bits) != sweep)
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

static uint64_t selection_bytes(const struct selection *selection)
{
    uint64_t bytes = selection->room * sizeof *selection->item;
    for (size_t i = 0; i < selection->n; i++)
        bytes += selection->item[i].len;
    return bytes;
}

/* All values of a column must fit, when all are wanted. */
static enum crunch_code check_memory(struct merge *merge, const struct part *part,
                                     uint64_t *counted, struct crunch_error *error)
{
    uint64_t bytes = selection_bytes(&part->most) + selection_bytes(&part->least);
    uint64_t kept = atomic_fetch_add(&merge->kept_bytes, bytes - *counted) + bytes - *counted;
    *counted = bytes;
    if (merge->request->mem_limit == 0 || kept <= merge->request->mem_limit)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_NO_MEMORY, "the distinct values take more than --mem-limit");
    crunch_hint(error, "distinct and top need less: they do not keep every value");
    return CRUNCH_NO_MEMORY;
}

static enum crunch_code count_sweep(struct merge *merge, size_t p, unsigned sweep,
                                    struct crunch_hash_table *table, struct crunch_error *error)
{
    struct part *part = &merge->part[p];
    enum crunch_code code = CRUNCH_OK;
    crunch_hash_clear(table);
    for (size_t i = merge->from[p]; i < merge->from[p + 1] && !code; i++)
        code = add_block(merge, table, &merge->logs->block[merge->block[i]], sweep,
                         merge->sweep_bits, error);
    if (!code)
        code = add_few(merge, table, p, sweep, error);
    if (code)
        return code;
    part->distinct += table->count;
    for (size_t i = 0; i < table->count; i++)
        part->total += crunch_hash_at(table, i)->payload[0];
    if (!select_from(&part->most, table) || !select_from(&part->least, table))
        return no_memory(error);
    return CRUNCH_OK;
}

static enum crunch_code count_part(void *context, size_t p, struct crunch_error *error)
{
    struct merge *merge = context;
    struct part *part = &merge->part[p];
    struct crunch_hash_table table;
    uint64_t counted = 0;
    enum crunch_code code = CRUNCH_OK;
    if (!crunch_hash_init(&table, sizeof(uint64_t)))
        return no_memory(error);
    part->most = (struct selection){.wanted = merge->request->most};
    part->least = (struct selection){.wanted = merge->request->least, .rarest = true};
    part->most.by_value = part->least.by_value = merge->config->by_value;
    part->most.grouped = part->least.grouped = merge->config->grouped;
    for (unsigned sweep = 0; sweep < 1u << merge->sweep_bits && !code; sweep++) {
        code = count_sweep(merge, p, sweep, &table, error);
        if (!code)
            code = check_memory(merge, part, &counted, error);
    }
    crunch_hash_free(&table);
    return code;
}

/* ---- two by two ---- */

static struct selection *selection_of(struct merge *merge, size_t part)
{
    return merge->rarest ? &merge->part[part].least : &merge->part[part].most;
}

/* Part 2 i step takes in part (2 i + 1) step. */
static enum crunch_code merge_two(void *context, size_t i, struct crunch_error *error)
{
    struct merge *merge = context;
    struct selection *a = selection_of(merge, 2 * i * merge->step),
                     *b = selection_of(merge, (2 * i + 1) * merge->step);
    struct crunch_census_item *both = malloc((a->n + b->n + 1) * sizeof *both);
    size_t x = 0, y = 0, n = 0;
    if (both == NULL)
        return no_memory(error);
    while (n < a->wanted && (x < a->n || y < b->n)) {
        bool first = y == b->n || (x < a->n && compare_in(&a->item[x], &b->item[y], a) < 0);
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

/* Counts the blocks of all parts, lists those of each part, and decides how often each is gone
 * through. */
static enum crunch_code look_over(struct merge *merge, struct crunch_error *error)
{
    const struct crunch_logs *logs = merge->logs;
    const uint32_t own = (1u << CRUNCH_CENSUS_STREAM_BITS) - 1;
    uint64_t bytes[CRUNCH_CENSUS_PARTS] = {0}, largest = 0;
    size_t next[CRUNCH_CENSUS_PARTS] = {0};
    enum crunch_code code = CRUNCH_OK;
    merge->block = malloc((logs->n_blocks + 1) * sizeof *merge->block);
    if (merge->block == NULL)
        return no_memory(error);
    for (size_t i = 0; i < logs->n_blocks && !code; i++) {
        const struct crunch_block *block = &logs->block[i];
        uint32_t part = block->stream >> CRUNCH_CENSUS_STREAM_BITS;
        if ((block->stream & own) != merge->stream)
            continue;
        if (part == 0) {
            code = add_block(merge, &merge->few, block, 0, 0, error);
            continue;
        }
        next[part - 1]++;
        bytes[part - 1] += block->bytes;
        if (bytes[part - 1] > largest)
            largest = bytes[part - 1];
    }
    for (size_t part = 0; part < CRUNCH_CENSUS_PARTS; part++) {
        merge->from[part + 1] = merge->from[part] + next[part];
        next[part] = merge->from[part];
    }
    for (size_t i = 0; i < logs->n_blocks && !code; i++) {
        uint32_t part = logs->block[i].stream >> CRUNCH_CENSUS_STREAM_BITS;
        if ((logs->block[i].stream & own) == merge->stream && part > 0)
            merge->block[next[part - 1]++] = i;
    }
    uint64_t at_once = largest * TABLE_PER_RECORD * merge->request->threads;
    while (merge->request->mem_limit > 0 && merge->sweep_bits < SWEEP_BITS_MAX &&
           at_once >> merge->sweep_bits > merge->request->mem_limit / 2)
        merge->sweep_bits++;
    return code;
}

/* The items, and the memory that their keys are in, become the census's. */
static void hand_over(struct merge *merge, struct crunch_census *out)
{
    struct selection *most = &merge->part[0].most, *least = &merge->part[0].least;
    out->most = most->item;
    out->least = least->item;
    out->n_most = most->n;
    out->n_least = least->n;
    most->item = least->item = NULL;
    for (size_t i = 0; i < CRUNCH_CENSUS_PARTS; i++) {
        out->keys[2 * i] = merge->part[i].most.keys;
        out->keys[2 * i + 1] = merge->part[i].least.keys;
        merge->part[i].most.keys = merge->part[i].least.keys = NULL;
        out->distinct += merge->part[i].distinct;
        out->total += merge->part[i].total;
    }
}

enum crunch_code crunch_census_merge(const struct crunch_census_config *config,
                                     const struct crunch_logs *logs, uint32_t stream,
                                     const struct crunch_census_request *request,
                                     struct crunch_census *out, struct crunch_error *error)
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
    enum crunch_code code =
        crunch_hash_init(&merge->few, sizeof(uint64_t)) ? CRUNCH_OK : no_memory(error);
    if (!code)
        code = look_over(merge, error);
    if (!code)
        code = crunch_parallel_for(request->threads, CRUNCH_CENSUS_PARTS, count_part, merge, error);
    if (!code)
        code = merge_selections(merge, false, error);
    if (!code)
        code = merge_selections(merge, true, error);
    if (!code)
        hand_over(merge, out);
    for (size_t i = 0; i < CRUNCH_CENSUS_PARTS; i++) {
        free(merge->part[i].most.item);
        free(merge->part[i].most.keys);
        free(merge->part[i].least.item);
        free(merge->part[i].least.keys);
    }
    free(merge->block);
    crunch_hash_free(&merge->few);
    free(merge);
    return code;
}

void crunch_census_free(struct crunch_census *census)
{
    free(census->most);
    free(census->least);
    for (size_t i = 0; i < sizeof census->keys / sizeof *census->keys; i++)
        free(census->keys[i]);
    memset(census, 0, sizeof *census);
}

char *crunch_census_text(bool by_value, const struct crunch_census_item *item, unsigned precision,
                         size_t *len)
{
    char *text;
    if (by_value) {
        struct crunch_value value;
        crunch_value_init(&value);
        crunch_value_key_value(item->key, item->len, &value);
        text = crunch_value_text(&value, precision);
        crunch_value_clear(&value);
        *len = text ? strlen(text) : 0;
        return text;
    }
    text = malloc(item->len + 1);
    *len = item->len;
    if (text != NULL) {
        memcpy(text, item->key, item->len);
        text[item->len] = '\0';
    }
    return text;
}
