/*
 * Owns the making and the reading of keys of values. Invariant: two cells of one arithmetic have
 * equal keys exactly when their values are equal; so a wide cell that could have been narrow (it
 * was written with too many zeros) gets a narrow key.
 */
#include "core/value_key.h"

#include "core/kernels.h"

#include <string.h>

#define NARROW_DIGITS 18 /* |m| < 10^18 */
#define WIDE_HEAD 5      /* exponent and sign */

static struct crunch_hash_key tag_key(enum crunch_value_key_kind kind, uint64_t seed)
{
    return crunch_hash_make_short_key((uint64_t)kind, 0, 1, seed);
}

/* A wide number as a narrow one; false where it is too long. */
static bool narrow_wide(const struct crunch_wide *wide, int64_t *mantissa, unsigned *scale)
{
    int64_t digits = wide->n_digits, m = 0;
    int64_t zeros = wide->exponent > 0 ? wide->exponent : 0;
    if (digits + zeros > NARROW_DIGITS || wide->exponent < -CRUNCH_SCALE_MAX)
        return false;
    for (int64_t i = 0; i < digits; i++)
        m = m * 10 + (wide->digits[i] - '0');
    for (int64_t i = 0; i < zeros; i++)
        m *= 10;
    *mantissa = wide->negative ? -m : m;
    *scale = wide->exponent < 0 ? (unsigned)-wide->exponent : 0;
    return true;
}

static struct crunch_hash_key wide_key(const struct crunch_wide *wide, unsigned char *room,
                                       uint64_t seed)
{
    int64_t mantissa;
    unsigned scale;
    if (narrow_wide(wide, &mantissa, &scale))
        return crunch_value_key_narrow(mantissa, scale, seed);
    memcpy(room, &wide->exponent, sizeof wide->exponent);
    room[4] = wide->negative;
    memcpy(room + WIDE_HEAD, wide->digits, wide->n_digits);
    room[WIDE_HEAD + wide->n_digits] = CRUNCH_KEY_WIDE;
    return crunch_hash_make_key(room, WIDE_HEAD + wide->n_digits + 1, seed);
}

struct crunch_hash_key crunch_value_key(const struct crunch_cells *cells, size_t row,
                                        size_t *next_wide, unsigned char *room, uint64_t seed)
{
    enum crunch_class class =
        cells->all_numbers ? CRUNCH_CELL_NUMBER : (enum crunch_class)cells->class[row];
    if (class == CRUNCH_CELL_NAN)
        return tag_key(CRUNCH_KEY_NAN, seed);
    if (class == CRUNCH_CELL_PLUS_INF)
        return tag_key(CRUNCH_KEY_PLUS_INF, seed);
    if (class == CRUNCH_CELL_MINUS_INF)
        return tag_key(CRUNCH_KEY_MINUS_INF, seed);
    if (class == CRUNCH_CELL_WIDE) {
        while (cells->wide[*next_wide].row < row)
            ++*next_wide;
        return wide_key(&cells->wide[*next_wide], room, seed);
    }
    if (cells->binary) {
        double x = cells->binary[row] == 0 ? 0 : cells->binary[row]; /* not -0 */
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        return crunch_hash_make_short_key(bits, CRUNCH_KEY_DOUBLE, 9, seed);
    }
    return crunch_value_key_narrow(
        cells->mantissa[row], cells->one_scale ? cells->common_scale : cells->scale[row], seed);
}

enum crunch_value_key_kind crunch_value_key_kind(const void *key, size_t len)
{
    unsigned char last = ((const unsigned char *)key)[len - 1];
    return last <= CRUNCH_SCALE_MAX ? CRUNCH_KEY_NARROW : (enum crunch_value_key_kind)last;
}

static int64_t mantissa_of(const void *key)
{
    int64_t m;
    memcpy(&m, key, sizeof m);
    return m;
}

static unsigned scale_of(const void *key)
{
    return ((const unsigned char *)key)[8];
}

static double double_of(const void *key)
{
    double x;
    memcpy(&x, key, sizeof x);
    return x;
}

void crunch_value_key_number(const void *key, size_t len, struct crunch_scaled *out)
{
    const unsigned char *bytes = key;
    enum crunch_value_key_kind kind = crunch_value_key_kind(key, len);
    if (kind == CRUNCH_KEY_NARROW) {
        mpz_set_si(out->mantissa, mantissa_of(key));
        out->exponent = -(long)scale_of(key);
    } else if (kind == CRUNCH_KEY_DOUBLE) {
        crunch_scaled_set_double(out, double_of(key));
    } else {
        char text[CRUNCH_WIDE_DIGITS_MAX + 1];
        int32_t exponent;
        memcpy(&exponent, key, sizeof exponent);
        memcpy(text, bytes + WIDE_HEAD, len - WIDE_HEAD - 1);
        text[len - WIDE_HEAD - 1] = '\0';
        mpz_set_str(out->mantissa, text, 10);
        if (bytes[4])
            mpz_neg(out->mantissa, out->mantissa);
        out->exponent = exponent;
    }
}

void crunch_value_key_value(const void *key, size_t len, struct crunch_value *value)
{
    enum crunch_value_key_kind kind = crunch_value_key_kind(key, len);
    if (kind == CRUNCH_KEY_NAN) {
        value->kind = CRUNCH_VALUE_NAN;
    } else if (kind == CRUNCH_KEY_PLUS_INF) {
        value->kind = CRUNCH_VALUE_PLUS_INF;
    } else if (kind == CRUNCH_KEY_MINUS_INF) {
        value->kind = CRUNCH_VALUE_MINUS_INF;
    } else {
        bool binary = kind == CRUNCH_KEY_DOUBLE;
        struct crunch_scaled scaled;
        mpz_init(scaled.mantissa);
        crunch_value_key_number(key, len, &scaled);
        crunch_scaled_to_mpq(value->number, &scaled,
                             binary ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL);
        value->kind = binary ? CRUNCH_VALUE_DOUBLE : CRUNCH_VALUE_COPIED;
        mpz_clear(scaled.mantissa);
    }
}

/* Where a kind stands among the others. */
static int rank_of(enum crunch_value_key_kind kind)
{
    switch (kind) {
    case CRUNCH_KEY_MINUS_INF:
        return 0;
    case CRUNCH_KEY_PLUS_INF:
        return 2;
    case CRUNCH_KEY_NAN:
        return 3;
    default:
        return 1;
    }
}

/* Narrow numbers whose scales differ by at most 19: 10^18 * 10^19 is below 2^127. */
static int compare_near(int64_t a, unsigned a_scale, int64_t b, unsigned b_scale)
{
    __int128 x = a, y = b;
    for (; a_scale < b_scale; a_scale++)
        x *= 10;
    for (; b_scale < a_scale; b_scale++)
        y *= 10;
    return (x > y) - (x < y);
}

static int compare_any(const void *a, size_t a_len, const void *b, size_t b_len,
                       enum crunch_arith arith)
{
    struct crunch_scaled x, y;
    mpz_inits(x.mantissa, y.mantissa, (mpz_ptr)NULL);
    crunch_value_key_number(a, a_len, &x);
    crunch_value_key_number(b, b_len, &y);
    int order = crunch_scaled_compare(&x, &y, arith);
    mpz_clears(x.mantissa, y.mantissa, (mpz_ptr)NULL);
    return order;
}

int crunch_value_key_compare(const void *a, size_t a_len, const void *b, size_t b_len)
{
    enum crunch_value_key_kind ka = crunch_value_key_kind(a, a_len),
                               kb = crunch_value_key_kind(b, b_len);
    if (ka == CRUNCH_KEY_NARROW && kb == CRUNCH_KEY_NARROW) {
        int64_t x = mantissa_of(a), y = mantissa_of(b);
        unsigned sx = scale_of(a), sy = scale_of(b);
        if (sx == sy)
            return (x > y) - (x < y);
        if (sx + 19 >= sy && sy + 19 >= sx)
            return compare_near(x, sx, y, sy);
    }
    if (rank_of(ka) != rank_of(kb) || rank_of(ka) != 1)
        return rank_of(ka) - rank_of(kb);
    if (ka == CRUNCH_KEY_DOUBLE && kb == CRUNCH_KEY_DOUBLE) {
        double x = double_of(a), y = double_of(b);
        return (x > y) - (x < y);
    }
    return compare_any(a, a_len, b, b_len, CRUNCH_ARITH_DECIMAL);
}
