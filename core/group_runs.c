/*
 * Owns the form of runs and their merging. A run is a row of frames, each some hundred KiB of whole
 * items, in memory as they are or in the file compressed. An item is its rank, then key, order and
 * data, each behind its length.
 *
 * Merging keeps the runs' first items in a binary heap; of each run one frame is in memory.
 */
#include "core/group_runs.h"

#include "io/temp.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define FRAME_BYTES ((size_t)256 << 10)
#define ZSTD_LEVEL 1

struct frame {
    unsigned char *data; /* in memory; NULL: in the file */
    uint64_t at;
    size_t stored, bytes;
};

struct run {
    struct frame *frame;
    size_t n_frames, room;
    struct run *next; /* of the slot */
};

struct crunch_runs {
    struct crunch_run_order order;
    size_t limit;
    const char *tmpdir;
    int fd; /* opened at the beginning where there is a limit, so that no lock is needed; or -1 */
    _Atomic uint64_t file_end;
    _Atomic size_t in_memory;
    size_t n_slots;
    struct slot {
        struct run *runs;
        struct crunch_bytes open; /* the frame being filled, of runs[0] */
    } * slot;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the groups");
}

enum crunch_code crunch_runs_create(size_t n_slots, const struct crunch_run_order *order,
                                    size_t limit, const char *tmpdir, struct crunch_runs **out,
                                    struct crunch_error *error)
{
    struct crunch_runs *runs = *out = calloc(1, sizeof *runs);
    if (!runs)
        return no_memory(error);
    runs->order = *order;
    runs->limit = limit;
    runs->tmpdir = tmpdir;
    runs->fd = -1;
    runs->n_slots = n_slots;
    runs->slot = calloc(n_slots + 1, sizeof *runs->slot);
    enum crunch_code code = runs->slot ? CRUNCH_OK : no_memory(error);
    if (!code && limit != SIZE_MAX)
        code = crunch_temp_open(tmpdir, &runs->fd, error);
    return code;
}

static void free_run(struct run *run)
{
    for (size_t i = 0; i < run->n_frames; i++)
        free(run->frame[i].data);
    free(run->frame);
    free(run);
}

void crunch_runs_free(struct crunch_runs *runs)
{
    if (!runs)
        return;
    for (size_t s = 0; s < runs->n_slots && runs->slot; s++) {
        crunch_bytes_free(&runs->slot[s].open);
        while (runs->slot[s].runs) {
            struct run *run = runs->slot[s].runs;
            runs->slot[s].runs = run->next;
            free_run(run);
        }
    }
    free(runs->slot);
    if (runs->fd >= 0)
        close(runs->fd);
    free(runs);
}

static int compare_keys(const struct crunch_run_item *a, const struct crunch_run_item *b)
{
    size_t common = a->key_len < b->key_len ? a->key_len : b->key_len;
    int order = common > 0 ? memcmp(a->key, b->key, common) : 0;
    return order != 0 ? order : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

int crunch_runs_compare(const struct crunch_runs *runs, const struct crunch_run_item *a,
                        const struct crunch_run_item *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int order = runs->order.compare ? runs->order.compare(a, b) : 0;
    if (order != 0)
        return order;
    return runs->order.keys_descending ? compare_keys(b, a) : compare_keys(a, b);
}

/* ---- writing ---- */

enum crunch_code crunch_runs_begin(struct crunch_runs *runs, size_t slot,
                                   struct crunch_error *error)
{
    enum crunch_code code = crunch_runs_end(runs, slot, error);
    struct run *run = code ? NULL : calloc(1, sizeof *run);
    if (code)
        return code;
    if (!run)
        return no_memory(error);
    run->next = runs->slot[slot].runs;
    runs->slot[slot].runs = run;
    return code;
}

/* The frame's bytes into the file, compressed. */
static enum crunch_code spill(struct crunch_runs *runs, const struct crunch_bytes *open,
                              struct frame *frame, struct crunch_error *error)
{
    size_t room = ZSTD_compressBound(open->len);
    void *packed = malloc(room);
    if (!packed)
        return no_memory(error);
    size_t stored = ZSTD_compress(packed, room, open->data, open->len, ZSTD_LEVEL);
    if (ZSTD_isError(stored)) {
        free(packed);
        return no_memory(error);
    }
    uint64_t at = atomic_fetch_add(&runs->file_end, stored);
    int failed = crunch_write_all(runs->fd, packed, stored, (off_t)at);
    free(packed);
    *frame = (struct frame){.at = at, .stored = stored, .bytes = open->len};
    if (failed)
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write a temporary file in %s",
                                 runs->tmpdir);
    return CRUNCH_OK;
}

/* Closes the frame that is being filled. */
static enum crunch_code close_frame(struct crunch_runs *runs, struct slot *slot,
                                    struct crunch_error *error)
{
    struct run *run = slot->runs;
    struct crunch_bytes *open = &slot->open;
    if (open->len == 0)
        return CRUNCH_OK;
    if (run->n_frames == run->room) {
        struct frame *grown = realloc(run->frame, (run->room * 2 + 8) * sizeof *grown);
        if (!grown)
            return no_memory(error);
        run->frame = grown;
        run->room = run->room * 2 + 8;
    }
    struct frame *frame = &run->frame[run->n_frames];
    if (runs->fd >= 0 && atomic_load(&runs->in_memory) + open->len > runs->limit) {
        enum crunch_code code = spill(runs, open, frame, error);
        if (code)
            return code;
        open->len = 0;
    } else {
        unsigned char *fitting = realloc(open->data, open->len);
        *frame = (struct frame){.data = fitting ? fitting : open->data, .bytes = open->len};
        atomic_fetch_add(&runs->in_memory, open->len);
        *open = (struct crunch_bytes){0};
    }
    run->n_frames++;
    return CRUNCH_OK;
}

static void add_text(struct crunch_bytes *open, const void *data, size_t len)
{
    crunch_bytes_add_varint(open, len);
    crunch_bytes_add(open, data, len);
}

enum crunch_code crunch_runs_add(struct crunch_runs *runs, size_t slot,
                                 const struct crunch_run_item *item, struct crunch_error *error)
{
    struct crunch_bytes *open = &runs->slot[slot].open;
    crunch_bytes_add(open, &item->rank, sizeof item->rank);
    add_text(open, item->key, item->key_len);
    add_text(open, item->order, item->order_len);
    add_text(open, item->data, item->bytes);
    if (open->failed)
        return no_memory(error);
    return open->len < FRAME_BYTES ? CRUNCH_OK : close_frame(runs, &runs->slot[slot], error);
}

enum crunch_code crunch_runs_end(struct crunch_runs *runs, size_t slot, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    if (runs->slot[slot].runs)
        code = close_frame(runs, &runs->slot[slot], error);
    crunch_bytes_free(&runs->slot[slot].open);
    return code;
}

/* ---- merging ---- */

struct cursor {
    const struct run *run;
    size_t next_frame;
    const unsigned char *at, *end; /* in the frame */
    unsigned char *room;           /* of a frame from the file */
    struct crunch_run_item item;
};

static enum crunch_code load_frame(const struct crunch_runs *runs, struct cursor *cursor,
                                   const struct frame *frame, struct crunch_error *error)
{
    unsigned char *packed = malloc(frame->stored), *room = realloc(cursor->room, frame->bytes);
    enum crunch_code code = CRUNCH_OK;
    if (room)
        cursor->room = room;
    if (!packed || !room) {
        code = no_memory(error);
    } else {
        int failed = crunch_read_all(runs->fd, packed, frame->stored, (off_t)frame->at);
        if (failed)
            code = crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read a temporary file back");
        else if (ZSTD_decompress(room, frame->bytes, packed, frame->stored) != frame->bytes)
            code = crunch_fail(error, CRUNCH_IO, "a temporary file is corrupt");
    }
    free(packed);
    cursor->at = cursor->room;
    return code;
}

/* Takes the next item up; at == NULL when there is none. */
static enum crunch_code advance(const struct crunch_runs *runs, struct cursor *cursor,
                                struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    uint64_t len;
    if (cursor->at == cursor->end) {
        if (cursor->next_frame == cursor->run->n_frames) {
            cursor->at = cursor->end = NULL;
            return CRUNCH_OK;
        }
        const struct frame *frame = &cursor->run->frame[cursor->next_frame++];
        cursor->at = frame->data;
        if (!frame->data)
            code = load_frame(runs, cursor, frame, error);
        if (code)
            return code;
        cursor->end = cursor->at + frame->bytes;
    }
    struct crunch_run_item *item = &cursor->item;
    memcpy(&item->rank, cursor->at, sizeof item->rank);
    item->key = (const char *)crunch_get_varint(cursor->at + sizeof item->rank, &len);
    item->key_len = (size_t)len;
    item->order = crunch_get_varint((const unsigned char *)item->key + len, &len);
    item->order_len = (size_t)len;
    item->data = crunch_get_varint(item->order + len, &len);
    item->bytes = (size_t)len;
    cursor->at = (const unsigned char *)item->data + len;
    return CRUNCH_OK;
}

static bool is_before(const struct crunch_runs *runs, const struct cursor *a,
                      const struct cursor *b)
{
    return crunch_runs_compare(runs, &a->item, &b->item) < 0;
}

/* Lets heap[i] sink to its place among n. */
static void sink(const struct crunch_runs *runs, struct cursor **heap, size_t n, size_t i)
{
    struct cursor *moved = heap[i];
    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && is_before(runs, heap[child + 1], heap[child]))
            child++;
        if (!is_before(runs, heap[child], moved))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moved;
}

static size_t count_runs(const struct crunch_runs *runs)
{
    size_t n = 0;
    for (size_t s = 0; s < runs->n_slots; s++)
        for (const struct run *run = runs->slot[s].runs; run; run = run->next)
            n++;
    return n;
}

/* Puts the runs that have items into the heap. */
static enum crunch_code fill_heap(const struct crunch_runs *runs, struct cursor *cursor,
                                  struct cursor **heap, size_t *n, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t s = 0; s < runs->n_slots; s++)
        for (const struct run *run = runs->slot[s].runs; run && !code; run = run->next) {
            cursor->run = run;
            code = advance(runs, cursor, error);
            if (cursor->at)
                heap[(*n)++] = cursor;
            cursor++;
        }
    for (size_t i = *n / 2; i-- > 0 && !code;)
        sink(runs, heap, *n, i);
    return code;
}

enum crunch_code crunch_runs_merge(struct crunch_runs *runs,
                                   enum crunch_code (*take)(void *context,
                                                            const struct crunch_run_item *item,
                                                            struct crunch_error *error),
                                   void *context, struct crunch_error *error)
{
    size_t n_runs = count_runs(runs), n = 0;
    struct cursor *cursor = calloc(n_runs + 1, sizeof *cursor);
    struct cursor **heap = calloc(n_runs + 1, sizeof(void *));
    enum crunch_code code =
        cursor && heap ? fill_heap(runs, cursor, heap, &n, error) : no_memory(error);
    while (n > 0 && !code) {
        code = take(context, &heap[0]->item, error);
        if (!code)
            code = advance(runs, heap[0], error);
        if (!code && !heap[0]->at)
            heap[0] = heap[--n];
        if (!code && n > 1)
            sink(runs, heap, n, 0);
    }
    for (size_t i = 0; i < n_runs && cursor; i++)
        free(cursor[i].room);
    free(cursor);
    free(heap);
    return code;
}
