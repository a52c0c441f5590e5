/*
 * What this CPU can run, as the levels that crunch has kernels for.
 */
#ifndef CRUNCH_IO_CPU_H
#define CRUNCH_IO_CPU_H

enum crunch_simd_level {
    CRUNCH_SIMD_SCALAR = 0, /* plain C */
    CRUNCH_SIMD_AVX2,       /* with BMI1, BMI2, PCLMULQDQ, LZCNT, POPCNT (Haswell, Zen 1) */
    CRUNCH_SIMD_AVX512,     /* F, BW, DQ, VL, VBMI, VBMI2, BITALG, IFMA (Ice Lake, Zen 4) */
    CRUNCH_SIMD_LEVELS
};

/* The best level that CPU and operating system support. Pure; thread-safe. */
enum crunch_simd_level crunch_cpu_level(void);

/* "scalar", "avx2", "avx512". */
const char *crunch_simd_level_name(enum crunch_simd_level level);

#endif
