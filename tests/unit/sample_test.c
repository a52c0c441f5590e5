/* Which chunks are sampled, and that what was written down comes back. */
#include "core/sample.h"

#include "io/temp.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(sample, one_of_every_ten_at_least_one)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        for (uint64_t n = 1; n < 64; n++) {
            uint64_t chosen = 0;
            for (uint64_t i = 0; i < n; i++)
                chosen += crunch_sample_wants(seed, i, n);
            cr_assert_eq(chosen, (n + 9) / 10);
        }
    }
}

Test(sample, every_chunk_can_be_drawn)
{
    for (uint64_t chunk = 0; chunk < 25; chunk++) {
        bool drawn = false;
        for (uint64_t seed = 0; seed < 400 && !drawn; seed++)
            drawn = crunch_sample_wants(seed, chunk, 25);
        cr_expect(drawn, "chunk %d", (int)chunk);
    }
}

Test(sample, written_and_read)
{
    static const unsigned needs[] = {CRUNCH_BIT(CRUNCH_TALLY),
                                     CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM)};
    struct crunch_layout layout;
    struct crunch_samples samples = {.n = 0};
    uint64_t at = 0;
    int fd;
    cr_assert_eq(crunch_temp_open(NULL, &fd, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_layout_init(&layout, CRUNCH_ARITH_DECIMAL, 2, needs), CRUNCH_OK);
    void *bundle = aligned_alloc(4096, layout.size);
    cr_assert_not_null(bundle);
    memset(bundle, 0, layout.size);
    for (uint64_t i = 0; i < 3; i++) {
        struct crunch_sampled chunk = {
            .chunk = i, .begin = 10 * i, .end = 10 * i + 7, .records = i};
        cr_assert_eq(crunch_sample_write(fd, &at, &layout, &chunk, bundle, NULL), CRUNCH_OK);
    }
    cr_assert_eq(crunch_sample_read(fd, at, 2, &samples, NULL), CRUNCH_OK);
    cr_assert_eq(samples.n, 3);
    for (uint64_t i = 0; i < 3; i++) {
        const struct crunch_sampled *item = &samples.item[i];
        cr_expect(item->chunk == i && item->begin == 10 * i && item->end == 10 * i + 7 &&
                  item->records == i);
        cr_expect_str_eq(item->state[0], "count=0 missing=0 nan=0 +inf=0 -inf=0");
        cr_expect_str_eq(item->state[1], "count=0 missing=0 nan=0 +inf=0 -inf=0 sum=0e0");
    }
    crunch_samples_free(&samples);
    crunch_layout_free(&layout);
    free(bundle);
    close(fd);
}
