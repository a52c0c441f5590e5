/*
 * The collecting side of histograms: the place of each value among the edges, and counts by place.
 *
 * For decimals of one scale the edges are integers in units of its last digit: value m reaches edge
 * e exactly when m >= ceil(e * 10^scale). They are made when a scale first occurs. For doubles an
 * edge is the least double that reaches it. The upper edge of the last bin belongs to it, so its
 * bound is the first value beyond. A value's place is then the number of bounds it reaches.
 */
#include "core/histogram.h"

#include "core/histogram_reference.h"
#include "core/kernels.h"
#include "core/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct crunch_histogram_bounds {
    const struct crunch_histogram_config *config;
    int64_t *bound[CRUNCH_SCALE_MAX + 1]; /* by scale, n_edges; NULL: not yet */
    double *double_bound;                 /* of doubles */
};

struct collecting {
    const struct crunch_histogram_config *config;
    struct crunch_histogram_bounds *bounds;
    uint64_t *count; /* n_edges + 1 */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

static void destroy(void *self)
{
    struct collecting *collecting = self;
    if (collecting == NULL)
        return;
    crunch_histogram_bounds_free(collecting->bounds);
    free(collecting->count);
    free(collecting);
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    (void)plan;
    struct collecting *collecting = calloc(1, sizeof *collecting);
    *self = collecting;
    if (collecting == NULL)
        return no_memory(error);
    collecting->config = config;
    collecting->count = calloc(collecting->config->n_edges + 1, sizeof *collecting->count);
    collecting->bounds = crunch_histogram_bounds_create(config);
    return collecting->count && collecting->bounds ? CRUNCH_OK : no_memory(error);
}

static void begin(void *self)
{
    struct collecting *collecting = self;
    memset(collecting->count, 0, (collecting->config->n_edges + 1) * sizeof *collecting->count);
}

/* ---- bounds ---- */

struct crunch_histogram_bounds *
crunch_histogram_bounds_create(const struct crunch_histogram_config *config)
{
    struct crunch_histogram_bounds *bounds = calloc(1, sizeof *bounds);
    if (bounds)
        bounds->config = config;
    return bounds;
}

void crunch_histogram_bounds_free(struct crunch_histogram_bounds *bounds)
{
    for (size_t s = 0; bounds && s <= CRUNCH_SCALE_MAX; s++)
        free(bounds->bound[s]);
    if (bounds)
        free(bounds->double_bound);
    free(bounds);
}

static bool is_last(const struct crunch_histogram_config *config, size_t i)
{
    return i + 1 == config->n_edges;
}

/* The least m with m * 10^-scale >= edge (beyond the last edge: > edge), as far as mantissas go. */
static int64_t bound_of(const struct crunch_histogram_config *config, size_t i, unsigned scale)
{
    mpz_t m;
    mpz_init(m);
    mpz_ui_pow_ui(m, 10, scale);
    mpz_mul(m, m, mpq_numref(config->edge[i]));
    if (is_last(config, i)) {
        mpz_fdiv_q(m, m, mpq_denref(config->edge[i]));
        mpz_add_ui(m, m, 1);
    } else {
        mpz_cdiv_q(m, m, mpq_denref(config->edge[i]));
    }
    int64_t bound = mpz_sgn(m) < 0 ? -CRUNCH_MANTISSA_LIMIT : CRUNCH_MANTISSA_LIMIT;
    if (mpz_cmpabs_ui(m, CRUNCH_MANTISSA_LIMIT) < 0)
        bound = mpz_get_si(m);
    mpz_clear(m);
    return bound;
}

static double double_bound_of(const struct crunch_histogram_config *config, size_t i)
{
    double x = mpq_get_d(config->edge[i]); /* cut towards zero: one of the two neighbours */
    mpq_t exact;
    if (!isfinite(x))
        return mpq_sgn(config->edge[i]) < 0 ? -(double)INFINITY : (double)INFINITY;
    mpq_init(exact);
    for (;;) {
        mpq_set_d(exact, x);
        int order = mpq_cmp(exact, config->edge[i]);
        if (order > 0 || (order == 0 && !is_last(config, i)))
            break;
        x = nextafter(x, (double)INFINITY);
        if (!isfinite(x))
            break;
    }
    mpq_clear(exact);
    return x;
}

static const int64_t *bounds_at(struct crunch_histogram_bounds *bounds, unsigned scale)
{
    const struct crunch_histogram_config *config = bounds->config;
    if (bounds->bound[scale] == NULL) {
        int64_t *bound = malloc((config->n_edges + 1) * sizeof *bound);
        for (size_t i = 0; i < config->n_edges && bound; i++)
            bound[i] = bound_of(config, i, scale);
        bounds->bound[scale] = bound;
    }
    return bounds->bound[scale];
}

static const double *double_bounds(struct crunch_histogram_bounds *bounds)
{
    const struct crunch_histogram_config *config = bounds->config;
    if (bounds->double_bound == NULL) {
        double *bound = malloc((config->n_edges + 1) * sizeof *bound);
        for (size_t i = 0; i < config->n_edges && bound; i++)
            bound[i] = double_bound_of(config, i);
        bounds->double_bound = bound;
    }
    return bounds->double_bound;
}

/* ---- places ---- */

/* How many of n ascending bounds are <= m. Halving without branches that depend on m. */
static size_t place_of(const int64_t *bound, size_t n, int64_t m)
{
    const int64_t *base = bound;
    while (n > 1) {
        size_t half = n / 2;
        base += base[half - 1] <= m ? half : 0;
        n -= half;
    }
    return (size_t)(base - bound) + (n == 1 && *base <= m);
}

static size_t double_place_of(const double *bound, size_t n, double x)
{
    const double *base = bound;
    while (n > 1) {
        size_t half = n / 2;
        base += base[half - 1] <= x ? half : 0;
        n -= half;
    }
    return (size_t)(base - bound) + (n == 1 && *base <= x);
}

static size_t wide_place_of(const struct crunch_histogram_config *config,
                            const struct crunch_wide *wide)
{
    char digits[CRUNCH_WIDE_DIGITS_MAX + 1];
    struct crunch_scaled scaled = {.exponent = wide->exponent};
    size_t place = 0;
    mpq_t value;
    memcpy(digits, wide->digits, wide->n_digits);
    digits[wide->n_digits] = '\0';
    mpz_init_set_str(scaled.mantissa, digits, 10);
    if (wide->negative)
        mpz_neg(scaled.mantissa, scaled.mantissa);
    mpq_init(value);
    crunch_scaled_to_mpq(value, &scaled, CRUNCH_ARITH_DECIMAL);
    while (place < config->n_edges) {
        int order = mpq_cmp(value, config->edge[place]);
        if (order < 0 || (order == 0 && is_last(config, place)))
            break;
        place++;
    }
    mpq_clear(value);
    mpz_clear(scaled.mantissa);
    return place;
}

static bool count_one_scale(struct collecting *collecting, const struct crunch_cells *cells,
                            size_t rows)
{
    const size_t n = collecting->config->n_edges;
    const int64_t *bound = bounds_at(collecting->bounds, cells->common_scale);
    for (size_t row = 0; row < rows && bound; row++)
        collecting->count[place_of(bound, n, cells->mantissa[row])]++;
    return bound != NULL;
}

/* Of a cell that is no wide number, by its class. False: out of memory. */
static bool find_place(struct crunch_histogram_bounds *bounds, const struct crunch_cells *cells,
                       size_t row, uint32_t *place)
{
    const size_t n = bounds->config->n_edges;
    enum crunch_class class =
        cells->all_numbers ? CRUNCH_CELL_NUMBER : (enum crunch_class)cells->class[row];
    *place = UINT32_MAX;
    if (class == CRUNCH_CELL_MINUS_INF || class == CRUNCH_CELL_PLUS_INF) {
        *place = class == CRUNCH_CELL_PLUS_INF ? (uint32_t)n : 0;
    } else if (class == CRUNCH_CELL_NUMBER && cells->binary) {
        const double *bound = double_bounds(bounds);
        if (bound == NULL)
            return false;
        *place = (uint32_t)double_place_of(bound, n, cells->binary[row]);
    } else if (class == CRUNCH_CELL_NUMBER) {
        const int64_t *bound =
            bounds_at(bounds, cells->one_scale ? cells->common_scale : cells->scale[row]);
        if (bound == NULL)
            return false;
        *place = (uint32_t)place_of(bound, n, cells->mantissa[row]);
    }
    return true;
}

bool crunch_histogram_places(struct crunch_histogram_bounds *bounds,
                             const struct crunch_cells *cells, size_t rows, uint32_t *place)
{
    for (size_t row = 0; row < rows; row++)
        if (!find_place(bounds, cells, row, &place[row]))
            return false;
    for (size_t i = 0; i < cells->n_wide; i++)
        place[cells->wide[i].row] = (uint32_t)wide_place_of(bounds->config, &cells->wide[i]);
    return true;
}

/* The same, counted. */
static bool count_cells(struct collecting *collecting, const struct crunch_cells *cells,
                        size_t rows)
{
    uint32_t place[CRUNCH_BATCH_ROWS];
    if (!crunch_histogram_places(collecting->bounds, cells, rows, place))
        return false;
    for (size_t row = 0; row < rows; row++)
        if (place[row] != UINT32_MAX)
            collecting->count[place[row]]++;
    return true;
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collecting *collecting = self;
    const struct crunch_cells *cells = &rows->columns[collecting->config->slot];
    (void)log, (void)stream;
    bool good = cells->all_numbers && cells->one_scale && !cells->binary
                    ? count_one_scale(collecting, cells, rows->rows)
                    : count_cells(collecting, cells, rows->rows);
    return good ? CRUNCH_OK : no_memory(error);
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    const struct collecting *collecting = self;
    return crunch_log_put(log, stream, collecting->count,
                          (collecting->config->n_edges + 1) * sizeof *collecting->count, error);
}

/* ---- after the run ---- */

enum crunch_code crunch_histogram_merge(const struct crunch_histogram_config *config,
                                        const struct crunch_logs *logs, uint32_t stream,
                                        struct crunch_histogram *out, struct crunch_error *error)
{
    const size_t n = config->n_edges + 1;
    enum crunch_code code = CRUNCH_OK;
    out->config = config;
    out->count = calloc(n, sizeof *out->count);
    uint64_t *block = calloc(n, sizeof *block);
    if (out->count == NULL || block == NULL)
        code = no_memory(error);
    for (size_t b = 0; b < logs->n_blocks && !code; b++) {
        if (logs->block[b].stream != stream)
            continue;
        code = crunch_logs_load(logs, &logs->block[b], block, error);
        for (size_t i = 0; i < n && !code; i++)
            out->count[i] += block[i];
    }
    free(block);
    return code;
}

void crunch_histogram_free(struct crunch_histogram *histogram)
{
    free(histogram->count);
    memset(histogram, 0, sizeof *histogram);
}

static enum crunch_code write(const struct crunch_plan *plan, const void *config,
                              const struct crunch_logs *logs, uint32_t stream, FILE *out,
                              struct crunch_error *error)
{
    (void)plan;
    struct crunch_histogram histogram = {0};
    enum crunch_code code = crunch_histogram_merge(config, logs, stream, &histogram, error);
    for (size_t i = 0; !code && i <= histogram.config->n_edges; i++)
        fprintf(out, "%zu\t%llu\n", i, (unsigned long long)histogram.count[i]);
    crunch_histogram_free(&histogram);
    return code;
}

const struct crunch_collector crunch_histogram_collector = {
    .name = "histogram",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
    .write = write,
    .reference_create = crunch_histogram_reference_create,
    .reference_row = crunch_histogram_reference_row,
    .reference_write = crunch_histogram_reference_write,
    .reference_destroy = crunch_histogram_reference_destroy,
};
