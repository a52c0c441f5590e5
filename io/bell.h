/*
 * A bell: something has changed, look again. It lies in memory shared by threads or processes;
 * those who wait for a condition take its count, test the condition, and sleep until the count
 * differs. A killed listener leaves only a needless wake-up call behind.
 */
#ifndef CRUNCH_IO_BELL_H
#define CRUNCH_IO_BELL_H

#include <stdatomic.h>
#include <stdint.h>

/* All zero is a bell that has never been rung. */
struct crunch_bell {
    _Atomic uint32_t rings;
    _Atomic uint32_t listeners;
};

/* To be taken before the condition is tested. */
uint32_t crunch_bell_count(struct crunch_bell *bell);

/* Call after the change has been stored. A system call only when somebody listens. */
void crunch_bell_ring(struct crunch_bell *bell);

/* Returns when the bell's count is no longer seen, after timeout_ms, on a signal, or for no reason.
 */
void crunch_bell_wait(struct crunch_bell *bell, uint32_t seen, unsigned timeout_ms);

#endif
