/*
 * Places: the first and the last text of a column, and the records of its least and greatest value.
 * A collector (core/collect.h) with one small block per chunk; which of two chunks comes first is
 * known when they are merged, and so are the numbers of their records.
 */
#ifndef CRUNCH_CORE_PLACES_H
#define CRUNCH_CORE_PLACES_H

#include "core/collect.h"
#include "core/exact.h"
#include "core/value.h"
#include "io/batch.h"

/* Of a column: what first, last, argmin and argmax read. */
struct crunch_placed {
    char *text[2]; /* first, last; owned, NULL where the column has no text */
    size_t len[2];
    uint64_t at[2]; /* records of the least and the greatest value, from 1; the first of equal ones.
                       0: there is none */
    struct crunch_value value[2]; /* with --numeric: first, last */
    bool numeric;
};

struct crunch_places {
    struct crunch_placed *column; /* per slot of the plan; owned, NULL when nothing is asked */
    size_t n_columns;
};

/* The least or the greatest number so far, and the record where it stands first. */
struct crunch_place_side {
    bool has;
    uint64_t record;
    struct crunch_scaled value; /* initialised */
};

/* Takes a value in: the further one (the greater if greatest, else the less), of equal ones that of
 * the earlier record. */
void crunch_place_offer(struct crunch_place_side *side, bool greatest, enum crunch_arith arith,
                        const struct crunch_scaled *value, uint64_t record);

struct crunch_places_config {
    size_t slot;
    bool texts, extremes; /* what is wanted */
};

extern const struct crunch_collector crunch_places_collector;

/* Adds to a plan whose columns are chosen what its ops need to know of places, with keys for each
 * group (core/group_places.h). *need is what is scanned, per slot. Errors: CRUNCH_NO_MEMORY. */
enum crunch_code crunch_places_plan(struct crunch_plan *plan, enum crunch_need *need,
                                    struct crunch_error *error);

/* Merges what a run has logged into *places (zeroed; to be freed, also on failure). */
enum crunch_code crunch_places_make(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                    struct crunch_places *places, struct crunch_error *error);
/* The same from the reference's collectors. */
enum crunch_code crunch_places_of_reference(const struct crunch_plan *plan, void *const *collector,
                                            struct crunch_places *places,
                                            struct crunch_error *error);
void crunch_places_free(struct crunch_places *places); /* a zeroed one is fine */

/* What a slot's finishers read, or NULL. */
const struct crunch_placed *crunch_places_of(const struct crunch_places *places, size_t slot);

/* Frees the texts and clears the values, which are initialised. */
void crunch_placed_clear(struct crunch_placed *placed);
/* With --numeric: sets the values (initialised) to the texts as numbers. */
void crunch_placed_read_texts(const struct crunch_plan *plan, struct crunch_placed *placed);

/* The canonical text of what was found of a column. */
void crunch_placed_write(const struct crunch_placed *placed, FILE *out);

/* ---- the reference's part (core/places_reference.c) ---- */

enum crunch_code crunch_places_reference_create(const struct crunch_plan *plan, const void *config,
                                                void **self, struct crunch_error *error);
enum crunch_code crunch_places_reference_row(void *self, const struct crunch_reference_row *row,
                                             struct crunch_error *error);
enum crunch_code crunch_places_reference_write(void *self, FILE *out, struct crunch_error *error);
void crunch_places_reference_destroy(void *self);
/* Copies what was found into *placed (texts and places). */
enum crunch_code crunch_places_reference_take(const void *self, struct crunch_placed *placed,
                                              struct crunch_error *error);

#endif
