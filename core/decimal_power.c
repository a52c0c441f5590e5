/*
 * Decimal accumulators of powers; the header has the layout and the proofs of headroom.
 */
#include "core/decimal_power.h"

#include "core/decimal_limbs.h"

#include <string.h>

static void add_i320(struct crunch_i320 *into, const struct crunch_i320 *from)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < 5; i++) {
        carry += (unsigned __int128)into->word[i] + from->word[i];
        into->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

void crunch_decimal_power_add(struct crunch_decimal_power *sum, unsigned scale,
                              const struct crunch_i320 *cells)
{
    sum->narrow_used |= UINT64_C(1) << scale;
    crunch_compiler_barrier();
    add_i320(&sum->narrow[scale], cells);
}

/* out[0, n + m) = a[0, n) * b[0, m), limbs of 10^18 each. A column adds at most min(n, m) <= 160
 * products below 10^36 and a carry below 10^21: under 2^128. */
static void multiply(uint64_t *out, const uint64_t *a, uint32_t n, const uint64_t *b, uint32_t m)
{
    unsigned __int128 carry = 0;
    for (uint32_t k = 0; k < n + m; k++) {
        for (uint32_t i = k < m ? 0 : k - m + 1; i <= k && i < n; i++)
            carry += (unsigned __int128)a[i] * b[k - i];
        out[k] = (uint64_t)(carry % CRUNCH_LIMB_BASE);
        carry /= CRUNCH_LIMB_BASE;
    }
}

void crunch_decimal_power_add_wide(struct crunch_decimal_power *sum, const struct crunch_wide *wide,
                                   unsigned power)
{
    uint64_t limb[CRUNCH_WIDE_LIMBS], square[2 * CRUNCH_WIDE_LIMBS],
        raised[CRUNCH_WIDE_POWER_LIMBS];
    uint32_t n, first = crunch_limbs_cut(wide, limb, &n) * power;
    multiply(square, limb, n, limb, n);
    multiply(raised, square, 2 * n, power == 3 ? limb : square, power == 3 ? n : 2 * n);
    bool negative = wide->negative && power == 3;
    crunch_limbs_mark(&sum->wide_begin, &sum->wide_end, first, first + power * n);
    for (uint32_t i = 0; i < power * n; i++)
        sum->limb[first + i] += negative ? -(__int128)raised[i] : (__int128)raised[i];
}

void crunch_decimal_power_reset(struct crunch_decimal_power *sum)
{
    for (uint64_t used = sum->narrow_used; used != 0; used &= used - 1)
        sum->narrow[__builtin_ctzll(used)] = (struct crunch_i320){{0}};
    crunch_compiler_barrier();
    sum->narrow_used = 0;
    crunch_limbs_reset(&sum->wide_begin, &sum->wide_end, sum->limb);
}

void crunch_decimal_power_merge(struct crunch_decimal_power *into,
                                const struct crunch_decimal_power *from)
{
    into->narrow_used |= from->narrow_used;
    crunch_compiler_barrier();
    for (uint64_t used = from->narrow_used; used != 0; used &= used - 1) {
        int scale = __builtin_ctzll(used);
        add_i320(&into->narrow[scale], &from->narrow[scale]);
    }
    if (from->wide_end == 0)
        return;
    crunch_limbs_mark(&into->wide_begin, &into->wide_end, from->wide_begin, from->wide_end);
    for (uint32_t i = from->wide_begin; i < from->wide_end; i++)
        into->limb[i] += from->limb[i];
}

/* total = cells as a signed number. */
static void signed_value(mpz_t total, const struct crunch_i320 *cells)
{
    mpz_import(total, 5, -1, sizeof(uint64_t), 0, 0, cells->word);
    if (cells->word[4] >> 63) {
        mpz_t wrap;
        mpz_init_set_ui(wrap, 1);
        mpz_mul_2exp(wrap, wrap, 320);
        mpz_sub(total, total, wrap);
        mpz_clear(wrap);
    }
}

void crunch_decimal_power_extract(const struct crunch_decimal_power *sum, unsigned power,
                                  struct crunch_scaled *out)
{
    mpz_t total;
    mpz_init(total);
    for (uint64_t used = sum->narrow_used; used != 0; used &= used - 1) {
        int scale = __builtin_ctzll(used);
        signed_value(total, &sum->narrow[scale]);
        crunch_scaled_add(out, total, -(long)power * scale, CRUNCH_ARITH_DECIMAL);
    }
    mpz_clear(total);
    crunch_limbs_extract(sum->limb, sum->wide_begin, sum->wide_end,
                         (long)power * CRUNCH_WIDE_LOWEST, out);
}
