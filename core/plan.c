/*
 * From a job and a table to a plan: which columns are scanned, in file order, and what is
 * accumulated of each. The plan owns its arrays and points to the job and the table, which outlive
 * it; it is constant once made.
 *
 * Invariant: scan.index is strictly ascending, slot[i] is the position of column[i] in it, and
 * scan, layout and needs have the same n. What a column name means is io/table.h's; how results are
 * laid out is cmd's.
 */
#include "core/job.h"

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

/* Fills what depends on the columns asked for: the same ones in file order, and the way back. */
static void place_columns(struct crunch_plan *plan, size_t *index)
{
    size_t n = plan->n_columns;
    memcpy(index, plan->column, n * sizeof *index);
    qsort(index, n, sizeof *index, ascending);
    for (size_t i = 0; i < n; i++) {
        const size_t *found = bsearch(&plan->column[i], index, n, sizeof *index, ascending);
        plan->slot[i] = (size_t)(found - index);
    }
}

static unsigned needs_of(const struct crunch_job *job, enum crunch_need *need)
{
    unsigned needs = CRUNCH_BIT(CRUNCH_TALLY); /* counts are always reported */
    *need = CRUNCH_NEED_PRESENCE;
    for (size_t i = 0; i < job->n_ops; i++) {
        needs |= job->ops[i]->needs;
        if (job->ops[i]->domain == CRUNCH_DOMAIN_NUMBER)
            *need |= CRUNCH_NEED_NUMBER;
    }
    return needs;
}

enum crunch_code crunch_plan_init(struct crunch_plan *plan, const struct crunch_job *job,
                                  const struct crunch_table *table, struct crunch_error *error)
{
    memset(plan, 0, sizeof *plan);
    plan->job = job;
    plan->table = table;
    plan->scan.table = table;
    plan->records_only = wants_records_only(job);
    enum crunch_code code = CRUNCH_OK;
    if (!plan->records_only) {
        code = crunch_table_select(table, job->columns, &plan->column, &plan->n_columns, error);
        if (code != CRUNCH_OK)
            goto failed;
        if (plan->n_columns == 0) {
            code = fail_no_number(table, error);
            goto failed;
        }
    }
    size_t n = plan->n_columns;
    size_t *index = calloc(n + 1, sizeof *index);
    enum crunch_need *need = calloc(n + 1, sizeof *need);
    plan->scan.index = index;
    plan->scan.need = need;
    plan->slot = calloc(n + 1, sizeof *plan->slot);
    plan->needs = calloc(n + 1, sizeof *plan->needs);
    if (index == NULL || need == NULL || plan->slot == NULL || plan->needs == NULL) {
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        goto failed;
    }
    if (n > 0)
        place_columns(plan, index);
    for (size_t i = 0; i < n; i++)
        plan->needs[i] = needs_of(job, &need[i]);
    plan->scan.n_columns = n;
    code = crunch_layout_init(&plan->layout, table->dialect.arith, n, plan->needs);
    if (code != CRUNCH_OK) {
        crunch_fail(error, code, "out of memory");
        goto failed;
    }
    return CRUNCH_OK;

failed:
    crunch_plan_free(plan);
    return code;
}

void crunch_plan_free(struct crunch_plan *plan)
{
    crunch_layout_free(&plan->layout);
    free(plan->needs);
    free(plan->slot);
    free(plan->column);
    free((void *)(uintptr_t)plan->scan.index); /* ours, const only for readers */
    free((void *)(uintptr_t)plan->scan.need);
    memset(plan, 0, sizeof *plan);
}
