/*
 * Decimal limbs: cutting the digits of wide numbers into them, and the order in which a range of
 * them is marked, written and cleared.
 */
#include "core/decimal_limbs.h"

#include <string.h>

void crunch_limbs_mark(uint32_t *used_begin, uint32_t *used_end, uint32_t begin, uint32_t end)
{
    if (*used_end == 0) {
        /* The end is what makes the range count, so it goes last: a range cut short by a kill is
         * empty. */
        *used_begin = begin;
        crunch_compiler_barrier();
        *used_end = end;
    } else {
        if (begin < *used_begin)
            *used_begin = begin;
        if (end > *used_end)
            *used_end = end;
    }
    crunch_compiler_barrier();
}

void crunch_limbs_reset(uint32_t *begin, uint32_t *end, __int128 *limb)
{
    if (*end == 0)
        return;
    memset(limb + *begin, 0, (*end - *begin) * sizeof *limb);
    crunch_compiler_barrier();
    *end = 0;
    crunch_compiler_barrier();
    *begin = 0;
}

/* The value of eight digits, the first one in the lowest byte: pairs of neighbours are joined, then
 * pairs of pairs, then the halves. */
static uint64_t eight_digits(const char *digits)
{
    uint64_t x;
    memcpy(&x, digits, sizeof x);
    x -= UINT64_C(0x3030303030303030);
    x = (x * 10 + (x >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x * 100 + (x >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (x * 10000 + (x >> 32)) & UINT32_MAX;
}

/* The value of n (at most 18) digits. */
static uint64_t digits_value(const char *digits, size_t n)
{
    uint64_t value = 0;
    for (; n >= 8; n -= 8, digits += 8)
        value = value * 100000000 + eight_digits(digits);
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

uint32_t crunch_limbs_cut(const struct crunch_wide *wide, uint64_t limb[CRUNCH_WIDE_LIMBS],
                          uint32_t *n)
{
    static const uint64_t power[CRUNCH_LIMB_DIGITS] = {1,
                                                       10,
                                                       100,
                                                       1000,
                                                       10000,
                                                       100000,
                                                       1000000,
                                                       10000000,
                                                       100000000,
                                                       1000000000,
                                                       10000000000,
                                                       100000000000,
                                                       1000000000000,
                                                       10000000000000,
                                                       100000000000000,
                                                       1000000000000000,
                                                       10000000000000000,
                                                       100000000000000000};
    uint32_t place = (uint32_t)(wide->exponent - CRUNCH_WIDE_LOWEST); /* of the last digit, >= 16 */
    const uint32_t low = place % CRUNCH_LIMB_DIGITS;
    size_t left = wide->n_digits, room = CRUNCH_LIMB_DIGITS - low;
    *n = 0;
    while (left > 0) {
        size_t take = left < room ? left : room;
        limb[*n] = digits_value(wide->digits + left - take, take);
        left -= take;
        if (*n == 0)
            limb[0] *= power[low]; /* at most 18 - low digits were taken: below 10^18 */
        ++*n;
        room = CRUNCH_LIMB_DIGITS;
    }
    return place / CRUNCH_LIMB_DIGITS;
}

void crunch_limbs_extract(const __int128 *limb, uint32_t begin, uint32_t end, long lowest,
                          struct crunch_scaled *out)
{
    mpz_t total;
    mpz_init(total);
    for (uint32_t i = end; i > begin; i--) {
        mpz_mul_ui(total, total, CRUNCH_LIMB_BASE);
        crunch_mpz_add_i128(total, limb[i - 1]);
    }
    if (end != 0)
        crunch_scaled_add(out, total, (long)begin * CRUNCH_LIMB_DIGITS + lowest,
                          CRUNCH_ARITH_DECIMAL);
    mpz_clear(total);
}

void crunch_wide_to_scaled(const struct crunch_wide *wide, struct crunch_scaled *out)
{
    char text[CRUNCH_WIDE_DIGITS_MAX + 1];
    memcpy(text, wide->digits, wide->n_digits);
    text[wide->n_digits] = '\0';
    mpz_set_str(out->mantissa, text, 10);
    if (wide->negative)
        mpz_neg(out->mantissa, out->mantissa);
    out->exponent = wide->exponent;
}
