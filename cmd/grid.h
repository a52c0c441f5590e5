/*
 * A grid: a small table of results, and its five renderings. Every command that answers with rows
 * (reductions, columns, ops, backends) fills one, so all formats look alike everywhere.
 */
#ifndef CRUNCH_CMD_GRID_H
#define CRUNCH_CMD_GRID_H

#include "cmd/json.h"
#include "core/bytes.h"
#include "io/error.h"

#include <stddef.h>
#include <stdio.h>

enum crunch_format {
    CRUNCH_FORMAT_AUTO, /* table on a terminal, else tsv; a single value bare */
    CRUNCH_FORMAT_TABLE,
    CRUNCH_FORMAT_CSV,
    CRUNCH_FORMAT_TSV,
    CRUNCH_FORMAT_JSON,
    CRUNCH_FORMAT_JSONL
};

struct crunch_field {
    enum crunch_field_kind {
        CRUNCH_FIELD_EMPTY, /* nothing; null in JSON */
        CRUNCH_FIELD_TEXT,
        CRUNCH_FIELD_NUMBER, /* digits, as JSON writes numbers too */
        CRUNCH_FIELD_SPECIAL /* nan, inf, -inf: text, and null in JSON */
    } kind;
    const char *text; /* not owned */
    size_t len;
};

struct crunch_grid {
    size_t n_columns, n_rows;
    const char *const *titles;         /* n_columns */
    const struct crunch_field *fields; /* n_rows * n_columns, row by row */
};

/* Writes the grid, format not AUTO. JSON is one array of objects, JSONL one object per line.
 * Errors: CRUNCH_BAD_DATA for text that is not UTF-8 in JSON under CRUNCH_JSON_BYTES_ERROR (nothing
 * is written then). Write errors stay in out (ferror). */
enum crunch_code crunch_grid_print(FILE *out, const struct crunch_grid *grid,
                                   enum crunch_format format, enum crunch_json_bytes bytes,
                                   struct crunch_error *error);

/* For tables too large to be held: one row as it stands in CSV and TSV with its line end, or as an
 * object of JSON and JSONL without what separates it from others. titles are those of JSON. Appends
 * to out; thread-safe. */
void crunch_grid_row(struct crunch_bytes *out, enum crunch_format format, size_t n_columns,
                     const char *const *titles, const struct crunch_field *fields);

/* CRUNCH_BAD_DATA if a text is not UTF-8, which JSON needs. Pure. */
enum crunch_code crunch_grid_check_utf8(const struct crunch_field *fields, size_t n,
                                        struct crunch_error *error);

#endif
