/*
 * The sum kernels of every level that this CPU has, against GMP, on arrays that end before an
 * unreadable page.
 */
#include "core/kernels.h"
#include "io/cpu.h"

#include <criterion/criterion.h>
#include <gmp.h>
#include <string.h>
#include <sys/mman.h>

#define ROWS 1024

static uint64_t seed = 2463534242;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static size_t below(size_t n)
{
    return (size_t)(next_random() % n);
}

static size_t levels(const struct crunch_sum_kernels *out[3])
{
    size_t n = (size_t)crunch_cpu_level() + 1;
    out[0] = &crunch_sum_kernels_scalar;
#if defined(__x86_64__)
    out[1] = &crunch_sum_kernels_avx2;
    out[2] = &crunch_sum_kernels_avx512;
#endif
    return n;
}

/* size bytes that end right before a page that faults; slot tells several apart. */
static void *guarded(size_t size, int slot)
{
    static char *pages[3];
    const size_t room = ROWS * 8;
    if (pages[slot] == NULL) {
        pages[slot] =
            mmap(NULL, room + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert(pages[slot] != MAP_FAILED);
        cr_assert(mprotect(pages[slot] + room, 4096, PROT_NONE) == 0);
    }
    return pages[slot] + room - size;
}

static int64_t random_mantissa(int digits)
{
    int64_t limit = 1;
    for (int i = 0; i < digits; i++)
        limit *= 10;
    int64_t m = below(9) == 0 ? limit - 1 : (int64_t)(next_random() % (uint64_t)limit);
    return below(2) == 0 ? -m : m;
}

static void to_mpz(mpz_t out, const uint64_t *words, size_t n)
{
    mpz_import(out, n, -1, sizeof *words, 0, 0, words);
}

static void check_sums(const struct crunch_sum_kernels *k, const int64_t *m, size_t n)
{
    mpz_t sum, squares, got;
    mpz_inits(sum, squares, got, NULL);
    for (size_t i = 0; i < n; i++) {
        mpz_set_si(got, m[i]);
        mpz_add(sum, sum, got);
        mpz_addmul(squares, got, got);
    }
    __int128 total = k->sum(m, n);
    unsigned __int128 size = total < 0 ? -(unsigned __int128)total : (unsigned __int128)total;
    to_mpz(got, (uint64_t[]){(uint64_t)size, (uint64_t)(size >> 64)}, 2);
    if (total < 0)
        mpz_neg(got, got);
    cr_assert(mpz_cmp(got, sum) == 0, "%s: sum of %zu", k->name, n);
    struct crunch_u192 out;
    memset(&out, 0x5a, sizeof out);
    k->sum_squares(m, n, &out);
    to_mpz(got, out.word, 3);
    cr_assert(mpz_cmp(got, squares) == 0, "%s: squares of %zu", k->name, n);
    mpz_clears(sum, squares, got, NULL);
}

static void check_products(const struct crunch_sum_kernels *k, const int64_t *a, const int64_t *b,
                           size_t n)
{
    mpz_t sum, x, y, modulus;
    mpz_inits(sum, x, y, modulus, NULL);
    for (size_t i = 0; i < n; i++) {
        mpz_set_si(x, a[i]);
        mpz_set_si(y, b[i]);
        mpz_addmul(sum, x, y);
    }
    struct crunch_u192 out;
    memset(&out, 0x5a, sizeof out);
    k->sum_products(a, b, n, &out);
    to_mpz(x, out.word, 3);
    mpz_setbit(modulus, 192);
    if (mpz_sgn(sum) < 0)
        mpz_add(sum, sum, modulus); /* two's complement */
    cr_assert(mpz_cmp(x, sum) == 0, "%s: products of %zu", k->name, n);
    mpz_clears(sum, x, y, modulus, NULL);
}

static void check_powers(const struct crunch_sum_kernels *k, const int64_t *m, size_t n)
{
    mpz_t expected[2], got, term;
    mpz_inits(expected[0], expected[1], got, term, NULL);
    for (size_t i = 0; i < n; i++) {
        for (unsigned power = 3; power <= 4; power++) {
            mpz_set_si(term, m[i]);
            mpz_pow_ui(term, term, power);
            mpz_add(expected[power - 3], expected[power - 3], term);
        }
    }
    for (unsigned power = 3; power <= 4; power++) {
        struct crunch_i320 out;
        memset(&out, 0x5a, sizeof out);
        (power == 3 ? k->sum_cubes : k->sum_fourths)(m, n, &out);
        to_mpz(got, out.word, 5);
        if (out.word[4] >> 63) {
            mpz_set_ui(term, 1);
            mpz_mul_2exp(term, term, 320);
            mpz_sub(got, got, term);
        }
        cr_assert(mpz_cmp(got, expected[power - 3]) == 0, "%s: powers %u of %zu", k->name, power,
                  n);
    }
    mpz_clears(expected[0], expected[1], got, term, NULL);
}

static void check_extremes(const struct crunch_sum_kernels *k, const int64_t *m,
                           const uint8_t *class, size_t n)
{
    bool any = false;
    int64_t least = 0, greatest = 0, min = 17, max = 18;
    for (size_t i = 0; i < n; i++) {
        if (class != NULL && class[i] != 0)
            continue;
        least = !any || m[i] < least ? m[i] : least;
        greatest = !any || m[i] > greatest ? m[i] : greatest;
        any = true;
    }
    cr_assert_eq(k->min_max(m, class, n, &min, &max), any, "%s", k->name);
    cr_assert_eq(min, any ? least : 17, "%s: min of %zu", k->name, n);
    cr_assert_eq(max, any ? greatest : 18, "%s: max of %zu", k->name, n);
}

Test(sum_kernels, sums_and_extremes)
{
    const struct crunch_sum_kernels *kernels[3];
    size_t n_kernels = levels(kernels);
    for (int round = 0; round < 1500; round++) {
        size_t n = round < 40        ? (size_t)round
                   : round % 50 == 0 ? ROWS
                                     : below(ROWS + 1) >> below(8);
        int digits = 1 + (int)below(18);
        int64_t *m = guarded(n * sizeof *m, 0);
        uint8_t *class = guarded(n, 1);
        size_t sparse = 1 + below(4);
        for (size_t i = 0; i < n; i++) {
            m[i] = random_mantissa(digits);
            class[i] = below(sparse) == 0 ? 0 : (uint8_t)(1 + below(6));
        }
        for (size_t k = 0; k < n_kernels; k++) {
            check_sums(kernels[k], m, n);
            check_powers(kernels[k], m, n);
            check_extremes(kernels[k], m, NULL, n);
            check_extremes(kernels[k], m, class, n);
        }
    }
}

Test(sum_kernels, the_largest_batch)
{
    const struct crunch_sum_kernels *kernels[3];
    size_t n_kernels = levels(kernels);
    int64_t *m = guarded(ROWS * sizeof *m, 0);
    for (int sign = -1; sign <= 1; sign += 2) {
        for (size_t i = 0; i < ROWS; i++)
            m[i] = sign * (CRUNCH_MANTISSA_LIMIT - 1);
        for (size_t k = 0; k < n_kernels; k++) {
            check_sums(kernels[k], m, ROWS);
            check_products(kernels[k], m, m, ROWS);
            check_powers(kernels[k], m, ROWS);
        }
    }
}

Test(sum_kernels, products)
{
    const struct crunch_sum_kernels *kernels[3];
    size_t n_kernels = levels(kernels);
    for (int round = 0; round < 1500; round++) {
        size_t n = round < 40 ? (size_t)round : below(ROWS + 1) >> below(8);
        int digits[2] = {1 + (int)below(18), 1 + (int)below(18)};
        int64_t *a = guarded(n * sizeof *a, 0), *b = guarded(n * sizeof *b, 1);
        for (size_t i = 0; i < n; i++) {
            a[i] = random_mantissa(digits[0]);
            b[i] = random_mantissa(digits[1]);
        }
        for (size_t k = 0; k < n_kernels; k++)
            check_products(kernels[k], a, b, n);
    }
}

/* Every width at which a kernel may change its way, one sign after the other and mixed. */
Test(sum_kernels, the_largest_of_every_width)
{
    const struct crunch_sum_kernels *kernels[3];
    size_t n_kernels = levels(kernels);
    int64_t *m = guarded(ROWS * sizeof *m, 0);
    for (int bits = 1; bits < 60; bits++)
        for (int signs = 0; signs < 3; signs++) {
            for (size_t i = 0; i < ROWS; i++) {
                m[i] = (INT64_C(1) << bits) - (int64_t)(i % 2);
                if (signs == 1 || (signs == 2 && below(2)))
                    m[i] = -m[i];
            }
            for (size_t k = 0; k < n_kernels; k++) {
                check_sums(kernels[k], m, ROWS);
                check_powers(kernels[k], m, ROWS);
            }
        }
}

static void check_align(const struct crunch_sum_kernels *k, const int64_t *m, const uint8_t *scale,
                        size_t n)
{
    uint8_t largest = 0;
    bool fits = true;
    mpz_t value, power, limit;
    mpz_inits(value, power, limit, NULL);
    mpz_ui_pow_ui(limit, 10, 18);
    for (size_t i = 0; i < n; i++)
        largest = scale[i] > largest ? scale[i] : largest;
    int64_t *out = guarded(n * sizeof *out, 2);
    int got = k->align(m, scale, n, out);
    for (size_t i = 0; i < n; i++) {
        mpz_ui_pow_ui(power, 10, largest - (unsigned)scale[i]);
        mpz_set_si(value, m[i]);
        mpz_mul(value, value, power);
        fits = fits && mpz_cmpabs(value, limit) < 0;
        cr_assert(!fits || got < 0 || mpz_cmp_si(value, out[i]) == 0, "%s", k->name);
    }
    cr_assert_eq(got, fits ? largest : -1, "%s", k->name);
    mpz_clears(value, power, limit, NULL);
}

Test(sum_kernels, align_multiplies_or_refuses)
{
    const struct crunch_sum_kernels *kernels[3];
    size_t n_kernels = levels(kernels);
    for (int round = 0; round < 3000; round++) {
        size_t n = 1 + (below(ROWS) >> below(9));
        int64_t *m = guarded(n * sizeof *m, 0);
        uint8_t *scale = guarded(n, 1);
        size_t scales = 1 + below(40), base = below(40 - (scales - 1));
        for (size_t i = 0; i < n; i++) {
            scale[i] = (uint8_t)(base + below(scales));
            size_t rise = base + scales - 1 - scale[i];
            int digits = 18 - (int)rise - (int)below(3) + (below(400) == 0);
            m[i] = digits <= 0 ? 0 : random_mantissa(digits > 18 ? 18 : digits);
        }
        for (size_t k = 0; k < n_kernels; k++)
            check_align(kernels[k], m, scale, n);
    }
}
