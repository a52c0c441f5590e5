/*
 * Mappings. Owns the list of live mappings and the handler of SIGBUS.
 *
 * Around the file's pages lies a page of nothing on either side, of the same reservation, so that
 * vector code may load across the ends.
 *
 * The list is only ever added to: a node whose mapping has been freed is used again for another,
 * so the handler may walk the list at any instant, in any thread. A node is taken and left by
 * `taken`; `begin` is written last when it is filled and first when it is emptied, so a node with a
 * begin has its own end. The handler calls nothing but raise() and mmap(), which in Linux is a bare
 * system call, and atomics. `lost` is lowered before the page of zeros appears, so who has read a
 * zero that is not the file's finds it lowered.
 */
#include "io/mapping.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOST_NOTHING UINTPTR_MAX

/* Addresses are the same as offsets in the file modulo this, so that what the page cache holds in
 * huge pages can be mapped by one entry, at one fault. */
#define HUGE_BYTES ((uintptr_t)2 << 20)

struct crunch_mapping {
    struct crunch_mapping *next;
    atomic_bool taken;
    _Atomic uintptr_t begin; /* of the file's pages; 0: none */
    _Atomic uintptr_t end;
    _Atomic uintptr_t lost; /* the lowest page that was not there */
    char *reserved;         /* the pages, and at least one on either side */
    size_t reserved_bytes;
    char *pages;       /* those of the file */
    const char *first; /* byte 0 */
    int fd;
    off_t base;
    uint64_t size;
};

static struct crunch_mapping *_Atomic mappings;
static uintptr_t page_bytes;

/* ---- pages that are gone ---- */

static void note_lost(struct crunch_mapping *m, uintptr_t page)
{
    uintptr_t lost = atomic_load(&m->lost);

    while (page < lost && !atomic_compare_exchange_weak(&m->lost, &lost, page))
        continue;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    uintptr_t address = (uintptr_t)info->si_addr, page = address & ~(page_bytes - 1);
    int saved = errno;

    (void)context;
    for (struct crunch_mapping *m = atomic_load(&mappings); m; m = m->next) {
        uintptr_t begin = atomic_load(&m->begin);

        if (!begin || address < begin || address >= atomic_load(&m->end))
            continue;
        note_lost(m, page);
        if (mmap((void *)page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                 0) == MAP_FAILED)
            break;
        errno = saved;
        return;
    }
    signal(number, SIG_DFL);
    raise(number); /* ends the process when this handler returns */
    errno = saved;
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};

    page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

/* ---- the list ---- */

static struct crunch_mapping *take_node(void)
{
    struct crunch_mapping *m;

    for (m = atomic_load(&mappings); m; m = m->next) {
        bool taken = false;

        if (atomic_compare_exchange_strong(&m->taken, &taken, true))
            return m;
    }
    m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    atomic_store(&m->taken, true);
    m->next = atomic_load(&mappings);
    while (!atomic_compare_exchange_weak(&mappings, &m->next, m))
        continue;
    return m;
}

/* ---- mappings ---- */

/* Reserves, and puts the file's pages in. False: errno says why. */
static bool map_pages(struct crunch_mapping *m, size_t before, size_t bytes)
{
    uintptr_t offset = (uintptr_t)m->base - before, at;
    char *pages;

    m->reserved_bytes = bytes + 2 * page_bytes + HUGE_BYTES;
    m->reserved = mmap(NULL, m->reserved_bytes, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m->reserved == MAP_FAILED)
        return false;
    at = (uintptr_t)m->reserved + page_bytes;
    at += (offset - at) & (HUGE_BYTES - 1);
    pages =
        mmap((void *)at, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, m->fd, m->base - (off_t)before);
    if (pages == MAP_FAILED) {
        int why = errno;

        munmap(m->reserved, m->reserved_bytes);
        errno = why;
        return false;
    }
    m->pages = pages;
    m->first = pages + before;
    return true;
}

struct crunch_mapping *crunch_mapping_create(int fd, off_t base, uint64_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct crunch_mapping *m;
    size_t before, bytes;

    pthread_once(&once, install);
    before = (size_t)base & (page_bytes - 1);
    if (size > SIZE_MAX / 4) {
        errno = EOVERFLOW;
        return NULL;
    }
    bytes = (size_t)((before + size + page_bytes - 1) & ~(page_bytes - 1));
    m = take_node();
    if (!m)
        return NULL;
    m->fd = fd;
    m->base = base;
    m->size = size;
    atomic_store(&m->lost, LOST_NOTHING);
    if (!map_pages(m, before, bytes)) {
        atomic_store(&m->taken, false);
        return NULL;
    }
    atomic_store(&m->end, (uintptr_t)m->pages + bytes);
    atomic_store(&m->begin, (uintptr_t)m->pages);
    return m;
}

void crunch_mapping_free(struct crunch_mapping *m)
{
    if (!m)
        return;
    atomic_store(&m->begin, 0);
    munmap(m->reserved, m->reserved_bytes);
    atomic_store(&m->taken, false);
}

const char *crunch_mapping_at(const struct crunch_mapping *m, uint64_t offset)
{
    return m->first + offset;
}

enum crunch_code crunch_mapping_check(const struct crunch_mapping *m, uint64_t end,
                                      struct crunch_error *error)
{
    uintptr_t lost = atomic_load(&m->lost), first = (uintptr_t)m->first;
    uint64_t left;
    struct stat status;

    if (end > m->size)
        end = m->size;
    if (fstat(m->fd, &status))
        return crunch_fail_errno(error, CRUNCH_IO, errno, "cannot look at it");
    left = status.st_size > m->base ? (uint64_t)(status.st_size - m->base) : 0;
    if (left < end)
        return crunch_fail(error, CRUNCH_IO,
                           "the file has become shorter while it was read: it ends at byte %llu",
                           (unsigned long long)left);
    if (lost == LOST_NOTHING || (lost > first && lost - first >= end))
        return CRUNCH_OK;
    return crunch_fail(error, CRUNCH_IO,
                       "byte %llu could not be read: the disk failed, or the file was cut short",
                       (unsigned long long)(lost > first ? lost - first : 0));
}

void crunch_mapping_drop(const struct crunch_mapping *m, uint64_t begin, uint64_t end)
{
    uintptr_t from, to;

    if (end > m->size)
        end = m->size;
    if (begin >= end)
        return;
    from = (uintptr_t)(m->first + begin) & ~(page_bytes - 1);
    to = ((uintptr_t)(m->first + end) + page_bytes - 1) & ~(page_bytes - 1);
    madvise((void *)from, to - from, MADV_DONTNEED);
}
