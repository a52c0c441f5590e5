/*
 * Owns the form of the report. Members that do not apply are null, never absent, so that a reader
 * needs no case distinctions. Text that is not UTF-8 is escaped here whatever --json-bytes says:
 * the report is about the run, not a result.
 */
#include "cmd/report.h"
#include "cmd/outfile.h"

#include <csv.h>
#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const header_names[] = {"auto", "yes", "no"};
static const char *const policy_names[] = {"fail", "skip", "null"};
static const char *const nan_names[] = {"propagate", "skip", "bad"};
static const char *const arith_names[] = {"decimal", "binary"};
static const char *const verify_names[] = {"no", "full", "sample"};
static const char *const kind_names[] = {"empty", "number", "text"};

static void write_byte(struct crunch_json *json, const char *key, bool present, unsigned char c)
{
    char text[1] = {(char)c};
    crunch_json_bytes(json, key, present ? text : NULL, 1);
}

static void write_versions(struct crunch_json *json)
{
    char csv[40];
    snprintf(csv, sizeof csv, "%d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
    crunch_json_open(json, "versions", '{');
    crunch_json_text(json, "crunch", CRUNCH_VERSION);
    crunch_json_text(json, "gmp", gmp_version);
    crunch_json_text(json, "libcsv", csv);
    crunch_json_text(json, "compiler", __VERSION__);
    crunch_json_close(json, '}');
    crunch_json_text(json, "instruction_set", crunch_simd_name());
}

static void write_texts(struct crunch_json *json, const char *key, const char *const *text,
                        size_t n)
{
    crunch_json_open(json, key, '[');
    for (size_t i = 0; i < n; i++)
        crunch_json_text(json, NULL, text[i]);
    crunch_json_close(json, ']');
}

static void write_job(struct crunch_json *json, const struct crunch_reduction *reduction)
{
    const struct crunch_job *job = &reduction->job;
    crunch_json_open(json, "job", '{');
    crunch_json_open(json, "ops", '[');
    for (size_t i = 0; i < job->n_ops; i++)
        crunch_json_text(json, NULL, job->ops[i]->name);
    crunch_json_close(json, ']');
    crunch_json_text(json, "columns", job->columns);
    write_texts(json, "where", job->where, job->n_where);
    write_texts(json, "maps", job->maps, job->n_maps);
    crunch_json_bool(json, "population", job->op_options.population);
    crunch_json_text(
        json, "arith",
        arith_names[(reduction->table ? reduction->table->dialect : job->dialect).arith]);
    crunch_json_text(json, "backend", job->backend->name);
    crunch_json_count(json, "workers", job->workers);
    crunch_json_count(json, "chunk_bytes", job->chunk_bytes);
    crunch_json_count(json, "retries", job->retries);
    crunch_json_real(json, "timeout_s", job->timeout_s);
    crunch_json_count(json, "cost", job->cost);
    crunch_json_count(json, "mem_limit", job->mem_limit);
    crunch_json_text(json, "tmpdir", job->tmpdir);
    crunch_json_text(json, "verify", verify_names[job->verify]);
    crunch_json_text(json, "on_error", policy_names[job->dialect.on_error]);
    if (job->max_errors == UINT64_MAX)
        crunch_json_raw(json, "max_errors", "null", 4);
    else
        crunch_json_count(json, "max_errors", job->max_errors);
    crunch_json_text(json, "rejects", job->rejects_path);
    crunch_json_close(json, '}');
    crunch_json_open(json, "cpus", '{');
    crunch_json_count(json, "online", reduction->cpus.online);
    crunch_json_count(json, "affinity", reduction->cpus.affinity);
    crunch_json_real(json, "quota", reduction->cpus.quota > 0 ? reduction->cpus.quota : NAN);
    crunch_json_count(json, "usable", reduction->cpus.usable);
    crunch_json_close(json, '}');
}

static void write_dialect(struct crunch_json *json, const struct crunch_dialect *dialect)
{
    crunch_json_open(json, "dialect", '{');
    write_byte(json, "delimiter", true, dialect->delimiter);
    write_byte(json, "quote", dialect->quoting, dialect->quote);
    crunch_json_bytes(json, "comment", dialect->comment.len > 0 ? dialect->comment.text : NULL,
                      dialect->comment.len);
    write_byte(json, "decimal", true, dialect->decimal);
    write_byte(json, "thousands", dialect->thousands != 0, dialect->thousands);
    crunch_json_open(json, "null", '[');
    for (size_t i = 0; i < dialect->n_nulls; i++)
        crunch_json_bytes(json, NULL, dialect->nulls[i].text, dialect->nulls[i].len);
    crunch_json_close(json, ']');
    crunch_json_count(json, "skip", dialect->skip_lines);
    crunch_json_text(json, "header", header_names[dialect->header]);
    crunch_json_bool(json, "ragged", dialect->ragged);
    crunch_json_count(json, "max_record", dialect->max_record);
    crunch_json_text(json, "nan", nan_names[dialect->nan]);
    crunch_json_close(json, '}');
}

static void write_input(struct crunch_json *json, const struct crunch_reduction *reduction)
{
    const struct crunch_table *table = reduction->table;
    crunch_json_open(json, "input", '{');
    crunch_json_text(json, "name", reduction->job.path);
    if (reduction->job.n_paths > 1)
        crunch_json_count(json, "files", reduction->job.n_paths);
    crunch_json_bool(json, "stream", reduction->was_stream);
    if (table) {
        crunch_json_bool(json, "has_header", table->has_header);
        crunch_json_bool(json, "doubtful_header", table->doubtful);
        crunch_json_bool(json, "byte_order_mark", table->bom);
        crunch_json_count(json, "data_offset", table->data_offset);
        crunch_json_count(json, "data_line", table->data_line);
        write_dialect(json, &table->dialect);
        crunch_json_open(json, "columns", '[');
        for (size_t i = 0; i < table->width; i++) {
            const struct crunch_column *column = &table->columns[i];
            crunch_json_open(json, NULL, '{');
            crunch_json_count(json, "index", i + 1);
            crunch_json_bytes(json, "name", column->name, column->name_len);
            crunch_json_text(json, "kind", kind_names[column->kind]);
            crunch_json_close(json, '}');
        }
        crunch_json_close(json, ']');
    }
    crunch_json_close(json, '}');
}

/* The exact states of each column, by value, with the counts that results do not show. */
static void write_states(struct crunch_json *json, const struct crunch_reduction *reduction)
{
    const struct crunch_plan *plan = &reduction->plan;
    crunch_json_open(json, "states", '[');
    for (size_t i = 0; i < plan->n_columns && reduction->finished && plan->n_by == 0; i++) {
        char index_text[24];
        size_t slot = plan->slot[i];
        struct crunch_exact exact;
        struct crunch_field name = crunch_column_name(plan->view, plan->column[i], index_text);
        crunch_exact_init(&exact, crunch_layout_arith(&plan->layout, slot), plan->needs[slot]);
        crunch_bundle_extract(&plan->layout, reduction->result.bundle, slot, &exact);
        crunch_json_open(json, NULL, '{');
        crunch_json_bytes(json, "column", name.text, name.len);
        crunch_json_count(json, "values", exact.count);
        crunch_json_count(json, "missing", exact.missing);
        crunch_json_count(json, "nan", exact.nan);
        crunch_json_count(json, "plus_inf", exact.plus_inf);
        crunch_json_count(json, "minus_inf", exact.minus_inf);
        crunch_json_close(json, '}');
        crunch_exact_clear(&exact);
    }
    crunch_json_close(json, ']');
}

static void write_field(struct crunch_json *json, const char *title,
                        const struct crunch_field *field)
{
    if (field->kind == CRUNCH_FIELD_NUMBER)
        crunch_json_raw(json, title, field->text, field->len);
    else if (field->kind == CRUNCH_FIELD_EMPTY)
        crunch_json_text(json, title, NULL);
    else /* of what is no number, too: the report says which */
        crunch_json_bytes(json, title, field->text, field->len);
}

/* The first rows of groups, and how many there are. */
static void write_groups(struct crunch_json *json, const struct crunch_reported_groups *groups)
{
    const unsigned char *at = groups->held.data;
    crunch_json_open(json, "results", '[');
    for (size_t row = 0; row < groups->kept; row++) {
        const char *title = (const char *)groups->title.data;
        crunch_json_open(json, NULL, '{');
        for (size_t i = 0; i < groups->n_titles; i++, title += strlen(title) + 1) {
            struct crunch_field field;
            at = crunch_held_field(at, &field);
            write_field(json, title, &field);
        }
        crunch_json_close(json, '}');
    }
    crunch_json_close(json, ']');
    crunch_json_count(json, "groups", groups->groups);
    crunch_json_count(json, "result_rows", groups->rows);
}

static void write_results(struct crunch_json *json, const struct crunch_reduction *reduction)
{
    const struct crunch_grid *grid = &reduction->results.grid;
    if (reduction->planned && reduction->plan.n_by > 0 && !reduction->job.writes_rows) {
        write_groups(json, &reduction->reported);
        return;
    }
    crunch_json_open(json, "results", '[');
    for (size_t row = 0; row < grid->n_rows && reduction->finished; row++) {
        const struct crunch_field *fields = grid->fields + row * grid->n_columns;
        crunch_json_open(json, NULL, '{');
        crunch_json_bytes(json, grid->titles[0], fields[0].text, fields[0].len);
        for (size_t i = 1; i < grid->n_columns; i++)
            write_field(json, grid->titles[i], &fields[i]);
        crunch_json_close(json, '}');
    }
    crunch_json_close(json, ']');
}

static void write_run(struct crunch_json *json, const struct crunch_reduction *reduction)
{
    const struct crunch_run_result *run = &reduction->result;
    double time = run->elapsed_s > 0 ? run->elapsed_s : NAN;
    crunch_json_open(json, "run", '{');
    crunch_json_count(json, "records", run->records);
    crunch_json_count(json, "lines", run->lines);
    crunch_json_count(json, "bytes", run->bytes);
    crunch_json_count(json, "bad", run->bad);
    crunch_json_count(json, "chunks", run->chunks);
    crunch_json_count(json, "redone_boundary", run->redone_guesses);
    crunch_json_count(json, "redone_lost", run->redone_lost);
    crunch_json_real(json, "elapsed_s", run->elapsed_s);
    crunch_json_real(json, "throughput_bytes_per_s", (double)run->bytes / time);
    crunch_json_real(json, "throughput_records_per_s", (double)run->records / time);
    crunch_json_open(json, "workers", '[');
    for (unsigned i = 0; i < run->workers && run->worker; i++) {
        crunch_json_open(json, NULL, '{');
        crunch_json_count(json, "records", run->worker[i].records);
        crunch_json_count(json, "bytes", run->worker[i].bytes);
        crunch_json_count(json, "chunks", run->worker[i].chunks);
        crunch_json_real(json, "busy_s", run->worker[i].busy_s);
        crunch_json_real(json, "read_s", run->worker[i].read_s);
        crunch_json_real(json, "scan_and_parse_s",
                         run->worker[i].busy_s - run->worker[i].read_s - run->worker[i].reduce_s);
        crunch_json_real(json, "reduce_s", run->worker[i].reduce_s);
        crunch_json_close(json, '}');
    }
    crunch_json_close(json, ']');
    crunch_json_open(json, "notes", '[');
    for (size_t i = 0; i < run->n_notes && i < CRUNCH_NOTES_MAX; i++)
        crunch_json_text(json, NULL, run->notes[i].text);
    crunch_json_close(json, ']');
    crunch_json_close(json, '}');
}

static void write_verdict(struct crunch_json *json, const struct crunch_reduction *reduction)
{
    const struct crunch_verdict *verdict = &reduction->verdict;
    if (!reduction->verified) {
        crunch_json_text(json, "verification", NULL);
        return;
    }
    crunch_json_open(json, "verification", '{');
    crunch_json_bool(json, "identical", verdict->identical);
    crunch_json_bool(json, "sampled", verdict->sampled);
    if (verdict->sampled) {
        crunch_json_count(json, "seed", verdict->seed);
        crunch_json_count(json, "sampled_chunks", verdict->sampled_chunks);
        crunch_json_count(json, "total_chunks", verdict->total_chunks);
        crunch_json_count(json, "sampled_bytes", verdict->sampled_bytes);
    }
    if (verdict->in_full)
        crunch_json_text(json, "not_sampled", verdict->in_full);
    crunch_json_text(json, "difference", verdict->difference[0] ? verdict->difference : NULL);
    crunch_json_bool(json, "warm", verdict->warm);
    crunch_json_real(json, "parallel_s", verdict->parallel_s);
    crunch_json_real(json, "sequential_s", verdict->sequential_s);
    crunch_json_real(json, "reference_s", verdict->reference_s);
    crunch_json_real(json, "speedup", verdict->speedup);
    crunch_json_real(json, "efficiency_workers", verdict->efficiency_workers);
    crunch_json_real(json, "efficiency_cpus", verdict->efficiency_cpus);
    crunch_json_real(json, "karp_flatt", verdict->karp_flatt);
    crunch_json_close(json, '}');
}

static void write_error(struct crunch_json *json, const struct crunch_error *error, bool failed)
{
    if (!failed) {
        crunch_json_text(json, "error", NULL);
        return;
    }
    crunch_json_open(json, "error", '{');
    crunch_json_text(json, "message", error->message);
    crunch_json_text(json, "hint", error->hint[0] ? error->hint : NULL);
    crunch_json_text(json, "file", error->file);
    if (error->has_position) {
        crunch_json_count(json, "line", error->line);
        crunch_json_count(json, "byte_column", error->byte_column);
        crunch_json_count(json, "record", error->record);
        crunch_json_count(json, "offset", error->offset);
        crunch_json_count(json, "column", error->column);
    }
    crunch_json_close(json, '}');
}

enum crunch_code crunch_write_report(const struct crunch_reduction *reduction,
                                     enum crunch_code code)
{
    const struct crunch_invocation *invocation = reduction->invocation;
    struct crunch_outfile out;
    struct crunch_json json;
    struct crunch_error failure;
    enum crunch_code written =
        crunch_outfile_open(&out, invocation->settings->report_path, &failure);
    if (!written) {
        crunch_json_begin(&json, out.file, true);
        crunch_json_open(&json, NULL, '{');
        crunch_json_count(&json, "status", (uint64_t)code);
        crunch_json_real(&json, "elapsed_s", crunch_clock_s() - reduction->started_s);
        write_error(&json, invocation->error, code != CRUNCH_OK);
        write_versions(&json);
        write_job(&json, reduction);
        write_input(&json, reduction);
        if (reduction->ran)
            write_run(&json, reduction);
        else
            crunch_json_text(&json, "run", NULL);
        write_states(&json, reduction);
        write_results(&json, reduction);
        if (reduction->streamed_rows > 0) /* too many to be repeated */
            crunch_json_count(&json, "result_rows", reduction->streamed_rows);
        write_verdict(&json, reduction);
        crunch_json_close(&json, '}');
        putc('\n', out.file);
        written = crunch_outfile_close(&out, CRUNCH_OK, &failure);
    }
    if (written && !code)
        *invocation->error = failure;
    else if (written)
        crunch_tell_error(invocation->teller, &failure);
    return code ? code : written;
}
