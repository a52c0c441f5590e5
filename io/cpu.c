/*
 * CPU detection by the compiler's runtime, which also asks whether the operating system saves the
 * wide registers.
 */
#include "io/cpu.h"

const char *crunch_simd_level_name(enum crunch_simd_level level)
{
    switch (level) {
    case CRUNCH_SIMD_AVX2:
        return "avx2";
    case CRUNCH_SIMD_AVX512:
        return "avx512";
    default:
        return "scalar";
    }
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdbool.h>

/* LZCNT is bit 5 of ECX of leaf 0x80000001; the runtime of older compilers has no name for it. */
static bool has_lzcnt(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001U, &a, &b, &c, &d) != 0 && (c & (1U << 5)) != 0;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("popcnt") && has_lzcnt();
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512ifma") &&
           __builtin_cpu_supports("avx512cd");
}

enum crunch_simd_level crunch_cpu_level(void)
{
    __builtin_cpu_init();
    if (!has_avx2())
        return CRUNCH_SIMD_SCALAR;
    return has_avx512() ? CRUNCH_SIMD_AVX512 : CRUNCH_SIMD_AVX2;
}

#else

enum crunch_simd_level crunch_cpu_level(void)
{
    return CRUNCH_SIMD_SCALAR;
}

#endif
