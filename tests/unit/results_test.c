/* From states to fields: which count is meant, what a row is called, when a value stands bare. */
#include "cmd/results.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct crunch_column columns[2] = {
    {.name = "price", .name_len = 5, .kind = CRUNCH_KIND_NUMBER},
    {.name = "", .kind = CRUNCH_KIND_NUMBER}};
static struct crunch_table table = {.width = 2, .columns = columns, .has_header = true};
static const struct crunch_op *ops[8];
static struct crunch_job job = {.ops = ops};
static size_t chosen[2] = {1, 0}, slots[2] = {1, 0}; /* asked for in the order 2, 1 */
static unsigned needs[2];
static struct crunch_plan plan = {
    .job = &job, .table = &table, .view = &table, .needs = needs, .column = chosen, .slot = slots};
static struct crunch_run_result run = {.records = 10, .bad = 3};
static struct crunch_results results;

/* Column 1 holds 1.5, 2.5 and a missing cell; column 2 only missing cells. */
static void make(const char *names, const char *spec, size_t n_columns, bool per_column,
                 unsigned precision)
{
    char copy[100];
    job.n_ops = 0;
    job.columns = spec;
    plan.chosen = spec != NULL;
    needs[0] = needs[1] = 0;
    strcpy(copy, names);
    for (char *name = strtok(copy, ","); name; name = strtok(NULL, ",")) {
        ops[job.n_ops] = crunch_op_find(name, strlen(name));
        needs[0] |= ops[job.n_ops]->needs;
        needs[1] = needs[0];
        job.n_ops++;
    }
    plan.n_columns = n_columns;
    plan.records_only = n_columns == 0;
    size_t scanned = n_columns == 0 ? 0 : 2;
    cr_assert_eq(crunch_layout_init(&plan.layout, CRUNCH_ARITH_DECIMAL, scanned, needs), CRUNCH_OK);
    run.bundle = aligned_alloc(4096, plan.layout.size + 4096);
    memset(run.bundle, 0, plan.layout.size + 4096);
    static int64_t mantissas[2][CRUNCH_BATCH_ROWS] = {{15, 25, 0}};
    static uint8_t classes[2][CRUNCH_BATCH_ROWS];
    memset(classes[1], CRUNCH_CELL_MISSING, 3);
    classes[0][2] = CRUNCH_CELL_MISSING;
    struct crunch_cells cells[2] = {
        {.mantissa = mantissas[0], .class = classes[0], .one_scale = true, .common_scale = 1},
        {.mantissa = mantissas[1], .class = classes[1], .one_scale = true}};
    struct crunch_batch batch = {.rows = 3, .n_columns = scanned, .columns = cells};
    if (scanned)
        crunch_bundle_feed(&plan.layout, run.bundle, &batch);
    cr_assert_eq(crunch_results_make(&results, &plan, &run, precision, per_column, NULL),
                 CRUNCH_OK);
}

static void expect(size_t row, const char *wanted)
{
    char line[300] = "";
    for (size_t i = 0; i < results.grid.n_columns; i++) {
        const struct crunch_field *field = &results.fields[row * results.grid.n_columns + i];
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%.*s", i > 0 ? "|" : "",
                 (int)field->len, field->text);
    }
    cr_assert_str_eq(line, wanted);
}

static void drop(void)
{
    crunch_results_free(&results);
    crunch_layout_free(&plan.layout);
    free(run.bundle);
}

Test(results, rows_in_the_order_asked_for)
{
    make("count,missing,sum,mean,max", "2,1", 2, false, 0);
    cr_assert_eq(results.grid.n_rows, 2);
    expect(0, "2|0|3|0||"); /* no name in the header: its index */
    expect(1, "price|2|1|4|2|2.5");
    cr_assert_eq(results.fields[4].kind, CRUNCH_FIELD_EMPTY);
    cr_assert_not(results.bare);
    drop();
}

Test(results, which_count)
{
    make("sum,count", NULL, 2, false, 0);
    expect(1, "price|4|10"); /* records */
    drop();
    table.dialect.on_error = CRUNCH_ON_ERROR_SKIP;
    make("sum,count", NULL, 2, false, 0);
    expect(1, "price|4|7"); /* records that were kept */
    drop();
    make("count", NULL, 0, false, 0);
    expect(0, "*|7");
    cr_assert_not(results.bare);
    drop();
    table.dialect.on_error = CRUNCH_ON_ERROR_NULL;
    make("sum,count", NULL, 2, true, 0);
    expect(1, "price|4|2"); /* stats: values of the column */
    drop();
}

Test(results, bare)
{
    slots[0] = 0, chosen[0] = 0;
    make("sum", "price", 1, false, 0);
    cr_assert(results.bare);
    expect(0, "price|4");
    drop();
    make("sum", NULL, 1, false, 0); /* one numeric column of two */
    cr_assert_not(results.bare);
    drop();
    table.width = 1;
    make("sum", NULL, 1, false, 0);
    cr_assert(results.bare);
    drop();
    make("count", NULL, 0, false, 0);
    cr_assert(results.bare);
    drop();
    make("sum,mean", NULL, 1, false, 0);
    cr_assert_not(results.bare);
    drop();
}

Test(results, precision)
{
    make("max", "price", 2, false, 1);
    expect(1, "price|2"); /* half-even */
    drop();
}
