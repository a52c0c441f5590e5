/*
 * Reading what a pass has found: the last block of every chunk (core/order_collect.c) adds to the
 * counts and sums, and says which values the blocks before it hold.
 */
#include "core/order_pass.h"

#include <stdlib.h>

struct reader {
    struct crunch_order_found *found;
    const struct crunch_order_pass *pass;
    const char *at, *end;
    struct crunch_error *error;
};

static enum crunch_code fail_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for values in order");
}

static enum crunch_code fail_log(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_IO, "a temporary file was changed by somebody else");
}

static bool take(struct reader *reader, void *out, size_t bytes)
{
    if ((size_t)(reader->end - reader->at) < bytes)
        return false;
    memcpy(out, reader->at, bytes);
    reader->at += bytes;
    return true;
}

static enum crunch_code take_sum(struct reader *reader, struct crunch_scaled *sum,
                                 enum crunch_arith arith)
{
    int64_t head[2];
    size_t words;
    mpz_t part;
    if (!take(reader, head, sizeof head) || !take(reader, &words, sizeof words) ||
        words > (size_t)(reader->end - reader->at) / sizeof(mp_limb_t))
        return fail_log(reader->error);
    mpz_init(part);
    mpz_import(part, words, -1, sizeof(mp_limb_t), 0, 0, reader->at);
    reader->at += words * sizeof(mp_limb_t);
    if (head[1] < 0)
        mpz_neg(part, part);
    crunch_scaled_add(sum, part, head[0], arith);
    mpz_clear(part);
    return CRUNCH_OK;
}

static enum crunch_code take_kept(struct reader *reader, const struct crunch_block *block)
{
    struct crunch_kept_entry entry;
    if (!take(reader, &entry, sizeof entry) || entry.column >= reader->found->n ||
        entry.interval >= reader->found->column[entry.column].n)
        return fail_log(reader->error);
    struct crunch_found *found = &reader->found->column[entry.column].found[entry.interval];
    if (found->n_kept == found->kept_size) {
        size_t size = found->kept_size * 2 + 16;
        struct crunch_kept *grown = realloc(found->kept, size * sizeof *grown);
        if (grown == NULL)
            return fail_memory(reader->error);
        found->kept = grown;
        found->kept_size = size;
    }
    found->kept[found->n_kept++] = (struct crunch_kept){
        .block = block,
        .n = entry.n,
        .kind = (enum crunch_kept_kind)entry.kind,
        .scale = (uint8_t)entry.scale,
    };
    return CRUNCH_OK;
}

static enum crunch_code take_counts(struct reader *reader)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t c = 0; c < reader->found->n && !code; c++) {
        struct crunch_found_column *column = &reader->found->column[c];
        uint64_t count, counts[2];
        if (!take(reader, &count, sizeof count))
            return fail_log(reader->error);
        column->count += count;
        for (size_t i = 0; i < column->n && !code; i++) {
            const struct crunch_pass_column *asked = &reader->pass->column[c];
            if (!take(reader, counts, sizeof counts))
                return fail_log(reader->error);
            column->found[i].below += counts[0];
            column->found[i].inside += counts[1];
            if (asked->interval[i].sum)
                code = take_sum(reader, &column->found[i].sum, asked->arith);
        }
    }
    return code;
}

/* One chunk: mine[0..n) are its blocks of the stream, the last of them the one that tells. */
static enum crunch_code read_chunk(struct crunch_order_found *found,
                                   const struct crunch_order_pass *pass,
                                   const struct crunch_block *const *mine, size_t n,
                                   struct crunch_error *error)
{
    size_t n_kept, bytes = mine[n - 1]->bytes;
    char *data = malloc(bytes + 1);
    if (data == NULL)
        return fail_memory(error);
    struct reader reader = {found, pass, data, data + bytes, error};
    enum crunch_code code = crunch_logs_load(found->logs, mine[n - 1], data, error);
    if (!code && (!take(&reader, &n_kept, sizeof n_kept) || n_kept != n - 1))
        code = fail_log(error);
    for (size_t i = 0; i + 1 < n && !code; i++)
        code = take_kept(&reader, mine[i]);
    if (!code)
        code = take_counts(&reader);
    free(data);
    return code;
}

static bool make_columns(struct crunch_order_found *found, const struct crunch_order_pass *pass)
{
    found->column = calloc(pass->n + 1, sizeof *found->column);
    if (found->column == NULL)
        return false;
    for (; found->n < pass->n; found->n++) {
        struct crunch_found_column *column = &found->column[found->n];
        column->found = calloc(pass->column[found->n].n + 1, sizeof *column->found);
        if (column->found == NULL)
            return false;
        for (; column->n < pass->column[found->n].n; column->n++)
            mpz_init(column->found[column->n].sum.mantissa);
    }
    return true;
}

enum crunch_code crunch_order_found_read(struct crunch_order_found *found,
                                         const struct crunch_order_pass *pass,
                                         const struct crunch_logs *logs, uint32_t stream,
                                         struct crunch_error *error)
{
    const struct crunch_block **mine = calloc(logs->n_blocks + 1, sizeof *mine);
    enum crunch_code code = CRUNCH_OK;
    size_t n = 0;
    *found = (struct crunch_order_found){.logs = logs};
    if (mine == NULL || !make_columns(found, pass))
        code = fail_memory(error);
    for (size_t b = 0; b < logs->n_blocks && !code; b++) {
        const struct crunch_block *block = &logs->block[b];
        if (n > 0 && mine[0]->chunk != block->chunk) {
            code = read_chunk(found, pass, mine, n, error);
            n = 0;
        }
        if (block->stream == stream)
            mine[n++] = block;
    }
    if (n > 0 && !code)
        code = read_chunk(found, pass, mine, n, error);
    free(mine);
    return code;
}

void crunch_order_found_free(struct crunch_order_found *found)
{
    for (size_t c = 0; c < found->n; c++) {
        struct crunch_found_column *column = &found->column[c];
        for (size_t i = 0; i < column->n; i++) {
            mpz_clear(column->found[i].sum.mantissa);
            free(column->found[i].kept);
        }
        free(column->found);
    }
    free(found->column);
    *found = (struct crunch_order_found){0};
}
