/*
 * The inner loops of reading: bytes -> places of cell ends, and cells -> mantissas and scales;
 * behind one table of functions per instruction set, chosen once at start. io/simd/scan_scalar.c is
 * the definition; every variant gives the same output, bit for bit.
 *
 * Everywhere: CRUNCH_FAST_SLACK bytes before and after a text may be read (never written), whatever
 * they hold, and do not change the output. Pure on their arguments; thread-safe.
 */
#ifndef CRUNCH_IO_SIMD_KERNELS_H
#define CRUNCH_IO_SIMD_KERNELS_H

#include "io/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The index. A *break* is a delimiter or LF outside quotes; break number k of a regular text ends
 * field k % width of record k / width, and is an LF exactly if that field is the last. The *phase*
 * is the number of the next break within its record.
 *
 * The first *irregular* byte of a text is the lowest of
 *   - a break that is an LF where the width wants a delimiter, or the reverse;
 *   - an opening quote not directly after a break or the text's beginning, or the byte after a
 *     closing quote when it is neither break nor CR (two quotes inside quotes are a closing and an
 *     opening one);
 *   - a NUL; the byte after a CR when it is not LF (inside quotes, too);
 *   - width 1: the first byte of a line when it is LF, CR, space or tab (such a line may be no
 * record);
 *   - with comments: the first byte of a line when it is the comment's first.
 * All before it means to the record automaton what the index says: by induction over the bytes, the
 * automaton is inside quotes exactly where the parity of quotes says so.
 */
struct crunch_index_rules {
    size_t width;            /* 1..CRUNCH_INDEX_WIDTH_MAX */
    unsigned char delimiter; /* not LF, CR, NUL or the quote */
    bool quoting;
    bool many_quotes;  /* only for speed: quotes are expected in many blocks */
    bool watch_blanks; /* blanks at the ends of cells are to be told */
    unsigned char quote;
    bool commenting;
    unsigned char comment; /* first byte of the comment token */
    /* Per phase p, bit i says of field (p + i) % width: that it is the last, that its end is
     * wanted. The end of the last field is always wanted. */
    const uint64_t *last;
    const uint64_t *wanted;
    const uint16_t *next; /* [width + 64]: i % width */
};

#define CRUNCH_INDEX_WIDTH_MAX 4096

struct crunch_index {
    size_t n;            /* bounds written (index), or records (count) */
    size_t end;          /* count: first byte after the last complete record; index: 0 */
    bool irregular;      /* an irregular byte was met, and ended the walk */
    size_t quote_blocks; /* blocks of 64 bytes with a quote; of no meaning if many_quotes was set */
    bool crs;            /* the walk met a CR; ... */
    bool quoted_lines;   /* ... an LF inside quotes */
    /* If watch_blanks was set, but not many_quotes: false says that no cell whose end is a bound
     * begins or ends with a space or tab (the CR of its line end not counted). */
    bool blanks;
};

/*
 * Cells of a column. Cell i is text[before[i * before_stride] + 1 .. after[i * after_stride]), in
 * uint32 arithmetic that may wrap (a before of 2^32 - 1 begins at 0).
 */
struct crunch_cell_bounds {
    const uint32_t *before, *after;
    size_t before_stride, after_stride;
};

struct crunch_scale_span {
    uint8_t least, greatest; /* of the cells taken; 255 and 0 when there is none */
};

/* Cells are looked at in groups of this many, with one word of `odd` each. */
#define CRUNCH_NUMBER_GROUP 32
/* The longest cell that the kernels take, in bytes. */
#define CRUNCH_NUMBER_BYTES 32

struct crunch_scan_kernels {
    const char *name;
    /* Writes the places (relative to text) of the wanted breaks of text[0..len) before the first
     * irregular byte to bounds, ascending, until at least limit are written: bounds has room for
     * limit + 128. len is below 2^31. Text begins at a line start in state R. */
    void (*index)(const struct crunch_index_rules *rules, const char *text, size_t len,
                  size_t limit, uint32_t *bounds, struct crunch_index *out);
    /* The same walk, only counting complete records and finding the last one's end. */
    void (*count)(const struct crunch_index_rules *rules, const char *text, size_t len,
                  struct crunch_index *out);
    /* For each of rows cells of the form `[-] digits [decimal digits]`, a digit on one side at
     * least, at most CRUNCH_NUMBER_BYTES long, and digits below 10^18 as an integer: sets
     * mantissa[i] and scale[i], and widens *span. decimal is no digit and no sign. Sets bit i % 32
     * of odd[i / 32] for every other cell, whose mantissa and scale become 0. Writes mantissa,
     * scale [0..rows) and odd [0..(rows + 31) / 32). */
    void (*numbers)(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                    unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                    struct crunch_scale_span *span);
    /* Sets begin[i] to where cell i begins in text and len[i] to its length. Sets bit i % 32 of
     * odd[i / 32] for cells shorter than shortest. Writes begin, len [0..rows) and odd
     * [0..(rows + 31) / 32). True: some are. */
    bool (*texts)(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                  uint32_t shortest, const char **begin, uint32_t *len, uint32_t *odd);
    /* The greatest bits of an |x[i]|; 0 when n is 0. All are finite if these are below
     * CRUNCH_INFINITE_BITS, and else some are not. */
    uint64_t (*greatest_bits)(const double *x, size_t n);
    /* out[i] = m[i] / 10^scale[i] rounded to nearest, by one division of two doubles that are
     * exact. False, and out undefined, where some m[i] is not in -2^CRUNCH_QUOTIENT_BITS < m <=
     * 2^CRUNCH_QUOTIENT_BITS, or some scale is over CRUNCH_QUOTIENT_SCALE. */
    bool (*quotients)(const int64_t *m, const uint8_t *scale, size_t n, double *out);
};

#define CRUNCH_QUOTIENT_BITS 50
#define CRUNCH_QUOTIENT_SCALE 15
extern const double crunch_powers_of_ten[CRUNCH_QUOTIENT_SCALE + 1];

extern const struct crunch_scan_kernels crunch_scan_kernels_scalar;
extern const struct crunch_scan_kernels crunch_scan_kernels_avx2;   /* x86-64 only */
extern const struct crunch_scan_kernels crunch_scan_kernels_avx512; /* x86-64 only */

/* The kernels of a level; NULL where they are not compiled. */
const struct crunch_scan_kernels *crunch_scan_kernels_of(enum crunch_simd_level level);

/* The chosen table: the scalar one until crunch_scan_kernels_choose, which is called before any
 * thread or process exists, with a level that the CPU has. */
extern const struct crunch_scan_kernels *crunch_scan_kernels;
void crunch_scan_kernels_choose(enum crunch_simd_level level);

#endif
