/*
 * Gathering: blocks of kept values become one array. The integers of every block are brought to the
 * largest scale there is; where one of them does not fit then, or a wide value is among them, all
 * become digits.
 */
#include "core/gather.h"

#include "core/selection.h"

#include <stdlib.h>

/* Twice a mantissa still fits into 64 bits below this. */
#define VALUE_LIMIT (INT64_MAX / 4)

/* Bytes of a narrow value's digits. */
#define NARROW_TEXT 24

struct gathering {
    struct crunch_gathered *out;
    const struct crunch_logs *logs;
    struct crunch_error *error;
    char *data; /* of a block */
    size_t data_size;
    size_t text_len;
};

uint64_t crunch_gather_bytes(const struct crunch_found *found)
{
    uint64_t bytes = 0;
    bool one = true;
    for (size_t i = 0; i < found->n_kept; i++) {
        const struct crunch_kept *kept = &found->kept[i];
        one = one && kept->kind == CRUNCH_KEPT_NARROW && kept->scale == found->kept[0].scale;
        bytes += kept->kind == CRUNCH_KEPT_NARROW ? kept->n * sizeof(int64_t) : kept->block->bytes;
    }
    if (!one)
        bytes += found->inside * (sizeof(struct crunch_digits) + NARROW_TEXT);
    return bytes;
}

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values in order");
}

static enum crunch_code load(struct gathering *g, const struct crunch_kept *kept)
{
    if (kept->block->bytes > g->data_size) {
        free(g->data);
        g->data_size = (kept->block->bytes + 63) / 64 * 64;
        g->data = aligned_alloc(64, g->data_size);
        if (g->data == NULL)
            return no_memory(g->error);
    }
    return crunch_logs_load(g->logs, kept->block, g->data, g->error);
}

/* Copies the block's values, at the common scale. False: one does not fit. */
static bool add_narrow(struct gathering *g, const struct crunch_kept *kept)
{
    struct crunch_gathered *out = g->out;
    const int64_t *value = (const int64_t *)(const void *)g->data;
    int64_t factor = 1, limit;
    unsigned up = (unsigned)(out->scale - kept->scale);
    for (unsigned i = 0; i < up && i < 18; i++)
        factor *= 10;
    limit = up > 18 ? 0 : VALUE_LIMIT / factor;
    if (out->arith == CRUNCH_ARITH_BINARY)
        limit = INT64_MAX;
    for (uint64_t i = 0; i < kept->n; i++) {
        if (value[i] > limit || value[i] < -limit)
            return false;
        out->value[out->n++] = value[i] * factor;
    }
    return true;
}

static void add_digits(struct gathering *g, const struct crunch_digits *x)
{
    struct crunch_gathered *out = g->out;
    struct crunch_digits *to = &out->digits[out->n++];
    *to = *x;
    to->digits = out->text + g->text_len;
    if (x->n > 0)
        memcpy(to->digits, x->digits, x->n);
    g->text_len += x->n;
}

static void add_as_digits(struct gathering *g, const struct crunch_kept *kept)
{
    const int64_t *value = (const int64_t *)(const void *)g->data;
    const char *at = g->data;
    char room[NARROW_TEXT];
    for (uint64_t i = 0; i < kept->n; i++) {
        struct crunch_digits x;
        struct crunch_wide wide;
        if (kept->kind == CRUNCH_KEPT_WIDE) {
            crunch_kept_wide(&at, &wide);
            x = crunch_digits_of_wide(&wide);
        } else {
            x = crunch_digits_of_narrow(value[i], kept->scale, room);
        }
        add_digits(g, &x);
    }
}

/* True if all went well; false: they do not fit, or (*code) something failed. */
static bool gather_narrow(struct gathering *g, const struct crunch_found *const *found,
                          size_t n_found, size_t n, enum crunch_code *code)
{
    struct crunch_gathered *out = g->out;
    out->narrow = true;
    out->value = malloc((n + 1) * sizeof *out->value);
    if (out->value == NULL) {
        *code = no_memory(g->error);
        return false;
    }
    for (size_t f = 0; f < n_found; f++)
        for (size_t i = 0; i < found[f]->n_kept; i++) {
            *code = load(g, &found[f]->kept[i]);
            if (*code || !add_narrow(g, &found[f]->kept[i]))
                return false;
        }
    return true;
}

static enum crunch_code gather_digits(struct gathering *g, const struct crunch_found *const *found,
                                      size_t n_found, size_t n)
{
    struct crunch_gathered *out = g->out;
    size_t bytes = 1;
    enum crunch_code code = CRUNCH_OK;
    free(out->value);
    out->value = NULL;
    out->narrow = false;
    out->n = 0;
    for (size_t f = 0; f < n_found; f++)
        for (size_t i = 0; i < found[f]->n_kept; i++)
            bytes += found[f]->kept[i].kind == CRUNCH_KEPT_WIDE ? found[f]->kept[i].block->bytes
                                                                : found[f]->kept[i].n * NARROW_TEXT;
    out->digits = malloc((n + 1) * sizeof *out->digits);
    out->text = malloc(bytes);
    if (out->digits == NULL || out->text == NULL)
        return no_memory(g->error);
    for (size_t f = 0; f < n_found && !code; f++)
        for (size_t i = 0; i < found[f]->n_kept && !code; i++) {
            code = load(g, &found[f]->kept[i]);
            if (!code)
                add_as_digits(g, &found[f]->kept[i]);
        }
    return code;
}

enum crunch_code crunch_gather(struct crunch_gathered *out, enum crunch_arith arith,
                               const struct crunch_logs *logs,
                               const struct crunch_found *const *found, size_t n_found,
                               struct crunch_error *error)
{
    struct gathering g = {.out = out, .logs = logs, .error = error};
    enum crunch_code code = CRUNCH_OK;
    bool narrow = true;
    size_t n = 0;
    *out = (struct crunch_gathered){.arith = arith};
    for (size_t f = 0; f < n_found; f++)
        for (size_t i = 0; i < found[f]->n_kept; i++) {
            const struct crunch_kept *kept = &found[f]->kept[i];
            n += kept->n;
            narrow = narrow && kept->kind == CRUNCH_KEPT_NARROW;
            if (kept->scale > out->scale)
                out->scale = kept->scale;
        }
    narrow = narrow && gather_narrow(&g, found, n_found, n, &code);
    if (!narrow && !code)
        code = gather_digits(&g, found, n_found, n);
    free(g.data);
    if (code)
        crunch_gathered_free(out);
    return code;
}

void crunch_gathered_free(struct crunch_gathered *gathered)
{
    free(gathered->value);
    free(gathered->digits);
    free(gathered->text);
    *gathered = (struct crunch_gathered){0};
}

/* ---- order ---- */

void crunch_gathered_select(struct crunch_gathered *gathered, const size_t *k, size_t n_k)
{
    if (gathered->narrow)
        crunch_select_int64(gathered->value, gathered->n, k, n_k);
    else
        crunch_digits_sort(gathered->digits, gathered->n);
}

enum crunch_code crunch_gathered_sort(struct crunch_gathered *gathered)
{
    if (gathered->narrow)
        return crunch_sort_int64(gathered->value, gathered->n);
    crunch_digits_sort(gathered->digits, gathered->n);
    return CRUNCH_OK;
}

void crunch_gathered_get(const struct crunch_gathered *gathered, size_t i,
                         struct crunch_scaled *out)
{
    if (!gathered->narrow) {
        crunch_digits_to_scaled(&gathered->digits[i], out);
    } else if (gathered->arith == CRUNCH_ARITH_BINARY) {
        crunch_scaled_set_double(out, crunch_double_of_rank(gathered->value[i]));
    } else {
        mpz_set_si(out->mantissa, gathered->value[i]);
        out->exponent = -(long)gathered->scale;
    }
    crunch_scaled_normalise(out, gathered->arith);
}

/* ---- from cells ---- */

/* Brings the values to the scale of out. False: one does not fit. */
static bool align(struct crunch_gathered *out, const int64_t *value, const uint8_t *scale, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t factor = 1, limit;
        unsigned up = (unsigned)(out->scale - scale[i]);
        for (unsigned k = 0; k < up && k < 18; k++)
            factor *= 10;
        limit = out->arith == CRUNCH_ARITH_BINARY ? INT64_MAX : up > 18 ? 0 : VALUE_LIMIT / factor;
        if (value[i] > limit || value[i] < -limit)
            return false;
        out->value[out->n++] = value[i] * factor;
    }
    return true;
}

static bool to_digits(struct crunch_gathered *out, const int64_t *value, const uint8_t *scale,
                      size_t n, const struct crunch_wide *wide, size_t n_wide)
{
    struct gathering g = {.out = out};
    size_t bytes = n * NARROW_TEXT + 1;
    for (size_t i = 0; i < n_wide; i++)
        bytes += wide[i].n_digits;
    out->narrow = false;
    out->n = 0;
    free(out->value);
    out->value = NULL;
    out->digits = malloc((n + n_wide + 1) * sizeof *out->digits);
    out->text = malloc(bytes);
    if (out->digits == NULL || out->text == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        char room[NARROW_TEXT];
        struct crunch_digits x = crunch_digits_of_narrow(value[i], scale[i], room);
        add_digits(&g, &x);
    }
    for (size_t i = 0; i < n_wide; i++) {
        struct crunch_digits x = crunch_digits_of_wide(&wide[i]);
        add_digits(&g, &x);
    }
    return true;
}

bool crunch_gather_values(struct crunch_gathered *out, enum crunch_arith arith,
                          const int64_t *value, const uint8_t *scale, size_t n,
                          const struct crunch_wide *wide, size_t n_wide)
{
    *out = (struct crunch_gathered){.arith = arith, .narrow = true};
    for (size_t i = 0; i < n && arith == CRUNCH_ARITH_DECIMAL; i++)
        if (scale[i] > out->scale)
            out->scale = scale[i];
    out->value = malloc((n + 1) * sizeof *out->value);
    if (out->value == NULL)
        return false;
    return (n_wide == 0 && align(out, value, scale, n)) ||
           to_digits(out, value, scale, n, wide, n_wide);
}

/* ---- distances ---- */

/* The distances of values below the median, ascending, and of those above. */
struct distances {
    const struct crunch_gathered *side[2]; /* sorted */
    const struct crunch_scaled *median;
    struct crunch_scaled x;
};

/* *out = distance i of that side. */
static void distance(struct distances *d, int side, size_t i, struct crunch_scaled *out)
{
    const struct crunch_gathered *values = d->side[side];
    crunch_gathered_get(values, side ? i : values->n - 1 - i, &d->x);
    mpz_set(out->mantissa, d->x.mantissa);
    out->exponent = d->x.exponent;
    mpz_neg(d->x.mantissa, d->median->mantissa);
    crunch_scaled_add(out, d->x.mantissa, d->median->exponent, values->arith);
    mpz_abs(out->mantissa, out->mantissa);
}

/* i of the first k distances are below the median; i is found by halving. */
void crunch_gathered_kth_distance(const struct crunch_gathered *below,
                                  const struct crunch_gathered *above,
                                  const struct crunch_scaled *median, uint64_t k,
                                  struct crunch_scaled *out)
{
    struct distances d = {{below, above}, median, {.exponent = 0}};
    struct crunch_scaled other = {.exponent = 0};
    const enum crunch_arith arith = below->arith;
    size_t low = k > above->n ? k - above->n : 0, high = k < below->n ? k : below->n;
    mpz_inits(other.mantissa, d.x.mantissa, (mpz_ptr)NULL);
    while (low < high) {
        size_t i = low + (high - low) / 2;
        distance(&d, 0, i, out);
        distance(&d, 1, k - i - 1, &other);
        if (crunch_scaled_compare(out, &other, arith) < 0)
            low = i + 1;
        else
            high = i;
    }
    if (low > 0)
        distance(&d, 0, low - 1, out);
    if (low < k)
        distance(&d, 1, k - low - 1, &other);
    if (low == 0 || (low < k && crunch_scaled_compare(out, &other, arith) < 0)) {
        mpz_set(out->mantissa, other.mantissa);
        out->exponent = other.exponent;
    }
    crunch_scaled_normalise(out, arith);
    mpz_clears(other.mantissa, d.x.mantissa, (mpz_ptr)NULL);
}

/* The values from position i on, or (rest false) those before it: a view. */
static struct crunch_gathered side_of(const struct crunch_gathered *values, size_t i, bool rest)
{
    struct crunch_gathered side = *values;
    side.n = rest ? values->n - i : i;
    if (rest && values->narrow)
        side.value += i;
    else if (rest)
        side.digits += i;
    return side;
}

void crunch_gathered_distance(const struct crunch_gathered *values,
                              const struct crunch_scaled *median, uint64_t k,
                              struct crunch_scaled *out)
{
    size_t low = 0, high = values->n; /* the first value that is not below the median */
    while (low < high) {
        size_t i = low + (high - low) / 2;
        crunch_gathered_get(values, i, out);
        if (crunch_scaled_compare(out, median, values->arith) < 0)
            low = i + 1;
        else
            high = i;
    }
    const struct crunch_gathered below = side_of(values, low, false),
                                 above = side_of(values, low, true);
    crunch_gathered_kth_distance(&below, &above, median, k, out);
}

void crunch_scaled_halfway(struct crunch_scaled *into, const struct crunch_scaled *other,
                           enum crunch_arith arith)
{
    crunch_scaled_add(into, other->mantissa, other->exponent, arith);
    if (arith == CRUNCH_ARITH_DECIMAL)
        mpz_mul_ui(into->mantissa, into->mantissa, 5);
    into->exponent--; /* times 5 / 10, or 1 / 2 */
    crunch_scaled_normalise(into, arith);
}
