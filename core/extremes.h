/*
 * The least and the greatest of the finite values seen, exact.
 *
 * Narrow, wide and binary values are kept apart (a state of decimal arithmetic may hold the
 * extremes of both narrow and wide ones) and compared with each other only in the end. Flags say
 * which parts hold something and are written after them, so the rest need not be cleared. Not
 * thread-safe per object.
 */
#ifndef CRUNCH_CORE_EXTREMES_H
#define CRUNCH_CORE_EXTREMES_H

#include "core/exact.h"
#include "io/batch.h"

/* A wide value that owns its digits. */
struct crunch_wide_kept {
    uint32_t n_digits;
    int32_t exponent;
    bool negative;
    char digits[CRUNCH_WIDE_DIGITS_MAX];
};

struct crunch_narrow_kept {
    int64_t mantissa;
    uint8_t scale;
};

struct crunch_extremes {
    _Alignas(64) bool has_narrow;
    bool has_wide, has_binary;
    struct crunch_narrow_kept narrow[2]; /* least, greatest */
    double binary[2];
    _Alignas(64) struct crunch_wide_kept wide[2];
};

void crunch_extremes_feed(struct crunch_extremes *extremes, enum crunch_arith arith,
                          const struct crunch_cells *cells, size_t rows);
void crunch_extremes_reset(struct crunch_extremes *extremes);
void crunch_extremes_merge(struct crunch_extremes *into, const struct crunch_extremes *from);
/* Sets out's min, max and has_extremes. */
void crunch_extremes_extract(const struct crunch_extremes *extremes, enum crunch_arith arith,
                             struct crunch_exact *out);

#endif
