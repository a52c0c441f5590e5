/*
 * The texts of a scanned batch: against libcsv on every short string, and against the cells that a
 * random file was written from, with texts longer than any buffer; on the automaton alone and on
 * the fast path of every level.
 */
#include "io/scan.h"
#include "io/simd/kernels.h"

#include "tests/support/bytes.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

/* The plain path, then the fast path of each level that the CPU has. */
static int variants(void)
{
    return 2 + (int)crunch_cpu_level();
}

static void choose_variant(int variant)
{
    if (variant == 0)
        setenv("CRUNCH_SCAN", "plain", 1);
    else
        unsetenv("CRUNCH_SCAN");
    crunch_scan_kernels_choose(variant == 0 ? CRUNCH_SIMD_SCALAR
                                            : (enum crunch_simd_level)(variant - 1));
}

/* A plan for the texts of all columns of a table. */
#define WIDTH_MAX 4

struct setting {
    struct crunch_dialect dialect;
    struct crunch_table table;
    struct crunch_column column[WIDTH_MAX];
    size_t index[WIDTH_MAX];
    enum crunch_need need[WIDTH_MAX];
    struct crunch_scan_plan plan;
};

static void set_up(struct setting *s, size_t width)
{
    memset(s, 0, sizeof *s);
    s->dialect = crunch_dialect_default();
    s->dialect.ragged = true;
    for (size_t i = 0; i < width; i++) {
        s->column[i].name = "";
        s->index[i] = i;
        s->need[i] = CRUNCH_NEED_TEXT;
    }
    s->table = (struct crunch_table){
        .dialect = s->dialect, .width = width, .columns = s->column, .data_line = 1};
    s->plan = (struct crunch_scan_plan){&s->table, width, s->index, s->need, true, NULL};
}

static enum crunch_code scan(struct crunch_scanner *scanner,
                             enum crunch_code (*batch)(void *, const struct crunch_batch *,
                                                       struct crunch_error *),
                             void *context)
{
    const struct crunch_range range = {.end = UINT64_MAX};
    const struct crunch_sink sink = {.context = context, .batch = batch};
    struct crunch_extent extent;
    struct crunch_error error;

    return crunch_scan(scanner, &range, &sink, &extent, &error);
}

/* ---- every short string ---- */

/* Texts closed by 1, records by 2. */
struct said {
    char text[256];
    size_t len;
};

static void say(struct said *said, const char *text, size_t len)
{
    memcpy(said->text + said->len, text, len);
    said->len += len;
    said->text[said->len++] = 1;
}

struct csv_said {
    struct said said;
    size_t width, fields;
};

static void csv_cell(void *text, size_t len, void *context)
{
    struct csv_said *to = context;
    size_t blanks = 0;

    while (blanks < len && ((char *)text)[blanks] == ' ')
        blanks++;
    if (to->fields++ < to->width)
        say(&to->said, text, blanks == len ? 0 : len);
}

static void csv_record(int end, void *context)
{
    struct csv_said *to = context;

    (void)end;
    for (; to->fields < to->width; to->fields++)
        say(&to->said, "", 0);
    to->said.text[to->said.len++] = 2;
    to->fields = 0;
}

static enum crunch_code note_batch(void *context, const struct crunch_batch *batch,
                                   struct crunch_error *error)
{
    struct said *said = context;

    (void)error;
    for (size_t i = 0; i < batch->rows; i++) {
        for (size_t k = 0; k < batch->n_columns; k++)
            say(said, batch->columns[k].text[i], batch->columns[k].text_len[i]);
        said->text[said->len++] = 2;
    }
    return CRUNCH_OK;
}

/* False: its quote is open. */
static bool read_by_libcsv(struct csv_parser *parser, const char *text, size_t len,
                           struct csv_said *to)
{
    to->said.len = to->fields = 0;
    csv_parse(parser, text, len, csv_cell, csv_record, to);
    bool open = parser->pstate == 2 && parser->quoted;
    csv_fini(parser, csv_cell, csv_record, to);
    return !open;
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

/* The strings change in the file under one source and one scanner for each variant: to make these
 * anew would take all the time. */
static void check_strings(size_t width, size_t len, const char *alphabet)
{
    unsigned char digit[9] = {0};
    char text[9], path[40];
    int fd = memfd_create("strings", 0);
    struct setting s;
    struct crunch_source *source;
    struct crunch_scanner *scanner[8];
    struct csv_parser parser;
    struct csv_said want = {.width = width};
    const int n = variants(); /* asked once: virtual machines take long to answer */

    memset(text, alphabet[0], sizeof text);
    cr_assert_eq(ftruncate(fd, (off_t)len), 0);
    char *file = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(file != MAP_FAILED);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cr_assert_eq(crunch_source_open(path, &source, NULL), CRUNCH_OK);
    set_up(&s, width);
    for (int v = 0; v < n; v++) {
        choose_variant(v);
        cr_assert_eq(crunch_scanner_create(&s.plan, source, &scanner[v], NULL), CRUNCH_OK);
    }
    csv_init(&parser, 0);
    do {
        memcpy(file, text, len);
        bool whole = read_by_libcsv(&parser, text, len, &want);
        for (int v = 0; v < n; v++) {
            struct said got = {.len = 0};
            choose_variant(v);
            enum crunch_code code = scan(scanner[v], note_batch, &got);
            cr_assert_eq(code, whole ? CRUNCH_OK : CRUNCH_BAD_DATA);
            cr_assert(!whole || (got.len == want.said.len &&
                                 memcmp(got.text, want.said.text, got.len) == 0),
                      "variant %d differs from libcsv on \"%.*s\", width %zu", v, (int)len, text,
                      width);
        }
    } while (next_string(text, digit, len, alphabet));
    csv_free(&parser);
    for (int v = 0; v < n; v++)
        crunch_scanner_free(scanner[v]);
    crunch_source_close(source);
    munmap(file, len);
    close(fd);
}

Test(scan_text, every_short_string_has_libcsvs_cells)
{
    for (size_t len = 1; len <= 6; len++)
        for (size_t width = 1; width <= 3; width++)
            check_strings(width, len, "a,\" \n\r");
    check_strings(2, 7, "a,\" \n");
    check_strings(1, 8, "a\" \n");
}

/* ---- files of known cells ---- */

static uint64_t seed = 521288629;

static size_t below(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)((seed >> 11) % n);
}

#define ROWS_MAX 6000
#define FILE_ROOM ((size_t)8 << 20)

struct known {
    char *file, *texts;
    size_t len, texts_len;
    size_t width, rows;
    struct {
        size_t at, len;
    } cell[ROWS_MAX][WIDTH_MAX];
    size_t seen; /* rows that batches had */
};

/* One cell: its content to texts, and to the file as it may be written. */
static void write_cell(struct known *k, size_t row, size_t column, unsigned style, bool huge)
{
    static const char letters[] = "abcXYZ019.-\xc3\xa9_";
    const bool quoted = below(8) < style || huge;
    char *text = k->texts + k->texts_len, *to = k->file + k->len;
    size_t n = below(10) == 0 ? 0 : below(below(6) == 0 ? 60 : 12), len = 0;

    if (huge)
        n = below((size_t)1 << 20);
    for (; len < n; len++)
        text[len] = quoted && below(6) == 0                   ? "\", \n\t\r\""[below(7)]
                    : len > 0 && len + 1 < n && below(9) == 0 ? ' '
                                                              : letters[below(sizeof letters - 1)];
    for (size_t i = 1; i < len; i++) /* a lone CR is not what the fast path takes */
        if (text[i - 1] == '\r' && text[i] != '\n')
            text[i - 1] = '-';
    if (len > 0 && text[len - 1] == '\r')
        text[len - 1] = '-';
    if (style > 4 && below(4) == 0)
        *to++ = ' ';
    if (quoted)
        *to++ = '"';
    for (size_t i = 0; i < len; i++) {
        *to++ = text[i];
        if (text[i] == '"')
            *to++ = '"';
    }
    if (quoted)
        *to++ = '"';
    if (style > 4 && below(4) == 0)
        *to++ = '\t';
    size_t blanks = 0;
    while (blanks < len && (text[blanks] == ' ' || text[blanks] == '\t'))
        blanks++;
    k->cell[row][column].at = k->texts_len;
    k->cell[row][column].len = blanks == len ? 0 : len;
    k->texts_len += len;
    k->len = (size_t)(to - k->file);
}

/* style: how many cells in eight are quoted; over 4, blanks stand around some. */
static void write_file(struct known *k, size_t width, unsigned style)
{
    const bool crlf = below(2);
    const size_t rows = 1 + below(below(3) == 0 ? 40 : ROWS_MAX - 1);
    const size_t huge = below(3) == 0 ? 20 : 0;

    k->len = k->texts_len = k->rows = 0;
    k->width = width;
    while (k->rows < rows && k->len + ((size_t)3 << 20) < FILE_ROOM) {
        k->file[k->len++] = 'x'; /* no line may be blank */
        k->texts[k->texts_len] = 'x';
        k->cell[k->rows][0].at = k->texts_len++;
        k->cell[k->rows][0].len = 1;
        for (size_t i = 1; i < width; i++) {
            k->file[k->len++] = ',';
            write_cell(k, k->rows, i, style, huge > 0 && below(huge) == 0);
        }
        if (crlf)
            k->file[k->len++] = '\r';
        k->file[k->len++] = '\n';
        k->rows++;
    }
}

static enum crunch_code compare_batch(void *context, const struct crunch_batch *batch,
                                      struct crunch_error *error)
{
    struct known *known = context;

    (void)error;
    for (size_t i = 0; i < batch->rows; i++, known->seen++) {
        cr_assert_lt(known->seen, known->rows);
        cr_assert_eq(batch->record[i], known->seen);
        for (size_t k = 0; k < batch->n_columns; k++) {
            const struct crunch_cells *c = &batch->columns[k];
            const char *want = known->texts + known->cell[known->seen][k].at;
            const size_t len = known->cell[known->seen][k].len;
            volatile char around = c->text[i][-CRUNCH_TEXT_SLACK];
            around = c->text[i][c->text_len[i] + CRUNCH_TEXT_SLACK - 1];
            (void)around;
            cr_assert_eq(c->text_len[i], len, "row %zu column %zu", known->seen, k);
            cr_assert(memcmp(c->text[i], want, len) == 0, "row %zu column %zu", known->seen, k);
            cr_assert_eq(c->class[i], len ? CRUNCH_CELL_NUMBER : CRUNCH_CELL_MISSING);
        }
    }
    return CRUNCH_OK;
}

Test(scan_text, texts_are_those_the_file_was_written_from)
{
    static struct known k;

    k.file = malloc(FILE_ROOM);
    k.texts = malloc(FILE_ROOM);
    for (int round = 0; round < 24; round++) {
        struct setting s;
        struct crunch_source *source;
        write_file(&k, 2 + below(WIDTH_MAX - 1), (unsigned)round % 8);
        source = source_of(k.file, k.len);
        set_up(&s, k.width);
        for (int v = 0; v < variants(); v++) {
            struct crunch_scanner *scanner;
            choose_variant(v);
            cr_assert_eq(crunch_scanner_create(&s.plan, source, &scanner, NULL), CRUNCH_OK);
            k.seen = 0;
            cr_assert_eq(scan(scanner, compare_batch, &k), CRUNCH_OK);
            cr_assert_eq(k.seen, k.rows);
            crunch_scanner_free(scanner);
        }
        crunch_source_close(source);
    }
    free(k.file);
    free(k.texts);
}
