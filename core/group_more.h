/*
 * What groups accumulate beside the states of single columns: joint contents of sets of columns
 * (core/group_joint.h), sketches (core/group_sketch.h) and histograms (core/group_bins.h). A plan
 * names the sets in by_layout; sketches and histograms are uses of the marks below, whose configs
 * say of which column. Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_GROUP_MORE_H
#define CRUNCH_CORE_GROUP_MORE_H

#include "core/group_bins.h"
#include "core/group_joint.h"
#include "core/group_sketch.h"
#include "core/job.h"

/* Collectors that collect nothing: a use of one in a plan with keys says that groups are to have a
 * sketch (config: struct crunch_sketch_config) or a histogram (struct crunch_histogram_config). */
extern const struct crunch_collector crunch_group_sketch_mark, crunch_group_bins_mark;

/* The config of the plan's use of a mark for a slot; NULL: there is none. Pure. */
const void *crunch_group_mark_of(const struct crunch_plan *plan,
                                 const struct crunch_collector *mark, size_t slot);

struct crunch_group_more {
    size_t n_joints, n_sketches, n_bins;
    struct crunch_group_joint *joint;   /* per set of plan->by_layout */
    struct crunch_group_sketch *sketch; /* per use, in the plan's order */
    struct crunch_group_bins *bins;     /* likewise */
};

/* False: out of memory; to be freed in any case. */
bool crunch_group_more_init(struct crunch_group_more *more, const struct crunch_plan *plan);
void crunch_group_more_free(struct crunch_group_more *more); /* a zeroed one is fine */
void crunch_group_more_clear(struct crunch_group_more *more);
/* Groups 0..n-1 exist from now on, new ones empty. False: out of memory. */
bool crunch_group_more_grow(struct crunch_group_more *more, size_t n);
size_t crunch_group_more_bytes(const struct crunch_group_more *more);
/* Row i of the batch belongs to group id[i]. False: out of memory. */
bool crunch_group_more_feed(struct crunch_group_more *more, const struct crunch_batch *batch,
                            const uint32_t *id);

/* The sketch or histogram of a slot; NULL: there is none. */
const struct crunch_group_sketch *crunch_group_more_sketch(const struct crunch_group_more *more,
                                                           size_t slot);
const struct crunch_group_bins *crunch_group_more_bins(const struct crunch_group_more *more,
                                                       size_t slot);

/* As bytes: a head, then group after group. */
void crunch_group_more_write_head(struct crunch_bytes *out, const struct crunch_group_more *more);
void crunch_group_more_write(struct crunch_bytes *out, const struct crunch_group_more *more,
                             size_t group);

/* Bytes being read into a table. */
struct crunch_group_more_reader {
    struct crunch_group_more *into;
    struct crunch_group_joint_reader *joint; /* per set; owned */
};
/* Both return the place behind what they have read; NULL: out of memory. The reader is to be freed
 * in any case. group UINT32_MAX: it is not wanted. */
const unsigned char *crunch_group_more_read_head(struct crunch_group_more_reader *reader,
                                                 struct crunch_group_more *into,
                                                 const unsigned char *from);
const unsigned char *crunch_group_more_read(struct crunch_group_more_reader *reader,
                                            const unsigned char *from, uint32_t group);
void crunch_group_more_reader_free(struct crunch_group_more_reader *reader);

#endif
