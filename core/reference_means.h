/*
 * What the reference knows of logarithms, reciprocals and products: their sums by MPFR and GMP, one
 * value at a time, and the results that are made of them. The definitions are those that the manual
 * gives (and core/log2.h, core/reciprocal.h); nothing of those files is used.
 */
#ifndef CRUNCH_CORE_REFERENCE_MEANS_H
#define CRUNCH_CORE_REFERENCE_MEANS_H

#include "core/reference_formulas.h"
#include "core/reference_number.h"

struct crunch_reference_means {
    uint64_t zeros, negatives;
    mpz_t logs;        /* times 2^-96 */
    mpz_t reciprocals; /* times 2^-1200 */
    mpz_t odd, twos, fives;
    uint64_t primes, undecided;
};

void crunch_reference_means_init(struct crunch_reference_means *means);
void crunch_reference_means_clear(struct crunch_reference_means *means);

/* Adds mantissa * base^exponent to what needs (CRUNCH_BIT()s) asks for. */
void crunch_reference_means_add(struct crunch_reference_means *means, enum crunch_arith arith,
                                unsigned needs, const mpz_t mantissa, long exponent);
void crunch_reference_means_total(const struct crunch_reference_means *means,
                                  struct crunch_exact *exact);

/* The results of geomean, harmean and product, without nan; *f as in crunch_reference_result_of. */
void crunch_reference_geomean(struct crunch_reference_result *f, const struct crunch_exact *x);
void crunch_reference_harmean(struct crunch_reference_result *f, const struct crunch_exact *x);
void crunch_reference_product(struct crunch_reference_result *f, const struct crunch_exact *x);

#endif
