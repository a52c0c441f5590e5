/*
 * The values that options take, as text: sizes, counts, seconds, single bytes. Pure; each returns
 * false, and leaves *out alone, when the text is not exactly one value in range.
 */
#ifndef CRUNCH_CMD_OPTION_VALUES_H
#define CRUNCH_CMD_OPTION_VALUES_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only: 0 to max. */
bool crunch_parse_count(const char *text, uint64_t max, uint64_t *out);
/* Bytes: digits, optionally followed by K, M, G, T or KiB, MiB, GiB, TiB (powers of 1,024) or kB,
 * KB, MB, GB, TB (powers of 1,000), or B. */
bool crunch_parse_size(const char *text, uint64_t *out);
/* Seconds: digits with at most one point, at most 10^9; an `s` may follow. */
bool crunch_parse_seconds(const char *text, double *out);
/* One byte, or a name: tab or \t, comma, semicolon, pipe, space, colon. */
bool crunch_parse_byte(const char *text, unsigned char *out);

#endif
