/*
 * Values by group. A row in the log is its key and, for each column of the plan, a class and if it
 * is a number the number. Groups are told apart by a hash table of keys; the rows of a part of the
 * keys (by their hash) are read at a time, and their numbers distributed to their groups, each of
 * which is then sorted and asked for the ranks that the operations want.
 */
#include "core/group_order.h"

#include "core/gather.h"
#include "core/group_key.h"
#include "core/hash_table.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)256 << 10)
/* Rows in memory at a time, as they lie in the log: their values take up to 4 times that. */
#define PART_BYTES ((uint64_t)64 << 20)

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values of groups");
}

/* ---- collecting ---- */

struct collector {
    const struct crunch_plan *plan;
    struct crunch_group_keys keys;
    size_t *next_wide; /* per column: of the batch's wide cells */
    char *data;
    size_t len, size;
};

static void destroy(void *object)
{
    struct collector *self = object;
    if (self == NULL)
        return;
    crunch_group_keys_free(&self->keys);
    free(self->next_wide);
    free(self->data);
    free(self);
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
    self->next_wide = calloc(plan->n_columns + 1, sizeof *self->next_wide);
    enum crunch_code code =
        self->next_wide ? crunch_group_keys_init(&self->keys, plan, error) : no_memory(error);
    if (code) {
        destroy(self);
        *out = NULL;
    }
    return code;
}

static void begin(void *object)
{
    ((struct collector *)object)->len = 0;
}

static bool reserve(struct collector *self, size_t bytes)
{
    if (self->len + bytes <= self->size)
        return true;
    size_t size = self->len + bytes + BLOCK_BYTES;
    char *grown = realloc(self->data, size);
    if (grown == NULL)
        return false;
    self->data = grown;
    self->size = size;
    return true;
}

static void append(struct collector *self, const void *data, size_t bytes)
{
    if (bytes > 0)
        memcpy(self->data + self->len, data, bytes);
    self->len += bytes;
}

/* A cell: class, scale and mantissa (or rank of a double); wide ones as exponent, digits, sign. */
#define CELL_BYTES (2 + sizeof(int64_t) + 1)

static bool add_cell(struct collector *self, const struct crunch_cells *cells, size_t c, size_t row,
                     bool binary)
{
    uint8_t head[2] = {cells->all_numbers ? CRUNCH_CELL_NUMBER : cells->class[row],
                       cells -> one_scale || binary ? cells -> common_scale : cells -> scale[row]};
    append(self, head, sizeof head);
    if (head[0] == CRUNCH_CELL_NUMBER) {
        int64_t value = binary ? crunch_double_rank(cells->binary[row]) : cells->mantissa[row];
        append(self, &value, sizeof value);
    } else if (head[0] == CRUNCH_CELL_WIDE) {
        const struct crunch_wide *wide = &cells->wide[self->next_wide[c]++];
        char sign = (char)wide->negative;
        if (!reserve(self, 2 * CELL_BYTES * (self->plan->n_columns + 1) + wide->n_digits))
            return false;
        append(self, &wide->exponent, sizeof wide->exponent);
        append(self, &wide->n_digits, sizeof wide->n_digits);
        append(self, &sign, 1);
        append(self, wide->digits, wide->n_digits);
    }
    return true;
}

static enum crunch_code put(struct collector *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    size_t bytes = self->len;
    self->len = 0;
    return bytes == 0 ? CRUNCH_OK : crunch_log_put(log, stream, self->data, bytes, error);
}

static enum crunch_code feed(void *object, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collector *self = object;
    const struct crunch_plan *plan = self->plan;
    enum crunch_code code = crunch_group_keys_read(&self->keys, rows, error);
    memset(self->next_wide, 0, plan->n_columns * sizeof *self->next_wide);
    for (size_t row = 0; row < rows->rows && !code; row++) {
        uint32_t len = self->keys.len[row];
        if (!reserve(self, sizeof len + len + 2 * CELL_BYTES * (plan->n_columns + 1)))
            return no_memory(error);
        append(self, &len, sizeof len);
        append(self, self->keys.text[row], len);
        for (size_t c = 0; c < plan->n_columns; c++) {
            const size_t slot = plan->slot[c];
            bool binary = crunch_layout_arith(&plan->layout, slot) == CRUNCH_ARITH_BINARY;
            if (!add_cell(self, &rows->columns[slot], c, row, binary))
                return no_memory(error);
        }
        if (self->len >= BLOCK_BYTES)
            code = put(self, log, stream, error);
    }
    return code;
}

static enum crunch_code end(void *object, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    return put(object, log, stream, error);
}

static const struct crunch_collector collector = {
    .name = "values of groups",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
};

enum crunch_code crunch_group_order_plan(struct crunch_plan *plan, struct crunch_error *error)
{
    const struct crunch_collecting use = {.collector = &collector};
    for (size_t i = 0; i < plan->job->n_ops; i++)
        if (crunch_order_need(plan->job->ops[i]))
            return crunch_plan_collect(plan, &use, error);
    return CRUNCH_OK;
}

/* ---- reading ---- */

struct crunch_group_orders {
    size_t n_columns;
    uint64_t seed;                  /* of the table's hashes */
    struct crunch_hash_table keys;  /* payload: the group's number */
    struct crunch_ordered *ordered; /* of group g, column c: [g * n_columns + c] */
    size_t size;
};

/* A number of a part's rows: of entry `at` = group * n_columns + column. */
struct item {
    uint64_t at;
    int64_t value; /* or where the wide number lies in the arena */
    uint8_t scale;
    bool wide;
};

struct part {
    const struct crunch_plan *plan;
    struct crunch_group_orders *orders;
    struct crunch_exact *counts; /* of classes, per entry from first on */
    size_t first, n_counts;
    struct item *item;
    size_t n, size;
    char *arena;
    size_t arena_len, arena_size;
    struct crunch_error *error;
};

/* An array with room for need elements of that size. */
static bool grow(void **array, size_t *size, size_t need, size_t element)
{
    if (need <= *size)
        return true;
    size_t target = need + need / 2 + 64;
    void *grown = realloc(*array, target * element);
    if (grown == NULL)
        return false;
    *array = grown;
    *size = target;
    return true;
}

static bool add_item(struct part *part, size_t at, const char **from, uint8_t class, uint8_t scale)
{
    if (!grow((void **)&part->item, &part->size, part->n + 1, sizeof *part->item))
        return false;
    struct item *item = &part->item[part->n++];
    *item = (struct item){.at = at, .scale = scale, .wide = class == CRUNCH_CELL_WIDE};
    if (!item->wide) {
        memcpy(&item->value, *from, sizeof item->value);
        *from += sizeof item->value;
        return true;
    }
    const char *start = *from;
    struct crunch_wide wide;
    crunch_kept_wide(from, &wide);
    size_t bytes = (size_t)(*from - start);
    if (!grow((void **)&part->arena, &part->arena_size, part->arena_len + bytes, 1))
        return false;
    memcpy(part->arena + part->arena_len, start, bytes);
    item->value = (int64_t)part->arena_len;
    part->arena_len += bytes;
    return true;
}

/* Counts a cell, and takes its number. */
static bool take_cell(struct part *part, size_t at, const char **from)
{
    struct crunch_exact *counts = &part->counts[at - part->first];
    uint8_t class = (uint8_t)(*from)[0], scale = (uint8_t)(*from)[1];
    *from += 2;
    counts->nan += class == CRUNCH_CELL_NAN;
    counts->plus_inf += class == CRUNCH_CELL_PLUS_INF;
    counts->minus_inf += class == CRUNCH_CELL_MINUS_INF;
    if (class != CRUNCH_CELL_NUMBER && class != CRUNCH_CELL_WIDE)
        return true;
    counts->count++;
    return add_item(part, at, from, class, scale);
}

static void skip_cell(const char **from)
{
    uint8_t class = (uint8_t)(*from)[0];
    struct crunch_wide wide;
    *from += 2;
    if (class == CRUNCH_CELL_NUMBER)
        *from += sizeof(int64_t);
    else if (class == CRUNCH_CELL_WIDE)
        crunch_kept_wide(from, &wide);
}

/* The first entry of the key's group. */
static bool find_group(struct part *part, const struct crunch_hash_key *key, size_t *at)
{
    struct crunch_group_orders *orders = part->orders;
    size_t before = orders->keys.count;
    struct crunch_hash_entry *entry = crunch_hash_find(&orders->keys, key);
    if (entry == NULL)
        return false;
    if (orders->keys.count > before) {
        size_t n = orders->keys.count * orders->n_columns;
        entry->payload[0] = before;
        if (!grow((void **)&orders->ordered, &orders->size, n, sizeof *orders->ordered) ||
            !grow((void **)&part->counts, &part->n_counts, n - part->first, sizeof *part->counts))
            return false;
        memset(orders->ordered + before * orders->n_columns, 0,
               orders->n_columns * sizeof *orders->ordered);
        memset(part->counts + (before * orders->n_columns - part->first), 0,
               orders->n_columns * sizeof *part->counts);
    }
    *at = entry->payload[0] * orders->n_columns;
    return true;
}

/* Takes the rows of a block whose keys belong to part i of n. */
static bool take_rows(struct part *part, const char *data, size_t bytes, uint64_t i, uint64_t n)
{
    const char *stop = data + bytes;
    while (data < stop) {
        uint32_t len;
        size_t at = 0;
        memcpy(&len, data, sizeof len);
        data += sizeof len;
        const struct crunch_hash_key key = crunch_hash_make_key(data, len, part->orders->seed);
        data += len;
        bool mine = n == 1 || (key.hash >> 8) % n == i;
        if (mine && !find_group(part, &key, &at))
            return false;
        for (size_t c = 0; c < part->orders->n_columns; c++)
            if (!mine)
                skip_cell(&data);
            else if (!take_cell(part, at + c, &data))
                return false;
    }
    return true;
}

/* ---- results ---- */

/* The values of an entry as gathered ones. */
static bool gather(struct part *part, const struct item *item, size_t n, enum crunch_arith arith,
                   struct crunch_gathered *out)
{
    size_t n_wide = 0;
    int64_t *value = malloc((n + 1) * sizeof *value);
    uint8_t *scale = malloc(n + 1);
    struct crunch_wide *wide = calloc(n + 1, sizeof *wide);
    bool good = value && scale && wide;
    size_t narrow = 0;
    for (size_t i = 0; i < n && good; i++) {
        if (item[i].wide) {
            const char *at = part->arena + item[i].value;
            crunch_kept_wide(&at, &wide[n_wide++]);
        } else {
            value[narrow] = item[i].value;
            scale[narrow++] = item[i].scale;
        }
    }
    good = good && crunch_gather_values(out, arith, value, scale, narrow, wide, n_wide);
    free(value);
    free(scale);
    free(wide);
    return good;
}

/* Sum of sorted values of ranks first..last. */
static void sum_ranks(const struct crunch_gathered *values, uint64_t first, uint64_t last,
                      struct crunch_scaled *out)
{
    struct crunch_scaled x = {.exponent = 0};
    mpz_init(x.mantissa);
    for (uint64_t i = first; i <= last; i++) {
        crunch_gathered_get(values, i - 1, &x);
        crunch_scaled_add(out, x.mantissa, x.exponent, values->arith);
    }
    crunch_scaled_normalise(out, values->arith);
    mpz_clear(x.mantissa);
}

static void set_deviations(const struct crunch_gathered *values, const struct crunch_exact *counts,
                           struct crunch_ranked_list *out)
{
    struct crunch_scaled median = {.exponent = 0}, high = {.exponent = 0};
    uint64_t n = counts->count + counts->plus_inf + counts->minus_inf;
    mpz_inits(median.mantissa, high.mantissa, (mpz_ptr)NULL);
    crunch_gathered_get(values, (n - 1) / 2 - counts->minus_inf, &median);
    crunch_gathered_get(values, n / 2 - counts->minus_inf, &high);
    crunch_scaled_halfway(&median, &high, values->arith);
    for (size_t i = 0; i < out->n; i++)
        crunch_gathered_distance(values, &median, out->item[i].rank, &out->item[i].value);
    mpz_clears(median.mantissa, high.mantissa, (mpz_ptr)NULL);
}

static bool finish_entry(struct part *part, size_t at, const struct item *item, size_t n)
{
    const struct crunch_plan *plan = part->plan;
    const struct crunch_job *job = plan->job;
    struct crunch_ordered *out = &part->orders->ordered[at];
    const struct crunch_exact *counts = &part->counts[at - part->first];
    struct crunch_gathered values = {0};
    struct crunch_ranks ranks = {0}, deviations = {0};
    uint64_t first, last;
    crunch_ordered_init(
        out, crunch_layout_arith(&plan->layout, plan->slot[at % part->orders->n_columns]));
    if (counts->nan > 0 || n == 0)
        return true;
    crunch_order_wanted(job->ops, job->n_ops, &job->op_options, counts, &ranks, &deviations);
    bool good = !ranks.no_memory && !deviations.no_memory &&
                gather(part, item, n, out->arith, &values) && !crunch_gathered_sort(&values) &&
                crunch_ranked_list_make(&out->values, &ranks) &&
                crunch_ranked_list_make(&out->deviations, &deviations);
    for (size_t i = 0; i < out->values.n && good; i++)
        crunch_gathered_get(&values, out->values.item[i].rank - 1, &out->values.item[i].value);
    if (good && deviations.n > 0)
        set_deviations(&values, counts, &out->deviations);
    if (good &&
        crunch_order_trim_range(job->ops, job->n_ops, &job->op_options, counts, &first, &last)) {
        out->has_trimmed = true;
        sum_ranks(&values, first, last, &out->trimmed);
    }
    crunch_gathered_free(&values);
    crunch_ranks_free(&ranks);
    crunch_ranks_free(&deviations);
    return good;
}

/* Distributes the items to their entries, and finishes each. */
static bool finish_part(struct part *part)
{
    size_t n = part->orders->keys.count * part->orders->n_columns - part->first;
    size_t *begin = calloc(n + 2, sizeof *begin);
    struct item *sorted = malloc((part->n + 1) * sizeof *sorted);
    bool good = begin && sorted;
    for (size_t i = 0; i < part->n && good; i++)
        begin[part->item[i].at - part->first + 2]++;
    for (size_t i = 2; i < n + 2 && good; i++)
        begin[i] += begin[i - 1];
    for (size_t i = 0; i < part->n && good; i++)
        sorted[begin[part->item[i].at - part->first + 1]++] = part->item[i];
    for (size_t i = 0; i < n && good; i++)
        good = finish_entry(part, part->first + i, sorted + begin[i], begin[i + 1] - begin[i]);
    free(begin);
    free(sorted);
    return good;
}

static enum crunch_code make_part(struct part *part, const struct crunch_logs *logs,
                                  uint32_t stream, uint64_t i, uint64_t n)
{
    enum crunch_code code = CRUNCH_OK;
    char *data = NULL;
    size_t size = 0;
    part->first = part->orders->keys.count * part->orders->n_columns;
    part->n = part->arena_len = 0;
    for (size_t b = 0; b < logs->n_blocks && !code; b++) {
        const struct crunch_block *block = &logs->block[b];
        if (block->stream != stream)
            continue;
        if (!grow((void **)&data, &size, block->bytes, 1))
            code = no_memory(part->error);
        if (!code)
            code = crunch_logs_load(logs, block, data, part->error);
        if (!code && !take_rows(part, data, block->bytes, i, n))
            code = no_memory(part->error);
    }
    if (!code && !finish_part(part))
        code = no_memory(part->error);
    free(data);
    return code;
}

enum crunch_code crunch_group_orders_make(const struct crunch_plan *plan,
                                          const struct crunch_logs *logs,
                                          struct crunch_group_orders **out,
                                          struct crunch_error *error)
{
    uint32_t stream = 0;
    uint64_t bytes = 0, parts;
    struct part part = {.plan = plan, .error = error};
    enum crunch_code code = CRUNCH_OK;
    *out = NULL;
    while (stream < plan->n_collecting && plan->collecting[stream].collector != &collector)
        stream++;
    if (stream == plan->n_collecting)
        return CRUNCH_OK;
    part.orders = *out = calloc(1, sizeof **out);
    if (*out == NULL || !crunch_hash_init(&part.orders->keys, sizeof(uint64_t))) {
        free(*out);
        *out = NULL;
        return no_memory(error);
    }
    part.orders->n_columns = plan->n_columns;
    part.orders->seed = crunch_hash_seed();
    for (size_t b = 0; b < logs->n_blocks; b++)
        bytes += logs->block[b].stream == stream ? logs->block[b].bytes : 0;
    parts = bytes / PART_BYTES + 1;
    for (uint64_t i = 0; i < parts && !code; i++)
        code = make_part(&part, logs, stream, i, parts);
    free(part.counts);
    free(part.item);
    free(part.arena);
    if (code) {
        crunch_group_orders_free(*out);
        *out = NULL;
    }
    return code;
}

void crunch_group_orders_free(struct crunch_group_orders *orders)
{
    if (orders == NULL)
        return;
    size_t n = orders->keys.count * orders->n_columns;
    for (size_t i = 0; i < n && i < orders->size; i++)
        crunch_ordered_clear(&orders->ordered[i]);
    free(orders->ordered);
    crunch_hash_free(&orders->keys);
    free(orders);
}

const struct crunch_ordered *crunch_group_orders_find(const struct crunch_group_orders *orders,
                                                      const char *key, size_t key_len,
                                                      size_t column)
{
    if (orders == NULL)
        return NULL;
    const struct crunch_hash_key wanted = crunch_hash_make_key(key, key_len, orders->seed);
    const struct crunch_hash_entry *entry = crunch_hash_look(&orders->keys, &wanted);
    return entry ? &orders->ordered[entry->payload[0] * orders->n_columns + column] : NULL;
}
