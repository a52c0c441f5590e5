/* The reference's sketches, and the canonical text for --verify: the hashes in hexadecimal,
 * ascending, a line each; or, when there are too many, a line `register TAB rank` for each register
 * that is not 0. */
#ifndef CRUNCH_CORE_SKETCH_REFERENCE_H
#define CRUNCH_CORE_SKETCH_REFERENCE_H

#include "core/collect.h"

enum crunch_code crunch_sketch_reference_create(const struct crunch_plan *plan, const void *config,
                                                void **self, struct crunch_error *error);
enum crunch_code crunch_sketch_reference_row(void *self, const struct crunch_reference_row *row,
                                             struct crunch_error *error);
enum crunch_code crunch_sketch_reference_write(void *self, FILE *out, struct crunch_error *error);
void crunch_sketch_reference_destroy(void *self);

#endif
