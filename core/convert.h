/*
 * The collector of `crunch convert`: the rows of the plan's columns as bare numbers of one type,
 * or as text, in file order, however many workers make them.
 */
#ifndef CRUNCH_CORE_CONVERT_H
#define CRUNCH_CORE_CONVERT_H

#include "core/job.h"

#include <stdio.h>

/* The configuration of this collector, the caller's, who outlives the plan with it. */
struct crunch_conversion {
    /* kind 0: text, as CSV. Of kind 'f': 64 bits, from a plan of binary arithmetic; missing cells
     * become NaN. Of kind 'i' or 'u': from one of decimal arithmetic, where every cell must be such
     * an integer, else the run fails with CRUNCH_BAD_DATA. */
    struct crunch_number_type to;
    FILE *out;
    const char *out_name;
    uint64_t rows; /* written so far */
};

extern const struct crunch_collector crunch_converter;

#endif
