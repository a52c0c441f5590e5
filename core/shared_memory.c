/*
 * An anonymous shared mapping. Not reserved in advance: the sizes asked for are upper bounds, and
 * the states in it are made so that the rarely used parts stay untouched.
 */
#include "core/shared_memory.h"

#include <sys/mman.h>

#define PAGE ((size_t)4096)

void *crunch_shared_create(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void crunch_shared_free(void *memory, size_t bytes)
{
    if (memory)
        munmap(memory, bytes);
}

size_t crunch_shared_pages(size_t bytes)
{
    return (bytes + PAGE - 1) / PAGE * PAGE;
}
