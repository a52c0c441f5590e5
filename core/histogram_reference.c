/* Histograms a second time, one rational against another. The edges are the same; that they stand
 * between the least and the greatest value is seen from those, which are verified as states. */
#include "core/histogram_reference.h"

#include "core/histogram.h"
#include "core/job.h"
#include "core/reference_row.h"

#include <inttypes.h>
#include <stdlib.h>

struct reference {
    const struct crunch_histogram_config *config;
    unsigned long base;
    mpq_t value;
    mpz_t power;
    uint64_t below, above;
    uint64_t *bin;
};

enum crunch_code crunch_histogram_reference_create(const struct crunch_plan *plan,
                                                   const void *config, void **self,
                                                   struct crunch_error *error)
{
    struct reference *r = calloc(1, sizeof *r);
    *self = r;
    if (r == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (verification)");
    r->config = config;
    r->base = crunch_layout_arith(&plan->layout, r->config->slot) == CRUNCH_ARITH_BINARY ? 2 : 10;
    mpq_init(r->value);
    mpz_init(r->power);
    r->bin = calloc(r->config->n_edges + 1, sizeof *r->bin);
    if (r->bin == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (verification)");
    return CRUNCH_OK;
}

void crunch_histogram_reference_destroy(void *self)
{
    struct reference *r = self;
    if (r == NULL)
        return;
    mpq_clear(r->value);
    mpz_clear(r->power);
    free(r->bin);
    free(r);
}

static void set_value(struct reference *r, const struct crunch_reference_number *number)
{
    mpq_set_z(r->value, number->mantissa);
    mpz_ui_pow_ui(r->power, r->base, (unsigned long)labs(number->exponent));
    if (number->exponent < 0)
        mpz_set(mpq_denref(r->value), r->power);
    else
        mpz_mul(mpq_numref(r->value), mpq_numref(r->value), r->power);
    mpq_canonicalize(r->value);
}

static void put(struct reference *r)
{
    const struct crunch_histogram_config *config = r->config;
    const size_t n = config->n_edges;
    if (n == 0 || mpq_cmp(r->value, config->edge[0]) < 0) {
        r->below++;
    } else if (mpq_cmp(r->value, config->edge[n - 1]) > 0) {
        r->above++;
    } else {
        size_t bin = n - 2;
        while (bin > 0 && mpq_cmp(r->value, config->edge[bin]) < 0)
            bin--;
        r->bin[bin]++;
    }
}

enum crunch_code crunch_histogram_reference_row(void *self, const struct crunch_reference_row *row,
                                                struct crunch_error *error)
{
    struct reference *r = self;
    const struct crunch_reference_number *number = row->cell[r->config->slot].number;
    (void)error;
    if (number->class == CRUNCH_REFERENCE_MINUS_INF) {
        r->below++;
    } else if (number->class == CRUNCH_REFERENCE_PLUS_INF) {
        r->above++;
    } else if (number->class == CRUNCH_REFERENCE_VALUE) {
        set_value(r, number);
        put(r);
    }
    return CRUNCH_OK;
}

enum crunch_code crunch_histogram_reference_write(void *self, FILE *out, struct crunch_error *error)
{
    const struct reference *r = self;
    const size_t n = r->config->n_edges;
    (void)error;
    fprintf(out, "0\t%" PRIu64 "\n", n == 0 ? r->below + r->above : r->below);
    for (size_t i = 0; i + 1 < n; i++)
        fprintf(out, "%zu\t%" PRIu64 "\n", i + 1, r->bin[i]);
    if (n > 0)
        fprintf(out, "%zu\t%" PRIu64 "\n", n, r->above);
    return CRUNCH_OK;
}
