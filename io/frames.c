/*
 * Walks over zstd frames (RFC 8878, section 3.1) and BGZF blocks (SAM specification, section 4.1).
 * A decoder walks the same way, so the index cannot disagree with it: zstd's frames end where their
 * blocks do, and io/decode_gzip.c refuses a block whose size is not what its header says.
 */
#include "io/frames.h"

#include "io/gzip_header.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_MOST ((uint64_t)64 << 20) /* decoded: a worker has to take a frame as a whole */
#define GZIP_WINDOW ((uint64_t)64 << 10)
#define USUAL_WINDOW ((uint64_t)8 << 20) /* the largest of zstd's ordinary levels */
#define PART_LEAST ((uint64_t)256 << 10)

struct walk {
    const struct crunch_supply *file;
    uint64_t at; /* compressed */
    uint64_t decoded;
    uint64_t least; /* decoded bytes of a part before another begins */
    struct crunch_frames *frames;
    size_t capacity;
};

/* What a step found. */
enum found { FOUND_FRAME, FOUND_END, FOUND_OTHER, FOUND_ERROR };

static uint64_t little_endian(const unsigned char *bytes, unsigned n)
{
    uint64_t value = 0;

    while (n-- > 0)
        value = value << 8 | bytes[n];
    return value;
}

/* ---- parts ---- */

static bool add_part(struct walk *walk, uint64_t packed)
{
    struct crunch_frames *frames = walk->frames;

    if (frames->n == walk->capacity) {
        size_t capacity = walk->capacity ? 2 * walk->capacity : 256;
        uint64_t *grown = realloc(frames->packed, (capacity + 1) * sizeof *grown);

        if (!grown)
            return false;
        frames->packed = grown;
        grown = realloc(frames->decoded, (capacity + 1) * sizeof *grown);
        if (!grown)
            return false;
        frames->decoded = grown;
        walk->capacity = capacity;
    }
    frames->packed[frames->n] = packed;
    frames->decoded[frames->n] = walk->decoded;
    frames->n++;
    return true;
}

/* Frame [packed, walk->at) of size decoded bytes: its own part, or more of the last one. */
static bool add_frame(struct walk *walk, uint64_t packed, uint64_t size)
{
    struct crunch_frames *frames = walk->frames;
    uint64_t last = frames->n ? walk->decoded - frames->decoded[frames->n - 1] : walk->least;

    if (size > 0 && last >= walk->least && !add_part(walk, frames->n ? packed : 0))
        return false;
    walk->decoded += size;
    if (frames->n && walk->decoded - frames->decoded[frames->n - 1] > frames->largest)
        frames->largest = walk->decoded - frames->decoded[frames->n - 1];
    return true;
}

/* ---- zstd ---- */

struct zstd_header {
    size_t bytes;
    bool sized;      /* it says how many bytes are in the frame: */
    uint64_t size;   /* so many */
    uint64_t window; /* bytes that unpacking has to keep */
};

/* False: the len bytes do not begin with a frame header, or not with a whole one. */
static bool zstd_header(const unsigned char *b, size_t len, struct zstd_header *header)
{
    static const unsigned char dictionary_bytes[4] = {0, 1, 2, 4};
    static const unsigned char size_bytes[4] = {0, 2, 4, 8};
    unsigned n;
    bool single;

    if (len < 6 || little_endian(b, 4) != 0xfd2fb528)
        return false;
    single = (b[4] & 0x20) != 0;
    n = size_bytes[b[4] >> 6];
    if (n == 0 && single)
        n = 1;
    header->bytes = (size_t)(single ? 5 : 6) + dictionary_bytes[b[4] & 3];
    if (len < header->bytes + n)
        return false;
    header->sized = n > 0;
    header->size = little_endian(b + header->bytes, n) + (n == 2 ? 256 : 0);
    header->bytes += n;
    header->window = ((uint64_t)8 + (b[5] & 7)) << (7 + (b[5] >> 3)); /* 2^(10 + e) * (1 + m/8) */
    if (single || (header->sized && header->size < header->window))
        header->window = header->size;
    return true;
}

/* From a frame's first block to behind its last. False: an error, or the file ends before. */
static bool pass_blocks(struct walk *walk, bool checksum, enum found *found,
                        struct crunch_error *error)
{
    for (;;) {
        unsigned char b[3];
        ssize_t n = crunch_supply_peek(walk->file, b, sizeof b, walk->at, error);
        uint64_t header, type, size;

        *found = n < 0 ? FOUND_ERROR : FOUND_OTHER;
        if (n != (ssize_t)sizeof b)
            return false;
        header = little_endian(b, 3);
        type = header >> 1 & 3;
        size = type == 1 ? 1 : header >> 3; /* one byte, repeated */
        if (type == 3)
            return false;
        walk->at += sizeof b + size;
        if (walk->at > walk->file->size)
            return false;
        if (header & 1)
            break;
    }
    walk->at += checksum ? 4 : 0;
    return walk->at <= walk->file->size;
}

static enum found step_zstd(struct walk *walk, uint64_t *size, struct crunch_error *error)
{
    unsigned char b[18];
    enum found found;
    ssize_t n = crunch_supply_peek(walk->file, b, sizeof b, walk->at, error);
    struct zstd_header header;

    if (n <= 0)
        return n < 0 ? FOUND_ERROR : FOUND_END;
    if (n >= 8 && (little_endian(b, 4) & 0xfffffff0) == 0x184d2a50) {
        walk->at += 8 + little_endian(b + 4, 4);
        *size = 0;
        return walk->at <= walk->file->size ? FOUND_FRAME : FOUND_OTHER;
    }
    if (!zstd_header(b, (size_t)n, &header) || !header.sized || header.size > FRAME_MOST)
        return FOUND_OTHER;
    *size = header.size;
    if (header.window > walk->frames->window)
        walk->frames->window = header.window;
    walk->at += header.bytes;
    return pass_blocks(walk, b[4] & 4, &found, error) ? FOUND_FRAME : found;
}

/* ---- zstd with a seek table ---- */

/* Whether what stands at walk->at can be the frame of an entry: its own word for its size, if it
 * has one, is the table's. */
static bool fits_entry(struct walk *walk, uint32_t packed, uint32_t unpacked, enum found *found,
                       struct crunch_error *error)
{
    unsigned char b[18];
    struct zstd_header header;
    ssize_t n = crunch_supply_peek(walk->file, b, sizeof b, walk->at, error);

    *found = n < 0 ? FOUND_ERROR : FOUND_OTHER;
    if (n >= 8 && (little_endian(b, 4) & 0xfffffff0) == 0x184d2a50)
        return unpacked == 0 && 8 + little_endian(b + 4, 4) == packed;
    if (n <= 0 || !zstd_header(b, (size_t)n, &header) || packed < header.bytes + 3)
        return false;
    if (header.sized && header.size != unpacked)
        return false;
    if (header.window > walk->frames->window)
        walk->frames->window = header.window;
    return unpacked <= FRAME_MOST;
}

static enum found walk_table(struct walk *walk, const struct crunch_seek_table *table,
                             struct crunch_error *error)
{
    for (size_t i = 0; i < table->n; i++) {
        const uint32_t packed = table->sizes[2 * i], unpacked = table->sizes[2 * i + 1];
        const uint64_t at = walk->at;
        enum found found;

        if (!fits_entry(walk, packed, unpacked, &found, error))
            return found;
        walk->at += packed;
        if (!add_frame(walk, at, unpacked)) {
            crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
            return FOUND_ERROR;
        }
    }
    walk->at = walk->file->size;
    return FOUND_END;
}

/* ---- BGZF ---- */

static enum found step_bgzf(struct walk *walk, uint64_t *size, struct crunch_error *error)
{
    unsigned char b[64], trailer[4];
    struct crunch_gzip_header header;
    ssize_t n = crunch_supply_peek(walk->file, b, sizeof b, walk->at, error);

    if (n <= 0)
        return n < 0 ? FOUND_ERROR : FOUND_END;
    if (crunch_gzip_header_read(b, (size_t)n, &header) != CRUNCH_GZIP_HEADER_WHOLE ||
        header.block_bytes < header.bytes + 8 || header.block_bytes > walk->file->size - walk->at)
        return FOUND_OTHER;
    walk->at += header.block_bytes;
    n = crunch_supply_peek(walk->file, trailer, sizeof trailer, walk->at - sizeof trailer, error);
    if (n != (ssize_t)sizeof trailer)
        return n < 0 ? FOUND_ERROR : FOUND_OTHER;
    *size = little_endian(trailer, 4);
    return *size > FRAME_MOST ? FOUND_OTHER : FOUND_FRAME;
}

/* ---- the index ---- */

static enum found walk_all(struct walk *walk, enum crunch_packing packing,
                           struct crunch_error *error)
{
    enum found found;

    do {
        uint64_t packed = walk->at, size = 0;

        found = packing == CRUNCH_PACKING_ZSTD ? step_zstd(walk, &size, error)
                                               : step_bgzf(walk, &size, error);
        if (found == FOUND_FRAME && !add_frame(walk, packed, size)) {
            crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
            return FOUND_ERROR;
        }
    } while (found == FOUND_FRAME);
    return found;
}

/* CRUNCH_PARTS=each makes a part of every frame, however small: for tests. */
static uint64_t least_part(void)
{
    const char *choice = getenv("CRUNCH_PARTS");

    return choice && strcmp(choice, "each") == 0 ? 1 : PART_LEAST;
}

/* By the table, if there is one and it fits. */
static enum found index_by_table(struct walk *walk, enum crunch_seek_found *how,
                                 struct crunch_error *error)
{
    struct crunch_seek_table table;
    enum found found = FOUND_OTHER;

    if (crunch_seek_table_read(walk->file, &table, how, error))
        return FOUND_ERROR;
    if (*how != CRUNCH_SEEK_USED)
        return FOUND_OTHER;
    found = walk_table(walk, &table, error);
    crunch_seek_table_free(&table);
    if (found == FOUND_OTHER) {
        *how = CRUNCH_SEEK_WRONG;
        walk->frames->n = 0;
        walk->frames->largest = walk->frames->window = 0;
        walk->at = walk->decoded = 0;
    }
    return found;
}

enum crunch_code crunch_frames_index(const struct crunch_supply *file, enum crunch_packing packing,
                                     struct crunch_frames **out, enum crunch_seek_found *table,
                                     struct crunch_error *error)
{
    struct crunch_error own;
    struct walk walk = {
        .file = file, .least = least_part(), .frames = calloc(1, sizeof(struct crunch_frames))};
    enum found found = FOUND_OTHER;

    *out = NULL;
    *table = CRUNCH_SEEK_NONE;
    if (!error)
        error = &own;
    if (!walk.frames)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    walk.frames->packing = packing;
    if (packing == CRUNCH_PACKING_ZSTD)
        found = index_by_table(&walk, table, error);
    if (packing == CRUNCH_PACKING_GZIP)
        walk.frames->window = GZIP_WINDOW;
    if (found == FOUND_OTHER)
        found = walk_all(&walk, packing, error);
    if (found != FOUND_END || walk.frames->n < 2) {
        crunch_frames_free(walk.frames);
        return found == FOUND_ERROR ? error->code : CRUNCH_OK;
    }
    walk.frames->packed[walk.frames->n] = walk.at;
    walk.frames->decoded[walk.frames->n] = walk.decoded;
    walk.frames->table = *table;
    *out = walk.frames;
    return CRUNCH_OK;
}

uint64_t crunch_frames_window(const struct crunch_supply *file, enum crunch_packing packing)
{
    unsigned char b[18];
    struct zstd_header header;
    struct crunch_error error;
    ssize_t n = crunch_supply_peek(file, b, sizeof b, 0, &error);

    if (packing != CRUNCH_PACKING_ZSTD)
        return GZIP_WINDOW;
    return n > 0 && zstd_header(b, (size_t)n, &header) ? header.window : USUAL_WINDOW;
}

void crunch_frames_free(struct crunch_frames *frames)
{
    if (!frames)
        return;
    free(frames->packed);
    free(frames->decoded);
    free(frames);
}

size_t crunch_frames_find(const struct crunch_frames *frames, uint64_t offset)
{
    size_t low = 0, high = frames->n;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (frames->decoded[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}
