/*
 * Conversion. A worker's object is a buffer of rows as they will be written, whole ones; it goes to
 * the log when it is large and when the chunk ends, and the coordinating thread writes the blocks.
 */
#include "core/convert.h"

#include "core/bytes.h"
#include "core/number_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define BLOCK_BYTES ((size_t)256 << 10)

struct converter {
    const struct crunch_plan *plan;
    const struct crunch_conversion *use;
    struct crunch_bytes bytes;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    struct converter *c = calloc(1, sizeof *c);
    if (c == NULL)
        return no_memory(error);
    c->plan = plan;
    c->use = config;
    *self = c;
    return CRUNCH_OK;
}

static void destroy(void *self)
{
    struct converter *c = self;
    if (c == NULL)
        return;
    crunch_bytes_free(&c->bytes);
    free(c);
}

static void begin(void *self)
{
    ((struct converter *)self)->bytes.len = 0;
}

static enum crunch_code put(struct converter *c, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    if (c->bytes.failed)
        return no_memory(error);
    if (c->bytes.len > 0)
        code = crunch_log_put_as_is(log, stream, c->bytes.data, c->bytes.len, error);
    c->bytes.len = 0;
    return code;
}

static enum crunch_class class_of(const struct crunch_cells *cells, size_t row)
{
    return cells->all_numbers ? CRUNCH_CELL_NUMBER : (enum crunch_class)cells->class[row];
}

/* ---- numbers ---- */

static void put_bits(unsigned char *to, uint64_t bits, const struct crunch_number_type *type)
{
    for (unsigned i = 0; i < type->bytes; i++)
        to[type->big_endian ? type->bytes - 1u - i : i] = (unsigned char)(bits >> 8 * i);
}

static double double_of(const struct crunch_cells *cells, size_t row)
{
    switch (class_of(cells, row)) {
    case CRUNCH_CELL_NUMBER:
        return cells->binary[row];
    case CRUNCH_CELL_PLUS_INF:
        return (double)INFINITY;
    case CRUNCH_CELL_MINUS_INF:
        return -(double)INFINITY;
    default:
        return (double)NAN;
    }
}

/* False: the cell is no integer, or none of the type. */
static bool integer_of(const struct crunch_cells *cells, size_t row,
                       const struct crunch_number_type *type, int64_t *value)
{
    const unsigned bits = 8u * type->bytes;
    unsigned scale = cells->one_scale ? cells->common_scale : cells->scale[row];
    int64_t m = cells->mantissa[row];
    if (class_of(cells, row) != CRUNCH_CELL_NUMBER)
        return false;
    for (; scale > 0 && m != 0; scale--) {
        if (m % 10 != 0)
            return false;
        m /= 10;
    }
    *value = m; /* below 10^18 in magnitude, so 64 bits always do */
    if (type->kind == 'u')
        return m >= 0 && (bits == 64 || (uint64_t)m >> bits == 0);
    return bits == 64 || (m >= -((int64_t)1 << (bits - 1)) && m < (int64_t)1 << (bits - 1));
}

static enum crunch_code refuse(const struct converter *c, size_t i, const struct crunch_batch *rows,
                               size_t row, struct crunch_error *error)
{
    const struct crunch_cells *cells = &rows->columns[c->plan->slot[i]];
    const struct crunch_column *column = &c->plan->table->columns[c->plan->column[i]];
    char type[CRUNCH_TYPE_TEXT], name[80], text[CRUNCH_NUMBER_TEXT] = "what is there";
    crunch_type_text(&c->use->to, type);
    crunch_quote_text(name, sizeof name, column->name, column->name_len);
    if (class_of(cells, row) == CRUNCH_CELL_NUMBER)
        text[crunch_number_text_narrow(text, cells->mantissa[row],
                                       cells->one_scale ? cells->common_scale
                                                        : cells->scale[row])] = '\0';
    else if (class_of(cells, row) == CRUNCH_CELL_MISSING)
        snprintf(text, sizeof text, "a missing cell");
    crunch_fail(error, CRUNCH_BAD_DATA, "column %zu%s%s%s: %s is no %s", c->plan->column[i] + 1,
                *name ? " (" : "", name, *name ? ")" : "", text, type);
    crunch_hint(error, "--to f64 takes every number, and NaN for a missing one");
    if (error)
        error->record = rows->record ? rows->record[row] : 0; /* of the chunk, as the scanner's */
    return CRUNCH_BAD_DATA;
}

static enum crunch_code add_numbers(struct converter *c, const struct crunch_batch *rows,
                                    struct crunch_error *error)
{
    const struct crunch_number_type *type = &c->use->to;
    const size_t n = c->plan->n_columns, bytes = rows->rows * n * type->bytes;
    unsigned char *to = crunch_bytes_reserve(&c->bytes, bytes);
    if (to == NULL)
        return no_memory(error);
    for (size_t row = 0; row < rows->rows; row++)
        for (size_t i = 0; i < n; i++, to += type->bytes) {
            const struct crunch_cells *cells = &rows->columns[c->plan->slot[i]];
            uint64_t bits;
            int64_t value;
            if (type->kind == 'f') {
                double x = double_of(cells, row);
                memcpy(&bits, &x, sizeof bits);
            } else {
                if (!integer_of(cells, row, type, &value))
                    return refuse(c, i, rows, row, error);
                bits = (uint64_t)value;
            }
            put_bits(to, bits, type);
        }
    c->bytes.len += bytes;
    return CRUNCH_OK;
}

/* ---- text ---- */

/* The texts are those of numbers: nothing in them is to be quoted. */
static enum crunch_code add_texts(struct converter *c, const struct crunch_batch *rows,
                                  struct crunch_error *error)
{
    const size_t n = c->plan->n_columns;
    for (size_t row = 0; row < rows->rows; row++)
        for (size_t i = 0; i < n; i++) {
            const struct crunch_cells *cells = &rows->columns[c->plan->slot[i]];
            crunch_bytes_add(&c->bytes, cells->text[row], cells->text_len[row]);
            crunch_bytes_add(&c->bytes, i + 1 < n ? "," : "\n", 1);
        }
    return c->bytes.failed ? no_memory(error) : CRUNCH_OK;
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct converter *c = self;
    enum crunch_code code =
        c->use->to.kind ? add_numbers(c, rows, error) : add_texts(c, rows, error);
    if (!code && c->bytes.len >= BLOCK_BYTES)
        code = put(c, log, stream, error);
    return code;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    return put(self, log, stream, error);
}

static enum crunch_code emit(const struct crunch_plan *plan, const void *config, const void *data,
                             size_t bytes, struct crunch_error *error)
{
    struct crunch_conversion *use = (struct crunch_conversion *)(uintptr_t)config;
    if (fwrite(data, 1, bytes, use->out) != bytes) {
        crunch_fail_errno(error, CRUNCH_IO, errno, "cannot write");
        if (error)
            error->file = use->out_name;
        return CRUNCH_IO;
    }
    if (use->to.kind)
        use->rows += bytes / (plan->n_columns * use->to.bytes);
    return CRUNCH_OK;
}

const struct crunch_collector crunch_converter = {
    .name = "convert",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
    .emit = emit,
};
