/* What the reference accumulates of one column: plain GMP integers, one per exponent. */
#ifndef CRUNCH_CORE_REFERENCE_SUMS_H
#define CRUNCH_CORE_REFERENCE_SUMS_H

#include "core/reducer.h"
#include "core/reference_number.h"

struct crunch_reference_sums;

/* needs: CRUNCH_BIT()s. NULL when out of memory. */
struct crunch_reference_sums *crunch_reference_sums_create(enum crunch_arith arith, unsigned needs);
void crunch_reference_sums_free(struct crunch_reference_sums *sums);

/* Counts a cell that is not bad, and adds it if it is a value. */
void crunch_reference_sums_add(struct crunch_reference_sums *sums,
                               const struct crunch_reference_number *cell, bool presence);

/* Everything into *exact, initialised with the same arith and needs. False: memory ran out on the
 * way. */
bool crunch_reference_sums_total(const struct crunch_reference_sums *sums,
                                 struct crunch_exact *exact);

#endif
