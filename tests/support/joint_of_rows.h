/* For tests: a joint content added up from rows of decimal texts, by GMP. */
#ifndef CRUNCH_TESTS_JOINT_OF_ROWS_H
#define CRUNCH_TESTS_JOINT_OF_ROWS_H

#include "core/joint.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* text = mantissa * 10^exponent; without an exponent part. */
static inline long read_decimal(mpz_t mantissa, const char *text)
{
    char digits[200];
    size_t n = 0;
    long exponent = 0;
    bool fraction = false;
    for (; (*text >= '0' && *text <= '9') || *text == '.' || *text == '-'; text++) {
        fraction |= *text == '.';
        if (*text != '.') {
            digits[n++] = *text;
            exponent -= fraction;
        }
    }
    digits[n] = '\0';
    mpz_set_str(mantissa, digits, 10);
    return exponent;
}

/* Adds a row of k decimals to a joint in decimal arithmetic. */
static inline void add_row(struct crunch_joint *joint, mpz_t *mantissa, const long *exponent)
{
    mpz_t product;
    mpz_init(product);
    joint->rows++;
    for (size_t j = 0; j < joint->k; j++) {
        crunch_scaled_add(&joint->sum[j], mantissa[j], exponent[j], CRUNCH_ARITH_DECIMAL);
        for (size_t i = 0; i <= j; i++) {
            mpz_mul(product, mantissa[i], mantissa[j]);
            crunch_scaled_add(&joint->product[crunch_joint_at(i, j)], product,
                              exponent[i] + exponent[j], CRUNCH_ARITH_DECIMAL);
        }
    }
    mpz_clear(product);
}

#endif
