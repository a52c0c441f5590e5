/*
 * The edges of histograms: those the user gave, read as decimals, and equal ones, for which a pass
 * before the run finds the least and the greatest value.
 */
#include "core/histogram.h"

#include "core/group_more.h"

#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

void crunch_histogram_free_config(void *config)
{
    struct crunch_histogram_config *histogram = config;
    for (size_t i = 0; i < histogram->n_edges; i++)
        mpq_clear(histogram->edge[i]);
    free(histogram->edge);
    free(histogram);
}

enum crunch_code crunch_histogram_space(struct crunch_histogram_config *config, uint64_t n,
                                        const mpq_t min, const mpq_t max,
                                        struct crunch_error *error)
{
    mpq_t width;
    if (mpq_equal(min, max))
        n = 1;
    config->edge = calloc(n + 1, sizeof *config->edge);
    if (config->edge == NULL)
        return no_memory(error);
    mpq_init(width);
    mpq_sub(width, max, min);
    for (uint64_t i = 0; i <= n; i++) {
        mpq_init(config->edge[i]);
        mpq_set_ui(config->edge[i], i, n);
        mpq_canonicalize(config->edge[i]);
        mpq_mul(config->edge[i], config->edge[i], width);
        mpq_add(config->edge[i], config->edge[i], min);
    }
    mpq_clear(width);
    config->n_edges = n + 1;
    return CRUNCH_OK;
}

/* ---- given edges ---- */

static enum crunch_code bad_edge(const char *text, size_t len, const char *what,
                                 struct crunch_error *error)
{
    char shown[80];
    crunch_quote_text(shown, sizeof shown, text, len);
    crunch_fail(error, CRUNCH_USAGE, "--edges: \"%s\" %s", shown, what);
    crunch_hint(error, "two or more ascending numbers are wanted: --edges 0,10,20.5");
    return CRUNCH_USAGE;
}

static bool read_edge(const char *text, size_t len, mpq_t out)
{
    struct crunch_dialect dialect = crunch_dialect_default();
    struct crunch_scaled scaled = {0};
    struct crunch_number number;
    char scratch[CRUNCH_WIDE_DIGITS_MAX + 1];
    crunch_number_parse(&dialect, text, len, scratch, &number);
    if (number.class != CRUNCH_CELL_NUMBER && number.class != CRUNCH_CELL_WIDE)
        return false;
    mpz_init(scaled.mantissa);
    if (number.class == CRUNCH_CELL_NUMBER) {
        mpz_set_si(scaled.mantissa, number.mantissa);
        scaled.exponent = -(long)number.scale;
    } else {
        char digits[CRUNCH_WIDE_DIGITS_MAX + 1];
        memcpy(digits, number.wide.digits, number.wide.n_digits);
        digits[number.wide.n_digits] = '\0';
        mpz_set_str(scaled.mantissa, digits, 10);
        if (number.wide.negative)
            mpz_neg(scaled.mantissa, scaled.mantissa);
        scaled.exponent = number.wide.exponent;
    }
    crunch_scaled_to_mpq(out, &scaled, CRUNCH_ARITH_DECIMAL);
    mpz_clear(scaled.mantissa);
    return true;
}

static enum crunch_code read_edges(struct crunch_histogram_config *config, const char *list,
                                   struct crunch_error *error)
{
    size_t n = 1;
    for (const char *p = list; *p; p++)
        n += *p == ',';
    config->edge = calloc(n, sizeof *config->edge);
    if (config->edge == NULL)
        return no_memory(error);
    for (const char *p = list;; p++) {
        size_t len = strcspn(p, ","), i = config->n_edges++;
        mpq_init(config->edge[i]);
        if (!read_edge(p, len, config->edge[i]))
            return bad_edge(p, len, "is not a number", error);
        if (i > 0 && mpq_cmp(config->edge[i - 1], config->edge[i]) >= 0)
            return bad_edge(p, len, "is not above the edge before it", error);
        p += len;
        if (*p == '\0')
            break;
    }
    return n < 2 ? bad_edge(list, strlen(list), "is one edge only", error) : CRUNCH_OK;
}

/* ---- planning ---- */

static bool wants_bins(const struct crunch_job *job)
{
    for (size_t i = 0; i < job->n_ops; i++)
        if (job->ops[i]->needs & CRUNCH_NEEDS_BINS)
            return true;
    return false;
}

enum crunch_code crunch_histogram_plan(struct crunch_plan *plan, enum crunch_need *need,
                                       struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    enum crunch_code code = CRUNCH_OK;
    if (!wants_bins(job))
        return CRUNCH_OK;
    for (size_t i = 0; i < plan->n_columns && !code; i++) {
        if (!crunch_plan_applies(plan, i, crunch_op_find("hist", 4)))
            continue;
        struct crunch_histogram_config *config = calloc(1, sizeof *config);
        if (config == NULL)
            return no_memory(error);
        need[plan->slot[i]] |= CRUNCH_NEED_NUMBER;
        config->slot = plan->slot[i];
        config->bins = job->op_options.edges ? 0 : job->op_options.bins;
        const struct crunch_collecting use = {plan->n_by > 0 ? &crunch_group_bins_mark
                                                             : &crunch_histogram_collector,
                                              config, crunch_histogram_free_config};
        code = crunch_plan_collect(plan, &use, error);
        if (!code && job->op_options.edges)
            code = read_edges(config, job->op_options.edges, error);
    }
    return code;
}

bool crunch_histogram_needs_pass(const struct crunch_job *job)
{
    return wants_bins(job) && job->op_options.edges == NULL;
}

/* Equal edges from what the pass before has found of the column at its slot. */
static enum crunch_code space_column(struct crunch_histogram_config *config,
                                     const struct crunch_plan *before,
                                     const struct crunch_run_result *result, size_t slot,
                                     struct crunch_error *error)
{
    struct crunch_exact exact;
    enum crunch_code code = CRUNCH_OK;
    crunch_exact_init(&exact, crunch_layout_arith(&before->layout, slot), before->needs[slot]);
    crunch_run_extract(before, result, slot, &exact);
    if (exact.has_extremes) {
        mpq_t min, max;
        mpq_inits(min, max, (mpq_ptr)NULL);
        crunch_scaled_to_mpq(min, &exact.min, exact.arith);
        crunch_scaled_to_mpq(max, &exact.max, exact.arith);
        code = crunch_histogram_space(config, config->bins, min, max, error);
        mpq_clears(min, max, (mpq_ptr)NULL);
    }
    crunch_exact_clear(&exact);
    return code;
}

enum crunch_code crunch_histogram_space_from(struct crunch_plan *plan,
                                             const struct crunch_plan *before,
                                             const struct crunch_run_result *result,
                                             struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < plan->n_collecting && !code; i++) {
        struct crunch_histogram_config *config = plan->collecting[i].config;
        for (size_t column = 0; column < plan->n_columns && !code; column++)
            if ((plan->collecting[i].collector == &crunch_histogram_collector ||
                 plan->collecting[i].collector == &crunch_group_bins_mark) &&
                config->slot == plan->slot[column] && config->n_edges == 0)
                code = space_column(config, before, result, before->slot[column], error);
    }
    return code;
}

/* The plan's columns as -c would name them, by index; malloc'd. */
static char *columns_text(const struct crunch_plan *plan)
{
    char *text = malloc(plan->n_columns * 24 + 1), *to = text;
    for (size_t i = 0; i < plan->n_columns && text; i++)
        to += sprintf(to, "%s%zu", i > 0 ? "," : "", plan->column[i] + 1);
    return text;
}

enum crunch_code crunch_histogram_prepare(struct crunch_plan *plan, struct crunch_source *source,
                                          const struct crunch_run_hooks *hooks,
                                          struct crunch_error *error)
{
    const struct crunch_op *const ops[] = {crunch_op_find("min", 3), crunch_op_find("max", 3)};
    struct crunch_run_result result;
    struct crunch_plan before;
    if (!crunch_histogram_needs_pass(plan->job))
        return CRUNCH_OK;
    struct crunch_job job = *plan->job;
    char *columns = columns_text(plan);
    if (columns == NULL)
        return no_memory(error);
    job.ops = ops;
    job.n_ops = 2;
    job.columns = columns;
    job.by = NULL; /* groups have the edges of all rows */
    job.by_file = false;
    job.rejects_path = NULL;
    job.verify = CRUNCH_VERIFY_NO;
    enum crunch_code code = crunch_plan_init(&before, &job, plan->table, error);
    if (code) {
        free(columns);
        return code;
    }
    code = crunch_run(&before, source, hooks, &result, error);
    if (!code)
        code = crunch_histogram_space_from(plan, &before, &result, error);
    crunch_run_result_free(&result);
    crunch_plan_free(&before);
    free(columns);
    return code;
}
