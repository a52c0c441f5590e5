/*
 * Owns how groups become rows. They are worked out and laid out on several threads (render), each
 * row as the bytes that will be printed, and printed in their order (take). Only a table for
 * people, whose columns are as wide as their widest field, is held as a whole before it is printed.
 */
#include "cmd/results_groups.h"
#include "cmd/help.h"
#include "core/backend_pool.h"
#include "core/group_order.h"
#include "core/group_places.h"

#include <stdlib.h>
#include <string.h>

/* What a field of a row shows. */
struct shown {
    size_t column;              /* of the plan */
    const struct crunch_op *op; /* NULL: the group's rows */
    enum crunch_group_quick quick;
};

/* A row being laid out. */
struct row {
    struct crunch_field *fields;         /* keys, then results */
    char (*room)[CRUNCH_QUICK_TEXT_MAX]; /* of the results: for texts that are not malloc'd */
    const char **begin;                  /* of the keys' cells */
    size_t *len;
};

struct printing {
    const struct crunch_group_results *results;
    struct crunch_group_orders *orders; /* NULL: nothing is asked of values in order */
    struct crunch_group_places *places; /* NULL: nothing is asked of places */
    const struct crunch_settings *settings;
    enum crunch_format format;
    FILE *out;
    size_t n_keys, n_shown;
    struct shown *shown;
    char **titles; /* n_keys + n_shown */
    bool begun;    /* titles are printed */
    uint64_t taken;
    struct crunch_bytes held; /* of a table: its rows, each behind its length */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}

/* ---- columns ---- */

/* Is the op the number of rows? */
static bool counts_rows(const struct crunch_group_results *results, const struct crunch_op *op)
{
    return strcmp(op->name, "count") == 0 && !results->plan->chosen && !results->per_column;
}

static bool add_shown(struct printing *p, size_t column, const struct crunch_op *op)
{
    const struct crunch_plan *plan = p->results->plan;
    char index_text[24], **title = &p->titles[p->n_keys + p->n_shown];
    p->shown[p->n_shown++] =
        (struct shown){column, op, op ? crunch_group_quick_of(op) : CRUNCH_GROUP_SLOW};
    if (!op) {
        *title = strdup("count");
        return *title != NULL;
    }
    struct crunch_field name = crunch_column_name(plan->view, plan->column[column], index_text);
    *title = NULL;
    return asprintf(title, "%.*s_%s", (int)name.len, name.text, op->name) >= 0;
}

/* The keys; then op by op for each column. The number of rows stands once, where it is asked for.
 */
static enum crunch_code make_columns(struct printing *p, struct crunch_error *error)
{
    const struct crunch_plan *plan = p->results->plan;
    const struct crunch_job *job = plan->job;
    const size_t n_columns = plan->records_only ? 1 : plan->n_columns;
    bool good;
    p->n_keys = plan->n_by;
    p->shown = calloc(n_columns * job->n_ops + 1, sizeof *p->shown);
    p->titles = calloc(p->n_keys + n_columns * job->n_ops + 1, sizeof *p->titles);
    good = p->shown && p->titles;
    for (size_t k = 0; k < p->n_keys && good; k++) {
        char index_text[24];
        struct crunch_field name = crunch_column_name(plan->view, plan->by_column[k], index_text);
        p->titles[k] = strndup(name.text, name.len);
        good = p->titles[k] != NULL;
    }
    for (size_t c = 0; c < n_columns; c++)
        for (size_t i = 0; i < job->n_ops && good; i++) {
            bool rows = counts_rows(p->results, job->ops[i]);
            if (!rows || c == 0)
                good = add_shown(p, c, rows ? NULL : job->ops[i]);
        }
    return good ? CRUNCH_OK : no_memory(error);
}

/* ---- a group ---- */

static enum crunch_code value_of(const struct crunch_group_results *results,
                                 const struct crunch_group *group, const struct shown *shown,
                                 const struct crunch_exact *exact, struct crunch_value *value,
                                 struct crunch_error *error)
{
    for (size_t i = 0; i < results->n_extra && shown->op; i++) {
        const struct crunch_group_extra *extra = &results->extra[i];
        size_t len;
        const char *key = crunch_group_key(group, &len);
        if (extra->answers(extra->context, shown->op))
            return extra->lookup(extra->context, key, len, shown->column, shown->op, value, error);
    }
    if (shown->op) {
        crunch_op_finish(shown->op, exact, &results->plan->job->op_options, value);
    } else {
        value->kind = CRUNCH_VALUE_COPIED;
        mpz_set_ui(mpq_numref(value->number), crunch_group_rows(group));
    }
    return CRUNCH_OK;
}

/* Initialises *exact and fills it with a column's content. */
static void load_exact(const struct printing *p, const struct crunch_group *group, size_t column,
                       struct crunch_exact *exact)
{
    const struct crunch_plan *plan = p->results->plan;
    size_t len;
    const char *key = crunch_group_key(group, &len);
    if (plan->records_only) {
        crunch_exact_init(exact, plan->table->dialect.arith, 0);
        return;
    }
    crunch_exact_init(exact, crunch_layout_arith(&plan->layout, plan->slot[column]),
                      plan->by_needs);
    crunch_group_exact(group, column, exact);
    exact->ordered = crunch_group_orders_find(p->orders, key, len, column);
    exact->placed = crunch_group_places_find(p->places, key, len, column);
}

/* The text of a result that is quick to write. */
static bool fill_quickly(const struct printing *p, const struct crunch_group *group,
                         const struct shown *shown, char room[CRUNCH_QUICK_TEXT_MAX],
                         struct crunch_field *field)
{
    size_t len;
    bool done = false;
    if (p->settings->precision > 0 || p->results->n_extra > 0)
        return false;
    if (!shown->op)
        done = crunch_quick_decimal(crunch_group_rows(group), 0, room, &len);
    else if (shown->quick != CRUNCH_GROUP_SLOW && !p->results->plan->records_only)
        done = crunch_group_text(group, shown->column, shown->quick, room, &len);
    if (done)
        *field = (struct crunch_field){CRUNCH_FIELD_NUMBER, room, len};
    return done;
}

/* Sets the fields of the results; their texts are malloc'd, or in the row's room. */
static enum crunch_code fill_results(const struct printing *p, const struct crunch_group *group,
                                     struct row *row, struct crunch_error *error)
{
    struct crunch_exact exact;
    size_t loaded = SIZE_MAX;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < p->n_shown && !code; i++) {
        struct crunch_field *field = &row->fields[p->n_keys + i];
        struct crunch_value value;
        if (fill_quickly(p, group, &p->shown[i], row->room[i], field))
            continue;
        if (loaded != p->shown[i].column) {
            if (loaded != SIZE_MAX)
                crunch_exact_clear(&exact);
            loaded = p->shown[i].column;
            load_exact(p, group, loaded, &exact);
        }
        crunch_value_init(&value);
        code = value_of(p->results, group, &p->shown[i], &exact, &value, error);
        if (!code && !crunch_field_of_value(field, &value, p->settings->precision))
            code = no_memory(error);
        crunch_value_clear(&value);
    }
    if (loaded != SIZE_MAX)
        crunch_exact_clear(&exact);
    return code;
}

static bool make_row(const struct printing *p, struct row *row)
{
    const size_t n = p->n_keys + p->n_shown;
    *row =
        (struct row){.fields = calloc(1, n * sizeof *row->fields +
                                             p->n_keys * (sizeof *row->begin + sizeof *row->len) +
                                             p->n_shown * sizeof *row->room)};
    if (!row->fields)
        return false;
    row->begin = (const char **)(row->fields + n);
    row->len = (size_t *)(row->begin + p->n_keys);
    row->room = (char(*)[CRUNCH_QUICK_TEXT_MAX])(row->len + p->n_keys);
    return true;
}

static void free_row(const struct printing *p, struct row *row)
{
    for (size_t i = 0; i < p->n_shown && row->fields; i++) {
        const char *text = row->fields[p->n_keys + i].text;
        if (text != row->room[i])
            free((void *)(uintptr_t)text);
    }
    free(row->fields);
}

/* A row of a table that is held: each field's kind, length and text. */
static void hold_row(struct crunch_bytes *out, const struct crunch_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crunch_bytes_add_varint(out, fields[i].kind);
        crunch_bytes_add_varint(out, fields[i].len);
        crunch_bytes_add(out, fields[i].text, fields[i].len);
    }
}

static enum crunch_code render(const void *context, const struct crunch_group *group,
                               struct crunch_bytes *out, struct crunch_error *error)
{
    const struct printing *p = context;
    const size_t n = p->n_keys + p->n_shown;
    const bool json = p->format == CRUNCH_FORMAT_JSON || p->format == CRUNCH_FORMAT_JSONL;
    struct row row;
    size_t key_len;
    const char *key = crunch_group_key(group, &key_len);
    enum crunch_code code = make_row(p, &row) ? CRUNCH_OK : no_memory(error);
    if (code)
        return code;
    crunch_group_key_split(p->results->plan, key, key_len, row.begin, row.len);
    for (size_t k = 0; k < p->n_keys; k++)
        row.fields[k] = (struct crunch_field){CRUNCH_FIELD_TEXT, row.begin[k], row.len[k]};
    code = fill_results(p, group, &row, error);
    if (!code && json && p->settings->json_bytes == CRUNCH_JSON_BYTES_ERROR)
        code = crunch_grid_check_utf8(row.fields, n, error);
    if (!code && p->format == CRUNCH_FORMAT_TABLE)
        hold_row(out, row.fields, n);
    else if (!code)
        crunch_grid_row(out, p->format, n, (const char *const *)p->titles, row.fields);
    free_row(p, &row);
    return code;
}

static enum crunch_code first_value(const void *context, const struct crunch_group *group,
                                    struct crunch_value *value, struct crunch_error *error)
{
    const struct printing *p = context;
    struct crunch_exact exact;
    load_exact(p, group, p->shown[0].column, &exact);
    enum crunch_code code = value_of(p->results, group, &p->shown[0], &exact, value, error);
    crunch_exact_clear(&exact);
    return code;
}

/* ---- printing ---- */

static enum crunch_code print_titles(struct printing *p, struct crunch_error *error)
{
    p->begun = true;
    const struct crunch_grid empty = {p->n_keys + p->n_shown, 0, (const char *const *)p->titles,
                                      NULL};
    if (p->format == CRUNCH_FORMAT_CSV || p->format == CRUNCH_FORMAT_TSV)
        return crunch_grid_print(p->out, &empty, p->format, CRUNCH_JSON_BYTES_ERROR, error);
    if (p->format == CRUNCH_FORMAT_JSON)
        putc('[', p->out);
    return CRUNCH_OK;
}

static enum crunch_code take(void *context, const char *key, size_t key_len, const void *data,
                             size_t bytes, struct crunch_error *error)
{
    struct printing *p = context;
    enum crunch_code code = p->begun ? CRUNCH_OK : print_titles(p, error);
    (void)key, (void)key_len;
    if (code)
        return code;
    if (p->format == CRUNCH_FORMAT_TABLE) {
        crunch_bytes_add(&p->held, data, bytes);
        p->taken++;
        return p->held.failed ? no_memory(error) : CRUNCH_OK;
    }
    if (p->taken++ > 0 && p->format == CRUNCH_FORMAT_JSON)
        putc(',', p->out);
    fwrite(data, 1, bytes, p->out);
    if (p->format == CRUNCH_FORMAT_JSONL)
        putc('\n', p->out);
    return CRUNCH_OK;
}

static enum crunch_code print_held(struct printing *p, struct crunch_error *error)
{
    const size_t n_columns = p->n_keys + p->n_shown, n = (size_t)p->taken * n_columns;
    struct crunch_field *fields = calloc(n + 1, sizeof *fields);
    const unsigned char *at = p->held.data;
    if (!fields)
        return no_memory(error);
    for (size_t i = 0; i < n; i++) {
        uint64_t kind, len;
        at = crunch_get_varint(crunch_get_varint(at, &kind), &len);
        fields[i].kind = (unsigned)kind;
        fields[i].text = (const char *)at;
        fields[i].len = (size_t)len;
        at += len;
    }
    const struct crunch_grid grid = {n_columns, (size_t)p->taken, (const char *const *)p->titles,
                                     fields};
    enum crunch_code code =
        crunch_grid_print(p->out, &grid, p->format, CRUNCH_JSON_BYTES_ERROR, error);
    free(fields);
    return code;
}

enum crunch_code crunch_group_results_print(FILE *out, const struct crunch_group_results *results,
                                            const struct crunch_invocation *invocation)
{
    const struct crunch_job *job = results->plan->job;
    struct crunch_error *error = invocation->error;
    struct printing p = {
        .results = results,
        .settings = invocation->settings,
        .format = crunch_resolve_format(invocation->settings, out),
        .out = out,
    };
    const struct crunch_groups_walk walk = {&p, render, take, first_value};
    enum crunch_code code = make_columns(&p, error);
    if (!code)
        code = crunch_group_orders_make(results->plan, &results->run->logs, &p.orders, error);
    if (!code)
        code = crunch_group_places_make(results->plan, &results->run->logs, &p.places, error);
    if (!code)
        code =
            crunch_groups_walk(results->plan, &results->run->logs, CRUNCH_GROUP_STREAM, job->order,
                               job->descending, crunch_parallel_threads(job), &walk, error);
    if (!code && !p.begun)
        code = print_titles(&p, error);
    if (!code && p.format == CRUNCH_FORMAT_TABLE)
        code = print_held(&p, error);
    else if (!code && p.format == CRUNCH_FORMAT_JSON)
        fputs("]\n", out);
    crunch_group_orders_free(p.orders);
    crunch_group_places_free(p.places);
    crunch_bytes_free(&p.held);
    for (size_t i = 0; i < p.n_keys + p.n_shown && p.titles; i++)
        free(p.titles[i]);
    free(p.titles);
    free(p.shown);
    return code;
}
