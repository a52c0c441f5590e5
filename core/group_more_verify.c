/* Owns the texts of what groups have beside columns. The reference has the objects of an ungrouped
 * run, one set of them for each group. */
#include "core/group_more_verify.h"

#include "core/group_ranks.h"
#include "core/histogram_reference.h"
#include "core/plan_sets.h"
#include "core/reference.h"
#include "core/reference_joint.h"
#include "core/regress.h"
#include "core/sketch_reference.h"
#include "core/spearman.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (verification of groups)");
}

/* ---- by the run ---- */

/* Takes text over. */
static void add(struct crunch_bytes *out, const char *before, char *text)
{
    out->failed |= text == NULL;
    crunch_bytes_add(out, before, strlen(before));
    if (text)
        crunch_bytes_add(out, text, strlen(text));
    free(text);
}

static void add_value(struct crunch_bytes *out, const struct crunch_value *value)
{
    add(out, " ", crunch_value_text(value, 0));
}

static void add_fit(const struct crunch_plan *plan, const struct crunch_joint *joint,
                    struct crunch_bytes *out)
{
    struct crunch_fit fit;
    enum crunch_code code = crunch_fit_make(&fit, joint, !plan->job->op_options.no_intercept);
    if (code) {
        add(out, " ", strdup("dependent"));
        out->failed |= code == CRUNCH_NO_MEMORY;
    }
    for (size_t i = 0; i < fit.p && !code; i++)
        add_value(out, &fit.estimate[i]);
    for (size_t i = 0; i < fit.p && !code; i++)
        add_value(out, &fit.std_error[i]);
    if (!code) {
        add_value(out, &fit.r2);
        add_value(out, &fit.residual_sd);
    }
    crunch_fit_clear(&fit);
}

enum crunch_code crunch_group_joint_text(const struct crunch_plan *plan,
                                         const struct crunch_joint *joint, struct crunch_bytes *out)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, joint->arith[0], 0);
    exact.joint = joint;
    add(out, "\t", crunch_joint_encode(joint));
    for (size_t i = 0; i < plan->job->n_ops; i++) {
        const struct crunch_op *op = plan->job->ops[i];
        struct crunch_value value;
        if (op->needs & CRUNCH_NEEDS_MODEL)
            add_fit(plan, joint, out);
        else if (op->needs & CRUNCH_NEEDS_JOINT) {
            crunch_value_init(&value);
            crunch_op_finish(op, &exact, &plan->job->op_options, &value);
            add_value(out, &value);
            crunch_value_clear(&value);
        }
    }
    crunch_exact_clear(&exact);
    return out->failed ? CRUNCH_NO_MEMORY : CRUNCH_OK;
}

/* Lines become one. */
static void join_lines(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n')
            text[i] = ' ';
}

static bool add_sketch(const struct crunch_group_sketch *sketch, size_t id,
                       struct crunch_bytes *out)
{
    char number[40], *text = NULL;
    size_t len;
    FILE *lines = open_memstream(&text, &len);
    bool good = lines && crunch_group_sketch_print(sketch, id, lines);
    if (lines)
        good = fclose(lines) == 0 && good;
    if (good) {
        snprintf(number, sizeof number, "\tabout=%" PRIu64 " ",
                 crunch_group_sketch_estimate(sketch, id));
        join_lines(text, len);
        add(out, number, text);
    } else {
        free(text);
    }
    return good;
}

static void add_bins(const struct crunch_group_bins *bins, size_t id, struct crunch_bytes *out)
{
    const uint64_t *count = crunch_group_bins_of(bins, id);
    crunch_bytes_add(out, "\t", 1);
    for (size_t i = 0; i <= bins->config->n_edges; i++) {
        char number[60];
        snprintf(number, sizeof number, "%zu\t%" PRIu64 " ", i, count[i]);
        crunch_bytes_add(out, number, strlen(number));
    }
}

/* In the form of crunch_reference_spearman_write. */
static enum crunch_code add_ranks(const struct crunch_plan *plan, const struct crunch_group *group,
                                  struct crunch_bytes *out)
{
    const size_t n = plan->n_columns * (plan->n_columns - 1) / 2;
    const struct crunch_joint *joint = crunch_group_ranks_of(plan, group);
    struct crunch_exact exact;
    if (!joint)
        return CRUNCH_NO_MEMORY;
    crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, 0);
    crunch_bytes_add(out, "\t", 1);
    for (size_t i = 0; i < n; i++) {
        char number[40];
        struct crunch_value value;
        snprintf(number, sizeof number, "pair %zu: ", i);
        add(out, number, crunch_joint_encode(&joint[i]));
        crunch_value_init(&value);
        exact.joint = &joint[i];
        crunch_op_finish(plan->job->ops[0], &exact, &plan->job->op_options, &value);
        add(out, " corr=", crunch_value_text(&value, 0));
        crunch_bytes_add(out, " ", 1);
        crunch_value_clear(&value);
    }
    crunch_exact_clear(&exact);
    return out->failed ? CRUNCH_NO_MEMORY : CRUNCH_OK;
}

enum crunch_code crunch_group_more_text(const struct crunch_plan *plan,
                                        const struct crunch_group *group, struct crunch_bytes *out)
{
    size_t id;
    const struct crunch_group_more *more = crunch_group_more_of(group, &id);
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < more->n_joints && !code; i++) {
        struct crunch_joint joint;
        code = crunch_group_joint_of(group, i, &joint);
        if (!code)
            code = crunch_group_joint_text(plan, &joint, out);
        crunch_joint_clear(&joint);
    }
    for (size_t i = 0; i < more->n_sketches && !code; i++)
        code = add_sketch(&more->sketch[i], id, out) ? CRUNCH_OK : CRUNCH_NO_MEMORY;
    for (size_t i = 0; i < more->n_bins; i++)
        add_bins(&more->bins[i], id, out);
    if (!code && crunch_group_ranks_stream(plan) != UINT32_MAX)
        code = add_ranks(plan, group, out);
    return code || out->failed ? CRUNCH_NO_MEMORY : CRUNCH_OK;
}

/* ---- by the reference ---- */

struct crunch_group_more_reference {
    const struct crunch_plan *plan;
    struct crunch_reference_joints *joints;
    void **marked; /* per use in the plan: that of a mark, else NULL */
};

static bool is_sketch(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_group_sketch_mark;
}

static bool is_ranks(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_group_ranks_collector;
}

static bool is_bins(const struct crunch_plan *plan, size_t i)
{
    return plan->collecting[i].collector == &crunch_group_bins_mark;
}

struct crunch_group_more_reference *
crunch_group_more_reference_create(const struct crunch_plan *plan)
{
    struct crunch_group_more_reference *more = calloc(1, sizeof *more);
    struct crunch_error ignored = {0}; /* the caller's says the same */
    if (!more)
        return NULL;
    more->plan = plan;
    more->marked = calloc(plan->n_collecting + 1, sizeof *more->marked);
    bool good = more->marked != NULL;
    if (good && plan->by_layout.n_sets > 0)
        good = (more->joints = crunch_reference_joints_create(&plan->by_layout)) != NULL;
    for (size_t i = 0; i < plan->n_collecting && good; i++) {
        const void *config = plan->collecting[i].config;
        if (is_sketch(plan, i))
            good = !crunch_sketch_reference_create(plan, config, &more->marked[i], &ignored);
        else if (is_bins(plan, i))
            good = !crunch_histogram_reference_create(plan, config, &more->marked[i], &ignored);
        else if (is_ranks(plan, i))
            good = !crunch_reference_spearman_create(plan, config, &more->marked[i], &ignored);
    }
    if (good)
        return more;
    crunch_group_more_reference_free(more);
    return NULL;
}

void crunch_group_more_reference_free(struct crunch_group_more_reference *more)
{
    if (!more)
        return;
    for (size_t i = 0; more->marked && i < more->plan->n_collecting; i++)
        if (is_sketch(more->plan, i))
            crunch_sketch_reference_destroy(more->marked[i]);
        else if (is_bins(more->plan, i))
            crunch_histogram_reference_destroy(more->marked[i]);
        else if (is_ranks(more->plan, i))
            crunch_reference_spearman_destroy(more->marked[i]);
    crunch_reference_joints_free(more->joints);
    free(more->marked);
    free(more);
}

enum crunch_code crunch_group_more_reference_row(struct crunch_group_more_reference *more,
                                                 const struct crunch_reference_row *row,
                                                 struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    if (more->joints)
        crunch_reference_joints_add(more->joints, row->cell);
    for (size_t i = 0; i < more->plan->n_collecting && !code; i++)
        if (is_sketch(more->plan, i))
            code = crunch_sketch_reference_row(more->marked[i], row, error);
        else if (is_bins(more->plan, i))
            code = crunch_histogram_reference_row(more->marked[i], row, error);
        else if (is_ranks(more->plan, i))
            code = crunch_reference_spearman_row(more->marked[i], row, error);
    return code;
}

static bool write_fit(const struct crunch_plan *plan, const struct crunch_joint *joint, FILE *out)
{
    const bool intercept = !plan->job->op_options.no_intercept;
    const size_t n = 2 * (joint->k - 1 + intercept) + 2;
    struct crunch_reference_result *result = calloc(n, sizeof *result);
    if (!result)
        return false;
    for (size_t i = 0; i < n; i++)
        mpz_inits(result[i].p, result[i].q, (mpz_ptr)NULL);
    const enum crunch_code code = crunch_reference_regression(result, joint, intercept);
    bool good = code != CRUNCH_NO_MEMORY;
    if (code)
        fputs(" dependent", out);
    for (size_t i = 0; i < n && !code; i++) {
        char *text = crunch_reference_result_text(&result[i], 0);
        fprintf(out, " %s", text ? text : "");
        good = good && text;
        free(text);
    }
    for (size_t i = 0; i < n; i++)
        mpz_clears(result[i].p, result[i].q, (mpz_ptr)NULL);
    free(result);
    return good;
}

bool crunch_group_joint_reference_text(const struct crunch_plan *plan,
                                       const struct crunch_joint *joint, FILE *out)
{
    struct crunch_exact exact;
    char *encoded = crunch_joint_encode(joint);
    bool good = encoded != NULL;
    crunch_exact_init(&exact, joint->arith[0], 0);
    exact.joint = joint;
    fprintf(out, "\t%s", encoded ? encoded : "");
    free(encoded);
    for (size_t i = 0; i < plan->job->n_ops && good; i++) {
        const struct crunch_op *op = plan->job->ops[i];
        if (op->needs & CRUNCH_NEEDS_MODEL) {
            good = write_fit(plan, joint, out);
        } else if (op->needs & CRUNCH_NEEDS_JOINT) {
            char *text = crunch_reference_text(&exact, op, &plan->job->op_options, 0);
            good = text != NULL;
            fprintf(out, " %s", text ? text : "");
            free(text);
        }
    }
    crunch_exact_clear(&exact);
    return good;
}

static enum crunch_code write_joints(struct crunch_group_more_reference *more, FILE *out)
{
    bool good = true;
    for (size_t i = 0; i < more->plan->by_layout.n_sets && good; i++) {
        struct crunch_joint joint;
        good = !crunch_reference_joints_total(more->joints, i, &joint) &&
               crunch_group_joint_reference_text(more->plan, &joint, out);
        crunch_joint_clear(&joint);
    }
    return good ? CRUNCH_OK : CRUNCH_NO_MEMORY;
}

/* The lines of an ungrouped reference, on one. */
static enum crunch_code write_lines(void *self,
                                    enum crunch_code (*write)(void *self, FILE *out,
                                                              struct crunch_error *error),
                                    FILE *out, struct crunch_error *error)
{
    char *text = NULL;
    size_t len;
    FILE *lines = open_memstream(&text, &len);
    enum crunch_code code = lines ? write(self, lines, error) : no_memory(error);
    if (lines && fclose(lines) != 0 && !code)
        code = no_memory(error);
    if (!code) {
        join_lines(text, len);
        fwrite(text, 1, len, out);
    }
    free(text);
    return code;
}

enum crunch_code crunch_group_more_reference_write(struct crunch_group_more_reference *more,
                                                   FILE *out, struct crunch_error *error)
{
    const struct crunch_plan *plan = more->plan;
    enum crunch_code code = more->joints ? write_joints(more, out) : CRUNCH_OK;
    if (code)
        return no_memory(error);
    for (size_t i = 0; i < plan->n_collecting && !code; i++) {
        uint64_t about;
        if (!is_sketch(plan, i))
            continue;
        code = crunch_sketch_reference_result(more->marked[i], &about, error);
        fprintf(out, "\tabout=%" PRIu64 " ", about);
        if (!code)
            code = write_lines(more->marked[i], crunch_sketch_reference_write, out, error);
    }
    for (size_t i = 0; i < plan->n_collecting && !code; i++)
        if (is_bins(plan, i)) {
            putc('\t', out);
            code = write_lines(more->marked[i], crunch_histogram_reference_write, out, error);
        } else if (is_ranks(plan, i)) {
            putc('\t', out);
            code = write_lines(more->marked[i], crunch_reference_spearman_write, out, error);
        }
    return code;
}
