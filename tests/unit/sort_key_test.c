/* Sort keys compare as GMP's numbers do, however a number is given; sorted items come out in order,
 * whatever lies in files. */
#include "core/sort_key.h"
#include "core/sorter.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct sample {
    struct crunch_bytes key;
    mpq_t value;
};

static int compare_keys(const struct crunch_bytes *a, const struct crunch_bytes *b)
{
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static void check_all(const struct sample *sample, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            int keys = compare_keys(&sample[i].key, &sample[j].key);
            int values = mpq_cmp(sample[i].value, sample[j].value);
            cr_assert_eq((keys > 0) - (keys < 0), (values > 0) - (values < 0), "%zu %zu", i, j);
        }
}

static void set_decimal(struct sample *sample, bool negative, const char *digits, long exponent)
{
    mpz_t power;
    mpq_init(sample->value);
    mpz_init(power);
    mpz_set_str(mpq_numref(sample->value), digits, 10);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    if (exponent < 0)
        mpz_set(mpq_denref(sample->value), power);
    else
        mpz_mul(mpq_numref(sample->value), mpq_numref(sample->value), power);
    mpq_canonicalize(sample->value);
    if (negative)
        mpq_neg(sample->value, sample->value);
    mpz_clear(power);
}

static void clear(struct sample *sample, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crunch_bytes_free(&sample[i].key);
        mpq_clear(sample[i].value);
    }
}

/* Every way to give some digits, at several places, with either sign. */
Test(sort_key, decimals)
{
    static const char *const digits[] = {"1",
                                         "10",
                                         "19",
                                         "2",
                                         "200",
                                         "999999999999999999",
                                         "9223372036854775807",
                                         "20000000000000000001",
                                         "200000000000000000001",
                                         "200000000000000000002",
                                         "2000000000000000000010000000000000005"};
    static const long places[] = {-39, -20, -2, -1, 0, 300};
    struct sample sample[300];
    size_t n = 0;
    for (size_t d = 0; d < sizeof digits / sizeof *digits; d++)
        for (size_t p = 0; p < sizeof places / sizeof *places; p++)
            for (int negative = 0; negative < 2; negative++) {
                const size_t len = strlen(digits[d]);
                sample[n].key = (struct crunch_bytes){0};
                crunch_sort_key_digits(&sample[n].key, negative, places[p], digits[d], len);
                set_decimal(&sample[n++], negative, digits[d], places[p]);
                if (len > 19 || places[p] > 0)
                    continue;
                int64_t m = strtoll(digits[d], NULL, 10);
                sample[n].key = (struct crunch_bytes){0};
                crunch_sort_key_narrow(&sample[n].key, negative ? -m : m, (unsigned)-places[p]);
                set_decimal(&sample[n++], negative, digits[d], places[p]);
            }
    sample[n].key = (struct crunch_bytes){0};
    crunch_sort_key_narrow(&sample[n].key, 0, 7);
    set_decimal(&sample[n++], false, "0", 0);
    check_all(sample, n);
    clear(sample, n);
}

Test(sort_key, doubles)
{
    static const double xs[] = {-1e308, -1.5, -1, -5e-324, -0.0, 0.0, 5e-324, 1e-10, 1, 1.5, 1e308};
    struct sample sample[sizeof xs / sizeof *xs];
    size_t n = sizeof xs / sizeof *xs;
    for (size_t i = 0; i < n; i++) {
        sample[i].key = (struct crunch_bytes){0};
        crunch_sort_key_double(&sample[i].key, xs[i]);
        mpq_init(sample[i].value);
        mpq_set_d(sample[i].value, xs[i]);
    }
    check_all(sample, n);
    clear(sample, n);
}

Test(sort_key, scaled)
{
    static const enum crunch_arith ariths[] = {CRUNCH_ARITH_DECIMAL, CRUNCH_ARITH_BINARY};
    for (int a = 0; a < 2; a++) {
        struct sample sample[100];
        size_t n = 0;
        for (long exponent = -60; exponent < 40; exponent += 20)
            for (unsigned long m = 0; m < 20; m++) {
                struct crunch_scaled x = {.exponent = exponent};
                mpz_init_set_ui(x.mantissa, m * m * m);
                if (m % 3 == 0)
                    mpz_mul_2exp(x.mantissa, x.mantissa, 67);
                sample[n].key = (struct crunch_bytes){0};
                crunch_sort_key_scaled(&sample[n].key, &x, ariths[a]);
                char *digits = mpz_get_str(NULL, 10, x.mantissa);
                set_decimal(&sample[n], false, digits, a ? 0 : exponent);
                if (a && exponent < 0)
                    mpq_div_2exp(sample[n].value, sample[n].value, (unsigned long)-exponent);
                else if (a)
                    mpq_mul_2exp(sample[n].value, sample[n].value, (unsigned long)exponent);
                free(digits);
                mpz_clear(x.mantissa);
                n++;
            }
        check_all(sample, n);
        clear(sample, n);
    }
}

/* ---- sorting ---- */

#define ITEMS 40000

struct seen {
    size_t n;
    uint64_t rank;
    char key[32];
    size_t key_len;
    uint64_t sum;
};

static enum crunch_code see(void *context, const struct crunch_run_item *item,
                            struct crunch_error *error)
{
    struct seen *seen = context;
    uint64_t i;
    (void)error;
    cr_assert_eq(item->bytes, sizeof i);
    memcpy(&i, item->data, sizeof i);
    seen->sum += i;
    if (seen->n++ > 0) {
        cr_assert_leq(seen->rank, item->rank);
        size_t common = seen->key_len < item->key_len ? seen->key_len : item->key_len;
        int order = memcmp(seen->key, item->key, common);
        cr_assert(seen->rank < item->rank || order < 0 ||
                  (order == 0 && seen->key_len <= item->key_len));
    }
    seen->rank = item->rank;
    seen->key_len = item->key_len;
    memcpy(seen->key, item->key, item->key_len);
    return CRUNCH_OK;
}

Test(sort_key, a_sorter_puts_all_items_in_order)
{
    static const size_t memories[] = {0, 1 << 22, SIZE_MAX / 2};
    for (size_t m = 0; m < sizeof memories / sizeof *memories; m++) {
        struct crunch_sorter *sorter;
        cr_assert_eq(crunch_sorter_create(memories[m], NULL, &sorter, NULL), 0);
        for (uint64_t i = 0; i < ITEMS; i++) {
            char key[32];
            int len = snprintf(key, sizeof key, "%llx", (unsigned long long)(i * 7919 % 5003 * i));
            const struct crunch_run_item item = {.rank = i * 31 % 7,
                                                 .key = key,
                                                 .key_len = (size_t)len,
                                                 .data = &i,
                                                 .bytes = sizeof i};
            cr_assert_eq(crunch_sorter_add(sorter, &item, NULL), 0);
        }
        for (int again = 0; again < 2; again++) {
            struct seen seen = {0};
            cr_assert_eq(crunch_sorter_each(sorter, see, &seen, NULL), 0);
            cr_assert_eq(seen.n, ITEMS);
            cr_assert_eq(seen.sum, (uint64_t)ITEMS * (ITEMS - 1) / 2);
        }
        crunch_sorter_free(sorter);
    }
}
