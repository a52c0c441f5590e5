/*
 * Spearman by the reference: every value as an integer of GMP and an exponent; the doubled rank of
 * a value is twice the number of lesser ones, plus that of equal ones, plus one, counted in a
 * sorted copy.
 */
#include "core/reference.h"
#include "core/reference_row.h"
#include "core/spearman.h"

#include <stdlib.h>
#include <string.h>

struct value {
    enum crunch_reference_class class;
    mpz_t mantissa;
    long exponent;
};

struct spearman {
    const struct crunch_plan *plan;
    size_t k, n, room;
    struct value *value; /* k a row */
};

/* Of one pair. */
struct column {
    const struct value **at;     /* n */
    const struct value **sorted; /* n */
    size_t n;
    unsigned long base;
};

enum crunch_code crunch_reference_spearman_create(const struct crunch_plan *plan,
                                                  const void *config, void **self,
                                                  struct crunch_error *error)
{
    (void)config;
    struct spearman *s = calloc(1, sizeof *s);
    if (s == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
    s->plan = plan;
    s->k = plan->n_columns;
    *self = s;
    return CRUNCH_OK;
}

void crunch_reference_spearman_destroy(void *self)
{
    struct spearman *s = self;
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n * s->k; i++)
        mpz_clear(s->value[i].mantissa);
    free(s->value);
    free(s);
}

enum crunch_code crunch_reference_spearman_row(void *self, const struct crunch_reference_row *row,
                                               struct crunch_error *error)
{
    struct spearman *s = self;
    if (s->n == s->room) {
        size_t room = s->room * 2 + 256;
        struct value *grown = realloc(s->value, room * s->k * sizeof *grown);
        if (grown == NULL)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
        s->value = grown;
        s->room = room;
    }
    for (size_t i = 0; i < s->k; i++) {
        const struct crunch_reference_number *number = row->cell[s->plan->slot[i]].number;
        struct value *value = &s->value[s->n * s->k + i];
        value->class = number->class;
        value->exponent = number->exponent;
        mpz_init(value->mantissa);
        if (number->class == CRUNCH_REFERENCE_VALUE)
            mpz_set(value->mantissa, number->mantissa);
    }
    s->n++;
    return CRUNCH_OK;
}

static int infinity_of(const struct value *value)
{
    return (value->class == CRUNCH_REFERENCE_PLUS_INF) -
           (value->class == CRUNCH_REFERENCE_MINUS_INF);
}

static int compare(const struct value *a, const struct value *b, unsigned long base)
{
    int x = infinity_of(a), y = infinity_of(b);
    if (x != 0 || y != 0)
        return (x > y) - (x < y);
    mpz_t scaled;
    mpz_init(scaled);
    mpz_ui_pow_ui(scaled, base, (unsigned long)labs(a->exponent - b->exponent));
    if (a->exponent >= b->exponent) {
        mpz_mul(scaled, scaled, a->mantissa);
        x = mpz_cmp(scaled, b->mantissa);
    } else {
        mpz_mul(scaled, scaled, b->mantissa);
        x = mpz_cmp(a->mantissa, scaled);
    }
    mpz_clear(scaled);
    return x;
}

static int compare_places(const void *a, const void *b, void *base)
{
    return compare(*(const struct value *const *)a, *(const struct value *const *)b,
                   *(const unsigned long *)base);
}

/* How many of the column's values are less than value; with equal: or equal to it. */
static size_t count_below(const struct column *column, const struct value *value, bool equal)
{
    size_t low = 0, high = column->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int sign = compare(column->sorted[middle], value, column->base);
        if (sign < 0 || (equal && sign == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static unsigned long doubled_rank(const struct column *column, size_t i)
{
    return count_below(column, column->at[i], false) + count_below(column, column->at[i], true) + 1;
}

static bool is_missing(const struct value *value)
{
    return value->class == CRUNCH_REFERENCE_MISSING || value->class == CRUNCH_REFERENCE_BAD;
}

static void rank_pair(struct column *columns, struct crunch_joint *joint)
{
    joint->rows = columns[0].n;
    for (int c = 0; c < 2; c++)
        qsort_r(columns[c].sorted, columns[c].n, sizeof *columns[c].sorted, compare_places,
                &columns[c].base);
    for (size_t i = 0; i < columns[0].n; i++) {
        unsigned long x = doubled_rank(&columns[0], i), y = doubled_rank(&columns[1], i);
        mpz_t rank;
        mpz_init_set_ui(rank, x);
        mpz_add_ui(joint->sum[0].mantissa, joint->sum[0].mantissa, x);
        mpz_add_ui(joint->sum[1].mantissa, joint->sum[1].mantissa, y);
        mpz_addmul_ui(joint->product[0].mantissa, rank, x);
        mpz_addmul_ui(joint->product[1].mantissa, rank, y);
        mpz_set_ui(rank, y);
        mpz_addmul_ui(joint->product[2].mantissa, rank, y);
        mpz_clear(rank);
    }
}

/* Columns i and j, the rows that have both; columns has room for all rows. */
static void take_pair(const struct spearman *s, size_t i, size_t j, struct column *columns,
                      struct crunch_joint *joint)
{
    const size_t index[2] = {i, j};
    columns[0].n = columns[1].n = 0;
    for (size_t row = 0; row < s->n; row++) {
        const struct value *value = &s->value[row * s->k];
        if (is_missing(&value[i]) || is_missing(&value[j]))
            continue;
        if (value[i].class == CRUNCH_REFERENCE_NAN || value[j].class == CRUNCH_REFERENCE_NAN) {
            joint->nan++;
            continue;
        }
        for (int c = 0; c < 2; c++) {
            columns[c].at[columns[c].n] = columns[c].sorted[columns[c].n] = &value[index[c]];
            columns[c].n++;
        }
    }
    for (int c = 0; c < 2; c++) {
        const struct crunch_plan *plan = s->plan;
        columns[c].base =
            crunch_layout_arith(&plan->layout, plan->slot[index[c]]) == CRUNCH_ARITH_BINARY ? 2
                                                                                            : 10;
    }
    rank_pair(columns, joint);
}

static enum crunch_code write_pair(const struct spearman *s, size_t i, size_t j, size_t number,
                                   struct column *columns, FILE *out)
{
    static const enum crunch_arith arith[2] = {CRUNCH_ARITH_DECIMAL, CRUNCH_ARITH_DECIMAL};
    struct crunch_joint joint;
    enum crunch_code code = crunch_joint_init(&joint, 2, arith, true);
    char *text = NULL, *result = NULL;
    if (!code) {
        const struct crunch_job *job = s->plan->job;
        struct crunch_exact exact;
        crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, 0);
        exact.joint = &joint;
        take_pair(s, i, j, columns, &joint);
        text = crunch_joint_encode(&joint);
        result = crunch_reference_text(&exact, job->ops[0], &job->op_options, 0);
        crunch_exact_clear(&exact);
    }
    bool good = text && result;
    if (good)
        fprintf(out, "pair %zu: %s corr=%s\n", number, text, result);
    free(text);
    free(result);
    crunch_joint_clear(&joint);
    return good ? CRUNCH_OK : CRUNCH_NO_MEMORY;
}

enum crunch_code crunch_reference_spearman_write(void *self, FILE *out, struct crunch_error *error)
{
    struct spearman *s = self;
    struct column columns[2] = {{.n = 0}, {.n = 0}};
    enum crunch_code code = CRUNCH_OK;
    size_t number = 0;
    for (int c = 0; c < 2; c++) {
        columns[c].at = malloc((s->n + 1) * sizeof *columns[c].at);
        columns[c].sorted = malloc((s->n + 1) * sizeof *columns[c].sorted);
        if (columns[c].at == NULL || columns[c].sorted == NULL)
            code = CRUNCH_NO_MEMORY;
    }
    for (size_t i = 0; i < s->k && !code; i++)
        for (size_t j = i + 1; j < s->k && !code; j++)
            code = write_pair(s, i, j, number++, columns, out);
    for (int c = 0; c < 2; c++) {
        free(columns[c].at);
        free(columns[c].sorted);
    }
    return code ? crunch_fail(error, code, "out of memory (reference)") : CRUNCH_OK;
}
