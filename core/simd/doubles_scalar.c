/*
 * The plain sums of doubles, which are the accumulators' own (core/superacc.c), and the definition
 * of the vector ones.
 */
#include "core/kernels.h"

const struct crunch_double_kernels *crunch_double_kernels = &crunch_double_kernels_scalar;

static bool range_doubles(const double *x, size_t n, double *least, double *greatest)
{
    if (n == 0)
        return false;
    *least = *greatest = x[0];
    for (size_t i = 1; i < n; i++) {
        *least = x[i] < *least ? x[i] : *least;
        *greatest = x[i] > *greatest ? x[i] : *greatest;
    }
    return true;
}

static void sum_doubles(struct crunch_superacc_sum *sum, const double *x, size_t n,
                        uint64_t greatest)
{
    (void)greatest;
    crunch_superacc_sum_add(sum, x, n);
}

static void square_doubles(struct crunch_superacc_squares *sum, const double *x, size_t n,
                           uint64_t greatest)
{
    (void)greatest;
    crunch_superacc_squares_add(sum, x, n);
}

const struct crunch_double_kernels crunch_double_kernels_scalar = {
    .name = "scalar",
    .sum = sum_doubles,
    .squares = square_doubles,
    .range = range_doubles,
};
