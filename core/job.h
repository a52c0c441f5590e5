/*
 * A job: everything the user asked for, decided before work starts and never changed after. It is
 * passed down as const; there are no globals.
 */
#ifndef CRUNCH_CORE_JOB_H
#define CRUNCH_CORE_JOB_H

#include "core/backend.h"
#include "core/collect.h"
#include "core/expr.h"
#include "core/op.h"
#include "core/reducer.h"
#include "io/dialect.h"
#include "io/fetch.h"
#include "io/recode.h"
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
    const char *path;                /* the input; "-" for standard input */
    struct crunch_recoding recoding; /* of the input's text */
    struct crunch_fetching fetching; /* of inputs that are URLs */
    const char *columns;             /* -c, or NULL */
    const char *by;                  /* -g, or NULL */
    bool by_file;                    /* --by-file: the file is a key in front of those */
    const char *weight;              /* --weight, or NULL */
    enum crunch_order order;         /* of the groups */
    bool descending;                 /* turned round */
    const char *const *where;        /* -w: n_where expressions, all of which have to be true */
    size_t n_where;
    const char *const *maps; /* -m: n_maps lists of computed columns */
    size_t n_maps;
    bool writes_rows; /* map, filter: the columns are texts that are written, and so are maps that
                         are bare names; -c chooses some, else keep all or none, then the maps */
    bool keep;
    const struct crunch_op *const *ops; /* in the order asked for */
    size_t n_ops;
    bool every_kind; /* stats: columns of texts too; ops on numbers are not asked of them */
    struct crunch_op_options op_options;
    const struct crunch_backend *backend;
    unsigned workers;            /* >= 1; already resolved (0 = all CPUs was replaced) */
    enum crunch_reading reading; /* --io */
    uint64_t chunk_bytes;        /* 0: by size of the input and number of workers */
    unsigned retries;            /* default 3 */
    double timeout_s;            /* 0: none */
    uint64_t cost;               /* the work of reducers on each value is done so often; 0 is 1 */
    uint64_t max_errors;         /* UINT64_MAX: no limit; only under on-error skip or null */
    const char *rejects_path;    /* or NULL; the logs of a run then have what is to be there */
    uint64_t mem_limit;          /* bytes; 0: none */
    const char *tmpdir;          /* default $TMPDIR or /tmp */
    enum crunch_verify verify;
    uint64_t seed; /* of --verify=sample */
};

/* What the job means for one table: which columns are scanned, and what is accumulated of them. */
struct crunch_plan {
    const struct crunch_job *job;
    const struct crunch_table *table;
    /* The table with a column behind its own for each map: what -c and -g choose from, and where
     * the name of any column asked for is found. The same as table without maps. --by-file adds
     * one called "file", which cannot be asked for. */
    const struct crunch_table *view;
    struct crunch_exprs *exprs;   /* --where and --map; NULL: no slot but the scanned ones */
    struct crunch_scan_plan scan; /* columns in file order; need has n_slots entries */
    /* Value columns ("slots") are the scanned ones, then one per map, then, with --by-file, the
     * number of the file (core/group_key.h), then, with --where, one that is present in every row
     * that passes. */
    size_t n_slots;
    size_t passed_slot;            /* of the last one, or SIZE_MAX */
    enum crunch_arith *slot_arith; /* per slot */
    bool *only_where;              /* per scanned column: nobody reads it behind --where */
    struct crunch_layout layout;   /* per slot */
    unsigned *needs;               /* per slot */
    bool chosen;                   /* the columns were asked for, by -c or as maps */
    size_t n_columns;              /* columns asked for, in the order asked for */
    size_t *column;                /* their indexes in the view */
    size_t *slot;                  /* their slots */
    bool records_only;             /* count without -c: no column, the number of records */
    size_t n_by;                   /* key columns (-g), in the order asked for; 0: no groups */
    size_t *by_column;             /* their indexes in the view */
    size_t *by_slot;               /* their slots; they NEED TEXT */
    size_t file_slot;     /* of the number of the file (--by-file), by_slot[0]; or SIZE_MAX */
    size_t weight_column; /* of --weight in the view; SIZE_MAX: none */
    size_t weight_slot;   /* its slot */
    unsigned *by_needs;   /* with groups: what each of them accumulates of column[i]; the layout
                            then accumulates nothing */
    struct crunch_layout by_layout; /* with groups: the sets of columns whose joint content each of
                                       them has. Only a description: no bundle has this layout */
    struct crunch_collecting *collecting; /* n_collecting of them; stream i of the logs is its */
    size_t n_collecting;
};

/* The results are those of groups. Pure. */
static inline bool crunch_job_groups(const struct crunch_job *job)
{
    return job->by != NULL || job->by_file;
}

/* False for an op on numbers of a column of texts, under every_kind: its result is EMPTY. column is
 * one of plan->column, 0-based there. Pure. */
bool crunch_plan_applies(const struct crunch_plan *plan, size_t column, const struct crunch_op *op);

/* Resolves columns and what they need. Errors: CRUNCH_USAGE (unknown column, no numeric column). */
enum crunch_code crunch_plan_init(struct crunch_plan *plan, const struct crunch_job *job,
                                  const struct crunch_table *table, struct crunch_error *error);
void crunch_plan_free(struct crunch_plan *plan);

/* How many value columns rows have: plan->n_slots, or, in a plan made by hand without expressions,
 * those that are scanned. */
static inline size_t crunch_plan_slots(const struct crunch_plan *plan)
{
    return plan->exprs ? plan->n_slots : plan->scan.n_columns;
}

/* With --where: the records that passed, by a run's bundle. */
uint64_t crunch_plan_passed(const struct crunch_plan *plan, const void *bundle);

/* More is wanted of the column at a slot of the scan. */
void crunch_plan_need(struct crunch_plan *plan, size_t slot, enum crunch_need need);

/* Adds a use of a collector; its stream is plan->n_collecting before the call. The plan owns
 * use->config from then on, also on failure (CRUNCH_NO_MEMORY). */
enum crunch_code crunch_plan_collect(struct crunch_plan *plan, const struct crunch_collecting *use,
                                     struct crunch_error *error);

#endif
