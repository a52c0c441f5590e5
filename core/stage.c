/*
 * The stage: select, compact, compute.
 *
 * Where all rows pass and nothing is bad the scanned columns are handed on as they are, without a
 * copy. Otherwise the columns that anyone reads behind the stage are copied row by row into the
 * stage's own arrays; texts and the digits of wide numbers stay where they are.
 */
#include "core/stage.h"

#include "core/expr_machine.h"
#include "core/group_key.h"
#include "core/number_text.h"

#include <stdlib.h>
#include <string.h>

#define ROWS CRUNCH_BATCH_ROWS

struct crunch_stage {
    const struct crunch_plan *plan;
    struct crunch_expr_machine *where, *maps; /* NULL: none */
    struct crunch_batch rows;                 /* plan->n_slots columns */
    struct crunch_cells *own;                 /* per scanned column: arrays for copies */
    uint64_t *record;
    uint16_t *selected; /* rows that pass, ascending */
    size_t n_selected;
    struct crunch_number_texts *texts; /* per map: of numbers that NEED TEXT */
    uint8_t *zeros;                    /* ROWS * 8 of them: classes, scales, mantissas */
    char file_key[CRUNCH_FILE_KEY_DIGITS + 2 * CRUNCH_TEXT_SLACK];
    const char **file_text;         /* --by-file: ROWS times the key, */
    uint32_t *file_len;             /* ... and its length */
    struct crunch_outside *outside; /* per map */
};

/* ---- memory ---- */

static void free_cells(struct crunch_cells *cells)
{
    free(cells->mantissa);
    free(cells->binary);
    free(cells->scale);
    free(cells->class);
    free(cells->wide);
    free(cells->text);
    free(cells->text_len);
}

static bool make_cells(struct crunch_cells *cells, enum crunch_arith arith, enum crunch_need need)
{
    cells->mantissa = aligned_alloc(64, ROWS * sizeof *cells->mantissa);
    cells->scale = aligned_alloc(64, ROWS);
    cells->class = aligned_alloc(64, ROWS);
    cells->wide = malloc(ROWS * sizeof *cells->wide);
    bool good = cells->mantissa && cells->scale && cells->class && cells->wide;
    if (arith == CRUNCH_ARITH_BINARY) {
        cells->binary = aligned_alloc(64, ROWS * sizeof *cells->binary);
        good = good && cells->binary;
    }
    if (need & CRUNCH_NEED_TEXT) {
        cells->text = malloc(ROWS * sizeof(*cells->text));
        cells->text_len = malloc(ROWS * sizeof *cells->text_len);
        good = good && cells->text && cells->text_len;
    }
    return good;
}

static bool make_copies(struct crunch_stage *s)
{
    const struct crunch_plan *plan = s->plan;
    bool good = true;
    for (size_t i = 0; good && i < plan->scan.n_columns; i++)
        if (s->own[i].mantissa == NULL)
            good = make_cells(&s->own[i], plan->layout.arith, plan->scan.need[i]);
    return good;
}

static bool make_machines(struct crunch_stage *s, struct crunch_error *error)
{
    const struct crunch_exprs *exprs = s->plan->exprs;
    const struct crunch_scan_plan *scan = &s->plan->scan;
    const struct crunch_expr **roots = calloc(exprs->n_maps + 1, sizeof(*roots));
    enum crunch_code code = roots ? CRUNCH_OK : CRUNCH_NO_MEMORY;
    for (size_t i = 0; !code && i < exprs->n_maps; i++)
        roots[i] = exprs->map[i].value;
    if (!code && exprs->n_maps > 0)
        code = crunch_expr_machine_create(exprs, roots, exprs->n_maps, scan->index, scan->n_columns,
                                          &s->maps, error);
    if (!code && exprs->where)
        code = crunch_expr_machine_create(exprs, &exprs->where, 1, scan->index, scan->n_columns,
                                          &s->where, error);
    free(roots);
    return code == CRUNCH_OK;
}

static bool make_file_key(struct crunch_stage *s)
{
    s->file_text = malloc(ROWS * sizeof *s->file_text);
    s->file_len = malloc(ROWS * sizeof *s->file_len);
    for (size_t i = 0; i < ROWS && s->file_text && s->file_len; i++) {
        s->file_text[i] = s->file_key + CRUNCH_TEXT_SLACK;
        s->file_len[i] = CRUNCH_FILE_KEY_DIGITS;
    }
    crunch_stage_file(s, 0);
    return s->file_text && s->file_len;
}

void crunch_stage_file(struct crunch_stage *s, size_t file)
{
    crunch_file_key(file, s->file_key + CRUNCH_TEXT_SLACK);
}

enum crunch_code crunch_stage_create(const struct crunch_plan *plan, struct crunch_stage **out,
                                     struct crunch_error *error)
{
    struct crunch_stage *s = calloc(1, sizeof *s);
    const size_t n = plan->scan.n_columns;
    *out = NULL;
    if (s == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    s->plan = plan;
    s->rows.n_columns = plan->n_slots;
    s->rows.columns = calloc(plan->n_slots + 1, sizeof *s->rows.columns);
    s->own = calloc(n + 1, sizeof *s->own);
    s->record = malloc(ROWS * sizeof *s->record);
    s->selected = malloc(ROWS * sizeof *s->selected);
    s->texts = calloc(plan->exprs->n_maps + 1, sizeof *s->texts);
    s->zeros = aligned_alloc(64, ROWS * sizeof(int64_t));
    s->outside = calloc(plan->exprs->n_maps + 1, sizeof *s->outside);
    bool good =
        s->rows.columns && s->own && s->record && s->selected && s->texts && s->zeros && s->outside;
    if (good && plan->exprs->where)
        good = make_copies(s);
    if (good)
        memset(s->zeros, 0, ROWS * sizeof(int64_t));
    if (good && plan->file_slot != SIZE_MAX)
        good = make_file_key(s);
    if (!good || !make_machines(s, error)) {
        crunch_stage_free(s);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    *out = s;
    return CRUNCH_OK;
}

void crunch_stage_free(struct crunch_stage *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; s->own && i < s->plan->scan.n_columns; i++)
        free_cells(&s->own[i]);
    for (size_t i = 0; s->texts && i < s->plan->exprs->n_maps; i++)
        crunch_number_texts_free(&s->texts[i]);
    crunch_expr_machine_free(s->where);
    crunch_expr_machine_free(s->maps);
    free(s->rows.columns);
    free(s->own);
    free(s->record);
    free(s->selected);
    free(s->texts);
    free(s->zeros);
    free(s->outside);
    free(s->file_text);
    free(s->file_len);
    free(s);
}

/* ---- which rows ---- */

static void select_true(struct crunch_stage *s, const uint8_t *truth, size_t rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        s->selected[n] = (uint16_t)i;
        n += truth[i] == 1;
    }
    s->n_selected = n;
}

/* ---- copies of the selected rows ---- */

static void copy_wide(struct crunch_stage *s, struct crunch_cells *to,
                      const struct crunch_cells *from)
{
    size_t k = 0;
    to->n_wide = 0;
    for (size_t i = 0; i < from->n_wide; i++) {
        while (k < s->n_selected && s->selected[k] < from->wide[i].row)
            k++;
        if (k == s->n_selected || s->selected[k] != from->wide[i].row)
            continue;
        to->wide[to->n_wide] = from->wide[i];
        to->wide[to->n_wide++].row = (uint32_t)k;
    }
}

static void copy_classes(struct crunch_stage *s, struct crunch_cells *to,
                         const struct crunch_cells *from)
{
    const size_t n = s->n_selected;
    to->n_numbers = n;
    to->all_numbers = true;
    if (from->all_numbers)
        return;
    to->n_numbers = 0;
    for (size_t k = 0; k < n; k++) {
        uint8_t class = from->class[s->selected[k]];
        if (class == CRUNCH_CELL_BAD) /* met, under null */
            class = CRUNCH_CELL_MISSING;
        to->class[k] = class;
        to->n_numbers += class == CRUNCH_CELL_NUMBER;
    }
    to->all_numbers = to->n_numbers == n;
}

static void copy_column(struct crunch_stage *s, struct crunch_cells *to,
                        const struct crunch_cells *from)
{
    const size_t n = s->n_selected;
    const uint16_t *selected = s->selected;
    copy_classes(s, to, from);
    copy_wide(s, to, from);
    to->one_scale = from->one_scale;
    to->common_scale = from->common_scale;
    for (size_t k = 0; k < n; k++)
        to->mantissa[k] = from->mantissa[selected[k]];
    for (size_t k = 0; !from->one_scale && k < n; k++)
        to->scale[k] = from->scale[selected[k]];
    for (size_t k = 0; from->binary && k < n; k++)
        to->binary[k] = from->binary[selected[k]];
    for (size_t k = 0; from->text && k < n; k++) {
        to->text[k] = from->text[selected[k]];
        to->text_len[k] = from->text_len[selected[k]];
    }
}

static void take_rows(struct crunch_stage *s, const struct crunch_batch *scanned, bool all)
{
    const size_t n = s->plan->scan.n_columns;
    s->rows.rows = s->n_selected;
    s->rows.record = scanned->record;
    if (all) {
        if (n > 0)
            memcpy(s->rows.columns, scanned->columns, n * sizeof *s->rows.columns);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (!s->plan->only_where[i]) {
            copy_column(s, &s->own[i], &scanned->columns[i]);
            s->rows.columns[i] = s->own[i];
        }
    if (scanned->record == NULL)
        return;
    for (size_t k = 0; k < s->n_selected; k++)
        s->record[k] = scanned->record[s->selected[k]];
    s->rows.record = s->record;
}

/* ---- computed columns ---- */

/* Reducers look at mantissas and scales of every column that has them. */
static void fill_gaps(struct crunch_stage *s, struct crunch_cells *cells)
{
    if (cells->mantissa == NULL)
        cells->mantissa = (int64_t *)(void *)s->zeros;
    if (cells->scale == NULL)
        cells->scale = s->zeros;
    if (cells->class == NULL)
        cells->class = s->zeros;
}

/* The maps' columns. *bad: something is in some row. */
static enum crunch_code compute(struct crunch_stage *s, bool *bad, struct crunch_error *error)
{
    const struct crunch_plan *plan = s->plan;
    enum crunch_code code = CRUNCH_OK;
    *bad = false;
    if (s->maps) {
        code = crunch_expr_machine_run(s->maps, &s->rows, error);
        *bad = crunch_expr_machine_any_gave_up(s->maps);
    }
    for (size_t i = 0; i < plan->exprs->n_maps && !code; i++) {
        const size_t slot = plan->scan.n_columns + i;
        struct crunch_cells *cells = &s->rows.columns[slot];
        code = crunch_expr_machine_cells(s->maps, plan->exprs->map[i].value, cells, &s->outside[i],
                                         error);
        *bad = *bad || s->outside[i].n > 0;
        if (code)
            continue;
        fill_gaps(s, cells);
        if ((plan->scan.need[slot] & CRUNCH_NEED_TEXT) && cells->text == NULL)
            code = crunch_number_texts_fill(&s->texts[i], cells, s->rows.rows, error);
    }
    return code;
}

/* A column in which nothing is missing: of zeros, if it is read as one of numbers. */
static struct crunch_cells *add_present(struct crunch_stage *s, size_t slot)
{
    struct crunch_cells *cells = &s->rows.columns[slot];
    *cells =
        (struct crunch_cells){.all_numbers = true, .one_scale = true, .n_numbers = s->rows.rows};
    fill_gaps(s, cells);
    if (s->plan->layout.arith == CRUNCH_ARITH_BINARY)
        cells->binary = (double *)(void *)s->zeros;
    return cells;
}

static void add_file(struct crunch_stage *s)
{
    struct crunch_cells *cells = add_present(s, s->plan->file_slot);
    cells->text = s->file_text;
    cells->text_len = s->file_len;
}

/* ---- bad data ---- */

/* The pieces of one row. */
struct telling {
    const struct crunch_batch *scanned;
    const struct crunch_stage_sink *sink;
    size_t row;
    bool only_first; /* is told: under fail and skip */
    bool any;        /* was there one */
    size_t next;     /* of the late pieces; goes on from row to row */
};

static enum crunch_code tell(struct telling *t, const struct crunch_bad *bad,
                             struct crunch_error *error)
{
    bool again = t->any;
    t->any = true;
    return again && t->only_first ? CRUNCH_OK : t->sink->tell(t->sink->context, bad, error);
}

/* A piece of the row as a whole, about a text. */
static enum crunch_code tell_row(struct telling *t, enum crunch_bad_kind kind, const char *text,
                                 size_t len, struct crunch_error *error)
{
    struct crunch_bad bad = {.kind = kind,
                             .column = SIZE_MAX,
                             .text = text,
                             .text_len = len < CRUNCH_BAD_TEXT_MAX ? len : CRUNCH_BAD_TEXT_MAX};
    if (t->any && t->only_first)
        return CRUNCH_OK;
    enum crunch_code code =
        t->sink->locate(t->sink->context, t->scanned, t->scanned->record[t->row], &bad, error);
    return code ? code : tell(t, &bad, error);
}

static enum crunch_code tell_match(struct telling *t, const struct crunch_expr_machine *machine,
                                   size_t row, struct crunch_error *error)
{
    const struct crunch_expr *node = machine ? crunch_expr_machine_gave_up(machine, row) : NULL;
    return node ? tell_row(t, CRUNCH_BAD_MATCH, node->in + node->at, node->len, error) : CRUNCH_OK;
}

/* Goes on to the row's first late piece; false: it has none. */
static bool has_late(const struct crunch_batch *scanned, size_t row, size_t *next)
{
    while (*next < scanned->n_late && scanned->late[*next].row < row)
        (*next)++;
    return *next < scanned->n_late && scanned->late[*next].row == row;
}

static enum crunch_code tell_late(struct telling *t, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (; has_late(t->scanned, t->row, &t->next) && !code; t->next++)
        code = tell(t, &t->scanned->late[t->next].bad, error);
    return code;
}

/* Of the k-th row that was computed. */
static enum crunch_code tell_maps(struct telling *t, const struct crunch_stage *s, size_t k,
                                  struct crunch_error *error)
{
    const struct crunch_exprs *exprs = s->plan->exprs;
    enum crunch_code code = tell_match(t, s->maps, k, error);
    for (size_t i = 0; i < exprs->n_maps && !code; i++)
        if (s->outside[i].n > 0 && s->outside[i].row[k])
            code =
                tell_row(t, CRUNCH_BAD_COMPUTED, exprs->map[i].name, exprs->map[i].name_len, error);
    return code;
}

/* Rows with a late piece go under skip, whatever the maps would make of them, and are not computed:
 * they have holes. */
static void leave_out_late(struct crunch_stage *s, const struct crunch_batch *scanned)
{
    size_t kept = 0, next = 0;
    for (size_t k = 0; k < s->n_selected; k++)
        if (!has_late(scanned, s->selected[k], &next))
            s->selected[kept++] = s->selected[k];
    s->n_selected = kept;
}

/* Tells every piece of the batch, of which the selected rows were computed, and takes rows that
 * have one from them, unless what is bad becomes missing. truth: of --where, or NULL. */
static enum crunch_code tell_all(struct crunch_stage *s, const struct crunch_batch *scanned,
                                 const struct crunch_stage_sink *sink, const uint8_t *truth,
                                 struct crunch_error *error)
{
    const bool nulling = s->plan->table->dialect.on_error == CRUNCH_ON_ERROR_NULL;
    struct telling t = {.scanned = scanned, .sink = sink, .only_first = !nulling};
    enum crunch_code code = CRUNCH_OK;
    size_t k = 0, kept = 0;
    for (t.row = 0; t.row < scanned->rows && !code; t.row++) {
        const bool computed = k < s->n_selected && s->selected[k] == t.row;
        t.any = false;
        code = tell_match(&t, s->where, t.row, error);
        if (!code && (truth == NULL || truth[t.row] == 1))
            code = tell_late(&t, error);
        if (!code && computed)
            code = tell_maps(&t, s, k, error);
        if (computed && (nulling || !t.any))
            s->selected[kept++] = (uint16_t)t.row;
        k += computed;
    }
    s->n_selected = kept;
    return code;
}

/* ---- a batch ---- */

/* Computes the selected rows. all: they are all that were scanned, and no cell of them is bad. */
static enum crunch_code compute_rows(struct crunch_stage *s, const struct crunch_batch *scanned,
                                     bool all, bool *bad, struct crunch_error *error)
{
    if (!all && !make_copies(s))
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    take_rows(s, scanned, all);
    return compute(s, bad, error);
}

/* Which rows pass; *truth: of all rows, NULL without --where. *bad: a regular expression gave up.
 */
static enum crunch_code select_rows(struct crunch_stage *s, const struct crunch_batch *scanned,
                                    const uint8_t **truth, bool *bad, struct crunch_error *error)
{
    *truth = NULL;
    *bad = false;
    s->n_selected = scanned->rows;
    for (size_t i = 0; i < scanned->rows; i++)
        s->selected[i] = (uint16_t)i;
    if (!s->where)
        return CRUNCH_OK;
    enum crunch_code code = crunch_expr_machine_run(s->where, scanned, error);
    if (code)
        return code;
    *truth = crunch_expr_machine_truths(s->where, s->plan->exprs->where);
    *bad = crunch_expr_machine_any_gave_up(s->where);
    select_true(s, *truth, scanned->rows);
    return CRUNCH_OK;
}

enum crunch_code crunch_stage_apply(struct crunch_stage *s, const struct crunch_batch *scanned,
                                    const struct crunch_stage_sink *sink,
                                    const struct crunch_batch **rows, struct crunch_error *error)
{
    const struct crunch_plan *plan = s->plan;
    const uint8_t *truth;
    bool bad, where_bad;
    enum crunch_code code = select_rows(s, scanned, &truth, &where_bad, error);
    if (code)
        return code;
    if (scanned->n_late > 0 && plan->table->dialect.on_error != CRUNCH_ON_ERROR_NULL)
        leave_out_late(s, scanned);
    const bool all = s->n_selected == scanned->rows && scanned->n_late == 0;
    const size_t computed = s->n_selected;
    code = compute_rows(s, scanned, all, &bad, error);
    if (!code && (bad || where_bad || scanned->n_late > 0))
        code = tell_all(s, scanned, sink, truth, error);
    if (!code && s->n_selected < computed)
        code = compute_rows(s, scanned, false, &bad, error);
    if (code)
        return code;
    if (plan->file_slot != SIZE_MAX)
        add_file(s);
    if (plan->passed_slot != SIZE_MAX)
        add_present(s, plan->passed_slot);
    *rows = &s->rows;
    return CRUNCH_OK;
}
