/*
 * Owns the form of runs and their merging. A run is a row of frames of whole items; an item is its
 * rank, then key, order and data, each behind its length.
 *
 * Merging keeps the runs' first items in a binary heap; of each run one frame is in memory.
 */
#include "core/runs.h"

#include "core/spill.h"

#include <stdlib.h>
#include <string.h>

/* Of so many runs a frame each may be open within the limit of what is in memory. */
#define RUNS_AT_ONCE 256

struct run {
    struct crunch_frame *frame;
    size_t n_frames, room;
    struct run *next; /* of the slot */
};

struct crunch_runs {
    struct crunch_run_order order;
    struct crunch_spill *spill;
    size_t frame_bytes;
    size_t n_slots;
    struct slot {
        struct run *runs;
        struct crunch_bytes open; /* the frame being filled, of runs[0] */
    } * slot;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for sorting");
}

enum crunch_code crunch_runs_create(size_t n_slots, const struct crunch_run_order *order,
                                    size_t limit, const char *tmpdir, struct crunch_runs **out,
                                    struct crunch_error *error)
{
    struct crunch_runs *runs = *out = calloc(1, sizeof *runs);
    if (!runs)
        return no_memory(error);
    runs->order = *order;
    runs->frame_bytes = crunch_spill_frame_bytes(limit, RUNS_AT_ONCE);
    runs->slot = calloc(n_slots + 1, sizeof *runs->slot);
    if (!runs->slot)
        return no_memory(error);
    runs->n_slots = n_slots;
    return crunch_spill_create(limit, tmpdir, &runs->spill, error);
}

static void free_run(struct crunch_runs *runs, struct run *run)
{
    for (size_t i = 0; i < run->n_frames; i++)
        crunch_spill_drop(runs->spill, &run->frame[i]);
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
            free_run(runs, run);
        }
    }
    free(runs->slot);
    crunch_spill_free(runs->spill);
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

/* Closes the frame that is being filled. */
static enum crunch_code close_frame(struct crunch_runs *runs, struct slot *slot,
                                    struct crunch_error *error)
{
    struct run *run = slot->runs;
    struct crunch_bytes *open = &slot->open;
    if (open->len == 0)
        return CRUNCH_OK;
    if (run->n_frames == run->room) {
        struct crunch_frame *grown = realloc(run->frame, (run->room * 2 + 8) * sizeof *grown);
        if (!grown)
            return no_memory(error);
        run->frame = grown;
        run->room = run->room * 2 + 8;
    }
    enum crunch_code code =
        crunch_spill_put(runs->spill, open->data, open->len, &run->frame[run->n_frames], error);
    if (code)
        return code;
    open->len = 0;
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
    return open->len < runs->frame_bytes ? CRUNCH_OK : close_frame(runs, &runs->slot[slot], error);
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
        const struct crunch_frame *frame = &cursor->run->frame[cursor->next_frame++];
        code = crunch_spill_load(runs->spill, frame, &cursor->room, &cursor->at, error);
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
