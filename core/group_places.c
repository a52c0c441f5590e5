/*
 * Places in groups. A worker has a table from the keys of a chunk to what was found of them so far;
 * when it is full, or the chunk ends, an entry for each goes into the log. Entries are taken in the
 * order of the input, so a later last text replaces an earlier one, and records become absolute by
 * what stands before their chunk.
 */
#include "core/group_places.h"

#include "core/bytes.h"
#include "core/decimal_limbs.h"
#include "core/group_key.h"
#include "core/hash_table.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT64_MAX
/* A worker's table is written out when it has so many groups, or bytes of texts. */
#define TABLE_MAX ((size_t)1 << 14)
#define TEXTS_MAX ((size_t)4 << 20)
#define SEED UINT64_C(7) /* of tables that are looked up by keys only */

enum { LEAST, GREATEST };

struct text {
    char *bytes;
    size_t len, room;
};

/* What is known of a group. */
struct found {
    struct text text[2];              /* first, last; len 0: none yet */
    struct crunch_place_side side[2]; /* of numbers */
    uint64_t infinite[2];             /* first record of -inf, of +inf, or NOWHERE */
};

/* Groups in order of their keys' insertion. */
struct table {
    struct crunch_hash_table keys; /* payload: the group's number */
    struct found *found;           /* the first n_ready are initialised */
    size_t n_ready, room;
    size_t texts; /* bytes of texts that were kept since it was emptied */
};

/* An entry of a block: this, the key, the texts, the digits of the two values. */
struct head {
    uint64_t record[2], infinite[2]; /* NOWHERE: none */
    int64_t exponent[2];
    uint64_t key_len;
    uint64_t len[4]; /* first, last; digits of the least, of the greatest */
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for places in groups");
}

/* ---- a table of groups ---- */

static void table_free(struct table *table)
{
    for (size_t i = 0; i < table->n_ready; i++)
        for (int k = 0; k < 2; k++) {
            free(table->found[i].text[k].bytes);
            mpz_clear(table->found[i].side[k].value.mantissa);
        }
    free(table->found);
    crunch_hash_free(&table->keys);
}

/* Makes room for group i, with nothing found. */
static bool table_begin(struct table *table, size_t i)
{
    if (i >= table->room) {
        size_t room = 2 * i + 64;
        struct found *grown = realloc(table->found, room * sizeof *grown);
        if (grown == NULL)
            return false;
        table->found = grown;
        table->room = room;
    }
    struct found *found = &table->found[i];
    if (i >= table->n_ready) {
        *found = (struct found){0};
        mpz_inits(found->side[0].value.mantissa, found->side[1].value.mantissa, (mpz_ptr)NULL);
        table->n_ready = i + 1;
    }
    for (int k = 0; k < 2; k++) {
        found->text[k].len = 0;
        found->side[k].has = false;
        found->infinite[k] = NOWHERE;
    }
    return true;
}

/* The key's group, new or not; NULL: out of memory. */
static struct found *table_find(struct table *table, const char *key, size_t len)
{
    const struct crunch_hash_key wanted = crunch_hash_make_key(key, len, SEED);
    size_t before = table->keys.count;
    if (!table_begin(table, before)) /* before it may be in the table */
        return NULL;
    struct crunch_hash_entry *entry = crunch_hash_find(&table->keys, &wanted);
    if (entry == NULL)
        return NULL;
    if (table->keys.count > before)
        entry->payload[0] = before;
    return &table->found[entry->payload[0]];
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

static bool offer_text(struct found *found, const char *bytes, size_t len)
{
    return len == 0 || ((found->text[0].len > 0 || keep_text(&found->text[0], bytes, len)) &&
                        keep_text(&found->text[1], bytes, len));
}

/* ---- collecting ---- */

struct collector {
    const struct crunch_places_config *config;
    enum crunch_arith arith;
    struct crunch_group_keys keys;
    struct table table;
    struct crunch_scaled value; /* the number at hand */
    struct crunch_bytes block;
};

static void destroy(void *self)
{
    struct collector *c = self;
    if (c == NULL)
        return;
    crunch_group_keys_free(&c->keys);
    table_free(&c->table);
    mpz_clear(c->value.mantissa);
    crunch_bytes_free(&c->block);
    free(c);
}

static void begin(void *self)
{
    struct collector *c = self;
    crunch_hash_clear(&c->table.keys);
    c->table.texts = 0;
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    struct collector *c = calloc(1, sizeof *c);
    *self = NULL;
    if (c == NULL)
        return no_memory(error);
    mpz_init(c->value.mantissa);
    c->config = config;
    c->arith = crunch_layout_arith(&plan->layout, c->config->slot);
    enum crunch_code code = crunch_hash_init(&c->table.keys, sizeof(uint64_t))
                                ? crunch_group_keys_init(&c->keys, plan, error)
                                : no_memory(error);
    if (code)
        destroy(c);
    else
        *self = c;
    return code;
}

/* Sets c->value to a number of the batch. */
static void set_value(struct collector *c, const struct crunch_cells *cells, size_t row)
{
    if (c->arith == CRUNCH_ARITH_BINARY) {
        crunch_scaled_set_double(&c->value, cells->binary[row]);
        return;
    }
    mpz_set_si(c->value.mantissa, cells->mantissa[row]);
    c->value.exponent = -(long)(cells->one_scale ? cells->common_scale : cells->scale[row]);
}

static void feed_number(struct collector *c, struct found *found, const struct crunch_batch *rows,
                        size_t row, size_t *next_wide)
{
    const struct crunch_cells *cells = &rows->columns[c->config->slot];
    uint8_t class = cells->all_numbers ? CRUNCH_CELL_NUMBER : cells->class[row];
    uint64_t record = rows->record[row];
    if (class == CRUNCH_CELL_MINUS_INF || class == CRUNCH_CELL_PLUS_INF) {
        uint64_t *first = &found->infinite[class == CRUNCH_CELL_PLUS_INF];
        *first = record < *first ? record : *first;
        return;
    }
    if (class == CRUNCH_CELL_NUMBER)
        set_value(c, cells, row);
    else if (class == CRUNCH_CELL_WIDE)
        crunch_wide_to_scaled(&cells->wide[(*next_wide)++], &c->value);
    else
        return;
    for (int side = LEAST; side <= GREATEST; side++)
        crunch_place_offer(&found->side[side], side == GREATEST, c->arith, &c->value, record);
}

static void add_entry(struct crunch_bytes *out, const char *key, size_t key_len,
                      const struct found *found)
{
    struct head head = {.infinite = {found->infinite[0], found->infinite[1]}, .key_len = key_len};
    const char *parts[4] = {found->text[0].bytes, found->text[1].bytes, NULL, NULL};
    char *digits[2] = {NULL, NULL};
    for (int side = LEAST; side <= GREATEST; side++) {
        head.len[side] = found->text[side].len;
        head.record[side] = found->side[side].has ? found->side[side].record : NOWHERE;
        if (!found->side[side].has)
            continue;
        head.exponent[side] = found->side[side].value.exponent;
        digits[side] = mpz_get_str(NULL, 10, found->side[side].value.mantissa);
        parts[2 + side] = digits[side];
        head.len[2 + side] = strlen(digits[side]);
    }
    crunch_bytes_add(out, &head, sizeof head);
    if (key_len > 0)
        crunch_bytes_add(out, key, key_len);
    for (int i = 0; i < 4; i++)
        if (head.len[i] > 0)
            crunch_bytes_add(out, parts[i], head.len[i]);
    free(digits[0]);
    free(digits[1]);
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    struct collector *c = self;
    struct crunch_hash_table *keys = &c->table.keys;
    c->block.len = 0;
    for (size_t i = 0; i < keys->count; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(keys, i);
        add_entry(&c->block, crunch_hash_key_of(keys, entry), entry->len,
                  &c->table.found[entry->payload[0]]);
    }
    begin(c);
    if (c->block.failed)
        return no_memory(error);
    return c->block.len > 0 ? crunch_log_put(log, stream, c->block.data, c->block.len, error)
                            : CRUNCH_OK;
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    struct collector *c = self;
    const struct crunch_cells *cells = &rows->columns[c->config->slot];
    enum crunch_code code = crunch_group_keys_read(&c->keys, rows, error);
    size_t next_wide = 0;
    for (size_t row = 0; row < rows->rows && !code; row++) {
        struct found *found = table_find(&c->table, c->keys.text[row], c->keys.len[row]);
        if (found == NULL)
            return no_memory(error);
        if (c->config->extremes)
            feed_number(c, found, rows, row, &next_wide);
        if (!c->config->texts)
            continue;
        c->table.texts += cells->text_len[row];
        if (!offer_text(found, cells->text[row], cells->text_len[row]))
            return no_memory(error);
    }
    if (!code && (c->table.keys.count >= TABLE_MAX || c->table.texts >= TEXTS_MAX))
        code = end(c, log, stream, error);
    return code;
}

const struct crunch_collector crunch_group_places_collector = {
    .name = "places in groups",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .end = end,
};

/* ---- merging ---- */

/* The groups of a column. */
struct column {
    struct table table;
    struct crunch_placed *placed; /* per group, once all is merged */
};

struct crunch_group_places {
    size_t n_columns;
    struct column *column; /* per slot of the plan */
    const struct crunch_plan *plan;
};

static bool add_digits(struct found *found, int side, enum crunch_arith arith,
                       const struct head *head, const char *text, uint64_t records)
{
    struct crunch_scaled value = {.exponent = (long)head->exponent[side]};
    char *digits = strndup(text, head->len[2 + side]);
    if (digits == NULL)
        return false;
    mpz_init_set_str(value.mantissa, digits, 10);
    crunch_place_offer(&found->side[side], side == GREATEST, arith, &value,
                       records + head->record[side]);
    mpz_clear(value.mantissa);
    free(digits);
    return true;
}

/* Takes an entry in; *at is set behind it. */
static bool take_entry(struct table *table, enum crunch_arith arith, const char **at,
                       uint64_t records)
{
    struct head head;
    memcpy(&head, *at, sizeof head);
    const char *part = *at + sizeof head;
    struct found *found = table_find(table, part, head.key_len);
    if (found == NULL)
        return false;
    part += head.key_len;
    bool good =
        offer_text(found, part, head.len[0]) && offer_text(found, part + head.len[0], head.len[1]);
    part += head.len[0] + head.len[1];
    for (int side = LEAST; side <= GREATEST && good; side++) {
        if (head.infinite[side] != NOWHERE && records + head.infinite[side] < found->infinite[side])
            found->infinite[side] = records + head.infinite[side];
        if (head.record[side] != NOWHERE)
            good = add_digits(found, side, arith, &head, part, records);
        part += head.len[2 + side];
    }
    *at = part;
    return good;
}

/* -inf is the least, else a number, else +inf; and the other way round. 0: none. */
static uint64_t place_of(const struct found *found, int side)
{
    uint64_t at = found->infinite[side] != NOWHERE ? found->infinite[side]
                  : found->side[side].has          ? found->side[side].record
                                                   : found->infinite[1 - side];
    return at == NOWHERE ? 0 : at + 1;
}

/* Makes what finishers read; the texts stay the table's. */
static bool finish_column(const struct crunch_plan *plan, struct column *column)
{
    size_t n = column->table.keys.count;
    column->placed = calloc(n + 1, sizeof *column->placed);
    for (size_t i = 0; i < n && column->placed; i++) {
        const struct found *found = &column->table.found[i];
        struct crunch_placed *placed = &column->placed[i];
        placed->numeric = plan->job->op_options.numeric;
        for (int k = 0; k < 2; k++) {
            placed->text[k] = found->text[k].len > 0 ? found->text[k].bytes : NULL;
            placed->len[k] = found->text[k].len;
            placed->at[k] = place_of(found, k);
            crunch_value_init(&placed->value[k]);
        }
        crunch_placed_read_texts(plan, placed);
    }
    return column->placed != NULL;
}

static enum crunch_code merge(const struct crunch_plan *plan, const struct crunch_logs *logs,
                              uint32_t stream, struct column *column, struct crunch_error *error)
{
    const struct crunch_places_config *config = plan->collecting[stream].config;
    enum crunch_arith arith = crunch_layout_arith(&plan->layout, config->slot);
    enum crunch_code code = CRUNCH_OK;
    if (!crunch_hash_init(&column->table.keys, sizeof(uint64_t)))
        return no_memory(error);
    for (size_t i = 0; i < logs->n_blocks && !code; i++) {
        const struct crunch_block *block = &logs->block[i];
        if (block->stream != stream)
            continue;
        char *data = malloc(block->bytes + 1);
        const char *at = data;
        code = data ? crunch_logs_load(logs, block, data, error) : no_memory(error);
        while (!code && at < data + block->bytes)
            if (!take_entry(&column->table, arith, &at, block->prefix.records))
                code = no_memory(error);
        free(data);
    }
    return code || finish_column(plan, column) ? code : no_memory(error);
}

static bool is_ours(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_group_places_collector;
}

enum crunch_code crunch_group_places_make(const struct crunch_plan *plan,
                                          const struct crunch_logs *logs,
                                          struct crunch_group_places **out,
                                          struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    size_t n = crunch_plan_slots(plan);
    *out = NULL;
    for (size_t i = 0; i < plan->n_collecting && !code; i++) {
        if (!is_ours(plan, i))
            continue;
        if (*out == NULL) {
            *out = calloc(1, sizeof **out);
            if (*out == NULL)
                return no_memory(error);
            **out = (struct crunch_group_places){n, calloc(n + 1, sizeof(struct column)), plan};
            if ((*out)->column == NULL) {
                free(*out);
                *out = NULL;
                return no_memory(error);
            }
        }
        const struct crunch_places_config *config = plan->collecting[i].config;
        code = merge(plan, logs, (uint32_t)i, &(*out)->column[config->slot], error);
    }
    if (code) {
        crunch_group_places_free(*out);
        *out = NULL;
    }
    return code;
}

void crunch_group_places_free(struct crunch_group_places *places)
{
    for (size_t c = 0; places && c < places->n_columns; c++) {
        struct column *column = &places->column[c];
        for (size_t i = 0; i < column->table.keys.count && column->placed; i++)
            for (int k = 0; k < 2; k++)
                crunch_value_clear(&column->placed[i].value[k]);
        free(column->placed);
        table_free(&column->table);
    }
    if (places)
        free(places->column);
    free(places);
}

const struct crunch_placed *crunch_group_places_find(const struct crunch_group_places *places,
                                                     const char *key, size_t key_len, size_t column)
{
    if (places == NULL)
        return NULL;
    const struct crunch_hash_key wanted = crunch_hash_make_key(key, key_len, SEED);
    const struct column *in = &places->column[places->plan->slot[column]];
    const struct crunch_hash_entry *entry = crunch_hash_look(&in->table.keys, &wanted);
    return entry ? &in->placed[entry->payload[0]] : NULL;
}
