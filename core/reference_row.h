/* A row as the reference sees it: what its consumers (core/collect.h) are fed. */
#ifndef CRUNCH_CORE_REFERENCE_ROW_H
#define CRUNCH_CORE_REFERENCE_ROW_H

#include "core/reference_number.h"

struct crunch_reference_cell {
    const struct crunch_reference_number *number; /* class, and the value where it is a number */
    const char *text; /* NULL unless the column NEEDs TEXT; not NUL-terminated */
    size_t text_len;  /* 0 where missing */
};

struct crunch_reference_row {
    uint64_t record; /* data records before this one in the input */
    size_t n_cells;  /* the plan's value columns (slots): scanned, then computed */
    const struct crunch_reference_cell *cell;
};

#endif
