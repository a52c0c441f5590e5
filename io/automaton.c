/*
 * The record automaton. States are those of the table in the manual: R (record not begun), F (after
 * a delimiter), U (unquoted cell), Q (inside quotes), E (after a quote in Q), B (blanks after E);
 * and two more for comments: M (the line so far is a beginning of the comment prefix) and C (inside
 * a comment).
 *
 * Invariant: `len` counts the content of the cell as if nothing pending were undone; in E and B the
 * quote (and blanks) that may yet turn out to be content are already appended, and closed_len is
 * where to cut if they do not. Of a wanted cell the first min(len, max_record) bytes are in `text`.
 * A line that looked like a comment and was none is read again from the prefix itself, so no byte
 * of the input has to be kept.
 */
#include "io/automaton.h"

#include <stdlib.h>
#include <string.h>

enum { R, F, U, Q, E, B, M, C };

/* Classes are bits, so that a run of bytes can be summed up. */
enum { BLANK = 1, END = 2, DELIMITER = 4, QUOTE = 8, NUL = 16 };

void crunch_automaton_init(struct crunch_automaton *a, const struct crunch_dialect *dialect,
                           const size_t *wanted, size_t n_wanted)
{
    memset(a, 0, sizeof *a);
    a->dialect = dialect;
    a->wanted = wanted;
    a->n_wanted = n_wanted;
    a->class[' '] = a->class['\t'] = BLANK;
    a->class['\r'] = a->class['\n'] = END;
    a->class[0] = NUL;
    if (dialect->quoting)
        a->class[dialect->quote] = QUOTE;
    a->class[dialect->delimiter] = DELIMITER;
    crunch_automaton_start(a, 0, CRUNCH_START_LINE);
}

void crunch_automaton_free(struct crunch_automaton *a)
{
    free(a->text);
    a->text = NULL;
    a->text_size = 0;
}

/* ---- positions ---- */

static struct crunch_place place_at(const struct crunch_automaton *a, uint64_t offset)
{
    return (struct crunch_place){offset, a->lines, offset - a->line_begin + 1};
}

/* c is a CR or LF at offset. */
static void count_line(struct crunch_automaton *a, char c, uint64_t offset)
{
    if (c == '\r' || a->after_cr != offset)
        a->lines++;
    if (c == '\r')
        a->after_cr = offset + 1;
    a->line_begin = offset + 1;
}

/* ---- content ---- */

static bool reserve(struct crunch_automaton *a, size_t size)
{
    size_t larger = a->text_size ? a->text_size : 256;
    char *text;

    while (larger < size)
        larger *= 2;
    text = realloc(a->text, larger);
    if (!text)
        return false;
    a->text = text;
    a->text_size = larger;
    return true;
}

/* Appends content; what lies beyond max_record is only counted. False when out of memory. */
static bool append(struct crunch_automaton *a, const char *text, size_t n)
{
    const uint64_t cap = a->dialect->max_record;
    const uint64_t before = a->len;
    size_t room = n;

    a->len += n;
    if (!a->keep)
        return true;
    if (a->len > cap) {
        room = before < cap ? (size_t)(cap - before) : 0;
        for (size_t i = room; i < n && !a->goes_beyond; i++)
            a->goes_beyond = !(a->class[(unsigned char)text[i]] & BLANK);
    }
    if (room == 0)
        return true;
    if (before + room > a->text_size && !reserve(a, (size_t)before + room))
        return false;
    memcpy(a->text + before, text, room);
    return true;
}

static bool is_wanted(struct crunch_automaton *a, size_t index)
{
    if (!a->wanted)
        return true;
    while (a->next_wanted < a->n_wanted && a->wanted[a->next_wanted] < index)
        a->next_wanted++;
    return a->next_wanted < a->n_wanted && a->wanted[a->next_wanted] == index;
}

static void begin_record(struct crunch_automaton *a, uint64_t offset)
{
    a->record = (struct crunch_record){.place = place_at(a, offset)};
    a->next_wanted = 0;
}

static void begin_cell(struct crunch_automaton *a, uint64_t offset)
{
    a->cell = (struct crunch_cell){.place = place_at(a, offset), .index = a->record.fields};
    a->keep = is_wanted(a, a->record.fields);
    a->goes_beyond = false;
    a->len = 0;
}

/* The cell is complete, with len bytes of content (an unquoted one with trailing blanks, which are
 * taken off here). True if it is an event. */
static bool end_cell(struct crunch_automaton *a, uint64_t len, bool unquoted)
{
    const uint64_t cap = a->dialect->max_record;
    struct crunch_cell *cell = &a->cell;
    size_t kept = (size_t)(len < cap ? len : cap);

    cell->wanted = a->keep;
    cell->too_long = len > cap && (a->goes_beyond || !unquoted);
    if (a->keep && unquoted && !cell->too_long)
        while (kept > 0 && a->class[(unsigned char)a->text[kept - 1]] & BLANK)
            kept--;
    cell->text = a->keep ? a->text : NULL;
    cell->len = a->keep ? kept : 0;
    a->record.fields++;
    if (len > 0) /* an unquoted cell begins with a byte that stays */
        a->record.used = a->record.fields;
    return a->keep || cell->has_nul;
}

static bool end_empty_cell(struct crunch_automaton *a, uint64_t offset)
{
    begin_cell(a, offset);
    return end_cell(a, 0, true);
}

/* The byte at offset ended the record's last cell. */
static void end_record(struct crunch_automaton *a, uint64_t offset)
{
    a->record.end = offset;
    a->record_ended = true;
    a->state = R;
    a->at_line = true;
}

/* ---- the states; each reads from *at on and returns an event or MORE ---- */

struct reading {
    const char *p, *end;
    uint64_t base; /* offset of a byte = base + its address */
};

static uint64_t offset_of(const struct reading *r)
{
    return r->base + (uintptr_t)r->p;
}

static unsigned class_of(const struct crunch_automaton *a, const struct reading *r)
{
    return a->class[(unsigned char)*r->p];
}

/* The cell ends at *p, a delimiter or line end, which is taken. */
static enum crunch_event take_end(struct crunch_automaton *a, struct reading *r, bool is_event)
{
    if (class_of(a, r) & DELIMITER) {
        a->state = F;
    } else {
        end_record(a, offset_of(r));
        count_line(a, *r->p, offset_of(r));
    }
    r->p++;
    if (is_event)
        return CRUNCH_EVENT_CELL;
    return CRUNCH_EVENT_MORE;
}

static enum crunch_event step_r(struct crunch_automaton *a, struct reading *r)
{
    const struct crunch_token *comment = &a->dialect->comment;
    const unsigned class = class_of(a, r);

    if (a->at_line && comment->len > 0 && *r->p == comment->text[0]) {
        a->state = M;
        a->matched = 0;
        return CRUNCH_EVENT_MORE;
    }
    if (class & END) {
        const bool second = *r->p == '\n' && a->after_cr == offset_of(r) && a->at_line;

        count_line(a, *r->p, offset_of(r));
        a->at_line = true;
        r->p++;
        return second ? CRUNCH_EVENT_MORE : CRUNCH_EVENT_BLANK;
    }
    a->at_line = false;
    if (class & BLANK) {
        r->p++;
        return CRUNCH_EVENT_MORE;
    }
    begin_record(a, offset_of(r));
    a->state = F;
    return CRUNCH_EVENT_MORE;
}

static enum crunch_event step_f(struct crunch_automaton *a, struct reading *r)
{
    const unsigned class = class_of(a, r);

    if (class & (END | DELIMITER))
        return take_end(a, r, end_empty_cell(a, offset_of(r)));
    if (class & BLANK) {
        r->p++;
        return CRUNCH_EVENT_MORE;
    }
    begin_cell(a, offset_of(r));
    if (class & QUOTE) {
        a->state = Q;
        r->p++;
    } else {
        a->state = U;
    }
    return CRUNCH_EVENT_MORE;
}

static enum crunch_event step_u(struct crunch_automaton *a, struct reading *r)
{
    const char *q = r->p;
    unsigned seen = 0;

    while (q < r->end && !(a->class[(unsigned char)*q] & (END | DELIMITER)))
        seen |= a->class[(unsigned char)*q++];
    if (seen & NUL)
        a->cell.has_nul = true;
    if (!append(a, r->p, (size_t)(q - r->p)))
        return CRUNCH_EVENT_NO_MEMORY;
    r->p = q;
    if (q == r->end)
        return CRUNCH_EVENT_MORE;
    return take_end(a, r, end_cell(a, a->len, true));
}

static enum crunch_event step_q(struct crunch_automaton *a, struct reading *r)
{
    const char *q = r->p;
    unsigned seen = 0;

    while (q < r->end && !(a->class[(unsigned char)*q] & QUOTE))
        seen |= a->class[(unsigned char)*q++];
    if (seen & NUL)
        a->cell.has_nul = true;
    if (seen & END)
        for (const char *c = r->p; c < q; c++)
            if (*c == '\n' || *c == '\r')
                count_line(a, *c, r->base + (uintptr_t)c);
    if (!append(a, r->p, (size_t)(q - r->p)))
        return CRUNCH_EVENT_NO_MEMORY;
    r->p = q;
    if (q == r->end)
        return CRUNCH_EVENT_MORE;
    a->closed_len = a->len;
    if (!append(a, q, 1))
        return CRUNCH_EVENT_NO_MEMORY;
    a->state = E;
    r->p++;
    return CRUNCH_EVENT_MORE;
}

/* E and B differ only in what a quote means. */
static enum crunch_event step_e(struct crunch_automaton *a, struct reading *r)
{
    const unsigned class = class_of(a, r);

    if (class & (END | DELIMITER))
        return take_end(a, r, end_cell(a, a->closed_len, false));
    if (class & BLANK) {
        a->state = B;
        return append(a, r->p++, 1) ? CRUNCH_EVENT_MORE : CRUNCH_EVENT_NO_MEMORY;
    }
    if (!(class & QUOTE)) {
        a->state = Q; /* which reads this byte */
        return CRUNCH_EVENT_MORE;
    }
    if (a->state == E) { /* the pending quote is the literal one */
        a->state = Q;
        r->p++;
        return CRUNCH_EVENT_MORE;
    }
    a->state = E;
    a->closed_len = a->len;
    return append(a, r->p++, 1) ? CRUNCH_EVENT_MORE : CRUNCH_EVENT_NO_MEMORY;
}

static enum crunch_event step_m(struct crunch_automaton *a, struct reading *r)
{
    const struct crunch_token *comment = &a->dialect->comment;

    if (*r->p != comment->text[a->matched]) {
        a->replay = 0;
        a->replay_end = a->matched;
        a->state = R;
        a->at_line = false;
        return CRUNCH_EVENT_MORE;
    }
    r->p++;
    if (++a->matched == comment->len)
        a->state = C;
    return CRUNCH_EVENT_MORE;
}

static enum crunch_event step_c(struct crunch_automaton *a, struct reading *r)
{
    while (r->p < r->end && !(class_of(a, r) & END))
        r->p++;
    if (r->p == r->end)
        return CRUNCH_EVENT_MORE;
    count_line(a, *r->p, offset_of(r));
    r->p++;
    a->state = R;
    a->at_line = true;
    return CRUNCH_EVENT_BLANK;
}

/* Reads until an event, the end of the reading, or (MORE with bytes left) a replay is due. */
static enum crunch_event read_on(struct crunch_automaton *a, struct reading *r)
{
    enum crunch_event event = CRUNCH_EVENT_MORE;

    while (event == CRUNCH_EVENT_MORE && r->p < r->end && !a->record_ended) {
        switch (a->state) {
        case R:
            event = step_r(a, r);
            break;
        case F:
            event = step_f(a, r);
            break;
        case U:
            event = step_u(a, r);
            break;
        case Q:
            event = step_q(a, r);
            break;
        case E:
        case B:
            event = step_e(a, r);
            break;
        case M:
            event = step_m(a, r);
            if (a->replay < a->replay_end)
                return event;
            break;
        default:
            event = step_c(a, r);
            break;
        }
    }
    return event;
}

/* Reads again what looked like a comment. Its bytes are those of the prefix. */
static enum crunch_event read_replay(struct crunch_automaton *a)
{
    const char *text = a->dialect->comment.text;
    struct reading r = {text + a->replay, text + a->replay_end, 0};
    enum crunch_event event;

    r.base = a->offset - (uintptr_t)r.p;
    event = read_on(a, &r);
    a->offset = offset_of(&r);
    a->replay = (size_t)(r.p - text);
    return event;
}

static enum crunch_event take_record(struct crunch_automaton *a)
{
    a->record_ended = false;
    return CRUNCH_EVENT_RECORD;
}

enum crunch_event crunch_automaton_feed(struct crunch_automaton *a, const char *text, size_t len,
                                        size_t *used)
{
    struct reading r = {text, text + len, 0};
    enum crunch_event event = CRUNCH_EVENT_MORE;

    for (;;) {
        if (a->record_ended) {
            event = take_record(a);
        } else if (a->replay < a->replay_end) {
            event = read_replay(a);
        } else if (r.p < r.end) {
            /* In M the offset stays at the line's beginning until it is known what it is. */
            r.base = a->offset + (a->state == M ? a->matched : 0) - (uintptr_t)r.p;
            event = read_on(a, &r);
            if (a->replay < a->replay_end || a->state == M)
                a->offset = offset_of(&r) - a->matched;
            else
                a->offset = offset_of(&r);
        } else {
            break;
        }
        if (event != CRUNCH_EVENT_MORE)
            break;
    }
    *used = (size_t)(r.p - text);
    return event;
}

enum crunch_event crunch_automaton_finish(struct crunch_automaton *a)
{
    bool is_event = false;

    if (a->state == M) {
        a->replay = 0;
        a->replay_end = a->matched;
        a->state = R;
        a->at_line = false;
    }
    for (;;) {
        enum crunch_event event = CRUNCH_EVENT_MORE;

        if (a->record_ended)
            return take_record(a);
        if (a->replay == a->replay_end)
            break;
        event = read_replay(a);
        if (event != CRUNCH_EVENT_MORE)
            return event;
    }
    switch (a->state) {
    case F:
        is_event = end_empty_cell(a, a->offset);
        break;
    case U:
        is_event = end_cell(a, a->len, true);
        break;
    case E:
    case B:
        is_event = end_cell(a, a->closed_len, false);
        break;
    case Q:
        return CRUNCH_EVENT_OPEN_QUOTE;
    default:
        return CRUNCH_EVENT_MORE;
    }
    end_record(a, a->offset);
    return is_event ? CRUNCH_EVENT_CELL : take_record(a);
}

void crunch_automaton_start(struct crunch_automaton *a, uint64_t offset, enum crunch_start start)
{
    static const int state[] = {
        [CRUNCH_START_LINE] = R,
        [CRUNCH_START_DELIMITER] = F,
        [CRUNCH_START_CELL] = U,
        [CRUNCH_START_QUOTED] = Q,
    };

    a->offset = offset;
    a->lines = 0;
    a->line_begin = offset;
    a->after_cr = UINT64_MAX;
    a->matched = a->replay = a->replay_end = 0;
    a->record_ended = false;
    a->state = state[start];
    a->at_line = start == CRUNCH_START_LINE;
    begin_record(a, offset);
    begin_cell(a, offset);
}

bool crunch_automaton_wants_lf(const struct crunch_automaton *a)
{
    return a->state == R && a->at_line && !a->record_ended && a->after_cr == a->offset;
}

void crunch_automaton_skip(struct crunch_automaton *a, uint64_t bytes, uint64_t lines)
{
    a->offset += bytes;
    a->lines += lines;
    a->line_begin = a->offset;
}
