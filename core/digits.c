/*
 * Numbers as digits. Comparing is by sign, then by where the first digit stands, then digit by
 * digit; where one number's digits are the beginning of the other's, the longer one has the larger
 * magnitude, for its further digits do not end in zeros.
 */
#include "core/digits.h"

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
    uint64_t left = m < 0 ? -(uint64_t)m : (uint64_t)m;
    char text[24], *begin = text + sizeof text;
    if (m == 0)
        return out;
    for (; left > 0; left /= 10)
        *--begin = (char)('0' + left % 10);
    out.n = (size_t)(text + sizeof text - begin);
    memcpy(room, begin, out.n);
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

#define KEY_DIGITS 14 /* below 10^14 < 2^47 */

/* Zero in the middle; above it the positive ones, by where the first digit stands (14 bits, of
 * which 10^-1100 to 10^310 are fewer) and the first digits; below it, turned round, the negative
 * ones. */
uint64_t crunch_digits_key(const struct crunch_digits *x)
{
    const uint64_t zero = UINT64_C(1) << 63;
    uint64_t first = 0;
    if (x->sign == 0)
        return zero;
    for (size_t i = 0; i < KEY_DIGITS; i++)
        first = first * 10 + (i < x->n ? (uint64_t)(x->digits[i] - '0') : 0);
    const uint64_t magnitude = (uint64_t)(x->top + 4096) << 47 | first;
    return x->sign > 0 ? zero + magnitude : zero - magnitude;
}

struct keyed {
    uint64_t key;
    const struct crunch_digits *digits;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return crunch_digits_compare(x->digits, y->digits);
}

static int by_digits(const void *a, const void *b)
{
    return crunch_digits_compare(a, b);
}

/* By keys, which lie in a row; without the memory for them, as it goes. */
void crunch_digits_sort(struct crunch_digits *x, size_t n)
{
    struct keyed *keyed = malloc((n + 1) * sizeof *keyed);
    struct crunch_digits *copy = malloc((n + 1) * sizeof *copy);
    if (keyed == NULL || copy == NULL) {
        if (n > 0)
            qsort(x, n, sizeof *x, by_digits);
    } else if (n > 0) {
        memcpy(copy, x, n * sizeof *x);
        for (size_t i = 0; i < n; i++)
            keyed[i] = (struct keyed){crunch_digits_key(&copy[i]), &copy[i]};
        qsort(keyed, n, sizeof *keyed, by_key);
        for (size_t i = 0; i < n; i++)
            x[i] = *keyed[i].digits;
    }
    free(keyed);
    free(copy);
}
