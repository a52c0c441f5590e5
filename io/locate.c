/*
 * The automaton over what a scanner has read already, from one record to the next. It never reads
 * beyond that: the bytes behind it may be such that only the scanner can make them come.
 */
#include "io/locate.h"

#include "io/automaton.h"

#include <stdlib.h>

#define PIECE_BYTES ((size_t)64 << 10)

struct crunch_locator {
    struct crunch_source *source;
    const struct crunch_table *table; /* whose dialect the automaton has; NULL: none yet */
    struct crunch_automaton automaton;
    char *piece;
    size_t at, len;   /* of the piece: read on from at */
    uint64_t pos;     /* the input's byte at piece + at */
    uint64_t first;   /* where counting began */
    uint64_t records; /* that were read */
};

enum crunch_code crunch_locator_create(struct crunch_source *source, struct crunch_locator **out,
                                       struct crunch_error *error)
{
    struct crunch_locator *l = calloc(1, sizeof *l);

    *out = l;
    if (l)
        l->piece = malloc(PIECE_BYTES);
    if (!l || !l->piece) {
        crunch_locator_free(l);
        *out = NULL;
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    l->source = source;
    return CRUNCH_OK;
}

void crunch_locator_free(struct crunch_locator *l)
{
    if (!l)
        return;
    if (l->table)
        crunch_automaton_free(&l->automaton);
    free(l->piece);
    free(l);
}

static void begin(struct crunch_locator *l, const struct crunch_table *table, uint64_t first)
{
    static const size_t none[1];

    if (l->table)
        crunch_automaton_free(&l->automaton);
    l->table = table;
    crunch_automaton_init(&l->automaton, &table->dialect, none, 0);
    crunch_automaton_start(&l->automaton, first, CRUNCH_START_LINE);
    l->first = l->pos = first;
    l->at = l->len = 0;
    l->records = 0;
}

/* Reads on to the next event, no further than upto. */
static enum crunch_code next_event(struct crunch_locator *l, uint64_t upto,
                                   enum crunch_event *event, struct crunch_error *error)
{
    *event = CRUNCH_EVENT_MORE;
    while (*event == CRUNCH_EVENT_MORE) {
        size_t used, want = PIECE_BYTES;

        if (l->at == l->len && l->pos < upto) {
            if (upto - l->pos < want)
                want = (size_t)(upto - l->pos);
            ssize_t got = crunch_source_read(l->source, l->piece, want, l->pos, error);
            if (got == -1)
                return error ? error->code : CRUNCH_IO;
            l->at = 0;
            l->len = got > 0 ? (size_t)got : 0;
        }
        if (l->at == l->len) {
            *event = crunch_automaton_finish(&l->automaton);
            return CRUNCH_OK;
        }
        *event = crunch_automaton_feed(&l->automaton, l->piece + l->at, l->len - l->at, &used);
        l->at += used;
        l->pos += used;
    }
    return CRUNCH_OK;
}

enum crunch_code crunch_locator_find(struct crunch_locator *l, const struct crunch_table *table,
                                     const struct crunch_batch *batch, uint64_t record,
                                     struct crunch_bad *bad, struct crunch_error *error)
{
    const uint64_t bytes = crunch_binary_record_bytes(&table->binary);

    bad->record = record;
    if (table->binary.type.kind) { /* as the scanner of these has it */
        bad->offset = bad->record_begin = batch->first + record * bytes;
        bad->record_end = bad->offset + bytes;
        bad->line = record;
        bad->byte_column = 1;
        return CRUNCH_OK;
    }
    if (l->table != table || l->first != batch->first || l->records > record)
        begin(l, table, batch->first);
    while (l->records <= record) {
        enum crunch_event event;
        enum crunch_code code = next_event(l, batch->upto, &event, error);

        if (code)
            return code;
        if (event == CRUNCH_EVENT_MORE || event == CRUNCH_EVENT_OPEN_QUOTE)
            return crunch_fail(error, CRUNCH_IO, "the place of bad data cannot be read again");
        if (event == CRUNCH_EVENT_NO_MEMORY)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a cell");
        l->records += event == CRUNCH_EVENT_RECORD;
    }
    bad->offset = bad->record_begin = l->automaton.record.place.offset;
    bad->record_end = l->automaton.record.end;
    bad->line = l->automaton.record.place.line;
    bad->byte_column = l->automaton.record.place.byte_column;
    return CRUNCH_OK;
}
