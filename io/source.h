/*
 * A source: the bytes of one input, readable at any offset by any worker.
 *
 * A regular file is read with pread. What is packed (zstd, gzip: by content) is unpacked on the
 * way, and all offsets and sizes are those of the unpacked bytes: a regular file of many frames or
 * blocks by whoever reads, part by part (its size is known, it counts as a regular file); any other
 * packed input by the one reader of a stream.
 *
 * A stream (stdin, a pipe, a FIFO, a device, an http(s) URL) is read once, by
 * one reader, into a bounded ring of blocks in memory shared with every worker; workers copy out
 * of it with the same call. A block stays until crunch_source_release() says that all work on it
 * is committed, and the reader waits when the ring is full, so reading cannot outrun the workers.
 */
#ifndef CRUNCH_IO_SOURCE_H
#define CRUNCH_IO_SOURCE_H

#include "io/error.h"
#include "io/reading.h"
#include "io/seek_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct crunch_bell;
struct crunch_fetching;
struct crunch_files;
struct crunch_files_want;
struct crunch_recoding;

#define CRUNCH_BLOCK_BYTES \
    ((size_t)1 << 20) /* a block of the ring, and the unit of its accounting */
#define CRUNCH_SIZE_UNKNOWN UINT64_MAX
#define CRUNCH_SOURCE_GONE ((ssize_t)-2) /* released: the work that asked for it is void */

struct crunch_source;

/* Opens path ("-" is standard input, from where it stands). A directory, a missing or unreadable
 * file fail with CRUNCH_IO. A regular file of size 0 (/proc) counts as a stream. path must live as
 * long as the process. *out is owned by the caller (crunch_source_close). Not for concurrent use.
 */
enum crunch_code crunch_source_open(const char *path, struct crunch_source **out,
                                    struct crunch_error *error);

/* The same of text that is to be recoded first (NULL: as it is); recoding must outlive the source.
 * A regular file is then read by one reader, as a stream is. fetching is for a URL (io/fetch.h;
 * NULL: the defaults), of which nothing is asked before it is read. */
enum crunch_code crunch_source_open_recoded(const char *path,
                                            const struct crunch_recoding *recoding,
                                            const struct crunch_fetching *fetching,
                                            struct crunch_source **out, struct crunch_error *error);

/* Opens n >= 2 files as one input, see io/files.h; every path must live as long as the process. The
 * source, and every view of it, reads one member at a time, the one it has selected; offsets are
 * those of the whole input. */
enum crunch_code crunch_source_open_files(const char *const *paths, size_t n,
                                          const struct crunch_recoding *recoding,
                                          const struct crunch_files_want *want,
                                          struct crunch_source **out, struct crunch_error *error);

/* The members, NULL for an input of one file. */
const struct crunch_files *crunch_source_files(const struct crunch_source *source);

/* From now on this source or view reads member i: its bytes are at [base, base + size), or, where
 * it is packed, from base on as many as there are when it is unpacked. Its name is the source's for
 * messages. CRUNCH_IO when it cannot be opened. A remote member of which something was read is
 * fetched anew, as it then is. */
enum crunch_code crunch_source_select(struct crunch_source *source, size_t i,
                                      struct crunch_error *error);

/* Optional, right after opening: *stop turns non-zero when waiting and reading are to end with
 * CRUNCH_INTERRUPTED (NULL: never); tmpdir is for temporary files (NULL: $TMPDIR or /tmp). */
void crunch_source_configure(struct crunch_source *source, const _Atomic int *stop,
                             const char *tmpdir);

/* Optional, after opening and before there are views; AUTO without it. Looks at what can be had,
 * and at the page cache: see io/reading.h. */
void crunch_source_set_reading(struct crunch_source *source, enum crunch_reading reading,
                               bool frugal);

/* Right after opening: unpacking may keep so many bytes for each reader (0: what io/decode.h has),
 * else reading fails with CRUNCH_NO_MEMORY. */
void crunch_source_limit_window(struct crunch_source *source, uint64_t bytes);

/* The name for messages ("-" becomes "<stdin>"); lives as long as the process. */
const char *crunch_source_name(const struct crunch_source *source);

/* Read by one reader through the ring: see above. */
bool crunch_source_is_stream(const struct crunch_source *source);

/* It can be read again from its beginning: every regular file, packed or not, but no URL. */
bool crunch_source_is_rereadable(const struct crunch_source *source);

/* "zstd", "gzip", or NULL: a regular file that is not packed, or an input that is not known to be.
 */
const char *crunch_source_packing(const struct crunch_source *source);

/* Parts in which several may unpack it at once, and where they begin (n + 1 offsets, the last being
 * the size, constant while the source lives); NULL and 0 where there are none. */
const uint64_t *crunch_source_parts(const struct crunch_source *source, size_t *n);

/* Whether those are where a seek table says; WRONG: there is one that is not used. */
enum crunch_seek_found crunch_source_seek_table(const struct crunch_source *source);

/* Memory that unpacking takes, in bytes: for each reader where there are parts, else once. 0 for
 * what is not known to be packed. */
uint64_t crunch_source_unpack_bytes(const struct crunch_source *source);

/* Memory that bytes on their way from a server may take, over all readers. */
uint64_t crunch_source_fetch_bytes(const struct crunch_source *source);

/* How a URL comes (enum crunch_fetch_way), once its beginning was read. */
int crunch_source_fetch_way(const struct crunch_source *source);

/* How many readers are of use: as many as there may be requests, where all is remote. */
unsigned crunch_source_readers_most(const struct crunch_source *source);

/* What is known of the beginning of member i without reading it; *len 0: nothing. Lives as long as
 * the source, whose own reading of it before the run it comes from. */
const char *crunch_source_beginning(const struct crunch_source *source, size_t i, size_t *len);

/* How far the work is that has settled all before position: bytes of the input as it is stored, of
 * total (CRUNCH_SIZE_UNKNOWN for a pipe). */
void crunch_source_progress(const struct crunch_source *source, uint64_t position, uint64_t *done,
                            uint64_t *total);

/* position, or with remote members, whose places are guesses, the bytes that were read. */
uint64_t crunch_source_settled(const struct crunch_source *source, uint64_t position);

/* A view of several files, of which a packed one is open: how many of its bytes, as it is stored,
 * it has unpacked; else 0. */
uint64_t crunch_source_unpacked(const struct crunch_source *view);

/* Bytes in all; CRUNCH_SIZE_UNKNOWN for a stream whose end has not been seen yet. */
uint64_t crunch_source_size(const struct crunch_source *source);

/* Copies up to len bytes from offset to buffer. Returns the number copied, less than len only at
 * the end of the input; CRUNCH_SOURCE_GONE if a stream has released offset; -1 with *error filled
 * on a read error, on an interrupt, or when a regular file has become shorter. For a stream it
 * waits until the bytes are there, and len is at most 2 * CRUNCH_BLOCK_BYTES. Any worker (thread or
 * forked process) may call it at any time on its own view. The source itself may be read by one
 * caller at a time: a pipe only before crunch_source_prepare(), and then all that was read stays
 * readable. */
ssize_t crunch_source_read(struct crunch_source *source, void *buffer, size_t len, uint64_t offset,
                           struct crunch_error *error);

/*
 * A view only: the bytes [offset, offset + *len) where they lie, read-only and with slack (see
 * io/mapping.h) around the file's; *len becomes less only at the end of the input. NULL where they
 * have to be copied, by crunch_source_read(): all but regular files, or what the kernel does not
 * map, or as was set. Small ones of several files are read when they are selected, and lie here,
 * unless --io=mmap. The answer is the same for every offset of a file. They stay readable until
 * the view is closed or selects another file, but what they say counts only if
 * crunch_source_check_map() says so afterwards.
 */
const char *crunch_source_map(struct crunch_source *view, uint64_t offset, size_t *len);

/* After bytes of [begin, end) have been looked at by crunch_source_map(): CRUNCH_IO when not all of
 * them were the file's, because it became shorter or could not be read. Their memory is given back
 * until they are looked at again. CRUNCH_OK when nothing is mapped. */
enum crunch_code crunch_source_check_map(struct crunch_source *view, uint64_t begin, uint64_t end,
                                         struct crunch_error *error);

/* A view only: [begin, end) will be read next, after what was announced before. A hint, which
 * begins to read where that is done by io_uring; see crunch_uring_expect. Nothing else changes. */
void crunch_source_expect(struct crunch_source *view, uint64_t begin, uint64_t end);

/* The same for remote members, those that begin in [begin, end): some are fetched ahead. */
void crunch_source_expect_members(struct crunch_source *view, uint64_t begin, uint64_t end);

/* How many chunks a worker had better hold, so that enough is read ahead; 1: no matter. */
unsigned crunch_source_chunks_ahead(const struct crunch_source *view);

/* True if expecting helps: views read ahead. */
bool crunch_source_reads_ahead(const struct crunch_source *source);

/* Memory that each view then reads into, in bytes; 0 where nothing is read ahead. */
uint64_t crunch_source_ahead_bytes(const struct crunch_source *source);

/* How views of an input of one file read it: PREAD also for what is no regular file, MMAP only if
 * it can be mapped. *why: 0, or the errno for which it is not done as asked. Any number of files:
 * how they are to be read. */
enum crunch_reading crunch_source_reading(const struct crunch_source *source, int *why);

/* Stream only: every byte below offset is done with. Monotonic; any worker may call it. */
void crunch_source_release(struct crunch_source *source, uint64_t offset);

/* For the runner, in this order. All but the reading calls do nothing on a regular file. */

/* Before every run: a packed regular file that is read as a stream begins again. */
enum crunch_code crunch_source_rewind(struct crunch_source *source, struct crunch_error *error);

/* Before workers exist: makes the ring, sized for that many workers, in memory that is shared with
 * processes forked later. bell is rung at every change and lies in such memory too. own_pump: the
 * readers themselves read the stream on when they need more (one worker only); otherwise one thread
 * or process of its own has to run crunch_source_pump(). */
enum crunch_code crunch_source_prepare(struct crunch_source *source, unsigned workers,
                                       bool own_pump, struct crunch_bell *bell,
                                       struct crunch_error *error);

/* Reads the stream into the ring until its end, an error (kept for the readers), *stop, or
 * crunch_source_end_pump(). */
void crunch_source_pump(struct crunch_source *source);
void crunch_source_end_pump(struct crunch_source *source);

/* What a worker does when its read has to wait: called at least ten times a second. begin is the
 * offset the call asked for. stuck: the bytes cannot come before something below is released.
 * False: the call gives up and returns CRUNCH_SOURCE_GONE. It may call crunch_source_release(). */
struct crunch_waiting {
    void *context;
    bool (*go_on)(void *context, uint64_t begin, bool stuck);
};

/* A worker's own handle on the same input, with what it does while waiting (NULL: just waits).
 * Closed before the source is. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_source_view(struct crunch_source *source,
                                    const struct crunch_waiting *waiting,
                                    struct crunch_source **out, struct crunch_error *error);

/* True if a read of this view has returned CRUNCH_SOURCE_GONE since the last call. */
bool crunch_source_was_gone(struct crunch_source *view);

/* Nanoseconds that reads of this view have taken so far, waiting included. */
uint64_t crunch_source_read_ns(const struct crunch_source *view);

/* Regular file only: CRUNCH_IO if size or mtime changed since it was opened. */
enum crunch_code crunch_source_check_unchanged(struct crunch_source *source,
                                               struct crunch_error *error);

/* The same of the member of several files that view has selected: to be asked after it was read, so
 * that not all of them have to be looked at when all are done. */
enum crunch_code crunch_source_check_member(struct crunch_source *view, struct crunch_error *error);

/* The same of what views have not asked: all of an input of one file, of several the empty ones. */
enum crunch_code crunch_source_check_rest(struct crunch_source *source, struct crunch_error *error);

/*
 * Damage is to blame rather than the data it shows as: when bad data was found at an offset, the
 * frames or members (of zstd, of gzip) that hold the bytes from there to CRUNCH_SOUND_BYTES behind
 * are decoded to their ends, where their checksums stand, before the bad data is told. What is not
 * packed has no such ends, nor has what is recoded: there the data is to blame, or the input is
 * decoded to its own end.
 */
#define CRUNCH_SOUND_BYTES CRUNCH_BLOCK_BYTES /* what a record may have of the next frame */

/* During a run, when all workers are done with reading, and before crunch_source_end_pump: the
 * stream is read on until all before end is known to be sound or not. True: it is; false: to be
 * called again, when the bell rings. True for what is no stream. */
bool crunch_source_settle(struct crunch_source *source, uint64_t end);

/* CRUNCH_IO if packed data is damaged in a frame that holds any of the decoded bytes [begin, end).
 * For a stream, before a run reads on to find out, which is then the last that can be read of it;
 * after one tells what crunch_source_settle has found. */
enum crunch_code crunch_source_check_sound(struct crunch_source *source, uint64_t begin,
                                           uint64_t end, struct crunch_error *error);

/* Closes; NULL is fine. */
void crunch_source_close(struct crunch_source *source);

#endif
