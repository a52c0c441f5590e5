/*
 * Collecting sketches: how many distinct values a column has, about (core/sketch.h).
 */
#ifndef CRUNCH_CORE_SKETCH_COLLECTOR_H
#define CRUNCH_CORE_SKETCH_COLLECTOR_H

#include "core/collect.h"
#include "core/sketch.h"

/* Its config: which column, by value or by text. */
struct crunch_sketch_config {
    size_t slot;
    bool by_value;
};
extern const struct crunch_collector crunch_sketch_collector;

/* Writes the canonical text (core/sketch_reference.h). The sketch is of no use afterwards. */
void crunch_sketch_print(struct crunch_sketch *sketch, FILE *out);

/* Merges what a run logged and sets *estimate. Errors as crunch_logs_load. */
enum crunch_code crunch_sketch_result(const struct crunch_logs *logs, uint32_t stream,
                                      uint64_t *estimate, struct crunch_error *error);
/* The reference's estimate, from what its object was fed. */
enum crunch_code crunch_sketch_reference_result(void *self, uint64_t *estimate,
                                                struct crunch_error *error);

#endif
