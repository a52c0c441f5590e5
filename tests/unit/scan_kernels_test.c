/*
 * The scan kernels of every level that this CPU has, against definitions written here byte by byte,
 * on texts of hostile alphabets, at every alignment, with an unreadable page after the slack.
 */
#include "io/fast.h"
#include "io/simd/kernels.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TEXT_MAX 4096

static uint64_t seed = 88172645463325252U;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static size_t below(size_t n)
{
    return (size_t)(next_random() % n);
}

/* Room for a text of len bytes that ends, with its slack, right before a page that faults. */
static char *guarded(size_t len)
{
    static char *pages;
    const size_t size = (size_t)1 << 17;
    if (pages == NULL) {
        pages = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert(pages != MAP_FAILED);
        cr_assert(mprotect(pages + size, 4096, PROT_NONE) == 0);
    }
    for (size_t i = 0; i < 2 * CRUNCH_FAST_SLACK + len; i++)
        pages[size - 1 - i] = "\n,\"0.-\r7"[below(8)];
    return pages + size - CRUNCH_FAST_SLACK - len;
}

/* The levels to test: those that the CPU has. */
static int levels(void)
{
    return (int)crunch_cpu_level() + 1;
}

/* ---- index ---- */

struct walk {
    uint32_t bounds[TEXT_MAX + 256];
    struct crunch_index index;
    size_t records, end;
};

struct shape {
    struct crunch_index_rules rules;
    bool wanted[128];
    uint64_t last[128], wants[128];
    uint16_t next[256];
};

static void make_shape(struct shape *s, size_t width, bool quoting, bool commenting)
{
    memset(s, 0, sizeof *s);
    for (size_t f = 0; f < width; f++)
        s->wanted[f] = f == width - 1 || below(3) == 0;
    for (size_t p = 0; p < width; p++)
        for (size_t i = 0; i < 64; i++) {
            s->last[p] |= (uint64_t)((p + i) % width == width - 1) << i;
            s->wants[p] |= (uint64_t)s->wanted[(p + i) % width] << i;
        }
    for (size_t i = 0; i <= width + 64; i++)
        s->next[i] = (uint16_t)(i % width);
    s->rules = (struct crunch_index_rules){.width = width,
                                           .delimiter = ',',
                                           .quoting = quoting,
                                           .quote = '"',
                                           .many_quotes = below(2) == 0,
                                           .watch_blanks = below(2) == 0,
                                           .commenting = commenting,
                                           .comment = '#',
                                           .last = s->last,
                                           .wanted = s->wants,
                                           .next = s->next};
}

/* Whether text[i] is irregular, knowing what all before it is; see io/simd/kernels.h. */
static bool is_irregular(const struct shape *s, const char *text, size_t i, bool inside,
                         size_t field, bool line_start, bool after_break, bool after_close)
{
    char c = text[i];
    bool newline = c == '\n';
    if (c == 0 || (i > 0 && text[i - 1] == '\r' && !newline))
        return true;
    bool is_break = !inside && (newline || c == ',');
    bool quote = s->rules.quoting && c == '"';
    if (after_close && !is_break && !quote && c != '\r')
        return true;
    if (quote && !inside && !after_break && !after_close)
        return true;
    if (line_start && s->rules.width == 1 && strchr("\n\r \t", c) != NULL)
        return true;
    if (line_start && s->rules.commenting && c == '#')
        return true;
    return is_break && newline != (field == s->rules.width - 1);
}

static void define_walk(const struct shape *s, const char *text, size_t len, struct walk *out)
{
    bool inside = false, line_start = true, after_break = true, after_close = false;
    size_t field = 0;
    memset(&out->index, 0, sizeof out->index);
    out->records = out->end = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_irregular(s, text, i, inside, field, line_start, after_break, after_close)) {
            out->index.irregular = true;
            return;
        }
        bool quote = s->rules.quoting && text[i] == '"';
        after_close = quote && inside;
        inside = inside != quote;
        after_break = !inside && !quote && (text[i] == ',' || text[i] == '\n');
        line_start = after_break && text[i] == '\n';
        if (!after_break)
            continue;
        if (s->wanted[field])
            out->bounds[out->index.n++] = (uint32_t)i;
        field = (field + 1) % s->rules.width;
        if (line_start) {
            out->records++;
            out->end = i + 1;
        }
    }
}

/* Text that is regular more often than not: cells and line ends by the width, and sometimes noise.
 */
static size_t random_text(char *text, size_t width, unsigned noise)
{
    size_t n = 0, records = below(40);
    for (size_t r = 0; r < records; r++)
        for (size_t f = 0; f < width; f++) {
            if (n > TEXT_MAX - 64)
                return n;
            static const char *const cell[] = {"1.5",      "abc",        "-2",      "\"a,b\"",
                                               "\"x\ny\"", "\"q\"\"q\"", "\"\"",    "123456789012",
                                               "x",        "z z",        "\"\r\n\""};
            static const char *const bad[] = {"",       "\"",  " ", "\r", "#",
                                              "\"a\"b", "\t1", ",", "\n", "a\"b"};
            const char *c = cell[below(11)];
            if (noise != 0 && below(noise) == 0)
                c = bad[below(10)];
            n += (size_t)(stpcpy(text + n, c) - (text + n));
            if (f == width - 1 && below(8) == 0)
                text[n++] = '\r';
            text[n++] = f == width - 1 ? '\n' : ',';
            if (noise != 0 && below(noise * 20) == 0)
                text[n++] = 0;
        }
    return n;
}

/* Is there a space or tab at an end of a cell? */
static bool has_blank_ends(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr(" \t", text[i]) != NULL &&
            (i == 0 || strchr(",\n", text[i - 1]) != NULL || i + 1 == len ||
             strchr(",\r\n", text[i + 1]) != NULL))
            return true;
    return false;
}

static void check_text(const struct shape *s, const char *text, size_t len)
{
    static struct walk want, got;
    define_walk(s, text, len, &want);
    for (int level = 0; level < levels(); level++) {
        const struct crunch_scan_kernels *k = crunch_scan_kernels_of((enum crunch_simd_level)level);
        k->index(&s->rules, text, len, TEXT_MAX, got.bounds, &got.index);
        cr_assert_eq(got.index.n, want.index.n, "%s: %zu bounds, not %zu", k->name, got.index.n,
                     want.index.n);
        cr_assert_eq(memcmp(got.bounds, want.bounds, want.index.n * sizeof want.bounds[0]), 0);
        cr_assert_eq(got.index.irregular, want.index.irregular, "%s", k->name);
        size_t seen = want.index.irregular ? 0 : len;
        cr_assert(got.index.quote_blocks > 0 || s->rules.many_quotes || !s->rules.quoting ||
                  memchr(text, '"', seen) == NULL);
        if (s->rules.watch_blanks && !s->rules.many_quotes && want.index.n > 0) {
            size_t all = want.bounds[want.index.n - 1] + 1;
            cr_assert(got.index.blanks || !has_blank_ends(text, all));
            cr_assert(!got.index.blanks || memchr(text, ' ', len) || memchr(text, '\t', len));
        }
        cr_assert(got.index.crs || memchr(text, '\r', seen) == NULL);
        k->count(&s->rules, text, len, &got.index);
        cr_assert_eq(got.index.n, want.records, "%s: %zu records, not %zu", k->name, got.index.n,
                     want.records);
        cr_assert_eq(got.index.end, want.end);
        cr_assert_eq(got.index.irregular, want.index.irregular);
    }
}

Test(scan_kernels, index_is_the_byte_wise_walk)
{
    static struct shape s;
    static char draft[TEXT_MAX];
    for (int round = 0; round < 3000; round++) {
        size_t width = below(4) == 0 ? 1 + below(100) : 1 + below(8);
        make_shape(&s, width, below(5) != 0, below(4) == 0);
        size_t len = random_text(draft, width, (unsigned[]){0, 400, 40, 4}[below(4)]);
        len -= below(4) == 0 && len > 0 ? below(len) : 0;
        char *text = guarded(len);
        memcpy(text, draft, len);
        check_text(&s, text, len);
    }
}

Test(scan_kernels, index_of_every_short_text)
{
    static struct shape s;
    static const char alphabet[] = {'a', ',', '"', '\n', '\r'};
    for (size_t width = 1; width <= 2; width++) {
        make_shape(&s, width, true, false);
        for (size_t offset = 0; offset < 70; offset += 62)
            for (size_t code = 0; code<78125; code += offset> 0 ? 5 : 2) {
                /* Regular records before it put the text over the edge of a block. */
                char *text = guarded(offset + 7);
                for (size_t i = 0; i < offset; i++)
                    text[i] = i % 2 == 0 ? 'b' : i % (2 * width) == 2 * width - 1 ? '\n' : ',';
                size_t c = code;
                for (size_t i = 0; i < 7; i++, c /= 5)
                    text[offset + i] = alphabet[c % 5];
                check_text(&s, text, offset + 7);
            }
    }
}

Test(scan_kernels, index_stops_at_the_limit)
{
    static struct shape s;
    static struct walk got;
    make_shape(&s, 1, true, false);
    char *text = guarded(4000);
    for (size_t i = 0; i < 4000; i++)
        text[i] = i % 2 == 0 ? '1' : '\n';
    for (int level = 0; level < levels(); level++) {
        const struct crunch_scan_kernels *k = crunch_scan_kernels_of((enum crunch_simd_level)level);
        k->index(&s.rules, text, 4000, 100, got.bounds, &got.index);
        cr_assert_geq(got.index.n, 100);
        cr_assert_lt(got.index.n, 100 + 64);
        for (size_t i = 0; i < got.index.n; i++)
            cr_assert_eq(got.bounds[i], 2 * i + 1);
    }
}

/* ---- numbers ---- */

#define CELLS_MAX 300

struct column {
    char text[CELLS_MAX * 48];
    size_t len, rows;
    uint32_t before[CELLS_MAX], after[CELLS_MAX];
};

static void add_cell(struct column *c, const char *cell, size_t len)
{
    c->before[c->rows] = (uint32_t)c->len - 1;
    memcpy(c->text + c->len, cell, len);
    c->len += len;
    c->after[c->rows++] = (uint32_t)c->len;
    c->text[c->len++] = ',';
}

/* The definition: sign, digits with one point at most, value below 10^18, 32 bytes at most. */
static bool define_number(const char *cell, size_t len, int64_t *mantissa, uint8_t *scale)
{
    char digits[40];
    size_t n = 0, after_point = 0;
    bool point = false;
    if (len > 32)
        return false;
    for (size_t i = len > 0 && cell[0] == '-'; i < len; i++) {
        if (cell[i] == '.' && !point) {
            point = true;
        } else if (cell[i] >= '0' && cell[i] <= '9') {
            digits[n++] = cell[i];
            after_point += point;
        } else {
            return false;
        }
    }
    digits[n] = 0;
    size_t zeros = strspn(digits, "0");
    if (n == 0 || n - zeros > 18)
        return false;
    *mantissa = strtoll(digits, NULL, 10) * (cell[0] == '-' ? -1 : 1);
    *scale = (uint8_t)after_point;
    return true;
}

static void check_column(const struct column *c)
{
    char *text = guarded(c->len);
    memcpy(text, c->text, c->len);
    struct crunch_cell_bounds cells = {c->before, c->after, 1, 1};
    for (int level = 0; level < levels(); level++) {
        const struct crunch_scan_kernels *k = crunch_scan_kernels_of((enum crunch_simd_level)level);
        int64_t mantissa[CELLS_MAX + 1];
        uint8_t scale[CELLS_MAX + 1], least = 255, greatest = 0;
        uint32_t odd[CELLS_MAX / 32 + 2];
        mantissa[c->rows] = 4711;
        scale[c->rows] = 99;
        odd[(c->rows + 31) / 32] = 4711;
        struct crunch_scale_span span = {255, 0};
        k->numbers(text, &cells, c->rows, '.', mantissa, scale, odd, &span);
        cr_assert(mantissa[c->rows] == 4711 && scale[c->rows] == 99);
        cr_assert(odd[(c->rows + 31) / 32] == 4711);
        for (size_t i = 0; i < c->rows; i++) {
            const char *cell = c->text + (uint32_t)(c->before[i] + 1);
            size_t len = (size_t)(c->text + c->after[i] - cell);
            int64_t m = 0;
            uint8_t s = 0;
            bool taken = define_number(cell, len, &m, &s);
            if (taken) {
                least = s < least ? s : least;
                greatest = s > greatest ? s : greatest;
            }
            cr_assert_eq((odd[i / 32] >> i % 32 & 1) == 0, taken, "%s: %.*s", k->name, (int)len,
                         cell);
            cr_assert_eq(mantissa[i], taken ? m : 0, "%s: %.*s is not %lld", k->name, (int)len,
                         cell, (long long)mantissa[i]);
            cr_assert_eq(scale[i], taken ? s : 0, "%s: %.*s", k->name, (int)len, cell);
        }
        for (size_t i = c->rows; i < (c->rows + 31) / 32 * 32; i++)
            cr_assert_eq(odd[i / 32] >> i % 32 & 1, 0);
        cr_assert(span.least == least && span.greatest == greatest, "%s", k->name);
    }
}

/* Every length to 34, every place of the point or none, with and without sign, a strange byte
 * anywhere. */
Test(scan_kernels, numbers_of_every_shape)
{
    static struct column c;
    static const char strange[] = "-.+ \"e/:,\n\r\x80\xff";
    for (size_t len = 0; len <= 34; len++)
        for (size_t point = 0; point <= len; point++)
            for (size_t odd = 0; odd <= len; odd++) {
                char cell[40];
                for (size_t i = 0; i < len; i++)
                    cell[i] = i == point       ? '.'
                              : i + 19 < len   ? '0'
                              : below(20) == 0 ? '0'
                                               : (char)('0' + below(10));
                if (len > 0 && below(2) == 0)
                    cell[0] = '-';
                if (odd < len && below(3) == 0)
                    cell[odd] = strange[below(sizeof strange - 1)];
                add_cell(&c, cell, len);
                /* mostly of one kind of lane, so that both ways are taken */
                if (c.rows == CELLS_MAX || below(60) == 0) {
                    check_column(&c);
                    c.len = c.rows = 0;
                }
            }
    check_column(&c);
}

/* All cells of up to six bytes: the shortest lanes have no case that is not among them but for more
 * digits. */
Test(scan_kernels, every_short_number)
{
    static struct column c;
    static const char bytes[] = "019.-x";
    size_t cells = 1;
    for (size_t len = 0; len <= 6; len++, cells *= 6)
        for (size_t code = 0; code < cells; code++) {
            char cell[6];
            for (size_t i = 0, left = code; i < len; i++, left /= 6)
                cell[i] = bytes[left % 6];
            add_cell(&c, cell, len);
            if (c.rows < CELLS_MAX - 40 + below(40))
                continue;
            check_column(&c);
            c.len = c.rows = 0;
        }
    check_column(&c);
}

Test(scan_kernels, numbers_at_random)
{
    static struct column c;
    for (int round = 0; round < 3000; round++) {
        c.len = c.rows = 0;
        size_t rows = below(3) == 0 ? below(CELLS_MAX) : below(40), digits = 1 + below(20);
        unsigned hostile = (unsigned)below(3);
        for (size_t r = 0; r < rows; r++) {
            char cell[40];
            size_t len = below(2) == 0 ? digits : below(digits + 1);
            for (size_t i = 0; i < len; i++)
                cell[i] =
                    hostile == 2 && below(9) == 0 ? (char)below(256) : (char)('0' + below(10));
            if (len > 0 && below(3) != 0)
                cell[below(len)] = '.';
            if (len > 0 && below(3) == 0)
                cell[0] = '-';
            add_cell(&c, cell, len);
        }
        check_column(&c);
    }
}

Test(scan_kernels, numbers_with_strides)
{
    static struct column c;
    uint32_t bounds[4 * 100 + 1];
    c.len = c.rows = 0;
    bounds[0] = UINT32_MAX;
    for (size_t i = 0; i < 200; i++) {
        char cell[24];
        add_cell(&c, cell, (size_t)sprintf(cell, "%zu.%zu", i * 37, i % 10));
        bounds[i + 1] = c.after[i];
    }
    for (int level = 0; level < levels(); level++)
        for (size_t k = 0; k < 4; k++) {
            struct crunch_cell_bounds cells = {bounds + k, bounds + k + 1, 4, 4};
            char *text = guarded(c.len);
            memcpy(text, c.text, c.len);
            int64_t mantissa[50];
            uint8_t scale[50];
            uint32_t odd[2];
            struct crunch_scale_span span = {255, 0};
            crunch_scan_kernels_of((enum crunch_simd_level)level)
                ->numbers(text, &cells, 50, '.', mantissa, scale, odd, &span);
            cr_assert(odd[0] == 0 && odd[1] == 0 && span.least == 1 && span.greatest == 1);
            for (size_t i = 0; i < 50; i++)
                cr_assert_eq(mantissa[i], (int64_t)((4 * i + k) * 370 + (4 * i + k) % 10));
        }
}

/* ---- texts ---- */

static void check_texts(size_t rows, size_t before_stride, size_t after_stride)
{
    static const char text[TEXT_MAX];
    /* of the size that may be read, no more */
    uint32_t *before = malloc((rows * before_stride + 1) * sizeof *before);
    uint32_t *after = malloc((rows * after_stride + 1) * sizeof *after);
    uint32_t place = UINT32_MAX, shortest = (uint32_t)below(3);
    for (size_t i = 0; i < rows; i++) {
        before[i * before_stride] = place;
        place += 1 + (uint32_t)below(4);
        after[i * after_stride] = place;
    }
    for (int level = 0; level < levels(); level++) {
        const struct crunch_scan_kernels *k = crunch_scan_kernels_of((enum crunch_simd_level)level);
        const struct crunch_cell_bounds cells = {before, after, before_stride, after_stride};
        const char *begin[CELLS_MAX + 1];
        uint32_t len[CELLS_MAX + 1], odd[CELLS_MAX / 32 + 2];
        bool any = false;
        begin[rows] = NULL;
        len[rows] = odd[(rows + 31) / 32] = 4711;
        bool said = k->texts(text, &cells, rows, shortest, begin, len, odd);
        cr_assert(begin[rows] == NULL && len[rows] == 4711 && odd[(rows + 31) / 32] == 4711);
        for (size_t i = 0; i < rows; i++) {
            const uint32_t from = before[i * before_stride] + 1;
            cr_assert_eq(begin[i], text + from, "%s", k->name);
            cr_assert_eq(len[i], after[i * after_stride] - from, "%s", k->name);
            cr_assert_eq(odd[i / 32] >> i % 32 & 1, len[i] < shortest, "%s", k->name);
            any |= len[i] < shortest;
        }
        for (size_t i = rows; i < (rows + 31) / 32 * 32; i++)
            cr_assert_eq(odd[i / 32] >> i % 32 & 1, 0);
        cr_assert_eq(said, any, "%s", k->name);
    }
    free(before);
    free(after);
}

Test(scan_kernels, texts_lie_between_their_bounds)
{
    for (size_t rows = 0; rows < 140; rows++)
        for (size_t before_stride = 1; before_stride <= 4; before_stride++)
            for (size_t after_stride = 1; after_stride <= 4; after_stride++)
                check_texts(rows, before_stride, after_stride);
}
