/*
 * The remote members of an input of several files, as one reader sees them: a source, which looks
 * at the beginning of the first before the run, or a view, which reads those of its chunks. Used by
 * io/source.c only.
 */
#ifndef CRUNCH_IO_MEMBERS_H
#define CRUNCH_IO_MEMBERS_H

#include "io/files.h"
#include "io/remote.h"

#include <stdbool.h>

struct crunch_members {
    const struct crunch_files *files;       /* NULL: an input of one file */
    const struct crunch_fetching *fetching; /* NULL: the defaults */
    unsigned sharers;           /* readers who share the requests that are allowed; 0: one */
    struct crunch_ahead *ahead; /* own; made when it is needed */
    char *beginning; /* of member beginning_of: the source's own, which views look at; or NULL */
    size_t beginning_len, beginning_of;
};

bool crunch_members_any(const struct crunch_members *members);

/* Member i is remote. i may be SIZE_MAX: none. */
bool crunch_members_is_remote(const struct crunch_members *members, size_t i);

/* Readers that are of use, UINT_MAX for any number: where all is remote, as many as requests. */
unsigned crunch_members_readers(const struct crunch_members *members);

/* Chunks that one of the sharers should hold for its share of the requests to be used, 2 or 3. */
unsigned crunch_members_ahead(const struct crunch_members *members);

/* Memory that bytes on their way may take, over all readers. */
uint64_t crunch_members_bytes(const struct crunch_members *members);

/* Opens remote member i where *remote is NULL; that stays the members'. Nothing is asked of the
 * server before a byte is wanted. CRUNCH_NO_MEMORY or CRUNCH_IO. */
enum crunch_code crunch_members_open(struct crunch_members *members, size_t i,
                                     struct crunch_remote **remote, struct crunch_error *error);

/* Ends all requests. */
void crunch_members_close(struct crunch_members *members);

/* Those that begin in [begin, end) of the input will be opened next: some are begun to be fetched.
 */
void crunch_members_expect(struct crunch_members *members, uint64_t begin, uint64_t end);

/* Tells everybody what is known of member i by now: its size and, if read, how much was taken. */
void crunch_members_note(const struct crunch_members *members, size_t i,
                         const struct crunch_remote *remote, bool read);

/* Keeps bytes that were read at offset of member i, if they go on with what was kept, for others
 * who want to know how it begins. */
void crunch_members_keep(struct crunch_members *members, size_t i, const char *bytes, size_t len,
                         uint64_t offset);

#endif
