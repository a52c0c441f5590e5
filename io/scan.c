/*
 * The scanner: one range at a time, from bytes to batches.
 *
 * Bytes are looked at where the source has mapped them, or else are read into a private buffer that
 * is used again for every piece, with room around it that the vector code may read
 * (CRUNCH_FAST_SLACK); what was mapped counts only after the check at the range's end. At each line
 * start (see io/scan.h) the fast path is offered what is in the buffer; what it does not take goes
 * through the automaton up to the next line start, which may need more pieces. The automaton keeps
 * what it needs of a cell that crosses pieces, so no byte is ever moved or read twice. Texts of a
 * batch may lie in the buffer, so the batch is handed over before the buffer is read into again;
 * mapped bytes stay where they are.
 *
 * Invariant at a line start: the automaton is in R, pos is its offset, every complete record so far
 * is counted, and is in the batch, has been given to the sink, or was left out by policy.
 *
 * Records and their bad data are io/scan_record.c's; where ranges meet is io/scan.h's.
 */
#include "io/scan.h"

#include "io/boundary.h"
#include "io/fast.h"
#include "io/scan_binary.h"
#include "io/scan_record.h"

#include <stdlib.h>
#include <string.h>

/* A piece stays in the second-level cache with the columns' batches and the fast path's index. */
#define PIECE_BYTES ((size_t)512 << 10)

/* A guessed scan whose record goes on this far past the range is taken for a wrong guess. */
#define FAR_BYTES ((uint64_t)4 << 20)

struct crunch_scanner {
    struct crunch_binary_scanner *binary; /* not NULL: nothing of the rest is there */
    struct crunch_source *source;
    struct crunch_fast *fast; /* NULL: automaton only */
    struct crunch_recorder recorder;
    struct crunch_automaton automaton;
    char *memory; /* slack, the piece, slack; NULL until something has to be copied */
    const char *piece;
    size_t at, len; /* bytes of piece that are not read yet: [at, len) */
    uint64_t pos;   /* offset of piece[at] */
    size_t past;    /* size of the next read past the range's end */
    bool mapped;    /* piece is the source's */
    bool texts;     /* those of a batch may lie in piece */
    bool end;       /* nothing comes after piece */
    bool gone;      /* the source released what was to be read */
};

/* ---- bytes ---- */

static size_t piece_size(struct crunch_scanner *s, const struct crunch_range *range)
{
    size_t size = s->past;

    if (s->pos < range->end) {
        if (range->end - s->pos >= PIECE_BYTES - CRUNCH_PAST_BYTES)
            return PIECE_BYTES;
        return (size_t)(range->end - s->pos) + CRUNCH_PAST_BYTES;
    }
    if (s->past < PIECE_BYTES / 2)
        s->past *= 2;
    return size;
}

/* Reads size bytes from pos on, or to the input's end, into the own buffer. False: as of more(). */
static bool copy_piece(struct crunch_scanner *s, size_t size, enum crunch_code *code,
                       struct crunch_error *error)
{
    ssize_t got;

    s->len = 0;
    if (s->texts)
        *code = crunch_recorder_flush(&s->recorder, error);
    if (!*code && !s->memory) {
        s->memory = aligned_alloc(64, PIECE_BYTES + 2 * CRUNCH_FAST_SLACK);
        if (s->memory)
            memset(s->memory, 0, CRUNCH_FAST_SLACK);
        else
            *code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    if (*code)
        return false;
    got = crunch_source_read(s->source, s->memory + CRUNCH_FAST_SLACK, size, s->pos, error);
    if (got < 0) {
        s->gone = got == CRUNCH_SOURCE_GONE;
        *code = s->gone ? CRUNCH_OK : error->code;
        return false;
    }
    s->piece = s->memory + CRUNCH_FAST_SLACK;
    s->len = (size_t)got;
    return true;
}

/* Makes sure that there is a byte to read, or that end is set. False: the scan is over, with *code,
 * or because the source is gone. May hand over the batch. */
static bool more(struct crunch_scanner *s, const struct crunch_range *range, enum crunch_code *code,
                 struct crunch_error *error)
{
    size_t size;

    if (s->at < s->len || s->end)
        return true;
    size = piece_size(s, range);
    s->at = 0;
    s->len = size;
    s->piece = crunch_source_map(s->source, s->pos, &s->len);
    s->mapped = s->piece != NULL;
    if (!s->mapped && !copy_piece(s, size, code, error))
        return false;
    s->end = s->len < size;
    if (s->recorder.batch)
        s->recorder.batch->upto = s->pos + s->len;
    return true;
}

static void advance(struct crunch_scanner *s, size_t n)
{
    s->at += n;
    s->pos += n;
}

static void start_reading(struct crunch_scanner *s, uint64_t offset)
{
    s->at = s->len = 0;
    s->pos = offset;
    s->past = CRUNCH_PAST_BYTES;
    s->end = s->gone = false;
}

/* ---- from line start to line start ---- */

/* How a step went. */
enum step {
    STEP_ON,  /* go on */
    STEP_END, /* the input is over */
    STEP_FAR, /* a guess went too far */
    STEP_STOP /* error or gone: *code says */
};

/* Takes the LF that belongs to the line end just read, if there is one. */
static enum step settle(struct crunch_scanner *s, const struct crunch_range *range,
                        enum crunch_code *code, struct crunch_error *error)
{
    size_t used;

    if (!crunch_automaton_wants_lf(&s->automaton))
        return STEP_ON;
    if (!more(s, range, code, error))
        return STEP_STOP;
    if (s->at < s->len && s->piece[s->at] == '\n') {
        crunch_automaton_feed(&s->automaton, s->piece + s->at, 1, &used);
        advance(s, used);
    }
    return STEP_ON;
}

static bool is_far(const struct crunch_scanner *s, const struct crunch_range *range)
{
    return range->guess && s->pos > range->end && s->pos - range->end > FAR_BYTES;
}

/* Reads on to the automaton's next event. MORE: the step says why there is none. */
static enum crunch_event next_event(struct crunch_scanner *s, const struct crunch_range *range,
                                    enum step *step, enum crunch_code *code,
                                    struct crunch_error *error)
{
    enum crunch_event event = CRUNCH_EVENT_MORE;
    size_t used;

    while (event == CRUNCH_EVENT_MORE) {
        if (!more(s, range, code, error)) {
            *step = STEP_STOP;
            return CRUNCH_EVENT_MORE;
        }
        if (s->at == s->len) {
            event = crunch_automaton_finish(&s->automaton);
            if (event == CRUNCH_EVENT_MORE)
                *step = STEP_END;
            return event;
        }
        event = crunch_automaton_feed(&s->automaton, s->piece + s->at, s->len - s->at, &used);
        advance(s, used);
        if (event == CRUNCH_EVENT_MORE && is_far(s, range)) {
            *step = STEP_FAR;
            return CRUNCH_EVENT_MORE;
        }
    }
    return event;
}

/* Reads one record, blank line or comment with the automaton. */
static enum step plain_line(struct crunch_scanner *s, const struct crunch_range *range,
                            enum crunch_code *code, struct crunch_error *error)
{
    for (;;) {
        enum step step = STEP_ON;

        switch (next_event(s, range, &step, code, error)) {
        case CRUNCH_EVENT_CELL:
            *code = crunch_recorder_cell(&s->recorder, &s->automaton.cell, error);
            break;
        case CRUNCH_EVENT_RECORD:
            *code = crunch_recorder_record(&s->recorder, &s->automaton.record, error);
            return *code ? STEP_STOP : settle(s, range, code, error);
        case CRUNCH_EVENT_BLANK:
            return settle(s, range, code, error);
        case CRUNCH_EVENT_OPEN_QUOTE:
            *code = crunch_recorder_open_quote(&s->recorder, &s->automaton, error);
            return STEP_STOP;
        case CRUNCH_EVENT_NO_MEMORY:
            *code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a cell");
            return STEP_STOP;
        default:
            return step;
        }
        if (*code)
            return STEP_STOP;
    }
}

/* Offers the fast path what is in the buffer. True if it took something. */
static bool fast_records(struct crunch_scanner *s, const struct crunch_range *range)
{
    struct crunch_batch *batch = s->recorder.batch;
    const size_t before = batch ? batch->rows : 0;
    struct crunch_fast_taken taken;
    size_t len = s->len - s->at;

    if (range->end - s->pos < len)
        len = (size_t)(range->end - s->pos);
    crunch_fast_records(s->fast, s->piece + s->at, len, batch, &taken);
    if (taken.bytes == 0)
        return false;
    advance(s, taken.bytes);
    crunch_automaton_skip(&s->automaton, taken.bytes, taken.lines);
    if (batch && batch->record)
        for (size_t i = 0; i < taken.records; i++)
            batch->record[before + i] = s->recorder.records + i;
    s->recorder.records += taken.records;
    return true;
}

/* From the line start at pos to the lowest one at or after the range's end. */
static enum step scan_lines(struct crunch_scanner *s, const struct crunch_range *range,
                            enum crunch_code *code, struct crunch_error *error)
{
    enum step step = STEP_ON;

    while (step == STEP_ON && s->pos < range->end) {
        if (!more(s, range, code, error))
            return STEP_STOP;
        if (s->at == s->len)
            return STEP_END;
        if (s->fast && fast_records(s, range)) {
            *code = crunch_recorder_make_room(&s->recorder, error);
            if (*code)
                return STEP_STOP;
        } else {
            step = plain_line(s, range, code, error);
        }
    }
    return step;
}

/* ---- the range's beginning ---- */

/* From a state that is guessed to the first line start behind it; cells and records are not looked
 * at. */
static enum step find_line(struct crunch_scanner *s, const struct crunch_range *range,
                           enum crunch_code *code, struct crunch_error *error)
{
    enum step step = STEP_ON;

    for (;;) {
        switch (next_event(s, range, &step, code, error)) {
        case CRUNCH_EVENT_CELL:
            break;
        case CRUNCH_EVENT_RECORD:
        case CRUNCH_EVENT_BLANK:
            return settle(s, range, code, error);
        case CRUNCH_EVENT_NO_MEMORY:
            *code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a cell");
            return STEP_STOP;
        case CRUNCH_EVENT_OPEN_QUOTE:
            return STEP_FAR;
        default:
            return step;
        }
        if (s->pos >= range->end && s->pos - range->end > FAR_BYTES)
            return STEP_FAR;
    }
}

/* Goes to the likely lowest line start >= range->begin. */
static enum step guess_start(struct crunch_scanner *s, const struct crunch_range *range,
                             enum crunch_code *code, struct crunch_error *error)
{
    enum crunch_start start;
    char before;

    start_reading(s, range->begin - 1);
    if (!more(s, range, code, error))
        return STEP_STOP;
    if (s->at == s->len)
        return STEP_FAR;
    before = s->piece[0];
    start = crunch_boundary_guess(s->recorder.dialect, s->piece, s->len);
    advance(s, 1);
    crunch_automaton_start(&s->automaton, range->begin, start);
    if (start != CRUNCH_START_LINE)
        return find_line(s, range, code, error);
    if (before == '\r') {
        if (!more(s, range, code, error))
            return STEP_STOP;
        if (s->at < s->len && s->piece[s->at] == '\n')
            advance(s, 1);
    }
    return STEP_ON;
}

/* Sets *extent to what was scanned from extent->first on. */
static void measure(const struct crunch_scanner *s, struct crunch_extent *extent)
{
    extent->last = s->pos;
    extent->records = s->recorder.records;
    extent->lines = s->automaton.lines;
    extent->bad = s->recorder.bad;
}

/* The scan of a text, but for the check of what was mapped. */
static enum crunch_code scan_text(struct crunch_scanner *s, const struct crunch_range *range,
                                  const struct crunch_sink *sink, struct crunch_extent *extent,
                                  struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    enum step step = STEP_ON;

    *extent = (struct crunch_extent){.first = CRUNCH_NO_RECORD, .last = range->begin};
    crunch_recorder_start(&s->recorder, sink, range->bad_budget);
    if (range->guess && range->begin > 0)
        step = guess_start(s, range, &code, error);
    else
        start_reading(s, range->begin);
    if (step == STEP_STOP)
        return code;
    if (step != STEP_ON || (range->guess && s->pos >= range->end))
        return CRUNCH_OK;
    extent->first = s->pos;
    if (s->recorder.batch)
        s->recorder.batch->first = s->pos;
    crunch_automaton_start(&s->automaton, s->pos, CRUNCH_START_LINE);
    step = scan_lines(s, range, &code, error);
    if (step == STEP_ON || step == STEP_END)
        code = crunch_recorder_flush(&s->recorder, error);
    measure(s, extent);
    extent->at_end =
        step == STEP_END || s->pos == crunch_source_size(s->source) || (s->end && s->at == s->len);
    if (s->gone || step == STEP_FAR)
        extent->first = CRUNCH_NO_RECORD;
    return code;
}

/* Whatever came of bytes that were not the file's is put aside. */
static enum crunch_code check_mapped(struct crunch_scanner *s, const struct crunch_range *range,
                                     enum crunch_code code, struct crunch_error *error)
{
    uint64_t end = s->pos - s->at + s->len;
    struct crunch_error lost;

    if (!s->mapped || !crunch_source_check_map(s->source, range->begin, end, &lost))
        return code;
    *error = lost;
    return lost.code;
}

enum crunch_code crunch_scan(struct crunch_scanner *s, const struct crunch_range *range,
                             const struct crunch_sink *sink, struct crunch_extent *extent,
                             struct crunch_error *error)
{
    struct crunch_error own;
    enum crunch_code code;

    if (!error)
        error = &own;
    if (s->binary)
        return crunch_binary_scan(s->binary, range, sink, extent, error);
    s->mapped = false;
    code = scan_text(s, range, sink, extent, error);
    return check_mapped(s, range, code, error);
}

/* ---- the scanner ---- */

/* CRUNCH_SCAN=plain keeps to the automaton: for tests, which compare. */
static bool wants_fast(void)
{
    const char *choice = getenv("CRUNCH_SCAN");

    return !choice || strcmp(choice, "plain") != 0;
}

enum crunch_code crunch_scanner_create(const struct crunch_scan_plan *plan,
                                       struct crunch_source *source, struct crunch_scanner **out,
                                       struct crunch_error *error)
{
    const struct crunch_dialect *dialect = &plan->table->dialect;
    static const size_t none[1];
    struct crunch_scanner *s = calloc(1, sizeof *s);
    enum crunch_code code;

    *out = NULL;
    if (!s)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    if (plan->table->binary.type.kind) {
        code = crunch_binary_scanner_create(plan, source, &s->binary, error);
        if (code)
            free(s);
        else
            *out = s;
        return code;
    }
    s->source = source;
    for (size_t k = 0; k < plan->n_columns; k++)
        s->texts |= (plan->need[k] & CRUNCH_NEED_TEXT) != 0;
    crunch_automaton_init(&s->automaton, dialect, plan->n_columns ? plan->index : none,
                          plan->n_columns);
    code = crunch_recorder_init(&s->recorder, plan, source, error);
    if (!code && wants_fast())
        code = crunch_fast_create(plan, &s->fast, error);
    if (code) {
        crunch_scanner_free(s);
        return code;
    }
    *out = s;
    return CRUNCH_OK;
}

enum crunch_code crunch_scanner_tell(struct crunch_scanner *s, const struct crunch_bad *bad,
                                     struct crunch_error *error)
{
    return crunch_recorder_tell(&s->recorder, bad, error);
}

void crunch_scanner_free(struct crunch_scanner *s)
{
    if (!s)
        return;
    crunch_binary_scanner_free(s->binary);
    crunch_fast_free(s->fast);
    crunch_recorder_free(&s->recorder);
    crunch_automaton_free(&s->automaton);
    free(s->memory);
    free(s);
}
