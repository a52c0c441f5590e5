/* Owns the form of sort keys. */
#include "core/sort_key.h"

#include <stdlib.h>

#define DIGITS 19              /* of the word: 10^19 < 2^64 */
#define EXPONENT_OFFSET 0x4000 /* exponents lie well within two bytes */

void crunch_sort_key_special(struct crunch_bytes *out, enum crunch_sort_class class)
{
    const unsigned char byte = (unsigned char)class;
    crunch_bytes_add(out, &byte, 1);
}

/* The parts that all numbers have; inverted where the number is negative. */
static void add_head(struct crunch_bytes *out, bool negative, long exponent, uint64_t word)
{
    const uint16_t place = (uint16_t)(exponent + EXPONENT_OFFSET);
    unsigned char head[2 + sizeof word], turn = negative ? 0xFF : 0;
    head[0] = (unsigned char)(place >> 8) ^ turn;
    head[1] = (unsigned char)place ^ turn;
    for (unsigned i = 0; i < sizeof word; i++)
        head[2 + i] = (unsigned char)(word >> (56 - 8 * i)) ^ turn;
    crunch_sort_key_special(out, negative ? CRUNCH_SORT_NEGATIVE : CRUNCH_SORT_POSITIVE);
    crunch_bytes_add(out, head, sizeof head);
}

/* Of two negative numbers that begin alike the one with more digits is the less. */
static void add_end(struct crunch_bytes *out, bool negative)
{
    const unsigned char end = 0xFF;
    if (negative)
        crunch_bytes_add(out, &end, 1);
}

void crunch_sort_key_narrow(struct crunch_bytes *out, int64_t mantissa, unsigned scale)
{
    uint64_t m = mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa;
    long exponent = DIGITS - 1 - (long)scale;
    if (m == 0) {
        crunch_sort_key_special(out, CRUNCH_SORT_ZERO);
        return;
    }
    for (; m < UINT64_C(1000000000000000000); m *= 10)
        exponent--;
    add_head(out, mantissa < 0, exponent, m);
    add_end(out, mantissa < 0);
}

void crunch_sort_key_digits(struct crunch_bytes *out, bool negative, long exponent,
                            const char *digits, size_t n)
{
    const long first = exponent + (long)n - 1;
    const unsigned char turn = negative ? 0xFF : 0;
    uint64_t word = 0;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    for (size_t i = 0; i < DIGITS; i++)
        word = word * 10 + (i < n ? (uint64_t)(digits[i] - '0') : 0);
    add_head(out, negative, first, word);
    for (size_t i = DIGITS; i < n; i++) {
        const unsigned char digit = (unsigned char)digits[i] ^ turn;
        crunch_bytes_add(out, &digit, 1);
    }
    add_end(out, negative);
}

void crunch_sort_key_double(struct crunch_bytes *out, double x)
{
    uint64_t bits;
    unsigned char key[sizeof bits];
    x = x == 0 ? 0 : x; /* not -0 */
    memcpy(&bits, &x, sizeof bits);
    bits ^= bits >> 63 ? ~UINT64_C(0) : UINT64_C(1) << 63;
    for (unsigned i = 0; i < sizeof bits; i++)
        key[i] = (unsigned char)(bits >> (56 - 8 * i));
    crunch_sort_key_special(out, CRUNCH_SORT_ZERO);
    crunch_bytes_add(out, key, sizeof key);
}

/* The mantissa's bits from the first one on, without zeros at the end. */
static void add_bits(struct crunch_bytes *out, const struct crunch_scaled *x)
{
    const size_t bits = mpz_sizeinbase(x->mantissa, 2), bytes = (bits + 7) / 8;
    size_t n = 0;
    mpz_t aligned;
    mpz_init(aligned);
    mpz_mul_2exp(aligned, x->mantissa, 8 * bytes - bits);
    add_head(out, false, x->exponent + (long)bits - 1, 0);
    unsigned char *to = crunch_bytes_reserve(out, bytes);
    if (to) {
        mpz_export(to, &n, 1, 1, 1, 0, aligned);
        while (n > 0 && to[n - 1] == 0)
            n--;
        out->len += n;
    }
    mpz_clear(aligned);
}

void crunch_sort_key_scaled(struct crunch_bytes *out, const struct crunch_scaled *x,
                            enum crunch_arith arith)
{
    if (mpz_sgn(x->mantissa) == 0) {
        crunch_sort_key_special(out, CRUNCH_SORT_ZERO);
    } else if (arith == CRUNCH_ARITH_BINARY) {
        add_bits(out, x);
    } else {
        char *digits = mpz_get_str(NULL, 10, x->mantissa);
        out->failed |= digits == NULL;
        if (digits)
            crunch_sort_key_digits(out, false, x->exponent, digits, strlen(digits));
        free(digits);
    }
}
