/*
 * The guess: is a position in the middle of the input inside quotes or not?
 */
#ifndef CRUNCH_IO_BOUNDARY_H
#define CRUNCH_IO_BOUNDARY_H

#include "io/automaton.h"

/* Bytes that are looked at, at most. */
#define CRUNCH_BOUNDARY_BYTES ((size_t)64 << 10)

/* The likely state of the automaton at text[1], where text[0] is the byte before. len, at least 1,
 * counts both and what follows. Where it says CRUNCH_START_LINE, text[0] is a CR or LF. Any answer
 * is allowed, a likely one is wanted. Pure; thread-safe. */
enum crunch_start crunch_boundary_guess(const struct crunch_dialect *dialect, const char *text,
                                        size_t len);

#endif
