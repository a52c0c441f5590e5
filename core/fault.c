/*
 * The faults of the test build; empty in every other. Nothing is remembered between calls: the
 * environment is asked each time, so that forked and threaded workers behave alike.
 */
#include "core/fault.h"

#ifdef CRUNCH_FAULTS

#include "core/decimal_sum.h"
#include "core/superacc.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the environment asks for this kind of fault on this chunk. */
static bool asked(const char *kind, uint64_t chunk, bool *always)
{
    const char *text = getenv("CRUNCH_FAULT");
    size_t len = strlen(kind);
    if (text == NULL || strncmp(text, kind, len) != 0 || text[len] != ':')
        return false;
    char *end;
    uint64_t n = strtoull(text + len + 1, &end, 10);
    if (end == text + len + 1 || n != chunk)
        return false;
    if (always)
        *always = strcmp(end, ":always") == 0;
    return true;
}

void crunch_fault_chunk(uint64_t chunk, unsigned attempt)
{
    bool always = false;
    if (asked("die", chunk, &always) && (attempt == 0 || always))
        raise(SIGKILL);
    if (asked("hang", chunk, &always) && (attempt == 0 || always))
        raise(SIGSTOP);
    if (asked("exit", chunk, &always) && (attempt == 0 || always))
        _exit(77);
}

void crunch_fault_input(uint64_t chunk)
{
    const char *path = getenv("CRUNCH_FAULT_FILE");
    if (asked("shrink", chunk, NULL) && (path == NULL || truncate(path, 5000) != 0))
        _exit(77);
}

void crunch_fault_number(uint64_t chunk, const struct crunch_batch *batch)
{
    if (batch->n_columns == 0 || !asked("number", chunk, NULL))
        return;
    static _Thread_local double doubles[CRUNCH_BATCH_ROWS]; /* those of a file are read-only */
    struct crunch_cells *cells = &batch->columns[0];
    for (size_t row = 0; row < batch->rows; row++) {
        if (!cells->all_numbers && cells->class[row] != CRUNCH_CELL_NUMBER)
            continue;
        if (cells->mantissa)
            cells->mantissa[row] += cells->mantissa[row] > 0 ? -1 : 1;
        if (cells->binary) {
            memcpy(doubles, cells->binary, batch->rows * sizeof *doubles);
            doubles[row] += doubles[row] > 0 ? -1 : 1;
            cells->binary = doubles;
            cells->greatest = 0;
        }
        return;
    }
}

/* Flips the lowest bit of one used limb of a sum. False: no limb is used. */
static bool flip_sum(enum crunch_arith arith, void *state)
{
    if (arith == CRUNCH_ARITH_DECIMAL) {
        struct crunch_decimal_sum *sum = state;
        if (sum->narrow_used == 0)
            return false;
        sum->narrow[__builtin_ctzll(sum->narrow_used)] ^= 1;
        return true;
    }
    struct crunch_superacc_sum *sum = state;
    for (size_t word = 0; word < sizeof sum->used / sizeof sum->used[0]; word++) {
        if (sum->used[word] == 0)
            continue;
        sum->limb[64 * word + (size_t)__builtin_ctzll(sum->used[word])] ^= 1;
        return true;
    }
    return false;
}

void crunch_fault_partial(uint64_t chunk, const struct crunch_layout *layout, void *bundle)
{
    if (layout->n_sets > 0 && asked("set", chunk, NULL))
        *((unsigned char *)bundle + layout->set_offset[layout->n_sets - 1]) ^= 1; /* its rows */
    if (layout->n_columns == 0 || !asked("partial", chunk, NULL))
        return;
    size_t sum = layout->offset[CRUNCH_SUM], tally = layout->offset[CRUNCH_TALLY];
    if (sum != SIZE_MAX && flip_sum(crunch_layout_arith(layout, 0), (char *)bundle + sum))
        return;
    if (tally != SIZE_MAX)
        *((unsigned char *)bundle + tally) ^= 1; /* a tally begins with a count */
}

uint64_t crunch_fault_boundary(uint64_t chunk)
{
    return asked("boundary", chunk, NULL) ? 1 : 0;
}

#else

typedef int crunch_no_faults; /* ISO C wants a declaration in every file */

#endif
