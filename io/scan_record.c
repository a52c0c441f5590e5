/*
 * The recorder. A record is judged when it is complete: until then its cells wait in `row` and what
 * is bad about them in `piece`, in file order. Then the width is judged, the pieces are counted
 * against the budget and told to the sink, and the row is appended, or left out.
 *
 * Invariant between records: next, n_pieces and the lengths are 0, and the batch has room for the
 * numbers of a row.
 */
#include "io/scan_record.h"

#include <stdlib.h>
#include <string.h>

/* Rows left in a batch, and room for texts, below which the fast path is better served by an empty
 * one: a piece of its usual size should find room for what it has to copy. */
#define FEW_ROWS 64
#define LITTLE_TEXT ((size_t)16 << 10)

struct crunch_piece {
    enum crunch_bad_kind kind;
    bool late; /* not to be met here, see struct crunch_late */
    struct crunch_place place;
    size_t column;
    size_t text_at, text_len;
};

/* ---- memory ---- */

enum crunch_code crunch_recorder_init(struct crunch_recorder *r,
                                      const struct crunch_scan_plan *plan,
                                      struct crunch_source *source, struct crunch_error *error)
{
    const struct crunch_batch_shape shape = {
        .n_columns = plan->n_columns,
        .need = plan->need,
        .arith = plan->table->dialect.arith,
        .records = plan->records,
    };

    *r = (struct crunch_recorder){.plan = plan, .dialect = &plan->table->dialect, .source = source};
    if (plan->n_columns == 0)
        return CRUNCH_OK;
    r->row = calloc(plan->n_columns, sizeof *r->row);
    r->scratch = malloc(plan->n_columns * CRUNCH_WIDE_DIGITS_MAX);
    r->texts = calloc(plan->n_columns, sizeof *r->texts);
    if (!r->row || !r->scratch || !r->texts)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    return crunch_batch_create(&shape, &r->batch, error);
}

void crunch_recorder_free(struct crunch_recorder *r)
{
    crunch_batch_free(r->batch);
    free(r->row);
    free(r->scratch);
    free(r->texts);
    free(r->content);
    free(r->piece);
    free(r->late);
    free(r->late_text);
    free(r->text);
}

static void clear_batch(struct crunch_recorder *r)
{
    crunch_batch_clear(r->batch);
    r->n_late = 0;
    r->late_text_len = 0;
}

static void begin_record(struct crunch_recorder *r)
{
    r->next = 0;
    r->n_pieces = 0;
    r->text_len = 0;
    r->content_len = 0;
}

void crunch_recorder_start(struct crunch_recorder *r, const struct crunch_sink *sink,
                           uint64_t budget)
{
    r->sink = sink;
    r->budget = budget;
    r->records = r->bad = 0;
    if (r->batch)
        clear_batch(r);
    begin_record(r);
}

/* ---- the batch ---- */

enum crunch_code crunch_recorder_flush(struct crunch_recorder *r, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;

    if (!r->batch || r->batch->rows == 0)
        return CRUNCH_OK;
    for (size_t i = 0, at = 0; i < r->n_late; at += r->late[i++].bad.text_len)
        r->late[i].bad.text = r->late_text + at;
    r->batch->late = r->late;
    r->batch->n_late = r->n_late;
    if (r->sink->batch)
        code = r->sink->batch(r->sink->context, r->batch, error);
    clear_batch(r);
    return code;
}

enum crunch_code crunch_recorder_make_room(struct crunch_recorder *r, struct crunch_error *error)
{
    const struct crunch_batch *batch = r->batch;

    if (!batch || (batch->rows <= CRUNCH_BATCH_ROWS - FEW_ROWS && !crunch_batch_is_full(batch) &&
                   (!batch->texts || crunch_batch_text_room(batch) >= LITTLE_TEXT)))
        return CRUNCH_OK;
    return crunch_recorder_flush(r, error);
}

/* ---- bad data ---- */

static bool grow(void **memory, size_t *room, size_t needed, size_t size)
{
    size_t larger = *room ? *room : 16;
    void *moved;

    if (needed <= *room)
        return true;
    while (larger < needed)
        larger *= 2;
    moved = realloc(*memory, larger * size);
    if (!moved)
        return false;
    *memory = moved;
    *room = larger;
    return true;
}

static enum crunch_code add_piece(struct crunch_recorder *r, enum crunch_bad_kind kind, bool late,
                                  const struct crunch_cell *cell, struct crunch_error *error)
{
    const size_t len = cell->len < CRUNCH_BAD_TEXT_MAX ? cell->len : CRUNCH_BAD_TEXT_MAX;
    void *piece = r->piece, *text = r->text;
    bool grown = grow(&piece, &r->piece_room, r->n_pieces + 1, sizeof *r->piece);

    r->piece = piece;
    if (grown) {
        grown = grow(&text, &r->text_size, r->text_len + len, 1);
        r->text = text;
    }
    if (!grown)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    if (len)
        memcpy(r->text + r->text_len, cell->text, len);
    r->piece[r->n_pieces++] = (struct crunch_piece){
        .kind = kind,
        .late = late,
        .place = cell->place,
        .column = cell->index < r->plan->table->width ? cell->index : SIZE_MAX,
        .text_at = r->text_len,
        .text_len = len,
    };
    r->text_len += len;
    return CRUNCH_OK;
}

/* May the text stand between double quotes of a shell, as it is shown, and mean itself? */
static bool is_quotable(const struct crunch_bad *bad, const char *shown)
{
    return bad->text_len <= 40 && strlen(shown) == bad->text_len &&
           memcmp(shown, bad->text, bad->text_len) == 0 && !strpbrk(shown, "\"$`\\!");
}

static void say_what(const struct crunch_recorder *r, const struct crunch_bad *bad,
                     struct crunch_error *error)
{
    char shown[120];

    crunch_quote_text(shown, sizeof shown, bad->text ? bad->text : "", bad->text_len);
    switch (bad->kind) {
    case CRUNCH_BAD_NUMBER:
        crunch_fail(error, CRUNCH_BAD_DATA, "not a number: \"%s\"", shown);
        if (is_quotable(bad, shown))
            crunch_hint(error, "try --on-error=skip --rejects bad.csv, or --null \"%s\"", shown);
        else
            crunch_hint(error, "try --on-error=skip --rejects bad.csv");
        break;
    case CRUNCH_BAD_RANGE:
        crunch_fail(error, CRUNCH_BAD_DATA, "out of range: \"%s\"", shown);
        crunch_hint(error, "%sat most the largest double; try --on-error=skip --rejects bad.csv",
                    r->dialect->arith == CRUNCH_ARITH_BINARY
                        ? "numbers are "
                        : "numbers have no digit below 1e-1100 and are ");
        break;
    case CRUNCH_BAD_NAN:
        crunch_fail(error, CRUNCH_BAD_DATA, "not a number: \"%s\"", shown);
        crunch_hint(error, "--nan=skip takes it for missing, --nan=propagate makes results NaN");
        break;
    case CRUNCH_BAD_WIDTH:
        crunch_fail(error, CRUNCH_BAD_DATA, "%zu field%s where the first record has %zu",
                    bad->fields, bad->fields == 1 ? "" : "s", r->plan->table->width);
        crunch_hint(error, "try --on-error=skip --rejects bad.csv, or --ragged");
        break;
    case CRUNCH_BAD_NUL:
        crunch_fail(error, CRUNCH_BAD_DATA, "a NUL byte");
        crunch_hint(error, "is this a text file? try --on-error=skip --rejects bad.csv");
        break;
    case CRUNCH_BAD_LENGTH:
        crunch_fail(error, CRUNCH_BAD_DATA, "the cell is longer than %llu bytes",
                    (unsigned long long)r->dialect->max_record);
        crunch_hint(error, "is a quote not closed? --max-record sets the limit");
        break;
    case CRUNCH_BAD_QUOTE:
        crunch_fail(error, CRUNCH_BAD_DATA, "the quote that opens here is never closed");
        crunch_hint(error, "--quote none takes quotes for ordinary bytes");
        break;
    case CRUNCH_BAD_COMPUTED:
        crunch_fail(error, CRUNCH_BAD_DATA, "the exact value of %s is out of range", shown);
        crunch_hint(error,
                    "numbers have no digit below 1e-1100 and are at most the largest double; "
                    "round() shortens them; or try --on-error=skip --rejects bad.csv");
        break;
    case CRUNCH_BAD_MATCH:
        crunch_fail(error, CRUNCH_BAD_DATA, "the regular expression needs too long here: %s",
                    shown);
        crunch_hint(error, "it goes back and forth too often; write it with less nesting of * and "
                           "+, or try --on-error=skip --rejects bad.csv");
        break;
    }
}

/* Fails with this piece. */
static enum crunch_code fail_with(const struct crunch_recorder *r, const struct crunch_bad *bad,
                                  struct crunch_error *error)
{
    say_what(r, bad, error);
    error->file = crunch_source_name(r->source);
    error->has_position = true;
    error->offset = bad->offset;
    error->line = bad->line;
    error->byte_column = bad->byte_column;
    error->record = bad->record;
    if (bad->column != SIZE_MAX) {
        const struct crunch_column *column = &r->plan->table->columns[bad->column];
        error->column = (unsigned)bad->column + 1;
        crunch_quote_text(error->column_name, sizeof error->column_name, column->name,
                          column->name_len);
    }
    return CRUNCH_BAD_DATA;
}

enum crunch_code crunch_recorder_tell(struct crunch_recorder *r, const struct crunch_bad *bad,
                                      struct crunch_error *error)
{
    if (r->bad >= r->budget || bad->kind == CRUNCH_BAD_QUOTE)
        return fail_with(r, bad, error);
    r->bad++;
    return r->sink->bad ? r->sink->bad(r->sink->context, bad, error) : CRUNCH_OK;
}

/* Counts a piece of the current record: the sink is told, or the scan fails. Before that the rows
 * of earlier records are handed over if pieces may be found in them, or if they are the last. */
static enum crunch_code tell(struct crunch_recorder *r, const struct crunch_bad *bad,
                             struct crunch_error *error)
{
    bool last = r->bad >= r->budget || bad->kind == CRUNCH_BAD_QUOTE;
    enum crunch_code code = CRUNCH_OK;

    if (last || r->n_late > 0 || r->plan->records)
        code = crunch_recorder_flush(r, error);
    return code ? code : crunch_recorder_tell(r, bad, error);
}

static void describe(const struct crunch_recorder *r, const struct crunch_piece *piece,
                     struct crunch_bad *bad)
{
    bad->kind = piece->kind;
    bad->offset = piece->place.offset;
    bad->line = piece->place.line;
    bad->byte_column = piece->place.byte_column;
    bad->column = piece->column;
    bad->text = r->text ? r->text + piece->text_at : NULL;
    bad->text_len = piece->text_len;
}

/* Those that are not late. */
static enum crunch_code tell_pieces(struct crunch_recorder *r, struct crunch_bad *bad,
                                    struct crunch_error *error)
{
    const bool nulling = r->dialect->on_error == CRUNCH_ON_ERROR_NULL;
    enum crunch_code code = CRUNCH_OK;
    bool told = false;

    for (size_t i = 0; i < r->n_pieces && !code && (nulling || !told); i++) {
        if (r->piece[i].late)
            continue;
        describe(r, &r->piece[i], bad);
        code = tell(r, bad, error);
        told = true;
    }
    return code;
}

/* Keeps the late pieces of a record with its row, the next one of the batch. */
static enum crunch_code keep_late(struct crunch_recorder *r, const struct crunch_bad *of_record,
                                  struct crunch_error *error)
{
    for (size_t i = 0; i < r->n_pieces; i++) {
        const struct crunch_piece *piece = &r->piece[i];
        void *late = r->late, *text = r->late_text;
        bool grown = true;

        if (!piece->late)
            continue;
        grown = grow(&late, &r->late_room, r->n_late + 1, sizeof *r->late);
        r->late = late;
        if (grown) {
            grown = grow(&text, &r->late_text_size, r->late_text_len + piece->text_len, 1);
            r->late_text = text;
        }
        if (!grown)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        if (piece->text_len)
            memcpy(r->late_text + r->late_text_len, r->text + piece->text_at, piece->text_len);
        r->late_text_len += piece->text_len;
        r->late[r->n_late].row = (uint32_t)r->batch->rows;
        r->late[r->n_late].bad = *of_record;
        describe(r, piece, &r->late[r->n_late++].bad);
    }
    return CRUNCH_OK;
}

/* ---- cells ---- */

static bool is_blank(const struct crunch_dialect *dialect, char c)
{
    return (c == ' ' || c == '\t') && (unsigned char)c != dialect->delimiter;
}

static bool is_missing(const struct crunch_dialect *dialect, const char *text, size_t len)
{
    while (len > 0 && is_blank(dialect, text[len - 1]))
        len--;
    while (len > 0 && is_blank(dialect, *text)) {
        text++;
        len--;
    }
    for (size_t i = 0; i < dialect->n_nulls; i++)
        if (dialect->nulls[i].len == len && memcmp(dialect->nulls[i].text, text, len) == 0)
            return true;
    return len == 0;
}

/* Reads the cell of wanted column k. Returns what is bad about it, or 0. */
static unsigned read_cell(struct crunch_recorder *r, size_t k, const struct crunch_cell *cell,
                          enum crunch_bad_kind *kind)
{
    struct crunch_number *number = &r->row[k];

    if (!(r->plan->need[k] & CRUNCH_NEED_NUMBER)) {
        *number = (struct crunch_number){.class = is_missing(r->dialect, cell->text, cell->len)
                                                      ? CRUNCH_CELL_MISSING
                                                      : CRUNCH_CELL_NUMBER};
        return 0;
    }
    crunch_number_parse(r->dialect, cell->text, cell->len, r->scratch + k * CRUNCH_WIDE_DIGITS_MAX,
                        number);
    if (number->class != CRUNCH_CELL_BAD)
        return 0;
    *kind = number->bad == CRUNCH_OUT_OF_RANGE  ? CRUNCH_BAD_RANGE
            : number->bad == CRUNCH_NAN_REFUSED ? CRUNCH_BAD_NAN
                                                : CRUNCH_BAD_NUMBER;
    return 1;
}

static void set_missing(struct crunch_recorder *r, size_t k)
{
    r->row[k] = (struct crunch_number){.class = CRUNCH_CELL_MISSING};
    r->texts[k] = (struct crunch_text){NULL, 0};
}

/* Keeps the text of the cell of wanted column k, if it is wanted and not missing. */
static enum crunch_code keep_text(struct crunch_recorder *r, size_t k,
                                  const struct crunch_cell *cell, struct crunch_error *error)
{
    void *content = r->content;

    r->texts[k].len = 0;
    if (!(r->plan->need[k] & CRUNCH_NEED_TEXT) || is_missing(r->dialect, cell->text, cell->len))
        return CRUNCH_OK;
    if (!grow(&content, &r->content_size, r->content_len + cell->len, 1))
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a cell");
    r->content = content;
    memcpy(r->content + r->content_len, cell->text, cell->len);
    r->content_len += cell->len;
    r->texts[k].len = (uint32_t)cell->len;
    return CRUNCH_OK;
}

enum crunch_code crunch_recorder_cell(struct crunch_recorder *r, const struct crunch_cell *cell,
                                      struct crunch_error *error)
{
    const size_t k = r->next;
    enum crunch_bad_kind kind = CRUNCH_BAD_NUL;
    bool is_bad = cell->has_nul;
    enum crunch_code code = CRUNCH_OK;

    bool late = false;

    if (cell->wanted) {
        r->next++;
        if (!is_bad && cell->too_long) {
            kind = CRUNCH_BAD_LENGTH;
            is_bad = true;
        }
        if (!is_bad)
            is_bad = read_cell(r, k, cell, &kind);
        late = is_bad && kind != CRUNCH_BAD_NUL && r->plan->late && r->plan->late[k];
        if (is_bad)
            set_missing(r, k);
        else
            code = keep_text(r, k, cell, error);
        if (late)
            r->row[k].class = CRUNCH_CELL_BAD;
    }
    if (is_bad)
        code = add_piece(r, kind, late, cell, error);
    return code;
}

/* ---- records ---- */

static bool is_bad_width(const struct crunch_recorder *r, const struct crunch_record *record)
{
    const size_t width = r->plan->table->width;

    return !r->dialect->ragged && (record->fields < width || record->used > width);
}

/* The width, then the cells; *leave_out says whether the record goes. */
static enum crunch_code judge(struct crunch_recorder *r, struct crunch_bad *bad, bool bad_width,
                              bool *leave_out, struct crunch_error *error)
{
    const bool nulling = r->dialect->on_error == CRUNCH_ON_ERROR_NULL;
    bool any = bad_width;
    enum crunch_code code = CRUNCH_OK;

    for (size_t i = 0; i < r->n_pieces; i++)
        any = any || !r->piece[i].late;
    *leave_out = any && !nulling;
    if (bad_width)
        code = tell(r, bad, error);
    if (!code && (!bad_width || nulling))
        code = tell_pieces(r, bad, error);
    return code;
}

/* The record as a row of the batch, which is handed over before when its texts have no room. */
static enum crunch_code append_row(struct crunch_recorder *r, const struct crunch_bad *of_record,
                                   struct crunch_error *error)
{
    const char *bytes = r->content;
    enum crunch_code code = CRUNCH_OK;

    for (; r->next < r->plan->n_columns; r->next++)
        set_missing(r, r->next);
    if (r->content_len > crunch_batch_text_room(r->batch)) {
        code = crunch_recorder_flush(r, error);
        if (!code && !crunch_batch_reserve_text(r->batch, r->content_len))
            code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a cell");
        if (code)
            return code;
    }
    for (size_t k = 0; k < r->plan->n_columns && bytes; k++) {
        r->texts[k].bytes = bytes;
        bytes += r->texts[k].len;
    }
    if (r->n_pieces > 0)
        code = keep_late(r, of_record, error);
    if (code)
        return code;
    crunch_batch_append(r->batch, r->row, r->texts, r->records);
    return crunch_batch_is_full(r->batch) ? crunch_recorder_flush(r, error) : CRUNCH_OK;
}

enum crunch_code crunch_recorder_record(struct crunch_recorder *r,
                                        const struct crunch_record *record,
                                        struct crunch_error *error)
{
    const bool bad_width = is_bad_width(r, record);
    struct crunch_bad bad = {
        .kind = CRUNCH_BAD_WIDTH,
        .offset = record->place.offset,
        .line = record->place.line,
        .byte_column = record->place.byte_column,
        .record = r->records,
        .column = SIZE_MAX,
        .fields = record->fields,
        .record_begin = record->place.offset,
        .record_end = record->end,
    };
    bool leave_out = false;
    enum crunch_code code = CRUNCH_OK;

    if (bad_width || r->n_pieces > 0)
        code = judge(r, &bad, bad_width, &leave_out, error);
    if (code)
        return code;
    if (!leave_out && r->batch)
        code = append_row(r, &bad, error);
    r->records++;
    begin_record(r);
    return code;
}

enum crunch_code crunch_recorder_open_quote(struct crunch_recorder *r,
                                            const struct crunch_automaton *a,
                                            struct crunch_error *error)
{
    struct crunch_bad bad = {
        .record = r->records,
        .record_begin = a->record.place.offset,
        .record_end = a->offset,
    };
    enum crunch_code code = tell_pieces(r, &bad, error);

    if (code)
        return code;
    bad.kind = CRUNCH_BAD_QUOTE;
    bad.offset = a->cell.place.offset;
    bad.line = a->cell.place.line;
    bad.byte_column = a->cell.place.byte_column;
    bad.column = a->cell.index < r->plan->table->width ? a->cell.index : SIZE_MAX;
    bad.text = NULL;
    bad.text_len = 0;
    return tell(r, &bad, error);
}
