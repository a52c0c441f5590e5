/*
 * The walk of the index, 64 bytes at a time, as a template: the file that includes it is compiled
 * for one instruction set and has defined
 *     block_t, block_load(const char *)           64 bytes
 *     uint64_t block_equal(block_t, unsigned char) mask of the bytes equal to one
 *     uint64_t block_below(block_t, unsigned char) mask of the bytes below one (of at most 0x21)
 *     uint64_t prefix_xor(uint64_t)                bit i: parity of bits 0..i
 *     uint64_t bits_extract(x, mask), bits_deposit(x, mask), bits_low(x, n)   PEXT, PDEP, BZHI
 *     uint32_t *flatten(uint64_t mask, uint32_t base, uint32_t *out)  places of the bits, n of them
 * (flatten may write up to 64 entries beyond what it returns).
 *
 * Widths are checked without looking at single breaks: gathered by PEXT, the LF bits of a block's
 * breaks must equal the pattern of the width at the block's phase; and the wanted breaks are the
 * pattern of wanted fields scattered over the breaks by PDEP.
 */
#ifndef CRUNCH_IO_SIMD_INDEX_IMPL_H
#define CRUNCH_IO_SIMD_INDEX_IMPL_H

#include "io/simd/kernels.h"

/* What one block tells the next; 1 or 0 each, but inside is all ones or zero. */
struct walk {
    uint64_t inside;      /* the block before ended inside quotes */
    uint64_t after_break; /* its last byte was a break or a closing quote */
    uint64_t after_close; /* ... a closing quote */
    uint64_t after_cr;    /* ... a CR */
    uint64_t after_line;  /* ... the LF of a record's end */
    uint64_t any_quote, any_cr, any_quoted_line;
};

struct breaks {
    uint64_t all;   /* delimiters and LFs outside quotes */
    uint64_t lines; /* the LFs of them */
    uint64_t bad;   /* irregular bytes, but for widths */
};

/* The rare bytes: below space and neither LF nor delimiter. */
static inline uint64_t rare_bytes(struct walk *walk, block_t block, uint64_t valid,
                                  uint64_t newlines, uint64_t *crs)
{
    uint64_t cr = block_equal(block, '\r') & valid;
    uint64_t bad = (block_equal(block, 0) & valid) | ((cr << 1 | walk->after_cr) & ~newlines);
    walk->any_cr |= cr;
    walk->after_cr = cr >> 63;
    *crs = cr;
    return bad;
}

static inline void quote_regions(struct walk *walk, uint64_t quotes, uint64_t crs, struct breaks *b)
{
    uint64_t in = prefix_xor(quotes) ^ walk->inside;
    uint64_t open = quotes & in, close = quotes & ~in;
    walk->any_quoted_line |= b->lines & in;
    b->all &= ~in;
    b->lines &= ~in;
    b->bad |= open & ~((b->all | close) << 1 | walk->after_break);
    b->bad |= (close << 1 | walk->after_close) & ~(b->all | open | crs);
    walk->inside = (uint64_t)((int64_t)in >> 63);
    walk->after_close = close >> 63;
    walk->after_break = (b->all | close) >> 63;
    walk->any_quote |= quotes;
}

/* First bytes of lines, for the rules that look at them. */
static inline uint64_t line_starts(const struct crunch_index_rules *rules, struct walk *walk,
                                   block_t block, uint64_t crs, const struct breaks *b)
{
    uint64_t starts = b->lines << 1 | walk->after_line;
    uint64_t wrong = 0;
    if (rules->width == 1)
        wrong |= b->lines | crs | block_equal(block, ' ') | block_equal(block, '\t');
    if (rules->commenting)
        wrong |= block_equal(block, rules->comment);
    walk->after_line = b->lines >> 63;
    return starts & wrong;
}

static inline struct breaks block_breaks(const struct crunch_index_rules *rules, struct walk *walk,
                                         block_t block, uint64_t valid, bool line_rules)
{
    struct breaks b;
    uint64_t crs = 0;
    b.lines = block_equal(block, '\n') & valid;
    b.all = b.lines | (block_equal(block, rules->delimiter) & valid);
    b.bad = 0;
    uint64_t rare = block_below(block, ' ') & valid & ~b.all;
    uint64_t quotes = rules->quoting ? block_equal(block, rules->quote) & valid : 0;
    if (__builtin_expect((rare | walk->after_cr) != 0, 0))
        b.bad = rare_bytes(walk, block, valid, b.lines, &crs);
    if ((quotes | walk->inside | walk->after_close) != 0)
        quote_regions(walk, quotes, crs, &b);
    else
        walk->after_break = b.all >> 63;
    if (line_rules)
        b.bad |= line_starts(rules, walk, block, crs, &b);
    b.bad &= valid;
    return b;
}

/* The walk. flatten_too and line_rules are constants where it is inlined. */
static inline __attribute__((always_inline)) void
walk_text(const struct crunch_index_rules *rules, const char *text, size_t len, size_t limit,
          uint32_t *bounds, struct crunch_index *out, bool flatten_too, bool line_rules)
{
    struct walk walk = {.after_break = 1, .after_line = 1};
    uint32_t *place = bounds;
    uint64_t records = 0, bad = 0;
    size_t phase = 0, end = 0;
    for (size_t base = 0; base < len; base += 64) {
        uint64_t valid = len - base >= 64 ? ~UINT64_C(0) : bits_low(~UINT64_C(0), len - base);
        struct breaks b = block_breaks(rules, &walk, block_load(text + base), valid, line_rules);
        unsigned n = (unsigned)__builtin_popcountll(b.all);
        uint64_t width_wrong = bits_extract(b.lines, b.all) ^ bits_low(rules->last[phase], n);
        if (__builtin_expect((b.bad | width_wrong) != 0, 0)) {
            bad = b.bad | bits_deposit(width_wrong, b.all);
            uint64_t before = (bad & -bad) - 1;
            b.all &= before;
            b.lines &= before;
        }
        if (flatten_too) {
            place = flatten(bits_deposit(rules->wanted[phase], b.all), (uint32_t)base, place);
        } else {
            records += (uint64_t)__builtin_popcountll(b.lines);
            if (b.lines != 0)
                end = base + 64 - (size_t)__builtin_clzll(b.lines);
        }
        if (bad != 0 || (flatten_too && (size_t)(place - bounds) >= limit))
            break;
        phase = rules->next[phase + n];
    }
    out->n = flatten_too ? (size_t)(place - bounds) : (size_t)records;
    out->end = end;
    out->irregular = bad != 0;
    out->quotes = walk.any_quote != 0;
    out->crs = walk.any_cr != 0;
    out->quoted_lines = walk.any_quoted_line != 0;
}

static void index_text(const struct crunch_index_rules *rules, const char *text, size_t len,
                       size_t limit, uint32_t *bounds, struct crunch_index *out)
{
    if (rules->width == 1 || rules->commenting)
        walk_text(rules, text, len, limit, bounds, out, true, true);
    else
        walk_text(rules, text, len, limit, bounds, out, true, false);
}

static void count_text(const struct crunch_index_rules *rules, const char *text, size_t len,
                       struct crunch_index *out)
{
    if (rules->width == 1 || rules->commenting)
        walk_text(rules, text, len, 0, NULL, out, false, true);
    else
        walk_text(rules, text, len, 0, NULL, out, false, false);
}

#endif
