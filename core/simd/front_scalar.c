/*
 * Looking keys up in the front of groups: the definition. A row that the front does not answer is
 * noted without a branch, for the processor could only guess it.
 */
#include "core/group_front.h"

#include <string.h>

_Alignas(16) const uint64_t crunch_front_masks[CRUNCH_FRONT_KEY + 1][2] = {
    {0, 0},
    {0xFF, 0},
    {0xFFFF, 0},
    {0xFFFFFF, 0},
    {0xFFFFFFFF, 0},
    {0xFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFFFFFF, 0},
    {0xFFFFFFFFFFFFFFFF, 0xFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF},
};

static size_t look(const struct crunch_group_front *front, struct crunch_front_factors factors,
                   const char *const *text, const uint32_t *len, size_t rows, uint32_t *id,
                   uint16_t *missed)
{
    size_t n_missed = 0;
    for (size_t i = 0; i < rows; i++) {
        const uint64_t *mask =
            crunch_front_masks[len[i] < CRUNCH_FRONT_KEY ? len[i] : CRUNCH_FRONT_KEY];
        uint64_t low, high;
        memcpy(&low, text[i], sizeof low);
        memcpy(&high, text[i] + sizeof low, sizeof high);
        low &= mask[0];
        high &= mask[1];
        const struct crunch_group_front *at = &front[crunch_front_place(low, high, factors)];
        id[i] = at->group;
        missed[n_missed] = (uint16_t)i;
        n_missed += ((at->word[0] ^ low) | (at->word[1] ^ high) | (len[i] > CRUNCH_FRONT_KEY)) != 0;
    }
    return n_missed;
}

const struct crunch_front_kernels crunch_front_kernels_scalar = {"scalar", look};
const struct crunch_front_kernels *crunch_front_kernels = &crunch_front_kernels_scalar;
