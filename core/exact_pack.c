/* Exact contents as bytes: numbers by value, least significant byte first, after their length. */
#include "core/exact_pack.h"

#include "core/reducer.h"

/* len * 2 + sign, the magnitude's bytes. */
static void pack_integer(struct crunch_bytes *out, const mpz_t x)
{
    size_t len = mpz_sgn(x) == 0 ? 0 : (mpz_sizeinbase(x, 2) + 7) / 8;
    crunch_bytes_add_varint(out, (uint64_t)len * 2 + (mpz_sgn(x) < 0));
    unsigned char *to = crunch_bytes_reserve(out, len + 1);
    if (!to)
        return;
    mpz_export(to, NULL, -1, 1, 0, 0, x);
    out->len += len;
}

static const unsigned char *unpack_integer(const unsigned char *from, mpz_t x)
{
    uint64_t len;
    from = crunch_get_varint(from, &len);
    mpz_import(x, (size_t)(len / 2), -1, 1, 0, 0, from);
    if (len & 1)
        mpz_neg(x, x);
    return from + len / 2;
}

static void pack_scaled(struct crunch_bytes *out, const struct crunch_scaled *x)
{
    pack_integer(out, x->mantissa);
    crunch_bytes_add_varint(out, crunch_zigzag(x->exponent));
}

static const unsigned char *unpack_scaled(const unsigned char *from, struct crunch_scaled *x)
{
    uint64_t exponent;
    from = crunch_get_varint(unpack_integer(from, x->mantissa), &exponent);
    x->exponent = (long)crunch_unzigzag(exponent);
    return from;
}

static bool has_sum(const struct crunch_exact *exact, unsigned reducer)
{
    return reducer != CRUNCH_TALLY && reducer != CRUNCH_EXTREMES && reducer != CRUNCH_PRIMES &&
           (exact->needs & CRUNCH_BIT(reducer));
}

void crunch_exact_pack(struct crunch_bytes *out, const struct crunch_exact *exact)
{
    crunch_bytes_add_varint(out, exact->count);
    crunch_bytes_add_varint(out, exact->missing);
    crunch_bytes_add_varint(out, exact->nan);
    crunch_bytes_add_varint(out, exact->plus_inf);
    crunch_bytes_add_varint(out, exact->minus_inf);
    crunch_bytes_add_varint(out, exact->zeros);
    crunch_bytes_add_varint(out, exact->negatives);
    for (unsigned r = 0; r < CRUNCH_N_REDUCERS; r++)
        if (has_sum(exact, r))
            pack_scaled(out, &exact->sum[r]);
    if (exact->needs & CRUNCH_BIT(CRUNCH_PRODUCT)) {
        pack_integer(out, exact->odd);
        pack_integer(out, exact->twos);
        pack_integer(out, exact->fives);
    }
    if (exact->needs & CRUNCH_BIT(CRUNCH_PRIMES)) {
        crunch_bytes_add_varint(out, exact->primes);
        crunch_bytes_add_varint(out, exact->undecided);
    }
    crunch_bytes_add_varint(out, exact->has_extremes);
    if (exact->has_extremes) {
        pack_scaled(out, &exact->min);
        pack_scaled(out, &exact->max);
    }
}

const unsigned char *crunch_exact_unpack(const unsigned char *from, struct crunch_exact *exact)
{
    uint64_t has_extremes;
    from = crunch_get_varint(from, &exact->count);
    from = crunch_get_varint(from, &exact->missing);
    from = crunch_get_varint(from, &exact->nan);
    from = crunch_get_varint(from, &exact->plus_inf);
    from = crunch_get_varint(from, &exact->minus_inf);
    from = crunch_get_varint(from, &exact->zeros);
    from = crunch_get_varint(from, &exact->negatives);
    for (unsigned r = 0; r < CRUNCH_N_REDUCERS; r++)
        if (has_sum(exact, r))
            from = unpack_scaled(from, &exact->sum[r]);
    if (exact->needs & CRUNCH_BIT(CRUNCH_PRODUCT)) {
        from = unpack_integer(from, exact->odd);
        from = unpack_integer(from, exact->twos);
        from = unpack_integer(from, exact->fives);
    }
    if (exact->needs & CRUNCH_BIT(CRUNCH_PRIMES)) {
        from = crunch_get_varint(from, &exact->primes);
        from = crunch_get_varint(from, &exact->undecided);
    }
    from = crunch_get_varint(from, &has_extremes);
    exact->has_extremes = has_extremes != 0;
    if (exact->has_extremes) {
        from = unpack_scaled(from, &exact->min);
        from = unpack_scaled(from, &exact->max);
    }
    return from;
}

/* ---- joint contents ---- */

static size_t products_of(const struct crunch_joint *joint)
{
    return joint->k * (joint->k + 1) / 2;
}

void crunch_joint_pack(struct crunch_bytes *out, const struct crunch_joint *joint)
{
    crunch_bytes_add_varint(out, joint->rows);
    crunch_bytes_add_varint(out, joint->nan);
    crunch_bytes_add_varint(out, joint->plus_inf);
    crunch_bytes_add_varint(out, joint->minus_inf);
    crunch_bytes_add_varint(out, joint->unweighted);
    for (size_t i = 0; i < joint->k; i++)
        pack_scaled(out, &joint->sum[i]);
    for (size_t i = 0; i < products_of(joint); i++)
        pack_scaled(out, &joint->product[i]);
}

const unsigned char *crunch_joint_unpack(const unsigned char *from, struct crunch_joint *joint)
{
    from = crunch_get_varint(from, &joint->rows);
    from = crunch_get_varint(from, &joint->nan);
    from = crunch_get_varint(from, &joint->plus_inf);
    from = crunch_get_varint(from, &joint->minus_inf);
    from = crunch_get_varint(from, &joint->unweighted);
    for (size_t i = 0; i < joint->k; i++)
        from = unpack_scaled(from, &joint->sum[i]);
    for (size_t i = 0; i < products_of(joint); i++)
        from = unpack_scaled(from, &joint->product[i]);
    return from;
}
