/*
 * The laws of states, on random and hostile cells: what a bundle says equals what GMP adds up from
 * the texts; cutting the cells anywhere, into any batches and parts, and merging the parts in any
 * order gives the same encoding; the empty state is the identity; a reset state is empty; and 2^64
 * cells of the largest magnitude overflow nothing.
 */
#include "core/kernels.h"
#include "core/limbs.h"
#include "core/log2.h"
#include "core/reducer.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 3000
#define CELL_BYTES 64 /* random texts; the few longer ones are fixed */
#define ALL ((1u << CRUNCH_N_REDUCERS) - 1)

static uint64_t seed;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 11) % n);
}

enum stream { MONEY, MIXED, LONG, HOSTILE, N_STREAMS };

static void random_digits(char **out, unsigned n)
{
    while (n-- > 0)
        *(*out)++ = (char)('0' + pick(10));
}

/* A cell's text; numbers only. */
static void random_cell(char *out, enum stream stream)
{
    if (pick(2))
        *out++ = '-';
    if (stream == MONEY) {
        sprintf(out, "%u.%02u", pick(100000), pick(100));
        return;
    }
    random_digits(&out, 1 + pick(stream == MIXED ? 6 : 19));
    if (pick(3)) {
        *out++ = '.';
        random_digits(&out, pick(stream == MIXED ? 6 : 25));
    }
    *out = '\0';
    if (stream == HOSTILE && pick(2))
        sprintf(out, "e%d", (int)pick(560) - 280);
}

/* Adds a number's text, as an integer times 10^-1100. */
static void oracle_decimal(mpz_t value, const char *text)
{
    char digits[CELL_BYTES * 2];
    size_t n = 0;
    long exponent = 1100;
    const char *p = text;
    bool fraction = false;
    for (; *p && *p != 'e'; p++) {
        if (*p == '.')
            fraction = true;
        else {
            digits[n++] = *p;
            exponent -= fraction;
        }
    }
    digits[n] = '\0';
    if (*p)
        exponent += atol(p + 1);
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)exponent);
    cr_assert_eq(mpz_set_str(value, digits, 10), 0);
    mpz_mul(value, value, power);
    mpz_clear(power);
}

static void oracle_binary(mpz_t value, const char *text)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, strtod(text, NULL));
    mpq_mul_2exp(q, q, 1074);
    mpz_set(value, mpq_numref(q));
    mpq_clear(q);
}

struct cells {
    char text[CELLS][CELL_BYTES];
    size_t n;
    enum crunch_arith arith;
};

/* The sums and extremes are of integers times base^exponent. */
static void set_exponents(struct crunch_exact *exact, long exponent)
{
    exact->sum[CRUNCH_SUM].exponent = exact->min.exponent = exact->max.exponent = exponent;
    exact->sum[CRUNCH_MAGNITUDES].exponent = exponent;
    exact->sum[CRUNCH_SUM_SQUARES].exponent = 2 * exponent;
    exact->sum[CRUNCH_SUM_CUBES].exponent = 3 * exponent;
    exact->sum[CRUNCH_SUM_FOURTHS].exponent = 4 * exponent;
}

/* Adds 2^doublings times value to the sums. */
static void add_powers(struct crunch_exact *exact, const mpz_t value, unsigned doublings)
{
    static const struct {
        enum crunch_reducer_id sum;
        unsigned power;
    } sums[] = {{CRUNCH_SUM, 1},
                {CRUNCH_MAGNITUDES, 1},
                {CRUNCH_SUM_SQUARES, 2},
                {CRUNCH_SUM_CUBES, 3},
                {CRUNCH_SUM_FOURTHS, 4}};
    mpz_t term;
    mpz_init(term);
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        mpz_ptr total = exact->sum[sums[i].sum].mantissa;
        mpz_pow_ui(term, value, sums[i].power);
        if (sums[i].sum == CRUNCH_MAGNITUDES)
            mpz_abs(term, term);
        mpz_mul_2exp(term, term, doublings);
        mpz_add(total, total, term);
    }
    mpz_clear(term);
}

/* out = 1 / (value * base^-places) as an integer times 2^-5000, with its first 120 bits. */
static void oracle_reciprocal(mpz_t out, const mpz_t value, enum crunch_arith arith,
                              unsigned places)
{
    mpz_ui_pow_ui(out, arith == CRUNCH_ARITH_BINARY ? 2 : 10, places);
    mpz_mul_2exp(out, out, 5000);
    mpz_fdiv_q(out, out, value);
    size_t drop = mpz_sizeinbase(out, 2) - 120;
    mpz_fdiv_q_2exp(out, out, drop);
    mpz_mul_2exp(out, out, drop);
}

/* Adds what logs, reciprocals and products say of one value of 10^-1100 or 2^-1074. */
static void add_means(struct crunch_exact *exact, const mpz_t value)
{
    bool binary = exact->arith == CRUNCH_ARITH_BINARY;
    unsigned places = binary ? 1074 : 1100;
    mpz_t term, base;
    exact->zeros += mpz_sgn(value) == 0;
    exact->negatives += mpz_sgn(value) < 0;
    if (mpz_sgn(value) == 0)
        return;
    mpz_inits(term, base, NULL);
    mpz_ui_pow_ui(base, binary ? 2 : 10, places);
    mpz_fdiv_qr(term, base, value, base);
    if (mpz_sgn(base) == 0 && mpz_probab_prime_p(term, 30) && mpz_sgn(term) > 0)
        ++*(mpz_sizeinbase(term, 10) < 25 ? &exact->primes : &exact->undecided);
    __int128 log = crunch_log2_plain(value, -(long)places, exact->arith);
    crunch_mpz_add_i128(exact->sum[CRUNCH_LOGS].mantissa, log);
    exact->sum[CRUNCH_LOGS].exponent = -96;
    if (mpz_sgn(value) > 0) {
        oracle_reciprocal(term, value, exact->arith, places);
        mpz_add(exact->sum[CRUNCH_RECIPROCALS].mantissa, exact->sum[CRUNCH_RECIPROCALS].mantissa,
                term);
        exact->sum[CRUNCH_RECIPROCALS].exponent = -5000;
    }
    mpz_abs(term, value);
    for (unsigned prime = 2; prime <= (binary ? 2 : 5); prime += 3) {
        mpz_ptr count = prime == 2 ? exact->twos : exact->fives;
        mpz_set_ui(base, prime);
        mpz_add_ui(count, count, mpz_remove(term, term, base));
        mpz_sub_ui(count, count, places);
    }
    mpz_mul(exact->odd, exact->odd, term);
    mpz_fdiv_r_2exp(exact->odd, exact->odd, 128);
    mpz_clears(term, base, NULL);
}

/* What GMP says of the cells, as an encoding. */
static char *oracle(const struct cells *cells)
{
    struct crunch_exact exact;
    mpz_t value;
    bool binary = cells->arith == CRUNCH_ARITH_BINARY;
    crunch_exact_init(&exact, cells->arith, ALL);
    mpz_init(value);
    set_exponents(&exact, binary ? -1074 : -1100);
    for (size_t i = 0; i < cells->n; i++) {
        const char *text = cells->text[i];
        exact.missing += *text == '\0';
        exact.nan += strcmp(text, "nan") == 0;
        exact.plus_inf += strcmp(text, "inf") == 0;
        exact.minus_inf += strcmp(text, "-inf") == 0;
        if (*text == '\0' || strpbrk(text, "nf"))
            continue;
        (binary ? oracle_binary : oracle_decimal)(value, text);
        exact.count++;
        add_powers(&exact, value, 0);
        add_means(&exact, value);
        if (!exact.has_extremes || mpz_cmp(value, exact.min.mantissa) < 0)
            mpz_set(exact.min.mantissa, value);
        if (!exact.has_extremes || mpz_cmp(value, exact.max.mantissa) > 0)
            mpz_set(exact.max.mantissa, value);
        exact.has_extremes = true;
    }
    char *text = crunch_exact_encode(&exact);
    crunch_exact_clear(&exact);
    mpz_clear(value);
    return text;
}

static unsigned needs_all = ALL;

static struct crunch_layout layout_of(enum crunch_arith arith)
{
    struct crunch_layout layout;
    cr_assert_eq(crunch_layout_init(&layout, arith, 1, &needs_all), CRUNCH_OK);
    cr_assert_eq(layout.size % 4096, 0);
    return layout;
}

static void *new_bundle(const struct crunch_layout *layout)
{
    void *bundle = aligned_alloc(4096, layout->size);
    memset(bundle, 0, layout->size);
    return bundle;
}

static char *encode(const struct crunch_layout *layout, const void *bundle)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, layout->arith, ALL);
    crunch_bundle_extract(layout, bundle, 0, &exact);
    char *text = crunch_exact_encode(&exact);
    crunch_exact_clear(&exact);
    return text;
}

/* The encoding of nothing. */
static char *encode_fresh(enum crunch_arith arith)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, arith, ALL);
    char *text = crunch_exact_encode(&exact);
    crunch_exact_clear(&exact);
    return text;
}

/* Feeds cells [begin, end), at most a batch of them, as a scanner would. */
static void feed(const struct crunch_layout *layout, void *bundle, const struct cells *all,
                 size_t begin, size_t end)
{
    static char scratch[CRUNCH_WIDE_DIGITS_MAX];
    struct crunch_dialect dialect = {.delimiter = ',', .decimal = '.', .arith = all->arith};
    struct crunch_batch *batch;
    const enum crunch_need need = CRUNCH_NEED_NUMBER;
    const struct crunch_batch_shape shape = {1, &need, all->arith, false};
    cr_assert_eq(crunch_batch_create(&shape, &batch, NULL), CRUNCH_OK);
    for (size_t i = begin; i < end; i++) {
        struct crunch_number number;
        crunch_number_parse(&dialect, all->text[i], strlen(all->text[i]), scratch, &number);
        cr_assert_neq(number.class, CRUNCH_CELL_BAD, "%s", all->text[i]);
        if (crunch_batch_is_full(batch)) {
            crunch_bundle_feed(layout, bundle, batch);
            crunch_batch_clear(batch);
        }
        crunch_batch_append(batch, &number, NULL, 0);
    }
    crunch_bundle_feed(layout, bundle, batch);
    crunch_batch_free(batch);
}

static void feed_all(const struct crunch_layout *layout, void *bundle, const struct cells *cells,
                     size_t begin, size_t end)
{
    while (begin < end) {
        size_t rows = 1 + (pick(3) ? pick(CRUNCH_BATCH_ROWS) : pick(5));
        size_t next = begin + rows < end ? begin + rows : end;
        feed(layout, bundle, cells, begin, next);
        begin = next;
    }
}

static void fill(struct cells *cells, enum stream stream, enum crunch_arith arith, bool holes)
{
    cells->arith = arith;
    cells->n = CELLS;
    for (size_t i = 0; i < CELLS; i++) {
        random_cell(cells->text[i], stream);
        if (holes && pick(10) == 0)
            strcpy(cells->text[i], (const char *const[]){"", "", "nan", "inf", "-inf"}[pick(5)]);
    }
    if (stream == HOSTILE) {
        strcpy(cells->text[7], "1e-1100");
        strcpy(cells->text[8], "-1.7976931348623157e308");
        strcpy(cells->text[9], "12345678901234567890123456789e-1100");
        strcpy(cells->text[10], "0e-999");
    }
}

/* Cuts the cells into parts, gives each its own bundle, merges them in random order, some in pairs
 * first, with empty and reset ones among them. */
static char *in_parts(const struct crunch_layout *layout, const struct cells *cells)
{
    enum { PARTS = 6 };
    void *part[PARTS];
    size_t begin = 0;
    for (int i = 0; i < PARTS; i++) {
        part[i] = new_bundle(layout);
        if (pick(2)) { /* used before */
            feed_all(layout, part[i], cells, 0, pick(CELLS));
            crunch_bundle_reset(layout, part[i]);
        }
        size_t end = i == PARTS - 1 ? CELLS : begin + pick((unsigned)(CELLS - begin) + 1);
        feed_all(layout, part[i], cells, begin, end);
        begin = end;
    }
    for (int left = PARTS; left > 1; left--) {
        int from = (int)pick((unsigned)left), into = (int)pick((unsigned)left - 1);
        void *taken = part[from];
        part[from] = part[left - 1];
        crunch_bundle_merge(layout, part[into], taken);
        free(taken);
    }
    char *text = encode(layout, part[0]);
    free(part[0]);
    return text;
}

/* The same with exact contents merged instead of states, from the left or from the right. */
static char *in_exact_parts(const struct crunch_layout *layout, const struct cells *cells)
{
    struct crunch_exact total;
    size_t begin = 0;
    crunch_exact_init(&total, layout->arith, ALL);
    while (begin < CELLS) {
        size_t end = begin + 1 + pick((unsigned)(CELLS - begin));
        void *bundle = new_bundle(layout);
        struct crunch_exact part;
        crunch_exact_init(&part, layout->arith, ALL);
        feed_all(layout, bundle, cells, begin, end);
        crunch_bundle_extract(layout, bundle, 0, &part);
        bool left = pick(2);
        crunch_exact_merge(left ? &total : &part, left ? &part : &total);
        crunch_exact_clear(left ? &part : &total);
        if (!left)
            total = part;
        free(bundle);
        begin = end;
    }
    char *text = crunch_exact_encode(&total);
    crunch_exact_clear(&total);
    return text;
}

static void check_stream(enum stream stream, enum crunch_arith arith, bool holes)
{
    struct cells *cells = malloc(sizeof *cells);
    fill(cells, stream, arith, holes);
    struct crunch_layout layout = layout_of(arith);
    void *bundle = new_bundle(&layout);
    char *expected = oracle(cells);
    feed_all(&layout, bundle, cells, 0, CELLS);
    char *got = encode(&layout, bundle);
    cr_expect_str_eq(got, expected);
    free(got);
    for (int i = 0; i < 5; i++) {
        got = in_parts(&layout, cells);
        cr_expect_str_eq(got, expected);
        free(got);
        got = in_exact_parts(&layout, cells);
        cr_expect_str_eq(got, expected);
        free(got);
    }
    void *empty = new_bundle(&layout);
    crunch_bundle_merge(&layout, bundle, empty);
    got = encode(&layout, bundle);
    cr_expect_str_eq(got, expected);
    free(got);
    crunch_bundle_merge(&layout, empty, bundle);
    got = encode(&layout, empty);
    cr_expect_str_eq(got, expected);
    free(got);
    crunch_bundle_reset(&layout, bundle);
    got = encode(&layout, bundle);
    char *fresh = encode_fresh(arith);
    cr_expect_str_eq(got, fresh);
    free(fresh);
    free(got);
    free(empty);
    free(bundle);
    free(expected);
    free(cells);
    crunch_layout_free(&layout);
}

Test(reducer, decimal_states_equal_gmp_however_cut_and_merged)
{
    for (int stream = 0; stream < N_STREAMS; stream++)
        for (int round = 0; round < 6; round++) {
            seed = 88172645463325252u + (uint64_t)(stream * 100 + round);
            check_stream((enum stream)stream, CRUNCH_ARITH_DECIMAL, round % 2);
        }
}

Test(reducer, binary_states_equal_gmp_however_cut_and_merged)
{
    for (int stream = 0; stream < N_STREAMS; stream++)
        for (int round = 0; round < 4; round++) {
            seed = 1234567890123456789u + (uint64_t)(stream * 100 + round);
            check_stream((enum stream)stream, CRUNCH_ARITH_BINARY, round % 2);
        }
}

/* Few cells that lie close together, at scales far apart, narrow and wide: the order must be right.
 */
Test(reducer, extremes_of_close_values)
{
    static const char *const pool[] = {
        "0",
        "1",
        "1.0000000000000001",
        "0.9999999999999999",
        "1.00000000000000000000",
        "10",
        "1e-5",
        "0.00001000000000001",
        "0.000010000000000000001",
        "1e-39",
        "1.1e-38",
        "9e-39",
        "2e-20",
        "2.0001e-20",
        "12345678901234567890",
        "12345678901234567890.5",
        "12345678901234567890.51",
        "12345678901234567891",
        "1e300",
        "1e-300",
        "1.00000000000000000001e-300",
        "999999999999999999",
        "1000000000000000000",
        "1e18",
        "1.5e25",
        "15e24",
        "100000000000000000000000000000000000001",
    };
    seed = 362436069;
    struct crunch_layout layout = layout_of(CRUNCH_ARITH_DECIMAL);
    struct cells *cells = calloc(1, sizeof *cells);
    for (int round = 0; round < 20000; round++) {
        void *bundle = new_bundle(&layout);
        cells->n = 2 + pick(3);
        unsigned sign = pick(3);
        for (size_t i = 0; i < cells->n; i++)
            sprintf(cells->text[i], "%s%s", sign == 0 || (sign == 1 && pick(2)) ? "-" : "",
                    pool[pick(sizeof pool / sizeof pool[0])]);
        if (pick(3) == 0) /* a missing cell is no zero */
            strcpy(cells->text[pick((unsigned)cells->n)], "");
        size_t cut = pick((unsigned)cells->n);
        feed(&layout, bundle, cells, 0, cut);
        feed(&layout, bundle, cells, cut, cells->n);
        char *got = encode(&layout, bundle), *expected = oracle(cells);
        cr_assert_str_eq(got, expected, "%s %s %s: %s", cells->text[0], cells->text[1],
                         cells->text[2], got);
        free(got);
        free(expected);
        free(bundle);
    }
    free(cells);
    crunch_layout_free(&layout);
}

Test(reducer, encoding_is_by_value)
{
    static const char *const texts[][3] = {{"1", "1.25", "1.5"},
                                           {"1.000", "1250e-3", "1.50"},
                                           {"100e-2", "0.125e1", "1.500000000000000000000000"}};
    for (int i = 0; i < 3; i++) {
        struct crunch_layout layout = layout_of(CRUNCH_ARITH_DECIMAL);
        struct cells *cells = calloc(1, sizeof *cells);
        void *bundle = new_bundle(&layout);
        for (int j = 0; j < 3; j++)
            strcpy(cells->text[j], texts[i][j]);
        feed(&layout, bundle, cells, 0, 3);
        char *text = encode(&layout, bundle);
        cr_expect_str_eq(text,
                         "count=3 missing=0 nan=0 +inf=0 -inf=0 sum=375e-2 sumsq=48125e-4 "
                         "sumcubes=6328125e-6 sum4=850390625e-8 sumabs=375e-2 "
                         "logs=71851275491529686041717566983p-96 "
                         "reciprocals=1639381194801396243248028707679091643p-119 min=1e0 max=15e-1 "
                         "zeros=0 negatives=0 product=3*2^-3*5^1 primes=0 undecided=0");
        free(text);
        free(bundle);
        free(cells);
        crunch_layout_free(&layout);
    }
}

/* Doubles a state until it holds 2^64 cells, all equal to text, and compares with text's multiples.
 */
static void check_headroom(const char *text, enum crunch_arith arith)
{
    struct crunch_layout layout = layout_of(arith);
    struct cells *cells = calloc(1, sizeof *cells);
    cells->arith = arith;
    void *bundle = new_bundle(&layout), *copy = new_bundle(&layout);
    for (int i = 0; i < CRUNCH_BATCH_ROWS; i++)
        strcpy(cells->text[i], text);
    feed(&layout, bundle, cells, 0, CRUNCH_BATCH_ROWS);
    for (int i = 0; i < 64 - 10; i++) {
        memcpy(copy, bundle, layout.size);
        crunch_bundle_merge(&layout, bundle, copy);
    }
    struct crunch_exact exact, expected;
    crunch_exact_init(&exact, arith, ALL);
    crunch_exact_init(&expected, arith, ALL);
    crunch_bundle_extract(&layout, bundle, 0, &exact);
    bool binary = arith == CRUNCH_ARITH_BINARY;
    mpz_t value;
    mpz_init(value);
    (binary ? oracle_binary : oracle_decimal)(value, text);
    set_exponents(&expected, binary ? -1074 : -1100);
    add_powers(&expected, value, 64);
    add_means(&expected, value);
    for (int r = CRUNCH_LOGS; r <= CRUNCH_RECIPROCALS; r++)
        mpz_mul_2exp(expected.sum[r].mantissa, expected.sum[r].mantissa, 64);
    mpz_clear(value);
    for (int r = 0; r < CRUNCH_N_REDUCERS; r++)
        cr_expect_eq(crunch_scaled_compare(
                         &exact.sum[r], &expected.sum[r],
                         r == CRUNCH_LOGS || r == CRUNCH_RECIPROCALS ? CRUNCH_ARITH_BINARY : arith),
                     0, "%s: reducer %d", text, r);
    mpz_mul_2exp(expected.twos, expected.twos, 64);
    mpz_mul_2exp(expected.fives, expected.fives, 64);
    cr_expect_eq(mpz_cmp(exact.twos, expected.twos), 0, "%s", text);
    cr_expect_eq(mpz_cmp(exact.fives, expected.fives), 0, "%s", text);
    crunch_exact_clear(&exact);
    crunch_exact_clear(&expected);
    free(copy);
    free(bundle);
    free(cells);
    crunch_layout_free(&layout);
}

Test(reducer, headroom_for_two_to_the_64_cells)
{
    static const char *const texts[] = {"999999999999999999",
                                        "-999999999999999999",
                                        "0.000000000000000000000999999999999999999",
                                        "-99999999999999999999999999999999999999999999999999999999",
                                        "99999999999999999999999999999999999999e-1100",
                                        "1.7976931348623157e308",
                                        "-1.7976931348623157e308"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_headroom(texts[i], CRUNCH_ARITH_DECIMAL);
        check_headroom(texts[i], CRUNCH_ARITH_BINARY);
    }
    check_headroom("4.9406564584124654e-324", CRUNCH_ARITH_BINARY);
    check_headroom("-2.2250738585072009e-308", CRUNCH_ARITH_BINARY);
}

Test(reducer, the_encoding_of_nothing)
{
    char *decimal = encode_fresh(CRUNCH_ARITH_DECIMAL), *binary = encode_fresh(CRUNCH_ARITH_BINARY);
    cr_expect_str_eq(decimal,
                     "count=0 missing=0 nan=0 +inf=0 -inf=0 sum=0e0 sumsq=0e0 "
                     "sumcubes=0e0 sum4=0e0 sumabs=0e0 logs=0p0 reciprocals=0p0 min=- max=- "
                     "zeros=0 negatives=0 product=1*2^0*5^0 primes=0 undecided=0");
    cr_expect_str_eq(binary,
                     "count=0 missing=0 nan=0 +inf=0 -inf=0 sum=0p0 sumsq=0p0 "
                     "sumcubes=0p0 sum4=0p0 sumabs=0p0 logs=0p0 reciprocals=0p0 min=- max=- "
                     "zeros=0 negatives=0 product=1*2^0*5^0 primes=0 undecided=0");
    free(decimal);
    free(binary);
}

Test(reducer, presence_only_counts_cells)
{
    unsigned needs = CRUNCH_BIT(CRUNCH_TALLY);
    struct crunch_layout layout;
    cr_assert_eq(crunch_layout_init(&layout, CRUNCH_ARITH_DECIMAL, 1, &needs), CRUNCH_OK);
    void *bundle = new_bundle(&layout);
    uint8_t class[5] = {CRUNCH_CELL_NUMBER, CRUNCH_CELL_MISSING, CRUNCH_CELL_NUMBER,
                        CRUNCH_CELL_MISSING, CRUNCH_CELL_NUMBER};
    struct crunch_cells cells = {.class = class, .all_numbers = false, .one_scale = false};
    struct crunch_batch batch = {.rows = 5, .n_columns = 1, .columns = &cells};
    crunch_bundle_feed(&layout, bundle, &batch);
    cells.all_numbers = true;
    crunch_bundle_feed(&layout, bundle, &batch);
    struct crunch_exact exact;
    crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, needs);
    crunch_bundle_extract(&layout, bundle, 0, &exact);
    char *text = crunch_exact_encode(&exact);
    cr_expect_str_eq(text, "count=8 missing=2 nan=0 +inf=0 -inf=0");
    free(text);
    free(bundle);
    crunch_exact_clear(&exact);
    crunch_layout_free(&layout);
}

Test(reducer, a_layout_without_columns_has_a_bundle)
{
    struct crunch_layout layout;
    cr_assert_eq(crunch_layout_init(&layout, CRUNCH_ARITH_DECIMAL, 0, NULL), CRUNCH_OK);
    cr_expect_eq(layout.size, 4096);
    void *bundle = new_bundle(&layout);
    crunch_bundle_reset(&layout, bundle);
    crunch_bundle_merge(&layout, bundle, bundle);
    free(bundle);
    crunch_layout_free(&layout);
}

Test(reducer, align_brings_numbers_to_the_largest_scale)
{
    const struct crunch_sum_kernels *k = &crunch_sum_kernels_scalar;
    int64_t out[3];
    cr_expect_eq(k->align((const int64_t[]){5, -12, 0}, (const uint8_t[]){1, 3, 0}, 3, out), 3);
    cr_expect(out[0] == 500 && out[1] == -12 && out[2] == 0);
    int64_t limit = CRUNCH_MANTISSA_LIMIT / 10;
    cr_expect_eq(k->align((const int64_t[]){limit - 1, 1}, (const uint8_t[]){0, 1}, 2, out), 1);
    cr_expect_eq(k->align((const int64_t[]){limit, 1}, (const uint8_t[]){0, 1}, 2, out), -1);
    cr_expect_eq(k->align((const int64_t[]){-limit, 1}, (const uint8_t[]){0, 1}, 2, out), -1);
    cr_expect_eq(k->align((const int64_t[]){0, 1}, (const uint8_t[]){0, 39}, 2, out), 39);
    cr_expect_eq(k->align((const int64_t[]){1, 1}, (const uint8_t[]){0, 39}, 2, out), -1);
    cr_expect_eq(k->align((const int64_t[]){10, 1}, (const uint8_t[]){0, 19}, 2, out), -1);
}
