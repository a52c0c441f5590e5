/*
 * The reference run: records from core/reference_records.c, numbers from core/reference_number.c,
 * sums from core/reference_sums.c, and here what lies between: columns, width, missing fields and
 * the policies for bad data.
 *
 * A record is committed as a whole at its end, when all its pieces of bad data are known; which one
 * comes first is the rule of io/scan.h. The first pass keeps no places. If it meets bad data that
 * is an error, the same pass is made once more with places, stops at the same piece, and reports
 * it.
 */
#include "core/reference.h"

#include "core/group_key.h"
#include "core/member.h"
#include "core/order.h"
#include "core/passes.h"
#include "core/reference_binary.h"
#include "core/reference_expr.h"
#include "core/reference_joint.h"
#include "core/reference_number.h"
#include "core/reference_order.h"
#include "core/reference_records.h"
#include "core/reference_row.h"
#include "core/reference_sums.h"
#include "core/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NO_COLUMN SIZE_MAX
#define EXCERPT 72

struct piece {
    enum crunch_bad_kind kind;
    size_t column;
    struct crunch_reference_place place;
    char excerpt[EXCERPT];
};

struct cell {
    struct crunch_reference_number number;
    char *text; /* of a column that NEEDs it; empty where missing */
    size_t text_len, text_size;
    bool seen; /* in this record */
};

struct run {
    const struct crunch_plan *plan;
    const struct crunch_table *table;          /* of the file that is read */
    const char *file;                          /* its name, where there are several, ... */
    char file_key[CRUNCH_FILE_KEY_DIGITS + 1]; /* ... its number in them, ... */
    uint64_t records_before;                   /* ... and the records of those before it */
    const struct crunch_dialect *dialect;
    struct crunch_reference_records reader;
    size_t *slot; /* per column of the table: its cell, or NO_COLUMN */
    struct cell *cell;
    size_t n_cells;
    struct crunch_reference_exprs *exprs;    /* NULL: neither --where nor maps */
    struct crunch_reference_sums **sums;     /* per slot */
    struct crunch_reference_values **values; /* per slot: NULL where not in order */
    struct crunch_reference_cell *row;       /* what is fed to sums and collectors: per slot */
    struct crunch_reference_number
        passed;       /* what is present in every row: nothing is asked of it */
    char **map_text;  /* per map: the text of a number that NEEDs it */
    void **collector; /* n_collecting objects */
    struct crunch_reference_joints *joints; /* NULL: the plan has no sets */
    struct crunch_error *error;             /* of a collector */
    char *digits;                           /* room for the digits of a cell */
    size_t digits_size;

    size_t fields; /* of the record so far */
    bool surplus;  /* a field beyond the width has text */
    struct piece *piece;
    size_t n_pieces, pieces_size;

    uint64_t records, bad, budget;
    enum crunch_code code; /* what stopped the run */
    struct piece failed;
    size_t failed_fields;
    bool *outside; /* per map: it is out of range in this record */
    bool passed_made;
};

static void stop(struct run *run, enum crunch_code code)
{
    run->code = code;
    run->reader.done = true;
}

/* An array of at least need elements: the same, or a larger one with the same content and *size
 * set. NULL: out of memory, and array is as it was. */
static void *grown(void *array, size_t *size, size_t need, size_t element)
{
    size_t target = need + need / 2 + 16;
    if (need <= *size)
        return array;
    array = realloc(array, target * element);
    if (array)
        *size = target;
    return array;
}

static void add_piece(struct run *run, enum crunch_bad_kind kind, size_t column, const char *text,
                      size_t len)
{
    struct piece *piece =
        grown(run->piece, &run->pieces_size, run->n_pieces + 1, sizeof *run->piece);
    if (piece == NULL) {
        stop(run, CRUNCH_NO_MEMORY);
        return;
    }
    run->piece = piece;
    piece += run->n_pieces++;
    piece->kind = kind;
    piece->column = column;
    piece->place = run->reader.cell_place;
    crunch_quote_text(piece->excerpt, sizeof piece->excerpt, text, len);
}

/* The length max_record is held against: quotes are gone, and outer blanks too where nothing is
 * quoted (see core/reference_records.c on --quote none). */
static size_t content_length(const struct run *run, const char *text, size_t len)
{
    while (!run->dialect->quoting && len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return len;
}

static void keep_text(struct run *run, struct cell *cell, const char *text, size_t len)
{
    char *room = grown(cell->text, &cell->text_size, len + 1, 1);
    if (room == NULL) {
        stop(run, CRUNCH_NO_MEMORY);
        return;
    }
    cell->text = room;
    cell->text_len = len;
    memcpy(room, text, len);
}

static void read_cell(struct run *run, size_t column, const char *text, size_t len)
{
    struct cell *cell = &run->cell[run->slot[column]];
    size_t slot = run->slot[column];
    bool presence = !(run->plan->scan.need[slot] & CRUNCH_NEED_NUMBER);
    cell->seen = true;
    cell->text_len = 0;
    cell->number.class = CRUNCH_REFERENCE_BAD;
    if (content_length(run, text, len) > run->dialect->max_record) {
        add_piece(run, CRUNCH_BAD_LENGTH, column, text, len);
        return;
    }
    char *digits = grown(run->digits, &run->digits_size, len + 2, 1);
    if (digits == NULL) {
        stop(run, CRUNCH_NO_MEMORY);
        return;
    }
    run->digits = digits;
    bool missing = true;
    if (run->plan->scan.need[slot] & CRUNCH_NEED_TEXT) {
        crunch_reference_read(run->dialect, text, len, true, digits, &cell->number);
        missing = cell->number.class == CRUNCH_REFERENCE_MISSING;
    }
    crunch_reference_read(run->dialect, text, len, presence, digits, &cell->number);
    if (!missing && cell->number.class != CRUNCH_REFERENCE_BAD)
        keep_text(run, cell, text, content_length(run, text, len));
    if (cell->number.class == CRUNCH_REFERENCE_BAD)
        add_piece(run, cell->number.bad, column, text, len);
}

static void on_cell(void *context, const char *text, size_t len)
{
    struct run *run = context;
    size_t column = run->fields++;
    bool surplus = column >= run->table->width;
    if (surplus && len > 0)
        run->surplus = true;
    bool wanted = !surplus && run->slot[column] != NO_COLUMN;
    if (len > 0 && memchr(text, 0, len)) {
        add_piece(run, CRUNCH_BAD_NUL, surplus ? NO_COLUMN : column, text, len);
        if (wanted) {
            run->cell[run->slot[column]].seen = true;
            run->cell[run->slot[column]].number.class = CRUNCH_REFERENCE_BAD;
        }
    } else if (wanted) {
        read_cell(run, column, text, len);
    }
}

/* A piece is met: false if it is one too many. */
static bool meet(struct run *run, const struct piece *piece)
{
    if (run->bad < run->budget) {
        run->bad++;
        return true;
    }
    run->failed = *piece;
    run->failed_fields = run->fields;
    stop(run, CRUNCH_BAD_DATA);
    return false;
}

static bool has_bad_width(const struct run *run)
{
    size_t width = run->table->width;
    return !run->dialect->ragged && (run->fields < width || (run->fields > width && run->surplus));
}

static bool is_late(const struct run *run, const struct piece *piece)
{
    const bool *late = run->plan->scan.late;
    return late && piece->kind != CRUNCH_BAD_NUL && late[run->slot[piece->column]];
}

/* Meets what is bad about cells of late columns, or of the others. False: the record is not to be
 * committed. */
static bool settle_cells(struct run *run, bool late)
{
    bool skip = run->dialect->on_error == CRUNCH_ON_ERROR_SKIP;
    for (size_t i = 0; i < run->n_pieces; i++)
        if (is_late(run, &run->piece[i]) == late && (!meet(run, &run->piece[i]) || skip))
            return false;
    return true;
}

/* Meets all bad data of the record but that of late columns. */
static bool settle_bad(struct run *run)
{
    bool skip = run->dialect->on_error == CRUNCH_ON_ERROR_SKIP;
    if (has_bad_width(run)) {
        struct piece width = {.kind = CRUNCH_BAD_WIDTH, .column = NO_COLUMN};
        width.place = run->reader.record_place;
        if (!meet(run, &width) || skip)
            return false;
    }
    return settle_cells(run, false);
}

/* ---- a row that is whole ---- */

static bool is_text_map(const struct crunch_plan *plan, size_t slot)
{
    const size_t n = plan->scan.n_columns;
    return plan->exprs && slot >= n && slot - n < plan->exprs->n_maps &&
           plan->exprs->map[slot - n].value->kind == CRUNCH_EXPR_TEXT;
}

/* The scanned part of the row. */
static void take_cells(struct run *run)
{
    for (size_t i = 0; i < run->n_cells; i++) {
        struct cell *cell = &run->cell[i];
        if (!cell->seen || cell->number.class == CRUNCH_REFERENCE_BAD) {
            cell->number.class = CRUNCH_REFERENCE_MISSING;
            cell->text_len = 0;
        }
        run->row[i] = (struct crunch_reference_cell){&cell->number, cell->text ? cell->text : "",
                                                     cell->text_len};
    }
}

/* The text of a computed number, as a key of groups has it. */
static void name_number(struct run *run, size_t map, struct crunch_reference_cell *cell)
{
    const bool binary = run->plan->exprs->map[map].value->kind == CRUNCH_EXPR_DOUBLE;
    const struct crunch_reference_number *number = cell->number;
    struct crunch_value value;
    struct crunch_scaled scaled = {.exponent = number->exponent};
    if (number->class == CRUNCH_REFERENCE_MISSING)
        return;
    crunch_value_init(&value);
    value.kind = number->class == CRUNCH_REFERENCE_NAN         ? CRUNCH_VALUE_NAN
                 : number->class == CRUNCH_REFERENCE_PLUS_INF  ? CRUNCH_VALUE_PLUS_INF
                 : number->class == CRUNCH_REFERENCE_MINUS_INF ? CRUNCH_VALUE_MINUS_INF
                 : binary                                      ? CRUNCH_VALUE_DOUBLE
                                                               : CRUNCH_VALUE_COPIED;
    if (number->class == CRUNCH_REFERENCE_VALUE) {
        mpz_init_set(scaled.mantissa, number->mantissa);
        crunch_scaled_to_mpq(value.number, &scaled,
                             binary ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL);
        mpz_clear(scaled.mantissa);
    }
    free(run->map_text[map]);
    run->map_text[map] = crunch_value_text(&value, 0);
    crunch_value_clear(&value);
    if (run->map_text[map] == NULL) {
        stop(run, CRUNCH_NO_MEMORY);
        return;
    }
    cell->text = run->map_text[map];
    cell->text_len = strlen(cell->text);
}

/* A piece of the record as a whole. False: the record is not to be committed. */
static bool settle_record(struct run *run, enum crunch_bad_kind kind, const char *text, size_t len)
{
    struct piece piece = {.kind = kind, .column = NO_COLUMN, .place = run->reader.record_place};
    crunch_quote_text(piece.excerpt, sizeof piece.excerpt, text, len);
    return meet(run, &piece) && run->dialect->on_error != CRUNCH_ON_ERROR_SKIP;
}

static bool settle_match(struct run *run, const struct crunch_expr *gave_up)
{
    return gave_up == NULL ||
           settle_record(run, CRUNCH_BAD_MATCH, gave_up->in + gave_up->at, gave_up->len);
}

/* The computed part of the row; false when it is not to be committed. */
static bool take_maps(struct run *run)
{
    const struct crunch_plan *plan = run->plan;
    const struct crunch_expr *gave_up;
    crunch_reference_exprs_maps(run->exprs, run->row, run->row + run->n_cells, run->outside,
                                &gave_up);
    if (!settle_match(run, gave_up))
        return false;
    for (size_t i = 0; i < plan->exprs->n_maps; i++) {
        struct crunch_reference_cell *cell = &run->row[run->n_cells + i];
        if (run->outside[i] && !settle_record(run, CRUNCH_BAD_COMPUTED, plan->exprs->map[i].name,
                                              plan->exprs->map[i].name_len))
            return false;
        if ((plan->scan.need[run->n_cells + i] & CRUNCH_NEED_TEXT) && cell->text == NULL)
            name_number(run, i, cell);
    }
    if (plan->file_slot != SIZE_MAX)
        run->row[plan->file_slot] = (struct crunch_reference_cell){
            .number = &run->passed, .text = run->file_key, .text_len = CRUNCH_FILE_KEY_DIGITS};
    if (plan->passed_slot != SIZE_MAX)
        run->row[plan->passed_slot] = (struct crunch_reference_cell){.number = &run->passed};
    return run->code == CRUNCH_OK;
}

/* Decides by --where, and what late columns hold, whether the row counts, and completes it. */
static bool passes(struct run *run)
{
    const struct crunch_expr *gave_up;
    take_cells(run);
    if (run->exprs == NULL)
        return true;
    bool pass = crunch_reference_exprs_where(run->exprs, run->row, &gave_up);
    return settle_match(run, gave_up) && pass && settle_cells(run, true) && take_maps(run);
}

/* Feeds sums, sets of columns and collectors the row. */
static void collect(struct run *run)
{
    const struct crunch_plan *plan = run->plan;
    const size_t n = crunch_plan_slots(plan);
    struct crunch_reference_row row = {run->records, n, run->row};
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < n; i++)
        crunch_reference_sums_add(
            run->sums[i], run->row[i].number,
            (plan->exprs && (i == plan->passed_slot || i == plan->file_slot)) ||
                (i < run->n_cells && !(plan->scan.need[i] & CRUNCH_NEED_NUMBER)) ||
                is_text_map(plan, i));
    for (size_t i = 0; i < n && run->values; i++)
        if (run->values[i] && !crunch_reference_values_add(run->values[i], run->row[i].number))
            code = CRUNCH_NO_MEMORY;
    if (run->joints)
        crunch_reference_joints_add(run->joints, run->row);
    for (size_t i = 0; run->collector && i < plan->n_collecting && !code; i++)
        if (run->collector[i])
            code =
                plan->collecting[i].collector->reference_row(run->collector[i], &row, run->error);
    if (code)
        stop(run, code);
}

static void on_record(void *context)
{
    struct run *run = context;
    if (settle_bad(run) && passes(run))
        collect(run);
    for (size_t i = 0; i < run->n_cells; i++)
        run->cell[i].seen = false;
    if (run->code == CRUNCH_OK)
        run->records++;
    run->fields = 0;
    run->surplus = false;
    run->n_pieces = 0;
}

static void describe(const struct run *run, const struct piece *piece, struct crunch_error *error)
{
    size_t width = run->table->width;
    switch (piece->kind) {
    case CRUNCH_BAD_NUMBER:
        crunch_fail(error, CRUNCH_BAD_DATA, "not a number: \"%s\"", piece->excerpt);
        break;
    case CRUNCH_BAD_RANGE:
        crunch_fail(error, CRUNCH_BAD_DATA, "out of range: \"%s\"", piece->excerpt);
        break;
    case CRUNCH_BAD_NAN:
        crunch_fail(error, CRUNCH_BAD_DATA, "NaN: \"%s\"", piece->excerpt);
        break;
    case CRUNCH_BAD_WIDTH:
        crunch_fail(error, CRUNCH_BAD_DATA, "%zu fields where %zu are expected", run->failed_fields,
                    width);
        break;
    case CRUNCH_BAD_NUL:
        crunch_fail(error, CRUNCH_BAD_DATA, "a NUL byte");
        break;
    case CRUNCH_BAD_LENGTH:
        crunch_fail(error, CRUNCH_BAD_DATA, "a cell longer than --max-record");
        break;
    case CRUNCH_BAD_QUOTE:
        crunch_fail(error, CRUNCH_BAD_DATA, "unterminated quote");
        break;
    case CRUNCH_BAD_COMPUTED:
        crunch_fail(error, CRUNCH_BAD_DATA, "the exact value of %s is out of range",
                    piece->excerpt);
        break;
    case CRUNCH_BAD_MATCH:
        crunch_fail(error, CRUNCH_BAD_DATA, "the regular expression needs too long here: %s",
                    piece->excerpt);
        break;
    }
}

/* The error of the second pass, with its place. */
static void report(const struct run *run, struct crunch_error *error)
{
    const struct piece *piece = &run->failed;
    describe(run, piece, error);
    error->file = run->file ? run->file : run->plan->job->path;
    error->has_position = true;
    error->offset = piece->place.offset;
    error->line = piece->place.line;
    error->byte_column = piece->place.byte_column;
    error->record = run->records - run->records_before + 1;
    if (piece->column != NO_COLUMN) {
        const struct crunch_column *column = &run->plan->table->columns[piece->column];
        error->column = (unsigned)piece->column + 1;
        crunch_quote_text(error->column_name, sizeof error->column_name, column->name,
                          column->name_len);
    }
}

static void free_collectors(const struct crunch_plan *plan, void **collector)
{
    for (size_t i = 0; i < plan->n_collecting && collector != NULL; i++)
        if (collector[i])
            plan->collecting[i].collector->reference_destroy(collector[i]);
    free(collector);
}

static void run_free(struct run *run)
{
    for (size_t i = 0; i < run->n_cells; i++) {
        mpz_clear(run->cell[i].number.mantissa);
        free(run->cell[i].text);
    }
    crunch_reference_joints_free(run->joints);
    for (size_t i = 0; i < crunch_plan_slots(run->plan) && run->sums; i++)
        crunch_reference_sums_free(run->sums[i]);
    for (size_t i = 0; i < crunch_plan_slots(run->plan) && run->values; i++)
        crunch_reference_values_free(run->values[i]);
    free(run->values);
    for (size_t i = 0; run->plan->exprs && i < run->plan->exprs->n_maps && run->map_text; i++)
        free(run->map_text[i]);
    if (run->passed_made)
        mpz_clear(run->passed.mantissa);
    crunch_reference_exprs_free(run->exprs);
    free(run->sums);
    free(run->map_text);
    free(run->outside);
    free(run->row);
    free_collectors(run->plan, run->collector);
    free(run->cell);
    free(run->slot);
    free(run->digits);
    free(run->piece);
}

/* From here on records are those of table, in which the plan's columns stand at index[]. */
static enum crunch_code place_columns(struct run *run, const struct crunch_table *table,
                                      const size_t *index)
{
    size_t *slot = realloc(run->slot, (table->width + 1) * sizeof *slot);
    if (slot == NULL)
        return CRUNCH_NO_MEMORY;
    run->slot = slot;
    run->table = table;
    for (size_t i = 0; i < table->width; i++)
        slot[i] = NO_COLUMN;
    for (size_t i = 0; i < run->plan->scan.n_columns && table->width > 0; i++)
        slot[index[i]] = i;
    return CRUNCH_OK;
}

static enum crunch_code run_init(struct run *run, const struct crunch_plan *plan,
                                 struct crunch_error *error)
{
    size_t n = plan->scan.n_columns, slots = crunch_plan_slots(plan);
    memset(run, 0, sizeof *run);
    run->plan = plan;
    run->table = plan->table;
    run->error = error;
    memset(run->file_key, '0', CRUNCH_FILE_KEY_DIGITS);
    run->dialect = &plan->table->dialect;
    run->budget = run->dialect->on_error == CRUNCH_ON_ERROR_FAIL ? 0 : plan->job->max_errors;
    run->cell = calloc(n + 1, sizeof *run->cell);
    run->row = calloc(slots + 1, sizeof *run->row);
    run->sums = calloc(slots + 1, sizeof(*run->sums));
    run->map_text = calloc(slots + 1, sizeof(*run->map_text));
    mpz_init(run->passed.mantissa);
    run->passed_made = true;
    run->outside = calloc(slots + 1, sizeof *run->outside);
    if (!run->cell || !run->row || !run->sums || !run->map_text || !run->outside)
        return CRUNCH_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        mpz_init(run->cell[i].number.mantissa);
        run->n_cells = i + 1;
    }
    for (size_t i = 0; i < slots; i++) {
        run->sums[i] =
            crunch_reference_sums_create(crunch_layout_arith(&plan->layout, i), plan->needs[i]);
        if (run->sums[i] == NULL)
            return CRUNCH_NO_MEMORY;
    }
    if (plan->layout.n_sets > 0)
        run->joints = crunch_reference_joints_create(&plan->layout);
    if (plan->layout.n_sets > 0 && run->joints == NULL)
        return CRUNCH_NO_MEMORY;
    enum crunch_code code = place_columns(run, plan->table, plan->scan.index);
    if (!code && plan->exprs)
        code = crunch_reference_exprs_create(plan->exprs, plan->scan.index, n, &run->exprs, error);
    return code;
}

/* Values are put in order where the whole input is read. */
static enum crunch_code create_values(struct run *run)
{
    const struct crunch_plan *plan = run->plan;
    run->values = calloc(crunch_plan_slots(plan) + 1, sizeof *run->values);
    for (size_t i = 0; i < crunch_plan_slots(plan) && run->values; i++) {
        if (!crunch_plan_orders(plan, i))
            continue;
        run->values[i] = crunch_reference_values_create(crunch_layout_arith(&plan->layout, i),
                                                        plan->job, plan->n_columns);
        if (run->values[i] == NULL)
            return CRUNCH_NO_MEMORY;
    }
    return run->values ? CRUNCH_OK : CRUNCH_NO_MEMORY;
}

static enum crunch_code create_collectors(struct run *run, struct crunch_error *error)
{
    const struct crunch_plan *plan = run->plan;
    enum crunch_code code = CRUNCH_OK;
    run->collector = calloc(plan->n_collecting + 1, sizeof *run->collector);
    if (run->collector == NULL)
        return CRUNCH_NO_MEMORY;
    for (size_t i = 0; i < plan->n_collecting && !code; i++)
        if (plan->collecting[i].collector->reference_create)
            code = plan->collecting[i].collector->reference_create(plan, plan->collecting[i].config,
                                                                   &run->collector[i], error);
    return code;
}

/* ---- binary tables ---- */

struct binary_pass {
    struct run *run;
    struct crunch_reference_binary reader;
};

static void place_at(struct binary_pass *pass, struct crunch_reference_place *place)
{
    const struct crunch_reference_binary *reader = &pass->reader;
    place->offset = reader->offset;
    place->line = reader->row + 1;
    place->byte_column = (reader->offset - reader->origin) %
                             (reader->table->width * reader->table->binary.type.bytes) +
                         1;
}

/* A number that is known exactly: text says nothing more. */
static void take_exact(struct run *run, size_t column, const char *text,
                       const struct crunch_reference_number *exact)
{
    struct cell *cell = &run->cell[run->slot[column]];
    cell->seen = true;
    cell->number.class = exact->class;
    if (exact->class == CRUNCH_REFERENCE_VALUE) {
        mpz_set(cell->number.mantissa, exact->mantissa);
        cell->number.exponent = exact->exponent;
    }
    if (run->plan->scan.need[run->slot[column]] & CRUNCH_NEED_TEXT)
        keep_text(run, cell, text, strlen(text));
    if (exact->class != CRUNCH_REFERENCE_NAN || run->dialect->nan == CRUNCH_NAN_PROPAGATE)
        return;
    cell->number.class =
        run->dialect->nan == CRUNCH_NAN_SKIP ? CRUNCH_REFERENCE_MISSING : CRUNCH_REFERENCE_BAD;
    if (cell->number.class == CRUNCH_REFERENCE_BAD)
        add_piece(run, CRUNCH_BAD_NAN, column, text, strlen(text));
}

static void on_binary_number(void *context, size_t column, const char *text,
                             const struct crunch_reference_number *exact)
{
    struct binary_pass *pass = context;
    struct run *run = pass->run;
    size_t slot = run->slot[column];
    run->fields++;
    if (slot == NO_COLUMN)
        return;
    place_at(pass, &run->reader.cell_place);
    if (exact && (run->plan->scan.need[slot] & CRUNCH_NEED_NUMBER) && run->dialect->n_nulls == 0)
        take_exact(run, column, text, exact);
    else
        read_cell(run, column, text, strlen(text));
    pass->reader.done |= run->reader.done;
}

static void on_binary_record(void *context)
{
    struct binary_pass *pass = context;
    place_at(pass, &pass->run->reader.record_place);
    on_record(pass->run);
    pass->reader.done |= pass->run->reader.done;
}

static enum crunch_code pass_over_binary(struct run *run, struct crunch_source *source,
                                         uint64_t base, uint64_t begin, uint64_t end,
                                         struct crunch_error *error)
{
    struct binary_pass pass = {
        .run = run,
        .reader = {.table = run->table,
                   .source = source,
                   .origin = base + run->table->data_offset,
                   .begin = begin,
                   .end = end,
                   .number = on_binary_number,
                   .record = on_binary_record},
    };
    pass.reader.context = &pass;
    run->reader = (struct crunch_reference_records){.begin = begin};
    enum crunch_code code = crunch_reference_binary_read(&pass.reader, error);
    return run->code != CRUNCH_OK ? run->code : code;
}

static enum crunch_code pass_over(struct run *run, struct crunch_source *source, uint64_t begin,
                                  uint64_t end, uint64_t line, bool locate,
                                  struct crunch_error *error)
{
    bool unterminated = false;
    run->reader = (struct crunch_reference_records){
        .dialect = run->dialect,
        .source = source,
        .begin = begin,
        .end = end,
        .cell = on_cell,
        .record = on_record,
        .context = run,
        .locate = locate,
        .line = line,
    };
    enum crunch_code code = crunch_reference_records_read(&run->reader, &unterminated, error);
    if (run->code != CRUNCH_OK)
        return run->code;
    if (unterminated)
        settle_cells(run, false);
    if (unterminated && run->code == CRUNCH_OK) {
        run->failed =
            (struct piece){.kind = CRUNCH_BAD_QUOTE,
                           .column = run->fields < run->table->width ? run->fields : NO_COLUMN,
                           .place = run->reader.cell_place};
    }
    return code;
}

/* Of an input of several files the part that begins in [begin, end) as stored: a file's header
 * belongs to its first byte. Each file is read by itself; which column is which is an input here,
 * as it is for one file. */
static enum crunch_code pass_over_files(struct run *run, struct crunch_source *source,
                                        uint64_t begin, uint64_t end, bool locate,
                                        struct crunch_error *error)
{
    const struct crunch_files *files = crunch_source_files(source);
    size_t *index = calloc(run->plan->scan.n_columns + 1, sizeof *index);
    struct crunch_member member = {0};
    struct crunch_source *view = NULL;
    enum crunch_code code = index == NULL ? CRUNCH_NO_MEMORY : CRUNCH_OK;
    if (!code)
        code = crunch_source_view(source, NULL, &view, error);
    if (!code)
        code = crunch_member_init(&member, run->plan, view, error);
    for (size_t i = 0; !code && (i = crunch_files_next(files, i)) < files->n; i++) {
        const uint64_t base = files->file[i].base;
        if (base >= end)
            break;
        if (base + files->file[i].size <= begin)
            continue;
        code = crunch_member_select(&member, i, error);
        const uint64_t from = begin > base ? begin : member.data;
        const uint64_t to = end < member.end ? end : UINT64_MAX;
        for (size_t k = 0; k < run->plan->scan.n_columns && !code; k++)
            index[k] = crunch_member_column(&member, k);
        if (!code)
            code = place_columns(run, member.table, index);
        run->file = files->file[i].name;
        snprintf(run->file_key, sizeof run->file_key, "%08x", (unsigned)i);
        run->records_before = run->records;
        if (!code)
            code = member.table->binary.type.kind
                       ? pass_over_binary(run, view, base, from, to, error)
                       : pass_over(run, view, from, to, member.data_line, locate, error);
        run->failed.place.offset -= code ? base : 0;
    }
    run->table = run->plan->table;
    crunch_member_close(&member);
    crunch_source_close(view);
    free(index);
    return code;
}

static enum crunch_code read_input(struct run *run, struct crunch_source *source, uint64_t begin,
                                   uint64_t end, bool locate, struct crunch_error *error)
{
    if (crunch_source_files(source))
        return pass_over_files(run, source, end == UINT64_MAX ? 0 : begin, end, locate, error);
    if (run->table->binary.type.kind)
        return pass_over_binary(run, source, 0, begin, end, error);
    return pass_over(run, source, begin, end, run->plan->table->data_line, locate, error);
}

static enum crunch_code locate(const struct crunch_plan *plan, struct crunch_source *source,
                               uint64_t begin, uint64_t end, struct crunch_error *error)
{
    struct run run;
    enum crunch_code code = run_init(&run, plan, error);
    if (code == CRUNCH_OK)
        code = read_input(&run, source, begin, end, true, error);
    if (code == CRUNCH_BAD_DATA)
        report(&run, error);
    run_free(&run);
    return code;
}

static enum crunch_code total_joints(const struct run *run, struct crunch_reference *out)
{
    size_t n = run->plan->layout.n_sets;
    enum crunch_code code = CRUNCH_OK;
    out->joint = calloc(n + 1, sizeof *out->joint);
    if (out->joint == NULL)
        return CRUNCH_NO_MEMORY;
    for (; out->n_joints < n && !code; out->n_joints++)
        code =
            crunch_reference_joints_total(run->joints, out->n_joints, &out->joint[out->n_joints]);
    return code;
}

static enum crunch_code total(const struct run *run, struct crunch_reference *out)
{
    out->records = run->records;
    out->bad = run->bad;
    out->column = calloc(crunch_plan_slots(run->plan) + 1, sizeof *out->column);
    if (out->column == NULL)
        return CRUNCH_NO_MEMORY;
    out->n_columns = crunch_plan_slots(run->plan);
    for (size_t i = 0; i < out->n_columns; i++) {
        crunch_exact_init(&out->column[i], crunch_layout_arith(&run->plan->layout, i),
                          run->plan->needs[i]);
        if (!crunch_reference_sums_total(run->sums[i], &out->column[i]))
            return CRUNCH_NO_MEMORY;
    }
    return total_joints(run, out);
}

static enum crunch_code total_values(struct run *run, struct crunch_reference *out)
{
    enum crunch_code code = CRUNCH_OK;
    out->ordered = calloc(out->n_columns + 1, sizeof *out->ordered);
    if (out->ordered == NULL)
        return CRUNCH_NO_MEMORY;
    for (size_t i = 0; i < out->n_columns && run->values && !code; i++)
        if (run->values[i])
            code = crunch_reference_values_total(run->values[i], run->plan->job, &out->column[i],
                                                 &out->ordered[i]);
    return code;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* What ops on counted values and on places read. */
static enum crunch_code count_values(struct crunch_reference *out, struct crunch_error *error)
{
    enum crunch_code code =
        crunch_counts_of_reference(out->plan, out->collector, &out->counts, error);
    for (size_t i = 0; i < out->n_columns && !code; i++)
        out->column[i].counted = crunch_counts_of(&out->counts, i);
    if (!code)
        code = crunch_places_of_reference(out->plan, out->collector, &out->places, error);
    for (size_t i = 0; i < out->n_columns && !code; i++)
        out->column[i].placed = crunch_places_of(&out->places, i);
    return code;
}

enum crunch_code crunch_reference_run(const struct crunch_plan *plan, struct crunch_source *source,
                                      uint64_t begin, uint64_t end, struct crunch_reference *out,
                                      struct crunch_error *error)
{
    struct crunch_error unheard;
    struct run run;
    double started = seconds();
    if (error == NULL)
        error = &unheard;
    memset(out, 0, sizeof *out);
    enum crunch_code code = run_init(&run, plan, error);
    if (code == CRUNCH_OK && end == UINT64_MAX)
        code = create_values(&run);
    if (code == CRUNCH_OK && plan->n_collecting > 0)
        code = create_collectors(&run, error);
    if (code == CRUNCH_OK)
        code = read_input(&run, source, begin, end, false, error);
    if (code == CRUNCH_OK)
        code = total(&run, out);
    if (code == CRUNCH_OK)
        code = total_values(&run, out);
    if (code == CRUNCH_OK) {
        out->plan = plan;
        out->collector = run.collector;
        run.collector = NULL;
    }
    run_free(&run);
    if (code == CRUNCH_OK)
        code = count_values(out, error);
    if (code == CRUNCH_BAD_DATA)
        code = locate(plan, source, begin, end, error);
    if (code == CRUNCH_NO_MEMORY)
        crunch_fail(error, code, "out of memory (reference)");
    out->elapsed_s = seconds() - started;
    return code;
}

void crunch_reference_free(struct crunch_reference *reference)
{
    crunch_counts_free(&reference->counts);
    crunch_places_free(&reference->places);
    for (size_t i = 0; i < reference->n_columns; i++)
        crunch_exact_clear(&reference->column[i]);
    for (size_t i = 0; reference->ordered && i < reference->n_columns; i++)
        crunch_ordered_clear(&reference->ordered[i]);
    free(reference->ordered);
    free(reference->column);
    for (size_t s = 0; s < reference->n_joints; s++)
        crunch_joint_clear(&reference->joint[s]);
    free(reference->joint);
    if (reference->plan)
        free_collectors(reference->plan, reference->collector);
    memset(reference, 0, sizeof *reference);
}
