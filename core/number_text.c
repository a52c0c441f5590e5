/*
 * Texts of numbers. Narrow ones are written two digits at a time; doubles by the shortest of 15, 16
 * and 17 digits that reads back: a decimal of 15 digits or fewer reads back as a double that no
 * other such decimal reads as, so if one exists %.15g finds it (and trailing zeros go); else the
 * nearest of 16 digits, else of 17. printf and strtod of the C library round correctly, and a point
 * is all that the locale could change: no locale is set.
 */
#include "core/number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_LEAST (-7)
#define PLAIN_GREATEST 37

/* Lays out digits[0..n), the first of them (not 0) at 10^exponent, without trailing zeros. */
static char *lay_out(char *out, const char *digits, size_t n, long exponent)
{
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (exponent < PLAIN_LEAST || exponent > PLAIN_GREATEST) {
        *out++ = digits[0];
        if (n > 1) {
            *out++ = '.';
            memcpy(out, digits + 1, n - 1);
            out += n - 1;
        }
        return out + sprintf(out, "e%ld", exponent);
    }
    if (exponent < 0) {
        memcpy(out, "0.0000000", 9);
        out += 1 - exponent;
        memcpy(out, digits, n);
        return out + n;
    }
    size_t whole = (size_t)exponent + 1;
    if (n <= whole) {
        memcpy(out, digits, n);
        memset(out + n, '0', whole - n);
        return out + whole;
    }
    memcpy(out, digits, whole);
    out[whole] = '.';
    memcpy(out + whole + 1, digits + whole, n - whole);
    return out + n + 1;
}

size_t crunch_number_text_narrow(char out[CRUNCH_NUMBER_TEXT], int64_t m, unsigned scale)
{
    char digits[24], *end = digits + sizeof digits, *first = end, *at = out;
    uint64_t rest = m < 0 ? 0 - (uint64_t)m : (uint64_t)m;
    if (m == 0) {
        *out = '0';
        return 1;
    }
    for (; rest != 0; rest /= 10)
        *--first = (char)('0' + rest % 10);
    if (m < 0)
        *at++ = '-';
    size_t n = (size_t)(end - first);
    if (scale == 0) { /* the commonest of all */
        memcpy(at, first, n);
        return (size_t)(at - out) + n;
    }
    return (size_t)(lay_out(at, first, n, (long)n - 1 - (long)scale) - out);
}

static size_t put(char *out, const char *text)
{
    size_t len = strlen(text);
    memcpy(out, text, len);
    return len;
}

size_t crunch_number_text_double(char out[CRUNCH_NUMBER_TEXT], double x)
{
    char text[40], digits[24];
    size_t n = 0;
    if (isnan(x))
        return put(out, "nan");
    if (isinf(x))
        return put(out, x > 0 ? "inf" : "-inf");
    if (x == 0)
        return put(out, "0");
    if (fabs(x) < 1e15 && x == (double)(int64_t)x)
        return crunch_number_text_narrow(out, (int64_t)x, 0);
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision - 1, fabs(x));
        if (precision == 17 || strtod(text, NULL) == fabs(x))
            break;
    }
    const char *e = strchr(text, 'e');
    for (const char *p = text; p < e; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    char *at = out;
    if (x < 0)
        *at++ = '-';
    return (size_t)(lay_out(at, digits, n, strtol(e + 1, NULL, 10)) - out);
}

size_t crunch_number_text_wide_room(const struct crunch_wide *wide)
{
    return (size_t)wide->n_digits + CRUNCH_NUMBER_TEXT;
}

size_t crunch_number_text_wide(char *out, const struct crunch_wide *wide)
{
    char *at = out;
    if (wide->negative)
        *at++ = '-';
    long exponent = (long)wide->n_digits - 1 + wide->exponent;
    return (size_t)(lay_out(at, wide->digits, wide->n_digits, exponent) - out);
}

static bool reserve(char **buffer, size_t *size, size_t need)
{
    if (need <= *size)
        return true;
    size_t larger = need + need / 2;
    char *moved = realloc(*buffer, larger);
    if (moved == NULL)
        return false;
    *buffer = moved;
    *size = larger;
    return true;
}

bool crunch_number_text_append(char **buffer, size_t *size, size_t *len,
                               const struct crunch_cells *cells, size_t row, size_t *wide)
{
    const enum crunch_class class =
        cells->all_numbers ? CRUNCH_CELL_NUMBER : (enum crunch_class)cells->class[row];
    if (!reserve(buffer, size, *len + CRUNCH_NUMBER_TEXT))
        return false;
    char *out = *buffer + *len;
    switch (class) {
    case CRUNCH_CELL_NUMBER:
        *len += cells->binary ? crunch_number_text_double(out, cells->binary[row])
                              : crunch_number_text_narrow(out, cells->mantissa[row],
                                                          cells->one_scale ? cells->common_scale
                                                                           : cells->scale[row]);
        return true;
    case CRUNCH_CELL_NAN:
        *len += put(out, "nan");
        return true;
    case CRUNCH_CELL_PLUS_INF:
    case CRUNCH_CELL_MINUS_INF:
        *len += put(out, class == CRUNCH_CELL_PLUS_INF ? "inf" : "-inf");
        return true;
    case CRUNCH_CELL_WIDE:
        break;
    default:
        return true;
    }
    while (*wide < cells->n_wide && cells->wide[*wide].row < row)
        ++*wide;
    if (!reserve(buffer, size, *len + crunch_number_text_wide_room(&cells->wide[*wide])))
        return false;
    *len += crunch_number_text_wide(*buffer + *len, &cells->wide[*wide]);
    return true;
}

/* ---- columns ---- */

static bool make(struct crunch_number_texts *texts)
{
    if (texts->text == NULL)
        texts->text = malloc(CRUNCH_BATCH_ROWS * sizeof(*texts->text));
    if (texts->len == NULL)
        texts->len = malloc(CRUNCH_BATCH_ROWS * sizeof *texts->len);
    return texts->text && texts->len &&
           reserve(&texts->buffer, &texts->size, 2 * CRUNCH_TEXT_SLACK + CRUNCH_BATCH_ROWS * 24);
}

enum crunch_code crunch_number_texts_fill(struct crunch_number_texts *texts,
                                          struct crunch_cells *cells, size_t rows,
                                          struct crunch_error *error)
{
    size_t len = CRUNCH_TEXT_SLACK, wide = 0;
    bool good = make(texts);
    for (size_t i = 0; good && i < rows; i++) {
        size_t begin = len;
        good = crunch_number_text_append(&texts->buffer, &texts->size, &len, cells, i, &wide);
        texts->len[i] = (uint32_t)(len - begin);
    }
    good = good && reserve(&texts->buffer, &texts->size, len + CRUNCH_TEXT_SLACK);
    if (!good)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    const char *at = texts->buffer + CRUNCH_TEXT_SLACK; /* only now it stays where it is */
    for (size_t i = 0; i < rows; at += texts->len[i++])
        texts->text[i] = at;
    cells->text = texts->text;
    cells->text_len = texts->len;
    return CRUNCH_OK;
}

void crunch_number_texts_free(struct crunch_number_texts *texts)
{
    free(texts->text);
    free(texts->len);
    free(texts->buffer);
}
