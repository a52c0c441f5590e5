/* Test support: bytes in memory as a source, through a file without a name. */
#ifndef CRUNCH_TESTS_SUPPORT_BYTES_H
#define CRUNCH_TESTS_SUPPORT_BYTES_H

#include "io/source.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Opens text[0..len); the same file is used again by the next call. */
static inline struct crunch_source *source_of(const char *text, size_t len)
{
    static int fd = -1;
    static char path[40];
    struct crunch_source *source;
    struct crunch_error error;

    if (fd < 0) {
        fd = memfd_create("bytes", 0);
        cr_assert_geq(fd, 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    cr_assert_eq(ftruncate(fd, 0), 0);
    cr_assert_eq(pwrite(fd, text, len, 0), (ssize_t)len);
    cr_assert_eq(crunch_source_open(path, &source, &error), CRUNCH_OK, "%s", error.message);
    return source;
}

#endif
