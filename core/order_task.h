/*
 * The search for the order statistics of one column, pass by pass: it says which intervals the next
 * pass is to ask about, and takes from what was found the values that are settled by it. Each pass
 * narrows down where a wanted value lies, so whatever the samples say, the end is exact.
 */
#ifndef CRUNCH_CORE_ORDER_TASK_H
#define CRUNCH_CORE_ORDER_TASK_H

#include "core/order.h"
#include "core/order_sample.h"

struct crunch_order_task;

struct crunch_order_setting {
    const struct crunch_job *job; /* its ops and their options */
    enum crunch_arith arith;
    uint64_t budget; /* bytes that values in memory may take; more is narrowed down first */
};

/* NULL when out of memory. *setting is copied. */
struct crunch_order_task *crunch_order_task_create(const struct crunch_order_setting *setting);
void crunch_order_task_free(struct crunch_order_task *task); /* NULL is fine */

/* Before the first pass: brackets from a sample of the column, which the task then owns. Without
 * this, or if the sample is empty, the first pass keeps every value. */
enum crunch_code crunch_order_task_begin(struct crunch_order_task *task,
                                         struct crunch_order_sample *sample,
                                         struct crunch_error *error);

/* Once the first pass is over: how many values there are. Only then comes the first _take. */
enum crunch_code crunch_order_task_count(struct crunch_order_task *task,
                                         const struct crunch_exact *counts,
                                         struct crunch_error *error);

/* Sets the intervals that the task asks about now (column->slot and arith are the caller's). */
enum crunch_code crunch_order_task_ask(const struct crunch_order_task *task,
                                       struct crunch_pass_column *column,
                                       struct crunch_error *error);

/* Takes what a pass over all values found about them. *more: another pass is needed. */
enum crunch_code crunch_order_task_take(struct crunch_order_task *task,
                                        const struct crunch_found_column *found,
                                        const struct crunch_logs *logs, bool *more,
                                        struct crunch_error *error);

/* Hands the results over; the task has none left. */
void crunch_order_task_result(struct crunch_order_task *task, struct crunch_ordered *out);

#endif
