/*
 * Members: which scanner reads a file, and the way from its columns to the plan's. A scanner and a
 * table of its own are made only for a file whose beginning differs, and kept until the next such
 * file; so in the usual case a file costs its opening and one small read.
 */
#include "core/member.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_MOST ((uint64_t)1 << 20) /* a longer header is read for what it says in every file */

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

/* Keeps the beginning of the first file, which the others are compared with. The table's offset is
 * relative to that file, since it is the first of the input with a byte in it. */
static enum crunch_code keep_head(struct crunch_member *m, struct crunch_error *error)
{
    const struct crunch_files *files = crunch_source_files(m->source);
    uint64_t len = m->plan->table->data_offset;
    size_t first = crunch_files_next(files, 0);
    enum crunch_code code;
    const char *known;
    size_t known_len;
    ssize_t n;

    if (len > HEAD_MOST || first == files->n)
        return CRUNCH_OK;
    m->head = malloc((size_t)len + 1);
    if (!m->head)
        return no_memory(error);
    known = crunch_source_beginning(m->source, first, &known_len);
    if (known_len >= len && known) {
        memcpy(m->head, known, (size_t)len);
        m->head_len = (size_t)len;
        return CRUNCH_OK;
    }
    code = crunch_source_select(m->source, first, error);
    if (code)
        return code;
    n = len > 0 ? crunch_source_read(m->source, m->head, (size_t)len, 0, error) : 0;
    if (n < 0)
        return error->code;
    m->head_len = (size_t)n;
    return CRUNCH_OK;
}

enum crunch_code crunch_member_init(struct crunch_member *m, const struct crunch_plan *plan,
                                    struct crunch_source *source, struct crunch_error *error)
{
    size_t n = plan->scan.n_columns;
    enum crunch_code code;

    memset(m, 0, sizeof *m);
    m->plan = plan;
    m->source = source;
    m->file = SIZE_MAX;
    m->table = plan->table;
    m->data = plan->table->data_offset;
    m->data_line = plan->table->data_line;
    m->end = UINT64_MAX;
    if (crunch_source_files(source)) {
        m->own_index = calloc(n + 1, sizeof *m->own_index);
        m->own_need = calloc(n + 1, sizeof *m->own_need);
        m->place = calloc(n + 1, sizeof *m->place);
        m->cells = calloc(n + 1, sizeof *m->cells);
        m->own_late = calloc(n + 1, sizeof *m->own_late);
        if (!m->own_index || !m->own_need || !m->own_late || !m->place || !m->cells)
            return no_memory(error);
        code = keep_head(m, error);
        if (code)
            return code;
    }
    return crunch_scanner_create(&plan->scan, source, &m->scanner, error);
}

void crunch_member_close(struct crunch_member *m)
{
    crunch_scanner_free(m->scanner);
    crunch_scanner_free(m->own_scanner);
    crunch_table_free(m->own_table);
    free(m->own_index);
    free(m->own_need);
    free(m->own_late);
    free(m->place);
    free(m->cells);
    free(m->head);
    memset(m, 0, sizeof *m);
}

/* ---- a file with another beginning ---- */

static enum crunch_code column_fails(const struct crunch_member *m, const char *how,
                                     const struct crunch_column *column, struct crunch_error *error)
{
    char name[80];

    crunch_quote_text(name, sizeof name, column->name, column->name_len);
    crunch_fail(error, CRUNCH_BAD_DATA, how, name);
    crunch_hint(error,
                "files are read together by the names in their headers, those of the first one");
    if (error)
        error->file = crunch_source_name(m->source);
    return CRUNCH_BAD_DATA;
}

/* The column of that name, which has to be there once. */
static enum crunch_code find_column(const struct crunch_member *m,
                                    const struct crunch_column *wanted, size_t *found,
                                    struct crunch_error *error)
{
    const struct crunch_table *table = m->own_table;
    size_t times = 0;

    for (size_t i = 0; i < table->width; i++)
        if (table->columns[i].name_len == wanted->name_len &&
            memcmp(table->columns[i].name, wanted->name, wanted->name_len) == 0) {
            *found = i;
            times++;
        }
    if (times == 0)
        return column_fails(m, "the file has no column \"%s\"", wanted, error);
    if (times > 1)
        return column_fails(m, "the file has more than one column \"%s\"", wanted, error);
    return CRUNCH_OK;
}

/* Sorts own_index, and place and own_need along with it. Insertion: columns are few, and most often
 * in order. */
static void sort_columns(struct crunch_member *m)
{
    for (size_t i = 1; i < m->plan->scan.n_columns; i++)
        for (size_t k = i; k > 0 && m->own_index[k] < m->own_index[k - 1]; k--) {
            size_t index = m->own_index[k], place = m->place[k];
            enum crunch_need need = m->own_need[k];
            bool late = m->own_late[k];

            m->own_index[k] = m->own_index[k - 1];
            m->place[k] = m->place[k - 1];
            m->own_need[k] = m->own_need[k - 1];
            m->own_late[k] = m->own_late[k - 1];
            m->own_index[k - 1] = index;
            m->place[k - 1] = place;
            m->own_need[k - 1] = need;
            m->own_late[k - 1] = late;
        }
}

static enum crunch_code match_columns(struct crunch_member *m, struct crunch_error *error)
{
    const struct crunch_scan_plan *scan = &m->plan->scan;
    enum crunch_code code = CRUNCH_OK;

    for (size_t k = 0; k < scan->n_columns && !code; k++) {
        const struct crunch_column *wanted = &m->plan->table->columns[scan->index[k]];

        m->own_index[k] = scan->index[k];
        m->own_need[k] = scan->need[k];
        m->own_late[k] = scan->late && scan->late[k];
        m->place[k] = k;
        if (m->plan->table->has_header)
            code = find_column(m, wanted, &m->own_index[k], error);
    }
    sort_columns(m);
    return code;
}

/* Without headers every file has the first one's width. */
static enum crunch_code check_width(const struct crunch_member *m, struct crunch_error *error)
{
    if (m->plan->table->has_header || m->plan->table->dialect.ragged ||
        m->own_table->width == m->plan->table->width || m->own_table->width == 0)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_BAD_DATA, "the file has %zu columns, where the first has %zu",
                m->own_table->width, m->plan->table->width);
    if (error)
        error->file = crunch_source_name(m->source);
    return CRUNCH_BAD_DATA;
}

/* Doubles and decimals are accumulated apart. */
static enum crunch_code check_arith(const struct crunch_member *m, struct crunch_error *error)
{
    if (m->own_table->dialect.arith == m->plan->table->dialect.arith || m->own_table->width == 0)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_BAD_DATA, "the file holds %s, where the first holds %s",
                m->own_table->binary.type.kind == 'f' ? "doubles" : "decimals or integers",
                m->plan->table->binary.type.kind == 'f' ? "doubles" : "decimals or integers");
    crunch_hint(error, "--arith=binary reads both as doubles");
    if (error)
        error->file = crunch_source_name(m->source);
    return CRUNCH_BAD_DATA;
}

static enum crunch_code read_own_table(struct crunch_member *m, struct crunch_error *error)
{
    struct crunch_dialect dialect = m->plan->table->dialect;
    enum crunch_code code;

    crunch_scanner_free(m->own_scanner);
    crunch_table_free(m->own_table);
    m->own_scanner = NULL;
    m->own_table = NULL;
    m->table = m->plan->table;
    dialect.arith = m->plan->job->dialect.arith;
    dialect.header = m->plan->table->has_header ? CRUNCH_HEADER_YES : CRUNCH_HEADER_NO;
    code = crunch_table_read_at(m->source, m->base, &dialect, &m->own_table, error);
    if (!code)
        code = check_width(m, error);
    if (!code)
        code = check_arith(m, error);
    if (!code && m->own_table->width > 0)
        code = match_columns(m, error);
    if (code)
        return code;
    m->own_plan = m->plan->scan;
    m->own_plan.table = m->own_table;
    m->own_plan.index = m->own_index;
    m->own_plan.need = m->own_need;
    m->own_plan.late = m->plan->scan.late ? m->own_late : NULL;
    if (m->own_table->width == 0) /* nothing but a header, or not even that */
        m->own_plan.n_columns = 0;
    return crunch_scanner_create(&m->own_plan, m->source, &m->own_scanner, error);
}

/* ---- reading ---- */

/* Without a header and lines to be skipped, data begins where the file does, unless a byte order
 * mark stands there. */
static enum crunch_code begins_with_data(struct crunch_member *m, bool *plain,
                                         struct crunch_error *error)
{
    unsigned char beginning[2] = {0};
    ssize_t n = crunch_source_read(m->source, beginning, 2, m->base, error);

    *plain = n >= 1 && beginning[0] < 0xef && beginning[0] != 0;
    return n < 0 ? error->code : CRUNCH_OK;
}

/* True if the file begins as the first one does, header included. */
static enum crunch_code same_beginning(struct crunch_member *m, bool *same,
                                       struct crunch_error *error)
{
    char beginning[512], *bytes = beginning;
    enum crunch_code code = CRUNCH_OK;
    ssize_t n;

    *same = false;
    if (!m->head)
        return CRUNCH_OK;
    if (m->head_len > sizeof beginning)
        bytes = malloc(m->head_len);
    if (!bytes)
        return no_memory(error);
    n = crunch_source_read(m->source, bytes, m->head_len, m->base, error);
    if (n < 0)
        code = error->code;
    *same = n >= 0 && (size_t)n == m->head_len && memcmp(bytes, m->head, m->head_len) == 0;
    if (bytes != beginning)
        free(bytes);
    return code;
}

enum crunch_code crunch_member_select(struct crunch_member *m, size_t i, struct crunch_error *error)
{
    const struct crunch_files *files = crunch_source_files(m->source);
    struct crunch_error own;
    enum crunch_code code;
    uint64_t data;
    bool same;

    if (!error)
        error = &own;
    if (m->file == i && !files->file[i].url) /* it may be another by now, header included */
        return CRUNCH_OK;
    m->file = SIZE_MAX;
    code = crunch_source_select(m->source, i, error);
    if (code)
        return code;
    m->base = files->file[i].base;
    m->end = m->base + files->file[i].size;
    m->packed = crunch_source_size(m->source) == CRUNCH_SIZE_UNKNOWN;
    if (m->plan->table->binary.type.kind) { /* its size has to be looked at */
        code = CRUNCH_OK;
        same = false;
        data = 0;
    } else if (!m->plan->table->has_header && m->plan->table->dialect.skip_lines == 0) {
        code = begins_with_data(m, &same, error);
        data = 0;
    } else {
        code = same_beginning(m, &same, error);
        data = m->plan->table->data_offset;
    }
    if (!code && !same)
        code = read_own_table(m, error);
    if (code) {
        if (!error->file)
            error->file = crunch_source_name(m->source);
        return code;
    }
    m->table = same ? m->plan->table : m->own_table;
    m->data = m->base + (same ? data : m->own_table->data_offset);
    m->data_line = m->table->data_line;
    m->file = i;
    return CRUNCH_OK;
}

static enum crunch_code hand_over(void *context, const struct crunch_batch *batch,
                                  struct crunch_error *error)
{
    struct crunch_member *m = context;

    m->rows = *batch;
    m->rows.n_columns = m->plan->scan.n_columns;
    m->rows.columns = m->cells;
    for (size_t k = 0; k < batch->n_columns; k++)
        m->cells[m->place[k]] = batch->columns[k];
    return m->sink->batch(m->sink->context, &m->rows, error);
}

static enum crunch_code hand_over_bad(void *context, const struct crunch_bad *bad,
                                      struct crunch_error *error)
{
    struct crunch_member *m = context;

    return m->sink->bad ? m->sink->bad(m->sink->context, bad, error) : CRUNCH_OK;
}

enum crunch_code crunch_member_scan(struct crunch_member *m, const struct crunch_range *range,
                                    const struct crunch_sink *sink, struct crunch_extent *extent,
                                    struct crunch_error *error)
{
    const struct crunch_sink permuted = {m, hand_over, hand_over_bad};

    if (m->table == m->plan->table)
        return crunch_scan(m->scanner, range, sink, extent, error);
    m->sink = sink;
    return crunch_scan(m->own_scanner, range, &permuted, extent, error);
}

enum crunch_code crunch_member_tell(struct crunch_member *m, const struct crunch_bad *bad,
                                    struct crunch_error *error)
{
    const bool own = m->table != m->plan->table;

    return crunch_scanner_tell(own ? m->own_scanner : m->scanner, bad, error);
}

size_t crunch_member_column(const struct crunch_member *m, size_t k)
{
    if (m->table == m->plan->table)
        return m->plan->scan.index[k];
    for (size_t i = 0; i < m->own_plan.n_columns; i++)
        if (m->place[i] == k)
            return m->own_index[i];
    return SIZE_MAX;
}

size_t crunch_member_plan_column(const struct crunch_member *m, size_t column)
{
    if (m->table == m->plan->table)
        return column;
    for (size_t i = 0; i < m->own_plan.n_columns; i++)
        if (m->own_index[i] == column)
            return m->plan->scan.index[m->place[i]];
    return SIZE_MAX;
}

/* ---- counting ---- */

static enum crunch_code ignore(void *context, const struct crunch_batch *batch,
                               struct crunch_error *error)
{
    (void)context, (void)batch, (void)error;
    return CRUNCH_OK;
}

enum crunch_code crunch_member_count(struct crunch_member *m, size_t i, uint64_t offset,
                                     uint64_t *records, uint64_t *lines, struct crunch_error *error)
{
    const struct crunch_sink sink = {NULL, ignore, NULL};
    struct crunch_extent extent = {0};
    struct crunch_scanner *scanner;
    struct crunch_scan_plan plan = {0};
    enum crunch_code code = crunch_member_select(m, i, error);

    *records = *lines = 0;
    if (code || offset <= m->data)
        return code;
    plan.table = m->table;
    code = crunch_scanner_create(&plan, m->source, &scanner, error);
    if (code)
        return code;
    code = crunch_scan(
        scanner, &(struct crunch_range){.begin = m->data, .end = offset, .bad_budget = UINT64_MAX},
        &sink, &extent, error);
    crunch_scanner_free(scanner);
    *records = extent.records;
    *lines = extent.lines;
    return code;
}
