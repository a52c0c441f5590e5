/* Chunks tile the data without gap or overlap, whatever the sizes, and the tail gets smaller. */
#include "core/cuts.h"

#include <criterion/criterion.h>

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

static void check_tiling(const struct crunch_cuts *cuts, uint64_t begin, uint64_t end)
{
    uint64_t at = begin, from, to;

    for (uint64_t i = 0; i < cuts->n_chunks; i++) {
        crunch_cuts_chunk(cuts, i, &from, &to);
        cr_assert_eq(from, at, "chunk %lu begins at %lu, not at %lu", i, from, at);
        cr_assert_gt(to, from);
        at = to;
    }
    cr_assert_eq(at, end, "the chunks end at %lu, the data at %lu", at, end);
}

Test(cuts, tile_any_size)
{
    for (int k = 0; k < 3000; k++) {
        uint64_t begin = random_below(1000);
        uint64_t data = random_below((uint64_t)1 << (1 + random_below(34)));
        uint64_t bytes = random_below(3) ? 0 : data / 500 + 1 + random_below(1000);
        struct crunch_cuts cuts;

        crunch_cuts_init(&cuts, begin, begin + data, bytes, (unsigned)(1 + random_below(70)));
        check_tiling(&cuts, begin, begin + data);
    }
}

/* Every cut but the first and the last stands one byte behind the beginning of a part. */
static void check_aligned(const struct crunch_cuts *cuts)
{
    uint64_t from, to;

    for (uint64_t i = 1; i < cuts->n_chunks; i++) {
        bool found = false;

        crunch_cuts_chunk(cuts, i, &from, &to);
        for (size_t k = 0; k < cuts->n_parts && !found; k++)
            found = cuts->part[k] + 1 == from;
        cr_assert(found, "chunk %lu begins at %lu", i, from);
    }
}

Test(cuts, keep_to_parts)
{
    static uint64_t part[401];

    for (int k = 0; k < 2000; k++) {
        size_t n = 2 + random_below(398);
        uint64_t most = (uint64_t)1 << (1 + random_below(26));
        struct crunch_cuts cuts;

        for (size_t i = 0; i < n; i++)
            part[i + 1] = part[i] + 1 + random_below(most);
        crunch_cuts_init_parts(&cuts, random_below(part[1] + 2), part, n,
                               (unsigned)(1 + random_below(9)));
        check_tiling(&cuts, cuts.begin, cuts.end);
        check_aligned(&cuts);
    }
}

Test(cuts, one_byte_chunks)
{
    struct crunch_cuts cuts;

    crunch_cuts_init(&cuts, 7, 107, 1, 3);
    cr_assert_eq(cuts.n_chunks, 100);
    check_tiling(&cuts, 7, 107);
}

Test(cuts, empty_data_has_no_chunk)
{
    struct crunch_cuts cuts;

    crunch_cuts_init(&cuts, 50, 50, 0, 4);
    cr_assert_eq(cuts.n_chunks, 0);
    crunch_cuts_init(&cuts, 50, 40, 10, 4);
    cr_assert_eq(cuts.n_chunks, 0);
}

Test(cuts, small_data_is_one_chunk)
{
    struct crunch_cuts cuts;

    crunch_cuts_init(&cuts, 0, 100000, 0, 8);
    cr_assert_eq(cuts.n_chunks, 1);
}

Test(cuts, automatic_chunks_do_not_grow)
{
    struct crunch_cuts cuts;
    uint64_t last = UINT64_MAX, from, to;

    crunch_cuts_init(&cuts, 10, 684000000, 0, 2);
    cr_assert_geq(cuts.n_chunks, 16);
    for (uint64_t i = 0; i < cuts.n_chunks; i++) {
        crunch_cuts_chunk(&cuts, i, &from, &to);
        cr_assert_leq(to - from, (uint64_t)16 << 20);
        cr_assert_leq(to - from, last);
        last = to - from;
    }
    cr_assert_leq(last, (uint64_t)16 << 20 >> 3);
}

Test(cuts, a_stream_has_chunks_without_end)
{
    struct crunch_cuts cuts;
    uint64_t from, to;

    crunch_cuts_init(&cuts, 100, UINT64_MAX, (uint64_t)64 << 20, 4);
    cr_assert_eq(cuts.n_chunks, CRUNCH_CHUNKS_UNKNOWN);
    crunch_cuts_chunk(&cuts, 1000000, &from, &to);
    cr_assert_eq(from, 100 + ((uint64_t)1000000 << 20));
    cr_assert_eq(to - from, (uint64_t)1 << 20);
    crunch_cuts_chunk(&cuts, UINT64_MAX - 5, &from, &to);
    cr_assert_leq(from, to);
}
