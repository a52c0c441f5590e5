/*
 * The reference's side of joint states: plain GMP sums over complete rows, set by set and row by
 * row, and the formulas of pairs and regressions worked out apart from core/op_pairs.c and
 * core/regress.c.
 */
#ifndef CRUNCH_CORE_REFERENCE_JOINT_H
#define CRUNCH_CORE_REFERENCE_JOINT_H

#include "core/joint_set.h"
#include "core/op.h"
#include "core/reference_formulas.h"
#include "core/reference_row.h"

struct crunch_reference_joints;

/* For the sets of a layout, which must outlive it. NULL when out of memory. */
struct crunch_reference_joints *crunch_reference_joints_create(const struct crunch_layout *layout);
void crunch_reference_joints_free(struct crunch_reference_joints *joints); /* NULL is fine */

/* Adds a row; cell[i] is that of the layout's column i. */
void crunch_reference_joints_add(struct crunch_reference_joints *joints,
                                 const struct crunch_reference_cell *cell);

/* Set s into *joint, which is initialised here and to be cleared in every case. */
enum crunch_code crunch_reference_joints_total(const struct crunch_reference_joints *joints,
                                               size_t s, struct crunch_joint *joint);

/* The result of the op of that name on x->joint; *f as for crunch_reference_result_of. False: the
 * reference does not know it. */
bool crunch_reference_joint_result(struct crunch_reference_result *f, const struct crunch_exact *x,
                                   const char *name, bool population);

/* The figures of a regression (core/regress.h): p estimates, p standard errors, r2, residual_sd,
 * into 2 p + 2 initialised results. CRUNCH_BAD_DATA: the columns depend on each other;
 * CRUNCH_NO_MEMORY. */
enum crunch_code crunch_reference_regression(struct crunch_reference_result *out,
                                             const struct crunch_joint *joint, bool intercept);

#endif
