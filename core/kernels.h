/*
 * The inner loops of the exact sums over int64 mantissas, behind one table that is chosen once at
 * start, before any thread or process exists. core/simd/kernels_scalar.c is the definition; every
 * variant gives the same integers.
 *
 * Everywhere: n is 0..CRUNCH_BATCH_ROWS, mantissas satisfy |m| < 10^18, arrays may have any
 * alignment that their type allows, nothing outside [0, n) is read or written. Pure; thread-safe.
 */
#ifndef CRUNCH_CORE_KERNELS_H
#define CRUNCH_CORE_KERNELS_H

#include "core/superacc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRUNCH_MANTISSA_LIMIT \
    INT64_C(1000000000000000000) /* 10^18: narrow mantissas are below it */

/* An unsigned integer of 192 bits, least significant word first. */
struct crunch_u192 {
    uint64_t word[3];
};

/* A signed integer of 320 bits, two's complement, least significant word first. */
struct crunch_i320 {
    uint64_t word[5];
};

struct crunch_sum_kernels {
    const char *name;
    /* m[0] + ... + m[n-1]. */
    __int128 (*sum)(const int64_t *m, size_t n);
    /* The sum of m[i]^2: below 2^10 * 10^36 < 2^130. */
    void (*sum_squares)(const int64_t *m, size_t n, struct crunch_u192 *out);
    /* The sum of a[i] * b[i], of magnitude below 2^130, in two's complement. */
    void (*sum_products)(const int64_t *a, const int64_t *b, size_t n, struct crunch_u192 *out);
    /* The sum of m[i]^3: magnitude below 2^10 * 10^54 < 2^190; and of m[i]^4: below 2^10 * 10^72 <
     * 2^250. */
    void (*sum_cubes)(const int64_t *m, size_t n, struct crunch_i320 *out);
    void (*sum_fourths)(const int64_t *m, size_t n, struct crunch_i320 *out);
    /* Least and greatest m[i] over the rows with class[i] == 0 (CRUNCH_CELL_NUMBER); class NULL:
     * over all rows. False, and the outputs untouched, when there is no such row. */
    bool (*min_max)(const int64_t *m, const uint8_t *class, size_t n, int64_t *min, int64_t *max);
    /* Brings numbers m[i] * 10^-scale[i] (scales 0..39) to their largest scale: out[i] = m[i] *
     * 10^(s - scale[i]). Returns s, or -1 (out undefined) if some |out[i]| would reach 10^18. out
     * may not overlap m. n >= 1. */
    int (*align)(const int64_t *m, const uint8_t *scale, size_t n, int64_t *out);
    /* Copies the v[i] with low <= v[i] <= high, in their order, to out (room for n + 8: what lies
     * behind them may be overwritten), and adds to *below how many are less than low. Returns how
     * many were copied. Any int64 values. out may not overlap v. */
    size_t (*pick)(const int64_t *v, size_t n, int64_t low, int64_t high, int64_t *out,
                   uint64_t *below);
};

extern const struct crunch_sum_kernels crunch_sum_kernels_scalar;
extern const struct crunch_sum_kernels crunch_sum_kernels_avx2;   /* x86-64 only */
extern const struct crunch_sum_kernels crunch_sum_kernels_avx512; /* x86-64 only */

/* The same of doubles, finite ones everywhere. What the vector variants leave in an accumulator
 * may lie in other limbs than what the scalar one leaves: only the values are the same. */
struct crunch_double_kernels {
    const char *name;
    /* Adds x[i], or x[i]^2. greatest: 0, or the bits of a double that no |x[i]| exceeds, which
     * saves looking for it. The bytes behind x are prefetched, as those that are most likely next.
     */
    void (*sum)(struct crunch_superacc_sum *sum, const double *x, size_t n, uint64_t greatest);
    void (*squares)(struct crunch_superacc_squares *sum, const double *x, size_t n,
                    uint64_t greatest);
    /* Least and greatest. False, and the outputs untouched, when n is 0. */
    bool (*range)(const double *x, size_t n, double *least, double *greatest);
};

extern const struct crunch_double_kernels crunch_double_kernels_scalar;
extern const struct crunch_double_kernels crunch_double_kernels_avx2;   /* x86-64 only */
extern const struct crunch_double_kernels crunch_double_kernels_avx512; /* x86-64 only */

/* The chosen tables; the scalar ones until crunch_simd_init. Written only there. */
extern const struct crunch_sum_kernels *crunch_sum_kernels;
extern const struct crunch_double_kernels *crunch_double_kernels;

#endif
