/*
 * Order statistics: places of quantiles against golden values, selection and sorting against
 * qsort, intervals against GMP, and whole searches of a column against a sorted array.
 */
#include "core/interval.h"
#include "core/kernels.h"
#include "core/order.h"
#include "core/selection.h"
#include "io/cpu.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 88172645463325252;

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

/* ---- places ---- */

/* data/quantiles/places.tsv: type, p, n, and the quantile of 1, 4, 9, ..., n^2. */
Test(order, places_of_the_nine_definitions)
{
    FILE *file = fopen("data/quantiles/places.tsv", "r");
    unsigned type;
    unsigned long num, den, n, want_num, want_den;
    size_t lines = 0;
    struct crunch_place place;
    mpq_t value, want, step;
    cr_assert_not_null(file);
    mpq_inits(place.weight, value, want, step, (mpq_ptr)NULL);
    while (fscanf(file, "%u %lu %lu %lu %lu %lu", &type, &num, &den, &n, &want_num, &want_den) ==
           6) {
        crunch_quantile_place(type, (struct crunch_fraction){num, den}, n, &place);
        cr_assert(place.rank >= 1 && place.rank <= n);
        cr_assert(place.rank < n || mpq_sgn(place.weight) == 0);
        mpq_set_ui(value, place.rank * place.rank, 1);
        mpq_set_ui(step, 2 * place.rank + 1, 1);
        mpq_mul(step, step, place.weight);
        mpq_add(value, value, step);
        mpq_set_ui(want, want_num, want_den);
        cr_assert(mpq_equal(value, want), "type %u, p %lu/%lu, n %lu", type, num, den, n);
        lines++;
    }
    fclose(file);
    cr_assert_gt(lines, 1000);
    mpq_clears(place.weight, value, want, step, (mpq_ptr)NULL);
}

/* ---- selecting and sorting ---- */

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Arrays of all kinds of order and of ties. */
static void fill(int64_t *v, size_t n, unsigned kind)
{
    for (size_t i = 0; i < n; i++)
        switch (kind) {
        case 0:
            v[i] = (int64_t)next_random();
            break;
        case 1:
            v[i] = (int64_t)below(3);
            break;
        case 2:
            v[i] = (int64_t)i;
            break;
        case 3:
            v[i] = -(int64_t)i;
            break;
        case 4:
            v[i] = 7;
            break;
        default:
            v[i] = (int64_t)(i % 2 ? i : n - i) - 1000;
            break;
        }
}

Test(order, selection_and_sorting)
{
    static int64_t v[5000], sorted[5000];
    for (unsigned round = 0; round < 400; round++) {
        size_t n = 1 + below(round % 4 ? 60 : 5000), k[5], n_k = 1 + below(5);
        fill(v, n, round % 6);
        memcpy(sorted, v, n * sizeof *v);
        qsort(sorted, n, sizeof *sorted, ascending);
        for (size_t i = 0; i < n_k; i++)
            k[i] = below(n);
        for (size_t i = 1; i < n_k; i++)
            k[i] = k[i] < k[i - 1] ? k[i - 1] : k[i];
        crunch_select_int64(v, n, k, n_k);
        for (size_t i = 0; i < n_k; i++)
            cr_assert_eq(v[k[i]], sorted[k[i]], "round %u", round);
        cr_assert_eq(crunch_sort_int64(v, n), CRUNCH_OK);
        cr_assert_arr_eq(v, sorted, n * sizeof *v);
    }
}

/* ---- the kernel ---- */

Test(order, pick_is_the_same_at_every_level)
{
    const struct crunch_sum_kernels *levels[] = {
        &crunch_sum_kernels_scalar,
#if defined(__x86_64__)
        &crunch_sum_kernels_avx2,
        &crunch_sum_kernels_avx512,
#endif
    };
    int64_t v[100], out[108];
    for (unsigned round = 0; round < 3000; round++) {
        size_t n = below(100), want_inside = 0;
        uint64_t want_below = 5;
        fill(v, n, round % 6);
        int64_t low = round % 7 ? (int64_t)below(60) - 30 : INT64_MIN;
        int64_t reach = (int64_t)below(60) - (low == INT64_MIN ? 0 : 2);
        int64_t high = round % 5 ? low + reach : INT64_MAX;
        for (size_t i = 0; i < n; i++)
            want_below += v[i] < low;
        for (size_t l = 0; l <= (size_t)crunch_cpu_level(); l++) {
            uint64_t found_below = 5;
            want_inside = 0;
            size_t inside = levels[l]->pick(v, n, low, high, out, &found_below);
            for (size_t i = 0; i < n; i++)
                if (v[i] >= low && v[i] <= high)
                    cr_assert_eq(out[want_inside++], v[i]);
            cr_assert_eq(inside, want_inside, "%s", levels[l]->name);
            cr_assert_eq(found_below, want_below, "%s", levels[l]->name);
        }
    }
}

/* ---- intervals ---- */

static void random_scaled(struct crunch_scaled *out, bool binary)
{
    mpz_set_si(out->mantissa, (int64_t)next_random() >> below(62));
    out->exponent = binary ? (long)below(80) - 60 : (long)below(30) - 25;
}

/* The sides that a narrow value, the same value wide, or a double lies on are those that GMP says.
 */
Test(order, sides_of_intervals)
{
    struct crunch_interval interval;
    struct crunch_scaled low = {.exponent = 0}, high = {.exponent = 0}, x = {.exponent = 0};
    mpz_inits(low.mantissa, high.mantissa, x.mantissa, (mpz_ptr)NULL);
    crunch_interval_init(&interval);
    for (unsigned round = 0; round < 20000; round++) {
        bool binary = round % 3 == 0;
        enum crunch_arith arith = binary ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL;
        int64_t m = ((int64_t)next_random() >> (4 + below(58))) / 10, first, last, value = m;
        uint8_t scale = (uint8_t)below(CRUNCH_SCALE_MAX + 1);
        random_scaled(&low, binary);
        random_scaled(&high, binary);
        if (binary) {
            crunch_scaled_set_double(&x, (double)m / 1024);
            value = crunch_double_rank((double)m / 1024);
            scale = 0;
        } else {
            mpz_set_si(x.mantissa, m);
            x.exponent = -(long)scale;
        }
        if (round % 4 == 0) { /* an end that is the value */
            mpz_set(low.mantissa, x.mantissa);
            low.exponent = x.exponent;
        }
        bool swap = crunch_scaled_compare(&low, &high, arith) > 0;
        crunch_bound_set(&interval.low, swap ? &high : &low, next_random() & 1);
        crunch_bound_set(&interval.high, swap ? &low : &high, next_random() & 1);
        cr_assert_eq(crunch_interval_prepare(&interval, arith), CRUNCH_OK);
        int to_low = crunch_scaled_compare(&x, &interval.low.at, arith);
        int to_high = crunch_scaled_compare(&x, &interval.high.at, arith);
        bool under = to_low < 0 || (to_low == 0 && interval.low.open);
        bool over = to_high > 0 || (to_high == 0 && interval.high.open);
        first = interval.first[scale];
        last = interval.last[scale];
        cr_assert_eq(value < first, under, "round %u", round);
        cr_assert_eq(value > last, over, "round %u", round);
        if (binary)
            continue;
        struct crunch_digits digits;
        cr_assert(crunch_digits_of_scaled(&digits, &x));
        int side = crunch_interval_side(&interval, &digits);
        cr_assert_eq(side, under ? -1 : over ? 1 : 0, "round %u", round);
        free(digits.digits);
    }
    crunch_interval_clear(&interval);
    mpz_clears(low.mantissa, high.mantissa, x.mantissa, (mpz_ptr)NULL);
}
