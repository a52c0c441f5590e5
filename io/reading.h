/*
 * How the bytes of regular files that are not packed are read, --io: what was asked for, what can
 * be had here, and what --io=auto takes.
 *
 * Every way gives the same bytes and the same errors; only the time differs. Measured: crunch sum
 * of one of seven columns, 682 MB, in one file and in 10,000; 2 workers on 2 CPUs, Linux 6.18, ext4
 * on a virtual disk of 3 GB/s that reads 8 MiB ahead, `cold`: dropped from the page cache before.
 * Seconds, medians of 7 or 9; the last two columns on a file system whose device reads 128 KiB
 * ahead, as most do (there while others used the CPUs):
 *
 *             one file       10,000 files     one file, cold, 128 KiB
 *            warm   cold     warm    cold     2 workers   1 worker
 *   pread    0.08   0.39     0.15    1.25        1.5         3.5
 *   mmap     0.08   0.35     0.40      -         3.4         7.3
 *   uring    0.10   0.37     0.15    0.61        1.6         1.8
 *   direct     -    0.25       -       -         0.9         1.3
 *   cat        -      -      0.67    1.95
 *
 * Where other programs use both CPUs too, the second copy that a ring makes shows: one cold file
 * 0.9 by pread, 1.1 by uring, 0.6 direct; 10,000 cold files still 2.1 by uring, and by pread 4.3.
 *
 * So `auto` looks whether the page cache has the input (crunch_reading_is_cold samples it): what it
 * has is mapped or, if small, copied. What it has not is read ahead by io_uring: seldom far from
 * the best, where the others depend on what the device does by itself. O_DIRECT is quicker still,
 * and takes half of the CPU time (0.14 s against 0.28), but leaves nothing in the cache for the
 * next run, which takes a fourth of the time if it finds it there; so only a file that is larger
 * than the memory that is free for it is read so, or one for which the user asks.
 */
#ifndef CRUNCH_IO_READING_H
#define CRUNCH_IO_READING_H

#include "io/files.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* PREAD: copied by pread. MMAP: looked at where the page cache has them (io/mapping.h). URING: read
 * ahead (io/uring.h), and DIRECT: past the page cache. In this order in --io. */
enum crunch_reading {
    CRUNCH_READING_AUTO,
    CRUNCH_READING_PREAD,
    CRUNCH_READING_MMAP,
    CRUNCH_READING_URING,
    CRUNCH_READING_DIRECT
};

struct crunch_readable {
    int fd; /* of one file; -1 with files */
    off_t base;
    uint64_t size;
    const struct crunch_files *files; /* NULL: one file */
};

/* What is to be done where `asked` was asked for. AUTO comes back as AUTO (map what is large, copy
 * what is small), or as URING or DIRECT for what is not in the page cache. Where io_uring cannot be
 * used PREAD comes back, and where the file system refuses O_DIRECT, or there are several files,
 * URING. *why: 0, or the errno for which not the best was chosen (ENOPKG: crunch was built without
 * liburing). */
enum crunch_reading crunch_reading_choose(enum crunch_reading asked,
                                          const struct crunch_readable *input, int *why);

/* True if most of the input is not in the page cache, as far as samples and the kernel tell. */
bool crunch_reading_is_cold(const struct crunch_readable *input);

/* Another descriptor of the file that fd has open, whatever became of its name, with a position and
 * a read-ahead of its own: where forked workers share one, the kernel takes the reads of all of
 * them for one that jumps about, and reads ahead in vain (682 MB cold on two workers: 0.7 s, with
 * descriptors of their own 0.25). flags: O_DIRECT or 0. -1 with errno. */
int crunch_reading_reopen(int fd, int flags);

#endif
