/*
 * The chosen table of scan kernels.
 */
#include "io/simd/kernels.h"

const struct crunch_scan_kernels *crunch_scan_kernels = &crunch_scan_kernels_scalar;

const struct crunch_scan_kernels *crunch_scan_kernels_of(enum crunch_simd_level level)
{
    if (level == CRUNCH_SIMD_SCALAR)
        return &crunch_scan_kernels_scalar;
#if defined(__x86_64__)
    if (level == CRUNCH_SIMD_AVX2)
        return &crunch_scan_kernels_avx2;
    if (level == CRUNCH_SIMD_AVX512)
        return &crunch_scan_kernels_avx512;
#endif
    return 0;
}

void crunch_scan_kernels_choose(enum crunch_simd_level level)
{
    const struct crunch_scan_kernels *kernels = crunch_scan_kernels_of(level);
    crunch_scan_kernels = kernels != 0 ? kernels : &crunch_scan_kernels_scalar;
}
