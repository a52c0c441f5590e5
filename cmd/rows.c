/*
 * Owns what map and filter ask for, and the form of what they write: CSV, TSV, or the delimiter of
 * the input. The course of the job is cmd/reduce.c's.
 */
#include "cmd/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum crunch_code choose_delimiter(const struct crunch_settings *settings, char *delimiter,
                                         struct crunch_error *error)
{
    switch (settings->format) {
    case CRUNCH_FORMAT_AUTO:
        *delimiter = (char)settings->job.dialect.delimiter;
        return CRUNCH_OK;
    case CRUNCH_FORMAT_CSV:
        *delimiter = ',';
        return CRUNCH_OK;
    case CRUNCH_FORMAT_TSV:
        *delimiter = '\t';
        return CRUNCH_OK;
    default:
        return crunch_fail(error, CRUNCH_USAGE, "rows are written with -f csv or -f tsv");
    }
}

static bool has_names(const struct crunch_plan *plan)
{
    bool named = plan->table->has_header;
    for (size_t i = 0; plan->exprs && i < plan->exprs->n_maps; i++)
        named = named || plan->exprs->map[i].named;
    return named;
}

enum crunch_code crunch_rows_begin(struct crunch_reduction *reduction, struct crunch_error *error)
{
    const struct crunch_settings *settings = reduction->invocation->settings;
    struct crunch_row_writing *rows = &reduction->rows;
    const struct crunch_collecting collecting = {.collector = &crunch_row_writer, .config = rows};
    enum crunch_code code = choose_delimiter(settings, &rows->delimiter, error);
    if (!code)
        code = crunch_plan_collect(&reduction->plan, &collecting, error);
    if (!code)
        code = crunch_outfile_open(&reduction->rows_file, settings->output_path, error);
    if (!code && settings->job.verify != CRUNCH_VERIFY_NO)
        code = crunch_outfile_hold(&reduction->rows_file, settings->job.tmpdir, error);
    if (code)
        return code;
    rows->out = reduction->rows_file.file;
    rows->out_name = reduction->rows_file.name;
    /* Out of the buffer before a worker is forked: ThreadSanitizer's _exit flushes, and writes a
     * copy. */
    if ((has_names(&reduction->plan) && !crunch_row_writer_header(&reduction->plan, rows)) ||
        fflush(rows->out) != 0) {
        code = crunch_fail_errno(error, CRUNCH_IO, errno, "cannot write %s", rows->out_name);
        crunch_outfile_close(&reduction->rows_file, code, error);
    }
    return code;
}

static enum crunch_code missing_operand(const struct crunch_invocation *invocation,
                                        const char *usage)
{
    crunch_fail(invocation->error, CRUNCH_USAGE, "an expression is missing");
    crunch_hint(invocation->error, "%s", usage);
    return CRUNCH_USAGE;
}

/* Runs the job on the operands behind the first, which is put before (or behind) the texts of an
 * option. */
static enum crunch_code write_rows(const struct crunch_invocation *invocation, bool filters)
{
    const struct crunch_settings *settings = invocation->settings;
    const struct crunch_texts *given = filters ? &settings->where : &settings->maps;
    const struct crunch_op *count = crunch_op_find("count", 5);
    struct crunch_invocation rest = *invocation;
    struct crunch_job job = settings->job;
    if (crunch_job_groups(&job)) {
        crunch_fail(invocation->error, CRUNCH_USAGE, "%s writes rows: it takes no %s",
                    filters ? "filter" : "map", job.by ? "--by" : "--by-file");
        return CRUNCH_USAGE;
    }
    const char **texts = malloc((given->n + 1) * sizeof *texts);
    if (!texts)
        return crunch_fail(invocation->error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < given->n; i++)
        texts[i] = given->text[i];
    texts[given->n] = rest.operands[0];
    rest.operands++;
    rest.n_operands--;
    if (filters) {
        job.where = texts;
        job.n_where = given->n + 1;
    } else {
        job.maps = texts;
        job.n_maps = given->n + 1;
    }
    job.writes_rows = true;
    job.keep = filters || settings->keep;
    job.ops = &count;
    job.n_ops = 1;
    enum crunch_code code = crunch_write_rows(&rest, &job);
    if (code != CRUNCH_WORKER_LOST)
        free(texts);
    return code;
}

enum crunch_code crunch_map(const struct crunch_invocation *invocation)
{
    if (invocation->n_operands == 0)
        return missing_operand(invocation, "crunch map 'price * qty' in.csv -o out.csv");
    return write_rows(invocation, false);
}

enum crunch_code crunch_filter(const struct crunch_invocation *invocation)
{
    if (invocation->n_operands == 0)
        return missing_operand(invocation, "crunch filter 'price > 10' in.csv -o out.csv");
    return write_rows(invocation, true);
}
