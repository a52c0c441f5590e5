/*
 * Owns the shapes of results that are of several columns: column_a, column_b and a field per op for
 * every pair; for a regression with one predictor one row of everything, with several a row per
 * term and the figures of the whole fit below. Names are not owned, all texts behind them are.
 */
#include "cmd/results_pairs.h"
#include "cmd/results_matrix.h"
#include "core/joint.h"
#include "core/joint_set.h"
#include "core/plan_sets.h"
#include "core/regress.h"
#include "core/spearman.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}

/* A grid of empty fields, of which the first first_owned columns will hold names. */
static bool shape(struct crunch_results *results, const struct crunch_plan *plan, size_t n_rows,
                  size_t n_titles, size_t first_owned)
{
    *results = (struct crunch_results){.first_owned = first_owned};
    results->titles = calloc(n_titles, sizeof *results->titles);
    results->fields = calloc(n_rows * n_titles, sizeof *results->fields);
    results->names = calloc(plan->n_columns, sizeof *results->names);
    results->grid = (struct crunch_grid){n_titles, n_rows, results->titles, results->fields};
    return results->titles && results->fields && results->names;
}

static struct crunch_field name_of(struct crunch_results *results, const struct crunch_plan *plan,
                                   size_t i)
{
    return crunch_column_name(plan->view, plan->column[i], results->names[i]);
}

/* ---- pairs ---- */

/* The fields of a pair, from its joint content. */
static enum crunch_code fill_ops(struct crunch_field *fields, const struct crunch_plan *plan,
                                 const struct crunch_joint *joint, unsigned precision)
{
    const struct crunch_job *job = plan->job;
    enum crunch_code code = CRUNCH_OK;
    struct crunch_exact exact;
    crunch_exact_init(&exact, plan->layout.arith, 0);
    exact.joint = joint;
    for (size_t i = 0; i < job->n_ops && !code; i++) {
        struct crunch_value value;
        crunch_value_init(&value);
        crunch_op_finish(job->ops[i], &exact, &job->op_options, &value);
        if (!crunch_field_of_value(&fields[i], &value, precision))
            code = CRUNCH_NO_MEMORY;
        crunch_value_clear(&value);
    }
    crunch_exact_clear(&exact);
    return code;
}

/* ranked: of ranks, by pairs; NULL: of values, from the run's states. */
static enum crunch_code fill_pair(struct crunch_field *fields, const struct crunch_plan *plan,
                                  const struct crunch_run_result *run,
                                  const struct crunch_joint *ranked, size_t set, unsigned precision)
{
    struct crunch_joint joint;
    if (ranked)
        return fill_ops(fields, plan, &ranked[set], precision);
    enum crunch_code code = crunch_bundle_extract_joint(&plan->layout, run->bundle, set, &joint);
    if (!code)
        code = fill_ops(fields, plan, &joint, precision);
    crunch_joint_clear(&joint);
    return code;
}

static enum crunch_code make_pairs(struct crunch_results *results, const struct crunch_plan *plan,
                                   const struct crunch_run_result *run,
                                   const struct crunch_joint *ranked, unsigned precision,
                                   struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    size_t n = plan->n_columns, n_titles = job->n_ops + 2;
    struct crunch_field *fields;
    if (job->op_options.matrix) {
        results->names = calloc(n, sizeof *results->names);
        return results->names
                   ? crunch_matrix_make(results, plan, run, ranked, precision, false, error)
                   : no_memory(error);
    }
    if (!shape(results, plan, n * (n - 1) / 2, n_titles, 2))
        return no_memory(error);
    results->bare = plan->chosen && n == 2 && job->n_ops == 1;
    results->titles[0] = "column_a";
    results->titles[1] = "column_b";
    for (size_t i = 0; i < job->n_ops; i++)
        results->titles[i + 2] = job->ops[i]->name;
    fields = results->fields;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, fields += n_titles) {
            fields[0] = name_of(results, plan, i);
            fields[1] = name_of(results, plan, j);
            if (fill_pair(fields + 2, plan, run, ranked, crunch_pair_set(i, j, n), precision))
                return no_memory(error);
        }
    return CRUNCH_OK;
}

/* ---- regression ---- */

static bool set_count(struct crunch_field *field, uint64_t n)
{
    char text[24];
    field->len = (size_t)snprintf(text, sizeof text, "%" PRIu64, n);
    field->kind = CRUNCH_FIELD_NUMBER;
    field->text = strdup(text);
    return field->text != NULL;
}

/* One row: y, x, slope, intercept, their errors, and the figures of the fit. */
static bool fill_line(struct crunch_results *results, const struct crunch_plan *plan,
                      const struct crunch_fit *fit, unsigned precision)
{
    static const char *const titles[] = {
        "x", "y", "slope", "intercept", "slope_se", "intercept_se", "r2", "residual_sd", "rows"};
    const struct crunch_value none = {.kind = CRUNCH_VALUE_EMPTY};
    bool intercept = fit->p == 2;
    const struct crunch_value *const values[] = {&fit->estimate[fit->p - 1],
                                                 intercept ? &fit->estimate[0] : &none,
                                                 &fit->std_error[fit->p - 1],
                                                 intercept ? &fit->std_error[0] : &none,
                                                 &fit->r2,
                                                 &fit->residual_sd};
    if (!shape(results, plan, 1, 9, 2))
        return false;
    memcpy(results->titles, titles, sizeof titles);
    results->fields[0] = name_of(results, plan, 0);
    results->fields[1] = name_of(results, plan, 1);
    for (size_t i = 0; i < 6; i++)
        if (!crunch_field_of_value(&results->fields[i + 2], values[i], precision))
            return false;
    return set_count(&results->fields[8], fit->rows);
}

/* The row of a figure of the whole fit: its name, its value, and no error. */
static bool fill_figure(struct crunch_field *row, const char *name,
                        const struct crunch_value *value, unsigned precision)
{
    row[0] = (struct crunch_field){CRUNCH_FIELD_TEXT, name, strlen(name)};
    return crunch_field_of_value(&row[1], value, precision);
}

static bool fill_terms(struct crunch_results *results, const struct crunch_plan *plan,
                       const struct crunch_fit *fit, unsigned precision)
{
    size_t intercept = fit->p == plan->n_columns;
    if (!shape(results, plan, fit->p + 3, 3, 1))
        return false;
    results->titles[0] = "term";
    results->titles[1] = "estimate";
    results->titles[2] = "std_error";
    struct crunch_field *row = results->fields;
    for (size_t i = 0; i < fit->p; i++, row += 3) {
        row[0] = i < intercept ? (struct crunch_field){CRUNCH_FIELD_TEXT, "(intercept)", 11}
                               : name_of(results, plan, i - intercept);
        if (!crunch_field_of_value(&row[1], &fit->estimate[i], precision) ||
            !crunch_field_of_value(&row[2], &fit->std_error[i], precision))
            return false;
    }
    if (!fill_figure(row, "(r2)", &fit->r2, precision) ||
        !fill_figure(row + 3, "(residual_sd)", &fit->residual_sd, precision))
        return false;
    row[6] = (struct crunch_field){CRUNCH_FIELD_TEXT, "(rows)", 6};
    return set_count(&row[7], fit->rows);
}

static enum crunch_code fail_dependent(const struct crunch_plan *plan, const struct crunch_fit *fit,
                                       struct crunch_error *error)
{
    char index_text[24], shown[80];
    struct crunch_field name =
        crunch_column_name(plan->view, plan->column[fit->dependent], index_text);
    crunch_quote_text(shown, sizeof shown, name.text, name.len);
    if (fit->dependent == 0)
        crunch_fail(error, CRUNCH_BAD_DATA, "column \"%s\" is %s in the rows that have all columns",
                    shown, plan->job->op_options.no_intercept ? "zero" : "constant");
    else
        crunch_fail(error, CRUNCH_BAD_DATA,
                    "column \"%s\" is a linear combination of the columns before it%s", shown,
                    plan->job->op_options.no_intercept ? "" : ", or constant");
    crunch_hint(error, "the coefficients are not determined; leave that column out");
    error->file = strcmp(plan->job->path, "-") == 0 ? "<stdin>" : plan->job->path;
    return CRUNCH_BAD_DATA;
}

static enum crunch_code make_model(struct crunch_results *results, const struct crunch_plan *plan,
                                   const struct crunch_run_result *run, unsigned precision,
                                   struct crunch_error *error)
{
    struct crunch_joint joint;
    struct crunch_fit fit = {.p = 0};
    enum crunch_code code = crunch_bundle_extract_joint(&plan->layout, run->bundle, 0, &joint);
    if (!code) {
        code = crunch_fit_make(&fit, &joint, !plan->job->op_options.no_intercept);
        if (code == CRUNCH_BAD_DATA)
            fail_dependent(plan, &fit, error);
        else if (!code &&
                 !(plan->n_columns == 2 ? fill_line : fill_terms)(results, plan, &fit, precision))
            code = CRUNCH_NO_MEMORY;
        crunch_fit_clear(&fit);
    }
    crunch_joint_clear(&joint);
    return code == CRUNCH_NO_MEMORY ? no_memory(error) : code;
}

enum crunch_code crunch_results_make_pairs(struct crunch_results *results,
                                           const struct crunch_plan *plan,
                                           const struct crunch_run_result *run, unsigned precision,
                                           struct crunch_error *error)
{
    *results = (struct crunch_results){0};
    if (crunch_joint_needs(plan->job) & CRUNCH_NEEDS_MODEL)
        return make_model(results, plan, run, precision, error);
    struct crunch_joint *ranked = NULL;
    enum crunch_code code = CRUNCH_OK;
    if (plan->job->op_options.method == CRUNCH_CORR_SPEARMAN)
        code = crunch_spearman_make(plan, &run->logs, &ranked, error);
    if (!code)
        code = make_pairs(results, plan, run, ranked, precision, error);
    if (!code && crunch_matrix_fits(plan->job) &&
        (plan->n_columns > 2 || plan->job->op_options.matrix)) {
        results->folded = true;
        code = crunch_matrix_make(results, plan, run, ranked, precision, true, error);
    }
    crunch_spearman_free(plan, ranked);
    return code;
}
