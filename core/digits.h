/*
 * A decimal number as its digits: the form in which numbers of any length and any exponents are
 * compared without arithmetic.
 */
#ifndef CRUNCH_CORE_DIGITS_H
#define CRUNCH_CORE_DIGITS_H

#include "core/exact.h"
#include "io/number.h"

/* value = sign * 0.DIGITS * 10^top. Neither the first nor the last digit is 0; zero has n 0 and
 * sign 0. */
struct crunch_digits {
    char *digits; /* ASCII, not terminated; whose it is the maker says */
    size_t n;
    int64_t top;
    int sign;
};

/* A view: the digits are the cell's, not to be written to. */
struct crunch_digits crunch_digits_of_wide(const struct crunch_wide *wide);
/* Digits are malloc'd, NULL for zero. False: out of memory. */
bool crunch_digits_of_scaled(struct crunch_digits *out, const struct crunch_scaled *scaled);
/* m * 10^-scale; the digits are written to room (24 bytes). */
struct crunch_digits crunch_digits_of_narrow(int64_t m, unsigned scale, char *room);
/* Sets *out, initialised, in base 10. */
void crunch_digits_to_scaled(const struct crunch_digits *x, struct crunch_scaled *out);

/* Negative, zero, positive as a is less than, equal to, greater than b. Pure. */
int crunch_digits_compare(const struct crunch_digits *a, const struct crunch_digits *b);

/* A number's key: of two numbers with different keys the one with the larger key is larger. Pure.
 */
uint64_t crunch_digits_key(const struct crunch_digits *x);

/* Sorts n numbers, ascending. */
void crunch_digits_sort(struct crunch_digits *x, size_t n);

#endif
