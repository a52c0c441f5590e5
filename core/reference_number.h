/*
 * The reference's own reading of a cell: text to an integer of GMP times a power of ten (or of two
 * in binary arithmetic). Written apart from io/number.h, from the same grammar.
 */
#ifndef CRUNCH_CORE_REFERENCE_NUMBER_H
#define CRUNCH_CORE_REFERENCE_NUMBER_H

#include "io/dialect.h"
#include "io/scan.h"

#include <gmp.h>

/* Exponents of values: decimal ones lie in -1100..308, binary ones (53-bit integers) in
 * -1126..971. */
#define CRUNCH_REFERENCE_LOWEST (-1126L)
#define CRUNCH_REFERENCE_EXPONENTS 2098

enum crunch_reference_class {
    CRUNCH_REFERENCE_VALUE,
    CRUNCH_REFERENCE_MISSING,
    CRUNCH_REFERENCE_NAN,
    CRUNCH_REFERENCE_PLUS_INF,
    CRUNCH_REFERENCE_MINUS_INF,
    CRUNCH_REFERENCE_BAD
};

struct crunch_reference_number {
    enum crunch_reference_class class;
    enum crunch_bad_kind bad; /* of class BAD */
    mpz_t mantissa;           /* of class VALUE */
    long exponent;            /* of ten, or of two in binary arithmetic */
};

/* Reads text[0..len). out->mantissa must be initialised. presence: only missing or not is asked
 * (then VALUE says present, and mantissa is not set). digits has len + 2 bytes of room. Thread-safe
 * per object. */
void crunch_reference_read(const struct crunch_dialect *dialect, const char *text, size_t len,
                           bool presence, char *digits, struct crunch_reference_number *out);

#endif
