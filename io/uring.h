/*
 * uring: reads in flight ahead of the one who uses them, by Linux's io_uring.
 *
 * Every worker has a ring of its own: a submission and a completion queue that it shares with the
 * kernel, and a few MiB of memory that the kernel reads into while the worker parses what came
 * before. It is told which bytes will be wanted next (crunch_uring_expect), keeps as many reads of
 * them in flight as its memory holds, and hands them out in order (crunch_uring_take).
 *
 * It is only ever a faster way to what pread would give: whatever it has not got - a read that
 * failed, came short or was never announced - it says it has not, and the caller reads with pread,
 * which also finds the right words for what is wrong. So what is expected is a hint, which no
 * result and no proof depends on.
 *
 * Small files of an input of many are opened and read by one chain of requests each, dozens of them
 * at a time, without a system call of their own; they need no descriptor of the process. Kernels
 * that cannot (before 5.19) open them one by one.
 *
 * With `direct` a file is read past the page cache (O_DIRECT), for files that memory does not hold:
 * beginnings, lengths and memory are aligned to CRUNCH_URING_ALIGN, and the last bytes of a file,
 * less than that, are left to pread. Where the file system refuses, the ring reads through the
 * cache.
 *
 * Not here, by measurement: registered buffers (direct reads into huge pages take 0.01 s of system
 * time for 682 MB; there is nothing to be won) and O_DIRECT into ordinary pages (every read falls
 * apart into one request per 4 KiB page: 1.1 GB/s where huge pages give 3.0).
 */
#ifndef CRUNCH_IO_URING_H
#define CRUNCH_IO_URING_H

#include "io/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CRUNCH_URING_ALIGN ((size_t)4096)
/* Bytes of memory that one ring reads into, and the largest read. */
#define CRUNCH_URING_MEMORY ((size_t)4 << 20)
#define CRUNCH_URING_PIECE ((size_t)512 << 10)

struct crunch_uring;

/* What is read: a regular file, or the members of files. */
struct crunch_uring_input {
    int fd;     /* not owned, open as long as the ring is; -1 with files */
    off_t base; /* where byte 0 of the input is in the file */
    uint64_t size;
    const struct crunch_files *files; /* NULL: one file */
    bool direct;                      /* one file: by O_DIRECT if the file system lets */
};

/* "liburing", or "none". Pure. */
const char *crunch_uring_library(void);
bool crunch_uring_is_built(void);

/* 0 if rings can be made here; ENOPKG: crunch was built without liburing; else why the kernel
 * refuses (ENOSYS, EPERM, ENOMEM, ...). Makes one and takes it down. */
int crunch_uring_refused(void);

/* A ring for one thread, made by the process that uses it (a ring is not inherited). NULL with
 * errno as above. *input is copied. */
struct crunch_uring *crunch_uring_create(const struct crunch_uring_input *input);
/* Waits for the reads in flight. NULL is fine. */
void crunch_uring_free(struct crunch_uring *ring);

/* Bytes [begin, end) of the input will be wanted, after all that was announced before. Begins to
 * read them when there is room, also later, while others are taken. Of several files each that
 * begins in there is read to its end. Announcements beyond CRUNCH_URING_AHEAD are forgotten. */
#define CRUNCH_URING_AHEAD 8
void crunch_uring_expect(struct crunch_uring *ring, uint64_t begin, uint64_t end);

/* Copies up to len bytes from offset, as far as they have been read ahead, waiting for reads that
 * are in flight; returns how many, 0 for none. What lies before offset is given up. */
size_t crunch_uring_take(struct crunch_uring *ring, void *buffer, size_t len, uint64_t offset);

/* Member i of files, if it is here from its first byte to its last, and was as large as it should
 * be; else NULL. Waits for it. It stays, with CRUNCH_URING_ALIGN readable bytes on either side,
 * until something behind it is taken or lent. */
const char *crunch_uring_lend(struct crunch_uring *ring, size_t i);

/* True if the reads are direct ones (asked for, and not refused so far). */
bool crunch_uring_is_direct(const struct crunch_uring *ring);

/* Bytes handed out so far. */
uint64_t crunch_uring_taken(const struct crunch_uring *ring);

#endif
