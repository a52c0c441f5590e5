/*
 * Groups without a run: tables fed with batches of numbers of every kind, written as blocks, read
 * back in any order and division, against sums of GMP rationals kept per key beside them; sorting
 * and runs, in memory and through the file; varints and packed exacts.
 */
#include "core/bytes.h"
#include "core/exact_pack.h"
#include "core/group_block.h"
#include "core/group_gather.h"
#include "core/group_parts.h"
#include "core/group_sort.h"
#include "core/runs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEEDS                                                                             \
    (CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES) | \
     CRUNCH_BIT(CRUNCH_EXTREMES))
enum { KEYS = 37, ROUNDS = 40 };

static uint64_t state = 88172645463325252u;
static uint64_t below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* What a key's cells add up to, worked out with rationals. */
struct expected {
    uint64_t rows, missing;
    mpq_t sum, squares, least, greatest;
    bool some;
};

struct world {
    struct crunch_job job;
    struct crunch_plan plan;
    size_t slot[1], by_slot[1];
    unsigned by_needs[1];
    struct crunch_layout layout;
    struct crunch_grouping grouping;
    struct crunch_collecting collecting;
    struct expected expected[KEYS];
    struct crunch_batch *batch;
};

static void open_world(struct world *w, unsigned needs)
{
    static const enum crunch_need need[2] = {CRUNCH_NEED_TEXT, CRUNCH_NEED_NUMBER};
    memset(w, 0, sizeof *w);
    w->slot[0] = 1;
    w->by_needs[0] = needs;
    w->plan = (struct crunch_plan){.job = &w->job,
                                   .n_columns = 1,
                                   .slot = w->slot,
                                   .n_by = 1,
                                   .by_slot = w->by_slot,
                                   .by_needs = w->by_needs};
    for (size_t k = 0; k < KEYS; k++) {
        struct expected *e = &w->expected[k];
        mpq_inits(e->sum, e->squares, e->least, e->greatest, (mpq_ptr)NULL);
    }
    struct crunch_batch_shape shape = {.n_columns = 2, .need = need};
    cr_assert_eq(crunch_batch_create(&shape, &w->batch, NULL), CRUNCH_OK);
}

static void close_world(struct world *w)
{
    for (size_t k = 0; k < KEYS; k++) {
        struct expected *e = &w->expected[k];
        mpq_clears(e->sum, e->squares, e->least, e->greatest, (mpq_ptr)NULL);
    }
    crunch_batch_free(w->batch);
}

static void key_text(size_t k, char text[64])
{
    /* Short, of 16 bytes, longer, sharing their beginnings, and empty. */
    static const char *const forms[] = {"k%zu", "sixteen bytes %02zu",
                                        "seventeen bytes %zu, or more"};
    snprintf(text, 64, forms[k % 3], k);
    if (k == 0)
        text[0] = '\0';
}

static void expect_value(struct expected *e, const mpq_t x)
{
    mpq_t square;
    mpq_init(square);
    mpq_mul(square, x, x);
    mpq_add(e->sum, e->sum, x);
    mpq_add(e->squares, e->squares, square);
    if (!e->some || mpq_cmp(x, e->least) < 0)
        mpq_set(e->least, x);
    if (!e->some || mpq_cmp(x, e->greatest) > 0)
        mpq_set(e->greatest, x);
    e->some = true;
    mpq_clear(square);
}

/* A number as text, of one of the kinds that the compact states tell apart. */
static void number_text(char text[200], unsigned kind)
{
    int sign = below(2) ? -1 : 1;
    if (kind == 0)
        sprintf(text, "%d.%d", sign * (int)below(100), (int)below(10));
    else if (kind == 1)
        sprintf(text, "%lld.%02d", (long long)sign * (long long)below(100000000), (int)below(100));
    else if (kind == 2)
        sprintf(text, "%.17g", sign * (double)below(1000000) / 997.0);
    else if (kind == 3)
        sprintf(text, "%lld",
                (long long)sign * (long long)(UINT64_C(999999999999999999) - below(9)));
    else if (kind == 4)
        sprintf(text, "%s0.%0*d", sign < 0 ? "-" : "", 30, (int)below(1000));
    else if (kind == 5)
        sprintf(text, "%s%d%0*d", sign < 0 ? "-" : "", 1 + (int)below(9), 60, (int)below(1000));
    else
        text[0] = '\0';
}

static void exact_of_text(mpq_t x, const char *text)
{
    char digits[200];
    size_t n = 0, places = 0;
    bool point = false;
    for (const char *s = text; *s; s++) {
        if (*s == '.') {
            point = true;
            continue;
        }
        cr_assert_neq(*s, 'e');
        digits[n++] = *s;
        places += point;
    }
    digits[n] = '\0';
    mpz_set_str(mpq_numref(x), digits, 10);
    mpz_ui_pow_ui(mpq_denref(x), 10, places);
    mpq_canonicalize(x);
}

/* Fills the batch with rows of random keys and numbers of some kinds. */
static void fill(struct world *w, size_t rows, unsigned kinds)
{
    static char scratch[CRUNCH_WIDE_DIGITS_MAX];
    const struct crunch_dialect dialect = crunch_dialect_default();
    mpq_t x;
    mpq_init(x);
    crunch_batch_clear(w->batch);
    cr_assert(crunch_batch_reserve_text(w->batch, rows * 64));
    for (size_t i = 0; i < rows; i++) {
        struct crunch_number row[2] = {{.class = CRUNCH_CELL_NUMBER}};
        char key[64], text[200];
        unsigned kind;
        size_t k = below(KEYS);
        do
            kind = (unsigned)below(7);
        while (!(kinds >> kind & 1));
        number_text(text, kind);
        key_text(k, key);
        crunch_number_parse(&dialect, text, strlen(text), scratch, &row[1]);
        struct crunch_text texts[2] = {{key, (uint32_t)strlen(key)}, {NULL, 0}};
        crunch_batch_append(w->batch, row, texts, i);
        w->expected[k].rows++;
        if (kind == 6) {
            w->expected[k].missing++;
        } else {
            exact_of_text(x, text);
            expect_value(&w->expected[k], x);
        }
    }
    mpq_clear(x);
}

static void check_scaled(const struct crunch_scaled *got, const mpq_t want, const char *what)
{
    mpq_t x;
    mpq_init(x);
    crunch_scaled_to_mpq(x, got, CRUNCH_ARITH_DECIMAL);
    cr_assert(mpq_equal(x, want), "%s", what);
    mpq_clear(x);
}

static void check_store(const struct world *w, struct crunch_group_store *store)
{
    for (size_t k = 0; k < KEYS; k++) {
        const struct expected *e = &w->expected[k];
        char key[64];
        key_text(k, key);
        struct crunch_hash_key hashed = crunch_hash_make_key(key, strlen(key), store->seed);
        struct crunch_hash_entry *entry = crunch_hash_look(&store->table, &hashed);
        cr_assert_eq(entry != NULL, e->rows > 0);
        if (!entry)
            continue;
        size_t id = (size_t)((unsigned char *)entry - store->table.entry) / sizeof *entry;
        struct crunch_exact exact;
        cr_assert_eq(store->rows[id], e->rows);
        crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, w->plan.by_needs[0]);
        crunch_group_column_exact(&store->column[0], id, e->rows, &exact);
        cr_assert_eq(exact.count, e->rows - e->missing);
        cr_assert_eq(exact.missing, e->missing);
        check_scaled(&exact.sum[CRUNCH_SUM], e->sum, "sum");
        check_scaled(&exact.sum[CRUNCH_SUM_SQUARES], e->squares, "sum of squares");
        cr_assert_eq(exact.has_extremes, e->some);
        if (e->some) {
            check_scaled(&exact.min, e->least, "least");
            check_scaled(&exact.max, e->greatest, "greatest");
        }
        crunch_exact_clear(&exact);
    }
}

static void feed(struct world *w, struct crunch_group_store *store,
                 struct crunch_group_gather *gather)
{
    static uint32_t id[CRUNCH_BATCH_ROWS];
    struct crunch_group_keys keys;
    cr_assert_eq(crunch_group_keys_init(&keys, &w->plan, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_group_keys_read(&keys, w->batch, NULL), CRUNCH_OK);
    cr_assert(crunch_group_store_find(store, &keys, w->batch->rows, NULL, id));
    if (gather)
        cr_assert(crunch_group_gather_feed(gather, &w->batch->columns[1], w->batch->rows, id));
    else
        cr_assert(
            crunch_group_column_feed(&store->column[0], &w->batch->columns[1], w->batch->rows, id));
    crunch_group_keys_free(&keys);
}

static void append_block(struct crunch_bytes *block, const struct crunch_group_store *store)
{
    struct crunch_group_partition partition;
    cr_assert(crunch_group_partition_make(&partition, store));
    crunch_group_block_write(block, store, partition.id, store->table.count);
    cr_assert_not(block->failed);
    crunch_group_partition_free(&partition);
}

/* Sets of kinds: alone, and together such that columns are rescaled, become broad, and leave rests.
 */
static const unsigned kind_sets[] = {
    1, 2, 4, 8, 1 | 2, 1 | 4, 4 | 8, 1 | 2 | 64, 1 | 16, 1 | 8 | 16 | 32, 127, 64};

Test(group, tables_hold_what_was_fed)
{
    for (size_t s = 0; s < sizeof kind_sets / sizeof *kind_sets; s++) {
        struct world w;
        struct crunch_group_store store;
        open_world(&w, NEEDS);
        cr_assert(crunch_group_store_init(&store, &w.plan, 7));
        cr_assert(s % 2 || crunch_group_store_add_front(&store));
        for (int round = 0; round < ROUNDS; round++) {
            fill(&w, 1 + below(200), round % 3 ? kind_sets[s] : kind_sets[s] & -kind_sets[s]);
            feed(&w, &store, NULL);
        }
        check_store(&w, &store);
        crunch_group_store_free(&store);
        close_world(&w);
    }
}

Test(group, gathered_columns_hold_what_was_fed)
{
    struct world w;
    struct crunch_group_store store;
    open_world(&w, NEEDS);
    cr_assert(crunch_group_store_init(&store, &w.plan, 7));
    store.column[0].full = true;
    struct crunch_group_gather *gather = crunch_group_gather_create(&store.column[0]);
    cr_assert(gather);
    for (int round = 0; round < 3 * ROUNDS; round++) {
        fill(&w, 1000, 127);
        feed(&w, &store, gather);
    }
    cr_assert(crunch_group_gather_settle(gather));
    check_store(&w, &store);
    crunch_group_gather_free(gather);
    crunch_group_store_free(&store);
    close_world(&w);
}

/* Merging: blocks of many tables, in one table and in shares of it, are what was fed to all. */
Test(group, blocks_merge)
{
    for (size_t s = 0; s < sizeof kind_sets / sizeof *kind_sets; s++) {
        struct crunch_bytes block[ROUNDS] = {{0}};
        struct world w;
        struct crunch_group_store store, merged;
        open_world(&w, NEEDS);
        cr_assert(crunch_group_store_init(&store, &w.plan, 7));
        cr_assert(crunch_group_store_init(&merged, &w.plan, 7));
        for (int round = 0; round < ROUNDS; round++) {
            size_t other = below(sizeof kind_sets / sizeof *kind_sets);
            fill(&w, 1 + below(100), round % 4 ? kind_sets[s] : kind_sets[other]);
            crunch_group_store_clear(&store);
            feed(&w, &store, NULL);
            append_block(&block[round], &store);
        }
        for (unsigned share = 0; share < 12; share++) {
            unsigned part = share / 3 * 16;
            for (int round = ROUNDS; round-- > 0;)
                cr_assert(crunch_group_block_read(
                    &merged, block[round].data,
                    &(struct crunch_group_share){part, part + 16, share % 3, 3}, 0));
        }
        check_store(&w, &merged);
        /* And once more, through a block of the merged table. */
        struct crunch_bytes again = {0};
        append_block(&again, &merged);
        crunch_group_store_clear(&store);
        cr_assert(crunch_group_block_read(
            &store, again.data, &(struct crunch_group_share){0, CRUNCH_GROUP_PARTS, 0, 1}, 0));
        check_store(&w, &store);
        for (int round = 0; round < ROUNDS; round++)
            crunch_bytes_free(&block[round]);
        crunch_bytes_free(&again);
        crunch_group_store_free(&store);
        crunch_group_store_free(&merged);
        close_world(&w);
    }
}

Test(group, sums_that_overflow_go_to_the_rest)
{
    struct crunch_group_column column;
    struct crunch_exact exact;
    mpz_t want;
    crunch_group_column_init(&column, CRUNCH_ARITH_DECIMAL, NEEDS);
    cr_assert(crunch_group_column_grow(&column, 1));
    cr_assert_eq(crunch_group_column_fit(&column, 0, CRUNCH_GROUP_BROAD_LIMIT - 1),
                 CRUNCH_GROUP_FITS);
    cr_assert(column.broad);
    const __int128 large = (__int128)1 << 125;
    for (int i = 0; i < 9; i++)
        cr_assert(crunch_group_column_add_sum(&column, 0, i % 2 ? large - i : large + i));
    crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, NEEDS);
    crunch_group_column_exact(&column, 0, 9, &exact);
    mpz_init_set_ui(want, 9);
    mpz_mul_2exp(want, want, 125);
    mpz_add_ui(want, want, 0 + 2 + 4 + 6 + 8 - 1 - 3 - 5 - 7);
    cr_assert_eq(exact.sum[CRUNCH_SUM].exponent, 0);
    cr_assert_eq(mpz_cmp(exact.sum[CRUNCH_SUM].mantissa, want), 0);
    mpz_clear(want);
    crunch_exact_clear(&exact);
    crunch_group_column_free(&column);
}

Test(group, varints)
{
    const __int128 most = (__int128)(((unsigned __int128)1 << 127) - 1);
    for (unsigned bit = 0; bit < 128; bit++) {
        unsigned char room[CRUNCH_VARINT_MAX_128];
        __int128 x = most >> bit, values[] = {x, -x, -x - 1, x / 3}, back;
        for (int i = 0; i < 4; i++) {
            unsigned char *end = crunch_put_signed128(room, values[i]);
            cr_assert(end <= room + sizeof room);
            cr_assert(crunch_get_signed128(room, &back) == end);
            cr_assert(back == values[i]);
        }
        uint64_t word = bit < 64 ? UINT64_MAX >> bit : bit, word_back;
        unsigned char *end = crunch_put_varint(room, word);
        cr_assert(end <= room + CRUNCH_VARINT_MAX);
        cr_assert(crunch_get_varint(room, &word_back) == end && word_back == word);
        cr_assert_eq(crunch_unzigzag(crunch_zigzag((int64_t)word)), (int64_t)word);
    }
}

Test(group, packed_exacts)
{
    for (unsigned needs = 0; needs < 1u << CRUNCH_N_REDUCERS; needs += 3) {
        struct crunch_exact exact, back;
        struct crunch_bytes bytes = {0};
        crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, needs);
        crunch_exact_init(&back, CRUNCH_ARITH_DECIMAL, needs);
        exact.count = below(1000);
        exact.nan = below(3) << 40;
        for (unsigned r = 0; r < CRUNCH_N_REDUCERS; r++)
            if (needs >> r & 1 && r != CRUNCH_TALLY && r != CRUNCH_EXTREMES) {
                mpz_set_si(exact.sum[r].mantissa, (long)below(2000) - 1000);
                mpz_mul_2exp(exact.sum[r].mantissa, exact.sum[r].mantissa, below(300));
                exact.sum[r].exponent = (long)below(5000) - 2500;
            }
        exact.primes = needs >> CRUNCH_PRIMES & 1 ? below(70000) : 0;
        exact.undecided = needs >> CRUNCH_PRIMES & 1 ? below(3) : 0;
        exact.zeros = below(5);
        exact.negatives = below(UINT64_MAX);
        if (needs >> CRUNCH_PRODUCT & 1) {
            mpz_set_ui(exact.odd, 12345);
            mpz_mul_2exp(exact.odd, exact.odd, 77);
            mpz_set_si(exact.twos, -77);
            mpz_set_ui(exact.fives, 5);
        }
        exact.has_extremes = needs >> CRUNCH_EXTREMES & 1;
        if (exact.has_extremes) {
            mpz_set_si(exact.min.mantissa, -5);
            mpz_set_si(exact.max.mantissa, 123456789);
            exact.max.exponent = -1100;
        }
        crunch_exact_pack(&bytes, &exact);
        cr_assert(crunch_exact_unpack(bytes.data, &back) == bytes.data + bytes.len);
        char *a = crunch_exact_encode(&exact), *b = crunch_exact_encode(&back);
        cr_assert_str_eq(a, b);
        free(a);
        free(b);
        crunch_bytes_free(&bytes);
        crunch_exact_clear(&exact);
        crunch_exact_clear(&back);
    }
}

static int by_id(const void *context, uint32_t a, uint32_t b)
{
    (void)context;
    return (a > b) - (a < b);
}

Test(group, sorting_by_rank_then_by_comparison)
{
    enum { N = 5000 };
    struct crunch_ranked *items = malloc(N * sizeof *items);
    for (int spread = 0; spread < 64; spread += 7) {
        for (uint32_t i = 0; i < N; i++)
            items[i] = (struct crunch_ranked){below(UINT64_MAX) >> spread << (spread / 2), N - i};
        cr_assert(crunch_ranked_sort(items, N, by_id, NULL));
        for (size_t i = 1; i < N; i++)
            cr_assert(items[i - 1].rank < items[i].rank ||
                      (items[i - 1].rank == items[i].rank && items[i - 1].id < items[i].id));
    }
    free(items);
    const double order[] = {-1e308, -2, -1, -1e-320, 0, 1e-320, 1, 1.5, 1e308};
    for (size_t i = 1; i < sizeof order / sizeof *order; i++)
        cr_assert_lt(crunch_rank_of_double(order[i - 1]), crunch_rank_of_double(order[i]));
    cr_assert_lt(crunch_rank_of_bytes("ab", 2, 0), crunch_rank_of_bytes("ab\xFF", 3, 0));
}

struct taken {
    uint64_t n, last;
};

static enum crunch_code take(void *context, const struct crunch_run_item *item,
                             struct crunch_error *error)
{
    struct taken *taken = context;
    char text[32];
    (void)error;
    cr_assert(taken->n == 0 || item->rank > taken->last);
    cr_assert_eq(item->bytes,
                 (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)item->rank));
    cr_assert_eq(memcmp(item->data, text, item->bytes), 0);
    taken->last = item->rank;
    taken->n++;
    return CRUNCH_OK;
}

/* Runs of one slot and of several, all in memory, all in the file, and some in each. */
Test(group, runs_merge_in_memory_and_from_the_file)
{
    enum { SLOTS = 5, RUNS = 3, ITEMS = 20000 };
    const size_t limits[] = {SIZE_MAX, 0, 1 << 20};
    const struct crunch_run_order order = {0};
    for (size_t l = 0; l < 3; l++) {
        struct crunch_runs *runs;
        struct taken taken = {0};
        cr_assert_eq(crunch_runs_create(SLOTS, &order, limits[l], NULL, &runs, NULL), CRUNCH_OK);
        for (uint64_t run = 0; run < SLOTS * RUNS; run++) {
            cr_assert_eq(crunch_runs_begin(runs, run % SLOTS, NULL), CRUNCH_OK);
            for (uint64_t i = 0; i < ITEMS; i++) {
                uint64_t rank = i * SLOTS * RUNS + run;
                char text[32];
                struct crunch_run_item item = {
                    .rank = rank, .key = "k", .key_len = 1, .data = text};
                item.bytes = (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)rank);
                cr_assert_eq(crunch_runs_add(runs, run % SLOTS, &item, NULL), CRUNCH_OK);
            }
            cr_assert_eq(crunch_runs_end(runs, run % SLOTS, NULL), CRUNCH_OK);
        }
        cr_assert_eq(crunch_runs_merge(runs, take, &taken, NULL), CRUNCH_OK);
        cr_assert_eq(taken.n, (uint64_t)SLOTS * RUNS * ITEMS);
        crunch_runs_free(runs);
    }
}
