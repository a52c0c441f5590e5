/*
 * Owns the answers of grouped censuses. One is whether there is a nan, the number of values, and
 * then, of values that are numbers, the most frequent and the rarest one: count, length and key.
 * Values of different tables differ, so numbers add up and the best of the candidates stands.
 */
#include "core/group_counts.h"

#include "core/bytes.h"
#include "core/value_key.h"

/* The payload of a group while a table is gone through: the indexes of items are plus one. */
enum { DISTINCT, HAS_NAN, MOST, LEAST, N_WORDS };

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values of groups");
}

static struct crunch_census_item item_at(const struct crunch_hash_table *table, size_t i)
{
    const struct crunch_hash_entry *entry = crunch_hash_at(table, i);
    return (struct crunch_census_item){entry->payload[0], crunch_hash_key_of(table, entry),
                                       entry->len};
}

/* Is a to stand for its group instead of b? Both as in_group. */
static bool is_better(const struct crunch_census_item *a, const struct crunch_census_item *b,
                      bool rarest)
{
    if (a->count != b->count)
        return (a->count < b->count) == rarest;
    return crunch_census_compare(true, a, b) < 0;
}

static void choose(const struct crunch_hash_table *table, uint64_t *word, size_t i, bool rarest)
{
    if (*word > 0) {
        const struct crunch_census_item item = item_at(table, i), best = item_at(table, *word - 1);
        const struct crunch_census_item a = crunch_census_in_group(&item),
                                        b = crunch_census_in_group(&best);
        if (!is_better(&a, &b, rarest))
            return;
    }
    *word = i + 1;
}

/* Goes over the table's values, group by group. */
static bool sum_up(const struct crunch_hash_table *table, bool by_value,
                   struct crunch_hash_table *groups)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct crunch_census_item item = item_at(table, i),
                                        value = crunch_census_in_group(&item);
        size_t len;
        const void *group = crunch_census_group(&item, &len);
        const struct crunch_hash_key key = crunch_hash_make_key(group, len, 1);
        struct crunch_hash_entry *entry = crunch_hash_find(groups, &key);
        if (!entry)
            return false;
        entry->payload[DISTINCT]++;
        if (!by_value)
            continue;
        entry->payload[HAS_NAN] |= crunch_value_key_kind(value.key, value.len) == CRUNCH_KEY_NAN;
        choose(table, &entry->payload[MOST], i, false);
        choose(table, &entry->payload[LEAST], i, true);
    }
    return true;
}

static void add_item(struct crunch_bytes *out, const struct crunch_hash_table *table,
                     uint64_t index)
{
    const struct crunch_census_item item = item_at(table, (size_t)index - 1),
                                    value = crunch_census_in_group(&item);
    crunch_bytes_add_varint(out, value.count);
    crunch_bytes_add_varint(out, value.len);
    crunch_bytes_add(out, value.key, value.len);
}

enum crunch_code crunch_group_counts_add(struct crunch_answers *answers, size_t slot,
                                         uint32_t stream, bool by_value,
                                         const struct crunch_hash_table *table,
                                         struct crunch_error *error)
{
    struct crunch_hash_table groups;
    struct crunch_bytes out = {0};
    if (!crunch_hash_init(&groups, N_WORDS * sizeof(uint64_t)))
        return no_memory(error);
    enum crunch_code code = sum_up(table, by_value, &groups) ? CRUNCH_OK : no_memory(error);
    for (size_t i = 0; i < groups.count && !code; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(&groups, i);
        out.len = 0;
        crunch_bytes_add_varint(&out, entry->payload[HAS_NAN]);
        crunch_bytes_add_varint(&out, entry->payload[DISTINCT]);
        if (by_value) {
            add_item(&out, table, entry->payload[MOST]);
            add_item(&out, table, entry->payload[LEAST]);
        }
        code = out.failed
                   ? no_memory(error)
                   : crunch_answers_add(answers, slot, stream, crunch_hash_key_of(&groups, entry),
                                        entry->len, out.data, out.len, error);
    }
    crunch_bytes_free(&out);
    crunch_hash_free(&groups);
    return code;
}

/* ---- of a group ---- */

static const unsigned char *get_item(const unsigned char *at, struct crunch_census_item *out)
{
    uint64_t len;
    at = crunch_get_varint(crunch_get_varint(at, &out->count), &len);
    out->key = at;
    out->len = (size_t)len;
    return at + len;
}

void crunch_group_counts_of(const struct crunch_group *group, uint32_t stream,
                            enum crunch_group_count which, struct crunch_value *value)
{
    struct crunch_answer answer;
    struct crunch_census_item best = {0};
    uint64_t distinct = 0, has_nan = 0;
    bool more = crunch_group_answer(group, stream, &answer), any = more;
    for (; more; more = crunch_answers_next(answer.from, &answer)) {
        struct crunch_census_item item[2];
        uint64_t nan, n;
        const unsigned char *at = crunch_get_varint(crunch_get_varint(answer.data, &nan), &n);
        distinct += n;
        has_nan |= nan;
        if (which == CRUNCH_GROUP_DISTINCT)
            continue;
        get_item(get_item(at, &item[0]), &item[1]);
        bool rarest = which == CRUNCH_GROUP_ANTIMODE;
        if (best.key == NULL || is_better(&item[rarest], &best, rarest))
            best = item[rarest];
    }
    if (which == CRUNCH_GROUP_DISTINCT) {
        value->kind = CRUNCH_VALUE_COUNT;
        mpz_set_ui(mpq_numref(value->number), distinct);
    } else if (any) {
        crunch_value_key_value(best.key, best.len, value);
        if (has_nan)
            value->kind = CRUNCH_VALUE_NAN;
    }
}
