/*
 * Ranks and places: which values, counted from the least, the operations want, and the lists they
 * find them in. Nothing here looks at data.
 */
#include "core/order.h"

#include <stdlib.h>
#include <string.h>

void crunch_ranks_add(struct crunch_ranks *ranks, uint64_t rank)
{
    if (ranks->n == ranks->size) {
        size_t size = ranks->size * 2 + 8;
        uint64_t *grown = realloc(ranks->rank, size * sizeof *grown);
        if (grown == NULL) {
            ranks->no_memory = true;
            return;
        }
        ranks->rank = grown;
        ranks->size = size;
    }
    ranks->rank[ranks->n++] = rank;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void crunch_ranks_sort(struct crunch_ranks *ranks)
{
    size_t kept = 0;
    if (ranks->n == 0)
        return;
    qsort(ranks->rank, ranks->n, sizeof *ranks->rank, ascending);
    for (size_t i = 1; i < ranks->n; i++)
        if (ranks->rank[i] != ranks->rank[kept])
            ranks->rank[++kept] = ranks->rank[i];
    ranks->n = kept + 1;
}

void crunch_ranks_free(struct crunch_ranks *ranks)
{
    free(ranks->rank);
    *ranks = (struct crunch_ranks){0};
}

void crunch_ranks_of_median(uint64_t n, struct crunch_ranks *out)
{
    crunch_ranks_add(out, (n - 1) / 2 + 1);
    if (n % 2 == 0)
        crunch_ranks_add(out, n / 2 + 1);
}

uint64_t crunch_trim_count(const struct crunch_op_options *options, uint64_t n)
{
    return options->trim.num == 0
               ? 0
               : (uint64_t)((unsigned __int128)n * options->trim.num / options->trim.den);
}

bool crunch_fraction_parse(const char *text, size_t len, struct crunch_fraction *out)
{
    struct crunch_fraction read = {0, 1};
    unsigned digits = 0;
    bool point = false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || ++digits > 15)
            return false;
        read.num = read.num * 10 + (unsigned long)(text[i] - '0');
        read.den *= point ? 10 : 1;
    }
    *out = read;
    return digits > 0;
}

bool crunch_quantile_parse(const char *name, size_t len, struct crunch_fraction *at)
{
    struct crunch_fraction percent;
    if (len < 2 || (name[0] != 'p' && name[0] != 'q') ||
        !crunch_fraction_parse(name + 1, len - 1, &percent) || percent.num > 100 * percent.den)
        return false;
    *at = (struct crunch_fraction){percent.num, percent.den * 100};
    return true;
}

/* ---- places ---- */

static void set_fraction(mpq_t out, unsigned long num, unsigned long den)
{
    mpq_set_ui(out, num, den);
    mpq_canonicalize(out);
}

/* Definitions 4 to 9 interpolate at n p + m; sets m, given p. */
static void set_shift(mpq_t m, unsigned type, const mpq_t p)
{
    mpq_t part;
    mpq_init(part);
    mpq_set_ui(m, 0, 1);
    switch (type) {
    case 5:
        set_fraction(m, 1, 2);
        break;
    case 6:
        mpq_set(m, p);
        break;
    case 7: /* 1 - p */
        mpq_set_ui(m, 1, 1);
        mpq_sub(m, m, p);
        break;
    case 8: /* (p + 1) / 3 */
        set_fraction(part, 1, 3);
        mpq_set_ui(m, 1, 1);
        mpq_add(m, m, p);
        mpq_mul(m, m, part);
        break;
    case 9: /* p / 4 + 3 / 8 */
        set_fraction(part, 1, 4);
        mpq_mul(m, p, part);
        set_fraction(part, 3, 8);
        mpq_add(m, m, part);
        break;
    default: /* 4; and 1 to 3, which have their own */
        break;
    }
    mpq_clear(part);
}

/* Turns the interpolation weight of definitions 1 to 3, which jump, into 0 or 1 (or one half).
 * weight was the fractional part; j is the integer part. */
static void jump(unsigned type, const mpz_t j, mpq_t weight)
{
    bool between = mpq_sgn(weight) > 0;
    switch (type) {
    case 1:
        mpq_set_ui(weight, between, 1);
        break;
    case 2:
        mpq_set_ui(weight, 1, between ? 1 : 2);
        break;
    default: /* 3: the nearest, and the even one of two as near; j stands for n p - 1/2 */
        mpq_set_ui(weight, between || mpz_odd_p(j), 1);
        break;
    }
}

/* j + weight, with j any integer and 0 <= weight <= 1, as a place among n. */
static void settle(struct crunch_place *place, mpz_t j, uint64_t n)
{
    if (mpz_cmp_ui(mpq_numref(place->weight), 0) != 0 &&
        mpz_cmp(mpq_numref(place->weight), mpq_denref(place->weight)) == 0) {
        mpz_add_ui(j, j, 1);
        mpq_set_ui(place->weight, 0, 1);
    }
    bool low = mpz_sgn(j) <= 0, high = mpz_cmp_ui(j, n) >= 0;
    place->rank = low ? 1 : high ? n : mpz_get_ui(j);
    if (low || high)
        mpq_set_ui(place->weight, 0, 1);
}

void crunch_quantile_place(unsigned type, struct crunch_fraction at, uint64_t n,
                           struct crunch_place *place)
{
    mpq_t p, h;
    mpz_t j;
    mpq_inits(p, h, (mpq_ptr)NULL);
    mpz_init(j);
    set_fraction(p, at.num, at.den);
    set_fraction(h, n, 1);
    mpq_mul(h, h, p);
    if (type == 3)
        set_fraction(place->weight, 1, 2);
    else
        set_shift(place->weight, type, p);
    if (type == 3)
        mpq_sub(h, h, place->weight);
    else
        mpq_add(h, h, place->weight);
    mpz_fdiv_q(j, mpq_numref(h), mpq_denref(h));
    mpq_set_z(place->weight, j);
    mpq_sub(place->weight, h, place->weight);
    if (type <= 3)
        jump(type, j, place->weight);
    settle(place, j, n);
    mpz_clear(j);
    mpq_clears(p, h, (mpq_ptr)NULL);
}

/* ---- what was found ---- */

void crunch_ordered_init(struct crunch_ordered *ordered, enum crunch_arith arith)
{
    *ordered = (struct crunch_ordered){.arith = arith};
    mpz_init(ordered->trimmed.mantissa);
}

static void clear_list(struct crunch_ranked_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        mpz_clear(list->item[i].value.mantissa);
    free(list->item);
    *list = (struct crunch_ranked_list){0};
}

void crunch_ordered_clear(struct crunch_ordered *ordered)
{
    clear_list(&ordered->values);
    clear_list(&ordered->deviations);
    mpz_clear(ordered->trimmed.mantissa);
    *ordered = (struct crunch_ordered){0};
}

bool crunch_ranked_list_make(struct crunch_ranked_list *list, const struct crunch_ranks *ranks)
{
    clear_list(list);
    list->item = calloc(ranks->n + 1, sizeof *list->item);
    if (list->item == NULL)
        return false;
    for (; list->n < ranks->n; list->n++) {
        list->item[list->n].rank = ranks->rank[list->n];
        mpz_init(list->item[list->n].value.mantissa);
    }
    return true;
}

static int by_rank(const void *key, const void *item)
{
    uint64_t x = *(const uint64_t *)key, y = ((const struct crunch_ranked *)item)->rank;
    return (x > y) - (x < y);
}

const struct crunch_scaled *crunch_ranked_find(const struct crunch_ranked_list *list, uint64_t rank)
{
    const struct crunch_ranked *found =
        list->n == 0 ? NULL : bsearch(&rank, list->item, list->n, sizeof *list->item, by_rank);
    return found ? &found->value : NULL;
}

/* Keeps the ranks that are finite values', and counts them among those. */
static void to_finite(struct crunch_ranks *ranks, const struct crunch_exact *counts)
{
    size_t kept = 0;
    for (size_t i = 0; i < ranks->n; i++)
        if (ranks->rank[i] > counts->minus_inf &&
            ranks->rank[i] - counts->minus_inf <= counts->count)
            ranks->rank[kept++] = ranks->rank[i] - counts->minus_inf;
    ranks->n = kept;
    crunch_ranks_sort(ranks);
}

/* The ranks of the deviations' median, when both middle values are finite: infinite deviations come
 * last. */
static void wanted_deviations(const struct crunch_exact *counts, uint64_t n,
                              struct crunch_ranks *out)
{
    uint64_t low = (n - 1) / 2 + 1, high = n / 2 + 1;
    if (low <= counts->minus_inf || high > counts->minus_inf + counts->count)
        return;
    if (low <= counts->count)
        crunch_ranks_add(out, low);
    if (high <= counts->count)
        crunch_ranks_add(out, high);
}

void crunch_order_wanted(const struct crunch_op *const *ops, size_t n_ops,
                         const struct crunch_op_options *options, const struct crunch_exact *counts,
                         struct crunch_ranks *values, struct crunch_ranks *deviations)
{
    uint64_t n = counts->count + counts->plus_inf + counts->minus_inf;
    for (size_t i = 0; i < n_ops && n > 0; i++) {
        const struct crunch_order_need *need = crunch_order_need(ops[i]);
        struct crunch_op_options own = *options;
        if (need == NULL)
            continue;
        own.at = ops[i]->at;
        need->ranks(&own, n, values);
        if (need->deviations)
            wanted_deviations(counts, n, deviations);
    }
    to_finite(values, counts);
    crunch_ranks_sort(deviations);
}

bool crunch_order_trim_range(const struct crunch_op *const *ops, size_t n_ops,
                             const struct crunch_op_options *options,
                             const struct crunch_exact *counts, uint64_t *first, uint64_t *last)
{
    uint64_t n = counts->count + counts->plus_inf + counts->minus_inf;
    uint64_t cut = crunch_trim_count(options, n);
    bool asked = false;
    for (size_t i = 0; i < n_ops; i++) {
        const struct crunch_order_need *need = crunch_order_need(ops[i]);
        asked = asked || (need && need->trimmed);
    }
    if (!asked || n <= 2 * cut || cut < counts->minus_inf || cut < counts->plus_inf)
        return false;
    *first = cut + 1 - counts->minus_inf;
    *last = n - cut - counts->minus_inf;
    return true;
}
