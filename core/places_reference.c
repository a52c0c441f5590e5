/*
 * Places as the reference finds them: row by row, each value compared with the best so far by
 * integers.
 */
#include "core/job.h"
#include "core/places.h"
#include "core/reference_row.h"

#include <stdlib.h>
#include <string.h>

struct best {
    int rank; /* -1: -inf, 0: a number, 1: +inf */
    mpz_t mantissa;
    long exponent;
    uint64_t record; /* from 1; 0: nothing yet */
};

struct reference {
    const struct crunch_places_config *config;
    unsigned long base;
    char *text[2];
    size_t len[2];
    struct best best[2];
};

enum crunch_code crunch_places_reference_create(const struct crunch_plan *plan, const void *config,
                                                void **self, struct crunch_error *error)
{
    struct reference *r = calloc(1, sizeof *r);
    if (r == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    r->config = config;
    r->base = crunch_layout_arith(&plan->layout, r->config->slot) == CRUNCH_ARITH_BINARY ? 2 : 10;
    mpz_inits(r->best[0].mantissa, r->best[1].mantissa, (mpz_ptr)NULL);
    *self = r;
    return CRUNCH_OK;
}

void crunch_places_reference_destroy(void *self)
{
    struct reference *r = self;
    if (r == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        free(r->text[i]);
        mpz_clear(r->best[i].mantissa);
    }
    free(r);
}

/* The order of a number and the best so far: both as integers of the lower exponent. */
static int compare(const struct reference *r, const struct crunch_reference_number *number,
                   int rank, const struct best *best)
{
    if (rank != best->rank || rank != 0)
        return (rank > best->rank) - (rank < best->rank);
    long lower = number->exponent < best->exponent ? number->exponent : best->exponent;
    mpz_t a, b;
    mpz_inits(a, b, (mpz_ptr)NULL);
    mpz_ui_pow_ui(a, r->base, (unsigned long)(number->exponent - lower));
    mpz_mul(a, a, number->mantissa);
    mpz_ui_pow_ui(b, r->base, (unsigned long)(best->exponent - lower));
    mpz_mul(b, b, best->mantissa);
    int order = mpz_cmp(a, b);
    mpz_clears(a, b, (mpz_ptr)NULL);
    return order;
}

static void look_at(struct reference *r, const struct crunch_reference_number *number,
                    uint64_t record)
{
    int rank = number->class == CRUNCH_REFERENCE_MINUS_INF  ? -1
               : number->class == CRUNCH_REFERENCE_PLUS_INF ? 1
                                                            : 0;
    if (rank == 0 && number->class != CRUNCH_REFERENCE_VALUE)
        return;
    for (int i = 0; i < 2; i++) {
        struct best *best = &r->best[i];
        int order = best->record > 0 ? compare(r, number, rank, best) : 0;
        if (best->record > 0 && (i == 0 ? order >= 0 : order <= 0))
            continue;
        best->rank = rank;
        best->record = record + 1;
        if (rank == 0) {
            mpz_set(best->mantissa, number->mantissa);
            best->exponent = number->exponent;
        }
    }
}

static char *copy_of(const char *text, size_t len)
{
    char *copy = calloc(len + 1, 1);
    return copy ? memcpy(copy, text, len) : NULL;
}

enum crunch_code crunch_places_reference_row(void *self, const struct crunch_reference_row *row,
                                             struct crunch_error *error)
{
    struct reference *r = self;
    const struct crunch_reference_cell *cell = &row->cell[r->config->slot];
    if (r->config->extremes)
        look_at(r, cell->number, row->record);
    for (int i = 0; i < 2 && r->config->texts && cell->text_len > 0; i++) {
        if (i == 0 && r->text[0])
            continue;
        free(r->text[i]);
        r->text[i] = copy_of(cell->text, cell->text_len);
        r->len[i] = cell->text_len;
        if (r->text[i] == NULL)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    return CRUNCH_OK;
}

enum crunch_code crunch_places_reference_write(void *self, FILE *out, struct crunch_error *error)
{
    const struct reference *r = self;
    (void)error;
    crunch_placed_write(&(struct crunch_placed){.text = {r->text[0], r->text[1]},
                                                .len = {r->len[0], r->len[1]},
                                                .at = {r->best[0].record, r->best[1].record}},
                        out);
    return CRUNCH_OK;
}

enum crunch_code crunch_places_reference_take(const void *self, struct crunch_placed *placed,
                                              struct crunch_error *error)
{
    const struct reference *r = self;
    for (int i = 0; i < 2; i++) {
        placed->at[i] = r->best[i].record;
        placed->len[i] = r->len[i];
        placed->text[i] = r->text[i] ? copy_of(r->text[i], r->len[i]) : NULL;
        if (r->text[i] && !placed->text[i])
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    return CRUNCH_OK;
}
