/* The reference's histograms: a line `place TAB count` for each place (core/histogram.h), by
 * comparing GMP's rationals one edge after another. */
#ifndef CRUNCH_CORE_HISTOGRAM_REFERENCE_H
#define CRUNCH_CORE_HISTOGRAM_REFERENCE_H

#include "core/collect.h"

enum crunch_code crunch_histogram_reference_create(const struct crunch_plan *plan,
                                                   const void *config, void **self,
                                                   struct crunch_error *error);
enum crunch_code crunch_histogram_reference_row(void *self, const struct crunch_reference_row *row,
                                                struct crunch_error *error);
enum crunch_code crunch_histogram_reference_write(void *self, FILE *out,
                                                  struct crunch_error *error);
void crunch_histogram_reference_destroy(void *self);

#endif
