/* The reference's side of a census, and the canonical text that both sides write for --verify:
 * a line for each value, the count, a tab and the value; the most frequent first, then by value.
 * Bytes of a text that are not printable ASCII, and the backslash, are written \xNN; a number is
 * MeK (decimal) or MpK (binary) without trailing zeros, 0e0 or 0p0, nan, inf or -inf. */
#ifndef CRUNCH_CORE_CENSUS_REFERENCE_H
#define CRUNCH_CORE_CENSUS_REFERENCE_H

#include "core/collect.h"
#include "core/counted.h"

enum crunch_code crunch_census_write(const struct crunch_plan *plan, const void *config,
                                     const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                     struct crunch_error *error);

enum crunch_code crunch_census_reference_create(const struct crunch_plan *plan, const void *config,
                                                void **self, struct crunch_error *error);
enum crunch_code crunch_census_reference_row(void *self, const struct crunch_reference_row *row,
                                             struct crunch_error *error);
enum crunch_code crunch_census_reference_write(void *self, FILE *out, struct crunch_error *error);
/* Sets what the ops read: mode and antimode, and with `distinct` the number of values. */
enum crunch_code crunch_census_reference_counts(void *self, bool distinct,
                                                struct crunch_counted *counted,
                                                struct crunch_error *error);
void crunch_census_reference_destroy(void *self);

#endif
