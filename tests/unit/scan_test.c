/*
 * The scanner: what it makes of records against libcsv and the rules of io/scan.h written out
 * plainly; and ranges, put together as a run does it, against one sequential scan.
 */
#include "io/automaton.h"
#include "io/scan.h"
#include "io/simd/kernels.h"

#include "tests/support/bytes.h"

#include <csv.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- logs: what a sink was told, as text ---- */

struct log {
    char *text;
    size_t len, size;
};

__attribute__((format(printf, 2, 3))) static void put(struct log *log, const char *format, ...)
{
    va_list list;

    if (log->size - log->len < 256) {
        log->size = 2 * log->size + 4096;
        log->text = realloc(log->text, log->size);
    }
    va_start(list, format);
    log->len += (size_t)vsnprintf(log->text + log->len, 256, format, list);
    va_end(list);
}

static void put_log(struct log *log, const struct log *other)
{
    for (size_t i = 0; i < other->len; i += 200)
        put(log, "%.*s", (int)(other->len - i < 200 ? other->len - i : 200), other->text + i);
}

static void put_cell(struct log *log, enum crunch_class class, int64_t mantissa, unsigned scale,
                     size_t n_digits)
{
    put(log, "%c%lld/%u,", "nmNpoWB"[class], (long long)mantissa, scale + (unsigned)n_digits);
}

/* The text of a cell, of any length. */
static void put_text(struct log *log, const char *text, size_t len)
{
    put(log, "%zu:", len);
    put_log(log, &(struct log){(char *)(uintptr_t)text, len, len});
}

/* What two scans of the same input must agree on. */
struct told {
    struct log rows, bad;
    uint64_t before; /* records before the range */
};

static void free_told(struct told *told)
{
    free(told->rows.text);
    free(told->bad.text);
    *told = (struct told){.before = told->before};
}

static void check_flags(const struct crunch_cells *cells, size_t rows)
{
    size_t n_numbers = 0;
    bool one_scale = true;

    for (size_t i = 0; i < rows; i++)
        if (cells->class[i] == CRUNCH_CELL_NUMBER) {
            n_numbers++;
            one_scale &= cells->scale[i] == cells->common_scale;
        } else {
            cr_assert_eq(cells->mantissa[i], 0);
            cr_assert_eq(cells->scale[i], 0);
        }
    cr_assert_eq(cells->n_numbers, n_numbers);
    cr_assert_eq(cells->all_numbers, n_numbers == rows);
    cr_assert_eq(cells->one_scale, one_scale);
}

static enum crunch_code on_batch(void *context, const struct crunch_batch *batch,
                                 struct crunch_error *error)
{
    struct told *told = context;

    (void)error;
    for (size_t k = 0; k < batch->n_columns; k++)
        check_flags(&batch->columns[k], batch->rows);
    for (size_t i = 0; i < batch->rows; i++) {
        for (size_t k = 0; k < batch->n_columns; k++) {
            const struct crunch_cells *cells = &batch->columns[k];
            size_t n_digits = 0;
            for (size_t w = 0; w < cells->n_wide; w++)
                if (cells->wide[w].row == i)
                    n_digits = cells->wide[w].n_digits;
            put_cell(&told->rows, cells->class[i], cells -> mantissa[i], cells -> scale[i],
                     n_digits);
            if (cells->text)
                put_text(&told->rows, cells->text[i], cells->text_len[i]);
        }
        put(&told->rows, " of %llu\n", (unsigned long long)(told->before + batch->record[i]));
    }
    return CRUNCH_OK;
}

static enum crunch_code on_bad(void *context, const struct crunch_bad *bad,
                               struct crunch_error *error)
{
    struct told *told = context;

    (void)error;
    put(&told->bad, "%d column %zd fields %zu at %llu, record [%llu,%llu)\n", (int)bad->kind,
        (ssize_t)bad->column, bad->fields, (unsigned long long)bad->offset,
        (unsigned long long)bad->record_begin, (unsigned long long)bad->record_end);
    return CRUNCH_OK;
}

/* ---- a scanner on a text ---- */

struct bench {
    struct crunch_table table;
    struct crunch_column column[8];
    size_t index[8];
    enum crunch_need need[8];
    struct crunch_scan_plan plan;
    struct crunch_source *source;
    struct crunch_scanner *scanner;
    const char *text;
    size_t len;
};

/* Bit i: no number is asked for of wanted column i; its text is. */
static unsigned presence, textual = 7;

/* width columns, of which the n in index are wanted. */
static void set_up(struct bench *b, const struct crunch_dialect *dialect, size_t width, size_t n,
                   const size_t *index, const char *text, size_t len)
{
    struct crunch_error error;

    memset(b, 0, sizeof *b);
    b->table = (struct crunch_table){
        .dialect = *dialect, .width = width, .columns = b->column, .data_line = 1};
    for (size_t i = 0; i < width; i++)
        b->column[i].name = "";
    for (size_t i = 0; i < n; i++) {
        b->index[i] = index[i];
        b->need[i] = presence >> i & 1 ? CRUNCH_NEED_PRESENCE : CRUNCH_NEED_NUMBER;
        if (textual >> i & 1)
            b->need[i] |= CRUNCH_NEED_TEXT;
    }
    b->plan = (struct crunch_scan_plan){&b->table, n, b->index, b->need, true, NULL};
    b->source = source_of(text, len);
    b->text = text;
    b->len = len;
    cr_assert_eq(crunch_scanner_create(&b->plan, b->source, &b->scanner, &error), CRUNCH_OK);
}

static void tear_down(struct bench *b)
{
    crunch_scanner_free(b->scanner);
    crunch_source_close(b->source);
}

struct outcome {
    enum crunch_code code;
    struct crunch_extent extent;
    struct crunch_error error;
};

static void scan(struct bench *b, uint64_t begin, uint64_t end, bool guess, uint64_t budget,
                 struct told *told, struct outcome *out)
{
    const struct crunch_range range = {
        .begin = begin, .end = end, .guess = guess, .bad_budget = budget};
    const struct crunch_sink sink = {told, on_batch, on_bad};

    out->code = crunch_scan(b->scanner, &range, &sink, &out->extent, &out->error);
}

static void put_outcome(struct log *log, const struct outcome *o)
{
    if (o->code == CRUNCH_OK)
        put(log, "ok: %llu records, %llu lines, %llu bad, to %llu\n",
            (unsigned long long)o->extent.records, (unsigned long long)o->extent.lines,
            (unsigned long long)o->extent.bad, (unsigned long long)o->extent.last);
    else
        put(log, "%d: %s at %llu = %llu:%llu in record %llu, column %u\n", (int)o->code,
            o->error.message, (unsigned long long)o->error.offset,
            (unsigned long long)o->error.line, (unsigned long long)o->error.byte_column,
            (unsigned long long)o->error.record, o->error.column);
}

/* One scan of everything. */
static void scan_whole(struct bench *b, uint64_t budget, struct log *log)
{
    struct told told = {.before = 0};
    struct outcome o;

    scan(b, 0, UINT64_MAX, false, budget, &told, &o);
    put_outcome(log, &o);
    if (o.code == CRUNCH_OK) {
        cr_assert(o.extent.at_end);
        cr_assert_eq(o.extent.last, b->len);
        put_log(log, &told.bad);
        put_log(log, &told.rows);
    }
    free_told(&told);
}

/* Adds a chunk that the frontier has found valid; false when it ends the run. */
static bool add_chunk(struct outcome *sum, const struct outcome *o)
{
    if (o->code) {
        uint64_t records = sum->extent.records, lines = sum->extent.lines;
        *sum = *o;
        sum->error.record += records;
        sum->error.line += lines;
        return false;
    }
    sum->extent.records += o->extent.records;
    sum->extent.lines += o->extent.lines;
    sum->extent.bad += o->extent.bad;
    sum->extent.last = o->extent.last;
    return true;
}

/* Scans chunk by chunk, each from a guess, and composes as the runner does. Returns how many
 * guesses were wrong. */
static size_t scan_in_chunks(struct bench *b, size_t chunk, uint64_t budget, struct log *log)
{
    struct told all = {.before = 0};
    struct outcome sum = {CRUNCH_OK, {.last = 0}, {.message = ""}};
    size_t redone = 0;
    bool on = true;

    for (uint64_t begin = 0; begin < b->len && on; begin += chunk) {
        const uint64_t end = begin + chunk < b->len ? begin + chunk : b->len;
        const uint64_t cur = sum.extent.last;
        struct told told = {.before = sum.extent.records};
        struct outcome o;

        scan(b, begin, end, begin > 0, budget, &told, &o);
        if (begin > 0 && o.extent.first != CRUNCH_NO_RECORD) {
            cr_assert_geq(o.extent.first, begin);
            cr_assert_lt(o.extent.first, end);
        }
        if (cur < end) {
            if (o.extent.first != cur || sum.extent.bad + o.extent.bad + (o.code != 0) > budget) {
                redone++;
                free_told(&told);
                scan(b, cur, end, false, budget - sum.extent.bad, &told, &o);
                cr_assert_eq(o.extent.first, cur);
            }
            if (!o.code) {
                cr_assert_geq(o.extent.last, end);
                if (o.extent.at_end)
                    cr_assert_eq(o.extent.last, b->len);
            }
            on = add_chunk(&sum, &o);
            put_log(&all.rows, &told.rows);
            put_log(&all.bad, &told.bad);
        }
        free_told(&told);
    }
    put_outcome(log, &sum);
    if (sum.code == CRUNCH_OK) {
        put_log(log, &all.bad);
        put_log(log, &all.rows);
    }
    free_told(&all);
    return redone;
}

static bool same(const struct log *a, const struct log *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

/* Marks the line starts of a text, by the automaton one byte at a time. */
static void mark_line_starts(const struct bench *b, bool *is_start)
{
    struct crunch_automaton a;

    memset(is_start, 0, b->len + 1);
    crunch_automaton_init(&a, &b->table.dialect, b->index, 0);
    is_start[0] = true;
    for (size_t i = 0; i < b->len; i++) {
        enum crunch_event event;
        bool ended = b->text[i] == '\n' && crunch_automaton_wants_lf(&a);
        size_t used, left = 1;
        do {
            event = crunch_automaton_feed(&a, b->text + i + 1 - left, left, &used);
            left -= used;
            ended |= event == CRUNCH_EVENT_RECORD || event == CRUNCH_EVENT_BLANK;
        } while (event != CRUNCH_EVENT_MORE);
        is_start[i + 1] =
            ended && !(b->text[i] == '\r' && i + 1 < b->len && b->text[i + 1] == '\n');
    }
    crunch_automaton_free(&a);
}

/* From every line start, a range ends at the lowest line start that is not before its end. */
static void check_ends(struct bench *b)
{
    bool is_start[32];

    mark_line_starts(b, is_start);
    for (size_t begin = 0; begin < b->len; begin++)
        for (size_t end = begin + 1; end <= b->len && is_start[begin]; end++) {
            struct told told = {.before = 0};
            struct outcome o;
            size_t want = end;
            while (want < b->len && !is_start[want])
                want++;
            scan(b, begin, end, false, UINT64_MAX, &told, &o);
            if (!o.code)
                cr_assert_eq(o.extent.last, want, "[%zu,%zu) of \"%.*s\"", begin, end, (int)b->len,
                             b->text);
            free_told(&told);
        }
}

/* Every chunk size from 1 to largest composes to the whole. */
static void check_tiling(struct bench *b, uint64_t budget, size_t largest)
{
    struct log whole = {0};

    scan_whole(b, budget, &whole);
    for (size_t chunk = 1; chunk <= largest; chunk++) {
        struct log parts = {0};
        scan_in_chunks(b, chunk, budget, &parts);
        cr_assert(same(&whole, &parts), "chunks of %zu of \"%.*s\" give\n%s instead of\n%s", chunk,
                  (int)b->len, b->text, parts.text, whole.text);
        free(parts.text);
    }
    free(whole.text);
}

static bool next_string(char *text, unsigned char *digit, size_t len, const char *alphabet)
{
    for (size_t i = 0; i < len; i++) {
        if (alphabet[++digit[i]]) {
            text[i] = alphabet[digit[i]];
            return true;
        }
        digit[i] = 0;
        text[i] = alphabet[0];
    }
    return false;
}

static void check_strings(const struct crunch_dialect *dialect, size_t width, size_t wanted,
                          uint64_t budget, const char *alphabet, size_t len)
{
    unsigned char digit[9] = {0};
    char text[9];

    memset(text, alphabet[0], sizeof text);
    do {
        struct bench b;
        set_up(&b, dialect, width, 1, &wanted, text, len);
        check_tiling(&b, budget, len);
        check_ends(&b);
        tear_down(&b);
    } while (next_string(text, digit, len, alphabet));
}

Test(scan, ranges_of_every_short_string_tile_it)
{
    struct crunch_dialect dialect = crunch_dialect_default();

    for (size_t len = 1; len <= 5; len++)
        check_strings(&dialect, 1, 0, 0, "1,\" \n\r", len);
    dialect.ragged = true;
    dialect.on_error = CRUNCH_ON_ERROR_NULL;
    check_strings(&dialect, 2, 1, UINT64_MAX, "1,\"\n\r", 6);
    dialect.comment = (struct crunch_token){"#\"", 2};
    check_strings(&dialect, 2, 0, UINT64_MAX, "#1\"\n\r", 5);
}

Test(scan, budgets_are_spent_in_file_order)
{
    struct crunch_dialect dialect = crunch_dialect_default();

    dialect.on_error = CRUNCH_ON_ERROR_SKIP;
    for (uint64_t budget = 0; budget < 4; budget++)
        check_strings(&dialect, 2, 0, budget, "1x,\n", 6);
}

/* ---- records by the rules, with libcsv's cells ---- */

struct oracle {
    const struct crunch_dialect *dialect;
    size_t width, n;
    const size_t *index;
    struct log *rows;
    uint64_t records, bad;
    bool failed; /* under fail */
    struct {
        char text[64];
        size_t len;
    } cell[64];
    size_t cells;
};

static void oracle_cell(void *text, size_t len, void *context)
{
    struct oracle *o = context;

    memcpy(o->cell[o->cells].text, text, len);
    o->cell[o->cells++].len = len;
}

static void oracle_record(int end, void *context)
{
    struct oracle *o = context;
    struct log row = {0};
    size_t used = o->cells, bad_cells = 0;
    bool bad_width;

    (void)end;
    while (used > 0 && o->cell[used - 1].len == 0)
        used--;
    bad_width = !o->dialect->ragged && (o->cells < o->width || used > o->width);
    for (size_t i = 0, k = 0; i < o->cells || k < o->n; i++) {
        const bool wanted = k < o->n && o->index[k] == i;
        struct crunch_number number = {.class = CRUNCH_CELL_MISSING};
        char scratch[CRUNCH_WIDE_DIGITS_MAX];
        bool bad = false;

        if (i < o->cells) {
            bad = memchr(o->cell[i].text, 0, o->cell[i].len) != NULL;
            if (wanted && !bad && o->cell[i].len > o->dialect->max_record)
                bad = true;
            if (wanted && !bad)
                crunch_number_parse(o->dialect, o->cell[i].text, o->cell[i].len, scratch, &number);
        }
        bad |= number.class == CRUNCH_CELL_BAD;
        bad_cells += bad;
        if (bad)
            number = (struct crunch_number){.class = CRUNCH_CELL_MISSING};
        if (wanted) {
            bool narrow = number.class == CRUNCH_CELL_NUMBER;
            put_cell(&row, number.class, narrow ? number.mantissa : 0, narrow ? number.scale : 0,
                     number.class == CRUNCH_CELL_WIDE ? number.wide.n_digits : 0);
            put_text(&row, o->cell[i].text,
                     number.class == CRUNCH_CELL_MISSING ? 0 : o->cell[i].len);
            k++;
        }
    }
    put(&row, " of %llu\n", (unsigned long long)o->records);
    o->records++;
    if (o->dialect->on_error == CRUNCH_ON_ERROR_NULL) {
        o->bad += bad_width + bad_cells;
        put_log(o->rows, &row);
    } else if (bad_width || bad_cells) {
        o->bad++;
        o->failed = true;
    } else {
        put_log(o->rows, &row);
    }
    free(row.text);
    o->cells = 0;
}

static uint64_t seed = 88172645463325252u;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 11) % n);
}

/* A random text; hostile ones have stray quotes, NULs, ragged records and cells of all kinds. */
static size_t random_text(char *text, size_t room, size_t width, bool hostile)
{
    static const char *const plain[] = {"1",     "-2.50", "37",   "0.125",     "",
                                        "\"4\"", " 5 ",   "1e3",  "\"6,\n7\"", "\"a\"\"b\"",
                                        "text",  "\"\"",  "99999"};
    static const char *const odd[] = {
        "x\"y",   "\"a\"b\"", "\"a\" \"", "nan",      "-inf",
        "1_0",    "1e999",    "\0",       "\"\r\n\"", "12345678901234567890123",
        "\"q\" ", "\t8\t",    " \" 9\"",  "\"\r\"",   "abcdefghijklmnop"};
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\n", "\r\r\n"};
    const unsigned end_kind = hostile ? 8 : pick(2) ? 5 : 3;
    size_t len = 0;

    while (len < room - 64 * width) {
        size_t fields = hostile && pick(8) == 0 ? 1 + pick(2 * (unsigned)width) : width;
        for (size_t i = 0; i < fields; i++) {
            const bool is_odd = hostile && pick(6) == 0;
            const char *cell = is_odd ? odd[pick(15)] : plain[i == 0 ? pick(8) : pick(13)];
            size_t n = *cell ? strlen(cell) : is_odd;
            memcpy(text + len, cell, n);
            len += n;
            text[len++] = ',';
        }
        len--;
        const char *end = ends[pick(end_kind)];
        memcpy(text + len, end, strlen(end));
        len += strlen(end);
    }
    return pick(2) ? len : len - 1;
}

static void check_against_libcsv(const struct crunch_dialect *dialect, const char *text, size_t len,
                                 size_t width)
{
    static const size_t index[] = {0, 2};
    struct told told = {.before = 0};
    struct log rows = {0};
    struct oracle oracle = {
        .dialect = dialect, .width = width, .n = 2, .index = index, .rows = &rows};
    struct csv_parser parser;
    struct outcome o;
    struct bench b;

    csv_init(&parser, 0);
    csv_parse(&parser, text, len, oracle_cell, oracle_record, &oracle);
    bool open = parser.pstate == 2 && parser.quoted;
    if (!open)
        csv_fini(&parser, oracle_cell, oracle_record, &oracle);
    csv_free(&parser);
    set_up(&b, dialect, width, 2, index, text, len);
    scan(&b, 0, UINT64_MAX, false, dialect->on_error == CRUNCH_ON_ERROR_FAIL ? 0 : UINT64_MAX,
         &told, &o);
    if (open || (oracle.failed && dialect->on_error == CRUNCH_ON_ERROR_FAIL)) {
        cr_assert_eq(o.code, CRUNCH_BAD_DATA);
    } else {
        cr_assert_eq(o.code, CRUNCH_OK, "%s", o.error.message);
        cr_assert_eq(o.extent.records, oracle.records);
        cr_assert_eq(o.extent.bad, oracle.bad);
        cr_assert(same(&told.rows, &rows));
    }
    tear_down(&b);
    free_told(&told);
    free(rows.text);
}

Test(scan, records_follow_the_rules_on_libcsvs_cells)
{
    enum { ROOM = 3000 };
    static char text[ROOM + 64];

    for (int round = 0; round < 600; round++) {
        struct crunch_dialect dialect = crunch_dialect_default();
        size_t width = 3 + pick(3);
        crunch_scan_kernels_choose((enum crunch_simd_level)pick(crunch_cpu_level() + 1u));
        dialect.on_error = (enum crunch_on_error)pick(3);
        dialect.ragged = pick(3) == 0;
        dialect.max_record = pick(2) ? 12 : 4096;
        size_t len = random_text(text, 600 + pick(ROOM - 600), width, round % 3 > 0);
        check_against_libcsv(&dialect, text, len, width);
    }
}

/* ---- bigger texts: chunks, and the fast path beside the automaton ---- */

Test(scan, chunks_and_both_paths_agree_on_random_texts)
{
    enum { ROOM = 40000 };
    static char text[ROOM + 64];
    static const size_t index[] = {0, 1, 2};

    for (int round = 0; round < 150; round++) {
        struct crunch_dialect dialect = crunch_dialect_default();
        const bool hostile = round % 2;
        const struct crunch_token nulls[] = {{"37", 2}, {"text", 4}};
        struct log plain = {0}, fast = {0};
        struct bench b;
        dialect.on_error = (enum crunch_on_error)(1 + pick(2));
        dialect.ragged = pick(3) == 0;
        if (pick(3) == 0)
            dialect.comment = (struct crunch_token){"-", 1};
        dialect.arith = (enum crunch_arith)(pick(4) == 0);
        dialect.nan = (enum crunch_nan)pick(3);
        dialect.nulls = nulls;
        dialect.n_nulls = pick(3);
        presence = pick(2) ? pick(8) : 0;
        textual = pick(8);
        crunch_scan_kernels_choose((enum crunch_simd_level)pick(crunch_cpu_level() + 1u));
        size_t len = random_text(text, 1000 + pick(ROOM - 1000), 4, hostile);
        const uint64_t budget = hostile && pick(3) == 0 ? pick(20) : UINT64_MAX;
        const size_t n = pick(4);

        setenv("CRUNCH_SCAN", "plain", 1);
        set_up(&b, &dialect, 4, n, index, text, len);
        scan_whole(&b, budget, &plain);
        tear_down(&b);
        unsetenv("CRUNCH_SCAN");
        set_up(&b, &dialect, 4, n, index, text, len);
        scan_whole(&b, budget, &fast);
        cr_assert(same(&plain, &fast), "round %d", round);
        for (int i = 0; i < 3; i++) {
            struct log parts = {0};
            scan_in_chunks(&b, i == 0 ? 37 + pick(100) : 500 + pick(5000), budget, &parts);
            cr_assert(same(&plain, &parts), "round %d", round);
            free(parts.text);
        }
        tear_down(&b);
        free(plain.text);
        free(fast.text);
    }
}

/* Regular files with many quoted line ends: nearly every guess is right. */
Test(scan, guesses_are_right_on_regular_texts)
{
    enum { ROOM = 200000 };
    static char text[ROOM];
    static const size_t index[] = {0};
    struct crunch_dialect dialect = crunch_dialect_default();
    size_t chunks = 0, redone = 0;

    for (int round = 0; round < 6; round++) {
        struct log log = {0};
        struct bench b;
        size_t len = 0;
        while (len < ROOM - 400)
            if (round % 2)
                len += (size_t)sprintf(text + len, "%u,\"%.*s\n%.*s\",\"\",x %u\r\n", pick(100),
                                       (int)pick(90),
                                       "a, \"\"b\"\",\nc \"\"d, e,\nf,g"
                                       "h,i,j,k,l,m,n,o\n,p,q,,,,\n,,,",
                                       0, "", pick(1000));
            else
                len += (size_t)sprintf(text + len, "%u,plain,text without quotes,%u\n", pick(100),
                                       pick(1000));
        if (round % 2) /* cut texts may end within a doubled quote: make them even */
            for (size_t i = 0; i + 2 < len; i++)
                if (text[i] == '"' && text[i + 1] == '\n' && text[i - 1] != ',' &&
                    text[i - 1] != '"' && text[i + 2] == '"')
                    text[i] = '.';
        set_up(&b, &dialect, 4, 1, index, text, len);
        redone += scan_in_chunks(&b, 2000, 0, &log);
        chunks += len / 2000;
        tear_down(&b);
        free(log.text);
    }
    cr_assert_leq(redone * 20, chunks, "%zu of %zu guesses were wrong", redone, chunks);
}

/* Without quotes there is nothing to guess, wherever the cut. */
Test(scan, guesses_without_quotes_are_never_wrong)
{
    static const char *const ends[] = {"\n", "\r\n", "\r", "\n\n", "\r\n\r\n"};
    static const size_t index[] = {0};
    struct crunch_dialect dialect = crunch_dialect_default();

    for (size_t e = 0; e < 5; e++) {
        char text[400];
        struct log log = {0};
        struct bench b;
        size_t len = 0;
        while (len < sizeof text - 30)
            len += (size_t)sprintf(text + len, "%u,ab%s", pick(1000), ends[e]);
        set_up(&b, &dialect, 2, 1, index, text, len);
        for (size_t chunk = 20; chunk < 80; chunk++)
            cr_assert_eq(scan_in_chunks(&b, chunk, 0, &log), 0, "chunks of %zu", chunk);
        tear_down(&b);
        free(log.text);
    }
}

/* ---- places and texts of bad data ---- */

static void check_error(const char *text, size_t len, enum crunch_on_error policy, const char *want)
{
    static const size_t index[] = {0, 1};
    struct crunch_dialect dialect = crunch_dialect_default();
    struct told told = {.before = 0};
    struct log log = {0};
    struct outcome o;
    struct bench b;

    dialect.on_error = policy;
    dialect.max_record = 8;
    set_up(&b, &dialect, 2, 2, index, text, len);
    scan(&b, 0, UINT64_MAX, false, 0, &told, &o);
    put_outcome(&log, &o);
    cr_assert_str_eq(log.text, want);
    tear_down(&b);
    free_told(&told);
    free(log.text);
}

#define CHECK_ERROR(text, policy, want) check_error(text, sizeof text - 1, policy, want)
#define FAIL CRUNCH_ON_ERROR_FAIL

Test(scan, errors_say_what_and_where)
{
    CHECK_ERROR("1,2\n3, x\n", FAIL, "1: not a number: \"x\" at 7 = 1:4 in record 1, column 2\n");
    CHECK_ERROR("1,2\r\n\r\n3, \"\r\n\"\n", FAIL,
                "1: not a number: \"\\x0D\\x0A\" at 10 = 2:4 in record 1, column 2\n");
    CHECK_ERROR("1,2\n x,y,z\n", FAIL,
                "1: 3 fields where the first record has 2 at 5 = 1:2 in record 1, column 0\n");
    CHECK_ERROR("1,2\nx\n", FAIL,
                "1: 1 field where the first record has 2 at 4 = 1:1 in record 1, column 0\n");
    CHECK_ERROR("1,2,,\n3,1e400\n", FAIL,
                "1: out of range: \"1e400\" at 8 = 1:3 in record 1, column 2\n");
    CHECK_ERROR("1,\"2\n\n", FAIL,
                "1: the quote that opens here is never closed at 2 = 0:3 in record 0, column 2\n");
    CHECK_ERROR("x,\"2\n\n", FAIL, "1: not a number: \"x\" at 0 = 0:1 in record 0, column 1\n");
    CHECK_ERROR("1,2\n3,4\0\n", FAIL, "1: a NUL byte at 6 = 1:3 in record 1, column 2\n");
    CHECK_ERROR("1,123456789\n", FAIL,
                "1: the cell is longer than 8 bytes at 2 = 0:3 in record 0, column 2\n");
    CHECK_ERROR("1,12345678   \n", FAIL, "ok: 1 records, 1 lines, 0 bad, to 14\n");
}

/* The open quote fails however much is allowed. */
Test(scan, no_policy_lets_an_open_quote_pass)
{
    static const char text[] = "1,2\nx,\"3\n";
    static const size_t index[] = {0, 1};

    for (int policy = 0; policy < 3; policy++) {
        struct crunch_dialect dialect = crunch_dialect_default();
        struct told told = {.before = 0};
        struct outcome o;
        struct bench b;
        dialect.on_error = (enum crunch_on_error)policy;
        set_up(&b, &dialect, 2, 2, index, text, sizeof text - 1);
        scan(&b, 0, UINT64_MAX, false, UINT64_MAX, &told, &o);
        cr_assert_eq(o.code, CRUNCH_BAD_DATA);
        cr_assert_eq(o.error.offset, 6);
        cr_assert_eq(o.extent.bad, 1);
        tear_down(&b);
        free_told(&told);
    }
}

/* A missing cell is the same whether a column is looked at for presence or for numbers. */
Test(scan, presence_is_not_missing)
{
    static const char text[] = "1\nx\n\"\"\n\" \"\nNA\n\" NA \"\n,\nnan\n";
    static const size_t index[] = {0};
    struct crunch_token null = {"NA", 2};
    struct crunch_dialect dialect = crunch_dialect_default();
    struct told told = {.before = 0};
    struct outcome o;
    struct bench b;

    dialect.nulls = &null;
    dialect.n_nulls = 1;
    presence = textual = 1;
    set_up(&b, &dialect, 1, 1, index, text, sizeof text - 1);
    scan(&b, 0, UINT64_MAX, false, 0, &told, &o);
    cr_assert_eq(o.code, CRUNCH_OK, "%s", o.error.message);
    cr_assert_str_eq(told.rows.text, "n0/0,1:1 of 0\nn0/0,1:x of 1\nm0/0,0: of 2\nm0/0,0: of 3\n"
                                     "m0/0,0: of 4\nm0/0,0: of 5\nm0/0,0: of 6\nn0/0,3:nan of 7\n");
    tear_down(&b);
    free_told(&told);
}

/* Records larger than the buffer, and a guess that gives up far past its end. */
Test(scan, long_records_cross_pieces)
{
    enum { LONG = 5 << 20 };
    static const size_t index[] = {0};
    struct crunch_dialect dialect = crunch_dialect_default();
    char *text = malloc(LONG + 100);
    size_t len = (size_t)sprintf(text, "1,b\n1,\"");
    struct told told = {.before = 0};
    struct outcome o;
    struct bench b;

    memset(text + len, 'a', LONG);
    len += LONG;
    len += (size_t)sprintf(text + len, "\n\"\n2,b\n");
    set_up(&b, &dialect, 2, 1, index, text, len);
    scan(&b, 0, 10, false, 0, &told, &o);
    cr_assert_eq(o.code, CRUNCH_OK, "%s", o.error.message);
    cr_assert_eq(o.extent.records, 2);
    cr_assert_eq(o.extent.last, len - 4);
    scan(&b, 2, 10, true, 0, &told, &o); /* begins right, and runs far */
    cr_assert_eq(o.code, CRUNCH_OK);
    cr_assert_eq(o.extent.first, CRUNCH_NO_RECORD);
    scan(&b, 9, 12, true, 0, &told, &o); /* no line end in it */
    cr_assert_eq(o.code, CRUNCH_OK);
    cr_assert_eq(o.extent.first, CRUNCH_NO_RECORD);
    struct log whole = {0}, parts = {0};
    scan_whole(&b, 0, &whole);
    scan_in_chunks(&b, 1 << 20, 0, &parts);
    cr_assert(same(&whole, &parts));
    tear_down(&b);
    free_told(&told);
    free(whole.text);
    free(parts.text);
    free(text);
}
