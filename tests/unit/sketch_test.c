/* Sketches: exact while small, within the stated error when large, and one content for one set
 * however it was put together. */
#include "core/hash_table.h"
#include "core/sketch.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

static uint64_t hash_of(uint64_t i)
{
    return crunch_hash_short(i, 0, 8, CRUNCH_SKETCH_SEED);
}

static void add_range(struct crunch_sketch *sketch, uint64_t begin, uint64_t end)
{
    for (uint64_t i = begin; i < end; i++)
        crunch_sketch_add(sketch, hash_of(i));
}

Test(sketch, exact_while_small)
{
    static struct crunch_sketch sketch;
    cr_assert_eq(crunch_sketch_estimate(&sketch), 0);
    for (uint64_t n = 1; n <= CRUNCH_SKETCH_EXACT; n++) {
        add_range(&sketch, n - 1, n);
        add_range(&sketch, n / 2, n); /* again */
        cr_assert(!sketch.dense);
        cr_assert_eq(crunch_sketch_estimate(&sketch), n);
    }
    add_range(&sketch, CRUNCH_SKETCH_EXACT, CRUNCH_SKETCH_EXACT + 1);
    cr_assert(sketch.dense);
}

/* The mean square of the errors of 30 sets of each size is that of 0.0081 within what chance
 * allows (a factor of 1.5 in the error is over 4 standard deviations of it), and no error is above
 * five times that; the plain estimator of 2007 would be off by far around 2.5 m = 40,960. */
Test(sketch, error_as_stated)
{
    static const uint64_t sizes[] = {2000, 5000, 20000, 40000, 60000, 200000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double squares = 0, total = 0;
        for (uint64_t set = 0; set < 30; set++) {
            static struct crunch_sketch sketch;
            crunch_sketch_clear(&sketch);
            add_range(&sketch, set << 32, (set << 32) + sizes[s]);
            double error = (double)crunch_sketch_estimate(&sketch) / (double)sizes[s] - 1;
            cr_expect(fabs(error) < 5 * 0.0081, "%u: off by %g", (unsigned)sizes[s], error);
            squares += error * error;
            total += error;
        }
        cr_expect(sqrt(squares / 30) < 1.5 * 0.0081, "%u: %g", (unsigned)sizes[s],
                  sqrt(squares / 30));
        cr_expect(fabs(total / 30) < 4 * 0.0081 / sqrt(30), "%u: biased by %g", (unsigned)sizes[s],
                  total / 30);
    }
}

Test(sketch, merging_is_adding)
{
    static const uint64_t cuts[][3] = {
        {0, 10, 1000}, {700, 1000, 1600}, {0, 1, 1537}, {1000, 30000, 30001}, {9000, 9000, 50000}};
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        static struct crunch_sketch whole, a, b, ab, ba;
        memset(&whole, 0, sizeof whole);
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        memset(&ab, 0, sizeof ab);
        memset(&ba, 0, sizeof ba);
        add_range(&whole, 0, cuts[c][2]);
        add_range(&a, 0, cuts[c][1]);
        add_range(&b, cuts[c][0] < cuts[c][1] ? cuts[c][0] : cuts[c][1], cuts[c][2]);
        crunch_sketch_merge(&ab, &a);
        crunch_sketch_merge(&ab, &b);
        crunch_sketch_merge(&ba, &b);
        crunch_sketch_merge(&ba, &a);
        cr_assert_eq(ab.dense, whole.dense);
        cr_assert_eq(ba.dense, whole.dense);
        cr_assert_eq(crunch_sketch_estimate(&ab), crunch_sketch_estimate(&whole));
        cr_assert_eq(crunch_sketch_estimate(&ba), crunch_sketch_estimate(&whole));
        if (whole.dense)
            cr_assert(memcmp(&ab, &whole, sizeof ab) == 0 && memcmp(&ba, &whole, sizeof ba) == 0);
    }
}

/* The estimator by its formulas, in long double: the same to the last integer or its neighbour. */
Test(sketch, estimator_by_its_formulas)
{
    for (uint64_t n = 1537; n < 3000000; n = n * 3 / 2) {
        static struct crunch_sketch sketch;
        long double z = 0, x, y, count[65] = {0};
        crunch_sketch_clear(&sketch);
        add_range(&sketch, 0, n);
        for (unsigned i = 0; i < CRUNCH_SKETCH_REGISTERS; i++)
            count[sketch.register_[i]]++;
        for (int k = 50; k >= 1; k--)
            z = (z + count[k]) / 2;
        x = count[0] / CRUNCH_SKETCH_REGISTERS;
        y = x;
        for (long double power = 1; x > 1e-30L; power *= 2) {
            x *= x;
            y += x * power;
        }
        z += y * CRUNCH_SKETCH_REGISTERS;
        long double estimate =
            0.5L / logl(2) * CRUNCH_SKETCH_REGISTERS * CRUNCH_SKETCH_REGISTERS / z;
        cr_expect(fabsl((long double)crunch_sketch_estimate(&sketch) - estimate) < 0.501L, "%u",
                  (unsigned)n);
    }
}
