/*
 * Supplies. Owns the waiting for a pipe: in turns of WAIT_MS, so that a stop signal is seen. A file
 * that ends before its size has become shorter, which is an error and never an end.
 */
#include "io/supply.h"

#include "io/fault.h"
#include "io/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 50

static bool must_stop(const struct crunch_supply *supply)
{
    return (supply->stop && *supply->stop) || (supply->closing && atomic_load(supply->closing));
}

static ssize_t interrupted(struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_INTERRUPTED, "interrupted");
    return -1;
}

static uint64_t file_end(const struct crunch_supply *supply)
{
    struct stat status;

    return fstat(supply->fd, &status) || status.st_size < supply->base
               ? 0
               : (uint64_t)(status.st_size - supply->base);
}

ssize_t crunch_supply_peek(const struct crunch_supply *supply, void *buffer, size_t len,
                           uint64_t offset, struct crunch_error *error)
{
    size_t done = 0;

    if (offset >= supply->size)
        return 0;
    if (len > supply->size - offset)
        len = (size_t)(supply->size - offset);
    while (done < len) {
        ssize_t n;

        if (must_stop(supply))
            return interrupted(error);
        n = pread(supply->fd, (char *)buffer + done, len - done,
                  supply->base + (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        n = n < 0 ? -errno : crunch_fault_read((uint64_t)supply->base + offset + done, n);
        if (n < 0)
            crunch_fail_errno(error, CRUNCH_IO, (int)-n, "read error at byte %llu",
                              (unsigned long long)(offset + done));
        else if (n == 0)
            crunch_fail(error, CRUNCH_IO,
                        "the file has become shorter while it was read: it ends at byte %llu",
                        (unsigned long long)file_end(supply));
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    return (ssize_t)len;
}

static ssize_t read_pipe(const struct crunch_supply *supply, void *buffer, size_t len,
                         struct crunch_error *error)
{
    for (;;) {
        struct pollfd ready = {.fd = supply->fd, .events = POLLIN};
        ssize_t got;
        int n;

        if (must_stop(supply))
            return interrupted(error);
        n = poll(&ready, 1, WAIT_MS);
        if (n == 0 || (n < 0 && errno == EINTR))
            continue;
        got = read(supply->fd, buffer, len);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            crunch_fail_errno(error, CRUNCH_IO, errno, "read error");
        return got;
    }
}

static ssize_t read_remote(struct crunch_supply *supply, void *buffer, size_t len,
                           struct crunch_error *error)
{
    ssize_t got;

    if (supply->at == 0 && crunch_remote_place(supply->remote) > 0)
        crunch_remote_restart(supply->remote);
    for (;;) {
        if (must_stop(supply))
            return interrupted(error);
        got = crunch_remote_take(supply->remote, buffer, len, error);
        if (got != CRUNCH_REMOTE_WAIT)
            break;
        crunch_remote_wait(supply->remote, WAIT_MS);
    }
    if (got > 0)
        supply->at += (uint64_t)got;
    return got;
}

ssize_t crunch_supply_read(struct crunch_supply *supply, void *buffer, size_t len,
                           struct crunch_error *error)
{
    ssize_t got;

    if (supply->remote)
        return read_remote(supply, buffer, len, error);

    if (!supply->is_file)
        return read_pipe(supply, buffer, len, error);
    got = crunch_supply_peek(supply, buffer, len, supply->at, error);
    if (got > 0)
        supply->at += (uint64_t)got;
    return got;
}
