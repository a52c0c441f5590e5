/*
 * The number grammar of a cell, as text: blanks [+-] digits [. digits] [(e|E) [+-] digits] blanks,
 * or [+-] inf, infinity, nan in any case (the sign of a nan says nothing). The value is the decimal
 * as written, all its digits.
 *
 * This is the plain definition; the vector parsers of io/simd/ are held to it.
 */
#ifndef CRUNCH_IO_NUMBER_H
#define CRUNCH_IO_NUMBER_H

#include "io/dialect.h"

enum crunch_class {
    CRUNCH_CELL_NUMBER = 0, /* narrow: mantissa and scale */
    CRUNCH_CELL_MISSING,    /* empty, or a null token */
    CRUNCH_CELL_NAN,
    CRUNCH_CELL_PLUS_INF,
    CRUNCH_CELL_MINUS_INF,
    CRUNCH_CELL_WIDE, /* a number that needs more: see struct crunch_wide */
    CRUNCH_CELL_BAD   /* not a number; never reaches a batch that a sink sees */
};

#define CRUNCH_SCALE_MAX 39                /* scales of narrow numbers are 0..39 */
#define CRUNCH_DIGITS_MIN_EXPONENT (-1100) /* no non-zero digit below 10^this */
#define CRUNCH_WIDE_DIGITS_MAX 1410        /* 1100 after the point, 309 before it, rounded up */

/* A number too long for int64 and a scale of 0..39. value = (-1)^negative * D * 10^exponent, D the
 * integer written by digits[0..n_digits), without leading or trailing zeros. Never zero. */
struct crunch_wide {
    uint32_t row; /* within its batch */
    bool negative;
    int32_t exponent;
    uint32_t n_digits;  /* 1..CRUNCH_WIDE_DIGITS_MAX */
    const char *digits; /* ASCII, not terminated; owned by whoever made the struct */
};

enum crunch_bad_number { CRUNCH_NOT_A_NUMBER = 1, CRUNCH_OUT_OF_RANGE, CRUNCH_NAN_REFUSED };

struct crunch_number {
    enum crunch_class class;
    enum crunch_bad_number bad; /* when class is CRUNCH_CELL_BAD */
    uint8_t scale;              /* value = mantissa * 10^-scale, not normalised: "1.50" is 150, 2 */
    int64_t mantissa;
    double binary;           /* --arith=binary only: the nearest double, half-even */
    struct crunch_wide wide; /* when class is CRUNCH_CELL_WIDE; digits point into scratch */
};

/* Reads text[0..len), a cell as the record automaton gives it (quotes removed). Blanks around it
 * are trimmed first; then missing (empty or a null token), then the grammar. scratch has
 * CRUNCH_WIDE_DIGITS_MAX bytes and must outlive *out's use of wide.digits. In decimal arithmetic a
 * cell is NUMBER whenever |mantissa| < 10^18 with scale 0..39 can hold it exactly as written or
 * with its exponent applied, else WIDE. In binary arithmetic class NUMBER has .binary only, and no
 * WIDE occurs. NaN becomes MISSING, NAN or BAD by dialect->nan. Pure; thread-safe. */
void crunch_number_parse(const struct crunch_dialect *dialect, const char *text, size_t len,
                         char *scratch, struct crunch_number *out);

#endif
