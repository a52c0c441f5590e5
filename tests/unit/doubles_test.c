/*
 * The exact sums of doubles of every level that this CPU has, against GMP: on blocks of numbers
 * near each other, far apart, of all exponents, subnormal, that cancel, and that fill the windows
 * to their edges; in arrays that end before an unreadable page.
 */
#include "core/kernels.h"
#include "io/batch.h"
#include "io/cpu.h"
#include "io/simd/kernels.h"

#include <criterion/criterion.h>
#include <float.h>
#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROWS 1024

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* A fraction with all, few or no bits, of an exponent field in [low, low + spread). */
static double random_double(unsigned low, unsigned spread)
{
    uint64_t fraction = next_random() >> 12;
    switch (next_random() % 8) {
    case 0:
        fraction = 0;
        break;
    case 1:
        fraction = (UINT64_C(1) << 52) - 1;
        break;
    case 2:
        fraction &= 0xfff;
        break;
    case 3:
        fraction <<= 40;
        fraction &= (UINT64_C(1) << 52) - 1;
        break;
    default:
        break;
    }
    uint64_t exponent = low + next_random() % spread;
    if (exponent > 2046)
        exponent = 2046;
    return from_bits((next_random() & UINT64_C(1) << 63) | exponent << 52 | fraction);
}

static size_t levels(const struct crunch_double_kernels *out[3])
{
    out[0] = &crunch_double_kernels_scalar;
#if defined(__x86_64__)
    out[1] = &crunch_double_kernels_avx2;
    out[2] = &crunch_double_kernels_avx512;
#endif
    return (size_t)crunch_cpu_level() + 1;
}

static double *guarded(size_t n)
{
    static char *pages;
    const size_t room = ROWS * sizeof(double);
    if (pages == NULL) {
        pages = mmap(NULL, room + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert(pages != MAP_FAILED);
        cr_assert(mprotect(pages + room, 4096, PROT_NONE) == 0);
    }
    return (double *)(void *)(pages + room - n * sizeof(double));
}

/* total += x^power, in units of 2^(-1074 power). */
static void add_exactly(mpz_t total, double x, unsigned power)
{
    int exponent;
    double fraction = frexp(x, &exponent);
    mpz_t term;
    mpz_init(term);
    mpz_set_d(term, ldexp(fraction, 53));
    exponent += 1074 - 53;
    if (exponent >= 0)
        mpz_mul_2exp(term, term, (mp_bitcnt_t)exponent);
    else
        mpz_tdiv_q_2exp(term, term, (mp_bitcnt_t)-exponent); /* exact: a subnormal's zeros */
    mpz_pow_ui(term, term, power);
    mpz_add(total, total, term);
    mpz_clear(term);
}

static bool equals(const mpz_t want, const struct crunch_scaled *got, long lowest)
{
    mpz_t value;
    mpz_init_set(value, got->mantissa);
    bool equal = mpz_sgn(value) == 0 ? mpz_sgn(want) == 0 : false;
    if (mpz_sgn(value) != 0 && got->exponent >= lowest) {
        mpz_mul_2exp(value, value, (mp_bitcnt_t)(got->exponent - lowest));
        equal = mpz_cmp(value, want) == 0;
    }
    mpz_clear(value);
    return equal;
}

/* blocks of one array of n numbers each, added to the same state. */
static void check(const double *x, size_t n)
{
    const struct crunch_double_kernels *kernels[3];
    static struct crunch_superacc_sum sum;
    static struct crunch_superacc_squares squares;
    size_t n_levels = levels(kernels);
    mpz_t want_sum, want_squares;
    double low = INFINITY, high = -INFINITY, least = 7, greatest = 7;
    mpz_inits(want_sum, want_squares, NULL);
    for (size_t i = 0; i < n; i++) {
        add_exactly(want_sum, x[i], 1);
        add_exactly(want_squares, x[i], 2);
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    for (size_t k = 0; k < n_levels; k++) {
        struct crunch_scaled got;
        mpz_init(got.mantissa);
        got.exponent = 0;
        kernels[k]->sum(&sum, x, n, k % 2 ? bits_of(n ? fmax(high, -low) : 0) : 0);
        crunch_superacc_sum_extract(&sum, &got);
        cr_assert(equals(want_sum, &got, -1074), "%s: sum of %zu", kernels[k]->name, n);
        crunch_superacc_sum_reset(&sum);
        mpz_set_ui(got.mantissa, 0);
        got.exponent = 0;
        kernels[k]->squares(&squares, x, n, k % 2 ? 0 : bits_of(n ? fmax(high, -low) : 0));
        crunch_superacc_squares_extract(&squares, &got);
        cr_assert(equals(want_squares, &got, -2148), "%s: squares of %zu", kernels[k]->name, n);
        crunch_superacc_squares_reset(&squares);
        cr_assert(kernels[k]->range(x, n, &least, &greatest) == (n > 0));
        cr_assert(n == 0 || (least == low && greatest == high), "%s: range of %zu",
                  kernels[k]->name, n);
        mpz_clear(got.mantissa);
    }
    mpz_clears(want_sum, want_squares, NULL);
}

static void check_random(unsigned low, unsigned spread, size_t n)
{
    double *x = guarded(n);
    for (size_t i = 0; i < n; i++)
        x[i] = random_double(low, spread);
    check(x, n);
}

Test(doubles, of_every_length)
{
    for (size_t n = 0; n < 70; n++)
        check_random(1000, 20, n);
    check_random(1000, 20, ROWS - 1);
}

/* From numbers that all have one exponent to ones that no windows hold. */
Test(doubles, near_and_far_from_each_other)
{
    for (unsigned spread = 1; spread < 120; spread += 1 + spread / 8)
        for (int round = 0; round < 4; round++)
            check_random(1023 - spread / 2, spread, ROWS);
}

Test(doubles, of_every_exponent)
{
    for (unsigned low = 0; low < 2047; low += 13)
        check_random(low, 1 + low % 40, 200);
    for (int round = 0; round < 20; round++)
        check_random(0, 2047, 333);
}

Test(doubles, subnormal_and_largest)
{
    for (int round = 0; round < 10; round++) {
        check_random(0, 1, ROWS);
        check_random(0, 60, ROWS);
        check_random(2046, 1, ROWS);
        check_random(2000, 47, ROWS);
    }
}

/* Whole blocks of the greatest number and of its neighbours: no lane may overflow. */
Test(doubles, at_the_edges_of_the_windows)
{
    const double edge[] = {1.0,
                           nextafter(1.0, 0),
                           nextafter(1.0, 2),
                           1.5,
                           nextafter(2.0, 0),
                           0x1p-52,
                           DBL_MIN,
                           nextafter(DBL_MIN, 0),
                           DBL_TRUE_MIN,
                           DBL_MAX,
                           0x1p1022,
                           0x1p-970,
                           0x1p998,
                           0.0};
    for (size_t e = 0; e < sizeof edge / sizeof edge[0]; e++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double *x = guarded(ROWS);
            for (size_t i = 0; i < ROWS; i++)
                x[i] = sign * edge[e];
            check(x, ROWS);
            x[77] = -sign * edge[e] / 3;
            x[78] = edge[e] * 0x1p-53;
            check(x, ROWS);
        }
}

Test(doubles, that_cancel)
{
    double *x = guarded(ROWS);
    for (size_t i = 0; i < ROWS; i += 2) {
        x[i] = random_double(1010, 30);
        x[i + 1] = -x[i];
    }
    x[512] = nextafter(x[512], 0);
    check(x, ROWS);
}

/* States are added to, not set: many blocks into one, against the scalar accumulator. */
Test(doubles, block_after_block)
{
    const struct crunch_double_kernels *kernels[3];
    size_t n_levels = levels(kernels);
    static struct crunch_superacc_sum sum[3];
    static struct crunch_superacc_squares squares[3];
    double *x = guarded(ROWS);
    for (int block = 0; block < 1500; block++) {
        unsigned low = (unsigned)(next_random() % 2046), spread = 1 + (unsigned)block % 60;
        for (size_t i = 0; i < ROWS; i++)
            x[i] = random_double(low, spread);
        for (size_t k = 0; k < n_levels; k++) {
            kernels[k]->sum(&sum[k], x, ROWS, 0);
            kernels[k]->squares(&squares[k], x, ROWS, 0);
        }
    }
    struct crunch_scaled want, got;
    mpz_inits(want.mantissa, got.mantissa, NULL);
    for (size_t k = 1; k < n_levels; k++) {
        mpz_set_ui(want.mantissa, 0);
        mpz_set_ui(got.mantissa, 0);
        want.exponent = got.exponent = 0;
        crunch_superacc_sum_extract(&sum[0], &want);
        crunch_superacc_sum_extract(&sum[k], &got);
        cr_assert(crunch_scaled_compare(&want, &got, CRUNCH_ARITH_BINARY) == 0);
        mpz_set_ui(want.mantissa, 0);
        mpz_set_ui(got.mantissa, 0);
        want.exponent = got.exponent = 0;
        crunch_superacc_squares_extract(&squares[0], &want);
        crunch_superacc_squares_extract(&squares[k], &got);
        cr_assert(crunch_scaled_compare(&want, &got, CRUNCH_ARITH_BINARY) == 0);
    }
    mpz_clears(want.mantissa, got.mantissa, NULL);
}

/* The greatest of arrays of any length, wherever it stands; a NaN or infinity is above all numbers.
 */
Test(doubles, greatest_bits)
{
    const double odd[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (int level = 0; level <= (int)crunch_cpu_level(); level++) {
        const struct crunch_scan_kernels *k = crunch_scan_kernels_of((enum crunch_simd_level)level);
        for (size_t n = 0; n < 40; n++) {
            double *x = guarded(n);
            for (size_t i = 0; i < n; i++)
                x[i] = random_double(0, 2047);
            double most = 0;
            for (size_t i = 0; i < n; i++)
                most = fmax(most, fabs(x[i]));
            cr_assert(k->greatest_bits(x, n) == bits_of(most), "%s: %zu", k->name, n);
            for (size_t i = 0; i < n; i++) {
                double kept = x[i];
                x[i] = i % 2 ? -DBL_MAX : DBL_MAX;
                cr_assert(k->greatest_bits(x, n) == bits_of(DBL_MAX), "%s: %zu", k->name, i);
                x[i] = odd[i % 4];
                cr_assert(k->greatest_bits(x, n) >= CRUNCH_INFINITE_BITS, "%s: %zu", k->name, i);
                x[i] = kept;
            }
        }
    }
}

/* Quotients are strtod's of the same decimal; what does not fit in one division is refused,
 * wherever it stands. */
Test(doubles, quotients)
{
    static int64_t m[67];
    static uint8_t scale[67];
    static double out[67];
    const int64_t limit = INT64_C(1) << CRUNCH_QUOTIENT_BITS;
    char text[64];
    for (int level = 0; level <= (int)crunch_cpu_level(); level++) {
        const struct crunch_scan_kernels *k = crunch_scan_kernels_of((enum crunch_simd_level)level);
        for (size_t n = 0; n < 67; n++) {
            for (size_t i = 0; i < n; i++) {
                uint64_t bits = next_random() % CRUNCH_QUOTIENT_BITS;
                m[i] = (int64_t)(next_random() % (UINT64_C(2) << bits)) - (INT64_C(1) << bits);
                m[i] = m[i] == -limit ? limit : m[i];
                scale[i] = (uint8_t)(next_random() % (CRUNCH_QUOTIENT_SCALE + 1));
            }
            cr_assert(k->quotients(m, scale, n, out), "%s: %zu", k->name, n);
            for (size_t i = 0; i < n; i++) {
                snprintf(text, sizeof text, "%lldE-%u", (long long)m[i], scale[i]);
                cr_assert(out[i] == strtod(text, NULL), "%s: %s", k->name, text);
            }
            for (size_t i = 0; i < n; i++) {
                const int64_t kept = m[i];
                const uint8_t kept_scale = scale[i];
                m[i] = i % 2 ? limit + 1 : -limit;
                cr_assert(!k->quotients(m, scale, n, out), "%s: %zu of %zu", k->name, i, n);
                m[i] = kept;
                scale[i] = (uint8_t)(CRUNCH_QUOTIENT_SCALE + 1 + next_random() % 200);
                cr_assert(!k->quotients(m, scale, n, out), "%s: %zu of %zu", k->name, i, n);
                scale[i] = kept_scale;
            }
        }
    }
}
