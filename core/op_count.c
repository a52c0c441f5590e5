/*
 * The operations that count values, and their finishers. What was counted is in exact->counted
 * (core/counted.h); nothing is computed here.
 */
#include "core/counted.h"
#include "core/op.h"

#define TALLY CRUNCH_BIT(CRUNCH_TALLY)

static void finish_distinct(const struct crunch_exact *exact,
                            const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    value->kind = CRUNCH_VALUE_COUNT;
    mpz_set_ui(mpq_numref(value->number), exact->counted->distinct);
}

static void copy(const struct crunch_exact *exact, const struct crunch_value *from,
                 struct crunch_value *value)
{
    value->kind = exact->nan > 0 ? CRUNCH_VALUE_NAN : from->kind;
    mpq_set(value->number, from->number);
}

static void finish_mode(const struct crunch_exact *exact, const struct crunch_op_options *options,
                        struct crunch_value *value)
{
    (void)options;
    copy(exact, &exact->counted->mode, value);
}

static void finish_antimode(const struct crunch_exact *exact,
                            const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    copy(exact, &exact->counted->antimode, value);
}

static void finish_about(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    value->kind = CRUNCH_VALUE_COUNT;
    mpz_set_ui(mpq_numref(value->number), exact->counted->about);
}

static const struct crunch_op ops[] = {
    {.name = "distinct",
     .help = "number of distinct values",
     .detail = "Exact. Cells that hold different texts are different values; with --numeric, "
               "different numbers are (1.0 is 1, all nan are one). Missing cells are not counted. "
               "With --approx the same as distinct~.",
     .domain = CRUNCH_DOMAIN_TEXT,
     .needs = TALLY | CRUNCH_NEEDS_CENSUS,
     .finish = finish_distinct},
    {.name = "distinct~",
     .help = "number of distinct values, within about 0.8 %",
     .detail = "Exact up to 1536; beyond that an estimate by HyperLogLog with 2^14 registers and a "
               "fixed 64-bit hash: the relative standard error is 0.81 % (two of three results are "
               "within it, 19 of 20 within twice that). It depends on the set of values alone, so "
               "it is the same on any number of workers. Takes 16 KiB per column and worker, "
               "however many values there are; of a group as much at most, and 16 bytes a value "
               "while there are few.",
     .domain = CRUNCH_DOMAIN_TEXT,
     .needs = TALLY | CRUNCH_NEEDS_SKETCH,
     .finish = finish_about},
    {.name = "mode",
     .help = "most frequent number",
     .detail = "By value: 1.0 is 1. Of several equally frequent ones the least. All digits as in "
               "the input. Empty without values. For texts see top.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | CRUNCH_NEEDS_VALUES,
     .finish = finish_mode},
    {.name = "antimode",
     .help = "rarest number",
     .detail = "The number that occurs least often, by value; of several equally rare ones the "
               "least. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | CRUNCH_NEEDS_VALUES,
     .finish = finish_antimode},
    {.name = "freq",
     .help = "table of all values and how often each occurs",
     .detail =
         "A row for each distinct value: the value, the number of its cells, and their share "
         "of all that are not missing. The most frequent first, equally frequent ones by "
         "value (texts bytewise; with --numeric by number). A last row without a value counts "
         "the missing cells, if there are any. Of several columns: one after the other, with "
         "the column in front.",
     .domain = CRUNCH_DOMAIN_TEXT,
     .needs = TALLY | CRUNCH_NEEDS_CENSUS | CRUNCH_NEEDS_LIST},
    {.name = "top",
     .help = "most frequent values (--limit of them)",
     .detail = "The first rows of freq: as many as --limit says (10), without that of the missing "
               "cells.",
     .domain = CRUNCH_DOMAIN_TEXT,
     .needs = TALLY | CRUNCH_NEEDS_CENSUS | CRUNCH_NEEDS_TOP},
    {.name = "hist",
     .help = "table of bins and how many values are in each",
     .detail = "Equal bins between the least and the greatest value (--bins, 10), or between the "
               "edges that --edges names: from <= x < to, in the last bin x <= to, compared "
               "exactly. Equal bins take a pass of their own before (a pipe is copied to --tmpdir "
               "first); where all values are equal there is one bin. Further rows count what is "
               "below and above the edges, infinities included, nan, and missing cells, if there "
               "are any. A bar is drawn beside each count in a table.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | CRUNCH_BIT(CRUNCH_EXTREMES) | CRUNCH_NEEDS_BINS},
};

const struct crunch_op_family crunch_ops_count = {"Counting", ops, sizeof ops / sizeof *ops};
