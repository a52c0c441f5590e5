/*
 * The choice of instruction set: the best this CPU has, or what CRUNCH_SIMD says. Made once, before
 * any thread or process exists; scanning (io/simd/) and summing (core/simd/) always go together.
 */
#include "core/group_front.h"
#include "core/kernels.h"
#include "core/run.h"
#include "io/cpu.h"
#include "io/simd/kernels.h"

#include <stdlib.h>
#include <string.h>

static const struct crunch_sum_kernels *sum_kernels_of(enum crunch_simd_level level)
{
#if defined(__x86_64__)
    if (level == CRUNCH_SIMD_AVX2)
        return &crunch_sum_kernels_avx2;
    if (level == CRUNCH_SIMD_AVX512)
        return &crunch_sum_kernels_avx512;
#endif
    (void)level;
    return &crunch_sum_kernels_scalar;
}

static const struct crunch_double_kernels *double_kernels_of(enum crunch_simd_level level)
{
#if defined(__x86_64__)
    if (level == CRUNCH_SIMD_AVX2)
        return &crunch_double_kernels_avx2;
    if (level == CRUNCH_SIMD_AVX512)
        return &crunch_double_kernels_avx512;
#endif
    (void)level;
    return &crunch_double_kernels_scalar;
}

static const struct crunch_front_kernels *front_kernels_of(enum crunch_simd_level level)
{
#if defined(__x86_64__)
    if (level == CRUNCH_SIMD_AVX2)
        return &crunch_front_kernels_avx2;
    if (level == CRUNCH_SIMD_AVX512)
        return &crunch_front_kernels_avx512;
#endif
    (void)level;
    return &crunch_front_kernels_scalar;
}

static enum crunch_code level_by_name(const char *name, enum crunch_simd_level *level,
                                      struct crunch_error *error)
{
    const enum crunch_simd_level best = *level;
    for (int i = 0; i < CRUNCH_SIMD_LEVELS; i++) {
        *level = (enum crunch_simd_level)i;
        if (strcmp(name, crunch_simd_level_name(*level)) != 0)
            continue;
        if (*level > best)
            return crunch_fail(error, CRUNCH_USAGE, "this CPU cannot run CRUNCH_SIMD=%s", name);
        return CRUNCH_OK;
    }
    enum crunch_code code = crunch_fail(error, CRUNCH_USAGE, "unknown CRUNCH_SIMD: %s", name);
    crunch_hint(error, "one of scalar, avx2, avx512");
    return code;
}

enum crunch_code crunch_simd_init(struct crunch_error *error)
{
    enum crunch_simd_level level = crunch_cpu_level();
    const char *name = getenv("CRUNCH_SIMD");
    if (name != NULL && name[0] != 0) {
        enum crunch_code code = level_by_name(name, &level, error);
        if (code != CRUNCH_OK)
            return code;
    }
    crunch_scan_kernels_choose(level);
    crunch_sum_kernels = sum_kernels_of(level);
    crunch_double_kernels = double_kernels_of(level);
    crunch_front_kernels = front_kernels_of(level);
    return CRUNCH_OK;
}

const char *crunch_simd_name(void)
{
    return crunch_scan_kernels->name;
}
