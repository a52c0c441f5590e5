/*
 * A typed result, and its text. A value is exact (a rational, or the square root of one) until it
 * is printed, and printing rounds at most once.
 */
#ifndef CRUNCH_CORE_VALUE_H
#define CRUNCH_CORE_VALUE_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>

enum crunch_value_kind {
    CRUNCH_VALUE_EMPTY,  /* no value: an empty field, null in JSON */
    CRUNCH_VALUE_EXACT,  /* a sum, a range: exact decimal up to 38 digits (integers: all), else a
                            double */
    CRUNCH_VALUE_COPIED, /* copied from the input: all digits, but for a precision */
    CRUNCH_VALUE_COUNT, /* a count, or the number of a record: all digits, whatever the precision */
    CRUNCH_VALUE_RATIO, /* a quotient: shortest decimal of the nearest double */
    CRUNCH_VALUE_ROOT,  /* the square root of the quotient, -sqrt(-q) where it is negative:
                           likewise */
    CRUNCH_VALUE_DOUBLE, /* a double by nature (--arith=binary, copied): shortest decimal that reads
                            back */
    CRUNCH_VALUE_BETWEEN, /* somewhere from number to other: the shortest decimal of the nearest
                             double if that is the same for both, else the digits that are certain
                           */
    CRUNCH_VALUE_TEXT,    /* a text of the input, as it is */
    CRUNCH_VALUE_NAN,
    CRUNCH_VALUE_PLUS_INF,
    CRUNCH_VALUE_MINUS_INF
};

struct crunch_value {
    enum crunch_value_kind kind;
    mpq_t number;     /* always initialised, as is other */
    mpq_t other;      /* of BETWEEN: of number's sign, not 0, and not nearer to 0 */
    long exponent;    /* of BETWEEN: both are times 10^exponent */
    const char *text; /* of TEXT: len bytes, not owned, no NUL among them */
    size_t len;
};

void crunch_value_init(struct crunch_value *value);
void crunch_value_clear(struct crunch_value *value);

/* The text of value by SEMANTICS section 5, malloc'd; precision 0: the rules' own digits, else that
 * many significant digits of the exact value, half-even, for every kind but COUNT. EMPTY gives "".
 * NULL when out of memory. The details that a second implementation must know:
 *   - the shortest decimal that reads back is, among those of its length, the one closest to the
 *     double; of two equally close ones the one with the even last digit (Python's repr agrees);
 *   - EXACT with at most 38 significant digits (trailing zeros not counted), or an integer: all
 * digits;
 *   - otherwise, if the nearest double is infinite, zero or subnormal: 17 digits, except for
 * DOUBLE, which is always the shortest;
 *   - the exponent of the first digit in -7..37: plain; else like 1.5e-300 or 2e40, without a plus;
 *   - BETWEEN: as a quotient where one double is nearest to all of the interval; otherwise, and
 * with a precision, the most digits up to 17 (or the precision, or 60) to which both ends are
 * rounded alike;
 *   - nan, inf, -inf. */
char *crunch_value_text(const struct crunch_value *value, unsigned precision);

/* The double nearest to number, half-even; overflow gives an infinity, and subnormals are rounded
 * once. root: of the square root of number (which is >= 0). Method: integer quotient or square root
 * with 2 extra bits and a sticky bit. */
double crunch_nearest_double(const mpq_t number, bool root);

/* digits = the first n significant decimal digits (n >= 1) of number, or of its square root,
 * rounded half-even from the exact value; returns the exponent of the first one. number > 0. */
long crunch_round_decimal(mpz_t digits, const mpq_t number, bool root, unsigned n);

/* digits = those of the shortest decimal that reads back as x; returns the exponent of the first
 * one. x is finite and > 0. Method: Burger and Dybvig (1996), free-format printing. */
long crunch_shortest_decimal(mpz_t digits, double x);

#endif
