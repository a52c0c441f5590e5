/*
 * The texts of results that fit into machine words: the same digits as crunch_value_text's, without
 * arbitrary precision, for tables of millions of rows. Each says false, and writes nothing, when
 * the value is not one it can do; the caller then takes the long way.
 */
#ifndef CRUNCH_CORE_QUICK_TEXT_H
#define CRUNCH_CORE_QUICK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRUNCH_QUICK_TEXT_MAX 48

/* x * 10^-scale with all its digits. */
bool crunch_quick_decimal(__int128 x, unsigned scale, char out[CRUNCH_QUICK_TEXT_MAX], size_t *len);

/* sum * 10^-scale / n, rounded once to the nearest double: the shortest decimal that reads back,
 * the closest one of its length. n > 0. */
bool crunch_quick_mean(__int128 sum, unsigned scale, uint64_t n, char out[CRUNCH_QUICK_TEXT_MAX],
                       size_t *len);

#endif
