/*
 * Integers in order: the k-th smallest without sorting all of them, and all of them sorted.
 */
#ifndef CRUNCH_CORE_SELECTION_H
#define CRUNCH_CORE_SELECTION_H

#include "io/error.h"

#include <stddef.h>
#include <stdint.h>

/* Rearranges v so that v[k[i]] is what it would be if v were sorted, for every i. k: n_k ascending
 * positions below n. Expected time is n log n_k, whatever the order and however many are equal
 * (Hoare's Find, 1961, with pivots drawn at random from a fixed seed). Thread-safe. */
void crunch_select_int64(int64_t *v, size_t n, const size_t *k, size_t n_k);

/* Sorts v, ascending, in time linear in n (least significant digit first; digits in which all
 * values agree are passed over). CRUNCH_NO_MEMORY or CRUNCH_OK. Thread-safe. */
enum crunch_code crunch_sort_int64(int64_t *v, size_t n);

#endif
