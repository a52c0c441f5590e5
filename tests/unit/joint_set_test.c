/*
 * Joint states: what a bundle says of its sets of columns equals what GMP adds up from the texts,
 * row by row; cutting the rows anywhere and merging the parts in any order gives the same encoding;
 * a reset state is empty; the kernels' way equals the plain one.
 */
#include "core/joint_set.h"

#include "core/cross_sum.h"
#include "io/cpu.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 2500
#define COLUMNS 3
#define CELL_BYTES 64

static uint64_t seed;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 11) % n);
}

enum stream { MONEY, MIXED, LONG, HOSTILE, N_STREAMS };

struct rows {
    char text[ROWS][COLUMNS][CELL_BYTES];
    size_t n;
    enum crunch_arith arith[COLUMNS];
};

static void random_number(char *out, enum stream stream)
{
    static const unsigned whole[] = {99999, 9999, 999999999, 999999999};
    int n = sprintf(out, "%s%u", pick(2) ? "-" : "", pick(whole[stream]));
    if (stream == MONEY)
        sprintf(out + n, ".%02u", pick(100));
    else if (stream == MIXED && pick(3))
        sprintf(out + n, ".%u", pick(100000));
    else if (stream >= LONG)
        sprintf(out + n, "%u.%u%u", pick(999999999), pick(999999999), pick(9999));
    if (stream == HOSTILE && pick(3))
        sprintf(out + strlen(out), "e%d", (int)pick(540) - 270);
}

/* holes: one cell in so many is special, mostly missing; 0: none. */
static void fill(struct rows *rows, enum stream stream, unsigned holes)
{
    static const char *const special[] = {"", "", "", "", "nan", "inf", "-inf", "0"};
    for (size_t i = 0; i < rows->n; i++)
        for (size_t c = 0; c < COLUMNS; c++)
            if (holes > 0 && pick(holes) == 0)
                strcpy(rows->text[i][c], special[pick(8)]);
            else
                random_number(rows->text[i][c], c == 2 && stream == MIXED ? MONEY : stream);
}

/* ---- by GMP ---- */

/* The number as an integer times 10^-1100, or 2^-1074. */
static void read_number(mpz_t out, const char *text, enum crunch_arith arith)
{
    mpq_t q;
    mpz_t power;
    mpq_init(q);
    mpz_init(power);
    if (arith == CRUNCH_ARITH_BINARY) {
        mpq_set_d(q, strtod(text, NULL));
        mpq_mul_2exp(q, q, 1074);
        mpz_set(out, mpq_numref(q));
    } else {
        char digits[2 * CELL_BYTES];
        long exponent = 1100;
        size_t n = 0;
        bool fraction = false;
        for (; *text && *text != 'e'; text++) {
            fraction |= *text == '.';
            if (*text != '.') {
                digits[n++] = *text;
                exponent -= fraction;
            }
        }
        digits[n] = '\0';
        if (*text == 'e')
            exponent += atol(text + 1);
        cr_assert_eq(mpz_set_str(out, digits, 10), 0);
        mpz_ui_pow_ui(power, 10, (unsigned long)exponent);
        mpz_mul(out, out, power);
    }
    mpq_clear(q);
    mpz_clear(power);
}

/* out += a * b, in the base of both. */
static void add_product(struct crunch_scaled *out, const mpz_t a, enum crunch_arith a_arith,
                        const mpz_t b, enum crunch_arith b_arith)
{
    mpz_t product, power;
    mpz_inits(product, power, NULL);
    mpz_mul(product, a, b);
    long exponent = -2200;
    if (a_arith == CRUNCH_ARITH_BINARY && b_arith == CRUNCH_ARITH_BINARY) {
        exponent = -2148;
    } else if (a_arith != b_arith) {
        mpz_ui_pow_ui(power, 5, 1074);
        mpz_mul(product, product, power);
        exponent = -1100 - 1074;
    }
    crunch_scaled_add(out, product, exponent, crunch_cross_arith(a_arith, b_arith));
    mpz_clears(product, power, NULL);
}

static bool is_word(const char *text)
{
    return strchr(text, 'n') != NULL; /* nan, inf, -inf */
}

static int sign_of(const char *text)
{
    double value = strtod(text, NULL);
    return (value > 0) - (value < 0);
}

static void count_special(struct crunch_joint *joint, const char (*text)[CELL_BYTES],
                          const size_t *slot, size_t k)
{
    bool nan = k > 2;
    joint->unweighted += is_word(text[slot[k - 1]]);
    for (size_t i = 0; i < k; i++)
        nan |= strcmp(text[slot[i]], "nan") == 0;
    int sign = nan ? 0 : sign_of(text[slot[0]]) * sign_of(text[slot[1]]);
    joint->nan += sign == 0;
    joint->plus_inf += sign > 0;
    joint->minus_inf += sign < 0;
}

static char *oracle(const struct rows *rows, size_t k, const size_t *slot, bool squares)
{
    struct crunch_joint joint;
    enum crunch_arith arith[COLUMNS];
    mpz_t value[COLUMNS];
    for (size_t i = 0; i < k; i++) {
        arith[i] = rows->arith[slot[i]];
        mpz_init(value[i]);
    }
    cr_assert_eq(crunch_joint_init(&joint, k, arith, squares), CRUNCH_OK);
    for (size_t row = 0; row < rows->n; row++) {
        bool missing = false, word = false;
        for (size_t i = 0; i < k; i++) {
            missing |= rows->text[row][slot[i]][0] == '\0';
            word |= is_word(rows->text[row][slot[i]]);
        }
        if (missing)
            continue;
        if (word) {
            count_special(&joint, rows->text[row], slot, k);
            if (k == 2 && !squares && !is_word(rows->text[row][slot[1]])) { /* what it weighs */
                read_number(value[1], rows->text[row][slot[1]], arith[1]);
                crunch_scaled_add(&joint.sum[1], value[1], arith[1] ? -1074 : -1100, arith[1]);
            }
            continue;
        }
        joint.rows++;
        for (size_t j = 0; j < k; j++) {
            read_number(value[j], rows->text[row][slot[j]], arith[j]);
            crunch_scaled_add(&joint.sum[j], value[j], arith[j] ? -1074 : -1100, arith[j]);
            for (size_t i = 0; i <= j; i++)
                add_product(&joint.product[crunch_joint_at(i, j)], value[i], arith[i], value[j],
                            arith[j]);
        }
    }
    char *text = crunch_joint_encode(&joint);
    crunch_joint_clear(&joint);
    for (size_t i = 0; i < k; i++)
        mpz_clear(value[i]);
    return text;
}

/* ---- by bundles ---- */

static const struct {
    size_t k, slot[3];
    bool squares;
} sets[] = {
    {2, {0, 1}, true}, {2, {2, 0}, true},    {2, {1, 2}, false},
    {2, {1, 1}, true}, {3, {2, 0, 1}, true},
};
#define N_SETS (sizeof sets / sizeof *sets)

static const unsigned needs[COLUMNS] = {
    CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES),
    CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES) | CRUNCH_BIT(CRUNCH_TALLY),
    CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES),
};

static struct crunch_layout layout_of(const struct rows *rows)
{
    struct crunch_layout layout;
    struct crunch_joint_set *set = calloc(N_SETS, sizeof *set);
    cr_assert_eq(crunch_layout_init_mixed(&layout, rows->arith[0], rows->arith, COLUMNS, needs),
                 CRUNCH_OK);
    for (size_t s = 0; s < N_SETS; s++)
        cr_assert_eq(
            crunch_joint_set_init(&set[s], &layout, sets[s].k, sets[s].slot, sets[s].squares),
            CRUNCH_OK);
    cr_assert_eq(crunch_layout_add_sets(&layout, set, N_SETS), CRUNCH_OK);
    cr_assert_eq(layout.size % 4096, 0);
    return layout;
}

static void *new_bundle(const struct crunch_layout *layout)
{
    void *bundle = aligned_alloc(4096, layout->size);
    memset(bundle, 0, layout->size);
    return bundle;
}

/* Of the wide numbers of the one batch there is; more of them than a scanner's batch would take. */
static char wide_digits[CRUNCH_BATCH_ROWS][COLUMNS][CELL_BYTES];

/* Appends one cell to its column, as a scanner would. */
static void append(struct crunch_batch *batch, size_t column, size_t row, const char *text,
                   enum crunch_arith arith)
{
    static char scratch[CRUNCH_WIDE_DIGITS_MAX];
    const struct crunch_dialect dialect = {.delimiter = ',', .decimal = '.', .arith = arith};
    struct crunch_cells *cells = &batch->columns[column];
    struct crunch_number number;
    crunch_number_parse(&dialect, text, strlen(text), scratch, &number);
    bool is_number = number.class == CRUNCH_CELL_NUMBER;
    cells->class[row] = (uint8_t)number.class;
    cells->all_numbers = is_number && (row == 0 || cells->all_numbers);
    if (arith == CRUNCH_ARITH_BINARY) {
        cells->binary[row] = is_number ? number.binary : 0;
        return;
    }
    cells->mantissa[row] = is_number ? number.mantissa : 0;
    cells->scale[row] = is_number ? number.scale : 0;
    if (row == 0)
        cells->one_scale = true;
    if (is_number && cells->n_numbers == 0)
        cells->common_scale = number.scale;
    if (is_number && cells->common_scale != number.scale)
        cells->one_scale = false;
    cells->n_numbers += is_number;
    if (number.class == CRUNCH_CELL_WIDE) {
        struct crunch_wide *wide = &cells->wide[cells->n_wide++];
        char *digits = wide_digits[row][column];
        *wide = number.wide;
        wide->row = (uint32_t)row;
        memcpy(digits, number.wide.digits, number.wide.n_digits);
        wide->digits = digits;
    }
}

static struct crunch_batch *batch_of(const struct rows *rows, size_t begin, size_t end)
{
    static const enum crunch_need need[COLUMNS] = {CRUNCH_NEED_NUMBER, CRUNCH_NEED_NUMBER,
                                                   CRUNCH_NEED_NUMBER};
    struct crunch_batch *batch;
    /* Binary batches have both arrays. */
    const struct crunch_batch_shape shape = {COLUMNS, need, CRUNCH_ARITH_BINARY, false};
    cr_assert_eq(crunch_batch_create(&shape, &batch, NULL), CRUNCH_OK);
    for (size_t row = begin; row < end; row++)
        for (size_t c = 0; c < COLUMNS; c++)
            append(batch, c, row - begin, rows->text[row][c], rows->arith[c]);
    batch->rows = end - begin;
    return batch;
}

static void feed(const struct crunch_layout *layout, void *bundle, const struct rows *rows,
                 size_t begin, size_t end)
{
    while (begin < end) {
        size_t n = 1 + (pick(3) ? pick(CRUNCH_BATCH_ROWS) : pick(5));
        size_t next = begin + n < end ? begin + n : end;
        struct crunch_batch *batch = batch_of(rows, begin, next);
        crunch_bundle_feed(layout, bundle, batch);
        crunch_batch_free(batch);
        begin = next;
    }
}

static char *encode(const struct crunch_layout *layout, const void *bundle, size_t s)
{
    struct crunch_joint joint;
    cr_assert_eq(crunch_bundle_extract_joint(layout, bundle, s, &joint), CRUNCH_OK);
    char *text = crunch_joint_encode(&joint);
    crunch_joint_clear(&joint);
    return text;
}

static void check(const struct crunch_layout *layout, const void *bundle, const struct rows *rows,
                  const char *what)
{
    for (size_t s = 0; s < N_SETS; s++) {
        char *got = encode(layout, bundle, s);
        char *expected = oracle(rows, sets[s].k, sets[s].slot, sets[s].squares);
        cr_assert_str_eq(got, expected, "%s, set %zu", what, s);
        free(got);
        free(expected);
    }
}

static struct rows rows;

static void random_rows(uint64_t round, enum stream stream, unsigned mixture, unsigned holes)
{
    seed = 88172645463325252u + round * 7919 + stream;
    rows.n = stream == HOSTILE || mixture % 7 != 0 ? 150 : ROWS;
    for (size_t c = 0; c < COLUMNS; c++)
        rows.arith[c] = mixture >> c & 1 ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL;
    fill(&rows, stream, holes);
}

Test(joint_set, sums_over_complete_rows_equal_those_of_gmp)
{
    static const unsigned holes[] = {0, 300, 4};
    for (enum stream stream = 0; stream < N_STREAMS; stream++)
        for (unsigned mixture = 0; mixture < 8; mixture++)
            for (size_t h = 0; h < 3; h++) {
                random_rows(h, stream, mixture, holes[h]);
                struct crunch_layout layout = layout_of(&rows);
                void *bundle = new_bundle(&layout);
                feed(&layout, bundle, &rows, 0, rows.n);
                check(&layout, bundle, &rows, "fed");
                crunch_bundle_reset(&layout, bundle);
                void *empty = new_bundle(&layout);
                cr_assert_eq(memcmp(bundle, empty, layout.size), 0, "reset leaves something");
                free(bundle);
                free(empty);
                crunch_layout_free(&layout);
            }
}

Test(joint_set, parts_merge_in_any_order)
{
    for (enum stream stream = 0; stream < N_STREAMS; stream++)
        for (unsigned mixture = 0; mixture < 8; mixture += 7) {
            random_rows(17, stream, mixture, 9);
            struct crunch_layout layout = layout_of(&rows);
            size_t a = pick((unsigned)rows.n), b = a + pick((unsigned)(rows.n - a) + 1);
            const size_t cut[] = {0, a, b, rows.n};
            void *part[3], *whole = new_bundle(&layout);
            for (int i = 0; i < 3; i++) {
                part[i] = new_bundle(&layout);
                feed(&layout, part[i], &rows, cut[i], cut[i + 1]);
            }
            crunch_bundle_merge(&layout, part[2], part[0]);
            crunch_bundle_merge(&layout, whole, part[2]); /* into an empty one */
            crunch_bundle_merge(&layout, whole, part[1]);
            check(&layout, whole, &rows, "merged");
            for (int i = 0; i < 3; i++)
                free(part[i]);
            free(whole);
            crunch_layout_free(&layout);
        }
}

Test(joint_set, contents_merge_as_states_do)
{
    random_rows(5, MIXED, 0, 6);
    struct crunch_layout layout = layout_of(&rows);
    void *part[2] = {new_bundle(&layout), new_bundle(&layout)};
    feed(&layout, part[0], &rows, 0, 77);
    feed(&layout, part[1], &rows, 77, rows.n);
    for (size_t s = 0; s < N_SETS; s++) {
        struct crunch_joint a, b;
        cr_assert_eq(crunch_bundle_extract_joint(&layout, part[0], s, &a), CRUNCH_OK);
        cr_assert_eq(crunch_bundle_extract_joint(&layout, part[1], s, &b), CRUNCH_OK);
        crunch_joint_merge(&b, &a);
        char *got = crunch_joint_encode(&b);
        char *expected = oracle(&rows, sets[s].k, sets[s].slot, sets[s].squares);
        cr_assert_str_eq(got, expected);
        free(got);
        free(expected);
        crunch_joint_clear(&a);
        crunch_joint_clear(&b);
    }
    free(part[0]);
    free(part[1]);
    crunch_layout_free(&layout);
}

Test(joint_set, cross_sums_equal_the_plain_ones)
{
    for (enum stream stream = 0; stream < N_STREAMS; stream++)
        for (unsigned mixture = 0; mixture < 8; mixture += 7) {
            random_rows(29, stream, mixture, 50);
            enum crunch_arith arith = rows.arith[0];
            size_t n = rows.n < CRUNCH_BATCH_ROWS ? rows.n : CRUNCH_BATCH_ROWS;
            struct crunch_batch *batch = batch_of(&rows, 0, n);
            struct crunch_scaled fast = {.exponent = 0}, plain = {.exponent = 0};
            void *state[2];
            mpz_inits(fast.mantissa, plain.mantissa, NULL);
            for (int i = 0; i < 2; i++) {
                size_t bytes = (crunch_cross_size(arith, arith) + 63) / 64 * 64;
                state[i] = aligned_alloc(64, bytes);
                memset(state[i], 0, bytes);
            }
            crunch_cross_feed(state[0], arith, arith, &batch->columns[0], &batch->columns[1], n);
            crunch_cross_feed_plain(state[1], arith, arith, &batch->columns[0], &batch->columns[1],
                                    n);
            crunch_cross_extract(state[0], arith, arith, &fast);
            crunch_cross_extract(state[1], arith, arith, &plain);
            cr_expect_eq(crunch_scaled_compare(&fast, &plain, arith), 0);
            mpz_clears(fast.mantissa, plain.mantissa, NULL);
            free(state[0]);
            free(state[1]);
            crunch_batch_free(batch);
        }
}
