/*
 * The reference's accumulators: for every exponent that occurs, the integers' sums of powers and of
 * magnitudes, least and greatest; put together by multiplying out to the lowest exponent at the
 * end. Nothing can overflow, and no accumulator of the fast path is used.
 */
#include "core/reference_sums.h"

#include "core/reference_means.h"

#include <stdlib.h>
#include <string.h>

#define POWERS 4
#define MEANS                                                                                \
    (CRUNCH_BIT(CRUNCH_LOGS) | CRUNCH_BIT(CRUNCH_RECIPROCALS) | CRUNCH_BIT(CRUNCH_PRODUCT) | \
     CRUNCH_BIT(CRUNCH_PRIMES))

struct slot {
    mpz_t power[POWERS]; /* sums of x, x^2, x^3, x^4 */
    mpz_t magnitudes, least, greatest;
    long exponent;
};

static const enum crunch_reducer_id power_sum[POWERS] = {CRUNCH_SUM, CRUNCH_SUM_SQUARES,
                                                         CRUNCH_SUM_CUBES, CRUNCH_SUM_FOURTHS};

struct crunch_reference_sums {
    enum crunch_arith arith;
    unsigned needs;
    uint64_t values, missing, nan, plus_inf, minus_inf;
    struct crunch_reference_means means;
    struct slot *slot; /* of the exponents that occur, ascending */
    size_t n_slots;
    bool failed; /* out of memory */
};

struct crunch_reference_sums *crunch_reference_sums_create(enum crunch_arith arith, unsigned needs)
{
    struct crunch_reference_sums *sums = calloc(1, sizeof *sums);
    if (sums) {
        sums->arith = arith;
        sums->needs = needs;
        crunch_reference_means_init(&sums->means);
    }
    return sums;
}

void crunch_reference_sums_free(struct crunch_reference_sums *sums)
{
    if (sums == NULL)
        return;
    for (size_t i = 0; i < sums->n_slots; i++) {
        struct slot *slot = &sums->slot[i];
        for (size_t k = 0; k < POWERS; k++)
            mpz_clear(slot->power[k]);
        mpz_clears(slot->magnitudes, slot->least, slot->greatest, (mpz_ptr)NULL);
    }
    crunch_reference_means_clear(&sums->means);
    free(sums->slot);
    free(sums);
}

static void add_powers(unsigned needs, struct slot *slot, const mpz_t x)
{
    mpz_t raised;
    for (unsigned k = 0; k < POWERS; k++) {
        if (!(needs & CRUNCH_BIT(power_sum[k])))
            continue;
        mpz_init(raised);
        mpz_pow_ui(raised, x, k + 1);
        mpz_add(slot->power[k], slot->power[k], raised);
        mpz_clear(raised);
    }
}

/* The slot of the cell's exponent, made if it is the first of it; NULL: out of memory. */
static struct slot *slot_of(struct crunch_reference_sums *sums,
                            const struct crunch_reference_number *cell)
{
    size_t at = 0;
    while (at < sums->n_slots && sums->slot[at].exponent < cell->exponent)
        at++;
    if (at < sums->n_slots && sums->slot[at].exponent == cell->exponent)
        return &sums->slot[at];
    struct slot *grown = realloc(sums->slot, (sums->n_slots + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    sums->slot = grown;
    struct slot *slot = &grown[at];
    memmove(slot + 1, slot, (sums->n_slots - at) * sizeof *slot);
    sums->n_slots++;
    slot->exponent = cell->exponent;
    for (size_t k = 0; k < POWERS; k++)
        mpz_init(slot->power[k]);
    mpz_init(slot->magnitudes);
    mpz_init_set(slot->least, cell->mantissa);
    mpz_init_set(slot->greatest, cell->mantissa);
    return slot;
}

static void add_value(struct crunch_reference_sums *sums,
                      const struct crunch_reference_number *cell)
{
    struct slot *slot = slot_of(sums, cell);
    if (slot == NULL) {
        sums->failed = true;
        return;
    }
    add_powers(sums->needs, slot, cell->mantissa);
    if (sums->needs & MEANS)
        crunch_reference_means_add(&sums->means, sums->arith, sums->needs, cell->mantissa,
                                   cell->exponent);
    if (sums->needs & CRUNCH_BIT(CRUNCH_MAGNITUDES))
        (mpz_sgn(cell->mantissa) < 0 ? mpz_sub : mpz_add)(slot->magnitudes, slot->magnitudes,
                                                          cell->mantissa);
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

bool crunch_reference_sums_total(const struct crunch_reference_sums *sums,
                                 struct crunch_exact *exact)
{
    const long lowest = sums->n_slots > 0 ? sums->slot[0].exponent : 0;
    mpz_t term;
    exact->count = sums->values;
    exact->missing = sums->missing;
    exact->nan = sums->nan;
    exact->plus_inf = sums->plus_inf;
    exact->minus_inf = sums->minus_inf;
    exact->has_extremes = false;
    crunch_reference_means_total(&sums->means, exact);
    if (sums->failed)
        return false;
    mpz_init(term);
    for (size_t i = 0; i < sums->n_slots; i++) {
        const struct slot *slot = &sums->slot[i];
        const size_t above = (size_t)(slot->exponent - lowest);
        for (size_t k = 0; k < POWERS; k++) {
            mpz_ptr total = exact->sum[power_sum[k]].mantissa;
            times_power(term, slot->power[k], sums->arith, (k + 1) * above);
            mpz_add(total, total, term);
        }
        times_power(term, slot->magnitudes, sums->arith, above);
        mpz_add(exact->sum[CRUNCH_MAGNITUDES].mantissa, exact->sum[CRUNCH_MAGNITUDES].mantissa,
                term);
        times_power(term, slot->least, sums->arith, above);
        if (!exact->has_extremes || mpz_cmp(term, exact->min.mantissa) < 0)
            mpz_set(exact->min.mantissa, term);
        times_power(term, slot->greatest, sums->arith, above);
        if (!exact->has_extremes || mpz_cmp(term, exact->max.mantissa) > 0)
            mpz_set(exact->max.mantissa, term);
        exact->has_extremes = true;
    }
    mpz_clear(term);
    for (size_t k = 0; k < POWERS; k++)
        exact->sum[power_sum[k]].exponent = (long)(k + 1) * lowest;
    exact->sum[CRUNCH_MAGNITUDES].exponent = lowest;
    exact->min.exponent = exact->max.exponent = lowest;
    return true;
}
