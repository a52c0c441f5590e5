/*
 * Parts of finishers (core/op.h). The order that they keep (SEMANTICS section 3): a nan in the
 * column makes everything but a count nan; infinities follow IEEE, also where no finite value is
 * left; then "no values"; then the formula over the finite values.
 *
 * Functions that return bool say whether the value is settled.
 */
#ifndef CRUNCH_CORE_FINISH_H
#define CRUNCH_CORE_FINISH_H

#include "core/op.h"

static inline bool crunch_any_inf(const struct crunch_exact *exact)
{
    return exact->plus_inf + exact->minus_inf > 0;
}

/* What a nan makes of any value. */
bool crunch_finish_nan(const struct crunch_exact *exact, struct crunch_value *value);
/* Empty when there is no finite value. */
bool crunch_finish_empty(const struct crunch_exact *exact, struct crunch_value *value);
/* What nan and infinities make of a sum of the values, ... */
bool crunch_finish_special_sum(const struct crunch_exact *exact, struct crunch_value *value);
/* ... or of one of their squares or magnitudes. */
bool crunch_finish_special_magnitude(const struct crunch_exact *exact, struct crunch_value *value);

void crunch_value_set_scaled(struct crunch_value *value, enum crunch_value_kind kind,
                             const struct crunch_exact *exact, const struct crunch_scaled *scaled);
/* A value as the input has it. */
void crunch_value_set_copied(struct crunch_value *value, const struct crunch_exact *exact,
                             const struct crunch_scaled *scaled);
/* value /= n, n > 0. */
void crunch_value_divide(struct crunch_value *value, uint64_t n);

#endif
