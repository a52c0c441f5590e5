/*
 * Order statistics of groups: a collector that keeps every row's key and values in the log, and
 * after the run puts the values of each group in order. Part of the keys after part, so that memory
 * holds only the values of one part; what stays is the few values that each group's results need.
 */
#ifndef CRUNCH_CORE_GROUP_ORDER_H
#define CRUNCH_CORE_GROUP_ORDER_H

#include "core/job.h"
#include "core/order.h"

/* Adds the collector to a plan with keys if one of its ops needs values in order. */
enum crunch_code crunch_group_order_plan(struct crunch_plan *plan, struct crunch_error *error);

struct crunch_group_orders;

/* Works out all groups from what the collector left in the logs. *out is NULL if the plan has none;
 * else the caller's (crunch_group_orders_free). CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_group_orders_make(const struct crunch_plan *plan,
                                          const struct crunch_logs *logs,
                                          struct crunch_group_orders **out,
                                          struct crunch_error *error);
void crunch_group_orders_free(struct crunch_group_orders *orders); /* NULL is fine */

/* The values found for the plan's column in the group with that key; NULL where orders is, or the
 * key is not there. Thread-safe. */
const struct crunch_ordered *crunch_group_orders_find(const struct crunch_group_orders *orders,
                                                      const char *key, size_t key_len,
                                                      size_t column);

#endif
