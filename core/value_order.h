/*
 * What groups are ordered by under --order=value: a rank of 64 bits for nearly all of it, and bytes
 * that tell values of one rank apart.
 *
 * Numbers stand in their order, exact values before they are rounded; means and products that are
 * known as an interval count as the number that is printed, so that those printed alike tie. Texts
 * stand in the order of their bytes. Behind them, whichever way the order goes: infinities (in
 * their place), nan, no value. Pure.
 */
#ifndef CRUNCH_CORE_VALUE_ORDER_H
#define CRUNCH_CORE_VALUE_ORDER_H

#include "core/bytes.h"
#include "core/value.h"

#include <stdbool.h>
#include <stdint.h>

/* The rank, ascending also where the order is descending. What tells values of one rank apart is
 * appended to *order (which is empty; it may stay so), whose `failed` says out of memory. */
uint64_t crunch_value_rank(const struct crunch_value *value, bool descending,
                           struct crunch_bytes *order);

/* Negative, zero or positive: the order, ascending, of two values of one rank, by what
 * crunch_value_rank has appended. */
int crunch_value_order_compare(const unsigned char *a, size_t a_len, const unsigned char *b,
                               size_t b_len);

#endif
