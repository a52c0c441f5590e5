/*
 * A column's search. Two kinds of wanted values are looked for in the same way: values by their
 * rank, and then deviations from the median by theirs. For each kind there are brackets on its own
 * line, values or distances; a bracket of distances [a, b] is asked about as two intervals of
 * values, [m - b, m - a] and [m + a, m + b]. After a pass a wanted rank lies in a bracket or in a
 * gap between two. A point says the value at once; a bracket whose values fit into memory is
 * gathered and put in order; any other bracket or gap is what the next pass looks into.
 *
 * Every pass leaves less to look into, for brackets end at values of the sample and a part that has
 * been looked into does not come again. A sample of ranks of doubles could in theory choose the
 * same brackets for ever, so after MANY_ROUNDS the budget is not kept.
 */
#include "core/order_task.h"

#include "core/gather.h"

#include <stdlib.h>

#define MANY_ROUNDS 12
#define RESAMPLE ((size_t)100000)

/* The search on one line. */
struct line {
    bool deviations;
    struct crunch_ranked_list *list; /* where the values go */
    bool *done;                      /* per item of it */
    size_t n_open;                   /* items that are not done */
    struct crunch_brackets brackets; /* of the pass that runs */
};

struct crunch_order_task {
    struct crunch_order_setting setting;
    struct crunch_order_sample sample;
    struct crunch_exact counts; /* of classes only */
    struct crunch_ranks values, deviations;
    struct crunch_ordered ordered;
    struct line line[2]; /* of values, of deviations */
    bool second;         /* values are found: deviations and the trimmed sum are looked for */
    struct crunch_scaled median;
    bool trims;           /* a sum over ranks [first, last] is wanted */
    bool trim_open;       /* its pass runs */
    uint64_t first, last; /* ranks */
    unsigned rounds;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values in order");
}

static void copy_scaled(struct crunch_scaled *to, const struct crunch_scaled *from)
{
    mpz_set(to->mantissa, from->mantissa);
    to->exponent = from->exponent;
}

static void copy_bound(struct crunch_bound *to, const struct crunch_bound *from)
{
    to->infinite = from->infinite;
    to->open = from->open;
    copy_scaled(&to->at, &from->at);
}

/* ---- asking ---- */

/* to = from + sign * distance. */
static void set_shifted(struct crunch_bound *to, const struct crunch_scaled *from,
                        const struct crunch_bound *distance, int sign, enum crunch_arith arith)
{
    to->infinite = distance->infinite;
    to->open = distance->open;
    if (distance->infinite)
        return;
    mpz_t term;
    mpz_init_set(term, distance->at.mantissa);
    if (sign < 0)
        mpz_neg(term, term);
    copy_scaled(&to->at, from);
    crunch_scaled_add(&to->at, term, distance->at.exponent, arith);
    mpz_clear(term);
}

/* A bracket of distances begins at 0 where it has no lower end; 0 itself belongs to the upper
 * interval only. */
static bool begins_at_zero(const struct crunch_bracket *bracket)
{
    return bracket->low.infinite || (mpz_sgn(bracket->low.at.mantissa) == 0 && !bracket->low.open);
}

static void set_interval(struct crunch_interval *interval, const struct crunch_bracket *bracket)
{
    copy_bound(&interval->low, &bracket->low);
    copy_bound(&interval->high, &bracket->high);
    interval->keep = !bracket->point;
}

/* The two intervals of a bracket of distances: below and above the median. */
static void set_pair(struct crunch_interval pair[2], const struct crunch_bracket *bracket,
                     const struct crunch_scaled *median, enum crunch_arith arith)
{
    struct crunch_bound zero = {.open = false};
    mpz_init(zero.at.mantissa);
    const struct crunch_bound *near = begins_at_zero(bracket) ? &zero : &bracket->low;
    set_shifted(&pair[0].low, median, &bracket->high, -1, arith);
    set_shifted(&pair[0].high, median, near, -1, arith);
    if (near == &zero)
        pair[0].high.open = true;
    set_shifted(&pair[1].low, median, near, 1, arith);
    set_shifted(&pair[1].high, median, &bracket->high, 1, arith);
    pair[0].keep = pair[1].keep = !bracket->point;
    mpz_clear(zero.at.mantissa);
}

/* Intervals stand in this order: values' brackets, pairs of deviations' brackets, the trimmed sum.
 */
static size_t n_intervals(const struct crunch_order_task *task)
{
    return task->line[0].brackets.n + 2 * task->line[1].brackets.n + task->trim_open;
}

enum crunch_code crunch_order_task_ask(const struct crunch_order_task *task,
                                       struct crunch_pass_column *column,
                                       struct crunch_error *error)
{
    const struct crunch_brackets *values = &task->line[0].brackets,
                                 *apart = &task->line[1].brackets;
    size_t n = n_intervals(task);
    enum crunch_code code = CRUNCH_OK;
    column->n = 0;
    column->interval = calloc(n + 1, sizeof *column->interval);
    if (column->interval == NULL)
        return no_memory(error);
    for (; column->n < n; column->n++)
        crunch_interval_init(&column->interval[column->n]);
    for (size_t i = 0; i < values->n; i++)
        set_interval(&column->interval[i], &values->item[i]);
    for (size_t i = 0; i < apart->n; i++)
        set_pair(&column->interval[values->n + 2 * i], &apart->item[i], &task->median,
                 task->setting.arith);
    if (task->trim_open) {
        struct crunch_interval *left = &column->interval[n - 1];
        crunch_bound_set(&left->low, crunch_ranked_find(&task->ordered.values, task->first), true);
        crunch_bound_set(&left->high, crunch_ranked_find(&task->ordered.values, task->last), true);
        left->sum = true;
    }
    for (size_t i = 0; i < n && !code; i++)
        code = crunch_interval_prepare(&column->interval[i], task->setting.arith);
    return code ? no_memory(error) : CRUNCH_OK;
}

/* ---- brackets for the next pass ---- */

/* What is known about where some wanted values lie: in a part of the line, which has so many values
 * below it and in it. */
struct part {
    struct crunch_bound low, high;
    uint64_t below, inside;
};

/* The positions in the sample for items [begin, end) of the line, which lie in the part. */
static size_t *positions(const struct line *line, size_t begin, size_t end, const struct part *part,
                         size_t n_sample)
{
    size_t *at = malloc((end - begin + 1) * sizeof *at), n = 0;
    for (size_t i = begin; i < end && at; i++) {
        uint64_t rank = line->list->item[i].rank - part->below - 1;
        at[n++] = (size_t)((unsigned __int128)rank * n_sample / part->inside);
    }
    return at;
}

/* Open ends of the brackets from first on are those of the part. */
static void close_ends(struct crunch_brackets *brackets, size_t first, const struct part *part)
{
    for (size_t i = first; i < brackets->n; i++) {
        if (brackets->item[i].low.infinite)
            copy_bound(&brackets->item[i].low, &part->low);
        if (brackets->item[i].high.infinite)
            copy_bound(&brackets->item[i].high, &part->high);
    }
}

static enum crunch_code add_whole(struct crunch_brackets *brackets, const struct part *part,
                                  struct crunch_error *error)
{
    struct crunch_bracket *bracket = crunch_brackets_add(brackets);
    if (bracket == NULL)
        return no_memory(error);
    copy_bound(&bracket->low, &part->low);
    copy_bound(&bracket->high, &part->high);
    return CRUNCH_OK;
}

/* Brackets for items [begin, end) of the line: by the sample of the part's values, or the whole
 * part if there is none. */
static enum crunch_code choose(const struct line *line, size_t begin, size_t end,
                               const struct part *part, const struct crunch_order_sample *sample,
                               struct crunch_brackets *brackets, struct crunch_error *error)
{
    size_t first = brackets->n;
    if (sample == NULL || sample->n == 0)
        return add_whole(brackets, part, error);
    size_t *at = positions(line, begin, end, part, sample->n);
    if (at == NULL)
        return no_memory(error);
    enum crunch_code code = crunch_brackets_choose(brackets, sample, at, end - begin, error);
    close_ends(brackets, first, part);
    free(at);
    return code;
}

/* ---- taking ---- */

/* A pass as a line's brackets see it. */
struct view {
    struct crunch_order_task *task;
    struct line *line;
    const struct crunch_found *found; /* of the line's first bracket */
    const struct crunch_logs *logs;
    struct crunch_brackets next;
    struct crunch_error *error;
};

static uint64_t below_bracket(const struct view *view, size_t b)
{
    if (!view->line->deviations)
        return view->found[b].below;
    if (begins_at_zero(&view->line->brackets.item[b]))
        return 0;
    const struct crunch_found *pair = &view->found[2 * b];
    return pair[1].below - (pair[0].below + pair[0].inside);
}

static uint64_t inside_bracket(const struct view *view, size_t b)
{
    if (!view->line->deviations)
        return view->found[b].inside;
    return view->found[2 * b].inside + view->found[2 * b + 1].inside;
}

/* The found intervals of a bracket. */
static size_t found_of(const struct view *view, size_t b, const struct crunch_found *out[2])
{
    out[0] = &view->found[view->line->deviations ? 2 * b : b];
    out[1] = out[0] + 1;
    return view->line->deviations ? 2 : 1;
}

static bool fits(const struct view *view, size_t b)
{
    const struct crunch_found *found[2];
    uint64_t bytes = 0;
    size_t n = found_of(view, b, found);
    for (size_t i = 0; i < n; i++)
        bytes += crunch_gather_bytes(found[i]);
    return bytes <= view->task->setting.budget || view->task->rounds > MANY_ROUNDS;
}

static void settle(struct view *view, size_t item)
{
    view->line->done[item] = true;
    view->line->n_open--;
}

/* Values: gathered, and the wanted ones put in their places. */
static enum crunch_code pick_values(struct view *view, size_t b, size_t begin, size_t end)
{
    struct crunch_gathered gathered;
    const struct crunch_found *found[2];
    size_t n = found_of(view, b, found);
    size_t *k = malloc((end - begin + 1) * sizeof *k);
    if (k == NULL)
        return no_memory(view->error);
    enum crunch_code code =
        crunch_gather(&gathered, view->task->setting.arith, view->logs, found, n, view->error);
    if (!code) {
        for (size_t i = begin; i < end; i++)
            k[i - begin] = view->line->list->item[i].rank - below_bracket(view, b) - 1;
        crunch_gathered_select(&gathered, k, end - begin);
        for (size_t i = begin; i < end; i++) {
            crunch_gathered_get(&gathered, k[i - begin], &view->line->list->item[i].value);
            settle(view, i);
        }
        crunch_gathered_free(&gathered);
    }
    free(k);
    return code;
}

static enum crunch_code pick_deviations(struct view *view, size_t b, size_t begin, size_t end)
{
    const enum crunch_arith arith = view->task->setting.arith;
    struct crunch_gathered side[2] = {{0}, {0}};
    const struct crunch_found *found[2];
    enum crunch_code code = CRUNCH_OK;
    found_of(view, b, found);
    for (int s = 0; s < 2 && !code; s++) {
        code = crunch_gather(&side[s], arith, view->logs, &found[s], 1, view->error);
        if (!code && crunch_gathered_sort(&side[s]))
            code = no_memory(view->error);
    }
    for (size_t i = begin; i < end && !code; i++) {
        uint64_t k = view->line->list->item[i].rank - below_bracket(view, b);
        crunch_gathered_kth_distance(&side[0], &side[1], &view->task->median, k,
                                     &view->line->list->item[i].value);
        settle(view, i);
    }
    crunch_gathered_free(&side[0]);
    crunch_gathered_free(&side[1]);
    return code;
}

/* The values of a bracket are too many: brackets within it, by a sample of them. */
static enum crunch_code look_closer(struct view *view, size_t b, size_t begin, size_t end)
{
    const struct crunch_bracket *bracket = &view->line->brackets.item[b];
    const struct crunch_found *found[2];
    struct crunch_order_sample sample, apart = {0};
    size_t n = found_of(view, b, found);
    enum crunch_code code = crunch_order_sample_kept(&sample, view->task->setting.arith, view->logs,
                                                     found, n, RESAMPLE, view->error);
    const struct part part = {bracket->low, bracket->high, below_bracket(view, b),
                              inside_bracket(view, b)};
    if (!code && view->line->deviations) {
        code = crunch_order_sample_deviations(&apart, &sample, &view->task->median, view->error);
        crunch_order_sample_free(&sample);
        sample = apart;
    }
    if (!code)
        code = choose(view->line, begin, end, &part, &sample, &view->next, view->error);
    crunch_order_sample_free(&sample);
    return code;
}

/* Items [begin, end) lie in bracket b. */
static enum crunch_code take_bracket(struct view *view, size_t b, size_t begin, size_t end)
{
    const struct crunch_bracket *bracket = &view->line->brackets.item[b];
    if (bracket->point) {
        for (size_t i = begin; i < end; i++) {
            copy_scaled(&view->line->list->item[i].value, &bracket->low.at);
            crunch_scaled_normalise(&view->line->list->item[i].value, view->task->setting.arith);
            settle(view, i);
        }
        return CRUNCH_OK;
    }
    if (!fits(view, b))
        return look_closer(view, b, begin, end);
    return view->line->deviations ? pick_deviations(view, b, begin, end)
                                  : pick_values(view, b, begin, end);
}

/* Items lie in the gap before bracket b (behind the last one: b is n): all of it is next. */
static enum crunch_code take_gap(struct view *view, size_t b)
{
    const struct crunch_brackets *brackets = &view->line->brackets;
    struct part part = {.low.infinite = true, .high.infinite = true};
    if (b > 0) {
        part.low = brackets->item[b - 1].high;
        part.low.open = !part.low.open;
    }
    if (b < brackets->n) {
        part.high = brackets->item[b].low;
        part.high.open = !part.high.open;
    }
    return add_whole(&view->next, &part, view->error);
}

/* The bracket that the rank lies in, or (*gap) the first one above it. */
static size_t bracket_of(const struct view *view, uint64_t rank, bool *gap)
{
    size_t b = 0;
    while (b < view->line->brackets.n && rank > below_bracket(view, b) + inside_bracket(view, b))
        b++;
    *gap = b == view->line->brackets.n || rank <= below_bracket(view, b);
    return b;
}

/* Settles what can be, item by item or several that lie together, and sets brackets for the rest.
 */
static enum crunch_code take_line(struct view *view)
{
    struct line *line = view->line;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0, end; i < line->list->n && !code; i = end) {
        bool gap, same_gap;
        end = i + 1;
        if (line->done[i])
            continue;
        size_t b = bracket_of(view, line->list->item[i].rank, &gap);
        while (end < line->list->n && !line->done[end] &&
               bracket_of(view, line->list->item[end].rank, &same_gap) == b && same_gap == gap)
            end++;
        code = gap ? take_gap(view, b) : take_bracket(view, b, i, end);
    }
    crunch_brackets_free(&line->brackets);
    line->brackets = view->next;
    return code;
}

/* Sum over ranks [first, last] from the sum of what lies strictly between their values: the rest
 * are copies of the two. */
static void take_trimmed(struct crunch_order_task *task, const struct crunch_found *found)
{
    const struct crunch_scaled *low = crunch_ranked_find(&task->ordered.values, task->first);
    const struct crunch_scaled *high = crunch_ranked_find(&task->ordered.values, task->last);
    uint64_t up_to_low = found->below; /* values <= low */
    mpz_t term;
    mpz_init(term);
    copy_scaled(&task->ordered.trimmed, &found->sum);
    mpz_mul_ui(term, low->mantissa, up_to_low - task->first + 1);
    crunch_scaled_add(&task->ordered.trimmed, term, low->exponent, task->setting.arith);
    mpz_mul_ui(term, high->mantissa, task->last - up_to_low - found->inside);
    crunch_scaled_add(&task->ordered.trimmed, term, high->exponent, task->setting.arith);
    crunch_scaled_normalise(&task->ordered.trimmed, task->setting.arith);
    mpz_clear(term);
    task->ordered.has_trimmed = true;
    task->trim_open = false;
}

/* ---- the second part ---- */

static void set_median(struct crunch_order_task *task)
{
    const struct crunch_exact *counts = &task->counts;
    uint64_t n = counts->count + counts->plus_inf + counts->minus_inf;
    const struct crunch_scaled *low =
        crunch_ranked_find(&task->ordered.values, (n - 1) / 2 + 1 - counts->minus_inf);
    const struct crunch_scaled *high =
        crunch_ranked_find(&task->ordered.values, n / 2 + 1 - counts->minus_inf);
    copy_scaled(&task->median, low);
    crunch_scaled_halfway(&task->median, high, task->setting.arith);
}

/* Brackets for the deviations, by the sample of the values if there is one. */
static enum crunch_code begin_deviations(struct crunch_order_task *task, struct crunch_error *error)
{
    struct line *line = &task->line[1];
    const struct part part = {{.infinite = true}, {.infinite = true}, 0, task->counts.count};
    struct crunch_order_sample apart = {0};
    enum crunch_code code = CRUNCH_OK;
    set_median(task);
    if (task->sample.n > 0)
        code = crunch_order_sample_deviations(&apart, &task->sample, &task->median, error);
    if (!code)
        code = choose(line, 0, line->list->n, &part, &apart, &line->brackets, error);
    crunch_order_sample_free(&apart);
    return code;
}

static enum crunch_code begin_second(struct crunch_order_task *task, struct crunch_error *error)
{
    task->second = true;
    if (task->trims) {
        const struct crunch_scaled *low = crunch_ranked_find(&task->ordered.values, task->first);
        const struct crunch_scaled *high = crunch_ranked_find(&task->ordered.values, task->last);
        task->trim_open = crunch_scaled_compare(low, high, task->setting.arith) != 0;
        task->ordered.has_trimmed = true;
        mpz_mul_ui(task->ordered.trimmed.mantissa, low->mantissa, task->last - task->first + 1);
        task->ordered.trimmed.exponent = low->exponent;
        crunch_scaled_normalise(&task->ordered.trimmed, task->setting.arith);
    }
    return task->line[1].n_open > 0 ? begin_deviations(task, error) : CRUNCH_OK;
}

enum crunch_code crunch_order_task_take(struct crunch_order_task *task,
                                        const struct crunch_found_column *found,
                                        const struct crunch_logs *logs, bool *more,
                                        struct crunch_error *error)
{
    const struct crunch_found *at = found->found;
    enum crunch_code code = CRUNCH_OK;
    task->rounds++;
    if (task->trim_open)
        take_trimmed(task, &at[n_intervals(task) - 1]);
    for (int i = 0; i < (task->second ? 2 : 1) && !code; i++) {
        struct line *line = &task->line[i];
        struct view view = {task, line, at, logs, {0}, error};
        at += line->brackets.n * (line->deviations ? 2 : 1);
        code = take_line(&view);
    }
    if (!code && !task->second && task->line[0].n_open == 0)
        code = begin_second(task, error);
    *more = n_intervals(task) > 0;
    return code;
}

/* ---- beginning and end ---- */

struct crunch_order_task *crunch_order_task_create(const struct crunch_order_setting *setting)
{
    struct crunch_order_task *task = calloc(1, sizeof *task);
    if (task == NULL)
        return NULL;
    task->setting = *setting;
    crunch_exact_init(&task->counts, setting->arith, 0);
    crunch_ordered_init(&task->ordered, setting->arith);
    mpz_init(task->median.mantissa);
    task->line[0].list = &task->ordered.values;
    task->line[1].list = &task->ordered.deviations;
    task->line[1].deviations = true;
    if (crunch_brackets_add(&task->line[0].brackets) == NULL) {
        crunch_order_task_free(task);
        return NULL;
    }
    return task;
}

void crunch_order_task_free(struct crunch_order_task *task)
{
    if (task == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        free(task->line[i].done);
        crunch_brackets_free(&task->line[i].brackets);
    }
    crunch_order_sample_free(&task->sample);
    crunch_ranks_free(&task->values);
    crunch_ranks_free(&task->deviations);
    crunch_ordered_clear(&task->ordered);
    crunch_exact_clear(&task->counts);
    mpz_clear(task->median.mantissa);
    free(task);
}

enum crunch_code crunch_order_task_begin(struct crunch_order_task *task,
                                         struct crunch_order_sample *sample,
                                         struct crunch_error *error)
{
    const struct crunch_job *job = task->setting.job;
    struct crunch_ranks ranks = {0}, unused = {0};
    struct crunch_exact counts;
    task->sample = *sample;
    *sample = (struct crunch_order_sample){0};
    if (task->sample.n == 0)
        return CRUNCH_OK;
    /* The sample stands for the column: the ranks that would be wanted of so many values. */
    crunch_exact_init(&counts, task->setting.arith, 0);
    counts.count = task->sample.n;
    crunch_order_wanted(job->ops, job->n_ops, &job->op_options, &counts, &ranks, &unused);
    enum crunch_code code = ranks.no_memory || unused.no_memory ? no_memory(error) : CRUNCH_OK;
    for (size_t i = 0; i < ranks.n; i++)
        ranks.rank[i]--; /* positions */
    crunch_brackets_free(&task->line[0].brackets);
    if (!code && ranks.n > 0)
        code = crunch_brackets_choose(&task->line[0].brackets, &task->sample, ranks.rank, ranks.n,
                                      error);
    crunch_exact_clear(&counts);
    crunch_ranks_free(&ranks);
    crunch_ranks_free(&unused);
    return code;
}

static bool make_line(struct line *line, const struct crunch_ranks *ranks)
{
    line->n_open = ranks->n;
    line->done = calloc(ranks->n + 1, sizeof *line->done);
    return line->done && !ranks->no_memory && crunch_ranked_list_make(line->list, ranks);
}

enum crunch_code crunch_order_task_count(struct crunch_order_task *task,
                                         const struct crunch_exact *counts,
                                         struct crunch_error *error)
{
    const struct crunch_job *job = task->setting.job;
    task->counts.count = counts->count;
    task->counts.plus_inf = counts->plus_inf;
    task->counts.minus_inf = counts->minus_inf;
    task->counts.nan = counts->nan;
    if (counts->nan == 0) { /* otherwise everything is nan */
        crunch_order_wanted(job->ops, job->n_ops, &job->op_options, &task->counts, &task->values,
                            &task->deviations);
        task->trims = crunch_order_trim_range(job->ops, job->n_ops, &job->op_options, &task->counts,
                                              &task->first, &task->last);
    }
    return make_line(&task->line[0], &task->values) && make_line(&task->line[1], &task->deviations)
               ? CRUNCH_OK
               : no_memory(error);
}

void crunch_order_task_result(struct crunch_order_task *task, struct crunch_ordered *out)
{
    *out = task->ordered;
    crunch_ordered_init(&task->ordered, task->setting.arith);
}
