/*
 * Owns the course of a conversion. Invariant: the header of a .npy file is written when its records
 * have been counted, and the file appears only then.
 */
#include "cmd/convert.h"
#include "cmd/inputs.h"
#include "cmd/outfile.h"
#include "core/convert.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct conversion {
    const struct crunch_invocation *invocation;
    struct crunch_job job;
    char label[40]; /* what several inputs are called */
    struct crunch_source *source;
    struct crunch_table *table;
    struct crunch_outfile out;
    struct crunch_conversion use;
    size_t columns;
};

static enum crunch_code check_settings(const struct crunch_settings *settings,
                                       struct crunch_error *error)
{
    if (settings->report_path || settings->job.rejects_path)
        return crunch_fail(error, CRUNCH_USAGE, "convert writes no %s",
                           settings->report_path ? "report" : "rejects");
    if (crunch_job_groups(&settings->job) || settings->job.verify != CRUNCH_VERIFY_NO) {
        crunch_fail(error, CRUNCH_USAGE, "convert takes no %s",
                    settings->job.by        ? "--by"
                    : settings->job.by_file ? "--by-file"
                                            : "--verify");
        crunch_hint(error, "`crunch stats --verify` on both files shows whether they agree");
        return CRUNCH_USAGE;
    }
    return CRUNCH_OK;
}

/* --to, or what there is to choose without it. */
static enum crunch_code choose_type(struct conversion *c, bool binary, struct crunch_error *error)
{
    const char *to = c->invocation->settings->to;
    if (to == NULL)
        to = binary ? "csv" : "f64";
    if (strcmp(to, "csv") == 0) {
        if (!binary)
            return crunch_fail(error, CRUNCH_USAGE, "the input is a table of text already");
        return CRUNCH_OK;
    }
    if (!crunch_type_parse(to, &c->use.to) || c->use.to.kind == 'b' ||
        (c->use.to.kind == 'f' && c->use.to.bytes != 8)) {
        crunch_fail(error, CRUNCH_USAGE, "--to: bad value \"%s\"", to);
        crunch_hint(error, "csv, f64, i64, i32, i16, i8, u64, u32, u16 or u8 is wanted, :be behind "
                           "it for big endian");
        return CRUNCH_USAGE;
    }
    if (c->invocation->settings->output_path)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_USAGE, "a .npy file is not written to standard output");
    crunch_hint(error, "its header says how many records follow; name a file with -o FILE.npy");
    return CRUNCH_USAGE;
}

static enum crunch_code collect_inputs(struct conversion *c, struct crunch_error *error)
{
    struct crunch_inputs *inputs = c->invocation->inputs;
    enum crunch_code code = crunch_inputs_collect(
        inputs, c->invocation->operands, c->invocation->n_operands,
        c->invocation->settings->files_from, &c->job.fetching.addresses, error);
    if (code)
        return code;
    c->job.paths = inputs->path;
    c->job.n_paths = inputs->n;
    c->job.path = inputs->path[0];
    for (size_t i = 0; i < inputs->n && !code; i++)
        code = crunch_outfile_check("--output", c->invocation->settings->output_path,
                                    inputs->path[i], error);
    return code;
}

static enum crunch_code open_input(struct conversion *c, struct crunch_error *error)
{
    const struct crunch_job *job = &c->job;
    const struct crunch_files_want want = {
        .tmpdir = job->tmpdir, .fetching = &job->fetching, .stop = &crunch_stop_signal};
    enum crunch_code code = job->n_paths > 1
                                ? crunch_source_open_files(job->paths, job->n_paths, &job->recoding,
                                                           &want, &c->source, error)
                                : crunch_source_open_recoded(job->path, &job->recoding,
                                                             &job->fetching, &c->source, error);
    if (code)
        return code;
    snprintf(c->label, sizeof c->label, "%zu files", job->n_paths);
    c->invocation->teller->file = job->n_paths > 1 ? c->label : crunch_source_name(c->source);
    crunch_source_configure(c->source, &crunch_stop_signal, c->job.tmpdir);
    code = crunch_table_read(c->source, &c->job.dialect, &c->table, error);
    if (!code)
        code = choose_type(c, c->table->binary.type.kind != 0, error);
    if (code || c->use.to.kind == 0)
        return code;
    c->job.dialect.arith = c->use.to.kind == 'f' ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL;
    if (c->table->binary.type.kind != 'f')
        c->table->dialect.arith = c->job.dialect.arith;
    return CRUNCH_OK;
}

/* Written once with no records, to keep its place, and again when they are known. */
static enum crunch_code write_header(struct conversion *c, struct crunch_error *error)
{
    const struct crunch_binary binary = {c->use.to, c->columns, c->use.rows, false};
    char header[CRUNCH_NPY_HEADER];
    size_t len = crunch_npy_header(&binary, header);
    if (c->use.to.kind == 0)
        return CRUNCH_OK;
    if ((c->use.rows == 0 || (fflush(c->out.file) == 0 && fseek(c->out.file, 0, SEEK_SET) == 0)) &&
        fwrite(header, 1, len, c->out.file) == len)
        return CRUNCH_OK;
    crunch_fail_errno(error, CRUNCH_IO, errno, "cannot write the header");
    error->file = c->out.name;
    return CRUNCH_IO;
}

static enum crunch_code convert_rows(struct conversion *c, struct crunch_error *error)
{
    struct crunch_teller *teller = c->invocation->teller;
    const struct crunch_collecting collecting = {.collector = &crunch_converter, .config = &c->use};
    struct crunch_run_hooks hooks = {teller, crunch_teller_progress, crunch_teller_note, true};
    struct crunch_run_result result = {0};
    struct crunch_plan plan;
    enum crunch_code code = crunch_plan_init(&plan, &c->job, c->table, error);
    if (code)
        return code;
    c->use.out = c->out.file;
    c->use.out_name = c->out.name;
    c->columns = plan.n_columns;
    if (c->use.to.kind == 0)
        for (size_t i = 0; i < plan.n_columns; i++)
            crunch_plan_need(&plan, plan.slot[i], CRUNCH_NEED_TEXT);
    plan.scan.records = true; /* for messages */
    code = crunch_plan_collect(&plan, &collecting, error);
    if (!code)
        code = write_header(c, error);
    if (!code)
        code = crunch_run(&plan, c->source, &hooks, &result, error);
    crunch_teller_clear(teller);
    if (!code && c->use.rows > 0)
        code = write_header(c, error);
    if (code != CRUNCH_WORKER_LOST) { /* a worker that timed out may still be running on them */
        crunch_run_result_free(&result);
        crunch_plan_free(&plan);
    }
    return code;
}

static enum crunch_code convert(struct conversion *c)
{
    struct crunch_error *error = c->invocation->error;
    enum crunch_code code = check_settings(c->invocation->settings, error);
    if (!code)
        code = collect_inputs(c, error);
    if (!code)
        code = open_input(c, error);
    if (!code)
        code = crunch_outfile_open(&c->out, c->invocation->settings->output_path, error);
    if (code)
        return code;
    return crunch_outfile_close(&c->out, convert_rows(c, error), error);
}

enum crunch_code crunch_convert(const struct crunch_invocation *invocation)
{
    struct conversion *c = calloc(1, sizeof *c);
    const struct crunch_op *sum = crunch_op_find("sum", 3); /* makes cells be read as numbers */
    enum crunch_code code;
    if (!c)
        return crunch_fail(invocation->error, CRUNCH_NO_MEMORY, "out of memory");
    c->invocation = invocation;
    c->job = invocation->settings->job;
    c->job.ops = &sum;
    c->job.n_ops = 1;
    code = convert(c);
    /* A worker that timed out may still be running on what would be freed. */
    if (code == CRUNCH_WORKER_LOST)
        return code;
    crunch_table_free(c->table);
    crunch_source_close(c->source);
    free(c);
    return code;
}
