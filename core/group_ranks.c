/*
 * Ranks in groups. In the log a block is pieces: a group's key and rows of it, a cell for each
 * column of the plan. A piece becomes an answer as it is. Where a group is rendered its rows are
 * read, and for each pair of columns sorted by one and by the other.
 */
#include "core/group_ranks.h"

#include "core/backend_pool.h"
#include "core/digits.h"
#include "core/group_key.h"
#include "core/group_parts.h"
#include "core/interval.h"
#include "core/limbs.h"
#include "core/plan_sets.h"

#include <stdlib.h>
#include <string.h>

#define PIECES_BYTES                                                             \
    ((size_t)1 << 20) /* rows that are collected before they are sorted by group \
                       */

/* How a cell begins; a number is followed by its parts. */
enum tag { MISSING, NOT_A_NUMBER, MINUS_INF, PLUS_INF, NARROW, DOUBLE, WIDE };

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for ranks in groups");
}

/* ---- collecting ---- */

struct row {
    size_t group; /* its number in the table */
    size_t begin, len;
};

struct collector {
    const struct crunch_plan *plan;
    struct crunch_group_keys keys;
    struct crunch_hash_table groups; /* of the rows at hand; payload: how many */
    struct crunch_bytes cells;
    struct row *row;
    size_t n, room;
    size_t *next_wide; /* per column: of the batch's wide cells */
    struct crunch_bytes block;
};

static void destroy(void *object)
{
    struct collector *self = object;
    if (self == NULL)
        return;
    crunch_group_keys_free(&self->keys);
    crunch_hash_free(&self->groups);
    crunch_bytes_free(&self->cells);
    crunch_bytes_free(&self->block);
    free(self->next_wide);
    free(self->row);
    free(self);
}

static void begin(void *object)
{
    struct collector *self = object;
    crunch_hash_clear(&self->groups);
    self->cells.len = 0;
    self->n = 0;
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **out,
                               struct crunch_error *error)
{
    struct collector *self = calloc(1, sizeof *self);
    (void)config;
    *out = self;
    if (self == NULL)
        return no_memory(error);
    self->plan = plan;
    self->next_wide = calloc(plan->n_columns, sizeof *self->next_wide);
    enum crunch_code code = self->next_wide && crunch_hash_init(&self->groups, sizeof(uint64_t))
                                ? crunch_group_keys_init(&self->keys, plan, error)
                                : no_memory(error);
    if (code) {
        destroy(self);
        *out = NULL;
    }
    return code;
}

static void add_tag(struct crunch_bytes *out, enum tag tag)
{
    const unsigned char byte = (unsigned char)tag;
    crunch_bytes_add(out, &byte, 1);
}

static void add_wide(struct crunch_bytes *out, const struct crunch_wide *wide)
{
    const unsigned char negative = wide->negative;
    add_tag(out, WIDE);
    crunch_bytes_add(out, &negative, 1);
    crunch_bytes_add(out, &wide->exponent, sizeof wide->exponent);
    crunch_bytes_add(out, &wide->n_digits, sizeof wide->n_digits);
    crunch_bytes_add(out, wide->digits, wide->n_digits);
}

static void add_cell(struct crunch_bytes *out, const struct crunch_cells *cells, size_t row,
                     bool binary, size_t *next_wide)
{
    static const enum tag tags[] = {[CRUNCH_CELL_MISSING] = MISSING,
                                    [CRUNCH_CELL_NAN] = NOT_A_NUMBER,
                                    [CRUNCH_CELL_PLUS_INF] = PLUS_INF,
                                    [CRUNCH_CELL_MINUS_INF] = MINUS_INF};
    const uint8_t class = cells->all_numbers ? CRUNCH_CELL_NUMBER : cells->class[row];
    if (class == CRUNCH_CELL_WIDE) {
        add_wide(out, &cells->wide[(*next_wide)++]);
    } else if (class != CRUNCH_CELL_NUMBER) {
        add_tag(out, tags[class]);
    } else if (binary) {
        const int64_t rank = crunch_double_rank(cells->binary[row]);
        add_tag(out, DOUBLE);
        crunch_bytes_add(out, &rank, sizeof rank);
    } else {
        const uint8_t scale = cells->one_scale ? cells->common_scale : cells->scale[row];
        add_tag(out, NARROW);
        crunch_bytes_add(out, &scale, 1);
        crunch_bytes_add(out, &cells->mantissa[row], sizeof cells->mantissa[row]);
    }
}

static bool add_row(struct collector *self, const struct crunch_batch *rows, size_t row)
{
    const struct crunch_plan *plan = self->plan;
    const size_t before = self->groups.count, begins = self->cells.len;
    const struct crunch_hash_key key =
        crunch_hash_make_key(self->keys.text[row], self->keys.len[row], crunch_group_seed(plan));
    struct crunch_hash_entry *entry = crunch_hash_find(&self->groups, &key);
    if (entry == NULL)
        return false;
    if (self->n == self->room) {
        const size_t room = 2 * self->room + 1024;
        struct row *grown = realloc(self->row, room * sizeof *grown);
        if (grown == NULL)
            return false;
        self->row = grown;
        self->room = room;
    }
    if (self->groups.count > before)
        entry->payload[0] = before;
    for (size_t i = 0; i < plan->n_columns; i++) {
        const size_t slot = plan->slot[i];
        add_cell(&self->cells, &rows->columns[slot], row,
                 crunch_layout_arith(&plan->layout, slot) == CRUNCH_ARITH_BINARY,
                 &self->next_wide[i]);
    }
    self->row[self->n++] = (struct row){entry->payload[0], begins, self->cells.len - begins};
    return !self->cells.failed;
}

static int by_group(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->group != y->group ? (x->group < y->group ? -1 : 1)
                                : (x->begin > y->begin) - (x->begin < y->begin);
}

/* Writes the rows at hand, group by group, as a block. */
static enum crunch_code put(struct collector *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    struct crunch_bytes *block = &self->block;
    block->len = 0;
    if (self->n > 0)
        qsort(self->row, self->n, sizeof *self->row, by_group);
    for (size_t i = 0, stop; i < self->n; i = stop) {
        const struct crunch_hash_entry *entry = crunch_hash_at(&self->groups, self->row[i].group);
        size_t bytes = 0;
        for (stop = i; stop < self->n && self->row[stop].group == self->row[i].group; stop++)
            bytes += self->row[stop].len;
        crunch_bytes_add_varint(block, entry->len);
        crunch_bytes_add(block, crunch_hash_key_of(&self->groups, entry), entry->len);
        crunch_bytes_add_varint(block, bytes);
        for (size_t k = i; k < stop; k++)
            crunch_bytes_add(block, self->cells.data + self->row[k].begin, self->row[k].len);
    }
    begin(self);
    if (block->failed)
        return no_memory(error);
    return block->len > 0 ? crunch_log_put(log, stream, block->data, block->len, error) : CRUNCH_OK;
}

static enum crunch_code feed(void *object, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collector *self = object;
    enum crunch_code code = crunch_group_keys_read(&self->keys, rows, error);
    memset(self->next_wide, 0, self->plan->n_columns * sizeof *self->next_wide);
    for (size_t row = 0; row < rows->rows && !code; row++)
        if (!add_row(self, rows, row))
            code = no_memory(error);
    if (!code && self->cells.len >= PIECES_BYTES)
        code = put(self, log, stream, error);
    return code;
}

static enum crunch_code end(void *object, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    return put(object, log, stream, error);
}

const struct crunch_collector crunch_group_ranks_collector = {
    .name = "ranks in groups",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
};

/* ---- after the run ---- */

uint32_t crunch_group_ranks_stream(const struct crunch_plan *plan)
{
    for (size_t i = 0; i < plan->n_collecting; i++)
        if (plan->collecting[i].collector == &crunch_group_ranks_collector)
            return (uint32_t)i;
    return UINT32_MAX;
}

struct moving {
    const struct crunch_logs *logs;
    struct crunch_answers *answers;
    uint32_t stream;
    size_t slots;
};

static enum crunch_code move_block(const struct moving *moving, const struct crunch_block *block,
                                   size_t slot, struct crunch_error *error)
{
    unsigned char *data = malloc(block->bytes + 1);
    if (data == NULL)
        return no_memory(error);
    enum crunch_code code = crunch_logs_load(moving->logs, block, data, error);
    for (const unsigned char *at = data; !code && at < data + block->bytes;) {
        uint64_t key_len, bytes;
        const unsigned char *key = crunch_get_varint(at, &key_len);
        const unsigned char *rows = crunch_get_varint(key + key_len, &bytes);
        code = crunch_answers_add(moving->answers, slot, moving->stream, key, (size_t)key_len, rows,
                                  (size_t)bytes, error);
        at = rows + bytes;
    }
    free(data);
    return code;
}

/* Every slots-th block. */
static enum crunch_code move_some(void *context, size_t slot, struct crunch_error *error)
{
    const struct moving *moving = context;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = slot; i < moving->logs->n_blocks && !code; i += moving->slots)
        if (moving->logs->block[i].stream == moving->stream)
            code = move_block(moving, &moving->logs->block[i], slot, error);
    return code ? code : crunch_answers_end(moving->answers, slot, error);
}

enum crunch_code crunch_group_ranks_make(const struct crunch_plan *plan,
                                         const struct crunch_logs *logs,
                                         struct crunch_answers **out, struct crunch_error *error)
{
    const unsigned threads = crunch_parallel_threads(plan->job);
    struct moving moving = {
        .logs = logs, .stream = crunch_group_ranks_stream(plan), .slots = threads};
    *out = NULL;
    if (moving.stream == UINT32_MAX)
        return CRUNCH_OK;
    enum crunch_code code = crunch_answers_create(crunch_group_seed(plan), threads,
                                                  crunch_group_answer_bytes(plan->job),
                                                  plan->job->tmpdir, &moving.answers, error);
    if (!code)
        code = crunch_parallel_for(threads, threads, move_some, &moving, error);
    if (code)
        crunch_answers_free(moving.answers);
    else
        *out = moving.answers;
    return code;
}

/* ---- the cells of a group ---- */

struct cell {
    enum tag tag;
    int64_t rank; /* of a double; of a column of integers at one scale the integer; else the key of
 the digits, moved to where it has a sign */
    struct crunch_digits digits; /* of a decimal */
    char room[24];               /* for those of a narrow one */
};

struct rows {
    size_t k, n, room;
    struct cell *cell; /* k a row; digits of narrow ones are set once all are read */
    bool *by_rank;     /* k: the numbers of the column are compared by rank alone; owned */
};

static const unsigned char *read_cell(const unsigned char *at, struct cell *cell)
{
    struct crunch_wide wide = {0};
    cell->tag = (enum tag) * at++;
    if (cell->tag == NARROW) {
        cell->room[0] = (char)*at++;
        memcpy(&cell->rank, at, sizeof cell->rank);
        return at + sizeof cell->rank;
    }
    if (cell->tag == DOUBLE) {
        memcpy(&cell->rank, at, sizeof cell->rank);
        return at + sizeof cell->rank;
    }
    if (cell->tag != WIDE)
        return at;
    wide.negative = *at++ != 0;
    memcpy(&wide.exponent, at, sizeof wide.exponent);
    memcpy(&wide.n_digits, at + sizeof wide.exponent, sizeof wide.n_digits);
    at += sizeof wide.exponent + sizeof wide.n_digits;
    wide.digits = (const char *)at;
    cell->digits = crunch_digits_of_wide(&wide);
    return at + wide.n_digits;
}

static bool read_rows(struct rows *rows, const struct crunch_answer *answer)
{
    const unsigned char *at = answer->data, *stop = at + answer->bytes;
    while (at < stop) {
        if (rows->n == rows->room) {
            const size_t room = rows->room + rows->room / 2 + 64;
            struct cell *grown = realloc(rows->cell, room * rows->k * sizeof *grown);
            if (grown == NULL)
                return false;
            rows->cell = grown;
            rows->room = room;
        }
        for (size_t i = 0; i < rows->k; i++)
            at = read_cell(at, &rows->cell[rows->n * rows->k + i]);
        rows->n++;
    }
    return true;
}

/* Gives the numbers of column c ranks, integers at the largest scale there is, if they all have
 * one.
 */
static bool set_ranks(struct rows *rows, size_t c)
{
    static const int64_t powers[] = {1,      10,      100,      1000,      10000,
                                     100000, 1000000, 10000000, 100000000, 1000000000};
    unsigned most = 0;
    for (size_t i = c; i < rows->n * rows->k; i += rows->k) {
        const struct cell *cell = &rows->cell[i];
        if (cell->tag == WIDE)
            return false;
        if (cell->tag == NARROW && (unsigned char)cell->room[0] > most)
            most = (unsigned char)cell->room[0];
    }
    for (size_t i = c; i < rows->n * rows->k; i += rows->k) {
        const unsigned up = most - (unsigned char)rows->cell[i].room[0];
        int64_t product;
        if (rows->cell[i].tag == NARROW &&
            (up >= sizeof powers / sizeof *powers ||
             __builtin_mul_overflow(rows->cell[i].rank, powers[up], &product)))
            return false;
    }
    for (size_t i = c; i < rows->n * rows->k; i += rows->k)
        if (rows->cell[i].tag == NARROW)
            rows->cell[i].rank *= powers[most - (unsigned char)rows->cell[i].room[0]];
    return true;
}

/* Makes the cells ready to be compared; they stay where they are from now on. */
static bool set_order(struct rows *rows)
{
    rows->by_rank = calloc(rows->k, sizeof *rows->by_rank);
    for (size_t c = 0; c < rows->k && rows->by_rank; c++) {
        rows->by_rank[c] = set_ranks(rows, c);
        for (size_t i = c; i < rows->n * rows->k && !rows->by_rank[c]; i += rows->k) {
            struct cell *cell = &rows->cell[i];
            if (cell->tag == NARROW)
                cell->digits =
                    crunch_digits_of_narrow(cell->rank, (unsigned char)cell->room[0], cell->room);
            if (cell->tag == NARROW || cell->tag == WIDE)
                cell->rank = (int64_t)(crunch_digits_key(&cell->digits) ^ UINT64_C(1) << 63);
        }
    }
    return rows->by_rank != NULL;
}

/* ---- ranks of a pair ---- */

struct placed {
    int class; /* -1, 0, 1: -inf, a number, inf */
    int64_t rank;
    const struct crunch_digits *digits; /* for equal ranks; NULL: ranks say all */
    size_t row;                         /* among those of the pair */
};

struct pair {
    size_t n;
    struct placed *placed; /* room for all rows */
    uint64_t *rank[2];     /* doubled */
};

static int by_value(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->class != y->class || x->class != 0)
        return x->class - y->class;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->digits ? crunch_digits_compare(x->digits, y->digits) : 0;
}

static void rank(struct pair *pair, int side)
{
    struct placed *placed = pair->placed;
    if (pair->n > 0)
        qsort(placed, pair->n, sizeof *placed, by_value);
    for (size_t first = 0, stop; first < pair->n; first = stop) {
        for (stop = first + 1; stop < pair->n; stop++)
            if (by_value(&placed[first], &placed[stop]) != 0)
                break;
        for (size_t i = first; i < stop; i++) /* ranks first + 1 ... stop */
            pair->rank[side][placed[i].row] = (uint64_t)first + 1 + stop;
    }
}

/* Takes the cells of a column in the rows that have both; returns how many rows have a nan. */
static uint64_t take(struct pair *pair, const struct rows *rows, const size_t column[2], int side)
{
    uint64_t nan = 0;
    pair->n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct cell *cell = &rows->cell[i * rows->k];
        const enum tag x = cell[column[0]].tag, y = cell[column[1]].tag;
        if (x == MISSING || y == MISSING)
            continue;
        if (x == NOT_A_NUMBER || y == NOT_A_NUMBER) {
            nan++;
            continue;
        }
        const struct cell *own = &cell[column[side]];
        pair->placed[pair->n] = (struct placed){
            .class = (own->tag == PLUS_INF) - (own->tag == MINUS_INF),
            .rank = own->rank,
            .digits = rows->by_rank[column[side]] ? NULL : &own->digits,
            .row = pair->n,
        };
        pair->n++;
    }
    return nan;
}

/* *out += sum of a[i] * b[i]; b NULL: of a[i]. Doubled ranks are below 2^34, rows below 2^33. */
static void add_sum(struct crunch_scaled *out, const uint64_t *a, const uint64_t *b, size_t n)
{
    unsigned __int128 total = 0;
    for (size_t i = 0; i < n; i++)
        total += (unsigned __int128)a[i] * (b ? b[i] : 1);
    crunch_mpz_add_u128(out->mantissa, total);
}

static void fill_joint(struct crunch_joint *joint, struct pair *pair, const struct rows *rows,
                       const size_t column[2])
{
    for (int side = 0; side < 2; side++) {
        joint->nan = take(pair, rows, column, side);
        rank(pair, side);
    }
    joint->rows = pair->n;
    for (size_t j = 0; j < 2; j++) {
        add_sum(&joint->sum[j], pair->rank[j], NULL, pair->n);
        for (size_t i = 0; i <= j; i++)
            add_sum(&joint->product[crunch_joint_at(i, j)], pair->rank[i], pair->rank[j], pair->n);
    }
}

/* ---- a group ---- */

struct ranked {
    size_t n;
    struct crunch_joint *joint; /* n */
};

static void destroy_ranked(void *object)
{
    struct ranked *ranked = object;
    for (size_t i = 0; ranked && ranked->joint && i < ranked->n; i++)
        crunch_joint_clear(&ranked->joint[i]);
    if (ranked)
        free(ranked->joint);
    free(ranked);
}

static bool fill_ranked(struct ranked *ranked, const struct rows *rows)
{
    static const enum crunch_arith arith[2] = {CRUNCH_ARITH_DECIMAL, CRUNCH_ARITH_DECIMAL};
    struct pair pair = {.placed = malloc((rows->n + 1) * sizeof *pair.placed)};
    for (int side = 0; side < 2; side++)
        pair.rank[side] = malloc((rows->n + 1) * sizeof *pair.rank[side]);
    bool good = pair.placed && pair.rank[0] && pair.rank[1];
    for (size_t i = 0; i < rows->k && good; i++)
        for (size_t j = i + 1; j < rows->k && good; j++) {
            struct crunch_joint *joint = &ranked->joint[crunch_pair_set(i, j, rows->k)];
            good = !crunch_joint_init(joint, 2, arith, true);
            if (good)
                fill_joint(joint, &pair, rows, (const size_t[2]){i, j});
        }
    free(pair.placed);
    free(pair.rank[0]);
    free(pair.rank[1]);
    return good;
}

static struct ranked *make_ranked(const struct crunch_plan *plan, const struct crunch_group *group,
                                  uint32_t stream)
{
    struct rows rows = {.k = plan->n_columns};
    struct crunch_answer answer;
    struct ranked *ranked = calloc(1, sizeof *ranked);
    bool good = ranked != NULL;
    for (bool more = good && crunch_group_answer(group, stream, &answer); more && good;
         more = crunch_answers_next(answer.from, &answer))
        good = read_rows(&rows, &answer);
    good = good && set_order(&rows);
    if (good) {
        ranked->n = rows.k * (rows.k - 1) / 2;
        ranked->joint = calloc(ranked->n, sizeof *ranked->joint);
        good = ranked->joint && fill_ranked(ranked, &rows);
    }
    free(rows.by_rank);
    free(rows.cell);
    if (good)
        return ranked;
    destroy_ranked(ranked);
    return NULL;
}

const struct crunch_joint *crunch_group_ranks_of(const struct crunch_plan *plan,
                                                 const struct crunch_group *group)
{
    const uint32_t stream = crunch_group_ranks_stream(plan);
    struct ranked *ranked = crunch_group_kept(group, stream);
    if (ranked)
        return ranked->joint;
    ranked = make_ranked(plan, group, stream);
    if (ranked == NULL || !crunch_group_keep(group, stream, ranked, destroy_ranked))
        return NULL;
    return ranked->joint;
}
