/*
 * Faults on request, in the test build only (-DCRUNCH_FAULTS): what the checks of a run must catch
 * or survive is made to happen. Without that flag every call is nothing.
 *
 * The environment variable CRUNCH_FAULT names one fault, KIND:CHUNK or KIND:CHUNK:always :
 *     number:3     in chunk 3, one parsed number of each batch of its first column is one unit off
 *     partial:3    the states of chunk 3 are changed by one bit just before they are merged
 *     set:3        ... only that of the last pair or set of columns
 *     boundary:3   chunk 3 is taken to end a byte later than it does, after the check of boundaries
 *     die:3        the worker kills itself (SIGKILL) at the beginning of chunk 3
 *     hang:3       ... stops itself (SIGSTOP)
 *     exit:3       ... exits with status 77
 * The last three happen on the first try of the chunk only, or on every try with `:always`.
 *     shrink:3     the file that CRUNCH_FAULT_FILE names is cut to 5,000 bytes before it
 */
#ifndef CRUNCH_CORE_FAULT_H
#define CRUNCH_CORE_FAULT_H

#include "core/reducer.h"

#ifdef CRUNCH_FAULTS

/* At the beginning of work on a chunk; attempt counts from 0. May not return. */
void crunch_fault_chunk(uint64_t chunk, unsigned attempt);
/* Before a chunk is read. */
void crunch_fault_input(uint64_t chunk);
/* In the sink, before the batch is fed. The batch's numbers may be changed. */
void crunch_fault_number(uint64_t chunk, const struct crunch_batch *batch);
/* Before the states of a validated chunk are merged. */
void crunch_fault_partial(uint64_t chunk, const struct crunch_layout *layout, void *bundle);
/* Bytes to add to where a validated chunk ended: 0 or 1. */
uint64_t crunch_fault_boundary(uint64_t chunk);

#else

static inline void crunch_fault_chunk(uint64_t chunk, unsigned attempt)
{
    (void)chunk;
    (void)attempt;
}

static inline void crunch_fault_input(uint64_t chunk)
{
    (void)chunk;
}

static inline void crunch_fault_number(uint64_t chunk, const struct crunch_batch *batch)
{
    (void)chunk;
    (void)batch;
}

static inline void crunch_fault_partial(uint64_t chunk, const struct crunch_layout *layout,
                                        void *bundle)
{
    (void)chunk;
    (void)layout;
    (void)bundle;
}

static inline uint64_t crunch_fault_boundary(uint64_t chunk)
{
    (void)chunk;
    return 0;
}

#endif
#endif
