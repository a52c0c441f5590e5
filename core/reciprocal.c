/*
 * Reciprocals by two divisions of words, and their plain twin.
 */
#include "core/reciprocal.h"

#include "core/limbs56.h"

#include <string.h>

typedef unsigned __int128 u128;

/* Adds q * 2^exponent, 2^119 <= q < 2^121, with 120 bits kept. */
static void add_bits(struct crunch_reciprocals *sum, u128 q, int exponent)
{
    if (q >> CRUNCH_RECIPROCAL_BITS != 0) {
        q >>= 1;
        exponent++;
    }
    uint64_t word[3] = {(uint64_t)q, (uint64_t)(q >> 64), 0};
    crunch_limbs56_add(sum->limb, word, CRUNCH_RECIPROCAL_BITS,
                       (unsigned)(exponent - CRUNCH_RECIPROCAL_LOWEST), false);
}

/* c / m * 2^57, cut off: with c in [2^126, 2^127) and m in [2^63, 2^64) a number in (2^119, 2^121),
 * by long division with a first digit below 2^64 and a second one below 2^57. */
static u128 quotient(u128 c, uint64_t m)
{
    uint64_t first = (uint64_t)(c / m), rest = (uint64_t)(c % m);
    return (u128)first << 57 | (u128)(uint64_t)(((u128)rest << 57) / m);
}

void crunch_reciprocals_add(struct crunch_reciprocals *sum, const int64_t *m, size_t n,
                            unsigned scale)
{
    /* 1 / (m 10^-s) = 5^s 2^s / m; 5^39 < 2^91. */
    u128 five = 1;
    for (unsigned i = 0; i < scale; i++)
        five *= 5;
    uint64_t top = (uint64_t)(five >> 64);
    int up = (top != 0 ? __builtin_clzll(top) : 64 + __builtin_clzll((uint64_t)five)) - 1;
    for (size_t i = 0; i < n; i++) {
        if (m[i] <= 0)
            continue;
        int zeros = __builtin_clzll((uint64_t)m[i]);
        add_bits(sum, quotient(five << up, (uint64_t)m[i] << zeros), (int)scale + zeros - up - 57);
    }
}

void crunch_reciprocals_add_double(struct crunch_reciprocals *sum, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int e = (int)(bits >> 52);
    uint64_t m = bits & ((UINT64_C(1) << 52) - 1);
    if (e != 0)
        m |= UINT64_C(1) << 52;
    else
        e = 1;
    int zeros = __builtin_clzll(m);
    /* 1 / (m 2^(e - 1075)) = 2^126 / (m 2^zeros) * 2^(zeros - 126 + 1075 - e) */
    add_bits(sum, quotient((u128)1 << 126, m << zeros), zeros - 126 + 1075 - e - 57);
}

void crunch_reciprocals_add_plain(struct crunch_reciprocals *sum, const mpz_t m, long exponent,
                                  enum crunch_arith arith)
{
    mpz_t p, q;
    mpz_inits(p, q, (mpz_ptr)NULL);
    mpz_ui_pow_ui(p, arith == CRUNCH_ARITH_BINARY ? 2 : 10,
                  (unsigned long)(exponent < 0 ? -exponent : exponent));
    if (exponent > 0) {
        mpz_mul(q, m, p);
        mpz_set_ui(p, 1);
    } else {
        mpz_set(q, m);
    }
    /* p / q is above 2^(d - 1): with 121 - d more bits the quotient has 121 or 122. */
    long shift =
        CRUNCH_RECIPROCAL_BITS + 1 - ((long)mpz_sizeinbase(p, 2) - (long)mpz_sizeinbase(q, 2));
    if (shift >= 0)
        mpz_mul_2exp(p, p, (mp_bitcnt_t)shift);
    else
        mpz_mul_2exp(q, q, (mp_bitcnt_t)-shift);
    mpz_fdiv_q(p, p, q);
    mp_bitcnt_t drop = mpz_sizeinbase(p, 2) - CRUNCH_RECIPROCAL_BITS;
    mpz_fdiv_q_2exp(p, p, drop);
    uint64_t word[2] = {0, 0};
    mpz_export(word, NULL, -1, sizeof word[0], 0, 0, p);
    add_bits(sum, (u128)word[1] << 64 | word[0], (int)((long)drop - shift));
    mpz_clears(p, q, (mpz_ptr)NULL);
}

void crunch_reciprocals_extract(const struct crunch_reciprocals *sum, struct crunch_scaled *out)
{
    mpz_t total;
    mpz_init(total);
    crunch_limbs56_total(total, sum->limb, CRUNCH_RECIPROCAL_LIMBS);
    crunch_scaled_add(out, total, CRUNCH_RECIPROCAL_LOWEST, CRUNCH_ARITH_BINARY);
    mpz_clear(total);
}
