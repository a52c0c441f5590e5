/*
 * From a job and a table to a plan: which columns are scanned, in file order, and what is
 * accumulated of each. The plan owns its arrays and points to the job and the table, which outlive
 * it; it is constant once made.
 *
 * Invariant: scan.index is strictly ascending, slot[i] is the position of column[i] in it
 * (by_slot[i] of by_column[i]), and scan, layout and needs have the same n. What a column name
 * means is io/table.h's; how results are laid out is cmd's.
 */
#include "core/counted.h"
#include "core/group.h"
#include "core/histogram.h"
#include "core/job.h"
#include "core/plan_sets.h"

#include <stdlib.h>
#include <string.h>

/* Count without -c, and nothing else: records are counted and no cell is looked at. */
static bool wants_records_only(const struct crunch_job *job)
{
    return job->columns == NULL && job->n_ops == 1 && strcmp(job->ops[0]->name, "count") == 0;
}

static enum crunch_code fail_no_number(const struct crunch_table *table, struct crunch_error *error)
{
    if (table->width == 0)
        crunch_fail(error, CRUNCH_USAGE, "the input is empty: it has no columns");
    else
        crunch_fail(error, CRUNCH_USAGE, "no column with numbers in the first %d records",
                    CRUNCH_PROBE_RECORDS);
    crunch_hint(error, "choose columns with -c; `crunch columns` shows what was found");
    return CRUNCH_USAGE;
}

static int ascending(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static bool has(const size_t *columns, size_t n, size_t column)
{
    for (size_t i = 0; i < n; i++)
        if (columns[i] == column)
            return true;
    return false;
}

/* Without -c the columns are the numeric ones that are no keys. */
static void leave_out_keys(struct crunch_plan *plan)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->n_columns; i++)
        if (!has(plan->by_column, plan->n_by, plan->column[i]))
            plan->column[kept++] = plan->column[i];
    plan->n_columns = kept;
}

/* Ops on texts, and no others: without -c they are asked of every column. */
static bool wants_every_column(const struct crunch_job *job)
{
    for (size_t i = 0; i < job->n_ops; i++)
        if (job->ops[i]->domain != CRUNCH_DOMAIN_TEXT || job->op_options.numeric)
            return false;
    return job->columns == NULL;
}

static enum crunch_code take_every_column(struct crunch_plan *plan, struct crunch_error *error)
{
    plan->column = calloc(plan->table->width + 1, sizeof *plan->column);
    if (plan->column == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < plan->table->width; i++)
        plan->column[plan->n_columns++] = i;
    return CRUNCH_OK;
}

static enum crunch_code choose_columns(struct crunch_plan *plan, struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    enum crunch_code code = CRUNCH_OK;
    if (job->by)
        code = crunch_table_select(plan->table, job->by, &plan->by_column, &plan->n_by, error);
    plan->records_only = wants_records_only(job);
    if (code || plan->records_only)
        return code;
    if (wants_every_column(job))
        code = take_every_column(plan, error);
    else
        code =
            crunch_table_select(plan->table, job->columns, &plan->column, &plan->n_columns, error);
    if (!code && !job->columns)
        leave_out_keys(plan);
    if (!code && plan->n_columns == 0)
        code = fail_no_number(plan->table, error);
    if (!code)
        code = crunch_check_joint_needs(job, plan->n_columns, error);
    return code;
}

/* Where the columns lie among those that are scanned. */
static void find_slots(const struct crunch_plan *plan, const size_t *column, size_t n, size_t *slot)
{
    for (size_t i = 0; i < n; i++) {
        const size_t *found =
            bsearch(&column[i], plan->scan.index, plan->scan.n_columns, sizeof *found, ascending);
        slot[i] = (size_t)(found - plan->scan.index);
    }
}

/* Fills what is scanned: the columns asked for and the keys, in file order, each once. */
static void place_columns(struct crunch_plan *plan, size_t *index)
{
    size_t n = plan->n_columns;
    if (n > 0)
        memcpy(index, plan->column, n * sizeof *index);
    for (size_t i = 0; i < plan->n_by; i++)
        if (!has(plan->column, plan->n_columns, plan->by_column[i]))
            index[n++] = plan->by_column[i];
    qsort(index, n, sizeof *index, ascending);
    plan->scan.n_columns = n;
    find_slots(plan, plan->column, plan->n_columns, plan->slot);
    find_slots(plan, plan->by_column, plan->n_by, plan->by_slot);
}

enum crunch_code crunch_plan_collect(struct crunch_plan *plan, const struct crunch_collecting *use,
                                     struct crunch_error *error)
{
    struct crunch_collecting *grown =
        realloc(plan->collecting, (plan->n_collecting + 1) * sizeof *grown);
    if (grown == NULL) {
        if (use->free_config)
            use->free_config(use->config);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    plan->collecting = grown;
    grown[plan->n_collecting++] = *use;
    return CRUNCH_OK;
}

static unsigned needs_of(const struct crunch_job *job, enum crunch_need *need)
{
    unsigned needs = CRUNCH_BIT(CRUNCH_TALLY); /* counts are always reported */
    for (size_t i = 0; i < job->n_ops; i++) {
        enum crunch_domain domain = job->ops[i]->domain;
        needs |= job->ops[i]->needs & (CRUNCH_BIT(CRUNCH_N_REDUCERS) - 1);
        if (domain == CRUNCH_DOMAIN_NUMBER ||
            (domain == CRUNCH_DOMAIN_TEXT && job->op_options.numeric))
            *need |= CRUNCH_NEED_NUMBER;
    }
    return needs;
}

/* What is parsed and accumulated of each. */
static void place_needs(struct crunch_plan *plan, enum crunch_need *need)
{
    for (size_t i = 0; i < plan->n_columns; i++) {
        unsigned needs = needs_of(plan->job, &need[plan->slot[i]]);
        if (plan->n_by == 0)
            plan->needs[plan->slot[i]] = needs;
        else
            plan->by_needs = needs;
    }
    for (size_t i = 0; i < plan->n_by; i++)
        need[plan->by_slot[i]] |= CRUNCH_NEED_TEXT;
    plan->scan.records = plan->n_by > 0 && plan->job->order == CRUNCH_ORDER_FIRST;
}

enum crunch_code crunch_plan_init(struct crunch_plan *plan, const struct crunch_job *job,
                                  const struct crunch_table *table, struct crunch_error *error)
{
    memset(plan, 0, sizeof *plan);
    plan->job = job;
    plan->table = table;
    plan->scan.table = table;
    enum crunch_code code = choose_columns(plan, error);
    if (code != CRUNCH_OK)
        goto failed;
    size_t n = plan->n_columns + plan->n_by;
    size_t *index = calloc(n + 1, sizeof *index);
    enum crunch_need *need = calloc(n + 1, sizeof *need); /* zeros: PRESENCE */
    plan->scan.index = index;
    plan->scan.need = need;
    plan->slot = calloc(n + 1, sizeof *plan->slot);
    plan->by_slot = calloc(n + 1, sizeof *plan->by_slot);
    plan->needs = calloc(n + 1, sizeof *plan->needs);
    if (index == NULL || need == NULL || plan->slot == NULL || plan->by_slot == NULL ||
        plan->needs == NULL) {
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        goto failed;
    }
    place_columns(plan, index);
    place_needs(plan, need);
    code = crunch_counts_plan(plan, need, error);
    if (code == CRUNCH_OK)
        code = crunch_histogram_plan(plan, need, error);
    if (code != CRUNCH_OK)
        goto failed;
    code =
        crunch_layout_init(&plan->layout, table->dialect.arith, plan->scan.n_columns, plan->needs);
    if (code == CRUNCH_OK && plan->n_by == 0)
        code = crunch_layout_add_joints(&plan->layout, job, plan->slot, plan->n_columns, 0);
    if (code != CRUNCH_OK) {
        crunch_fail(error, code, "out of memory");
        goto failed;
    }
    if (plan->n_by > 0)
        code = crunch_group_plan(plan, error);
    if (code == CRUNCH_OK)
        return CRUNCH_OK;

failed:
    crunch_plan_free(plan);
    return code;
}

void crunch_plan_free(struct crunch_plan *plan)
{
    for (size_t i = 0; i < plan->n_collecting; i++)
        if (plan->collecting[i].free_config)
            plan->collecting[i].free_config(plan->collecting[i].config);
    free(plan->collecting);
    crunch_layout_free(&plan->layout);
    free(plan->needs);
    free(plan->slot);
    free(plan->column);
    free(plan->by_slot);
    free(plan->by_column);
    free((void *)(uintptr_t)plan->scan.index); /* ours, const only for readers */
    free((void *)(uintptr_t)plan->scan.need);
    memset(plan, 0, sizeof *plan);
}
