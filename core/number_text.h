/*
 * The numbers of cells as text, all their digits: what `crunch map` writes, and what computed
 * numbers are called as keys of groups. The text depends on the value alone (1.50 is 1.5), and is
 * the one that core/value.h gives a value copied from the input: plain notation while the first
 * digit's exponent is in -7..37, else like 1.5e-300; doubles the shortest that reads back.
 */
#ifndef CRUNCH_CORE_NUMBER_TEXT_H
#define CRUNCH_CORE_NUMBER_TEXT_H

#include "io/batch.h"

/* Room for the text of any narrow number (sign, "0.", 6 zeros and 18 digits, or an exponent) or
 * double. */
#define CRUNCH_NUMBER_TEXT 48

/* The text of m * 10^-scale, |m| < 10^18, scale 0..39. Returns its length. */
size_t crunch_number_text_narrow(char out[CRUNCH_NUMBER_TEXT], int64_t m, unsigned scale);
/* Of a double: nan and infinities, too. */
size_t crunch_number_text_double(char out[CRUNCH_NUMBER_TEXT], double x);
/* The most that the text of a wide number takes, and the text. */
size_t crunch_number_text_wide_room(const struct crunch_wide *wide);
size_t crunch_number_text_wide(char *out, const struct crunch_wide *wide);

/* Appends the text of a row of number cells (nothing where it is missing) to *buffer, which has
 * *size bytes, *len of them used, and grows. *wide is the index of the first wide cell of the
 * column that has not been passed, 0 in the beginning, when rows are taken in order. False: out of
 * memory. */
bool crunch_number_text_append(char **buffer, size_t *size, size_t *len,
                               const struct crunch_cells *cells, size_t row, size_t *wide);

/* Texts of a whole column. */
struct crunch_number_texts {
    const char **text; /* CRUNCH_BATCH_ROWS entries, as in struct crunch_cells */
    uint32_t *len;
    char *buffer;
    size_t size;
};

/* Sets cells->text and text_len of number cells; the memory is texts'. Zeroed in the beginning. */
enum crunch_code crunch_number_texts_fill(struct crunch_number_texts *texts,
                                          struct crunch_cells *cells, size_t rows,
                                          struct crunch_error *error);
void crunch_number_texts_free(struct crunch_number_texts *texts);

#endif
