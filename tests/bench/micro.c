/*
 * Times the fast path alone, on bytes in the cache: micro [-d C] FILE LEVEL [COLUMN...] (LEVEL 0
 * plain C, 1 AVX2, 2 AVX-512; columns 1-based, of which the number is wanted, or with a "t" behind
 * the text, with "nt" both, with "p" only whether there is something; none: records). Prints, as
 * the best of many rounds, nanoseconds per 64 bytes and per record of the index, the whole of
 * crunch_fast_records, and that with the sums. Owns no truth: results are checked elsewhere.
 */
#include "core/kernels.h"
#include "io/batch.h"
#include "io/fast.h"
#include "io/simd/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WINDOW ((size_t)256 << 10)
#define FILE_MOST ((size_t)24 << 20)
#define ROUNDS 5

/* CPU time: other work on the machine does not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct bench {
    char *all; /* many windows: branches cannot be learnt by heart */
    size_t size;
    char *text; /* the window at hand, whole records, within slack */
    size_t len;
    struct crunch_table table;
    size_t index[64];
    enum crunch_need need[64];
    struct crunch_scan_plan plan;
};

static void load(struct bench *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    b->all = malloc(FILE_MOST);
    b->size = f != NULL ? fread(b->all, 1, FILE_MOST, f) : 0;
    if (b->size == 0)
        exit(1);
    fclose(f);
    b->text = (char *)calloc(1, WINDOW + 128) + 64;
    b->table.width = 1;
    for (char *p = b->all; *p != '\n'; p++)
        b->table.width += (unsigned char)*p == b->table.dialect.delimiter;
}

/* Copies the window from a line start at or after at; false at the end of the file. */
static bool next_window(struct bench *b, size_t *at)
{
    if (b->size - *at < WINDOW)
        return false;
    char *begin = (char *)memchr(b->all + *at, '\n', WINDOW) + 1;
    size_t room = WINDOW - (size_t)(begin - b->all - (ptrdiff_t)*at);
    b->len = (size_t)((char *)memrchr(begin, '\n', room) + 1 - begin);
    memcpy(b->text, begin, b->len);
    *at += WINDOW;
    return true;
}

static size_t run(struct bench *b, struct crunch_fast *fast, struct crunch_batch *batch, bool sums,
                  int64_t *total)
{
    size_t at = 0, records = 0;
    while (at < b->len) {
        struct crunch_fast_taken taken;
        crunch_fast_records(fast, b->text + at, b->len - at, batch, &taken);
        at += taken.bytes;
        records += taken.records;
        if (taken.bytes == 0) { /* a plain path that costs nothing */
            char *end = memchr(b->text + at, '\n', b->len - at);
            at = (size_t)(end - b->text) + 1;
        }
        if (batch->rows < CRUNCH_BATCH_ROWS * 3 / 4 && at < b->len)
            continue;
        for (size_t k = 0; sums && k < batch->n_columns; k++)
            *total += (int64_t)crunch_sum_kernels->sum(batch->columns[k].mantissa, batch->rows);
        crunch_batch_clear(batch);
    }
    return records;
}

static void report(const char *what, double ns, size_t bytes, size_t records)
{
    printf("%-8s %7.3f ns/64 bytes %7.3f ns/record %6.2f GB/s\n", what, ns / (double)bytes * 64,
           ns / (double)records, (double)bytes / ns);
}

static enum crunch_need need_of(const char *letters)
{
    const bool text = strchr(letters, 't') != NULL;
    enum crunch_need need = text ? CRUNCH_NEED_TEXT : CRUNCH_NEED_PRESENCE;
    if (*letters == '\0' || strchr(letters, 'n') != NULL)
        need |= CRUNCH_NEED_NUMBER;
    return need;
}

int main(int argc, char **argv)
{
    static struct bench b;
    b.table.dialect = crunch_dialect_default();
    if (argc > 2 && strcmp(argv[1], "-d") == 0) {
        b.table.dialect.delimiter = (unsigned char)argv[2][0];
        argc -= 2;
        argv += 2;
    }
    struct crunch_fast *fast;
    struct crunch_batch *batch;
    if (argc < 3)
        return 2;
    load(&b, argv[1]);
    crunch_scan_kernels_choose((enum crunch_simd_level)atoi(argv[2]));
    crunch_sum_kernels = argv[2][0] == '2'   ? &crunch_sum_kernels_avx512
                         : argv[2][0] == '1' ? &crunch_sum_kernels_avx2
                                             : &crunch_sum_kernels_scalar;
    b.plan = (struct crunch_scan_plan){&b.table, (size_t)argc - 3, b.index, b.need, false};
    for (int i = 3; i < argc; i++) {
        char *letters;
        b.index[i - 3] = strtoul(argv[i], &letters, 10) - 1;
        b.need[i - 3] = need_of(letters);
    }
    const struct crunch_batch_shape shape = {b.plan.n_columns, b.need, CRUNCH_ARITH_DECIMAL, false};
    if (crunch_fast_create(&b.plan, &fast, NULL) || crunch_batch_create(&shape, &batch, NULL))
        return 1;
    double best[2] = {1e18, 1e18};
    int64_t total = 0;
    size_t records = 0, bytes = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (int sums = 0; sums < 2; sums++) {
            double took = 0;
            records = bytes = 0;
            for (size_t at = 0; next_window(&b, &at);) {
                double start = now();
                records += run(&b, fast, batch, sums, &total);
                took += now() - start;
                bytes += b.len;
            }
            best[sums] = took < best[sums] ? took : best[sums];
        }
    report("fast", best[0], bytes, records);
    report("+ sums", best[1], bytes, records);
    printf("records %zu, total %lld\n", records, (long long)total);
}
