/*
 * Owns the table of a column's values (freq, top): a row for each, from the census of the run. Of
 * several columns the tables follow one another, the column's name in front. A table of many rows
 * is printed row by row as the census is read, and never held as a whole unless people are to see
 * it.
 */
#include "cmd/results_values.h"
#include "core/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 4

/* Rows as they are made, one after another. */
struct rows {
    const struct crunch_plan *plan;
    const struct crunch_run_result *run;
    unsigned precision;
    bool named; /* the column stands in front */
    size_t n_fields;
    /* Takes a row, whose texts it may keep (and set to NULL). */
    enum crunch_code (*take)(struct rows *rows, struct crunch_field *fields,
                             struct crunch_error *error);
    size_t column; /* of the plan: at hand, ... */
    const struct crunch_census *census;
    uint64_t count; /* ... whose share is known: equally frequent values stand together */
    char *share;
    struct crunch_results *results; /* where the rows go, ... */
    size_t row;
    const struct values_printing *printing; /* ... or where */
};

static const char *const titles[FIELDS_MAX] = {"column", "value", "count", "share"};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}

static const struct crunch_census *census_of(const struct crunch_plan *plan,
                                             const struct crunch_run_result *run, size_t column)
{
    return crunch_counts_census(plan, &run->counts, plan->slot[column],
                                plan->job->op_options.numeric);
}

static uint64_t missing_in(const struct crunch_plan *plan, const struct crunch_run_result *run,
                           size_t column)
{
    struct crunch_exact exact;
    size_t slot = plan->slot[column];
    crunch_exact_init(&exact, crunch_layout_arith(&plan->layout, slot), plan->needs[slot]);
    crunch_run_extract(plan, run, slot, &exact);
    uint64_t missing = exact.missing;
    crunch_exact_clear(&exact);
    return missing;
}

static bool lists_missing(const struct crunch_plan *plan, const struct crunch_run_result *run,
                          size_t column)
{
    return plan->job->ops[0]->needs & CRUNCH_NEEDS_LIST && missing_in(plan, run, column) > 0;
}

uint64_t crunch_values_rows(const struct crunch_plan *plan, const struct crunch_run_result *run)
{
    uint64_t n = 0;
    for (size_t column = 0; column < plan->n_columns; column++)
        n += census_of(plan, run, column)->n_most + lists_missing(plan, run, column);
    return n;
}

/* ---- rows ---- */

/* text is owned by the field from then on. */
static bool set(struct crunch_field *field, enum crunch_field_kind kind, char *text, size_t len)
{
    *field = (struct crunch_field){kind, text, len};
    return text != NULL;
}

static bool set_count(struct crunch_field *field, uint64_t count)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRIu64, count);
    return set(field, CRUNCH_FIELD_NUMBER, strdup(text), (size_t)len);
}

static bool set_share(struct rows *rows, struct crunch_field *field, uint64_t count)
{
    if (!rows->share || rows->count != count) {
        struct crunch_value share;
        crunch_value_init(&share);
        share.kind = CRUNCH_VALUE_RATIO;
        mpz_set_ui(mpq_numref(share.number), count);
        mpz_set_ui(mpq_denref(share.number), rows->census->total);
        mpq_canonicalize(share.number);
        free(rows->share);
        rows->share = crunch_value_text(&share, rows->precision);
        rows->count = count;
        crunch_value_clear(&share);
    }
    char *text = rows->share ? strdup(rows->share) : NULL;
    return set(field, CRUNCH_FIELD_NUMBER, text, text ? strlen(text) : 0);
}

/* Hands a row over; its first field is the column's name, where there is one. */
static enum crunch_code hand_over(struct rows *rows, struct crunch_field *fields, bool good,
                                  struct crunch_error *error)
{
    char index_text[24];
    if (rows->named)
        fields[0] =
            crunch_column_name(rows->plan->view, rows->plan->column[rows->column],
                               rows->results ? rows->results->names[rows->column] : index_text);
    enum crunch_code code = good ? rows->take(rows, fields, error) : no_memory(error);
    for (size_t i = rows->named; i < rows->n_fields; i++)
        free((void *)(uintptr_t)fields[i].text);
    return code;
}

static enum crunch_code make_row(void *context, const struct crunch_census_item *item,
                                 struct crunch_error *error)
{
    struct rows *rows = context;
    struct crunch_field fields[FIELDS_MAX] = {0}, *field = fields + rows->named;
    size_t len = 0;
    enum crunch_field_kind kind = CRUNCH_FIELD_TEXT;
    char *text = crunch_census_text(rows->census->by_value, item, rows->precision, &len);
    if (rows->census->by_value && text)
        kind = strpbrk(text, "ni") ? CRUNCH_FIELD_SPECIAL : CRUNCH_FIELD_NUMBER;
    bool good = set(&field[0], kind, text, len) && set_count(&field[1], item->count) &&
                set_share(rows, &field[2], item->count);
    return hand_over(rows, fields, good, error);
}

static enum crunch_code make_missing(struct rows *rows, struct crunch_error *error)
{
    struct crunch_field fields[FIELDS_MAX] = {0}, *field = fields + rows->named;
    bool good = set(&field[0], CRUNCH_FIELD_EMPTY, strdup(""), 0) &&
                set_count(&field[1], missing_in(rows->plan, rows->run, rows->column)) &&
                set(&field[2], CRUNCH_FIELD_EMPTY, strdup(""), 0);
    return hand_over(rows, fields, good, error);
}

static enum crunch_code make_rows(struct rows *rows, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (rows->column = 0; rows->column < rows->plan->n_columns && !code; rows->column++) {
        rows->census = census_of(rows->plan, rows->run, rows->column);
        free(rows->share);
        rows->share = NULL;
        code = crunch_census_each(rows->census, make_row, rows, error);
        if (!code && lists_missing(rows->plan, rows->run, rows->column))
            code = make_missing(rows, error);
    }
    free(rows->share);
    rows->share = NULL;
    return code;
}

/* ---- into a grid ---- */

static enum crunch_code keep_row(struct rows *rows, struct crunch_field *fields,
                                 struct crunch_error *error)
{
    (void)error;
    memcpy(&rows->results->fields[rows->row++ * rows->n_fields], fields,
           rows->n_fields * sizeof *fields);
    memset(fields, 0, rows->n_fields * sizeof *fields);
    return CRUNCH_OK;
}

static struct rows rows_of(const struct crunch_plan *plan, const struct crunch_run_result *run,
                           unsigned precision)
{
    const bool named = plan->n_columns > 1;
    return (struct rows){.plan = plan,
                         .run = run,
                         .precision = precision,
                         .named = named,
                         .n_fields = FIELDS_MAX - !named};
}

enum crunch_code crunch_values_make(struct crunch_results *results, const struct crunch_plan *plan,
                                    const struct crunch_run_result *run, unsigned precision,
                                    struct crunch_error *error)
{
    struct rows rows = rows_of(plan, run, precision);
    const size_t n_rows = (size_t)crunch_values_rows(plan, run);
    rows.take = keep_row;
    rows.results = results;
    *results = (struct crunch_results){.first_owned = rows.named};
    results->titles = calloc(rows.n_fields, sizeof *results->titles);
    results->fields = calloc(n_rows * rows.n_fields + 1, sizeof *results->fields);
    results->names = calloc(plan->n_columns + 1, sizeof *results->names);
    results->grid = (struct crunch_grid){rows.n_fields, n_rows, results->titles, results->fields};
    if (!results->titles || !results->fields || !results->names)
        return no_memory(error);
    for (size_t i = 0; i < rows.n_fields; i++)
        results->titles[i] = titles[i + !rows.named];
    return make_rows(&rows, error);
}

/* ---- row by row ---- */

struct values_printing {
    FILE *out;
    enum crunch_format format;
    struct crunch_bytes *bytes;
};

static enum crunch_code check_row(struct rows *rows, struct crunch_field *fields,
                                  struct crunch_error *error)
{
    return crunch_grid_check_utf8(fields, rows->n_fields, error);
}

static enum crunch_code print_row(struct rows *rows, struct crunch_field *fields,
                                  struct crunch_error *error)
{
    const struct values_printing *to = rows->printing;
    to->bytes->len = 0;
    crunch_grid_row(to->bytes, to->format, rows->n_fields, titles + !rows->named, fields);
    if (to->bytes->failed)
        return no_memory(error);
    if (rows->row++ > 0 && to->format == CRUNCH_FORMAT_JSON)
        putc(',', to->out);
    fwrite(to->bytes->data, 1, to->bytes->len, to->out);
    if (to->format == CRUNCH_FORMAT_JSONL)
        putc('\n', to->out);
    return CRUNCH_OK;
}

enum crunch_code crunch_values_print(FILE *out, const struct crunch_plan *plan,
                                     const struct crunch_run_result *run, unsigned precision,
                                     enum crunch_format format, enum crunch_json_bytes json_bytes,
                                     struct crunch_error *error)
{
    struct rows rows = rows_of(plan, run, precision);
    struct crunch_bytes bytes = {0};
    const struct values_printing to = {out, format, &bytes};
    const struct crunch_grid empty = {rows.n_fields, 0, titles + !rows.named, NULL};
    const bool json = format == CRUNCH_FORMAT_JSON, lines = format == CRUNCH_FORMAT_JSONL;
    enum crunch_code code = CRUNCH_OK;
    rows.printing = &to;
    rows.take = check_row;
    if ((json || lines) && json_bytes == CRUNCH_JSON_BYTES_ERROR)
        code = make_rows(&rows, error);
    rows.take = print_row;
    if (!code && json)
        putc('[', out);
    else if (!code && !lines)
        code = crunch_grid_print(out, &empty, format, json_bytes, error);
    if (!code)
        code = make_rows(&rows, error);
    if (!code && json)
        fputs("]\n", out);
    crunch_bytes_free(&bytes);
    return code;
}
