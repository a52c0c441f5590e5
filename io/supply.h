/*
 * A supply: the raw bytes of an input, in order, from a descriptor or a URL. A pipe is read as it
 * comes, in short waits, and so is a remote object; a regular file with pread from a place of its
 * own, so that several supplies may read one descriptor, also from forked processes.
 */
#ifndef CRUNCH_IO_SUPPLY_H
#define CRUNCH_IO_SUPPLY_H

#include "io/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct crunch_recoding;
struct crunch_remote;

/* Plain data: copied freely, each copy with its own place. */
struct crunch_supply {
    int fd;                    /* not owned */
    bool is_file;              /* read with pread */
    off_t base;                /* file: of byte 0 */
    uint64_t size;             /* file: bytes that there are to be */
    uint64_t at;               /* file, remote: where the next read begins */
    const _Atomic int *stop;   /* or NULL: non-zero ends reading with CRUNCH_INTERRUPTED, ... */
    _Atomic uint32_t *closing; /* ... and so does this */
    const struct crunch_recoding *recoding; /* of the text in it, for its decoder; NULL: none */
    struct crunch_remote *remote;           /* what is read instead of fd, or NULL; not owned */
    uint64_t window_most; /* bytes that its decoder may keep; 0: CRUNCH_WINDOW_BYTES */
};

/* Up to len bytes (len > 0), those that are there, waiting for the first. 0 at the end; -1 with
 * *error filled (CRUNCH_INTERRUPTED, or CRUNCH_IO: a read error, or a file that has become
 * shorter). One caller at a time per supply. */
ssize_t crunch_supply_read(struct crunch_supply *supply, void *buffer, size_t len,
                           struct crunch_error *error);

/* File only: exactly len bytes at offset, without moving the place. Returns as above; less than len
 * at the end. */
ssize_t crunch_supply_peek(const struct crunch_supply *supply, void *buffer, size_t len,
                           uint64_t offset, struct crunch_error *error);

#endif
