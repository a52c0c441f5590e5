/*
 * Owns the cells of all rows on their way from a batch to ranks: as bytes in the log, as sort keys
 * in memory.
 *
 * A sort key is two words that compare as the values do: the class, then for a number its sign, the
 * exponent of its first digit and its first 18 digits, all turned round where it is negative. Of a
 * wide number with more digits the key refers to the rest, which decides between equal keys.
 */
#include "core/spearman.h"

#include "core/backend_pool.h"
#include "core/bytes.h"
#include "core/group_ranks.h"
#include "core/limbs.h"
#include "core/memory.h"
#include "core/plan_sets.h"
#include "core/spearman_sorted.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)1 << 20)
#define KEY_DIGITS 18

/* ---- collecting ---- */

struct collector {
    const struct crunch_plan *plan;
    struct crunch_bytes bytes;
    size_t *next_wide; /* per column, in a batch */
};

static void destroy(void *self)
{
    struct collector *c = self;
    if (c == NULL)
        return;
    free(c->bytes.data);
    free(c->next_wide);
    free(c);
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    (void)config;
    struct collector *c = calloc(1, sizeof *c);
    if (c)
        c->next_wide = calloc(plan->n_columns, sizeof *c->next_wide);
    if (c == NULL || c->next_wide == NULL) {
        destroy(c);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    c->plan = plan;
    *self = c;
    return CRUNCH_OK;
}

static void begin(void *self)
{
    struct collector *c = self;
    c->bytes.len = 0;
    c->bytes.failed = false;
}

static void add_tag(struct crunch_bytes *out, enum crunch_spearman_tag tag)
{
    unsigned char byte = (unsigned char)tag;
    crunch_bytes_add(out, &byte, 1);
}

static void add_wide(struct crunch_bytes *out, const struct crunch_wide *wide)
{
    add_tag(out, CRUNCH_SPEARMAN_WIDE);
    crunch_bytes_add(out, &wide->negative, sizeof wide->negative);
    crunch_bytes_add(out, &wide->exponent, sizeof wide->exponent);
    crunch_bytes_add(out, &wide->n_digits, sizeof wide->n_digits);
    crunch_bytes_add(out, wide->digits, wide->n_digits);
}

static void add_cell(struct crunch_bytes *out, enum crunch_arith arith,
                     const struct crunch_cells *cells, size_t row, size_t *next_wide)
{
    static const enum crunch_spearman_tag tags[] = {
        [CRUNCH_CELL_MISSING] = CRUNCH_SPEARMAN_MISSING,
        [CRUNCH_CELL_NAN] = CRUNCH_SPEARMAN_NAN,
        [CRUNCH_CELL_PLUS_INF] = CRUNCH_SPEARMAN_PLUS_INF,
        [CRUNCH_CELL_MINUS_INF] = CRUNCH_SPEARMAN_MINUS_INF};
    uint8_t class = cells->all_numbers ? CRUNCH_CELL_NUMBER : cells->class[row];
    if (class == CRUNCH_CELL_WIDE) {
        while (cells->wide[*next_wide].row < row)
            ++*next_wide;
        add_wide(out, &cells->wide[*next_wide]);
    } else if (class != CRUNCH_CELL_NUMBER) {
        add_tag(out, tags[class]);
    } else if (arith == CRUNCH_ARITH_BINARY) {
        add_tag(out, CRUNCH_SPEARMAN_DOUBLE);
        crunch_bytes_add(out, &cells->binary[row], sizeof cells->binary[row]);
    } else {
        uint8_t scale = cells->one_scale ? cells->common_scale : cells->scale[row];
        add_tag(out, CRUNCH_SPEARMAN_NARROW);
        crunch_bytes_add(out, &scale, 1);
        crunch_bytes_add(out, &cells->mantissa[row], sizeof cells->mantissa[row]);
    }
}

static enum crunch_code put(struct collector *c, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    if (c->bytes.failed)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    enum crunch_code code = c->bytes.len > 0
                                ? crunch_log_put(log, stream, c->bytes.data, c->bytes.len, error)
                                : CRUNCH_OK;
    c->bytes.len = 0;
    return code;
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collector *c = self;
    const struct crunch_plan *plan = c->plan;
    memset(c->next_wide, 0, plan->n_columns * sizeof *c->next_wide);
    for (size_t row = 0; row < rows->rows; row++)
        for (size_t i = 0; i < plan->n_columns; i++)
            add_cell(&c->bytes, crunch_layout_arith(&plan->layout, plan->slot[i]),
                     &rows->columns[plan->slot[i]], row, &c->next_wide[i]);
    return c->bytes.len >= BLOCK_BYTES || c->bytes.failed ? put(c, log, stream, error) : CRUNCH_OK;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    return put(self, log, stream, error);
}

/* ---- keys ---- */

enum class { BELOW_ALL, NEGATIVE, ZERO, POSITIVE, ABOVE_ALL, NO_NUMBER, ABSENT };

struct key {
    uint64_t high; /* class in 3 bits, exponent + 2048 in 13, the upper 48 bits of the digits */
    uint64_t low;  /* the lower 12 bits of the digits, then 1 + the place of the rest, or 0 */
};

#define REST(key) ((key).low & ((UINT64_C(1) << 52) - 1))

struct rest {
    const unsigned char *digits; /* behind the first KEY_DIGITS */
    uint32_t n;
    bool negative;
};

/* All rows of a run. */
struct rows {
    size_t k, n, room;
    struct key *key; /* k a row */
    struct rest *rest;
    size_t n_rest, rest_room;
    unsigned char **block; /* kept for the digits in them */
    size_t n_blocks;
};

static enum class class_of(struct key key) { return (enum class)(key.high >> 61); }

static struct key special_key(enum class class)
{
    return (struct key){(uint64_t) class << 61, 0};
}

static struct key number_key(bool negative, long exponent, uint64_t digits, uint64_t rest)
{
    uint64_t high = (uint64_t)(exponent + 2048) << 48 | digits >> 12, low = digits & 0xfff;
    if (negative) {
        high = ~high & ((UINT64_C(1) << 61) - 1);
        low = ~low & 0xfff;
    }
    return (struct key){(uint64_t)(negative ? NEGATIVE : POSITIVE) << 61 | high, low << 52 | rest};
}

static struct key narrow_key(int64_t mantissa, unsigned scale)
{
    uint64_t m = mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa;
    long exponent = KEY_DIGITS - 1 - (long)scale;
    if (m == 0)
        return special_key(ZERO);
    for (; m < UINT64_C(100000000000000000); m *= 10)
        exponent--;
    return number_key(mantissa < 0, exponent, m, 0);
}

/* Words that compare as doubles do, after Herf (2001), "Radix tricks". */
static struct key double_key(double x)
{
    uint64_t bits;
    x = x == 0 ? 0 : x; /* not -0 */
    memcpy(&bits, &x, sizeof bits);
    bits ^= bits >> 63 ? ~UINT64_C(0) : UINT64_C(1) << 63;
    return (struct key){(uint64_t)ZERO << 61 | bits >> 3, (bits & 7) << 52};
}

static bool add_rest(struct rows *rows, const unsigned char *digits, uint32_t n, bool negative)
{
    if (rows->n_rest == rows->rest_room) {
        size_t room = rows->rest_room * 2 + 64;
        struct rest *grown = realloc(rows->rest, room * sizeof *grown);
        if (grown == NULL)
            return false;
        rows->rest = grown;
        rows->rest_room = room;
    }
    rows->rest[rows->n_rest++] = (struct rest){digits, n, negative};
    return true;
}

/* Reads a wide number; *from is behind the tag and is moved on. */
static bool wide_key(struct rows *rows, const unsigned char **from, struct key *key)
{
    bool negative;
    int32_t exponent;
    uint32_t n;
    memcpy(&negative, *from, sizeof negative);
    memcpy(&exponent, *from + sizeof negative, sizeof exponent);
    memcpy(&n, *from + sizeof negative + sizeof exponent, sizeof n);
    const unsigned char *digits = *from + sizeof negative + sizeof exponent + sizeof n;
    uint64_t first = 0;
    for (uint32_t i = 0; i < KEY_DIGITS; i++)
        first = first * 10 + (i < n ? (uint64_t)(digits[i] - '0') : 0);
    *from = digits + n;
    if (n > KEY_DIGITS && !add_rest(rows, digits + KEY_DIGITS, n - KEY_DIGITS, negative))
        return false;
    *key = number_key(negative, (long)exponent + (long)n - 1, first,
                      n > KEY_DIGITS ? rows->n_rest : 0);
    return true;
}

/* Reads a cell. False: out of memory. */
static bool read_cell(struct rows *rows, const unsigned char **from, struct key *key)
{
    int64_t mantissa;
    double x;
    uint8_t scale;
    switch ((enum crunch_spearman_tag) * (*from)++) {
    case CRUNCH_SPEARMAN_NARROW:
        scale = **from;
        memcpy(&mantissa, *from + 1, sizeof mantissa);
        *from += 1 + sizeof mantissa;
        *key = narrow_key(mantissa, scale);
        break;
    case CRUNCH_SPEARMAN_DOUBLE:
        memcpy(&x, *from, sizeof x);
        *from += sizeof x;
        *key = double_key(x);
        break;
    case CRUNCH_SPEARMAN_WIDE:
        return wide_key(rows, from, key);
    case CRUNCH_SPEARMAN_MINUS_INF:
        *key = special_key(BELOW_ALL);
        break;
    case CRUNCH_SPEARMAN_PLUS_INF:
        *key = special_key(ABOVE_ALL);
        break;
    case CRUNCH_SPEARMAN_NAN:
        *key = special_key(NO_NUMBER);
        break;
    case CRUNCH_SPEARMAN_MISSING:
        *key = special_key(ABSENT);
        break;
    }
    return true;
}

static void free_rows(struct rows *rows)
{
    for (size_t i = 0; i < rows->n_blocks; i++)
        free(rows->block[i]);
    free(rows->block);
    free(rows->rest);
    free(rows->key);
}

/* Reads the rows of a block, which is kept if a number's digits lie in it. */
static enum crunch_code read_block(struct rows *rows, unsigned char *data, size_t bytes)
{
    const unsigned char *from = data;
    size_t rests = rows->n_rest;
    bool good = true;
    while (from < data + bytes && good) {
        if (rows->n == rows->room) {
            size_t room = rows->room + rows->room / 2 + 4096;
            struct key *grown = realloc(rows->key, room * rows->k * sizeof *grown);
            if (grown == NULL)
                break;
            rows->key = grown;
            rows->room = room;
        }
        for (size_t i = 0; i < rows->k && good; i++)
            good = read_cell(rows, &from, &rows->key[rows->n * rows->k + i]);
        rows->n++;
    }
    if (rows->n_rest > rests)
        rows->block[rows->n_blocks++] = data;
    else
        free(data);
    return good && from == data + bytes ? CRUNCH_OK : CRUNCH_NO_MEMORY;
}

/* What ranks may take of --mem-limit; the rest is the program's. */
static uint64_t budget_of(const struct crunch_plan *plan)
{
    const size_t budget = crunch_memory_budget(plan->job);
    return budget == SIZE_MAX ? UINT64_MAX : budget * 3 / 4;
}

static bool fits(const struct crunch_plan *plan, const struct rows *rows)
{
    /* The keys and their growth; of a pair two columns to be sorted, twice, and their ranks. */
    uint64_t need = (uint64_t)rows->room * rows->k * sizeof(struct key) +
                    (uint64_t)rows->n * 2 * (2 * 24 + sizeof(uint64_t));
    return need <= budget_of(plan);
}

/* *rows is filled as far as it fits. */
static enum crunch_code read_rows(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                  uint32_t stream, struct rows *rows, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    *rows = (struct rows){.k = plan->n_columns};
    rows->block = calloc(logs->n_blocks + 1, sizeof *rows->block);
    if (rows->block == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < logs->n_blocks && !code && fits(plan, rows); i++) {
        const struct crunch_block *block = &logs->block[i];
        if (block->stream != stream)
            continue;
        unsigned char *data = malloc(block->bytes);
        if (data == NULL)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        code = crunch_logs_load(logs, block, data, error);
        if (code)
            free(data);
        else if (read_block(rows, data, block->bytes))
            code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    return code;
}

/* ---- ranks ---- */

struct placed {
    struct key key;
    uint64_t row; /* among those of the pair */
};

static int compare_rests(const struct rows *rows, uint64_t a, uint64_t b)
{
    static const struct rest none = {(const unsigned char *)"", 0, false};
    const struct rest *x = a ? &rows->rest[a - 1] : &none, *y = b ? &rows->rest[b - 1] : &none;
    uint32_t n = x->n < y->n ? x->n : y->n;
    int sign = n > 0 ? memcmp(x->digits, y->digits, n) : 0;
    if (sign == 0)
        sign = (x->n > y->n) - (x->n < y->n); /* digits end in no zero */
    return x->negative || y->negative ? -sign : sign;
}

static int compare_placed(const void *a, const void *b, void *context)
{
    const struct key *x = &((const struct placed *)a)->key, *y = &((const struct placed *)b)->key;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    if (x->low >> 52 != y->low >> 52)
        return x->low >> 52 < y->low >> 52 ? -1 : 1;
    if (REST(*x) == 0 && REST(*y) == 0)
        return 0;
    return compare_rests(context, REST(*x), REST(*y));
}

/* A pair of columns at work: its rows sorted by each, and the doubled ranks. */
struct pair {
    struct rows *rows;
    size_t column[2];
    size_t n;
    struct placed *placed[2];
    uint64_t *rank[2];
};

static enum crunch_code rank_column(void *context, size_t i, struct crunch_error *error)
{
    (void)error;
    struct pair *pair = context;
    struct placed *placed = pair->placed[i];
    qsort_r(placed, pair->n, sizeof *placed, compare_placed, pair->rows);
    for (size_t begin = 0, stop; begin < pair->n; begin = stop) {
        for (stop = begin + 1; stop < pair->n; stop++)
            if (compare_placed(&placed[begin], &placed[stop], pair->rows) != 0)
                break;
        for (size_t at = begin; at < stop; at++) /* ranks begin + 1 ... stop */
            pair->rank[i][placed[at].row] = (uint64_t)begin + 1 + stop;
    }
    return CRUNCH_OK;
}

/* Takes the rows that have both columns; returns how many of them have a nan. */
static uint64_t take_rows(struct pair *pair)
{
    const struct rows *rows = pair->rows;
    uint64_t nan = 0;
    pair->n = 0;
    for (size_t row = 0; row < rows->n; row++) {
        struct key key[2];
        for (int i = 0; i < 2; i++)
            key[i] = rows->key[row * rows->k + pair->column[i]];
        enum class x = class_of(key[0]), y = class_of(key[1]);
        if (x == ABSENT || y == ABSENT)
            continue;
        nan += x == NO_NUMBER || y == NO_NUMBER;
        for (int i = 0; i < 2 && x != NO_NUMBER && y != NO_NUMBER; i++)
            pair->placed[i][pair->n] = (struct placed){key[i], pair->n};
        pair->n += x != NO_NUMBER && y != NO_NUMBER;
    }
    return nan;
}

static void add_product(struct crunch_scaled *out, const uint64_t *a, const uint64_t *b, size_t n)
{
    unsigned __int128 total = 0; /* ranks are below 2^34, rows below 2^60 */
    for (size_t i = 0; i < n; i++)
        total += (unsigned __int128)a[i] * b[i];
    crunch_mpz_add_u128(out->mantissa, total);
}

static void fill_joint(struct crunch_joint *joint, const struct pair *pair, uint64_t nan)
{
    joint->rows = pair->n;
    joint->nan = nan;
    for (size_t j = 0; j < 2; j++) {
        unsigned __int128 sum = 0;
        for (size_t row = 0; row < pair->n; row++)
            sum += pair->rank[j][row];
        crunch_mpz_add_u128(joint->sum[j].mantissa, sum);
        for (size_t i = 0; i <= j; i++)
            add_product(&joint->product[crunch_joint_at(i, j)], pair->rank[i], pair->rank[j],
                        pair->n);
    }
}

static enum crunch_code make_pair(struct pair *pair, unsigned threads, struct crunch_joint *joint,
                                  struct crunch_error *error)
{
    static const enum crunch_arith arith[2] = {CRUNCH_ARITH_DECIMAL, CRUNCH_ARITH_DECIMAL};
    enum crunch_code code = crunch_joint_init(joint, 2, arith, true);
    if (code)
        return crunch_fail(error, code, "out of memory");
    uint64_t nan = take_rows(pair);
    code = crunch_parallel_for(threads, 2, rank_column, pair, error);
    if (!code)
        fill_joint(joint, pair, nan);
    return code;
}

static bool create_pair(struct pair *pair, struct rows *rows)
{
    bool good = true;
    *pair = (struct pair){.rows = rows};
    for (int i = 0; i < 2; i++) {
        pair->placed[i] = malloc((rows->n + 1) * sizeof *pair->placed[i]);
        pair->rank[i] = malloc((rows->n + 1) * sizeof *pair->rank[i]);
        good = good && pair->placed[i] && pair->rank[i];
    }
    return good;
}

static void destroy_pair(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        free(pair->placed[i]);
        free(pair->rank[i]);
    }
}

/* ---- the whole, in memory ---- */

extern const struct crunch_collector crunch_spearman_collector;

static uint32_t stream_of(const struct crunch_plan *plan)
{
    uint32_t stream = 0;
    while (plan->collecting[stream].collector != &crunch_spearman_collector)
        stream++;
    return stream;
}

static enum crunch_code make_in_memory(const struct crunch_plan *plan, struct rows *rows,
                                       struct crunch_joint *joint, struct crunch_error *error)
{
    const size_t n = plan->n_columns;
    const unsigned threads = crunch_parallel_threads(plan->job);
    struct pair pair;
    enum crunch_code code = CRUNCH_OK;
    if (!create_pair(&pair, rows))
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < n && !code; i++)
        for (size_t j = i + 1; j < n && !code; j++) {
            pair.column[0] = i;
            pair.column[1] = j;
            code = make_pair(&pair, threads, &joint[crunch_pair_set(i, j, n)], error);
        }
    destroy_pair(&pair);
    return code;
}

/* ---- the whole, sorted outside of memory ---- */

struct sorting {
    const struct crunch_plan *plan;
    struct crunch_spearman_rows rows;
    size_t memory; /* of a pair */
    struct crunch_joint *joint;
};

static enum crunch_code sort_pair(void *context, size_t at, struct crunch_error *error)
{
    static const enum crunch_arith arith[2] = {CRUNCH_ARITH_DECIMAL, CRUNCH_ARITH_DECIMAL};
    const struct sorting *sorting = context;
    const size_t n = sorting->plan->n_columns;
    size_t i = 0, j = 1;
    while (crunch_pair_set(i, j, n) != at)
        if (++j == n)
            j = ++i + 1;
    enum crunch_code code = crunch_joint_init(&sorting->joint[at], 2, arith, true);
    if (code)
        return crunch_fail(error, code, "out of memory");
    return crunch_spearman_sorted(&sorting->rows, i, j, sorting->memory, sorting->plan->job->tmpdir,
                                  &sorting->joint[at], error);
}

static enum crunch_code make_sorted(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                    struct crunch_joint *joint, struct crunch_error *error)
{
    const size_t n = plan->n_columns, pairs = n * (n - 1) / 2;
    const unsigned threads = crunch_parallel_threads(plan->job);
    const size_t at_once = threads < pairs ? threads : pairs;
    struct sorting sorting = {.plan = plan,
                              .rows = {logs, stream_of(plan), n},
                              .memory = (size_t)(budget_of(plan) / at_once),
                              .joint = joint};
    return crunch_parallel_for(threads, pairs, sort_pair, &sorting, error);
}

/* ---- the whole ---- */

enum crunch_code crunch_spearman_make(const struct crunch_plan *plan,
                                      const struct crunch_logs *logs, struct crunch_joint **joint,
                                      struct crunch_error *error)
{
    size_t n = plan->n_columns;
    struct rows rows;
    *joint = calloc(n * (n - 1) / 2, sizeof **joint);
    if (*joint == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    enum crunch_code code = read_rows(plan, logs, stream_of(plan), &rows, error);
    const bool in_memory = fits(plan, &rows);
    if (!code && in_memory)
        code = make_in_memory(plan, &rows, *joint, error);
    free_rows(&rows);
    return code || in_memory ? code : make_sorted(plan, logs, *joint, error);
}

void crunch_spearman_free(const struct crunch_plan *plan, struct crunch_joint *joint)
{
    for (size_t s = 0; joint && s < plan->n_columns * (plan->n_columns - 1) / 2; s++)
        crunch_joint_clear(&joint[s]);
    free(joint);
}

/* The correlation as it is printed. */
static char *text_of(const struct crunch_plan *plan, const struct crunch_joint *joint)
{
    struct crunch_exact exact;
    struct crunch_value value;
    crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, 0);
    crunch_value_init(&value);
    exact.joint = joint;
    crunch_op_finish(plan->job->ops[0], &exact, &plan->job->op_options, &value);
    char *text = crunch_value_text(&value, 0);
    crunch_value_clear(&value);
    crunch_exact_clear(&exact);
    return text;
}

static enum crunch_code write_found(const struct crunch_plan *plan, const void *config,
                                    const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                    struct crunch_error *error)
{
    (void)config, (void)stream;
    struct crunch_joint *joint = NULL;
    enum crunch_code code = crunch_spearman_make(plan, logs, &joint, error);
    for (size_t s = 0; s < plan->n_columns * (plan->n_columns - 1) / 2 && !code; s++) {
        char *text = crunch_joint_encode(&joint[s]), *result = text_of(plan, &joint[s]);
        if (text && result)
            fprintf(out, "pair %zu: %s corr=%s\n", s, text, result);
        else
            code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        free(text);
        free(result);
    }
    crunch_spearman_free(plan, joint);
    return code;
}

const struct crunch_collector crunch_spearman_collector = {
    .name = "ranks",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
    .write = write_found,
    .reference_create = crunch_reference_spearman_create,
    .reference_row = crunch_reference_spearman_row,
    .reference_write = crunch_reference_spearman_write,
    .reference_destroy = crunch_reference_spearman_destroy,
};

enum crunch_code crunch_spearman_plan(struct crunch_plan *plan, struct crunch_error *error)
{
    return crunch_plan_collect(
        plan,
        &(struct crunch_collecting){.collector = plan->n_by > 0 ? &crunch_group_ranks_collector
                                                                : &crunch_spearman_collector},
        error);
}
