/*
 * Groups for --verify: a line for each, sorted by key, of its rows, the canonical encoding of each
 * column and the digits of each result; by the run (the walk over its merged groups), and by the
 * reference: a binary tree of keys (tsearch) with GMP sums, fed row by row.
 */
#include "core/backend_pool.h"
#include "core/counted.h"
#include "core/group.h"
#include "core/group_more_verify.h"
#include "core/group_order.h"
#include "core/group_parts.h"
#include "core/group_places.h"
#include "core/group_ranks.h"
#include "core/reference.h"
#include "core/reference_order.h"
#include "core/reference_sums.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (verification of groups)");
}

/* ---- by the run ---- */

static void add_string(struct crunch_bytes *out, const char *text)
{
    out->failed |= text == NULL;
    if (text)
        crunch_bytes_add(out, text, strlen(text));
}

/* Is the op finished from the column's content? Else it is compared by itself (a census), with what
 * the group has beside columns, or not asked of the column. */
static bool is_of_column(const struct crunch_plan *plan, size_t column, const struct crunch_op *op)
{
    return op->finish && !crunch_counts_answer(op) && !(op->needs & CRUNCH_NEEDS_JOINT) &&
           crunch_plan_applies(plan, column, op);
}

static void add_results(const struct crunch_plan *plan, size_t column,
                        const struct crunch_exact *exact, struct crunch_bytes *out)
{
    for (size_t i = 0; i < plan->job->n_ops; i++) {
        struct crunch_value value;
        if (!is_of_column(plan, column, plan->job->ops[i]))
            continue;
        crunch_value_init(&value);
        crunch_op_finish(plan->job->ops[i], exact, &plan->job->op_options, &value);
        char *text = crunch_value_text(&value, 0);
        add_string(out, " ");
        add_string(out, text);
        free(text);
        crunch_value_clear(&value);
    }
}

/* What the walk's callbacks see. */
struct writing {
    const struct crunch_plan *plan;
    struct crunch_group_orders *orders; /* or NULL */
    struct crunch_group_places *places; /* likewise */
    struct crunch_answers *ranks;       /* likewise */
    FILE *out;
};

static enum crunch_code render(const void *context, const struct crunch_group *group,
                               struct crunch_bytes *out, struct crunch_error *error)
{
    const struct writing *writing = context;
    const struct crunch_plan *plan = writing->plan;
    char rows[40];
    snprintf(rows, sizeof rows, "rows=%" PRIu64, crunch_group_rows(group));
    add_string(out, rows);
    for (size_t i = 0; i < plan->n_columns; i++) {
        struct crunch_exact exact;
        crunch_exact_init(&exact, crunch_layout_arith(&plan->layout, plan->slot[i]),
                          plan->by_needs[i]);
        crunch_group_exact(group, i, &exact);
        exact.ordered = crunch_group_orders_find(writing->orders, group, i);
        exact.placed = crunch_group_places_find(writing->places, group, i);
        char *text = crunch_exact_encode(&exact);
        add_string(out, "\t");
        add_string(out, text);
        free(text);
        add_results(plan, i, &exact, out);
        crunch_exact_clear(&exact);
    }
    return crunch_group_more_text(plan, group, out) ? no_memory(error) : CRUNCH_OK;
}

/* A key on one line: bytes that would break it as \xNN. */
static void write_key(FILE *out, const char *key, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)key[i];
        if (c < 0x20 || c == 0x7F || c == '\\')
            fprintf(out, "\\x%02X", c);
        else
            putc(c, out);
    }
    putc('\t', out);
}

static enum crunch_code take(void *context, const char *key, size_t key_len, const void *data,
                             size_t bytes, struct crunch_error *error)
{
    FILE *out = ((struct writing *)context)->out;
    (void)error;
    write_key(out, key, key_len);
    fwrite(data, 1, bytes, out);
    putc('\n', out);
    return CRUNCH_OK;
}

enum crunch_code crunch_group_write(const struct crunch_plan *plan, const void *config,
                                    const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                    struct crunch_error *error)
{
    struct writing writing = {.plan = plan, .out = out};
    struct crunch_groups_walk walk = {.context = &writing, .render = render, .take = take};
    (void)config;
    enum crunch_code code = crunch_group_orders_make(plan, logs, &writing.orders, error);
    if (!code)
        code = crunch_group_places_make(plan, logs, &writing.places, error);
    if (!code)
        code = crunch_group_ranks_make(plan, logs, &writing.ranks, error);
    walk.answers[0] = writing.ranks;
    walk.answers[1] = crunch_group_orders_answers(writing.orders);
    walk.answers[2] = crunch_group_places_answers(writing.places);
    if (!code)
        code = crunch_groups_walk(plan, logs, stream, CRUNCH_ORDER_KEY, false,
                                  crunch_parallel_threads(plan->job), &walk, error);
    crunch_group_orders_free(writing.orders);
    crunch_group_places_free(writing.places);
    crunch_answers_free(writing.ranks);
    return code;
}

/* ---- by the reference ---- */

struct group {
    char *key;
    size_t len;
    uint64_t rows;
    struct crunch_reference_sums **sums;     /* per column */
    struct crunch_reference_values **values; /* likewise; NULL where not wanted in order */
    void **places;                           /* the same (core/places.h), if an op needs them */
    struct crunch_group_more_reference *more;
};

struct reference {
    const struct crunch_plan *plan;
    void *tree; /* of struct group, by key */
    FILE *out;  /* while it is written */
    bool failed;
};

static int by_key(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    return crunch_group_key_compare(x->key, x->len, y->key, y->len);
}

static void free_group(const struct crunch_plan *plan, struct group *group)
{
    for (size_t i = 0; i < plan->n_columns && group->sums; i++)
        crunch_reference_sums_free(group->sums[i]);
    for (size_t i = 0; i < plan->n_columns && group->values; i++)
        crunch_reference_values_free(group->values[i]);
    for (size_t i = 0; i < plan->n_columns && group->places; i++)
        crunch_places_reference_destroy(group->places[i]);
    crunch_group_more_reference_free(group->more);
    free(group->sums);
    free(group->values);
    free(group->places);
    free(group->key);
    free(group);
}

enum crunch_code crunch_group_reference_create(const struct crunch_plan *plan, const void *config,
                                               void **self, struct crunch_error *error)
{
    struct reference *reference = calloc(1, sizeof *reference);
    (void)config;
    *self = reference;
    if (!reference)
        return no_memory(error);
    reference->plan = plan;
    return CRUNCH_OK;
}

/* Whether an operation asks for a column's values in order (of stats: not those of texts). */
static bool wants_order(const struct crunch_plan *plan, size_t column)
{
    for (size_t i = 0; i < plan->job->n_ops; i++)
        if (crunch_order_need(plan->job->ops[i]) &&
            crunch_plan_applies(plan, column, plan->job->ops[i]))
            return true;
    return false;
}

static bool add_values(const struct crunch_plan *plan, struct group *group)
{
    group->values = calloc(plan->n_columns + 1, sizeof(void *));
    for (size_t i = 0; i < plan->n_columns && group->values; i++) {
        if (!wants_order(plan, i))
            continue;
        group->values[i] = crunch_reference_values_create(
            crunch_layout_arith(&plan->layout, plan->slot[i]), plan->job, 1);
        if (!group->values[i])
            return false;
    }
    return group->values != NULL;
}

/* The use of the places of a slot; NULL: there is none. */
static const struct crunch_places_config *places_of(const struct crunch_plan *plan, size_t slot)
{
    for (size_t i = 0; i < plan->n_collecting; i++) {
        const struct crunch_places_config *config = plan->collecting[i].config;
        if (plan->collecting[i].collector == &crunch_group_places_collector && config->slot == slot)
            return config;
    }
    return NULL;
}

static bool add_places(const struct crunch_plan *plan, struct group *group)
{
    struct crunch_error ignored = {0}; /* the caller's says the same */
    if (plan->n_columns == 0 || places_of(plan, plan->slot[0]) == NULL)
        return true;
    group->places = calloc(plan->n_columns, sizeof(void *));
    for (size_t i = 0; i < plan->n_columns && group->places; i++)
        if (crunch_places_reference_create(plan, places_of(plan, plan->slot[i]), &group->places[i],
                                           &ignored))
            return false;
    return group->places != NULL;
}

static struct group *new_group(const struct crunch_plan *plan)
{
    struct group *group = calloc(1, sizeof *group);
    if (!group)
        return NULL;
    group->more = crunch_group_more_reference_create(plan);
    if (!group->more)
        goto failed;
    group->sums = calloc(plan->n_columns + 1, sizeof(void *));
    for (size_t i = 0; i < plan->n_columns && group->sums; i++) {
        group->sums[i] = crunch_reference_sums_create(
            crunch_layout_arith(&plan->layout, plan->slot[i]), plan->by_needs[i]);
        if (!group->sums[i])
            goto failed;
    }
    if (group->sums && add_values(plan, group) && add_places(plan, group))
        return group;

failed:
    free_group(plan, group);
    return NULL;
}

/* The row's group, made if it is new; NULL: out of memory. */
static struct group *find_group(struct reference *reference, const struct crunch_reference_row *row)
{
    struct group wanted = {0};
    crunch_group_key_of_row(reference->plan, row, &wanted.key, &wanted.len);
    if (!wanted.key)
        return NULL;
    struct group **found = tfind(&wanted, &reference->tree, by_key);
    if (found) {
        free(wanted.key);
        return *found;
    }
    struct group *group = new_group(reference->plan);
    if (!group) {
        free(wanted.key);
        return NULL;
    }
    group->key = wanted.key;
    group->len = wanted.len;
    if (tsearch(group, &reference->tree, by_key))
        return group;
    free_group(reference->plan, group);
    return NULL;
}

enum crunch_code crunch_group_reference_row(void *self, const struct crunch_reference_row *row,
                                            struct crunch_error *error)
{
    struct reference *reference = self;
    const struct crunch_plan *plan = reference->plan;
    struct group *group = find_group(reference, row);
    if (!group)
        return no_memory(error);
    group->rows++;
    for (size_t i = 0; i < plan->n_columns; i++) {
        const size_t slot = plan->slot[i];
        crunch_reference_sums_add(group->sums[i], row->cell[slot].number,
                                  !(plan->scan.need[slot] & CRUNCH_NEED_NUMBER));
        if (group->values[i] &&
            !crunch_reference_values_add(group->values[i], row->cell[slot].number))
            return no_memory(error);
        if (group->places && crunch_places_reference_row(group->places[i], row, error))
            return error->code;
    }
    return crunch_group_more_reference_row(group->more, row, error);
}

static void write_texts(struct reference *reference, size_t column,
                        const struct crunch_exact *exact)
{
    const struct crunch_job *job = reference->plan->job;
    char *encoded = crunch_exact_encode(exact);
    reference->failed |= encoded == NULL;
    fprintf(reference->out, "\t%s", encoded ? encoded : "");
    free(encoded);
    for (size_t i = 0; i < job->n_ops; i++) {
        if (!is_of_column(reference->plan, column, job->ops[i]))
            continue;
        char *text = crunch_reference_text(exact, job->ops[i], &job->op_options, 0);
        reference->failed |= text == NULL;
        fprintf(reference->out, " %s", text ? text : "");
        free(text);
    }
}

static bool take_places(const struct crunch_plan *plan, const struct group *group, size_t column,
                        struct crunch_placed *placed)
{
    struct crunch_error ignored = {0};
    placed->numeric = plan->job->op_options.numeric;
    crunch_value_init(&placed->value[0]);
    crunch_value_init(&placed->value[1]);
    if (group->places == NULL)
        return true;
    if (crunch_places_reference_take(group->places[column], placed, &ignored))
        return false;
    crunch_placed_read_texts(plan, placed);
    return true;
}

static void write_group(const void *node, VISIT visit, void *closure)
{
    struct reference *reference = closure;
    const struct crunch_plan *plan = reference->plan;
    const struct group *group = *(struct group *const *)node;
    if (visit != postorder && visit != leaf) /* glibc's names: second visit, or the only one */
        return;
    write_key(reference->out, group->key, group->len);
    fprintf(reference->out, "rows=%" PRIu64, group->rows);
    for (size_t i = 0; i < plan->n_columns; i++) {
        struct crunch_exact exact;
        crunch_exact_init(&exact, crunch_layout_arith(&plan->layout, plan->slot[i]),
                          plan->by_needs[i]);
        reference->failed |= !crunch_reference_sums_total(group->sums[i], &exact);
        struct crunch_ordered ordered = {0};
        if (group->values[i]) {
            reference->failed |= crunch_reference_values_total(group->values[i], plan->job, &exact,
                                                               &ordered) != CRUNCH_OK;
            exact.ordered = &ordered;
        }
        struct crunch_placed placed = {0};
        reference->failed |= !take_places(plan, group, i, &placed);
        exact.placed = &placed;
        write_texts(reference, i, &exact);
        crunch_placed_clear(&placed);
        crunch_ordered_clear(&ordered);
        crunch_exact_clear(&exact);
    }
    struct crunch_error ignored = {0}; /* what fails is memory, and the caller says so */
    reference->failed |=
        crunch_group_more_reference_write(group->more, reference->out, &ignored) != CRUNCH_OK;
    putc('\n', reference->out);
}

enum crunch_code crunch_group_reference_write(void *self, FILE *out, struct crunch_error *error)
{
    struct reference *reference = self;
    reference->out = out;
    if (reference->tree)
        twalk_r(reference->tree, write_group, reference);
    return reference->failed ? no_memory(error) : CRUNCH_OK;
}

void crunch_group_reference_destroy(void *self)
{
    struct reference *reference = self;
    while (reference && reference->tree) {
        struct group *group = *(struct group **)reference->tree;
        tdelete(group, &reference->tree, by_key);
        free_group(reference->plan, group);
    }
    free(reference);
}
