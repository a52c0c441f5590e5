/*
 * Numbers as digits. Comparing is by sign, then by where the first digit stands, then digit by
 * digit; where one number's digits are the beginning of the other's, the longer one has the larger
 * magnitude, for its further digits do not end in zeros.
 */
#include "core/digits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crunch_digits crunch_digits_of_wide(const struct crunch_wide *wide)
{
    return (struct crunch_digits){
        .digits = (char *)(uintptr_t)wide->digits,
        .n = wide->n_digits,
        .top = wide->exponent + (int64_t)wide->n_digits,
        .sign = wide->negative ? -1 : 1,
    };
}

bool crunch_digits_of_scaled(struct crunch_digits *out, const struct crunch_scaled *scaled)
{
    *out = (struct crunch_digits){.sign = mpz_sgn(scaled->mantissa)};
    if (out->sign == 0)
        return true;
    char *text = malloc(mpz_sizeinbase(scaled->mantissa, 10) + 2);
    if (text == NULL)
        return false;
    mpz_get_str(text, 10, scaled->mantissa);
    if (out->sign < 0)
        memmove(text, text + 1, strlen(text));
    out->digits = text;
    out->n = strlen(text);
    out->top = scaled->exponent + (int64_t)out->n;
    while (text[out->n - 1] == '0')
        out->n--;
    return true;
}

struct crunch_digits crunch_digits_of_narrow(int64_t m, unsigned scale, char *room)
{
    struct crunch_digits out = {.digits = room, .sign = (m > 0) - (m < 0)};
    if (m == 0)
        return out;
    out.n = (size_t)snprintf(room, 24, "%" PRIu64, m < 0 ? -(uint64_t)m : (uint64_t)m);
    out.top = (int64_t)out.n - scale;
    while (room[out.n - 1] == '0')
        out.n--;
    return out;
}

/* Nineteen digits at a time fit a word; the digits end without a NUL. */
void crunch_digits_to_scaled(const struct crunch_digits *x, struct crunch_scaled *out)
{
    mpz_set_ui(out->mantissa, 0);
    out->exponent = x->sign == 0 ? 0 : (long)(x->top - (int64_t)x->n);
    for (size_t i = 0; i < x->n;) {
        unsigned long part = 0, power = 1;
        for (; i < x->n && power < 1000000000000000000u; i++, power *= 10)
            part = part * 10 + (unsigned long)(x->digits[i] - '0');
        mpz_mul_ui(out->mantissa, out->mantissa, power);
        mpz_add_ui(out->mantissa, out->mantissa, part);
    }
    if (x->sign < 0)
        mpz_neg(out->mantissa, out->mantissa);
}

int crunch_digits_compare(const struct crunch_digits *a, const struct crunch_digits *b)
{
    if (a->sign != b->sign)
        return a->sign < b->sign ? -1 : 1;
    if (a->sign == 0)
        return 0;
    if (a->top != b->top)
        return a->top > b->top ? a->sign : -a->sign;
    int order = memcmp(a->digits, b->digits, a->n < b->n ? a->n : b->n);
    if (order == 0)
        order = (a->n > b->n) - (a->n < b->n);
    return order > 0 ? a->sign : order < 0 ? -a->sign : 0;
}
