/*
 * Random input through the whole core, in one process: the reference on one side, on the other the
 * runner with one worker and with several, at every small chunk size, with the plain scanner and
 * the fast one. All must agree: the same canonical states, records and bad data, the same printed
 * digits, or the same error at the same place. The texts of cells and the numbers of records, which
 * the reference does not hand out, are compared between the two scanners.
 *
 *   differential [--seconds S] [--seed N] [FILE...]
 *
 * The input's first bytes choose dialect and policies, the rest is the file. With
 * -DCRUNCH_LIBFUZZER (clang -fsanitize=fuzzer) main is libFuzzer's. A failing input is written to
 * fuzz-failure.bin in the current directory; given as FILE it is run again, before the random ones.
 * Ends with the line "differential: N passed, N failed".
 */
#include "core/reference.h"
#include "core/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CHOICE_BYTES 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that is compared. */
struct outcome {
    enum crunch_code code;
    struct crunch_error error;
    uint64_t records, bad;
    char **state;
    size_t n_states;
};

struct trial {
    struct crunch_dialect dialect;
    struct crunch_token null;
    char columns[32];
    struct crunch_job job;
    struct crunch_source *source;
    struct crunch_table *table;
    struct crunch_plan plan;
    struct outcome expected;
    char failure[4000];
};

static int input_fd = -1;
static char input_path[40];

static void set_input(const uint8_t *data, size_t size)
{
    if (input_fd < 0) {
        input_fd = memfd_create("crunch-fuzz", 0);
        snprintf(input_path, sizeof input_path, "/proc/self/fd/%d", input_fd);
    }
    if (input_fd < 0 || ftruncate(input_fd, 0) != 0 ||
        pwrite(input_fd, data, size, 0) != (ssize_t)size) {
        perror("memfd");
        exit(2);
    }
}

static const char *const op_names[] = {"sum",  "sumsq", "min",     "max",     "count",   "var",
                                       "mean", "kurt",  "geomean", "harmean", "product", "primes"};
#define N_OPS (sizeof op_names / sizeof *op_names)

static const struct crunch_op **ops_wanted(void)
{
    static const struct crunch_op *ops[N_OPS];
    for (size_t i = 0; i < N_OPS; i++)
        ops[i] = crunch_op_find(op_names[i], strlen(op_names[i]));
    return ops;
}

static void choose(struct trial *t, const uint8_t *byte)
{
    static const unsigned char delimiters[] = ",,,,;\t |";
    struct crunch_dialect *d = &t->dialect;
    *d = crunch_dialect_default();
    d->delimiter = delimiters[byte[0] % 8];
    d->on_error = (enum crunch_on_error)(byte[1] % 3);
    d->ragged = (byte[1] / 3) % 4 == 0;
    d->quoting = byte[2] % 8 != 0;
    if (byte[2] / 8 % 8 == 0)
        d->quote = '\'';
    if (byte[2] / 64 == 0)
        d->comment = (struct crunch_token){"#", 1};
    if (byte[2] / 64 == 1)
        d->comment = (struct crunch_token){"##", 2};
    d->arith = byte[3] % 4 == 0 ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL;
    d->nan = (enum crunch_nan)(byte[3] / 4 % 3);
    d->header = byte[3] / 16 % 4 == 0 ? CRUNCH_HEADER_AUTO : CRUNCH_HEADER_NO;
    t->null = (struct crunch_token){"NA", 2};
    d->nulls = &t->null;
    d->n_nulls = 1;
    d->skip_lines = byte[3] / 64 == 0 ? byte[4] % 3 : 0;
    d->max_record = byte[4] % 16 == 1 ? 5 : (uint64_t)4 << 20;
    if (byte[4] % 16 == 2)
        d->thousands = '\'';
    if (byte[4] % 16 == 3 && d->delimiter != ',')
        d->decimal = ',';
    t->job = (struct crunch_job){
        .dialect = *d,
        .path = input_path,
        .ops = ops_wanted(),
        .n_ops = N_OPS,
        .backend = crunch_backend_find("seq"),
        .workers = 1,
        .retries = 3,
        .max_errors = byte[5] % 4 == 0 ? byte[5] / 4 % 8 : UINT64_MAX,
        .tmpdir = "/tmp",
    };
}

static void outcome_clear(struct outcome *o)
{
    for (size_t i = 0; i < o->n_states; i++)
        free(o->state[i]);
    free(o->state);
    memset(o, 0, sizeof *o);
}

/* Encodings and printed digits of all columns. */
static void add_state(struct outcome *o, const struct crunch_job *job, struct crunch_exact *exact,
                      bool reference)
{
    char *text = crunch_exact_encode(exact);
    for (size_t i = 0; i < job->n_ops; i++) {
        char *digits, *longer;
        if (reference) {
            digits = crunch_reference_text(exact, job->ops[i], &job->op_options, 0);
        } else {
            struct crunch_value value;
            crunch_value_init(&value);
            crunch_op_finish(job->ops[i], exact, &job->op_options, &value);
            digits = crunch_value_text(&value, 0);
            crunch_value_clear(&value);
        }
        if (asprintf(&longer, "%s %s=%s", text, job->ops[i]->name, digits) < 0)
            abort();
        free(digits);
        free(text);
        text = longer;
    }
    o->state = realloc(o->state, (o->n_states + 1) * sizeof *o->state);
    o->state[o->n_states++] = text;
    crunch_exact_clear(exact);
}

static void run_reference(struct trial *t, struct outcome *o)
{
    struct crunch_reference reference;
    memset(o, 0, sizeof *o);
    o->code = crunch_reference_run(&t->plan, t->source, t->table->data_offset, UINT64_MAX,
                                   &reference, &o->error);
    o->records = reference.records;
    o->bad = reference.bad;
    for (size_t i = 0; i < reference.n_columns; i++)
        add_state(o, &t->job, &reference.column[i], true);
    reference.n_columns = 0; /* cleared above */
    crunch_reference_free(&reference);
}

static void run_fast(struct trial *t, struct outcome *o)
{
    struct crunch_run_result result;
    memset(o, 0, sizeof *o);
    o->code = crunch_run(&t->plan, t->source, NULL, &result, &o->error);
    o->records = result.records;
    o->bad = result.bad;
    for (size_t i = 0; i < t->plan.layout.n_columns && !o->code; i++) {
        struct crunch_exact exact;
        crunch_exact_init(&exact, t->plan.layout.arith, t->plan.layout.needs[i]);
        crunch_bundle_extract(&t->plan.layout, result.bundle, i, &exact);
        add_state(o, &t->job, &exact, false);
    }
    crunch_run_result_free(&result);
}

/* False: they differ, and *t says how. */
static bool compare(struct trial *t, const struct outcome *got, const char *how)
{
    const struct outcome *want = &t->expected;
    const struct crunch_error *a = &want->error, *b = &got->error;
    size_t room = sizeof t->failure;
    if (want->code != got->code) {
        snprintf(t->failure, room, "%s: code %d (%s), the reference %d (%s)", how, got->code,
                 b->message, want->code, a->message);
        return false;
    }
    if (want->code == CRUNCH_OK && (want->records != got->records || want->bad != got->bad)) {
        snprintf(t->failure, room,
                 "%s: %" PRIu64 " records, %" PRIu64 " bad; the reference %" PRIu64 ", %" PRIu64,
                 how, got->records, got->bad, want->records, want->bad);
        return false;
    }
    for (size_t i = 0; i < want->n_states && i < got->n_states; i++) {
        if (strcmp(want->state[i], got->state[i]) != 0) {
            snprintf(t->failure, room, "%s: column %zu\n  %.1500s\n  %.1500s", how, i,
                     got->state[i], want->state[i]);
            return false;
        }
    }
    if (want->code == CRUNCH_BAD_DATA &&
        (a->offset != b->offset || a->line != b->line || a->byte_column != b->byte_column ||
         a->record != b->record || a->column != b->column)) {
        snprintf(t->failure, room,
                 "%s: error at byte %" PRIu64 ", %" PRIu64 ":%" PRIu64 ", record %" PRIu64
                 ", column %u (%s); the reference: byte %" PRIu64 ", %" PRIu64 ":%" PRIu64
                 ", record %" PRIu64 ", column %u (%s)",
                 how, b->offset, b->line, b->byte_column, b->record, b->column, b->message,
                 a->offset, a->line, a->byte_column, a->record, a->column, a->message);
        return false;
    }
    return true;
}

static bool agree(struct trial *t, const char *backend, unsigned workers, uint64_t chunk_bytes,
                  bool plain)
{
    struct outcome got;
    char how[120];
    snprintf(how, sizeof how, "%s %u, chunks of %" PRIu64 "%s", backend, workers, chunk_bytes,
             plain ? ", plain scanner" : "");
    if (plain)
        setenv("CRUNCH_SCAN", "plain", 1);
    else
        unsetenv("CRUNCH_SCAN");
    t->job.backend = crunch_backend_find(backend);
    t->job.workers = workers;
    t->job.chunk_bytes = chunk_bytes;
    run_fast(t, &got);
    bool same = compare(t, &got, how);
    outcome_clear(&got);
    return same;
}

/* All ways to run it. One input in eight also goes through threads, which cost more. */
static bool agree_everywhere(struct trial *t, size_t size, unsigned salt)
{
    static const uint64_t sizes[] = {1, 2, 3, 5, 7, 11, 16, 33, 61, 100};
    bool good = agree(t, "seq", 1, 0, true) && agree(t, "seq", 1, 0, false);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && good; i++)
        if (sizes[i] < size && (i + salt) % 3 == 0)
            good = agree(t, "seq", 1, sizes[i], (salt + i) % 2 == 0);
    if (good && salt % 8 == 0)
        good = agree(t, "threads", 3, 1 + salt % 40, salt % 16 == 0);
    return good;
}

/* ---- texts and record numbers ---- */

struct rows {
    char *text;
    size_t len, size;
};

static void put_bytes(struct rows *rows, const void *bytes, size_t n)
{
    if (rows->size - rows->len < n) {
        rows->size = 2 * (rows->size + n);
        rows->text = realloc(rows->text, rows->size);
    }
    if (n > 0)
        memcpy(rows->text + rows->len, bytes, n);
    rows->len += n;
}

static enum crunch_code put_rows(void *context, const struct crunch_batch *batch,
                                 struct crunch_error *error)
{
    (void)error;
    for (size_t i = 0; i < batch->rows; i++) {
        put_bytes(context, &batch->record[i], sizeof batch->record[i]);
        for (size_t k = 0; k < batch->n_columns; k++) {
            const struct crunch_cells *cells = &batch->columns[k];
            put_bytes(context, &cells->class[i], 1);
            put_bytes(context, &cells->mantissa[i], sizeof cells->mantissa[i]);
            if (cells->text == NULL)
                continue;
            put_bytes(context, &cells->text_len[i], sizeof cells->text_len[i]);
            put_bytes(context, cells->text[i], cells->text_len[i]);
        }
    }
    return CRUNCH_OK;
}

static enum crunch_code scan_rows(const struct trial *t, const struct crunch_scan_plan *plan,
                                  bool plain, struct rows *rows)
{
    const bool fails = t->dialect.on_error == CRUNCH_ON_ERROR_FAIL;
    const struct crunch_range range = {
        .begin = t->table->data_offset, .end = UINT64_MAX, .bad_budget = fails ? 0 : UINT64_MAX};
    const struct crunch_sink sink = {.context = rows, .batch = put_rows};
    struct crunch_scanner *scanner;
    struct crunch_extent extent;
    struct crunch_error error;
    if (plain)
        setenv("CRUNCH_SCAN", "plain", 1);
    else
        unsetenv("CRUNCH_SCAN");
    if (crunch_scanner_create(plan, t->source, &scanner, &error))
        abort();
    enum crunch_code code = crunch_scan(scanner, &range, &sink, &extent, &error);
    crunch_scanner_free(scanner);
    if (code)
        rows->len = 0; /* how many rows came before the error is not promised */
    return code;
}

/* Do both scanners give the same texts? need: two bits for each of the first columns. */
static bool same_texts(struct trial *t, unsigned need)
{
    enum { MOST = 8 };
    size_t index[MOST];
    enum crunch_need needs[MOST];
    struct crunch_scan_plan plan = {
        .table = t->table, .index = index, .need = needs, .records = true};
    for (; plan.n_columns < t->table->width && plan.n_columns < MOST;
         plan.n_columns++, need >>= 2) {
        index[plan.n_columns] = plan.n_columns;
        needs[plan.n_columns] = need % 4 ? (enum crunch_need)(need % 4) : CRUNCH_NEED_TEXT;
    }
    if (plan.n_columns == 0)
        return true;
    struct rows want = {0}, got = {0};
    enum crunch_code want_code = scan_rows(t, &plan, true, &want);
    enum crunch_code got_code = scan_rows(t, &plan, false, &got);
    bool same = want_code == got_code && want.len == got.len &&
                (want.len == 0 || memcmp(want.text, got.text, want.len) == 0);
    if (!same)
        snprintf(t->failure, sizeof t->failure,
                 "texts or record numbers differ: code %d and %zu bytes of rows, plain %d and %zu",
                 got_code, got.len, want_code, want.len);
    free(want.text);
    free(got.text);
    return same;
}

static bool try_input(const uint8_t *data, size_t size, struct trial *t)
{
    struct crunch_error error;
    bool good = true;
    memset(t, 0, sizeof *t);
    choose(t, data);
    set_input(data + CHOICE_BYTES, size - CHOICE_BYTES);
    if (crunch_source_open(input_path, &t->source, &error))
        return true;
    if (crunch_table_read(t->source, &t->dialect, &t->table, &error) == CRUNCH_OK) {
        snprintf(t->columns, sizeof t->columns, "1-%zu", t->table->width);
        t->job.columns = data[5] / 32 % 4 == 0 ? "1" : t->columns;
        if (t->table->width == 0 || data[5] / 128) {
            t->job.columns = NULL;
            t->job.ops += 4; /* count: of records */
            t->job.n_ops = 1;
        }
        if (crunch_plan_init(&t->plan, &t->job, t->table, &error) == CRUNCH_OK) {
            run_reference(t, &t->expected);
            good = agree_everywhere(t, size, data[4] + 256u * data[5]);
            outcome_clear(&t->expected);
            crunch_plan_free(&t->plan);
        }
        good = good && same_texts(t, data[4] + 256u * data[5]);
        crunch_table_free(t->table);
    }
    crunch_source_close(t->source);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trial t;
    if (size > CHOICE_BYTES && !try_input(data, size, &t)) {
        fprintf(stderr, "%s\n", t.failure);
        abort();
    }
    return 0;
}

#ifndef CRUNCH_LIBFUZZER

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 11;
}

static size_t below(size_t n)
{
    return (size_t)(next() % n);
}

struct text {
    uint8_t data[1 << 16];
    size_t len;
};

static void put(struct text *t, const char *bytes, size_t n)
{
    if (t->len + n <= sizeof t->data) {
        memcpy(t->data + t->len, bytes, n);
        t->len += n;
    }
}

static void put_number(struct text *t)
{
    static const char *const odd[] = {
        "NA",
        "nan",
        "-inf",
        "Infinity",
        "1e5",
        "1e-1101",
        "-.5",
        "7.",
        "+3",
        "1e400",
        "0x1",
        "-",
        ".",
        "1_0",
        "1'000",
        "1e+02",
        "00012",
        "1e",
        "--1",
        "1 2",
        "x",
        "5e-324",
        "-0",
        "1,5",
        "123456789012345678901234567890",
        "0.1234567890123456789",
        "1.7976931348623159e308",
    };
    char number[64];
    size_t kind = below(12);
    if (kind == 0) {
        const char *text = odd[below(sizeof odd / sizeof *odd)];
        put(t, text, strlen(text));
        return;
    }
    if (kind < 5)
        snprintf(number, sizeof number, "%d", (int)below(2000) - 1000);
    else if (kind < 10)
        snprintf(number, sizeof number, "%.*f", (int)below(7),
                 ((double)below(2000000) - 1e6) / 997);
    else
        snprintf(number, sizeof number, "%.17g", ((double)below(2000000) - 1e6) / 997e3);
    put(t, number, strlen(number));
}

static void put_cell(struct text *t, char quote)
{
    static const char *const pieces[] = {"a", " ",  "\n", "\r\n", "\r", ",",    "\t",
                                         "#", "##", "1",  "",     "b",  "\n\n", "x\n1,2\n"};
    size_t kind = below(20);
    if (below(8) == 0)
        put(t, " \t", 1 + below(2));
    if (kind < 12) {
        put_number(t);
    } else if (kind < 17) { /* quoted, by the rules */
        put(t, &quote, 1);
        if (below(2))
            put_number(t);
        for (size_t n = below(4); n > 0; n--) {
            const char *piece = pieces[below(sizeof pieces / sizeof *pieces)];
            put(t, piece, strlen(piece));
            if (below(4) == 0) {
                put(t, &quote, 1);
                put(t, &quote, 1);
            }
        }
        put(t, &quote, 1);
    } else if (kind < 19) { /* whatever */
        for (size_t n = below(3); n > 0; n--) {
            const char *piece = pieces[below(sizeof pieces / sizeof *pieces)];
            put(t, piece, strlen(piece));
            if (below(6) == 0)
                put(t, &quote, 1);
        }
    }
    if (below(200) == 0)
        put(t, "\0", 1);
    if (below(8) == 0)
        put(t, "  ", 1 + below(2));
}

/* A file that is mostly a table: so many columns, with what real files get wrong thrown in. */
static void generate(struct text *t)
{
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n \n"};
    for (size_t i = 0; i < CHOICE_BYTES; i++)
        t->data[i] = (uint8_t)next();
    t->len = CHOICE_BYTES;
    struct trial chosen;
    memset(&chosen, 0, sizeof chosen);
    choose(&chosen, t->data);
    char delimiter = (char)chosen.dialect.delimiter, quote = (char)chosen.dialect.quote;
    size_t width = 1 + below(4), rows = below(below(8) ? 12 : 300);
    if (below(60) == 0)
        rows = 3000;                          /* several batches */
    size_t trouble = below(3) ? 1000000 : 30; /* one in so many records is of another width */
    if (below(20) == 0)
        put(t, "\xef\xbb\xbf", 3);
    for (size_t row = 0; row < rows; row++) {
        size_t fields = below(trouble) == 0 ? below(6) : width;
        if (below(20) == 0)
            put(t, "# \"note\n", 8);
        for (size_t i = 0; i < fields; i++) {
            if (i)
                put(t, &delimiter, 1);
            put_cell(t, quote);
        }
        const char *end = ends[below(sizeof ends / sizeof *ends)];
        if (row + 1 < rows || below(2))
            put(t, end, strlen(end));
    }
    if (t->len == CHOICE_BYTES) /* a file of no bytes counts as a stream, which is read only once */
        put(t, "\n", 1);
    for (size_t n = below(3) ? 0 : below(4); n > 0 && t->len > CHOICE_BYTES; n--)
        t->data[CHOICE_BYTES + below(t->len - CHOICE_BYTES)] = (uint8_t) "\"\n\r, 1#x'"[below(9)];
}

static void report(const struct text *t, const struct trial *trial)
{
    FILE *file = fopen("fuzz-failure.bin", "wb");
    if (file) {
        fwrite(t->data, 1, t->len, file);
        fclose(file);
    }
    printf("%s\n  input: ", trial->failure);
    for (size_t i = 0; i < t->len && i < 400; i++)
        printf(i >= CHOICE_BYTES && t->data[i] >= ' ' && t->data[i] < 127 ? "%c" : "\\x%02x",
               t->data[i]);
    printf("\n  kept in fuzz-failure.bin; seed %" PRIu64 "\n", state);
}

/* Runs a kept input. */
static bool replay(const char *path)
{
    static struct text t;
    static struct trial trial;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    t.len = fread(t.data, 1, sizeof t.data, file);
    fclose(file);
    if (t.len > CHOICE_BYTES && try_input(t.data, t.len, &trial))
        return true;
    printf("%s: %s\n", path, trial.failure);
    return false;
}

int main(int argc, char **argv)
{
    static struct text t;
    static struct trial trial;
    struct crunch_error error;
    double seconds = 10;
    uint64_t passed = 0, failed = 0, seed = (uint64_t)time(NULL);
    if (crunch_simd_init(&error)) {
        fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (replay(argv[i]))
            passed++;
        else
            failed++;
    }
    printf("differential: seed %" PRIu64 "\n", seed);
    state = seed * 2 + 1;
    double end = (double)time(NULL) + seconds;
    while ((double)time(NULL) < end && failed < 5) {
        generate(&t);
        if (try_input(t.data, t.len, &trial)) {
            passed++;
        } else {
            failed++;
            report(&t, &trial);
        }
    }
    printf("differential: %" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
    return failed > 0;
}

#endif
