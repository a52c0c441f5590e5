/*
 * Owns which fields a group's row has and how each is worked out. A regression of one predictor has
 * the fields that it has without groups, one of several has for each predictor X the fields X_slope
 * and X_slope_se; where a group does not determine the coefficients they are empty.
 */
#include "cmd/results_group_values.h"

#include "core/plan_sets.h"

#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}

/* ---- fields ---- */

/* Figures of a regression of p coefficients: estimates 0.., standard errors p.., then these. */
enum { FIGURE_R2, FIGURE_RESIDUAL_SD, FIGURE_ROWS };

static bool add(struct crunch_group_values *values, const struct crunch_group_shown *shown,
                char *title)
{
    values->shown[values->n] = *shown;
    values->shown[values->n++].title = title;
    return title != NULL;
}

/* "a_b_op", or "a_op" where b is SIZE_MAX; malloc'd. */
static char *title_of(const struct crunch_plan *plan, size_t a, size_t b, const char *op)
{
    char room[2][24], *title = NULL;
    struct crunch_field x = crunch_column_name(plan->view, plan->column[a], room[0]);
    struct crunch_field y = {CRUNCH_FIELD_TEXT, "", 0};
    if (b != SIZE_MAX)
        y = crunch_column_name(plan->view, plan->column[b], room[1]);
    if (asprintf(&title, "%.*s%s%.*s_%s", (int)x.len, x.text, b != SIZE_MAX ? "_" : "", (int)y.len,
                 y.text, op) < 0)
        return NULL;
    return title;
}

static bool add_pairs(struct crunch_group_values *values)
{
    const struct crunch_plan *plan = values->results->plan;
    const size_t n = plan->n_columns;
    bool good = true;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            for (size_t k = 0; k < plan->job->n_ops && good; k++) {
                const struct crunch_op *op = plan->job->ops[k];
                good = add(values,
                           &(struct crunch_group_shown){
                               .op = op, .column = i, .set = crunch_pair_set(i, j, n)},
                           title_of(plan, i, j, op->name));
            }
    return good;
}

static bool add_figure(struct crunch_group_values *values, size_t figure, char *title)
{
    const struct crunch_group_shown shown = {.op = values->results->plan->job->ops[0],
                                             .figure = figure};
    return add(values, &shown, title);
}

static bool add_model(struct crunch_group_values *values)
{
    const struct crunch_plan *plan = values->results->plan;
    const size_t intercept = !plan->job->op_options.no_intercept;
    const size_t x = plan->n_columns - 1, p = x + intercept; /* predictors, coefficients */
    bool good = true;
    if (x == 1) {
        good = add_figure(values, intercept, strdup("slope")) &&
               (!intercept || add_figure(values, 0, strdup("intercept"))) &&
               add_figure(values, p + intercept, strdup("slope_se")) &&
               (!intercept || add_figure(values, p, strdup("intercept_se")));
    } else {
        if (intercept)
            good = add_figure(values, 0, strdup("intercept")) &&
                   add_figure(values, p, strdup("intercept_se"));
        for (size_t i = 0; i < x && good; i++)
            good = add_figure(values, i + intercept, title_of(plan, i, SIZE_MAX, "slope")) &&
                   add_figure(values, p + i + intercept, title_of(plan, i, SIZE_MAX, "slope_se"));
    }
    return good && add_figure(values, 2 * p + FIGURE_R2, strdup("r2")) &&
           add_figure(values, 2 * p + FIGURE_RESIDUAL_SD, strdup("residual_sd")) &&
           add_figure(values, 2 * p + FIGURE_ROWS, strdup("rows"));
}

/* Is the op the number of rows? */
static bool counts_rows(const struct crunch_group_results *results, const struct crunch_op *op)
{
    return strcmp(op->name, "count") == 0 && !results->plan->chosen && !results->per_column;
}

/* Op by op for each column. The number of rows stands once, where it is asked for. */
static bool add_columns(struct crunch_group_values *values)
{
    const struct crunch_group_results *results = values->results;
    const struct crunch_plan *plan = results->plan;
    const size_t n_columns = plan->records_only ? 1 : plan->n_columns;
    bool good = true;
    for (size_t c = 0; c < n_columns; c++)
        for (size_t i = 0; i < plan->job->n_ops && good; i++) {
            const struct crunch_op *op = plan->job->ops[i];
            struct crunch_group_shown shown = {.op = op, .column = c, .set = SIZE_MAX};
            if (counts_rows(results, op)) {
                shown.op = NULL;
                good = c > 0 || add(values, &shown, strdup("count"));
                continue;
            }
            shown.quick = crunch_group_quick_of(op);
            shown.set = op->needs & CRUNCH_NEEDS_WEIGHT ? c : SIZE_MAX;
            if (plan->records_only || crunch_plan_applies(plan, c, op))
                good = add(values, &shown, title_of(plan, c, SIZE_MAX, op->name));
        }
    return good;
}

enum crunch_code crunch_group_values_make(struct crunch_group_values *values,
                                          const struct crunch_group_results *results,
                                          struct crunch_error *error)
{
    const struct crunch_plan *plan = results->plan;
    const unsigned joint = crunch_joint_needs(plan->job);
    const size_t n = plan->n_columns + 1;
    *values = (struct crunch_group_values){.results = results};
    values->shown = calloc(n * n * plan->job->n_ops + 2 * n + 3, sizeof *values->shown);
    if (!values->shown || !(joint & CRUNCH_NEEDS_MODEL  ? add_model
                            : joint & CRUNCH_NEEDS_PAIR ? add_pairs
                                                        : add_columns)(values))
        return no_memory(error);
    enum crunch_code code =
        crunch_group_orders_make(plan, &results->run->logs, &values->orders, error);
    if (!code)
        code = crunch_group_places_make(plan, &results->run->logs, &values->places, error);
    if (!code)
        code = crunch_group_ranks_make(plan, &results->run->logs, &values->ranks, error);
    return code;
}

void crunch_group_values_free(struct crunch_group_values *values)
{
    crunch_group_orders_free(values->orders);
    crunch_group_places_free(values->places);
    crunch_answers_free(values->ranks);
    for (size_t i = 0; i < values->n; i++)
        free(values->shown[i].title);
    free(values->shown);
}

/* ---- content ---- */

void crunch_group_content_begin(struct crunch_group_content *content)
{
    *content = (struct crunch_group_content){.column = SIZE_MAX, .set = SIZE_MAX};
}

static void forget_joint(struct crunch_group_content *content)
{
    if (content->set == SIZE_MAX)
        return;
    crunch_joint_clear(&content->joint);
    if (content->fitted)
        crunch_fit_clear(&content->fit);
    content->fitted = false;
    content->set = SIZE_MAX;
}

void crunch_group_content_end(struct crunch_group_content *content)
{
    if (content->column != SIZE_MAX)
        crunch_exact_clear(&content->exact);
    forget_joint(content);
}

void crunch_group_content_load(struct crunch_group_content *content,
                               const struct crunch_group_values *values,
                               const struct crunch_group *group, size_t column)
{
    const struct crunch_plan *plan = values->results->plan;
    struct crunch_exact *exact = &content->exact;
    if (content->column == column)
        return;
    if (content->column != SIZE_MAX)
        crunch_exact_clear(exact);
    content->column = column;
    if (plan->records_only) {
        crunch_exact_init(exact, plan->table->dialect.arith, 0);
        return;
    }
    crunch_exact_init(exact, crunch_layout_arith(&plan->layout, plan->slot[column]),
                      plan->by_needs[column]);
    crunch_group_exact(group, column, exact);
    exact->ordered = crunch_group_orders_find(values->orders, group, column);
    exact->placed = crunch_group_places_find(values->places, group, column);
}

static enum crunch_code load_joint(struct crunch_group_content *content,
                                   const struct crunch_group *group, size_t set)
{
    if (content->set == set)
        return CRUNCH_OK;
    forget_joint(content);
    content->set = set;
    return crunch_group_joint_of(group, set, &content->joint);
}

/* ---- values ---- */

static void set_count(struct crunch_value *value, uint64_t n)
{
    value->kind = CRUNCH_VALUE_COUNT;
    mpz_set_ui(mpq_numref(value->number), n);
}

static void copy(struct crunch_value *to, const struct crunch_value *from)
{
    to->kind = from->kind;
    mpq_set(to->number, from->number);
}

static enum crunch_code fit(struct crunch_group_content *content, bool intercept)
{
    if (content->fitted)
        return CRUNCH_OK;
    enum crunch_code code = crunch_fit_make(&content->fit, &content->joint, intercept);
    content->fitted = true;
    content->fits = !code;
    return code == CRUNCH_BAD_DATA ? CRUNCH_OK : code; /* columns that depend on each other */
}

static enum crunch_code set_figure(const struct crunch_plan *plan, size_t figure,
                                   struct crunch_group_content *content, struct crunch_value *value)
{
    const bool intercept = !plan->job->op_options.no_intercept;
    const size_t p = plan->n_columns - 1 + intercept;
    enum crunch_code code = fit(content, intercept);
    if (code)
        return code;
    if (figure == 2 * p + FIGURE_ROWS)
        set_count(value, content->joint.rows);
    else if (!content->fits)
        value->kind = CRUNCH_VALUE_EMPTY;
    else if (figure < p)
        copy(value, &content->fit.estimate[figure]);
    else if (figure < 2 * p)
        copy(value, &content->fit.std_error[figure - p]);
    else
        copy(value, figure == 2 * p + FIGURE_R2 ? &content->fit.r2 : &content->fit.residual_sd);
    return CRUNCH_OK;
}

/* Of a set of columns. */
static enum crunch_code set_joint(const struct crunch_plan *plan,
                                  const struct crunch_group_shown *shown,
                                  const struct crunch_group *group,
                                  struct crunch_group_content *content, struct crunch_value *value)
{
    struct crunch_exact exact;
    const struct crunch_joint *joint = &content->joint;
    enum crunch_code code = CRUNCH_OK;
    if (plan->job->op_options.method == CRUNCH_CORR_SPEARMAN) {
        joint = crunch_group_ranks_of(plan, group);
        if (!joint)
            return CRUNCH_NO_MEMORY;
        joint += shown->set;
    } else {
        code = load_joint(content, group, shown->set);
    }
    if (code)
        return code;
    if (shown->op->needs & CRUNCH_NEEDS_MODEL)
        return set_figure(plan, shown->figure, content, value);
    crunch_exact_init(&exact, joint->arith[0], 0);
    exact.joint = joint;
    crunch_op_finish(shown->op, &exact, &plan->job->op_options, value);
    crunch_exact_clear(&exact);
    return CRUNCH_OK;
}

enum crunch_code crunch_group_value(const struct crunch_group_values *values,
                                    const struct crunch_group *group, size_t i,
                                    struct crunch_group_content *content,
                                    struct crunch_value *value, struct crunch_error *error)
{
    const struct crunch_group_results *results = values->results;
    const struct crunch_plan *plan = results->plan;
    const struct crunch_group_shown *shown = &values->shown[i];
    size_t id;
    const struct crunch_group_more *more = crunch_group_more_of(group, &id);
    if (!shown->op) {
        set_count(value, crunch_group_rows(group));
        return CRUNCH_OK;
    }
    if (shown->set != SIZE_MAX)
        return set_joint(plan, shown, group, content, value) ? no_memory(error) : CRUNCH_OK;
    if (crunch_counts_is_sketched(plan->job, shown->op)) {
        set_count(value, crunch_group_sketch_estimate(
                             crunch_group_more_sketch(more, plan->slot[shown->column]), id));
        return CRUNCH_OK;
    }
    for (size_t k = 0; k < results->n_extra; k++) {
        const struct crunch_group_extra *extra = &results->extra[k];
        if (extra->answers(extra->context, shown->op))
            return extra->lookup(extra->context, group, shown->column, shown->op, value, error);
    }
    crunch_group_content_load(content, values, group, shown->column);
    crunch_op_finish(shown->op, &content->exact, &plan->job->op_options, value);
    return CRUNCH_OK;
}
