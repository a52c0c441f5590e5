/*
 * Owns the table of a histogram: a row for each bin, and, where they are not 0, one before them
 * for what is below the edges and others behind them for what is above, for nan and for missing
 * cells, so that the counts add up to the records. In a table a bar stands beside each count of a
 * bin, the longest that the line allows.
 */
#include "cmd/results_bins.h"
#include "cmd/terminal.h"

#include "core/histogram.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BAR_LEAST 10
#define BAR_MOST 60

struct column {
    struct crunch_histogram histogram;
    uint64_t nan, missing;
};

struct filling {
    struct crunch_results *results;
    const struct crunch_plan *plan;
    struct column *column;
    unsigned precision;
    size_t row, n_titles;
    bool named;
};

/* ---- what there is ---- */

static enum crunch_code read_column(const struct crunch_plan *plan,
                                    const struct crunch_run_result *run, size_t i,
                                    struct column *column, struct crunch_error *error)
{
    size_t slot = plan->slot[i];
    struct crunch_exact exact;
    crunch_exact_init(&exact, crunch_layout_arith(&plan->layout, slot), plan->needs[slot]);
    crunch_run_extract(plan, run, slot, &exact);
    column->nan = exact.nan;
    column->missing = exact.missing;
    crunch_exact_clear(&exact);
    for (size_t k = 0; k < plan->n_collecting; k++) {
        const struct crunch_histogram_config *config = plan->collecting[k].config;
        if (plan->collecting[k].collector == &crunch_histogram_collector && config->slot == slot)
            return crunch_histogram_merge(config, &run->logs, (uint32_t)k, &column->histogram,
                                          error);
    }
    return CRUNCH_OK;
}

static size_t n_bins(const struct column *column)
{
    size_t n = column->histogram.config->n_edges;
    return n > 0 ? n - 1 : 0;
}

static uint64_t above(const struct column *column)
{
    size_t n = column->histogram.config->n_edges;
    return n > 0 ? column->histogram.count[n] : 0;
}

static size_t rows_of(const struct column *column)
{
    return n_bins(column) + (column->histogram.count[0] > 0) + (above(column) > 0) +
           (column->nan > 0) + (column->missing > 0);
}

/* ---- rows ---- */

static bool set_text(struct crunch_field *field, enum crunch_field_kind kind, const char *text)
{
    char *copy = strdup(text);
    field->kind = kind;
    field->text = copy;
    field->len = strlen(text);
    return copy != NULL;
}

static bool set_edge(struct filling *filling, struct crunch_field *field,
                     const struct column *column, size_t edge)
{
    struct crunch_value value;
    crunch_value_init(&value);
    value.kind = CRUNCH_VALUE_EXACT;
    mpq_set(value.number, column->histogram.config->edge[edge]);
    bool good = crunch_field_of_value(field, &value, filling->precision);
    crunch_value_clear(&value);
    return good;
}

/* The row's fields behind the column's name, which it sets. */
static struct crunch_field *begin_row(struct filling *filling, size_t column)
{
    struct crunch_field *field = &filling->results->fields[filling->row++ * filling->n_titles];
    if (filling->named)
        *field++ = crunch_column_name(filling->plan->view, filling->plan->column[column],
                                      filling->results->names[column]);
    return field;
}

static bool set_count(struct crunch_field *field, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, count);
    return set_text(field, CRUNCH_FIELD_NUMBER, text);
}

/* A row beside the bins; from and to are "" or special, an edge where NULL. */
static bool fill_extra(struct filling *filling, size_t i, const char *from, const char *to,
                       uint64_t count)
{
    const struct column *column = &filling->column[i];
    if (count == 0)
        return true;
    struct crunch_field *field = begin_row(filling, i);
    return (from ? set_text(&field[0], *from ? CRUNCH_FIELD_SPECIAL : CRUNCH_FIELD_EMPTY, from)
                 : set_edge(filling, &field[0], column, n_bins(column))) &&
           (to ? set_text(&field[1], *to ? CRUNCH_FIELD_SPECIAL : CRUNCH_FIELD_EMPTY, to)
               : set_edge(filling, &field[1], column, 0)) &&
           set_count(&field[2], count);
}

static bool fill_column(struct filling *filling, size_t i)
{
    const struct column *column = &filling->column[i];
    bool good =
        fill_extra(filling, i, "-inf", n_bins(column) ? NULL : "inf", column->histogram.count[0]);
    for (size_t bin = 0; bin < n_bins(column) && good; bin++) {
        struct crunch_field *field = begin_row(filling, i);
        good = set_edge(filling, &field[0], column, bin) &&
               set_edge(filling, &field[1], column, bin + 1) &&
               set_count(&field[2], column->histogram.count[bin + 1]);
    }
    return good && fill_extra(filling, i, NULL, "inf", above(column)) &&
           fill_extra(filling, i, "nan", "nan", column->nan) &&
           fill_extra(filling, i, "", "", column->missing);
}

/* ---- bars ---- */

static unsigned bar_width(const struct crunch_results *results)
{
    const struct crunch_grid *grid = &results->grid;
    unsigned line = crunch_terminal_width(stdout);
    size_t used = 1;
    for (size_t c = 0; c < grid->n_columns; c++) {
        size_t widest = strlen(grid->titles[c]);
        for (size_t row = 0; row < grid->n_rows; row++) {
            size_t len = grid->fields[row * grid->n_columns + c].len;
            widest = len > widest ? len : widest;
        }
        used += widest + 2;
    }
    if (line < used + BAR_LEAST)
        return BAR_LEAST;
    return line - used > BAR_MOST ? BAR_MOST : (unsigned)(line - used);
}

/* A copy of the grid with a bar behind each row of a bin; bars are relative to the column's largest
 * one. */
static bool draw(struct filling *filling)
{
    struct crunch_results *results = filling->results;
    const struct crunch_grid *grid = &results->grid;
    const size_t n = grid->n_columns + 1;
    const unsigned width = bar_width(results);
    const bool utf8 = crunch_terminal_is_utf8();
    struct crunch_field *fields = calloc(grid->n_rows * n + 1, sizeof *fields);
    const char **titles = calloc(n, sizeof *titles);
    results->table_first_owned = grid->n_columns;
    results->table_fields = fields;
    results->table_titles = titles;
    if (!fields || !titles)
        return false;
    memcpy(titles, grid->titles, grid->n_columns * sizeof *titles);
    titles[grid->n_columns] = "";
    size_t row = 0;
    for (size_t i = 0; i < filling->plan->n_columns; i++) {
        const struct column *column = &filling->column[i];
        uint64_t most = 0;
        for (size_t bin = 0; bin < n_bins(column); bin++)
            if (column->histogram.count[bin + 1] > most)
                most = column->histogram.count[bin + 1];
        for (size_t k = 0; k < rows_of(column); k++, row++) {
            size_t bin = k - (column->histogram.count[0] > 0); /* huge for the row before them */
            uint64_t count = bin < n_bins(column) ? column->histogram.count[bin + 1] : 0;
            char *bar = crunch_bar(count, most, width, utf8);
            memcpy(&fields[row * n], &grid->fields[row * grid->n_columns],
                   grid->n_columns * sizeof *fields);
            fields[row * n + grid->n_columns] =
                (struct crunch_field){CRUNCH_FIELD_TEXT, bar, bar ? strlen(bar) : 0};
            if (!bar)
                return false;
        }
    }
    results->table = (struct crunch_grid){n, grid->n_rows, titles, fields};
    return true;
}

static bool fill(struct filling *filling)
{
    static const char *const titles[] = {"column", "from", "to", "count"};
    struct crunch_results *results = filling->results;
    size_t n_rows = 0;
    for (size_t i = 0; i < filling->plan->n_columns; i++)
        n_rows += rows_of(&filling->column[i]);
    results->titles = calloc(filling->n_titles, sizeof *results->titles);
    results->fields = calloc(n_rows * filling->n_titles + 1, sizeof *results->fields);
    results->names = calloc(filling->plan->n_columns + 1, sizeof *results->names);
    results->grid =
        (struct crunch_grid){filling->n_titles, n_rows, results->titles, results->fields};
    if (!results->titles || !results->fields || !results->names)
        return false;
    for (size_t i = 0; i < filling->n_titles; i++)
        results->titles[i] = titles[i + !filling->named];
    for (size_t i = 0; i < filling->plan->n_columns; i++)
        if (!fill_column(filling, i))
            return false;
    return draw(filling);
}

enum crunch_code crunch_bins_make(struct crunch_results *results, const struct crunch_plan *plan,
                                  const struct crunch_run_result *run, unsigned precision,
                                  struct crunch_error *error)
{
    const bool named = plan->n_columns > 1;
    struct filling filling = {results, plan, NULL, precision, 0, 3 + named, named};
    enum crunch_code code = CRUNCH_OK;
    *results = (struct crunch_results){.first_owned = named};
    filling.column = calloc(plan->n_columns + 1, sizeof *filling.column);
    bool good = filling.column != NULL;
    for (size_t i = 0; i < plan->n_columns && good && !code; i++)
        code = read_column(plan, run, i, &filling.column[i], error);
    if (good && !code)
        good = fill(&filling);
    for (size_t i = 0; i < plan->n_columns && filling.column; i++)
        crunch_histogram_free(&filling.column[i].histogram);
    free(filling.column);
    if (!code && !good)
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
    return code;
}
