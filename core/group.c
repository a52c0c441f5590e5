/*
 * The group collector: a worker's table of groups, from an empty one when a chunk begins to its
 * blocks when the chunk ends, or earlier when the table has become large. A table of few groups is
 * one block; of many, one block for each part of the keys' hashes, so that the parts can be merged
 * one by one (core/group_walk.c). The part is told by the upper half of a block's stream.
 */
#include "core/group.h"

#include "core/group_order.h"

#include "core/group_block.h"
#include "core/group_gather.h"
#include "core/group_parts.h"

#include <stdlib.h>

struct collecting {
    const struct crunch_plan *plan;
    struct crunch_group_store store;
    struct crunch_group_keys keys;
    struct crunch_group_gather **gather; /* per column; NULL where it is compact */
    size_t table_bytes;                  /* beyond this the table is written */
    struct crunch_bytes block;
    uint32_t id[CRUNCH_BATCH_ROWS];
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the groups");
}

static void destroy(void *self)
{
    struct collecting *c = self;
    if (!c)
        return;
    for (size_t i = 0; c->gather && i < c->plan->n_columns; i++)
        crunch_group_gather_free(c->gather[i]);
    free(c->gather);
    crunch_group_store_free(&c->store);
    crunch_group_keys_free(&c->keys);
    crunch_bytes_free(&c->block);
    free(c);
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    const struct crunch_grouping *grouping = config;
    struct collecting *c = calloc(1, sizeof *c);
    *self = c;
    if (!c)
        return no_memory(error);
    c->plan = plan;
    c->table_bytes = crunch_group_table_bytes(plan) / 2;
    c->gather = calloc(plan->n_columns + 1, sizeof(void *));
    if (!c->gather || !crunch_group_store_init(&c->store, plan, grouping->seed) ||
        !crunch_group_store_add_front(&c->store))
        goto failed;
    for (size_t i = 0; i < plan->n_columns; i++) {
        struct crunch_group_column *column = &c->store.column[i];
        if (column->full && !(c->gather[i] = crunch_group_gather_create(column)))
            goto failed;
    }
    enum crunch_code code = crunch_group_keys_init(&c->keys, plan, error);
    if (!code)
        return CRUNCH_OK;
    destroy(c);
    *self = NULL;
    return code;

failed:
    destroy(c);
    *self = NULL;
    return no_memory(error);
}

static void begin(void *self)
{
    struct collecting *c = self;
    crunch_group_store_clear(&c->store);
    for (size_t i = 0; i < c->plan->n_columns; i++)
        if (c->gather[i])
            crunch_group_gather_clear(c->gather[i]);
}

static enum crunch_code put(struct collecting *c, struct crunch_log *log, uint32_t stream,
                            const uint32_t *id, size_t n, struct crunch_error *error)
{
    c->block.len = 0;
    crunch_group_block_write(&c->block, &c->store, id, n);
    if (c->block.failed)
        return no_memory(error);
    return crunch_log_put(log, stream, c->block.data, c->block.len, error);
}

/* Writes the table as blocks. */
static enum crunch_code write_table(struct collecting *c, struct crunch_log *log, uint32_t stream,
                                    struct crunch_error *error)
{
    struct crunch_group_partition partition;
    size_t n = c->store.table.count;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < c->plan->n_columns; i++)
        if (c->gather[i] && !crunch_group_gather_settle(c->gather[i]))
            return no_memory(error);
    if (n == 0)
        return CRUNCH_OK;
    if (!crunch_group_partition_make(&partition, &c->store))
        return no_memory(error);
    if (n <= CRUNCH_GROUP_FEW)
        code = put(c, log, stream, partition.id, n, error);
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS && n > CRUNCH_GROUP_FEW && !code; p++)
        if (partition.begin[p + 1] > partition.begin[p])
            code = put(c, log, crunch_group_stream_of(stream, p), partition.id + partition.begin[p],
                       partition.begin[p + 1] - partition.begin[p], error);
    crunch_group_partition_free(&partition);
    return code;
}

static bool feed_columns(struct collecting *c, const struct crunch_batch *rows)
{
    bool good = true;
    for (size_t i = 0; i < c->plan->n_columns && good; i++) {
        const struct crunch_cells *cells = &rows->columns[c->plan->slot[i]];
        good = c->gather[i]
                   ? crunch_group_gather_feed(c->gather[i], cells, rows->rows, c->id)
                   : crunch_group_column_feed(&c->store.column[i], cells, rows->rows, c->id);
    }
    return good && crunch_group_more_feed(&c->store.more, rows, c->id);
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collecting *c = self;
    enum crunch_code code = crunch_group_keys_read(&c->keys, rows, error);
    if (code)
        return code;
    if (!crunch_group_store_find(&c->store, &c->keys, rows->rows, rows->record, c->id) ||
        !feed_columns(c, rows))
        return no_memory(error);
    if (c->store.table.count < CRUNCH_GROUP_FEW ||
        crunch_group_store_bytes(&c->store) < c->table_bytes)
        return CRUNCH_OK;
    code = write_table(c, log, stream, error);
    begin(c);
    return code;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    return write_table(self, log, stream, error);
}

const struct crunch_collector crunch_group_collector = {
    .name = "groups",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
    .write = crunch_group_write,
    .reference_create = crunch_group_reference_create,
    .reference_row = crunch_group_reference_row,
    .reference_write = crunch_group_reference_write,
    .reference_destroy = crunch_group_reference_destroy,
};

enum crunch_code crunch_group_plan(struct crunch_plan *plan, struct crunch_error *error)
{
    struct crunch_grouping *grouping = malloc(sizeof *grouping);
    if (!grouping)
        return no_memory(error);
    grouping->seed = crunch_hash_seed();
    enum crunch_code code = crunch_plan_collect(
        plan,
        &(struct crunch_collecting){
            .collector = &crunch_group_collector, .config = grouping, .free_config = free},
        error);
    return code ? code : crunch_group_order_plan(plan, error);
}
