/*
 * Binary input: bare numbers of one type, record after record, as `.npy` files (NumPy Enhancement
 * Proposal 1 and the module numpy.lib.format, versions 1 to 3) and raw files hold them. Here is
 * what their types are called, and how their numbers become those of a batch; io/table.c makes a
 * table of them, io/scan_binary.c scans them.
 *
 * Record i of a file begins, by definition, at data + i * record bytes, also where a .npy file in
 * Fortran order keeps the numbers of a record apart.
 */
#ifndef CRUNCH_IO_BINARY_H
#define CRUNCH_IO_BINARY_H

#include "io/dialect.h"
#include "io/error.h"
#include "io/source.h"

#define CRUNCH_ROWS_UNKNOWN UINT64_MAX /* as many as come */

struct crunch_binary {
    struct crunch_number_type type; /* kind 0: the input is text */
    uint64_t width;
    uint64_t rows;
    bool by_column; /* Fortran order: column after column */
};

/* "f64", "i32", "u8", "bool", ... with ":be" or ":le" behind, as --type takes them. False: no such
 * type. */
bool crunch_type_parse(const char *text, struct crunch_number_type *out);

#define CRUNCH_TYPE_TEXT 12
/* The same the other way round. */
void crunch_type_text(const struct crunch_number_type *type, char out[CRUNCH_TYPE_TEXT]);

static inline uint64_t crunch_binary_record_bytes(const struct crunch_binary *binary)
{
    return binary->width * binary->type.bytes;
}

/* Reads the header of a .npy file that begins at byte base of the source. *found: it is one; then
 * *out is set, and *data to where its numbers begin, relative to base. CRUNCH_BAD_DATA for one that
 * is damaged or holds something else than a table of numbers, with the name of the source. */
enum crunch_code crunch_npy_read(struct crunch_source *source, uint64_t base,
                                 struct crunch_binary *out, uint64_t *data, bool *found,
                                 struct crunch_error *error);

/* The header of a .npy file, version 1, padded so that data behind it is aligned to 64 bytes. out
 * has CRUNCH_NPY_HEADER bytes; returns how many are used. */
#define CRUNCH_NPY_HEADER 192
size_t crunch_npy_header(const struct crunch_binary *binary, char *out);

/* Numbers p, p + stride, ... of the type -> out[0..n). For integers: false if some number is of
 * magnitude 10^18 or more (out undefined). */
bool crunch_binary_integers(const struct crunch_number_type *type, const unsigned char *p,
                            size_t stride, size_t n, int64_t *out);
/* For every type; the nearest double, half-even, where it is an integer. */
void crunch_binary_doubles(const struct crunch_number_type *type, const unsigned char *p,
                           size_t stride, size_t n, double *out);

/* The text of one number, of which its value can be read back: integers in full, of others the
 * fewest digits that give the same double (plain, or with an exponent), nan, inf, -inf. Returns its
 * length. */
#define CRUNCH_CELL_TEXT 48
size_t crunch_binary_text(const struct crunch_number_type *type, const unsigned char *p,
                          char out[CRUNCH_CELL_TEXT]);
/* The same of a double. */
size_t crunch_double_text(double x, char out[CRUNCH_CELL_TEXT]);

#endif
