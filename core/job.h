/*
 * A job: everything the user asked for, decided before work starts and never changed after. It is
 * passed down as const; there are no globals.
 */
#ifndef CRUNCH_CORE_JOB_H
#define CRUNCH_CORE_JOB_H

#include "core/backend.h"
#include "core/collect.h"
#include "core/op.h"
#include "core/reducer.h"
#include "io/dialect.h"
#include "io/scan.h"
#include "io/table.h"

/* The order of groups (-g): of their keys bytewise, of their first records in the input, or of a
 * result, ties by key. */
enum crunch_order { CRUNCH_ORDER_KEY, CRUNCH_ORDER_FIRST, CRUNCH_ORDER_VALUE };

enum crunch_verify { CRUNCH_VERIFY_NO, CRUNCH_VERIFY_FULL, CRUNCH_VERIFY_SAMPLE };

struct crunch_job {
    struct crunch_dialect dialect;
    const char *const *paths; /* n_paths files; path is the first of them */
    size_t n_paths;
    const char *path;                   /* the input; "-" for standard input */
    const char *columns;                /* -c, or NULL */
    const char *by;                     /* -g, or NULL */
    enum crunch_order order;            /* of the groups */
    bool descending;                    /* turned round */
    const struct crunch_op *const *ops; /* in the order asked for */
    size_t n_ops;
    struct crunch_op_options op_options;
    const struct crunch_backend *backend;
    unsigned workers;         /* >= 1; already resolved (0 = all CPUs was replaced) */
    uint64_t chunk_bytes;     /* 0: by size of the input and number of workers */
    unsigned retries;         /* default 3 */
    double timeout_s;         /* 0: none */
    uint64_t max_errors;      /* UINT64_MAX: no limit; only under on-error skip or null */
    const char *rejects_path; /* or NULL */
    uint64_t mem_limit;       /* bytes; 0: none */
    const char *tmpdir;       /* default $TMPDIR or /tmp */
    enum crunch_verify verify;
    uint64_t seed; /* of --verify=sample */
};

/* What the job means for one table: which columns are scanned, and what is accumulated of them. */
struct crunch_plan {
    const struct crunch_job *job;
    const struct crunch_table *table;
    struct crunch_scan_plan scan; /* columns in file order */
    struct crunch_layout layout;  /* per scanned column, same order */
    unsigned *needs;
    size_t n_columns;  /* columns asked for, in the order asked for */
    size_t *column;    /* their indexes in the table */
    size_t *slot;      /* their positions in scan and layout */
    bool records_only; /* count without -c: no column, the number of records */
    size_t n_by;       /* key columns (-g), in the order asked for; 0: no groups */
    size_t *by_column; /* their indexes in the table */
    size_t *by_slot;   /* their positions in scan; they NEED TEXT */
    unsigned by_needs; /* with groups: what each of them accumulates of a value column; the layout
                          then accumulates nothing */
    struct crunch_collecting *collecting; /* n_collecting of them; stream i of the logs is its */
    size_t n_collecting;
};

/* Resolves columns and what they need. Errors: CRUNCH_USAGE (unknown column, no numeric column). */
enum crunch_code crunch_plan_init(struct crunch_plan *plan, const struct crunch_job *job,
                                  const struct crunch_table *table, struct crunch_error *error);
void crunch_plan_free(struct crunch_plan *plan);

/* Adds a use of a collector; its stream is plan->n_collecting before the call. The plan owns
 * use->config from then on, also on failure (CRUNCH_NO_MEMORY). */
enum crunch_code crunch_plan_collect(struct crunch_plan *plan, const struct crunch_collecting *use,
                                     struct crunch_error *error);

#endif
