/*
 * Owns how groups become rows. They are worked out and laid out on several threads (render), each
 * row as the bytes that will be printed, and printed in their order (take). Only a table for
 * people, whose columns are as wide as their widest field, is held as a whole before it is printed.
 */
#include "cmd/results_groups.h"
#include "cmd/help.h"
#include "cmd/results_group_tables.h"
#include "core/backend_pool.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A row being laid out. */
struct row {
    struct crunch_field *fields;         /* keys, then results */
    char (*room)[CRUNCH_QUICK_TEXT_MAX]; /* of the results: for texts that are not malloc'd */
    const char **begin;                  /* of the keys' cells */
    size_t *len;
};

struct printing {
    const struct crunch_group_results *results;
    struct crunch_group_values values;
    const struct crunch_settings *settings;
    enum crunch_format format;
    FILE *out;
    size_t n_keys, n_shown;
    bool of_tables;                 /* a group has several rows: cmd/results_group_tables.h */
    char **key_titles;              /* n_keys; owned */
    const char **titles;            /* n_keys + n_shown */
    _Atomic uint64_t *undetermined; /* groups whose regression has no one answer */
    bool begun;                     /* titles are printed */
    bool some;                      /* so is a row */
    struct crunch_bytes held;       /* of a table: the fields of its rows */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}

/* ---- columns ---- */

/* The keys, then what values show. */
static enum crunch_code make_columns(struct printing *p, struct crunch_error *error)
{
    const struct crunch_plan *plan = p->results->plan;
    enum crunch_code code = crunch_group_values_make(&p->values, p->results, error);
    if (code)
        return code;
    p->n_keys = plan->n_by;
    const char *table_titles[CRUNCH_GROUP_TABLE_FIELDS];
    p->of_tables = crunch_group_is_table(plan->job);
    p->n_shown = p->of_tables ? crunch_group_table_titles(plan, table_titles) : p->values.n;
    p->titles = calloc(p->n_keys + p->n_shown, sizeof *p->titles);
    p->key_titles = calloc(p->n_keys + 1, sizeof *p->key_titles);
    bool good = p->titles && p->key_titles;
    for (size_t k = 0; k < p->n_keys && good; k++) {
        char index_text[24];
        struct crunch_field name = crunch_column_name(plan->view, plan->by_column[k], index_text);
        p->key_titles[k] = strndup(name.text, name.len);
        p->titles[k] = p->key_titles[k];
        good = p->titles[k] != NULL;
    }
    for (size_t i = 0; i < p->n_shown && good; i++)
        p->titles[p->n_keys + i] = p->of_tables ? table_titles[i] : p->values.shown[i].title;
    return good ? CRUNCH_OK : no_memory(error);
}

/* ---- a group ---- */

/* The text of a result that is quick to write. */
static bool fill_quickly(const struct printing *p, const struct crunch_group *group,
                         const struct crunch_group_shown *shown, char room[CRUNCH_QUICK_TEXT_MAX],
                         struct crunch_field *field)
{
    size_t len;
    bool done = false;
    if (p->settings->precision > 0)
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
    struct crunch_group_content content;
    enum crunch_code code = CRUNCH_OK;
    crunch_group_content_begin(&content);
    for (size_t i = 0; i < p->n_shown && !code; i++) {
        struct crunch_field *field = &row->fields[p->n_keys + i];
        struct crunch_value value;
        if (fill_quickly(p, group, &p->values.shown[i], row->room[i], field))
            continue;
        crunch_value_init(&value);
        code = crunch_group_value(&p->values, group, i, &content, &value, error);
        if (!code && !crunch_field_of_value(field, &value, p->settings->precision))
            code = no_memory(error);
        crunch_value_clear(&value);
    }
    if (content.fitted && !content.fits)
        atomic_fetch_add(p->undetermined, 1);
    crunch_group_content_end(&content);
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

/* What comes out for a group: bytes to be printed, then, for the report, fields and this. */
struct reported {
    uint64_t rows, bytes; /* bytes: of the fields */
};

/* A group being rendered. */
struct rendered {
    struct crunch_bytes *out;
    struct crunch_bytes held; /* for the report */
    uint64_t rows;
};

/* Appends a row, behind others of its group. */
static enum crunch_code add_row(const struct printing *p, const struct crunch_field *fields,
                                struct rendered *to, struct crunch_error *error)
{
    const size_t n = p->n_keys + p->n_shown;
    struct crunch_bytes *out = to->out;
    const bool json = p->format == CRUNCH_FORMAT_JSON || p->format == CRUNCH_FORMAT_JSONL;
    if (json && p->settings->json_bytes == CRUNCH_JSON_BYTES_ERROR) {
        enum crunch_code code = crunch_grid_check_utf8(fields, n, error);
        if (code)
            return code;
    }
    if (json && to->rows > 0)
        crunch_bytes_add(out, p->format == CRUNCH_FORMAT_JSON ? "," : "\n", 1);
    to->rows++;
    if (p->format == CRUNCH_FORMAT_TABLE)
        crunch_hold_fields(out, fields, n);
    else
        crunch_grid_row(out, p->format, n, p->titles, fields);
    if (p->results->reported)
        crunch_hold_fields(&to->held, fields, n);
    return CRUNCH_OK;
}

/* A row of a table: the fields of its group's keys, and those behind them. */
struct table_row {
    const struct printing *printing;
    struct crunch_field *fields;
    struct rendered *to;
};

static enum crunch_code add_table_row(void *context, const struct crunch_field *fields,
                                      struct crunch_error *error)
{
    struct table_row *row = context;
    const struct printing *p = row->printing;
    memcpy(&row->fields[p->n_keys], fields, p->n_shown * sizeof *fields);
    return add_row(p, row->fields, row->to, error);
}

/* All rows of a group. */
static enum crunch_code add_table(const struct printing *p, const struct crunch_group *group,
                                  struct row *row, struct rendered *to, struct crunch_error *error)
{
    struct table_row table = {p, row->fields, to};
    const struct crunch_group_table_sink sink = {&table, add_table_row};
    enum crunch_code code =
        crunch_group_table(&p->values, group, p->settings->precision, &sink, error);
    /* The texts were the table's. */
    memset(&row->fields[p->n_keys], 0, p->n_shown * sizeof *row->fields);
    return code;
}

static enum crunch_code render(const void *context, const struct crunch_group *group,
                               struct crunch_bytes *out, struct crunch_error *error)
{
    const struct printing *p = context;
    struct row row;
    struct rendered to = {.out = out};
    size_t key_len;
    const char *key = crunch_group_key(group, &key_len);
    enum crunch_code code = make_row(p, &row) ? CRUNCH_OK : no_memory(error);
    if (code)
        return code;
    crunch_group_key_split(p->results->plan, key, key_len, row.begin, row.len);
    for (size_t k = 0; k < p->n_keys; k++)
        row.fields[k] = (struct crunch_field){CRUNCH_FIELD_TEXT, row.begin[k], row.len[k]};
    if (p->of_tables)
        code = add_table(p, group, &row, &to, error);
    else
        code = fill_results(p, group, &row, error);
    if (!code && !p->of_tables)
        code = add_row(p, row.fields, &to, error);
    if (!code && p->results->reported) {
        const struct reported reported = {to.rows, to.held.len};
        crunch_bytes_add(out, to.held.data, to.held.len);
        crunch_bytes_add(out, &reported, sizeof reported);
        out->failed |= to.held.failed;
    }
    crunch_bytes_free(&to.held);
    free_row(p, &row);
    return code;
}

static enum crunch_code first_value(const void *context, const struct crunch_group *group,
                                    struct crunch_value *value, struct crunch_error *error)
{
    const struct printing *p = context;
    struct crunch_group_content content;
    crunch_group_content_begin(&content);
    enum crunch_code code = crunch_group_value(&p->values, group, 0, &content, value, error);
    crunch_group_content_end(&content);
    return code;
}

/* ---- printing ---- */

static enum crunch_code print_titles(struct printing *p, struct crunch_error *error)
{
    p->begun = true;
    const struct crunch_grid empty = {p->n_keys + p->n_shown, 0, p->titles, NULL};
    if (p->format == CRUNCH_FORMAT_CSV || p->format == CRUNCH_FORMAT_TSV)
        return crunch_grid_print(p->out, &empty, p->format, CRUNCH_JSON_BYTES_ERROR, error);
    if (p->format == CRUNCH_FORMAT_JSON)
        putc('[', p->out);
    return CRUNCH_OK;
}

/* Takes what is for the report off a group's bytes; returns how many are left. */
static size_t take_reported(struct crunch_reported_groups *to, size_t n_fields,
                            const unsigned char *data, size_t bytes)
{
    struct reported reported;
    bytes -= sizeof reported;
    memcpy(&reported, data + bytes, sizeof reported);
    bytes -= (size_t)reported.bytes;
    to->groups++;
    to->rows += reported.rows;
    const unsigned char *begin = data + bytes, *at = begin;
    for (uint64_t row = 0; row < reported.rows && to->kept < CRUNCH_REPORTED_ROWS; row++) {
        for (size_t i = 0; i < n_fields; i++) {
            struct crunch_field ignored;
            at = crunch_held_field(at, &ignored);
        }
        to->kept++;
    }
    crunch_bytes_add(&to->held, begin, (size_t)(at - begin));
    return bytes;
}

static enum crunch_code take(void *context, const char *key, size_t key_len, const void *data,
                             size_t bytes, struct crunch_error *error)
{
    struct printing *p = context;
    enum crunch_code code = p->begun ? CRUNCH_OK : print_titles(p, error);
    (void)key, (void)key_len;
    if (!code && p->results->reported) {
        bytes = take_reported(p->results->reported, p->n_keys + p->n_shown, data, bytes);
        if (p->results->reported->held.failed)
            code = no_memory(error);
    }
    if (code || bytes == 0)
        return code;
    if (p->format == CRUNCH_FORMAT_TABLE) {
        crunch_bytes_add(&p->held, data, bytes);
        return p->held.failed ? no_memory(error) : CRUNCH_OK;
    }
    if (p->some && p->format == CRUNCH_FORMAT_JSON)
        putc(',', p->out);
    p->some = true;
    fwrite(data, 1, bytes, p->out);
    if (p->format == CRUNCH_FORMAT_JSONL)
        putc('\n', p->out);
    return CRUNCH_OK;
}

/* How many fields are held. */
static size_t count_held(const struct crunch_bytes *held)
{
    const unsigned char *at = held->data;
    size_t n = 0;
    for (; at && at < held->data + held->len; n++) {
        struct crunch_field field;
        at = crunch_held_field(at, &field);
    }
    return n;
}

static enum crunch_code print_held(struct printing *p, struct crunch_error *error)
{
    const size_t n_columns = p->n_keys + p->n_shown, n = count_held(&p->held);
    struct crunch_field *fields = calloc(n + 1, sizeof *fields);
    const unsigned char *at = p->held.data;
    if (!fields)
        return no_memory(error);
    for (size_t i = 0; i < n; i++)
        at = crunch_held_field(at, &fields[i]);
    const struct crunch_grid grid = {n_columns, n / n_columns, p->titles, fields};
    enum crunch_code code =
        crunch_grid_print(p->out, &grid, p->format, CRUNCH_JSON_BYTES_ERROR, error);
    free(fields);
    return code;
}

static enum crunch_code report_titles(const struct printing *p, struct crunch_error *error)
{
    struct crunch_reported_groups *to = p->results->reported;
    to->n_titles = p->n_keys + p->n_shown;
    for (size_t i = 0; i < to->n_titles; i++)
        crunch_bytes_add(&to->title, p->titles[i], strlen(p->titles[i]) + 1);
    return to->title.failed ? no_memory(error) : CRUNCH_OK;
}

enum crunch_code crunch_group_results_print(FILE *out, const struct crunch_group_results *results,
                                            const struct crunch_invocation *invocation)
{
    const struct crunch_job *job = results->plan->job;
    struct crunch_error *error = invocation->error;
    _Atomic uint64_t undetermined = 0;
    struct printing p = {
        .results = results,
        .undetermined = &undetermined,
        .settings = invocation->settings,
        .format = crunch_resolve_format(invocation->settings, out),
        .out = out,
    };
    enum crunch_code code = make_columns(&p, error);
    if (!code && results->reported)
        code = report_titles(&p, error);
    const struct crunch_groups_walk walk = {&p,
                                            render,
                                            take,
                                            first_value,
                                            {results->run->counts.answers, p.values.ranks,
                                             crunch_group_orders_answers(p.values.orders),
                                             crunch_group_places_answers(p.values.places)}};
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
    if (!code && undetermined > 0)
        crunch_tell_warning(invocation->teller,
                            "the coefficients of %" PRIu64 " group%s are not determined: columns "
                            "depend on each other there; their fields are empty",
                            (uint64_t)undetermined, undetermined == 1 ? "" : "s");
    crunch_bytes_free(&p.held);
    for (size_t k = 0; k < p.n_keys && p.key_titles; k++)
        free(p.key_titles[k]);
    free(p.key_titles);
    free(p.titles);
    crunch_group_values_free(&p.values);
    return code;
}
