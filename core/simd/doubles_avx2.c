/*
 * Exact sums of doubles for AVX2; the method and its bounds are core/windows.h's. Squares are taken
 * from three signed limbs of 28 bits, for AVX2 multiplies 32 bits by 32.
 */
#if defined(__x86_64__)

#include "core/kernels.h"
#include "core/windows.h"
#include "io/simd/target.h"

#include <immintrin.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX2)

static inline __m256d magnitude(__m256d x)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), x);
}

/* Of the first whole vectors. Infinities compare greater than all numbers; where a NaN is, the
 * result says nothing. */
static inline uint64_t greatest_bits(const double *x, size_t n)
{
    __m256d greatest = _mm256_setzero_pd(), second = greatest;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        greatest = _mm256_max_pd(greatest, magnitude(_mm256_loadu_pd(x + i)));
        second = _mm256_max_pd(second, magnitude(_mm256_loadu_pd(x + i + 4)));
    }
    if (i + 4 <= n)
        greatest = _mm256_max_pd(greatest, magnitude(_mm256_loadu_pd(x + i)));
    uint64_t lane[4], most = 0;
    _mm256_storeu_si256((__m256i *)lane, _mm256_castpd_si256(_mm256_max_pd(greatest, second)));
    for (int k = 0; k < 4; k++)
        most = lane[k] > most ? lane[k] : most;
    return most;
}

static inline uint64_t join_wrapped(__m256i lanes)
{
    uint64_t lane[4];
    _mm256_storeu_si256((__m256i *)lane, lanes);
    return lane[0] + lane[1] + lane[2] + lane[3];
}

static inline __int128 join_signed(__m256i lanes)
{
    int64_t lane[4];
    _mm256_storeu_si256((__m256i *)lane, lanes);
    return (__int128)lane[0] + lane[1] + lane[2] + lane[3];
}

static inline bool is_zero(__m256i lanes)
{
    return _mm256_testz_si256(lanes, lanes) != 0;
}

static void sum_doubles(struct crunch_superacc_sum *sum, const double *x, size_t n,
                        uint64_t greatest)
{
    const size_t whole = n / 4 * 4;
    struct crunch_sum_windows w;
    if (!crunch_sum_windows(greatest ? greatest : greatest_bits(x, whole), &w)) {
        crunch_superacc_sum_add(sum, x, n);
        return;
    }
    const __m256d first = _mm256_set1_pd(w.first), second = _mm256_set1_pd(w.second);
    __m256i high = _mm256_setzero_si256(), low = high, left = high;
    for (size_t i = 0; i < whole; i += 4) {
        __m256d v = _mm256_loadu_pd(x + i);
        __m256d t = _mm256_add_pd(v, first);
        __m256d r = _mm256_sub_pd(v, _mm256_sub_pd(t, first));
        __m256d u = _mm256_add_pd(r, second);
        __m256d rest = _mm256_sub_pd(r, _mm256_sub_pd(u, second));
        high = _mm256_add_epi64(high, _mm256_castpd_si256(t));
        low = _mm256_add_epi64(low, _mm256_castpd_si256(u));
        left = _mm256_or_si256(left, _mm256_castpd_si256(rest));
    }
    if (!is_zero(left)) {
        crunch_superacc_sum_add(sum, x, n);
        return;
    }
    crunch_sum_windows_deposit(sum, &w, join_wrapped(high), join_wrapped(low), whole);
    crunch_superacc_sum_add(sum, x + whole, n - whole);
}

struct squares {
    __m256i sum11, sum12, sum13, sum22, sum23, sum33, left;
};

static inline void add_square(struct squares *s, __m256d x, const __m256d c[3])
{
    __m256d t = _mm256_add_pd(x, c[0]);
    __m256d r = _mm256_sub_pd(x, _mm256_sub_pd(t, c[0]));
    __m256d u = _mm256_add_pd(r, c[1]);
    __m256d q = _mm256_sub_pd(r, _mm256_sub_pd(u, c[1]));
    __m256d v = _mm256_add_pd(q, c[2]);
    __m256d rest = _mm256_sub_pd(q, _mm256_sub_pd(v, c[2]));
    __m256i a = _mm256_castpd_si256(t), b = _mm256_castpd_si256(u), d = _mm256_castpd_si256(v);
    s->sum11 = _mm256_add_epi64(s->sum11, _mm256_mul_epi32(a, a));
    s->sum12 = _mm256_add_epi64(s->sum12, _mm256_mul_epi32(a, b));
    s->sum13 = _mm256_add_epi64(s->sum13, _mm256_mul_epi32(a, d));
    s->sum22 = _mm256_add_epi64(s->sum22, _mm256_mul_epi32(b, b));
    s->sum23 = _mm256_add_epi64(s->sum23, _mm256_mul_epi32(b, d));
    s->sum33 = _mm256_add_epi64(s->sum33, _mm256_mul_epi32(d, d));
    s->left = _mm256_or_si256(s->left, _mm256_castpd_si256(rest));
}

static void square_doubles(struct crunch_superacc_squares *sum, const double *x, size_t n,
                           uint64_t greatest)
{
    const size_t whole = n / 4 * 4;
    struct crunch_narrow_windows w;
    if (!crunch_narrow_windows(greatest ? greatest : greatest_bits(x, whole), &w)) {
        crunch_superacc_squares_add(sum, x, n);
        return;
    }
    const __m256d c[3] = {_mm256_set1_pd(w.constant[0]), _mm256_set1_pd(w.constant[1]),
                          _mm256_set1_pd(w.constant[2])};
    const __m256i zero = _mm256_setzero_si256();
    struct squares s = {zero, zero, zero, zero, zero, zero, zero};
    for (size_t i = 0; i < whole; i += 4)
        add_square(&s, _mm256_loadu_pd(x + i), c);
    if (!is_zero(s.left)) {
        crunch_superacc_squares_add(sum, x, n);
        return;
    }
    crunch_superacc_squares_deposit(sum, join_signed(s.sum33), w.lowest);
    crunch_superacc_squares_deposit(sum, 2 * join_signed(s.sum23), w.lowest + 28);
    crunch_superacc_squares_deposit(sum, join_signed(s.sum22) + 2 * join_signed(s.sum13),
                                    w.lowest + 56);
    crunch_superacc_squares_deposit(sum, 2 * join_signed(s.sum12), w.lowest + 84);
    crunch_superacc_squares_deposit(sum, join_signed(s.sum11), w.lowest + 112);
    crunch_superacc_squares_add(sum, x + whole, n - whole);
}

static bool range_doubles(const double *x, size_t n, double *least, double *greatest)
{
    if (n == 0)
        return false;
    __m256d low = _mm256_set1_pd(x[0]), high = low;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        __m256d v = _mm256_loadu_pd(x + i);
        low = _mm256_min_pd(low, v);
        high = _mm256_max_pd(high, v);
    }
    double lows[4], highs[4];
    _mm256_storeu_pd(lows, low);
    _mm256_storeu_pd(highs, high);
    *least = lows[0];
    *greatest = highs[0];
    for (int k = 1; k < 4; k++) {
        *least = lows[k] < *least ? lows[k] : *least;
        *greatest = highs[k] > *greatest ? highs[k] : *greatest;
    }
    for (; i < n; i++) {
        *least = x[i] < *least ? x[i] : *least;
        *greatest = x[i] > *greatest ? x[i] : *greatest;
    }
    return true;
}

const struct crunch_double_kernels crunch_double_kernels_avx2 = {
    .name = "avx2",
    .sum = sum_doubles,
    .squares = square_doubles,
    .range = range_doubles,
};

CRUNCH_TARGET_END

#else
typedef int crunch_not_x86; /* a translation unit must not be empty */
#endif
