/*
 * Owns answers put aside and opened. A slot gathers some hundred KiB of them, and then puts each
 * part's aside as a frame. An answer in a frame is its stream, the key and the bytes, each behind
 * its length; opened, it is a link of a chain that begins in the payload of its key.
 */
#include "core/group_answers.h"

#include "core/bytes.h"
#include "core/spill.h"

#include <stdlib.h>
#include <string.h>

#define GATHERED_MOST ((size_t)1 << 20)
#define GATHERED_LEAST ((size_t)64 << 10)

struct part_frame {
    struct crunch_frame frame;
    unsigned part;
};

struct gathered {
    size_t begin, end; /* in bytes */
    unsigned part;
};

struct slot {
    struct crunch_bytes bytes;
    struct gathered *item;
    size_t n, room;
    struct part_frame *frame;
    size_t n_frames, frame_room;
};

struct crunch_answers {
    uint64_t seed;
    size_t gathered_bytes;
    struct crunch_spill *spill;
    size_t n_slots;
    struct slot *slot;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the groups' answers");
}

enum crunch_code crunch_answers_create(uint64_t seed, size_t n_slots, size_t limit,
                                       const char *tmpdir, struct crunch_answers **out,
                                       struct crunch_error *error)
{
    struct crunch_answers *answers = *out = calloc(1, sizeof *answers);
    if (!answers)
        return no_memory(error);
    answers->seed = seed;
    answers->gathered_bytes = limit / 16 > GATHERED_MOST    ? GATHERED_MOST
                              : limit / 16 < GATHERED_LEAST ? GATHERED_LEAST
                                                            : limit / 16;
    answers->slot = calloc(n_slots + 1, sizeof *answers->slot);
    if (!answers->slot)
        return no_memory(error);
    answers->n_slots = n_slots;
    return crunch_spill_create(limit, tmpdir, &answers->spill, error);
}

static void forget(struct slot *slot)
{
    crunch_bytes_free(&slot->bytes);
    free(slot->item);
    slot->item = NULL;
    slot->n = slot->room = 0;
}

void crunch_answers_free(struct crunch_answers *answers)
{
    if (!answers)
        return;
    for (size_t s = 0; s < answers->n_slots; s++) {
        struct slot *slot = &answers->slot[s];
        for (size_t i = 0; i < slot->n_frames; i++)
            crunch_spill_drop(answers->spill, &slot->frame[i].frame);
        free(slot->frame);
        forget(slot);
    }
    free(answers->slot);
    crunch_spill_free(answers->spill);
    free(answers);
}

/* ---- adding ---- */

static bool grow(void **array, size_t *room, size_t need, size_t element)
{
    if (need <= *room)
        return true;
    void *grown = realloc(*array, (2 * need + 16) * element);
    if (!grown)
        return false;
    *array = grown;
    *room = 2 * need + 16;
    return true;
}

static int compare_parts(const void *a, const void *b)
{
    const struct gathered *x = a, *y = b;
    return x->part != y->part ? (x->part > y->part) - (x->part < y->part)
                              : (x->begin > y->begin) - (x->begin < y->begin);
}

/* Puts the items [from, to), of one part, aside. */
static enum crunch_code put_part(struct crunch_answers *answers, struct slot *slot, size_t from,
                                 size_t to, struct crunch_bytes *room, struct crunch_error *error)
{
    if (!grow((void **)&slot->frame, &slot->frame_room, slot->n_frames + 1, sizeof *slot->frame))
        return no_memory(error);
    room->len = 0;
    for (size_t i = from; i < to; i++)
        crunch_bytes_add(room, slot->bytes.data + slot->item[i].begin,
                         slot->item[i].end - slot->item[i].begin);
    if (room->failed)
        return no_memory(error);
    struct part_frame *frame = &slot->frame[slot->n_frames];
    frame->part = slot->item[from].part;
    enum crunch_code code =
        crunch_spill_put(answers->spill, room->data, room->len, &frame->frame, error);
    slot->n_frames += code == CRUNCH_OK;
    return code;
}

static enum crunch_code put_aside(struct crunch_answers *answers, struct slot *slot,
                                  struct crunch_error *error)
{
    struct crunch_bytes room = {0};
    enum crunch_code code = CRUNCH_OK;
    if (slot->n > 1)
        qsort(slot->item, slot->n, sizeof *slot->item, compare_parts);
    for (size_t from = 0, to; from < slot->n && !code; from = to) {
        for (to = from + 1; to < slot->n && slot->item[to].part == slot->item[from].part;)
            to++;
        code = put_part(answers, slot, from, to, &room, error);
    }
    crunch_bytes_free(&room);
    slot->n = slot->bytes.len = 0;
    return code;
}

enum crunch_code crunch_answers_add(struct crunch_answers *answers, size_t index, uint32_t stream,
                                    const void *key, size_t key_len, const void *data, size_t bytes,
                                    struct crunch_error *error)
{
    struct slot *slot = &answers->slot[index];
    const size_t begin = slot->bytes.len;
    if (!grow((void **)&slot->item, &slot->room, slot->n + 1, sizeof *slot->item))
        return no_memory(error);
    crunch_bytes_add_varint(&slot->bytes, stream);
    crunch_bytes_add_varint(&slot->bytes, key_len);
    crunch_bytes_add(&slot->bytes, key, key_len);
    crunch_bytes_add_varint(&slot->bytes, bytes);
    crunch_bytes_add(&slot->bytes, data, bytes);
    if (slot->bytes.failed)
        return no_memory(error);
    const struct crunch_hash_key hashed = crunch_hash_make_key(key, key_len, answers->seed);
    slot->item[slot->n++] =
        (struct gathered){begin, slot->bytes.len, crunch_group_part(hashed.hash)};
    return slot->bytes.len < answers->gathered_bytes ? CRUNCH_OK : put_aside(answers, slot, error);
}

enum crunch_code crunch_answers_end(struct crunch_answers *answers, size_t index,
                                    struct crunch_error *error)
{
    struct slot *slot = &answers->slot[index];
    enum crunch_code code = put_aside(answers, slot, error);
    forget(slot);
    return code;
}

/* ---- opening ---- */

struct crunch_open_answers {
    struct crunch_hash_table keys; /* payload: where the chain begins, plus one */
    struct crunch_bytes links;
};

/* A link: what follows it, plus one; its stream; and how many bytes lie behind. */
struct link {
    uint64_t next;
    uint32_t stream;
    uint32_t bytes;
};

static bool add_link(struct crunch_open_answers *open, const struct crunch_hash_key *key,
                     uint32_t stream, const void *data, size_t bytes)
{
    struct crunch_hash_entry *entry = crunch_hash_find(&open->keys, key);
    if (!entry)
        return false;
    struct link link = {entry->payload[0], stream, (uint32_t)bytes};
    entry->payload[0] = open->links.len + 1;
    crunch_bytes_add(&open->links, &link, sizeof link);
    crunch_bytes_add(&open->links, data, bytes);
    return !open->links.failed;
}

/* Takes the share's answers of a frame. */
static bool take_frame(const struct crunch_answers *answers, struct crunch_open_answers *open,
                       const unsigned char *at, size_t bytes,
                       const struct crunch_group_share *share)
{
    const unsigned char *end = at + bytes;
    while (at < end) {
        uint64_t stream, key_len, len;
        at = crunch_get_varint(crunch_get_varint(at, &stream), &key_len);
        const struct crunch_hash_key key = crunch_hash_make_key(at, (size_t)key_len, answers->seed);
        at = crunch_get_varint(at + key_len, &len);
        if (crunch_group_share_has(share, key.hash) &&
            !add_link(open, &key, (uint32_t)stream, at, (size_t)len))
            return false;
        at += len;
    }
    return true;
}

static size_t bytes_of(const struct crunch_open_answers *open)
{
    return crunch_hash_bytes(&open->keys) + open->links.len;
}

static enum crunch_code take_slot(const struct crunch_answers *answers, const struct slot *slot,
                                  struct crunch_open_answers *open,
                                  const struct crunch_group_share *share, size_t most,
                                  unsigned char **room, bool *large, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < slot->n_frames && !code && !*large; i++) {
        const struct part_frame *frame = &slot->frame[i];
        const unsigned char *data;
        if (frame->part < share->begin || frame->part >= share->end)
            continue;
        code = crunch_spill_load(answers->spill, &frame->frame, room, &data, error);
        if (!code && !take_frame(answers, open, data, frame->frame.bytes, share))
            code = no_memory(error);
        *large = !code && bytes_of(open) > most;
    }
    return code;
}

enum crunch_code crunch_answers_open(const struct crunch_answers *answers,
                                     const struct crunch_group_share *share, size_t most,
                                     struct crunch_open_answers **out, bool *large,
                                     struct crunch_error *error)
{
    struct crunch_open_answers *open = calloc(1, sizeof *open);
    unsigned char *room = NULL;
    *out = NULL;
    *large = false;
    if (!open || !crunch_hash_init(&open->keys, sizeof(uint64_t))) {
        free(open);
        return no_memory(error);
    }
    enum crunch_code code = CRUNCH_OK;
    for (size_t s = 0; s < answers->n_slots && !code && !*large; s++)
        code = take_slot(answers, &answers->slot[s], open, share, most, &room, large, error);
    free(room);
    if (code || *large)
        crunch_answers_close(open);
    else
        *out = open;
    return code;
}

void crunch_answers_close(struct crunch_open_answers *open)
{
    if (!open)
        return;
    crunch_hash_free(&open->keys);
    crunch_bytes_free(&open->links);
    free(open);
}

bool crunch_answers_first(const struct crunch_open_answers *open, const struct crunch_hash_key *key,
                          uint32_t stream, struct crunch_answer *out)
{
    const struct crunch_hash_entry *entry = crunch_hash_look(&open->keys, key);
    if (!entry)
        return false;
    out->next = (size_t)entry->payload[0];
    out->stream = stream;
    return crunch_answers_next(open, out);
}

bool crunch_answers_next(const struct crunch_open_answers *open, struct crunch_answer *answer)
{
    while (answer->next > 0) {
        struct link link;
        const unsigned char *at = open->links.data + answer->next - 1;
        memcpy(&link, at, sizeof link);
        answer->next = (size_t)link.next;
        answer->data = at + sizeof link;
        answer->bytes = link.bytes;
        if (link.stream == answer->stream)
            return true;
    }
    return false;
}
