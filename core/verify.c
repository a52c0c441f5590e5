/*
 * Verification. Full: the reference reads the whole input; its canonical states are compared with
 * the merged ones, field by field, then its texts with the printed ones, and the counts of records
 * and of bad data. Sample: the reference reads each sampled chunk between the boundaries it was
 * committed with, and its states are compared with the committed ones.
 *
 * What a sample cannot catch: anything in a chunk that was not drawn, a boundary between two such
 * chunks, and the merging of the chunks' states into one. (That the boundaries of a sampled chunk
 * stand at line ends is looked at, and that a chunk holds what it should.)
 *
 * After that the run is timed again, warm where the input fits in half of the memory, and the fast
 * path on one worker too; their states must be the same as well.
 */
#include "core/verify.h"

#include "core/cpus.h"
#include "core/joint_set.h"
#include "core/member.h"
#include "core/order.h"
#include "core/passes.h"
#include "core/verify_joint.h"
#include "io/temp.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMED_RUNS 2

struct check {
    const struct crunch_plan *plan;
    struct crunch_source *source;
    const struct crunch_run_result *result;
    unsigned precision;
    struct crunch_verdict *verdict;
    struct crunch_error *error;
};

/* ---- differences ---- */

static enum crunch_code differ(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum crunch_code differ(struct check *check, const char *format, ...)
{
    char *text = check->verdict->difference;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof check->verdict->difference, format, arguments);
    va_end(arguments);
    check->verdict->identical = false;
    crunch_fail(check->error, CRUNCH_MISMATCH, "verification failed: %s", text);
    crunch_hint(check->error, "no result is written; please report it, with the input if you can");
    check->error->file = crunch_source_name(check->source);
    return CRUNCH_MISMATCH;
}

static enum crunch_code fail_memory(struct check *check)
{
    return crunch_fail(check->error, CRUNCH_NO_MEMORY, "out of memory (verification)");
}

/* Is it the count of records that pass --where, which no operation is asked of? */
static bool only_counts(const struct crunch_plan *plan, size_t slot)
{
    return plan->exprs && slot == plan->passed_slot;
}

/* The name of a slot for messages. */
struct name {
    char text[100];
};

static struct name name_of(const struct check *check, size_t slot)
{
    const struct crunch_plan *plan = check->plan;
    const size_t n = plan->scan.n_columns;
    struct name name = {"the count of records that pass"};
    char shown[64];
    if (only_counts(plan, slot))
        return name;
    size_t index = slot < n ? plan->scan.index[slot] : plan->table->width + slot - n;
    const struct crunch_column *column = &plan->view->columns[index];
    crunch_quote_text(shown, sizeof shown, column->name, column->name_len);
    if (column->name_len > 0)
        snprintf(name.text, sizeof name.text, "column \"%s\"", shown);
    else
        snprintf(name.text, sizeof name.text, "column %zu", index + 1);
    return name;
}

/* The columns of a set: the first two and the last. */
static struct name name_of_set(const struct check *check, size_t s)
{
    const struct crunch_joint_set *set = &check->plan->layout.set[s];
    struct name first = name_of(check, set->slot[0]), last = name_of(check, set->slot[set->k - 1]);
    struct name name;
    snprintf(name.text, sizeof name.text, "%.44s%s %.44s", first.text,
             set->k == 2 ? " with" : " ...", last.text);
    return name;
}

/* Compares two encodings; names the first field that differs. */
static enum crunch_code compare_states(struct check *check, struct name name, const char *where,
                                       const char *ours, const char *theirs, const char *who)
{
    const char *a = ours, *b = theirs;
    if (ours == NULL || theirs == NULL)
        return fail_memory(check);
    if (strcmp(ours, theirs) == 0)
        return CRUNCH_OK;
    for (size_t i = 0; ours[i] == theirs[i]; i++) {
        if (ours[i] == ' ') {
            a = ours + i + 1;
            b = theirs + i + 1;
        }
    }
    return differ(check, "%s%s: %.*s in the run, %.*s in %s", name.text, where,
                  (int)(strcspn(a, " ") < 130 ? strcspn(a, " ") : 130), a,
                  (int)(strcspn(b, " ") < 130 ? strcspn(b, " ") : 130), b, who);
}

static enum crunch_code compare_number(struct check *check, const char *what, uint64_t ours,
                                       uint64_t theirs, const char *who)
{
    if (ours == theirs)
        return CRUNCH_OK;
    return differ(check, "%s: %" PRIu64 " in the run, %" PRIu64 " in %s", what, ours, theirs, who);
}

/* A failing reference beside a run that succeeded is a difference when it is about the data. */
static enum crunch_code judge_reference(struct check *check, enum crunch_code code)
{
    struct crunch_error found = *check->error;
    if (code != CRUNCH_BAD_DATA)
        return code;
    return differ(check, "the reference finds bad data in line %" PRIu64 ", byte %" PRIu64 ": %s",
                  found.line, found.offset, found.message);
}

/* ---- in full ---- */

static bool applies(const struct crunch_plan *plan, size_t slot, const struct crunch_op *op)
{
    for (size_t i = 0; i < plan->n_columns; i++)
        if (plan->slot[i] == slot)
            return crunch_plan_applies(plan, i, op);
    return true;
}

static enum crunch_code compare_texts(struct check *check, size_t slot,
                                      const struct crunch_exact *ours,
                                      const struct crunch_exact *theirs)
{
    const struct crunch_job *job = check->plan->job;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < job->n_ops && !code; i++) {
        struct crunch_value value;
        if (job->ops[i]->finish == NULL || job->ops[i]->needs & CRUNCH_NEEDS_JOINT ||
            !applies(check->plan, slot, job->ops[i]))
            continue; /* a table: what it is printed from is compared; or of a set of columns */
        if (crunch_order_need(job->ops[i]) && !crunch_plan_orders(check->plan, slot))
            continue; /* a column that only --where or --map reads */
        crunch_value_init(&value);
        crunch_op_finish(job->ops[i], ours, &job->op_options, &value);
        char *a = crunch_value_text(&value, check->precision);
        char *b = crunch_reference_text(theirs, job->ops[i], &job->op_options, check->precision);
        if (a == NULL || b == NULL)
            code = fail_memory(check);
        else if (strcmp(a, b) != 0)
            code = differ(check, "%s: %s is printed as %.120s by the run, %.120s by the reference",
                          name_of(check, slot).text, job->ops[i]->name, a, b);
        free(a);
        free(b);
        crunch_value_clear(&value);
    }
    return code;
}

static void extract(const struct check *check, const struct crunch_run_result *result, size_t slot,
                    struct crunch_exact *exact)
{
    const struct crunch_layout *layout = &check->plan->layout;
    crunch_exact_init(exact, crunch_layout_arith(layout, slot), layout->needs[slot]);
    crunch_run_extract(check->plan, result, slot, exact);
}

static enum crunch_code compare_column(struct check *check, size_t slot,
                                       const struct crunch_reference *reference)
{
    struct crunch_exact ours, *theirs = &reference->column[slot];
    if (check->plan->needs[slot] == 0) /* a key, or what only collectors look at */
        return CRUNCH_OK;
    theirs->ordered = check->result->n_ordered > 0 ? &reference->ordered[slot] : NULL;
    extract(check, check->result, slot, &ours);
    char *a = crunch_exact_encode(&ours), *b = crunch_exact_encode(theirs);
    enum crunch_code code = compare_states(check, name_of(check, slot), "", a, b, "the reference");
    if (!code && !only_counts(check->plan, slot))
        code = compare_texts(check, slot, &ours, theirs);
    free(a);
    free(b);
    crunch_exact_clear(&ours);
    return code;
}

/* Extracts set s of a bundle and compares it with theirs; who is the other one. */
static enum crunch_code compare_joint(struct check *check, const void *bundle, size_t s,
                                      const struct crunch_joint *theirs, const char *who,
                                      bool texts)
{
    struct crunch_joint ours;
    char difference[300];
    enum crunch_code code = crunch_bundle_extract_joint(&check->plan->layout, bundle, s, &ours);
    if (!code) {
        char *a = crunch_joint_encode(&ours), *b = crunch_joint_encode(theirs);
        code = compare_states(check, name_of_set(check, s), "", a, b, who);
        free(a);
        free(b);
    }
    if (!code && texts)
        code = crunch_compare_joint_texts(check->plan->job, &ours, theirs, check->precision,
                                          difference, sizeof difference);
    if (code == CRUNCH_MISMATCH && check->verdict->identical)
        code = differ(check, "%s: %s", name_of_set(check, s).text, difference);
    crunch_joint_clear(&ours);
    return code == CRUNCH_NO_MEMORY ? fail_memory(check) : code;
}

/* ---- what collectors found ---- */

/* The first line in which two texts differ: NULL when they are equal, else it is written to line (n
 * bytes) as "A in the run, B in the reference", with NOTHING for a text that has ended. */
static bool first_difference(FILE *ours, FILE *theirs, char *line, size_t n)
{
    char *a = NULL, *b = NULL;
    size_t a_size = 0, b_size = 0;
    bool differ = false;
    for (uint64_t number = 1; !differ; number++) {
        ssize_t a_len = getline(&a, &a_size, ours), b_len = getline(&b, &b_size, theirs);
        if (a_len < 0 && b_len < 0)
            break;
        if (a_len == b_len && memcmp(a, b, (size_t)a_len) == 0)
            continue;
        char x[130], y[130];
        crunch_quote_text(x, sizeof x, a_len < 0 ? "nothing" : a,
                          a_len < 0 ? 7 : (size_t)a_len - (a[a_len - 1] == '\n'));
        crunch_quote_text(y, sizeof y, b_len < 0 ? "nothing" : b,
                          b_len < 0 ? 7 : (size_t)b_len - (b[b_len - 1] == '\n'));
        snprintf(line, n, "line %" PRIu64 ": %s in the run, %s in the reference", number, x, y);
        differ = true;
    }
    free(a);
    free(b);
    return differ;
}

/* An unnamed temporary file as a stream. */
static FILE *open_text(struct check *check, enum crunch_code *code)
{
    int fd = -1;
    FILE *file = NULL;
    *code = crunch_temp_open(check->plan->job->tmpdir, &fd, check->error);
    if (!*code)
        file = fdopen(fd, "w+");
    if (!*code && file == NULL) {
        close(fd);
        *code = fail_memory(check);
    }
    return file;
}

/* Writes what the run and what the reference found of one collector, and compares. */
static enum crunch_code compare_collector(struct check *check, size_t i, void *reference)
{
    const struct crunch_collecting *use = &check->plan->collecting[i];
    char difference[400];
    enum crunch_code code = CRUNCH_OK;
    FILE *ours = open_text(check, &code), *theirs = code ? NULL : open_text(check, &code);
    if (!code)
        code = use->collector->write(check->plan, use->config, &check->result->logs, (uint32_t)i,
                                     ours, check->error);
    if (!code)
        code = use->collector->reference_write(reference, theirs, check->error);
    if (!code && (fflush(ours) || ferror(ours) || fflush(theirs) || ferror(theirs)))
        code = crunch_fail_errno(check->error, CRUNCH_IO, errno, "cannot write a temporary file");
    if (!code) {
        rewind(ours);
        rewind(theirs);
        if (first_difference(ours, theirs, difference, sizeof difference))
            code = differ(check, "%s, %s", use->collector->name, difference);
    }
    if (ours)
        fclose(ours);
    if (theirs)
        fclose(theirs);
    return code;
}

static enum crunch_code compare_collectors(struct check *check,
                                           const struct crunch_reference *reference)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < check->plan->n_collecting && !code; i++)
        if (reference->collector && reference->collector[i])
            code = compare_collector(check, i, reference->collector[i]);
    return code;
}

static enum crunch_code check_in_full(struct check *check)
{
    struct crunch_reference reference;
    uint64_t begin = check->plan->table->data_offset;
    enum crunch_code code = crunch_reference_run(check->plan, check->source, begin, UINT64_MAX,
                                                 &reference, check->error);
    check->verdict->reference_s = reference.elapsed_s;
    if (code)
        return judge_reference(check, code);
    for (size_t i = 0; i < reference.n_columns && !code; i++)
        code = compare_column(check, i, &reference);
    for (size_t s = 0; s < reference.n_joints && !code; s++)
        code = compare_joint(check, check->result->bundle, s, &reference.joint[s], "the reference",
                             true);
    if (!code)
        code = compare_number(check, "records", check->result->records, reference.records,
                              "the reference");
    if (!code)
        code = compare_number(check, "pieces of bad data", check->result->bad, reference.bad,
                              "the reference");
    if (!code)
        code = compare_collectors(check, &reference);
    crunch_reference_free(&reference);
    return code;
}

/* ---- by sample ---- */

/* A record starts at the beginning of the data or behind a line end, a binary one behind another;
 * source is one file's, with that table and data. */
static enum crunch_code check_boundary(struct check *check, const struct crunch_sampled *sampled,
                                       uint64_t offset, struct crunch_source *source,
                                       const struct crunch_table *table, uint64_t data)
{
    char before = '\n';
    if (table->binary.type.kind) {
        uint64_t record = crunch_binary_record_bytes(&table->binary);
        if (offset >= data && (record == 0 || (offset - data) % record == 0))
            return CRUNCH_OK;
        return differ(check,
                      "chunk %" PRIu64 ": its boundary at byte %" PRIu64 " is within a record",
                      sampled->chunk, offset);
    }
    if (offset > data && crunch_source_read(source, &before, 1, offset - 1, check->error) != 1)
        return CRUNCH_IO;
    if (before == '\n' || before == '\r' || offset == crunch_source_size(source))
        return CRUNCH_OK;
    return differ(check, "chunk %" PRIu64 ": its boundary at byte %" PRIu64 " is not at a line end",
                  sampled->chunk, offset);
}

/* In several files it may also stand where one begins; in a packed one it can nowhere else. */
static enum crunch_code
check_boundary_in_files(struct check *check, const struct crunch_sampled *sampled, uint64_t offset)
{
    const struct crunch_files *files = crunch_source_files(check->source);
    size_t i = offset < files->size ? crunch_files_find(files, offset) : files->n;
    if (i == files->n || files->file[i].base == offset)
        return CRUNCH_OK;
    struct crunch_member member = {0};
    struct crunch_source *view = NULL;
    enum crunch_code code = crunch_source_view(check->source, NULL, &view, check->error);
    if (!code)
        code = crunch_member_init(&member, check->plan, view, check->error);
    if (!code)
        code = crunch_member_select(&member, i, check->error);
    if (!code)
        code =
            member.packed
                ? differ(check, "chunk %" PRIu64 ": its boundary at byte %" PRIu64 " is within %s",
                         sampled->chunk, offset, files->file[i].name)
                : check_boundary(check, sampled, offset, view, member.table, member.data);
    crunch_member_close(&member);
    crunch_source_close(view);
    return code;
}

static enum crunch_code check_boundaries(struct check *check, const struct crunch_sampled *sampled)
{
    const struct crunch_table *table = check->plan->table;
    const uint64_t place[] = {sampled->begin, sampled->end};
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < 2 && !code; i++)
        code = crunch_source_files(check->source)
                   ? check_boundary_in_files(check, sampled, place[i])
                   : check_boundary(check, sampled, place[i], check->source, table,
                                    table->data_offset);
    return code;
}

static enum crunch_code check_chunk(struct check *check, const struct crunch_sampled *sampled)
{
    struct crunch_reference reference;
    char where[64];
    enum crunch_code code = crunch_reference_run(check->plan, check->source, sampled->begin,
                                                 sampled->end, &reference, check->error);
    check->verdict->reference_s += reference.elapsed_s;
    if (code)
        return judge_reference(check, code);
    snprintf(where, sizeof where, ", chunk %" PRIu64, sampled->chunk);
    for (size_t i = 0; i < reference.n_columns && !code; i++) {
        char *theirs = crunch_exact_encode(&reference.column[i]);
        code = compare_states(check, name_of(check, i), where, sampled->state[i], theirs,
                              "the reference");
        free(theirs);
    }
    for (size_t s = 0; s < reference.n_joints && !code; s++) {
        char *theirs = crunch_joint_encode(&reference.joint[s]);
        code = compare_states(check, name_of_set(check, s), where,
                              sampled->state[reference.n_columns + s], theirs, "the reference");
        free(theirs);
    }
    snprintf(where, sizeof where, "records of chunk %" PRIu64, sampled->chunk);
    if (!code)
        code = compare_number(check, where, sampled->records, reference.records, "the reference");
    crunch_reference_free(&reference);
    return code ? code : check_boundaries(check, sampled);
}

static enum crunch_code check_sample(struct check *check)
{
    struct crunch_verdict *verdict = check->verdict;
    const struct crunch_samples *samples = &check->result->samples;
    enum crunch_code code = CRUNCH_OK;
    verdict->sampled = true;
    verdict->seed = check->plan->job->seed;
    verdict->total_chunks = check->result->chunks;
    for (size_t i = 0; i < samples->n && !code; i++) {
        code = check_chunk(check, &samples->item[i]);
        verdict->sampled_chunks++;
        verdict->sampled_bytes += samples->item[i].end - samples->item[i].begin;
    }
    return code;
}

/* ---- timing ---- */

/* Another run of the same plan as backend and workers say; its states must be the same. */
static enum crunch_code run_again(struct check *check, const struct crunch_backend *backend,
                                  unsigned workers, uint64_t chunk_bytes, double *best_s)
{
    struct crunch_job job = *check->plan->job;
    struct crunch_plan plan = *check->plan;
    struct crunch_run_result again;
    job.backend = backend;
    job.workers = workers;
    job.chunk_bytes = chunk_bytes;
    job.rejects_path = NULL;
    job.verify = CRUNCH_VERIFY_NO;
    plan.job = &job;
    enum crunch_code code = crunch_run_passes(&plan, check->source, NULL, &again, check->error);
    for (size_t i = 0; i < plan.layout.n_columns && !code; i++) {
        struct crunch_exact first, second;
        extract(check, check->result, i, &first);
        extract(check, &again, i, &second);
        char *a = crunch_exact_encode(&first), *b = crunch_exact_encode(&second);
        code = compare_states(check, name_of(check, i), "", a, b, "a run on other workers");
        free(a);
        free(b);
        crunch_exact_clear(&first);
        crunch_exact_clear(&second);
    }
    for (size_t s = 0; s < plan.layout.n_sets && !code; s++) {
        struct crunch_joint second;
        code = crunch_bundle_extract_joint(&plan.layout, again.bundle, s, &second);
        code = code ? fail_memory(check)
                    : compare_joint(check, check->result->bundle, s, &second,
                                    "a run on other workers", false);
        crunch_joint_clear(&second);
    }
    if (!code)
        code = compare_number(check, "records", check->result->records, again.records,
                              "a run on other workers");
    if (!(*best_s <= again.elapsed_s)) /* also when there is none yet (NAN) */
        *best_s = again.elapsed_s;
    crunch_run_result_free(&again);
    return code;
}

static bool fits_in_half_of_memory(uint64_t bytes)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 && bytes <= (uint64_t)pages * (uint64_t)page / 2;
}

/* The parallel run has read the whole input, so what comes after it is warm. An input that does not
 * fit stays cold: then one run of each kind has to do. */
static enum crunch_code time_runs(struct check *check)
{
    const struct crunch_job *job = check->plan->job;
    const struct crunch_backend *seq = crunch_backend_find("seq");
    struct crunch_verdict *verdict = check->verdict;
    enum crunch_code code = CRUNCH_OK;
    verdict->warm = fits_in_half_of_memory(crunch_source_size(check->source));
    verdict->parallel_s = check->result->elapsed_s;
    verdict->sequential_s = (double)NAN;
    for (int i = 0; i < (verdict->warm ? TIMED_RUNS : 1) && !code; i++) {
        if (verdict->warm)
            code = run_again(check, job->backend, job->workers, job->chunk_bytes,
                             &verdict->parallel_s);
        if (!code)
            code = run_again(check, seq, 1, 0, &verdict->sequential_s);
    }
    return code;
}

void crunch_verdict_scaling(struct crunch_verdict *verdict, unsigned workers, unsigned cpus)
{
    double p = workers;
    double speedup = verdict->parallel_s > 0 ? verdict->sequential_s / verdict->parallel_s : 1;
    verdict->speedup = speedup;
    verdict->efficiency_workers = speedup / p;
    verdict->efficiency_cpus = speedup / (cpus > 0 ? cpus : 1);
    verdict->karp_flatt = workers > 1 ? (1 / speedup - 1 / p) / (1 - 1 / p) : (double)NAN;
}

/* Why a sample of the chunks would not do; NULL: it does. */
static const char *no_sample(const struct check *check)
{
    const struct crunch_plan *plan = check->plan;
    if (plan->job->writes_rows)
        return "every row that was written is compared";
    if (plan->n_by > 0)
        return "groups are not kept by chunks";
    if (plan->n_collecting > 0)
        return "what is counted, ranked or placed is not kept by chunks";
    for (size_t i = 0; i < plan->job->n_ops; i++)
        if (crunch_order_need(plan->job->ops[i]))
            return "quantiles are of all values together";
    /* Chunks that lie inside one long record have nothing to sample. */
    return check->result->samples.n == 0 ? "no chunk that was drawn has a record" : NULL;
}

enum crunch_code crunch_verify_run(const struct crunch_plan *plan, struct crunch_source *source,
                                   const struct crunch_run_result *result, unsigned precision,
                                   struct crunch_verdict *verdict, struct crunch_error *error)
{
    struct crunch_error unheard;
    struct crunch_cpus cpus;
    struct check check = {plan, source, result, precision, verdict, error ? error : &unheard};
    memset(verdict, 0, sizeof *verdict);
    verdict->identical = true;
    verdict->karp_flatt = (double)NAN;
    verdict->parallel_s = result->elapsed_s;
    if (plan->job->verify == CRUNCH_VERIFY_SAMPLE)
        verdict->in_full = no_sample(&check);
    bool sample = plan->job->verify == CRUNCH_VERIFY_SAMPLE && verdict->in_full == NULL;
    enum crunch_code code = sample ? check_sample(&check) : check_in_full(&check);
    if (!code)
        code = time_runs(&check);
    if (!code)
        code = crunch_source_check_unchanged(source, check.error);
    crunch_cpus_count(&cpus, "");
    if (!code)
        crunch_verdict_scaling(verdict, result->workers, cpus.usable);
    verdict->identical = code == CRUNCH_OK;
    return code;
}
