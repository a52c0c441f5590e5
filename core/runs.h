/*
 * Sorted runs, and their merging into one sequence: how what does not fit in memory is put in
 * order. Runs stay in memory up to a limit and lie in a temporary file beyond it (core/spill.h).
 *
 * Runs are written in slots (one for each part of the groups, say); whoever works on a part writes
 * into its slot, and nobody else.
 */
#ifndef CRUNCH_CORE_RUNS_H
#define CRUNCH_CORE_RUNS_H

#include "core/bytes.h"
#include "io/error.h"

/* What items are ordered by: rank ascending, then compare, then key. */
struct crunch_run_item {
    uint64_t rank;
    const char *key;
    size_t key_len;
    const unsigned char *order; /* for compare; may be empty */
    size_t order_len;
    const void *data;
    size_t bytes;
};

struct crunch_run_order {
    bool keys_descending;
    /* Of two items of one rank; NULL: they tie. Pure. */
    int (*compare)(const struct crunch_run_item *a, const struct crunch_run_item *b);
};

struct crunch_runs;

/* limit: bytes of runs in memory (SIZE_MAX: no file is made). tmpdir as for crunch_temp_open. *out
 * is to be freed in any case. */
enum crunch_code crunch_runs_create(size_t n_slots, const struct crunch_run_order *order,
                                    size_t limit, const char *tmpdir, struct crunch_runs **out,
                                    struct crunch_error *error);
void crunch_runs_free(struct crunch_runs *runs); /* NULL is fine */

/* Negative, zero or positive: the order of two items. */
int crunch_runs_compare(const struct crunch_runs *runs, const struct crunch_run_item *a,
                        const struct crunch_run_item *b);

/* Begins a run in a slot; the one before it there is complete. */
enum crunch_code crunch_runs_begin(struct crunch_runs *runs, size_t slot,
                                   struct crunch_error *error);
/* Appends an item, in order. */
enum crunch_code crunch_runs_add(struct crunch_runs *runs, size_t slot,
                                 const struct crunch_run_item *item, struct crunch_error *error);
/* The slot's runs are complete. */
enum crunch_code crunch_runs_end(struct crunch_runs *runs, size_t slot, struct crunch_error *error);

/* Hands over all items in order; equal ones in no particular order. May be called again. An error
 * of take ends it and is returned. */
enum crunch_code crunch_runs_merge(struct crunch_runs *runs,
                                   enum crunch_code (*take)(void *context,
                                                            const struct crunch_run_item *item,
                                                            struct crunch_error *error),
                                   void *context, struct crunch_error *error);

#endif
