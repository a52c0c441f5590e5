/* Digits against the printf family and GMP: what a narrow number's digits are, and that keys and
 * sorting agree with the order of the values. */
#include "core/digits.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 400 };

static uint64_t state = 0x2545F4914F6CDD1Du;
static uint64_t below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

Test(digits, of_narrow_numbers)
{
    for (unsigned round = 0; round < 2000; round++) {
        const int64_t m = (int64_t)below(UINT64_C(1) << (1 + below(59))) * (below(2) ? 1 : -1);
        const unsigned scale = (unsigned)below(40);
        char room[24], text[40];
        const struct crunch_digits x = crunch_digits_of_narrow(m, scale, room);
        snprintf(text, sizeof text, "%" PRId64, m < 0 ? -m : m);
        size_t n = strlen(text);
        cr_assert_eq(x.sign, (m > 0) - (m < 0));
        if (m == 0)
            continue;
        cr_assert_eq(x.top, (int64_t)n - scale);
        while (text[n - 1] == '0')
            n--;
        cr_assert_eq(x.n, n);
        cr_assert_eq(memcmp(x.digits, text, n), 0);
    }
}

/* A number of up to 40 digits, many of which share their first ones; exponents to both ends. */
static void make(struct crunch_scaled *out)
{
    static const long ends[] = {-1100, 250, 0, 0};
    char text[64] = "12345678901234";
    size_t n = below(3) ? 14 : 0;
    for (uint64_t more = 1 + below(20); more > 0; more--)
        text[n++] = (char)('0' + below(3));
    text[n] = '\0';
    mpz_set_str(out->mantissa, text, 10);
    if (below(2))
        mpz_neg(out->mantissa, out->mantissa);
    out->exponent = ends[below(4)] + (long)below(3);
}

Test(digits, keys_and_sorting)
{
    static struct crunch_digits x[NUMBERS];
    struct crunch_scaled value[NUMBERS], a, b;
    mpz_inits(a.mantissa, b.mantissa, (mpz_ptr)NULL);
    for (size_t i = 0; i < NUMBERS; i++) {
        mpz_init(value[i].mantissa);
        make(&value[i]);
        cr_assert(crunch_digits_of_scaled(&x[i], &value[i]));
    }
    for (size_t i = 0; i < NUMBERS; i++)
        for (size_t k = 0; k < NUMBERS; k += 7) {
            const uint64_t p = crunch_digits_key(&x[i]), q = crunch_digits_key(&x[k]);
            const int order = crunch_scaled_compare(&value[i], &value[k], CRUNCH_ARITH_DECIMAL);
            if (p != q)
                cr_assert_eq(p > q, order > 0);
            if (order == 0)
                cr_assert_eq(p, q);
        }
    crunch_digits_sort(x, NUMBERS);
    for (size_t i = 1; i < NUMBERS; i++) {
        crunch_digits_to_scaled(&x[i - 1], &a);
        crunch_digits_to_scaled(&x[i], &b);
        cr_assert_leq(crunch_scaled_compare(&a, &b, CRUNCH_ARITH_DECIMAL), 0);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        free(x[i].digits);
        mpz_clear(value[i].mantissa);
    }
    mpz_clears(a.mantissa, b.mantissa, (mpz_ptr)NULL);
}
