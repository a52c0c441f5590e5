/*
 * Owns the way of a group's sketch from a few hashes to one of full size. The latter (16 KiB) takes
 * over when the table of hashes would become as large.
 */
#include "core/group_sketch.h"

#include "core/text_key.h"
#include "core/value_key.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 4u
#define MOST_SLOTS 1024u /* filled to three quarters */

void crunch_group_sketch_init(struct crunch_group_sketch *sketch,
                              const struct crunch_sketch_config *config)
{
    *sketch = (struct crunch_group_sketch){.config = config};
}

void crunch_group_sketch_clear(struct crunch_group_sketch *sketch)
{
    for (size_t i = 0; i < sketch->n; i++) {
        free(sketch->of[i].hash);
        free(sketch->of[i].all);
    }
    sketch->n = 0;
    sketch->bytes = 0;
}

void crunch_group_sketch_free(struct crunch_group_sketch *sketch)
{
    crunch_group_sketch_clear(sketch);
    free(sketch->of);
    *sketch = (struct crunch_group_sketch){0};
}

bool crunch_group_sketch_grow(struct crunch_group_sketch *sketch, size_t n)
{
    if (n > sketch->room) {
        const size_t room = n + n / 2 + 64;
        struct crunch_group_sketched *grown = realloc(sketch->of, room * sizeof *grown);
        if (!grown)
            return false;
        sketch->of = grown;
        sketch->room = room;
    }
    for (; sketch->n < n; sketch->n++)
        sketch->of[sketch->n] = (struct crunch_group_sketched){0};
    return true;
}

size_t crunch_group_sketch_bytes(const struct crunch_group_sketch *sketch)
{
    return sketch->n * sizeof *sketch->of + sketch->bytes;
}

/* ---- hashes ---- */

/* Puts a hash that is not 0 where it belongs. False: it was there. */
static bool put(uint64_t *slot, uint32_t slots, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (slots - 1);
    for (; slot[at] != 0; at = (at + 1) & (slots - 1))
        if (slot[at] == hash)
            return false;
    slot[at] = hash;
    return true;
}

static bool promote(struct crunch_group_sketch *sketch, struct crunch_group_sketched *one)
{
    one->all = calloc(1, sizeof *one->all);
    if (!one->all)
        return false;
    for (uint32_t i = 0; i < one->slots; i++)
        if (one->hash[i] != 0)
            crunch_sketch_add(one->all, one->hash[i]);
    sketch->bytes += sizeof *one->all - one->slots * sizeof *one->hash;
    free(one->hash);
    one->hash = NULL;
    one->n = one->slots = 0;
    return true;
}

static bool widen(struct crunch_group_sketch *sketch, struct crunch_group_sketched *one)
{
    const uint32_t slots = one->slots ? 2 * one->slots : FIRST_SLOTS;
    uint64_t *grown = calloc(slots, sizeof *grown);
    if (!grown)
        return false;
    for (uint32_t i = 0; i < one->slots; i++)
        if (one->hash[i] != 0)
            put(grown, slots, one->hash[i]);
    sketch->bytes += (slots - one->slots) * sizeof *grown;
    free(one->hash);
    one->hash = grown;
    one->slots = slots;
    return true;
}

static bool add(struct crunch_group_sketch *sketch, size_t group, uint64_t hash)
{
    struct crunch_group_sketched *one = &sketch->of[group];
    hash += hash == 0;
    if (!one->all && (one->n + 1) * 4 > one->slots * 3 &&
        !(one->slots < MOST_SLOTS ? widen : promote)(sketch, one))
        return false;
    if (one->all)
        crunch_sketch_add(one->all, hash);
    else
        one->n += put(one->hash, one->slots, hash);
    return true;
}

/* ---- feeding ---- */

static bool feed_texts(struct crunch_group_sketch *sketch, const struct crunch_cells *cells,
                       size_t rows, const uint32_t *id)
{
    for (size_t row = 0; row < rows; row++)
        if (cells->text_len[row] > 0 &&
            !add(sketch, id[row],
                 crunch_text_key(cells->text[row], cells->text_len[row], CRUNCH_SKETCH_SEED).hash))
            return false;
    return true;
}

static bool feed_values(struct crunch_group_sketch *sketch, const struct crunch_cells *cells,
                        size_t rows, const uint32_t *id)
{
    unsigned char room[CRUNCH_VALUE_KEY_MAX];
    size_t next_wide = 0;
    for (size_t row = 0; row < rows; row++)
        if ((cells->all_numbers || cells->class[row] != CRUNCH_CELL_MISSING) &&
            !add(sketch, id[row],
                 crunch_value_key(cells, row, &next_wide, room, CRUNCH_SKETCH_SEED).hash))
            return false;
    return true;
}

bool crunch_group_sketch_feed(struct crunch_group_sketch *sketch, const struct crunch_batch *batch,
                              const uint32_t *id)
{
    const struct crunch_cells *cells = &batch->columns[sketch->config->slot];
    return (sketch->config->by_value ? feed_values : feed_texts)(sketch, cells, batch->rows, id);
}

/* ---- bytes: how many hashes, and they; or a number that is too large, and the registers ---- */

#define REGISTERS (CRUNCH_SKETCH_EXACT + 1)

static void write_hashes(struct crunch_bytes *out, const uint64_t *slot, size_t slots)
{
    for (size_t i = 0; i < slots; i++)
        if (slot[i] != 0)
            crunch_bytes_add(out, &slot[i], sizeof slot[i]);
}

void crunch_group_sketch_write(struct crunch_bytes *out, const struct crunch_group_sketch *sketch,
                               size_t group)
{
    const struct crunch_group_sketched *one = &sketch->of[group];
    if (one->all && one->all->dense) {
        crunch_bytes_add_varint(out, REGISTERS);
        crunch_bytes_add(out, one->all->register_, sizeof one->all->register_);
    } else if (one->all) {
        crunch_bytes_add_varint(out, one->all->n);
        write_hashes(out, one->all->hash, CRUNCH_SKETCH_SLOTS);
    } else {
        crunch_bytes_add_varint(out, one->n);
        write_hashes(out, one->hash, one->slots);
    }
}

static bool add_registers(struct crunch_group_sketch *sketch, size_t group,
                          const unsigned char *from)
{
    struct crunch_group_sketched *one = &sketch->of[group];
    struct crunch_sketch *other = calloc(1, sizeof *other);
    bool good = other && (one->all || promote(sketch, one));
    if (good) {
        other->dense = 1;
        memcpy(other->register_, from, sizeof other->register_);
        crunch_sketch_merge(one->all, other);
    }
    free(other);
    return good;
}

const unsigned char *crunch_group_sketch_read(struct crunch_group_sketch *sketch,
                                              const unsigned char *from, uint32_t group)
{
    const bool wanted = group != UINT32_MAX;
    uint64_t n, hash;
    from = crunch_get_varint(from, &n);
    if (n == REGISTERS) {
        if (wanted && !add_registers(sketch, group, from))
            return NULL;
        return from + CRUNCH_SKETCH_REGISTERS;
    }
    for (uint64_t i = 0; i < n && wanted; i++) {
        memcpy(&hash, from + i * sizeof hash, sizeof hash);
        if (!add(sketch, group, hash))
            return NULL;
    }
    return from + n * sizeof hash;
}

/* ---- what it says ---- */

uint64_t crunch_group_sketch_estimate(const struct crunch_group_sketch *sketch, size_t group)
{
    const struct crunch_group_sketched *one = &sketch->of[group];
    return one->all ? crunch_sketch_estimate(one->all) : one->n;
}

bool crunch_group_sketch_print(const struct crunch_group_sketch *sketch, size_t group, FILE *out)
{
    const struct crunch_group_sketched *one = &sketch->of[group];
    struct crunch_sketch *copy = calloc(1, sizeof *copy);
    if (!copy)
        return false;
    if (one->all)
        *copy = *one->all;
    for (uint32_t i = 0; i < one->slots; i++)
        if (one->hash[i] != 0)
            crunch_sketch_add(copy, one->hash[i]);
    crunch_sketch_print(copy, out);
    free(copy);
    return true;
}
