/*
 * Sampling: pieces of the file through a scanner of its own, or every so many of the values kept in
 * a log. Values are first noted as they come, and in the end brought to one scale; where that
 * cannot be, to the ranks of doubles near them.
 */
#include "core/order_sample.h"

#include "core/stage.h"
#include "core/value.h"

#include <stdlib.h>

/* Pieces of a file, and their size: 170,000 values of 12 bytes, 2 ms to read. */
#define PIECES 512
#define PIECE_BYTES ((uint64_t)4096)

/* Values are in these limits so that a deviation from the median, doubled and in the next scale,
 * fits into 64 bits: 2 * 2 * 10 * 2^57 < 2^63. */
#define VALUE_LIMIT (INT64_C(1) << 57)

/* A value as it came. */
struct noted {
    int64_t m; /* narrow, or the rank of a double */
    double near;
    uint32_t piece;
    uint8_t scale;
    bool wide;
};

struct notes {
    enum crunch_arith arith;
    struct noted *item;
    size_t n, size;
    bool failed;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for a sample");
}

static void note(struct notes *notes, const struct noted *noted)
{
    if (notes->n == notes->size) {
        size_t size = notes->size * 2 + 4096;
        struct noted *grown = notes->failed ? NULL : realloc(notes->item, size * sizeof *grown);
        if (grown == NULL) {
            notes->failed = true;
            return;
        }
        notes->item = grown;
        notes->size = size;
    }
    notes->item[notes->n++] = *noted;
}

static void note_narrow(struct notes *notes, int64_t m, uint8_t scale, uint32_t piece)
{
    note(notes, &(struct noted){.m = m, .scale = scale, .piece = piece});
}

/* Seventeen digits say enough. */
static void note_wide(struct notes *notes, const struct crunch_wide *wide, uint32_t piece)
{
    char text[48];
    int n = wide->n_digits < 17 ? (int)wide->n_digits : 17;
    snprintf(text, sizeof text, "%s%.*se%ld", wide->negative ? "-" : "", n, wide->digits,
             wide->exponent + (long)wide->n_digits - n);
    note(notes, &(struct noted){.near = strtod(text, NULL), .wide = true, .piece = piece});
}

/* ---- from notes to a sample ---- */

static int64_t power_of_ten(unsigned n)
{
    int64_t p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

/* Brings all to one scale; false: they do not fit. */
static bool to_one_scale(struct crunch_order_sample *sample, const struct notes *notes)
{
    sample->scale = 0;
    for (size_t i = 0; i < notes->n; i++)
        if (notes->item[i].scale > sample->scale)
            sample->scale = notes->item[i].scale;
    for (size_t i = 0; i < notes->n; i++) {
        const struct noted *noted = &notes->item[i];
        unsigned up = (unsigned)(sample->scale - noted->scale);
        int64_t factor = up > 18 ? VALUE_LIMIT : power_of_ten(up);
        int64_t limit = VALUE_LIMIT / factor;
        if (noted->wide || noted->m >= limit || noted->m <= -limit)
            return false;
        sample->value[i] = noted->m * factor;
    }
    return true;
}

static double near_narrow(int64_t m, unsigned scale)
{
    double x = (double)m;
    for (; scale > 18; scale -= 18)
        x /= (double)power_of_ten(18);
    return x / (double)power_of_ten(scale);
}

static enum crunch_code finish(struct crunch_order_sample *sample, struct notes *notes,
                               uint32_t n_pieces, struct crunch_error *error)
{
    *sample = (struct crunch_order_sample){.arith = notes->arith, .n_pieces = n_pieces};
    sample->value = malloc((notes->n + 1) * sizeof *sample->value);
    sample->piece = malloc((notes->n + 1) * sizeof *sample->piece);
    bool good = sample->value && sample->piece && !notes->failed;
    sample->n = good ? notes->n : 0;
    sample->ranks = notes->arith == CRUNCH_ARITH_BINARY;
    for (size_t i = 0; i < sample->n; i++) {
        sample->piece[i] = notes->item[i].piece;
        sample->value[i] = notes->item[i].m;
    }
    if (good && !sample->ranks && !to_one_scale(sample, notes)) {
        sample->ranks = true;
        for (size_t i = 0; i < sample->n; i++) {
            const struct noted *noted = &notes->item[i];
            sample->value[i] =
                crunch_double_rank(noted->wide ? noted->near : near_narrow(noted->m, noted->scale));
        }
    }
    free(notes->item);
    notes->item = NULL;
    return good ? CRUNCH_OK : no_memory(error);
}

void crunch_order_sample_free(struct crunch_order_sample *sample)
{
    free(sample->value);
    free(sample->piece);
    *sample = (struct crunch_order_sample){0};
}

/* ---- a file ---- */

struct reading {
    struct crunch_stage *stage; /* NULL: no --where, no --map */
    struct notes *notes;        /* per slot asked for */
    const size_t *slot;
    size_t n;
    uint32_t piece;
};

static void note_cells(struct notes *notes, const struct crunch_cells *cells, size_t rows,
                       uint32_t piece)
{
    bool binary = notes->arith == CRUNCH_ARITH_BINARY;
    for (size_t i = 0; i < rows; i++) {
        if (!cells->all_numbers && cells->class[i] != CRUNCH_CELL_NUMBER)
            continue;
        if (binary)
            note_narrow(notes, crunch_double_rank(cells->binary[i]), 0, piece);
        else
            note_narrow(notes, cells->mantissa[i],
                        cells->one_scale ? cells->common_scale : cells->scale[i], piece);
    }
    for (size_t i = 0; i < cells->n_wide; i++)
        note_wide(notes, &cells->wide[i], piece);
}

static enum crunch_code pass_over(void *context, const struct crunch_bad *bad,
                                  struct crunch_error *error)
{
    (void)context, (void)bad, (void)error;
    return CRUNCH_OK;
}

static enum crunch_code no_place(void *context, const struct crunch_batch *batch, uint64_t record,
                                 struct crunch_bad *bad, struct crunch_error *error)
{
    (void)context, (void)batch, (void)record, (void)bad, (void)error;
    return CRUNCH_OK;
}

static enum crunch_code on_batch(void *context, const struct crunch_batch *batch,
                                 struct crunch_error *error)
{
    const struct crunch_stage_sink sink = {NULL, pass_over, no_place};
    struct reading *reading = context;
    if (reading->stage && crunch_stage_apply(reading->stage, batch, &sink, &batch, error))
        return CRUNCH_OK;
    for (size_t i = 0; i < reading->n; i++)
        note_cells(&reading->notes[i], &batch->columns[reading->slot[i]], batch->rows,
                   reading->piece);
    return CRUNCH_OK;
}

/* A piece in which something fails is left as it is: the run will say what there is to say. */
static void read_pieces(struct reading *reading, struct crunch_scanner *scanner, uint64_t begin,
                        uint64_t size)
{
    const struct crunch_sink sink = {reading, on_batch, NULL};
    const uint64_t step = (size - begin) / PIECES;
    for (uint32_t i = 0; i < PIECES; i++) {
        struct crunch_range range = {.begin = begin + i * step + (i > 0 ? step / 2 : 0),
                                     .guess = i > 0,
                                     .bad_budget = UINT64_MAX};
        struct crunch_extent extent;
        struct crunch_error unheard;
        range.end = range.begin + PIECE_BYTES;
        if (range.end > size)
            range.end = size;
        reading->piece = i;
        crunch_scan(scanner, &range, &sink, &extent, &unheard);
    }
}

enum crunch_code crunch_order_sample_file(struct crunch_order_sample *sample, const size_t *slot,
                                          size_t n, const struct crunch_plan *plan,
                                          struct crunch_source *source, struct crunch_error *error)
{
    struct notes *notes = calloc(n + 1, sizeof *notes);
    struct reading reading = {.notes = notes, .slot = slot, .n = n};
    struct crunch_source *view = NULL;
    struct crunch_scanner *scanner = NULL;
    enum crunch_code code = notes ? CRUNCH_OK : no_memory(error);
    for (size_t i = 0; i < n && !code; i++)
        notes[i].arith = crunch_layout_arith(&plan->layout, slot[i]);
    if (!code)
        code = crunch_source_view(source, NULL, &view, error);
    if (!code)
        code = crunch_scanner_create(&plan->scan, view, &scanner, error);
    if (!code && plan->exprs)
        code = crunch_stage_create(plan, &reading.stage, error);
    if (!code)
        read_pieces(&reading, scanner, plan->table->data_offset, crunch_source_size(source));
    for (size_t i = 0; i < n && !code; i++)
        code = finish(&sample[i], &notes[i], PIECES, error);
    for (size_t i = 0; i < n && notes; i++)
        free(notes[i].item);
    crunch_stage_free(reading.stage);
    crunch_scanner_free(scanner);
    crunch_source_close(view);
    free(notes);
    return code;
}

/* ---- what was kept ---- */

/* Every step-th of a block's values, from *phase on. */
static void note_kept(struct notes *notes, const struct crunch_kept *kept, const char *data,
                      uint64_t step, uint64_t *phase, uint32_t piece)
{
    const int64_t *value = (const int64_t *)(const void *)data;
    for (uint64_t i = 0; i < kept->n; i++) {
        struct crunch_wide wide = {0};
        if (kept->kind == CRUNCH_KEPT_WIDE)
            crunch_kept_wide(&data, &wide);
        if ((*phase)++ % step != 0)
            continue;
        if (kept->kind == CRUNCH_KEPT_WIDE)
            note_wide(notes, &wide, piece);
        else
            note_narrow(notes, value[i], kept->scale, piece);
    }
}

enum crunch_code crunch_order_sample_kept(struct crunch_order_sample *sample,
                                          enum crunch_arith arith, const struct crunch_logs *logs,
                                          const struct crunch_found *const *found, size_t n_found,
                                          size_t wanted, struct crunch_error *error)
{
    struct notes notes = {.arith = arith};
    enum crunch_code code = CRUNCH_OK;
    uint64_t total = 0, phase = 0;
    uint32_t piece = 0;
    for (size_t f = 0; f < n_found; f++)
        total += found[f]->inside;
    for (size_t f = 0; f < n_found && !code; f++)
        for (size_t i = 0; i < found[f]->n_kept && !code; i++, piece++) {
            const struct crunch_kept *kept = &found[f]->kept[i];
            char *data = malloc(kept->block->bytes + 1);
            code = data ? crunch_logs_load(logs, kept->block, data, error) : no_memory(error);
            if (!code)
                note_kept(&notes, kept, data, total / wanted + 1, &phase, piece);
            free(data);
        }
    if (!code)
        code = finish(sample, &notes, piece, error);
    free(notes.item);
    return code;
}

/* ---- deviations ---- */

/* floor(2 * median * 10^scale); false: not below the limit. */
static bool doubled_at_scale(const struct crunch_scaled *median, uint8_t scale, int64_t *out)
{
    mpq_t exact;
    mpz_t q;
    mpq_init(exact);
    mpz_init(q);
    crunch_scaled_to_mpq(exact, median, CRUNCH_ARITH_DECIMAL);
    mpz_ui_pow_ui(q, 10, scale);
    mpz_mul(mpq_numref(exact), mpq_numref(exact), q);
    mpz_mul_2exp(mpq_numref(exact), mpq_numref(exact), 1);
    mpz_fdiv_q(q, mpq_numref(exact), mpq_denref(exact));
    bool fits = mpz_cmpabs_ui(q, 2 * (unsigned long)VALUE_LIMIT) < 0;
    *out = fits ? mpz_get_si(q) : 0;
    mpz_clear(q);
    mpq_clear(exact);
    return fits;
}

static double near_scaled(const struct crunch_scaled *x, enum crunch_arith arith)
{
    mpq_t exact;
    mpq_init(exact);
    crunch_scaled_to_mpq(exact, x, arith);
    double near = crunch_nearest_double(exact, false);
    mpq_clear(exact);
    return near;
}

enum crunch_code crunch_order_sample_deviations(struct crunch_order_sample *out,
                                                const struct crunch_order_sample *sample,
                                                const struct crunch_scaled *median,
                                                struct crunch_error *error)
{
    int64_t doubled;
    *out = *sample;
    out->value = malloc((sample->n + 1) * sizeof *out->value);
    out->piece = malloc((sample->n + 1) * sizeof *out->piece);
    if (out->value == NULL || out->piece == NULL) {
        crunch_order_sample_free(out);
        return no_memory(error);
    }
    if (sample->n > 0)
        memcpy(out->piece, sample->piece, sample->n * sizeof *out->piece);
    if (!sample->ranks && doubled_at_scale(median, sample->scale, &doubled)) {
        out->scale = (uint8_t)(sample->scale + 1); /* halves have one more digit */
        for (size_t i = 0; i < sample->n; i++) {
            int64_t apart = 2 * sample->value[i] - doubled;
            out->value[i] = (apart < 0 ? -apart : apart) * 5;
        }
        return CRUNCH_OK;
    }
    double middle = near_scaled(median, sample->arith);
    out->ranks = true;
    for (size_t i = 0; i < sample->n; i++) {
        double x = sample->ranks ? crunch_double_of_rank(sample->value[i])
                                 : near_narrow(sample->value[i], sample->scale);
        double apart = x > middle ? x - middle : middle - x;
        out->value[i] = crunch_double_rank(apart - apart == 0 ? apart : 0x1.fffffffffffffp+1023);
    }
    return CRUNCH_OK;
}
