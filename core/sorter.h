/*
 * Sorting of any number of items within some memory: what is added is sorted piece by piece, the
 * pieces are runs (core/runs.h), and the runs are merged.
 */
#ifndef CRUNCH_CORE_SORTER_H
#define CRUNCH_CORE_SORTER_H

#include "core/runs.h"

struct crunch_sorter;

/* memory: bytes that it may take, about; at least some hundred KiB are taken. tmpdir as for
 * crunch_temp_open. *out is to be freed in any case. CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_sorter_create(size_t memory, const char *tmpdir, struct crunch_sorter **out,
                                      struct crunch_error *error);
void crunch_sorter_free(struct crunch_sorter *sorter); /* NULL is fine */

/* Adds an item, to be ordered by rank and then by key; item->order is not looked at. */
enum crunch_code crunch_sorter_add(struct crunch_sorter *sorter, const struct crunch_run_item *item,
                                   struct crunch_error *error);
/* Hands over all items in order, equal ones in no particular order. Nothing may be added after
 * that; may be called again. An error of take ends it and is returned. */
enum crunch_code crunch_sorter_each(struct crunch_sorter *sorter,
                                    enum crunch_code (*take)(void *context,
                                                             const struct crunch_run_item *item,
                                                             struct crunch_error *error),
                                    void *context, struct crunch_error *error);

#endif
