/*
 * Values by group. A row in the log is its key and, for each column of the plan, a class and if it
 * is a number the number; rows are parted by the hash of their key, as groups are, and a chunk that
 * has only a few puts them into a block of all parts. After the run each part is a task, which is
 * taken in fractions where it does not fit in memory, and in files where one group alone does not
 * (core/group_order_share.h). What is found of a group becomes an answer (core/group_answers.h).
 */
#include "core/group_order.h"

#include "core/backend_pool.h"
#include "core/group.h"
#include "core/group_answers.h"
#include "core/group_order_share.h"
#include "core/group_parts.h"
#include "core/interval.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* A part's rows are written when they take so much, ... */
#define BLOCK_BYTES ((size_t)128 << 10)
/* ... and at a chunk's end in one block for all parts unless they take more than that. */
#define FEW_BYTES ((size_t)4 << 10)
/* What a task may take where nothing is said. */
#define TASK_BYTES ((size_t)256 << 20)
#define TASK_LEAST ((size_t)1 << 20)
#define FRACTIONS_MAX 65536

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values of groups");
}

/* ---- collecting ---- */

struct collector {
    const struct crunch_plan *plan;
    struct crunch_group_keys keys;
    bool *wanted;      /* per column: an op asks for its values in order (stats: not of texts) */
    size_t *next_wide; /* per column: of the batch's wide cells */
    uint64_t seed;
    size_t block_bytes;
    struct crunch_bytes part[CRUNCH_GROUP_PARTS];
};

static void destroy(void *object)
{
    struct collector *self = object;
    if (self == NULL)
        return;
    crunch_group_keys_free(&self->keys);
    free(self->next_wide);
    free(self->wanted);
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS; p++)
        crunch_bytes_free(&self->part[p]);
    free(self);
}

size_t crunch_group_order_bytes(const struct crunch_plan *plan)
{
    const size_t most = 2 * CRUNCH_GROUP_PARTS * BLOCK_BYTES; /* a part's room may be twice that */
    return crunch_memory_share(plan, most / 64, most);
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **out,
                               struct crunch_error *error)
{
    struct collector *self = calloc(1, sizeof *self);
    (void)config;
    *out = self;
    if (self == NULL)
        return no_memory(error);
    self->plan = plan;
    self->seed = crunch_group_seed(plan);
    self->block_bytes = crunch_group_order_bytes(plan) / (2 * CRUNCH_GROUP_PARTS);
    self->next_wide = calloc(plan->n_columns + 1, sizeof *self->next_wide);
    self->wanted = calloc(plan->n_columns + 1, sizeof *self->wanted);
    for (size_t c = 0; c < plan->n_columns && self->wanted; c++)
        for (size_t i = 0; i < plan->job->n_ops; i++)
            self->wanted[c] |= crunch_order_need(plan->job->ops[i]) &&
                               crunch_plan_applies(plan, c, plan->job->ops[i]);
    enum crunch_code code = self->next_wide && self->wanted
                                ? crunch_group_keys_init(&self->keys, plan, error)
                                : no_memory(error);
    if (code) {
        destroy(self);
        *out = NULL;
    }
    return code;
}

static void begin(void *object)
{
    struct collector *self = object;
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS; p++)
        self->part[p].len = 0;
}

/* A cell: class, scale and mantissa (or rank of a double); wide ones as exponent, digits, sign. */
static void add_cell(struct collector *self, struct crunch_bytes *out,
                     const struct crunch_cells *cells, size_t c, size_t row, bool binary)
{
    uint8_t head[2] = {cells->all_numbers ? CRUNCH_CELL_NUMBER : cells->class[row],
                       cells -> one_scale || binary ? cells -> common_scale : cells -> scale[row]};
    crunch_bytes_add(out, head, sizeof head);
    if (head[0] == CRUNCH_CELL_NUMBER) {
        int64_t value = binary ? crunch_double_rank(cells->binary[row]) : cells->mantissa[row];
        crunch_bytes_add(out, &value, sizeof value);
    } else if (head[0] == CRUNCH_CELL_WIDE) {
        const struct crunch_wide *wide = &cells->wide[self->next_wide[c]++];
        char sign = (char)wide->negative;
        crunch_bytes_add(out, &wide->exponent, sizeof wide->exponent);
        crunch_bytes_add(out, &wide->n_digits, sizeof wide->n_digits);
        crunch_bytes_add(out, &sign, 1);
        crunch_bytes_add(out, wide->digits, wide->n_digits);
    }
}

static enum crunch_code put(struct crunch_bytes *bytes, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    size_t len = bytes->len;
    bytes->len = 0;
    if (bytes->failed)
        return no_memory(error);
    return len == 0 ? CRUNCH_OK : crunch_log_put(log, stream, bytes->data, len, error);
}

static enum crunch_code feed(void *object, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collector *self = object;
    const struct crunch_plan *plan = self->plan;
    enum crunch_code code = crunch_group_keys_read(&self->keys, rows, error);
    memset(self->next_wide, 0, plan->n_columns * sizeof *self->next_wide);
    for (size_t row = 0; row < rows->rows && !code; row++) {
        const uint32_t len = self->keys.len[row];
        const uint64_t hash = crunch_hash_make_key(self->keys.text[row], len, self->seed).hash;
        const unsigned part = crunch_group_part(hash);
        struct crunch_bytes *out = &self->part[part];
        crunch_bytes_add(out, &len, sizeof len);
        crunch_bytes_add(out, self->keys.text[row], len);
        for (size_t c = 0; c < plan->n_columns; c++) {
            static const uint8_t none[2] = {CRUNCH_CELL_MISSING, 0};
            const size_t slot = plan->slot[c];
            bool binary = crunch_layout_arith(&plan->layout, slot) == CRUNCH_ARITH_BINARY;
            if (!self->wanted[c])
                crunch_bytes_add(out, none, sizeof none);
            else
                add_cell(self, out, &rows->columns[slot], c, row, binary);
        }
        if (out->len >= self->block_bytes || out->failed)
            code = put(out, log, crunch_group_stream_of(stream, part), error);
    }
    return code;
}

static enum crunch_code end(void *object, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    struct collector *self = object;
    struct crunch_bytes few = {0};
    size_t bytes = 0;
    enum crunch_code code = CRUNCH_OK;
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS; p++)
        bytes += self->part[p].len;
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS && !code; p++)
        if (bytes <= FEW_BYTES)
            crunch_bytes_add(&few, self->part[p].data, self->part[p].len);
        else
            code = put(&self->part[p], log, crunch_group_stream_of(stream, p), error);
    if (!code)
        code = put(&few, log, stream, error);
    crunch_bytes_free(&few);
    return code;
}

const struct crunch_collector crunch_group_order_collector = {
    .name = "values of groups",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
};

enum crunch_code crunch_group_order_plan(struct crunch_plan *plan, struct crunch_error *error)
{
    const struct crunch_collecting use = {.collector = &crunch_group_order_collector};
    for (size_t i = 0; i < plan->job->n_ops; i++)
        if (crunch_order_need(plan->job->ops[i]))
            return crunch_plan_collect(plan, &use, error);
    return CRUNCH_OK;
}

/* ---- answers ---- */

struct crunch_group_orders {
    const struct crunch_plan *plan;
    uint32_t stream;
    struct crunch_answers *answers;
};

const struct crunch_answers *crunch_group_orders_answers(const struct crunch_group_orders *orders)
{
    return orders ? orders->answers : NULL;
}

static void add_scaled(struct crunch_bytes *out, const struct crunch_scaled *x)
{
    const size_t bytes = (mpz_sizeinbase(x->mantissa, 2) + 7) / 8;
    size_t n = 0;
    crunch_bytes_add_varint(out, crunch_zigzag(x->exponent));
    crunch_bytes_add_varint(out, (uint64_t)bytes << 1 | (mpz_sgn(x->mantissa) < 0));
    unsigned char *to = crunch_bytes_reserve(out, bytes);
    if (!to)
        return;
    memset(to, 0, bytes);
    mpz_export(to, &n, -1, 1, 0, 0, x->mantissa);
    out->len += bytes;
}

static const unsigned char *get_scaled(const unsigned char *at, struct crunch_scaled *x)
{
    uint64_t exponent, head;
    at = crunch_get_varint(crunch_get_varint(at, &exponent), &head);
    x->exponent = (long)crunch_unzigzag(exponent);
    mpz_import(x->mantissa, (size_t)(head >> 1), -1, 1, 0, 0, at);
    if (head & 1)
        mpz_neg(x->mantissa, x->mantissa);
    return at + (head >> 1);
}

static void add_list(struct crunch_bytes *out, const struct crunch_ranked_list *list)
{
    crunch_bytes_add_varint(out, list->n);
    for (size_t i = 0; i < list->n; i++) {
        crunch_bytes_add_varint(out, list->item[i].rank);
        add_scaled(out, &list->item[i].value);
    }
}

/* NULL: out of memory. */
static const unsigned char *get_list(const unsigned char *at, struct crunch_ranked_list *list)
{
    struct crunch_ranks room = {0};
    uint64_t n;
    at = crunch_get_varint(at, &n);
    room.n = (size_t)n;
    room.rank = calloc(room.n + 1, sizeof *room.rank);
    bool good = room.rank && crunch_ranked_list_make(list, &room);
    crunch_ranks_free(&room);
    for (size_t i = 0; i < list->n && good; i++)
        at = get_scaled(crunch_get_varint(at, &list->item[i].rank), &list->item[i].value);
    return good ? at : NULL;
}

static void add_ordered(struct crunch_bytes *out, const struct crunch_ordered *ordered)
{
    add_list(out, &ordered->values);
    add_list(out, &ordered->deviations);
    crunch_bytes_add_varint(out, ordered->has_trimmed);
    if (ordered->has_trimmed)
        add_scaled(out, &ordered->trimmed);
}

static const unsigned char *get_ordered(const unsigned char *at, struct crunch_ordered *ordered)
{
    uint64_t has;
    at = get_list(at, &ordered->values);
    if (at)
        at = get_list(at, &ordered->deviations);
    if (!at)
        return NULL;
    at = crunch_get_varint(at, &has);
    ordered->has_trimmed = has;
    return has ? get_scaled(at, &ordered->trimmed) : at;
}

/* ---- making ---- */

struct making {
    const struct crunch_plan *plan;
    struct crunch_group_orders *orders;
    const struct crunch_logs *logs;
    struct crunch_group_blocks blocks;
    size_t memory; /* of a task */
};

/* What was found of each group of a share becomes its answer. */
static enum crunch_code answer(const struct making *making, const struct crunch_order_share *share,
                               size_t slot, struct crunch_error *error)
{
    const size_t columns = making->plan->n_columns;
    struct crunch_bytes out = {0};
    enum crunch_code code = CRUNCH_OK;
    for (size_t g = 0; g < share->keys.count && !code; g++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(&share->keys, g);
        out.len = 0;
        for (size_t c = 0; c < columns; c++)
            add_ordered(&out, &share->ordered[g * columns + c]);
        code = out.failed
                   ? no_memory(error)
                   : crunch_answers_add(making->orders->answers, slot, making->orders->stream,
                                        crunch_hash_key_of(&share->keys, entry), entry->len,
                                        out.data, out.len, error);
    }
    crunch_bytes_free(&out);
    return code;
}

/* Fractions of a share are halved until one fits, or is of one group. */
static enum crunch_code make_part(void *context, size_t p, struct crunch_error *error)
{
    const struct making *making = context;
    const size_t *begin = making->blocks.begin, all = begin[CRUNCH_GROUP_PARTS];
    const struct crunch_order_blocks blocks = {
        making->logs,
        {making->blocks.block + begin[p], making->blocks.block + all},
        {begin[p + 1] - begin[p], begin[CRUNCH_GROUP_PARTS + 1] - all}};
    struct crunch_group_share which = {(unsigned)p, (unsigned)p + 1, 0, 1};
    enum crunch_code code = CRUNCH_OK;
    while (which.fraction < which.fractions && !code) {
        struct crunch_order_share share;
        bool large = false;
        code = crunch_order_share_init(&share, making->plan, &blocks, &which) ? CRUNCH_OK
                                                                              : no_memory(error);
        if (!code)
            code = crunch_order_share_in_memory(&share, making->memory, &large, error);
        const bool halve = large && share.keys.count > 1 && which.fractions < FRACTIONS_MAX;
        if (!code && large && !halve) {
            crunch_order_share_free(&share);
            code = crunch_order_share_init(&share, making->plan, &blocks, &which)
                       ? crunch_order_share_sorted(&share, making->memory, error)
                       : no_memory(error);
        }
        if (!code && !halve)
            code = answer(making, &share, p, error);
        which.fraction = halve ? which.fraction * 2 : which.fraction + 1;
        which.fractions = halve ? which.fractions * 2 : which.fractions;
        crunch_order_share_free(&share);
    }
    return code ? code : crunch_answers_end(making->orders->answers, p, error);
}

static size_t task_bytes(const struct crunch_job *job, unsigned threads)
{
    const size_t budget = crunch_memory_budget(job);
    const size_t share = budget == SIZE_MAX ? TASK_BYTES : budget / 2 / threads;
    return share > TASK_BYTES ? TASK_BYTES : share < TASK_LEAST ? TASK_LEAST : share;
}

static enum crunch_code make_all(struct making *making, struct crunch_error *error)
{
    const struct crunch_job *job = making->plan->job;
    const unsigned threads = crunch_parallel_threads(job);
    making->memory = task_bytes(job, threads);
    enum crunch_code code = crunch_answers_create(
        crunch_group_seed(making->plan), CRUNCH_GROUP_PARTS, crunch_group_answer_bytes(job),
        job->tmpdir, &making->orders->answers, error);
    if (!code && !crunch_group_blocks_list(&making->blocks, making->logs, making->orders->stream))
        code = no_memory(error);
    if (!code)
        code = crunch_parallel_for(threads, CRUNCH_GROUP_PARTS, make_part, making, error);
    free(making->blocks.block);
    return code;
}

enum crunch_code crunch_group_orders_make(const struct crunch_plan *plan,
                                          const struct crunch_logs *logs,
                                          struct crunch_group_orders **out,
                                          struct crunch_error *error)
{
    uint32_t stream = 0;
    struct making making = {.plan = plan, .logs = logs};
    *out = NULL;
    while (stream < plan->n_collecting &&
           plan->collecting[stream].collector != &crunch_group_order_collector)
        stream++;
    if (stream == plan->n_collecting)
        return CRUNCH_OK;
    making.orders = *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return no_memory(error);
    **out = (struct crunch_group_orders){.plan = plan, .stream = stream};
    enum crunch_code code = make_all(&making, error);
    if (code) {
        crunch_group_orders_free(*out);
        *out = NULL;
    }
    return code;
}

void crunch_group_orders_free(struct crunch_group_orders *orders)
{
    if (orders)
        crunch_answers_free(orders->answers);
    free(orders);
}

/* ---- looking ---- */

/* A group's answer as it is read. */
struct read {
    size_t n;
    struct crunch_ordered ordered[];
};

static void free_read(void *object)
{
    struct read *read = object;
    for (size_t c = 0; c < read->n; c++)
        crunch_ordered_clear(&read->ordered[c]);
    free(read);
}

static struct read *read_answer(const struct crunch_group_orders *orders,
                                const struct crunch_group *group)
{
    const struct crunch_plan *plan = orders->plan;
    struct crunch_answer answer;
    if (!crunch_group_answer(group, orders->stream, &answer))
        return NULL;
    struct read *read = calloc(1, sizeof *read + plan->n_columns * sizeof *read->ordered);
    if (!read) {
        crunch_group_no_memory(group);
        return NULL;
    }
    const unsigned char *at = answer.data;
    for (; read->n < plan->n_columns && at; read->n++) {
        crunch_ordered_init(&read->ordered[read->n],
                            crunch_layout_arith(&plan->layout, plan->slot[read->n]));
        at = get_ordered(at, &read->ordered[read->n]);
    }
    if (!at) {
        free_read(read);
        crunch_group_no_memory(group);
        return NULL;
    }
    return crunch_group_keep(group, orders->stream, read, free_read) ? read : NULL;
}

const struct crunch_ordered *crunch_group_orders_find(const struct crunch_group_orders *orders,
                                                      const struct crunch_group *group,
                                                      size_t column)
{
    if (orders == NULL)
        return NULL;
    const struct read *read = crunch_group_kept(group, orders->stream);
    if (read == NULL)
        read = read_answer(orders, group);
    return read ? &read->ordered[column] : NULL;
}
