/*
 * The results a second time: formulas over integers, from exact sums. Nothing of the finishers
 * (core/op_*.c) is used; what a formula is, is the user's manual's.
 */
#ifndef CRUNCH_CORE_REFERENCE_FORMULAS_H
#define CRUNCH_CORE_REFERENCE_FORMULAS_H

#include "core/exact.h"

#include <stdbool.h>

enum crunch_reference_shape {
    CRUNCH_SHAPE_NOTHING,
    CRUNCH_SHAPE_NAN,
    CRUNCH_SHAPE_INFINITE,
    CRUNCH_SHAPE_COPIED, /* all digits */
    CRUNCH_SHAPE_COUNT,  /* the same with any precision */
    CRUNCH_SHAPE_DOUBLE, /* a double of the input: the fewest digits that give it back */
    CRUNCH_SHAPE_FINITE, /* all digits if they are few, or of an integer */
    CRUNCH_SHAPE_QUOTIENT,
    CRUNCH_SHAPE_ROOT,
    CRUNCH_SHAPE_TEXT,   /* text, as it is */
    CRUNCH_SHAPE_BETWEEN /* from p / q to other_p / other_q, times 10^exponent */
};

struct crunch_reference_result {
    enum crunch_reference_shape shape;
    bool negative;
    mpz_t p, q;
    mpz_t other_p, other_q;
    long exponent;
    const char *text; /* not owned */
};

/* m * base^exponent as a fraction; f's integers are initialised. */
void crunch_reference_set_scaled(struct crunch_reference_result *f,
                                 enum crunch_reference_shape shape,
                                 const struct crunch_scaled *from, enum crunch_arith arith);

/* The result of the op of that name; *f comes as NOTHING with p = 0, q = 1. False: the reference
 * does not know it. */
bool crunch_reference_result_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                                const char *name, bool population);

/* Its text by the rules of printing (precision as in crunch_value_text), malloc'd; NULL when out of
 * memory. */
char *crunch_reference_result_text(const struct crunch_reference_result *f, unsigned precision);

#endif
