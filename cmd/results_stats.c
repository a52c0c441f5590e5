/*
 * Owns the looks of stats on a terminal. Nothing here is a result: what a program reads (tsv, csv,
 * JSON) has every digit and no drawing.
 */
#include "cmd/results_stats.h"
#include "cmd/terminal.h"

#include "core/histogram.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS 6      /* of means and the like */
#define BARS 16       /* of a small histogram */
#define NAME_WIDTH 24 /* characters of a column's name */

/* ---- small histograms ---- */

static char *sparkline_of(const struct crunch_plan *bins, const struct crunch_run_result *run,
                          size_t column, bool utf8, struct crunch_error *error)
{
    for (size_t k = 0; k < bins->n_collecting; k++) {
        const struct crunch_histogram_config *config = bins->collecting[k].config;
        struct crunch_histogram histogram = {0};
        if (bins->collecting[k].collector != &crunch_histogram_collector ||
            config->slot != bins->slot[column] || config->n_edges == 0)
            continue;
        char *line = NULL;
        if (!crunch_histogram_merge(config, &run->logs, (uint32_t)k, &histogram, error))
            line = crunch_sparkline(histogram.count + 1, config->n_edges - 1, utf8);
        crunch_histogram_free(&histogram);
        return line;
    }
    return strdup("");
}

/* One for each column of the plan, in line (n_columns entries, zeroed). */
static enum crunch_code draw_sparklines(const struct crunch_plan *plan,
                                        struct crunch_source *source,
                                        const struct crunch_run_result *run, char **line,
                                        struct crunch_error *error)
{
    const struct crunch_op *const ops[] = {crunch_op_find("hist", 4)};
    struct crunch_job job = *plan->job;
    struct crunch_run_result result;
    struct crunch_plan bins;
    job.ops = ops;
    job.n_ops = 1;
    job.op_options.edges = NULL;
    job.op_options.bins = BARS;
    job.rejects_path = NULL;
    job.verify = CRUNCH_VERIFY_NO;
    enum crunch_code code = crunch_plan_init(&bins, &job, plan->table, error);
    if (code)
        return code;
    code = crunch_histogram_space_from(&bins, plan, run, error);
    if (!code) {
        code = crunch_run(&bins, source, NULL, &result, error);
        for (size_t i = 0; i < plan->n_columns && !code; i++) {
            line[i] = sparkline_of(&bins, &result, i, crunch_terminal_is_utf8(), error);
            if (!line[i])
                code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        }
        crunch_run_result_free(&result);
    }
    crunch_plan_free(&bins);
    return code;
}

/* ---- the table ---- */

/* Where the text's first n characters of UTF-8 end. */
static size_t characters(const char *text, size_t len, size_t n)
{
    size_t at = 0;
    while (at < len && n-- > 0) {
        unsigned bytes = crunch_utf8_length(text + at, len - at);
        at += bytes > 0 ? bytes : 1;
    }
    return at;
}

static bool shorten(struct crunch_field *field)
{
    const char *more = crunch_terminal_is_utf8() ? "…" : "...";
    size_t kept = characters(field->text, field->len, NAME_WIDTH - 1);
    bool whole = kept + 1 >= field->len;
    char *text = malloc(field->len + sizeof "...");
    if (!text)
        return false;
    memcpy(text, field->text, field->len);
    text[field->len] = '\0';
    if (!whole)
        strcpy(text + kept, more);
    field->text = text;
    field->len = strlen(text);
    return true;
}

unsigned crunch_readable_digits(const struct crunch_value *value)
{
    char *text = crunch_value_text(value, 0);
    size_t whole = text && !strchr(text, 'e') ? strspn(text + (*text == '-'), "0123456789") : 0;
    free(text);
    return whole > DIGITS ? (unsigned)whole : DIGITS;
}

/* The field as it is read by people: with few digits where it was rounded anyway. */
static bool set_readable(struct crunch_field *field, const struct crunch_plan *plan,
                         const struct crunch_exact *exact, const struct crunch_op *op,
                         unsigned precision)
{
    struct crunch_value value;
    crunch_value_init(&value);
    crunch_op_finish(op, exact, &plan->job->op_options, &value);
    bool rounded = value.kind == CRUNCH_VALUE_RATIO || value.kind == CRUNCH_VALUE_ROOT;
    if (precision == 0 && rounded)
        precision = crunch_readable_digits(&value);
    bool good = crunch_field_of_value(field, &value, precision);
    crunch_value_clear(&value);
    return good;
}

static bool fill_row(struct crunch_results *results, size_t row, const struct crunch_plan *plan,
                     const struct crunch_run_result *run, unsigned precision)
{
    const size_t n = results->table.n_columns, slot = plan->slot[row];
    struct crunch_field *fields = results->table_fields + row * n;
    struct crunch_exact exact;
    bool good = true;
    fields[0] = results->grid.fields[row * results->grid.n_columns];
    good = shorten(&fields[0]);
    crunch_exact_init(&exact, crunch_layout_arith(&plan->layout, slot), plan->needs[slot]);
    crunch_run_extract(plan, run, slot, &exact);
    for (size_t i = 0; i < plan->job->n_ops && good; i++) {
        if (crunch_plan_applies(plan, row, plan->job->ops[i])) {
            good = set_readable(&fields[i + 1], plan, &exact, plan->job->ops[i], precision);
        } else {
            fields[i + 1] = (struct crunch_field){CRUNCH_FIELD_EMPTY, strdup(""), 0};
            good = fields[i + 1].text != NULL;
        }
    }
    crunch_exact_clear(&exact);
    return good;
}

enum crunch_code crunch_stats_draw(struct crunch_results *results, const struct crunch_plan *plan,
                                   struct crunch_source *source, bool again,
                                   const struct crunch_run_result *run, unsigned precision,
                                   struct crunch_error *error)
{
    const size_t n_rows = results->grid.n_rows, n = results->grid.n_columns + again;
    char **line = calloc(n_rows + 1, sizeof *line);
    enum crunch_code code = line ? CRUNCH_OK : CRUNCH_NO_MEMORY;
    results->table_fields = calloc(n_rows * n + 1, sizeof *results->table_fields);
    results->table_titles = calloc(n, sizeof *results->table_titles);
    if (!results->table_fields || !results->table_titles)
        code = CRUNCH_NO_MEMORY;
    if (again && !code)
        code = draw_sparklines(plan, source, run, line, error);
    else if (code)
        crunch_fail(error, code, "out of memory for the results");
    if (!code) {
        memcpy(results->table_titles, results->grid.titles,
               results->grid.n_columns * sizeof *results->table_titles);
        if (again)
            results->table_titles[n - 1] = "";
        results->table =
            (struct crunch_grid){n, n_rows, results->table_titles, results->table_fields};
        results->table_first_owned = 0;
        results->folded = true;
    }
    for (size_t row = 0; row < n_rows && !code; row++) {
        if (!fill_row(results, row, plan, run, precision))
            code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
        if (again && !code) {
            results->table_fields[row * n + n - 1] =
                (struct crunch_field){CRUNCH_FIELD_TEXT, line[row], strlen(line[row])};
            line[row] = NULL;
        }
    }
    for (size_t row = 0; row < n_rows && line; row++)
        free(line[row]);
    free(line);
    return code;
}

/* ---- folding ---- */

/* The width of a column, as print_table has it or wider. */
static size_t width_of(const struct crunch_grid *grid, size_t column)
{
    size_t widest = strlen(grid->titles[column]);
    for (size_t row = 0; row < grid->n_rows; row++) {
        const struct crunch_field *field = &grid->fields[row * grid->n_columns + column];
        size_t width = 0;
        for (size_t at = 0; at < field->len; width++)
            at += characters(field->text + at, field->len - at, 1);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* Prints the first column and columns [from, to). */
static enum crunch_code print_piece(FILE *out, const struct crunch_grid *grid, size_t from,
                                    size_t to, struct crunch_error *error)
{
    const size_t n = 1 + to - from;
    struct crunch_field *fields = calloc(grid->n_rows * n + 1, sizeof *fields);
    const char **titles = calloc(n, sizeof *titles);
    enum crunch_code code = CRUNCH_OK;
    if (fields && titles) {
        titles[0] = grid->titles[0];
        memcpy(titles + 1, grid->titles + from, (to - from) * sizeof *titles);
        for (size_t row = 0; row < grid->n_rows; row++) {
            const struct crunch_field *whole = grid->fields + row * grid->n_columns;
            fields[row * n] = whole[0];
            memcpy(fields + row * n + 1, whole + from, (to - from) * sizeof *fields);
        }
        const struct crunch_grid piece = {n, grid->n_rows, titles, fields};
        code = crunch_grid_print(out, &piece, CRUNCH_FORMAT_TABLE, CRUNCH_JSON_BYTES_ERROR, error);
    } else {
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the table");
    }
    free(fields);
    free(titles);
    return code;
}

enum crunch_code crunch_grid_print_folded(FILE *out, const struct crunch_grid *grid, unsigned line,
                                          struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    const size_t first = width_of(grid, 0);
    for (size_t from = 1, to; from < grid->n_columns && !code; from = to) {
        size_t used = first + 2 + width_of(grid, from);
        for (to = from + 1; to < grid->n_columns; to++) {
            used += 2 + width_of(grid, to);
            if (used > line)
                break;
        }
        if (from > 1)
            putc('\n', out);
        code = print_piece(out, grid, from, to, error);
    }
    return code;
}
