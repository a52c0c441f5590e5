/*
 * The walk of the index, 64 bytes at a time, as a template: the file that includes it is compiled
 * for one instruction set and has defined
 *     block_t, block_load(const char *)            64 bytes
 *     uint64_t block_equal(block_t, unsigned char) mask of the bytes equal to one
 *     uint64_t block_below(block_t, unsigned char) mask of the bytes below one (of at most 0x21)
 *     unsigned count_bits(uint64_t)
 *     uint64_t prefix_xor(uint64_t)                bit i: parity of bits 0..i
 *     uint64_t bits_extract(x, mask), bits_deposit(x, mask), bits_low(x, n)   PEXT (its x is part
 * of mask), PDEP, BZHI uint32_t *flatten(uint64_t mask, uint32_t base, uint32_t *out)  places of
 * the bits, n of them (flatten may write up to 64 entries beyond what it returns).
 *
 * Widths are checked without looking at single breaks: gathered by PEXT, the LF bits of a block's
 * breaks must equal the pattern of the width at the block's phase; and the wanted breaks are the
 * pattern of wanted fields scattered over the breaks by PDEP. A block without quotes, CRs, NULs and
 * the like needs nothing else; any other goes through careful_block, out of line.
 */
#ifndef CRUNCH_IO_SIMD_INDEX_IMPL_H
#define CRUNCH_IO_SIMD_INDEX_IMPL_H

#include "io/simd/kernels.h"

/* gcc would pack the walk's state into vectors, and take twice as long to get it out again. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-tree-slp-vectorize")
#endif

struct breaks {
    uint64_t all;    /* delimiters and LFs outside quotes */
    uint64_t lines;  /* the LFs of them */
    uint64_t bad;    /* irregular bytes, but for widths */
    uint64_t quoted; /* LFs inside quotes */
};

/* What one block tells the next: inside is all ones or zero, the rest 1 or 0. */
struct walk {
    uint64_t after_edge;   /* its last byte was a break or a quote */
    uint64_t after_line;   /* ... the LF of a record's end */
    uint64_t inside;       /* it ended inside quotes */
    uint64_t after_close;  /* its last byte was a closing quote */
    uint64_t after_cr;     /* ... a CR */
    uint64_t pending;      /* not zero: the next block needs care for what this one leaves open */
    uint64_t quote_blocks; /* that careful_block saw */
    uint64_t any_cr;
    uint64_t after_blank; /* its last byte was a blank that is no delimiter, ... */
    uint64_t blanks;      /* not zero: ... and one stood beside a break. */
};

/* The bytes after those of mask; carry is the one after the block before. A sum, for it is one
 * instruction. */
static inline uint64_t follow(uint64_t mask, uint64_t carry)
{
    return 2 * mask + carry;
}

/* Blanks beside breaks. With quotes in the text it may be said of ones that are not at the end of a
 * cell. */
static inline void check_blanks(struct walk *walk, uint64_t blanks, uint64_t breaks,
                                uint64_t after_break)
{
    blanks &= ~breaks;
    walk->blanks |= follow(blanks, walk->after_blank) & breaks;
    walk->blanks |= follow(breaks, after_break) & blanks;
    walk->after_blank = blanks >> 63;
}

/* CRs and NULs. */
static inline uint64_t check_controls(struct walk *walk, block_t block, uint64_t valid,
                                      uint64_t newlines, uint64_t *crs)
{
    uint64_t cr = block_equal(block, '\r') & valid;
    uint64_t bad = block_equal(block, 0) | (follow(cr, walk->after_cr) & ~newlines);
    walk->any_cr |= cr;
    walk->after_cr = cr >> 63;
    *crs = cr;
    return bad;
}

/* Breaks and quotes together may stand before an opening and after a closing quote: the byte before
 * an opening quote is outside, so that a quote there has closed, and likewise after a closing one.
 */
static inline void check_quotes(struct walk *walk, uint64_t quotes, uint64_t crs, struct breaks *b)
{
    uint64_t in = prefix_xor(quotes) ^ walk->inside;
    uint64_t close = quotes & ~in;
    b->quoted = b->lines & in;
    b->all &= ~in;
    b->lines &= ~in;
    uint64_t edges = b->all | quotes;
    b->bad |= quotes & in & ~follow(edges, walk->after_edge);
    b->bad |= follow(close, walk->after_close) & ~(edges | crs);
    walk->inside = (uint64_t)((int64_t)in >> 63);
    walk->after_close = close >> 63;
    walk->after_edge = edges >> 63;
}

/* First bytes of lines, for the rules that look at them. */
static inline uint64_t check_line_starts(const struct crunch_index_rules *rules, struct walk *walk,
                                         block_t block, uint64_t crs, const struct breaks *b)
{
    uint64_t starts = follow(b->lines, walk->after_line);
    uint64_t wrong = 0;
    if (rules->width == 1)
        wrong |= b->lines | crs | block_equal(block, ' ') | block_equal(block, '\t');
    if (rules->commenting)
        wrong |= block_equal(block, rules->comment);
    walk->after_line = b->lines >> 63;
    return starts & wrong;
}

/* Any block, by all the rules; only the bytes of valid, a mask of lowest bits, count. quoted: the
 * next block will look at quotes anyway. */
static __attribute__((noinline)) struct breaks careful_block(const struct crunch_index_rules *rules,
                                                             struct walk *walk, const char *text,
                                                             uint64_t valid, bool quoted)
{
    block_t block = block_load(text);
    struct breaks b;
    uint64_t crs;
    b.lines = block_equal(block, '\n') & valid;
    b.all = b.lines | (block_equal(block, rules->delimiter) & valid);
    uint64_t quotes = rules->quoting ? block_equal(block, rules->quote) & valid : 0;
    b.bad = check_controls(walk, block, valid, b.lines, &crs);
    if (rules->watch_blanks)
        check_blanks(walk, (block_equal(block, ' ') | block_equal(block, '\t')) & valid & ~b.all,
                     b.all | crs, walk->after_edge);
    check_quotes(walk, quotes, crs, &b);
    b.bad |= check_line_starts(rules, walk, block, crs, &b);
    b.bad &= valid;
    walk->quote_blocks += quotes != 0;
    walk->pending = walk->after_cr | (uint64_t)rules->commenting;
    if (!quoted)
        walk->pending |= walk->inside | walk->after_close;
    return b;
}

/* Which of the walks: lines of one field, whose first byte matters; records with few quotes; the
 * same, and blanks are watched (a tab, like all control bytes, is left to careful_block); records
 * with many quotes. */
enum manner { SINGLE, PLAIN, WATCHED, QUOTED };

/* A whole block whose breaks, and quotes if QUOTED, are all there is to it. False: careful_block
 * has to say. quote is the quote, or LF where there is none. Nothing is pending. */
static inline __attribute__((always_inline)) bool
plain_block(const struct crunch_index_rules *rules, struct walk *walk, const char *text,
            unsigned char quote, enum manner manner, struct breaks *b)
{
    block_t block = block_load(text);
    b->lines = block_equal(block, '\n');
    b->all = b->lines | block_equal(block, rules->delimiter);
    b->bad = b->quoted = 0;
    uint64_t odd = block_below(block, manner == SINGLE ? ' ' + 1 : ' ');
    uint64_t quotes = block_equal(block, quote);
    if (manner != QUOTED)
        odd |= quotes;
    odd &= ~b->all;
    if (manner == SINGLE)
        odd |= (follow(b->lines, walk->after_line)) & b->lines;
    if (__builtin_expect(odd != 0, 0))
        return false;
    if (manner == WATCHED)
        check_blanks(walk, block_equal(block, ' '), b->all, walk->after_edge);
    if (manner == QUOTED)
        check_quotes(walk, quotes, 0, b);
    else
        walk->after_edge = b->all >> 63;
    walk->after_line = b->lines >> 63;
    return true;
}

/* What has been found. */
struct finds {
    uint32_t *place; /* of the next bound */
    uint64_t records;
    size_t phase, end;
    bool irregular, quoted_lines;
};

/* Puts the breaks of the block at base to the finds. False: the walk is over. */
static inline __attribute__((always_inline)) bool
take_breaks(const struct crunch_index_rules *rules, struct finds *finds, struct breaks b,
            size_t base, const uint32_t *enough, bool flatten_too, bool single)
{
    const size_t phase = finds->phase;
    const unsigned n = count_bits(b.all);
    uint64_t wrong = b.all ^ b.lines;
    if (!single)
        wrong = bits_extract(b.lines, b.all) ^ bits_low(rules->last[phase], n);
    if (__builtin_expect((b.bad | wrong | b.quoted) != 0, 0)) {
        uint64_t bad = b.bad | (single ? wrong : bits_deposit(wrong, b.all));
        uint64_t before = (bad & -bad) - 1; /* all, if there is none */
        b.all &= before;
        b.lines &= before;
        finds->irregular = bad != 0;
        finds->quoted_lines = finds->quoted_lines || b.quoted != 0;
    }
    if (flatten_too) {
        uint64_t wanted = single ? b.lines : bits_deposit(rules->wanted[phase], b.all);
        finds->place = flatten(wanted, (uint32_t)base, finds->place);
    } else {
        finds->records += count_bits(b.lines);
        if (b.lines != 0)
            finds->end = base + 64 - (size_t)__builtin_clzll(b.lines);
    }
    if (!single)
        finds->phase = rules->next[phase + n];
    return !finds->irregular && !(flatten_too && finds->place >= enough);
}

/* How far ahead of the walk text is fetched. The processor does so by itself, but stops at the end
 * of each page; the walk takes 150 ns for 2 KiB, about what memory takes to give the first of
 * them. */
#define AHEAD_BYTES 2048

/* The walk: blocks in which nothing is odd by an inner loop, which keeps all it needs in registers,
 * others one by one. flatten_too and manner are constants where it is inlined. */
static inline __attribute__((always_inline)) void
walk_text(const struct crunch_index_rules *const given, const char *text, size_t len, size_t limit,
          uint32_t *bounds, struct crunch_index *out, bool flatten_too, enum manner manner)
{
    const struct crunch_index_rules rules = *given;
    const unsigned char quote = rules.quoting ? rules.quote : '\n';
    const uint32_t *const enough = bounds + limit;
    const size_t whole = len / 64 * 64;
    struct walk walk = {.after_edge = 1, .after_line = 1, .pending = rules.commenting};
    struct finds finds = {.place = bounds};
    struct breaks b;
    bool more = true;
    for (size_t base = 0; more && base < len; base += 64) {
        if (walk.pending == 0 && base < whole) {
            struct walk inner = walk;
            while (more && base < whole &&
                   plain_block(&rules, &inner, text + base, quote, manner, &b)) {
                if (flatten_too)
                    __builtin_prefetch((const void *)((uintptr_t)(text + base) + AHEAD_BYTES));
                more = take_breaks(&rules, &finds, b, base, enough, flatten_too, manner == SINGLE);
                base += 64;
            }
            walk = inner;
            if (!more || base >= len)
                break;
        }
        uint64_t valid = base < whole ? ~UINT64_C(0) : bits_low(~UINT64_C(0), len - base);
        b = careful_block(&rules, &walk, text + base, valid, manner == QUOTED);
        more = take_breaks(&rules, &finds, b, base, enough, flatten_too, manner == SINGLE);
    }
    out->n = flatten_too ? (size_t)(finds.place - bounds) : (size_t)finds.records;
    out->end = finds.end;
    out->irregular = finds.irregular;
    out->quote_blocks = (size_t)walk.quote_blocks;
    out->crs = walk.any_cr != 0;
    out->blanks = walk.blanks != 0;
    out->quoted_lines = finds.quoted_lines;
}

static void index_text(const struct crunch_index_rules *rules, const char *text, size_t len,
                       size_t limit, uint32_t *bounds, struct crunch_index *out)
{
    if (rules->width == 1)
        walk_text(rules, text, len, limit, bounds, out, true, SINGLE);
    else if (rules->quoting && rules->many_quotes)
        walk_text(rules, text, len, limit, bounds, out, true, QUOTED);
    else if (rules->watch_blanks)
        walk_text(rules, text, len, limit, bounds, out, true, WATCHED);
    else
        walk_text(rules, text, len, limit, bounds, out, true, PLAIN);
}

static void count_text(const struct crunch_index_rules *rules, const char *text, size_t len,
                       struct crunch_index *out)
{
    if (rules->width == 1)
        walk_text(rules, text, len, 0, NULL, out, false, SINGLE);
    else if (rules->quoting && rules->many_quotes)
        walk_text(rules, text, len, 0, NULL, out, false, QUOTED);
    else
        walk_text(rules, text, len, 0, NULL, out, false, PLAIN);
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

#endif
