/*
 * The form of a block: the number of groups; for each column its scale, whether it is broad, and
 * its magnitude; the head of what groups have beside columns; then group after group: the key, the
 * rows, the first record where records are kept, for each column a byte of flags and what they
 * announce, and what there is beside columns.
 */
#include "core/group_block.h"

#include "core/exact_pack.h"
#include "core/reducer.h"

#include <stdlib.h>
#include <string.h>

#define SUM CRUNCH_BIT(CRUNCH_SUM)
#define SQUARES CRUNCH_BIT(CRUNCH_SUM_SQUARES)
#define EXTREMES CRUNCH_BIT(CRUNCH_EXTREMES)

enum {
    HAS_ODD = 1,    /* four counts */
    HAS_VALUES = 2, /* the compact part is not empty */
    IS_SINGLE = 4,  /* all values are one: only that follows */
    HAS_REST = 8    /* length, packed exact */
};

/* The compact part of a group. */
struct values {
    __int128 sum, least, greatest;
    struct crunch_group_squares squares;
    bool some; /* least and greatest say something */
};

struct column_head {
    uint8_t scale;
    bool broad;
    unsigned __int128 magnitude;
};

/* ---- writing ---- */

static struct values values_of(const struct crunch_group_column *column, size_t group)
{
    const struct crunch_group_broad x = crunch_group_column_values(column, group);
    struct values v = {.sum = x.sum, .least = x.least, .greatest = x.greatest};
    v.some = x.least <= x.greatest;
    if (column->squares)
        v.squares = column->squares[group];
    return v;
}

/* Are all n values one, which everything else follows from? */
static bool is_single(const struct crunch_group_column *column, const struct values *v, uint64_t n)
{
    __int128 sum;
    if (!(column->needs & SUM) || (column->rest && n != 1))
        return false;
    if (!(column->needs & EXTREMES))
        return n == 1;
    return v->some && v->least == v->greatest &&
           !__builtin_mul_overflow(v->least, (__int128)n, &sum) && sum == v->sum;
}

static unsigned char *put_values(unsigned char *to, const struct crunch_group_column *column,
                                 const struct values *v)
{
    if (column->needs & SUM)
        to = crunch_put_signed128(to, v->sum);
    if (column->needs & EXTREMES) {
        *to++ = v->some;
        if (v->some) {
            to = crunch_put_signed128(to, v->least);
            to = crunch_put_signed128(to, v->greatest);
        }
    }
    if (column->needs & SQUARES) {
        size_t len = sizeof v->squares;
        const unsigned char *bytes = (const unsigned char *)v->squares.word;
        while (len > 0 && bytes[len - 1] == 0)
            len--;
        *to++ = (unsigned char)len;
        memcpy(to, bytes, len);
        to += len;
    }
    return to;
}

#define STATE_MAX (1 + 4 * CRUNCH_VARINT_MAX + 3 * CRUNCH_VARINT_MAX_128 + 2 + 32)

static void write_column(struct crunch_bytes *out, const struct crunch_group_column *column,
                         size_t group, uint64_t rows)
{
    unsigned char *flags = crunch_bytes_reserve(out, STATE_MAX), *to = flags + 1;
    if (!flags)
        return;
    const struct crunch_exact *rest = column->rest ? column->rest[group] : NULL;
    const struct crunch_group_odd odd = crunch_group_column_odd(column, group);
    const uint64_t odds = odd.missing + odd.nan + odd.plus_inf + odd.minus_inf;
    *flags = (unsigned char)((odds > 0 ? HAS_ODD : 0) | (rest ? HAS_REST : 0));
    if (odds > 0) {
        to = crunch_put_varint(to, odd.missing);
        to = crunch_put_varint(to, odd.nan);
        to = crunch_put_varint(to, odd.plus_inf);
        to = crunch_put_varint(to, odd.minus_inf);
    }
    if (!column->full && rows > odds && (column->needs & (SUM | SQUARES | EXTREMES))) {
        const struct values v = values_of(column, group);
        *flags |= HAS_VALUES;
        if (!rest && is_single(column, &v, rows - odds)) {
            *flags |= IS_SINGLE;
            to = crunch_put_signed128(to, column->needs & EXTREMES ? v.least : v.sum);
        } else {
            to = put_values(to, column, &v);
        }
    }
    out->len += (size_t)(to - flags);
    if (rest) {
        struct crunch_bytes packed = {0};
        crunch_exact_pack(&packed, rest);
        out->failed |= packed.failed;
        crunch_bytes_add_varint(out, packed.len);
        crunch_bytes_add(out, packed.data, packed.len);
        crunch_bytes_free(&packed);
    }
}

static void write_heads(struct crunch_bytes *out, const struct crunch_group_store *store)
{
    for (size_t i = 0; i < store->plan->n_columns; i++) {
        const struct crunch_group_column *column = &store->column[i];
        const unsigned char head[2] = {column->scale, column->broad};
        crunch_bytes_add(out, head, sizeof head);
        crunch_bytes_add(out, &column->magnitude, sizeof column->magnitude);
    }
    crunch_group_more_write_head(out, &store->more);
}

void crunch_group_block_write(struct crunch_bytes *out, const struct crunch_group_store *store,
                              const uint32_t *id, size_t n)
{
    crunch_bytes_add_varint(out, n);
    write_heads(out, store);
    for (size_t i = 0; i < n; i++) {
        const struct crunch_hash_entry *entry = crunch_group_entry(store, id[i]);
        crunch_bytes_add_varint(out, entry->len);
        crunch_bytes_add(out, crunch_hash_key_of(&store->table, entry), entry->len);
        crunch_bytes_add_varint(out, store->rows[id[i]]);
        if (store->plan->scan.records)
            crunch_bytes_add_varint(out, store->first[id[i]]);
        for (size_t c = 0; c < store->plan->n_columns; c++)
            write_column(out, &store->column[c], id[i], store->rows[id[i]]);
        crunch_group_more_write(out, &store->more, id[i]);
    }
}

/* ---- reading ---- */

/* A block being read into a table. */
struct reader {
    struct crunch_group_store *store;
    struct column_head *head;   /* per column: of the block */
    enum crunch_group_fit *fit; /* of its values into the table's column */
    struct crunch_group_more_reader more;
};

static const unsigned char *get_values(const unsigned char *from, unsigned needs, struct values *v)
{
    if (needs & SUM)
        from = crunch_get_signed128(from, &v->sum);
    if (needs & EXTREMES) {
        v->some = *from++ != 0;
        if (v->some) {
            from = crunch_get_signed128(from, &v->least);
            from = crunch_get_signed128(from, &v->greatest);
        }
    }
    if (needs & SQUARES) {
        size_t len = *from++;
        memcpy(v->squares.word, from, len);
        from += len;
    }
    return from;
}

/* n values that are x. */
static void repeat(struct values *v, unsigned needs, __int128 x, uint64_t n)
{
    v->sum = x * (__int128)n; /* it did not overflow when it was written */
    v->least = v->greatest = x;
    v->some = true;
    if (needs & SQUARES)
        v->squares = crunch_group_squares_of(x, n);
}

static bool add_narrow(struct crunch_group_column *column, size_t group, const struct values *v,
                       __int128 factor)
{
    struct crunch_group_narrow *x = &column->narrow[group];
    x->sum += v->sum * factor;
    if (v->some) {
        int64_t least = (int64_t)(v->least * factor), greatest = (int64_t)(v->greatest * factor);
        x->least = least < x->least ? least : x->least;
        x->greatest = greatest > x->greatest ? greatest : x->greatest;
    }
    return true;
}

/* Adds values at a scale to a group's rest. */
static bool add_rest(struct crunch_group_column *column, size_t group, const struct values *v,
                     unsigned scale)
{
    struct crunch_group_column one;
    struct crunch_exact *rest = crunch_group_column_rest(column, group), exact;
    struct crunch_group_broad wide = {v->sum, v->some ? v->least : 1, v->some ? v->greatest : 0};
    struct crunch_group_squares squares = v->squares;
    if (!rest)
        return false;
    crunch_group_column_init(&one, column->arith, column->needs);
    one.wide = column->needs & (SUM | EXTREMES) ? &wide : NULL;
    one.squares = column->needs & SQUARES ? &squares : NULL;
    one.scale = (uint8_t)scale;
    crunch_exact_init(&exact, column->arith, column->needs);
    crunch_group_column_exact(&one, 0, 0, &exact);
    crunch_exact_merge(rest, &exact);
    crunch_exact_clear(&exact);
    return true;
}

static bool add_broad(struct crunch_group_column *column, size_t group, const struct values *v,
                      __int128 factor, unsigned scale)
{
    struct crunch_group_broad *x = &column->wide[group];
    __int128 sum;
    if (v->some) {
        __int128 least = v->least * factor, greatest = v->greatest * factor;
        x->least = least < x->least ? least : x->least;
        x->greatest = greatest > x->greatest ? greatest : x->greatest;
    }
    if (!__builtin_mul_overflow(v->sum, factor, &sum))
        return crunch_group_column_add_sum(column, group, sum);
    return add_rest(column, group, &(struct values){.sum = v->sum}, scale);
}

static bool add_values(struct reader *reader, size_t c, size_t group, const struct values *v)
{
    struct crunch_group_column *column = &reader->store->column[c];
    const unsigned scale = reader->head[c].scale;
    if (reader->fit[c] != CRUNCH_GROUP_FITS)
        return add_rest(column, group, v, scale);
    const unsigned power = column->scale - scale;
    const __int128 factor = power <= 38 ? crunch_group_power(power) : 0; /* else all are zeros */
    if (column->squares)
        crunch_group_squares_add(&column->squares[group], &v->squares, 2 * power);
    if (column->wide)
        return add_broad(column, group, v, factor, scale);
    return !column->narrow || add_narrow(column, group, v, factor);
}

/* Reads a group's state of column c and adds it to group; UINT32_MAX: it is not wanted. NULL: out
 * of memory. */
static const unsigned char *read_column(struct reader *reader, const unsigned char *from, size_t c,
                                        uint32_t group, uint64_t rows)
{
    struct crunch_group_column *column = &reader->store->column[c];
    const bool wanted = group != UINT32_MAX;
    const unsigned flags = *from++;
    struct crunch_group_odd odd = {0};
    bool good = true;
    if (flags & HAS_ODD) {
        from = crunch_get_varint(from, &odd.missing);
        from = crunch_get_varint(from, &odd.nan);
        from = crunch_get_varint(from, &odd.plus_inf);
        from = crunch_get_varint(from, &odd.minus_inf);
        good = !wanted || crunch_group_column_add_odd(column, group, &odd);
    }
    if (flags & HAS_VALUES) {
        struct values v = {0};
        if (flags & IS_SINGLE) {
            __int128 x;
            from = crunch_get_signed128(from, &x);
            if (wanted)
                repeat(&v, column->needs, x,
                       rows - odd.missing - odd.nan - odd.plus_inf - odd.minus_inf);
        } else {
            from = get_values(from, column->needs, &v);
        }
        good = good && (!wanted || add_values(reader, c, group, &v));
    }
    if (flags & HAS_REST) {
        uint64_t len;
        from = crunch_get_varint(from, &len);
        if (wanted && good) {
            struct crunch_exact *rest = crunch_group_column_rest(column, group), more;
            crunch_exact_init(&more, column->arith, column->needs);
            crunch_exact_unpack(from, &more);
            if (rest)
                crunch_exact_merge(rest, &more);
            crunch_exact_clear(&more);
            good = rest != NULL;
        }
        from += len;
    }
    return good ? from : NULL;
}

static const unsigned char *read_heads(struct reader *reader, const unsigned char *from)
{
    bool good = true;
    for (size_t c = 0; c < reader->store->plan->n_columns && good; c++) {
        struct column_head *head = &reader->head[c];
        head->scale = *from++;
        head->broad = *from++ != 0;
        memcpy(&head->magnitude, from, sizeof head->magnitude);
        from += sizeof head->magnitude;
        reader->fit[c] =
            crunch_group_column_fit(&reader->store->column[c], head->scale, head->magnitude);
        good = reader->fit[c] != CRUNCH_GROUP_NO_MEMORY;
    }
    return good ? crunch_group_more_read_head(&reader->more, &reader->store->more, from) : NULL;
}

/* Reads one group. NULL: out of memory. */
static const unsigned char *read_group(struct reader *reader, const unsigned char *from,
                                       const struct crunch_group_share *share, uint64_t records)
{
    struct crunch_group_store *store = reader->store;
    uint64_t len, rows, first = 0;
    uint32_t group = UINT32_MAX;
    from = crunch_get_varint(from, &len);
    const struct crunch_hash_key key = crunch_hash_make_key(from, (size_t)len, store->seed);
    from = crunch_get_varint(from + len, &rows);
    if (store->plan->scan.records)
        from = crunch_get_varint(from, &first);
    if (crunch_group_share_has(share, key.hash)) {
        group = crunch_group_store_find_one(store, &key, rows, records + first);
        if (group == UINT32_MAX)
            return NULL;
    }
    for (size_t c = 0; c < store->plan->n_columns && from; c++)
        from = read_column(reader, from, c, group, rows);
    return from ? crunch_group_more_read(&reader->more, from, group) : NULL;
}

bool crunch_group_block_read(struct crunch_group_store *store, const unsigned char *block,
                             const struct crunch_group_share *share, uint64_t records)
{
    const size_t n_columns = store->plan->n_columns;
    struct reader reader = {
        .store = store,
        .head = calloc(n_columns + 1, sizeof *reader.head),
        .fit = calloc(n_columns + 1, sizeof *reader.fit),
    };
    uint64_t n;
    const unsigned char *from = crunch_get_varint(block, &n);
    if (!reader.head || !reader.fit)
        from = NULL;
    if (from)
        from = read_heads(&reader, from);
    for (uint64_t i = 0; i < n && from; i++)
        from = read_group(&reader, from, share, records);
    crunch_group_more_reader_free(&reader.more);
    free(reader.head);
    free(reader.fit);
    return from != NULL;
}
