/*
 * Looking keys up in the front of groups with AVX-512: a key is one masked load, and its comparison
 * with the entry, length and all, is one instruction.
 */
#if defined(__x86_64__)

#include "core/group_front.h"
#include "io/simd/target.h"

#include <immintrin.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX512)

/* The words and the length of an entry, of its eight 32-bit lanes. */
#define KEY_LANES ((__mmask8)0x1F)

static size_t look(const struct crunch_group_front *front, struct crunch_front_factors factors,
                   const char *const *text, const uint32_t *len, size_t rows, uint32_t *id,
                   uint16_t *missed)
{
    size_t n_missed = 0;
    for (size_t i = 0; i < rows; i++) {
        const uint32_t n = len[i] < CRUNCH_FRONT_KEY ? len[i] : CRUNCH_FRONT_KEY;
        const __m128i key = _mm_maskz_loadu_epi8((__mmask16)((1U << n) - 1), text[i]);
        const uint64_t low = (uint64_t)_mm_cvtsi128_si64(key);
        const uint64_t high = (uint64_t)_mm_extract_epi64(key, 1);
        const struct crunch_group_front *at = &front[crunch_front_place(low, high, factors)];
        const __m256i wanted =
            _mm256_inserti128_si256(_mm256_castsi128_si256(key), _mm_cvtsi32_si128((int)len[i]), 1);
        const __m256i found = _mm256_load_si256((const __m256i *)(const void *)at);
        id[i] = at->group;
        missed[n_missed] = (uint16_t)i;
        n_missed += _mm256_mask_cmpneq_epi32_mask(KEY_LANES, found, wanted) != 0;
    }
    return n_missed;
}

CRUNCH_TARGET_END

const struct crunch_front_kernels crunch_front_kernels_avx512 = {"avx512", look};

#endif
