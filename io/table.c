/*
 * The table: reads the beginning of the input once, sequentially, with the record automaton, and
 * decides what it is.
 *
 * Only record 1 and, per column, the first cell that is not missing are kept, so the memory is that
 * of two records. An unterminated quote behind record 1 ends the look without an error: bad data
 * before it must be reported first, and that is the scan's to find. Choosing columns by name is
 * io/select.c's.
 */
#include "io/table.h"

#include "io/automaton.h"
#include "io/number.h"
#include "io/packing.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 << 10)
#define TAR_MAGIC_AT 257 /* POSIX.1-1988, ustar: behind the name, numbers and link of a file */

struct text {
    char *bytes; /* NUL-terminated */
    size_t len;
};

/* Fields of a record, at most: what is kept of each column is a hundred bytes and more. */
#define WIDTH_MOST ((size_t)1 << 20)

/* One cell of record 1. */
struct first_cell {
    struct text text;
    enum crunch_kind kind;
    bool has_nul;
    struct crunch_place place;
};

struct prober {
    struct crunch_source *source;
    const struct crunch_dialect *dialect;
    struct crunch_error *error;
    struct crunch_table *table;
    char *piece;
    size_t at, len;  /* bytes of piece that are not read yet: [at, len) */
    uint64_t offset; /* of piece[at] */
    bool end;        /* nothing comes after piece */
    char *scratch;   /* for crunch_number_parse */
    struct crunch_automaton automaton;
    struct first_cell *cell; /* of record 1 */
    size_t n_cells, room;
    uint64_t base;     /* of offset 0 in the source */
    uint64_t record_1; /* offset at which reading of record 1 began: where data begins without a
                          header */
    uint64_t line_1;   /* physical line there */
    size_t undecided;  /* columns whose first cell after record 1 has not been found */
};

static enum crunch_code no_memory(struct prober *p)
{
    return crunch_fail(p->error, CRUNCH_NO_MEMORY, "out of memory");
}

static enum crunch_code bad_data(struct prober *p, const struct crunch_place *place,
                                 const char *message)
{
    crunch_fail(p->error, CRUNCH_BAD_DATA, "%s", message);
    if (p->error) {
        p->error->file = crunch_source_name(p->source);
        p->error->has_position = true;
        p->error->offset = place->offset;
        p->error->line = p->line_1 + place->line;
        p->error->byte_column = place->byte_column;
    }
    return CRUNCH_BAD_DATA;
}

/* ---- bytes ---- */

/* Makes sure that there is a byte to read, or that end is set. */
static enum crunch_code more(struct prober *p)
{
    ssize_t got;

    if (p->at < p->len || p->end)
        return CRUNCH_OK;
    got = crunch_source_read(p->source, p->piece, PIECE_BYTES, p->base + p->offset, p->error);
    if (got < 0)
        return p->error && p->error->code ? p->error->code : CRUNCH_IO;
    p->at = 0;
    p->len = (size_t)got;
    p->end = p->len < PIECE_BYTES;
    return CRUNCH_OK;
}

static void advance(struct prober *p, size_t n)
{
    p->at += n;
    p->offset += n;
}

static bool begins_with(const struct prober *p, const char *bytes, size_t n)
{
    return p->len - p->at >= n && memcmp(p->piece + p->at, bytes, n) == 0;
}

/* What is no table is told as such while its first bytes are there: an archive, or packed data in
 * packed data (one layer has been unpacked on the way). */
static enum crunch_code refuse_archives(struct prober *p)
{
    const char *bytes = p->piece + p->at;
    size_t len = p->len - p->at;
    enum crunch_packing packing;
    enum crunch_code code = crunch_packing_detect(bytes, len, &packing, p->error);

    if (code)
        return code;
    if (packing != CRUNCH_PACKING_NONE) {
        code = crunch_fail(p->error, CRUNCH_IO, "the data is packed twice");
        crunch_hint(p->error, "unpack it on the way: %s -dc FILE | crunch ...",
                    packing == CRUNCH_PACKING_ZSTD ? "zstd" : "gzip");
    } else if (len >= TAR_MAGIC_AT + 6 && memcmp(bytes + TAR_MAGIC_AT, "ustar", 5) == 0 &&
               (bytes[TAR_MAGIC_AT + 5] == 0 || bytes[TAR_MAGIC_AT + 5] == ' ') &&
               memchr(bytes, 0, TAR_MAGIC_AT)) {
        code = crunch_fail(p->error, CRUNCH_IO, "this is a tar archive, and no table");
        crunch_hint(p->error, "unpack it on the way: tar -xOf FILE MEMBER | crunch ...");
    }
    return code;
}

/* Skips a UTF-8 byte order mark; UTF-16 and UTF-32 are refused. */
static enum crunch_code read_bom(struct prober *p)
{
    static const struct crunch_place start = {0, 0, 1};
    enum crunch_code code = more(p);

    if (!code && (code = refuse_archives(p)))
        p->error->file = crunch_source_name(p->source);
    if (code)
        return code;
    if (begins_with(p, "\xef\xbb\xbf", 3)) {
        p->table->bom = true;
        advance(p, 3);
        return CRUNCH_OK;
    }
    if (begins_with(p, "\xff\xfe\0\0", 4) || begins_with(p, "\0\0\xfe\xff", 4))
        code = bad_data(p, &start, "the input is UTF-32 text");
    else if (begins_with(p, "\xff\xfe", 2) || begins_with(p, "\xfe\xff", 2))
        code = bad_data(p, &start, "the input is UTF-16 text");
    if (code)
        crunch_hint(p->error, "say so: --encoding utf-16, or utf-32");
    return code;
}

static enum crunch_code skip_lines(struct prober *p)
{
    enum crunch_code code = CRUNCH_OK;
    bool after_cr = false;
    uint64_t skipped = 0;

    while (!(code = more(p)) && p->at < p->len) {
        const char c = p->piece[p->at];
        if (skipped == p->dialect->skip_lines && !(after_cr && c == '\n'))
            break;
        if (c == '\r' || (c == '\n' && !after_cr))
            skipped++;
        after_cr = c == '\r';
        advance(p, 1);
    }
    p->line_1 = 1 + skipped;
    return code;
}

/* ---- cells ---- */

static bool keep_text(struct text *to, const struct crunch_cell *cell)
{
    to->bytes = malloc(cell->len + 1);
    if (!to->bytes)
        return false;
    if (cell->len > 0) /* an empty cell may have no text at all */
        memcpy(to->bytes, cell->text, cell->len);
    to->bytes[cell->len] = '\0';
    to->len = cell->len;
    return true;
}

/* What a cell is: EMPTY stands for missing. */
static enum crunch_kind kind_of(struct prober *p, const struct crunch_cell *cell)
{
    struct crunch_number number;

    if (cell->too_long || cell->has_nul)
        return CRUNCH_KIND_TEXT;
    crunch_number_parse(p->dialect, cell->text, cell->len, p->scratch, &number);
    switch (number.class) {
    case CRUNCH_CELL_NUMBER:
    case CRUNCH_CELL_WIDE:
        return CRUNCH_KIND_NUMBER;
    case CRUNCH_CELL_MISSING:
        return CRUNCH_KIND_EMPTY;
    default:
        return CRUNCH_KIND_TEXT;
    }
}

static enum crunch_code keep_first_record_cell(struct prober *p, const struct crunch_cell *cell)
{
    struct first_cell *kept;

    if (p->n_cells == WIDTH_MOST) {
        bad_data(p, &cell->place, "the first record has more than 1048576 fields");
        crunch_hint(p->error, "is the delimiter right? wider tables are not read");
        return CRUNCH_BAD_DATA;
    }
    if (p->n_cells == p->room) {
        size_t room = p->room ? 2 * p->room : 16;
        struct first_cell *larger = realloc(p->cell, room * sizeof *larger);
        if (!larger)
            return no_memory(p);
        p->cell = larger;
        p->room = room;
    }
    kept = &p->cell[p->n_cells];
    *kept = (struct first_cell){.has_nul = cell->has_nul, .place = cell->place};
    if (!keep_text(&kept->text, cell))
        return no_memory(p);
    p->n_cells++;
    kept->kind = kind_of(p, cell);
    return CRUNCH_OK;
}

/* A cell after record 1: does it decide its column? */
static enum crunch_code look_at_cell(struct prober *p, const struct crunch_cell *cell)
{
    struct crunch_table *table = p->table;
    struct crunch_column *column;
    struct text text;

    if (cell->index >= table->width || table->columns[cell->index].kind != CRUNCH_KIND_EMPTY)
        return CRUNCH_OK;
    column = &table->columns[cell->index];
    column->kind = kind_of(p, cell);
    if (column->kind == CRUNCH_KIND_EMPTY)
        return CRUNCH_OK;
    p->undecided--;
    if (!keep_text(&text, cell))
        return no_memory(p);
    column->first = text.bytes;
    column->first_len = text.len;
    return CRUNCH_OK;
}

/* ---- records ---- */

static enum crunch_event next_event(struct prober *p, enum crunch_code *code)
{
    enum crunch_event event = CRUNCH_EVENT_MORE;
    size_t used;

    while (event == CRUNCH_EVENT_MORE) {
        *code = more(p);
        if (*code)
            return CRUNCH_EVENT_MORE;
        if (p->at == p->len)
            return crunch_automaton_finish(&p->automaton);
        event = crunch_automaton_feed(&p->automaton, p->piece + p->at, p->len - p->at, &used);
        advance(p, used);
    }
    return event;
}

/* Reads one record and gives its cells to look. *got is false at the end of the input. */
static enum crunch_code
read_record(struct prober *p, enum crunch_code (*look)(struct prober *, const struct crunch_cell *),
            bool *got)
{
    enum crunch_code code = CRUNCH_OK;

    *got = false;
    while (!code) {
        switch (next_event(p, &code)) {
        case CRUNCH_EVENT_CELL:
            code = look(p, &p->automaton.cell);
            break;
        case CRUNCH_EVENT_RECORD:
            *got = true;
            return CRUNCH_OK;
        case CRUNCH_EVENT_BLANK:
            break;
        case CRUNCH_EVENT_OPEN_QUOTE:
            if (look == keep_first_record_cell)
                code = bad_data(p, &p->automaton.cell.place,
                                "the quote that opens here is never closed");
            return code;
        case CRUNCH_EVENT_NO_MEMORY:
            return no_memory(p);
        default:
            return code;
        }
    }
    return code;
}

static enum crunch_code make_columns(struct prober *p)
{
    struct crunch_table *table = p->table;

    table->columns = calloc(p->n_cells, sizeof *table->columns);
    if (!table->columns)
        return no_memory(p);
    table->width = p->n_cells;
    p->undecided = p->n_cells;
    return CRUNCH_OK;
}

/* Takes the LF that belongs to the line end of record 1. */
static enum crunch_code settle(struct prober *p)
{
    enum crunch_code code = CRUNCH_OK;
    size_t used;

    if (!crunch_automaton_wants_lf(&p->automaton))
        return CRUNCH_OK;
    code = more(p);
    if (!code && p->at < p->len && p->piece[p->at] == '\n') {
        crunch_automaton_feed(&p->automaton, p->piece + p->at, 1, &used);
        advance(p, used);
    }
    return code;
}

/* ---- decisions ---- */

static int by_text(const void *a, const void *b)
{
    const struct text *x = &(*(const struct first_cell *const *)a)->text;
    const struct text *y = &(*(const struct first_cell *const *)b)->text;
    int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The cells of record 1 are distinct and none is empty. */
static enum crunch_code are_distinct(struct prober *p, bool *distinct)
{
    const struct first_cell **sorted = malloc(p->n_cells * sizeof(struct first_cell *));

    if (!sorted)
        return no_memory(p);
    *distinct = true;
    for (size_t i = 0; i < p->n_cells; i++) {
        sorted[i] = &p->cell[i];
        *distinct &= p->cell[i].text.len > 0;
    }
    qsort(sorted, p->n_cells, sizeof(struct first_cell *), by_text);
    for (size_t i = 1; i < p->n_cells; i++)
        *distinct &= by_text(&sorted[i - 1], &sorted[i]) != 0;
    free(sorted);
    return CRUNCH_OK;
}

/* At this point kind and first of the columns are those of the records after record 1. */
static enum crunch_code decide_header(struct prober *p)
{
    struct crunch_table *table = p->table;
    bool text_over_number = false, any_number = false, any_text = false;

    if (p->dialect->header != CRUNCH_HEADER_AUTO) {
        table->has_header = p->dialect->header == CRUNCH_HEADER_YES;
        return CRUNCH_OK;
    }
    for (size_t i = 0; i < table->width; i++) {
        const bool text = p->cell[i].kind == CRUNCH_KIND_TEXT;
        const bool number = table->columns[i].kind == CRUNCH_KIND_NUMBER;

        text_over_number |= text && number;
        any_text |= text;
        any_number |= number || p->cell[i].kind == CRUNCH_KIND_NUMBER;
    }
    table->has_header = text_over_number;
    if (!text_over_number && !any_number) {
        enum crunch_code code = are_distinct(p, &table->has_header);
        if (code)
            return code;
    }
    table->doubtful = !table->has_header && any_text;
    return CRUNCH_OK;
}

static enum crunch_code take_names(struct prober *p)
{
    for (size_t i = 0; i < p->table->width; i++) {
        struct first_cell *cell = &p->cell[i];
        struct crunch_column *column = &p->table->columns[i];

        if (cell->has_nul)
            return bad_data(p, &cell->place, "a NUL byte in the header");
        column->name = cell->text.bytes;
        column->name_len = cell->text.len;
        cell->text.bytes = NULL;
    }
    return CRUNCH_OK;
}

/* Record 1 is data: its cells come before those that were found. */
static enum crunch_code take_first_cells(struct prober *p)
{
    for (size_t i = 0; i < p->table->width; i++) {
        struct first_cell *cell = &p->cell[i];
        struct crunch_column *column = &p->table->columns[i];

        column->name = calloc(1, 1);
        if (!column->name)
            return no_memory(p);
        if (cell->kind == CRUNCH_KIND_EMPTY)
            continue;
        free(column->first);
        column->kind = cell->kind;
        column->first = cell->text.bytes;
        column->first_len = cell->text.len;
        cell->text.bytes = NULL;
    }
    return CRUNCH_OK;
}

static enum crunch_code probe(struct prober *p)
{
    struct crunch_table *table = p->table;
    uint64_t after_1, line_after_1;
    enum crunch_code code = crunch_table_probe_binary(p->source, p->base, table, p->error);
    bool got = false;

    if (code || table->binary.type.kind)
        return code;
    code = read_bom(p);
    if (!code)
        code = skip_lines(p);
    if (code)
        return code;
    p->record_1 = p->offset;
    table->data_offset = p->record_1;
    table->data_line = p->line_1;
    crunch_automaton_start(&p->automaton, p->offset, CRUNCH_START_LINE);
    code = read_record(p, keep_first_record_cell, &got);
    if (code || !got)
        return code;
    code = settle(p);
    if (!code)
        code = make_columns(p);
    after_1 = p->offset;
    line_after_1 = p->line_1 + p->automaton.lines;
    for (size_t i = 0; i < CRUNCH_PROBE_RECORDS && !code && got && p->undecided > 0; i++)
        code = read_record(p, look_at_cell, &got);
    if (!code)
        code = decide_header(p);
    if (code)
        return code;
    if (!table->has_header)
        return take_first_cells(p);
    table->data_offset = after_1;
    table->data_line = line_after_1;
    return take_names(p);
}

enum crunch_code crunch_table_read(struct crunch_source *source,
                                   const struct crunch_dialect *dialect, struct crunch_table **out,
                                   struct crunch_error *error)
{
    return crunch_table_read_at(source, 0, dialect, out, error);
}

enum crunch_code crunch_table_read_at(struct crunch_source *source, uint64_t base,
                                      const struct crunch_dialect *dialect,
                                      struct crunch_table **out, struct crunch_error *error)
{
    struct crunch_error ignored;
    struct prober p = {
        .source = source, .error = error ? error : &ignored, .line_1 = 1, .base = base};
    enum crunch_code code = CRUNCH_OK;

    *out = NULL;
    p.table = calloc(1, sizeof *p.table);
    p.piece = malloc(PIECE_BYTES);
    p.scratch = malloc(CRUNCH_WIDE_DIGITS_MAX);
    if (!p.table || !p.piece || !p.scratch) {
        code = no_memory(&p);
        goto out;
    }
    p.error->code = CRUNCH_OK;
    p.table->dialect = *dialect;
    p.dialect = &p.table->dialect;
    crunch_automaton_init(&p.automaton, p.dialect, NULL, 0);
    code = probe(&p);
    crunch_automaton_free(&p.automaton);
    if (code == CRUNCH_BAD_DATA &&
        crunch_source_check_sound(source, 0, p.offset + CRUNCH_SOUND_BYTES, p.error))
        code = CRUNCH_IO;
out:
    for (size_t i = 0; i < p.n_cells; i++)
        free(p.cell[i].text.bytes);
    free(p.cell);
    free(p.scratch);
    free(p.piece);
    if (code)
        crunch_table_free(p.table);
    else
        *out = p.table;
    return code;
}

void crunch_table_free(struct crunch_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; table->columns && i < table->width; i++) {
        free(table->columns[i].name);
        free(table->columns[i].first);
    }
    free(table->columns);
    free(table);
}
