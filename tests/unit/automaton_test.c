/*
 * The record automaton against libcsv on every short string, at every split; comments, positions
 * and limits against plain readings of the rules.
 */
#include "io/automaton.h"

#include <criterion/criterion.h>
#include <csv.h>
#include <string.h>

/* What a parser said: cells closed by 1, records by 2, an open quote as 3. */
struct said {
    char text[64];
    size_t len;
};

static void say(struct said *said, const void *text, size_t len, char mark)
{
    if (len)
        memcpy(said->text + said->len, text, len);
    said->len += len;
    said->text[said->len++] = mark;
}

static void csv_cell(void *text, size_t len, void *said)
{
    say(said, text, len, 1);
}

static void csv_record(int end, void *said)
{
    (void)end;
    say(said, "", 0, 2);
}

static void read_by_libcsv(struct csv_parser *parser, const char *text, size_t len,
                           struct said *said)
{
    said->len = 0;
    csv_parse(parser, text, len, csv_cell, csv_record, said);
    bool open = parser->pstate == 2 && parser->quoted;
    size_t before = said->len;
    csv_fini(parser, csv_cell, csv_record, said);
    if (open) {
        said->len = before;
        say(said, "", 0, 3);
    }
}

static void note_event(const struct crunch_automaton *a, enum crunch_event event, struct said *said)
{
    if (event == CRUNCH_EVENT_CELL)
        say(said, a->cell.text, a->cell.len, 1);
    else if (event == CRUNCH_EVENT_RECORD)
        say(said, "", 0, 2);
    else if (event == CRUNCH_EVENT_OPEN_QUOTE)
        say(said, "", 0, 3);
}

static void feed(struct crunch_automaton *a, const char *text, size_t len, struct said *said)
{
    enum crunch_event event;
    size_t used;

    do {
        event = crunch_automaton_feed(a, text, len, &used);
        text += used;
        len -= used;
        note_event(a, event, said);
    } while (event != CRUNCH_EVENT_MORE);
    cr_assert_eq(len, 0);
}

static void finish(struct crunch_automaton *a, struct said *said)
{
    enum crunch_event event;

    do {
        event = crunch_automaton_finish(a);
        note_event(a, event, said);
    } while (event != CRUNCH_EVENT_MORE && event != CRUNCH_EVENT_OPEN_QUOTE);
}

/* Reads text cut in two at split. */
static void read_by_automaton(struct crunch_automaton *a, const char *text, size_t len,
                              size_t split, struct said *said)
{
    said->len = 0;
    crunch_automaton_start(a, 0, CRUNCH_START_LINE);
    feed(a, text, split, said);
    feed(a, text + split, len - split, said);
    finish(a, said);
    cr_assert_eq(a->offset, len);
}

static void check_string(struct csv_parser *parser, struct crunch_automaton *a, const char *text,
                         size_t len, bool every_split)
{
    struct said want, got;

    read_by_libcsv(parser, text, len, &want);
    for (size_t split = 0; split <= (every_split ? len : 0); split++) {
        read_by_automaton(a, text, len, split, &got);
        cr_assert(got.len == want.len && memcmp(got.text, want.text, got.len) == 0,
                  "differs from libcsv on a string of %zu, split %zu: \"%.*s\"", len, split,
                  (int)len, text);
    }
}

/* The next string over the alphabet; false after the last. */
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

Test(automaton, reads_every_short_string_as_libcsv_does)
{
    static const char alphabet[] = "a,\" \n\r";
    struct crunch_dialect dialect = crunch_dialect_default();
    struct crunch_automaton a;
    struct csv_parser parser;

    cr_assert_eq(csv_init(&parser, 0), 0);
    crunch_automaton_init(&a, &dialect, NULL, 0);
    for (size_t len = 0; len <= 8; len++) {
        unsigned char digit[9] = {0};
        char text[9];
        memset(text, alphabet[0], sizeof text);
        do
            check_string(&parser, &a, text, len, len <= 7);
        while (next_string(text, digit, len, alphabet));
    }
    crunch_automaton_free(&a);
    csv_free(&parser);
}

/* All of it again with other bytes in the roles: a blank as the delimiter is no blank. */
Test(automaton, reads_other_delimiters_and_quotes_as_libcsv_does)
{
    static const char *const alphabets[] = {"a\t' \n\r", "a '\t\n\r"};

    for (size_t i = 0; i < 2; i++) {
        struct crunch_dialect dialect = crunch_dialect_default();
        struct crunch_automaton a;
        struct csv_parser parser;
        dialect.delimiter = (unsigned char)alphabets[i][1];
        dialect.quote = '\'';
        cr_assert_eq(csv_init(&parser, 0), 0);
        csv_set_delim(&parser, dialect.delimiter);
        csv_set_quote(&parser, '\'');
        crunch_automaton_init(&a, &dialect, NULL, 0);
        for (size_t len = 0; len <= 6; len++) {
            unsigned char digit[9] = {0};
            char text[9];
            memset(text, 'a', sizeof text);
            do
                check_string(&parser, &a, text, len, true);
            while (next_string(text, digit, len, alphabets[i]));
        }
        crunch_automaton_free(&a);
        csv_free(&parser);
    }
}

/* With quoting off a quote is a letter. */
Test(automaton, quotes_are_content_without_quoting)
{
    struct crunch_dialect dialect = crunch_dialect_default();
    struct crunch_automaton plain, other;
    unsigned char digit[9] = {0};
    char text[9], letters[9];

    dialect.quoting = false;
    crunch_automaton_init(&plain, &dialect, NULL, 0);
    crunch_automaton_init(&other, &dialect, NULL, 0);
    memset(text, 'a', sizeof text);
    do {
        struct said a, b;
        for (size_t i = 0; i < 6; i++)
            letters[i] = text[i] == '"' ? 'q' : text[i];
        read_by_automaton(&plain, text, 6, 3, &a);
        read_by_automaton(&other, letters, 6, 3, &b);
        for (size_t i = 0; i < a.len; i++)
            a.text[i] = a.text[i] == '"' ? 'q' : a.text[i];
        cr_assert(a.len == b.len && memcmp(a.text, b.text, a.len) == 0);
    } while (next_string(text, digit, 6, "a,\" \n\r"));
    crunch_automaton_free(&plain);
    crunch_automaton_free(&other);
}

/* Takes comments out by hand: lines that begin with the prefix where the automaton without comments
 * is in R. The rest is read without comments. */
static void read_without_comments(struct crunch_automaton *plain, const char *text, size_t len,
                                  const char *prefix, struct said *said)
{
    const size_t n = strlen(prefix);
    size_t at = 0;

    said->len = 0;
    crunch_automaton_start(plain, 0, CRUNCH_START_LINE);
    while (at < len) {
        enum crunch_event event;
        size_t used;
        if (len - at >= n && memcmp(text + at, prefix, n) == 0) {
            while (at < len && text[at] != '\n' && text[at] != '\r')
                at++;
            at += at < len;
            continue;
        }
        do { /* to the next line start */
            event = crunch_automaton_feed(plain, text + at, at < len, &used);
            note_event(plain, event, said);
            at += used;
        } while (event != CRUNCH_EVENT_BLANK && event != CRUNCH_EVENT_RECORD &&
                 (at < len || event != CRUNCH_EVENT_MORE));
    }
    finish(plain, said);
}

Test(automaton, comments_are_as_if_not_there)
{
    static const char *const prefixes[] = {"#", "##", "#,", "#\"", "\"", " ", ",#", "#,#"};

    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        struct crunch_dialect dialect = crunch_dialect_default(), commented = dialect;
        struct crunch_automaton plain, a;
        commented.comment = (struct crunch_token){prefixes[p], strlen(prefixes[p])};
        crunch_automaton_init(&plain, &dialect, NULL, 0);
        crunch_automaton_init(&a, &commented, NULL, 0);
        for (size_t len = 0; len <= 6; len++) {
            unsigned char digit[9] = {0};
            char text[9];
            memset(text, '#', sizeof text);
            do {
                struct said want, got;
                read_without_comments(&plain, text, len, prefixes[p], &want);
                for (size_t split = 0; split <= len; split++) {
                    read_by_automaton(&a, text, len, split, &got);
                    cr_assert(got.len == want.len && !memcmp(got.text, want.text, got.len),
                              "prefix %s, split %zu: %.*s", prefixes[p], split, (int)len, text);
                }
            } while (next_string(text, digit, len, "#,\" \n"));
        }
        crunch_automaton_free(&plain);
        crunch_automaton_free(&a);
    }
}

/* Physical lines before position n of text: LF, CRLF, lone CR. */
static size_t lines_before(const char *text, size_t n)
{
    size_t lines = 0;

    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\r' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
    return lines;
}

Test(automaton, places_are_those_of_the_bytes)
{
    struct crunch_dialect dialect = crunch_dialect_default();
    struct crunch_automaton a;
    unsigned char digit[9] = {0};
    char text[9];

    dialect.comment = (struct crunch_token){"#", 1};
    crunch_automaton_init(&a, &dialect, NULL, 0);
    memset(text, 'a', sizeof text);
    do {
        const size_t len = 7;
        size_t at = 0, used;
        enum crunch_event event;
        crunch_automaton_start(&a, 0, CRUNCH_START_LINE);
        do {
            event = crunch_automaton_feed(&a, text + at, len - at, &used);
            at += used;
            cr_assert_eq(a.lines, lines_before(text, at));
            if (event == CRUNCH_EVENT_CELL) {
                const struct crunch_place *place = &a.cell.place;
                size_t line_begin = (size_t)place->offset;
                while (line_begin > 0 && text[line_begin - 1] != '\n' &&
                       text[line_begin - 1] != '\r')
                    line_begin--;
                cr_assert_eq(place->line, lines_before(text, (size_t)place->offset));
                cr_assert_eq(place->byte_column, place->offset - line_begin + 1);
                if (a.cell.len == 0 && text[place->offset] != '"')
                    cr_assert(strchr(",\r\n", text[place->offset]));
                else if (a.cell.len)
                    cr_assert(text[place->offset] == '"' || text[place->offset] == a.cell.text[0]);
            }
            if (event == CRUNCH_EVENT_RECORD)
                cr_assert(strchr("\r\n", text[a.record.end]));
        } while (event != CRUNCH_EVENT_MORE);
    } while (next_string(text, digit, 7, "a,\"#\n\r"));
    crunch_automaton_free(&a);
}

Test(automaton, keeps_only_wanted_cells_and_those_up_to_the_limit)
{
    static const char text[] = "aaaa , \"bb\"\"b\" ,\"cccc\" ,dddd  x,\"\0\",e    ,\n";
    static const size_t wanted[] = {1, 2, 3, 5};
    struct crunch_dialect dialect = crunch_dialect_default();
    struct crunch_automaton a;
    struct said said = {.len = 0};
    size_t at = 0, used, n = 0;

    dialect.max_record = 4;
    crunch_automaton_init(&a, &dialect, wanted, 4);
    while (crunch_automaton_feed(&a, text + at, sizeof text - 1 - at, &used) == CRUNCH_EVENT_CELL) {
        static const size_t index[] = {1, 2, 3, 4, 5};
        at += used;
        cr_assert_eq(a.cell.index, index[n]);
        cr_assert_eq(a.cell.too_long, n == 2);
        cr_assert_eq(a.cell.has_nul, n == 3);
        cr_assert_eq(a.cell.wanted, n != 3);
        n++;
        say(&said, a.cell.text ? a.cell.text : "", a.cell.len, '|');
    }
    cr_assert_eq(n, 5);
    cr_assert_eq(a.record.fields, 7);
    cr_assert_eq(a.record.used, 6);
    cr_assert_eq(said.len, strlen("bb\"b|cccc|dddd||e|"));
    cr_assert_arr_eq(said.text, "bb\"b|cccc|dddd||e|", said.len);
    cr_assert_leq(a.text_size, 256);
    crunch_automaton_free(&a);
}
