/*
 * Decimal accumulators; the header has the layout and the proofs of headroom. What this file owns
 * is the order of marking and writing.
 */
#include "core/decimal_sum.h"

#include "core/decimal_limbs.h"

#define LIMB_BASE CRUNCH_LIMB_BASE

static void mark_narrow(uint64_t *used, uint64_t scales)
{
    *used |= scales;
    crunch_compiler_barrier();
}

void crunch_decimal_sum_add(struct crunch_decimal_sum *sum, unsigned scale, __int128 cells)
{
    mark_narrow(&sum->narrow_used, UINT64_C(1) << scale);
    sum->narrow[scale] += cells;
}

void crunch_decimal_sum_add_wide(struct crunch_decimal_sum *sum, const struct crunch_wide *wide)
{
    uint64_t limb[CRUNCH_WIDE_LIMBS];
    uint32_t n, first = crunch_limbs_cut(wide, limb, &n);
    crunch_limbs_mark(&sum->wide_begin, &sum->wide_end, first, first + n);
    for (uint32_t i = 0; i < n; i++)
        sum->limb[first + i] += wide->negative ? -(__int128)limb[i] : (__int128)limb[i];
}

void crunch_decimal_sum_reset(struct crunch_decimal_sum *sum)
{
    for (uint64_t used = sum->narrow_used; used != 0; used &= used - 1)
        sum->narrow[__builtin_ctzll(used)] = 0;
    crunch_compiler_barrier();
    sum->narrow_used = 0;
    crunch_limbs_reset(&sum->wide_begin, &sum->wide_end, sum->limb);
}

void crunch_decimal_sum_merge(struct crunch_decimal_sum *into,
                              const struct crunch_decimal_sum *from)
{
    mark_narrow(&into->narrow_used, from->narrow_used);
    for (uint64_t used = from->narrow_used; used != 0; used &= used - 1) {
        int scale = __builtin_ctzll(used);
        into->narrow[scale] += from->narrow[scale];
    }
    if (from->wide_end == 0)
        return;
    crunch_limbs_mark(&into->wide_begin, &into->wide_end, from->wide_begin, from->wide_end);
    for (uint32_t i = from->wide_begin; i < from->wide_end; i++)
        into->limb[i] += from->limb[i];
}

void crunch_decimal_sum_extract(const struct crunch_decimal_sum *sum, struct crunch_scaled *out)
{
    mpz_t total;
    mpz_init(total);
    for (uint64_t used = sum->narrow_used; used != 0; used &= used - 1) {
        int scale = __builtin_ctzll(used);
        mpz_set_ui(total, 0);
        crunch_mpz_add_i128(total, sum->narrow[scale]);
        crunch_scaled_add(out, total, -(long)scale, CRUNCH_ARITH_DECIMAL);
    }
    mpz_clear(total);
    crunch_limbs_extract(sum->limb, sum->wide_begin, sum->wide_end, CRUNCH_WIDE_LOWEST, out);
}

static void add_u192(struct crunch_u192 *into, const struct crunch_u192 *from)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < 3; i++) {
        carry += (unsigned __int128)into->word[i] + from->word[i];
        into->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

void crunch_decimal_squares_add(struct crunch_decimal_squares *sum, unsigned scale,
                                const struct crunch_u192 *cells)
{
    mark_narrow(&sum->narrow_used, UINT64_C(1) << scale);
    add_u192(&sum->narrow[scale], cells);
}

void crunch_decimal_squares_add_wide(struct crunch_decimal_squares *sum,
                                     const struct crunch_wide *wide)
{
    uint64_t limb[CRUNCH_WIDE_LIMBS];
    uint32_t n, first = crunch_limbs_cut(wide, limb, &n);
    crunch_limbs_mark(&sum->wide_begin, &sum->wide_end, 2 * first, 2 * (first + n));
    /* Column k of the schoolbook square: at most 80 products below 10^36 and a carry below 10^20,
     * under 2^127. */
    unsigned __int128 carry = 0;
    for (uint32_t k = 0; k < 2 * n; k++) {
        for (uint32_t i = k < n ? 0 : k - n + 1; i <= k && i < n; i++)
            carry += (unsigned __int128)limb[i] * limb[k - i];
        sum->limb[2 * first + k] += (__int128)(carry % LIMB_BASE);
        carry /= LIMB_BASE;
    }
}

void crunch_decimal_squares_reset(struct crunch_decimal_squares *sum)
{
    for (uint64_t used = sum->narrow_used; used != 0; used &= used - 1)
        sum->narrow[__builtin_ctzll(used)] = (struct crunch_u192){{0, 0, 0}};
    crunch_compiler_barrier();
    sum->narrow_used = 0;
    crunch_limbs_reset(&sum->wide_begin, &sum->wide_end, sum->limb);
}

void crunch_decimal_squares_merge(struct crunch_decimal_squares *into,
                                  const struct crunch_decimal_squares *from)
{
    mark_narrow(&into->narrow_used, from->narrow_used);
    for (uint64_t used = from->narrow_used; used != 0; used &= used - 1) {
        int scale = __builtin_ctzll(used);
        add_u192(&into->narrow[scale], &from->narrow[scale]);
    }
    if (from->wide_end == 0)
        return;
    crunch_limbs_mark(&into->wide_begin, &into->wide_end, from->wide_begin, from->wide_end);
    for (uint32_t i = from->wide_begin; i < from->wide_end; i++)
        into->limb[i] += from->limb[i];
}

void crunch_decimal_squares_extract(const struct crunch_decimal_squares *sum,
                                    struct crunch_scaled *out)
{
    mpz_t total;
    mpz_init(total);
    for (uint64_t used = sum->narrow_used; used != 0; used &= used - 1) {
        int scale = __builtin_ctzll(used);
        mpz_import(total, 3, -1, sizeof(uint64_t), 0, 0, sum->narrow[scale].word);
        crunch_scaled_add(out, total, -2L * scale, CRUNCH_ARITH_DECIMAL);
    }
    mpz_clear(total);
    crunch_limbs_extract(sum->limb, sum->wide_begin, sum->wide_end, 2 * CRUNCH_WIDE_LOWEST, out);
}
