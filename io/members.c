/*
 * Remote members. What a reader has of them is its own; only what was found out of each
 * (crunch_file_fetched) is shared, and the kept beginning, which does not change once views exist.
 */
#include "io/members.h"

#include "io/ahead.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BEGINNING_MOST ((size_t)1 << 20)

bool crunch_members_any(const struct crunch_members *members)
{
    return members->files && members->files->n_remote > 0;
}

bool crunch_members_is_remote(const struct crunch_members *members, size_t i)
{
    return members->files && i < members->files->n && members->files->file[i].url;
}

static unsigned fetch_jobs(const struct crunch_members *members)
{
    return members->fetching && members->fetching->jobs ? members->fetching->jobs
                                                        : CRUNCH_FETCH_JOBS;
}

unsigned crunch_members_readers(const struct crunch_members *members)
{
    return crunch_members_any(members) && members->files->n_remote == members->files->n
               ? fetch_jobs(members)
               : UINT_MAX;
}

uint64_t crunch_members_bytes(const struct crunch_members *members)
{
    return crunch_members_any(members) ? fetch_jobs(members) * CRUNCH_FETCH_MOST : 0;
}

/* Requests that one of the sharers may make at once. */
static unsigned share_of_jobs(const struct crunch_members *members)
{
    unsigned jobs = fetch_jobs(members);

    if (members->sharers > 0)
        jobs = jobs > members->sharers ? jobs / members->sharers : 1;
    return jobs;
}

unsigned crunch_members_ahead(const struct crunch_members *members)
{
    return share_of_jobs(members) > 2 ? 3 : 2;
}

static enum crunch_code make_ahead(struct crunch_members *members, struct crunch_error *error)
{
    const struct crunch_fetching usual = crunch_fetching_default();

    if (members->ahead)
        return CRUNCH_OK;
    return crunch_ahead_create(members->files, members->fetching ? members->fetching : &usual,
                               share_of_jobs(members), &members->ahead, error);
}

enum crunch_code crunch_members_open(struct crunch_members *members, size_t i,
                                     struct crunch_remote **remote, struct crunch_error *error)
{
    enum crunch_code code;

    if (*remote)
        return CRUNCH_OK;
    code = make_ahead(members, error);
    return code ? code : crunch_ahead_open(members->ahead, i, remote, error);
}

void crunch_members_close(struct crunch_members *members)
{
    crunch_ahead_free(members->ahead);
    members->ahead = NULL;
}

void crunch_members_expect(struct crunch_members *members, uint64_t begin, uint64_t end)
{
    const struct crunch_files *files = members->files;
    size_t first, last;

    if (!crunch_members_any(members) || begin >= end || make_ahead(members, NULL))
        return;
    first = crunch_files_find(files, begin);
    if (files->file[first].base < begin)
        first++;
    last = crunch_files_find(files, end - 1) + 1;
    crunch_ahead_expect(members->ahead, first, last);
}

void crunch_members_note(const struct crunch_members *members, size_t i,
                         const struct crunch_remote *remote, bool read)
{
    struct crunch_file_fetched *fetched = &members->files->fetched[i];
    uint64_t size = crunch_remote_size(remote);

    if (size != UINT64_MAX)
        atomic_store(&fetched->size_plus, size + 1);
    if (read)
        atomic_store(&fetched->taken, crunch_remote_place(remote));
}

void crunch_members_keep(struct crunch_members *members, size_t i, const char *bytes, size_t len,
                         uint64_t offset)
{
    char *grown;

    if ((members->beginning && members->beginning_of != i) || offset > members->beginning_len ||
        offset + len <= members->beginning_len || offset + len > BEGINNING_MOST)
        return;
    grown = realloc(members->beginning, (size_t)offset + len);
    if (!grown)
        return; /* then it is fetched */
    memcpy(grown + offset, bytes, len);
    members->beginning = grown;
    members->beginning_of = i;
    members->beginning_len = (size_t)offset + len;
}
