/*
 * From the exact ends of an interval to what values are compared with: an integer per scale, the
 * rank of a double, or digits.
 */
#include "core/interval.h"

#include "core/kernels.h"
#include "core/value.h"

#include <stdlib.h>

void crunch_interval_init(struct crunch_interval *interval)
{
    memset(interval, 0, sizeof *interval);
    interval->low.infinite = interval->high.infinite = true;
    mpz_init(interval->low.at.mantissa);
    mpz_init(interval->high.at.mantissa);
}

void crunch_interval_clear(struct crunch_interval *interval)
{
    mpz_clear(interval->low.at.mantissa);
    mpz_clear(interval->high.at.mantissa);
    free(interval->low_digits.digits);
    free(interval->high_digits.digits);
    memset(interval, 0, sizeof *interval);
}

void crunch_bound_set(struct crunch_bound *bound, const struct crunch_scaled *at, bool open)
{
    bound->infinite = false;
    bound->open = open;
    mpz_set(bound->at.mantissa, at->mantissa);
    bound->at.exponent = at->exponent;
}

/* q = floor(at * 10^scale); returns whether it is that exactly. */
static bool floor_at_scale(mpz_t q, const struct crunch_scaled *at, int scale)
{
    long exponent = at->exponent + scale;
    mpz_t power, rest;
    mpz_inits(power, rest, (mpz_ptr)NULL);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    if (exponent >= 0)
        mpz_mul(q, at->mantissa, power);
    else
        mpz_fdiv_qr(q, rest, at->mantissa, power);
    bool exact = mpz_sgn(rest) == 0;
    mpz_clears(power, rest, (mpz_ptr)NULL);
    return exact;
}

/* No mantissa reaches +-10^18, so ends beyond may stand there. */
static int64_t clamp(const mpz_t q)
{
    if (mpz_cmp_si(q, CRUNCH_MANTISSA_LIMIT) >= 0)
        return CRUNCH_MANTISSA_LIMIT;
    if (mpz_cmp_si(q, -CRUNCH_MANTISSA_LIMIT) <= 0)
        return -CRUNCH_MANTISSA_LIMIT;
    return mpz_get_si(q);
}

static void set_decimal(struct crunch_interval *interval)
{
    mpz_t q;
    mpz_init(q);
    for (int s = 0; s <= CRUNCH_SCALE_MAX; s++) {
        const struct crunch_bound *low = &interval->low, *high = &interval->high;
        interval->first[s] = INT64_MIN;
        interval->last[s] = INT64_MAX;
        if (!low->infinite) {
            bool exact = floor_at_scale(q, &low->at, s);
            interval->first[s] = clamp(q) + (!exact || low->open);
        }
        if (!high->infinite) {
            bool exact = floor_at_scale(q, &high->at, s);
            interval->last[s] = clamp(q) - (exact && high->open);
        }
    }
    mpz_clear(q);
}

/* The rank of the double nearest to at; *side: negative, 0, positive as it is below, equal to, or
 * above at. */
static int64_t rank_near(const struct crunch_scaled *at, int *side)
{
    mpq_t exact, near;
    mpq_inits(exact, near, (mpq_ptr)NULL);
    crunch_scaled_to_mpq(exact, at, CRUNCH_ARITH_BINARY);
    double x = crunch_nearest_double(exact, false);
    int64_t rank = crunch_double_rank(x);
    if (x - x == 0) {
        mpq_set_d(near, x);
        *side = mpq_cmp(near, exact);
    } else {
        *side = x > 0 ? 1 : -1;
    }
    mpq_clears(exact, near, (mpq_ptr)NULL);
    return rank;
}

static void set_binary(struct crunch_interval *interval)
{
    int side;
    interval->first[0] = INT64_MIN;
    interval->last[0] = INT64_MAX;
    if (!interval->low.infinite) {
        int64_t rank = rank_near(&interval->low.at, &side);
        interval->first[0] = rank + (side < 0 || (side == 0 && interval->low.open));
    }
    if (!interval->high.infinite) {
        int64_t rank = rank_near(&interval->high.at, &side);
        interval->last[0] = rank - (side > 0 || (side == 0 && interval->high.open));
    }
}

static bool set_digits(struct crunch_digits *out, const struct crunch_bound *bound)
{
    free(out->digits);
    *out = (struct crunch_digits){0};
    return bound->infinite || crunch_digits_of_scaled(out, &bound->at);
}

enum crunch_code crunch_interval_prepare(struct crunch_interval *interval, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY) {
        set_binary(interval);
        return CRUNCH_OK;
    }
    set_decimal(interval);
    return set_digits(&interval->low_digits, &interval->low) &&
                   set_digits(&interval->high_digits, &interval->high)
               ? CRUNCH_OK
               : CRUNCH_NO_MEMORY;
}

int crunch_interval_side(const struct crunch_interval *interval, const struct crunch_digits *x)
{
    if (!interval->low.infinite) {
        int order = crunch_digits_compare(x, &interval->low_digits);
        if (order < 0 || (order == 0 && interval->low.open))
            return -1;
    }
    if (!interval->high.infinite) {
        int order = crunch_digits_compare(x, &interval->high_digits);
        if (order > 0 || (order == 0 && interval->high.open))
            return 1;
    }
    return 0;
}
