/*
 * Owns the course of a reduction. Invariant: results are printed only when everything that was
 * asked for has succeeded; a run that fails, or is not verified, prints nothing on standard output
 * and leaves the file of -o as it was. The report is written in every case that got as far as
 * opening the input.
 */
#include "cmd/reduce.h"
#include "cmd/help.h"
#include "cmd/outfile.h"
#include "cmd/report.h"
#include "cmd/results_groups.h"
#include "cmd/results_stats.h"
#include "cmd/results_values.h"
#include "cmd/rows.h"
#include "cmd/summary.h"
#include "cmd/terminal.h"
#include "core/histogram.h"
#include "core/memory.h"
#include "core/passes.h"
#include "core/rejects.h"
#include "io/files.h"
#include "io/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* With -v: how the input is read, where that is not the usual, or not as was asked. */
static void tell_reading(const struct crunch_reduction *reduction)
{
    enum crunch_reading asked = reduction->job.reading, got;
    struct crunch_teller *teller = reduction->invocation->teller;
    int why;
    crunch_source_set_reading(reduction->source, asked, reduction->job.mem_limit > 0);
    got = crunch_source_reading(reduction->source, &why);
    if (asked == CRUNCH_READING_MMAP && got != asked)
        crunch_tell_detail(teller, "cannot be mapped (%s); it is copied",
                           why ? strerror(why) : "only plain files can");
    else if (got == CRUNCH_READING_PREAD && why)
        crunch_tell_detail(teller, "io_uring cannot be used here (%s); it is read with pread",
                           strerror(why));
    else if (got == CRUNCH_READING_PREAD && asked > CRUNCH_READING_MMAP)
        crunch_tell_detail(teller, "only plain files are read by io_uring; it is read with pread");
    else if (got == CRUNCH_READING_URING && why)
        crunch_tell_detail(teller,
                           "cannot be read past the page cache (%s); through it, by io_uring",
                           strerror(why));
    else if (got == CRUNCH_READING_URING)
        crunch_tell_detail(teller, "read ahead by io_uring");
    else if (got == CRUNCH_READING_DIRECT)
        crunch_tell_detail(teller, "read ahead by io_uring, past the page cache");
}

static enum crunch_code open_input(struct crunch_reduction *reduction, struct crunch_error *error)
{
    const struct crunch_job *job = &reduction->job;
    struct crunch_teller *teller = reduction->invocation->teller;
    bool twice = job->verify != CRUNCH_VERIFY_NO || crunch_histogram_needs_pass(job);
    const struct crunch_files_want want = {.tmpdir = job->tmpdir,
                                           .fetching = &job->fetching,
                                           .twice = twice,
                                           .stop = &crunch_stop_signal};
    enum crunch_code code =
        job->n_paths > 1 ? crunch_source_open_files(job->paths, job->n_paths, &job->recoding, &want,
                                                    &reduction->source, error)
                         : crunch_source_open_recoded(job->path, &job->recoding, &job->fetching,
                                                      &reduction->source, error);
    if (code)
        return code;
    teller->file = crunch_source_name(reduction->source);
    if (job->n_paths > 1) {
        snprintf(reduction->label, sizeof reduction->label, "%zu files", job->n_paths);
        teller->file = reduction->label;
    }
    reduction->was_stream = !crunch_source_is_rereadable(reduction->source);
    if (strcmp(job->path, "-") == 0 && !teller->quiet && isatty(STDIN_FILENO))
        crunch_tell(teller, "reading from the terminal; Ctrl-D ends the input");
    crunch_source_configure(reduction->source, &crunch_stop_signal, job->tmpdir);
    if (job->mem_limit) /* of several files each worker unpacks one */
        crunch_source_limit_window(
            reduction->source, job->n_paths > 1 ? job->mem_limit / job->workers : job->mem_limit);
    tell_reading(reduction);
    if (crunch_source_seek_table(reduction->source) == CRUNCH_SEEK_WRONG)
        crunch_tell_warning(teller, "its seek table is not that of its frames, and is not used");
    if (twice && reduction->was_stream) {
        crunch_tell_detail(teller, "copied to %s first, to be read twice", job->tmpdir);
        code = crunch_spool(reduction->source, error);
    }
    if (!code)
        code = crunch_table_read(reduction->source, &job->dialect, &reduction->table, error);
    return code;
}

static enum crunch_code check_outputs(const struct crunch_reduction *reduction,
                                      struct crunch_error *error)
{
    const struct crunch_settings *settings = reduction->invocation->settings;
    const struct crunch_job *job = &reduction->job;
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < job->n_paths && !code; i++) {
        code = crunch_outfile_check("--output", settings->output_path, job->paths[i], error);
        if (!code)
            code = crunch_outfile_check("--rejects", job->rejects_path, job->paths[i], error);
        if (!code)
            code = crunch_outfile_check("--report", settings->report_path, job->paths[i], error);
    }
    return code;
}

static enum crunch_code check_memory(const struct crunch_reduction *reduction,
                                     struct crunch_error *error)
{
    struct crunch_memory need;
    char total[24], fixed[24], each[24], limit[24];
    crunch_memory_estimate(&need, &reduction->plan, reduction->source);
    if (reduction->job.mem_limit == 0 || need.total <= reduction->job.mem_limit)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_NO_MEMORY,
                "would need up to %s (%s, and %s for each of %u workers), over --mem-limit %s",
                crunch_bytes_text((double)need.total, total),
                crunch_bytes_text((double)need.fixed, fixed),
                crunch_bytes_text((double)need.per_worker, each), need.workers,
                crunch_bytes_text((double)reduction->job.mem_limit, limit));
    crunch_hint(error, "fewer workers or fewer columns need less");
    return CRUNCH_NO_MEMORY;
}

static enum crunch_code run(struct crunch_reduction *reduction, struct crunch_error *error)
{
    const struct crunch_invocation *invocation = reduction->invocation;
    struct crunch_run_hooks hooks = {invocation->teller, crunch_teller_progress, crunch_teller_note,
                                     true};
    bool bar = invocation->teller->progress == CRUNCH_ALWAYS ||
               (invocation->teller->progress == CRUNCH_AUTO && invocation->teller->terminal);
    if (!bar)
        hooks.progress = NULL;
    enum crunch_code code =
        crunch_histogram_prepare(&reduction->plan, reduction->source, &hooks, error);
    if (code) {
        crunch_teller_clear(invocation->teller);
        return code;
    }
    reduction->ran = true;
    code =
        crunch_run_passes(&reduction->plan, reduction->source, &hooks, &reduction->result, error);
    crunch_teller_clear(invocation->teller);
    return code;
}

static enum crunch_code verify(struct crunch_reduction *reduction, struct crunch_error *error)
{
    if (reduction->job.verify == CRUNCH_VERIFY_NO)
        return CRUNCH_OK;
    reduction->verified = true;
    enum crunch_code code =
        crunch_verify_run(&reduction->plan, reduction->source, &reduction->result,
                          reduction->invocation->settings->precision, &reduction->verdict, error);
    if (!code)
        crunch_tell_verdict(reduction);
    else if (code != CRUNCH_MISMATCH)
        reduction->verified = false;
    return code;
}

static enum crunch_code print_results(FILE *out, const void *context,
                                      const struct crunch_invocation *invocation)
{
    const struct crunch_results *results = context;
    const struct crunch_settings *settings = invocation->settings;
    if (results->bare && settings->format == CRUNCH_FORMAT_AUTO) {
        const struct crunch_field *last = &results->fields[results->grid.n_columns - 1];
        fwrite(last->text, 1, last->len, out);
        putc('\n', out);
        return CRUNCH_OK;
    }
    enum crunch_format format = crunch_resolve_format(settings, out);
    bool drawn = format == CRUNCH_FORMAT_TABLE && results->table.n_columns > 0;
    if (drawn && results->folded)
        return crunch_grid_print_folded(out, &results->table, crunch_terminal_width(out),
                                        invocation->error);
    return crunch_grid_print(out, drawn ? &results->table : &results->grid, format,
                             (enum crunch_json_bytes)settings->json_bytes, invocation->error);
}

static bool counts_answer(const void *context, const struct crunch_op *op)
{
    (void)context;
    return crunch_counts_answer(op);
}

static enum crunch_code look_up_counts(const void *context, const struct crunch_group *group,
                                       size_t column, const struct crunch_op *op,
                                       struct crunch_value *value, struct crunch_error *error)
{
    const struct crunch_reduction *reduction = context;
    (void)error;
    crunch_counts_of_group(&reduction->plan, &reduction->result.counts, group, column, op, value);
    return CRUNCH_OK;
}

static enum crunch_code print_groups(FILE *out, const void *context,
                                     const struct crunch_invocation *invocation)
{
    struct crunch_reduction *reduction = (struct crunch_reduction *)(uintptr_t)context; /* ours */
    const struct crunch_group_extra counts = {(void *)(uintptr_t)reduction, counts_answer,
                                              look_up_counts};
    const struct crunch_group_results results = {
        .plan = &reduction->plan,
        .run = &reduction->result,
        .per_column = reduction->per_column,
        .extra = &counts,
        .n_extra = 1,
        .reported = invocation->settings->report_path ? &reduction->reported : NULL,
    };
    return crunch_group_results_print(out, &results, invocation);
}

/* A list of values that is printed as it is read, not held. */
static bool streams_values(const struct crunch_reduction *reduction)
{
    const struct crunch_plan *plan = &reduction->plan;
    return plan->n_by == 0 && plan->job->ops[0]->needs & (CRUNCH_NEEDS_LIST | CRUNCH_NEEDS_TOP) &&
           crunch_output_format(reduction->invocation->settings) != CRUNCH_FORMAT_TABLE &&
           crunch_values_rows(plan, &reduction->result) > CRUNCH_VALUES_HELD;
}

static enum crunch_code print_values(FILE *out, const void *context,
                                     const struct crunch_invocation *invocation)
{
    const struct crunch_reduction *reduction = context;
    const struct crunch_settings *settings = invocation->settings;
    return crunch_values_print(out, &reduction->plan, &reduction->result, settings->precision,
                               crunch_resolve_format(settings, out),
                               (enum crunch_json_bytes)settings->json_bytes, invocation->error);
}

/* The rejects replace an earlier file only when the run, and what was verified of it, is right. */
static enum crunch_code write_rejects(struct crunch_reduction *reduction,
                                      struct crunch_error *error)
{
    const struct crunch_job *job = &reduction->job;
    if (!job->rejects_path)
        return CRUNCH_OK;
    return crunch_rejects_write(job->rejects_path, &reduction->result.logs, reduction->table,
                                reduction->source, error);
}

/* A job that writes its rows does so while it runs; a file of -o appears at the end. */
static enum crunch_code write_rows(struct crunch_reduction *reduction)
{
    struct crunch_error *error = reduction->invocation->error;
    enum crunch_code code = crunch_rows_begin(reduction, error);
    if (code)
        return code;
    code = run(reduction, error);
    if (!code)
        code = verify(reduction, error);
    if (!code)
        code = write_rejects(reduction, error);
    reduction->finished = !code;
    if (!code)
        crunch_tell_run(reduction);
    return crunch_outfile_close(&reduction->rows_file, code, error);
}

static enum crunch_code reduce(struct crunch_reduction *reduction)
{
    const struct crunch_invocation *invocation = reduction->invocation;
    struct crunch_error *error = invocation->error;
    enum crunch_code code = check_outputs(reduction, error);
    if (!code)
        code = open_input(reduction, error);
    if (code)
        return code;
    code = crunch_plan_init(&reduction->plan, &reduction->job, reduction->table, error);
    reduction->planned = !code;
    if (code && !error->file)
        error->file = crunch_source_name(reduction->source);
    if (!code)
        crunch_warn_about_table(reduction);
    if (!code)
        code = check_memory(reduction, error);
    if (!code)
        crunch_tell_plan(reduction);
    if (!code && reduction->job.writes_rows)
        return write_rows(reduction);
    if (!code)
        code = run(reduction, error);
    if (!code)
        code = crunch_counts_make(&reduction->plan, &reduction->result.logs,
                                  &reduction->result.counts, error);
    if (!code)
        code = crunch_places_make(&reduction->plan, &reduction->result.logs,
                                  &reduction->result.places, error);
    if (!code)
        code = verify(reduction, error);
    if (!code && streams_values(reduction))
        reduction->streamed_rows = crunch_values_rows(&reduction->plan, &reduction->result);
    else if (!code && reduction->plan.n_by == 0)
        code = crunch_results_make(&reduction->results, &reduction->plan, &reduction->result,
                                   invocation->settings->precision, reduction->per_column, error);
    if (!code && reduction->job.every_kind && reduction->plan.n_by == 0 &&
        crunch_output_format(invocation->settings) == CRUNCH_FORMAT_TABLE)
        code = crunch_stats_draw(&reduction->results, &reduction->plan, reduction->source,
                                 crunch_source_is_rereadable(reduction->source), &reduction->result,
                                 invocation->settings->precision, error);
    if (!code)
        code = write_rejects(reduction, error);
    reduction->finished = !code;
    if (!code)
        crunch_tell_run(reduction);
    if (!code && reduction->plan.n_by > 0)
        code = crunch_write_out(invocation, print_groups, reduction);
    else if (!code && reduction->streamed_rows > 0)
        code = crunch_write_out(invocation, print_values, reduction);
    else if (!code)
        code = crunch_write_out(invocation, print_results, &reduction->results);
    return code;
}

double crunch_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void free_reduction(struct crunch_reduction *reduction)
{
    crunch_results_free(&reduction->results);
    crunch_bytes_free(&reduction->reported.held);
    crunch_bytes_free(&reduction->reported.title);
    if (reduction->ran)
        crunch_run_result_free(&reduction->result);
    if (reduction->planned)
        crunch_plan_free(&reduction->plan);
    crunch_table_free(reduction->table);
    crunch_source_close(reduction->source);
}

static enum crunch_code run_job(const struct crunch_invocation *invocation,
                                const struct crunch_job *job, bool per_column)
{
    struct crunch_reduction *reduction = calloc(1, sizeof *reduction);
    struct crunch_inputs *inputs = invocation->inputs;
    if (!reduction)
        return crunch_fail(invocation->error, CRUNCH_NO_MEMORY, "out of memory");
    reduction->invocation = invocation;
    reduction->job = *job;
    reduction->per_column = per_column;
    reduction->job.every_kind = per_column;
    reduction->started_s = crunch_clock_s();
    if (invocation->settings->verbose || invocation->settings->report_path)
        crunch_cpus_count(&reduction->cpus, "");
    enum crunch_code code = crunch_inputs_collect(
        inputs, invocation->operands, invocation->n_operands, invocation->settings->files_from,
        &reduction->job.fetching.addresses, invocation->error);
    if (!code) {
        reduction->job.paths = inputs->path;
        reduction->job.n_paths = inputs->n;
        reduction->job.path = inputs->path[0];
        code = reduce(reduction);
    }
    if (invocation->settings->report_path && reduction->source)
        code = crunch_write_report(reduction, code);
    /* A worker that timed out may still be running on what would be freed. */
    if (code != CRUNCH_WORKER_LOST)
        free_reduction(reduction);
    if (code != CRUNCH_WORKER_LOST)
        free(reduction);
    return code;
}

enum crunch_code crunch_reduce(const struct crunch_invocation *invocation,
                               const struct crunch_op *const *ops, size_t n_ops, bool per_column)
{
    struct crunch_job job = invocation->settings->job;
    job.ops = ops;
    job.n_ops = n_ops;
    return run_job(invocation, &job, per_column);
}

enum crunch_code crunch_write_rows(const struct crunch_invocation *invocation,
                                   const struct crunch_job *job)
{
    return run_job(invocation, job, false);
}
