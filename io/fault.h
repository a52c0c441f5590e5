/*
 * Faults of reading on request, in the test build only (-DCRUNCH_FAULTS); nothing in every other.
 *
 * The environment variable CRUNCH_FAULT names one, KIND:NUMBER (those of the core are in
 * core/fault.h):
 *     eio:N        the disk fails at byte N of every file
 *     short:N      no read gives more than N bytes at once
 *     noring:1     the kernel refuses io_uring (EPERM)
 *     nodirect:1   the file system refuses O_DIRECT (EINVAL)
 *     memory:N     so many bytes of memory are free
 */
#ifndef CRUNCH_IO_FAULT_H
#define CRUNCH_IO_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef CRUNCH_FAULTS

/* What a read of len bytes at offset of a file, which gave `got`, is to have given: -EIO, fewer
 * bytes, or got. */
ssize_t crunch_fault_read(uint64_t offset, ssize_t got);
bool crunch_fault_no_ring(void);
bool crunch_fault_no_direct(void);
uint64_t crunch_fault_memory(uint64_t bytes);

#else

static inline ssize_t crunch_fault_read(uint64_t offset, ssize_t got)
{
    (void)offset;
    return got;
}

static inline bool crunch_fault_no_ring(void)
{
    return false;
}

static inline bool crunch_fault_no_direct(void)
{
    return false;
}

static inline uint64_t crunch_fault_memory(uint64_t bytes)
{
    return bytes;
}

#endif
#endif
