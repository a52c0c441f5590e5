/*
 * The census of a column: its distinct values, each with the number of cells that hold it. Missing
 * cells are not counted. Values are texts, compared byte by byte, or numbers, compared by value
 * (core/value_key.h).
 *
 * A chunk's values are counted in a hash table; the counts go into the log, in parts by their hash,
 * and after the run each part is merged by itself. So no merge holds more than a part of all
 * values, and what is merged depends on the values alone.
 */
#ifndef CRUNCH_CORE_CENSUS_H
#define CRUNCH_CORE_CENSUS_H

#include "core/collect.h"
#include "core/exact.h"
#include "core/runs.h"
#include "core/value.h"

struct crunch_job;

struct crunch_census_config {
    size_t slot;        /* the value column */
    bool by_value;      /* numbers by value, not texts */
    bool grouped;       /* of each group of the plan's keys by itself */
    uint64_t seed;      /* of the hash, see crunch_hash_seed; any */
    size_t most, least; /* what the job wants of it, as in struct crunch_census_request */
    size_t listed;      /* grouped: so many of each group's most frequent values; 0: none */
};

/* More values than that are listed, not merged. */
#define CRUNCH_CENSUS_MERGED 4096

/* Its config is a struct crunch_census_config. The column NEEDs TEXT, or NUMBER by value. */
extern const struct crunch_collector crunch_census_collector;

/* Bytes that a worker's table, and what it is written out from, may take. Pure. */
size_t crunch_census_table_bytes(const struct crunch_plan *plan);

/* A value and how often it occurs. */
struct crunch_census_item {
    uint64_t count;
    const void *key; /* a text, or a key of core/value_key.h; grouped: the group's before it */
    size_t len;
};

/* Grouped: an item's key is the length of the group's (uint32_t), that, and the value's. */
#define CRUNCH_CENSUS_GROUP_HEAD sizeof(uint32_t)

/* The parts that a merge goes by, by the highest bits of the hash. */
#define CRUNCH_CENSUS_PART_BITS 6
#define CRUNCH_CENSUS_PARTS (1u << CRUNCH_CENSUS_PART_BITS)

/* What is wanted of a merge. */
struct crunch_census_request {
    size_t most;        /* so many of the most frequent values; SIZE_MAX: all */
    size_t least;       /* so many of the least frequent ones */
    unsigned threads;   /* to merge with */
    uint64_t mem_limit; /* bytes the merge may take beside what it gives back; 0: any */
    const char *tmpdir; /* for what does not fit; see crunch_temp_open. Must outlive a list */
};

struct crunch_census {
    bool by_value, grouped;
    uint64_t distinct, total; /* values, and the cells that hold them */
    /* Ordered by count, the greatest (least) first, then by value, ascending; owned. */
    struct crunch_census_item *most, *least;
    size_t n_most, n_least;
    struct crunch_runs *runs;            /* of a list, instead of most; owned */
    void *keys[2 * CRUNCH_CENSUS_PARTS]; /* what the items point into; owned */
};

/* Merges what a run logged. *out is to be freed, also on failure. Errors: CRUNCH_IO,
 * CRUNCH_NO_MEMORY. */
enum crunch_code crunch_census_merge(const struct crunch_census_config *config,
                                     const struct crunch_logs *logs, uint32_t stream,
                                     const struct crunch_census_request *request,
                                     struct crunch_census *out, struct crunch_error *error);
void crunch_census_free(struct crunch_census *census); /* a zeroed one is fine */

/* The same, but the most frequent values are put aside: in memory as long as mem_limit allows, then
 * in a temporary file. out->most is NULL; crunch_census_each has them. */
enum crunch_code crunch_census_list(const struct crunch_census_config *config,
                                    const struct crunch_logs *logs, uint32_t stream,
                                    const struct crunch_census_request *request,
                                    struct crunch_census *out, struct crunch_error *error);

/* The same of a grouped census: what it says of each group is added to answers, in slots 0 to
 * CRUNCH_CENSUS_PARTS - 1, for crunch_group_counts_of. Of *out only the numbers are set. */
struct crunch_answers;
enum crunch_code crunch_census_by_group(const struct crunch_census_config *config,
                                        const struct crunch_logs *logs, uint32_t stream,
                                        const struct crunch_census_request *request,
                                        struct crunch_answers *answers, struct crunch_census *out,
                                        struct crunch_error *error);

/* Hands over the n_most most frequent values in order; the item is valid during the call. An error
 * of take ends it and is returned. */
enum crunch_code crunch_census_each(const struct crunch_census *census,
                                    enum crunch_code (*take)(void *context,
                                                             const struct crunch_census_item *item,
                                                             struct crunch_error *error),
                                    void *context, struct crunch_error *error);

/* Negative, zero or positive as a's value is less than, equal to or greater than b's. */
int crunch_census_compare(bool by_value, const struct crunch_census_item *a,
                          const struct crunch_census_item *b);

/* The parts of an item of a grouped census: the group's key, and the value as an item of its own.
 */
const void *crunch_census_group(const struct crunch_census_item *item, size_t *len);
struct crunch_census_item crunch_census_in_group(const struct crunch_census_item *item);

/* The item's value as it is printed, malloc'd, with its length (a text may hold any byte but NUL);
 * precision as in crunch_value_text. NULL when out of memory. */
char *crunch_census_text(bool by_value, const struct crunch_census_item *item, unsigned precision,
                         size_t *len);

#endif
