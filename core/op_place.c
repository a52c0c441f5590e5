/*
 * Operations on places: what stands first and last, and where the least and the greatest value
 * stand.
 */
#include "core/finish.h"
#include "core/places.h"

#define TALLY CRUNCH_BIT(CRUNCH_TALLY)

static void finish_end(const struct crunch_exact *exact, int which, struct crunch_value *value)
{
    const struct crunch_placed *placed = exact->placed;
    value->kind = CRUNCH_VALUE_EMPTY;
    if (placed == NULL || placed->text[which] == NULL)
        return;
    if (placed->numeric) {
        value->kind = placed->value[which].kind;
        mpq_set(value->number, placed->value[which].number);
        return;
    }
    value->kind = CRUNCH_VALUE_TEXT;
    value->text = placed->text[which];
    value->len = placed->len[which];
}

static void finish_first(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    finish_end(exact, 0, value);
}

static void finish_last(const struct crunch_exact *exact, const struct crunch_op_options *options,
                        struct crunch_value *value)
{
    (void)options;
    finish_end(exact, 1, value);
}

static void finish_place(const struct crunch_exact *exact, int which, struct crunch_value *value)
{
    if (crunch_finish_nan(exact, value))
        return;
    value->kind = CRUNCH_VALUE_EMPTY;
    if (exact->placed == NULL || exact->placed->at[which] == 0)
        return;
    value->kind = CRUNCH_VALUE_COUNT;
    mpq_set_ui(value->number, exact->placed->at[which], 1);
}

static void finish_argmin(const struct crunch_exact *exact, const struct crunch_op_options *options,
                          struct crunch_value *value)
{
    (void)options;
    finish_place(exact, 0, value);
}

static void finish_argmax(const struct crunch_exact *exact, const struct crunch_op_options *options,
                          struct crunch_value *value)
{
    (void)options;
    finish_place(exact, 1, value);
}

static const struct crunch_op ops[] = {
    {.name = "first",
     .help = "first value in the file",
     .detail = "The text of the first cell that is not missing; with --numeric that number. Empty "
               "without values.",
     .domain = CRUNCH_DOMAIN_TEXT,
     .needs = TALLY | CRUNCH_NEEDS_ENDS,
     .finish = finish_first},
    {.name = "last",
     .help = "last value in the file",
     .detail = "The text of the last cell that is not missing; with --numeric that number. Empty "
               "without values.",
     .domain = CRUNCH_DOMAIN_TEXT,
     .needs = TALLY | CRUNCH_NEEDS_ENDS,
     .finish = finish_last},
    {.name = "argmin",
     .help = "record of the least value",
     .detail = "The number of the record, from 1, in which min stands first. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | CRUNCH_NEEDS_PLACES,
     .finish = finish_argmin},
    {.name = "argmax",
     .help = "record of the greatest value",
     .detail = "The number of the record, from 1, in which max stands first. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | CRUNCH_NEEDS_PLACES,
     .finish = finish_argmax},
};

const struct crunch_op_family crunch_ops_place = {"Places", ops, sizeof ops / sizeof *ops};
