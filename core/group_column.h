/*
 * The state of one value column in every group of a table.
 *
 * Compact, as long as that goes: the column has one scale, and a group has a sum, a least and a
 * greatest value and a sum of squares as integers at that scale. A column begins narrow (values are
 * int64 below 10^18, 32 bytes a group) and becomes broad (values below 2^96 in 128 bits) when the
 * scales or magnitudes that meet in it ask for that. What fits in neither (a number of a thousand
 * digits; 10^30 beside 10^-30) goes to the group's own exact rest, an arbitrary-precision state
 * that is only made then, so a group's content is always the compact part plus the rest. A column
 * with reducers that have no compact form, or in binary arithmetic, is all rest ("full").
 *
 * Numbers of rows are the table's; the column counts what is no number. Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_GROUP_COLUMN_H
#define CRUNCH_CORE_GROUP_COLUMN_H

#include "core/exact.h"
#include "io/batch.h"

struct crunch_group_narrow {
    __int128 sum;            /* below 2^64 rows * 10^18 < 2^124 */
    int64_t least, greatest; /* least > greatest: there is none */
};

struct crunch_group_broad {
    __int128 sum; /* moved to the rest before it would overflow */
    __int128 least, greatest;
};

/* A sum of squares, least significant word first: below 2^192 * 2^63 rows. */
struct crunch_group_squares {
    uint64_t word[4];
};

/* Cells that are no numbers. */
struct crunch_group_odd {
    uint64_t missing, nan, plus_inf, minus_inf;
};

struct crunch_group_column {
    enum crunch_arith arith;
    unsigned needs;
    bool full;
    bool broad;
    bool has_scale; /* false: no number has come yet */
    uint8_t scale;
    unsigned __int128 magnitude; /* no compact value is larger, at scale; below 10^18, or 2^96 */
    size_t n, room;              /* groups that are initialised; that there is room for */
    struct crunch_group_narrow *narrow; /* one of these two, if SUM or EXTREMES are needed */
    struct crunch_group_broad *wide;
    struct crunch_group_squares *squares; /* if needed */
    struct crunch_group_odd *odd;         /* NULL until a cell is no number */
    struct crunch_exact **rest;           /* NULL until one is made; entries NULL likewise */
    size_t n_rest;                        /* that were made */
};

#define CRUNCH_GROUP_NARROW_LIMIT ((unsigned __int128)1000000000000000000)
#define CRUNCH_GROUP_BROAD_LIMIT ((unsigned __int128)1 << 96)

/* True if the needs have a compact form in decimal arithmetic. */
bool crunch_group_is_compact(enum crunch_arith arith, unsigned needs);

void crunch_group_column_init(struct crunch_group_column *column, enum crunch_arith arith,
                              unsigned needs);
void crunch_group_column_free(struct crunch_group_column *column); /* a zeroed one is fine */
/* Back to no groups; keeps the memory. */
void crunch_group_column_clear(struct crunch_group_column *column);
/* Groups 0..n-1 exist from now on, new ones empty. False: out of memory. */
bool crunch_group_column_grow(struct crunch_group_column *column, size_t n);

/* Adds the cells of a batch: row i belongs to group id[i] (< n). Not for full columns. False: out
 * of memory. */
bool crunch_group_column_feed(struct crunch_group_column *column, const struct crunch_cells *cells,
                              size_t rows, const uint32_t *id);

enum crunch_group_fit { CRUNCH_GROUP_FITS, CRUNCH_GROUP_FITS_NOT, CRUNCH_GROUP_NO_MEMORY };

/* Sees to it that values of up to `magnitude` at `scale` (0..39) can stand beside what is there:
 * rescales it and makes it broad if it must, and takes the magnitude in. Then such values are to be
 * multiplied by 10^(column->scale - scale). FITS_NOT: they cannot, and nothing is changed. */
enum crunch_group_fit crunch_group_column_fit(struct crunch_group_column *column, unsigned scale,
                                              unsigned __int128 magnitude);

/* 10^n, n <= 38. */
__int128 crunch_group_power(unsigned n);

/* A group's rest, made if there is none. NULL: out of memory. */
struct crunch_exact *crunch_group_column_rest(struct crunch_group_column *column, size_t group);
/* Adds a broad sum; what would overflow goes to the rest. False: out of memory. */
bool crunch_group_column_add_sum(struct crunch_group_column *column, size_t group, __int128 sum);
/* n * c^2; |c| < 2^96, n < 2^63. */
struct crunch_group_squares crunch_group_squares_of(__int128 c, uint64_t n);
/* into += from * 10^power2, power2 <= 78. */
void crunch_group_squares_add(struct crunch_group_squares *into,
                              const struct crunch_group_squares *from, unsigned power2);
/* The group's counts of odd cells: those of column->odd, or zeros. */
struct crunch_group_odd crunch_group_column_odd(const struct crunch_group_column *column,
                                                size_t group);
/* Adds to the group's counts. False: out of memory. */
bool crunch_group_column_add_odd(struct crunch_group_column *column, size_t group,
                                 const struct crunch_group_odd *odd);

/* Bytes that the content takes, what is in arbitrary precision roughly. */
size_t crunch_group_column_bytes(const struct crunch_group_column *column);

/* Sets the extremes of *rest to m * 10^exponent if it lies further out, or there are none. */
void crunch_group_take_extreme(struct crunch_exact *rest, const mpz_t m, long exponent);

/* The compact part of a group, at column->scale; least > greatest: no value. */
struct crunch_group_broad crunch_group_column_values(const struct crunch_group_column *column,
                                                     size_t group);

/* Adds a group's content to *exact (of the same arithmetic and needs). group_rows: its rows. */
void crunch_group_column_exact(const struct crunch_group_column *column, size_t group,
                               uint64_t group_rows, struct crunch_exact *exact);

#endif
