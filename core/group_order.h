/*
 * Order statistics of groups: a collector that keeps every row's key and values in the log, and
 * after the run puts the values of each group in order, part by part and by several threads. What
 * stays is the few values that each group's results need, put aside for where the groups are
 * rendered.
 */
#ifndef CRUNCH_CORE_GROUP_ORDER_H
#define CRUNCH_CORE_GROUP_ORDER_H

#include "core/job.h"
#include "core/order.h"

/* Adds the collector to a plan with keys if one of its ops needs values in order. */
enum crunch_code crunch_group_order_plan(struct crunch_plan *plan, struct crunch_error *error);

struct crunch_answers;

extern const struct crunch_collector crunch_group_order_collector;

struct crunch_group_orders;

/* Bytes of rows that a worker gathers before it writes them. Pure. */
size_t crunch_group_order_bytes(const struct crunch_plan *plan);

/* Works out all groups from what the collector left in the logs. *out is NULL if the plan has none;
 * else the caller's (crunch_group_orders_free). CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_group_orders_make(const struct crunch_plan *plan,
                                          const struct crunch_logs *logs,
                                          struct crunch_group_orders **out,
                                          struct crunch_error *error);
void crunch_group_orders_free(struct crunch_group_orders *orders); /* NULL is fine */

/* What a walk of the groups is to have among its answers; NULL where orders is. */
const struct crunch_answers *crunch_group_orders_answers(const struct crunch_group_orders *orders);
/* The values found for the plan's column in a group of such a walk, valid until the next group is
 * looked at; NULL where orders is, or nothing was found. Thread-safe. */
struct crunch_group;
const struct crunch_ordered *crunch_group_orders_find(const struct crunch_group_orders *orders,
                                                      const struct crunch_group *group,
                                                      size_t column);

#endif
