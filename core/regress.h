/*
 * Linear regression by least squares, exactly: the normal equations are solved over the integers,
 * so nothing is lost however ill-conditioned they are, and each result is a rational, or the root
 * of one, that is rounded once when it is printed.
 */
#ifndef CRUNCH_CORE_REGRESS_H
#define CRUNCH_CORE_REGRESS_H

#include "core/joint.h"
#include "core/value.h"

struct crunch_fit {
    size_t p;                       /* coefficients: the intercept first, where there is one */
    struct crunch_value *estimate;  /* p; owned */
    struct crunch_value *std_error; /* p; empty without residual degrees of freedom */
    struct crunch_value r2, residual_sd;
    uint64_t rows, df; /* df: residual degrees of freedom, rows - p */
    size_t dependent;  /* after CRUNCH_BAD_DATA: the predictor that depends on those before it */
};

/*
 * Fits the last column of joint (k columns, products of all) by the others:
 *     y = b0 + b1 x1 + ... ,   without b0 if !intercept.
 * With X the matrix of predictors, s^2 = |y - X b|^2 / df; the standard error of b_i is
 * sqrt(s^2 (X'X)^-1_ii), residual_sd is s, and r2 = 1 - |y - X b|^2 / |y - mean y|^2 (about 0
 * instead of the mean without intercept). All empty with fewer rows than coefficients, nan where a
 * row has a nan or an infinity.
 *
 * CRUNCH_BAD_DATA when X'X is singular: predictor fit->dependent (from 0) is a linear combination
 * of the ones before it (and of the intercept). CRUNCH_NO_MEMORY. *fit is to be cleared in every
 * case. Method: fraction-free elimination (Bareiss 1968, "Sylvester's identity and multistep
 * integer-preserving Gaussian elimination").
 */
enum crunch_code crunch_fit_make(struct crunch_fit *fit, const struct crunch_joint *joint,
                                 bool intercept);
void crunch_fit_clear(struct crunch_fit *fit);

#endif
