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

const struct crunch_double_kernels crunch_double_kernels_scalar = {
    .name = "scalar",
    .sum = crunch_superacc_sum_add,
    .squares = crunch_superacc_squares_add,
    .range = range_doubles,
};
