/*
 * Binary accumulators, in plain C; the header has the layout and the proofs of headroom.
 *
 * A block of doubles is gone through twice: first the limbs it will touch are marked, then it is
 * added.
 */
#include "core/superacc.h"

#include "core/limbs.h"

#include <string.h>

#define LIMB_BITS 8
#define CUT_BITS 56 /* of a square, a multiple of LIMB_BITS */

struct parts {
    uint64_t m; /* below 2^53 */
    unsigned p; /* |x| = m * 2^(p - 1074) */
    bool negative;
};

static struct parts split(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    unsigned e = (unsigned)(bits >> 52) & 0x7ff;
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    return (struct parts){
        .m = e == 0 ? fraction : fraction | UINT64_C(1) << 52,
        .p = e == 0 ? 0 : e - 1,
        .negative = bits >> 63,
    };
}

static void mark(uint64_t *used, unsigned limb)
{
    used[limb / 64] |= UINT64_C(1) << limb % 64;
}

/* into += from over the marked limbs; from NULL: into's own become 0 and are unmarked. */
static void each_limb(uint64_t *used, __int128 *limb, const uint64_t *from_used,
                      const __int128 *from, size_t words)
{
    for (size_t w = 0; from != NULL && w < words; w++)
        used[w] |= from_used[w];
    crunch_compiler_barrier();
    for (size_t w = 0; w < words; w++)
        for (uint64_t bits = from != NULL ? from_used[w] : used[w]; bits != 0; bits &= bits - 1) {
            size_t j = w * 64 + (size_t)__builtin_ctzll(bits);
            limb[j] = from != NULL ? limb[j] + from[j] : 0;
        }
    crunch_compiler_barrier();
    for (size_t w = 0; from == NULL && w < words; w++)
        used[w] = 0;
}

static void extract(const uint64_t *used, const __int128 *limb, size_t limbs, long lowest,
                    struct crunch_scaled *out)
{
    mpz_t total;
    mpz_init(total);
    for (size_t j = limbs; j > 0; j--) {
        mpz_mul_2exp(total, total, LIMB_BITS);
        if (used[(j - 1) / 64] >> (j - 1) % 64 & 1)
            crunch_mpz_add_i128(total, limb[j - 1]);
    }
    crunch_scaled_add(out, total, lowest, CRUNCH_ARITH_BINARY);
    mpz_clear(total);
}

void crunch_superacc_sum_add(struct crunch_superacc_sum *sum, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mark(sum->used, split(x[i]).p / LIMB_BITS);
    crunch_compiler_barrier();
    for (size_t i = 0; i < n; i++) {
        struct parts v = split(x[i]);
        int64_t term = (int64_t)(v.m << v.p % LIMB_BITS);
        sum->limb[v.p / LIMB_BITS] += v.negative ? -term : term;
    }
}

void crunch_superacc_sum_deposit(struct crunch_superacc_sum *sum, int64_t value, int exponent)
{
    unsigned place = (unsigned)(exponent + 1074);
    mark(sum->used, place / LIMB_BITS);
    crunch_compiler_barrier();
    sum->limb[place / LIMB_BITS] += (__int128)value * (1 << place % LIMB_BITS);
}

void crunch_superacc_sum_reset(struct crunch_superacc_sum *sum)
{
    each_limb(sum->used, sum->limb, NULL, NULL, sizeof sum->used / sizeof sum->used[0]);
}

void crunch_superacc_sum_merge(struct crunch_superacc_sum *into,
                               const struct crunch_superacc_sum *from)
{
    each_limb(into->used, into->limb, from->used, from->limb,
              sizeof into->used / sizeof into->used[0]);
}

void crunch_superacc_sum_extract(const struct crunch_superacc_sum *sum, struct crunch_scaled *out)
{
    extract(sum->used, sum->limb, CRUNCH_SUPERACC_SUM_LIMBS, -1074, out);
}

void crunch_superacc_squares_add(struct crunch_superacc_squares *sum, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned j = 2 * split(x[i]).p / LIMB_BITS;
        mark(sum->used, j);
        mark(sum->used, j + CUT_BITS / LIMB_BITS);
    }
    crunch_compiler_barrier();
    for (size_t i = 0; i < n; i++) {
        struct parts v = split(x[i]);
        unsigned __int128 square = (unsigned __int128)v.m * v.m; /* below 2^106 */
        unsigned j = 2 * v.p / LIMB_BITS, shift = 2 * v.p % LIMB_BITS;
        uint64_t low = (uint64_t)square & ((UINT64_C(1) << CUT_BITS) - 1);
        uint64_t high = (uint64_t)(square >> CUT_BITS); /* below 2^50 */
        sum->limb[j] += (int64_t)(low << shift);
        sum->limb[j + CUT_BITS / LIMB_BITS] += (int64_t)(high << shift);
    }
}

void crunch_superacc_squares_deposit(struct crunch_superacc_squares *sum, __int128 value,
                                     int exponent)
{
    unsigned place = (unsigned)(exponent + 2148);
    mark(sum->used, place / LIMB_BITS);
    crunch_compiler_barrier();
    sum->limb[place / LIMB_BITS] += value * (1 << place % LIMB_BITS);
}

void crunch_superacc_products_add(struct crunch_superacc_squares *sum, const double *x,
                                  const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned j = (split(x[i]).p + split(y[i]).p) / LIMB_BITS;
        mark(sum->used, j);
        mark(sum->used, j + CUT_BITS / LIMB_BITS);
    }
    crunch_compiler_barrier();
    for (size_t i = 0; i < n; i++) {
        struct parts v = split(x[i]), w = split(y[i]);
        unsigned __int128 product = (unsigned __int128)v.m * w.m;
        unsigned j = (v.p + w.p) / LIMB_BITS, shift = (v.p + w.p) % LIMB_BITS;
        int64_t low = (int64_t)(((uint64_t)product & ((UINT64_C(1) << CUT_BITS) - 1)) << shift);
        int64_t high = (int64_t)((uint64_t)(product >> CUT_BITS) << shift);
        bool negative = v.negative != w.negative;
        sum->limb[j] += negative ? -low : low;
        sum->limb[j + CUT_BITS / LIMB_BITS] += negative ? -high : high;
    }
}

void crunch_superacc_squares_reset(struct crunch_superacc_squares *sum)
{
    each_limb(sum->used, sum->limb, NULL, NULL, sizeof sum->used / sizeof sum->used[0]);
}

void crunch_superacc_squares_merge(struct crunch_superacc_squares *into,
                                   const struct crunch_superacc_squares *from)
{
    each_limb(into->used, into->limb, from->used, from->limb,
              sizeof into->used / sizeof into->used[0]);
}

void crunch_superacc_squares_extract(const struct crunch_superacc_squares *sum,
                                     struct crunch_scaled *out)
{
    extract(sum->used, sum->limb, CRUNCH_SUPERACC_SQUARE_LIMBS, -2148, out);
}
