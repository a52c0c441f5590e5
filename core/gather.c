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

static int by_digits(const void *a, const void *b)
{
    return crunch_digits_compare(a, b);
}

void crunch_gathered_select(struct crunch_gathered *gathered, const size_t *k, size_t n_k)
{
    if (gathered->narrow)
        crunch_select_int64(gathered->value, gathered->n, k, n_k);
    else
        qsort(gathered->digits, gathered->n, sizeof *gathered->digits, by_digits);
}

enum crunch_code crunch_gathered_sort(struct crunch_gathered *gathered)
{
    if (gathered->narrow)
        return crunch_sort_int64(gathered->value, gathered->n);
    qsort(gathered->digits, gathered->n, sizeof *gathered->digits, by_digits);
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
