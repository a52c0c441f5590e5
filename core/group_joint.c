/*
 * Owns the joint contents of groups: feeding them, bringing them to another scale, and their way
 * into bytes and back. A batch is brought to the columns' scales first, column by column; then the
 * rows that all columns have as 63-bit integers are multiplied and added, and the others go one by
 * one through GMP.
 */
#include "core/group_joint.h"
#include "io/power10.h"

#include "core/decimal_limbs.h"
#include "core/exact_pack.h"

#include <stdlib.h>
#include <string.h>

#define MAGNITUDE_LIMIT ((uint64_t)INT64_MAX)
#define POWERS 19 /* 10^18 < 2^63 */

static const uint64_t powers[POWERS] = {CRUNCH_POWERS_OF_TEN};

/* ---- integers of 192 bits ---- */

static void add_i128(struct crunch_u192 *into, __int128 x)
{
    unsigned __int128 low = (unsigned __int128)into->word[1] << 64 | into->word[0];
    unsigned __int128 sum = low + (unsigned __int128)x;
    into->word[0] = (uint64_t)sum;
    into->word[1] = (uint64_t)(sum >> 64);
    into->word[2] += (uint64_t)(x >> 127) + (sum < low);
}

static void add_i192(struct crunch_u192 *into, const struct crunch_u192 *from)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < 3; i++) {
        carry += (unsigned __int128)into->word[i] + from->word[i];
        into->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

/* x *= factor, modulo 2^192: right for negative ones, too. */
static void multiply(struct crunch_u192 *x, uint64_t factor)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < 3; i++) {
        carry += (unsigned __int128)x->word[i] * factor;
        x->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

/* out = x */
static void to_mpz(mpz_t out, const struct crunch_u192 *x)
{
    const bool negative = x->word[2] >> 63;
    struct crunch_u192 magnitude = *x;
    if (negative) {
        static const struct crunch_u192 one = {{1, 0, 0}};
        for (int i = 0; i < 3; i++)
            magnitude.word[i] = ~x->word[i];
        add_i192(&magnitude, &one);
    }
    mpz_import(out, 3, -1, sizeof(uint64_t), 0, 0, magnitude.word);
    if (negative)
        mpz_neg(out, out);
}

/* ---- the integers of a group ---- */

/* Products i.j stand behind the sums, those of i <= j, or without squares those of i < j. */
struct term {
    size_t i, j, at;
};

static struct term first_term(const struct crunch_joint_set *set)
{
    return (struct term){.i = 0, .j = set->squares ? 0 : 1, .at = set->k};
}

static void next_term(const struct crunch_joint_set *set, struct term *term)
{
    term->at++;
    if (term->i++ < term->j - !set->squares)
        return;
    term->i = 0;
    term->j++;
}

#define EACH_TERM(term, set)            \
    struct term term = first_term(set); \
    (term).j < (set)->k;                \
    next_term(set, &(term))

static size_t words_of(const struct crunch_joint_set *set)
{
    return set->k + (set->squares ? set->k * (set->k + 1) : set->k * (set->k - 1)) / 2;
}

bool crunch_group_joint_init(struct crunch_group_joint *joint, const struct crunch_joint_set *set)
{
    *joint = (struct crunch_group_joint){.set = set, .words = words_of(set)};
    joint->column = calloc(set->k, sizeof *joint->column);
    joint->value = calloc(set->k, sizeof *joint->value);
    for (size_t i = 0; i < set->k && joint->value; i++) {
        mpz_init(joint->value[i].mantissa);
        joint->exact = joint->exact || set->arith[i] == CRUNCH_ARITH_BINARY;
    }
    return joint->column && joint->value;
}

static void free_rests(struct crunch_group_joint *joint)
{
    for (size_t i = 0; i < joint->n && joint->n_rest > 0; i++)
        if (joint->rest[i]) {
            crunch_joint_clear(joint->rest[i]);
            free(joint->rest[i]);
            joint->rest[i] = NULL;
            joint->n_rest--;
        }
}

void crunch_group_joint_free(struct crunch_group_joint *joint)
{
    free_rests(joint);
    for (size_t i = 0; joint->value && i < joint->set->k; i++)
        mpz_clear(joint->value[i].mantissa);
    free(joint->value);
    free(joint->column);
    free(joint->rows);
    free(joint->sum);
    free(joint->rest);
    *joint = (struct crunch_group_joint){0};
}

void crunch_group_joint_clear(struct crunch_group_joint *joint)
{
    free_rests(joint);
    memset(joint->column, 0, joint->set->k * sizeof *joint->column);
    joint->n = 0;
}

bool crunch_group_joint_grow(struct crunch_group_joint *joint, size_t n)
{
    if (n > joint->room) {
        const size_t room = n + n / 2 + 64;
        uint64_t *rows = realloc(joint->rows, room * sizeof *rows);
        if (rows)
            joint->rows = rows;
        struct crunch_u192 *sum = realloc(joint->sum, room * joint->words * sizeof *sum);
        if (sum)
            joint->sum = sum;
        struct crunch_joint **rest = realloc(joint->rest, room * sizeof *rest);
        if (rest)
            joint->rest = rest;
        if (!rows || !sum || !rest)
            return false;
        joint->room = room;
    }
    if (n > joint->n) {
        memset(joint->rows + joint->n, 0, (n - joint->n) * sizeof *joint->rows);
        memset(joint->sum + joint->n * joint->words, 0,
               (n - joint->n) * joint->words * sizeof *joint->sum);
        for (size_t i = joint->n; i < n; i++)
            joint->rest[i] = NULL;
        joint->n = n;
    }
    return true;
}

size_t crunch_group_joint_bytes(const struct crunch_group_joint *joint)
{
    /* A number of GMP takes its struct and, as a rule, some forty bytes. */
    const size_t number = sizeof(struct crunch_scaled) + 40;
    const size_t one = sizeof(struct crunch_joint) + joint->words * number;
    return joint->n *
               (sizeof(uint64_t) + sizeof(void *) + joint->words * sizeof(struct crunch_u192)) +
           joint->n_rest * one;
}

/* A group's rest, made if there is none. NULL: out of memory. */
static struct crunch_joint *rest_of(struct crunch_group_joint *joint, size_t group)
{
    const struct crunch_joint_set *set = joint->set;
    if (joint->rest[group])
        return joint->rest[group];
    struct crunch_joint *rest = malloc(sizeof *rest);
    if (!rest)
        return NULL;
    if (crunch_joint_init(rest, set->k, set->arith, set->squares)) {
        crunch_joint_clear(rest);
        free(rest);
        return NULL;
    }
    joint->n_rest++;
    joint->rest[group] = rest;
    return rest;
}

/* ---- scales ---- */

/* Brings what is there to 10^up more of column i. */
static void rescale(struct crunch_group_joint *joint, size_t i, unsigned up)
{
    const struct crunch_joint_set *set = joint->set;
    const uint64_t factor = powers[up];
    for (size_t group = 0; group < joint->n; group++) {
        struct crunch_u192 *sum = joint->sum + group * joint->words;
        if (joint->rows[group] == 0)
            continue;
        multiply(&sum[i], factor);
        for (EACH_TERM(term, set)) {
            if (term.i == i)
                multiply(&sum[term.at], factor);
            if (term.j == i)
                multiply(&sum[term.at], factor);
        }
    }
}

static bool fits(uint64_t magnitude, unsigned up)
{
    return magnitude == 0 || (up < POWERS && magnitude <= MAGNITUDE_LIMIT / powers[up]);
}

/* Sees to it that values up to that magnitude can stand beside what is there, if it can be. A zero
 * can always. */
static bool fit(struct crunch_group_joint *joint, size_t i, unsigned scale, uint64_t magnitude)
{
    struct crunch_group_joint_column *column = &joint->column[i];
    if (magnitude == 0)
        return true;
    if (!column->has_scale) {
        if (magnitude > MAGNITUDE_LIMIT)
            return false;
        *column = (struct crunch_group_joint_column){true, (uint8_t)scale, magnitude};
        return true;
    }
    if (scale > column->scale) {
        const unsigned up = scale - column->scale;
        if (!fits(column->magnitude, up) || magnitude > MAGNITUDE_LIMIT)
            return false;
        rescale(joint, i, up);
        column->scale = (uint8_t)scale;
        column->magnitude *= powers[up];
    } else if (!fits(magnitude, column->scale - scale)) {
        return false;
    } else {
        magnitude *= powers[column->scale - scale];
    }
    if (magnitude > column->magnitude)
        column->magnitude = magnitude;
    return true;
}

/* ---- feeding ---- */

enum { COMPACT, BY_ITSELF, LEFT_OUT }; /* what becomes of a row; the greatest of its cells counts */

static uint8_t class_at(const struct crunch_cells *cells, size_t row)
{
    return cells->all_numbers ? CRUNCH_CELL_NUMBER : cells->class[row];
}

static unsigned scale_at(const struct crunch_cells *cells, size_t row)
{
    return cells->one_scale ? cells->common_scale : cells->scale[row];
}

static uint64_t magnitude_of(int64_t m)
{
    return m < 0 ? -(uint64_t)m : (uint64_t)m;
}

/* The column's scale after a batch is the largest that its numbers ask for and can have. */
static void fit_batch(struct crunch_group_joint *joint, size_t i, const struct crunch_cells *cells,
                      size_t rows)
{
    int64_t least, greatest;
    if (cells->one_scale &&
        crunch_sum_kernels->min_max(cells->mantissa, NULL, rows, &least, &greatest)) {
        const uint64_t low = magnitude_of(least), high = magnitude_of(greatest);
        if (fit(joint, i, cells->common_scale, low > high ? low : high))
            return;
    }
    for (size_t row = 0; row < rows; row++) /* 0 where it is no number */
        fit(joint, i, scale_at(cells, row), magnitude_of(cells->mantissa[row]));
}

/* Values at the column's scale, and what it makes of the rows. */
static void align(const struct crunch_group_joint_column *column, const struct crunch_cells *cells,
                  size_t rows, int64_t *value, uint8_t *way)
{
    for (size_t row = 0; row < rows; row++) {
        const int64_t m = cells->mantissa[row];
        const unsigned scale = scale_at(cells, row);
        const uint8_t class = class_at(cells, row);
        uint8_t own = class == CRUNCH_CELL_NUMBER    ? COMPACT
                      : class == CRUNCH_CELL_MISSING ? LEFT_OUT
                                                     : BY_ITSELF;
        value[row] = 0;
        if (m != 0 && scale <= column->scale && fits(magnitude_of(m), column->scale - scale))
            value[row] = m * (int64_t)powers[column->scale - scale];
        else if (m != 0)
            own = BY_ITSELF;
        way[row] = own > way[row] ? own : way[row];
    }
}

static const struct crunch_wide *wide_at(const struct crunch_cells *cells, size_t row)
{
    size_t low = 0, high = cells->n_wide;
    while (low + 1 < high) {
        const size_t middle = low + (high - low) / 2;
        if (cells->wide[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    return &cells->wide[low];
}

static void load_value(struct crunch_scaled *out, enum crunch_arith arith,
                       const struct crunch_cells *cells, size_t row)
{
    if (class_at(cells, row) == CRUNCH_CELL_WIDE) {
        crunch_wide_to_scaled(wide_at(cells, row), out);
    } else if (arith == CRUNCH_ARITH_BINARY) {
        crunch_scaled_set_double(out, cells->binary[row]);
        crunch_scaled_normalise(out, arith);
    } else {
        mpz_set_si(out->mantissa, cells->mantissa[row]);
        out->exponent = -(long)scale_at(cells, row);
    }
}

/* *into += x * y */
static void add_product(struct crunch_scaled *into, const struct crunch_scaled *x,
                        const struct crunch_scaled *y, enum crunch_arith of_x,
                        enum crunch_arith of_y)
{
    const enum crunch_arith arith = crunch_cross_arith(of_x, of_y);
    long exponent = x->exponent + y->exponent;
    mpz_t product, power;
    mpz_inits(product, power, (mpz_ptr)NULL);
    mpz_mul(product, x->mantissa, y->mantissa);
    if (of_x != of_y) { /* one is m 2^e: m 2^e 10^0, or m 5^-e 10^e */
        const long e = of_x == CRUNCH_ARITH_BINARY ? x->exponent : y->exponent;
        mpz_ui_pow_ui(power, e < 0 ? 5 : 2, (unsigned long)labs(e));
        mpz_mul(product, product, power);
        exponent -= e > 0 ? e : 0;
    }
    crunch_scaled_add(into, product, exponent, arith);
    mpz_clears(product, power, (mpz_ptr)NULL);
}

/* A complete row, whose values are in joint->value. */
static void add_values(struct crunch_joint *rest, const struct crunch_group_joint *joint)
{
    const struct crunch_joint_set *set = joint->set;
    const struct crunch_scaled *value = joint->value;
    rest->rows++;
    for (size_t i = 0; i < set->k; i++)
        crunch_scaled_add(&rest->sum[i], value[i].mantissa, value[i].exponent, set->arith[i]);
    for (EACH_TERM(term, set))
        add_product(&rest->product[crunch_joint_at(term.i, term.j)], &value[term.i], &value[term.j],
                    set->arith[term.i], set->arith[term.j]);
}

/* A row with an infinity or a nan, and without a missing cell; sign: of the values, where there is
 * one. */
static void count_special(struct crunch_joint *rest, size_t k, bool nan, const int sign[2],
                          bool weighted)
{
    const int product = k == 2 && !nan ? sign[0] * sign[1] : 0; /* 0 * inf is nan */
    rest->unweighted += !weighted;
    rest->nan += product == 0;
    rest->plus_inf += product > 0;
    rest->minus_inf += product < 0;
}

/* A row that is looked at by itself. */
static bool add_row(struct crunch_group_joint *joint, const struct crunch_batch *batch, size_t row,
                    size_t group)
{
    const struct crunch_joint_set *set = joint->set;
    bool finite = true, nan = false, weighted = true;
    int sign[2] = {0, 0};
    struct crunch_joint *rest = rest_of(joint, group);
    if (!rest)
        return false;
    for (size_t i = 0; i < set->k; i++) {
        const struct crunch_cells *cells = &batch->columns[set->slot[i]];
        const uint8_t class = class_at(cells, row);
        weighted = class == CRUNCH_CELL_NUMBER || class == CRUNCH_CELL_WIDE;
        if (weighted)
            load_value(&joint->value[i], set->arith[i], cells, row);
        if (i < 2)
            sign[i] = weighted                        ? mpz_sgn(joint->value[i].mantissa)
                      : class == CRUNCH_CELL_PLUS_INF ? 1
                                                      : -1;
        finite = finite && weighted;
        nan = nan || class == CRUNCH_CELL_NAN;
    }
    if (finite)
        add_values(rest, joint);
    else
        count_special(rest, set->k, nan, sign, weighted);
    if (!finite && weighted && crunch_joint_weighs(set->k, set->squares))
        crunch_scaled_add(&rest->sum[1], joint->value[1].mantissa, joint->value[1].exponent,
                          set->arith[1]);
    return true;
}

static bool is_left_out(const struct crunch_joint_set *set, const struct crunch_batch *batch,
                        size_t row)
{
    for (size_t i = 0; i < set->k; i++)
        if (class_at(&batch->columns[set->slot[i]], row) == CRUNCH_CELL_MISSING)
            return true;
    return false;
}

static bool feed_exact(struct crunch_group_joint *joint, const struct crunch_batch *batch,
                       const uint32_t *id)
{
    bool good = true;
    for (size_t row = 0; row < batch->rows && good; row++)
        if (!is_left_out(joint->set, batch, row))
            good = add_row(joint, batch, row, id[row]);
    return good;
}

bool crunch_group_joint_feed(struct crunch_group_joint *joint, const struct crunch_batch *batch,
                             const uint32_t *id)
{
    const struct crunch_joint_set *set = joint->set;
    uint8_t way[CRUNCH_BATCH_ROWS] = {COMPACT};
    bool good = true;
    if (joint->exact)
        return feed_exact(joint, batch, id);
    int64_t(*value)[CRUNCH_BATCH_ROWS] = malloc(set->k * sizeof *value);
    if (!value)
        return false;
    for (size_t i = 0; i < set->k; i++) {
        const struct crunch_cells *cells = &batch->columns[set->slot[i]];
        fit_batch(joint, i, cells, batch->rows);
        align(&joint->column[i], cells, batch->rows, value[i], way);
    }
    for (size_t row = 0; row < batch->rows && good; row++) {
        struct crunch_u192 *sum = joint->sum + id[row] * joint->words;
        if (way[row] == BY_ITSELF)
            good = add_row(joint, batch, row, id[row]);
        if (way[row] != COMPACT)
            continue;
        joint->rows[id[row]]++;
        for (size_t i = 0; i < set->k; i++)
            add_i128(&sum[i], value[i][row]);
        for (EACH_TERM(term, set))
            add_i128(&sum[term.at], (__int128)value[term.i][row] * value[term.j][row]);
    }
    free(value);
    return good;
}

/* ---- content ---- */

/* Adds a group's integers, at the columns' scales, to *out. */
static void add_compact(struct crunch_joint *out, const struct crunch_joint_set *set,
                        const struct crunch_group_joint_column *column, uint64_t rows,
                        const struct crunch_u192 *sum)
{
    mpz_t x;
    mpz_init(x);
    out->rows += rows;
    for (size_t i = 0; i < set->k; i++) {
        to_mpz(x, &sum[i]);
        crunch_scaled_add(&out->sum[i], x, -(long)column[i].scale, CRUNCH_ARITH_DECIMAL);
    }
    for (EACH_TERM(term, set)) {
        to_mpz(x, &sum[term.at]);
        crunch_scaled_add(&out->product[crunch_joint_at(term.i, term.j)], x,
                          -(long)column[term.i].scale - (long)column[term.j].scale,
                          CRUNCH_ARITH_DECIMAL);
    }
    mpz_clear(x);
}

enum crunch_code crunch_group_joint_extract(const struct crunch_group_joint *joint, size_t group,
                                            struct crunch_joint *out)
{
    const struct crunch_joint_set *set = joint->set;
    enum crunch_code code = crunch_joint_init(out, set->k, set->arith, set->squares);
    if (code)
        return code;
    if (joint->rows[group] > 0)
        add_compact(out, set, joint->column, joint->rows[group], joint->sum + group * joint->words);
    if (joint->rest[group])
        crunch_joint_merge(out, joint->rest[group]);
    return CRUNCH_OK;
}

/* ---- bytes ---- */

void crunch_group_joint_write_head(struct crunch_bytes *out, const struct crunch_group_joint *joint)
{
    for (size_t i = 0; i < joint->set->k; i++) {
        const struct crunch_group_joint_column *column = &joint->column[i];
        const unsigned char head[2] = {column->has_scale, column->scale};
        crunch_bytes_add(out, head, sizeof head);
        crunch_bytes_add_varint(out, column->magnitude);
    }
}

/* Its length, then the bytes that its sign does not give. */
static unsigned char *put_i192(unsigned char *to, const struct crunch_u192 *x)
{
    const unsigned char fill = x->word[2] >> 63 ? 0xFF : 0;
    const unsigned char *bytes = (const unsigned char *)x->word;
    size_t len = sizeof x->word;
    while (len > 0 && bytes[len - 1] == fill)
        len--;
    *to++ = (unsigned char)(len << 1 | (fill & 1));
    memcpy(to, bytes, len);
    return to + len;
}

static const unsigned char *get_i192(const unsigned char *from, struct crunch_u192 *x)
{
    const size_t len = *from >> 1;
    memset(x, *from & 1 ? 0xFF : 0, sizeof *x);
    memcpy(x->word, from + 1, len);
    return from + 1 + len;
}

/* The rows twice and whether there is a rest; the integers, if there are rows; the rest. */
void crunch_group_joint_write(struct crunch_bytes *out, const struct crunch_group_joint *joint,
                              size_t group)
{
    const uint64_t rows = joint->rows[group];
    const struct crunch_u192 *sum = joint->sum + group * joint->words;
    unsigned char *to =
        crunch_bytes_reserve(out, CRUNCH_VARINT_MAX_128 + joint->words * (sizeof *sum + 1));
    if (!to)
        return;
    unsigned char *begin = to;
    *to++ = joint->rest[group] != NULL;
    to = crunch_put_varint(to, rows);
    for (size_t i = 0; i < joint->words && rows > 0; i++)
        to = put_i192(to, &sum[i]);
    out->len += (size_t)(to - begin);
    if (joint->rest[group])
        crunch_joint_pack(out, joint->rest[group]);
}

const unsigned char *crunch_group_joint_read_head(struct crunch_group_joint_reader *reader,
                                                  struct crunch_group_joint *into,
                                                  const unsigned char *from)
{
    const size_t k = into->set->k;
    *reader = (struct crunch_group_joint_reader){.into = into, .fits = true};
    reader->column = calloc(k, sizeof *reader->column);
    if (!reader->column)
        return NULL;
    for (size_t i = 0; i < k; i++) {
        struct crunch_group_joint_column *column = &reader->column[i];
        column->has_scale = *from++ != 0;
        column->scale = *from++;
        from = crunch_get_varint(from, &column->magnitude);
        if (!fit(into, i, column->scale, column->magnitude))
            reader->fits = false;
    }
    return from;
}

void crunch_group_joint_reader_free(struct crunch_group_joint_reader *reader)
{
    free(reader->column);
}

/* A column's integers are to be multiplied by this to stand at the table's scale. */
static uint64_t factor_of(const struct crunch_group_joint_reader *reader, size_t i)
{
    const struct crunch_group_joint_column *column = &reader->column[i];
    return column->has_scale ? powers[reader->into->column[i].scale - column->scale] : 1;
}

static bool add_read(struct crunch_group_joint_reader *reader, size_t group, uint64_t rows,
                     struct crunch_u192 *sum)
{
    struct crunch_group_joint *into = reader->into;
    const struct crunch_joint_set *set = into->set;
    struct crunch_u192 *to = into->sum + group * into->words;
    if (!reader->fits) {
        struct crunch_joint *rest = rest_of(into, group);
        if (rest)
            add_compact(rest, set, reader->column, rows, sum);
        return rest != NULL;
    }
    into->rows[group] += rows;
    for (EACH_TERM(term, set)) {
        multiply(&sum[term.at], factor_of(reader, term.i));
        multiply(&sum[term.at], factor_of(reader, term.j));
    }
    for (size_t i = 0; i < set->k; i++)
        multiply(&sum[i], factor_of(reader, i));
    for (size_t i = 0; i < into->words; i++)
        add_i192(&to[i], &sum[i]);
    return true;
}

static bool read_rest(struct crunch_group_joint *into, const unsigned char **from, uint32_t group)
{
    const struct crunch_joint_set *set = into->set;
    struct crunch_joint more;
    struct crunch_joint *rest = group == UINT32_MAX ? NULL : rest_of(into, group);
    bool good = crunch_joint_init(&more, set->k, set->arith, set->squares) == CRUNCH_OK &&
                (rest || group == UINT32_MAX);
    if (good)
        *from = crunch_joint_unpack(*from, &more);
    if (good && rest)
        crunch_joint_merge(rest, &more);
    crunch_joint_clear(&more);
    return good;
}

const unsigned char *crunch_group_joint_read(struct crunch_group_joint_reader *reader,
                                             const unsigned char *from, uint32_t group)
{
    struct crunch_group_joint *into = reader->into;
    const bool has_rest = *from++ != 0;
    uint64_t rows;
    bool good = true;
    from = crunch_get_varint(from, &rows);
    if (rows > 0) {
        struct crunch_u192 *sum = malloc(into->words * sizeof *sum);
        good = sum != NULL;
        for (size_t i = 0; i < into->words && good; i++)
            from = get_i192(from, &sum[i]);
        if (good && group != UINT32_MAX)
            good = add_read(reader, group, rows, sum);
        free(sum);
    }
    if (good && has_rest)
        good = read_rest(into, &from, group);
    return good ? from : NULL;
}
