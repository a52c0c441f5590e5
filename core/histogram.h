/*
 * Histograms: how many of a column's values lie between edges.
 *
 * Bin i holds the values x with edge[i] <= x < edge[i + 1]; the last one its upper edge too. Edges
 * are exact rationals, given by the user or equally spaced between the least and the greatest
 * value, which a pass before finds. No value is compared as a double unless it is one: for each
 * scale of decimals the edges become integers once.
 */
#ifndef CRUNCH_CORE_HISTOGRAM_H
#define CRUNCH_CORE_HISTOGRAM_H

#include "core/collect.h"
#include "core/exact.h"
#include "core/run.h"

/* Of a use of the collector. The edges of equal bins are set after planning. */
struct crunch_histogram_config {
    size_t slot;
    uint64_t bins;  /* equal ones wanted; 0: the edges are given */
    size_t n_edges; /* 0 (no finite values: no bins), or 2 and more */
    mpq_t *edge;    /* ascending; owned */
};
extern const struct crunch_collector crunch_histogram_collector;

/* The edges as the cells of batches are compared with them. */
struct crunch_histogram_bounds;
/* NULL: out of memory. config, whose edges are set, outlives it. */
struct crunch_histogram_bounds *
crunch_histogram_bounds_create(const struct crunch_histogram_config *config);
void crunch_histogram_bounds_free(struct crunch_histogram_bounds *bounds); /* NULL is fine */
/* Sets place[row] to where the cell of each row belongs, as in struct crunch_histogram; UINT32_MAX:
 * nowhere. rows <= CRUNCH_BATCH_ROWS. False: out of memory. */
bool crunch_histogram_places(struct crunch_histogram_bounds *bounds,
                             const struct crunch_cells *cells, size_t rows, uint32_t *place);

/* What was counted in place i: 0 below the first edge, 1.. in bin i - 1, n_edges above the last.
 * Infinities are below and above; missing cells and nan are not counted. */
struct crunch_histogram {
    const struct crunch_histogram_config *config; /* the plan's */
    uint64_t *count;                              /* n_edges + 1; owned */
};

/* Adds to a plan whose columns are chosen what hist needs of it. Errors: CRUNCH_USAGE for edges
 * that are no ascending numbers, and with -g; CRUNCH_NO_MEMORY. */
enum crunch_code crunch_histogram_plan(struct crunch_plan *plan, enum crunch_need *need,
                                       struct crunch_error *error);

/* True if the plan's edges are to be found by a pass of their own, before the run: its input must
 * be one that can be read twice. */
bool crunch_histogram_needs_pass(const struct crunch_job *job);
/* Does that pass, when it is needed, and sets the plan's edges. Errors as crunch_run. */
enum crunch_code crunch_histogram_prepare(struct crunch_plan *plan, struct crunch_source *source,
                                          const struct crunch_run_hooks *hooks,
                                          struct crunch_error *error);
/* Sets the plan's edges from the extremes that a run of another plan with the same columns found.
 */
enum crunch_code crunch_histogram_space_from(struct crunch_plan *plan,
                                             const struct crunch_plan *before,
                                             const struct crunch_run_result *result,
                                             struct crunch_error *error);

/* Edges of n equal bins from min to max: n + 1 of them, or 2 where min is max. Sets config's. */
enum crunch_code crunch_histogram_space(struct crunch_histogram_config *config, uint64_t n,
                                        const mpq_t min, const mpq_t max,
                                        struct crunch_error *error);
void crunch_histogram_free_config(void *config);

/* Adds up what a run logged in one stream. *out is to be freed, also on failure. */
enum crunch_code crunch_histogram_merge(const struct crunch_histogram_config *config,
                                        const struct crunch_logs *logs, uint32_t stream,
                                        struct crunch_histogram *out, struct crunch_error *error);
void crunch_histogram_free(struct crunch_histogram *histogram); /* a zeroed one is fine */

#endif
