/*
 * The choice of a way to read. Owns what is known about the page cache, memory and file systems;
 * reads nothing of the input but one block, to see whether O_DIRECT works.
 */
#include "io/reading.h"

#include "io/fault.h"
#include "io/uring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Less than this is not worth a ring: it is here before the ring is. */
#define COLD_BYTES ((uint64_t)4 << 20)
/* Places of the input, or files of it, that are looked at, and pages at each. */
#define SAMPLES 16
#define SAMPLE_PAGES 16

int crunch_reading_reopen(int fd, int flags)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
}

/* ---- the page cache ---- */

/* Adds the pages of fd from offset on to what was seen, and to what was there. */
static void look_at(int fd, uint64_t offset, uint64_t size, unsigned *seen, unsigned *there)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char has[SAMPLE_PAGES];
    uint64_t begin = offset / page * page;
    uint64_t left = size > begin ? (size - begin + page - 1) / page : 0;
    size_t n = left < SAMPLE_PAGES ? (size_t)left : SAMPLE_PAGES;
    void *pages;

    if (n == 0)
        return;
    pages = mmap(NULL, n * page, PROT_READ, MAP_SHARED, fd, (off_t)begin);
    if (pages == MAP_FAILED)
        return;
    for (size_t i = 0; i < n; i++)
        has[i] = 1;
    if (mincore(pages, n * page, has) == 0)
        for (size_t i = 0; i < n; i++) {
            *seen += 1;
            *there += has[i] & 1;
        }
    munmap(pages, n * page);
}

static void look_at_files(const struct crunch_files *files, unsigned *seen, unsigned *there)
{
    for (size_t k = 0; k < SAMPLES && k < files->n; k++) {
        size_t i = files->n <= SAMPLES ? k : k * (files->n / SAMPLES);
        const struct crunch_file *file = &files->file[i];
        int fd = file->fd >= 0 ? file->fd : open(file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0)
            continue;
        look_at(fd, file->size / 2, file->size, seen, there);
        if (fd != file->fd)
            close(fd);
    }
}

bool crunch_reading_is_cold(const struct crunch_readable *input)
{
    unsigned seen = 0, there = 0;

    if (input->files)
        look_at_files(input->files, &seen, &there);
    else
        for (uint64_t i = 0; i < SAMPLES; i++)
            look_at(input->fd, (uint64_t)input->base + input->size / SAMPLES * i,
                    (uint64_t)input->base + input->size, &seen, &there);
    return there < seen / 2;
}

/* ---- memory and file systems ---- */

/* Bytes that the page cache could take without anything being swapped; UINT64_MAX: unknown. */
static uint64_t free_memory(void)
{
    FILE *in = fopen("/proc/meminfo", "re");
    unsigned long long kib = 0;
    bool found = false;
    char *line = NULL;
    size_t room = 0;

    while (in && !found && getline(&line, &room, in) > 0)
        found = sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
    free(line);
    if (in)
        fclose(in);
    return found ? (uint64_t)kib << 10 : UINT64_MAX;
}

/* 0, or the errno for which the file cannot be read past the page cache. */
static int direct_refused(const struct crunch_readable *input)
{
    void *block;
    int fd, why = 0;

    if (input->files || input->base % (off_t)CRUNCH_URING_ALIGN || crunch_fault_no_direct())
        return EINVAL;
    fd = crunch_reading_reopen(input->fd, O_DIRECT);
    block = aligned_alloc(CRUNCH_URING_ALIGN, CRUNCH_URING_ALIGN);
    if (fd < 0 || !block || pread(fd, block, CRUNCH_URING_ALIGN, input->base) < 0)
        why = errno;
    free(block);
    if (fd >= 0)
        close(fd);
    return why;
}

/* ---- the choice ---- */

static enum crunch_reading choose_ring(bool direct, const struct crunch_readable *input, int *why)
{
    *why = crunch_uring_refused();
    if (*why)
        return CRUNCH_READING_PREAD;
    if (!direct)
        return CRUNCH_READING_URING;
    *why = direct_refused(input);
    return *why ? CRUNCH_READING_URING : CRUNCH_READING_DIRECT;
}

static bool fits_in_memory(const struct crunch_readable *input)
{
    return input->files || input->size <= crunch_fault_memory(free_memory());
}

enum crunch_reading crunch_reading_choose(enum crunch_reading asked,
                                          const struct crunch_readable *input, int *why)
{
    bool direct = asked == CRUNCH_READING_DIRECT;
    enum crunch_reading chosen;

    *why = 0;
    if (asked == CRUNCH_READING_PREAD || asked == CRUNCH_READING_MMAP)
        return asked;
    if (asked == CRUNCH_READING_AUTO &&
        (input->size < COLD_BYTES || !crunch_reading_is_cold(input)))
        return CRUNCH_READING_AUTO;
    chosen = choose_ring(direct || !fits_in_memory(input), input, why);
    if (*why == ENOPKG && asked == CRUNCH_READING_AUTO)
        *why = 0;
    if (chosen == CRUNCH_READING_URING && !direct && *why == EINVAL)
        *why = 0; /* several files: nothing else was promised */
    return chosen;
}
