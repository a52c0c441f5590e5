/*
 * Owns shares whose values do not fit in memory: they are sorted in files, by entry and then by
 * value, and what is wanted is taken from them as they pass. The deviations from the medians, known
 * by then, are sorted in the same way.
 */
#include "core/group_order_share.h"

#include "core/decimal_limbs.h"
#include "core/gather.h"
#include "core/interval.h"
#include "core/sort_key.h"
#include "core/sorter.h"

#include <stdlib.h>
#include <string.h>

struct sorting {
    struct crunch_order_share *share;
    struct crunch_sorter *values, *deviations;
    struct crunch_bytes key, data;
    struct crunch_scaled *median; /* per entry, where there are deviations to find */
    struct crunch_scaled x;       /* the number at hand */
    bool wants_deviations;
    /* Of the entry at hand: how many values have passed, how many of the wanted ranks are found. */
    size_t entry;
    uint64_t passed;
    size_t found;
    uint64_t first, last; /* ranks that are summed */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values of groups");
}

/* ---- adding ---- */

static enum crunch_code add_value(void *context, size_t entry, const struct crunch_order_cell *cell,
                                  bool *stop, struct crunch_error *error)
{
    struct sorting *s = context;
    (void)stop;
    s->key.len = s->data.len = 0;
    crunch_bytes_add(&s->data, &cell->wide, sizeof cell->wide);
    if (cell->wide) {
        const char *at = cell->kept;
        struct crunch_wide wide;
        crunch_kept_wide(&at, &wide);
        crunch_sort_key_digits(&s->key, wide.negative, wide.exponent, wide.digits, wide.n_digits);
        crunch_bytes_add(&s->data, cell->kept, cell->bytes);
    } else {
        if (crunch_order_share_arith(s->share, entry) == CRUNCH_ARITH_BINARY)
            crunch_sort_key_double(&s->key, crunch_double_of_rank(cell->value));
        else
            crunch_sort_key_narrow(&s->key, cell->value, cell->scale);
        crunch_bytes_add(&s->data, &cell->scale, sizeof cell->scale);
        crunch_bytes_add(&s->data, &cell->value, sizeof cell->value);
    }
    if (s->key.failed || s->data.failed)
        return no_memory(error);
    const struct crunch_run_item item = {.rank = entry,
                                         .key = (const char *)s->key.data,
                                         .key_len = s->key.len,
                                         .data = s->data.data,
                                         .bytes = s->data.len};
    return crunch_sorter_add(s->values, &item, error);
}

/* Sets s->x to the number that add_value wrote. */
static void read_value(struct sorting *s, const struct crunch_run_item *item)
{
    const char *at = item->data;
    const enum crunch_arith arith = crunch_order_share_arith(s->share, (size_t)item->rank);
    bool wide;
    int64_t value;
    memcpy(&wide, at, sizeof wide);
    at += sizeof wide;
    if (wide) {
        struct crunch_wide number;
        crunch_kept_wide(&at, &number);
        crunch_wide_to_scaled(&number, &s->x);
    } else {
        memcpy(&value, at + 1, sizeof value);
        if (arith == CRUNCH_ARITH_BINARY) {
            crunch_scaled_set_double(&s->x, crunch_double_of_rank(value));
        } else {
            mpz_set_si(s->x.mantissa, value);
            s->x.exponent = -(long)(uint8_t)*at;
        }
    }
    crunch_scaled_normalise(&s->x, arith);
}

/* ---- what passes ---- */

/* The item is the next one of its entry. */
static void pass(struct sorting *s, const struct crunch_run_item *item)
{
    if (s->entry != item->rank)
        s->passed = s->found = 0;
    s->entry = (size_t)item->rank;
    s->passed++;
}

/* Takes the value at hand if its rank is wanted next. */
static void take_rank(struct sorting *s, struct crunch_ranked_list *list)
{
    if (s->found == list->n || list->item[s->found].rank != s->passed)
        return;
    mpz_set(list->item[s->found].value.mantissa, s->x.mantissa);
    list->item[s->found++].value.exponent = s->x.exponent;
}

/* The median is half the sum of its two ranks, which may be the same. */
static void take_median(struct sorting *s)
{
    const struct crunch_order_counts *count = &s->share->count[s->entry];
    const uint64_t n = count->numbers + count->plus_inf + count->minus_inf;
    const uint64_t low = (n - 1) / 2 - count->minus_inf + 1, high = n / 2 - count->minus_inf + 1;
    struct crunch_scaled *median = &s->median[s->entry];
    if (s->passed == low) {
        mpz_set(median->mantissa, s->x.mantissa);
        median->exponent = s->x.exponent;
    }
    if (s->passed == high)
        crunch_scaled_halfway(median, &s->x, crunch_order_share_arith(s->share, s->entry));
}

static enum crunch_code take_value(void *context, const struct crunch_run_item *item,
                                   struct crunch_error *error)
{
    struct sorting *s = context;
    const bool begins = s->entry != item->rank;
    pass(s, item);
    struct crunch_ordered *out = &s->share->ordered[s->entry];
    if (begins && !crunch_order_share_prepare(s->share, s->entry, &s->first, &s->last))
        return no_memory(error);
    read_value(s, item);
    take_rank(s, &out->values);
    if (out->deviations.n > 0) {
        s->wants_deviations = true;
        take_median(s);
    }
    if (s->passed >= s->first && s->passed <= s->last)
        crunch_scaled_add(&out->trimmed, s->x.mantissa, s->x.exponent, out->arith);
    if (s->passed == s->last)
        crunch_scaled_normalise(&out->trimmed, out->arith);
    return CRUNCH_OK;
}

/* ---- deviations ---- */

/* A number that is not negative, as bytes. */
static void add_scaled(struct crunch_bytes *out, const struct crunch_scaled *x)
{
    size_t n = 0;
    crunch_bytes_add(out, &x->exponent, sizeof x->exponent);
    unsigned char *to = crunch_bytes_reserve(out, (mpz_sizeinbase(x->mantissa, 2) + 7) / 8);
    if (to)
        mpz_export(to, &n, -1, 1, 0, 0, x->mantissa);
    out->len += n;
}

static enum crunch_code add_deviation(void *context, const struct crunch_run_item *item,
                                      struct crunch_error *error)
{
    struct sorting *s = context;
    const size_t entry = (size_t)item->rank;
    const enum crunch_arith arith = crunch_order_share_arith(s->share, entry);
    if (s->share->ordered[entry].deviations.n == 0)
        return CRUNCH_OK;
    read_value(s, item);
    mpz_neg(s->x.mantissa, s->x.mantissa);
    crunch_scaled_add(&s->x, s->median[entry].mantissa, s->median[entry].exponent, arith);
    mpz_abs(s->x.mantissa, s->x.mantissa);
    crunch_scaled_normalise(&s->x, arith);
    s->key.len = s->data.len = 0;
    crunch_sort_key_scaled(&s->key, &s->x, arith);
    add_scaled(&s->data, &s->x);
    if (s->key.failed || s->data.failed)
        return no_memory(error);
    const struct crunch_run_item deviation = {.rank = entry,
                                              .key = (const char *)s->key.data,
                                              .key_len = s->key.len,
                                              .data = s->data.data,
                                              .bytes = s->data.len};
    return crunch_sorter_add(s->deviations, &deviation, error);
}

static enum crunch_code take_deviation(void *context, const struct crunch_run_item *item,
                                       struct crunch_error *error)
{
    struct sorting *s = context;
    (void)error;
    pass(s, item);
    memcpy(&s->x.exponent, item->data, sizeof s->x.exponent);
    mpz_import(s->x.mantissa, item->bytes - sizeof s->x.exponent, -1, 1, 0, 0,
               (const char *)item->data + sizeof s->x.exponent);
    take_rank(s, &s->share->ordered[s->entry].deviations);
    return CRUNCH_OK;
}

static enum crunch_code find_deviations(struct sorting *s, size_t memory,
                                        struct crunch_error *error)
{
    enum crunch_code code =
        crunch_sorter_create(memory, s->share->plan->job->tmpdir, &s->deviations, error);
    if (!code)
        code = crunch_sorter_each(s->values, add_deviation, s, error);
    crunch_sorter_free(s->values);
    s->values = NULL;
    s->entry = SIZE_MAX;
    if (!code)
        code = crunch_sorter_each(s->deviations, take_deviation, s, error);
    return code;
}

/* ---- the whole ---- */

static bool make_entries(struct sorting *s)
{
    if (!crunch_order_share_entries(s->share))
        return false;
    s->median = calloc(s->share->n_ordered + 1, sizeof *s->median);
    for (size_t i = 0; i < s->share->n_ordered && s->median; i++)
        mpz_init(s->median[i].mantissa);
    return s->median != NULL;
}

enum crunch_code crunch_order_share_sorted(struct crunch_order_share *share, size_t memory,
                                           struct crunch_error *error)
{
    struct sorting s = {.share = share, .entry = SIZE_MAX};
    mpz_init(s.x.mantissa);
    enum crunch_code code =
        crunch_sorter_create(memory / 2, share->plan->job->tmpdir, &s.values, error);
    if (!code)
        code = crunch_order_share_read(share, add_value, &s, error);
    if (!code && !make_entries(&s))
        code = no_memory(error);
    if (!code)
        code = crunch_sorter_each(s.values, take_value, &s, error);
    if (!code && s.wants_deviations)
        code = find_deviations(&s, memory / 2, error);
    for (size_t i = 0; i < share->n_ordered && s.median; i++)
        mpz_clear(s.median[i].mantissa);
    free(s.median);
    mpz_clear(s.x.mantissa);
    crunch_sorter_free(s.values);
    crunch_sorter_free(s.deviations);
    crunch_bytes_free(&s.key);
    crunch_bytes_free(&s.data);
    return code;
}
