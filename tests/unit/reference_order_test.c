/* The reference's order statistics: from files they are what they are from memory, and both what a
 * sorted array says. */
#include "core/reference_order.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define VALUES 140000 /* some files of 16 Ki values, under the least limit */

static const char *const names[] = {"median", "iqr", "mad", "trimmed"};
#define N_OPS (sizeof names / sizeof *names)

static void set_number(struct crunch_reference_number *number, size_t i)
{
    size_t m = i * 7919 % 100003;
    number->class = CRUNCH_REFERENCE_VALUE;
    mpz_set_si(number->mantissa, (long)m - 50000);
    number->exponent = -(long)(m % 5);
    if (m % 50 == 0) { /* more than a word */
        mpz_ui_pow_ui(number->mantissa, 10, 25);
        mpz_add_ui(number->mantissa, number->mantissa, m);
        number->exponent = -22;
    }
}

static void find(const struct crunch_job *job, struct crunch_ordered *out)
{
    struct crunch_reference_values *values =
        crunch_reference_values_create(CRUNCH_ARITH_DECIMAL, job, 1);
    struct crunch_reference_number number;
    const struct crunch_exact counts = {.count = VALUES};
    mpz_init(number.mantissa);
    for (size_t i = 0; i < VALUES; i++) {
        set_number(&number, i);
        cr_assert(crunch_reference_values_add(values, &number));
    }
    cr_assert_eq(crunch_reference_values_total(values, job, &counts, out), CRUNCH_OK);
    mpz_clear(number.mantissa);
    crunch_reference_values_free(values);
}

static void check_lists(const struct crunch_ranked_list *a, const struct crunch_ranked_list *b)
{
    cr_assert_eq(a->n, b->n);
    cr_assert(a->n > 0);
    for (size_t i = 0; i < a->n; i++) {
        cr_assert_eq(a->item[i].rank, b->item[i].rank);
        cr_assert_eq(
            crunch_scaled_compare(&a->item[i].value, &b->item[i].value, CRUNCH_ARITH_DECIMAL), 0);
    }
}

static int compare(const void *a, const void *b)
{
    return mpq_cmp(*(mpq_t *)(uintptr_t)a, *(mpq_t *)(uintptr_t)b);
}

static void check_against_array(const struct crunch_ordered *ordered)
{
    mpq_t *value = malloc(VALUES * sizeof *value), found;
    struct crunch_reference_number number;
    mpz_init(number.mantissa);
    mpq_init(found);
    for (size_t i = 0; i < VALUES; i++) {
        struct crunch_scaled scaled;
        set_number(&number, i);
        mpq_init(value[i]);
        mpz_init_set(scaled.mantissa, number.mantissa);
        scaled.exponent = number.exponent;
        crunch_scaled_to_mpq(value[i], &scaled, CRUNCH_ARITH_DECIMAL);
        mpz_clear(scaled.mantissa);
    }
    qsort(value, VALUES, sizeof *value, compare);
    for (size_t i = 0; i < ordered->values.n; i++) {
        const struct crunch_ranked *item = &ordered->values.item[i];
        crunch_scaled_to_mpq(found, &item->value, CRUNCH_ARITH_DECIMAL);
        cr_assert(mpq_equal(found, value[item->rank - 1]));
    }
    for (size_t i = 0; i < VALUES; i++)
        mpq_clear(value[i]);
    free(value);
    mpq_clear(found);
    mpz_clear(number.mantissa);
}

Test(reference_order, files_say_what_memory_says)
{
    const struct crunch_op *ops[N_OPS];
    for (size_t i = 0; i < N_OPS; i++)
        ops[i] = crunch_op_find(names[i], strlen(names[i]));
    struct crunch_job job = {
        .ops = ops, .n_ops = N_OPS, .op_options = {.quantile_type = 7, .trim = {1, 10}}};
    struct crunch_ordered memory, files;
    find(&job, &memory);
    job.mem_limit = 1;
    find(&job, &files);
    check_lists(&memory.values, &files.values);
    check_lists(&memory.deviations, &files.deviations);
    cr_assert(memory.has_trimmed && files.has_trimmed);
    cr_assert_eq(crunch_scaled_compare(&memory.trimmed, &files.trimmed, CRUNCH_ARITH_DECIMAL), 0);
    check_against_array(&files);
    crunch_ordered_clear(&memory);
    crunch_ordered_clear(&files);
}
