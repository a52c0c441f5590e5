/*
 * The texts of a piece's cells: most stand in the piece as they are meant, and of those only the
 * place is written down; the rest lose their blanks or quotes, and what had doubled quotes is
 * copied.
 *
 * Invariant: a row is good when its text is what the plain path would make of it. In regular text
 * (io/simd/kernels.h) a cell that begins with a quote ends with one, every quote between is
 * doubled, and no other cell has a quote at its beginning.
 */
#include "io/fast_cells.h"

#include <string.h>

/* Copies text without the second of each pair of quotes. NULL when the batch has no room. */
static const char *copy_undoubled(const struct crunch_fast *fast, struct crunch_batch *batch,
                                  const char *text, size_t len, uint32_t *kept_len)
{
    const char quote = (char)fast->dialect->quote;
    char *kept = crunch_batch_keep_text(batch, len), *to = kept;
    if (kept == NULL)
        return NULL;
    for (size_t i = 0, open = 0; i < len; i++) { /* open: 1 behind the first of a pair */
        const size_t is_quote = text[i] == quote;
        *to = text[i];
        to += 1 - (is_quote & open);
        open = is_quote & ~open;
    }
    *kept_len = (uint32_t)(to - kept);
    return kept;
}

/* Is it missing, by a text without quotes and blanks around it? */
static bool is_missing(const struct crunch_fast *fast, const char *text, size_t len)
{
    const struct crunch_dialect *dialect = fast->dialect;
    while (len > 0 && crunch_fast_is_blank(fast, text[len - 1]))
        len--;
    while (len > 0 && crunch_fast_is_blank(fast, *text)) {
        text++;
        len--;
    }
    for (size_t i = 0; len <= fast->longest_null && i < dialect->n_nulls; i++)
        if (dialect->nulls[i].len == len && memcmp(dialect->nulls[i].text, text, len) == 0)
            return true;
    return len == 0;
}

/* One cell, with all there may be about it; false when the batch has no room for a copy. */
static bool take_text(const struct crunch_fast *fast, struct crunch_batch *batch, const char *text,
                      size_t len, struct crunch_cells *out, size_t row)
{
    const struct crunch_dialect *dialect = fast->dialect;
    uint32_t kept_len;
    if (dialect->quoting && len >= 2 && (unsigned char)*text == dialect->quote) {
        text++;
        len -= 2;
        kept_len = (uint32_t)len;
        if (memchr(text, dialect->quote, len) != NULL) {
            text = copy_undoubled(fast, batch, text, len, &kept_len);
            if (text == NULL)
                return false;
        }
    } else {
        for (; len > 0 && crunch_fast_is_blank(fast, *text); len--)
            text++;
        while (len > 0 && crunch_fast_is_blank(fast, text[len - 1]))
            len--;
        kept_len = (uint32_t)len;
    }
    if (is_missing(fast, text, kept_len)) {
        text = crunch_batch_no_text(batch);
        kept_len = 0;
    }
    out->text[row] = text;
    out->text_len[row] = kept_len;
    return true;
}

/* Marks as odd the texts that begin or end with a blank or quote. Returns whether any is odd. */
static bool mark_wrapped(struct crunch_fast *fast, size_t rows, const char *const *text,
                         const uint32_t *len)
{
    uint32_t any = 0;
    for (size_t first = 0; first < rows; first += CRUNCH_NUMBER_GROUP) {
        const size_t left = rows - first;
        const unsigned n = left < CRUNCH_NUMBER_GROUP ? (unsigned)left : CRUNCH_NUMBER_GROUP;
        uint32_t odd = fast->odd[first / CRUNCH_NUMBER_GROUP];
        for (unsigned i = 0; i < n; i++) {
            const char *cell = text[first + i];
            const ptrdiff_t last = (ptrdiff_t)len[first + i] - 1;
            odd |= (uint32_t)(fast->suspect[(unsigned char)cell[0]] |
                              fast->suspect[(unsigned char)cell[last]])
                   << i;
        }
        fast->odd[first / CRUNCH_NUMBER_GROUP] = odd;
        any |= odd;
    }
    return any != 0;
}

/* Writes every text as it stands in the piece, and marks as odd those that are not meant so, or may
 * be missing. Returns whether any is. */
static bool place_texts(struct crunch_fast *fast, const struct crunch_cell_bounds *cells,
                        const struct crunch_fast_piece *piece, const char **text, uint32_t *len)
{
    const bool quotes = fast->rules.many_quotes || piece->index.quote_blocks > 0;
    bool any = crunch_scan_kernels->texts(piece->text, cells, piece->rows,
                                          (uint32_t)fast->longest_null + 1, text, len, fast->odd);
    if (piece->index.blanks || (fast->rules.quoting && quotes))
        any = mark_wrapped(fast, piece->rows, text, len);
    return any;
}

/* Gives each text that was marked as odd its due, and those of class MISSING their class if classes
 * are wanted. Returns how many rows are good. */
static size_t mend_texts(const struct crunch_fast *fast, size_t rows, struct crunch_batch *batch,
                         struct crunch_cells *out, bool classes, bool *present)
{
    const size_t first = batch->rows;
    for (size_t w = 0; w * CRUNCH_NUMBER_GROUP < rows; w++)
        for (uint32_t left = fast->odd[w]; left != 0; left &= left - 1) {
            size_t i = w * CRUNCH_NUMBER_GROUP + (size_t)__builtin_ctz(left);
            size_t row = first + i;
            if (!take_text(fast, batch, out->text[row], out->text_len[row], out, row))
                return i;
            if (out->text_len[row] > 0)
                continue;
            *present = false;
            if (classes)
                out->class[row] = CRUNCH_CELL_MISSING;
        }
    return rows;
}

size_t crunch_fast_take_texts(struct crunch_fast *fast, const struct crunch_fast_column *column,
                              const struct crunch_fast_piece *piece, struct crunch_batch *batch,
                              struct crunch_cells *out, bool classes, bool *present)
{
    struct crunch_cell_bounds cells = crunch_fast_raw_cells(fast, column, piece);
    bool any_odd =
        place_texts(fast, &cells, piece, out->text + batch->rows, out->text_len + batch->rows);
    *present = true;
    if (classes)
        memset(out->class + batch->rows, CRUNCH_CELL_NUMBER, piece->rows);
    return any_odd ? mend_texts(fast, piece->rows, batch, out, classes, present) : piece->rows;
}
