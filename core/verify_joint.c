/*
 * The texts of pairs, weights and regressions, twice: by the finishers and by the reference's
 * formulas.
 */
#include "core/verify_joint.h"

#include "core/plan_sets.h"
#include "core/reference.h"
#include "core/reference_joint.h"
#include "core/regress.h"

#include <stdlib.h>
#include <string.h>

/* Takes both texts over. */
static enum crunch_code compare(const char *what, char *a, char *b, char *difference, size_t n)
{
    enum crunch_code code = a == NULL || b == NULL ? CRUNCH_NO_MEMORY : CRUNCH_OK;
    if (!code && strcmp(a, b) != 0) {
        snprintf(difference, n, "%s is printed as %.100s by the run, %.100s by the reference", what,
                 a, b);
        code = CRUNCH_MISMATCH;
    }
    free(a);
    free(b);
    return code;
}

static enum crunch_code compare_op(const struct crunch_job *job, const struct crunch_op *op,
                                   const struct crunch_joint *ours,
                                   const struct crunch_joint *theirs, unsigned precision,
                                   char *difference, size_t n)
{
    struct crunch_value value;
    struct crunch_exact exact;
    crunch_exact_init(&exact, ours->arith[0], 0);
    crunch_value_init(&value);
    exact.joint = ours;
    crunch_op_finish(op, &exact, &job->op_options, &value);
    char *a = crunch_value_text(&value, precision);
    exact.joint = theirs;
    char *b = crunch_reference_text(&exact, op, &job->op_options, precision);
    crunch_value_clear(&value);
    crunch_exact_clear(&exact);
    return compare(op->name, a, b, difference, n);
}

/* Figure i of a fit, in the reference's order: estimates, errors, r2, residual_sd. */
static const struct crunch_value *figure(const struct crunch_fit *fit, size_t i)
{
    if (i < fit->p)
        return &fit->estimate[i];
    if (i < 2 * fit->p)
        return &fit->std_error[i - fit->p];
    return i == 2 * fit->p ? &fit->r2 : &fit->residual_sd;
}

static enum crunch_code compare_figures(const struct crunch_fit *fit,
                                        const struct crunch_reference_result *theirs,
                                        unsigned precision, char *difference, size_t n)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < 2 * fit->p + 2 && !code; i++) {
        const char *kind = i < fit->p        ? "a coefficient"
                           : i < 2 * fit->p  ? "a standard error"
                           : i == 2 * fit->p ? "r2"
                                             : "residual_sd";
        code = compare(kind, crunch_value_text(figure(fit, i), precision),
                       crunch_reference_result_text(&theirs[i], precision), difference, n);
    }
    return code;
}

static enum crunch_code compare_fits(const struct crunch_job *job, const struct crunch_joint *ours,
                                     const struct crunch_joint *theirs, unsigned precision,
                                     char *difference, size_t n)
{
    bool intercept = !job->op_options.no_intercept;
    struct crunch_fit fit;
    enum crunch_code code = crunch_fit_make(&fit, ours, intercept), their_code;
    size_t figures = 2 * (ours->k - 1 + intercept) + 2;
    struct crunch_reference_result *result = calloc(figures, sizeof *result);
    if (result == NULL || code == CRUNCH_NO_MEMORY) {
        free(result);
        crunch_fit_clear(&fit);
        return CRUNCH_NO_MEMORY;
    }
    for (size_t i = 0; i < figures; i++)
        mpz_inits(result[i].p, result[i].q, (mpz_ptr)NULL);
    their_code = crunch_reference_regression(result, theirs, intercept);
    if (code != their_code) {
        snprintf(difference, n, "linreg finds the columns %s, the reference finds them %s",
                 code ? "dependent" : "independent", their_code ? "dependent" : "independent");
        code = their_code == CRUNCH_NO_MEMORY ? their_code : CRUNCH_MISMATCH;
    } else if (!code) {
        code = compare_figures(&fit, result, precision, difference, n);
    } else {
        code = CRUNCH_OK; /* both say so; what comes of it is not for here */
    }
    for (size_t i = 0; i < figures; i++)
        mpz_clears(result[i].p, result[i].q, (mpz_ptr)NULL);
    free(result);
    crunch_fit_clear(&fit);
    return code;
}

enum crunch_code crunch_compare_joint_texts(const struct crunch_job *job,
                                            const struct crunch_joint *ours,
                                            const struct crunch_joint *theirs, unsigned precision,
                                            char *difference, size_t n)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < job->n_ops && !code; i++) {
        const struct crunch_op *op = job->ops[i];
        if (op->needs & CRUNCH_NEEDS_MODEL)
            code = compare_fits(job, ours, theirs, precision, difference, n);
        else if (op->needs & CRUNCH_NEEDS_JOINT)
            code = compare_op(job, op, ours, theirs, precision, difference, n);
    }
    return code;
}
