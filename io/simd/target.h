/*
 * Compiles the rest of a file for one instruction set, without flags of the compiler's command
 * line: CRUNCH_TARGET_BEGIN("avx2,...") after all other includes, CRUNCH_TARGET_END at the end.
 */
#ifndef CRUNCH_IO_SIMD_TARGET_H
#define CRUNCH_IO_SIMD_TARGET_H

#define CRUNCH_PRAGMA(text) _Pragma(#text)

#if defined(__clang__)
#define CRUNCH_TARGET_BEGIN(set) \
    CRUNCH_PRAGMA(clang attribute push(__attribute__((target(set))), apply_to = function))
#define CRUNCH_TARGET_END CRUNCH_PRAGMA(clang attribute pop)
#else
#define CRUNCH_TARGET_BEGIN(set) CRUNCH_PRAGMA(GCC push_options) CRUNCH_PRAGMA(GCC target(set))
#define CRUNCH_TARGET_END CRUNCH_PRAGMA(GCC pop_options)
#endif

#define CRUNCH_TARGET_AVX2 "avx2,bmi,bmi2,pclmul,popcnt,lzcnt"
#define CRUNCH_TARGET_AVX512                                                                       \
    "avx2,bmi,bmi2,pclmul,popcnt,lzcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2," \
    "avx512cd,avx512bitalg,avx512ifma"

#endif
