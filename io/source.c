/*
 * Sources: the choice between a regular file (pread, one size for the whole run), one that is
 * packed in parts (a cursor per reader, io/cursor.c) and a stream (io/stream.c). A view is a
 * shallow copy with its own waiting behaviour and its own cursor; it owns nothing else, so it may
 * be used by one thread or process while others use theirs.
 *
 * A packed regular file without parts is a stream for the views, that is, during a run; whoever
 * reads the source itself does so with a cursor, from the file's beginning.
 */
#include "io/source.h"

#include "io/cursor.h"
#include "io/fetch.h"
#include "io/files.h"
#include "io/mapping.h"
#include "io/members.h"
#include "io/recode.h"
#include "io/remote.h"
#include "io/spool.h"
#include "io/stream.h"
#include "io/temp.h"
#include "io/uring.h"
#include "io/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Under --io=auto smaller files are copied: a mapping costs a few system calls and page faults. */
#define MAP_BYTES ((uint64_t)1 << 20)

/* Of a mapped file, so many bytes are given back at a time: the resident memory of a view is about
 * twice that. */
#define KEPT_BYTES ((uint64_t)4 << 20)

/* Of several files, one up to this size is read with one call when it is opened; of a larger one,
 * so much: what tells its packing, and the header in most. */
#define WHOLE_BYTES ((size_t)256 << 10)
#define HEAD_BYTES ((size_t)512)

struct crunch_source {
    const char *name;
    int fd;
    bool owns_fd;
    bool is_view;
    bool was_gone;
    off_t base; /* of byte 0 in the file: standard input may stand behind its beginning */
    uint64_t size;
    struct timespec modified;
    bool check_modified;
    struct crunch_fetcher *fetcher; /* of a URL, with remote; NULL: a descriptor */
    struct crunch_remote *remote;
    struct crunch_members members; /* those of files that are remote */
    struct crunch_stream *stream;  /* NULL: a regular file */
    struct crunch_supply supply;   /* regular file: its bytes as they are stored */
    enum crunch_packing packing;   /* regular file */
    struct crunch_frames *frames;  /* of a file that is packed in parts */
    enum crunch_seek_found seek_table;
    struct crunch_cursor *cursor; /* own; made when it is needed */
    struct crunch_waiting waiting;
    const struct crunch_waiting *waits; /* &waiting or NULL */
    struct crunch_files *files;         /* NULL: one file */
    size_t selected;                    /* member that is open, or SIZE_MAX */
    uint64_t member_base;               /* of it in the input */
    const char *head;                   /* its first head_len bytes: in room, or the ring's */
    size_t head_len;
    char *room;                             /* slack, WHOLE_BYTES, slack; NULL until needed */
    const struct crunch_recoding *recoding; /* NULL: none */
    const _Atomic int *stop;
    const char *tmpdir;
    enum crunch_reading reading; /* AUTO: mapped if large */
    int reading_why;             /* errno for which that is not as asked; 0 */
    struct crunch_uring *ring;   /* own; made when something is expected */
    bool ringless;               /* none is to be made */
    bool owns_view_fd;           /* the view's fd is its own */
    struct crunch_mapping
        *mapping;     /* of a view: the file that is open; made when first asked for */
    bool unmapped;    /* no mapping is to be made of that */
    uint64_t read_ns; /* of a view: spent in crunch_source_read, waiting included */
};

static enum crunch_code make_stream(struct crunch_source *source, struct crunch_error *error)
{
    source->stream = crunch_stream_create(&source->supply);
    if (!source->stream)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    return CRUNCH_OK;
}

/* Looks whether the file is packed, and how it can be unpacked. */
static enum crunch_code look_into(struct crunch_source *source, struct crunch_error *error)
{
    char beginning[CRUNCH_PACKING_BYTES];
    struct crunch_error own;
    enum crunch_code code;
    ssize_t n;

    if (!error)
        error = &own;
    n = crunch_supply_peek(&source->supply, beginning, sizeof beginning, 0, error);
    if (n < 0)
        return error->code;
    code = crunch_packing_detect(beginning, (size_t)n, &source->packing, error);
    if (!code && source->recoding) {
        if (!source->packing)
            source->packing = CRUNCH_PACKING_TEXT;
        return make_stream(source, error);
    }
    if (code || source->packing == CRUNCH_PACKING_NONE)
        return code;
    code = crunch_frames_index(&source->supply, source->packing, &source->frames,
                               &source->seek_table, error);
    if (code)
        return code;
    if (!source->frames)
        return make_stream(source, error);
    source->size = crunch_frames_size(source->frames);
    return CRUNCH_OK;
}

/* Regular file with something in it: size and base. Everything else becomes a stream. */
static enum crunch_code classify(struct crunch_source *source, struct crunch_error *error)
{
    struct stat status;

    if (fstat(source->fd, &status))
        return crunch_fail_errno(error, CRUNCH_IO, errno, "cannot look at it");
    if (S_ISDIR(status.st_mode))
        return crunch_fail(error, CRUNCH_IO, "is a directory");
    if (S_ISREG(status.st_mode) && status.st_size > 0) {
        source->base = source->owns_fd ? 0 : lseek(source->fd, 0, SEEK_CUR);
        if (source->base < 0)
            source->base = 0;
        source->size =
            status.st_size > source->base ? (uint64_t)(status.st_size - source->base) : 0;
        source->modified = status.st_mtim;
        source->check_modified = true;
        source->supply = (struct crunch_supply){.fd = source->fd,
                                                .is_file = true,
                                                .base = source->base,
                                                .size = source->size,
                                                .recoding = source->recoding};
        return look_into(source, error);
    }
    source->supply = (struct crunch_supply){.fd = source->fd, .recoding = source->recoding};
    return make_stream(source, error);
}

static enum crunch_code open_remote(struct crunch_source *source,
                                    const struct crunch_fetching *fetching,
                                    struct crunch_error *error)
{
    const struct crunch_fetching usual = crunch_fetching_default();
    enum crunch_code code;

    if (!fetching)
        fetching = &usual;
    source->fd = -1;
    code = crunch_fetcher_create(fetching, &source->fetcher, error);
    if (!code)
        code = crunch_remote_open(source->fetcher, crunch_fetching_url(fetching, source->name),
                                  &source->remote, error);
    if (code)
        return code;
    source->supply =
        (struct crunch_supply){.fd = -1, .remote = source->remote, .recoding = source->recoding};
    return make_stream(source, error);
}

static void close_remote(struct crunch_source *source)
{
    crunch_remote_close(source->remote);
    crunch_fetcher_free(source->fetcher);
    source->remote = NULL;
    source->fetcher = NULL;
}

enum crunch_code crunch_source_open(const char *path, struct crunch_source **out,
                                    struct crunch_error *error)
{
    return crunch_source_open_recoded(path, NULL, NULL, out, error);
}

static enum crunch_code open_local(struct crunch_source *source, const char *path,
                                   struct crunch_error *error)
{
    source->fd = source->owns_fd ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    if (source->fd < 0)
        return crunch_fail_open(path, errno, error);
    return classify(source, error);
}

enum crunch_code crunch_source_open_recoded(const char *path,
                                            const struct crunch_recoding *recoding,
                                            const struct crunch_fetching *fetching,
                                            struct crunch_source **out, struct crunch_error *error)
{
    struct crunch_source *source = calloc(1, sizeof *source);
    enum crunch_code code;

    *out = NULL;
    if (!source)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    source->recoding = crunch_recoding_wanted(recoding) ? recoding : NULL;
    source->owns_fd = strcmp(path, "-") != 0;
    source->name = source->owns_fd ? path : "<stdin>";
    code = crunch_url_is(path) ? open_remote(source, fetching, error)
                               : open_local(source, path, error);
    if (code) {
        if (error)
            error->file = source->name;
        crunch_source_close(source);
        return code;
    }
    *out = source;
    return CRUNCH_OK;
}

enum crunch_code crunch_source_open_files(const char *const *paths, size_t n,
                                          const struct crunch_recoding *recoding,
                                          const struct crunch_files_want *want,
                                          struct crunch_source **out, struct crunch_error *error)
{
    struct crunch_source *source = calloc(1, sizeof *source);
    enum crunch_code code;
    size_t first;

    *out = NULL;
    if (!source)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    source->fd = -1;
    source->selected = SIZE_MAX;
    source->recoding = crunch_recoding_wanted(recoding) ? recoding : NULL;
    source->members.fetching = want->fetching;
    code = crunch_files_create(paths, n, want, &source->files, error);
    source->members.files = source->files;
    if (!code) {
        source->size = source->files->size;
        first = crunch_files_next(source->files, 0);
        code = crunch_source_select(source, first < n ? first : 0, error);
    }
    if (code) {
        crunch_source_close(source);
        return code;
    }
    *out = source;
    return CRUNCH_OK;
}

static void forget_mapping(struct crunch_source *source)
{
    crunch_mapping_free(source->mapping);
    source->mapping = NULL;
    source->unmapped = false;
}

const struct crunch_files *crunch_source_files(const struct crunch_source *source)
{
    return source->files;
}

/* ---- remote members ---- */

static bool has_remotes(const struct crunch_source *source)
{
    return crunch_members_any(&source->members);
}

static bool is_remote(const struct crunch_source *source)
{
    return crunch_members_is_remote(&source->members, source->selected);
}

static void close_members(struct crunch_source *source)
{
    crunch_members_close(&source->members);
    if (source->files)
        source->supply.remote = NULL;
}

const char *crunch_source_beginning(const struct crunch_source *source, size_t i, size_t *len)
{
    const struct crunch_members *members = &source->members;
    bool known = members->beginning && members->beginning_of == i;

    *len = known ? members->beginning_len : 0;
    return known ? members->beginning : NULL;
}

unsigned crunch_source_readers_most(const struct crunch_source *source)
{
    return crunch_members_readers(&source->members);
}

int crunch_source_fetch_way(const struct crunch_source *source)
{
    return source->remote ? (int)crunch_remote_way(source->remote) : CRUNCH_FETCH_UNKNOWN;
}

uint64_t crunch_source_fetch_bytes(const struct crunch_source *source)
{
    return source->fetcher ? crunch_fetcher_bytes(source->fetcher)
                           : crunch_members_bytes(&source->members);
}

void crunch_source_expect_members(struct crunch_source *view, uint64_t begin, uint64_t end)
{
    crunch_members_expect(&view->members, begin, end);
}

/* ---- members ---- */

static enum crunch_code open_member(struct crunch_source *source, size_t i,
                                    struct crunch_error *error)
{
    enum crunch_code code = crunch_files_open(source->files, i, &source->fd, error);

    source->supply.fd = source->fd;
    return code;
}

/* Reads the beginning of the member that was opened, or all of it. */
static enum crunch_code read_head(struct crunch_source *source, struct crunch_error *error)
{
    const size_t slack = CRUNCH_MAPPING_SLACK;
    size_t wanted = HEAD_BYTES;
    ssize_t n;

    if (!source->room) {
        source->room = aligned_alloc(64, WHOLE_BYTES + 2 * slack);
        if (!source->room)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        memset(source->room, 0, slack);
    }
    if (source->supply.size <= WHOLE_BYTES && source->reading != CRUNCH_READING_MMAP)
        wanted = WHOLE_BYTES;
    n = crunch_supply_peek(&source->supply, source->room + slack, wanted, 0, error);
    if (n < 0)
        return error->code;
    source->head = source->room + slack;
    source->head_len = (size_t)n;
    return CRUNCH_OK;
}

/* The bytes of the open file, offset counted in it: those that were read ahead, the others, and
 * every error, by pread. */
static ssize_t read_file(struct crunch_source *source, void *buffer, size_t len, uint64_t offset,
                         struct crunch_error *error)
{
    size_t had = 0;
    ssize_t n;

    if (offset >= source->supply.size)
        return 0;
    if (len > source->supply.size - offset)
        len = (size_t)(source->supply.size - offset);
    if (offset + len <= source->head_len) {
        memcpy(buffer, source->head + offset, len);
        return (ssize_t)len;
    }
    if (source->ring)
        had = crunch_uring_take(source->ring, buffer, len,
                                source->files ? source->member_base + offset : offset);
    if (had == len)
        return (ssize_t)had;
    if (source->fd < 0 && open_member(source, source->selected, error))
        return -1;
    n = crunch_supply_peek(&source->supply, (char *)buffer + had, len - had, offset + had, error);
    if (n < 0 && error)
        error->file = source->name;
    return n < 0 ? n : n + (ssize_t)had;
}

enum crunch_code crunch_source_select(struct crunch_source *source, size_t i,
                                      struct crunch_error *error)
{
    const struct crunch_file *file = &source->files->file[i];
    char beginning[CRUNCH_PACKING_BYTES];
    struct crunch_error own;
    enum crunch_code code = CRUNCH_OK;
    ssize_t n;

    if (!error)
        error = &own;
    if (source->selected == i && !(file->url && source->cursor))
        return CRUNCH_OK;
    forget_mapping(source);
    crunch_cursor_free(source->cursor);
    source->cursor = NULL;
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
    source->head_len = 0;
    source->name = file->name;
    source->selected = i;
    source->member_base = file->base;
    source->supply = (struct crunch_supply){.fd = -1,
                                            .is_file = true,
                                            .size = file->size,
                                            .stop = source->stop,
                                            .recoding = source->recoding,
                                            .window_most = source->supply.window_most};
    source->head = NULL;
    if (file->url) {
        source->supply.is_file = false;
        source->packing = CRUNCH_PACKING_TOLD;
        return CRUNCH_OK;
    }
    source->head = source->ring ? crunch_uring_lend(source->ring, i) : NULL;
    if (source->head) {
        source->head_len = (size_t)file->size;
    } else {
        code = open_member(source, i, error);
        if (!code)
            code = read_head(source, error);
    }
    n = code ? -1 : read_file(source, beginning, sizeof beginning, 0, error);
    if (n >= 0)
        code = crunch_packing_detect(beginning, (size_t)n, &source->packing, error);
    if (!code && source->packing && source->fd < 0)
        code = open_member(source, i, error);
    if (code || n < 0) {
        source->selected = SIZE_MAX;
        error->file = file->name;
        return error->code;
    }
    if (source->recoding && !source->packing)
        source->packing = CRUNCH_PACKING_TEXT;
    return CRUNCH_OK;
}

void crunch_source_close(struct crunch_source *source)
{
    if (!source)
        return;
    forget_mapping(source);
    crunch_uring_free(source->ring);
    free(source->room);
    crunch_cursor_free(source->cursor);
    close_members(source);
    if ((source->files || source->owns_view_fd) && source->fd >= 0)
        close(source->fd);
    if (source->files && !source->is_view)
        crunch_files_free(source->files);
    if (!source->is_view) {
        crunch_stream_free(source->stream);
        crunch_frames_free(source->frames);
        close_remote(source);
        free(source->members.beginning);
        if (source->owns_fd && source->fd >= 0)
            close(source->fd);
    }
    free(source);
}

void crunch_source_configure(struct crunch_source *source, const _Atomic int *stop,
                             const char *tmpdir)
{
    source->stop = stop;
    source->tmpdir = tmpdir;
    source->supply.stop = stop;
    if (source->stream)
        crunch_stream_configure(source->stream, stop, tmpdir);
}

void crunch_source_limit_window(struct crunch_source *source, uint64_t bytes)
{
    source->supply.window_most = bytes;
    if (source->stream)
        crunch_stream_limit_window(source->stream, bytes);
}

/* Regular, and not packed; of several files, the one that is selected. */
static bool is_plain(const struct crunch_source *source)
{
    return source->supply.is_file && !source->packing && !source->stream && !source->frames;
}

void crunch_source_set_reading(struct crunch_source *source, enum crunch_reading reading,
                               bool frugal)
{
    const struct crunch_readable input = {source->files ? -1 : source->fd, source->base,
                                          source->files ? source->files->size : source->size,
                                          source->files};

    source->reading = reading;
    source->reading_why = 0;
    if (has_remotes(source))
        source->reading =
            reading == CRUNCH_READING_MMAP ? CRUNCH_READING_MMAP : CRUNCH_READING_PREAD;
    else if (is_plain(source) && !(frugal && reading == CRUNCH_READING_AUTO))
        source->reading = crunch_reading_choose(reading, &input, &source->reading_why);
}

const char *crunch_source_name(const struct crunch_source *source)
{
    return source->name;
}

bool crunch_source_is_stream(const struct crunch_source *source)
{
    return source->stream != NULL;
}

bool crunch_source_is_rereadable(const struct crunch_source *source)
{
    return source->files ? !has_remotes(source) : source->supply.is_file;
}

const char *crunch_source_packing(const struct crunch_source *source)
{
    return source->packing == CRUNCH_PACKING_ZSTD   ? "zstd"
           : source->packing == CRUNCH_PACKING_GZIP ? "gzip"
                                                    : NULL;
}

const uint64_t *crunch_source_parts(const struct crunch_source *source, size_t *n)
{
    *n = source->frames ? source->frames->n : 0;
    return source->frames ? source->frames->decoded : NULL;
}

enum crunch_seek_found crunch_source_seek_table(const struct crunch_source *source)
{
    return source->seek_table;
}

uint64_t crunch_source_unpack_bytes(const struct crunch_source *source)
{
    uint64_t window;

    if (source->packing == CRUNCH_PACKING_NONE || source->packing == CRUNCH_PACKING_TOLD)
        return 0;
    window = source->frames ? source->frames->window
                            : crunch_frames_window(&source->supply, source->packing);
    return window + CRUNCH_BLOCK_BYTES; /* input, tables, what is kept behind */
}

uint64_t crunch_source_size(const struct crunch_source *source)
{
    if (source->files && source->is_view) {
        const struct crunch_file *file = &source->files->file[source->selected];

        return source->packing ? CRUNCH_SIZE_UNKNOWN : file->base + file->size;
    }
    return source->stream ? crunch_stream_size(source->stream) : source->size;
}

void crunch_source_progress(const struct crunch_source *source, uint64_t position, uint64_t *done,
                            uint64_t *total)
{
    if (has_remotes(source)) {
        crunch_files_progress(source->files, position, done, total);
        return;
    }
    bool stored = source->stream && (source->supply.is_file || source->remote);

    *done = stored ? crunch_stream_consumed(source->stream) : position;
    *total = !stored          ? crunch_source_size(source)
             : source->remote ? crunch_remote_size(source->remote)
                              : source->supply.size;
}

uint64_t crunch_source_settled(const struct crunch_source *source, uint64_t position)
{
    uint64_t done = position, total;

    if (has_remotes(source))
        crunch_files_progress(source->files, position, &done, &total);
    return done;
}

uint64_t crunch_source_unpacked(const struct crunch_source *view)
{
    return view->files && view->packing && view->cursor ? crunch_cursor_consumed(view->cursor) : 0;
}

static ssize_t read_packed(struct crunch_source *source, void *buffer, size_t len, uint64_t offset,
                           struct crunch_error *error)
{
    ssize_t n;

    if (is_remote(source) &&
        crunch_members_open(&source->members, source->selected, &source->supply.remote, error))
        return -1;
    if (!source->cursor)
        source->cursor = crunch_cursor_create(&source->supply, source->packing, source->frames);
    if (!source->cursor) {
        crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        return -1;
    }
    n = crunch_cursor_read(source->cursor, buffer, len, offset, error);
    if (is_remote(source)) {
        crunch_members_note(&source->members, source->selected, source->supply.remote,
                            source->is_view);
        if (!source->is_view && n > 0)
            crunch_members_keep(&source->members, source->selected, buffer, (size_t)n, offset);
    }
    if (n < 0 && error)
        error->file = source->name;
    return n;
}

/* ---- mapped ---- */

/* Bytes of the open file that could be mapped; 0: it is not to be. */
static uint64_t mappable(const struct crunch_source *source)
{
    uint64_t size = source->supply.size;

    if (!is_plain(source) ||
        (source->reading != CRUNCH_READING_AUTO && source->reading != CRUNCH_READING_MMAP))
        return 0;
    if (source->reading == CRUNCH_READING_AUTO && size < MAP_BYTES)
        return 0;
    return size;
}

/* Gives back the block before that of offset when the bytes at offset are the first ones looked at
 * in theirs: a view goes through a file in order. */
static void give_back(const struct crunch_source *view, uint64_t offset, size_t len)
{
    uint64_t begin = offset / KEPT_BYTES * KEPT_BYTES;

    if (begin >= KEPT_BYTES && offset - begin < len)
        crunch_mapping_drop(view->mapping, begin - KEPT_BYTES, begin);
}

const char *crunch_source_map(struct crunch_source *view, uint64_t offset, size_t *len)
{
    uint64_t size = view->supply.size;

    if (view->files && view->head_len == size && is_plain(view)) {
        /* here already */
    } else if (!view->mapping) {
        if (view->unmapped)
            return NULL;
        if (mappable(view) > 0)
            view->mapping = crunch_mapping_create(view->fd, view->supply.base, size);
        view->unmapped = !view->mapping;
        if (view->unmapped)
            return NULL;
    }
    if (view->files)
        offset -= view->member_base;
    if (offset > size)
        offset = size;
    if (*len > size - offset)
        *len = (size_t)(size - offset);
    if (!view->mapping)
        return view->head + offset;
    give_back(view, offset, *len);
    return crunch_mapping_at(view->mapping, offset);
}

enum crunch_code crunch_source_check_map(struct crunch_source *view, uint64_t begin, uint64_t end,
                                         struct crunch_error *error)
{
    uint64_t base = view->files ? view->member_base : 0;
    enum crunch_code code;

    if (!view->mapping || end <= begin)
        return CRUNCH_OK;
    code = crunch_mapping_check(view->mapping, end - base, error);
    if (code && error)
        error->file = view->name;
    crunch_mapping_drop(view->mapping, begin > base ? begin - base : 0, end - base);
    return code;
}

enum crunch_reading crunch_source_reading(const struct crunch_source *source, int *why)
{
    struct crunch_mapping *trial;

    *why = source->reading_why;
    if (source->files || crunch_source_reads_ahead(source))
        return source->reading;
    if (mappable(source) == 0)
        return CRUNCH_READING_PREAD;
    trial = crunch_mapping_create(source->fd, source->supply.base, source->supply.size);
    if (!trial && source->reading == CRUNCH_READING_MMAP)
        *why = errno;
    crunch_mapping_free(trial);
    return trial ? CRUNCH_READING_MMAP : CRUNCH_READING_PREAD;
}

/* ---- read ahead ---- */

static bool uses_ring(const struct crunch_source *source)
{
    return is_plain(source) &&
           (source->reading == CRUNCH_READING_URING || source->reading == CRUNCH_READING_DIRECT);
}

unsigned crunch_source_chunks_ahead(const struct crunch_source *view)
{
    return has_remotes(view) ? crunch_members_ahead(&view->members) : uses_ring(view) ? 2 : 1;
}

bool crunch_source_reads_ahead(const struct crunch_source *source)
{
    return has_remotes(source) || uses_ring(source);
}

uint64_t crunch_source_ahead_bytes(const struct crunch_source *source)
{
    return uses_ring(source) ? CRUNCH_URING_MEMORY : 0;
}

void crunch_source_expect(struct crunch_source *view, uint64_t begin, uint64_t end)
{
    if (!view->ring && !view->ringless) {
        view->ring = crunch_uring_create(
            &(struct crunch_uring_input){.fd = view->files ? -1 : view->fd,
                                         .base = view->base,
                                         .size = view->files ? view->files->size : view->size,
                                         .files = view->files,
                                         .direct = view->reading == CRUNCH_READING_DIRECT});
        view->ringless = !view->ring;
    }
    if (view->ring)
        crunch_uring_expect(view->ring, begin, end);
}

/* ---- copied ---- */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static ssize_t read_any(struct crunch_source *source, void *buffer, size_t len, uint64_t offset,
                        struct crunch_error *error)
{
    ssize_t n;

    if (source->files && source->packing)
        return read_packed(source, buffer, len, offset - source->member_base, error);
    if (source->files)
        return read_file(source, buffer, len, offset - source->member_base, error);
    if (source->frames || (source->stream && source->supply.is_file && !source->is_view))
        return read_packed(source, buffer, len, offset, error);
    if (!source->stream)
        return read_file(source, buffer, len, offset, error);
    n = crunch_stream_read(source->stream, source->waits, buffer, len, offset, error);
    if (n == CRUNCH_SOURCE_GONE)
        source->was_gone = true;
    else if (n < 0 && error)
        error->file = source->name;
    return n;
}

ssize_t crunch_source_read(struct crunch_source *source, void *buffer, size_t len, uint64_t offset,
                           struct crunch_error *error)
{
    uint64_t began = now_ns();
    ssize_t n = read_any(source, buffer, len, offset, error);

    if (source->is_view) /* the source itself may be read by several at once */
        source->read_ns += now_ns() - began;
    return n;
}

uint64_t crunch_source_read_ns(const struct crunch_source *view)
{
    return view->read_ns;
}

enum crunch_code crunch_source_rewind(struct crunch_source *source, struct crunch_error *error)
{
    return source->stream ? crunch_stream_rewind(source->stream, error) : CRUNCH_OK;
}

enum crunch_code crunch_source_prepare(struct crunch_source *source, unsigned workers,
                                       bool own_pump, struct crunch_bell *bell,
                                       struct crunch_error *error)
{
    enum crunch_code code;

    if (has_remotes(source)) { /* its connections are not for the processes to come */
        crunch_cursor_free(source->cursor);
        source->cursor = NULL;
        close_members(source);
        source->members.sharers = workers;
    }
    if (!source->stream)
        return CRUNCH_OK;
    code = crunch_stream_prepare(source->stream, workers, own_pump, bell, error);
    if (code && error)
        error->file = source->name;
    return code;
}

void crunch_source_release(struct crunch_source *source, uint64_t offset)
{
    if (source->stream)
        crunch_stream_release(source->stream, offset);
}

void crunch_source_pump(struct crunch_source *source)
{
    if (source->stream)
        crunch_stream_pump(source->stream);
}

void crunch_source_end_pump(struct crunch_source *source)
{
    if (source->stream)
        crunch_stream_end_pump(source->stream);
}

/* See crunch_reading_reopen; without one of its own a view reads all the same. */
static void own_descriptor(struct crunch_source *view)
{
    int fd;

    view->owns_view_fd = false;
    if (view->files || view->stream || !view->supply.is_file || view->supply.size < MAP_BYTES)
        return;
    fd = crunch_reading_reopen(view->fd, 0);
    if (fd < 0)
        return;
    view->fd = view->supply.fd = fd;
    view->owns_view_fd = true;
}

enum crunch_code crunch_source_view(struct crunch_source *source,
                                    const struct crunch_waiting *waiting,
                                    struct crunch_source **out, struct crunch_error *error)
{
    struct crunch_source *view = malloc(sizeof *view);

    *out = view;
    if (!view)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    *view = *source;
    view->is_view = true;
    if (view->files) { /* it opens its own */
        view->fd = -1;
        view->selected = SIZE_MAX;
    }
    view->ring = NULL;
    view->room = NULL;
    view->head_len = 0;
    view->ringless = !uses_ring(source);
    view->members.ahead = NULL;
    own_descriptor(view);
    view->cursor = NULL;
    view->mapping = NULL;
    view->unmapped = false;
    view->was_gone = false;
    view->read_ns = 0;
    view->waits = NULL;
    if (waiting) {
        view->waiting = *waiting;
        view->waits = &view->waiting;
    }
    return CRUNCH_OK;
}

bool crunch_source_was_gone(struct crunch_source *view)
{
    bool was = view->was_gone;

    view->was_gone = false;
    return was;
}

enum crunch_code crunch_source_check_unchanged(struct crunch_source *source,
                                               struct crunch_error *error)
{
    struct stat status;
    uint64_t size;
    const char *what = NULL;

    if (source->files)
        return crunch_files_check(source->files, false, error);
    if (!source->check_modified)
        return CRUNCH_OK;
    if (fstat(source->fd, &status))
        return crunch_fail_errno(error, CRUNCH_IO, errno, "cannot look at it");
    size = status.st_size > source->base ? (uint64_t)(status.st_size - source->base) : 0;
    if (size < source->supply.size)
        what = "the file has become shorter while it was read";
    else if (size > source->supply.size)
        what = "the file has grown while it was read";
    else if (status.st_mtim.tv_sec != source->modified.tv_sec ||
             status.st_mtim.tv_nsec != source->modified.tv_nsec)
        what = "the file was written to while it was read";
    if (!what)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_IO, "%s", what);
    if (error)
        error->file = source->name;
    return CRUNCH_IO;
}

enum crunch_code crunch_source_check_member(struct crunch_source *view, struct crunch_error *error)
{
    return crunch_files_check_one(view->files, view->selected, view->fd, error);
}

enum crunch_code crunch_source_check_rest(struct crunch_source *source, struct crunch_error *error)
{
    return source->files ? crunch_files_check(source->files, true, error)
                         : crunch_source_check_unchanged(source, error);
}

bool crunch_source_settle(struct crunch_source *source, uint64_t end)
{
    return !source->stream || crunch_stream_settle(source->stream, end);
}

/* Decodes from the beginning, or that of the part that begin lies in, to behind the frame that has
 * the byte before end. */
static enum crunch_code check_frames(struct crunch_source *source, uint64_t begin, uint64_t end,
                                     struct crunch_error *error)
{
    struct crunch_decoder *decoder = crunch_decoder_create(&source->supply);
    char *piece = malloc(CRUNCH_BLOCK_BYTES);
    uint64_t base = 0;
    size_t part;
    ssize_t n = decoder && piece ? 1 : 0;

    if (decoder && source->frames && begin < source->size) {
        part = crunch_frames_find(source->frames, begin);
        base = source->frames->decoded[part];
        crunch_decoder_restart(decoder, source->frames->packed[part], source->packing,
                               source->packing == CRUNCH_PACKING_GZIP);
        if (source->frames->table == CRUNCH_SEEK_USED)
            crunch_decoder_hold_to(decoder, source->frames, part);
    }
    while (n > 0 && base + crunch_decoder_sound(decoder) < end)
        n = crunch_decoder_read(decoder, piece, CRUNCH_BLOCK_BYTES, error);
    crunch_decoder_free(decoder);
    free(piece);
    return n < 0 ? error->code : CRUNCH_OK;
}

enum crunch_code crunch_source_check_sound(struct crunch_source *source, uint64_t begin,
                                           uint64_t end, struct crunch_error *error)
{
    struct crunch_error found;
    enum crunch_code code = CRUNCH_OK;

    if (source->stream && (!source->supply.is_file || crunch_stream_is_prepared(source->stream)))
        code = crunch_stream_check_sound(source->stream, end, &found);
    else if (source->packing == CRUNCH_PACKING_ZSTD || source->packing == CRUNCH_PACKING_GZIP)
        code = check_frames(source, begin, end, &found);
    if (code != CRUNCH_IO)
        return CRUNCH_OK;
    found.file = source->name;
    if (error)
        *error = found;
    return CRUNCH_IO;
}

enum crunch_code crunch_spool(struct crunch_source *source, struct crunch_error *error)
{
    return source->supply.is_file ? CRUNCH_OK : crunch_spool_unpacked(source, error);
}

enum crunch_code crunch_spool_unpacked(struct crunch_source *source, struct crunch_error *error)
{
    enum crunch_code code;
    uint64_t size;
    int fd;

    if (!source->stream)
        return CRUNCH_OK;
    code = crunch_temp_open(source->tmpdir, &fd, error);
    if (code)
        return code;
    code = crunch_stream_copy(source->stream, fd, &size, error);
    if (code) {
        if (error && !error->file)
            error->file = source->name;
        close(fd);
        return code;
    }
    crunch_stream_free(source->stream);
    close_remote(source);
    if (source->owns_fd && source->fd >= 0)
        close(source->fd);
    source->stream = NULL;
    source->fd = fd;
    source->owns_fd = true;
    source->base = 0;
    source->size = size;
    source->supply =
        (struct crunch_supply){.fd = fd, .is_file = true, .size = size, .stop = source->stop};
    source->packing = CRUNCH_PACKING_NONE;
    crunch_cursor_free(source->cursor);
    source->cursor = NULL;
    source->check_modified = false; /* nobody else can reach it */
    return CRUNCH_OK;
}
