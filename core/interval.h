/*
 * Intervals of the number line with exact ends, and the question on which side of one a value lies.
 *
 * For a cell with a known scale s the question is one about integers: m * 10^-s lies in the
 * interval exactly when first[s] <= m <= last[s]. So an end with any number of digits costs nothing
 * per value. Doubles are compared by their rank among all doubles (crunch_double_rank).
 */
#ifndef CRUNCH_CORE_INTERVAL_H
#define CRUNCH_CORE_INTERVAL_H

#include "core/digits.h"

#include <string.h>

struct crunch_bound {
    bool infinite; /* no end: `at` says nothing */
    bool open;     /* the end itself lies outside */
    struct crunch_scaled at;
};

struct crunch_interval {
    struct crunch_bound low, high;
    bool keep; /* its values are wanted */
    bool sum;  /* their sum is */
    /* Made by crunch_interval_prepare: */
    int64_t first[CRUNCH_SCALE_MAX + 1], last[CRUNCH_SCALE_MAX + 1]; /* binary: [0] only */
    struct crunch_digits low_digits, high_digits;                    /* decimal; digits owned */
};

/* All numbers, nothing wanted. */
void crunch_interval_init(struct crunch_interval *interval);
void crunch_interval_clear(struct crunch_interval *interval);
/* An end: a finite value of the arithmetic that crunch_interval_prepare is given. */
void crunch_bound_set(struct crunch_bound *bound, const struct crunch_scaled *at, bool open);

/* To be called when both ends are set, and again when they change. low <= high. CRUNCH_NO_MEMORY or
 * CRUNCH_OK. */
enum crunch_code crunch_interval_prepare(struct crunch_interval *interval, enum crunch_arith arith);

/* Negative: below the interval; 0: in it; positive: above. Decimal arithmetic. Pure. */
int crunch_interval_side(const struct crunch_interval *interval, const struct crunch_digits *x);

/* Orders finite doubles as integers; -0 and 0 are one. */
static inline int64_t crunch_double_rank(double x)
{
    int64_t bits;
    x += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits ^ ((bits >> 63) & INT64_MAX);
}

static inline double crunch_double_of_rank(int64_t rank)
{
    double x;
    rank ^= (rank >> 63) & INT64_MAX;
    memcpy(&x, &rank, sizeof x);
    return x;
}

#endif
