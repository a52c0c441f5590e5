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
    for (size_t i = 0; i < len; i++) {
        *to++ = text[i];
        i += text[i] == quote;
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

size_t crunch_fast_take_texts(struct crunch_fast *fast, const struct crunch_fast_column *column,
                              const struct crunch_fast_piece *piece, struct crunch_batch *batch,
                              struct crunch_cells *out, bool classes, bool *present)
{
    struct crunch_cell_bounds cells = crunch_fast_raw_cells(fast, column, piece);
    const size_t first = batch->rows;
    *present = true;
    for (size_t i = 0; i < piece->rows; i++) {
        uint32_t begin = cells.before[i * cells.before_stride] + 1;
        uint32_t end = cells.after[i * cells.after_stride];
        if (!take_text(fast, batch, piece->text + begin, end - begin, out, first + i))
            return i;
        bool missing = out->text_len[first + i] == 0;
        *present = *present && !missing;
        if (classes)
            out->class[first + i] =
                missing ? (uint8_t)CRUNCH_CELL_MISSING : (uint8_t)CRUNCH_CELL_NUMBER;
    }
    return piece->rows;
}
