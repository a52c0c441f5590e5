/*
 * Owns the layout of seek tables. Numbers in it are believed by nobody before they add up.
 */
#include "io/seek_table.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 8 /* of the skippable frame */
#define FOOTER_BYTES 9
#define FRAMES_MOST 0x8000000u /* of the format */

static uint32_t little_endian(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Reads the sizes of n entries from offset on; *ok: all of them could be read. */
static enum crunch_code read_entries(const struct crunch_supply *file, uint64_t offset,
                                     size_t entry_bytes, struct crunch_seek_table *table, bool *ok,
                                     struct crunch_error *error)
{
    const size_t bytes = table->n * entry_bytes;
    unsigned char *raw = malloc(bytes + 1);
    enum crunch_code code = CRUNCH_OK;
    ssize_t n;

    table->sizes = malloc((table->n + 1) * 2 * sizeof *table->sizes);
    if (!raw || !table->sizes) {
        free(raw);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    n = crunch_supply_peek(file, raw, bytes, offset, error);
    if (n < 0)
        code = error->code;
    *ok = !code && (size_t)n == bytes;
    for (size_t i = 0; i < table->n && *ok; i++) {
        table->sizes[2 * i] = little_endian(raw + i * entry_bytes);
        table->sizes[2 * i + 1] = little_endian(raw + i * entry_bytes + 4);
    }
    free(raw);
    return code;
}

static bool adds_up(const struct crunch_seek_table *table)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < table->n; i++)
        sum += table->sizes[2 * i];
    return sum == table->end;
}

enum crunch_code crunch_seek_table_read(const struct crunch_supply *file,
                                        struct crunch_seek_table *table,
                                        enum crunch_seek_found *found, struct crunch_error *error)
{
    unsigned char footer[FOOTER_BYTES], header[HEADER_BYTES];
    enum crunch_code code = CRUNCH_OK;
    size_t entry_bytes;
    uint64_t body;
    bool ok = false;
    ssize_t n;

    memset(table, 0, sizeof *table);
    *found = CRUNCH_SEEK_NONE;
    if (file->size < HEADER_BYTES + FOOTER_BYTES)
        return CRUNCH_OK;
    n = crunch_supply_peek(file, footer, FOOTER_BYTES, file->size - FOOTER_BYTES, error);
    if (n < 0)
        return error->code;
    if (n != FOOTER_BYTES || little_endian(footer + 5) != 0x8f92eab1)
        return CRUNCH_OK;
    *found = CRUNCH_SEEK_WRONG;
    table->n = little_endian(footer);
    entry_bytes = footer[4] & 0x80 ? 12 : 8; /* with a checksum of each frame */
    body = (uint64_t)table->n * entry_bytes + FOOTER_BYTES;
    if (footer[4] & 0x7c || table->n > FRAMES_MOST || body + HEADER_BYTES > file->size)
        return CRUNCH_OK;
    table->end = file->size - body - HEADER_BYTES;
    n = crunch_supply_peek(file, header, HEADER_BYTES, table->end, error);
    if (n < 0)
        return error->code;
    if (n != HEADER_BYTES || little_endian(header) != 0x184d2a5e ||
        little_endian(header + 4) != body)
        return CRUNCH_OK;
    code = read_entries(file, table->end + HEADER_BYTES, entry_bytes, table, &ok, error);
    if (!code && ok && adds_up(table))
        *found = CRUNCH_SEEK_USED;
    else
        crunch_seek_table_free(table);
    return code;
}

void crunch_seek_table_free(struct crunch_seek_table *table)
{
    free(table->sizes);
    memset(table, 0, sizeof *table);
}
