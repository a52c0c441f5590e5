/*
 * Keys of values: a number as bytes, the same bytes for the same number however a cell wrote it
 * (1.0, 1 and 1.00), for tables that count values.
 *
 * The last byte says what the key is:
 *   0..39      9 bytes: the int64 mantissa m, then the scale s: m * 10^-s, |m| < 10^18, the least
 *              scale that holds the value
 *   'd'        9 bytes: a double other than -0 (binary arithmetic)
 *   'w'        any other number: its exponent of ten (int32), 0 or 1 for its sign, its digits
 *              without zeros at either end
 *   'n' 'p' 'm'  1 byte: nan, inf, -inf
 * Numbers are in the byte order of the machine: keys live no longer than a run.
 */
#ifndef CRUNCH_CORE_VALUE_KEY_H
#define CRUNCH_CORE_VALUE_KEY_H

#include "core/exact.h"
#include "core/hash_table.h"
#include "core/value.h"
#include "io/batch.h"

#define CRUNCH_VALUE_KEY_MAX (CRUNCH_WIDE_DIGITS_MAX + 6)

enum crunch_value_key_kind {
    CRUNCH_KEY_NARROW,
    CRUNCH_KEY_DOUBLE = 'd',
    CRUNCH_KEY_WIDE = 'w',
    CRUNCH_KEY_NAN = 'n',
    CRUNCH_KEY_PLUS_INF = 'p',
    CRUNCH_KEY_MINUS_INF = 'm'
};
enum crunch_value_key_kind crunch_value_key_kind(const void *key, size_t len);

/* Makes *mantissa and *scale the canonical ones of the value: the scale is least. Pure. */
static inline void crunch_value_key_strip(int64_t *mantissa, unsigned *scale)
{
    if (*mantissa == 0)
        *scale = 0;
    while (*scale > 0 && *mantissa % 10 == 0) {
        *mantissa /= 10;
        --*scale;
    }
}

/* The key of a narrow number. */
static inline struct crunch_hash_key crunch_value_key_narrow(int64_t mantissa, unsigned scale,
                                                             uint64_t seed)
{
    crunch_value_key_strip(&mantissa, &scale);
    return crunch_hash_make_short_key((uint64_t)mantissa, scale, 9, seed);
}

/* The key of row's cell, which is not missing. next_wide counts the column's wide cells met so far:
 * rows are asked for in ascending order, from *next_wide = 0. room: CRUNCH_VALUE_KEY_MAX bytes that
 * a long key will point to. */
struct crunch_hash_key crunch_value_key(const struct crunch_cells *cells, size_t row,
                                        size_t *next_wide, unsigned char *room, uint64_t seed);

/* Order by value: -inf, numbers, inf, nan. Negative, zero or positive. Keys of one arithmetic. */
int crunch_value_key_compare(const void *a, size_t a_len, const void *b, size_t b_len);

/* Sets *out (initialised) to the number of a key that is one, in its arithmetic (a double: base 2).
 */
void crunch_value_key_number(const void *key, size_t len, struct crunch_scaled *out);
/* Sets *value (initialised) to what the key is, of kind COPIED, DOUBLE, NAN or an infinity. */
void crunch_value_key_value(const void *key, size_t len, struct crunch_value *value);

#endif
