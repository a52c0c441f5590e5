/*
 * Members ahead. Invariant: there are never more remotes than jobs, so that each of them has a
 * piece of its own, and the one that is read goes on whatever the others hold.
 */
#include "io/ahead.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RANGES 8 /* more of them are not fetched ahead, but when they are opened */

struct range {
    size_t next, end;
};

struct open_member {
    size_t i;
    struct crunch_remote *remote;
};

struct crunch_ahead {
    const struct crunch_files *files;
    struct crunch_fetcher *fetcher;
    struct range range[RANGES];
    size_t n_ranges;
    bool reads;     /* the first of the remotes is being read */
    size_t most, n; /* remotes that are open */
    struct open_member open[];
};

enum crunch_code crunch_ahead_create(const struct crunch_files *files,
                                     const struct crunch_fetching *fetching, unsigned jobs,
                                     struct crunch_ahead **out, struct crunch_error *error)
{
    struct crunch_fetching own = *fetching;
    struct crunch_ahead *ahead = calloc(1, sizeof *ahead + jobs * sizeof ahead->open[0]);
    enum crunch_code code;

    *out = ahead;
    if (!ahead)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    own.jobs = jobs;
    ahead->files = files;
    ahead->most = jobs;
    code = crunch_fetcher_create(&own, &ahead->fetcher, error);
    if (code) {
        free(ahead);
        *out = NULL;
    }
    return code;
}

static void close_at(struct crunch_ahead *ahead, size_t k)
{
    crunch_remote_close(ahead->open[k].remote);
    ahead->n--;
    memmove(ahead->open + k, ahead->open + k + 1, (ahead->n - k) * sizeof ahead->open[0]);
}

void crunch_ahead_free(struct crunch_ahead *ahead)
{
    if (!ahead)
        return;
    while (ahead->n > 0)
        close_at(ahead, ahead->n - 1);
    crunch_fetcher_free(ahead->fetcher);
    free(ahead);
}

static size_t find(const struct crunch_ahead *ahead, size_t i)
{
    size_t k = 0;

    while (k < ahead->n && ahead->open[k].i != i)
        k++;
    return k;
}

static enum crunch_code begin(struct crunch_ahead *ahead, size_t i, struct crunch_error *error)
{
    const struct crunch_file *file = &ahead->files->file[i];
    struct open_member *member = &ahead->open[ahead->n];
    enum crunch_code code = crunch_remote_open(ahead->fetcher, file->url, &member->remote, error);

    if (code && error)
        error->file = file->name;
    if (!code) {
        member->i = i;
        ahead->n++;
    }
    return code;
}

/* The next member that is expected; SIZE_MAX when there is none. */
static size_t next_expected(struct crunch_ahead *ahead)
{
    while (ahead->n_ranges > 0) {
        struct range *range = &ahead->range[0];

        while (range->next < range->end) {
            size_t i = range->next++;

            if (ahead->files->file[i].url && find(ahead, i) == ahead->n)
                return i;
        }
        ahead->n_ranges--;
        memmove(range, range + 1, ahead->n_ranges * sizeof *range);
    }
    return SIZE_MAX;
}

/* A failure is told when the member is opened. */
static void fill(struct crunch_ahead *ahead)
{
    size_t i;

    while (ahead->n < ahead->most && (i = next_expected(ahead)) != SIZE_MAX)
        if (begin(ahead, i, NULL))
            return;
}

void crunch_ahead_expect(struct crunch_ahead *ahead, size_t first, size_t end)
{
    if (first >= end || ahead->n_ranges == RANGES)
        return;
    ahead->range[ahead->n_ranges++] = (struct range){first, end};
    fill(ahead);
}

enum crunch_code crunch_ahead_open(struct crunch_ahead *ahead, size_t i, struct crunch_remote **out,
                                   struct crunch_error *error)
{
    struct open_member found;
    enum crunch_code code = CRUNCH_OK;
    size_t k;

    *out = NULL;
    if (ahead->reads) /* the one that was read */
        close_at(ahead, 0);
    ahead->reads = false;
    k = find(ahead, i);
    if (k == ahead->n) {
        if (ahead->n == ahead->most)
            close_at(ahead, --k);
        code = begin(ahead, i, error);
    }
    if (code)
        return code;
    found = ahead->open[k];
    memmove(ahead->open + 1, ahead->open, k * sizeof found);
    ahead->open[0] = found;
    ahead->reads = true;
    *out = found.remote;
    fill(ahead);
    return CRUNCH_OK;
}
