/*
 * The collector of a pass: classifies cells against the intervals, a run of one scale at a time by
 * the vector kernel, and writes the values inside them into the log.
 *
 * A chunk's blocks are values, in any order, and one last block that says what the others are and
 * holds the counts and sums: so the counts of a whole run are read without the values.
 */
#include "core/kernels.h"
#include "core/order_pass.h"
#include "core/reducer.h"
#include "io/temp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Values of an interval that are written together: 24 KiB and the room that a kernel needs. */
#define BUFFER_VALUES 3072
#define BUFFER_ROOM (BUFFER_VALUES + CRUNCH_BATCH_ROWS + 8)
#define WIDE_BYTES ((size_t)64 << 10)

struct taken {
    uint64_t below, inside;
    int64_t *value; /* room for BUFFER_ROOM, made when the first comes */
    size_t n;
    uint8_t scale;
    char *wide; /* wide values in a row */
    size_t wide_len, wide_size, n_wide;
    void *sum; /* state of the sum reducer, or NULL */
};

struct column {
    uint64_t count;
    struct taken *taken; /* per interval */
};

struct collector {
    const struct crunch_order_pass *pass;
    struct column *column;
    struct crunch_kept_entry *entry;
    size_t n_entries, entries_size;
    _Alignas(64) int64_t room[2][CRUNCH_BATCH_ROWS + 8];
    uint8_t scale[CRUNCH_BATCH_ROWS];
};

/* Where blocks go. */
struct out {
    struct crunch_log *log;
    uint32_t stream;
    struct crunch_error *error;
};

static enum crunch_code no_memory(const struct out *out)
{
    return crunch_fail(out->error, CRUNCH_NO_MEMORY, "out of memory for values in order");
}

/* ---- writing ---- */

static enum crunch_code put(struct collector *self, const struct crunch_kept_entry *entry,
                            const void *data, size_t bytes, const struct out *out)
{
    if (self->n_entries == self->entries_size) {
        size_t size = self->entries_size * 2 + 64;
        struct crunch_kept_entry *grown = realloc(self->entry, size * sizeof *grown);
        if (grown == NULL)
            return no_memory(out);
        self->entry = grown;
        self->entries_size = size;
    }
    self->entry[self->n_entries++] = *entry;
    return crunch_log_put(out->log, out->stream, data, bytes, out->error);
}

static enum crunch_code put_narrow(struct collector *self, size_t column, size_t interval,
                                   const struct out *out)
{
    struct taken *taken = &self->column[column].taken[interval];
    struct crunch_kept_entry entry = {taken->n, (uint32_t)column, (uint32_t)interval,
                                      CRUNCH_KEPT_NARROW, taken->scale};
    size_t bytes = taken->n * sizeof *taken->value;
    if (taken->n == 0)
        return CRUNCH_OK;
    taken->n = 0;
    return put(self, &entry, taken->value, bytes, out);
}

static enum crunch_code put_wide(struct collector *self, size_t column, size_t interval,
                                 const struct out *out)
{
    struct taken *taken = &self->column[column].taken[interval];
    struct crunch_kept_entry entry = {taken->n_wide, (uint32_t)column, (uint32_t)interval,
                                      CRUNCH_KEPT_WIDE, 0};
    size_t bytes = taken->wide_len;
    if (taken->n_wide == 0)
        return CRUNCH_OK;
    taken->n_wide = taken->wide_len = 0;
    return put(self, &entry, taken->wide, bytes, out);
}

/* ---- taking values ---- */

static void add_to_sum(struct taken *taken, enum crunch_arith arith, int64_t *value, size_t n,
                       uint8_t scale)
{
    double binary[CRUNCH_BATCH_ROWS];
    struct crunch_cells cells = {.mantissa = value,
                                 .binary = binary,
                                 .all_numbers = true,
                                 .one_scale = true,
                                 .common_scale = scale,
                                 .n_numbers = n};
    for (size_t i = 0; i < n && arith == CRUNCH_ARITH_BINARY; i++)
        binary[i] = crunch_double_of_rank(value[i]);
    crunch_reducers[CRUNCH_SUM]->feed(taken->sum, arith, &cells, n);
}

/* n <= CRUNCH_BATCH_ROWS values of one scale (or ranks of doubles). */
static enum crunch_code take_run(struct collector *self, size_t c, size_t i, const int64_t *value,
                                 size_t n, uint8_t scale, const struct out *out)
{
    const struct crunch_pass_column *column = &self->pass->column[c];
    const struct crunch_interval *interval = &column->interval[i];
    struct taken *taken = &self->column[c].taken[i];
    int64_t *to = self->room[1];
    enum crunch_code code = CRUNCH_OK;
    if (interval->keep) {
        if (taken->value == NULL)
            taken->value = aligned_alloc(64, BUFFER_ROOM * sizeof *taken->value);
        if (taken->value == NULL)
            return no_memory(out);
        if (taken->n > BUFFER_VALUES || taken->scale != scale)
            code = put_narrow(self, c, i, out);
        taken->scale = scale;
        to = taken->value + taken->n;
    }
    size_t inside = crunch_sum_kernels->pick(value, n, interval->first[scale],
                                             interval->last[scale], to, &taken->below);
    taken->inside += inside;
    if (interval->sum && inside > 0)
        add_to_sum(taken, column->arith, to, inside, scale);
    if (interval->keep)
        taken->n += inside;
    return code;
}

static enum crunch_code take_all(struct collector *self, size_t c, const int64_t *value, size_t n,
                                 uint8_t scale, const struct out *out)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < self->pass->column[c].n && !code; i++)
        code = take_run(self, c, i, value, n, scale, out);
    return code;
}

/* Layout of a kept wide value: exponent, number of digits, sign, digits. */
#define WIDE_HEAD (sizeof(int32_t) + sizeof(uint32_t) + 1)

static enum crunch_code keep_wide(struct taken *taken, const struct crunch_wide *wide,
                                  const struct out *out)
{
    size_t need = taken->wide_len + WIDE_HEAD + wide->n_digits;
    if (need > taken->wide_size) {
        size_t size = need + WIDE_BYTES;
        char *grown = realloc(taken->wide, size);
        if (grown == NULL)
            return no_memory(out);
        taken->wide = grown;
        taken->wide_size = size;
    }
    char *at = taken->wide + taken->wide_len;
    memcpy(at, &wide->exponent, sizeof wide->exponent);
    memcpy(at + sizeof(int32_t), &wide->n_digits, sizeof wide->n_digits);
    at[WIDE_HEAD - 1] = (char)wide->negative;
    memcpy(at + WIDE_HEAD, wide->digits, wide->n_digits);
    taken->wide_len = need;
    taken->n_wide++;
    return CRUNCH_OK;
}

void crunch_kept_wide(const char **at, struct crunch_wide *wide)
{
    memcpy(&wide->exponent, *at, sizeof wide->exponent);
    memcpy(&wide->n_digits, *at + sizeof(int32_t), sizeof wide->n_digits);
    wide->negative = (*at)[WIDE_HEAD - 1] != 0;
    wide->digits = *at + WIDE_HEAD;
    wide->row = 0;
    *at += WIDE_HEAD + wide->n_digits;
}

static void add_wide_to_sum(struct taken *taken, const struct crunch_wide *wide)
{
    struct crunch_wide copy = *wide;
    int64_t none = 0;
    struct crunch_cells cells = {
        .mantissa = &none, .all_numbers = true, .one_scale = true, .wide = &copy, .n_wide = 1};
    crunch_reducers[CRUNCH_SUM]->feed(taken->sum, CRUNCH_ARITH_DECIMAL, &cells, 0);
}

static enum crunch_code take_wide(struct collector *self, size_t c, const struct crunch_wide *wide,
                                  const struct out *out)
{
    const struct crunch_digits digits = crunch_digits_of_wide(wide);
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < self->pass->column[c].n && !code; i++) {
        const struct crunch_interval *interval = &self->pass->column[c].interval[i];
        struct taken *taken = &self->column[c].taken[i];
        int side = crunch_interval_side(interval, &digits);
        taken->below += side < 0;
        taken->inside += side == 0;
        if (side != 0)
            continue;
        if (interval->sum)
            add_wide_to_sum(taken, wide);
        if (interval->keep)
            code = keep_wide(taken, wide, out);
        if (!code && taken->wide_len > WIDE_BYTES)
            code = put_wide(self, c, i, out);
    }
    return code;
}

/* ---- cells ---- */

/* The numbers among the cells: n of them, at *value, and their scales unless they have one. */
static size_t numbers(struct collector *self, const struct crunch_cells *cells, size_t rows,
                      const int64_t **value, const uint8_t **scale)
{
    size_t n = 0;
    *value = cells->mantissa;
    *scale = cells->scale;
    if (cells->all_numbers)
        return rows;
    for (size_t i = 0; i < rows; i++) {
        self->room[0][n] = cells->mantissa[i];
        n += cells->class[i] == CRUNCH_CELL_NUMBER;
    }
    *value = self->room[0];
    if (cells->one_scale)
        return n;
    n = 0;
    for (size_t i = 0; i < rows; i++) {
        self->scale[n] = cells->scale[i];
        n += cells->class[i] == CRUNCH_CELL_NUMBER;
    }
    *scale = self->scale;
    return n;
}

static enum crunch_code feed_binary(struct collector *self, size_t c,
                                    const struct crunch_cells *cells, size_t rows,
                                    const struct out *out)
{
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        self->room[0][n] = crunch_double_rank(cells->binary[i]);
        n += cells->all_numbers || cells->class[i] == CRUNCH_CELL_NUMBER;
    }
    self->column[c].count += n;
    return take_all(self, c, self->room[0], n, 0, out);
}

/* Values of several scales that cannot be brought to one: scale by scale. */
static enum crunch_code feed_scales(struct collector *self, size_t c, const int64_t *value,
                                    const uint8_t *scale, size_t n, const struct out *out)
{
    int64_t same[CRUNCH_BATCH_ROWS];
    uint64_t seen = 0;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < n; i++)
        seen |= UINT64_C(1) << scale[i];
    for (uint8_t s = 0; s <= CRUNCH_SCALE_MAX && !code; s++) {
        size_t k = 0;
        if (!(seen >> s & 1))
            continue;
        for (size_t i = 0; i < n; i++) {
            same[k] = value[i];
            k += scale[i] == s;
        }
        code = take_all(self, c, same, k, s, out);
    }
    return code;
}

static enum crunch_code feed_decimal(struct collector *self, size_t c,
                                     const struct crunch_cells *cells, size_t rows,
                                     const struct out *out)
{
    const int64_t *value;
    const uint8_t *scale;
    size_t n = numbers(self, cells, rows, &value, &scale);
    enum crunch_code code = CRUNCH_OK;
    self->column[c].count += n + cells->n_wide;
    if (n > 0 && cells->one_scale) {
        code = take_all(self, c, value, n, cells->common_scale, out);
    } else if (n > 0) {
        int common = crunch_sum_kernels->align(value, scale, n, self->room[1]);
        if (common >= 0) {
            memcpy(self->room[0], self->room[1], n * sizeof *value); /* [1] is take_run's */
            code = take_all(self, c, self->room[0], n, (uint8_t)common, out);
        } else {
            code = feed_scales(self, c, value, scale, n, out);
        }
    }
    for (size_t i = 0; i < cells->n_wide && !code; i++)
        code = take_wide(self, c, &cells->wide[i], out);
    return code;
}

static enum crunch_code feed_column(struct collector *self, size_t c,
                                    const struct crunch_cells *cells, size_t rows,
                                    const struct out *out)
{
    return self->pass->column[c].arith == CRUNCH_ARITH_BINARY
               ? feed_binary(self, c, cells, rows, out)
               : feed_decimal(self, c, cells, rows, out);
}

/* ---- the last block ---- */

/* Bytes being put together. */
struct bytes {
    char *data;
    size_t len, size;
    bool failed;
};

static void append(struct bytes *bytes, const void *data, size_t len)
{
    if (bytes->len + len > bytes->size) {
        size_t size = bytes->len * 2 + len + 256;
        char *grown = bytes->failed ? NULL : realloc(bytes->data, size);
        if (grown == NULL) {
            bytes->failed = true;
            return;
        }
        bytes->data = grown;
        bytes->size = size;
    }
    if (len > 0)
        memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
}

static void append_sum(struct bytes *bytes, const struct taken *taken, enum crunch_arith arith)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, arith, CRUNCH_BIT(CRUNCH_SUM));
    crunch_reducers[CRUNCH_SUM]->extract(taken->sum, arith, &exact);
    const struct crunch_scaled *sum = &exact.sum[CRUNCH_SUM];
    int64_t head[2] = {sum->exponent, mpz_sgn(sum->mantissa)};
    size_t words = mpz_size(sum->mantissa);
    append(bytes, head, sizeof head);
    append(bytes, &words, sizeof words);
    append(bytes, mpz_limbs_read(sum->mantissa), words * sizeof(mp_limb_t));
    crunch_exact_clear(&exact);
}

static enum crunch_code put_last(struct collector *self, const struct out *out)
{
    struct bytes bytes = {0};
    append(&bytes, &self->n_entries, sizeof self->n_entries);
    append(&bytes, self->entry, self->n_entries * sizeof *self->entry);
    for (size_t c = 0; c < self->pass->n; c++) {
        const struct crunch_pass_column *column = &self->pass->column[c];
        append(&bytes, &self->column[c].count, sizeof self->column[c].count);
        for (size_t i = 0; i < column->n; i++) {
            const struct taken *taken = &self->column[c].taken[i];
            append(&bytes, &taken->below, sizeof taken->below);
            append(&bytes, &taken->inside, sizeof taken->inside);
            if (column->interval[i].sum)
                append_sum(&bytes, taken, column->arith);
        }
    }
    enum crunch_code code =
        bytes.failed ? no_memory(out)
                     : crunch_log_put(out->log, out->stream, bytes.data, bytes.len, out->error);
    free(bytes.data);
    return code;
}

/* ---- the collector ---- */

static void destroy(void *object)
{
    struct collector *self = object;
    if (self == NULL)
        return;
    for (size_t c = 0; self->column && c < self->pass->n; c++) {
        for (size_t i = 0; self->column[c].taken && i < self->pass->column[c].n; i++) {
            free(self->column[c].taken[i].value);
            free(self->column[c].taken[i].wide);
            free(self->column[c].taken[i].sum);
        }
        free(self->column[c].taken);
    }
    free(self->column);
    free(self->entry);
    free(self);
}

static bool make_column(struct column *column, const struct crunch_pass_column *asked)
{
    column->taken = calloc(asked->n + 1, sizeof *column->taken);
    for (size_t i = 0; column->taken && i < asked->n; i++) {
        size_t size = crunch_reducers[CRUNCH_SUM]->size(asked->arith);
        if (!asked->interval[i].sum)
            continue;
        column->taken[i].sum = aligned_alloc(64, size);
        if (column->taken[i].sum == NULL)
            return false;
        memset(column->taken[i].sum, 0, size);
    }
    return column->taken != NULL;
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **out,
                               struct crunch_error *error)
{
    const struct crunch_order_pass *pass = config;
    struct collector *self = aligned_alloc(64, sizeof *self);
    (void)plan;
    *out = self;
    if (self == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    memset(self, 0, sizeof *self);
    self->pass = pass;
    self->column = calloc(pass->n + 1, sizeof *self->column);
    bool good = self->column != NULL;
    for (size_t c = 0; c < pass->n && good; c++)
        good = make_column(&self->column[c], &pass->column[c]);
    if (good)
        return CRUNCH_OK;
    destroy(self);
    *out = NULL;
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

static void begin(void *object)
{
    struct collector *self = object;
    self->n_entries = 0;
    for (size_t c = 0; c < self->pass->n; c++) {
        self->column[c].count = 0;
        for (size_t i = 0; i < self->pass->column[c].n; i++) {
            struct taken *taken = &self->column[c].taken[i];
            taken->below = taken->inside = 0;
            taken->n = taken->n_wide = taken->wide_len = 0;
            if (taken->sum)
                crunch_reducers[CRUNCH_SUM]->reset(taken->sum, self->pass->column[c].arith);
        }
    }
}

static enum crunch_code feed(void *object, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collector *self = object;
    const struct out out = {log, stream, error};
    enum crunch_code code = CRUNCH_OK;
    for (size_t c = 0; c < self->pass->n && !code; c++)
        code = feed_column(self, c, &rows->columns[self->pass->column[c].slot], rows->rows, &out);
    return code;
}

static enum crunch_code end(void *object, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    struct collector *self = object;
    const struct out out = {log, stream, error};
    enum crunch_code code = CRUNCH_OK;
    for (size_t c = 0; c < self->pass->n; c++) {
        for (size_t i = 0; i < self->pass->column[c].n && !code; i++) {
            code = put_narrow(self, c, i, &out);
            if (!code)
                code = put_wide(self, c, i, &out);
        }
    }
    return code ? code : put_last(self, &out);
}

const struct crunch_collector crunch_order_collector = {
    .name = "order",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
};

void crunch_order_pass_free(struct crunch_order_pass *pass)
{
    for (size_t c = 0; c < pass->n; c++) {
        for (size_t i = 0; i < pass->column[c].n; i++)
            crunch_interval_clear(&pass->column[c].interval[i]);
        free(pass->column[c].interval);
    }
    free(pass->column);
    *pass = (struct crunch_order_pass){0};
}

/* ---- over what was kept ---- */

/* Feeds a block's values to every column of the pass. */
static enum crunch_code feed_kept(struct collector *self, const struct crunch_kept *kept,
                                  const char *data, const struct out *out)
{
    enum crunch_code code = CRUNCH_OK;
    for (uint64_t done = 0; done < kept->n && !code;) {
        uint64_t n = kept->n - done < CRUNCH_BATCH_ROWS ? kept->n - done : CRUNCH_BATCH_ROWS;
        struct crunch_wide wide = {0};
        if (kept->kind == CRUNCH_KEPT_WIDE) {
            n = 1;
            crunch_kept_wide(&data, &wide);
        }
        for (size_t c = 0; c < self->pass->n && !code; c++) {
            self->column[c].count += n;
            code = kept->kind == CRUNCH_KEPT_WIDE
                       ? take_wide(self, c, &wide, out)
                       : take_all(self, c, (const int64_t *)(const void *)data + done, n,
                                  kept->scale, out);
        }
        done += n;
    }
    return code;
}

static enum crunch_code feed_blocks(struct collector *self, const struct crunch_logs *from,
                                    const struct crunch_found *found, const struct out *out)
{
    enum crunch_code code = CRUNCH_OK;
    char *data = NULL;
    size_t size = 0;
    for (size_t b = 0; b < found->n_kept && !code; b++) {
        const struct crunch_kept *kept = &found->kept[b];
        if (kept->block->bytes > size) {
            free(data);
            size = kept->block->bytes;
            data = aligned_alloc(64, (size + 63) / 64 * 64);
            if (data == NULL)
                return no_memory(out);
        }
        code = crunch_logs_load(from, kept->block, data, out->error);
        if (!code)
            code = feed_kept(self, kept, data, out);
    }
    free(data);
    return code;
}

/* Makes the one segment of a new log: everything that was kept, as one chunk. */
static enum crunch_code write_log(struct collector *self, const struct crunch_logs *from,
                                  const struct crunch_found *kept, int fd, uint64_t *bytes,
                                  struct crunch_error *error)
{
    const struct crunch_prefix prefix = {0};
    struct crunch_log *log = crunch_log_create(fd);
    const struct out out = {log, 0, error};
    if (log == NULL)
        return no_memory(&out);
    crunch_log_begin(log, 0);
    begin(self);
    enum crunch_code code = feed_blocks(self, from, kept, &out);
    if (!code)
        code = end(self, log, 0, error);
    if (!code)
        code = crunch_log_end(log, 0, bytes, error);
    if (!code)
        code = crunch_log_commit(fd, 0, &prefix, 0, error);
    crunch_log_free(log);
    return code;
}

enum crunch_code crunch_order_pass_again(const struct crunch_order_pass *pass,
                                         const struct crunch_logs *from,
                                         const struct crunch_found *kept, const char *tmpdir,
                                         struct crunch_logs *logs, struct crunch_error *error)
{
    void *self = NULL;
    uint64_t bytes = 0;
    int *fd = malloc(sizeof *fd);
    *logs = (struct crunch_logs){0};
    if (fd == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    enum crunch_code code = crunch_temp_open(tmpdir, fd, error);
    if (code) {
        free(fd);
        return code;
    }
    code = create(NULL, pass, &self, error);
    if (!code)
        code = write_log(self, from, kept, *fd, &bytes, error);
    destroy(self);
    if (!code)
        return crunch_logs_open(logs, fd, &bytes, 1, error);
    close(*fd);
    free(fd);
    return code;
}
