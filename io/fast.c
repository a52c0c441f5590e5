/*
 * The fast path: index a piece of text, then parse the wanted columns one after another.
 *
 * A piece is small enough that its text is still in the L1 cache when its cells are parsed. Every
 * record of the piece before the first irregular byte is complete and of the right width; a bad
 * wanted cell cuts the piece before its record, so the rows appended never hold one. What is cut
 * off is the plain path's business, and after a cut the next piece is short and then grows again: a
 * bad record costs its neighbourhood.
 */
#include "io/fast_cells.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_LEAST 512
#define PIECE_USUAL (16 * 1024)
#define PIECE_MOST (64 * 1024) /* for long records; a longer one goes the plain way */
#define REST_MOST 32           /* calls to sit out after as many failures */
#define EXPECT_PIECES 100      /* between looks whether there still are many quotes */

/* ---- set-up ---- */

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static void find_nulls(struct crunch_fast *fast)
{
    const struct crunch_dialect *dialect = fast->dialect;
    for (size_t i = 0; i < dialect->n_nulls; i++) {
        const struct crunch_token *token = &dialect->nulls[i];
        bool numeric = token->len > 0;
        for (size_t j = 0; j < token->len; j++) {
            unsigned char c = (unsigned char)token->text[j];
            numeric = numeric && (is_digit(c) || c == '-' || c == dialect->decimal);
        }
        fast->numeric_nulls = fast->numeric_nulls || numeric;
        if (token->len > fast->longest_null)
            fast->longest_null = token->len;
    }
}

/* Whether field is the end of a wanted column, or the one before it, or the last. */
static bool end_is_wanted(const struct crunch_scan_plan *plan, size_t field, size_t width)
{
    if (field == width - 1)
        return plan->n_columns > 0;
    for (size_t k = 0; k < plan->n_columns; k++)
        if (plan->index[k] == field || plan->index[k] == field + 1)
            return true;
    return false;
}

static void place_columns(struct crunch_fast *fast, const bool *wanted)
{
    const struct crunch_scan_plan *plan = fast->plan;
    for (size_t k = 0; k < plan->n_columns; k++) {
        struct crunch_fast_column *column = &fast->columns[k];
        size_t place = 0;
        for (size_t field = 0; field < plan->index[k]; field++)
            place += wanted[field];
        column->need = plan->need[k];
        column->before = place; /* of bounds: one entry further back than after */
        column->after = place + 1;
        column->last = plan->index[k] == fast->rules.width - 1;
    }
}

static void fill_patterns(size_t width, const bool *wanted, uint64_t *last, uint64_t *wants,
                          uint16_t *next)
{
    for (size_t phase = 0; phase < width; phase++) {
        last[phase] = wants[phase] = 0;
        for (size_t i = 0; i < 64; i++) {
            size_t field = (phase + i) % width;
            last[phase] |= (uint64_t)(field == width - 1) << i;
            wants[phase] |= (uint64_t)wanted[field] << i;
        }
    }
    for (size_t i = 0; i <= width + 64; i++)
        next[i] = (uint16_t)(i % width);
}

/* Tables and buffers; false when out of memory. */
static bool allocate(struct crunch_fast *fast)
{
    size_t width = fast->rules.width;
    uint64_t *last = calloc(width, sizeof *last), *wants = calloc(width, sizeof *wants);
    uint16_t *next = calloc(width + 65, sizeof *next);
    bool *wanted = calloc(width, sizeof *wanted);
    fast->columns = calloc(fast->plan->n_columns + 1, sizeof *fast->columns);
    fast->bounds = calloc(PIECE_MOST + 256, sizeof *fast->bounds);
    fast->rules.last = last;
    fast->rules.wanted = wants;
    fast->rules.next = next;
    bool ok = last != NULL && wants != NULL && next != NULL && wanted != NULL &&
              fast->columns != NULL && fast->bounds != NULL;
    if (ok) {
        for (size_t field = 0; field < width; field++) {
            wanted[field] = end_is_wanted(fast->plan, field, width);
            fast->stride += wanted[field];
        }
        place_columns(fast, wanted);
        fill_patterns(width, wanted, last, wants, next);
        fast->bounds[0] = UINT32_MAX;
    }
    free(wanted);
    return ok;
}

static bool is_usable(const struct crunch_scan_plan *plan)
{
    const struct crunch_table *table = plan->table;
    const struct crunch_dialect *dialect = &table->dialect;
    if (table->width == 0 || table->width > CRUNCH_INDEX_WIDTH_MAX)
        return false;
    if (plan->n_columns > 0 && plan->index[plan->n_columns - 1] >= table->width)
        return false;
    /* A piece holds no longer record, so no cell needs to be compared with a larger bound. */
    return dialect->max_record >= PIECE_MOST && dialect->decimal != '-' &&
           dialect->decimal != '+' && !is_digit(dialect->decimal);
}

enum crunch_code crunch_fast_create(const struct crunch_scan_plan *plan, struct crunch_fast **out,
                                    struct crunch_error *error)
{
    struct crunch_fast *fast = calloc(1, sizeof *fast);
    if (fast == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    const struct crunch_dialect *dialect = &plan->table->dialect;
    fast->plan = plan;
    fast->dialect = dialect;
    fast->reach = PIECE_USUAL;
    fast->usable = is_usable(plan);
    fast->rules = (struct crunch_index_rules){
        .width = plan->table->width,
        .delimiter = dialect->delimiter,
        .quoting = dialect->quoting,
        .quote = dialect->quote,
        .commenting = dialect->comment.len > 0,
        .comment = dialect->comment.len > 0 ? (unsigned char)dialect->comment.text[0] : 0,
    };
    for (size_t k = 0; k < plan->n_columns; k++)
        fast->rules.watch_blanks |= (plan->need[k] & CRUNCH_NEED_TEXT) != 0;
    find_nulls(fast);
    fast->suspect[' '] = fast->suspect['\t'] = 1;
    fast->suspect[dialect->quote] = dialect->quoting;
    if (fast->usable && !allocate(fast)) {
        crunch_fast_free(fast);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    *out = fast;
    return CRUNCH_OK;
}

void crunch_fast_free(struct crunch_fast *fast)
{
    if (fast == NULL)
        return;
    free((void *)(uintptr_t)fast->rules.last);
    free((void *)(uintptr_t)fast->rules.wanted);
    free((void *)(uintptr_t)fast->rules.next);
    free(fast->columns);
    free(fast->bounds);
    free(fast);
}

/* ---- pieces ---- */

static size_t count_lines(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n';
    return n;
}

/* Chooses the walk of the next pieces by the quotes of this one, unless it is too short to tell:
 * with one in more than one block in 16, quotes are expected for a while. */
static void expect_quotes(struct crunch_fast *fast, const struct crunch_index *index, size_t len)
{
    if (fast->rules.many_quotes)
        fast->rules.many_quotes = --fast->expecting > 0;
    else if (len >= 2048 && index->quote_blocks > len / 1024) {
        fast->rules.many_quotes = true;
        fast->expecting = EXPECT_PIECES;
    }
}

static void take_count(struct crunch_fast *fast, const char *text, size_t len,
                       struct crunch_fast_taken *taken)
{
    struct crunch_index index;
    crunch_scan_kernels->count(&fast->rules, text, len, &index);
    expect_quotes(fast, &index, index.end);
    taken->bytes = index.end;
    taken->records = index.n;
    taken->lines = index.quoted_lines ? count_lines(text, index.end) : index.n;
}

static void take_piece(struct crunch_fast *fast, const char *text, size_t len,
                       struct crunch_batch *batch, struct crunch_fast_taken *taken)
{
    struct crunch_fast_piece piece = {.text = text};
    size_t room = CRUNCH_BATCH_ROWS - batch->rows;
    size_t reach = len < fast->reach ? len : fast->reach;
    crunch_scan_kernels->index(&fast->rules, text, reach, room * fast->stride, fast->bounds + 1,
                               &piece.index);
    size_t complete = piece.index.n / fast->stride;
    piece.rows = complete < room ? complete : room;
    size_t wanted = piece.rows, rows = crunch_fast_take_columns(fast, &piece, batch);
    if (rows > 0) {
        taken->bytes = (size_t)fast->bounds[rows * fast->stride] + 1;
        taken->records = rows;
        taken->lines = piece.index.quoted_lines ? count_lines(text, taken->bytes) : rows;
        batch->rows += rows;
        expect_quotes(fast, &piece.index, taken->bytes);
    }
    if (rows < wanted || piece.index.irregular)
        fast->reach = PIECE_LEAST;
    else if (fast->reach < (rows == 0 ? PIECE_MOST : PIECE_USUAL))
        fast->reach *= 2;
}

void crunch_fast_records(struct crunch_fast *fast, const char *text, size_t len,
                         struct crunch_batch *batch, struct crunch_fast_taken *taken)
{
    *taken = (struct crunch_fast_taken){0, 0, 0};
    if (!fast->usable || len == 0)
        return;
    if (fast->rest > 0) {
        fast->rest--;
        return;
    }
    if (batch != NULL && fast->plan->n_columns > 0 && batch->rows == CRUNCH_BATCH_ROWS)
        return;
    if (len > INT32_MAX)
        len = INT32_MAX;
    if (fast->plan->n_columns == 0)
        take_count(fast, text, len, taken);
    else
        take_piece(fast, text, len, batch, taken);
    if (taken->bytes > 0)
        fast->failures = 0;
    else
        fast->rest = fast->failures < REST_MOST ? fast->failures++ : REST_MOST;
}
