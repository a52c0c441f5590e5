/*
 * The bell is a futex word with a count of listeners. No ring is lost: the listener adds itself and
 * then lets the kernel compare the count with the one it saw; the ringer changes the count and then
 * looks for listeners. Both orders are sequentially consistent, so either the ringer sees the
 * listener, or the listener's comparison sees the new count.
 */
#include "io/bell.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint32_t crunch_bell_count(struct crunch_bell *bell)
{
    return atomic_load(&bell->rings);
}

void crunch_bell_ring(struct crunch_bell *bell)
{
    atomic_fetch_add(&bell->rings, 1);
    if (atomic_load(&bell->listeners))
        syscall(SYS_futex, &bell->rings, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void crunch_bell_wait(struct crunch_bell *bell, uint32_t seen, unsigned timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000};

    atomic_fetch_add(&bell->listeners, 1);
    syscall(SYS_futex, &bell->rings, FUTEX_WAIT, seen, &timeout, NULL, 0);
    atomic_fetch_sub(&bell->listeners, 1);
}
