/* The choice of a way to read, and what is known of the page cache. */
#include "io/reading.h"
#include "io/uring.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define BYTES ((size_t)6 << 20)

static int make_file(void)
{
    char path[] = "/var/tmp/crunch-reading-XXXXXX";
    char *bytes = malloc(BYTES);
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    unlink(path);
    memset(bytes, '7', BYTES);
    cr_assert_eq(write(fd, bytes, BYTES), (ssize_t)BYTES);
    free(bytes);
    return fd;
}

Test(reading, what_was_asked_for_and_always_works)
{
    int fd = make_file(), why = 1;
    const struct crunch_readable input = {.fd = fd, .size = BYTES};

    cr_assert_eq(crunch_reading_choose(CRUNCH_READING_PREAD, &input, &why), CRUNCH_READING_PREAD);
    cr_assert_eq(why, 0);
    cr_assert_eq(crunch_reading_choose(CRUNCH_READING_MMAP, &input, &why), CRUNCH_READING_MMAP);
    cr_assert_eq(why, 0);
    close(fd);
}

Test(reading, ring_or_the_reason_for_none)
{
    int fd = make_file(), why = 1, refused = crunch_uring_refused();
    const struct crunch_readable input = {.fd = fd, .size = BYTES};
    const struct crunch_readable odd = {.fd = fd, .base = 3, .size = BYTES - 3};
    enum crunch_reading got = crunch_reading_choose(CRUNCH_READING_URING, &input, &why);

    cr_assert_eq(why, refused);
    cr_assert_eq(got, refused ? CRUNCH_READING_PREAD : CRUNCH_READING_URING);
    got = crunch_reading_choose(CRUNCH_READING_DIRECT, &odd, &why); /* cannot be aligned */
    cr_assert_neq(why, 0);
    cr_assert_eq(got, refused ? CRUNCH_READING_PREAD : CRUNCH_READING_URING);
    close(fd);
}

/* What the kernel says of the middle of the file, another way; it may fetch it. */
static bool would_wait(int fd)
{
    char byte;
    struct iovec to = {&byte, 1};

    return preadv2(fd, &to, 1, (off_t)(BYTES / 2), RWF_NOWAIT) < 0 && errno == EAGAIN;
}

Test(reading, auto_looks_at_the_page_cache)
{
    int fd = make_file(), why;
    const struct crunch_readable input = {.fd = fd, .size = BYTES};
    enum crunch_reading ahead =
        crunch_uring_refused() ? CRUNCH_READING_PREAD : CRUNCH_READING_URING;
    enum crunch_reading got;
    bool cold;

    cr_assert(!crunch_reading_is_cold(&input));
    cr_assert_eq(crunch_reading_choose(CRUNCH_READING_AUTO, &input, &why), CRUNCH_READING_AUTO);
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* does nothing in a file system of memory */
    cold = crunch_reading_is_cold(&input);
    got = crunch_reading_choose(CRUNCH_READING_AUTO, &input, &why);
    if (would_wait(fd)) {
        cr_assert(cold);
        cr_assert_eq(got, ahead);
    }
    close(fd);
}

Test(reading, reopened_stands_where_it_stands)
{
    int fd = make_file(), other = crunch_reading_reopen(fd, 0);
    char byte;

    if (other < 0) /* no /proc here */
        return;
    cr_assert_eq(lseek(fd, 5, SEEK_SET), 5);
    cr_assert_eq(lseek(other, 0, SEEK_CUR), 0);
    cr_assert_eq(read(other, &byte, 1), 1);
    cr_assert_eq(byte, '7');
    close(other);
    close(fd);
}
