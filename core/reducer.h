/*
 * Reducers: what is accumulated. Several operations share one reducer (mean, var, sd, sem and rms
 * all live on the power sums), so the work per cell is done once however many operations are asked.
 *
 * A state is a fixed-size block of plain memory without pointers: it may lie in memory shared
 * between processes, be copied with memcpy and be abandoned half-written (a killed worker's is
 * thrown away). All-zero bytes are the empty state. Merging is associative and commutative, and the
 * empty state is its identity - bit for bit in the canonical encoding.
 */
#ifndef CRUNCH_CORE_REDUCER_H
#define CRUNCH_CORE_REDUCER_H

#include "core/exact.h"
#include "io/batch.h"

struct crunch_joint_set;

struct crunch_reducer {
    const char *name;
    /* Bytes of a state in decimal or binary arithmetic; a multiple of 64. */
    size_t (*size)(enum crunch_arith arith);
    /* Back to the empty state, touching only memory that was used. */
    void (*reset)(void *state, enum crunch_arith arith);
    /* Adds rows cells of one column. In decimal arithmetic they have one scale: crunch_bundle_feed
     * sees to that for all but the tally, which reads classes only. */
    void (*feed)(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                 size_t rows);
    /* into += from. */
    void (*merge)(void *into, const void *from, enum crunch_arith arith);
    /* Adds what the state says to *exact, which the finishers read. */
    void (*extract)(const void *state, enum crunch_arith arith, struct crunch_exact *exact);
};

/* Rows that are not core/reducer.c's own. */
extern const struct crunch_reducer crunch_reducer_cubes, crunch_reducer_fourths,
    crunch_reducer_magnitudes; /* core/reducer_powers.c */
extern const struct crunch_reducer crunch_reducer_logs, crunch_reducer_reciprocals,
    crunch_reducer_product; /* core/reducer_means.c */
extern const struct crunch_reducer crunch_reducer_primes;

/* Indexed by enum crunch_reducer_id. */
extern const struct crunch_reducer *const crunch_reducers[CRUNCH_N_REDUCERS];

/* A bundle is the states of every (column, reducer) of a job, one after another. */
struct crunch_layout {
    enum crunch_arith arith; /* of the job */
    const enum crunch_arith *
        column_arith; /* per column where they differ, or NULL; not owned. Read it by
                         crunch_layout_arith: a computed column may hold doubles in a decimal job */
    size_t n_columns;
    const unsigned *needs; /* per column: CRUNCH_BIT()s of its reducers; not owned */
    size_t size;           /* bytes of a bundle, a multiple of 4,096 */
    size_t *offset;        /* [column * CRUNCH_N_REDUCERS + reducer]; SIZE_MAX where not needed */
    struct crunch_joint_set *set; /* n_sets sets of columns (core/joint_set.h); owned */
    size_t *set_offset;           /* where each one's state is */
    size_t n_sets;
};

/* needs must outlive the layout. Returns CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_layout_init(struct crunch_layout *layout, enum crunch_arith arith,
                                    size_t n_columns, const unsigned *needs);
/* The same with an arithmetic for every column (column_arith must outlive the layout). */
enum crunch_code crunch_layout_init_mixed(struct crunch_layout *layout, enum crunch_arith arith,
                                          const enum crunch_arith *column_arith, size_t n_columns,
                                          const unsigned *needs);
/* Adds the states of sets of columns, initialised for this layout; once. The layout owns the array
 * (malloc'd) and its sets from then on, also on failure. */
enum crunch_code crunch_layout_add_sets(struct crunch_layout *layout, struct crunch_joint_set *set,
                                        size_t n);
void crunch_layout_free(struct crunch_layout *layout);

/* The arithmetic of a column's states. */
static inline enum crunch_arith crunch_layout_arith(const struct crunch_layout *layout,
                                                    size_t column)
{
    return layout->column_arith ? layout->column_arith[column] : layout->arith;
}

/* Bundles: zeroed memory of layout->size bytes is an empty one. Pure on their arguments. */
void crunch_bundle_reset(const struct crunch_layout *layout, void *bundle);
void crunch_bundle_feed(const struct crunch_layout *layout, void *bundle,
                        const struct crunch_batch *batch);
void crunch_bundle_merge(const struct crunch_layout *layout, void *into, const void *from);
/* Column's states as exact values; *exact must be initialised (crunch_exact_init). */
void crunch_bundle_extract(const struct crunch_layout *layout, const void *bundle, size_t column,
                           struct crunch_exact *exact);

#endif
