/*
 * The faults of reading of the test build; empty in every other. As in core/fault.c the environment
 * is asked each time, so that forked and threaded workers behave alike.
 */
#include "io/fault.h"

#ifdef CRUNCH_FAULTS

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether the environment asks for this kind of fault, and its number. */
static bool asked(const char *kind, uint64_t *number)
{
    const char *text = getenv("CRUNCH_FAULT");
    size_t len = strlen(kind);
    char *end;

    if (!text || strncmp(text, kind, len) != 0 || text[len] != ':')
        return false;
    *number = strtoull(text + len + 1, &end, 10);
    return end != text + len + 1;
}

ssize_t crunch_fault_read(uint64_t offset, ssize_t got)
{
    uint64_t n;

    if (got > 0 && asked("eio", &n) && offset <= n && n - offset < (uint64_t)got)
        return n == offset ? -EIO : (ssize_t)(n - offset);
    if (got > 0 && asked("short", &n) && n > 0 && (uint64_t)got > n)
        return (ssize_t)n;
    return got;
}

bool crunch_fault_no_ring(void)
{
    uint64_t n;

    return asked("noring", &n);
}

bool crunch_fault_no_direct(void)
{
    uint64_t n;

    return asked("nodirect", &n);
}

uint64_t crunch_fault_memory(uint64_t bytes)
{
    uint64_t n;

    return asked("memory", &n) ? n : bytes;
}

#else

typedef int crunch_no_read_faults; /* ISO C wants a declaration in every file */

#endif
