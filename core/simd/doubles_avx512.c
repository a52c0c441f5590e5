/*
 * Exact sums of doubles for AVX-512 with IFMA; the method and its bounds are core/windows.h's. A
 * square is taken from two limbs of 52 bits each, which stand ready in the fractions of the shifted
 * numbers: IFMA multiplies the low 52 bits of its lanes, so nothing has to be unpacked.
 */
#if defined(__x86_64__)

#include "core/kernels.h"
#include "core/windows.h"
#include "io/simd/target.h"

#include <immintrin.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX512)

#define TOWARD_ZERO (_MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)

/* Modulo 2^64, as the windows are counted; the intrinsic that adds lanes adds signed numbers. */
static inline uint64_t sum_lanes(__m512i lanes)
{
    uint64_t lane[8], sum = 0;
    _mm512_storeu_si512(lane, lanes);
    for (size_t i = 0; i < 8; i++)
        sum += lane[i];
    return sum;
}

/* Numbers i to i + 8 of n, zeros behind the last. */
static inline __m512d load(const double *x, size_t i, size_t n)
{
    if (n - i >= 8)
        return _mm512_loadu_pd(x + i);
    return _mm512_maskz_loadu_pd((__mmask8)((1U << (n - i)) - 1), x + i);
}

/* 2^10 terms below 2^52 at the most. */
static inline __int128 join(__m512i lanes)
{
    return (uint64_t)_mm512_reduce_add_epi64(lanes);
}

/* Bits of the greatest magnitude. */
static inline uint64_t greatest_bits(const double *x, size_t n)
{
    __m512i greatest = _mm512_setzero_si512(), second = greatest;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        greatest =
            _mm512_max_epu64(greatest, _mm512_castpd_si512(_mm512_abs_pd(_mm512_loadu_pd(x + i))));
        second = _mm512_max_epu64(second,
                                  _mm512_castpd_si512(_mm512_abs_pd(_mm512_loadu_pd(x + i + 8))));
    }
    for (; i < n; i += 8)
        greatest = _mm512_max_epu64(greatest, _mm512_castpd_si512(_mm512_abs_pd(load(x, i, n))));
    return _mm512_reduce_max_epu64(_mm512_max_epu64(greatest, second));
}

/* Of one of two interleaved runs of vectors. */
struct sums {
    __m512i high, low, left;
};

static inline void add_sum(struct sums *s, __m512d x, __m512d first, __m512d second)
{
    __m512d t = _mm512_add_pd(x, first);
    __m512d r = _mm512_sub_pd(x, _mm512_sub_pd(t, first));
    __m512d u = _mm512_add_pd(r, second);
    s->high = _mm512_add_epi64(s->high, _mm512_castpd_si512(t));
    s->low = _mm512_add_epi64(s->low, _mm512_castpd_si512(u));
    s->left =
        _mm512_or_si512(s->left, _mm512_castpd_si512(_mm512_sub_pd(r, _mm512_sub_pd(u, second))));
}

static void sum_doubles(struct crunch_superacc_sum *sum, const double *x, size_t n,
                        uint64_t greatest)
{
    struct crunch_sum_windows w;
    if (!crunch_sum_windows(greatest ? greatest : greatest_bits(x, n), &w)) {
        crunch_superacc_sum_add(sum, x, n);
        return;
    }
    const __m512d first = _mm512_set1_pd(w.first), second = _mm512_set1_pd(w.second);
    struct sums a = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    struct sums b = a;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        _mm_prefetch((const char *)(x + n + i), _MM_HINT_T0);
        _mm_prefetch((const char *)(x + n + i + 8), _MM_HINT_T0);
        add_sum(&a, _mm512_loadu_pd(x + i), first, second);
        add_sum(&b, _mm512_loadu_pd(x + i + 8), first, second);
    }
    for (; i < n; i += 8)
        add_sum(&a, load(x, i, n), first, second);
    __m512i left = _mm512_or_si512(a.left, b.left);
    if (_mm512_test_epi64_mask(left, left) != 0) {
        crunch_superacc_sum_add(sum, x, n);
        return;
    }
    crunch_sum_windows_deposit(sum, &w, sum_lanes(_mm512_add_epi64(a.high, b.high)),
                               sum_lanes(_mm512_add_epi64(a.low, b.low)), (n + 7) / 8 * 8);
}

struct squares {
    __m512i hh_high, hh_low, hl_high, hl_low, ll_high, ll_low, left;
};

static inline void add_square(struct squares *s, __m512d x, __m512d first, __m512d second)
{
    __m512d size = _mm512_abs_pd(x);
    __m512d t = _mm512_add_round_pd(size, first, TOWARD_ZERO);
    __m512d r = _mm512_sub_pd(size, _mm512_sub_pd(t, first));
    __m512d u = _mm512_add_round_pd(r, second, TOWARD_ZERO);
    __m512i h = _mm512_castpd_si512(t), l = _mm512_castpd_si512(u);
    s->left =
        _mm512_or_si512(s->left, _mm512_castpd_si512(_mm512_sub_pd(r, _mm512_sub_pd(u, second))));
    s->hh_low = _mm512_madd52lo_epu64(s->hh_low, h, h);
    s->hh_high = _mm512_madd52hi_epu64(s->hh_high, h, h);
    s->hl_low = _mm512_madd52lo_epu64(s->hl_low, h, l);
    s->hl_high = _mm512_madd52hi_epu64(s->hl_high, h, l);
    s->ll_low = _mm512_madd52lo_epu64(s->ll_low, l, l);
    s->ll_high = _mm512_madd52hi_epu64(s->ll_high, l, l);
}

static inline void join_squares(struct squares *a, const struct squares *b)
{
    a->hh_high = _mm512_add_epi64(a->hh_high, b->hh_high);
    a->hh_low = _mm512_add_epi64(a->hh_low, b->hh_low);
    a->hl_high = _mm512_add_epi64(a->hl_high, b->hl_high);
    a->hl_low = _mm512_add_epi64(a->hl_low, b->hl_low);
    a->ll_high = _mm512_add_epi64(a->ll_high, b->ll_high);
    a->ll_low = _mm512_add_epi64(a->ll_low, b->ll_low);
    a->left = _mm512_or_si512(a->left, b->left);
}

static void square_doubles(struct crunch_superacc_squares *sum, const double *x, size_t n,
                           uint64_t greatest)
{
    struct crunch_square_windows w;
    if (!crunch_square_windows(greatest ? greatest : greatest_bits(x, n), &w)) {
        crunch_superacc_squares_add(sum, x, n);
        return;
    }
    const __m512d first = _mm512_set1_pd(w.first), second = _mm512_set1_pd(w.second);
    const __m512i zero = _mm512_setzero_si512();
    struct squares a = {zero, zero, zero, zero, zero, zero, zero}, b = a;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        _mm_prefetch((const char *)(x + n + i), _MM_HINT_T0);
        _mm_prefetch((const char *)(x + n + i + 8), _MM_HINT_T0);
        add_square(&a, _mm512_loadu_pd(x + i), first, second);
        add_square(&b, _mm512_loadu_pd(x + i + 8), first, second);
    }
    for (; i < n; i += 8)
        add_square(&a, load(x, i, n), first, second);
    join_squares(&a, &b);
    if (_mm512_test_epi64_mask(a.left, a.left) != 0) {
        crunch_superacc_squares_add(sum, x, n);
        return;
    }
    crunch_superacc_squares_deposit(sum, join(a.ll_low), w.lowest);
    crunch_superacc_squares_deposit(sum, join(a.ll_high) + 2 * join(a.hl_low), w.lowest + 52);
    crunch_superacc_squares_deposit(sum, 2 * join(a.hl_high) + join(a.hh_low), w.lowest + 104);
    crunch_superacc_squares_deposit(sum, join(a.hh_high), w.lowest + 156);
}

static bool range_doubles(const double *x, size_t n, double *least, double *greatest)
{
    if (n == 0)
        return false;
    __m512d low = _mm512_set1_pd(x[0]), high = low, low2 = low, high2 = low;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512d v = _mm512_loadu_pd(x + i), w = _mm512_loadu_pd(x + i + 8);
        low = _mm512_min_pd(low, v);
        high = _mm512_max_pd(high, v);
        low2 = _mm512_min_pd(low2, w);
        high2 = _mm512_max_pd(high2, w);
    }
    for (; i < n; i += 8) {
        __mmask8 live = (__mmask8)(n - i >= 8 ? 0xffU : (1U << (n - i)) - 1);
        __m512d v = _mm512_maskz_loadu_pd(live, x + i);
        low = _mm512_mask_min_pd(low, live, low, v);
        high = _mm512_mask_max_pd(high, live, high, v);
    }
    *least = _mm512_reduce_min_pd(_mm512_min_pd(low, low2));
    *greatest = _mm512_reduce_max_pd(_mm512_max_pd(high, high2));
    return true;
}

const struct crunch_double_kernels crunch_double_kernels_avx512 = {
    .name = "avx512",
    .sum = sum_doubles,
    .squares = square_doubles,
    .range = range_doubles,
};

CRUNCH_TARGET_END

#else
typedef int crunch_not_x86; /* a translation unit must not be empty */
#endif
