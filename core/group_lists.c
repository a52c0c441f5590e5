/*
 * Owns the answers that list values: how many cells have a value, the number of items, and for each
 * its count, its length and its key. Values of different tables differ, so totals add up and the
 * lists of a group are put together and sorted.
 */
#include "core/group_lists.h"

#include "core/bytes.h"

#include <stdlib.h>

/* The payload of a group while a table is gone through. */
enum { ITEMS, TOTAL, FIRST_PLUS, N_WORDS };

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

/* The most frequent first. */
static int compare(bool by_value, const struct crunch_census_item *a,
                   const struct crunch_census_item *b)
{
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return crunch_census_compare(by_value, a, b);
}

static int by_text(const void *a, const void *b)
{
    return compare(false, a, b);
}

static int by_value(const void *a, const void *b)
{
    return compare(true, a, b);
}

static void sort(struct crunch_census_item *item, size_t n,
                 const struct crunch_census_config *config)
{
    if (n > 0)
        qsort(item, n, sizeof *item, config->by_value ? by_value : by_text);
}

/* Chains the table's items by group: next[i] is plus one. */
static bool chain(const struct crunch_hash_table *table, struct crunch_hash_table *groups,
                  size_t *next)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct crunch_census_item item = item_at(table, i);
        size_t len;
        const void *group = crunch_census_group(&item, &len);
        const struct crunch_hash_key key = crunch_hash_make_key(group, len, 1);
        struct crunch_hash_entry *entry = crunch_hash_find(groups, &key);
        if (!entry)
            return false;
        entry->payload[ITEMS]++;
        entry->payload[TOTAL] += item.count;
        next[i] = entry->payload[FIRST_PLUS];
        entry->payload[FIRST_PLUS] = i + 1;
    }
    return true;
}

/* A group's answer. room: for all of its items. */
static void write_group(struct crunch_bytes *out, const struct crunch_hash_table *table,
                        const uint64_t *word, const size_t *next,
                        const struct crunch_census_config *config, struct crunch_census_item *room)
{
    size_t n = 0;
    for (size_t plus = word[FIRST_PLUS]; plus > 0; plus = next[plus - 1]) {
        const struct crunch_census_item item = item_at(table, plus - 1);
        room[n++] = crunch_census_in_group(&item);
    }
    if (n > config->listed) {
        sort(room, n, config);
        n = config->listed;
    }
    crunch_bytes_add_varint(out, word[TOTAL]);
    crunch_bytes_add_varint(out, n);
    for (size_t i = 0; i < n; i++) {
        crunch_bytes_add_varint(out, room[i].count);
        crunch_bytes_add_varint(out, room[i].len);
        crunch_bytes_add(out, room[i].key, room[i].len);
    }
}

enum crunch_code crunch_group_lists_add(struct crunch_answers *answers, size_t slot,
                                        uint32_t stream, const struct crunch_census_config *config,
                                        const struct crunch_hash_table *table,
                                        struct crunch_error *error)
{
    struct crunch_hash_table groups = {0};
    struct crunch_bytes out = {0};
    size_t *next = malloc((table->count + 1) * sizeof *next);
    struct crunch_census_item *room = malloc((table->count + 1) * sizeof *room);
    bool good = next && room && crunch_hash_init(&groups, N_WORDS * sizeof(uint64_t)) &&
                chain(table, &groups, next);
    enum crunch_code code = good ? CRUNCH_OK : no_memory(error);
    for (size_t i = 0; good && i < groups.count && !code; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(&groups, i);
        out.len = 0;
        write_group(&out, table, entry->payload, next, config, room);
        code = out.failed
                   ? no_memory(error)
                   : crunch_answers_add(answers, slot, stream, crunch_hash_key_of(&groups, entry),
                                        entry->len, out.data, out.len, error);
    }
    crunch_bytes_free(&out);
    crunch_hash_free(&groups);
    free(room);
    free(next);
    return code;
}

/* ---- of a group ---- */

/* Appends an answer's items. */
static bool take(struct crunch_group_list *list, const struct crunch_answer *answer)
{
    uint64_t total, n;
    const unsigned char *at = crunch_get_varint(crunch_get_varint(answer->data, &total), &n);
    struct crunch_census_item *grown =
        realloc(list->item, (list->n + (size_t)n + 1) * sizeof *grown);
    if (!grown)
        return false;
    list->item = grown;
    list->total += total;
    for (uint64_t i = 0; i < n; i++) {
        struct crunch_census_item *item = &list->item[list->n++];
        uint64_t len;
        at = crunch_get_varint(crunch_get_varint(at, &item->count), &len);
        item->key = at;
        item->len = (size_t)len;
        at += len;
    }
    return true;
}

bool crunch_group_list_of(const struct crunch_group *group, uint32_t stream,
                          const struct crunch_census_config *config, struct crunch_group_list *out)
{
    struct crunch_answer answer;
    bool good = true;
    *out = (struct crunch_group_list){0};
    for (bool more = crunch_group_answer(group, stream, &answer); more && good;
         more = crunch_answers_next(answer.from, &answer))
        good = take(out, &answer);
    sort(out->item, out->n, config);
    if (out->n > config->listed)
        out->n = config->listed;
    return good;
}

void crunch_group_list_free(struct crunch_group_list *list)
{
    free(list->item);
}
