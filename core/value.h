/*
 * A typed result, and its text. A value is exact (a rational, or the square root of one) until it is
 * printed, and printing rounds at most once.
 */
#ifndef CRUNCH_CORE_VALUE_H
#define CRUNCH_CORE_VALUE_H

#include <gmp.h>
#include <stdbool.h>

enum crunch_value_kind {
    CRUNCH_VALUE_EMPTY, /* no value: an empty field, null in JSON */
    CRUNCH_VALUE_EXACT, /* a sum, a range: exact decimal up to 38 digits (integers: all), else a double */
    CRUNCH_VALUE_COPIED,/* copied from the input, or a count: always all digits */
    CRUNCH_VALUE_RATIO, /* a quotient: shortest decimal of the nearest double */
    CRUNCH_VALUE_ROOT,  /* the square root of the quotient: likewise */
    CRUNCH_VALUE_DOUBLE,/* a double by nature (--arith=binary, copied): shortest decimal that reads back */
    CRUNCH_VALUE_NAN,
    CRUNCH_VALUE_PLUS_INF,
    CRUNCH_VALUE_MINUS_INF
};

struct crunch_value {
    enum crunch_value_kind kind;
    mpq_t number; /* always initialised */
};

void crunch_value_init(struct crunch_value *value);
void crunch_value_clear(struct crunch_value *value);

/* The text of value by SEMANTICS section 5, malloc'd; precision 0: the rules' own digits, else that
 * many significant digits of the exact value, half-even. EMPTY gives "". NULL when out of memory. */
char *crunch_value_text(const struct crunch_value *value, unsigned precision);

/* The double nearest to number, half-even; overflow gives an infinity, and subnormals are rounded
 * once. root: of the square root of number (which is >= 0). Method: integer quotient or square root
 * with 2 extra bits and a sticky bit. */
double crunch_nearest_double(const mpq_t number, bool root);

#endif
