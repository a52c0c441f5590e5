/*
 * The passes of a run. The first is the run itself, with one more collector; each further one scans
 * the same columns for nothing but the intervals that the columns' searches (core/order_task.h) ask
 * about. Where the input is small or cannot be read again at random, the first pass keeps every
 * value in its log, and further passes go over that.
 */
#include "core/passes.h"

#include "core/memory.h"
#include "core/order_task.h"
#include "core/run_state.h"

#include <stdlib.h>
#include <string.h>

/* A smaller file is not worth a sample: its values are kept. */
#define SAMPLED_FROM ((uint64_t)1 << 20)

/* Values in memory at a time, and at least. */
#define BUDGET ((uint64_t)256 << 20)
#define BUDGET_LEAST ((uint64_t)1 << 20)

/* The search of a column. */
struct search {
    size_t slot;
    struct crunch_order_task *task;
    bool more; /* it asks for another pass */
};

struct passes {
    const struct crunch_plan *plan;
    struct crunch_source *source;
    const struct crunch_run_hooks *hooks;
    struct crunch_run_result *result;
    struct crunch_error *error;
    bool again; /* further passes read the input */
    struct search *search;
    size_t n;
    struct crunch_order_pass pass; /* of the searches that want more, in their order */
};

static enum crunch_code no_memory(const struct passes *p)
{
    return crunch_fail(p->error, CRUNCH_NO_MEMORY, "out of memory for values in order");
}

static bool wants_order(const struct crunch_plan *plan)
{
    for (size_t i = 0; i < plan->job->n_ops; i++)
        if (crunch_order_need(plan->job->ops[i]))
            return plan->n_by == 0 && !plan->records_only;
    return false;
}

bool crunch_plan_orders(const struct crunch_plan *plan, size_t slot)
{
    for (size_t i = 0; i < plan->n_columns; i++)
        if (plan->slot[i] == slot)
            return wants_order(plan) && crunch_plan_applies(plan, i, crunch_op_find("median", 6));
    return false;
}

/* What --mem-limit leaves, in half: sorting takes the same again. */
static uint64_t budget_of(const struct passes *p)
{
    struct crunch_memory need;
    uint64_t limit = p->plan->job->mem_limit;
    if (limit == 0)
        return BUDGET;
    crunch_memory_estimate(&need, p->plan, p->source);
    uint64_t left = need.total < limit ? (limit - need.total) / 2 : 0;
    return left < BUDGET_LEAST ? BUDGET_LEAST : left < BUDGET ? left : BUDGET;
}

/* A search for every slot that was asked for. */
static enum crunch_code make_searches(struct passes *p)
{
    const struct crunch_plan *plan = p->plan;
    struct crunch_order_setting setting = {.job = plan->job, .budget = budget_of(p)};
    p->search = calloc(plan->layout.n_columns + 1, sizeof *p->search);
    if (p->search == NULL)
        return no_memory(p);
    for (size_t slot = 0; slot < plan->layout.n_columns; slot++) {
        if (!crunch_plan_orders(plan, slot))
            continue;
        struct search *search = &p->search[p->n++];
        search->slot = slot;
        search->more = true;
        setting.arith = crunch_layout_arith(&plan->layout, slot);
        search->task = crunch_order_task_create(&setting);
        if (search->task == NULL)
            return no_memory(p);
    }
    return CRUNCH_OK;
}

static enum crunch_code sample(struct passes *p)
{
    struct crunch_order_sample *sample = calloc(p->n + 1, sizeof *sample);
    size_t *slot = calloc(p->n + 1, sizeof *slot);
    enum crunch_code code = sample && slot ? CRUNCH_OK : no_memory(p);
    for (size_t i = 0; i < p->n && slot; i++)
        slot[i] = p->search[i].slot;
    if (!code)
        code = crunch_order_sample_file(sample, slot, p->n, p->plan, p->source, p->error);
    for (size_t i = 0; i < p->n && !code; i++)
        code = crunch_order_task_begin(p->search[i].task, &sample[i], p->error);
    for (size_t i = 0; i < p->n && sample; i++)
        crunch_order_sample_free(&sample[i]);
    free(sample);
    free(slot);
    return code;
}

/* Sets p->pass to what the searches from `begin` on, up to `most` of them, ask about. */
static enum crunch_code ask(struct passes *p, size_t begin, size_t most)
{
    enum crunch_code code = CRUNCH_OK;
    crunch_order_pass_free(&p->pass);
    p->pass.column = calloc(p->n + 1, sizeof *p->pass.column);
    if (p->pass.column == NULL)
        return no_memory(p);
    for (size_t i = begin; i < p->n && p->pass.n < most && !code; i++) {
        struct crunch_pass_column *column = &p->pass.column[p->pass.n];
        if (!p->search[i].more)
            continue;
        column->slot = p->search[i].slot;
        column->arith = crunch_layout_arith(&p->plan->layout, column->slot);
        p->pass.n++;
        code = crunch_order_task_ask(p->search[i].task, column, p->error);
    }
    return code;
}

/* Gives the searches of the pass, in the same order, what it found. */
static enum crunch_code take(struct passes *p, size_t begin, size_t most,
                             const struct crunch_logs *logs, uint32_t stream)
{
    struct crunch_order_found found;
    enum crunch_code code = crunch_order_found_read(&found, &p->pass, logs, stream, p->error);
    for (size_t i = begin, c = 0; i < p->n && c < most && c < p->pass.n && !code; i++)
        if (p->search[i].more)
            code = crunch_order_task_take(p->search[i].task, &found.column[c++], logs,
                                          &p->search[i].more, p->error);
    crunch_order_found_free(&found);
    return code;
}

/* ---- over the input ---- */

/* Runs the plan with the pass as a collector behind its own. */
static enum crunch_code run_first(struct passes *p)
{
    struct crunch_plan plan = *p->plan;
    struct crunch_collecting *uses = calloc(plan.n_collecting + 1, sizeof *uses);
    if (uses == NULL)
        return no_memory(p);
    if (plan.n_collecting > 0)
        memcpy(uses, plan.collecting, plan.n_collecting * sizeof *uses);
    uses[plan.n_collecting] =
        (struct crunch_collecting){.collector = &crunch_order_collector, .config = &p->pass};
    plan.collecting = uses;
    plan.n_collecting++;
    enum crunch_code code = crunch_run(&plan, p->source, p->hooks, p->result, p->error);
    free(uses);
    return code;
}

static void add_notes(struct crunch_run_result *to, const struct crunch_run_result *from)
{
    for (size_t i = 0; i < from->n_notes && i < CRUNCH_NOTES_MAX; i++) {
        if (to->n_notes < CRUNCH_NOTES_MAX)
            to->notes[to->n_notes] = from->notes[i];
        to->n_notes++;
    }
    to->redone_guesses += from->redone_guesses;
    to->redone_lost += from->redone_lost;
    to->elapsed_s += from->elapsed_s;
    if (from->stop_signal)
        to->stop_signal = from->stop_signal;
}

/* Scans the columns once more, for the pass alone. */
static enum crunch_code run_further(struct passes *p)
{
    const size_t n = p->plan->layout.n_columns;
    struct crunch_job job = *p->plan->job;
    struct crunch_plan plan = *p->plan;
    struct crunch_collecting use = {.collector = &crunch_order_collector, .config = &p->pass};
    struct crunch_run_hooks hooks = p->hooks ? *p->hooks : (struct crunch_run_hooks){0};
    struct crunch_run_result result;
    unsigned *needs = calloc(n + 1, sizeof *needs);
    job.rejects_path = NULL;
    job.verify = CRUNCH_VERIFY_NO;
    hooks.emit = false;
    plan.job = &job;
    plan.collecting = &use;
    plan.n_collecting = 1;
    if (needs == NULL || crunch_layout_init_mixed(&plan.layout, p->plan->layout.arith,
                                                  p->plan->layout.column_arith, n, needs)) {
        free(needs);
        return no_memory(p);
    }
    enum crunch_code code = crunch_run(&plan, p->source, &hooks, &result, p->error);
    add_notes(p->result, &result);
    if (!code)
        code = take(p, 0, p->n, &result.logs, 0);
    crunch_run_result_free(&result);
    crunch_layout_free(&plan.layout);
    free(needs);
    return code;
}

static bool wants_more(const struct passes *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->search[i].more)
            return true;
    return false;
}

static enum crunch_code search_input(struct passes *p)
{
    enum crunch_code code = CRUNCH_OK;
    while (wants_more(p) && !code) {
        code = ask(p, 0, p->n);
        if (!code)
            code = run_further(p);
    }
    return code;
}

/* ---- over the kept values ---- */

/* kept: all values of search i. */
static enum crunch_code search_column(struct passes *p, size_t i, const struct crunch_found *kept)
{
    enum crunch_code code = CRUNCH_OK;
    while (p->search[i].more && !code) {
        struct crunch_logs logs = {0};
        code = ask(p, i, 1);
        if (!code)
            code = crunch_order_pass_again(&p->pass, &p->result->logs, kept, p->plan->job->tmpdir,
                                           &logs, p->error);
        if (!code)
            code = take(p, i, 1, &logs, 0);
        crunch_logs_free(&logs);
    }
    return code;
}

/* The first pass kept everything: found.column[i] is search i's. */
static enum crunch_code search_kept(struct passes *p, const struct crunch_order_found *found)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < p->n && !code; i++) {
        code = crunch_order_task_take(p->search[i].task, &found->column[i], found->logs,
                                      &p->search[i].more, p->error);
        if (!code)
            code = search_column(p, i, &found->column[i].found[0]);
    }
    return code;
}

/* ---- the whole ---- */

static enum crunch_code count(struct passes *p)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < p->n && !code; i++) {
        struct crunch_exact exact;
        size_t slot = p->search[i].slot;
        crunch_exact_init(&exact, crunch_layout_arith(&p->plan->layout, slot),
                          p->plan->layout.needs[slot]);
        crunch_bundle_extract(&p->plan->layout, p->result->bundle, slot, &exact);
        code = crunch_order_task_count(p->search[i].task, &exact, p->error);
        crunch_exact_clear(&exact);
    }
    return code;
}

static enum crunch_code search(struct passes *p)
{
    const uint32_t stream = (uint32_t)p->plan->n_collecting;
    struct crunch_order_found found;
    if (p->again) {
        enum crunch_code code = take(p, 0, p->n, &p->result->logs, stream);
        return code ? code : search_input(p);
    }
    enum crunch_code code =
        crunch_order_found_read(&found, &p->pass, &p->result->logs, stream, p->error);
    if (!code)
        code = search_kept(p, &found);
    crunch_order_found_free(&found);
    return code;
}

static enum crunch_code set_result(struct passes *p)
{
    struct crunch_run_result *result = p->result;
    result->ordered = calloc(p->plan->layout.n_columns + 1, sizeof *result->ordered);
    if (result->ordered == NULL)
        return no_memory(p);
    result->n_ordered = p->plan->layout.n_columns;
    for (size_t i = 0; i < p->n; i++)
        crunch_order_task_result(p->search[i].task, &result->ordered[p->search[i].slot]);
    return CRUNCH_OK;
}

enum crunch_code crunch_run_passes(const struct crunch_plan *plan, struct crunch_source *source,
                                   const struct crunch_run_hooks *hooks,
                                   struct crunch_run_result *result, struct crunch_error *error)
{
    struct crunch_error unheard;
    struct passes p = {.plan = plan,
                       .source = source,
                       .hooks = hooks,
                       .result = result,
                       .error = error ? error : &unheard};
    memset(result, 0, sizeof *result);
    if (!wants_order(plan))
        return crunch_run(plan, source, hooks, result, error);
    double began_s = crunch_now_s();
    p.again = !crunch_source_is_stream(source) && crunch_source_packing(source) == NULL &&
              crunch_source_files(source) == NULL && crunch_source_size(source) >= SAMPLED_FROM;
    enum crunch_code code = make_searches(&p);
    if (!code && p.again)
        code = sample(&p);
    if (!code)
        code = ask(&p, 0, p.n);
    if (!code)
        code = run_first(&p);
    if (!code)
        code = count(&p);
    if (!code)
        code = search(&p);
    if (!code)
        code = set_result(&p);
    for (size_t i = 0; i < p.n; i++)
        crunch_order_task_free(p.search[i].task);
    free(p.search);
    crunch_order_pass_free(&p.pass);
    result->elapsed_s = crunch_now_s() - began_s;
    return code;
}
