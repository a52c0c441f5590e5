/*
 * Groups: what is accumulated for each key of -g, from a worker's chunk to the merged result.
 *
 * crunch_group_collector collects; a plan with keys (n_by > 0) uses it once. After the run the
 * result is walked with crunch_groups_walk: every group is rendered once, by several threads, into
 * bytes that are the caller's business; what was rendered then comes out group by group in the
 * order of the job. Whatever does not fit in memory lies in unnamed temporary files meanwhile.
 */
#ifndef CRUNCH_CORE_GROUP_H
#define CRUNCH_CORE_GROUP_H

#include "core/bytes.h"
#include "core/collect.h"
#include "core/group_key.h"
#include "core/group_more.h"
#include "core/job.h"
#include "core/quick_text.h"

struct crunch_answers;

extern const struct crunch_collector crunch_group_collector;

/* Adds the collector to a plan with keys: it is the first one. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_group_plan(struct crunch_plan *plan, struct crunch_error *error);
#define CRUNCH_GROUP_STREAM 0

/* True if the job's op gives a table of its own: several rows for each group. Pure. */
static inline bool crunch_group_is_table(const struct crunch_job *job)
{
    return job->ops[0]->needs & (CRUNCH_NEEDS_LIST | CRUNCH_NEEDS_TOP | CRUNCH_NEEDS_BINS);
}

/* One group of the result, during a call. Its columns are the plan's (plan->column), 0-based. */
struct crunch_group;
const char *crunch_group_key(const struct crunch_group *group, size_t *len);
/* Its rows: records that passed. */
uint64_t crunch_group_rows(const struct crunch_group *group);
/* Adds a column's content to *exact, initialised with the arithmetic of the column's slot and
 * plan->by_needs[column]. */
void crunch_group_exact(const struct crunch_group *group, size_t column,
                        struct crunch_exact *exact);

/* Set `set` of plan->by_layout into *joint, which is initialised here and to be cleared in every
 * case. */
enum crunch_code crunch_group_joint_of(const struct crunch_group *group, size_t set,
                                       struct crunch_joint *joint);
/* What the group has beside columns, and its number there. */
const struct crunch_group_more *crunch_group_more_of(const struct crunch_group *group, size_t *id);
/* An answer of stream on this group (core/group_answers.h); false: there is none. More of them by
 * crunch_answers_next(out->from, out). */
struct crunch_answer;
bool crunch_group_answer(const struct crunch_group *group, uint32_t stream,
                         struct crunch_answer *out);
/* Keeps what the stream's answers were read into, until something else is kept for the stream or
 * the groups at hand are done with; destroy frees it. False: out of memory, and it was destroyed.
 * crunch_group_kept has it as long as the group is the same, else NULL. */
bool crunch_group_keep(const struct crunch_group *group, uint32_t stream, void *object,
                       void (*destroy)(void *object));
void *crunch_group_kept(const struct crunch_group *group, uint32_t stream);
/* An answer could not be read: the walk fails for want of memory. */
void crunch_group_no_memory(const struct crunch_group *group);

/* Results whose text needs no arbitrary precision, as a rule. */
enum crunch_group_quick {
    CRUNCH_GROUP_SLOW, /* not one of them */
    CRUNCH_GROUP_COUNT,
    CRUNCH_GROUP_MISSING,
    CRUNCH_GROUP_SUM,
    CRUNCH_GROUP_MIN,
    CRUNCH_GROUP_MAX,
    CRUNCH_GROUP_MEAN
};
enum crunch_group_quick crunch_group_quick_of(const struct crunch_op *op);
/* Writes the text of such a result of a column, as crunch_value_text would have it without a
 * precision. False: it has to be worked out the long way. */
bool crunch_group_text(const struct crunch_group *group, size_t column,
                       enum crunch_group_quick quick, char out[CRUNCH_QUICK_TEXT_MAX], size_t *len);

/*
 * What an op that a group's exact content does not answer gets its result from: a collector with
 * tables of its own, whose keys come from core/group_key.h. It has merged them, sorted or hashed,
 * before the walk.
 */
struct crunch_group_extra {
    void *context;
    /* Answers this op? Pure. */
    bool (*answers)(const void *context, const struct crunch_op *op);
    /* Sets *value (initialised, EMPTY) to op's result on the cells of plan column `column` in the
     * group's rows. Thread-safe. */
    enum crunch_code (*lookup)(const void *context, const struct crunch_group *group, size_t column,
                               const struct crunch_op *op, struct crunch_value *value,
                               struct crunch_error *error);
};

/* Kinds of answers that a walk can have. */
#define CRUNCH_GROUP_ANSWERS_MAX 8

struct crunch_groups_walk {
    void *context;
    /* Appends what is to come out for a group. Called by several threads at once. */
    enum crunch_code (*render)(const void *context, const struct crunch_group *group,
                               struct crunch_bytes *out, struct crunch_error *error);
    /* Takes what render has made, in order, on the calling thread. */
    enum crunch_code (*take)(void *context, const char *key, size_t key_len, const void *data,
                             size_t bytes, struct crunch_error *error);
    /* For CRUNCH_ORDER_VALUE: sets *value (initialised) to what groups are ordered by. By several
     * threads at once. */
    enum crunch_code (*value)(const void *context, const struct crunch_group *group,
                              struct crunch_value *value, struct crunch_error *error);
    /* NULL, or what else was found of the groups. */
    const struct crunch_answers *answers[CRUNCH_GROUP_ANSWERS_MAX];
};

/* Walks the groups in `logs` that the collector left in stream, in the given order, on up to
 * `threads` threads. Errors: those of the callbacks, CRUNCH_NO_MEMORY (also when --mem-limit leaves
 * no room for one part of the groups), CRUNCH_IO. */
enum crunch_code crunch_groups_walk(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                    uint32_t stream, enum crunch_order order, bool descending,
                                    unsigned threads, const struct crunch_groups_walk *walk,
                                    struct crunch_error *error);

#endif
