/*
 * The window is a ring of entries: chunk c lives in entry c % entries during lap c / entries. Who
 * writes what:
 *
 *   owner    claim: CAS from (lap, nobody) to (lap, worker) - the claim is the ownership mark, so
 * no death can lose a chunk. retire: store (lap + 1, nobody), by the owner. next     a hint, helped
 * forward by whoever finds it behind the owner words. status   (chunk, attempt, published), by the
 * owner. The scan's fields are written while it says "not published" and read between two equal
 * looks at it (a sequence lock), so a reader never mixes two attempts, or two laps. prefix,  by the
 * holder of the frontier, before the frontier's flip; read by the owner after it. verdict  A holder
 * killed before the flip leaves values that the next one writes again, the same. frontier two
 * copies; a move writes the other copy and then adds 1 to generation, which is the commit. Readers
 * take generation, copy, and look again. lock     worker + 1, by try-lock only; a dead holder's is
 * cleared by the parent (bury).
 *
 * No lost move: a publisher stores its status and then tries the lock; a holder lets go of the lock
 * and then looks for a published chunk at the frontier. All four are sequentially consistent, so
 * either the publisher gets the lock or the holder sees the publication.
 */
#include "core/chunks.h"

#include "core/fault.h"

#define NOBODY 0
#define OWNER_BITS 16
#define ATTEMPT_BITS 15 /* and one bit for "published" */
#define NO_SUSPECT 0

struct entry {
    _Alignas(64) _Atomic uint64_t owner; /* lap << 16 | worker + 1 */
    _Atomic uint64_t status;             /* chunk << 16 | attempt << 1 | published */
    _Atomic uint64_t first, last, records, lines, bad, budget;
    _Atomic uint32_t code;
    _Atomic uint32_t flags;
    _Atomic uint64_t prefix_position, prefix_records, prefix_lines, prefix_bad;
    _Atomic uint32_t verdict;
    _Atomic uint32_t deaths;         /* by the parent */
    _Atomic uint64_t deaths_of_plus; /* chunk + 1 that deaths counts */
};

enum { FLAG_UNSURE = 1, FLAG_AT_END = 2 };

struct place {
    _Atomic uint64_t state, next, position, records, lines, bad, valid;
};

struct crunch_window {
    _Alignas(64) _Atomic uint64_t next;
    _Alignas(64) _Atomic uint32_t lock;
    _Alignas(64) _Atomic uint64_t generation;
    struct place place[2];
    _Alignas(64) _Atomic uint64_t suspect; /* chunk + 1 whose scan failed, perhaps wrongly */
    struct entry entry[];
};

size_t crunch_window_size(uint64_t entries)
{
    return sizeof(struct crunch_window) + (size_t)entries * sizeof(struct entry);
}

static struct entry *entry_of(const struct crunch_chunks *chunks, uint64_t chunk)
{
    return &chunks->window->entry[chunk & (chunks->entries - 1)];
}

static uint64_t owner_word(const struct crunch_chunks *chunks, uint64_t chunk, uint64_t worker_plus)
{
    return (chunk / chunks->entries) << OWNER_BITS | worker_plus;
}

/* ---- the frontier's two copies ---- */

static void store_place(struct place *place, const struct crunch_frontier *f)
{
    atomic_store_explicit(&place->state, (uint64_t)f->state, memory_order_relaxed);
    atomic_store_explicit(&place->next, f->next, memory_order_relaxed);
    atomic_store_explicit(&place->position, f->position, memory_order_relaxed);
    atomic_store_explicit(&place->records, f->records, memory_order_relaxed);
    atomic_store_explicit(&place->lines, f->lines, memory_order_relaxed);
    atomic_store_explicit(&place->bad, f->bad, memory_order_relaxed);
    atomic_store_explicit(&place->valid, f->valid, memory_order_relaxed);
}

static void load_place(struct place *place, struct crunch_frontier *f)
{
    f->state =
        (enum crunch_frontier_state)atomic_load_explicit(&place->state, memory_order_acquire);
    f->next = atomic_load_explicit(&place->next, memory_order_acquire);
    f->position = atomic_load_explicit(&place->position, memory_order_acquire);
    f->records = atomic_load_explicit(&place->records, memory_order_acquire);
    f->lines = atomic_load_explicit(&place->lines, memory_order_acquire);
    f->bad = atomic_load_explicit(&place->bad, memory_order_acquire);
    f->valid = atomic_load_explicit(&place->valid, memory_order_acquire);
}

void crunch_chunks_frontier(struct crunch_chunks *chunks, struct crunch_frontier *frontier)
{
    struct crunch_window *window = chunks->window;
    uint64_t generation;

    do {
        generation = atomic_load(&window->generation);
        load_place(&window->place[generation & 1], frontier);
    } while (atomic_load(&window->generation) != generation);
}

/* By the holder of the lock. The copy written is the one that no reader of this generation trusts;
 * a reader of the generation before sees generation changed and reads again. The release fence
 * keeps the stores behind the look at generation that made this copy the spare one. */
static void flip(struct crunch_chunks *chunks, const struct crunch_frontier *to)
{
    struct crunch_window *window = chunks->window;
    uint64_t generation = atomic_load(&window->generation);

    atomic_thread_fence(memory_order_seq_cst);
    store_place(&window->place[(generation + 1) & 1], to);
    atomic_store(&window->generation, generation + 1);
}

void crunch_chunks_init(struct crunch_chunks *chunks, void *window, uint64_t start)
{
    struct crunch_frontier frontier = {.position = start};

    chunks->window = window;
    if (chunks->cuts->n_chunks == 0)
        frontier.state = CRUNCH_FRONTIER_DONE;
    store_place(&chunks->window->place[0], &frontier);
}

/* ---- published scans ---- */

static bool is_published(uint64_t status, uint64_t chunk)
{
    return status >> (ATTEMPT_BITS + 1) == chunk && (status & 1);
}

/* False when chunk is not published. */
static bool read_scanned(struct crunch_chunks *chunks, uint64_t chunk, struct crunch_scanned *s)
{
    struct entry *e = entry_of(chunks, chunk);
    uint64_t status;
    uint32_t flags;

    do {
        status = atomic_load(&e->status);
        if (!is_published(status, chunk))
            return false;
        flags = atomic_load_explicit(&e->flags, memory_order_acquire);
        s->code = (enum crunch_code)atomic_load_explicit(&e->code, memory_order_acquire);
        s->first = atomic_load_explicit(&e->first, memory_order_acquire);
        s->last = atomic_load_explicit(&e->last, memory_order_acquire);
        s->records = atomic_load_explicit(&e->records, memory_order_acquire);
        s->lines = atomic_load_explicit(&e->lines, memory_order_acquire);
        s->bad = atomic_load_explicit(&e->bad, memory_order_acquire);
        s->budget = atomic_load_explicit(&e->budget, memory_order_acquire);
        s->unsure = flags & FLAG_UNSURE;
        s->at_end = flags & FLAG_AT_END;
    } while (atomic_load(&e->status) != status);
    return true;
}

void crunch_chunks_begin(struct crunch_chunks *chunks, uint64_t chunk)
{
    struct entry *e = entry_of(chunks, chunk);
    uint64_t status = atomic_load(&e->status);
    uint64_t attempt = status >> (ATTEMPT_BITS + 1) == chunk ? (status >> 1) + 1 : 0;

    attempt &= ((uint64_t)1 << ATTEMPT_BITS) - 1;
    atomic_store(&e->status, chunk << (ATTEMPT_BITS + 1) | attempt << 1);
    atomic_thread_fence(memory_order_seq_cst); /* before the fields change */
}

static void suspect_failure(struct crunch_window *window, uint64_t chunk)
{
    uint64_t old = atomic_load(&window->suspect);

    while ((old == NO_SUSPECT || old > chunk + 1) &&
           !atomic_compare_exchange_weak(&window->suspect, &old, chunk + 1))
        ;
}

static void clear_suspect(struct crunch_window *window, uint64_t chunk)
{
    uint64_t mine = chunk + 1;

    if (atomic_load(&window->suspect) == mine)
        atomic_compare_exchange_strong(&window->suspect, &mine, NO_SUSPECT);
}

void crunch_chunks_publish(struct crunch_chunks *chunks, uint64_t chunk,
                           const struct crunch_scanned *s)
{
    struct entry *e = entry_of(chunks, chunk);
    uint32_t flags = (s->unsure ? FLAG_UNSURE : 0u) | (s->at_end ? FLAG_AT_END : 0u);

    if (s->code)
        suspect_failure(chunks->window, chunk);
    else
        clear_suspect(chunks->window, chunk);
    atomic_store_explicit(&e->flags, flags, memory_order_relaxed);
    atomic_store_explicit(&e->code, (uint32_t)s->code, memory_order_relaxed);
    atomic_store_explicit(&e->first, s->first, memory_order_relaxed);
    atomic_store_explicit(&e->last, s->last, memory_order_relaxed);
    atomic_store_explicit(&e->records, s->records, memory_order_relaxed);
    atomic_store_explicit(&e->lines, s->lines, memory_order_relaxed);
    atomic_store_explicit(&e->bad, s->bad, memory_order_relaxed);
    atomic_store_explicit(&e->budget, s->budget, memory_order_relaxed);
    atomic_store(&e->status, atomic_load(&e->status) | 1);
}

bool crunch_chunks_published(struct crunch_chunks *chunks, uint64_t chunk)
{
    return is_published(atomic_load(&entry_of(chunks, chunk)->status), chunk);
}

/* ---- claiming ---- */

static bool no_more(const struct crunch_chunks *chunks, const struct crunch_frontier *f,
                    uint64_t chunk)
{
    uint64_t begin, end, size;

    if (f->state != CRUNCH_FRONTIER_MOVING || chunk >= chunks->cuts->n_chunks)
        return true;
    if (chunks->cuts->n_chunks != CRUNCH_CHUNKS_UNKNOWN || !chunks->source)
        return false;
    /* A stream whose end is known by now: the chunk that holds the end is the last one. */
    size = crunch_source_size(chunks->source);
    crunch_cuts_chunk(chunks->cuts, chunk, &begin, &end);
    return size != CRUNCH_SIZE_UNKNOWN && begin > size;
}

enum crunch_claim crunch_chunks_claim(struct crunch_chunks *chunks, unsigned worker,
                                      uint64_t *chunk)
{
    struct crunch_window *window = chunks->window;

    for (;;) {
        struct crunch_frontier f;
        uint64_t i = atomic_load(&window->next), after = i, suspect, free_word, found;

        crunch_chunks_frontier(chunks, &f);
        if (no_more(chunks, &f, i))
            return CRUNCH_CLAIM_NO_MORE;
        suspect = atomic_load(&window->suspect);
        if (suspect != NO_SUSPECT && i >= suspect)
            return CRUNCH_CLAIM_LATER;
        free_word = found = owner_word(chunks, i, NOBODY);
        if (atomic_compare_exchange_strong(&entry_of(chunks, i)->owner, &found,
                                           free_word | (worker + 1))) {
            atomic_compare_exchange_strong(&window->next, &after, i + 1);
            *chunk = i;
            return CRUNCH_CLAIMED;
        }
        if (found < free_word)
            return CRUNCH_CLAIM_LATER; /* the chunk one lap before is not retired */
        /* Taken already: next is behind, since its claimer is slow or dead. */
        atomic_compare_exchange_strong(&window->next, &after, i + 1);
    }
}

void crunch_chunks_retire(struct crunch_chunks *chunks, uint64_t chunk)
{
    clear_suspect(chunks->window, chunk);
    atomic_store(&entry_of(chunks, chunk)->owner,
                 owner_word(chunks, chunk + chunks->entries, NOBODY));
    crunch_bell_ring(chunks->bell);
}

bool crunch_chunks_owner(struct crunch_chunks *chunks, uint64_t chunk, unsigned *worker)
{
    uint64_t word = atomic_load(&entry_of(chunks, chunk)->owner);
    uint64_t free_word = owner_word(chunks, chunk, NOBODY);

    if (word <= free_word || word - free_word >= (uint64_t)1 << OWNER_BITS)
        return false;
    *worker = (unsigned)(word - free_word - 1);
    return true;
}

bool crunch_chunks_owned(struct crunch_chunks *chunks, unsigned worker, uint64_t from,
                         uint64_t *chunk)
{
    const uint64_t mask = ((uint64_t)1 << OWNER_BITS) - 1;
    bool found = false;

    for (uint64_t k = 0; k < chunks->entries; k++) {
        uint64_t word = atomic_load(&chunks->window->entry[k].owner);
        uint64_t c = (word >> OWNER_BITS) * chunks->entries + k;

        if ((word & mask) != worker + 1 || c < from || (found && c >= *chunk))
            continue;
        *chunk = c;
        found = true;
    }
    return found;
}

/* ---- settling ---- */

static uint64_t budget_left(const struct crunch_frontier *f, uint64_t max_bad)
{
    return max_bad == UINT64_MAX ? UINT64_MAX : max_bad - f->bad;
}

enum crunch_verdict_kind crunch_chunks_judge(const struct crunch_frontier *frontier,
                                             const struct crunch_scanned *scanned,
                                             uint64_t chunk_end, uint64_t max_bad)
{
    uint64_t left = budget_left(frontier, max_bad);

    if (frontier->position >= chunk_end)
        return CRUNCH_VOID;
    if (scanned->unsure || scanned->first != frontier->position)
        return CRUNCH_REDO;
    if (scanned->code)
        return scanned->budget == left ? CRUNCH_FAILED : CRUNCH_REDO;
    /* More than is left: the scan that fails at the right piece has yet to be made. */
    return scanned->bad > left ? CRUNCH_REDO : CRUNCH_VALID;
}

/* The verdict on chunk f->next, if it can be given: VOID for any claimed chunk that was passed. */
static enum crunch_verdict_kind
judge_next(struct crunch_chunks *chunks, const struct crunch_frontier *f, struct crunch_scanned *s)
{
    uint64_t begin, end;
    unsigned owner;

    if (f->state != CRUNCH_FRONTIER_MOVING || !crunch_chunks_owner(chunks, f->next, &owner))
        return CRUNCH_PENDING;
    crunch_cuts_chunk(chunks->cuts, f->next, &begin, &end);
    if (f->position >= end)
        return CRUNCH_VOID;
    if (!read_scanned(chunks, f->next, s))
        return CRUNCH_PENDING;
    return crunch_chunks_judge(f, s, end, chunks->max_bad);
}

/* Writes what the owner will want to know, then moves on in *f. */
static void settle(struct crunch_chunks *chunks, struct crunch_frontier *f,
                   enum crunch_verdict_kind verdict, const struct crunch_scanned *s)
{
    struct entry *e = entry_of(chunks, f->next);

    atomic_store_explicit(&e->prefix_position, f->position, memory_order_relaxed);
    atomic_store_explicit(&e->prefix_records, f->records, memory_order_relaxed);
    atomic_store_explicit(&e->prefix_lines, f->lines, memory_order_relaxed);
    atomic_store_explicit(&e->prefix_bad, f->bad, memory_order_relaxed);
    atomic_store_explicit(&e->verdict, (uint32_t)verdict, memory_order_relaxed);
    if (verdict == CRUNCH_FAILED) {
        f->state = CRUNCH_FRONTIER_FAILED;
        return;
    }
    f->next++;
    if (verdict == CRUNCH_VALID) {
        f->position = s->last + crunch_fault_boundary(f->next - 1);
        f->records += s->records;
        f->lines += s->lines;
        f->bad += s->bad;
        f->valid++;
    }
    if (f->next == chunks->cuts->n_chunks || (verdict == CRUNCH_VALID && s->at_end))
        f->state = CRUNCH_FRONTIER_DONE;
}

static bool walk(struct crunch_chunks *chunks)
{
    struct crunch_frontier f;
    struct crunch_scanned s;
    bool moved = false;

    crunch_chunks_frontier(chunks, &f);
    for (;;) {
        enum crunch_verdict_kind verdict = judge_next(chunks, &f, &s);

        if (verdict == CRUNCH_PENDING || verdict == CRUNCH_REDO)
            return moved;
        settle(chunks, &f, verdict, &s);
        flip(chunks, &f);
        moved = true;
    }
}

static bool can_move(struct crunch_chunks *chunks)
{
    struct crunch_frontier f;
    struct crunch_scanned s;
    enum crunch_verdict_kind verdict;

    crunch_chunks_frontier(chunks, &f);
    verdict = judge_next(chunks, &f, &s);
    return verdict != CRUNCH_PENDING && verdict != CRUNCH_REDO;
}

static void announce(struct crunch_chunks *chunks)
{
    struct crunch_frontier f;

    crunch_chunks_frontier(chunks, &f);
    /* One byte less: a guess looks at the byte before its chunk. */
    if (chunks->source && f.position > 0)
        crunch_source_release(chunks->source, f.position - 1);
    crunch_bell_ring(chunks->bell);
}

void crunch_chunks_advance(struct crunch_chunks *chunks, unsigned worker)
{
    struct crunch_window *window = chunks->window;

    do {
        uint32_t nobody = NOBODY;
        bool moved;

        if (!atomic_compare_exchange_strong(&window->lock, &nobody, worker + 1))
            return;
        moved = walk(chunks);
        atomic_store(&window->lock, NOBODY);
        if (moved)
            announce(chunks);
    } while (can_move(chunks));
}

enum crunch_verdict_kind crunch_chunks_verdict(struct crunch_chunks *chunks, uint64_t chunk,
                                               struct crunch_prefix *prefix)
{
    struct entry *e = entry_of(chunks, chunk);
    struct crunch_frontier f;
    struct crunch_scanned s;
    enum crunch_verdict_kind verdict;

    crunch_chunks_frontier(chunks, &f);
    if (f.state == CRUNCH_FRONTIER_DONE && chunk >= f.next)
        return CRUNCH_VOID;
    if (chunk > f.next)
        return CRUNCH_PENDING;
    if (chunk == f.next && f.state == CRUNCH_FRONTIER_MOVING) {
        verdict = judge_next(chunks, &f, &s);
        return verdict == CRUNCH_REDO ? CRUNCH_REDO : CRUNCH_PENDING;
    }
    prefix->position = atomic_load_explicit(&e->prefix_position, memory_order_relaxed);
    prefix->records = atomic_load_explicit(&e->prefix_records, memory_order_relaxed);
    prefix->lines = atomic_load_explicit(&e->prefix_lines, memory_order_relaxed);
    prefix->bad = atomic_load_explicit(&e->prefix_bad, memory_order_relaxed);
    return (enum crunch_verdict_kind)atomic_load_explicit(&e->verdict, memory_order_relaxed);
}

void crunch_chunks_bury(struct crunch_chunks *chunks, unsigned worker)
{
    uint32_t held = worker + 1;

    atomic_compare_exchange_strong(&chunks->window->lock, &held, NOBODY);
    announce(chunks); /* it may have died between a move and this */
}

unsigned crunch_chunks_deaths(struct crunch_chunks *chunks, uint64_t chunk)
{
    struct entry *e = entry_of(chunks, chunk);

    return atomic_load(&e->deaths_of_plus) == chunk + 1 ? atomic_load(&e->deaths) : 0;
}

unsigned crunch_chunks_count_death(struct crunch_chunks *chunks, uint64_t chunk)
{
    struct entry *e = entry_of(chunks, chunk);

    if (atomic_load(&e->deaths_of_plus) != chunk + 1) {
        atomic_store(&e->deaths_of_plus, chunk + 1);
        atomic_store(&e->deaths, 0);
    }
    return atomic_fetch_add(&e->deaths, 1) + 1;
}
