/*
 * From a job and a table to a plan: which columns are scanned, in file order, and what is
 * accumulated of each. The plan owns its arrays and points to the job and the table, which outlive
 * it; it is constant once made.
 *
 * Invariant: scan.index is strictly ascending; slot[i] is the position of column[i] in it, or, for
 * a map, behind it (by_slot[i] of by_column[i]); layout and needs have n_slots entries. What a
 * column name means is io/table.h's, what an expression means core/expr.h's; how results are laid
 * out is cmd's.
 */
#include "core/counted.h"
#include "core/group.h"
#include "core/histogram.h"
#include "core/job.h"
#include "core/places.h"
#include "core/plan_sets.h"
#include "core/spearman.h"

#include <stdlib.h>
#include <string.h>

/* Without columns asked for, records are counted and no cell is looked at. */
static bool counts_only(const struct crunch_job *job)
{
    return job->n_ops == 1 && strcmp(job->ops[0]->name, "count") == 0;
}

static enum crunch_code fail_no_number(const struct crunch_table *table, struct crunch_error *error)
{
    if (table->width == 0)
        return crunch_fail(error, CRUNCH_USAGE, "the input is empty: it has no columns");
    crunch_fail(error, CRUNCH_USAGE, "no column with numbers in the first %d records",
                CRUNCH_PROBE_RECORDS);
    if (table->width == 1)
        crunch_hint(error,
                    "one column was found; if there are more, -d names their delimiter: -d ';', "
                    "-d tab, -d blanks");
    else
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

/* Without -c the columns are those with numbers; all of them where no op asks for numbers (or where
 * a column's kind says what is asked of it). */
static bool wants_every_column(const struct crunch_job *job)
{
    if (job->every_kind && job->columns == NULL)
        return true;
    for (size_t i = 0; i < job->n_ops; i++)
        if (job->ops[i]->domain == CRUNCH_DOMAIN_NUMBER ||
            (job->ops[i]->domain == CRUNCH_DOMAIN_TEXT && job->op_options.numeric))
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

/* ---- expressions ---- */

/* The table with the maps as further columns, and room for that of --by-file. Names and kinds are
 * pointed to, not copied. */
static enum crunch_code extend_table(struct crunch_plan *plan, struct crunch_error *error)
{
    const struct crunch_exprs *exprs = plan->exprs;
    const size_t width = plan->table->width, n = width + exprs->n_maps;
    struct crunch_table *view = malloc(sizeof *view);
    struct crunch_column *columns = calloc(n + 1, sizeof *columns);
    if (view == NULL || columns == NULL) {
        free(view);
        free(columns);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    *view = *plan->table;
    if (width > 0)
        memcpy(columns, plan->table->columns, width * sizeof *columns);
    for (size_t i = 0; i < exprs->n_maps; i++) {
        const struct crunch_expr_map *map = &exprs->map[i];
        columns[width + i] = (struct crunch_column){
            .name = map->name,
            .name_len = map->name_len,
            .kind = map->value->kind == CRUNCH_EXPR_TEXT ? CRUNCH_KIND_TEXT : CRUNCH_KIND_NUMBER};
    }
    view->columns = columns;
    view->width = n;
    view->has_header = true; /* maps have names; columns without header have empty ones */
    plan->view = view;
    return CRUNCH_OK;
}

static void free_exprs(struct crunch_plan *plan)
{
    if (plan->view != NULL && plan->view != plan->table) {
        free(plan->view->columns);
        free((void *)(uintptr_t)plan->view);
    }
    crunch_exprs_free(plan->exprs);
    plan->view = NULL;
    plan->exprs = NULL;
}

/* With the powers of a column of the view up to degree behind the maps asked for. */
static enum crunch_code parse_exprs(struct crunch_plan *plan, size_t power_of, unsigned degree,
                                    struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    const struct crunch_expr_request request = {.where = job->where,
                                                .n_where = job->n_where,
                                                .map = job->maps,
                                                .n_map = job->n_maps,
                                                .names_are_text = job->writes_rows,
                                                .degree = degree,
                                                .power_of = power_of};
    plan->view = plan->table;
    if (job->n_where == 0 && job->n_maps == 0 && degree <= 1 && !job->by_file)
        return CRUNCH_OK;
    enum crunch_code code = crunch_exprs_parse(&request, plan->table, &plan->exprs, error);
    if (!code && (plan->exprs->n_maps > 0 || job->by_file))
        code = extend_table(plan, error);
    return code;
}

/* The first key is the file. Its column has a name in the view, and comes only when the others have
 * been chosen: -g file means one of the table's. */
static enum crunch_code add_file_key(struct crunch_plan *plan, struct crunch_error *error)
{
    struct crunch_table *view = (struct crunch_table *)(uintptr_t)plan->view; /* the plan's own */
    size_t *columns = calloc(plan->n_by + 1, sizeof *columns);
    if (columns == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    columns[0] = view->width;
    for (size_t i = 0; i < plan->n_by; i++)
        columns[i + 1] = plan->by_column[i];
    free(plan->by_column);
    plan->by_column = columns;
    plan->n_by++;
    view->columns[view->width++] = (struct crunch_column){
        .name = (char *)(uintptr_t) "file", .name_len = 4, .kind = CRUNCH_KIND_TEXT};
    return CRUNCH_OK;
}

/* What an expression uses is scanned, too; late where it is looked at only if the row passes. */
static void place_uses(struct crunch_plan *plan, enum crunch_need *need, bool *late)
{
    const struct crunch_exprs *exprs = plan->exprs;
    const bool where = exprs && exprs->where;
    for (size_t i = 0; i < plan->scan.n_columns; i++) {
        const size_t column = plan->scan.index[i];
        const bool key = has(plan->by_column, plan->n_by, column);
        late[i] = where && !key;
        for (size_t k = 0; exprs && k < exprs->n_uses; k++) {
            const struct crunch_expr_use *use = &exprs->use[k];
            if (use->column != column)
                continue;
            need[i] |= use->number ? CRUNCH_NEED_NUMBER : CRUNCH_NEED_PRESENCE;
            need[i] |= use->text ? CRUNCH_NEED_TEXT : CRUNCH_NEED_PRESENCE;
            late[i] = late[i] && !use->where;
            plan->only_where[i] = !use->map && !key && column != plan->weight_column &&
                                  !has(plan->column, plan->n_columns, column);
        }
    }
    if (!where) {
        free(late);
        plan->scan.late = NULL;
    }
}

static enum crunch_arith arith_of(const struct crunch_plan *plan, size_t slot)
{
    const size_t n = plan->scan.n_columns;
    if (slot < n || slot == plan->passed_slot || slot == plan->file_slot)
        return plan->table->dialect.arith;
    const enum crunch_expr_kind kind = plan->exprs->map[slot - n].value->kind;
    return kind == CRUNCH_EXPR_DOUBLE    ? CRUNCH_ARITH_BINARY
           : kind == CRUNCH_EXPR_DECIMAL ? CRUNCH_ARITH_DECIMAL
                                         : plan->table->dialect.arith;
}

static enum crunch_code fail_text(const struct crunch_plan *plan, size_t column,
                                  const struct crunch_op *op, struct crunch_error *error)
{
    char name[100];
    crunch_quote_text(name, sizeof name, plan->view->columns[column].name,
                      plan->view->columns[column].name_len);
    crunch_fail(error, CRUNCH_USAGE, "%s is of numbers, and %s is a text", op->name, name);
    return CRUNCH_USAGE;
}

/* Ops of numbers want no maps of texts. */
static enum crunch_code check_kinds(const struct crunch_plan *plan, struct crunch_error *error)
{
    for (size_t i = 0; i < plan->n_columns; i++) {
        if (plan->column[i] < plan->table->width ||
            plan->view->columns[plan->column[i]].kind != CRUNCH_KIND_TEXT)
            continue;
        for (size_t k = 0; k < plan->job->n_ops; k++)
            if (plan->job->ops[k]->domain == CRUNCH_DOMAIN_NUMBER)
                return fail_text(plan, plan->column[i], plan->job->ops[k], error);
    }
    return CRUNCH_OK;
}

/* ---- columns ---- */

/* Without -c, and with maps, the columns are the maps. */
static enum crunch_code choose_maps(struct crunch_plan *plan, struct crunch_error *error)
{
    plan->n_columns = plan->exprs->n_maps;
    plan->column = malloc(plan->n_columns * sizeof *plan->column);
    if (plan->column == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < plan->n_columns; i++)
        plan->column[i] = plan->table->width + i;
    leave_out_keys(plan);
    return CRUNCH_OK;
}

/* What is written of each row: columns of the input, then the maps. */
static enum crunch_code choose_fields(struct crunch_plan *plan, struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    const size_t n_maps = plan->exprs ? plan->exprs->n_maps : 0;
    size_t *chosen = NULL, n = job->keep ? plan->table->width : 0;
    enum crunch_code code = CRUNCH_OK;
    plan->chosen = true;
    if (job->columns)
        code = crunch_table_select(plan->table, job->columns, &chosen, &n, error);
    if (code)
        return code;
    plan->column = malloc((n + n_maps + 1) * sizeof *plan->column);
    if (plan->column == NULL)
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; !code && i < n; i++)
        plan->column[plan->n_columns++] = chosen ? chosen[i] : i;
    for (size_t i = 0; !code && i < n_maps; i++)
        plan->column[plan->n_columns++] = plan->table->width + i;
    free(chosen);
    return code;
}

static enum crunch_code choose_weight(struct crunch_plan *plan, struct crunch_error *error)
{
    size_t *column = NULL, n = 0;
    if (plan->job->weight == NULL)
        return CRUNCH_OK;
    enum crunch_code code = crunch_table_select(plan->view, plan->job->weight, &column, &n, error);
    if (!code && n != 1)
        code = crunch_fail(error, CRUNCH_USAGE, "--weight takes one column, \"%s\" is %zu",
                           plan->job->weight, n);
    if (!code)
        plan->weight_column = column[0];
    free(column);
    return code;
}

static enum crunch_code choose_keys(struct crunch_plan *plan, struct crunch_error *error)
{
    if (plan->job->by == NULL)
        return CRUNCH_OK;
    return crunch_table_select(plan->view, plan->job->by, &plan->by_column, &plan->n_by, error);
}

static enum crunch_code choose_columns(struct crunch_plan *plan, struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    if (job->writes_rows)
        return choose_fields(plan, error);
    enum crunch_code code = choose_keys(plan, error);
    plan->records_only = !job->columns && job->n_maps == 0 && counts_only(job);
    plan->chosen = job->columns || job->n_maps > 0;
    if (code || plan->records_only)
        return code;
    if (!job->columns && job->n_maps > 0) {
        code = choose_maps(plan, error);
        if (code || plan->n_columns > 0)
            return code;
        free(plan->column); /* all of them are keys: as without maps */
        plan->column = NULL;
        plan->chosen = false;
        plan->records_only = counts_only(job);
        if (plan->records_only)
            return CRUNCH_OK;
        code = crunch_table_select(plan->table, NULL, &plan->column, &plan->n_columns, error);
    } else if (wants_every_column(job)) {
        code = take_every_column(plan, error);
    } else {
        code =
            crunch_table_select(plan->view, job->columns, &plan->column, &plan->n_columns, error);
    }
    if (!code && !job->columns)
        leave_out_keys(plan);
    if (!code && plan->n_columns == 0)
        code = fail_no_number(plan->table, error);
    if (!code)
        code = crunch_check_joint_needs(job, plan->n_columns, error);
    if (!code)
        code = choose_weight(plan, error);
    return code;
}

/* --degree: the columns x, y become x, x^2, ..., y. */
static enum crunch_code add_powers(struct crunch_plan *plan, struct crunch_error *error)
{
    const size_t degree = plan->job->op_options.degree;
    if (degree <= 1)
        return CRUNCH_OK;
    const size_t x = plan->column[0], y = plan->column[1], first = plan->view->width;
    size_t *column = realloc(plan->column, (degree + 1) * sizeof *column);
    if (column == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    plan->column = column;
    free_exprs(plan);
    enum crunch_code code = parse_exprs(plan, x, (unsigned)degree, error);
    for (size_t i = 1; i < degree; i++)
        column[i] = first + i - 1;
    column[degree] = y;
    plan->n_columns = degree + 1;
    return code;
}

/* Where the columns lie among those that are scanned, or behind them. */
static void find_slots(const struct crunch_plan *plan, const size_t *column, size_t n, size_t *slot)
{
    for (size_t i = 0; i < n; i++) {
        if (column[i] >= plan->table->width) {
            slot[i] = plan->scan.n_columns + column[i] - plan->table->width;
            continue;
        }
        const size_t *found =
            bsearch(&column[i], plan->scan.index, plan->scan.n_columns, sizeof *found, ascending);
        slot[i] = (size_t)(found - plan->scan.index);
    }
}

/* Fills what is scanned: the columns asked for, the keys and what expressions use, in file order,
 * each once. */
static void place_columns(struct crunch_plan *plan, size_t *index)
{
    const struct crunch_exprs *exprs = plan->exprs;
    const size_t width = plan->table->width;
    size_t n = 0;
    for (size_t i = 0; i < plan->n_columns; i++)
        if (plan->column[i] < width)
            index[n++] = plan->column[i];
    for (size_t i = 0; i < plan->n_by; i++)
        if (plan->by_column[i] < width && !has(index, n, plan->by_column[i]))
            index[n++] = plan->by_column[i];
    for (size_t i = 0; exprs && i < exprs->n_uses; i++)
        if (!has(index, n, exprs->use[i].column))
            index[n++] = exprs->use[i].column;
    const size_t weight = plan->weight_column;
    if (weight < width && !has(index, n, weight))
        index[n++] = weight;
    qsort(index, n, sizeof *index, ascending);
    plan->scan.n_columns = n;
    plan->n_slots = n + (exprs ? exprs->n_maps : 0);
    plan->file_slot = plan->job->by_file ? plan->n_slots++ : SIZE_MAX;
    plan->passed_slot = exprs && exprs->where ? plan->n_slots++ : SIZE_MAX;
    find_slots(plan, plan->column, plan->n_columns, plan->slot);
    find_slots(plan, plan->by_column, plan->n_by, plan->by_slot);
    if (weight != SIZE_MAX)
        find_slots(plan, &plan->weight_column, 1, &plan->weight_slot);
}

void crunch_plan_need(struct crunch_plan *plan, size_t slot, enum crunch_need need)
{
    enum crunch_need *all = (enum crunch_need *)(uintptr_t)plan->scan.need; /* the plan's own */
    all[slot] |= need;
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

bool crunch_plan_applies(const struct crunch_plan *plan, size_t column, const struct crunch_op *op)
{
    return !plan->job->every_kind || op->domain != CRUNCH_DOMAIN_NUMBER ||
           plan->view->columns[plan->column[column]].kind == CRUNCH_KIND_NUMBER;
}

static unsigned needs_of(const struct crunch_plan *plan, size_t column, enum crunch_need *need)
{
    const struct crunch_job *job = plan->job;
    unsigned needs = CRUNCH_BIT(CRUNCH_TALLY); /* counts are always reported */
    for (size_t i = 0; i < job->n_ops; i++) {
        enum crunch_domain domain = job->ops[i]->domain;
        if (!crunch_plan_applies(plan, column, job->ops[i]))
            continue;
        if (plan->n_by == 0 || !(job->ops[i]->needs & CRUNCH_NEEDS_JOINT)) /* else by_layout's */
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
        unsigned needs = needs_of(plan, i, &need[plan->slot[i]]);
        if (plan->n_by == 0)
            plan->needs[plan->slot[i]] = needs;
        else
            plan->by_needs[i] = needs;
    }
    if (plan->weight_column != SIZE_MAX) {
        const unsigned needs = needs_of(plan, 0, &need[plan->weight_slot]);
        if (plan->n_by == 0)
            plan->needs[plan->weight_slot] = needs;
    }
    for (size_t i = 0; i < plan->n_by; i++)
        need[plan->by_slot[i]] |= CRUNCH_NEED_TEXT;
    for (size_t i = 0; plan->job->writes_rows && i < plan->n_columns; i++)
        if (plan->column[i] < plan->table->width)
            need[plan->slot[i]] |= CRUNCH_NEED_TEXT;
    if (plan->passed_slot != SIZE_MAX)
        plan->needs[plan->passed_slot] = CRUNCH_BIT(CRUNCH_TALLY);
    plan->scan.records = (plan->n_by > 0 && plan->job->order == CRUNCH_ORDER_FIRST) ||
                         crunch_exprs_may_be_bad(plan->exprs); /* to name the record */
}

static enum crunch_code check_order(const struct crunch_plan *plan, struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    if (job->order != CRUNCH_ORDER_VALUE || job->writes_rows || !crunch_group_is_table(job))
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_USAGE, "--order=value is not for %s: a group has several rows of it",
                job->ops[0]->name);
    crunch_hint(error, "groups can be ordered by key or first; see `crunch help %s`",
                job->ops[0]->name);
    return CRUNCH_USAGE;
}

enum crunch_code crunch_plan_init(struct crunch_plan *plan, const struct crunch_job *job,
                                  const struct crunch_table *table, struct crunch_error *error)
{
    memset(plan, 0, sizeof *plan);
    plan->job = job;
    plan->table = table;
    plan->scan.table = table;
    plan->passed_slot = plan->file_slot = plan->weight_column = SIZE_MAX;
    enum crunch_code code = parse_exprs(plan, 0, 0, error);
    if (!code)
        code = choose_columns(plan, error);
    if (!code)
        code = check_kinds(plan, error);
    if (!code)
        code = add_powers(plan, error);
    if (!code && job->by_file)
        code = add_file_key(plan, error);
    if (code != CRUNCH_OK)
        goto failed;
    const struct crunch_exprs *exprs = plan->exprs;
    size_t n = 1 + plan->n_columns + plan->n_by + (exprs ? exprs->n_uses + exprs->n_maps + 2 : 0);
    size_t *index = calloc(n + 1, sizeof *index);
    enum crunch_need *need = calloc(n + 1, sizeof *need); /* zeros: PRESENCE */
    bool *late = calloc(n + 1, sizeof *late);
    plan->scan.index = index;
    plan->scan.need = need;
    plan->scan.late = late;
    plan->slot = calloc(n + 1, sizeof *plan->slot);
    plan->by_slot = calloc(n + 1, sizeof *plan->by_slot);
    plan->needs = calloc(n + 1, sizeof *plan->needs);
    plan->by_needs = calloc(n + 1, sizeof *plan->by_needs);
    plan->only_where = calloc(n + 1, sizeof *plan->only_where);
    plan->slot_arith = calloc(n + 1, sizeof *plan->slot_arith);
    if (index == NULL || need == NULL || late == NULL || plan->slot == NULL ||
        plan->by_slot == NULL || plan->needs == NULL || plan->by_needs == NULL ||
        plan->only_where == NULL || plan->slot_arith == NULL) {
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        goto failed;
    }
    place_columns(plan, index);
    place_needs(plan, need);
    if (plan->n_by > 0)
        code = check_order(plan, error);
    if (code == CRUNCH_OK && plan->n_by > 0)
        code = crunch_group_plan(plan, error); /* the first of the collectors */
    if (code == CRUNCH_OK)
        code = crunch_counts_plan(plan, need, error);
    if (code == CRUNCH_OK)
        code = crunch_histogram_plan(plan, need, error);
    if (code == CRUNCH_OK)
        code = crunch_places_plan(plan, need, error);
    if (code != CRUNCH_OK)
        goto failed;
    place_uses(plan, need, late);
    for (size_t i = 0; i < plan->n_slots; i++)
        plan->slot_arith[i] = arith_of(plan, i);
    code = crunch_layout_init_mixed(&plan->layout, table->dialect.arith, plan->slot_arith,
                                    plan->n_slots, plan->needs);
    if (code == CRUNCH_OK && plan->n_by > 0)
        code = crunch_layout_init_mixed(&plan->by_layout, table->dialect.arith, plan->slot_arith,
                                        plan->n_slots, plan->needs);
    if (code == CRUNCH_OK)
        code = crunch_layout_add_joints(plan->n_by > 0 ? &plan->by_layout : &plan->layout, job,
                                        plan->slot, plan->n_columns, plan->weight_slot);
    if (code != CRUNCH_OK) {
        crunch_fail(error, code, "out of memory");
        goto failed;
    }
    if (job->op_options.method == CRUNCH_CORR_SPEARMAN)
        code = crunch_spearman_plan(plan, error);
    if (code == CRUNCH_OK)
        return CRUNCH_OK;

failed:
    crunch_plan_free(plan);
    return code;
}

uint64_t crunch_plan_passed(const struct crunch_plan *plan, const void *bundle)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, plan->layout.arith, plan->needs[plan->passed_slot]);
    crunch_bundle_extract(&plan->layout, bundle, plan->passed_slot, &exact);
    uint64_t passed = exact.count;
    crunch_exact_clear(&exact);
    return passed;
}

void crunch_plan_free(struct crunch_plan *plan)
{
    for (size_t i = 0; i < plan->n_collecting; i++)
        if (plan->collecting[i].free_config)
            plan->collecting[i].free_config(plan->collecting[i].config);
    free(plan->collecting);
    crunch_layout_free(&plan->layout);
    crunch_layout_free(&plan->by_layout);
    free(plan->needs);
    free(plan->by_needs);
    free(plan->slot);
    free(plan->column);
    free(plan->by_slot);
    free(plan->by_column);
    free((void *)(uintptr_t)plan->scan.index); /* ours, const only for readers */
    free((void *)(uintptr_t)plan->scan.need);
    free((void *)(uintptr_t)plan->scan.late);
    free(plan->only_where);
    free(plan->slot_arith);
    free_exprs(plan);
    memset(plan, 0, sizeof *plan);
}
