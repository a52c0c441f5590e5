/* Owns the rows of what groups have beside columns; what each of them does is its own file's. */
#include "core/group_more.h"

#include <stdlib.h>

/* ---- marks ---- */

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    (void)plan, (void)config, (void)error;
    *self = NULL;
    return CRUNCH_OK;
}

static void nothing(void *self)
{
    (void)self;
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    (void)self, (void)rows, (void)log, (void)stream, (void)error;
    return CRUNCH_OK;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    (void)self, (void)log, (void)stream, (void)error;
    return CRUNCH_OK;
}

#define MARK(what)                                                                          \
    {                                                                                       \
        .name = what, .create = create, .destroy = nothing, .begin = nothing, .feed = feed, \
        .end = end                                                                          \
    }
const struct crunch_collector crunch_group_sketch_mark = MARK("sketches of groups");
const struct crunch_collector crunch_group_bins_mark = MARK("histograms of groups");

/* The slot that a config of a mark names. */
static size_t slot_of(const struct crunch_collecting *use)
{
    return use->collector == &crunch_group_sketch_mark
               ? ((const struct crunch_sketch_config *)use->config)->slot
               : ((const struct crunch_histogram_config *)use->config)->slot;
}

const void *crunch_group_mark_of(const struct crunch_plan *plan,
                                 const struct crunch_collector *mark, size_t slot)
{
    for (size_t i = 0; i < plan->n_collecting; i++)
        if (plan->collecting[i].collector == mark && slot_of(&plan->collecting[i]) == slot)
            return plan->collecting[i].config;
    return NULL;
}

/* ---- all of them ---- */

static bool init_marked(struct crunch_group_more *more, const struct crunch_plan *plan)
{
    more->sketch = calloc(plan->n_collecting + 1, sizeof *more->sketch);
    more->bins = calloc(plan->n_collecting + 1, sizeof *more->bins);
    if (!more->sketch || !more->bins)
        return false;
    for (size_t i = 0; i < plan->n_collecting; i++) {
        const struct crunch_collecting *use = &plan->collecting[i];
        if (use->collector == &crunch_group_sketch_mark)
            crunch_group_sketch_init(&more->sketch[more->n_sketches++], use->config);
        if (use->collector == &crunch_group_bins_mark)
            crunch_group_bins_init(&more->bins[more->n_bins++], use->config);
    }
    return true;
}

bool crunch_group_more_init(struct crunch_group_more *more, const struct crunch_plan *plan)
{
    const size_t n_sets = plan->by_layout.n_sets;
    bool good = true;
    *more = (struct crunch_group_more){.joint = calloc(n_sets + 1, sizeof *more->joint)};
    for (size_t i = 0; i < n_sets && more->joint && good; i++) {
        good = crunch_group_joint_init(&more->joint[i], &plan->by_layout.set[i]);
        more->n_joints++;
    }
    return more->joint && good && init_marked(more, plan);
}

void crunch_group_more_free(struct crunch_group_more *more)
{
    for (size_t i = 0; i < more->n_joints; i++)
        crunch_group_joint_free(&more->joint[i]);
    for (size_t i = 0; i < more->n_sketches; i++)
        crunch_group_sketch_free(&more->sketch[i]);
    for (size_t i = 0; i < more->n_bins; i++)
        crunch_group_bins_free(&more->bins[i]);
    free(more->joint);
    free(more->sketch);
    free(more->bins);
    *more = (struct crunch_group_more){0};
}

void crunch_group_more_clear(struct crunch_group_more *more)
{
    for (size_t i = 0; i < more->n_joints; i++)
        crunch_group_joint_clear(&more->joint[i]);
    for (size_t i = 0; i < more->n_sketches; i++)
        crunch_group_sketch_clear(&more->sketch[i]);
    for (size_t i = 0; i < more->n_bins; i++)
        crunch_group_bins_clear(&more->bins[i]);
}

bool crunch_group_more_grow(struct crunch_group_more *more, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < more->n_joints && good; i++)
        good = crunch_group_joint_grow(&more->joint[i], n);
    for (size_t i = 0; i < more->n_sketches && good; i++)
        good = crunch_group_sketch_grow(&more->sketch[i], n);
    for (size_t i = 0; i < more->n_bins && good; i++)
        good = crunch_group_bins_grow(&more->bins[i], n);
    return good;
}

size_t crunch_group_more_bytes(const struct crunch_group_more *more)
{
    size_t bytes = 0;
    for (size_t i = 0; i < more->n_joints; i++)
        bytes += crunch_group_joint_bytes(&more->joint[i]);
    for (size_t i = 0; i < more->n_sketches; i++)
        bytes += crunch_group_sketch_bytes(&more->sketch[i]);
    for (size_t i = 0; i < more->n_bins; i++)
        bytes += crunch_group_bins_bytes(&more->bins[i]);
    return bytes;
}

bool crunch_group_more_feed(struct crunch_group_more *more, const struct crunch_batch *batch,
                            const uint32_t *id)
{
    bool good = true;
    for (size_t i = 0; i < more->n_joints && good; i++)
        good = crunch_group_joint_feed(&more->joint[i], batch, id);
    for (size_t i = 0; i < more->n_sketches && good; i++)
        good = crunch_group_sketch_feed(&more->sketch[i], batch, id);
    for (size_t i = 0; i < more->n_bins && good; i++)
        good = crunch_group_bins_feed(&more->bins[i], batch, id);
    return good;
}

const struct crunch_group_sketch *crunch_group_more_sketch(const struct crunch_group_more *more,
                                                           size_t slot)
{
    for (size_t i = 0; i < more->n_sketches; i++)
        if (more->sketch[i].config->slot == slot)
            return &more->sketch[i];
    return NULL;
}

const struct crunch_group_bins *crunch_group_more_bins(const struct crunch_group_more *more,
                                                       size_t slot)
{
    for (size_t i = 0; i < more->n_bins; i++)
        if (more->bins[i].config->slot == slot)
            return &more->bins[i];
    return NULL;
}

/* ---- bytes ---- */

void crunch_group_more_write_head(struct crunch_bytes *out, const struct crunch_group_more *more)
{
    for (size_t i = 0; i < more->n_joints; i++)
        crunch_group_joint_write_head(out, &more->joint[i]);
}

void crunch_group_more_write(struct crunch_bytes *out, const struct crunch_group_more *more,
                             size_t group)
{
    for (size_t i = 0; i < more->n_joints; i++)
        crunch_group_joint_write(out, &more->joint[i], group);
    for (size_t i = 0; i < more->n_sketches; i++)
        crunch_group_sketch_write(out, &more->sketch[i], group);
    for (size_t i = 0; i < more->n_bins; i++)
        crunch_group_bins_write(out, &more->bins[i], group);
}

const unsigned char *crunch_group_more_read_head(struct crunch_group_more_reader *reader,
                                                 struct crunch_group_more *into,
                                                 const unsigned char *from)
{
    *reader =
        (struct crunch_group_more_reader){into, calloc(into->n_joints + 1, sizeof *reader->joint)};
    if (!reader->joint)
        return NULL;
    for (size_t i = 0; i < into->n_joints && from; i++)
        from = crunch_group_joint_read_head(&reader->joint[i], &into->joint[i], from);
    return from;
}

const unsigned char *crunch_group_more_read(struct crunch_group_more_reader *reader,
                                            const unsigned char *from, uint32_t group)
{
    struct crunch_group_more *into = reader->into;
    for (size_t i = 0; i < into->n_joints && from; i++)
        from = crunch_group_joint_read(&reader->joint[i], from, group);
    for (size_t i = 0; i < into->n_sketches && from; i++)
        from = crunch_group_sketch_read(&into->sketch[i], from, group);
    for (size_t i = 0; i < into->n_bins && from; i++)
        from = crunch_group_bins_read(&into->bins[i], from, group);
    return from;
}

void crunch_group_more_reader_free(struct crunch_group_more_reader *reader)
{
    for (size_t i = 0; reader->joint && i < reader->into->n_joints; i++)
        crunch_group_joint_reader_free(&reader->joint[i]);
    free(reader->joint);
}
