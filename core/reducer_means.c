/*
 * Reducers of logarithms, reciprocals and products: what the geometric and the harmonic mean and
 * the product are made of. Each value contributes an integer that depends on the value alone
 * (core/log2.h, core/reciprocal.h), so the sums do not depend on any order.
 *
 * Zeros and negative numbers are counted: the first have neither logarithm nor reciprocal, the
 * second give the sign of the product and make the means undefined.
 *
 * These states are small and are reset whole.
 */
#include "core/decimal_limbs.h"
#include "core/log2.h"
#include "core/reciprocal.h"
#include "core/reducer.h"

#include <string.h>

typedef unsigned __int128 u128;

struct signs {
    uint64_t zeros, negatives;
};

struct logs {
    _Alignas(64) struct signs signs;
    uint64_t word[3]; /* times 2^-96, two's complement: 2^64 terms below 2^109 */
};

struct reciprocals {
    _Alignas(64) struct signs signs;
    struct crunch_reciprocals sum;
};

struct product {
    _Alignas(64) u128 odd; /* modulo 2^128; 0, which no product of odd numbers is, stands for 1 */
    __int128 twos, fives;
};

static bool is_number(const struct crunch_cells *cells, size_t row)
{
    return cells->all_numbers || cells->class[row] == CRUNCH_CELL_NUMBER;
}

/* Counts the zeros and negative numbers among the cells. */
static void count_signs(struct signs *signs, enum crunch_arith arith,
                        const struct crunch_cells *cells, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        bool zero, negative;
        if (arith == CRUNCH_ARITH_BINARY) {
            zero = cells->binary[i] == 0;
            negative = cells->binary[i] < 0;
        } else {
            zero = cells->mantissa[i] == 0;
            negative = cells->mantissa[i] < 0;
        }
        signs->zeros += zero && is_number(cells, i);
        signs->negatives += negative; /* what is no number is 0 here */
    }
    for (size_t i = 0; arith == CRUNCH_ARITH_DECIMAL && i < cells->n_wide; i++)
        signs->negatives += cells->wide[i].negative;
}

static void merge_signs(struct signs *into, const struct signs *from)
{
    into->zeros += from->zeros;
    into->negatives += from->negatives;
}

static void extract_signs(const struct signs *signs, struct crunch_exact *exact)
{
    exact->zeros = signs->zeros;
    exact->negatives = signs->negatives;
}

static uint64_t magnitude(int64_t m)
{
    return m < 0 ? -(uint64_t)m : (uint64_t)m;
}

static size_t logs_size(enum crunch_arith arith)
{
    (void)arith;
    return sizeof(struct logs);
}

static void logs_reset(void *state, enum crunch_arith arith)
{
    (void)arith;
    memset(state, 0, sizeof(struct logs));
}

static void add_log(struct logs *logs, __int128 term)
{
    u128 carry = 0;
    uint64_t word[3] = {(uint64_t)term, (uint64_t)((u128)term >> 64), term < 0 ? UINT64_MAX : 0};
    for (int i = 0; i < 3; i++) {
        carry += (u128)logs->word[i] + word[i];
        logs->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static __int128 log_of_wide(const struct crunch_wide *wide)
{
    struct crunch_scaled value;
    mpz_init(value.mantissa);
    crunch_wide_to_scaled(wide, &value);
    __int128 log = crunch_log2_plain(value.mantissa, value.exponent, CRUNCH_ARITH_DECIMAL);
    mpz_clear(value.mantissa);
    return log;
}

static void logs_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                      size_t rows)
{
    struct logs *logs = state;
    __int128 total = 0; /* 2^11 terms below 2^109 */
    count_signs(&logs->signs, arith, cells, rows);
    for (size_t i = 0; i < rows; i++) {
        if (arith == CRUNCH_ARITH_BINARY && cells->binary[i] != 0)
            total += crunch_log2_double(cells->binary[i]);
        else if (arith == CRUNCH_ARITH_DECIMAL && cells->mantissa[i] != 0)
            total += crunch_log2_narrow(magnitude(cells->mantissa[i]), cells->common_scale);
    }
    for (size_t i = 0; arith == CRUNCH_ARITH_DECIMAL && i < cells->n_wide; i++)
        total += log_of_wide(&cells->wide[i]);
    add_log(logs, total);
}

static void logs_merge(void *into, const void *from, enum crunch_arith arith)
{
    (void)arith;
    struct logs *to = into;
    const struct logs *other = from;
    u128 carry = 0;
    merge_signs(&to->signs, &other->signs);
    for (int i = 0; i < 3; i++) {
        carry += (u128)to->word[i] + other->word[i];
        to->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void logs_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    (void)arith;
    const struct logs *logs = state;
    struct crunch_scaled *out = &exact->sum[CRUNCH_LOGS];
    mpz_t total, wrap;
    mpz_inits(total, wrap, (mpz_ptr)NULL);
    mpz_import(total, 3, -1, sizeof logs->word[0], 0, 0, logs->word);
    if (logs->word[2] >> 63) {
        mpz_setbit(wrap, 192);
        mpz_sub(total, total, wrap);
    }
    crunch_scaled_add(out, total, -CRUNCH_LOG2_BITS, CRUNCH_ARITH_BINARY);
    crunch_scaled_normalise(out, CRUNCH_ARITH_BINARY);
    extract_signs(&logs->signs, exact);
    mpz_clears(total, wrap, (mpz_ptr)NULL);
}

static size_t reciprocals_size(enum crunch_arith arith)
{
    (void)arith;
    return sizeof(struct reciprocals);
}

static void reciprocals_reset(void *state, enum crunch_arith arith)
{
    (void)arith;
    memset(state, 0, sizeof(struct reciprocals));
}

static void add_wide_reciprocal(struct crunch_reciprocals *sum, const struct crunch_wide *wide)
{
    struct crunch_scaled value;
    mpz_init(value.mantissa);
    crunch_wide_to_scaled(wide, &value);
    crunch_reciprocals_add_plain(sum, value.mantissa, value.exponent, CRUNCH_ARITH_DECIMAL);
    mpz_clear(value.mantissa);
}

static void reciprocals_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                             size_t rows)
{
    struct reciprocals *reciprocals = state;
    count_signs(&reciprocals->signs, arith, cells, rows);
    if (arith == CRUNCH_ARITH_BINARY) {
        for (size_t i = 0; i < rows; i++)
            if (cells->binary[i] > 0)
                crunch_reciprocals_add_double(&reciprocals->sum, cells->binary[i]);
        return;
    }
    crunch_reciprocals_add(&reciprocals->sum, cells->mantissa, rows, cells->common_scale);
    for (size_t i = 0; i < cells->n_wide; i++)
        if (!cells->wide[i].negative)
            add_wide_reciprocal(&reciprocals->sum, &cells->wide[i]);
}

static void reciprocals_merge(void *into, const void *from, enum crunch_arith arith)
{
    (void)arith;
    struct reciprocals *to = into;
    const struct reciprocals *other = from;
    merge_signs(&to->signs, &other->signs);
    for (size_t j = 0; j < CRUNCH_RECIPROCAL_LIMBS; j++)
        to->sum.limb[j] += other->sum.limb[j];
}

static void reciprocals_extract(const void *state, enum crunch_arith arith,
                                struct crunch_exact *exact)
{
    (void)arith;
    const struct reciprocals *reciprocals = state;
    crunch_reciprocals_extract(&reciprocals->sum, &exact->sum[CRUNCH_RECIPROCALS]);
    crunch_scaled_normalise(&exact->sum[CRUNCH_RECIPROCALS], CRUNCH_ARITH_BINARY);
    extract_signs(&reciprocals->signs, exact);
}

static size_t product_size(enum crunch_arith arith)
{
    (void)arith;
    return sizeof(struct product);
}

static void product_reset(void *state, enum crunch_arith arith)
{
    (void)arith;
    memset(state, 0, sizeof(struct product));
}

static u128 odd_of(const struct product *product)
{
    return product->odd == 0 ? 1 : product->odd;
}

/* Multiplies m * 2^twos * 5^fives in, m != 0. A multiple of 5 times the inverse of 5 modulo 2^64 is
 * the quotient; other numbers become more than the largest quotient. */
static void multiply_in(struct product *product, uint64_t m, bool decimal, long twos, long fives)
{
    const uint64_t inverse = UINT64_C(0xcccccccccccccccd), largest = UINT64_MAX / 5;
    int zeros = __builtin_ctzll(m);
    m >>= zeros;
    for (uint64_t q; decimal && (q = m * inverse) <= largest; fives++)
        m = q;
    product->odd = odd_of(product) * m;
    product->twos += twos + zeros;
    product->fives += fives;
}

static void multiply_wide(struct product *product, const struct crunch_wide *wide)
{
    struct crunch_scaled value;
    mpz_t base;
    mpz_init(value.mantissa);
    crunch_wide_to_scaled(wide, &value);
    mpz_abs(value.mantissa, value.mantissa);
    mpz_init_set_ui(base, 2);
    product->twos += (__int128)mpz_remove(value.mantissa, value.mantissa, base) + value.exponent;
    mpz_set_ui(base, 5);
    product->fives += (__int128)mpz_remove(value.mantissa, value.mantissa, base) + value.exponent;
    mpz_fdiv_r_2exp(value.mantissa, value.mantissa, CRUNCH_ODD_BITS);
    uint64_t word[2] = {0, 0};
    mpz_export(word, NULL, -1, sizeof word[0], 0, 0, value.mantissa);
    product->odd = odd_of(product) * ((u128)word[1] << 64 | word[0]);
    mpz_clears(value.mantissa, base, (mpz_ptr)NULL);
}

/* A finite double that is not 0 as m * 2^e. */
static uint64_t split(double x, long *e)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    long biased = (long)(bits >> 52 & 0x7ff);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    *e = (biased == 0 ? 1 : biased) - 1075;
    return biased == 0 ? fraction : fraction | UINT64_C(1) << 52;
}

static void product_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                         size_t rows)
{
    struct product *product = state;
    long e;
    for (size_t i = 0; i < rows; i++) {
        if (arith == CRUNCH_ARITH_BINARY && cells->binary[i] != 0) {
            uint64_t m = split(cells->binary[i], &e);
            multiply_in(product, m, false, e, 0);
        } else if (arith == CRUNCH_ARITH_DECIMAL && cells->mantissa[i] != 0) {
            long down = -(long)cells->common_scale;
            multiply_in(product, magnitude(cells->mantissa[i]), true, down, down);
        }
    }
    for (size_t i = 0; arith == CRUNCH_ARITH_DECIMAL && i < cells->n_wide; i++)
        multiply_wide(product, &cells->wide[i]);
}

static void product_merge(void *into, const void *from, enum crunch_arith arith)
{
    (void)arith;
    struct product *to = into;
    const struct product *other = from;
    to->odd = odd_of(to) * odd_of(other);
    to->twos += other->twos;
    to->fives += other->fives;
}

static void product_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    (void)arith;
    const struct product *product = state;
    mpz_set_ui(exact->odd, 0);
    crunch_mpz_add_u128(exact->odd, odd_of(product));
    crunch_mpz_add_i128(exact->twos, product->twos);
    crunch_mpz_add_i128(exact->fives, product->fives);
}

const struct crunch_reducer crunch_reducer_logs = {"logs",    logs_size,  logs_reset,
                                                   logs_feed, logs_merge, logs_extract};
const struct crunch_reducer crunch_reducer_reciprocals = {"reciprocals",     reciprocals_size,
                                                          reciprocals_reset, reciprocals_feed,
                                                          reciprocals_merge, reciprocals_extract};
const struct crunch_reducer crunch_reducer_product = {"product",    product_size,  product_reset,
                                                      product_feed, product_merge, product_extract};
