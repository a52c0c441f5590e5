/*
 * Choosing brackets. The rank of a value is estimated by its position in the sample; how far off
 * that may be, by how much the pieces of the sample differ (the ratio estimator of cluster
 * sampling: Cochran, "Sampling Techniques", 1977, section 9A). Brackets reach SPREAD standard
 * errors to each side, which a rank misses less than once in a million times if errors are normal.
 */
#include "core/order_sample.h"
#include "core/selection.h"

#include <stdlib.h>

#define SPREAD 5
#define LEAST_MARGIN 8

/* A value that is this part of a bracket's sample, or more, becomes a point; not if fewer than so
 * many. */
#define FREQUENT_PART 8
#define FREQUENT_LEAST 16

/* Positions of the sorted sample, inclusive; below 0 and from n on: no end on that side. */
struct reach {
    int64_t low, high;
};

struct choice {
    const struct crunch_order_sample *sample;
    int64_t *value; /* the sample's, rearranged */
    struct reach *reach;
    size_t n;
    struct crunch_brackets *brackets;
    struct crunch_error *error;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a sample");
}

void crunch_brackets_free(struct crunch_brackets *brackets)
{
    for (size_t i = 0; i < brackets->n; i++) {
        mpz_clear(brackets->item[i].low.at.mantissa);
        mpz_clear(brackets->item[i].high.at.mantissa);
    }
    free(brackets->item);
    *brackets = (struct crunch_brackets){0};
}

struct crunch_bracket *crunch_brackets_add(struct crunch_brackets *brackets)
{
    if (brackets->n == brackets->size) {
        size_t size = brackets->size * 2 + 4;
        struct crunch_bracket *grown = realloc(brackets->item, size * sizeof *grown);
        if (grown == NULL)
            return NULL;
        brackets->item = grown;
        brackets->size = size;
    }
    struct crunch_bracket *bracket = &brackets->item[brackets->n++];
    *bracket = (struct crunch_bracket){.low.infinite = true, .high.infinite = true};
    mpz_init(bracket->low.at.mantissa);
    mpz_init(bracket->high.at.mantissa);
    return bracket;
}

/* ---- how far off ---- */

/* The square of the standard error of the part of values <= limit, times the square of the
 * sample's size: in units of positions. per_piece: room for 2 counts of every piece. */
static double variance_of_position(const struct crunch_order_sample *sample, int64_t limit,
                                   uint64_t *per_piece)
{
    double pieces = 0, part, sum = 0;
    uint64_t below = 0;
    memset(per_piece, 0, 2 * (size_t)sample->n_pieces * sizeof *per_piece);
    for (size_t i = 0; i < sample->n; i++) {
        uint64_t *count = per_piece + 2 * (size_t)sample->piece[i];
        count[0]++;
        count[1] += sample->value[i] <= limit;
    }
    for (size_t p = 0; p < sample->n_pieces; p++)
        below += per_piece[2 * p + 1];
    part = (double)below / (double)sample->n;
    for (size_t p = 0; p < sample->n_pieces; p++) {
        double rest = (double)per_piece[2 * p + 1] - part * (double)per_piece[2 * p];
        if (per_piece[2 * p] == 0)
            continue;
        pieces++;
        sum += rest * rest;
    }
    return pieces > 1 ? sum * pieces / (pieces - 1) : (double)sample->n * (double)sample->n;
}

/* The integer square root, rounded up. */
static int64_t root_above(double x)
{
    int64_t root = 0;
    for (int64_t bit = INT64_C(1) << 31; bit > 0; bit /= 2)
        if ((double)(root + bit) * (double)(root + bit) <= x)
            root += bit;
    return root + 1;
}

static enum crunch_code set_reaches(struct choice *choice, const size_t *at, size_t n_at)
{
    const struct crunch_order_sample *sample = choice->sample;
    uint64_t *per_piece = calloc(2 * (size_t)sample->n_pieces + 1, sizeof *per_piece);
    if (per_piece == NULL)
        return no_memory(choice->error);
    crunch_select_int64(choice->value, sample->n, at, n_at);
    for (size_t i = 0; i < n_at; i++) {
        double variance = variance_of_position(sample, choice->value[at[i]], per_piece);
        int64_t margin = SPREAD * root_above(variance) + LEAST_MARGIN;
        struct reach reach = {(int64_t)at[i] - margin, (int64_t)at[i] + margin};
        struct reach *last = choice->n > 0 ? &choice->reach[choice->n - 1] : NULL;
        if (last == NULL || reach.low > last->high + 1)
            choice->reach[choice->n++] = reach;
        else if (reach.high > last->high)
            last->high = reach.high;
    }
    free(per_piece);
    return CRUNCH_OK;
}

/* ---- brackets ---- */

/* A bound at a value of the sample. */
static void set_bound(struct crunch_bound *bound, const struct crunch_order_sample *sample,
                      int64_t value, bool open)
{
    bound->infinite = false;
    bound->open = open;
    if (!sample->ranks) {
        mpz_set_si(bound->at.mantissa, value);
        bound->at.exponent = -(long)sample->scale;
        return;
    }
    crunch_scaled_set_double(&bound->at, crunch_double_of_rank(value));
    if (sample->arith == CRUNCH_ARITH_BINARY)
        return;
    /* m * 2^e as a decimal: 2^e = 5^-e * 10^e. */
    long e = bound->at.exponent;
    mpz_t power;
    mpz_init(power);
    if (e < 0)
        mpz_ui_pow_ui(power, 5, (unsigned long)-e);
    else
        mpz_ui_pow_ui(power, 2, (unsigned long)e);
    mpz_mul(bound->at.mantissa, bound->at.mantissa, power);
    bound->at.exponent = e < 0 ? e : 0;
    mpz_clear(power);
}

/* An end of a bracket; NULL value: none. */
struct end {
    const int64_t *value;
    bool open;
};

static enum crunch_code add(struct choice *choice, struct end low, struct end high)
{
    struct crunch_bracket *bracket = crunch_brackets_add(choice->brackets);
    if (bracket == NULL)
        return no_memory(choice->error);
    if (low.value)
        set_bound(&bracket->low, choice->sample, *low.value, low.open);
    if (high.value)
        set_bound(&bracket->high, choice->sample, *high.value, high.open);
    bracket->point = low.value && high.value && *low.value == *high.value;
    return CRUNCH_OK;
}

/* Adds the brackets from low to high, with a point at each of the frequent values in between. */
static enum crunch_code add_between(struct choice *choice, struct end low, struct end high,
                                    const int64_t *frequent, size_t n)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < n && !code; i++) {
        const struct end at = {&frequent[i], false}, around = {&frequent[i], true};
        if (low.value == NULL || *low.value < frequent[i])
            code = add(choice, low, around);
        if (!code)
            code = add(choice, at, at);
        low = around;
    }
    bool rest = n == 0 || high.value == NULL || frequent[n - 1] < *high.value;
    return code || !rest ? code : add(choice, low, high);
}

/* Sorts the sample's values in [begin, end) positions and splits the bracket. */
static enum crunch_code split(struct choice *choice, const struct reach *reach)
{
    int64_t frequent[FREQUENT_PART + 2];
    size_t n_frequent = 0, last = choice->sample->n - 1;
    size_t begin = reach->low < 0 ? 0 : (size_t)reach->low;
    size_t end = reach->high > (int64_t)last ? last : (size_t)reach->high;
    size_t n = end - begin + 1;
    int64_t *value = choice->value + begin;
    enum crunch_code code = crunch_sort_int64(value, n);
    for (size_t i = 0, j; i < n && !code; i = j) {
        for (j = i; j < n && value[j] == value[i];)
            j++;
        if (j - i >= FREQUENT_LEAST && j - i >= n / FREQUENT_PART)
            frequent[n_frequent++] = value[i];
    }
    const struct end low = {reach->low < 0 ? NULL : &value[0], false};
    const struct end high = {reach->high > (int64_t)last ? NULL : &value[n - 1], false};
    if (code)
        return no_memory(choice->error);
    if (low.value && high.value && *low.value == *high.value)
        return add(choice, low, high);
    return add_between(choice, low, high, frequent, n_frequent);
}

static enum crunch_code add_all(struct choice *choice)
{
    enum crunch_code code = CRUNCH_OK;
    size_t *ends = malloc((2 * choice->n + 1) * sizeof *ends), n_ends = 0;
    if (ends == NULL)
        return no_memory(choice->error);
    for (size_t i = 0; i < choice->n; i++) {
        if (choice->reach[i].low >= 0)
            ends[n_ends++] = (size_t)choice->reach[i].low;
        if (choice->reach[i].high < (int64_t)choice->sample->n)
            ends[n_ends++] = (size_t)choice->reach[i].high;
    }
    crunch_select_int64(choice->value, choice->sample->n, ends, n_ends);
    for (size_t i = 0; i < choice->n && !code; i++)
        code = split(choice, &choice->reach[i]);
    free(ends);
    return code;
}

enum crunch_code crunch_brackets_choose(struct crunch_brackets *brackets,
                                        const struct crunch_order_sample *sample, const size_t *at,
                                        size_t n_at, struct crunch_error *error)
{
    struct choice choice = {.sample = sample, .brackets = brackets, .error = error};
    choice.value = malloc(sample->n * sizeof *choice.value);
    choice.reach = malloc((n_at + 1) * sizeof *choice.reach);
    enum crunch_code code = choice.value && choice.reach ? CRUNCH_OK : no_memory(error);
    if (!code) {
        memcpy(choice.value, sample->value, sample->n * sizeof *choice.value);
        code = set_reaches(&choice, at, n_at);
    }
    if (!code)
        code = add_all(&choice);
    free(choice.value);
    free(choice.reach);
    return code;
}
