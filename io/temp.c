/*
 * Unnamed temporary files. O_TMPFILE never gives the file a name; where a file system lacks it, the
 * name lives only between mkostemp and unlink.
 */
#include "io/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int open_named(const char *dir)
{
    char *path;
    int fd, saved;

    if (asprintf(&path, "%s/crunch.XXXXXX", dir) < 0)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    saved = errno;
    if (fd >= 0)
        unlink(path);
    free(path);
    errno = saved;
    return fd;
}

enum crunch_code crunch_temp_open(const char *dir, int *fd, struct crunch_error *error)
{
    if (!dir)
        dir = getenv("TMPDIR");
    if (!dir || !*dir)
        dir = "/tmp";
    *fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (*fd < 0)
        *fd = open_named(dir);
    if (*fd < 0)
        return crunch_fail_errno(error, CRUNCH_IO, errno, "cannot make a temporary file in %s",
                                 dir);
    return CRUNCH_OK;
}

int crunch_write_all(int fd, const void *data, size_t len, off_t offset)
{
    const char *p = data;

    while (len) {
        ssize_t n = pwrite(fd, p, len, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        p += n;
        len -= (size_t)n;
        offset += n;
    }
    return 0;
}

int crunch_read_all(int fd, void *data, size_t len, off_t offset)
{
    char *p = data;

    while (len) {
        ssize_t n = pread(fd, p, len, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        p += n;
        len -= (size_t)n;
        offset += n;
    }
    return 0;
}
