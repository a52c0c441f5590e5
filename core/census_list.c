/*
 * Lists of a census's values, as many as there are. An item of a run has the complement of its
 * count as its rank, since the most frequent come first; its value is the key where values are
 * ordered by their bytes, else it stands in what is compared.
 */
#include "core/census_select.h"

#include <stdlib.h>

static int compare_values(const struct crunch_run_item *a, const struct crunch_run_item *b)
{
    const struct crunch_census_item x = {0, a->order, a->order_len},
                                    y = {0, b->order, b->order_len};
    return crunch_census_compare(true, &x, &y);
}

static int compare_texts_in_groups(const struct crunch_run_item *a, const struct crunch_run_item *b)
{
    const struct crunch_census_item x = {0, a->order, a->order_len},
                                    y = {0, b->order, b->order_len};
    return crunch_census_compare_grouped(false, &x, &y);
}

static int compare_values_in_groups(const struct crunch_run_item *a,
                                    const struct crunch_run_item *b)
{
    const struct crunch_census_item x = {0, a->order, a->order_len},
                                    y = {0, b->order, b->order_len};
    return crunch_census_compare_grouped(true, &x, &y);
}

struct crunch_run_order crunch_census_list_order(const struct crunch_census_config *config)
{
    return (struct crunch_run_order){.compare = config->grouped    ? config->by_value
                                                                         ? compare_values_in_groups
                                                                         : compare_texts_in_groups
                                                : config->by_value ? compare_values
                                                                   : NULL};
}

enum crunch_code crunch_census_list_table(struct crunch_runs *runs, size_t slot,
                                          const struct crunch_census_config *config, size_t most,
                                          const struct crunch_hash_table *table,
                                          struct crunch_error *error)
{
    struct crunch_selection all = {
        .wanted = most, .by_value = config->by_value, .grouped = config->grouped};
    const bool by_bytes = !config->by_value && !config->grouped;
    enum crunch_code code =
        crunch_selection_add(&all, table)
            ? crunch_runs_begin(runs, slot, error)
            : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a list of values");
    for (size_t i = 0; i < all.n && !code; i++) {
        const struct crunch_census_item *item = &all.item[i];
        struct crunch_run_item listed = {.rank = ~item->count};
        if (by_bytes) {
            listed.key = item->key;
            listed.key_len = item->len;
        } else {
            listed.order = item->key;
            listed.order_len = item->len;
        }
        code = crunch_runs_add(runs, slot, &listed, error);
    }
    crunch_selection_free(&all);
    return code ? code : crunch_runs_end(runs, slot, error);
}

struct reading {
    const struct crunch_census *census;
    enum crunch_code (*take)(void *context, const struct crunch_census_item *item,
                             struct crunch_error *error);
    void *context;
    uint64_t left;
    bool failed;
};

static enum crunch_code read_item(void *context, const struct crunch_run_item *listed,
                                  struct crunch_error *error)
{
    struct reading *reading = context;
    const bool by_bytes = !reading->census->by_value && !reading->census->grouped;
    const struct crunch_census_item item = {~listed->rank,
                                            by_bytes ? (const void *)listed->key : listed->order,
                                            by_bytes ? listed->key_len : listed->order_len};
    if (reading->left == 0)
        return CRUNCH_INTERRUPTED; /* enough */
    reading->left--;
    enum crunch_code code = reading->take(reading->context, &item, error);
    reading->failed = code != CRUNCH_OK;
    return code;
}

enum crunch_code crunch_census_each(const struct crunch_census *census,
                                    enum crunch_code (*take)(void *context,
                                                             const struct crunch_census_item *item,
                                                             struct crunch_error *error),
                                    void *context, struct crunch_error *error)
{
    struct reading reading = {census, take, context, census->n_most, false};
    enum crunch_code code = CRUNCH_OK;
    if (!census->runs) {
        for (size_t i = 0; i < census->n_most && !code; i++)
            code = take(context, &census->most[i], error);
        return code;
    }
    code = crunch_runs_merge(census->runs, read_item, &reading, error);
    return reading.left == 0 && !reading.failed ? CRUNCH_OK : code;
}
