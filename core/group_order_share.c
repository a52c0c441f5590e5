/* Owns shares in memory: the reading of rows, and the sorting of what they hold. */
#include "core/group_order_share.h"

#include "core/gather.h"
#include "core/group_parts.h"

#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values of groups");
}

bool crunch_order_share_init(struct crunch_order_share *share, const struct crunch_plan *plan,
                             const struct crunch_order_blocks *blocks,
                             const struct crunch_group_share *which)
{
    *share = (struct crunch_order_share){.plan = plan, .blocks = blocks, .share = *which};
    return crunch_hash_init(&share->keys, sizeof(uint64_t));
}

void crunch_order_share_free(struct crunch_order_share *share)
{
    for (size_t i = 0; i < share->n_ordered; i++)
        crunch_ordered_clear(&share->ordered[i]);
    free(share->ordered);
    free(share->count);
    crunch_hash_free(&share->keys);
    *share = (struct crunch_order_share){0};
}

enum crunch_arith crunch_order_share_arith(const struct crunch_order_share *share, size_t entry)
{
    const struct crunch_plan *plan = share->plan;
    return crunch_layout_arith(&plan->layout, plan->slot[entry % plan->n_columns]);
}

size_t crunch_order_share_bytes(const struct crunch_order_share *share)
{
    /* What is found of an entry has some values of some words. */
    return crunch_hash_bytes(&share->keys) +
           share->keys.count * share->plan->n_columns *
               (sizeof *share->count + 2 * sizeof *share->ordered);
}

/* ---- reading ---- */

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

/* The first entry of the key's group, made if it is not there. */
static bool find_group(struct crunch_order_share *share, const struct crunch_hash_key *key,
                       size_t *entry)
{
    const size_t before = share->keys.count, columns = share->plan->n_columns;
    struct crunch_hash_entry *found = crunch_hash_find(&share->keys, key);
    if (found == NULL)
        return false;
    if (share->keys.count > before) {
        found->payload[0] = before;
        if (!grow((void **)&share->count, &share->room, (before + 1) * columns,
                  sizeof *share->count))
            return false;
        memset(share->count + before * columns, 0, columns * sizeof *share->count);
    }
    *entry = (size_t)found->payload[0] * columns;
    return true;
}

/* Reads a cell; true if it is a number. */
static bool read_cell(const char **from, uint8_t *class, struct crunch_order_cell *cell)
{
    *class = (uint8_t)(*from)[0];
    cell->scale = (uint8_t)(*from)[1];
    *from += 2;
    cell->wide = *class == CRUNCH_CELL_WIDE;
    if (*class == CRUNCH_CELL_NUMBER) {
        memcpy(&cell->value, *from, sizeof cell->value);
        *from += sizeof cell->value;
        return true;
    }
    if (cell->wide) {
        struct crunch_wide wide;
        cell->kept = *from;
        crunch_kept_wide(from, &wide);
        cell->bytes = (size_t)(*from - cell->kept);
    }
    return cell->wide;
}

static void count_class(struct crunch_order_counts *count, uint8_t class)
{
    count->numbers += class == CRUNCH_CELL_NUMBER || class == CRUNCH_CELL_WIDE;
    count->nan += class == CRUNCH_CELL_NAN;
    count->plus_inf += class == CRUNCH_CELL_PLUS_INF;
    count->minus_inf += class == CRUNCH_CELL_MINUS_INF;
}

typedef enum crunch_code take_cell(void *context, size_t entry,
                                   const struct crunch_order_cell *cell, bool *stop,
                                   struct crunch_error *error);

static enum crunch_code read_block(struct crunch_order_share *share, const char *at, size_t bytes,
                                   take_cell *take, void *context, bool *stop,
                                   struct crunch_error *error)
{
    const char *end = at + bytes;
    const uint64_t seed = crunch_group_seed(share->plan);
    enum crunch_code code = CRUNCH_OK;
    while (at < end && !code && !*stop) {
        uint32_t len;
        size_t entry = 0;
        memcpy(&len, at, sizeof len);
        at += sizeof len;
        const struct crunch_hash_key key = crunch_hash_make_key(at, len, seed);
        at += len;
        const bool mine = crunch_group_share_has(&share->share, key.hash);
        if (mine && !find_group(share, &key, &entry))
            return no_memory(error);
        for (size_t c = 0; c < share->plan->n_columns && !code; c++) {
            struct crunch_order_cell cell;
            uint8_t class;
            const bool number = read_cell(&at, &class, &cell);
            if (mine)
                count_class(&share->count[entry + c], class);
            if (mine && number)
                code = take(context, entry + c, &cell, stop, error);
        }
    }
    return code;
}

enum crunch_code crunch_order_share_read(struct crunch_order_share *share, take_cell *take,
                                         void *context, struct crunch_error *error)
{
    const struct crunch_order_blocks *blocks = share->blocks;
    char *data = NULL;
    size_t size = 0;
    bool stop = false;
    enum crunch_code code = CRUNCH_OK;
    for (int k = 0; k < 2; k++)
        for (size_t b = 0; b < blocks->n[k] && !code && !stop; b++) {
            const struct crunch_block *block = &blocks->logs->block[blocks->index[k][b]];
            if (!grow((void **)&data, &size, block->bytes, 1))
                code = no_memory(error);
            if (!code)
                code = crunch_logs_load(blocks->logs, block, data, error);
            if (!code)
                code = read_block(share, data, block->bytes, take, context, &stop, error);
        }
    free(data);
    return code;
}

/* ---- what is wanted ---- */

bool crunch_order_share_entries(struct crunch_order_share *share)
{
    const size_t n = share->keys.count * share->plan->n_columns;
    share->ordered = calloc(n + 1, sizeof *share->ordered);
    if (!share->ordered)
        return false;
    for (size_t i = 0; i < n; i++)
        crunch_ordered_init(&share->ordered[i], crunch_order_share_arith(share, i));
    share->n_ordered = n;
    return true;
}

bool crunch_order_share_prepare(struct crunch_order_share *share, size_t entry, uint64_t *first,
                                uint64_t *last)
{
    const struct crunch_job *job = share->plan->job;
    const struct crunch_order_counts *count = &share->count[entry];
    struct crunch_ordered *out = &share->ordered[entry];
    struct crunch_ranks ranks = {0}, deviations = {0};
    const struct crunch_exact exact = {.count = count->numbers,
                                       .nan = count->nan,
                                       .plus_inf = count->plus_inf,
                                       .minus_inf = count->minus_inf};
    *first = *last = 0;
    if (count->nan > 0 || count->numbers == 0)
        return true;
    crunch_order_wanted(job->ops, job->n_ops, &job->op_options, &exact, &ranks, &deviations);
    bool good = !ranks.no_memory && !deviations.no_memory &&
                crunch_ranked_list_make(&out->values, &ranks) &&
                crunch_ranked_list_make(&out->deviations, &deviations);
    out->has_trimmed =
        crunch_order_trim_range(job->ops, job->n_ops, &job->op_options, &exact, first, last);
    if (!out->has_trimmed)
        *first = *last = 0;
    crunch_ranks_free(&ranks);
    crunch_ranks_free(&deviations);
    return good;
}

/* ---- in memory ---- */

/* A number: of an entry, and itself or where the wide number lies in the arena. */
struct item {
    uint64_t entry;
    int64_t value;
    uint8_t scale;
    bool wide;
};

/* Bytes of an item with its copy in order, and, when all are of one entry, what they are gathered
 * and sorted in. */
#define ITEM_BYTES (2 * sizeof(struct item) + 32)

struct values {
    struct crunch_order_share *share;
    size_t memory;
    bool large;
    struct item *item;
    size_t n, size;
    char *arena;
    size_t arena_len, arena_size;
};

static enum crunch_code take_item(void *context, size_t entry, const struct crunch_order_cell *cell,
                                  bool *stop, struct crunch_error *error)
{
    struct values *values = context;
    if (!grow((void **)&values->item, &values->size, values->n + 1, sizeof *values->item))
        return no_memory(error);
    struct item *item = &values->item[values->n++];
    *item = (struct item){entry, cell->wide ? (int64_t)values->arena_len : cell->value, cell->scale,
                          cell->wide};
    if (cell->wide) {
        if (!grow((void **)&values->arena, &values->arena_size, values->arena_len + cell->bytes, 1))
            return no_memory(error);
        memcpy(values->arena + values->arena_len, cell->kept, cell->bytes);
        values->arena_len += cell->bytes;
    }
    if (values->n % 1024 == 0)
        *stop = values->large = values->n * ITEM_BYTES + 2 * values->arena_len +
                                    crunch_order_share_bytes(values->share) >
                                values->memory;
    return CRUNCH_OK;
}

/* The values of an entry as gathered ones. */
static bool gather(const struct values *values, const struct item *item, size_t n,
                   enum crunch_arith arith, struct crunch_gathered *out)
{
    size_t n_wide = 0;
    int64_t *value = malloc((n + 1) * sizeof *value);
    uint8_t *scale = malloc(n + 1);
    struct crunch_wide *wide = calloc(n + 1, sizeof *wide);
    bool good = value && scale && wide;
    size_t narrow = 0;
    for (size_t i = 0; i < n && good; i++) {
        if (item[i].wide) {
            const char *at = values->arena + item[i].value;
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

static void set_deviations(const struct crunch_gathered *values,
                           const struct crunch_order_counts *count, struct crunch_ranked_list *out)
{
    struct crunch_scaled median = {.exponent = 0}, high = {.exponent = 0};
    uint64_t n = count->numbers + count->plus_inf + count->minus_inf;
    mpz_inits(median.mantissa, high.mantissa, (mpz_ptr)NULL);
    crunch_gathered_get(values, (n - 1) / 2 - count->minus_inf, &median);
    crunch_gathered_get(values, n / 2 - count->minus_inf, &high);
    crunch_scaled_halfway(&median, &high, values->arith);
    for (size_t i = 0; i < out->n; i++)
        crunch_gathered_distance(values, &median, out->item[i].rank, &out->item[i].value);
    mpz_clears(median.mantissa, high.mantissa, (mpz_ptr)NULL);
}

static bool finish_entry(const struct values *values, size_t entry, const struct item *item,
                         size_t n)
{
    struct crunch_order_share *share = values->share;
    struct crunch_ordered *out = &share->ordered[entry];
    struct crunch_gathered gathered = {0};
    uint64_t first, last;
    bool good = crunch_order_share_prepare(share, entry, &first, &last);
    if (out->values.n + out->deviations.n + last == 0)
        return good;
    good =
        good && gather(values, item, n, out->arith, &gathered) && !crunch_gathered_sort(&gathered);
    for (size_t i = 0; i < out->values.n && good; i++)
        crunch_gathered_get(&gathered, out->values.item[i].rank - 1, &out->values.item[i].value);
    if (good && out->deviations.n > 0)
        set_deviations(&gathered, &share->count[entry], &out->deviations);
    if (good && last > 0)
        sum_ranks(&gathered, first, last, &out->trimmed);
    crunch_gathered_free(&gathered);
    return good;
}

/* Distributes the items to their entries, and finishes each. */
static bool finish(const struct values *values)
{
    struct crunch_order_share *share = values->share;
    const size_t n = share->keys.count * share->plan->n_columns;
    size_t *begin = calloc(n + 2, sizeof *begin);
    struct item *sorted = malloc((values->n + 1) * sizeof *sorted);
    bool good = begin && sorted && crunch_order_share_entries(share);
    for (size_t i = 0; i < values->n && good; i++)
        begin[values->item[i].entry + 2]++;
    for (size_t i = 2; i < n + 2 && good; i++)
        begin[i] += begin[i - 1];
    for (size_t i = 0; i < values->n && good; i++)
        sorted[begin[values->item[i].entry + 1]++] = values->item[i];
    for (size_t i = 0; i < n && good; i++)
        good = finish_entry(values, i, sorted + begin[i], begin[i + 1] - begin[i]);
    free(begin);
    free(sorted);
    return good;
}

enum crunch_code crunch_order_share_in_memory(struct crunch_order_share *share, size_t memory,
                                              bool *large, struct crunch_error *error)
{
    struct values values = {.share = share, .memory = memory};
    enum crunch_code code = crunch_order_share_read(share, take_item, &values, error);
    if (!code && !values.large && !finish(&values))
        code = no_memory(error);
    *large = values.large;
    free(values.item);
    free(values.arena);
    return code;
}
