/*
 * Owns the rows of tables in groups. Of freq and hist the counts of a group add up to its rows:
 * what is in no bin, nan and missing cells have rows of their own where there are any. A top of a
 * group without values has none.
 */
#include "cmd/results_group_tables.h"

#include "core/counted.h"
#include "core/group_lists.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A table being written. */
struct table {
    const struct crunch_group_values *values;
    const struct crunch_plan *plan;
    const struct crunch_group *group;
    const struct crunch_group_table_sink *sink;
    struct crunch_error *error;
    unsigned precision;
    size_t column; /* of the plan */
    uint64_t missing, nan;
    bool named; /* the column stands in front */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the results");
}

size_t crunch_group_table_titles(const struct crunch_plan *plan,
                                 const char *titles[CRUNCH_GROUP_TABLE_FIELDS])
{
    static const char *const listed[] = {"column", "value", "count", "share"};
    static const char *const bins[] = {"column", "from", "to", "count"};
    const bool named = plan->n_columns > 1;
    const char *const *from = plan->job->ops[0]->needs & CRUNCH_NEEDS_BINS ? bins : listed;
    for (size_t i = !named; i < CRUNCH_GROUP_TABLE_FIELDS; i++)
        titles[i - !named] = from[i];
    return CRUNCH_GROUP_TABLE_FIELDS - !named;
}

/* ---- fields ---- */

static struct crunch_field word(enum crunch_field_kind kind, const char *text)
{
    return (struct crunch_field){kind, text, strlen(text)};
}

/* room has 24 bytes and lives as long as the field. */
static struct crunch_field number(uint64_t n, char room[24])
{
    snprintf(room, 24, "%" PRIu64, n);
    return word(CRUNCH_FIELD_NUMBER, room);
}

static enum crunch_code row(const struct table *table, struct crunch_field a, struct crunch_field b,
                            struct crunch_field c)
{
    char index_text[24];
    struct crunch_field fields[CRUNCH_GROUP_TABLE_FIELDS] = {a, b, c};
    if (table->named) {
        memmove(&fields[1], &fields[0], 3 * sizeof *fields);
        fields[0] =
            crunch_column_name(table->plan->view, table->plan->column[table->column], index_text);
    }
    return table->sink->row(table->sink->context, fields, table->error);
}

static void forget(struct crunch_field *field)
{
    free((void *)(uintptr_t)field->text);
}

/* ---- values ---- */

static bool set_share(const struct table *table, struct crunch_field *field, uint64_t count,
                      uint64_t total)
{
    struct crunch_value share;
    crunch_value_init(&share);
    share.kind = CRUNCH_VALUE_RATIO;
    mpz_set_ui(mpq_numref(share.number), count);
    mpz_set_ui(mpq_denref(share.number), total);
    mpq_canonicalize(share.number);
    bool good = crunch_field_of_value(field, &share, table->precision);
    crunch_value_clear(&share);
    return good;
}

static enum crunch_code list_item(const struct table *table, const struct crunch_census_item *item,
                                  uint64_t total)
{
    const bool by_value = table->plan->job->op_options.numeric;
    struct crunch_field value = {CRUNCH_FIELD_TEXT, NULL, 0},
                        share = {CRUNCH_FIELD_NUMBER, NULL, 0};
    char room[24];
    enum crunch_code code;
    value.text = crunch_census_text(by_value, item, table->precision, &value.len);
    if (by_value && value.text)
        value.kind = strpbrk(value.text, "ni") ? CRUNCH_FIELD_SPECIAL : CRUNCH_FIELD_NUMBER;
    if (value.text && set_share(table, &share, item->count, total))
        code = row(table, value, number(item->count, room), share);
    else
        code = no_memory(table->error);
    forget(&value);
    forget(&share);
    return code;
}

static enum crunch_code list_values(const struct table *table)
{
    const struct crunch_plan *plan = table->plan;
    const bool all = plan->job->ops[0]->needs & CRUNCH_NEEDS_LIST;
    struct crunch_group_list list;
    char room[24];
    bool good = crunch_counts_list_of_group(plan, &table->values->results->run->counts,
                                            table->group, plan->slot[table->column],
                                            plan->job->op_options.numeric, &list);
    enum crunch_code code = good ? CRUNCH_OK : no_memory(table->error);
    for (size_t i = 0; i < list.n && !code; i++)
        code = list_item(table, &list.item[i], list.total);
    if (!code && all && table->missing > 0)
        code = row(table, word(CRUNCH_FIELD_EMPTY, ""), number(table->missing, room),
                   word(CRUNCH_FIELD_EMPTY, ""));
    crunch_group_list_free(&list);
    return code;
}

/* ---- bins ---- */

static bool set_edge(const struct table *table, struct crunch_field *field,
                     const struct crunch_histogram_config *config, size_t edge)
{
    struct crunch_value value;
    crunch_value_init(&value);
    value.kind = CRUNCH_VALUE_EXACT;
    mpq_set(value.number, config->edge[edge]);
    bool good = crunch_field_of_value(field, &value, table->precision);
    crunch_value_clear(&value);
    return good;
}

/* The row of place i, as in struct crunch_histogram. */
static enum crunch_code list_place(const struct table *table,
                                   const struct crunch_histogram_config *config, size_t i,
                                   uint64_t count)
{
    const size_t n = config->n_edges;
    struct crunch_field from = word(CRUNCH_FIELD_SPECIAL, "-inf"),
                        to = word(CRUNCH_FIELD_SPECIAL, "inf");
    const bool has_from = i > 0 && n > 0, has_to = i < n;
    char room[24];
    if (has_from && !set_edge(table, &from, config, i - 1))
        return no_memory(table->error);
    enum crunch_code code = has_to && !set_edge(table, &to, config, i)
                                ? no_memory(table->error)
                                : row(table, from, to, number(count, room));
    if (has_from)
        forget(&from);
    if (has_to && to.kind == CRUNCH_FIELD_NUMBER)
        forget(&to);
    return code;
}

static enum crunch_code list_bins(const struct table *table)
{
    size_t id;
    const struct crunch_group_more *more = crunch_group_more_of(table->group, &id);
    const struct crunch_group_bins *bins =
        crunch_group_more_bins(more, table->plan->slot[table->column]);
    const uint64_t *count = crunch_group_bins_of(bins, id);
    const size_t n = bins->config->n_edges;
    char room[24];
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i <= n && !code; i++)
        if ((i > 0 && i < n) || count[i] > 0)
            code = list_place(table, bins->config, i, count[i]);
    const struct crunch_field nan = word(CRUNCH_FIELD_SPECIAL, "nan"),
                              none = word(CRUNCH_FIELD_EMPTY, "");
    if (!code && table->nan > 0)
        code = row(table, nan, nan, number(table->nan, room));
    if (!code && table->missing > 0)
        code = row(table, none, none, number(table->missing, room));
    return code;
}

enum crunch_code crunch_group_table(const struct crunch_group_values *values,
                                    const struct crunch_group *group, unsigned precision,
                                    const struct crunch_group_table_sink *sink,
                                    struct crunch_error *error)
{
    const struct crunch_plan *plan = values->results->plan;
    struct table table = {.values = values,
                          .plan = plan,
                          .group = group,
                          .sink = sink,
                          .error = error,
                          .precision = precision,
                          .named = plan->n_columns > 1};
    const bool bins = plan->job->ops[0]->needs & CRUNCH_NEEDS_BINS;
    enum crunch_code code = CRUNCH_OK;
    for (; table.column < plan->n_columns && !code; table.column++) {
        struct crunch_group_content content;
        crunch_group_content_begin(&content);
        crunch_group_content_load(&content, values, group, table.column);
        table.missing = content.exact.missing;
        table.nan = content.exact.nan;
        crunch_group_content_end(&content);
        code = (bins ? list_bins : list_values)(&table);
    }
    return code;
}
