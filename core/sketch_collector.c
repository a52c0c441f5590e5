/*
 * The collecting side of sketches. A chunk's sketch is one block: its hashes, or its registers,
 * told apart by their length.
 */
#include "core/sketch_collector.h"

#include "core/sketch_reference.h"
#include "core/text_key.h"
#include "core/value_key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CRUNCH_SKETCH_EXACT * sizeof(uint64_t) < CRUNCH_SKETCH_REGISTERS,
               "a block of hashes is shorter than one of registers");

struct collecting {
    const struct crunch_sketch_config *config;
    struct crunch_sketch sketch;
};

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    (void)plan;
    struct collecting *collecting = calloc(1, sizeof *collecting);
    *self = collecting;
    if (collecting == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    collecting->config = config;
    return CRUNCH_OK;
}

static void begin(void *self)
{
    crunch_sketch_clear(&((struct collecting *)self)->sketch);
}

static void add_texts(struct crunch_sketch *sketch, const struct crunch_cells *cells, size_t rows)
{
    for (size_t row = 0; row < rows; row++)
        if (cells->text_len[row] > 0)
            crunch_sketch_add(
                sketch,
                crunch_text_key(cells->text[row], cells->text_len[row], CRUNCH_SKETCH_SEED).hash);
}

static void add_values(struct crunch_sketch *sketch, const struct crunch_cells *cells, size_t rows)
{
    unsigned char room[CRUNCH_VALUE_KEY_MAX];
    size_t next_wide = 0;
    if (cells->all_numbers && cells->one_scale && cells->n_wide == 0 && !cells->binary) {
        for (size_t row = 0; row < rows; row++)
            crunch_sketch_add(sketch,
                              crunch_value_key_narrow(cells->mantissa[row], cells->common_scale,
                                                      CRUNCH_SKETCH_SEED)
                                  .hash);
        return;
    }
    for (size_t row = 0; row < rows; row++)
        if (cells->all_numbers || cells->class[row] != CRUNCH_CELL_MISSING)
            crunch_sketch_add(
                sketch, crunch_value_key(cells, row, &next_wide, room, CRUNCH_SKETCH_SEED).hash);
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collecting *collecting = self;
    const struct crunch_cells *cells = &rows->columns[collecting->config->slot];
    (void)log, (void)stream, (void)error;
    (collecting->config->by_value ? add_values : add_texts)(&collecting->sketch, cells, rows->rows);
    return CRUNCH_OK;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    const struct crunch_sketch *sketch = &((struct collecting *)self)->sketch;
    uint64_t hash[CRUNCH_SKETCH_EXACT];
    size_t n = 0;
    if (sketch->dense)
        return crunch_log_put(log, stream, sketch->register_, sizeof sketch->register_, error);
    for (size_t i = 0; i < CRUNCH_SKETCH_SLOTS && sketch->n > 0; i++)
        if (sketch->hash[i] != 0)
            hash[n++] = sketch->hash[i];
    return n > 0 ? crunch_log_put(log, stream, hash, n * sizeof *hash, error) : CRUNCH_OK;
}

/* ---- after the run ---- */

static enum crunch_code add_block(struct crunch_sketch *sketch, const struct crunch_logs *logs,
                                  const struct crunch_block *block, struct crunch_error *error)
{
    struct crunch_sketch one = {0};
    enum crunch_code code = crunch_logs_load(logs, block, one.register_, error);
    if (code)
        return code;
    if (block->bytes == sizeof one.register_) {
        one.dense = 1;
        crunch_sketch_merge(sketch, &one);
        return CRUNCH_OK;
    }
    for (size_t i = 0; i < block->bytes / sizeof(uint64_t); i++)
        crunch_sketch_add(sketch, one.hash[i]);
    return CRUNCH_OK;
}

static enum crunch_code merge(const struct crunch_logs *logs, uint32_t stream,
                              struct crunch_sketch *sketch, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    memset(sketch, 0, sizeof *sketch);
    for (size_t i = 0; i < logs->n_blocks && !code; i++)
        if (logs->block[i].stream == stream)
            code = add_block(sketch, logs, &logs->block[i], error);
    return code;
}

enum crunch_code crunch_sketch_result(const struct crunch_logs *logs, uint32_t stream,
                                      uint64_t *estimate, struct crunch_error *error)
{
    struct crunch_sketch sketch;
    enum crunch_code code = merge(logs, stream, &sketch, error);
    *estimate = crunch_sketch_estimate(&sketch);
    return code;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void crunch_sketch_print(struct crunch_sketch *sketch, FILE *out)
{
    if (sketch->dense) {
        for (size_t i = 0; i < CRUNCH_SKETCH_REGISTERS; i++)
            if (sketch->register_[i] > 0)
                fprintf(out, "%zu\t%u\n", i, sketch->register_[i]);
        return;
    }
    qsort(sketch->hash, CRUNCH_SKETCH_SLOTS, sizeof *sketch->hash, ascending);
    for (size_t i = CRUNCH_SKETCH_SLOTS - sketch->n; i < CRUNCH_SKETCH_SLOTS; i++)
        fprintf(out, "%016" PRIx64 "\n", sketch->hash[i]);
}

static enum crunch_code write(const struct crunch_plan *plan, const void *config,
                              const struct crunch_logs *logs, uint32_t stream, FILE *out,
                              struct crunch_error *error)
{
    (void)plan, (void)config;
    struct crunch_sketch sketch;
    enum crunch_code code = merge(logs, stream, &sketch, error);
    if (!code)
        crunch_sketch_print(&sketch, out);
    return code;
}

const struct crunch_collector crunch_sketch_collector = {
    .name = "sketch",
    .create = create,
    .destroy = free,
    .begin = begin,
    .feed = feed,
    .end = end,
    .write = write,
    .reference_create = crunch_sketch_reference_create,
    .reference_row = crunch_sketch_reference_row,
    .reference_write = crunch_sketch_reference_write,
    .reference_destroy = crunch_sketch_reference_destroy,
};
