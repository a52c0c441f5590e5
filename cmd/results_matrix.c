/*
 * Owns the matrix of results that are the same for (x, y) and (y, x). Each pair's joint content is
 * finished as in the long form; what stands on the diagonal is finished from the column's own exact
 * content, put in the form of a pair of the column with itself. Under ranks, where there is no such
 * content, the diagonal is 1 wherever the column has two values that differ.
 */
#include "cmd/results_matrix.h"
#include "cmd/results_stats.h"
#include "core/joint_set.h"
#include "core/passes.h"
#include "core/plan_sets.h"

#include <stdlib.h>

bool crunch_matrix_fits(const struct crunch_job *job)
{
    return job->n_ops == 1 && job->ops[0]->symmetric;
}

static bool set_field(struct crunch_field *field, const struct crunch_value *value,
                      unsigned precision, bool readable)
{
    bool rounded = value->kind == CRUNCH_VALUE_RATIO || value->kind == CRUNCH_VALUE_ROOT;
    if (readable && precision == 0 && rounded)
        precision = crunch_readable_digits(value);
    return crunch_field_of_value(field, value, precision);
}

static bool finish(struct crunch_value *value, const struct crunch_plan *plan,
                   const struct crunch_joint *joint)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, plan->layout.arith, 0);
    exact.joint = joint;
    crunch_op_finish(plan->job->ops[0], &exact, &plan->job->op_options, value);
    crunch_exact_clear(&exact);
    return true;
}

static bool finish_pair(struct crunch_value *value, const struct crunch_plan *plan,
                        const struct crunch_run_result *run, const struct crunch_joint *ranked,
                        size_t set)
{
    struct crunch_joint joint;
    if (ranked)
        return finish(value, plan, &ranked[set]);
    bool good = crunch_bundle_extract_joint(&plan->layout, run->bundle, set, &joint) == CRUNCH_OK &&
                finish(value, plan, &joint);
    crunch_joint_clear(&joint);
    return good;
}

/* Whether a column's values that are not nan differ. */
static bool varies(const struct crunch_exact *column)
{
    int kinds = (column->count > 0) + (column->plus_inf > 0) + (column->minus_inf > 0);
    mpq_t a, b;
    mpq_inits(a, b, (mpq_ptr)NULL);
    crunch_scaled_to_mpq(a, &column->sum[CRUNCH_SUM], column->arith);
    crunch_scaled_to_mpq(b, &column->sum[CRUNCH_SUM_SQUARES], column->arith);
    mpq_mul(a, a, a);
    mpz_mul_ui(mpq_numref(b), mpq_numref(b), column->count);
    mpq_canonicalize(b);
    bool spread = mpq_cmp(a, b) != 0;
    mpq_clears(a, b, (mpq_ptr)NULL);
    return kinds > 1 || (column->count > 0 && spread);
}

static void finish_ranked_column(struct crunch_value *value, const struct crunch_exact *column)
{
    if (column->nan > 0) {
        value->kind = CRUNCH_VALUE_NAN;
    } else if (varies(column)) {
        value->kind = CRUNCH_VALUE_RATIO;
        mpq_set_ui(value->number, 1, 1);
    }
}

/* A column as a pair with itself. */
static bool finish_column(struct crunch_value *value, const struct crunch_plan *plan,
                          const struct crunch_exact *column)
{
    const enum crunch_arith arith[2] = {column->arith, column->arith};
    struct crunch_joint joint;
    bool good = crunch_joint_init(&joint, 2, arith, true) == CRUNCH_OK;
    if (good) {
        joint.rows = column->count;
        joint.nan = column->nan;
        joint.plus_inf = column->plus_inf + column->minus_inf;
        const struct crunch_scaled *sum = &column->sum[CRUNCH_SUM];
        const struct crunch_scaled *squares = &column->sum[CRUNCH_SUM_SQUARES];
        for (size_t i = 0; i < 2; i++)
            crunch_scaled_add(&joint.sum[i], sum->mantissa, sum->exponent, column->arith);
        for (size_t i = 0; i < 3; i++) /* x.x, x.y, y.y */
            crunch_scaled_add(&joint.product[i], squares->mantissa, squares->exponent,
                              column->arith);
        good = finish(value, plan, &joint);
    }
    crunch_joint_clear(&joint);
    return good;
}

static bool finish_diagonal(struct crunch_value *value, const struct crunch_plan *plan,
                            const struct crunch_run_result *run, bool ranked, size_t i)
{
    size_t slot = plan->slot[i];
    struct crunch_exact column;
    bool good = true;
    crunch_exact_init(&column, crunch_layout_arith(&plan->layout, slot), plan->needs[slot]);
    crunch_run_extract(plan, run, slot, &column);
    if (ranked)
        finish_ranked_column(value, &column);
    else
        good = finish_column(value, plan, &column);
    crunch_exact_clear(&column);
    return good;
}

/* Field (i, j), i <= j, of n rows of a name and n fields, and its mirror image. */
static bool fill_fields(struct crunch_field *fields, const struct crunch_plan *plan,
                        const struct crunch_run_result *run, const struct crunch_joint *ranked,
                        size_t i, size_t j, unsigned precision, bool readable)
{
    const size_t n = plan->n_columns, width = n + 1;
    struct crunch_value value;
    crunch_value_init(&value);
    bool good = i == j ? finish_diagonal(&value, plan, run, ranked != NULL, i)
                       : finish_pair(&value, plan, run, ranked, crunch_pair_set(i, j, n));
    good = good && set_field(&fields[i * width + j + 1], &value, precision, readable);
    if (i != j)
        good = good && set_field(&fields[j * width + i + 1], &value, precision, readable);
    crunch_value_clear(&value);
    return good;
}

enum crunch_code crunch_matrix_make(struct crunch_results *results, const struct crunch_plan *plan,
                                    const struct crunch_run_result *run,
                                    const struct crunch_joint *ranked, unsigned precision,
                                    bool readable, struct crunch_error *error)
{
    const size_t n = plan->n_columns, width = n + 1;
    const char **titles = calloc(width, sizeof *titles);
    struct crunch_field *fields = calloc(n * width, sizeof *fields);
    const struct crunch_grid grid = {width, n, titles, fields};
    if (results->titles == NULL) {
        results->titles = titles;
        results->fields = fields;
        results->first_owned = 1;
        results->grid = grid;
    } else {
        results->table_titles = titles;
        results->table_fields = fields;
        results->table_first_owned = 1;
        results->table = grid;
    }
    bool good = titles && fields;
    if (good)
        titles[0] = "column";
    for (size_t i = 0; i < n && good; i++) {
        fields[i * width] = crunch_column_name(plan->view, plan->column[i], results->names[i]);
        titles[i + 1] = fields[i * width].text;
        for (size_t j = i; j < n && good; j++)
            good = fill_fields(fields, plan, run, ranked, i, j, precision, readable);
    }
    return good ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}
