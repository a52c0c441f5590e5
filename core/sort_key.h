/*
 * Sort keys: values as bytes that compare (memcmp, then length) as the values do, so that numbers
 * of any size can be put in order by code that knows nothing of them. Equal values have equal keys.
 *
 * A key is a class and, for a decimal number, the exponent of its first digit, 19 digits as a word,
 * and further digits as text; all of it turned round where the number is negative. Doubles, which
 * are never mixed with decimals in a column, are their words in order (Herf 2001, "Radix tricks").
 */
#ifndef CRUNCH_CORE_SORT_KEY_H
#define CRUNCH_CORE_SORT_KEY_H

#include "core/bytes.h"
#include "core/exact.h"
#include "io/batch.h"

enum crunch_sort_class {
    CRUNCH_SORT_MINUS_INF,
    CRUNCH_SORT_NEGATIVE,
    CRUNCH_SORT_ZERO,
    CRUNCH_SORT_POSITIVE,
    CRUNCH_SORT_PLUS_INF,
    CRUNCH_SORT_NAN,
    CRUNCH_SORT_ABSENT
};

/* Each appends a key to out, which fails when memory runs out. */
void crunch_sort_key_special(struct crunch_bytes *out, enum crunch_sort_class class);
void crunch_sort_key_narrow(struct crunch_bytes *out, int64_t mantissa, unsigned scale);
/* digits: n of them, the first one not 0; the last one is in the place 10^exponent. */
void crunch_sort_key_digits(struct crunch_bytes *out, bool negative, long exponent,
                            const char *digits, size_t n);
void crunch_sort_key_double(struct crunch_bytes *out, double x);
/* x >= 0; of one column's arithmetic, keys made by this function compare with one another. */
void crunch_sort_key_scaled(struct crunch_bytes *out, const struct crunch_scaled *x,
                            enum crunch_arith arith);

/* Pure. */
static inline enum crunch_sort_class crunch_sort_key_class(const void *key)
{
    return (enum crunch_sort_class) * (const unsigned char *)key;
}

#endif
