/*
 * Reads in flight. Owns the ring, its memory and the order of things in it; leaves every error to
 * pread.
 *
 * Pieces are read in the order in which they will be taken. They lie in that order in the memory,
 * which is used round and round: a piece is put behind the newest, and its room comes free when it
 * is the oldest, is not wanted any more, and the kernel is done with it. A piece that nobody wants
 * is never waited for but at the end.
 *
 * New reads are begun when half of the memory is free, so that one system call begins several.
 *
 * Requests of one small file are linked: open into the ring's own table of files (entry: the number
 * of the piece, which throws out the file that was there before), then read. It asks for a byte
 * more than there should be, so that a file that has grown is found out.
 *
 * A ring and its pieces are used by one thread. The kernel writes to the memory of pieces that are
 * pending, and to nothing else.
 */
#include "io/uring.h"

#include "io/fault.h"
#include "io/reading.h"

#include <errno.h>

#ifdef CRUNCH_WITH_URING

#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECES 64 /* at most in flight or waiting to be taken; a power of two */
#define ALIGN CRUNCH_URING_ALIGN
#define MEMORY CRUNCH_URING_MEMORY
#define HUGE_BYTES ((size_t)2 << 20)
#define RESERVED (MEMORY + 2 * HUGE_BYTES)
#define ONE_FILE SIZE_MAX

/* A range's last piece may be so much larger: a chunk is read a little past its end, and those few
 * bytes are not worth a read of their own. */
#define REST_BYTES (2 * ALIGN)

enum { OPENS = 1 }; /* in a request's user data, below twice the number of the piece */

struct piece {
    uint64_t begin, end;     /* input offsets: what it has, or is to have */
    uint64_t offset;         /* of byte 0 of the memory in the file */
    size_t file;             /* it has the whole of this member; or ONE_FILE */
    size_t at, bytes, spare; /* place in memory; bytes before it that were left out */
    size_t lead;             /* bytes read before begin, for alignment */
    unsigned pending;        /* requests that the kernel has */
    bool dropped;
};

struct range {
    uint64_t begin, end;
};

struct crunch_uring {
    struct io_uring ring;
    struct crunch_uring_input input;
    int fd;      /* own: its read-ahead is not that of the other workers */
    int once_fd; /* the one before it, which requests may still name; -1: none */
    bool direct;
    bool chains;   /* files can be opened in the ring */
    bool broken;   /* the kernel takes no more requests */
    int member_fd; /* of member, one that is read in pieces; -1: none */
    size_t member;
    void *reserved;
    unsigned char *memory; /* in there */
    size_t used, top;      /* bytes of memory that pieces have, and where the next one begins */
    unsigned first, count;
    struct piece piece[PIECES]; /* the oldest is first, round and round */
    size_t n_ahead;
    struct range ahead[CRUNCH_URING_AHEAD]; /* [0].begin moves on as pieces are made */
    uint64_t taken;
};

bool crunch_uring_is_built(void)
{
    return true;
}

int crunch_uring_refused(void)
{
    struct io_uring ring;
    int failed = crunch_fault_no_ring() ? -EPERM : io_uring_queue_init(2, &ring, 0);

    if (!failed)
        io_uring_queue_exit(&ring);
    return -failed;
}

/* ---- making and ending ---- */

static void open_input(struct crunch_uring *u)
{
    u->fd = u->once_fd = -1;
    if (u->input.files)
        return;
    if (u->input.direct && !crunch_fault_no_direct() && u->input.base % (off_t)ALIGN == 0)
        u->fd = crunch_reading_reopen(u->input.fd, O_DIRECT);
    u->direct = u->fd >= 0;
    if (u->fd < 0)
        u->fd = crunch_reading_reopen(u->input.fd, 0);
}

/* Memory in huge pages, which make direct reads few and large, with a readable page on either side.
 */
static bool make_memory(struct crunch_uring *u)
{
    uintptr_t begin;

    u->reserved = mmap(NULL, RESERVED, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (u->reserved == MAP_FAILED)
        return false;
    begin = ((uintptr_t)u->reserved + ALIGN + HUGE_BYTES - 1) & ~(uintptr_t)(HUGE_BYTES - 1);
    u->memory = (unsigned char *)begin;
    madvise(u->memory, MEMORY, MADV_HUGEPAGE);
    return true;
}

struct crunch_uring *crunch_uring_create(const struct crunch_uring_input *input)
{
    struct crunch_uring *u = calloc(1, sizeof *u);
    int failed;

    if (!u)
        return NULL;
    failed = crunch_fault_no_ring() ? -EPERM : io_uring_queue_init(2 * PIECES, &u->ring, 0);
    if (failed) {
        free(u);
        errno = -failed;
        return NULL;
    }
    u->input = *input;
    u->member_fd = -1;
    u->member = ONE_FILE;
    if (!make_memory(u)) {
        io_uring_queue_exit(&u->ring);
        free(u);
        errno = ENOMEM;
        return NULL;
    }
    u->chains = input->files && io_uring_register_files_sparse(&u->ring, PIECES) == 0;
    open_input(u);
    return u;
}

/* ---- requests and their ends ---- */

static struct piece *piece_at(struct crunch_uring *u, unsigned i)
{
    return &u->piece[(u->first + i) % PIECES];
}

/* Cuts down what a piece has to what it got. */
static void settle(struct crunch_uring *u, struct piece *p, int got)
{
    uint64_t offset = p->offset;
    size_t have;

    got = (int)crunch_fault_read(offset, got);
    have = got > 0 ? (size_t)got : 0;
    have = have > p->lead ? have - p->lead : 0;
    if (p->file != ONE_FILE && have != p->end - p->begin)
        p->file = ONE_FILE; /* it is not what it should be: found out again in the usual way */
    if (have < p->end - p->begin)
        p->end = p->begin + have;
    if (got == -EINVAL && u->direct) { /* the file system had let us open it */
        u->direct = false;
        u->once_fd = u->fd;
        u->fd = crunch_reading_reopen(u->input.fd, 0);
    }
}

static void end_request(struct crunch_uring *u, const struct io_uring_cqe *cqe)
{
    uint64_t data = io_uring_cqe_get_data64(cqe);
    struct piece *p = &u->piece[data / 2 % PIECES];

    p->pending--;
    if (!(data & OPENS))
        settle(u, p, cqe->res);
}

/* Looks at what has ended, without a system call. */
static void reap(struct crunch_uring *u)
{
    struct io_uring_cqe *cqe;

    while (io_uring_peek_cqe(&u->ring, &cqe) == 0) {
        end_request(u, cqe);
        io_uring_cqe_seen(&u->ring, cqe);
    }
}

static void submit(struct crunch_uring *u)
{
    int failed = io_uring_sq_ready(&u->ring) ? io_uring_submit(&u->ring) : 0;

    if (failed < 0 && failed != -EINTR && failed != -EAGAIN && failed != -EBUSY)
        u->broken = true;
}

/* Until the kernel is done with the piece. False: it never will be. */
static bool wait_for(struct crunch_uring *u, const struct piece *p)
{
    while (p->pending && !u->broken) {
        int failed = io_uring_submit_and_wait(&u->ring, 1);

        if (failed < 0 && failed != -EINTR && failed != -EAGAIN && failed != -EBUSY)
            u->broken = true;
        reap(u);
    }
    return !u->broken;
}

/* ---- room ---- */

static void drop_oldest(struct crunch_uring *u)
{
    struct piece *p = piece_at(u, 0);

    u->used -= p->bytes + p->spare;
    u->first = (u->first + 1) % PIECES;
    u->count--;
    if (u->count == 0)
        u->top = 0;
}

/* Gives back the room of the oldest pieces that nobody wants, as far as they are ended. */
static void make_room(struct crunch_uring *u)
{
    reap(u);
    while (u->count && piece_at(u, 0)->dropped && piece_at(u, 0)->pending == 0)
        drop_oldest(u);
}

/* A piece with room for so many bytes, the newest; NULL when there is none. */
static struct piece *add_piece(struct crunch_uring *u, size_t bytes)
{
    size_t spare, at;
    struct piece *p;

    bytes = (bytes + ALIGN - 1) & ~(ALIGN - 1);
    at = u->top + bytes <= MEMORY ? u->top : 0;
    spare = at == u->top ? 0 : MEMORY - u->top;
    if (u->count == PIECES || MEMORY - u->used < bytes + spare)
        return NULL;
    p = piece_at(u, u->count);
    *p = (struct piece){.file = ONE_FILE, .at = at, .bytes = bytes, .spare = spare};
    u->top = at + bytes;
    u->used += bytes + spare;
    u->count++;
    return p;
}

static struct io_uring_sqe *request(struct crunch_uring *u, struct piece *p)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

    if (sqe)
        p->pending++;
    return sqe;
}

static uint64_t number_of(const struct crunch_uring *u, const struct piece *p)
{
    return 2 * (uint64_t)(p - u->piece);
}

/* ---- one file ---- */

static size_t piece_bytes(uint64_t left)
{
    return left <= CRUNCH_URING_PIECE + REST_BYTES ? (size_t)left : CRUNCH_URING_PIECE;
}

/* Reads a piece of [begin, end) of fd, in which the input's offset 0 is at base. Where it ends;
 * begin when there is no room. */
static uint64_t read_piece(struct crunch_uring *u, int fd, bool direct, off_t base, uint64_t begin,
                           uint64_t end)
{
    uint64_t from = (uint64_t)(base + (off_t)begin);
    size_t lead = direct ? from % ALIGN : 0, wants = lead + piece_bytes(end - begin);
    struct io_uring_sqe *sqe;
    struct piece *p;

    if (direct)
        wants = (wants + ALIGN - 1) & ~(ALIGN - 1);
    p = add_piece(u, wants);
    if (!p)
        return begin;
    p->begin = begin;
    p->end = begin + (wants - lead) < end ? begin + (wants - lead) : end;
    p->offset = from - lead;
    p->lead = lead;
    sqe = request(u, p);
    if (sqe) {
        io_uring_prep_read(sqe, fd, u->memory + p->at, (unsigned)wants, p->offset);
        io_uring_sqe_set_data64(sqe, number_of(u, p));
    } else {
        p->end = begin;
    }
    return begin + (wants - lead);
}

/* The end of what is to be read of the input: of a direct file the last bytes are pread's. */
static uint64_t limit(const struct crunch_uring *u, uint64_t end)
{
    uint64_t most = u->input.size;

    if (u->direct)
        most -= most % ALIGN;
    return end < most ? end : most;
}

/* Begins the first piece of the range; false: no room. */
static bool begin_one(struct crunch_uring *u, struct range *range)
{
    uint64_t end = limit(u, range->end), to;

    if (range->begin >= end || u->fd < 0) {
        range->begin = range->end;
        return true;
    }
    to = read_piece(u, u->fd, u->direct, u->input.base, range->begin, end);
    if (to == range->begin)
        return false;
    range->begin = to < end ? to : range->end;
    return true;
}

/* ---- several files ---- */

static bool open_member(struct crunch_uring *u, size_t i)
{
    struct crunch_error error;

    if (u->member == i)
        return u->member_fd >= 0;
    if (u->member_fd >= 0) {
        submit(u); /* the kernel has hold of it from then on; else its number must not come again */
        if (io_uring_sq_ready(&u->ring)) {
            u->broken = true;
            return false;
        }
        close(u->member_fd);
    }
    u->member = i;
    u->member_fd = -1;
    return crunch_files_open(u->input.files, i, &u->member_fd, &error) == CRUNCH_OK;
}

/* Opens a member and reads it from its byte `from` to its end. False: no room. */
static bool chain(struct crunch_uring *u, size_t i, uint64_t from)
{
    const struct crunch_file *file = &u->input.files->file[i];
    size_t wants = (size_t)(file->size - from) + 1;
    struct piece *p = io_uring_sq_space_left(&u->ring) < 2 ? NULL : add_piece(u, wants);
    struct io_uring_sqe *sqe;
    unsigned slot;

    if (!p)
        return false;
    slot = (unsigned)(p - u->piece);
    p->begin = file->base + from;
    p->end = file->base + file->size;
    p->offset = from;
    p->file = from == 0 ? i : ONE_FILE;
    p->pending = 2;
    sqe = io_uring_get_sqe(&u->ring);
    io_uring_prep_openat_direct(sqe, AT_FDCWD, file->name, O_RDONLY | O_NOCTTY, 0, slot);
    io_uring_sqe_set_data64(sqe, number_of(u, p) | OPENS);
    sqe->flags |= IOSQE_IO_LINK;
    sqe = io_uring_get_sqe(&u->ring);
    io_uring_prep_read(sqe, (int)slot, u->memory + p->at, (unsigned)wants, from);
    io_uring_sqe_set_data64(sqe, number_of(u, p));
    sqe->flags |= IOSQE_FIXED_FILE;
    return true;
}

/* Begins the first piece of the range, or reads its first file. False: no room. */
static bool begin_of_several(struct crunch_uring *u, struct range *range)
{
    const struct crunch_files *files = u->input.files;
    const struct crunch_file *file;
    uint64_t file_end, to;
    size_t i;

    if (range->begin >= files->size) {
        range->begin = range->end;
        return true;
    }
    i = crunch_files_find(files, range->begin);
    file = &files->file[i];
    file_end = file->base + file->size;
    if (u->chains && file->fd < 0 && file->size < CRUNCH_URING_PIECE) {
        if (!chain(u, i, range->begin - file->base))
            return false;
        range->begin = file_end;
        return true;
    }
    if (!open_member(u, i)) {
        range->begin = file_end;
        return true;
    }
    to = range->end < file_end ? range->end : file_end;
    to = read_piece(u, u->member_fd, false, -(off_t)file->base, range->begin, to);
    if (to == range->begin)
        return false;
    range->begin = to;
    return true;
}

/* ---- what is ahead ---- */

static void forget_range(struct crunch_uring *u)
{
    u->n_ahead--;
    memmove(u->ahead, u->ahead + 1, u->n_ahead * sizeof u->ahead[0]);
}

static void begin_more(struct crunch_uring *u)
{
    bool room = true;

    make_room(u);
    if (u->count && (u->used > MEMORY / 2 || u->count > PIECES / 2))
        return;
    while (u->n_ahead && room && !u->broken) {
        struct range *range = &u->ahead[0];

        if (range->begin >= range->end)
            forget_range(u);
        else
            room = u->input.files ? begin_of_several(u, range) : begin_one(u, range);
    }
    submit(u);
}

void crunch_uring_expect(struct crunch_uring *u, uint64_t begin, uint64_t end)
{
    if (u->n_ahead == CRUNCH_URING_AHEAD || begin >= end)
        return;
    u->ahead[u->n_ahead++] = (struct range){begin, end};
    begin_more(u);
}

/* The piece that has offset, or is to have it; those before it are dropped. NULL: none. */
static struct piece *find_piece(struct crunch_uring *u, uint64_t offset)
{
    for (unsigned i = 0; i < u->count; i++) {
        struct piece *p = piece_at(u, i);

        if (p->dropped || offset < p->begin || offset >= p->end)
            continue;
        for (unsigned k = 0; k < i; k++)
            piece_at(u, k)->dropped = true;
        return p;
    }
    return NULL;
}

/* Makes what was announced begin at offset, if it is in there, and drops everything before. */
static bool skip_to(struct crunch_uring *u, uint64_t offset)
{
    size_t i = 0;

    while (i < u->n_ahead && (offset < u->ahead[i].begin || offset >= u->ahead[i].end))
        i++;
    if (i == u->n_ahead)
        return false;
    for (; i > 0; i--)
        forget_range(u);
    u->ahead[0].begin = offset;
    for (unsigned k = 0; k < u->count; k++)
        piece_at(u, k)->dropped = true;
    make_room(u);
    while (u->count && wait_for(u, piece_at(u, 0)))
        drop_oldest(u);
    begin_more(u);
    return !u->broken;
}

/* The piece with offset, ended; NULL when that was not read. */
static const struct piece *fetch(struct crunch_uring *u, uint64_t offset)
{
    struct piece *p;

    if (u->broken)
        return NULL;
    p = find_piece(u, offset);
    if (!p && skip_to(u, offset))
        p = find_piece(u, offset);
    if (!p || !wait_for(u, p) || offset >= p->end)
        return NULL;
    return p;
}

size_t crunch_uring_take(struct crunch_uring *u, void *buffer, size_t len, uint64_t offset)
{
    size_t done = 0;

    while (done < len) {
        const struct piece *p = fetch(u, offset + done);
        size_t n = len - done, from;

        if (!p)
            break;
        from = (size_t)(offset + done - p->begin);
        if (n > p->end - p->begin - from)
            n = (size_t)(p->end - p->begin) - from;
        memcpy((char *)buffer + done, u->memory + p->at + p->lead + from, n);
        done += n;
    }
    if (!u->broken)
        begin_more(u);
    u->taken += done;
    return done;
}

const char *crunch_uring_lend(struct crunch_uring *u, size_t i)
{
    const struct crunch_file *file = &u->input.files->file[i];
    const struct piece *p = fetch(u, file->base);

    if (!p || p->file != i)
        return NULL;
    begin_more(u);
    u->taken += file->size;
    return (const char *)u->memory + p->at;
}

bool crunch_uring_is_direct(const struct crunch_uring *u)
{
    return u->direct;
}

uint64_t crunch_uring_taken(const struct crunch_uring *u)
{
    return u->taken;
}

void crunch_uring_free(struct crunch_uring *u)
{
    bool left = false;

    if (!u)
        return;
    for (unsigned k = 0; k < u->count; k++)
        left |= !wait_for(u, piece_at(u, k));
    io_uring_queue_exit(&u->ring);
    if (u->fd >= 0)
        close(u->fd);
    if (u->once_fd >= 0)
        close(u->once_fd);
    if (u->member_fd >= 0)
        close(u->member_fd);
    if (!left) /* else the kernel may still write to it */
        munmap(u->reserved, RESERVED);
    free(u);
}

#else

bool crunch_uring_is_built(void)
{
    return false;
}

int crunch_uring_refused(void)
{
    return ENOPKG;
}

struct crunch_uring *crunch_uring_create(const struct crunch_uring_input *input)
{
    (void)input;
    errno = ENOPKG;
    return NULL;
}

void crunch_uring_free(struct crunch_uring *ring)
{
    (void)ring;
}

void crunch_uring_expect(struct crunch_uring *ring, uint64_t begin, uint64_t end)
{
    (void)ring, (void)begin, (void)end;
}

size_t crunch_uring_take(struct crunch_uring *ring, void *buffer, size_t len, uint64_t offset)
{
    (void)ring, (void)buffer, (void)len, (void)offset;
    return 0;
}

const char *crunch_uring_lend(struct crunch_uring *ring, size_t i)
{
    (void)ring, (void)i;
    return NULL;
}

bool crunch_uring_is_direct(const struct crunch_uring *ring)
{
    (void)ring;
    return false;
}

uint64_t crunch_uring_taken(const struct crunch_uring *ring)
{
    (void)ring;
    return 0;
}

#endif

const char *crunch_uring_library(void)
{
    return crunch_uring_is_built() ? "liburing" : "none";
}
