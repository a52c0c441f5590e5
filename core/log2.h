/*
 * Logarithms as integers: L(x) = log2|x| * 2^96 rounded to nearest, the same on every machine, so
 * that sums of them do not depend on any order. It lies within 2^-97 of log2|x|; |L| < 2^109 for
 * every value that a cell can have.
 *
 * The rounding is always the right one: where a computation cannot tell (its error reaches across
 * the middle of two integers), it is done again with more digits. Exact ties do not exist, for
 * log2 of a rational number is an integer or irrational.
 *
 * Pure; thread-safe (MPFR's caches are per thread).
 */
#ifndef CRUNCH_CORE_LOG2_H
#define CRUNCH_CORE_LOG2_H

#include "core/exact.h"

#define CRUNCH_LOG2_BITS 96

/* L(m * base^exponent); m != 0. The definition, by MPFR. */
__int128 crunch_log2_plain(const mpz_t m, long exponent, enum crunch_arith arith);

/* L(m * 10^-scale); m > 0, scale 0..39. Method: three table steps to 1 + e with e < 2^-21, then the
 * series of ln(1 + e), in integers of 128 bits (Tang 1990, "Table-driven implementation of the
 * logarithm function", with exact reductions). */
__int128 crunch_log2_narrow(uint64_t m, unsigned scale);

/* L(x); x finite, not 0. */
__int128 crunch_log2_double(double x);

#endif
