/*
 * Places in groups. A worker has a table from the keys of a chunk to what was found of them so far;
 * when it is full, or the chunk ends, an entry for each goes into the log, parted by the hash of
 * the key as groups are. Entries are taken in the order of the input, so a later last text replaces
 * an earlier one, and records become absolute by what stands before their chunk. Each part is a
 * task, taken in fractions where it does not fit in memory, and what is found of a group becomes an
 * answer (core/group_answers.h).
 */
#include "core/group_places.h"

#include "core/backend_pool.h"
#include "core/bytes.h"
#include "core/decimal_limbs.h"
#include "core/group.h"
#include "core/group_answers.h"
#include "core/group_parts.h"
#include "core/hash_table.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT64_MAX
/* A worker's table is written out when it has so many groups, or bytes of texts. */
#define TABLE_MAX ((size_t)1 << 14)
#define TEXTS_MAX ((size_t)4 << 20)
#define TASK_LEAST ((size_t)1 << 20)
#define FRACTIONS_MAX 65536
/* A group's limbs and its share of what the heap needs to keep its pieces. */
#define FOUND_BYTES (sizeof(struct found) + 128)

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
    uint64_t seed; /* the groups' */
    size_t texts;  /* bytes of texts since it was emptied */
    size_t kept;   /* bytes that texts have room for */
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
    const struct crunch_hash_key wanted = crunch_hash_make_key(key, len, table->seed);
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

static bool keep_text(struct table *table, struct text *text, const char *bytes, size_t len)
{
    if (text->room < len) {
        char *grown = realloc(text->bytes, len);
        if (grown == NULL)
            return false;
        text->bytes = grown;
        table->kept += len - text->room;
        text->room = len;
    }
    memcpy(text->bytes, bytes, len);
    text->len = len;
    return true;
}

static bool offer_text(struct table *table, struct found *found, const char *bytes, size_t len)
{
    return len == 0 || ((found->text[0].len > 0 || keep_text(table, &found->text[0], bytes, len)) &&
                        keep_text(table, &found->text[1], bytes, len));
}

/* ---- collecting ---- */

struct collector {
    const struct crunch_places_config *config;
    enum crunch_arith arith;
    struct crunch_group_keys keys;
    struct table table;
    struct crunch_scaled value; /* the number at hand */
    struct crunch_bytes block[CRUNCH_GROUP_PARTS];
    size_t groups_max, texts_max;
};

static void destroy(void *self)
{
    struct collector *c = self;
    if (c == NULL)
        return;
    crunch_group_keys_free(&c->keys);
    table_free(&c->table);
    mpz_clear(c->value.mantissa);
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS; p++)
        crunch_bytes_free(&c->block[p]);
    free(c);
}

static void begin(void *self)
{
    struct collector *c = self;
    crunch_hash_clear(&c->table.keys);
    c->table.texts = 0;
}

/* Twice: as they are written they lie in blocks as well. */
#define ALL_BYTES (2 * (TABLE_MAX * FOUND_BYTES + TEXTS_MAX))

size_t crunch_group_places_bytes(const struct crunch_plan *plan)
{
    return crunch_memory_share(plan, ALL_BYTES / 64, ALL_BYTES);
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    struct collector *c = calloc(1, sizeof *c);
    *self = NULL;
    if (c == NULL)
        return no_memory(error);
    mpz_init(c->value.mantissa);
    const size_t of_64 = crunch_group_places_bytes(plan) / (ALL_BYTES / 64);
    c->groups_max = TABLE_MAX / 64 * of_64;
    c->texts_max = TEXTS_MAX / 64 * of_64;
    c->table.seed = crunch_group_seed(plan);
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
    /* Each part's task reads them, so they must not be most of what there is. */
    const bool few = keys->count <= CRUNCH_GROUP_FEW && keys->count <= c->groups_max / 8;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < keys->count; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(keys, i);
        add_entry(&c->block[few ? 0 : crunch_group_part(entry->hash)],
                  crunch_hash_key_of(keys, entry), entry->len, &c->table.found[entry->payload[0]]);
    }
    begin(c);
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS && !code; p++) {
        struct crunch_bytes *block = &c->block[p];
        if (block->failed)
            return no_memory(error);
        if (block->len > 0)
            code = crunch_log_put(log, few ? stream : crunch_group_stream_of(stream, p),
                                  block->data, block->len, error);
        block->len = 0;
    }
    return code;
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
        if (!offer_text(&c->table, found, cells->text[row], cells->text_len[row]))
            return no_memory(error);
    }
    if (!code && (c->table.keys.count >= c->groups_max || c->table.texts >= c->texts_max))
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

struct crunch_group_places {
    const struct crunch_plan *plan;
    struct crunch_answers *answers;
};

/* The merging of a stream. */
struct merging {
    const struct crunch_plan *plan;
    const struct crunch_logs *logs;
    struct crunch_answers *answers;
    uint32_t stream;
    enum crunch_arith arith;
    struct crunch_group_blocks blocks;
    size_t memory; /* of a task */
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

/* Takes an entry in, if its group is of the share; *at is set behind it. */
static bool take_entry(struct table *table, enum crunch_arith arith,
                       const struct crunch_group_share *share, const char **at, uint64_t records)
{
    struct head head;
    memcpy(&head, *at, sizeof head);
    const char *part = *at + sizeof head;
    const uint64_t hash = crunch_hash_make_key(part, head.key_len, table->seed).hash;
    *at = part + head.key_len + head.len[0] + head.len[1] + head.len[2] + head.len[3];
    if (!crunch_group_share_has(share, hash))
        return true;
    struct found *found = table_find(table, part, head.key_len);
    if (found == NULL)
        return false;
    part += head.key_len;
    bool good = offer_text(table, found, part, head.len[0]) &&
                offer_text(table, found, part + head.len[0], head.len[1]);
    part += head.len[0] + head.len[1];
    for (int side = LEAST; side <= GREATEST && good; side++) {
        if (head.infinite[side] != NOWHERE && records + head.infinite[side] < found->infinite[side])
            found->infinite[side] = records + head.infinite[side];
        if (head.record[side] != NOWHERE)
            good = add_digits(found, side, arith, &head, part, records);
        part += head.len[2 + side];
    }
    return good;
}

static enum crunch_code take_block(const struct merging *merging, size_t index,
                                   const struct crunch_group_share *share, struct table *table,
                                   struct crunch_bytes *room, struct crunch_error *error)
{
    const struct crunch_block *block = &merging->logs->block[index];
    room->len = 0;
    char *data = (char *)crunch_bytes_reserve(room, block->bytes);
    const char *at = data;
    enum crunch_code code =
        data ? crunch_logs_load(merging->logs, block, data, error) : no_memory(error);
    while (!code && at < data + block->bytes)
        if (!take_entry(table, merging->arith, share, &at, block->prefix.records))
            code = no_memory(error);
    return code;
}

static bool is_large(const struct merging *merging, const struct table *table)
{
    return table->keys.count > 1 &&
           crunch_hash_bytes(&table->keys) + table->keys.count * FOUND_BYTES + table->kept >
               merging->memory;
}

/* Takes the blocks of part p and those of all parts, in the order of the input. */
static enum crunch_code take_blocks(const struct merging *merging, size_t p,
                                    const struct crunch_group_share *share, struct table *table,
                                    bool *large, struct crunch_error *error)
{
    const size_t *begin = merging->blocks.begin, *block = merging->blocks.block;
    size_t a = begin[p], b = begin[CRUNCH_GROUP_PARTS];
    struct crunch_bytes room = {0};
    enum crunch_code code = CRUNCH_OK;
    *large = false;
    while (!code && !*large && (a < begin[p + 1] || b < begin[CRUNCH_GROUP_PARTS + 1])) {
        bool own = b == begin[CRUNCH_GROUP_PARTS + 1] || (a < begin[p + 1] && block[a] < block[b]);
        code = take_block(merging, block[own ? a++ : b++], share, table, &room, error);
        *large = !code && is_large(merging, table);
    }
    crunch_bytes_free(&room);
    return code;
}

static enum crunch_code answer(const struct merging *merging, const struct table *table,
                               size_t slot, struct crunch_error *error)
{
    struct crunch_bytes out = {0};
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < table->keys.count && !code; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(&table->keys, i);
        out.len = 0;
        add_entry(&out, NULL, 0, &table->found[entry->payload[0]]);
        code = out.failed ? no_memory(error)
                          : crunch_answers_add(merging->answers, slot, merging->stream,
                                               crunch_hash_key_of(&table->keys, entry), entry->len,
                                               out.data, out.len, error);
    }
    crunch_bytes_free(&out);
    return code;
}

static enum crunch_code merge_part(void *context, size_t p, struct crunch_error *error)
{
    const struct merging *merging = context;
    struct crunch_group_share share = {(unsigned)p, (unsigned)p + 1, 0, 1};
    enum crunch_code code = CRUNCH_OK;
    while (share.fraction < share.fractions && !code) {
        struct table table = {.seed = crunch_group_seed(merging->plan)};
        bool large = false;
        code = crunch_hash_init(&table.keys, sizeof(uint64_t)) ? CRUNCH_OK : no_memory(error);
        if (!code)
            code = take_blocks(merging, p, &share, &table, &large, error);
        if (!code && large && share.fractions >= FRACTIONS_MAX)
            code = crunch_fail(error, CRUNCH_NO_MEMORY,
                               "the places of one group take more than "
                               "--mem-limit");
        if (!code && !large)
            code = answer(merging, &table, p, error);
        share.fraction = large ? share.fraction * 2 : share.fraction + 1;
        share.fractions = large ? share.fractions * 2 : share.fractions;
        table_free(&table);
    }
    return code ? code : crunch_answers_end(merging->answers, p, error);
}

static enum crunch_code merge(const struct crunch_group_places *places,
                              const struct crunch_logs *logs, uint32_t stream,
                              struct crunch_error *error)
{
    const struct crunch_plan *plan = places->plan;
    const struct crunch_places_config *config = plan->collecting[stream].config;
    const unsigned threads = crunch_parallel_threads(plan->job);
    const size_t budget = crunch_memory_budget(plan->job), task = budget / 2 / threads;
    struct merging merging = {.plan = plan,
                              .logs = logs,
                              .answers = places->answers,
                              .stream = stream,
                              .arith = crunch_layout_arith(&plan->layout, config->slot),
                              .memory = budget == SIZE_MAX  ? SIZE_MAX
                                        : task < TASK_LEAST ? TASK_LEAST
                                                            : task};
    enum crunch_code code =
        crunch_group_blocks_list(&merging.blocks, logs, stream) ? CRUNCH_OK : no_memory(error);
    if (!code)
        code = crunch_parallel_for(threads, CRUNCH_GROUP_PARTS, merge_part, &merging, error);
    free(merging.blocks.block);
    return code;
}

static bool is_ours(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_group_places_collector;
}

static enum crunch_code create_places(const struct crunch_plan *plan,
                                      struct crunch_group_places **out, struct crunch_error *error)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return no_memory(error);
    (*out)->plan = plan;
    return crunch_answers_create(crunch_group_seed(plan), CRUNCH_GROUP_PARTS,
                                 crunch_group_answer_bytes(plan->job), plan->job->tmpdir,
                                 &(*out)->answers, error);
}

enum crunch_code crunch_group_places_make(const struct crunch_plan *plan,
                                          const struct crunch_logs *logs,
                                          struct crunch_group_places **out,
                                          struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    *out = NULL;
    for (size_t i = 0; i < plan->n_collecting && !code; i++) {
        if (!is_ours(plan, i))
            continue;
        if (*out == NULL)
            code = create_places(plan, out, error);
        if (!code)
            code = merge(*out, logs, (uint32_t)i, error);
    }
    if (code) {
        crunch_group_places_free(*out);
        *out = NULL;
    }
    return code;
}

void crunch_group_places_free(struct crunch_group_places *places)
{
    if (places)
        crunch_answers_free(places->answers);
    free(places);
}

const struct crunch_answers *crunch_group_places_answers(const struct crunch_group_places *places)
{
    return places ? places->answers : NULL;
}

/* ---- looking ---- */

static void free_placed(void *placed)
{
    crunch_placed_clear(placed);
    free(placed);
}

/* -inf is the least, else a number, else +inf; and the other way round. 0: none. */
static uint64_t place_of(const struct head *head, int side)
{
    uint64_t at = head->infinite[side] != NOWHERE ? head->infinite[side]
                  : head->record[side] != NOWHERE ? head->record[side]
                                                  : head->infinite[1 - side];
    return at == NOWHERE ? 0 : at + 1;
}

/* Makes what finishers read of an answer. NULL: out of memory. */
static struct crunch_placed *read_answer(const struct crunch_plan *plan,
                                         const struct crunch_answer *answer)
{
    struct crunch_placed *placed = calloc(1, sizeof *placed);
    struct head head;
    const char *text = (const char *)answer->data + sizeof head;
    bool good = true;
    if (placed == NULL)
        return NULL;
    memcpy(&head, answer->data, sizeof head);
    placed->numeric = plan->job->op_options.numeric;
    for (int k = 0; k < 2; k++) {
        placed->at[k] = place_of(&head, k);
        placed->len[k] = (size_t)head.len[k];
        crunch_value_init(&placed->value[k]);
        if (head.len[k] > 0) {
            placed->text[k] = strndup(text, head.len[k]);
            good = good && placed->text[k];
        }
        text += head.len[k];
    }
    if (good)
        crunch_placed_read_texts(plan, placed);
    else
        free_placed(placed);
    return good ? placed : NULL;
}

/* The stream of a plan's column. */
static uint32_t stream_of(const struct crunch_plan *plan, size_t column)
{
    for (size_t i = 0; i < plan->n_collecting; i++) {
        const struct crunch_places_config *config = plan->collecting[i].config;
        if (is_ours(plan, i) && config->slot == plan->slot[column])
            return (uint32_t)i;
    }
    return UINT32_MAX;
}

const struct crunch_placed *crunch_group_places_find(const struct crunch_group_places *places,
                                                     const struct crunch_group *group,
                                                     size_t column)
{
    struct crunch_answer answer;
    if (places == NULL)
        return NULL;
    const uint32_t stream = stream_of(places->plan, column);
    struct crunch_placed *placed = crunch_group_kept(group, stream);
    if (placed || !crunch_group_answer(group, stream, &answer))
        return placed;
    placed = read_answer(places->plan, &answer);
    if (placed == NULL)
        crunch_group_no_memory(group);
    return placed && crunch_group_keep(group, stream, placed, free_placed) ? placed : NULL;
}
