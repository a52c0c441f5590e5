/*
 * Exact contents: small arithmetic on mantissa * base^exponent, and the canonical encoding. The
 * encoding brings each number to its canonical form itself, so it does not matter how a struct was
 * filled.
 */
#include "core/exact.h"

#include "core/order.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void crunch_exact_init(struct crunch_exact *exact, enum crunch_arith arith, unsigned needs)
{
    memset(exact, 0, sizeof *exact);
    exact->arith = arith;
    exact->needs = needs;
    for (int r = 0; r < CRUNCH_N_REDUCERS; r++)
        mpz_init(exact->sum[r].mantissa);
    mpz_inits(exact->min.mantissa, exact->max.mantissa, exact->twos, exact->fives, (mpz_ptr)NULL);
    mpz_init_set_ui(exact->odd, 1);
}

void crunch_exact_clear(struct crunch_exact *exact)
{
    for (int r = 0; r < CRUNCH_N_REDUCERS; r++)
        mpz_clear(exact->sum[r].mantissa);
    mpz_clears(exact->min.mantissa, exact->max.mantissa, exact->twos, exact->fives, exact->odd,
               (mpz_ptr)NULL);
}

/* m *= base^n. */
static void scale_up(mpz_t m, unsigned long n, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY) {
        mpz_mul_2exp(m, m, n);
        return;
    }
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, n);
    mpz_mul(m, m, power);
    mpz_clear(power);
}

void crunch_scaled_normalise(struct crunch_scaled *scaled, enum crunch_arith arith)
{
    if (mpz_sgn(scaled->mantissa) == 0) {
        scaled->exponent = 0;
        return;
    }
    mpz_t base;
    mpz_init_set_ui(base, arith == CRUNCH_ARITH_BINARY ? 2 : 10);
    scaled->exponent += (long)mpz_remove(scaled->mantissa, scaled->mantissa, base);
    mpz_clear(base);
}

void crunch_scaled_add(struct crunch_scaled *into, const mpz_t mantissa, long exponent,
                       enum crunch_arith arith)
{
    if (mpz_sgn(mantissa) == 0)
        return;
    if (mpz_sgn(into->mantissa) == 0)
        into->exponent = exponent;
    mpz_t term;
    mpz_init_set(term, mantissa);
    if (exponent > into->exponent) {
        scale_up(term, (unsigned long)(exponent - into->exponent), arith);
    } else if (exponent < into->exponent) {
        scale_up(into->mantissa, (unsigned long)(into->exponent - exponent), arith);
        into->exponent = exponent;
    }
    mpz_add(into->mantissa, into->mantissa, term);
    mpz_clear(term);
}

int crunch_scaled_compare(const struct crunch_scaled *a, const struct crunch_scaled *b,
                          enum crunch_arith arith)
{
    struct crunch_scaled difference = {.exponent = a->exponent};
    mpz_t minus;
    mpz_init_set(difference.mantissa, a->mantissa);
    mpz_init(minus);
    mpz_neg(minus, b->mantissa);
    crunch_scaled_add(&difference, minus, b->exponent, arith);
    int sign = mpz_sgn(difference.mantissa);
    mpz_clears(difference.mantissa, minus, (mpz_ptr)NULL);
    return sign;
}

void crunch_scaled_set_double(struct crunch_scaled *out, double x)
{
    int exponent;
    double fraction = frexp(x, &exponent); /* in [1/2, 1): 53 bits of it are an integer, exactly */
    mpz_set_d(out->mantissa, ldexp(fraction, 53));
    out->exponent = (long)exponent - 53;
}

void crunch_scaled_to_mpq(mpq_t out, const struct crunch_scaled *scaled, enum crunch_arith arith)
{
    mpz_set(mpq_numref(out), scaled->mantissa);
    mpz_set_ui(mpq_denref(out), 1);
    if (scaled->exponent >= 0)
        scale_up(mpq_numref(out), (unsigned long)scaled->exponent, arith);
    else
        scale_up(mpq_denref(out), (unsigned long)-scaled->exponent, arith);
    mpq_canonicalize(out);
}

static void set_scaled(struct crunch_scaled *out, const struct crunch_scaled *from)
{
    mpz_set(out->mantissa, from->mantissa);
    out->exponent = from->exponent;
}

static void merge_extremes(struct crunch_exact *into, const struct crunch_exact *from)
{
    if (!from->has_extremes)
        return;
    if (!into->has_extremes || crunch_scaled_compare(&from->min, &into->min, into->arith) < 0)
        set_scaled(&into->min, &from->min);
    if (!into->has_extremes || crunch_scaled_compare(&from->max, &into->max, into->arith) > 0)
        set_scaled(&into->max, &from->max);
    into->has_extremes = true;
}

/* The arithmetic in which the sum of a reducer is. */
static enum crunch_arith arith_of(size_t reducer, enum crunch_arith arith)
{
    return reducer == CRUNCH_LOGS || reducer == CRUNCH_RECIPROCALS ? CRUNCH_ARITH_BINARY : arith;
}

void crunch_exact_merge(struct crunch_exact *into, const struct crunch_exact *from)
{
    into->count += from->count;
    into->missing += from->missing;
    into->nan += from->nan;
    into->plus_inf += from->plus_inf;
    into->minus_inf += from->minus_inf;
    into->zeros += from->zeros;
    into->negatives += from->negatives;
    into->primes += from->primes;
    into->undecided += from->undecided;
    for (int r = 0; r < CRUNCH_N_REDUCERS; r++)
        crunch_scaled_add(&into->sum[r], from->sum[r].mantissa, from->sum[r].exponent,
                          arith_of((size_t)r, into->arith));
    mpz_mul(into->odd, into->odd, from->odd);
    mpz_fdiv_r_2exp(into->odd, into->odd, CRUNCH_ODD_BITS);
    mpz_add(into->twos, into->twos, from->twos);
    mpz_add(into->fives, into->fives, from->fives);
    merge_extremes(into, from);
}

/* Text being put together; NULL once memory ran out. */
struct text {
    char *data;
    size_t len;
};

static void append(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct text *text, const char *format, ...)
{
    if (text->data == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *grown = realloc(text->data, text->len + (size_t)n + 1);
    if (grown == NULL) {
        free(text->data);
        text->data = NULL;
        return;
    }
    text->data = grown;
    va_start(arguments, format);
    vsnprintf(text->data + text->len, (size_t)n + 1, format, arguments);
    va_end(arguments);
    text->len += (size_t)n;
}

static void append_scaled(struct text *text, const char *name, const struct crunch_scaled *scaled,
                          enum crunch_arith arith)
{
    struct crunch_scaled canonical = {.exponent = scaled->exponent};
    mpz_init_set(canonical.mantissa, scaled->mantissa);
    crunch_scaled_normalise(&canonical, arith);
    char *digits = mpz_get_str(NULL, 10, canonical.mantissa);
    append(text, " %s=%s%c%ld", name, digits, arith == CRUNCH_ARITH_BINARY ? 'p' : 'e',
           canonical.exponent);
    free(digits);
    mpz_clear(canonical.mantissa);
}

static void append_product(struct text *text, const struct crunch_exact *exact)
{
    char *odd = mpz_get_str(NULL, 10, exact->odd), *twos = mpz_get_str(NULL, 10, exact->twos),
         *fives = mpz_get_str(NULL, 10, exact->fives);
    append(text, " product=%s*2^%s*5^%s", odd, twos, fives);
    free(odd);
    free(twos);
    free(fives);
}

static const struct {
    enum crunch_reducer_id reducer;
    const char *name;
} sums[] = {
    {CRUNCH_SUM, "sum"},
    {CRUNCH_SUM_SQUARES, "sumsq"},
    {CRUNCH_SUM_CUBES, "sumcubes"},
    {CRUNCH_SUM_FOURTHS, "sum4"},
    {CRUNCH_MAGNITUDES, "sumabs"},
    {CRUNCH_LOGS, "logs"},
    {CRUNCH_RECIPROCALS, "reciprocals"},
};

/* Values by rank: `rank7=15e-1`, deviations `dev4=5e-1`, and `trimmed=75e-1`. */
static void append_ordered(struct text *text, const struct crunch_ordered *ordered)
{
    const struct crunch_ranked_list *lists[] = {&ordered->values, &ordered->deviations};
    static const char *const names[] = {"rank", "dev"};
    for (int l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            char name[32];
            snprintf(name, sizeof name, "%s%" PRIu64, names[l], lists[l]->item[i].rank);
            append_scaled(text, name, &lists[l]->item[i].value, ordered->arith);
        }
    if (ordered->has_trimmed)
        append_scaled(text, "trimmed", &ordered->trimmed, ordered->arith);
}

char *crunch_exact_encode(const struct crunch_exact *exact)
{
    struct text text = {.data = calloc(1, 1)};
    if (exact->needs & CRUNCH_BIT(CRUNCH_TALLY))
        append(&text,
               " count=%" PRIu64 " missing=%" PRIu64 " nan=%" PRIu64 " +inf=%" PRIu64
               " -inf=%" PRIu64,
               exact->count, exact->missing, exact->nan, exact->plus_inf, exact->minus_inf);
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        if (exact->needs & CRUNCH_BIT(sums[i].reducer))
            append_scaled(&text, sums[i].name, &exact->sum[sums[i].reducer],
                          arith_of((size_t)sums[i].reducer, exact->arith));
    if (exact->needs & CRUNCH_BIT(CRUNCH_EXTREMES) && exact->has_extremes) {
        append_scaled(&text, "min", &exact->min, exact->arith);
        append_scaled(&text, "max", &exact->max, exact->arith);
    } else if (exact->needs & CRUNCH_BIT(CRUNCH_EXTREMES)) {
        append(&text, " min=- max=-");
    }
    if (exact->needs & (CRUNCH_BIT(CRUNCH_LOGS) | CRUNCH_BIT(CRUNCH_RECIPROCALS)))
        append(&text, " zeros=%" PRIu64 " negatives=%" PRIu64, exact->zeros, exact->negatives);
    if (exact->needs & CRUNCH_BIT(CRUNCH_PRODUCT))
        append_product(&text, exact);
    if (exact->needs & CRUNCH_BIT(CRUNCH_PRIMES))
        append(&text, " primes=%" PRIu64 " undecided=%" PRIu64, exact->primes, exact->undecided);
    if (exact->ordered)
        append_ordered(&text, exact->ordered);
    if (text.data != NULL && text.len > 0)
        memmove(text.data, text.data + 1, text.len); /* without the first blank */
    return text.data;
}
