/*
 * Remote objects: what an http(s) URL names, as bytes in order.
 *
 * A fetcher is a set of connections, driven by whoever asks for bytes; it makes no thread and is
 * for one caller at a time. The remotes opened with it are fetched at the same time: at most `jobs`
 * pieces (io/fetch.h) are under way or waiting to be taken, over all of them, so memory is bounded
 * by jobs * CRUNCH_FETCH_MOST. Remotes opened first come first; none starves.
 *
 * The first request asks for the first piece. Where the server answers with it, and says how large
 * the object is and what identifies its bytes (a strong validator, io/response.h), the other pieces
 * are asked for several at once, each only if the object is still the same (If-Range). A server
 * without ranges sends all in one piece, which is taken as it comes.
 *
 * What fails for a while (a broken connection, silence, a status 408, 425, 429, 500, 502 to 504) is
 * tried again after a back-off, from where it broke, if the validator proves that the bytes go on;
 * an object that has changed, is shorter or longer than was said, or whose end cannot be told from
 * a broken connection is an error. Redirects are followed, ten of them, never from https to http.
 * Certificates are verified. Bytes are those that are stored: a content coding is not taken off
 * here.
 *
 * A forked process may go on with its copy of a fetcher if nobody else does.
 *
 * Uses libcurl where it is built in (CRUNCH_WITH_CURL); else opening fails and says so.
 */
#ifndef CRUNCH_IO_REMOTE_H
#define CRUNCH_IO_REMOTE_H

#include "io/error.h"
#include "io/fetch.h"

#include <sys/types.h>

struct crunch_fetcher;
struct crunch_remote;

#define CRUNCH_REMOTE_WAIT ((ssize_t)-2)

/* Whether anything can be fetched: CRUNCH_IO when libcurl is not there. To be called once before
 * fetchers are made in more than one thread. */
enum crunch_code crunch_remote_ready(struct crunch_error *error);

/* fetching is copied (its texts are not). CRUNCH_NO_MEMORY, or as crunch_remote_ready(). */
enum crunch_code crunch_fetcher_create(const struct crunch_fetching *fetching,
                                       struct crunch_fetcher **out, struct crunch_error *error);
void crunch_fetcher_free(struct crunch_fetcher *fetcher); /* its remotes first; NULL is fine */

/* Drives all transfers for up to timeout_ms, or until something has happened. */
void crunch_fetcher_wait(struct crunch_fetcher *fetcher, int timeout_ms);

/* The same for those of the remote's fetcher. */
void crunch_remote_wait(struct crunch_remote *remote, int timeout_ms);

/* url must outlive the remote. Nothing is asked for before the fetcher is driven. CRUNCH_NO_MEMORY
 * or CRUNCH_IO (it is no URL that can be fetched). */
enum crunch_code crunch_remote_open(struct crunch_fetcher *fetcher, const char *url,
                                    struct crunch_remote **out, struct crunch_error *error);
void crunch_remote_close(struct crunch_remote *remote); /* NULL is fine */

/* The next 1 to len bytes; 0 at the end of an object that is whole; -1 with *error (CRUNCH_IO,
 * CRUNCH_NO_MEMORY; the same again when called again); CRUNCH_REMOTE_WAIT: none is there yet,
 * crunch_remote_wait() and ask again. */
ssize_t crunch_remote_take(struct crunch_remote *remote, void *buffer, size_t len,
                           struct crunch_error *error);

/* Offset of the next byte. */
uint64_t crunch_remote_place(const struct crunch_remote *remote);

/* The next byte is byte 0 again, of the same object: it fails if that has changed. */
void crunch_remote_restart(struct crunch_remote *remote);

/* Bytes in all, once the server has said; UINT64_MAX before, and where it does not. Another thread
 * may ask. */
uint64_t crunch_remote_size(const struct crunch_remote *remote);

/* One caller at a time, as for the bytes. */
enum crunch_fetch_way crunch_remote_way(const struct crunch_remote *remote);

/* Memory that the bytes of a fetcher may take. */
uint64_t crunch_fetcher_bytes(const struct crunch_fetcher *fetcher);

/* Name and version of libcurl, or "none". */
const char *crunch_remote_library(void);

#endif
