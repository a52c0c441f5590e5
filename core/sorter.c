/*
 * Owns the piece that is being filled: the items' bytes one behind the other, and an index of them
 * that is sorted. An item in it is its key, its data, and what the index does not say of them.
 */
#include "core/sorter.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_LEAST ((size_t)256 << 10)

struct item {
    uint64_t rank, prefix; /* prefix: of the key, big-endian */
    size_t at;
    uint32_t key_len, bytes;
};

struct crunch_sorter {
    size_t piece_bytes;
    struct crunch_runs *runs;
    struct crunch_bytes bytes;
    struct item *item;
    size_t n, room;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for sorting");
}

enum crunch_code crunch_sorter_create(size_t memory, const char *tmpdir, struct crunch_sorter **out,
                                      struct crunch_error *error)
{
    static const struct crunch_run_order by_key = {0};
    struct crunch_sorter *sorter = *out = calloc(1, sizeof *sorter);
    if (!sorter)
        return no_memory(error);
    /* Both arrays may have doubled just before, so that they take three times the piece. */
    sorter->piece_bytes = memory / 8 < PIECE_LEAST ? PIECE_LEAST : memory / 8;
    return crunch_runs_create(1, &by_key, memory / 4, tmpdir, &sorter->runs, error);
}

static void forget(struct crunch_sorter *sorter)
{
    crunch_bytes_free(&sorter->bytes);
    free(sorter->item);
    sorter->item = NULL;
    sorter->n = sorter->room = 0;
}

void crunch_sorter_free(struct crunch_sorter *sorter)
{
    if (!sorter)
        return;
    forget(sorter);
    crunch_runs_free(sorter->runs);
    free(sorter);
}

static int compare(const void *a, const void *b, void *bytes)
{
    const struct item *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    const uint32_t common = x->key_len < y->key_len ? x->key_len : y->key_len;
    const unsigned char *data = bytes;
    int order = memcmp(data + x->at, data + y->at, common);
    return order != 0 ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

/* The piece becomes a run. */
static enum crunch_code put_piece(struct crunch_sorter *sorter, struct crunch_error *error)
{
    if (sorter->n == 0)
        return CRUNCH_OK;
    qsort_r(sorter->item, sorter->n, sizeof *sorter->item, compare, sorter->bytes.data);
    enum crunch_code code = crunch_runs_begin(sorter->runs, 0, error);
    for (size_t i = 0; i < sorter->n && !code; i++) {
        const struct item *item = &sorter->item[i];
        const unsigned char *key = sorter->bytes.data + item->at;
        const struct crunch_run_item out = {.rank = item->rank,
                                            .key = (const char *)key,
                                            .key_len = item->key_len,
                                            .data = key + item->key_len,
                                            .bytes = item->bytes};
        code = crunch_runs_add(sorter->runs, 0, &out, error);
    }
    sorter->n = sorter->bytes.len = 0;
    return code ? code : crunch_runs_end(sorter->runs, 0, error);
}

enum crunch_code crunch_sorter_add(struct crunch_sorter *sorter, const struct crunch_run_item *item,
                                   struct crunch_error *error)
{
    if (sorter->n == sorter->room) {
        struct item *grown = realloc(sorter->item, (2 * sorter->room + 1024) * sizeof *grown);
        if (!grown)
            return no_memory(error);
        sorter->item = grown;
        sorter->room = 2 * sorter->room + 1024;
    }
    struct item *to = &sorter->item[sorter->n++];
    *to = (struct item){item->rank, 0, sorter->bytes.len, (uint32_t)item->key_len,
                        (uint32_t)item->bytes};
    for (size_t i = 0; i < sizeof to->prefix; i++)
        to->prefix = to->prefix << 8 | (i < item->key_len ? (unsigned char)item->key[i] : 0);
    crunch_bytes_add(&sorter->bytes, item->key, item->key_len);
    crunch_bytes_add(&sorter->bytes, item->data, item->bytes);
    if (sorter->bytes.failed)
        return no_memory(error);
    bool full = sorter->bytes.len + sorter->n * sizeof *sorter->item >= sorter->piece_bytes;
    return full ? put_piece(sorter, error) : CRUNCH_OK;
}

enum crunch_code crunch_sorter_each(struct crunch_sorter *sorter,
                                    enum crunch_code (*take)(void *context,
                                                             const struct crunch_run_item *item,
                                                             struct crunch_error *error),
                                    void *context, struct crunch_error *error)
{
    enum crunch_code code = put_piece(sorter, error);
    forget(sorter);
    return code ? code : crunch_runs_merge(sorter->runs, take, context, error);
}
