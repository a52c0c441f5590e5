/*
 * The operations on values in order and their finishers. The values at the ranks they want have
 * been found (core/order.h); here they are interpolated, by exact rational arithmetic.
 *
 * nan in the column makes all of them nan. Infinities are values that stand at the ends: a result
 * that is one of them is it; between an infinity and a finite value lies that infinity, between the
 * two infinities nan.
 */
#include "core/order.h"

#include <assert.h>
#include <string.h>

/* ---- values by rank ---- */

static uint64_t count_all(const struct crunch_exact *exact)
{
    return exact->count + exact->plus_inf + exact->minus_inf;
}

/* What a nan, or no values, make of any result. */
static bool is_settled(const struct crunch_exact *exact, struct crunch_value *value)
{
    if (exact->nan == 0 && count_all(exact) > 0)
        return false;
    value->kind = exact->nan > 0 ? CRUNCH_VALUE_NAN : CRUNCH_VALUE_EMPTY;
    return true;
}

static enum crunch_value_kind copied(const struct crunch_exact *exact)
{
    return exact->arith == CRUNCH_ARITH_BINARY ? CRUNCH_VALUE_DOUBLE : CRUNCH_VALUE_COPIED;
}

/* The value of rank 1..n. */
static void value_at(const struct crunch_exact *exact, uint64_t rank, struct crunch_value *value)
{
    if (rank <= exact->minus_inf) {
        value->kind = CRUNCH_VALUE_MINUS_INF;
        return;
    }
    rank -= exact->minus_inf;
    if (rank > exact->count) {
        value->kind = CRUNCH_VALUE_PLUS_INF;
        return;
    }
    const struct crunch_scaled *found = crunch_ranked_find(&exact->ordered->values, rank);
    assert(found);
    value->kind = copied(exact);
    crunch_scaled_to_mpq(value->number, found, exact->arith);
}

static bool is_finite(const struct crunch_value *value)
{
    return value->kind == CRUNCH_VALUE_EXACT || value->kind == CRUNCH_VALUE_RATIO ||
           value->kind == CRUNCH_VALUE_COPIED || value->kind == CRUNCH_VALUE_DOUBLE;
}

/* A result that was worked out: exact where it has finitely many digits, which weights in thirds
 * (definition 8) prevent. */
static enum crunch_value_kind worked_out(const mpq_t number)
{
    mpz_t rest, factor;
    mpz_init(rest);
    mpz_init_set_ui(factor, 2);
    mpz_remove(rest, mpq_denref(number), factor);
    mpz_set_ui(factor, 5);
    mpz_remove(rest, rest, factor);
    bool finite = mpz_cmp_ui(rest, 1) == 0;
    mpz_clears(rest, factor, (mpz_ptr)NULL);
    return finite ? CRUNCH_VALUE_EXACT : CRUNCH_VALUE_RATIO;
}

/* low += (high - low) * weight, 0 < weight < 1. */
static void interpolate(struct crunch_value *low, const struct crunch_value *high,
                        const mpq_t weight)
{
    if (!is_finite(low) || !is_finite(high)) {
        if (is_finite(low))
            low->kind = high->kind;
        else if (!is_finite(high) && low->kind != high->kind)
            low->kind = CRUNCH_VALUE_NAN;
        return;
    }
    if (mpq_equal(low->number, high->number))
        return;
    mpq_t step;
    mpq_init(step);
    mpq_sub(step, high->number, low->number);
    mpq_mul(step, step, weight);
    mpq_add(low->number, low->number, step);
    low->kind = worked_out(low->number);
    mpq_clear(step);
}

static void value_at_place(const struct crunch_exact *exact, const struct crunch_place *place,
                           struct crunch_value *value)
{
    value_at(exact, place->rank, value);
    if (mpq_sgn(place->weight) == 0)
        return;
    struct crunch_value next;
    crunch_value_init(&next);
    value_at(exact, place->rank + 1, &next);
    interpolate(value, &next, place->weight);
    crunch_value_clear(&next);
}

static void quantile(const struct crunch_exact *exact, const struct crunch_op_options *options,
                     struct crunch_fraction at, struct crunch_value *value)
{
    struct crunch_place place;
    mpq_init(place.weight);
    crunch_quantile_place(options->quantile_type, at, count_all(exact), &place);
    value_at_place(exact, &place, value);
    mpq_clear(place.weight);
}

static void ranks_of_quantile(const struct crunch_op_options *options, struct crunch_fraction at,
                              uint64_t n, struct crunch_ranks *out)
{
    struct crunch_place place;
    mpq_init(place.weight);
    crunch_quantile_place(options->quantile_type, at, n, &place);
    crunch_ranks_add(out, place.rank);
    if (mpq_sgn(place.weight) > 0)
        crunch_ranks_add(out, place.rank + 1);
    mpq_clear(place.weight);
}

/* ---- the operations ---- */

/* The middle value, or halfway between the two of them. */
static void middle(const struct crunch_exact *exact, struct crunch_value *value)
{
    uint64_t n = count_all(exact);
    struct crunch_place place = {.rank = (n - 1) / 2 + 1};
    mpq_init(place.weight);
    if (n % 2 == 0)
        mpq_set_ui(place.weight, 1, 2);
    value_at_place(exact, &place, value);
    mpq_clear(place.weight);
}

static void finish_median(const struct crunch_exact *exact, const struct crunch_op_options *options,
                          struct crunch_value *value)
{
    (void)options;
    if (!is_settled(exact, value))
        middle(exact, value);
}

static void ranks_median(const struct crunch_op_options *options, uint64_t n,
                         struct crunch_ranks *out)
{
    (void)options;
    crunch_ranks_of_median(n, out);
}

static void finish_quantile(const struct crunch_exact *exact,
                            const struct crunch_op_options *options, struct crunch_value *value)
{
    if (!is_settled(exact, value))
        quantile(exact, options, options->at, value);
}

static void ranks_quantile(const struct crunch_op_options *options, uint64_t n,
                           struct crunch_ranks *out)
{
    ranks_of_quantile(options, options->at, n, out);
}

static const struct crunch_fraction lower_quarter = {1, 4}, upper_quarter = {3, 4};

/* q75 - q25 as of numbers: inf where one of them is infinite, nan of the same infinity twice. */
static void finish_iqr(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    struct crunch_value low;
    if (is_settled(exact, value))
        return;
    crunch_value_init(&low);
    quantile(exact, options, lower_quarter, &low);
    quantile(exact, options, upper_quarter, value);
    if (is_finite(&low) && is_finite(value)) {
        mpq_sub(value->number, value->number, low.number);
        value->kind = worked_out(value->number);
    } else if (low.kind == CRUNCH_VALUE_NAN || low.kind == value->kind) {
        value->kind = CRUNCH_VALUE_NAN;
    } else if (value->kind != CRUNCH_VALUE_NAN) {
        value->kind = CRUNCH_VALUE_PLUS_INF;
    }
    crunch_value_clear(&low);
}

static void ranks_iqr(const struct crunch_op_options *options, uint64_t n, struct crunch_ranks *out)
{
    ranks_of_quantile(options, lower_quarter, n, out);
    ranks_of_quantile(options, upper_quarter, n, out);
}

static void deviation_at(const struct crunch_exact *exact, uint64_t rank,
                         struct crunch_value *value)
{
    if (rank > exact->count) {
        value->kind = CRUNCH_VALUE_PLUS_INF;
        return;
    }
    const struct crunch_scaled *found = crunch_ranked_find(&exact->ordered->deviations, rank);
    assert(found);
    value->kind = CRUNCH_VALUE_EXACT;
    crunch_scaled_to_mpq(value->number, found, exact->arith);
}

static void finish_mad(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    (void)options;
    if (is_settled(exact, value))
        return;
    middle(exact, value);
    if (!is_finite(value)) {
        value->kind = CRUNCH_VALUE_NAN; /* inf - inf */
        return;
    }
    uint64_t n = count_all(exact);
    struct crunch_value high;
    mpq_t half;
    crunch_value_init(&high);
    mpq_init(half);
    mpq_set_ui(half, 1, 2);
    deviation_at(exact, (n - 1) / 2 + 1, value);
    deviation_at(exact, n / 2 + 1, &high);
    interpolate(value, &high, half);
    mpq_clear(half);
    crunch_value_clear(&high);
}

/* What infinities among the values left make of their sum. False: there are none. */
static bool trimmed_infinite(const struct crunch_exact *exact, uint64_t cut,
                             struct crunch_value *value)
{
    bool low = exact->minus_inf > cut, high = exact->plus_inf > cut;
    if (low || high)
        value->kind = low && high ? CRUNCH_VALUE_NAN
                      : low       ? CRUNCH_VALUE_MINUS_INF
                                  : CRUNCH_VALUE_PLUS_INF;
    return low || high;
}

static void finish_trimmed(const struct crunch_exact *exact,
                           const struct crunch_op_options *options, struct crunch_value *value)
{
    if (is_settled(exact, value))
        return;
    uint64_t n = count_all(exact), cut = crunch_trim_count(options, n);
    if (n <= 2 * cut) {
        middle(exact, value);
        return;
    }
    if (trimmed_infinite(exact, cut, value))
        return;
    assert(exact->ordered->has_trimmed);
    mpq_t left;
    mpq_init(left);
    mpq_set_ui(left, n - 2 * cut, 1);
    value->kind = CRUNCH_VALUE_RATIO;
    crunch_scaled_to_mpq(value->number, &exact->ordered->trimmed, exact->arith);
    mpq_div(value->number, value->number, left);
    mpq_clear(left);
}

/* The ends of what is left, or the median's where nothing is. */
static void ranks_trimmed(const struct crunch_op_options *options, uint64_t n,
                          struct crunch_ranks *out)
{
    uint64_t cut = crunch_trim_count(options, n);
    if (n <= 2 * cut) {
        crunch_ranks_of_median(n, out);
        return;
    }
    crunch_ranks_add(out, cut + 1);
    crunch_ranks_add(out, n - cut);
}

#define TALLY CRUNCH_BIT(CRUNCH_TALLY)

static const struct crunch_op ops[] = {
    {.name = "median",
     .help = "middle value",
     .detail = "Of an even number of values halfway between the two in the middle, exact. A value "
               "of the input has all its digits. -inf and inf stand at the ends. Empty without "
               "values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY,
     .finish = finish_median},
    {.name = "quantile",
     .help = "quantiles at the places of --at, each a result; also by name: q25, p99, p99.9",
     .detail =
         "pN and qN are the same: the value that N percent of the values lie below, N from 0 to "
         "100, with decimals. Interpolated as --quantile-type says (Hyndman and Fan's definitions "
         "1 to 9), exact. Without --at the quartiles. -inf and inf stand at the ends; between an "
         "infinity and a number lies the infinity. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY,
     .finish = finish_quantile,
     .at = {1, 2}},
    {.name = "iqr",
     .help = "interquartile range, q75 - q25",
     .detail = "Exact; --quantile-type as for quantiles. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY,
     .finish = finish_iqr},
    {.name = "mad",
     .help = "median absolute deviation from the median",
     .detail = "The median of |x - median|, exact and not scaled (times 1.4826 it estimates the "
               "standard deviation of normal values). nan if the median is infinite. Empty without "
               "values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY,
     .finish = finish_mad},
    {.name = "trimmed",
     .help = "mean without the least and greatest values, --trim of them at each end",
     .detail = "Of n values the floor(n * trim) least and as many greatest are left out, and the "
               "rest is averaged exactly, rounded once. Where nothing is left (--trim 0.5) it is "
               "the median. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY,
     .finish = finish_trimmed},
};

const struct crunch_op_family crunch_ops_order = {"Order statistics", ops,
                                                  sizeof ops / sizeof *ops};

/* Needs by finisher: an op with a parameter of its own (p99.9) is a copy of its row. */
static const struct {
    void (*finish)(const struct crunch_exact *, const struct crunch_op_options *,
                   struct crunch_value *);
    struct crunch_order_need need;
} needs[] = {
    {finish_median, {.ranks = ranks_median}},
    {finish_quantile, {.ranks = ranks_quantile}},
    {finish_iqr, {.ranks = ranks_iqr}},
    {finish_mad, {.deviations = true, .ranks = ranks_median}},
    {finish_trimmed, {.trimmed = true, .ranks = ranks_trimmed}},
};

const struct crunch_order_need *crunch_order_need(const struct crunch_op *op)
{
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (needs[i].finish == op->finish)
            return &needs[i].need;
    return NULL;
}
