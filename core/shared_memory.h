/*
 * One block of memory, carved up before workers exist and shared by all of them, threads and forked
 * processes alike. Pages that nobody touches cost nothing.
 */
#ifndef CRUNCH_CORE_SHARED_MEMORY_H
#define CRUNCH_CORE_SHARED_MEMORY_H

#include <stddef.h>

/* bytes of zeroed memory, aligned to pages; NULL (errno) when there is none. */
void *crunch_shared_create(size_t bytes);
void crunch_shared_free(void *memory, size_t bytes);

/* Rounds up to whole pages of 4,096 bytes. */
size_t crunch_shared_pages(size_t bytes);

#endif
