/*
 * From ops to censuses, and from censuses to what ops read. A census's place in plan->collecting is
 * its stream in the logs; which column it is of is in its config.
 */
#include "core/counted.h"

#include "core/backend_pool.h"
#include "core/census_reference.h"
#include "core/group_counts.h"
#include "core/group_lists.h"
#include "core/group_more.h"
#include "core/group_parts.h"
#include "core/hash_table.h"
#include "core/job.h"
#include "core/memory.h"
#include "core/sketch_collector.h"
#include "core/value_key.h"

#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

/* ---- planning ---- */

/* So many of a column's values must be kept in all. */
static size_t values_wanted(const struct crunch_job *job)
{
    for (size_t i = 0; i < job->n_ops; i++)
        if (job->ops[i]->needs & CRUNCH_NEEDS_LIST)
            return SIZE_MAX;
        else if (job->ops[i]->needs & CRUNCH_NEEDS_TOP)
            return (size_t)job->op_options.limit;
    return 0;
}

static enum crunch_code add_census(struct crunch_plan *plan, size_t slot, bool by_value,
                                   size_t most, struct crunch_error *error)
{
    struct crunch_census_config *config = malloc(sizeof *config);
    if (config == NULL)
        return no_memory(error);
    *config = (struct crunch_census_config){.slot = slot,
                                            .by_value = by_value,
                                            .grouped = plan->n_by > 0,
                                            .seed = crunch_hash_seed(),
                                            .most = plan->n_by > 0          ? 0
                                                    : by_value && most == 0 ? 1
                                                                            : most,
                                            .least = by_value && plan->n_by == 0,
                                            .listed = plan->n_by > 0 ? most : 0};
    return crunch_plan_collect(
        plan, &(struct crunch_collecting){&crunch_census_collector, config, free}, error);
}

static enum crunch_code add_sketch(struct crunch_plan *plan, size_t slot, bool by_value,
                                   struct crunch_error *error)
{
    struct crunch_sketch_config *config = malloc(sizeof *config);
    if (config == NULL)
        return no_memory(error);
    *config = (struct crunch_sketch_config){slot, by_value};
    return crunch_plan_collect(
        plan,
        &(struct crunch_collecting){
            plan->n_by > 0 ? &crunch_group_sketch_mark : &crunch_sketch_collector, config, free},
        error);
}

static unsigned needs_of(const struct crunch_job *job, const struct crunch_op *op)
{
    unsigned needs = op->needs & (CRUNCH_NEEDS_CENSUS | CRUNCH_NEEDS_VALUES | CRUNCH_NEEDS_SKETCH);
    bool list = op->needs & (CRUNCH_NEEDS_LIST | CRUNCH_NEEDS_TOP);
    if (needs & CRUNCH_NEEDS_CENSUS && job->op_options.approx && !list)
        needs = (needs & ~CRUNCH_NEEDS_CENSUS) | CRUNCH_NEEDS_SKETCH;
    return needs;
}

enum crunch_code crunch_counts_plan(struct crunch_plan *plan, enum crunch_need *need,
                                    struct crunch_error *error)
{
    const struct crunch_job *job = plan->job;
    const bool numeric = job->op_options.numeric;
    unsigned needs = 0;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < job->n_ops; i++)
        needs |= needs_of(job, job->ops[i]);
    if (needs == 0)
        return CRUNCH_OK;
    if (numeric && needs & CRUNCH_NEEDS_CENSUS)
        needs = (needs & ~CRUNCH_NEEDS_CENSUS) | CRUNCH_NEEDS_VALUES;
    for (size_t i = 0; i < plan->n_columns && !code; i++) {
        size_t slot = plan->slot[i];
        if (needs & CRUNCH_NEEDS_CENSUS) {
            need[slot] |= CRUNCH_NEED_TEXT;
            code = add_census(plan, slot, false, values_wanted(job), error);
        }
        if (needs & CRUNCH_NEEDS_SKETCH && !code) {
            bool by_value = numeric || (job->every_kind && need[slot] & CRUNCH_NEED_NUMBER);
            need[slot] |= by_value ? CRUNCH_NEED_NUMBER : CRUNCH_NEED_TEXT;
            code = add_sketch(plan, slot, by_value, error);
        }
        if (needs & CRUNCH_NEEDS_VALUES && !code) {
            need[slot] |= CRUNCH_NEED_NUMBER;
            code = add_census(plan, slot, true, numeric ? values_wanted(job) : 0, error);
        }
    }
    return code;
}

/* ---- results ---- */

static bool counts_init(struct crunch_counts *counts, const struct crunch_plan *plan)
{
    counts->column = calloc(crunch_plan_slots(plan) + 1, sizeof *counts->column);
    counts->census = calloc(plan->n_collecting + 1, sizeof *counts->census);
    if (counts->column == NULL || counts->census == NULL)
        return false;
    counts->n_columns = crunch_plan_slots(plan);
    counts->n_census = plan->n_collecting;
    for (size_t i = 0; i < counts->n_columns; i++) {
        crunch_value_init(&counts->column[i].mode);
        crunch_value_init(&counts->column[i].antimode);
    }
    return true;
}

void crunch_counts_free(struct crunch_counts *counts)
{
    for (size_t i = 0; i < counts->n_columns; i++) {
        crunch_value_clear(&counts->column[i].mode);
        crunch_value_clear(&counts->column[i].antimode);
    }
    for (size_t i = 0; i < counts->n_census; i++)
        crunch_census_free(&counts->census[i]);
    crunch_answers_free(counts->answers);
    free(counts->column);
    free(counts->census);
    *counts = (struct crunch_counts){0};
}

static bool is_census(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_census_collector;
}

static bool is_sketch(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_sketch_collector;
}

static bool counts_anything(const struct crunch_plan *plan)
{
    for (size_t i = 0; i < plan->n_collecting; i++)
        if (is_census(plan, i) || is_sketch(plan, i))
            return true;
    return false;
}

/* What a census says of its column: --numeric and not both count distinct values. */
static void read_census(const struct crunch_plan *plan, const struct crunch_census *census,
                        struct crunch_counted *counted)
{
    if (census->by_value == plan->job->op_options.numeric)
        counted->distinct = census->distinct;
    if (!census->by_value)
        return;
    if (census->most && census->n_most > 0) /* a list is asked for nothing else */
        crunch_value_key_value(census->most[0].key, census->most[0].len, &counted->mode);
    if (census->n_least > 0)
        crunch_value_key_value(census->least[0].key, census->least[0].len, &counted->antimode);
}

static struct crunch_counted *sketched(const struct crunch_plan *plan,
                                       const struct crunch_counts *counts, size_t i)
{
    const struct crunch_sketch_config *config = plan->collecting[i].config;
    return &counts->column[config->slot];
}

static void set_about(const struct crunch_plan *plan, struct crunch_counted *counted,
                      uint64_t about)
{
    counted->about = about;
    if (plan->job->op_options.approx)
        counted->distinct = about;
}

/* 0: any. */
static uint64_t merge_limit(const struct crunch_job *job)
{
    return job->mem_limit == 0 ? 0 : crunch_memory_budget(job);
}

static enum crunch_code make_one(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                 size_t i, struct crunch_counts *counts, struct crunch_error *error)
{
    uint64_t about;
    enum crunch_code code = CRUNCH_OK;
    if (is_sketch(plan, i)) {
        code = crunch_sketch_result(logs, (uint32_t)i, &about, error);
        set_about(plan, sketched(plan, counts, i), about);
    } else if (is_census(plan, i)) {
        const struct crunch_census_config *config = plan->collecting[i].config;
        const struct crunch_census_request request = {config->most, config->least,
                                                      crunch_parallel_threads(plan->job),
                                                      merge_limit(plan->job), plan->job->tmpdir};
        struct crunch_census *census = &counts->census[i];
        if (config->grouped)
            return crunch_census_by_group(config, logs, (uint32_t)i, &request, counts->answers,
                                          census, error);
        code = (config->most > CRUNCH_CENSUS_MERGED ? crunch_census_list : crunch_census_merge)(
            config, logs, (uint32_t)i, &request, census, error);
        if (!code)
            read_census(plan, &counts->census[i], &counts->column[config->slot]);
    }
    return code;
}

static enum crunch_code reference_one(const struct crunch_plan *plan, void *collector, size_t i,
                                      struct crunch_counts *counts, struct crunch_error *error)
{
    uint64_t about;
    enum crunch_code code = CRUNCH_OK;
    if (is_sketch(plan, i)) {
        code = crunch_sketch_reference_result(collector, &about, error);
        set_about(plan, sketched(plan, counts, i), about);
    } else if (is_census(plan, i)) {
        const struct crunch_census_config *config = plan->collecting[i].config;
        if (config->grouped)
            return CRUNCH_OK; /* its canonical text is compared */
        code = crunch_census_reference_counts(collector,
                                              config->by_value == plan->job->op_options.numeric,
                                              &counts->column[config->slot], error);
    }
    return code;
}

enum crunch_code crunch_counts_make(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                    struct crunch_counts *counts, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    if (!counts_anything(plan))
        return CRUNCH_OK;
    if (!counts_init(counts, plan))
        return no_memory(error);
    if (plan->n_by > 0)
        code = crunch_answers_create(crunch_group_seed(plan), CRUNCH_CENSUS_PARTS,
                                     crunch_group_answer_bytes(plan->job), plan->job->tmpdir,
                                     &counts->answers, error);
    for (size_t i = 0; i < plan->n_collecting && !code; i++)
        code = make_one(plan, logs, i, counts, error);
    return code;
}

enum crunch_code crunch_counts_of_reference(const struct crunch_plan *plan, void *const *collector,
                                            struct crunch_counts *counts,
                                            struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    if (!counts_anything(plan))
        return CRUNCH_OK;
    if (!counts_init(counts, plan))
        return no_memory(error);
    for (size_t i = 0; i < plan->n_collecting && !code; i++)
        code = reference_one(plan, collector[i], i, counts, error);
    return code;
}

const struct crunch_counted *crunch_counts_of(const struct crunch_counts *counts, size_t slot)
{
    return slot < counts->n_columns ? &counts->column[slot] : NULL;
}

const struct crunch_census *crunch_counts_census(const struct crunch_plan *plan,
                                                 const struct crunch_counts *counts, size_t slot,
                                                 bool by_value)
{
    for (size_t i = 0; i < counts->n_census; i++) {
        const struct crunch_census_config *config = plan->collecting[i].config;
        if (is_census(plan, i) && config->slot == slot && config->by_value == by_value)
            return &counts->census[i];
    }
    return NULL;
}

bool crunch_counts_list_of_group(const struct crunch_plan *plan, const struct crunch_counts *counts,
                                 const struct crunch_group *group, size_t slot, bool by_value,
                                 struct crunch_group_list *out)
{
    for (size_t i = 0; i < counts->n_census; i++) {
        const struct crunch_census_config *config = plan->collecting[i].config;
        if (is_census(plan, i) && config->slot == slot && config->by_value == by_value)
            return crunch_group_list_of(group, (uint32_t)i, config, out);
    }
    *out = (struct crunch_group_list){0};
    return true;
}

bool crunch_counts_is_sketched(const struct crunch_job *job, const struct crunch_op *op)
{
    return needs_of(job, op) & CRUNCH_NEEDS_SKETCH;
}

bool crunch_counts_answer(const struct crunch_op *op)
{
    return op->needs & (CRUNCH_NEEDS_CENSUS | CRUNCH_NEEDS_VALUES | CRUNCH_NEEDS_SKETCH);
}

void crunch_counts_of_group(const struct crunch_plan *plan, const struct crunch_counts *counts,
                            const struct crunch_group *group, size_t column,
                            const struct crunch_op *op, struct crunch_value *value)
{
    bool is_mode = op->needs & CRUNCH_NEEDS_VALUES;
    bool by_value = is_mode || plan->job->op_options.numeric;
    enum crunch_group_count which = !is_mode                            ? CRUNCH_GROUP_DISTINCT
                                    : strcmp(op->name, "antimode") == 0 ? CRUNCH_GROUP_ANTIMODE
                                                                        : CRUNCH_GROUP_MODE;
    for (size_t i = 0; i < counts->n_census; i++) {
        const struct crunch_census_config *config = plan->collecting[i].config;
        if (is_census(plan, i) && config->slot == plan->slot[column] &&
            config->by_value == by_value) {
            crunch_group_counts_of(group, (uint32_t)i, which, value);
            return;
        }
    }
}
