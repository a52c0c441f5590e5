/*
 * Owns the ranks of pairs that do not fit in memory.
 *
 * Rows with both columns are sorted by the first. Equal values share a rank that is known when the
 * last of them is, and there may be any number of them: so the sorted rows are gone through twice,
 * first for the lengths of the stretches of equal values, which are put aside, and then to give
 * each row its rank. The ranks are sorted by the second column; there what a stretch contributes
 * is known at its end. So nothing grows with the rows but what lies in files.
 */
#include "core/spearman_sorted.h"

#include "core/limbs.h"
#include "core/sort_key.h"
#include "core/sorter.h"
#include "core/spill.h"

#include <stdlib.h>

/* Lengths of stretches, in the order in which they are read again. */
struct lengths {
    struct crunch_spill *spill;
    struct crunch_frame *frame;
    size_t n, room;
    struct crunch_bytes open;
    unsigned char *loaded; /* of the frame being read */
    const unsigned char *at, *end;
    size_t next;
};

#define LENGTHS_FRAME ((size_t)64 << 10)

struct ranking {
    const struct crunch_spearman_rows *rows;
    size_t column[2];
    struct crunch_joint *joint;
    struct crunch_sorter *by_first, *by_second;
    struct lengths lengths;
    struct crunch_bytes key[2];
    struct crunch_bytes last; /* the key of the stretch at hand */
    uint64_t begin, length;   /* its first row, and how many there are so far */
    uint64_t rank;            /* doubled, of the stretch at hand */
    unsigned __int128 ranks;  /* of the first column, in a stretch of the second */
    unsigned __int128 product, sum[2], square[2];
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for ranks");
}

/* ---- lengths ---- */

static enum crunch_code close_lengths(struct lengths *lengths, struct crunch_error *error)
{
    if (lengths->n == lengths->room) {
        struct crunch_frame *grown =
            realloc(lengths->frame, (2 * lengths->room + 16) * sizeof *grown);
        if (!grown)
            return no_memory(error);
        lengths->frame = grown;
        lengths->room = 2 * lengths->room + 16;
    }
    enum crunch_code code = crunch_spill_put(lengths->spill, lengths->open.data, lengths->open.len,
                                             &lengths->frame[lengths->n], error);
    lengths->n += code == CRUNCH_OK;
    lengths->open.len = 0;
    return code;
}

static enum crunch_code put_length(struct lengths *lengths, uint64_t length,
                                   struct crunch_error *error)
{
    crunch_bytes_add_varint(&lengths->open, length);
    if (lengths->open.failed)
        return no_memory(error);
    return lengths->open.len < LENGTHS_FRAME ? CRUNCH_OK : close_lengths(lengths, error);
}

static enum crunch_code get_length(struct lengths *lengths, uint64_t *length,
                                   struct crunch_error *error)
{
    if (lengths->at == lengths->end) {
        const struct crunch_frame *frame = &lengths->frame[lengths->next++];
        enum crunch_code code =
            crunch_spill_load(lengths->spill, frame, &lengths->loaded, &lengths->at, error);
        if (code)
            return code;
        lengths->end = lengths->at + frame->bytes;
    }
    lengths->at = crunch_get_varint(lengths->at, length);
    return CRUNCH_OK;
}

static void free_lengths(struct lengths *lengths)
{
    for (size_t i = 0; i < lengths->n; i++)
        crunch_spill_drop(lengths->spill, &lengths->frame[i]);
    free(lengths->frame);
    free(lengths->loaded);
    crunch_bytes_free(&lengths->open);
    crunch_spill_free(lengths->spill);
}

/* ---- rows ---- */

static const unsigned char *wide_key(struct crunch_bytes *out, const unsigned char *from)
{
    bool negative;
    int32_t exponent;
    uint32_t n;
    memcpy(&negative, from, sizeof negative);
    memcpy(&exponent, from + sizeof negative, sizeof exponent);
    memcpy(&n, from + sizeof negative + sizeof exponent, sizeof n);
    const unsigned char *digits = from + sizeof negative + sizeof exponent + sizeof n;
    if (out)
        crunch_sort_key_digits(out, negative, exponent, (const char *)digits, n);
    return digits + n;
}

/* Appends the key of a cell to out (NULL: passes over it); returns where the next one begins. */
static const unsigned char *read_cell(struct crunch_bytes *out, const unsigned char *from)
{
    static const enum crunch_sort_class classes[] = {
        [CRUNCH_SPEARMAN_MISSING] = CRUNCH_SORT_ABSENT,
        [CRUNCH_SPEARMAN_NAN] = CRUNCH_SORT_NAN,
        [CRUNCH_SPEARMAN_MINUS_INF] = CRUNCH_SORT_MINUS_INF,
        [CRUNCH_SPEARMAN_PLUS_INF] = CRUNCH_SORT_PLUS_INF};
    const enum crunch_spearman_tag tag = (enum crunch_spearman_tag) * from++;
    int64_t mantissa;
    double x;
    if (tag == CRUNCH_SPEARMAN_NARROW) {
        memcpy(&mantissa, from + 1, sizeof mantissa);
        if (out)
            crunch_sort_key_narrow(out, mantissa, *from);
        return from + 1 + sizeof mantissa;
    }
    if (tag == CRUNCH_SPEARMAN_DOUBLE) {
        memcpy(&x, from, sizeof x);
        if (out)
            crunch_sort_key_double(out, x);
        return from + sizeof x;
    }
    if (tag == CRUNCH_SPEARMAN_WIDE)
        return wide_key(out, from);
    if (out)
        crunch_sort_key_special(out, classes[tag]);
    return from;
}

/* Adds the row, whose keys are at hand, if it has both columns. */
static enum crunch_code add_row(struct ranking *r, struct crunch_error *error)
{
    if (r->key[0].failed || r->key[1].failed)
        return no_memory(error);
    const enum crunch_sort_class x = crunch_sort_key_class(r->key[0].data),
                                 y = crunch_sort_key_class(r->key[1].data);
    const struct crunch_run_item item = {.key = (const char *)r->key[0].data,
                                         .key_len = r->key[0].len,
                                         .data = r->key[1].data,
                                         .bytes = r->key[1].len};
    if (x == CRUNCH_SORT_ABSENT || y == CRUNCH_SORT_ABSENT)
        return CRUNCH_OK;
    if (x == CRUNCH_SORT_NAN || y == CRUNCH_SORT_NAN) {
        r->joint->nan++;
        return CRUNCH_OK;
    }
    r->joint->rows++;
    return crunch_sorter_add(r->by_first, &item, error);
}

static enum crunch_code read_block(struct ranking *r, const unsigned char *at, size_t bytes,
                                   struct crunch_error *error)
{
    const unsigned char *end = at + bytes;
    enum crunch_code code = CRUNCH_OK;
    while (at < end && !code) {
        r->key[0].len = r->key[1].len = 0;
        for (size_t c = 0; c < r->rows->k; c++)
            at = read_cell(c == r->column[0]   ? &r->key[0]
                           : c == r->column[1] ? &r->key[1]
                                               : NULL,
                           at);
        code = add_row(r, error);
    }
    return code;
}

static enum crunch_code read_rows(struct ranking *r, struct crunch_error *error)
{
    const struct crunch_logs *logs = r->rows->logs;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < logs->n_blocks && !code; i++) {
        const struct crunch_block *block = &logs->block[i];
        if (block->stream != r->rows->stream)
            continue;
        unsigned char *data = malloc(block->bytes + 1);
        code = data ? crunch_logs_load(logs, block, data, error) : no_memory(error);
        if (!code)
            code = read_block(r, data, block->bytes, error);
        free(data);
    }
    return code;
}

/* ---- ranks ---- */

/* Is the item's value another than the stretch's? Then it becomes the stretch's. */
static bool begins_stretch(struct ranking *r, const struct crunch_run_item *item)
{
    if (r->last.len == item->key_len && memcmp(r->last.data, item->key, item->key_len) == 0)
        return false;
    r->last.len = 0;
    crunch_bytes_add(&r->last, item->key, item->key_len);
    return true;
}

static void begin_stretches(struct ranking *r)
{
    r->last.len = 0; /* no key is empty */
    r->begin = r->length = 0;
}

/* Ranks begin + 1 to begin + length: their mean, doubled. */
static uint64_t rank_of(const struct ranking *r)
{
    return 2 * r->begin + 1 + r->length;
}

static void count_ranks(struct ranking *r, int side)
{
    const uint64_t rank = rank_of(r);
    r->sum[side] += (unsigned __int128)rank * r->length;
    r->square[side] += (unsigned __int128)rank * rank * r->length;
    r->begin += r->length;
    r->length = 0;
}

static enum crunch_code measure(void *context, const struct crunch_run_item *item,
                                struct crunch_error *error)
{
    struct ranking *r = context;
    enum crunch_code code = CRUNCH_OK;
    if (begins_stretch(r, item) && r->length > 0) {
        code = put_length(&r->lengths, r->length, error);
        count_ranks(r, 0);
    }
    r->length++;
    return r->last.failed ? no_memory(error) : code;
}

static enum crunch_code give_rank(void *context, const struct crunch_run_item *item,
                                  struct crunch_error *error)
{
    struct ranking *r = context;
    enum crunch_code code = CRUNCH_OK;
    if (begins_stretch(r, item)) {
        r->begin += r->length;
        code = get_length(&r->lengths, &r->length, error);
        r->rank = rank_of(r);
    }
    const struct crunch_run_item ranked = {
        .key = item->data, .key_len = item->bytes, .data = &r->rank, .bytes = sizeof r->rank};
    return code ? code : crunch_sorter_add(r->by_second, &ranked, error);
}

static void end_second(struct ranking *r)
{
    r->product += r->ranks * rank_of(r);
    r->ranks = 0;
    count_ranks(r, 1);
}

static enum crunch_code multiply(void *context, const struct crunch_run_item *item,
                                 struct crunch_error *error)
{
    struct ranking *r = context;
    uint64_t rank;
    if (begins_stretch(r, item))
        end_second(r);
    memcpy(&rank, item->data, sizeof rank);
    r->ranks += rank;
    r->length++;
    return r->last.failed ? no_memory(error) : CRUNCH_OK;
}

static enum crunch_code rank_both(struct ranking *r, size_t memory, const char *tmpdir,
                                  struct crunch_error *error)
{
    enum crunch_code code = crunch_sorter_each(r->by_first, measure, r, error);
    if (!code && r->length > 0) {
        code = put_length(&r->lengths, r->length, error);
        count_ranks(r, 0);
    }
    if (!code)
        code = close_lengths(&r->lengths, error);
    if (!code)
        code = crunch_sorter_create(memory / 2, tmpdir, &r->by_second, error);
    begin_stretches(r);
    if (!code)
        code = crunch_sorter_each(r->by_first, give_rank, r, error);
    crunch_sorter_free(r->by_first);
    r->by_first = NULL;
    begin_stretches(r);
    if (!code)
        code = crunch_sorter_each(r->by_second, multiply, r, error);
    end_second(r);
    return code;
}

static void fill_joint(const struct ranking *r)
{
    struct crunch_joint *joint = r->joint;
    for (size_t side = 0; side < 2; side++) {
        crunch_mpz_add_u128(joint->sum[side].mantissa, r->sum[side]);
        crunch_mpz_add_u128(joint->product[crunch_joint_at(side, side)].mantissa, r->square[side]);
    }
    crunch_mpz_add_u128(joint->product[crunch_joint_at(0, 1)].mantissa, r->product);
}

enum crunch_code crunch_spearman_sorted(const struct crunch_spearman_rows *rows, size_t i, size_t j,
                                        size_t memory, const char *tmpdir,
                                        struct crunch_joint *joint, struct crunch_error *error)
{
    struct ranking r = {.rows = rows, .column = {i, j}, .joint = joint};
    enum crunch_code code = crunch_sorter_create(memory / 2, tmpdir, &r.by_first, error);
    if (!code)
        code = crunch_spill_create(memory / 16, tmpdir, &r.lengths.spill, error);
    if (!code)
        code = read_rows(&r, error);
    if (!code)
        code = rank_both(&r, memory, tmpdir, error);
    if (!code)
        fill_joint(&r);
    crunch_sorter_free(r.by_first);
    crunch_sorter_free(r.by_second);
    free_lengths(&r.lengths);
    crunch_bytes_free(&r.key[0]);
    crunch_bytes_free(&r.key[1]);
    crunch_bytes_free(&r.last);
    return code;
}
