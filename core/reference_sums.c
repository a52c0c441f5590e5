/*
 * The reference's accumulators: for every exponent that occurs, the integers' sum, sum of squares,
 * least and greatest; put together by multiplying out to the lowest exponent at the end. Nothing
 * can overflow, and no accumulator of the fast path is used.
 */
#include "core/reference_sums.h"

#include <stdlib.h>

struct slot {
    mpz_t sum, squares, least, greatest;
    bool used;
};

struct crunch_reference_sums {
    enum crunch_arith arith;
    unsigned needs;
    uint64_t values, missing, nan, plus_inf, minus_inf;
    struct slot slot[CRUNCH_REFERENCE_EXPONENTS]; /* of exponent CRUNCH_REFERENCE_LOWEST + i */
};

struct crunch_reference_sums *crunch_reference_sums_create(enum crunch_arith arith, unsigned needs)
{
    struct crunch_reference_sums *sums = calloc(1, sizeof *sums);
    if (sums) {
        sums->arith = arith;
        sums->needs = needs;
    }
    return sums;
}

void crunch_reference_sums_free(struct crunch_reference_sums *sums)
{
    if (sums == NULL)
        return;
    for (size_t i = 0; i < CRUNCH_REFERENCE_EXPONENTS; i++) {
        struct slot *slot = &sums->slot[i];
        if (slot->used)
            mpz_clears(slot->sum, slot->squares, slot->least, slot->greatest, (mpz_ptr)NULL);
    }
    free(sums);
}

static void add_value(struct crunch_reference_sums *sums,
                      const struct crunch_reference_number *cell)
{
    struct slot *slot = &sums->slot[cell->exponent - CRUNCH_REFERENCE_LOWEST];
    if (!slot->used) {
        mpz_inits(slot->sum, slot->squares, (mpz_ptr)NULL);
        mpz_init_set(slot->least, cell->mantissa);
        mpz_init_set(slot->greatest, cell->mantissa);
        slot->used = true;
    }
    if (sums->needs & CRUNCH_BIT(CRUNCH_SUM))
        mpz_add(slot->sum, slot->sum, cell->mantissa);
    if (sums->needs & CRUNCH_BIT(CRUNCH_SUM_SQUARES))
        mpz_addmul(slot->squares, cell->mantissa, cell->mantissa);
    if (mpz_cmp(cell->mantissa, slot->least) < 0)
        mpz_set(slot->least, cell->mantissa);
    if (mpz_cmp(cell->mantissa, slot->greatest) > 0)
        mpz_set(slot->greatest, cell->mantissa);
}

void crunch_reference_sums_add(struct crunch_reference_sums *sums,
                               const struct crunch_reference_number *cell, bool presence)
{
    switch (cell->class) {
    case CRUNCH_REFERENCE_VALUE:
        sums->values++;
        if (!presence)
            add_value(sums, cell);
        break;
    case CRUNCH_REFERENCE_NAN:
        sums->nan++;
        break;
    case CRUNCH_REFERENCE_PLUS_INF:
        sums->plus_inf++;
        break;
    case CRUNCH_REFERENCE_MINUS_INF:
        sums->minus_inf++;
        break;
    case CRUNCH_REFERENCE_MISSING:
    case CRUNCH_REFERENCE_BAD: /* only by on-error=null: missing */
        sums->missing++;
        break;
    }
}

/* out = mantissa * base^n. */
static void times_power(mpz_t out, const mpz_t mantissa, enum crunch_arith arith, size_t n)
{
    mpz_ui_pow_ui(out, arith == CRUNCH_ARITH_BINARY ? 2 : 10, n);
    mpz_mul(out, out, mantissa);
}

void crunch_reference_sums_total(const struct crunch_reference_sums *sums,
                                 struct crunch_exact *exact)
{
    size_t lowest = 0;
    mpz_t term;
    exact->count = sums->values;
    exact->missing = sums->missing;
    exact->nan = sums->nan;
    exact->plus_inf = sums->plus_inf;
    exact->minus_inf = sums->minus_inf;
    exact->has_extremes = false;
    mpz_init(term);
    for (size_t i = 0; i < CRUNCH_REFERENCE_EXPONENTS; i++) {
        const struct slot *slot = &sums->slot[i];
        if (!slot->used)
            continue;
        if (!exact->has_extremes)
            lowest = i;
        times_power(term, slot->sum, sums->arith, i - lowest);
        mpz_add(exact->sum[CRUNCH_SUM].mantissa, exact->sum[CRUNCH_SUM].mantissa, term);
        times_power(term, slot->squares, sums->arith, 2 * (i - lowest));
        mpz_add(exact->sum[CRUNCH_SUM_SQUARES].mantissa, exact->sum[CRUNCH_SUM_SQUARES].mantissa,
                term);
        times_power(term, slot->least, sums->arith, i - lowest);
        if (!exact->has_extremes || mpz_cmp(term, exact->min.mantissa) < 0)
            mpz_set(exact->min.mantissa, term);
        times_power(term, slot->greatest, sums->arith, i - lowest);
        if (!exact->has_extremes || mpz_cmp(term, exact->max.mantissa) > 0)
            mpz_set(exact->max.mantissa, term);
        exact->has_extremes = true;
    }
    mpz_clear(term);
    long exponent = (long)lowest + CRUNCH_REFERENCE_LOWEST;
    exact->sum[CRUNCH_SUM].exponent = exact->min.exponent = exact->max.exponent = exponent;
    exact->sum[CRUNCH_SUM_SQUARES].exponent = 2 * exponent;
}
