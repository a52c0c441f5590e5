/*
 * The collector of places. Of each chunk it keeps the first and the last text, and the least and
 * the greatest value with the record where it stands first; infinities apart, since they come
 * before and behind every number.
 *
 * A batch is looked through by the kernels that min and max use; exact comparison across scales and
 * lengths happens once per batch.
 */
#include "core/places.h"

#include "core/decimal_limbs.h"
#include "core/group_places.h"
#include "core/job.h"
#include "core/kernels.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT64_MAX

enum { LEAST, GREATEST };

struct text {
    char *bytes;
    size_t len, room;
};

struct collector {
    const struct crunch_places_config *config;
    enum crunch_arith arith;
    struct text text[2]; /* first, last; len 0: none yet */
    struct crunch_place_side side[2];
    uint64_t infinite[2]; /* first record of -inf, of +inf, or NOWHERE */
};

/* What a block begins with; the texts and the digits of the two values follow. */
struct head {
    uint64_t record[2], infinite[2]; /* NOWHERE: none */
    int64_t exponent[2];
    uint64_t len[4]; /* first, last; digits of the least, of the greatest */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

static void destroy(void *self)
{
    struct collector *c = self;
    if (c == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        free(c->text[i].bytes);
        mpz_clear(c->side[i].value.mantissa);
    }
    free(c);
}

static void begin(void *self)
{
    struct collector *c = self;
    for (int i = 0; i < 2; i++) {
        c->text[i].len = 0;
        c->side[i].has = false;
        c->infinite[i] = NOWHERE;
    }
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    struct collector *c = calloc(1, sizeof *c);
    if (c == NULL)
        return no_memory(error);
    c->config = config;
    c->arith = crunch_layout_arith(&plan->layout, c->config->slot);
    mpz_inits(c->side[0].value.mantissa, c->side[1].value.mantissa, (mpz_ptr)NULL);
    begin(c);
    *self = c;
    return CRUNCH_OK;
}

static bool keep_text(struct text *text, const char *bytes, size_t len)
{
    if (text->room < len) {
        char *grown = realloc(text->bytes, len);
        if (grown == NULL)
            return false;
        text->bytes = grown;
        text->room = len;
    }
    memcpy(text->bytes, bytes, len);
    text->len = len;
    return true;
}

static bool feed_texts(struct collector *c, const struct crunch_cells *cells, size_t rows)
{
    size_t i = 0, last = rows;
    while (c->text[0].len == 0 && i < rows && cells->text_len[i] == 0)
        i++;
    if (c->text[0].len == 0 && i < rows &&
        !keep_text(&c->text[0], cells->text[i], cells->text_len[i]))
        return false;
    while (last > 0 && cells->text_len[last - 1] == 0)
        last--;
    return last == 0 || keep_text(&c->text[1], cells->text[last - 1], cells->text_len[last - 1]);
}

void crunch_place_offer(struct crunch_place_side *side, bool greatest, enum crunch_arith arith,
                        const struct crunch_scaled *value, uint64_t record)
{
    int order = side->has ? crunch_scaled_compare(value, &side->value, arith) : 0;
    if (side->has && (greatest ? order < 0 : order > 0))
        return;
    if (!side->has || order != 0) {
        mpz_set(side->value.mantissa, value->mantissa);
        side->value.exponent = value->exponent;
        side->record = record;
    } else if (record < side->record) {
        side->record = record;
    }
    side->has = true;
}

static bool is_number(const struct crunch_cells *cells, size_t row)
{
    return cells->all_numbers || cells->class[row] == CRUNCH_CELL_NUMBER;
}

static void offer_doubles(struct collector *c, const struct crunch_cells *cells,
                          const uint64_t *record, size_t rows)
{
    size_t at[2] = {rows, rows};
    struct crunch_scaled value;
    for (size_t i = 0; i < rows; i++) {
        if (!is_number(cells, i))
            continue;
        if (at[LEAST] == rows || cells->binary[i] < cells->binary[at[LEAST]])
            at[LEAST] = i;
        if (at[GREATEST] == rows || cells->binary[i] > cells->binary[at[GREATEST]])
            at[GREATEST] = i;
    }
    if (at[LEAST] == rows)
        return;
    mpz_init(value.mantissa);
    for (int side = LEAST; side <= GREATEST; side++) {
        crunch_scaled_set_double(&value, cells->binary[at[side]]);
        crunch_place_offer(&c->side[side], side == GREATEST, c->arith, &value, record[at[side]]);
    }
    mpz_clear(value.mantissa);
}

/* Numbers m[0..rows) of one scale. */
static void offer_one_scale(struct collector *c, const struct crunch_cells *cells, const int64_t *m,
                            unsigned scale, const uint64_t *record, size_t rows)
{
    int64_t found[2];
    struct crunch_scaled value = {.exponent = -(long)scale};
    if (!crunch_sum_kernels->min_max(m, cells->all_numbers ? NULL : cells->class, rows,
                                     &found[LEAST], &found[GREATEST]))
        return;
    mpz_init(value.mantissa);
    for (int side = LEAST; side <= GREATEST; side++) {
        size_t i = 0;
        while (m[i] != found[side] || !is_number(cells, i))
            i++;
        mpz_set_si(value.mantissa, found[side]);
        crunch_place_offer(&c->side[side], side == GREATEST, c->arith, &value, record[i]);
    }
    mpz_clear(value.mantissa);
}

static void offer_each(struct collector *c, const struct crunch_cells *cells,
                       const uint64_t *record, size_t rows)
{
    struct crunch_scaled value;
    mpz_init(value.mantissa);
    for (size_t i = 0; i < rows; i++) {
        if (!is_number(cells, i))
            continue;
        mpz_set_si(value.mantissa, cells->mantissa[i]);
        value.exponent = -(long)cells->scale[i];
        for (int side = LEAST; side <= GREATEST; side++)
            crunch_place_offer(&c->side[side], side == GREATEST, c->arith, &value, record[i]);
    }
    mpz_clear(value.mantissa);
}

static void offer_wide(struct collector *c, const struct crunch_cells *cells,
                       const uint64_t *record)
{
    struct crunch_scaled value;
    mpz_init(value.mantissa);
    for (size_t i = 0; i < cells->n_wide; i++) {
        crunch_wide_to_scaled(&cells->wide[i], &value);
        for (int side = LEAST; side <= GREATEST; side++)
            crunch_place_offer(&c->side[side], side == GREATEST, c->arith, &value,
                               record[cells->wide[i].row]);
    }
    mpz_clear(value.mantissa);
}

static void feed_extremes(struct collector *c, const struct crunch_cells *cells,
                          const uint64_t *record, size_t rows)
{
    _Alignas(64) int64_t room[CRUNCH_BATCH_ROWS];
    for (size_t i = 0; !cells->all_numbers && i < rows; i++) {
        int sign = cells->class[i] == CRUNCH_CELL_MINUS_INF  ? 0
                   : cells->class[i] == CRUNCH_CELL_PLUS_INF ? 1
                                                             : -1;
        if (sign >= 0 && record[i] < c->infinite[sign])
            c->infinite[sign] = record[i];
    }
    if (c->arith == CRUNCH_ARITH_BINARY) {
        offer_doubles(c, cells, record, rows);
        return;
    }
    int scale = cells->one_scale
                    ? cells->common_scale
                    : crunch_sum_kernels->align(cells->mantissa, cells->scale, rows, room);
    if (scale >= 0)
        offer_one_scale(c, cells, cells->one_scale ? cells->mantissa : room, (unsigned)scale,
                        record, rows);
    else
        offer_each(c, cells, record, rows);
    offer_wide(c, cells, record);
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collector *c = self;
    const struct crunch_cells *cells = &rows->columns[c->config->slot];
    (void)log;
    (void)stream;
    if (rows->rows == 0)
        return CRUNCH_OK;
    if (c->config->extremes)
        feed_extremes(c, cells, rows->record, rows->rows);
    return !c->config->texts || feed_texts(c, cells, rows->rows) ? CRUNCH_OK : no_memory(error);
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    struct collector *c = self;
    struct head head = {.infinite = {c->infinite[0], c->infinite[1]}};
    const char *parts[4] = {c->text[0].bytes, c->text[1].bytes, NULL, NULL};
    char *digits[2] = {NULL, NULL};
    for (int side = LEAST; side <= GREATEST; side++) {
        head.len[side] = c->text[side].len;
        head.record[side] = c->side[side].has ? c->side[side].record : NOWHERE;
        if (!c->side[side].has)
            continue;
        head.exponent[side] = c->side[side].value.exponent;
        digits[side] = mpz_get_str(NULL, 10, c->side[side].value.mantissa);
        parts[2 + side] = digits[side];
        head.len[2 + side] = strlen(digits[side]);
    }
    size_t bytes = sizeof head + head.len[0] + head.len[1] + head.len[2] + head.len[3], used;
    char *block = malloc(bytes);
    enum crunch_code code = block ? CRUNCH_OK : no_memory(error);
    if (block) {
        memcpy(block, &head, used = sizeof head);
        for (int i = 0; i < 4; used += head.len[i++])
            if (head.len[i] > 0)
                memcpy(block + used, parts[i], head.len[i]);
        code = crunch_log_put(log, stream, block, bytes, error);
    }
    free(block);
    free(digits[0]);
    free(digits[1]);
    return code;
}

/* ---- merging ---- */

/* What has been found of a column so far, in file order. */
struct merging {
    enum crunch_arith arith;
    struct crunch_placed *placed;
    struct crunch_place_side side[2];
    uint64_t infinite[2];
};

static bool keep_placed(struct crunch_placed *placed, int which, const char *bytes, size_t len)
{
    char *copy = malloc(len + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    free(placed->text[which]);
    placed->text[which] = copy;
    placed->len[which] = len;
    return true;
}

static bool add_block(struct merging *m, const char *data, uint64_t records)
{
    struct head head;
    memcpy(&head, data, sizeof head);
    const char *part = data + sizeof head;
    if (head.len[0] > 0 && !m->placed->text[0] && !keep_placed(m->placed, 0, part, head.len[0]))
        return false;
    part += head.len[0];
    if (head.len[1] > 0 && !keep_placed(m->placed, 1, part, head.len[1]))
        return false;
    part += head.len[1];
    for (int side = LEAST; side <= GREATEST; side++) {
        if (head.infinite[side] != NOWHERE && m->infinite[side] == NOWHERE)
            m->infinite[side] = records + head.infinite[side];
        if (head.record[side] != NOWHERE) {
            struct crunch_scaled value = {.exponent = (long)head.exponent[side]};
            char *digits = strndup(part, head.len[2 + side]);
            if (digits == NULL)
                return false;
            mpz_init_set_str(value.mantissa, digits, 10);
            crunch_place_offer(&m->side[side], side == GREATEST, m->arith, &value,
                               records + head.record[side]);
            mpz_clear(value.mantissa);
            free(digits);
        }
        part += head.len[2 + side];
    }
    return true;
}

static enum crunch_code merge(const struct crunch_plan *plan,
                              const struct crunch_places_config *config,
                              const struct crunch_logs *logs, uint32_t stream,
                              struct crunch_placed *placed, struct crunch_error *error)
{
    struct merging m = {.arith = crunch_layout_arith(&plan->layout, config->slot),
                        .placed = placed,
                        .infinite = {NOWHERE, NOWHERE}};
    enum crunch_code code = CRUNCH_OK;
    mpz_inits(m.side[0].value.mantissa, m.side[1].value.mantissa, (mpz_ptr)NULL);
    for (size_t i = 0; i < logs->n_blocks && !code; i++) {
        const struct crunch_block *block = &logs->block[i];
        if (block->stream != stream)
            continue;
        char *data = malloc(block->bytes);
        code = data ? crunch_logs_load(logs, block, data, error) : no_memory(error);
        if (!code && !add_block(&m, data, block->prefix.records))
            code = no_memory(error);
        free(data);
    }
    for (int side = LEAST; side <= GREATEST; side++) {
        /* -inf is the least, else a number, else +inf; and the other way round. */
        uint64_t at = m.infinite[side] != NOWHERE ? m.infinite[side]
                      : m.side[side].has          ? m.side[side].record
                                                  : m.infinite[1 - side];
        placed->at[side] = at == NOWHERE ? 0 : at + 1;
    }
    mpz_clears(m.side[0].value.mantissa, m.side[1].value.mantissa, (mpz_ptr)NULL);
    return code;
}

void crunch_placed_write(const struct crunch_placed *placed, FILE *out)
{
    for (int i = 0; i < 2; i++) {
        fprintf(out, "%s=%zu:", i == 0 ? "first" : "last", placed->len[i]);
        if (placed->text[i])
            fwrite(placed->text[i], 1, placed->len[i], out);
        fprintf(out, "\n%s=%llu\n", i == LEAST ? "argmin" : "argmax",
                (unsigned long long)placed->at[i]);
    }
}

void crunch_placed_clear(struct crunch_placed *placed)
{
    for (int i = 0; i < 2; i++) {
        free(placed->text[i]);
        crunch_value_clear(&placed->value[i]);
    }
}

static enum crunch_code write_found(const struct crunch_plan *plan, const void *config,
                                    const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                    struct crunch_error *error)
{
    struct crunch_placed placed = {0};
    crunch_value_init(&placed.value[0]);
    crunch_value_init(&placed.value[1]);
    enum crunch_code code = merge(plan, config, logs, stream, &placed, error);
    if (!code)
        crunch_placed_write(&placed, out);
    crunch_placed_clear(&placed);
    return code;
}

const struct crunch_collector crunch_places_collector = {
    .name = "places",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
    .write = write_found,
    .reference_create = crunch_places_reference_create,
    .reference_row = crunch_places_reference_row,
    .reference_write = crunch_places_reference_write,
    .reference_destroy = crunch_places_reference_destroy,
};

/* ---- planning, results ---- */

enum crunch_code crunch_places_plan(struct crunch_plan *plan, enum crunch_need *need,
                                    struct crunch_error *error)
{
    unsigned needs = 0;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < plan->job->n_ops; i++)
        needs |= plan->job->ops[i]->needs & (CRUNCH_NEEDS_ENDS | CRUNCH_NEEDS_PLACES);
    if (needs == 0)
        return CRUNCH_OK;
    const struct crunch_collector *collector =
        plan->n_by > 0 ? &crunch_group_places_collector : &crunch_places_collector;
    for (size_t i = 0; i < plan->n_columns && !code; i++) {
        struct crunch_places_config *config = malloc(sizeof *config);
        if (config == NULL)
            return no_memory(error);
        *config = (struct crunch_places_config){.slot = plan->slot[i],
                                                .texts = needs & CRUNCH_NEEDS_ENDS,
                                                .extremes = needs & CRUNCH_NEEDS_PLACES};
        if (config->texts)
            need[config->slot] |= CRUNCH_NEED_TEXT;
        if (config->extremes)
            plan->scan.records = true;
        code =
            crunch_plan_collect(plan, &(struct crunch_collecting){collector, config, free}, error);
    }
    return code;
}

static bool is_places(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_places_collector;
}

static bool places_init(struct crunch_places *places, const struct crunch_plan *plan)
{
    places->column = calloc(crunch_plan_slots(plan) + 1, sizeof *places->column);
    if (places->column == NULL)
        return false;
    places->n_columns = crunch_plan_slots(plan);
    for (size_t i = 0; i < places->n_columns; i++) {
        places->column[i].numeric = plan->job->op_options.numeric;
        crunch_value_init(&places->column[i].value[0]);
        crunch_value_init(&places->column[i].value[1]);
    }
    return true;
}

void crunch_places_free(struct crunch_places *places)
{
    for (size_t i = 0; i < places->n_columns; i++)
        crunch_placed_clear(&places->column[i]);
    free(places->column);
    *places = (struct crunch_places){0};
}

const struct crunch_placed *crunch_places_of(const struct crunch_places *places, size_t slot)
{
    return slot < places->n_columns ? &places->column[slot] : NULL;
}

static void set_number(struct crunch_value *value, const struct crunch_number *number)
{
    struct crunch_scaled scaled = {.exponent = -(long)number->scale};
    mpz_init_set_si(scaled.mantissa, number->mantissa);
    if (number->class == CRUNCH_CELL_WIDE)
        crunch_wide_to_scaled(&number->wide, &scaled);
    value->kind = number->class == CRUNCH_CELL_NAN         ? CRUNCH_VALUE_NAN
                  : number->class == CRUNCH_CELL_PLUS_INF  ? CRUNCH_VALUE_PLUS_INF
                  : number->class == CRUNCH_CELL_MINUS_INF ? CRUNCH_VALUE_MINUS_INF
                  : number->class == CRUNCH_CELL_MISSING   ? CRUNCH_VALUE_EMPTY
                                                           : CRUNCH_VALUE_COPIED;
    crunch_scaled_to_mpq(value->number, &scaled, CRUNCH_ARITH_DECIMAL);
    mpz_clear(scaled.mantissa);
}

void crunch_placed_read_texts(const struct crunch_plan *plan, struct crunch_placed *placed)
{
    char scratch[CRUNCH_WIDE_DIGITS_MAX];
    for (int i = 0; i < 2; i++) {
        struct crunch_number number;
        struct crunch_dialect dialect = plan->table->dialect;
        if (!placed->numeric || !placed->text[i])
            continue;
        dialect.arith = CRUNCH_ARITH_DECIMAL; /* copied from the input: as it is there */
        crunch_number_parse(&dialect, placed->text[i], placed->len[i], scratch, &number);
        set_number(&placed->value[i], &number);
    }
}

enum crunch_code crunch_places_make(const struct crunch_plan *plan, const struct crunch_logs *logs,
                                    struct crunch_places *places, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < plan->n_collecting && !code; i++) {
        const struct crunch_places_config *config = plan->collecting[i].config;
        if (!is_places(plan, i))
            continue;
        if (!places->column && !places_init(places, plan))
            return no_memory(error);
        code = merge(plan, config, logs, (uint32_t)i, &places->column[config->slot], error);
        crunch_placed_read_texts(plan, &places->column[config->slot]);
    }
    return code;
}

enum crunch_code crunch_places_of_reference(const struct crunch_plan *plan, void *const *collector,
                                            struct crunch_places *places,
                                            struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < plan->n_collecting && !code; i++) {
        const struct crunch_places_config *config = plan->collecting[i].config;
        if (!is_places(plan, i))
            continue;
        if (!places->column && !places_init(places, plan))
            return no_memory(error);
        code = crunch_places_reference_take(collector[i], &places->column[config->slot], error);
        crunch_placed_read_texts(plan, &places->column[config->slot]);
    }
    return code;
}
