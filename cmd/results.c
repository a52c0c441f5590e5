/*
 * Owns how exact states become the fields that are printed. Nothing is rounded here: values go from
 * the finishers to their text in core/value.c.
 */
#include "cmd/results.h"
#include "cmd/results_bins.h"
#include "cmd/results_pairs.h"
#include "cmd/results_values.h"
#include "core/joint.h"
#include "core/joint_set.h"
#include "core/passes.h"
#include "core/plan_sets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct crunch_field crunch_column_name(const struct crunch_table *table, size_t column,
                                       char index_text[24])
{
    const struct crunch_column *found = &table->columns[column];
    if (found->name_len > 0)
        return (struct crunch_field){CRUNCH_FIELD_TEXT, found->name, found->name_len};
    snprintf(index_text, 24, "%zu", column + 1);
    return (struct crunch_field){CRUNCH_FIELD_TEXT, index_text, strlen(index_text)};
}

/* Records that policy has kept, and that pass --where. Under skip, only the first piece of bad data
 * of a record is met (io/scan.h), so each piece is one record left out. */
static uint64_t kept_records(const struct crunch_plan *plan, const struct crunch_run_result *run)
{
    bool skip = plan->table->dialect.on_error == CRUNCH_ON_ERROR_SKIP;
    if (plan->exprs && plan->passed_slot != SIZE_MAX)
        return crunch_plan_passed(plan, run->bundle);
    return skip ? run->records - run->bad : run->records;
}

bool crunch_field_of_value(struct crunch_field *field, const struct crunch_value *value,
                           unsigned precision)
{
    char *text = crunch_value_text(value, precision);
    if (!text)
        return false;
    field->text = text;
    field->len = strlen(text);
    field->kind = value->kind == CRUNCH_VALUE_EMPTY  ? CRUNCH_FIELD_EMPTY
                  : value->kind == CRUNCH_VALUE_TEXT ? CRUNCH_FIELD_TEXT
                  : value->kind == CRUNCH_VALUE_NAN || value->kind == CRUNCH_VALUE_PLUS_INF ||
                          value->kind == CRUNCH_VALUE_MINUS_INF
                      ? CRUNCH_FIELD_SPECIAL
                      : CRUNCH_FIELD_NUMBER;
    return true;
}

static bool fill_row(struct crunch_results *results, size_t row, const struct crunch_plan *plan,
                     const struct crunch_run_result *run, unsigned precision, bool per_column)
{
    const struct crunch_job *job = plan->job;
    struct crunch_field *fields = results->fields + row * (job->n_ops + 1);
    struct crunch_exact exact;
    size_t slot = plan->records_only ? 0 : plan->slot[row];
    unsigned needs = plan->records_only ? 0 : plan->needs[slot];
    bool good = true;
    struct crunch_joint joint = {.k = 0}; /* with the weight: set `row` */
    crunch_exact_init(&exact,
                      plan->records_only ? plan->table->dialect.arith
                                         : crunch_layout_arith(&plan->layout, slot),
                      needs);
    if (!plan->records_only)
        crunch_run_extract(plan, run, slot, &exact);
    if (crunch_joint_needs(job) & CRUNCH_NEEDS_WEIGHT) {
        good = crunch_bundle_extract_joint(&plan->layout, run->bundle, row, &joint) == CRUNCH_OK;
        exact.joint = &joint;
    }
    for (size_t i = 0; i < job->n_ops && good; i++) {
        struct crunch_value value;
        crunch_value_init(&value);
        if (strcmp(job->ops[i]->name, "count") == 0 && !plan->chosen && !per_column) {
            value.kind = CRUNCH_VALUE_COUNT;
            mpz_set_ui(mpq_numref(value.number), kept_records(plan, run));
        } else if (plan->records_only || crunch_plan_applies(plan, row, job->ops[i]))
            crunch_op_finish(job->ops[i], &exact, &job->op_options, &value);
        good = crunch_field_of_value(&fields[i + 1], &value, precision);
        crunch_value_clear(&value);
    }
    crunch_joint_clear(&joint);
    crunch_exact_clear(&exact);
    return good;
}

static void name_row(struct crunch_results *results, size_t row, const struct crunch_plan *plan)
{
    struct crunch_field *field = &results->fields[row * (plan->job->n_ops + 1)];
    if (plan->records_only)
        *field = (struct crunch_field){CRUNCH_FIELD_TEXT, "*", 1};
    else
        *field = crunch_column_name(plan->view, plan->column[row], results->names[row]);
}

enum crunch_code crunch_results_make(struct crunch_results *results, const struct crunch_plan *plan,
                                     const struct crunch_run_result *run, unsigned precision,
                                     bool per_column, struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    size_t n_rows = plan->records_only ? 1 : plan->n_columns, n_titles = job->n_ops + 1;
    if (job->ops[0]->needs & CRUNCH_NEEDS_BINS)
        return crunch_bins_make(results, plan, run, precision, error);
    if (job->ops[0]->needs & (CRUNCH_NEEDS_LIST | CRUNCH_NEEDS_TOP))
        return crunch_values_make(results, plan, run, precision, error);
    if (crunch_joint_needs(job) & (CRUNCH_NEEDS_PAIR | CRUNCH_NEEDS_MODEL))
        return crunch_results_make_pairs(results, plan, run, precision, error);
    *results = (struct crunch_results){.first_owned = 1};
    results->titles = calloc(n_titles, sizeof *results->titles);
    results->fields = calloc(n_rows * n_titles, sizeof *results->fields);
    results->names = calloc(n_rows, sizeof *results->names);
    results->grid = (struct crunch_grid){n_titles, n_rows, results->titles, results->fields};
    results->bare = job->n_ops == 1 && (plan->chosen ? plan->n_columns : plan->table->width) == 1;
    bool good = results->titles && results->fields && results->names;
    if (good) {
        results->titles[0] = "column";
        for (size_t i = 0; i < job->n_ops; i++)
            results->titles[i + 1] = job->ops[i]->name;
    }
    for (size_t row = 0; row < n_rows && good; row++) {
        name_row(results, row, plan);
        good = fill_row(results, row, plan, run, precision, per_column);
    }
    return good ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}

void crunch_results_free(struct crunch_results *results)
{
    for (size_t row = 0; row < results->grid.n_rows && results->fields; row++)
        for (size_t i = results->first_owned; i < results->grid.n_columns; i++)
            free((void *)(uintptr_t)results->fields[row * results->grid.n_columns + i].text);
    for (size_t row = 0; row < results->table.n_rows && results->table_fields; row++)
        for (size_t i = results->table_first_owned; i < results->table.n_columns; i++)
            free((void *)(uintptr_t)results->table_fields[row * results->table.n_columns + i].text);
    free(results->table_titles);
    free(results->table_fields);
    free(results->titles);
    free(results->fields);
    free(results->names);
}
