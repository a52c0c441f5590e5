/*
 * A worker: claims chunks, scans each into a slot, publishes what it found, helps the frontier on,
 * and settles its own chunks in order - commits the valid ones, drops the void ones, scans again
 * what was guessed wrong. It leaves when nothing remains to be claimed and none of its chunks is
 * open. It waits only for the bell, in short turns, and never for a lock. Where input is read ahead
 * it claims one chunk more than it scans, so that the reader knows what comes next; that one lies
 * in a slot like any other, and whoever takes over from a dead worker finds it there.
 *
 * It may be killed at any instruction. What is then left in its region is of three kinds: a whole
 * committed copy (active), whole bundles of published chunks, and rubble. Its successor keeps the
 * first two and clears the rest, see take_over().
 */
#include "core/fault.h"
#include "core/member.h"
#include "core/rejects.h"
#include "core/run_state.h"
#include "core/stage.h"
#include "io/locate.h"

#include <fenv.h>
#include <float.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    struct crunch_run *run;
    unsigned id;
    struct crunch_region *region;
    struct crunch_source *view;
    struct crunch_source *reject_view; /* for what is read again: records that are rejected */
    struct crunch_locator *locator;    /* likewise; NULL: no expressions */
    struct crunch_member member;       /* reads the input, or the files it consists of */
    uint64_t lines, records;    /* of the chunk, in the files before the one that is scanned */
    struct crunch_stage *stage; /* NULL: rows are what is scanned */
    struct crunch_log *log;     /* NULL: none is written */
    void **collector;           /* this worker's object of each of plan->collecting */
    unsigned batches;
    uint64_t told;         /* pieces of bad data that were found behind scanning */
    uint64_t *bare_record; /* of rows without a scanned column; NULL: there are none */
    /* of the scan that is running */
    uint64_t chunk;
    bool guess;
    void *bundle;
    void *idle; /* with --cost: a bundle whose content nobody asks for */
    uint64_t reduce_ns;
    uint64_t fed; /* batches */
};

/* ---- while a scan runs ---- */

static void beat(struct worker *w)
{
    atomic_store_explicit(&w->region->beat_ns, crunch_now_ns(), memory_order_relaxed);
}

static bool told_to_stop(struct worker *w)
{
    return crunch_stop_signal || crunch_run_halting(w->run);
}

static enum crunch_code feed_collectors(struct worker *w, const struct crunch_batch *rows,
                                        struct crunch_error *error)
{
    const struct crunch_plan *plan = w->run->plan;
    enum crunch_code code = CRUNCH_OK;

    for (size_t i = 0; i < plan->n_collecting && !code; i++)
        code =
            plan->collecting[i].collector->feed(w->collector[i], rows, w->log, (uint32_t)i, error);
    return code;
}

static enum crunch_code tell_late(void *context, const struct crunch_bad *bad,
                                  struct crunch_error *error)
{
    struct worker *w = context;

    w->told++;
    return crunch_member_tell(&w->member, bad, error);
}

static enum crunch_code locate(void *context, const struct crunch_batch *batch, uint64_t record,
                               struct crunch_bad *bad, struct crunch_error *error)
{
    struct worker *w = context;
    enum crunch_code code = CRUNCH_OK;

    if (crunch_source_files(w->view))
        code = crunch_source_select(w->reject_view, w->member.file, error);
    return code ? code
                : crunch_locator_find(w->locator, w->member.table, batch, record - w->records, bad,
                                      error);
}

/* --cost: the work of a batch is done so many times, of which one counts. */
static void work_more(struct worker *w, const struct crunch_batch *batch)
{
    for (uint64_t i = 1; i < w->run->plan->job->cost && !told_to_stop(w); i++) {
        crunch_bundle_feed(&w->run->plan->layout, w->idle, batch);
        beat(w);
    }
}

static enum crunch_code on_batch(void *context, const struct crunch_batch *batch,
                                 struct crunch_error *error)
{
    struct worker *w = context;

    if (told_to_stop(w))
        return crunch_fail(error, CRUNCH_INTERRUPTED, "interrupted");
    if (crunch_source_files(w->view))
        atomic_store_explicit(&w->region->unpacked, crunch_source_unpacked(w->view),
                              memory_order_relaxed);
    if (w->run->tick_in_worker && ++w->batches % 64 == 0 && !crunch_run_tick(w->run, true))
        return crunch_fail(error, CRUNCH_INTERRUPTED, "interrupted");
    crunch_fault_number(w->chunk, batch);
    if (w->records && batch->record) /* of the chunk, not of the file that is scanned */
        for (size_t i = 0; i < batch->rows; i++)
            batch->record[i] += w->records;
    /* Looking at the clock takes as long as a simple batch: later on only every eighth is timed. */
    uint64_t timed = w->fed < 8 ? 1 : w->fed % 8 == 0 ? 8 : 0;
    uint64_t began = timed ? crunch_now_ns() : 0;
    enum crunch_code code = CRUNCH_OK;
    w->fed++;
    if (w->stage) {
        const struct crunch_stage_sink sink = {w, tell_late, locate};
        if (w->run->plan->file_slot != SIZE_MAX && w->member.file != SIZE_MAX)
            crunch_stage_file(w->stage, w->member.file);
        code = crunch_stage_apply(w->stage, batch, &sink, &batch, error);
    }
    if (!code && batch->rows > 0) {
        work_more(w, batch);
        crunch_bundle_feed(&w->run->plan->layout, w->bundle, batch);
        code = feed_collectors(w, batch, error);
    }
    if (timed)
        w->reduce_ns += timed * (crunch_now_ns() - began);
    return code;
}

static enum crunch_code on_bad(void *context, const struct crunch_bad *bad,
                               struct crunch_error *error)
{
    struct worker *w = context;
    struct crunch_bad_place place = {.lines = w->lines, .records = w->records};
    enum crunch_code code = CRUNCH_OK;

    if (!w->run->rejects)
        return CRUNCH_OK;
    place.column = crunch_member_plan_column(&w->member, bad->column);
    if (crunch_source_files(w->view)) {
        place.base = w->member.base;
        code = crunch_source_select(w->reject_view, w->member.file, error);
    }
    return code ? code : crunch_rejects_add(w->log, w->reject_view, bad, &place, error);
}

/*
 * Reading a stream has to wait. Normally bytes will come. When it is stuck (the ring is full of
 * bytes that someone still needs), they are needed by whoever has the frontier's chunk:
 * - somebody else: wait for them;
 * - this worker, but it is scanning another chunk: give that up, the frontier's comes first;
 * - this worker, and it scans this chunk by a guess: give up and scan from the frontier, which is
 *   known by now;
 * - this worker, from the frontier: the bytes it has passed are needed by nobody. Those before
 *   `begin`, where this read began, belong to the record it is in, or to records before it, so the
 *   frontier will come to stand behind them. Only a death could no longer be repaired.
 */
static bool go_on_waiting(void *context, uint64_t begin, bool stuck)
{
    struct worker *w = context;
    struct crunch_chunks *chunks = &w->run->chunks;
    struct crunch_frontier f;
    struct crunch_prefix prefix;
    unsigned owner;

    beat(w);
    if (told_to_stop(w))
        return false;
    if (w->run->tick_in_worker && !crunch_run_tick(w->run, false))
        return false;
    crunch_chunks_frontier(chunks, &f);
    if (f.state != CRUNCH_FRONTIER_MOVING || f.next > w->chunk)
        return false;
    if (!stuck || !crunch_chunks_owner(chunks, f.next, &owner) || owner != w->id)
        return true;
    if (f.next != w->chunk)
        return crunch_chunks_verdict(chunks, f.next, &prefix) != CRUNCH_REDO;
    if (w->guess)
        return false;
    atomic_store(&w->region->consumed_plus, w->chunk + 1);
    crunch_source_release(w->run->source, begin);
    return true;
}

/* ---- scanning ---- */

static void range_of(struct worker *w, uint64_t chunk, struct crunch_range *range)
{
    struct crunch_chunks *chunks = &w->run->chunks;
    struct crunch_frontier f;

    crunch_chunks_frontier(chunks, &f);
    crunch_cuts_chunk(chunks->cuts, chunk, &range->begin, &range->end);
    range->base = 0;
    range->guess = f.next != chunk;
    range->bad_budget = chunks->max_bad;
    if (!range->guess) {
        range->begin = f.position;
        if (chunks->max_bad != UINT64_MAX)
            range->bad_budget -= f.bad;
    }
}

static void fill_scanned(struct crunch_scanned *scanned, const struct crunch_range *range,
                         const struct crunch_extent *extent, enum crunch_code code)
{
    *scanned = (struct crunch_scanned){
        .code = code,
        .at_end = extent->at_end,
        .first = range->guess ? extent->first : range->begin,
        .last = extent->last,
        .records = extent->records,
        .lines = extent->lines,
        .bad = extent->bad,
        .budget = range->bad_budget,
    };
    scanned->unsure = scanned->first == CRUNCH_NO_RECORD;
}

/* A scan of no column makes no batches. Where rows matter nevertheless, because constants are
 * computed or files are keys, they are made of their number. */
static enum crunch_code feed_bare_rows(struct worker *w, const struct crunch_extent *found,
                                       uint64_t rows, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;

    for (uint64_t at = 0; at < rows && !code; at += CRUNCH_BATCH_ROWS) {
        struct crunch_batch batch = {
            .record = w->bare_record, .first = found->first, .upto = found->last};

        batch.rows = (size_t)(rows - at < CRUNCH_BATCH_ROWS ? rows - at : CRUNCH_BATCH_ROWS);
        for (size_t i = 0; i < batch.rows; i++)
            w->bare_record[i] = at + i;
        code = on_batch(w, &batch, error);
    }
    return code;
}

/* Scans a range of the file that is open. */
static enum crunch_code scan_member(struct worker *w, const struct crunch_range *range,
                                    const struct crunch_sink *sink, struct crunch_extent *found,
                                    struct crunch_error *error)
{
    const bool skips = w->run->plan->table->dialect.on_error == CRUNCH_ON_ERROR_SKIP;
    enum crunch_code code = crunch_member_scan(&w->member, range, sink, found, error);

    if (code || !w->bare_record || found->first == CRUNCH_NO_RECORD)
        return code;
    w->told = 0;
    code = feed_bare_rows(w, found, found->records - (skips ? found->bad : 0), error);
    found->bad += w->told;
    return code;
}

static void begin_gathering(struct worker *w)
{
    const struct crunch_plan *plan = w->run->plan;

    if (w->log)
        crunch_log_begin(w->log, atomic_load(&w->region->log_end));
    for (size_t i = 0; i < plan->n_collecting; i++)
        plan->collecting[i].collector->begin(w->collector[i]);
}

static enum crunch_code end_gathering(struct worker *w, struct crunch_slot *slot,
                                      const struct crunch_extent *extent)
{
    const struct crunch_plan *plan = w->run->plan;
    enum crunch_code code = CRUNCH_OK;

    for (size_t i = 0; i < plan->n_collecting && !code; i++) {
        const struct crunch_collector *collector = plan->collecting[i].collector;

        if (collector->range && extent->first != CRUNCH_NO_RECORD)
            code = collector->range(w->collector[i], extent, w->log, (uint32_t)i, &slot->error);
        if (!code)
            code = collector->end(w->collector[i], w->log, (uint32_t)i, &slot->error);
    }
    if (!code && w->log)
        code = crunch_log_end(w->log, w->chunk, &slot->log_bytes, &slot->error);
    return code;
}

/* Tells the rejects where in the chunk a file begins. */
static enum crunch_code note_file(struct worker *w, struct crunch_error *error)
{
    if (!w->run->rejects)
        return CRUNCH_OK;
    return crunch_rejects_begin_file(
        w->log,
        &(struct crunch_rejects_file){w->member.file, w->member.data_line, w->lines, w->records},
        error);
}

/* The part of a range that lies in the file that is open. from_start: the range has the file's
 * beginning, whose header belongs to it without being a record. */
static void part_of(const struct worker *w, const struct crunch_range *range, bool from_start,
                    uint64_t bad, struct crunch_range *part)
{
    *part = (struct crunch_range){
        .begin = from_start ? w->member.data : range->begin,
        .end = range->end < w->member.end && !w->member.packed ? range->end : UINT64_MAX,
        .base = w->member.base,
        .guess = range->guess && !from_start,
        .bad_budget = range->bad_budget};
    if (part->bad_budget != UINT64_MAX)
        part->bad_budget -= bad;
}

/* Scans one file's part of a range and adds it to *extent. *more: the range goes on in the next. */
static enum crunch_code scan_file(struct worker *w, struct crunch_slot *slot,
                                  const struct crunch_range *range, const struct crunch_sink *sink,
                                  struct crunch_extent *extent, bool *more)
{
    struct crunch_member *m = &w->member;
    bool first = extent->first == CRUNCH_NO_RECORD, from_start = !first || range->begin <= m->base;
    struct crunch_extent found;
    struct crunch_range part;
    enum crunch_code code;

    *more = false;
    if (m->packed && !from_start)
        return CRUNCH_OK; /* unsure: it is the chunk's in which the file begins */
    code = from_start ? note_file(w, &slot->error) : CRUNCH_OK;
    if (code)
        return code;
    slot->from_start = from_start;
    slot->data_line = m->data_line;
    slot->in_records = true;
    slot->records_before = w->records;
    part_of(w, range, from_start, extent->bad, &part);
    code = scan_member(w, &part, sink, &found, &slot->error);
    if (first)
        extent->first = from_start ? m->base : found.first;
    extent->records = w->records += found.records;
    extent->lines = w->lines += found.lines;
    extent->bad += found.bad;
    extent->last = found.at_end ? m->end : found.last;
    *more = found.at_end && m->end < range->end && extent->first != CRUNCH_NO_RECORD;
    extent->at_end = found.at_end && m->end == crunch_source_files(w->view)->size;
    return code;
}

/* A range of an input of several files, file by file. */
static enum crunch_code scan_files(struct worker *w, struct crunch_slot *slot,
                                   const struct crunch_range *range, const struct crunch_sink *sink,
                                   struct crunch_extent *extent)
{
    const struct crunch_files *files = crunch_source_files(w->view);
    size_t i = crunch_files_find(files, range->begin);
    enum crunch_code code = CRUNCH_OK;
    bool more = true;

    *extent = (struct crunch_extent){.first = CRUNCH_NO_RECORD, .last = range->begin};
    if (!range->guess && range->begin >= range->end) { /* chunks before have read beyond it */
        extent->first = range->begin;
        extent->at_end = range->begin == files->size;
        slot->file = i;
        return CRUNCH_OK;
    }
    while (!code && more && (i = crunch_files_next(files, i)) < files->n) {
        if (files->file[i].url && range->begin > files->file[i].base) {
            slot->file = i; /* it is the chunk's in which it begins, and opening it is dear */
            break;
        }
        code = crunch_member_select(&w->member, i, &slot->error);
        slot->file = i++;
        slot->from_start = true;
        slot->in_records = false;
        if (!code) {
            code = scan_file(w, slot, range, sink, extent, &more);
            if (!code)
                code = crunch_source_check_member(w->view, &slot->error);
        } else if (extent->first == CRUNCH_NO_RECORD && range->begin <= files->file[i - 1].base)
            extent->first = range->begin; /* the failure is where the range begins for certain */
    }
    return code;
}

static enum crunch_code scan_range(struct worker *w, struct crunch_slot *slot,
                                   const struct crunch_range *range, struct crunch_scanned *scanned)
{
    const struct crunch_sink sink = {w, on_batch, on_bad};
    struct crunch_extent extent = {.first = CRUNCH_NO_RECORD, .last = range->begin};
    uint64_t started = crunch_now_ns(), read_before = crunch_source_read_ns(w->view);
    enum crunch_code code;

    w->reduce_ns = w->fed = 0;
    begin_gathering(w);
    w->lines = w->records = 0;
    code = crunch_source_files(w->view) ? scan_files(w, slot, range, &sink, &extent)
                                        : scan_member(w, range, &sink, &extent, &slot->error);
    if (!code)
        code = end_gathering(w, slot, &extent);
    if (crunch_source_was_gone(w->view)) {
        extent = (struct crunch_extent){.first = CRUNCH_NO_RECORD, .last = range->begin};
        code = CRUNCH_OK;
        /* Given up, or the bytes are gone: as if nothing had been found, even from the frontier. */
        fill_scanned(scanned, range, &extent, code);
        scanned->unsure = true;
        return code;
    }
    fill_scanned(scanned, range, &extent, code);
    slot->times = (struct crunch_times){
        .busy = crunch_now_ns() - started,
        .read = crunch_source_read_ns(w->view) - read_before,
        .reduce = w->reduce_ns,
    };
    slot->bytes =
        scanned->unsure || scanned->last < scanned->first ? 0 : scanned->last - scanned->first;
    slot->records = scanned->records;
    return code;
}

/* Scans the slot's chunk and publishes. CRUNCH_INTERRUPTED: told to stop, nothing was published. */
static enum crunch_code scan_slot(struct worker *w, unsigned k)
{
    struct crunch_slot *slot = &w->region->slot[k];
    struct crunch_scanned scanned;
    struct crunch_range range;
    enum crunch_code code;

    w->chunk = atomic_load(&slot->chunk_plus) - 1;
    w->bundle = crunch_run_slot_bundle(w->run, w->id, k);
    crunch_chunks_begin(&w->run->chunks, w->chunk);
    if (slot->dirty)
        crunch_bundle_reset(&w->run->plan->layout, w->bundle);
    slot->dirty = true;
    slot->log_at = atomic_load(&w->region->log_end);
    slot->log_bytes = 0;
    range_of(w, w->chunk, &range);
    w->guess = range.guess;
    beat(w);
    atomic_store(&w->region->working_plus, w->chunk + 1);
    if (w->run->may_die)
        crunch_fault_chunk(w->chunk, crunch_chunks_deaths(&w->run->chunks, w->chunk));
    crunch_fault_input(w->chunk);
    code = scan_range(w, slot, &range, &scanned);
    atomic_store(&w->region->working_plus, 0);
    atomic_store_explicit(&w->region->unpacked, 0, memory_order_relaxed);
    if (code == CRUNCH_INTERRUPTED || told_to_stop(w))
        return CRUNCH_INTERRUPTED;
    atomic_store(&w->region->log_end, slot->log_at + slot->log_bytes);
    crunch_chunks_publish(&w->run->chunks, w->chunk, &scanned);
    crunch_chunks_advance(&w->run->chunks, w->id);
    return CRUNCH_OK;
}

/* ---- settling ---- */

static void free_slot(struct worker *w, struct crunch_slot *slot, uint64_t chunk)
{
    atomic_store(&slot->chunk_plus, 0);
    crunch_chunks_retire(&w->run->chunks, chunk);
}

static void count_commit(struct crunch_committed *to, const struct crunch_slot *slot,
                         uint64_t chunk)
{
    to->last_plus = chunk + 1;
    to->records += slot->records;
    to->bytes += slot->bytes;
    to->times.busy += slot->times.busy;
    to->times.read += slot->times.read;
    to->times.reduce += slot->times.reduce;
    to->chunks++;
}

/* Writes down what a sampled chunk is committed with, for --verify=sample. */
static enum crunch_code sample(struct worker *w, unsigned k, uint64_t chunk,
                               const struct crunch_prefix *prefix)
{
    const struct crunch_plan *plan = w->run->plan;
    const struct crunch_slot *slot = &w->region->slot[k];
    struct crunch_error error;
    enum crunch_code code;

    if (!w->run->sample || !crunch_sample_wants(plan->job->seed, chunk, w->run->cuts.n_chunks))
        return CRUNCH_OK;
    code = crunch_sample_write(w->run->sample[w->id], &w->region->sample_end, &plan->layout,
                               &(struct crunch_sampled){.chunk = chunk,
                                                        .begin = prefix->position,
                                                        .end = prefix->position + slot->bytes,
                                                        .records = slot->records},
                               crunch_run_slot_bundle(w->run, w->id, k), &error);
    if (code)
        crunch_run_abort(w->run, &error);
    return code;
}

static enum crunch_code commit(struct worker *w, unsigned k, uint64_t chunk,
                               const struct crunch_prefix *prefix)
{
    const struct crunch_layout *layout = &w->run->plan->layout;
    struct crunch_region *region = w->region;
    struct crunch_slot *slot = &region->slot[k];
    unsigned active = atomic_load(&region->active), other = active;
    void *into = crunch_run_committed_bundle(w->run, w->id, active);

    if (slot->log_bytes) {
        struct crunch_error error;
        if (crunch_log_commit(w->run->log[w->id], slot->log_at, prefix,
                              prefix->position + slot->bytes, &error)) {
            crunch_run_abort(w->run, &error);
            return CRUNCH_INTERRUPTED;
        }
    }
    crunch_fault_partial(chunk, layout, crunch_run_slot_bundle(w->run, w->id, k));
    if (sample(w, k, chunk, prefix))
        return CRUNCH_INTERRUPTED;
    if (w->run->may_die) {
        const void *from = into;
        other = active ^ 1;
        into = crunch_run_committed_bundle(w->run, w->id, other);
        crunch_bundle_reset(layout, into);
        crunch_bundle_merge(layout, into, from);
        region->committed[other] = region->committed[active];
    }
    crunch_bundle_merge(layout, into, crunch_run_slot_bundle(w->run, w->id, k));
    count_commit(&region->committed[other], slot, chunk);
    atomic_store(&region->active, other);
    free_slot(w, slot, chunk);
    return CRUNCH_OK;
}

/* The slot with the lowest chunk, or CRUNCH_SLOTS. */
static unsigned lowest_slot(const struct worker *w, uint64_t *chunk)
{
    unsigned found = CRUNCH_SLOTS;

    for (unsigned k = 0; k < CRUNCH_SLOTS; k++) {
        uint64_t plus = atomic_load(&w->region->slot[k].chunk_plus);
        if (plus && (found == CRUNCH_SLOTS || plus - 1 < *chunk)) {
            found = k;
            *chunk = plus - 1;
        }
    }
    return found;
}

/* A free slot, or run->slots when there is none. */
static unsigned spare_slot(const struct worker *w)
{
    unsigned k = 0;

    while (k < w->run->slots && atomic_load(&w->region->slot[k].chunk_plus))
        k++;
    return k;
}

/* Settles this worker's chunks from the lowest on, as far as that goes. */
static enum crunch_code settle(struct worker *w)
{
    struct crunch_prefix prefix;
    uint64_t chunk = 0;
    unsigned k;

    while ((k = lowest_slot(w, &chunk)) < CRUNCH_SLOTS) {
        enum crunch_verdict_kind verdict = crunch_chunks_verdict(&w->run->chunks, chunk, &prefix);
        enum crunch_code code = CRUNCH_OK;

        if (verdict == CRUNCH_VALID) {
            code = commit(w, k, chunk, &prefix);
        } else if (verdict == CRUNCH_VOID) {
            free_slot(w, &w->region->slot[k], chunk);
        } else if (verdict == CRUNCH_REDO) {
            atomic_fetch_add_explicit(&w->region->redone, 1, memory_order_relaxed);
            code = scan_slot(w, k);
        } else {
            return CRUNCH_OK;
        }
        if (code)
            return code;
    }
    return CRUNCH_OK;
}

/* ---- the whole ---- */

/* Makes a dead predecessor's region usable: rubble is cleared byte for byte, since a bundle killed
 * while it was written cannot say which parts of it were used. Then every chunk it had claimed gets
 * its slot back, or is retired when it is in the committed copy. */
static void take_over(struct worker *w)
{
    struct crunch_chunks *chunks = &w->run->chunks;
    struct crunch_region *region = w->region;
    unsigned active = atomic_load(&region->active);
    size_t bytes = w->run->plan->layout.size;
    uint64_t chunk, from = 0;

    atomic_store(&region->working_plus, 0);
    memset(crunch_run_committed_bundle(w->run, w->id, active ^ 1), 0, bytes);
    for (unsigned k = 0; k < CRUNCH_SLOTS; k++) {
        struct crunch_slot *slot = &region->slot[k];
        uint64_t plus = atomic_load(&slot->chunk_plus);
        unsigned owner;

        if (plus && crunch_chunks_owner(chunks, plus - 1, &owner) && owner == w->id &&
            plus > region->committed[active].last_plus && crunch_chunks_published(chunks, plus - 1))
            continue;
        memset(crunch_run_slot_bundle(w->run, w->id, k), 0, bytes);
        slot->dirty = false;
        atomic_store(&slot->chunk_plus, 0);
    }
    for (; crunch_chunks_owned(chunks, w->id, from, &chunk); from = chunk + 1) {
        unsigned k = 0;

        while (k < CRUNCH_SLOTS && atomic_load(&region->slot[k].chunk_plus) != chunk + 1)
            k++;
        if (k < CRUNCH_SLOTS)
            continue;
        if (chunk < region->committed[active].last_plus) {
            crunch_chunks_retire(chunks, chunk);
            continue;
        }
        crunch_chunks_begin(chunks, chunk); /* its bundle is gone, whatever was published */
        atomic_store(&region->slot[spare_slot(w)].chunk_plus, chunk + 1);
    }
    crunch_chunks_advance(chunks, w->id);
}

/* The slot with the lowest chunk whose scan is not published, or CRUNCH_SLOTS. *n: how many such
 * there are. */
static unsigned unscanned_slot(struct worker *w, unsigned *n)
{
    unsigned found = CRUNCH_SLOTS;
    uint64_t lowest = UINT64_MAX;

    *n = 0;
    for (unsigned k = 0; k < CRUNCH_SLOTS; k++) {
        uint64_t plus = atomic_load(&w->region->slot[k].chunk_plus);

        if (!plus || crunch_chunks_published(&w->run->chunks, plus - 1))
            continue;
        ++*n;
        if (plus - 1 < lowest) {
            lowest = plus - 1;
            found = k;
        }
    }
    return found;
}

/* Tells the reader what a chunk's scan will read: from the byte before it, by which a start is
 * guessed, to a little past its end. */
static void expect(struct worker *w, uint64_t chunk)
{
    uint64_t begin, end;

    crunch_cuts_chunk(w->run->chunks.cuts, chunk, &begin, &end);
    crunch_source_expect_members(w->view, begin, end);
    crunch_source_expect(w->view, begin > 0 ? begin - 1 : 0, end + CRUNCH_PAST_BYTES);
}

/* False when chunks are so few that one claimed ahead would be missing elsewhere. */
static bool may_claim_ahead(struct worker *w)
{
    uint64_t newest = 0, n_chunks = w->run->cuts.n_chunks;

    for (unsigned k = 0; k < CRUNCH_SLOTS; k++) {
        uint64_t plus = atomic_load(&w->region->slot[k].chunk_plus);

        newest = plus > newest ? plus : newest;
    }
    return newest < n_chunks && n_chunks - newest > w->run->n_workers;
}

/* Claims a chunk, or, where input is read ahead and from beginning to end, as many as make two
 * or three that are not scanned yet. NO_MORE and LATER say why not more. */
static enum crunch_claim claim(struct worker *w)
{
    const bool in_order = !w->run->plan->table->binary.by_column;
    const unsigned wanted = in_order ? crunch_source_chunks_ahead(w->view) : 1;
    enum crunch_claim found = CRUNCH_CLAIM_LATER;
    uint64_t chunk;
    unsigned held, spare;

    for (unscanned_slot(w, &held); held < wanted; held++) {
        spare = spare_slot(w);
        if (spare >= w->run->slots || crunch_emission_is_behind(w->run, w->id) ||
            (held > 0 && !may_claim_ahead(w)))
            return CRUNCH_CLAIM_LATER;
        found = crunch_chunks_claim(&w->run->chunks, w->id, &chunk);
        if (found != CRUNCH_CLAIMED)
            break;
        atomic_store(&w->region->slot[spare].chunk_plus, chunk + 1);
        if (wanted > 1)
            expect(w, chunk);
    }
    return found;
}

static enum crunch_code work(struct worker *w)
{
    struct crunch_run *run = w->run;

    for (;;) {
        uint32_t seen = crunch_bell_count(&run->shared->bell);
        enum crunch_claim claimed;
        enum crunch_code code;
        struct crunch_frontier f;
        uint64_t chunk;
        unsigned k, n;

        if (run->tick_in_worker && !crunch_run_tick(run, false))
            return CRUNCH_INTERRUPTED;
        code = settle(w);
        if (code || told_to_stop(w))
            return CRUNCH_INTERRUPTED;
        crunch_chunks_frontier(&run->chunks, &f);
        if (f.state == CRUNCH_FRONTIER_FAILED)
            return CRUNCH_OK;
        claimed = claim(w);
        k = unscanned_slot(w, &n);
        if (k < CRUNCH_SLOTS) {
            if (scan_slot(w, k))
                return CRUNCH_INTERRUPTED;
            continue;
        }
        if (claimed == CRUNCH_CLAIM_NO_MORE && lowest_slot(w, &chunk) == CRUNCH_SLOTS)
            return CRUNCH_OK;
        beat(w);
        crunch_bell_wait(&run->shared->bell, seen, CRUNCH_TICK_MS);
    }
}

/* Sums are exact whatever the mode, but doubles are read and printed in round-to-nearest with
 * subnormals; a library loaded into the process may have changed that. */
static enum crunch_code check_floating_point(struct crunch_error *error)
{
    volatile double least = DBL_MIN, half = 0.5;

    if (fegetround() == FE_TONEAREST && least * half > 0)
        return CRUNCH_OK;
    return crunch_fail(error, CRUNCH_WORKER_LOST,
                       "floating point is not in round-to-nearest with subnormals");
}

static enum crunch_code open_log(struct worker *w, struct crunch_error *error)
{
    const struct crunch_plan *plan = w->run->plan;
    enum crunch_code code = CRUNCH_OK;

    if (!w->run->log)
        return CRUNCH_OK;
    w->log = crunch_log_create(w->run->log[w->id]);
    w->collector = calloc(plan->n_collecting + 1, sizeof *w->collector);
    if (!w->log || !w->collector)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < plan->n_collecting && !code; i++)
        code = plan->collecting[i].collector->create(plan, plan->collecting[i].config,
                                                     &w->collector[i], error);
    return code;
}

static enum crunch_code make_idle_bundle(struct worker *w, struct crunch_error *error)
{
    const struct crunch_plan *plan = w->run->plan;

    if (plan->job->cost <= 1)
        return CRUNCH_OK;
    w->idle = aligned_alloc(4096, plan->layout.size);
    if (!w->idle)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    memset(w->idle, 0, plan->layout.size);
    return CRUNCH_OK;
}

static enum crunch_code open_stage(struct worker *w, struct crunch_error *error)
{
    if (w->run->plan->scan.n_columns == 0) {
        w->bare_record = malloc(CRUNCH_BATCH_ROWS * sizeof *w->bare_record);
        if (!w->bare_record)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    return crunch_stage_create(w->run->plan, &w->stage, error);
}

static enum crunch_code open_worker(struct worker *w, struct crunch_error *error)
{
    const struct crunch_waiting waiting = {w, go_on_waiting};
    enum crunch_code code = check_floating_point(error);

    if (!code)
        code = crunch_source_view(w->run->source, &waiting, &w->view, error);
    if (!code)
        code = crunch_member_init(&w->member, w->run->plan, w->view, error);
    if (!code && w->run->plan->exprs)
        code = open_stage(w, error);
    if (!code && (w->run->rejects || w->stage))
        code = crunch_source_view(w->run->source, NULL, &w->reject_view, error);
    if (!code && w->stage)
        code = crunch_locator_create(w->reject_view, &w->locator, error);
    if (!code)
        code = make_idle_bundle(w, error);
    return code ? code : open_log(w, error);
}

static void close_worker(struct worker *w)
{
    const struct crunch_plan *plan = w->run->plan;

    for (size_t i = 0; i < plan->n_collecting && w->collector; i++)
        plan->collecting[i].collector->destroy(w->collector[i]);
    free(w->collector);
    free(w->idle);
    free(w->bare_record);
    crunch_log_free(w->log);
    crunch_stage_free(w->stage);
    crunch_member_close(&w->member);
    crunch_locator_free(w->locator);
    crunch_source_close(w->reject_view);
    crunch_source_close(w->view);
}

enum crunch_code crunch_worker_body(struct crunch_run *run, unsigned id)
{
    struct worker w = {.run = run, .id = id, .region = crunch_run_region(run, id)};
    struct crunch_error error = {0};
    enum crunch_code code;

    beat(&w);
    code = open_worker(&w, &error);
    if (code) {
        crunch_run_abort(run, &error);
    } else {
        if (w.region->lives > 1)
            take_over(&w);
        code = work(&w);
    }
    if (!run->may_die) /* a process must still manage to exit */
        atomic_store_explicit(&w.region->beat_ns, 0, memory_order_relaxed);
    close_worker(&w);
    mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE); /* each thread has one, which outlives it */
    return code;
}
