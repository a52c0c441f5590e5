/*
 * The exact content of a column's states, as arbitrary-precision numbers: what finishers read, what
 * verify compares, and what partials will carry. Both the fast path (by extracting its
 * accumulators) and the reference (which adds up mpz numbers directly) fill one.
 *
 * The canonical encoding is by value, never by layout:
 *     count=3 missing=0 nan=0 +inf=0 -inf=0 sum=375e-2 sumsq=525e-3 min=1e0 max=15e-1
 * with every number an integer without trailing zeros times a power of ten (`Me±K`), or of two in
 * binary arithmetic (odd M, `Mp±K`); zero is 0e0 or 0p0; a field whose reducer was not asked for is
 * left out (the five counts are the tally's), and min and max are `-` without finite values. Two
 * states are equal when these texts are.
 */
#ifndef CRUNCH_CORE_EXACT_H
#define CRUNCH_CORE_EXACT_H

#include "io/dialect.h"
#include "io/error.h"

#include <gmp.h>

/* What is accumulated of a column, see core/reducer.h. */
enum crunch_reducer_id {
    CRUNCH_TALLY = 0,   /* rows by class: numbers (or present cells), missing, nan, +inf, -inf */
    CRUNCH_SUM,         /* exact sum of the values */
    CRUNCH_SUM_SQUARES, /* exact sum of their squares */
    CRUNCH_EXTREMES,    /* least and greatest finite value */
    CRUNCH_SUM_CUBES,   /* exact sum of third powers */
    CRUNCH_SUM_FOURTHS, /* exact sum of fourth powers */
    CRUNCH_MAGNITUDES,  /* exact sum of absolute values */
    CRUNCH_LOGS,        /* sum of log2|x| of the values that are not 0, each rounded: core/log2.h */
    CRUNCH_RECIPROCALS, /* sum of 1 / x of the positive values, each cut off: core/reciprocal.h */
    CRUNCH_PRODUCT,     /* what is exact of the product of the values that are not 0 */
    CRUNCH_PRIMES,      /* how many of the values are prime numbers */
    CRUNCH_N_REDUCERS
};
#define CRUNCH_BIT(reducer) (1u << (reducer))

/* What an op may need beside reducers: a census of the column (core/counted.h). */
#define CRUNCH_NEEDS_CENSUS (1u << 28) /* of its texts; of its values with --numeric */
#define CRUNCH_NEEDS_VALUES (1u << 27) /* of its values */
#define CRUNCH_NEEDS_LIST (1u << 26)   /* ... of which all are listed: freq, ... */
#define CRUNCH_NEEDS_TOP (1u << 25)    /* ... or the most frequent: top */
#define CRUNCH_NEEDS_BINS (1u << 23)   /* a histogram of its values (core/histogram.h) */
#define CRUNCH_NEEDS_SKETCH (1u << 24) /* a sketch of its values (core/sketch.h) */

/* ... or places (core/places.h). */
#define CRUNCH_NEEDS_ENDS (1u << 18)   /* the first and the last text */
#define CRUNCH_NEEDS_PLACES (1u << 17) /* the records of the least and the greatest value */

struct crunch_counted;
struct crunch_placed;
#define CRUNCH_ODD_BITS 128
/* What an op may need beside the reducers of its column: a joint content (core/joint.h). An op
 * needs at most one of these. */
#define CRUNCH_NEEDS_PAIR (1u << 31)   /* of a pair of the columns asked for; no column alone */
#define CRUNCH_NEEDS_MODEL (1u << 30)  /* of all columns asked for together; no column alone */
#define CRUNCH_NEEDS_WEIGHT (1u << 29) /* of the column and that of --weight */
#define CRUNCH_NEEDS_JOINT (CRUNCH_NEEDS_PAIR | CRUNCH_NEEDS_MODEL | CRUNCH_NEEDS_WEIGHT)

struct crunch_joint;

/* value = mantissa * base^exponent, base 10 (decimal arithmetic) or 2 (binary). */
struct crunch_scaled {
    mpz_t mantissa;
    long exponent;
};

struct crunch_ordered;

struct crunch_exact {
    enum crunch_arith arith;
    unsigned needs; /* CRUNCH_BIT()s of the reducers that were asked for */
    uint64_t count; /* finite numbers, or present cells where only presence was looked at */
    uint64_t missing, nan, plus_inf, minus_inf;
    uint64_t zeros, negatives; /* of the finite numbers, where logs or reciprocals were asked for */
    uint64_t primes, undecided; /* undecided: primes in all likelihood, core/prime.h */
    struct crunch_scaled sum[CRUNCH_N_REDUCERS]; /* of the finite numbers, by reducer; 0 for those
                                                    that are no sums. Logs and reciprocals are in
                                                    base 2 always */
    struct crunch_scaled min, max;               /* of the finite numbers */
    bool has_extremes;                           /* min and max say something */
    const struct crunch_placed *placed;          /* for ops that need places, likewise */
    const struct crunch_counted *counted; /* for ops that need a census, else NULL. Not owned, not
                                             part of the encoding */
    /* |product| = U * 2^twos * 5^fives with an integer U that has no factor 2, and in decimal
     * arithmetic no 5; odd is U modulo 2^128. */
    mpz_t odd, twos, fives;
    const struct crunch_joint *joint; /* for ops that need one; NULL elsewhere. Not owned, not part
                                         of the encoding */
    const struct crunch_ordered *ordered; /* core/order.h; NULL unless asked for; not owned */
};

void crunch_exact_init(struct crunch_exact *exact, enum crunch_arith arith, unsigned needs);
void crunch_exact_clear(struct crunch_exact *exact);

/* into += from: counts and sums add up, extremes are the further ones. Both of one arith and the
 * same needs; they may not be the same object. Associative and commutative, and a fresh exact is
 * the identity: bit for bit in the canonical encoding. */
void crunch_exact_merge(struct crunch_exact *into, const struct crunch_exact *from);

/* The canonical encoding, malloc'd; NULL when out of memory. */
char *crunch_exact_encode(const struct crunch_exact *exact);

/* scaled as an exact rational. */
void crunch_scaled_to_mpq(mpq_t out, const struct crunch_scaled *scaled, enum crunch_arith arith);

/* Makes a struct whose mantissa is initialised the canonical one of its value: no trailing zeros in
 * the base of arith, zero with exponent 0. */
void crunch_scaled_normalise(struct crunch_scaled *scaled, enum crunch_arith arith);
/* *into += mantissa * base^exponent. */
void crunch_scaled_add(struct crunch_scaled *into, const mpz_t mantissa, long exponent,
                       enum crunch_arith arith);
/* Negative, zero or positive as a is less than, equal to or greater than b. */
int crunch_scaled_compare(const struct crunch_scaled *a, const struct crunch_scaled *b,
                          enum crunch_arith arith);
/* A finite double, in base 2. */
void crunch_scaled_set_double(struct crunch_scaled *out, double x);

#endif
