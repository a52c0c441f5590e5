/*
 * What the finishers of every family begin with: nan, infinities and no values first, and sums as
 * rationals.
 */
#include "core/finish.h"

bool crunch_finish_nan(const struct crunch_exact *exact, struct crunch_value *value)
{
    if (exact->nan > 0)
        value->kind = CRUNCH_VALUE_NAN;
    return exact->nan > 0;
}

bool crunch_finish_empty(const struct crunch_exact *exact, struct crunch_value *value)
{
    if (exact->count == 0)
        value->kind = CRUNCH_VALUE_EMPTY;
    return exact->count == 0;
}

bool crunch_finish_special_sum(const struct crunch_exact *exact, struct crunch_value *value)
{
    if (crunch_finish_nan(exact, value))
        return true;
    if (!crunch_any_inf(exact))
        return false;
    value->kind = exact->plus_inf > 0 && exact->minus_inf > 0 ? CRUNCH_VALUE_NAN
                  : exact->plus_inf > 0                       ? CRUNCH_VALUE_PLUS_INF
                                                              : CRUNCH_VALUE_MINUS_INF;
    return true;
}

bool crunch_finish_special_magnitude(const struct crunch_exact *exact, struct crunch_value *value)
{
    if (crunch_finish_nan(exact, value))
        return true;
    if (crunch_any_inf(exact))
        value->kind = CRUNCH_VALUE_PLUS_INF;
    return crunch_any_inf(exact);
}

void crunch_value_set_scaled(struct crunch_value *value, enum crunch_value_kind kind,
                             const struct crunch_exact *exact, const struct crunch_scaled *scaled)
{
    value->kind = kind;
    crunch_scaled_to_mpq(value->number, scaled, exact->arith);
}

void crunch_value_set_copied(struct crunch_value *value, const struct crunch_exact *exact,
                             const struct crunch_scaled *scaled)
{
    bool binary = exact->arith == CRUNCH_ARITH_BINARY;
    crunch_value_set_scaled(value, binary ? CRUNCH_VALUE_DOUBLE : CRUNCH_VALUE_COPIED, exact,
                            scaled);
}

void crunch_value_divide(struct crunch_value *value, uint64_t n)
{
    mpq_t divisor;
    mpq_init(divisor);
    mpz_set_ui(mpq_numref(divisor), n);
    mpq_div(value->number, value->number, divisor);
    mpq_clear(divisor);
}
