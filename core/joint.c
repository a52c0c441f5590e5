/*
 * Joint contents by value. Nothing here knows how they were accumulated.
 */
#include "core/joint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t products_of(size_t k)
{
    return k * (k + 1) / 2;
}

enum crunch_code crunch_joint_init(struct crunch_joint *joint, size_t k,
                                   const enum crunch_arith *arith, bool squares)
{
    memset(joint, 0, sizeof *joint);
    joint->arith = malloc(k * sizeof *joint->arith);
    joint->sum = calloc(k, sizeof *joint->sum);
    joint->product = calloc(products_of(k), sizeof *joint->product);
    if (joint->arith == NULL || joint->sum == NULL || joint->product == NULL)
        return CRUNCH_NO_MEMORY;
    joint->k = k;
    joint->squares = squares;
    memcpy(joint->arith, arith, k * sizeof *arith);
    for (size_t i = 0; i < k; i++)
        mpz_init(joint->sum[i].mantissa);
    for (size_t i = 0; i < products_of(k); i++)
        mpz_init(joint->product[i].mantissa);
    return CRUNCH_OK;
}

void crunch_joint_clear(struct crunch_joint *joint)
{
    for (size_t i = 0; i < joint->k; i++)
        mpz_clear(joint->sum[i].mantissa);
    for (size_t i = 0; i < products_of(joint->k); i++)
        mpz_clear(joint->product[i].mantissa);
    free(joint->arith);
    free(joint->sum);
    free(joint->product);
    memset(joint, 0, sizeof *joint);
}

static enum crunch_arith arith_of(const struct crunch_joint *joint, size_t i, size_t j)
{
    return crunch_cross_arith(joint->arith[i], joint->arith[j]);
}

static void add(struct crunch_scaled *into, const struct crunch_scaled *from,
                enum crunch_arith arith)
{
    crunch_scaled_add(into, from->mantissa, from->exponent, arith);
}

void crunch_joint_merge(struct crunch_joint *into, const struct crunch_joint *from)
{
    into->rows += from->rows;
    into->nan += from->nan;
    into->plus_inf += from->plus_inf;
    into->minus_inf += from->minus_inf;
    into->unweighted += from->unweighted;
    for (size_t j = 0; j < into->k; j++) {
        add(&into->sum[j], &from->sum[j], into->arith[j]);
        for (size_t i = 0; i <= j; i++)
            add(&into->product[crunch_joint_at(i, j)], &from->product[crunch_joint_at(i, j)],
                arith_of(into, i, j));
    }
}

static void write_scaled(FILE *out, const struct crunch_scaled *scaled, enum crunch_arith arith)
{
    struct crunch_scaled canonical = {.exponent = scaled->exponent};
    mpz_init_set(canonical.mantissa, scaled->mantissa);
    crunch_scaled_normalise(&canonical, arith);
    char *digits = mpz_get_str(NULL, 10, canonical.mantissa);
    fprintf(out, "=%s%c%ld", digits, arith == CRUNCH_ARITH_BINARY ? 'p' : 'e', canonical.exponent);
    free(digits);
    mpz_clear(canonical.mantissa);
}

char *crunch_joint_encode(const struct crunch_joint *joint)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    fprintf(out,
            "rows=%" PRIu64 " nan=%" PRIu64 " +inf=%" PRIu64 " -inf=%" PRIu64
            " unweighted=%" PRIu64,
            joint->rows, joint->nan, joint->plus_inf, joint->minus_inf, joint->unweighted);
    for (size_t i = 0; i < joint->k; i++) {
        fprintf(out, " sum%zu", i + 1);
        write_scaled(out, &joint->sum[i], joint->arith[i]);
    }
    for (size_t i = 0; i < joint->k; i++)
        for (size_t j = i + !joint->squares; j < joint->k; j++) {
            fprintf(out, " product%zu.%zu", i + 1, j + 1);
            write_scaled(out, &joint->product[crunch_joint_at(i, j)], arith_of(joint, i, j));
        }
    bool failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

void crunch_joint_sum(mpq_t out, const struct crunch_joint *joint, size_t i)
{
    crunch_scaled_to_mpq(out, &joint->sum[i], joint->arith[i]);
}

void crunch_joint_product(mpq_t out, const struct crunch_joint *joint, size_t i, size_t j)
{
    size_t low = i < j ? i : j, high = i < j ? j : i;
    crunch_scaled_to_mpq(out, &joint->product[crunch_joint_at(low, high)], arith_of(joint, i, j));
}
