/* Sketches of groups: the same as one sketch of the same values, however they came together. */
#include "core/group_sketch.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

enum { GROUPS = 5 };

/* Group g has the values 0 .. sizes[g] - 1: none, few, as many as hashes are kept, registers. */
static const unsigned sizes[GROUPS] = {0, 1, 700, CRUNCH_SKETCH_EXACT, 5000};

static const struct crunch_sketch_config config = {.slot = 0, .by_value = true};

/* Feeds the rows of all groups whose value has that remainder by n. */
static void feed(struct crunch_group_sketch *sketch, unsigned remainder, unsigned n)
{
    static const enum crunch_need need[1] = {CRUNCH_NEED_NUMBER};
    const struct crunch_batch_shape shape = {.n_columns = 1, .need = need};
    struct crunch_batch *batch;
    uint32_t id[CRUNCH_BATCH_ROWS];
    cr_assert_eq(crunch_batch_create(&shape, &batch, NULL), CRUNCH_OK);
    cr_assert(crunch_group_sketch_grow(sketch, GROUPS));
    for (unsigned value = remainder; value < 5000; value += n)
        for (uint32_t g = 0; g < GROUPS; g++) {
            const struct crunch_number number = {
                .class = CRUNCH_CELL_NUMBER, .mantissa = (int64_t)value * 10, .scale = 1};
            if (value < sizes[g]) {
                id[batch->rows] = g;
                crunch_batch_append(batch, &number, NULL, 0);
            }
            if (crunch_batch_is_full(batch) || (value + n >= 5000 && g + 1 == GROUPS)) {
                cr_assert(crunch_group_sketch_feed(sketch, batch, id));
                crunch_batch_clear(batch);
            }
        }
    crunch_batch_free(batch);
}

static char *text_of(const struct crunch_group_sketch *sketch, size_t group)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    cr_assert(crunch_group_sketch_print(sketch, group, out));
    cr_assert_eq(fclose(out), 0);
    return text;
}

static void pass_on(const struct crunch_group_sketch *from, struct crunch_group_sketch *into)
{
    struct crunch_bytes bytes = {0};
    for (size_t g = 0; g < GROUPS; g++) {
        crunch_group_sketch_write(&bytes, from, g); /* not wanted: */
        crunch_group_sketch_write(&bytes, from, g);
    }
    cr_assert(crunch_group_sketch_grow(into, GROUPS));
    const unsigned char *at = bytes.data;
    for (uint32_t g = 0; g < GROUPS; g++) {
        at = crunch_group_sketch_read(into, at, UINT32_MAX);
        at = crunch_group_sketch_read(into, at, g);
    }
    cr_assert_eq((size_t)(at - bytes.data), bytes.len);
    crunch_bytes_free(&bytes);
}

Test(group_sketch, depends_on_the_set_alone)
{
    struct crunch_group_sketch whole, part[3], merged[2];
    crunch_group_sketch_init(&whole, &config);
    feed(&whole, 0, 1);
    feed(&whole, 1, 2); /* again */
    for (unsigned i = 0; i < 3; i++) {
        crunch_group_sketch_init(&part[i], &config);
        feed(&part[i], i, 3);
    }
    for (unsigned m = 0; m < 2; m++) {
        crunch_group_sketch_init(&merged[m], &config);
        for (unsigned i = 0; i < 3; i++)
            pass_on(&part[m ? 2 - i : i], &merged[m]);
        pass_on(&whole, &merged[m]);
    }
    for (size_t g = 0; g < GROUPS; g++) {
        char *text = text_of(&whole, g);
        const uint64_t about = crunch_group_sketch_estimate(&whole, g);
        if (sizes[g] <= CRUNCH_SKETCH_EXACT)
            cr_assert_eq(about, sizes[g]);
        for (unsigned m = 0; m < 2; m++) {
            char *other = text_of(&merged[m], g);
            cr_assert_str_eq(text, other);
            cr_assert_eq(about, crunch_group_sketch_estimate(&merged[m], g));
            free(other);
        }
        free(text);
    }
    crunch_group_sketch_free(&whole);
    for (unsigned i = 0; i < 3; i++)
        crunch_group_sketch_free(&part[i]);
    for (unsigned m = 0; m < 2; m++)
        crunch_group_sketch_free(&merged[m]);
}

/* A group of few values takes a few words, not 16 KiB. */
Test(group_sketch, few_values_take_little)
{
    struct crunch_group_sketch sketch;
    crunch_group_sketch_init(&sketch, &config);
    feed(&sketch, 0, 1);
    cr_assert_leq(sketch.of[1].slots, 4);
    cr_assert_lt(sketch.of[2].slots, 2048);
    cr_assert_not_null(sketch.of[4].all);
    cr_assert_geq(crunch_group_sketch_bytes(&sketch), sizeof(struct crunch_sketch));
    crunch_group_sketch_clear(&sketch);
    cr_assert_eq(crunch_group_sketch_bytes(&sketch), 0);
    crunch_group_sketch_free(&sketch);
}
