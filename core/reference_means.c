/*
 * Logarithms, reciprocals and products of the reference: each value on its own, with more digits
 * than can matter.
 */
#include "core/reference_means.h"

#include <mpfr.h>
#include <stdlib.h>

#define DIGITS 1000        /* bits that the formulas compute with */
#define RECIPROCAL_AT 1200 /* no bit that counts of a reciprocal stands below 2^-1144 */

void crunch_reference_means_init(struct crunch_reference_means *means)
{
    means->zeros = means->negatives = means->primes = means->undecided = 0;
    mpz_inits(means->logs, means->reciprocals, means->twos, means->fives, (mpz_ptr)NULL);
    mpz_init_set_ui(means->odd, 1);
}

void crunch_reference_means_clear(struct crunch_reference_means *means)
{
    mpz_clears(means->logs, means->reciprocals, means->twos, means->fives, means->odd,
               (mpz_ptr)NULL);
}

/* size = p / q, p and q integers. */
static void as_fraction(mpz_t p, mpz_t q, enum crunch_arith arith, const mpz_t size, long exponent)
{
    mpz_ui_pow_ui(q, arith == CRUNCH_ARITH_BINARY ? 2 : 10, (unsigned long)labs(exponent));
    mpz_set(p, size);
    if (exponent >= 0) {
        mpz_mul(p, p, q);
        mpz_set_ui(q, 1);
    }
}

/* log2(p / q) * 2^96 to the nearest integer: with ever more bits until the error cannot reach one
 * half. */
static void add_log(mpz_t total, const mpz_t p, const mpz_t q)
{
    mpz_t nearest;
    mpz_init(nearest);
    for (mpfr_prec_t bits = 160;; bits += 160) {
        mpfr_t a, b, ln2;
        mpfr_init2(a, bits + 6000); /* p and q exactly: they are below 2^4700 */
        mpfr_inits2(bits, b, ln2, (mpfr_ptr)NULL);
        mpfr_set_z(a, p, MPFR_RNDN);
        mpfr_log(b, a, MPFR_RNDN);
        mpfr_set_z(a, q, MPFR_RNDN);
        mpfr_log(ln2, a, MPFR_RNDN);
        mpfr_sub(b, b, ln2, MPFR_RNDN);
        mpfr_const_log2(ln2, MPFR_RNDN);
        mpfr_div(b, b, ln2, MPFR_RNDN);
        mpfr_mul_2ui(b, b, 96, MPFR_RNDN);
        mpfr_get_z(nearest, b, MPFR_RNDN);
        /* The error is below 2^(116 - bits): logarithms are below 2^14, then * 2^96. */
        mpfr_sub_z(b, b, nearest, MPFR_RNDN);
        mpfr_abs(b, b, MPFR_RNDN);
        mpfr_ui_sub(b, 1, b, MPFR_RNDN);
        mpfr_sub_d(b, b, 0.5, MPFR_RNDN); /* distance to one half */
        bool certain = mpfr_cmp_ui_2exp(b, 1, 120 - bits) > 0;
        mpfr_clears(a, b, ln2, (mpfr_ptr)NULL);
        if (certain)
            break;
    }
    mpz_add(total, total, nearest);
    mpz_clear(nearest);
}

/* The first 120 bits of q / p. */
static void add_reciprocal(mpz_t total, const mpz_t p, const mpz_t q)
{
    mpz_t r;
    mpz_init(r);
    mpz_mul_2exp(r, q, RECIPROCAL_AT);
    mpz_fdiv_q(r, r, p);
    mp_bitcnt_t length = mpz_sizeinbase(r, 2);
    for (mp_bitcnt_t i = 0; i + 120 < length; i++)
        mpz_clrbit(r, i);
    mpz_add(total, total, r);
    mpz_clear(r);
}

static void take_out(mpz_t size, mpz_t count, unsigned long prime)
{
    while (mpz_divisible_ui_p(size, prime)) {
        mpz_divexact_ui(size, size, prime);
        mpz_add_ui(count, count, 1);
    }
}

static void multiply(struct crunch_reference_means *means, enum crunch_arith arith, mpz_t size,
                     long exponent)
{
    mpz_t e;
    mpz_init_set_si(e, exponent);
    mpz_add(means->twos, means->twos, e);
    if (arith == CRUNCH_ARITH_DECIMAL)
        mpz_add(means->fives, means->fives, e);
    take_out(size, means->twos, 2);
    if (arith == CRUNCH_ARITH_DECIMAL)
        take_out(size, means->fives, 5);
    mpz_mul(means->odd, means->odd, size);
    mpz_set_ui(e, 1);
    mpz_mul_2exp(e, e, 128);
    mpz_mod(means->odd, means->odd, e);
    mpz_clear(e);
}

/* GMP's test is that of Baillie, Pomerance, Selfridge and Wagstaff and then of Miller and Rabin;
 * below 2^64 the first is known to be right, above it has never been seen to be wrong. */
static void count_prime(struct crunch_reference_means *means, const mpz_t p, const mpz_t q)
{
    mpz_t n, proved;
    if (!mpz_divisible_p(p, q))
        return;
    mpz_init(n);
    mpz_divexact(n, p, q);
    mpz_init_set_str(proved, "3317044064679887385961981", 10);
    if (mpz_probab_prime_p(n, 30) > 0)
        ++*(mpz_cmp(n, proved) < 0 ? &means->primes : &means->undecided);
    mpz_clears(n, proved, (mpz_ptr)NULL);
}

void crunch_reference_means_add(struct crunch_reference_means *means, enum crunch_arith arith,
                                unsigned needs, const mpz_t mantissa, long exponent)
{
    mpz_t size, p, q;
    if (mpz_sgn(mantissa) == 0) {
        means->zeros++;
        return;
    }
    means->negatives += mpz_sgn(mantissa) < 0;
    mpz_inits(size, p, q, (mpz_ptr)NULL);
    mpz_abs(size, mantissa);
    as_fraction(p, q, arith, size, exponent);
    if (needs & CRUNCH_BIT(CRUNCH_LOGS))
        add_log(means->logs, p, q);
    if (needs & CRUNCH_BIT(CRUNCH_RECIPROCALS) && mpz_sgn(mantissa) > 0)
        add_reciprocal(means->reciprocals, p, q);
    if (needs & CRUNCH_BIT(CRUNCH_PRIMES) && mpz_sgn(mantissa) > 0)
        count_prime(means, p, q);
    if (needs & CRUNCH_BIT(CRUNCH_PRODUCT))
        multiply(means, arith, size, exponent);
    mpz_clears(size, p, q, (mpz_ptr)NULL);
}

void crunch_reference_means_total(const struct crunch_reference_means *means,
                                  struct crunch_exact *exact)
{
    exact->zeros = means->zeros;
    exact->negatives = means->negatives;
    mpz_set(exact->sum[CRUNCH_LOGS].mantissa, means->logs);
    exact->sum[CRUNCH_LOGS].exponent = -96;
    mpz_set(exact->sum[CRUNCH_RECIPROCALS].mantissa, means->reciprocals);
    exact->sum[CRUNCH_RECIPROCALS].exponent = -RECIPROCAL_AT;
    exact->primes = means->primes;
    exact->undecided = means->undecided;
    mpz_set(exact->odd, means->odd);
    mpz_set(exact->twos, means->twos);
    mpz_set(exact->fives, means->fives);
}

/* Sets what no, negative and infinite values make of a mean; false: it is a number above 0. */
static bool mean_is_odd(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    if (x->negatives > 0 || x->minus_inf > 0)
        f->shape = CRUNCH_SHAPE_NAN;
    else
        return x->count + x->plus_inf == 0;
    return true;
}

/* p / q = m * 2^e of a positive MPFR number. */
static void set_mpfr(mpz_t p, mpz_t q, const mpfr_t x)
{
    mpfr_exp_t e = mpfr_get_z_2exp(p, x);
    mpz_set_ui(q, 1);
    if (e < 0)
        mpz_mul_2exp(q, q, (mp_bitcnt_t)-e);
    else
        mpz_mul_2exp(p, p, (mp_bitcnt_t)e);
}

/* exp(logs ln 2 / n) = 10^k c; the interval c (1 - d) .. c (1 + d), d = count / n * 2^-97 + 2^-200.
 */
static void power_of_two(struct crunch_reference_result *f, const struct crunch_exact *x,
                         uint64_t n)
{
    mpfr_t ln, ln10, c, d;
    mpfr_inits2(DIGITS, ln, ln10, c, d, (mpfr_ptr)NULL);
    mpfr_const_log2(ln, MPFR_RNDN);
    mpfr_mul_z(ln, ln, x->sum[CRUNCH_LOGS].mantissa, MPFR_RNDN);
    mpfr_mul_2si(ln, ln, x->sum[CRUNCH_LOGS].exponent, MPFR_RNDN);
    mpfr_div_ui(ln, ln, n, MPFR_RNDN);
    mpfr_set_ui(ln10, 10, MPFR_RNDN);
    mpfr_log(ln10, ln10, MPFR_RNDN);
    mpfr_div(c, ln, ln10, MPFR_RNDN);
    mpfr_floor(c, c);
    f->exponent = mpfr_get_si(c, MPFR_RNDN);
    mpfr_mul(c, c, ln10, MPFR_RNDN);
    mpfr_sub(ln, ln, c, MPFR_RNDN);
    mpfr_exp(c, ln, MPFR_RNDN);
    mpfr_set_ui_2exp(d, x->count, -97, MPFR_RNDN);
    mpfr_div_ui(d, d, n, MPFR_RNDN);
    mpfr_set_ui_2exp(ln, 1, -200, MPFR_RNDN);
    mpfr_add(d, d, ln, MPFR_RNDN);
    mpfr_mul(d, d, c, MPFR_RNDN);
    mpfr_sub(ln, c, d, MPFR_RNDN);
    mpfr_add(c, c, d, MPFR_RNDN);
    f->shape = CRUNCH_SHAPE_BETWEEN;
    set_mpfr(f->p, f->q, ln);
    set_mpfr(f->other_p, f->other_q, c);
    mpfr_clears(ln, ln10, c, d, (mpfr_ptr)NULL);
}

static void set_zero(struct crunch_reference_result *f)
{
    f->shape = CRUNCH_SHAPE_COPIED;
    mpz_set_ui(f->p, 0);
}

void crunch_reference_geomean(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    if (mean_is_odd(f, x))
        return;
    if (x->zeros > 0) {
        set_zero(f);
        if (x->plus_inf > 0)
            f->shape = CRUNCH_SHAPE_NAN;
    } else if (x->plus_inf > 0) {
        f->shape = CRUNCH_SHAPE_INFINITE;
    } else {
        power_of_two(f, x, x->count);
    }
}

/* n / (S (1 + 2^-119)) = 2^119 n / (S (2^119 + 1)) .. n / S. */
void crunch_reference_harmean(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    if (mean_is_odd(f, x))
        return;
    if (x->zeros > 0) {
        set_zero(f);
    } else if (x->count == 0) {
        f->shape = CRUNCH_SHAPE_INFINITE;
    } else {
        f->shape = CRUNCH_SHAPE_BETWEEN;
        f->exponent = 0;
        crunch_reference_set_scaled(f, CRUNCH_SHAPE_BETWEEN, &x->sum[CRUNCH_RECIPROCALS],
                                    CRUNCH_ARITH_BINARY);
        mpz_swap(f->p, f->q);
        mpz_mul_ui(f->p, f->p, x->count + x->plus_inf);
        mpz_set(f->other_p, f->p);
        mpz_set(f->other_q, f->q);
        mpz_mul_2exp(f->p, f->p, 119);
        mpz_mul_2exp(f->q, f->q, 119);
        mpz_add(f->q, f->q, f->other_q);
    }
}

/* p / q = odd * 2^twos * 5^fives; false: it is out of all proportion, or too near to 2^128 to be
 * sure of (the manual's bound is 2^127). */
static bool product_of_parts(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    if (mpz_cmpabs_ui(x->twos, 20000) > 0 || mpz_cmpabs_ui(x->fives, 20000) > 0 ||
        mpz_sizeinbase(x->odd, 2) > 127)
        return false;
    mpz_set(f->p, x->odd);
    mpz_set_ui(f->q, 1);
    for (long i = mpz_get_si(x->twos); i != 0; i -= i > 0 ? 1 : -1)
        mpz_mul_2exp(i > 0 ? f->p : f->q, i > 0 ? f->p : f->q, 1);
    for (long i = mpz_get_si(x->fives); i != 0; i -= i > 0 ? 1 : -1)
        mpz_mul_ui(i > 0 ? f->p : f->q, i > 0 ? f->p : f->q, 5);
    return true;
}

/* Is p / q what the logarithms say? If the odd part was cut, by a factor of 2 at least not. */
static bool agrees_with_logs(const struct crunch_reference_result *f, const struct crunch_exact *x)
{
    mpfr_t a, b;
    mpfr_inits2(DIGITS, a, b, (mpfr_ptr)NULL);
    mpfr_set_z(a, f->p, MPFR_RNDN);
    mpfr_log2(a, a, MPFR_RNDN);
    mpfr_set_z(b, f->q, MPFR_RNDN);
    mpfr_log2(b, b, MPFR_RNDN);
    mpfr_sub(a, a, b, MPFR_RNDN);
    mpfr_set_z_2exp(b, x->sum[CRUNCH_LOGS].mantissa, x->sum[CRUNCH_LOGS].exponent, MPFR_RNDN);
    mpfr_sub(a, a, b, MPFR_RNDN);
    mpfr_abs(a, a, MPFR_RNDN);
    bool agrees = mpfr_cmp_d(a, 0.5) < 0;
    mpfr_clears(a, b, (mpfr_ptr)NULL);
    return agrees;
}

/* Has p / q, a decimal, at most 38 significant digits? */
static bool few_digits(const struct crunch_reference_result *f)
{
    mpz_t a, b;
    mpz_inits(a, b, (mpz_ptr)NULL);
    mpz_gcd(a, f->p, f->q);
    mpz_divexact(b, f->q, a);
    mpz_divexact(a, f->p, a);
    while (mpz_cmp_ui(b, 1) > 0) { /* b is of twos and fives: a / b = 10 a / 10 b */
        unsigned long prime = mpz_divisible_ui_p(b, 2) ? 2 : 5;
        mpz_divexact_ui(b, b, prime);
        mpz_mul_ui(a, a, 10 / prime);
    }
    while (mpz_divisible_ui_p(a, 10))
        mpz_divexact_ui(a, a, 10);
    mpz_ui_pow_ui(b, 10, 38);
    bool few = mpz_cmp(a, b) < 0;
    mpz_clears(a, b, (mpz_ptr)NULL);
    return few;
}

void crunch_reference_product(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    uint64_t infinite = x->plus_inf + x->minus_inf;
    if (x->count + infinite == 0)
        return;
    if (x->zeros > 0) {
        set_zero(f);
        if (infinite > 0)
            f->shape = CRUNCH_SHAPE_NAN;
        return;
    }
    if (infinite > 0)
        f->shape = CRUNCH_SHAPE_INFINITE;
    else if (product_of_parts(f, x) && agrees_with_logs(f, x))
        f->shape = few_digits(f) ? CRUNCH_SHAPE_COPIED : CRUNCH_SHAPE_QUOTIENT;
    else
        power_of_two(f, x, 1);
    f->negative = (x->negatives + x->minus_inf) % 2 != 0;
}
