/*
 * A stream is its beginning and a ring.
 *
 * The beginning is what was read before the workers existed (header, column kinds). It stays
 * readable to the end: up to BEGINNING_BYTES in memory, the rest in an unnamed temporary file. It
 * does not change once the ring is made, so no lock is needed.
 *
 * The ring lies in memory shared by threads or processes. Byte o of the stream is at ring[o % size]
 * while low <= o < produced. One pump writes bytes [produced, low + size) and then raises produced;
 * readers copy bytes below produced and look at low again afterwards: when it has passed the
 * offset, the copy may be torn and is refused (CRUNCH_SOURCE_GONE). low only grows, and only
 * crunch_stream_release raises it. So the pump cannot outrun the readers, and nobody holds a lock.
 *
 * Bytes come from a decoder, which passes them on as they are unless they are packed. It is used by
 * whoever reads the beginning, and then by the pump alone (in a process of its own, its copy).
 *
 * The bell is rung when bytes arrive, at the end, and when room is made.
 */
#include "io/stream.h"

#include "io/bell.h"
#include "io/decode.h"
#include "io/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BEGINNING_BYTES ((size_t)4 << 20)
#define WAIT_MS 50

enum { RUNNING = 0, ENDED, BROKEN };

struct ring {
    _Alignas(64) _Atomic uint64_t produced;
    _Alignas(64) _Atomic uint64_t low;
    _Alignas(
        64) _Atomic uint32_t state; /* RUNNING, ENDED or BROKEN; final once it is not RUNNING */
    _Atomic uint32_t closing;
    _Atomic uint64_t consumed;  /* packed bytes that are decoded */
    _Atomic uint32_t packed;    /* there are such */
    _Atomic uint64_t sound;     /* decoded bytes of whole frames */
    _Atomic uint32_t settling;  /* nobody reads any more: bytes are decoded and forgotten */
    struct crunch_error broken; /* written before state becomes BROKEN */
    _Alignas(4096) unsigned char bytes[];
};

struct crunch_stream {
    struct crunch_supply supply;
    struct crunch_decoder *decoder;
    const _Atomic int *stop;
    const char *tmpdir;
    char *beginning;
    size_t beginning_capacity;
    int beginning_fd; /* what does not fit, from offset 0 of the file; -1: none */
    uint64_t beginning_len;
    bool ended; /* the end of the stream was met while reading the beginning */
    struct ring *ring;
    size_t ring_bytes;
    bool own_pump;
    struct crunch_bell *bell;
};

struct crunch_stream *crunch_stream_create(const struct crunch_supply *supply)
{
    struct crunch_stream *stream = calloc(1, sizeof *stream);

    if (!stream)
        return NULL;
    stream->supply = *supply;
    stream->beginning_fd = -1;
    stream->decoder = crunch_decoder_create(supply);
    if (!stream->decoder) {
        free(stream);
        return NULL;
    }
    if (!supply->is_file && !supply->remote) /* fewer switches; not needed, may fail */
        fcntl(supply->fd, F_SETPIPE_SZ, (int)CRUNCH_BLOCK_BYTES);
    return stream;
}

static void free_ring(struct crunch_stream *stream)
{
    if (stream->ring)
        munmap(stream->ring, sizeof *stream->ring + stream->ring_bytes);
    stream->ring = NULL;
}

void crunch_stream_free(struct crunch_stream *stream)
{
    if (!stream)
        return;
    free_ring(stream);
    if (stream->beginning_fd >= 0)
        close(stream->beginning_fd);
    free(stream->beginning);
    crunch_decoder_free(stream->decoder);
    free(stream);
}

void crunch_stream_configure(struct crunch_stream *stream, const _Atomic int *stop,
                             const char *tmpdir)
{
    stream->stop = stop;
    stream->tmpdir = tmpdir;
    stream->supply.stop = stop;
    crunch_decoder_set_stop(stream->decoder, stop);
}

void crunch_stream_limit_window(struct crunch_stream *stream, uint64_t bytes)
{
    stream->supply.window_most = bytes;
    crunch_decoder_limit_window(stream->decoder, bytes);
}

uint64_t crunch_stream_consumed(const struct crunch_stream *stream)
{
    return stream->ring ? atomic_load(&stream->ring->consumed) : 0;
}

uint64_t crunch_stream_size(const struct crunch_stream *stream)
{
    if (stream->ended)
        return stream->beginning_len;
    if (stream->ring && atomic_load(&stream->ring->state) == ENDED)
        return atomic_load(&stream->ring->produced);
    return CRUNCH_SIZE_UNKNOWN;
}

static bool must_stop(const struct crunch_stream *stream)
{
    return stream->stop && *stream->stop;
}

static ssize_t interrupted(struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_INTERRUPTED, "interrupted");
    return -1;
}

/* ---- the beginning ---- */

static enum crunch_code grow_beginning(struct crunch_stream *stream, struct crunch_error *error)
{
    size_t capacity = stream->beginning_capacity ? stream->beginning_capacity * 2 : 65536;
    char *grown = realloc(stream->beginning, capacity);

    if (!grown)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    stream->beginning = grown;
    stream->beginning_capacity = capacity;
    return CRUNCH_OK;
}

static enum crunch_code append_to_file(struct crunch_stream *stream, const char *data, size_t len,
                                       struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    int failed;

    if (stream->beginning_fd < 0)
        code = crunch_temp_open(stream->tmpdir, &stream->beginning_fd, error);
    if (code)
        return code;
    failed = crunch_write_all(stream->beginning_fd, data, len,
                              (off_t)(stream->beginning_len - BEGINNING_BYTES));
    if (failed)
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write a temporary file");
    return CRUNCH_OK;
}

/* Reads one piece more of the beginning. */
static enum crunch_code extend_beginning(struct crunch_stream *stream, struct crunch_error *error)
{
    char piece[32768];
    size_t room = stream->beginning_capacity - (size_t)stream->beginning_len;
    bool in_memory = stream->beginning_len < BEGINNING_BYTES;
    enum crunch_code code = CRUNCH_OK;
    struct crunch_error own;
    ssize_t n;

    if (!error)
        error = &own;
    if (in_memory && stream->beginning_len == stream->beginning_capacity) {
        if ((code = grow_beginning(stream, error)))
            return code;
        room = stream->beginning_capacity - (size_t)stream->beginning_len;
    }
    n = in_memory ? crunch_decoder_read(stream->decoder, stream->beginning + stream->beginning_len,
                                        room, error)
                  : crunch_decoder_read(stream->decoder, piece, sizeof piece, error);
    if (n < 0)
        return error->code;
    if (n == 0)
        stream->ended = true;
    else if (!in_memory)
        code = append_to_file(stream, piece, (size_t)n, error);
    if (!code)
        stream->beginning_len += (uint64_t)n;
    return code;
}

/* Copies from the beginning what it has of [offset, offset + len). -1 with *error on failure. */
static ssize_t read_beginning(const struct crunch_stream *stream, char *buffer, size_t len,
                              uint64_t offset, struct crunch_error *error)
{
    size_t n = 0;
    int failed;

    if (offset >= stream->beginning_len)
        return 0;
    if (len > stream->beginning_len - offset)
        len = (size_t)(stream->beginning_len - offset);
    if (offset < BEGINNING_BYTES) {
        n = BEGINNING_BYTES - (size_t)offset;
        n = n < len ? n : len;
        memcpy(buffer, stream->beginning + offset, n);
    }
    if (n == len)
        return (ssize_t)len;
    failed = crunch_read_all(stream->beginning_fd, buffer + n, len - n,
                             (off_t)(offset + n - BEGINNING_BYTES));
    if (failed) {
        crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read a temporary file");
        return -1;
    }
    return (ssize_t)len;
}

enum crunch_code crunch_stream_copy(struct crunch_stream *stream, int fd, uint64_t *size,
                                    struct crunch_error *error)
{
    static const size_t piece_bytes = 65536;
    char *piece = malloc(piece_bytes);
    enum crunch_code code = CRUNCH_OK;
    struct crunch_error own;
    int failed = 0;
    ssize_t n;

    if (!error)
        error = &own;
    if (!piece)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    *size = 0;
    while (!failed && (n = read_beginning(stream, piece, piece_bytes, *size, error)) > 0) {
        failed = crunch_write_all(fd, piece, (size_t)n, (off_t)*size);
        *size += (uint64_t)n;
    }
    if (!failed && n < 0)
        code = error->code;
    while (!failed && !code && !stream->ended) {
        n = crunch_decoder_read(stream->decoder, piece, piece_bytes, error);
        if (n < 0)
            code = error->code;
        if (n <= 0)
            break;
        failed = crunch_write_all(fd, piece, (size_t)n, (off_t)*size);
        *size += (uint64_t)n;
    }
    if (failed)
        code = crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write a temporary file");
    free(piece);
    return code;
}

/* ---- the ring ---- */

/* The pump of the last run may have been another process, which took its own copy of the decoder
 * along. */
enum crunch_code crunch_stream_rewind(struct crunch_stream *stream, struct crunch_error *error)
{
    struct crunch_decoder *decoder;

    if (!stream->supply.is_file)
        return CRUNCH_OK;
    decoder = crunch_decoder_create(&stream->supply);
    if (!decoder)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    crunch_decoder_free(stream->decoder);
    stream->decoder = decoder;
    free_ring(stream);
    return CRUNCH_OK;
}

enum crunch_code crunch_stream_prepare(struct crunch_stream *stream, unsigned workers,
                                       bool own_pump, struct crunch_bell *bell,
                                       struct crunch_error *error)
{
    size_t blocks = 2 * (size_t)workers + 2;
    struct ring *ring;

    if (stream->ring)
        return crunch_fail(error, CRUNCH_IO, "a stream can be read only once");
    stream->own_pump = own_pump;
    stream->bell = bell;
    stream->ring_bytes = (blocks < 4 ? 4 : blocks) * CRUNCH_BLOCK_BYTES;
    ring = mmap(NULL, sizeof *ring + stream->ring_bytes, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (ring == MAP_FAILED)
        return crunch_fail_errno(error, CRUNCH_NO_MEMORY, errno, "no memory for reading a stream");
    atomic_store(&ring->produced, stream->beginning_len);
    atomic_store(&ring->low, stream->beginning_len);
    if (stream->ended)
        atomic_store(&ring->state, ENDED);
    stream->ring = ring;
    crunch_decoder_set_closing(stream->decoder, &ring->closing);
    return CRUNCH_OK;
}

bool crunch_stream_is_prepared(const struct crunch_stream *stream)
{
    return stream->ring != NULL;
}

void crunch_stream_release(struct crunch_stream *stream, uint64_t offset)
{
    struct ring *ring = stream->ring;
    uint64_t low;

    if (!ring)
        return;
    low = atomic_load(&ring->low);
    while (low < offset)
        if (atomic_compare_exchange_weak(&ring->low, &low, offset)) {
            crunch_bell_ring(stream->bell);
            return;
        }
}

/* error NULL: the stream has ended. */
static void finish_ring(struct crunch_stream *stream, const struct crunch_error *error)
{
    if (error)
        stream->ring->broken = *error;
    atomic_store(&stream->ring->state, error ? BROKEN : ENDED);
    crunch_bell_ring(stream->bell);
}

/* Reads once into the free part of the ring; false when there is no room or nothing more to read.
 */
static bool pump_once(struct crunch_stream *stream)
{
    struct ring *ring = stream->ring;
    uint64_t produced = atomic_load(&ring->produced);
    uint64_t low = atomic_load(&ring->low);
    size_t at = (size_t)(produced % stream->ring_bytes), room;
    struct crunch_error error;
    ssize_t n;

    if (atomic_load(&ring->state) != RUNNING)
        return false;
    if (atomic_load(&ring->settling))
        low = produced;
    /* low may be ahead of produced for a moment when a reader releases what it waits for. */
    room = low > produced ? stream->ring_bytes : stream->ring_bytes - (size_t)(produced - low);
    if (room > stream->ring_bytes - at)
        room = stream->ring_bytes - at;
    if (room == 0)
        return false;
    n = crunch_decoder_read(stream->decoder, ring->bytes + at, room, &error);
    if (n < 0 && error.code == CRUNCH_INTERRUPTED)
        return false;
    atomic_store(&ring->consumed, crunch_decoder_consumed(stream->decoder));
    atomic_store(&ring->packed, crunch_decoder_is_packed(stream->decoder));
    atomic_store(&ring->sound, crunch_decoder_sound(stream->decoder));
    if (n <= 0) {
        finish_ring(stream, n < 0 ? &error : NULL);
        return false;
    }
    atomic_store(&ring->produced, produced + (uint64_t)n);
    crunch_bell_ring(stream->bell);
    return true;
}

void crunch_stream_pump(struct crunch_stream *stream)
{
    struct ring *ring = stream->ring;

    while (!must_stop(stream) && !atomic_load(&ring->closing) &&
           atomic_load(&ring->state) == RUNNING) {
        uint32_t seen = crunch_bell_count(stream->bell);
        if (!pump_once(stream))
            crunch_bell_wait(stream->bell, seen, WAIT_MS);
    }
}

bool crunch_stream_settle(struct crunch_stream *stream, uint64_t end)
{
    struct ring *ring = stream->ring;

    if (!ring || !atomic_load(&ring->packed) || must_stop(stream) ||
        atomic_load(&ring->state) != RUNNING || atomic_load(&ring->sound) >= end)
        return true;
    if (atomic_exchange(&ring->settling, 1) == 0)
        crunch_bell_ring(stream->bell);
    if (stream->own_pump)
        pump_once(stream);
    return false;
}

static enum crunch_code check_beginning(struct crunch_stream *stream, uint64_t end,
                                        struct crunch_error *error)
{
    static const size_t piece_bytes = 65536;
    char *piece = malloc(piece_bytes);
    struct crunch_error found;
    ssize_t n = piece ? 1 : 0;

    while (n > 0 && !stream->ended && crunch_decoder_sound(stream->decoder) < end)
        n = crunch_decoder_read(stream->decoder, piece, piece_bytes, &found);
    free(piece);
    if (n >= 0 || found.code != CRUNCH_IO)
        return CRUNCH_OK;
    if (error)
        *error = found;
    return CRUNCH_IO;
}

enum crunch_code crunch_stream_check_sound(struct crunch_stream *stream, uint64_t end,
                                           struct crunch_error *error)
{
    struct ring *ring = stream->ring;

    if (!ring)
        return crunch_decoder_is_packed(stream->decoder) ? check_beginning(stream, end, error)
                                                         : CRUNCH_OK;
    if (atomic_load(&ring->state) != BROKEN || ring->broken.code != CRUNCH_IO ||
        !atomic_load(&ring->packed))
        return CRUNCH_OK;
    if (error)
        *error = ring->broken;
    return CRUNCH_IO;
}

void crunch_stream_end_pump(struct crunch_stream *stream)
{
    if (!stream->ring)
        return;
    atomic_store(&stream->ring->closing, 1);
    crunch_bell_ring(stream->bell);
}

/* Copies what is there of [offset, offset + len), at least one byte; 0: nothing yet. */
static ssize_t copy_ring(struct crunch_stream *stream, char *buffer, size_t len, uint64_t offset)
{
    struct ring *ring = stream->ring;
    uint64_t produced = atomic_load(&ring->produced);
    size_t at = (size_t)(offset % stream->ring_bytes), first;

    if (offset < atomic_load(&ring->low))
        return CRUNCH_SOURCE_GONE;
    if (offset >= produced)
        return 0;
    if (len > produced - offset)
        len = (size_t)(produced - offset);
    first = stream->ring_bytes - at < len ? stream->ring_bytes - at : len;
    memcpy(buffer, ring->bytes + at, first);
    memcpy(buffer + first, ring->bytes, len - first);
    atomic_thread_fence(memory_order_seq_cst);
    if (offset < atomic_load(&ring->low))
        return CRUNCH_SOURCE_GONE;
    return (ssize_t)len;
}

/* Waits until byte offset may be there. 1: look again; 0: it never will be (the end); else as read.
 */
static ssize_t wait_for(struct crunch_stream *stream, const struct crunch_waiting *waiting,
                        uint64_t begin, uint64_t offset, uint32_t seen, struct crunch_error *error)
{
    struct ring *ring = stream->ring;
    uint32_t state = atomic_load(&ring->state);
    bool stuck = offset >= atomic_load(&ring->low) + stream->ring_bytes;

    if (must_stop(stream))
        return interrupted(error);
    if (state != RUNNING && offset >= atomic_load(&ring->produced)) {
        if (state == ENDED)
            return 0;
        if (error)
            *error = ring->broken;
        return -1;
    }
    if (waiting && !waiting->go_on(waiting->context, begin, stuck))
        return CRUNCH_SOURCE_GONE;
    if (stream->own_pump && pump_once(stream))
        return 1;
    if (atomic_load(&ring->produced) <= offset)
        crunch_bell_wait(stream->bell, seen, WAIT_MS);
    return 1;
}

static ssize_t read_ring(struct crunch_stream *stream, const struct crunch_waiting *waiting,
                         char *buffer, size_t len, uint64_t begin, uint64_t offset,
                         struct crunch_error *error)
{
    size_t done = 0;

    while (done < len) {
        uint32_t seen = crunch_bell_count(stream->bell);
        ssize_t n = copy_ring(stream, buffer + done, len - done, offset + done);

        if (n == 0) {
            n = wait_for(stream, waiting, begin, offset + done, seen, error);
            if (n == 0)
                break;
            if (n == 1)
                continue;
        }
        if (n < 0)
            return n;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

ssize_t crunch_stream_read(struct crunch_stream *stream, const struct crunch_waiting *waiting,
                           void *buffer, size_t len, uint64_t offset, struct crunch_error *error)
{
    ssize_t head, tail;

    if (!stream->ring)
        while (!stream->ended && stream->beginning_len < offset + len)
            if (extend_beginning(stream, error))
                return -1;
    head = read_beginning(stream, buffer, len, offset, error);
    if (head < 0 || !stream->ring || (size_t)head == len)
        return head;
    tail = read_ring(stream, waiting, (char *)buffer + head, len - (size_t)head, offset,
                     offset + (uint64_t)head, error);
    return tail < 0 ? tail : head + tail;
}
