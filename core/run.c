/*
 * The runner: lays out the shared memory, has a backend run the workers, and concludes: one error,
 * the one at the lowest offset, or one bundle, the merge of what every worker has committed.
 *
 * It owns the run from crunch_run() to its return; nothing of it stays behind, except when a thread
 * hangs (run->leak): then its memory must outlive the run, and the process is about to exit.
 */
#include "core/member.h"
#include "core/order.h"
#include "core/rejects.h"
#include "core/run_state.h"
#include "core/shared_memory.h"
#include "io/temp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Atomic int crunch_stop_signal;

uint64_t crunch_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double crunch_now_s(void)
{
    return (double)crunch_now_ns() * 1e-9;
}

/* ---- places in shared memory ---- */

struct crunch_region *crunch_run_region(const struct crunch_run *run, unsigned worker)
{
    return (struct crunch_region *)(void *)(run->regions + worker * run->region_bytes);
}

static void *bundle_at(const struct crunch_run *run, unsigned worker, unsigned k)
{
    return run->regions + worker * run->region_bytes + run->header_bytes +
           k * run->plan->layout.size;
}

void *crunch_run_committed_bundle(const struct crunch_run *run, unsigned worker, unsigned copy)
{
    return bundle_at(run, worker, copy);
}

void *crunch_run_slot_bundle(const struct crunch_run *run, unsigned worker, unsigned slot)
{
    return bundle_at(run, worker, 2 + slot);
}

/* ---- what backends use ---- */

void crunch_run_note(struct crunch_run *run, const char *format, ...)
{
    struct crunch_note note;
    va_list args;

    va_start(args, format);
    vsnprintf(note.text, sizeof note.text, format, args);
    va_end(args);
    if (run->result->n_notes < CRUNCH_NOTES_MAX)
        run->result->notes[run->result->n_notes] = note;
    run->result->n_notes++;
    if (run->hooks && run->hooks->note)
        run->hooks->note(run->hooks->context, &note);
}

struct crunch_chunk_text crunch_run_chunk_text(const struct crunch_run *run, uint64_t chunk)
{
    struct crunch_chunk_text out;
    uint64_t begin, end;

    crunch_cuts_chunk(&run->cuts, chunk, &begin, &end);
    snprintf(out.text, sizeof out.text, "chunk %" PRIu64 " [%" PRIu64 ",%" PRIu64 ")", chunk, begin,
             end);
    return out;
}

bool crunch_run_chunk_of(struct crunch_run *run, unsigned worker, uint64_t *chunk)
{
    uint64_t working = atomic_load(&crunch_run_region(run, worker)->working_plus);

    if (!working)
        return crunch_chunks_owned(&run->chunks, worker, 0, chunk);
    *chunk = working - 1;
    return true;
}

bool crunch_run_halting(const struct crunch_run *run)
{
    return atomic_load_explicit(&run->shared->halt, memory_order_relaxed);
}

void crunch_run_abort(struct crunch_run *run, const struct crunch_error *error)
{
    struct crunch_shared *shared = run->shared;
    uint32_t none = 0;

    if (atomic_compare_exchange_strong(&shared->abort_state, &none, 1)) {
        shared->abort_error = *error;
        atomic_store(&shared->abort_state, 2);
    }
    atomic_store(&shared->halt, 1);
    crunch_bell_ring(&shared->bell);
}

/* Idle workers beat every tick, so they get a second on top before they count as hanging. */
bool crunch_run_overdue(const struct crunch_run *run, unsigned worker)
{
    struct crunch_region *region = crunch_run_region(run, worker);
    uint64_t beat = atomic_load_explicit(&region->beat_ns, memory_order_relaxed);
    double limit_s = run->plan->job->timeout_s, silent_s;
    uint64_t now = crunch_now_ns();

    if (limit_s <= 0 || !beat || now < beat)
        return false;
    silent_s = (double)(now - beat) * 1e-9;
    return silent_s > (atomic_load(&region->working_plus) ? limit_s : limit_s + 1);
}

/* The worker among all that is overdue, or n_workers. */
static unsigned overdue_worker(const struct crunch_run *run)
{
    unsigned i = 0;

    if (run->plan->job->timeout_s <= 0)
        return run->n_workers;
    while (i < run->n_workers && !crunch_run_overdue(run, i))
        i++;
    return i;
}

static void show_progress(struct crunch_run *run, double now)
{
    struct crunch_progress progress = {.elapsed_s = now - run->started_s};
    struct crunch_frontier f;

    if (!run->hooks || !run->hooks->progress || now - run->ticked_s < CRUNCH_TICK_MS * 0.9e-3)
        return;
    run->ticked_s = now;
    crunch_chunks_frontier(&run->chunks, &f);
    crunch_source_progress(run->source, f.position, &progress.bytes_done, &progress.bytes_total);
    for (unsigned i = 0; i < run->n_workers; i++)
        progress.bytes_done +=
            atomic_load_explicit(&crunch_run_region(run, i)->unpacked, memory_order_relaxed);
    if (progress.bytes_done > progress.bytes_total) /* the frontier has just gone past some of it */
        progress.bytes_done = progress.bytes_total;
    if (progress.bytes_done <
        run->shown_bytes) /* a file that is done may have to wait for others */
        progress.bytes_done = run->shown_bytes;
    run->shown_bytes = progress.bytes_done;
    run->hooks->progress(run->hooks->context, &progress);
}

bool crunch_run_tick(struct crunch_run *run, bool check_time)
{
    struct crunch_error error;
    unsigned worker;
    uint64_t chunk = 0;

    show_progress(run, crunch_now_s());
    if (crunch_stop_signal) {
        atomic_store(&run->shared->halt, 1);
        crunch_bell_ring(&run->shared->bell);
        return false;
    }
    if (crunch_emission_go_on(run, &error)) {
        crunch_run_abort(run, &error);
        return false;
    }
    worker = check_time ? overdue_worker(run) : run->n_workers;
    if (worker < run->n_workers) {
        crunch_run_chunk_of(run, worker, &chunk);
        crunch_fail(&error, CRUNCH_WORKER_LOST, "worker %u did not finish %s within %g s", worker,
                    crunch_run_chunk_text(run, chunk).text, run->plan->job->timeout_s);
        crunch_hint(&error, "a worker that hangs can be replaced only with --procs");
        run->leak = !run->tick_in_worker;
        crunch_run_abort(run, &error);
    }
    return !crunch_run_halting(run);
}

/* ---- setting up ---- */

static uint64_t power_of_two_from(uint64_t least)
{
    uint64_t p = 1;

    while (p < least)
        p *= 2;
    return p;
}

/* Bytes of a chunk, 0: by size. Where all is remote, the places of members are guesses: then a
 * chunk is a member, or some where they are many. */
static uint64_t chunk_bytes(const struct crunch_run *run)
{
    const struct crunch_files *files = crunch_source_files(run->source);
    uint64_t members;

    if (run->plan->job->chunk_bytes || !files || files->n_remote < files->n)
        return run->plan->job->chunk_bytes;
    members = files->n / (16 * (uint64_t)run->n_workers);
    return CRUNCH_REMOTE_GUESS * (members < 1 ? 1 : members > 16 ? 16 : members);
}

static void choose_workers(struct crunch_run *run)
{
    const struct crunch_job *job = run->plan->job;
    uint64_t begin = crunch_source_files(run->source) ? 0 : run->plan->table->data_offset;
    uint64_t size = crunch_source_size(run->source);
    size_t n_parts;
    const uint64_t *part = crunch_source_parts(run->source, &n_parts);

    run->n_workers = job->workers < 1 ? 1 : job->workers;
    if (run->n_workers > CRUNCH_WORKERS_MAX) {
        crunch_run_note(run, "%u workers asked for, %d started", run->n_workers,
                        CRUNCH_WORKERS_MAX);
        run->n_workers = CRUNCH_WORKERS_MAX;
    }
    if (run->n_workers > crunch_source_readers_most(run->source))
        run->n_workers = crunch_source_readers_most(run->source);
    if (strcmp(job->backend->name, "seq") == 0)
        run->n_workers = 1;
    if (part && !job->chunk_bytes)
        crunch_cuts_init_parts(&run->cuts, begin, part, n_parts, run->n_workers);
    else
        crunch_cuts_init(&run->cuts, begin, size == CRUNCH_SIZE_UNKNOWN ? UINT64_MAX : size,
                         chunk_bytes(run), run->n_workers);
    if (run->cuts.n_chunks < run->n_workers)
        run->n_workers = run->cuts.n_chunks ? (unsigned)run->cuts.n_chunks : 1;
}

static enum crunch_code share_memory(struct crunch_run *run, struct crunch_error *error)
{
    const struct crunch_job *job = run->plan->job;
    const size_t window_at = (sizeof(struct crunch_shared) + 63) / 64 * 64;
    size_t shared_bytes;
    unsigned char *memory;

    run->chunks.cuts = &run->cuts;
    run->chunks.max_bad = job->dialect.on_error == CRUNCH_ON_ERROR_FAIL ? 0 : job->max_errors;
    run->slots = crunch_slots_for(run->plan->layout.size);
    run->chunks.entries = power_of_two_from((uint64_t)run->n_workers * run->slots);
    run->chunks.source = run->source;
    run->header_bytes = crunch_shared_pages(sizeof(struct crunch_region));
    run->region_bytes = run->header_bytes + (2 + run->slots) * run->plan->layout.size;
    shared_bytes = crunch_shared_pages(window_at + crunch_window_size(run->chunks.entries));
    run->shared_bytes = shared_bytes + run->n_workers * run->region_bytes;
    memory = crunch_shared_create(run->shared_bytes);
    if (!memory)
        return crunch_fail_errno(error, CRUNCH_NO_MEMORY, errno, "no memory for %u workers",
                                 run->n_workers);
    run->shared = (struct crunch_shared *)(void *)memory;
    run->regions = memory + shared_bytes;
    run->chunks.bell = &run->shared->bell;
    crunch_chunks_init(&run->chunks, memory + window_at, run->cuts.begin);
    return CRUNCH_OK;
}

/* A temporary file for each worker. */
static enum crunch_code open_files(const struct crunch_run *run, int **files,
                                   struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    int *fd = malloc(run->n_workers * sizeof *fd);

    *files = fd;
    if (!fd)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (unsigned i = 0; i < run->n_workers; i++)
        fd[i] = -1;
    for (unsigned i = 0; i < run->n_workers && !code; i++)
        code = crunch_temp_open(run->plan->job->tmpdir, &fd[i], error);
    return code;
}

static void close_files(const struct crunch_run *run, int *fd)
{
    for (unsigned i = 0; i < run->n_workers && fd; i++)
        if (fd[i] >= 0)
            close(fd[i]);
    free(fd);
}

static enum crunch_code open_logs(struct crunch_run *run, struct crunch_error *error)
{
    const struct crunch_job *job = run->plan->job;
    enum crunch_code code = CRUNCH_OK;

    run->rejects = job->rejects_path && job->dialect.on_error != CRUNCH_ON_ERROR_FAIL;
    if (run->rejects || run->plan->n_collecting > 0)
        code = open_files(run, &run->log, error);
    if (!code)
        code = crunch_emission_begin(run, error);
    if (!code && job->verify == CRUNCH_VERIFY_SAMPLE)
        code = open_files(run, &run->sample, error);
    return code;
}

static enum crunch_code set_up(struct crunch_run *run, struct crunch_error *error)
{
    struct crunch_run_result *result = run->result;
    const struct crunch_job *job = run->plan->job;
    enum crunch_code code;

    crunch_source_configure(run->source, &crunch_stop_signal, job->tmpdir);
    crunch_source_set_reading(run->source, job->reading, job->mem_limit > 0);
    run->may_die = job->backend->survives_death;
    run->tick_in_worker = strcmp(job->backend->name, "seq") == 0;
    code = crunch_source_rewind(run->source, error);
    if (code)
        return code;
    choose_workers(run);
    result->workers = run->n_workers;
    result->worker = calloc(run->n_workers, sizeof *result->worker);
    if (!result->worker)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    code = share_memory(run, error);
    if (!code)
        code = open_logs(run, error);
    if (!code)
        code = crunch_source_prepare(run->source, run->n_workers, run->tick_in_worker,
                                     &run->shared->bell, error);
    return code;
}

static void tear_down(struct crunch_run *run)
{
    if (run->leak)
        return;
    close_files(run, run->log);
    close_files(run, run->sample);
    crunch_shared_free(run->shared, run->shared_bytes);
}

/* ---- concluding ---- */

/* Bad data in one of several files: its place is told within the file, of which a part may have
 * been read by others, and is counted again. */
static enum crunch_code place_in_file(struct crunch_run *run, const struct crunch_slot *slot,
                                      const struct crunch_frontier *f, struct crunch_error *error)
{
    const struct crunch_files *files = crunch_source_files(run->source);
    struct crunch_source *view = NULL;
    struct crunch_member member = {0};
    uint64_t records = 0, lines = 0, data_line = slot->data_line;
    struct crunch_error failed = {0};
    enum crunch_code code = CRUNCH_OK;

    if (!error->file)
        error->file = files->file[slot->file].name;
    if (!slot->in_records) {
        error->record = 0;
        return error->code;
    }
    if (error->has_position)
        error->offset -= files->file[slot->file].base;
    else
        error->record -= slot->records_before; /* a scanner's is the file's own already */
    if (!slot->from_start) {
        code = crunch_source_view(run->source, NULL, &view, &failed);
        if (!code)
            code = crunch_member_init(&member, run->plan, view, &failed);
        if (!code)
            code = crunch_member_count(&member, slot->file, f->position, &records, &lines, &failed);
        data_line = member.data_line;
        crunch_member_close(&member);
        crunch_source_close(view);
    }
    if (code) {
        *error = failed;
        return code;
    }
    if (error->has_position)
        error->line += data_line + lines;
    error->record += records + 1;
    code = crunch_source_select(run->source, slot->file, &failed);
    if (code)
        *error = failed;
    return error->code;
}

/* The slot of the chunk at which the frontier has failed, or NULL. */
static const struct crunch_slot *failed_slot(struct crunch_run *run,
                                             const struct crunch_frontier *f)
{
    unsigned owner;

    if (!crunch_chunks_owner(&run->chunks, f->next, &owner))
        return NULL;
    for (unsigned k = 0; k < CRUNCH_SLOTS; k++) {
        const struct crunch_slot *slot = &crunch_run_region(run, owner)->slot[k];

        if (atomic_load(&slot->chunk_plus) == f->next + 1)
            return slot;
    }
    return NULL;
}

/* The bytes that bad data is about, and some behind (see io/source.h). *end may be beyond that of
 * the input; of several files, offsets are within the one. */
static void suspect(struct crunch_run *run, const struct crunch_frontier *f,
                    const struct crunch_slot *slot, uint64_t *begin, uint64_t *end)
{
    uint64_t chunk_begin, base = 0;

    crunch_cuts_chunk(&run->cuts, f->next, &chunk_begin, end);
    if (slot->error.has_position)
        *begin = *end = slot->error.offset;
    else
        *begin = f->position; /* somewhere in the chunk */
    if (crunch_source_files(run->source))
        base = crunch_source_files(run->source)->file[slot->file].base;
    *begin -= *begin < base ? *begin : base;
    *end -= *end < base ? *end : base;
    *end += *end < UINT64_MAX - CRUNCH_SOUND_BYTES ? CRUNCH_SOUND_BYTES : 0;
}

bool crunch_run_input_settled(struct crunch_run *run)
{
    const struct crunch_slot *slot;
    struct crunch_frontier f;
    uint64_t begin, end;

    if (!crunch_source_is_stream(run->source) || crunch_stop_signal || crunch_run_halting(run))
        return true;
    crunch_chunks_frontier(&run->chunks, &f);
    slot = f.state == CRUNCH_FRONTIER_FAILED ? failed_slot(run, &f) : NULL;
    if (!slot || slot->error.code != CRUNCH_BAD_DATA)
        return true;
    suspect(run, &f, slot, &begin, &end);
    return crunch_source_settle(run->source, end);
}

/* The failed chunk's own error, with what stands before the chunk added to its relative numbers. */
static enum crunch_code failed_chunk(struct crunch_run *run, const struct crunch_frontier *f,
                                     struct crunch_error *error)
{
    const struct crunch_slot *slot = failed_slot(run, f);
    struct crunch_error own;

    if (!error)
        error = &own;
    if (!slot)
        return crunch_fail(error, CRUNCH_WORKER_LOST, "%s failed and its error is lost",
                           crunch_run_chunk_text(run, f->next).text);
    *error = slot->error;
    if (error->code == CRUNCH_BAD_DATA && crunch_source_files(run->source))
        return place_in_file(run, slot, f, error);
    if (error->code == CRUNCH_BAD_DATA) {
        error->line += run->plan->table->data_line + f->lines;
        error->record += f->records + 1;
    }
    return error->code;
}

/* What is damaged is to blame rather than what it shows as: CRUNCH_IO if it is. */
static enum crunch_code check_sound(struct crunch_run *run, const struct crunch_frontier *f,
                                    struct crunch_error *error)
{
    const struct crunch_slot *slot = failed_slot(run, f);
    uint64_t begin, end;

    if (!slot)
        return CRUNCH_OK;
    suspect(run, f, slot, &begin, &end);
    return crunch_source_check_sound(run->source, begin, end, error);
}

/* How the frontier stands when no worker is left. */
static enum crunch_code judge_frontier(struct crunch_run *run, const struct crunch_frontier *f,
                                       struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    struct crunch_error changed;
    uint64_t size = crunch_source_size(run->source);

    if (f->state == CRUNCH_FRONTIER_FAILED)
        code = failed_chunk(run, f, error);
    else if (f->state != CRUNCH_FRONTIER_DONE)
        code = crunch_fail(error, CRUNCH_WORKER_LOST, "no worker is left and %s is not done",
                           crunch_run_chunk_text(run, f->next).text);
    else if (size != CRUNCH_SIZE_UNKNOWN && f->position != size && run->cuts.n_chunks > 0)
        code =
            crunch_fail(error, CRUNCH_IO,
                        "the chunks cover %" PRIu64 " of %" PRIu64 " bytes: the file has changed",
                        f->position, size);
    /* What was read of a file that changed meanwhile proves nothing, good or bad. */
    if ((code == CRUNCH_OK && crunch_source_check_rest(run->source, &changed)) ||
        (code == CRUNCH_BAD_DATA && crunch_source_check_unchanged(run->source, &changed))) {
        if (error)
            *error = changed;
        code = CRUNCH_IO;
    }
    if (code == CRUNCH_BAD_DATA && check_sound(run, f, &changed)) {
        if (error)
            *error = changed;
        code = CRUNCH_IO;
    }
    return code;
}

static void add_worker(struct crunch_run *run, unsigned i)
{
    struct crunch_region *region = crunch_run_region(run, i);
    unsigned active = atomic_load(&region->active);
    const struct crunch_committed *c = &region->committed[active];

    run->result->worker[i] = (struct crunch_worker_stats){
        .records = c->records,
        .bytes = c->bytes,
        .chunks = c->chunks,
        .busy_s = (double)c->times.busy * 1e-9,
        .read_s = (double)c->times.read * 1e-9,
        .reduce_s = (double)c->times.reduce * 1e-9,
    };
    run->result->redone_guesses += atomic_load(&region->redone);
    if (run->result->bundle && c->last_plus)
        crunch_bundle_merge(&run->plan->layout, run->result->bundle,
                            crunch_run_committed_bundle(run, i, active));
}

/* The bundle is a mapping of its own: aligned, zeroed, and untouched where nothing is merged. The
 * page before it holds its size. */
static void *create_bundle(size_t bytes)
{
    size_t *head = crunch_shared_create(crunch_shared_pages(1) + bytes);

    if (!head)
        return NULL;
    *head = bytes;
    return (char *)head + crunch_shared_pages(1);
}

static void free_bundle(void *bundle)
{
    size_t *head;

    if (!bundle)
        return;
    head = (size_t *)(void *)((char *)bundle - crunch_shared_pages(1));
    crunch_shared_free(head, crunch_shared_pages(1) + *head);
}

/* The rest of the ordered output, and the logs for the result. */
static enum crunch_code close_logs(struct crunch_run *run, struct crunch_error *error)
{
    uint64_t *end;
    enum crunch_code code;
    int *fd = run->log;

    if (!fd)
        return CRUNCH_OK;
    code = crunch_emission_go_on(run, error);
    if (code || !run->log_is_kept)
        return code;
    end = malloc(run->n_workers * sizeof *end);
    if (!end)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (unsigned i = 0; i < run->n_workers; i++)
        end[i] = atomic_load(&crunch_run_region(run, i)->log_end);
    run->log = NULL; /* the result's from here on */
    code = crunch_logs_open(&run->result->logs, fd, end, run->n_workers, error);
    free(end);
    return code;
}

static enum crunch_code read_samples(struct crunch_run *run, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;

    for (unsigned i = 0; i < run->n_workers && run->sample && !code; i++)
        code = crunch_sample_read(run->sample[i], crunch_run_region(run, i)->sample_end,
                                  run->plan->layout.n_columns + run->plan->layout.n_sets,
                                  &run->result->samples, error);
    return code;
}

static enum crunch_code conclude(struct crunch_run *run, struct crunch_error *error)
{
    struct crunch_run_result *result = run->result;
    struct crunch_frontier f;
    enum crunch_code code;

    crunch_chunks_frontier(&run->chunks, &f);
    result->records = f.records;
    result->lines = f.lines;
    result->bytes = crunch_source_settled(run->source, f.position);
    result->bad = f.bad;
    result->chunks = f.next;
    if (crunch_stop_signal) {
        result->stop_signal = crunch_stop_signal;
        return crunch_fail(error, CRUNCH_INTERRUPTED, "interrupted");
    }
    if (atomic_load(&run->shared->abort_state) == 2) {
        if (error)
            *error = run->shared->abort_error;
        return run->shared->abort_error.code;
    }
    code = judge_frontier(run, &f, error);
    if (!code) {
        result->bundle = create_bundle(run->plan->layout.size);
        if (!result->bundle)
            code = crunch_fail_errno(error, CRUNCH_NO_MEMORY, errno, "out of memory");
    }
    for (unsigned i = 0; i < run->n_workers; i++)
        add_worker(run, i);
    if (!code)
        code = read_samples(run, error);
    return code ? code : close_logs(run, error);
}

enum crunch_code crunch_run(const struct crunch_plan *plan, struct crunch_source *source,
                            const struct crunch_run_hooks *hooks, struct crunch_run_result *result,
                            struct crunch_error *error)
{
    struct crunch_run *run = calloc(1, sizeof *run);
    struct crunch_error ignored;
    double started_s = crunch_now_s();
    enum crunch_code code;

    memset(result, 0, sizeof *result);
    if (!error)
        error = &ignored;
    if (!run)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    run->plan = plan;
    run->source = source;
    run->hooks = hooks;
    run->result = result;
    run->started_s = run->ticked_s = started_s;
    code = set_up(run, error);
    if (!code && run->cuts.n_chunks > 0)
        code = plan->job->backend->start(run, error);
    if (!code)
        code = conclude(run, error);
    if (code && !error->file && code != CRUNCH_WORKER_LOST && code != CRUNCH_NO_MEMORY)
        error->file = crunch_source_name(source);
    crunch_emission_end(run);
    tear_down(run);
    if (!run->leak)
        free(run);
    result->elapsed_s = crunch_now_s() - started_s;
    return code;
}

void crunch_run_extract(const struct crunch_plan *plan, const struct crunch_run_result *result,
                        size_t slot, struct crunch_exact *exact)
{
    crunch_bundle_extract(&plan->layout, result->bundle, slot, exact);
    exact->counted = crunch_counts_of(&result->counts, slot);
    exact->ordered = slot < result->n_ordered ? &result->ordered[slot] : NULL;
    exact->placed = crunch_places_of(&result->places, slot);
}

void crunch_run_result_free(struct crunch_run_result *result)
{
    crunch_counts_free(&result->counts);
    crunch_places_free(&result->places);
    free_bundle(result->bundle);
    free(result->worker);
    crunch_samples_free(&result->samples);
    for (size_t i = 0; i < result->n_ordered; i++)
        crunch_ordered_clear(&result->ordered[i]);
    free(result->ordered);
    result->ordered = NULL;
    result->n_ordered = 0;
    crunch_logs_free(&result->logs);
    result->bundle = NULL;
    result->worker = NULL;
}
