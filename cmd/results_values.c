/*
 * Owns the table of a column's values (freq, top): a row for each, from the census of the run. Of
 * several columns the tables follow one another, the column's name in front.
 */
#include "cmd/results_values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct filling {
    struct crunch_results *results;
    const struct crunch_plan *plan;
    const struct crunch_run_result *run;
    unsigned precision;
    size_t row;
    bool named; /* the column stands in front */
};

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

/* text is owned by the results from then on. */
static bool set(struct filling *filling, size_t column, enum crunch_field_kind kind, char *text,
                size_t len)
{
    struct crunch_results *results = filling->results;
    struct crunch_field *field =
        &results->fields[filling->row * results->grid.n_columns + filling->named + column];
    field->kind = kind;
    field->text = text;
    field->len = len;
    return text != NULL;
}

static bool set_count(struct filling *filling, uint64_t count)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRIu64, count);
    return set(filling, 1, CRUNCH_FIELD_NUMBER, strdup(text), (size_t)len);
}

/* Equally frequent values stand together and have one share. */
static bool set_share(struct filling *filling, const struct crunch_census *census, uint64_t count,
                      bool as_above)
{
    const struct crunch_results *results = filling->results;
    if (as_above) {
        const struct crunch_field *above = results->fields +
                                           filling->row * results->grid.n_columns + filling->named +
                                           2 - results->grid.n_columns;
        return set(filling, 2, above->kind, strdup(above->text), above->len);
    }
    struct crunch_value share;
    crunch_value_init(&share);
    share.kind = CRUNCH_VALUE_RATIO;
    mpz_set_ui(mpq_numref(share.number), count);
    mpz_set_ui(mpq_denref(share.number), census->total);
    mpq_canonicalize(share.number);
    char *text = crunch_value_text(&share, filling->precision);
    crunch_value_clear(&share);
    return set(filling, 2, CRUNCH_FIELD_NUMBER, text, text ? strlen(text) : 0);
}

static bool name_row(struct filling *filling, size_t column)
{
    struct crunch_results *results = filling->results;
    if (filling->named)
        results->fields[filling->row * results->grid.n_columns] = crunch_column_name(
            filling->plan->view, filling->plan->column[column], results->names[column]);
    return true;
}

static bool fill_value(struct filling *filling, const struct crunch_census *census, size_t i)
{
    const struct crunch_census_item *item = &census->most[i];
    size_t len = 0;
    enum crunch_field_kind kind = CRUNCH_FIELD_TEXT;
    char *text = crunch_census_text(census->by_value, item, filling->precision, &len);
    if (census->by_value && text)
        kind = strpbrk(text, "ni") ? CRUNCH_FIELD_SPECIAL : CRUNCH_FIELD_NUMBER;
    return set(filling, 0, kind, text, len) && set_count(filling, item->count) &&
           set_share(filling, census, item->count, i > 0 && item[-1].count == item->count);
}

static bool fill_missing(struct filling *filling, size_t column)
{
    return set(filling, 0, CRUNCH_FIELD_EMPTY, strdup(""), 0) &&
           set_count(filling, missing_in(filling->plan, filling->run, column)) &&
           set(filling, 2, CRUNCH_FIELD_EMPTY, strdup(""), 0);
}

static bool fill_column(struct filling *filling, size_t column)
{
    const struct crunch_census *census = census_of(filling->plan, filling->run, column);
    for (size_t i = 0; i < census->n_most; i++, filling->row++)
        if (!name_row(filling, column) || !fill_value(filling, census, i))
            return false;
    if (!lists_missing(filling->plan, filling->run, column))
        return true;
    bool good = name_row(filling, column) && fill_missing(filling, column);
    filling->row++;
    return good;
}

enum crunch_code crunch_values_make(struct crunch_results *results, const struct crunch_plan *plan,
                                    const struct crunch_run_result *run, unsigned precision,
                                    struct crunch_error *error)
{
    static const char *const titles[] = {"column", "value", "count", "share"};
    struct filling filling = {results, plan, run, precision, 0, plan->n_columns > 1};
    const size_t n_titles = filling.named ? 4 : 3;
    size_t n_rows = 0;
    *results = (struct crunch_results){.first_owned = filling.named};
    for (size_t column = 0; column < plan->n_columns; column++)
        n_rows += census_of(plan, run, column)->n_most + lists_missing(plan, run, column);
    results->titles = calloc(n_titles, sizeof *results->titles);
    results->fields = calloc(n_rows * n_titles + 1, sizeof *results->fields);
    results->names = calloc(plan->n_columns + 1, sizeof *results->names);
    results->grid = (struct crunch_grid){n_titles, n_rows, results->titles, results->fields};
    bool good = results->titles && results->fields && results->names;
    for (size_t i = 0; i < n_titles && good; i++)
        results->titles[i] = titles[i + !filling.named];
    for (size_t column = 0; column < plan->n_columns && good; column++)
        good = fill_column(&filling, column);
    return good ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}
