/*
 * Spearman's ranks of a pair of columns where the rows do not fit in memory: by two external sorts
 * (core/sorter.h). The first orders the rows by one column and so gives each its rank there; the
 * second orders the ranks by the other column.
 */
#ifndef CRUNCH_CORE_SPEARMAN_SORTED_H
#define CRUNCH_CORE_SPEARMAN_SORTED_H

#include "core/joint.h"
#include "core/log.h"

/* How a cell begins in the log; a number is followed by its parts: a narrow one by its scale and
 * mantissa, a wide one by whether it is negative, its exponent, the number of its digits and those.
 */
enum crunch_spearman_tag {
    CRUNCH_SPEARMAN_MISSING,
    CRUNCH_SPEARMAN_NAN,
    CRUNCH_SPEARMAN_MINUS_INF,
    CRUNCH_SPEARMAN_PLUS_INF,
    CRUNCH_SPEARMAN_NARROW,
    CRUNCH_SPEARMAN_DOUBLE,
    CRUNCH_SPEARMAN_WIDE
};

struct crunch_spearman_rows {
    const struct crunch_logs *logs;
    uint32_t stream;
    size_t k; /* cells of a row */
};

/* Adds what is found of columns i and j to *joint, initialised for two decimal columns. memory: how
 * much may be taken, about. CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_spearman_sorted(const struct crunch_spearman_rows *rows, size_t i, size_t j,
                                        size_t memory, const char *tmpdir,
                                        struct crunch_joint *joint, struct crunch_error *error);

#endif
