/*
 * The walk over merged groups. First the blocks of small tables, which may be as many as there were
 * chunks, are merged into a few, each thread taking a stretch of them. Then each part of the
 * groups (by hash) is a task: its blocks are merged into one table, its groups sorted and rendered
 * into a sorted run. Where a table would become larger than memory allows, the part is taken in
 * fractions, its blocks read again for each. In the end the runs are merged, one item at a time.
 *
 * Whoever merges owns its table; the blocks are constant; a task writes to its own slot of the
 * runs.
 */
#include "core/backend_pool.h"
#include "core/group.h"
#include "core/group_answers.h"
#include "core/group_block.h"
#include "core/group_parts.h"
#include "core/group_sort.h"
#include "core/runs.h"
#include "core/value_order.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Blocks of one part, or of whole tables (part PARTS), merged from others before. */
struct merged {
    struct crunch_bytes block[CRUNCH_GROUP_PARTS + 1];
};

struct walk {
    const struct crunch_plan *plan;
    const struct crunch_logs *logs;
    const struct crunch_groups_walk *to;
    enum crunch_order order;
    bool descending;
    unsigned threads;
    uint64_t seed;
    size_t table_bytes;                /* a task's table may have */
    struct crunch_group_blocks blocks; /* those of all parts are of whole tables */
    struct merged *merged;             /* n_merged of them, instead of the whole tables' blocks */
    size_t n_merged;
    struct crunch_runs *runs;
};

/* What a share's answers are read into. */
struct kept {
    uint32_t stream;
    size_t group;
    void *object;
    void (*destroy)(void *object);
};

struct opened {
    struct crunch_open_answers *answers[CRUNCH_GROUP_ANSWERS_MAX];
    struct kept *kept;
    size_t n_kept;
    bool no_memory;
};

struct crunch_group {
    const struct crunch_group_store *store;
    size_t id;
    struct opened *opened;
};

/* A group as it is being sorted and rendered. */
struct ordering {
    struct walk *walk;
    struct crunch_group_store store;
    struct opened opened;
    struct crunch_ranked *item;
    struct crunch_bytes *order; /* per group: for comparing what has one rank; or NULL */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the groups");
}

/* ---- a group's content ---- */

const char *crunch_group_key(const struct crunch_group *group, size_t *len)
{
    const struct crunch_hash_entry *entry = crunch_group_entry(group->store, group->id);
    *len = entry->len;
    return crunch_hash_key_of(&group->store->table, entry);
}

uint64_t crunch_group_rows(const struct crunch_group *group)
{
    return group->store->rows[group->id];
}

void crunch_group_exact(const struct crunch_group *group, size_t column, struct crunch_exact *exact)
{
    crunch_group_column_exact(&group->store->column[column], group->id, crunch_group_rows(group),
                              exact);
}

enum crunch_code crunch_group_joint_of(const struct crunch_group *group, size_t set,
                                       struct crunch_joint *joint)
{
    return crunch_group_joint_extract(&group->store->more.joint[set], group->id, joint);
}

const struct crunch_group_more *crunch_group_more_of(const struct crunch_group *group, size_t *id)
{
    *id = group->id;
    return &group->store->more;
}

/* ---- answers ---- */

bool crunch_group_answer(const struct crunch_group *group, uint32_t stream,
                         struct crunch_answer *out)
{
    const struct crunch_hash_table *table = &group->store->table;
    const struct crunch_hash_entry *entry = crunch_group_entry(group->store, group->id);
    const struct crunch_hash_key key = {.hash = entry->hash,
                                        .word = {entry->word[0], entry->word[1]},
                                        .bytes = crunch_hash_key_of(table, entry),
                                        .len = entry->len};
    for (size_t i = 0; i < CRUNCH_GROUP_ANSWERS_MAX; i++) {
        out->from = group->opened->answers[i];
        if (out->from && crunch_answers_first(out->from, &key, stream, out))
            return true;
    }
    return false;
}

static struct kept *kept_of(const struct opened *opened, uint32_t stream)
{
    for (size_t i = 0; i < opened->n_kept; i++)
        if (opened->kept[i].stream == stream)
            return &opened->kept[i];
    return NULL;
}

bool crunch_group_keep(const struct crunch_group *group, uint32_t stream, void *object,
                       void (*destroy)(void *object))
{
    struct opened *opened = group->opened;
    struct kept *kept = kept_of(opened, stream);
    if (kept) {
        kept->destroy(kept->object);
    } else {
        struct kept *grown = realloc(opened->kept, (opened->n_kept + 1) * sizeof *grown);
        if (!grown) {
            destroy(object);
            opened->no_memory = true;
            return false;
        }
        opened->kept = grown;
        kept = &grown[opened->n_kept++];
    }
    *kept = (struct kept){stream, group->id, object, destroy};
    return true;
}

void *crunch_group_kept(const struct crunch_group *group, uint32_t stream)
{
    const struct kept *kept = kept_of(group->opened, stream);
    return kept && kept->group == group->id ? kept->object : NULL;
}

void crunch_group_no_memory(const struct crunch_group *group)
{
    group->opened->no_memory = true;
}

static enum crunch_code open_answers(const struct walk *walk, struct opened *opened,
                                     const struct crunch_group_share *share, bool *large,
                                     struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < CRUNCH_GROUP_ANSWERS_MAX && !code && !*large; i++)
        if (walk->to->answers[i])
            code = crunch_answers_open(walk->to->answers[i], share, walk->table_bytes,
                                       &opened->answers[i], large, error);
    return code;
}

static void close_answers(struct opened *opened)
{
    for (size_t i = 0; i < opened->n_kept; i++)
        opened->kept[i].destroy(opened->kept[i].object);
    free(opened->kept);
    for (size_t i = 0; i < CRUNCH_GROUP_ANSWERS_MAX; i++)
        crunch_answers_close(opened->answers[i]);
    *opened = (struct opened){0};
}

/* ---- results that are quick to write ---- */

enum crunch_group_quick crunch_group_quick_of(const struct crunch_op *op)
{
    static const char *const names[] = {
        [CRUNCH_GROUP_COUNT] = "count", [CRUNCH_GROUP_MISSING] = "missing",
        [CRUNCH_GROUP_SUM] = "sum",     [CRUNCH_GROUP_MIN] = "min",
        [CRUNCH_GROUP_MAX] = "max",     [CRUNCH_GROUP_MEAN] = "mean",
    };
    for (size_t i = CRUNCH_GROUP_COUNT; i < sizeof names / sizeof *names; i++)
        if (strcmp(op->name, names[i]) == 0)
            return (enum crunch_group_quick)i;
    return CRUNCH_GROUP_SLOW;
}

bool crunch_group_text(const struct crunch_group *group, size_t column,
                       enum crunch_group_quick quick, char out[CRUNCH_QUICK_TEXT_MAX], size_t *len)
{
    const struct crunch_group_column *from = &group->store->column[column];
    const struct crunch_group_odd odd = crunch_group_column_odd(from, group->id);
    const uint64_t n = crunch_group_rows(group) - odd.missing;
    if (from->full || (from->rest && from->rest[group->id]) ||
        odd.nan + odd.plus_inf + odd.minus_inf)
        return false;
    if (quick == CRUNCH_GROUP_COUNT || quick == CRUNCH_GROUP_MISSING)
        return crunch_quick_decimal(quick == CRUNCH_GROUP_COUNT ? n : odd.missing, 0, out, len);
    if (n == 0)
        return false;
    const struct crunch_group_broad x = crunch_group_column_values(from, group->id);
    if (quick == CRUNCH_GROUP_MEAN)
        return crunch_quick_mean(x.sum, from->scale, n, out, len);
    return crunch_quick_decimal(quick == CRUNCH_GROUP_SUM   ? x.sum
                                : quick == CRUNCH_GROUP_MIN ? x.least
                                                            : x.greatest,
                                from->scale, out, len);
}

/* ---- blocks ---- */

/* Reads what is wanted of a block of the logs into store; room is reused. */
static enum crunch_code read_block(const struct walk *walk, size_t index,
                                   struct crunch_group_store *store, struct crunch_bytes *room,
                                   const struct crunch_group_share *share,
                                   struct crunch_error *error)
{
    const struct crunch_block *block = &walk->logs->block[index];
    room->len = 0;
    unsigned char *data = crunch_bytes_reserve(room, block->bytes);
    if (!data)
        return no_memory(error);
    enum crunch_code code = crunch_logs_load(walk->logs, block, data, error);
    if (code)
        return code;
    if (!crunch_group_block_read(store, data, share, block->prefix.records))
        return no_memory(error);
    return CRUNCH_OK;
}

/* ---- merging whole tables' blocks ---- */

static const struct crunch_group_share everything = {0, CRUNCH_GROUP_PARTS, 0, 1};

/* Writes a table into the blocks that replace those it was read from. A block in them may be
 * several tables one after another, each behind its length. */
static bool write_merged(struct merged *merged, const struct crunch_group_store *store)
{
    struct crunch_group_partition partition;
    size_t n = store->table.count;
    bool few = n <= CRUNCH_GROUP_FEW, good = true;
    if (!crunch_group_partition_make(&partition, store))
        return false;
    for (unsigned p = few ? CRUNCH_GROUP_PARTS : 0; p < CRUNCH_GROUP_PARTS + (few ? 1u : 0u); p++) {
        size_t begin = few ? 0 : partition.begin[p], end = few ? n : partition.begin[p + 1];
        struct crunch_bytes one = {0};
        if (end == begin)
            continue;
        crunch_group_block_write(&one, store, partition.id + begin, end - begin);
        crunch_bytes_add(&merged->block[p], &one.len, sizeof one.len);
        crunch_bytes_add(&merged->block[p], one.data, one.len);
        good = good && !one.failed && !merged->block[p].failed;
        crunch_bytes_free(&one);
    }
    crunch_group_partition_free(&partition);
    return good;
}

static enum crunch_code merge_stretch(void *context, size_t i, struct crunch_error *error)
{
    struct walk *walk = context;
    struct crunch_group_store store;
    struct crunch_bytes room = {0};
    const size_t first = walk->blocks.begin[CRUNCH_GROUP_PARTS];
    const size_t n = walk->blocks.begin[CRUNCH_GROUP_PARTS + 1] - first;
    const size_t begin = n * i / walk->n_merged, end = n * (i + 1) / walk->n_merged;
    enum crunch_code code =
        crunch_group_store_init(&store, walk->plan, walk->seed) ? CRUNCH_OK : no_memory(error);
    for (size_t k = begin; k < end && !code; k++) {
        code = read_block(walk, walk->blocks.block[first + k], &store, &room, &everything, error);
        if (code || crunch_group_store_bytes(&store) < walk->table_bytes)
            continue;
        if (!write_merged(&walk->merged[i], &store))
            code = no_memory(error);
        crunch_group_store_clear(&store);
    }
    if (!code && !write_merged(&walk->merged[i], &store))
        code = no_memory(error);
    crunch_bytes_free(&room);
    crunch_group_store_free(&store);
    return code;
}

/* Bytes of the blocks of whole tables. */
static size_t whole_bytes(const struct walk *walk)
{
    size_t bytes = 0;
    for (size_t k = walk->blocks.begin[CRUNCH_GROUP_PARTS];
         k < walk->blocks.begin[CRUNCH_GROUP_PARTS + 1]; k++)
        bytes += walk->logs->block[walk->blocks.block[k]].bytes;
    return bytes;
}

/* Merged tables stay in memory, so where the blocks are large beside what may be used each part
 * reads them all instead. */
static enum crunch_code merge_whole(struct walk *walk, size_t budget, struct crunch_error *error)
{
    size_t n = walk->blocks.begin[CRUNCH_GROUP_PARTS + 1] - walk->blocks.begin[CRUNCH_GROUP_PARTS];
    if (n <= 1 || whole_bytes(walk) > budget / 4)
        return CRUNCH_OK;
    walk->n_merged = walk->threads < n ? walk->threads : n;
    walk->merged = calloc(walk->n_merged, sizeof *walk->merged);
    if (!walk->merged)
        return no_memory(error);
    return crunch_parallel_for(walk->threads, walk->n_merged, merge_stretch, walk, error);
}

static void free_merged(struct walk *walk)
{
    for (size_t i = 0; i < walk->n_merged && walk->merged; i++)
        for (unsigned p = 0; p <= CRUNCH_GROUP_PARTS; p++)
            crunch_bytes_free(&walk->merged[i].block[p]);
    free(walk->merged);
}

/* Anything that is divided into parts? */
static bool has_parts(const struct walk *walk)
{
    if (walk->blocks.begin[CRUNCH_GROUP_PARTS] > 0)
        return true;
    for (size_t i = 0; i < walk->n_merged; i++)
        for (unsigned p = 0; p < CRUNCH_GROUP_PARTS; p++)
            if (walk->merged[i].block[p].len > 0)
                return true;
    return walk->n_merged == 0 && whole_bytes(walk) > walk->table_bytes;
}

/* ---- a task ---- */

static enum crunch_code read_merged(const struct crunch_bytes *bytes,
                                    struct crunch_group_store *store,
                                    const struct crunch_group_share *share,
                                    struct crunch_error *error)
{
    for (size_t at = 0; at < bytes->len;) {
        size_t len;
        memcpy(&len, bytes->data + at, sizeof len);
        if (!crunch_group_block_read(store, bytes->data + at + sizeof len, share, 0))
            return no_memory(error);
        at += sizeof len + len;
    }
    return CRUNCH_OK;
}

static bool is_large(const struct walk *walk, const struct crunch_group_store *store)
{
    return crunch_group_store_bytes(store) > walk->table_bytes && store->table.count > 1;
}

/* Merges a share of the groups into store. *large: it has become larger than it may, and reading
 * has stopped. */
static enum crunch_code merge_share(const struct walk *walk, struct crunch_group_store *store,
                                    const struct crunch_group_share *share, bool *large,
                                    struct crunch_error *error)
{
    struct crunch_bytes room = {0};
    enum crunch_code code = CRUNCH_OK;
    *large = false;
    for (unsigned p = share->begin; p <= CRUNCH_GROUP_PARTS && !code && !*large; p++) {
        if (p == share->end)
            p = CRUNCH_GROUP_PARTS; /* those of whole tables, which have all parts */
        bool replaced = p == CRUNCH_GROUP_PARTS && walk->n_merged > 0;
        for (size_t k = walk->blocks.begin[p];
             k < walk->blocks.begin[p + 1] && !replaced && !code && !*large; k++) {
            code = read_block(walk, walk->blocks.block[k], store, &room, share, error);
            *large = is_large(walk, store);
        }
        for (size_t i = 0; i < walk->n_merged && !code; i++)
            code = read_merged(&walk->merged[i].block[p], store, share, error);
        *large = *large || is_large(walk, store);
    }
    crunch_bytes_free(&room);
    return code;
}

/* ---- order ---- */

static int compare_ascending(const struct crunch_run_item *a, const struct crunch_run_item *b)
{
    return crunch_value_order_compare(a->order, a->order_len, b->order, b->order_len);
}

static int compare_descending(const struct crunch_run_item *a, const struct crunch_run_item *b)
{
    return compare_ascending(b, a);
}

static struct crunch_run_order run_order(const struct walk *walk)
{
    struct crunch_run_order order = {0};
    if (walk->order == CRUNCH_ORDER_VALUE)
        order.compare = walk->descending ? compare_descending : compare_ascending;
    else
        order.keys_descending = walk->descending;
    return order;
}

static struct crunch_run_item run_item(const struct ordering *o, uint32_t id, uint64_t rank)
{
    struct crunch_group group = {&o->store, id, NULL}; /* for its key alone */
    struct crunch_run_item item = {.rank = rank};
    item.key = crunch_group_key(&group, &item.key_len);
    if (o->order) {
        item.order = o->order[id].data;
        item.order_len = o->order[id].len;
    }
    return item;
}

/* Of two groups with one rank. */
static int compare_groups(const void *context, uint32_t a, uint32_t b)
{
    const struct ordering *o = context;
    struct crunch_run_item x = run_item(o, a, 0), y = run_item(o, b, 0);
    return crunch_runs_compare(o->walk->runs, &x, &y);
}

/* Bytes that all keys of a table begin with. */
static size_t common_prefix(const struct crunch_group_store *store)
{
    const struct crunch_hash_entry *first = crunch_group_entry(store, 0);
    const char *key = crunch_hash_key_of(&store->table, first);
    size_t common = first->len;
    for (size_t i = 1; i < store->table.count && common > 0; i++) {
        const struct crunch_hash_entry *entry = crunch_group_entry(store, i);
        const char *other = crunch_hash_key_of(&store->table, entry);
        size_t n = 0;
        while (n < common && n < entry->len && other[n] == key[n])
            n++;
        common = n;
    }
    return common;
}

static enum crunch_code rank_by_value(struct ordering *o, size_t id, uint64_t *rank,
                                      struct crunch_error *error)
{
    const struct walk *walk = o->walk;
    struct crunch_group group = {&o->store, id, &o->opened};
    struct crunch_value value;
    crunch_value_init(&value);
    enum crunch_code code = walk->to->value(walk->to->context, &group, &value, error);
    if (!code)
        *rank = crunch_value_rank(&value, walk->descending, &o->order[id]);
    crunch_value_clear(&value);
    if (!code && (o->order[id].failed || o->opened.no_memory))
        code = no_memory(error);
    return code;
}

static enum crunch_code rank_groups(struct ordering *o, struct crunch_error *error)
{
    const struct walk *walk = o->walk;
    const size_t n = o->store.table.count;
    const size_t skip = walk->order == CRUNCH_ORDER_KEY ? common_prefix(&o->store) : 0;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < n && !code; i++) {
        uint64_t rank = 0;
        if (walk->order == CRUNCH_ORDER_VALUE) {
            code = rank_by_value(o, i, &rank, error);
        } else if (walk->order == CRUNCH_ORDER_FIRST) {
            rank = o->store.first[i];
        } else {
            const struct crunch_hash_entry *entry = crunch_group_entry(&o->store, i);
            rank =
                crunch_rank_of_bytes(crunch_hash_key_of(&o->store.table, entry), entry->len, skip);
        }
        if (walk->order != CRUNCH_ORDER_VALUE && walk->descending)
            rank = ~rank;
        o->item[i] = (struct crunch_ranked){rank, (uint32_t)i};
    }
    return code;
}

/* ---- rendering ---- */

static enum crunch_code render_groups(struct ordering *o, size_t slot, struct crunch_error *error)
{
    const struct walk *walk = o->walk;
    struct crunch_bytes out = {0};
    enum crunch_code code = crunch_runs_begin(walk->runs, slot, error);
    for (size_t i = 0; i < o->store.table.count && !code; i++) {
        const struct crunch_ranked *ranked = &o->item[i];
        struct crunch_group group = {&o->store, ranked->id, &o->opened};
        /* The rank of a key depends on what the keys of this table share. */
        struct crunch_run_item item =
            run_item(o, ranked->id, walk->order == CRUNCH_ORDER_KEY ? 0 : ranked->rank);
        out.len = 0;
        code = walk->to->render(walk->to->context, &group, &out, error);
        if (!code && (out.failed || o->opened.no_memory))
            code = no_memory(error);
        item.data = out.data;
        item.bytes = out.len;
        if (!code)
            code = crunch_runs_add(walk->runs, slot, &item, error);
    }
    crunch_bytes_free(&out);
    return code ? code : crunch_runs_end(walk->runs, slot, error);
}

static enum crunch_code sort_and_render(struct ordering *o, size_t slot, struct crunch_error *error)
{
    const size_t n = o->store.table.count;
    enum crunch_code code = CRUNCH_OK;
    if (n == 0)
        return CRUNCH_OK;
    o->item = malloc(n * sizeof *o->item);
    if (o->walk->order == CRUNCH_ORDER_VALUE)
        o->order = calloc(n, sizeof *o->order);
    if (!o->item || (!o->order && o->walk->order == CRUNCH_ORDER_VALUE))
        code = no_memory(error);
    if (!code)
        code = rank_groups(o, error);
    if (!code && !crunch_ranked_sort(o->item, n, compare_groups, o))
        code = no_memory(error);
    if (!code)
        code = render_groups(o, slot, error);
    for (size_t i = 0; i < n && o->order; i++)
        crunch_bytes_free(&o->order[i]);
    free(o->order);
    free(o->item);
    o->order = NULL;
    o->item = NULL;
    return code;
}

/* More than that: what was found of a single group is larger than memory allows. */
#define FRACTIONS_MAX 65536

static enum crunch_code do_share(struct walk *walk, unsigned begin, unsigned end, size_t slot,
                                 struct crunch_error *error)
{
    struct ordering o = {.walk = walk};
    struct crunch_group_share share = {begin, end, 0, 1};
    enum crunch_code code = CRUNCH_OK;
    while (share.fraction < share.fractions && !code) {
        bool large;
        code = crunch_group_store_init(&o.store, walk->plan, walk->seed) ? CRUNCH_OK
                                                                         : no_memory(error);
        if (!code)
            code = merge_share(walk, &o.store, &share, &large, error);
        if (!code && !large)
            code = open_answers(walk, &o.opened, &share, &large, error);
        if (!code && large && share.fractions >= FRACTIONS_MAX)
            code = crunch_fail(error, CRUNCH_NO_MEMORY, "one group takes more than --mem-limit");
        /* Fractions already done must stay done: only halving each of the rest keeps them. */
        if (!code && large) {
            share.fraction *= 2;
            share.fractions *= 2;
        } else if (!code) {
            code = sort_and_render(&o, slot, error);
            share.fraction++;
        }
        close_answers(&o.opened);
        crunch_group_store_free(&o.store);
    }
    return code;
}

static enum crunch_code do_part(void *context, size_t i, struct crunch_error *error)
{
    return do_share(context, (unsigned)i, (unsigned)i + 1, i, error);
}

/* ---- the whole ---- */

static enum crunch_code take_item(void *context, const struct crunch_run_item *item,
                                  struct crunch_error *error)
{
    const struct crunch_groups_walk *to = context;
    return to->take(to->context, item->key, item->key_len, item->data, item->bytes, error);
}

static enum crunch_code do_all(struct walk *walk, struct crunch_error *error)
{
    const size_t budget = crunch_group_merge_bytes(walk->plan->job);
    const struct crunch_run_order order = run_order(walk);
    enum crunch_code code =
        crunch_runs_create(CRUNCH_GROUP_PARTS, &order, budget == SIZE_MAX ? SIZE_MAX : budget / 4,
                           walk->plan->job->tmpdir, &walk->runs, error);
    if (!code)
        code = merge_whole(walk, budget, error);
    if (!code && has_parts(walk))
        code = crunch_parallel_for(walk->threads, CRUNCH_GROUP_PARTS, do_part, walk, error);
    else if (!code)
        code = do_share(walk, 0, CRUNCH_GROUP_PARTS, 0, error);
    if (!code)
        code = crunch_runs_merge(walk->runs, take_item, (void *)(uintptr_t)walk->to, error);
    return code;
}

enum crunch_code crunch_groups_walk(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                    uint32_t stream, enum crunch_order order, bool descending,
                                    unsigned threads, const struct crunch_groups_walk *to,
                                    struct crunch_error *error)
{
    const struct crunch_grouping *grouping = plan->collecting[stream].config;
    const size_t budget = crunch_group_merge_bytes(plan->job);
    struct walk walk = {
        .plan = plan,
        .logs = logs,
        .to = to,
        .order = order,
        .descending = descending,
        .threads = threads > 0 ? threads : 1,
        .seed = grouping->seed,
    };
    size_t tables = 1; /* of a task: that of the groups, and those of answers */
    for (size_t i = 0; i < CRUNCH_GROUP_ANSWERS_MAX; i++)
        tables += to->answers[i] != NULL;
    walk.table_bytes = budget == SIZE_MAX ? SIZE_MAX : budget / walk.threads / tables;
    enum crunch_code code = crunch_group_blocks_list(&walk.blocks, logs, stream)
                                ? do_all(&walk, error)
                                : no_memory(error);
    crunch_runs_free(walk.runs);
    free_merged(&walk);
    free(walk.blocks.block);
    return code;
}
