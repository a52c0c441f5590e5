/*
 * A decimal number as its text gives it, and the double nearest to it. Shared by the files of the
 * number grammar only.
 */
#ifndef CRUNCH_IO_NUMBER_BINARY_H
#define CRUNCH_IO_NUMBER_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* value = D * 10^exponent, D the integer of the digits in [begin, end), which may hold one decimal
 * point and group separators (anything that is not a digit is passed over). */
struct crunch_decimal {
    const char *begin, *end;
    int64_t exponent;
    uint64_t mantissa; /* of the first 18 significant digits (fewer if there are fewer) */
    size_t n_digits;   /* significant: from the first non-zero digit on; 0 for zero */
    size_t n_stripped; /* the same without trailing zeros */
};

/* Sets *value to the double nearest to d, half-even, subnormal or zero where it is small. False
 * when it would be infinite. Pure; thread-safe; independent of the locale. Requires
 * round-to-nearest. */
bool crunch_decimal_to_double(const struct crunch_decimal *d, double *value);

/* *value = the double nearest to mantissa * 10^exponent, infinite where that is. False, which is
 * rare: it takes more to tell. Pure; thread-safe. */
bool crunch_scientific_to_double(uint64_t mantissa, int64_t exponent, double *value);

#endif
