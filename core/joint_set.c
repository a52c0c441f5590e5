/*
 * The states of sets of columns. A batch without missing cells costs one kernel call per pair of
 * columns; the rows that are left out are gathered into small batches of their own, and these go
 * through the ordinary accumulators.
 *
 * A state: counts, then the cross sums of columns i < j, then one deduction per column, each a
 * bundle of one column.
 */
#include "core/joint_set.h"

#include "core/cross_sum.h"

#include <stdlib.h>
#include <string.h>

#define GATHERED 128 /* rows of a gathered batch, all on the stack */

struct counts {
    _Alignas(64) uint64_t rows;
    uint64_t nan, plus_inf, minus_inf, unweighted;
};

static const unsigned deduction_needs[2] = {
    CRUNCH_BIT(CRUNCH_SUM),
    CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES),
};

/* ---- layout ---- */

enum crunch_code crunch_joint_set_init(struct crunch_joint_set *set,
                                       const struct crunch_layout *layout, size_t k,
                                       const size_t *slot, bool squares)
{
    memset(set, 0, sizeof *set);
    set->k = k;
    set->squares = squares;
    set->slot = malloc(k * sizeof *slot);
    set->arith = malloc(k * sizeof *set->arith);
    if (set->slot == NULL || set->arith == NULL)
        return CRUNCH_NO_MEMORY;
    for (int a = 0; a < 2; a++) {
        enum crunch_code code = crunch_layout_init(&set->deduction[a], (enum crunch_arith)a, 1,
                                                   &deduction_needs[squares]);
        if (code)
            return code;
    }
    memcpy(set->slot, slot, k * sizeof *slot);
    set->size = sizeof(struct counts);
    for (size_t j = 0; j < k; j++) {
        set->arith[j] = crunch_layout_arith(layout, slot[j]);
        for (size_t i = 0; i < j; i++)
            set->size += crunch_cross_size(set->arith[i], set->arith[j]);
    }
    set->deductions = set->size;
    for (size_t i = 0; i < k; i++)
        set->size += set->deduction[set->arith[i]].size;
    return CRUNCH_OK;
}

void crunch_joint_set_free(struct crunch_joint_set *set)
{
    free(set->slot);
    free(set->arith);
    crunch_layout_free(&set->deduction[0]);
    crunch_layout_free(&set->deduction[1]);
    memset(set, 0, sizeof *set);
}

/* The cross sums of a state one after another: columns i < j, and the bytes up to it. */
struct cross {
    size_t i, j, offset;
};

static struct cross first_cross(void)
{
    return (struct cross){.i = 0, .j = 1, .offset = sizeof(struct counts)};
}

static void next_cross(const struct crunch_joint_set *set, struct cross *at)
{
    at->offset += crunch_cross_size(set->arith[at->i], set->arith[at->j]);
    if (++at->i == at->j) {
        at->i = 0;
        at->j++;
    }
}

#define EACH_CROSS(at, set)          \
    struct cross at = first_cross(); \
    at.j < (set)->k;                 \
    next_cross(set, &at)

void crunch_joint_set_reset(const struct crunch_joint_set *set, void *state)
{
    for (EACH_CROSS(at, set))
        crunch_cross_reset((char *)state + at.offset, set->arith[at.i], set->arith[at.j]);
    char *deduction = (char *)state + set->deductions;
    for (size_t i = 0; i < set->k; i++) {
        crunch_bundle_reset(&set->deduction[set->arith[i]], deduction);
        deduction += set->deduction[set->arith[i]].size;
    }
    memset(state, 0, sizeof(struct counts));
}

void crunch_joint_set_merge(const struct crunch_joint_set *set, void *into, const void *from)
{
    struct counts *to = into;
    const struct counts *other = from;
    to->rows += other->rows;
    to->nan += other->nan;
    to->plus_inf += other->plus_inf;
    to->minus_inf += other->minus_inf;
    to->unweighted += other->unweighted;
    for (EACH_CROSS(at, set))
        crunch_cross_merge((char *)into + at.offset, (const char *)from + at.offset,
                           set->arith[at.i], set->arith[at.j]);
    size_t offset = set->deductions;
    for (size_t i = 0; i < set->k; i++) {
        const struct crunch_layout *deduction = &set->deduction[set->arith[i]];
        crunch_bundle_merge(deduction, (char *)into + offset, (const char *)from + offset);
        offset += deduction->size;
    }
}

/* ---- rows that are left out ---- */

/* The rows of a batch, ascending, in which some column of the set is no finite number. */
struct left_out {
    size_t n;
    uint16_t row[CRUNCH_BATCH_ROWS];
};

static bool is_finite(uint8_t class)
{
    return class == CRUNCH_CELL_NUMBER || class == CRUNCH_CELL_WIDE;
}

static void find_left_out(const struct crunch_joint_set *set, const struct crunch_batch *batch,
                          struct left_out *left)
{
    uint8_t out[CRUNCH_BATCH_ROWS];
    bool any = false;
    left->n = 0;
    for (size_t i = 0; i < set->k; i++) {
        const struct crunch_cells *cells = &batch->columns[set->slot[i]];
        if (cells->all_numbers)
            continue;
        if (!any)
            memset(out, 0, batch->rows);
        any = true;
        for (size_t row = 0; row < batch->rows; row++)
            out[row] |= !is_finite(cells->class[row]);
    }
    for (size_t row = 0; any && row < batch->rows; row++) {
        left->row[left->n] = (uint16_t)row;
        left->n += out[row];
    }
}

static uint8_t class_at(const struct crunch_cells *cells, size_t row)
{
    return cells->all_numbers ? CRUNCH_CELL_NUMBER : cells->class[row];
}

/* The sign of a finite number or an infinity. */
static int sign_at(const struct crunch_cells *cells, enum crunch_arith arith, size_t row)
{
    uint8_t class = class_at(cells, row);
    if (class == CRUNCH_CELL_PLUS_INF || class == CRUNCH_CELL_MINUS_INF)
        return class == CRUNCH_CELL_PLUS_INF ? 1 : -1;
    for (size_t i = 0; class == CRUNCH_CELL_WIDE && i < cells->n_wide; i++)
        if (cells->wide[i].row == row)
            return cells->wide[i].negative ? -1 : 1;
    if (arith == CRUNCH_ARITH_BINARY)
        return (cells->binary[row] > 0) - (cells->binary[row] < 0);
    return (cells->mantissa[row] > 0) - (cells->mantissa[row] < 0);
}

/* Counts a row that is left out, unless a cell is missing. */
static void count_special(const struct crunch_joint_set *set, struct counts *counts,
                          const struct crunch_batch *batch, size_t row)
{
    bool nan = false;
    uint8_t class = CRUNCH_CELL_NUMBER;
    for (size_t i = 0; i < set->k; i++) {
        class = class_at(&batch->columns[set->slot[i]], row);
        if (class == CRUNCH_CELL_MISSING)
            return;
        nan |= class == CRUNCH_CELL_NAN;
    }
    counts->unweighted += !is_finite(class); /* that of the last */
    int product = 0;
    if (set->k == 2 && !nan)
        product = sign_at(&batch->columns[set->slot[0]], set->arith[0], row) *
                  sign_at(&batch->columns[set->slot[1]], set->arith[1], row);
    counts->nan += product == 0; /* 0 * inf too */
    counts->plus_inf += product > 0;
    counts->minus_inf += product < 0;
}

/* Some rows of a column as cells of their own. */
struct gathered {
    struct crunch_cells cells;
    int64_t mantissa[GATHERED];
    double binary[GATHERED];
    uint8_t scale[GATHERED], class[GATHERED];
    struct crunch_wide wide[GATHERED];
};

/* negate: with the opposite signs. n <= GATHERED. */
static void gather(struct gathered *out, const struct crunch_cells *from, enum crunch_arith arith,
                   const uint16_t *row, size_t n, bool negate)
{
    size_t next = 0;
    out->cells = (struct crunch_cells){.mantissa = out->mantissa,
                                       .binary = out->binary,
                                       .scale = out->scale,
                                       .class = out->class,
                                       .one_scale = from->one_scale,
                                       .common_scale = from->common_scale,
                                       .wide = out->wide};
    for (size_t i = 0; i < n; i++) {
        uint8_t class = class_at(from, row[i]);
        out->class[i] = class;
        out->cells.n_numbers += class == CRUNCH_CELL_NUMBER;
        if (arith == CRUNCH_ARITH_BINARY) {
            out->binary[i] = negate ? -from->binary[row[i]] : from->binary[row[i]];
            continue;
        }
        out->mantissa[i] = negate ? -from->mantissa[row[i]] : from->mantissa[row[i]];
        out->scale[i] = from->one_scale ? from->common_scale : from->scale[row[i]];
        while (next < from->n_wide && from->wide[next].row < row[i])
            next++;
        if (class == CRUNCH_CELL_WIDE) {
            struct crunch_wide *wide = &out->wide[out->cells.n_wide++];
            *wide = from->wide[next];
            wide->row = (uint32_t)i;
            wide->negative ^= negate;
        }
    }
}

/* Those of n rows that are to be deducted from column i: what weighs an infinity stays. */
static size_t deducted(const struct crunch_joint_set *set, const struct crunch_batch *batch,
                       size_t i, const uint16_t *row, size_t n, uint16_t *out)
{
    size_t kept = 0;
    for (size_t r = 0; r < n; r++) {
        const uint8_t first = class_at(&batch->columns[set->slot[0]], row[r]);
        out[kept] = row[r];
        kept += !(crunch_joint_weighs(set->k, set->squares) && i == 1) || is_finite(first) ||
                first == CRUNCH_CELL_MISSING;
    }
    return kept;
}

/* Deducts up to GATHERED rows: from the columns' sums, and from the products of two columns that
 * were taken although a third leaves the row out. */
static void deduct(const struct crunch_joint_set *set, void *state,
                   const struct crunch_batch *batch, const uint16_t *row, size_t n)
{
    struct gathered x, y;
    char *deduction = (char *)state + set->deductions;
    for (size_t i = 0; i < set->k; i++) {
        const struct crunch_layout *layout = &set->deduction[set->arith[i]];
        uint16_t own[GATHERED];
        const size_t m = deducted(set, batch, i, row, n, own);
        gather(&x, &batch->columns[set->slot[i]], set->arith[i], own, m, false);
        crunch_bundle_feed(layout, deduction,
                           &(struct crunch_batch){.rows = m, .n_columns = 1, .columns = &x.cells});
        deduction += layout->size;
    }
    if (set->k == 2)
        return;
    for (EACH_CROSS(at, set)) {
        enum crunch_arith a = set->arith[at.i], b = set->arith[at.j];
        gather(&x, &batch->columns[set->slot[at.i]], a, row, n, true);
        gather(&y, &batch->columns[set->slot[at.j]], b, row, n, false);
        crunch_cross_feed((char *)state + at.offset, a, b, &x.cells, &y.cells, n);
    }
}

void crunch_joint_set_feed(const struct crunch_joint_set *set, void *state,
                           const struct crunch_batch *batch)
{
    struct counts *counts = state;
    struct left_out left;
    find_left_out(set, batch, &left);
    counts->rows += batch->rows - left.n;
    for (EACH_CROSS(at, set))
        crunch_cross_feed((char *)state + at.offset, set->arith[at.i], set->arith[at.j],
                          &batch->columns[set->slot[at.i]], &batch->columns[set->slot[at.j]],
                          batch->rows);
    for (size_t i = 0; i < left.n; i++)
        count_special(set, counts, batch, left.row[i]);
    for (size_t i = 0; i < left.n; i += GATHERED)
        deduct(set, state, batch, left.row + i, left.n - i < GATHERED ? left.n - i : GATHERED);
}

/* ---- content ---- */

/* *out = the column's sums in the bundle less its deductions. */
static void extract_column(const struct crunch_layout *layout, const void *bundle,
                           const struct crunch_joint_set *set, size_t i, const char *deduction,
                           struct crunch_joint *joint)
{
    enum crunch_arith arith = set->arith[i];
    struct crunch_scaled *const out[2] = {&joint->sum[i], &joint->product[crunch_joint_at(i, i)]};
    static const enum crunch_reducer_id reducer[2] = {CRUNCH_SUM, CRUNCH_SUM_SQUARES};
    struct crunch_exact whole, less;
    crunch_exact_init(&whole, arith, layout->needs[set->slot[i]]);
    crunch_exact_init(&less, arith, deduction_needs[set->squares]);
    crunch_bundle_extract(layout, bundle, set->slot[i], &whole);
    crunch_bundle_extract(&set->deduction[arith], deduction, 0, &less);
    for (int r = 0; r < 1 + set->squares; r++) {
        struct crunch_scaled *gone = &less.sum[reducer[r]], *all = &whole.sum[reducer[r]];
        mpz_neg(gone->mantissa, gone->mantissa);
        crunch_scaled_add(out[r], all->mantissa, all->exponent, arith);
        crunch_scaled_add(out[r], gone->mantissa, gone->exponent, arith);
    }
    crunch_exact_clear(&whole);
    crunch_exact_clear(&less);
}

enum crunch_code crunch_bundle_extract_joint(const struct crunch_layout *layout, const void *bundle,
                                             size_t s, struct crunch_joint *joint)
{
    const struct crunch_joint_set *set = &layout->set[s];
    const char *state = (const char *)bundle + layout->set_offset[s];
    const struct counts *counts = (const struct counts *)(const void *)state;
    enum crunch_code code = crunch_joint_init(joint, set->k, set->arith, set->squares);
    if (code)
        return code;
    joint->rows = counts->rows;
    joint->nan = counts->nan;
    joint->plus_inf = counts->plus_inf;
    joint->minus_inf = counts->minus_inf;
    joint->unweighted = counts->unweighted;
    for (EACH_CROSS(at, set))
        crunch_cross_extract(state + at.offset, set->arith[at.i], set->arith[at.j],
                             &joint->product[crunch_joint_at(at.i, at.j)]);
    size_t offset = set->deductions;
    for (size_t i = 0; i < set->k; i++) {
        extract_column(layout, bundle, set, i, state + offset, joint);
        offset += set->deduction[set->arith[i]].size;
    }
    return CRUNCH_OK;
}
