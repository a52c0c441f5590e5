/* The floors of the benchmark: floor read|count|squares THREADS FILE.
 *
 * read: pread of the file by THREADS threads, each with a descriptor (and so a read-ahead) of its
 * own, into one reused buffer: no program that uses pread can take less. count: that, and the line
 * ends counted with the widest vectors the CPU has, which is the least that must be done with the
 * bytes to know where records are. squares: the file is mapped, and its doubles (behind 128 bytes,
 * the header of a .npy) are squared and added up in the order that is quickest, as a compiler does
 * it that is allowed to (-ffast-math): another sum with another number of threads. Pieces are
 * handed out by one atomic counter, as in the program that is measured, and the whole process is
 * timed from outside, so start and end of the threads count here too. Prints bytes read, line ends,
 * or the sum. */
#include <errno.h>
#include <fcntl.h>
#include <immintrin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The piece: small enough to stay in a second-level cache, large enough that the call is cheap. */
enum { PIECE = 512 << 10, THREADS_MAX = 256 };

/* Of a mapped file: what one entry of a page table can map. */
enum { MAPPED_PIECE = 2 << 20, HEADER = 128 };

typedef uint64_t (*count_fn)(const unsigned char *p, size_t n);

struct floor {
    int fd;
    const char *path;
    off_t size;
    count_fn count; /* NULL: only read */
    atomic_llong next;
    atomic_ullong total;
    atomic_bool failed;
    const char *mapped; /* squares */
    _Atomic double sum;
};

static uint64_t count_plain(const unsigned char *p, size_t n)
{
    uint64_t found = 0;

    for (size_t i = 0; i < n; i++)
        found += p[i] == '\n';
    return found;
}

__attribute__((target("avx2"))) static uint64_t count_avx2(const unsigned char *p, size_t n)
{
    const __m256i end = _mm256_set1_epi8('\n');
    uint64_t found = 0;
    size_t i = 0;

    for (; i + 32 <= n; i += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));

        found +=
            (uint64_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, end)));
    }
    return found + count_plain(p + i, n - i);
}

__attribute__((target("avx512f,avx512bw"))) static uint64_t count_avx512(const unsigned char *p,
                                                                         size_t n)
{
    const __m512i end = _mm512_set1_epi8('\n');
    uint64_t found = 0;
    size_t i = 0;

    for (; i + 64 <= n; i += 64)
        found += (uint64_t)__builtin_popcountll(
            _mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *)(p + i)), end));
    return found + count_plain(p + i, n - i);
}

static double square_plain(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

__attribute__((target("avx512f"))) static double square_avx512(const double *x, size_t n)
{
    __m512d sum[4] = {_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd(),
                      _mm512_setzero_pd()};
    size_t i = 0;

    for (; i + 32 <= n; i += 32)
        for (int k = 0; k < 4; k++) {
            __m512d v = _mm512_loadu_pd(x + i + 8 * k);

            sum[k] = _mm512_fmadd_pd(v, v, sum[k]);
        }
    return _mm512_reduce_add_pd(
               _mm512_add_pd(_mm512_add_pd(sum[0], sum[1]), _mm512_add_pd(sum[2], sum[3]))) +
           square_plain(x + i, n - i);
}

static void *work_mapped(void *argument)
{
    struct floor *f = argument;
    double total = 0, before;

    for (;;) {
        off_t offset = (off_t)atomic_fetch_add(&f->next, 1) * MAPPED_PIECE;
        off_t begin = offset > HEADER ? offset : HEADER;
        off_t end = f->size - offset < MAPPED_PIECE ? f->size : offset + MAPPED_PIECE;
        const double *x;
        size_t n;

        if (begin >= f->size)
            break;
        x = (const double *)(const void *)(f->mapped + begin);
        n = (size_t)(end - begin) / sizeof *x;
        total += __builtin_cpu_supports("avx512f") ? square_avx512(x, n) : square_plain(x, n);
    }
    before = atomic_load(&f->sum);
    while (!atomic_compare_exchange_weak(&f->sum, &before, before + total))
        continue;
    return NULL;
}

static count_fn widest(void)
{
    if (__builtin_cpu_supports("avx512bw"))
        return count_avx512;
    return __builtin_cpu_supports("avx2") ? count_avx2 : count_plain;
}

/* Fills up to n bytes from offset; fewer only at the end of the file, -1 on an error. */
static ssize_t read_piece(int fd, unsigned char *p, size_t n, off_t offset)
{
    size_t have = 0;

    while (have < n) {
        ssize_t got = pread(fd, p + have, n - have, offset + (off_t)have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static void *work(void *argument)
{
    struct floor *f = argument;
    unsigned char *buffer = aligned_alloc(64, PIECE);
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    uint64_t total = 0;

    for (;;) {
        off_t offset = (off_t)atomic_fetch_add(&f->next, 1) * PIECE;
        ssize_t got;

        if (offset >= f->size)
            break;
        got = buffer == NULL || fd < 0 ? -1 : read_piece(fd, buffer, PIECE, offset);
        if (got < 0) {
            atomic_store(&f->failed, true);
            break;
        }
        total += f->count == NULL ? (uint64_t)got : f->count(buffer, (size_t)got);
    }
    if (fd >= 0)
        close(fd);
    free(buffer);
    atomic_fetch_add(&f->total, total);
    return NULL;
}

/* The caller is one of the threads. */
static bool run(struct floor *f, void *(*body)(void *), int threads)
{
    pthread_t others[THREADS_MAX];
    int made = 0;

    while (made < threads - 1 && pthread_create(&others[made], NULL, body, f) == 0)
        made++;
    body(f);
    for (int i = 0; i < made; i++)
        pthread_join(others[i], NULL);
    return made == threads - 1 && !atomic_load(&f->failed);
}

int main(int argc, char **argv)
{
    static struct floor f;
    struct stat status;
    int threads = argc == 4 ? atoi(argv[2]) : 0;

    bool squares = threads > 0 && strcmp(argv[1], "squares") == 0;

    if (threads < 1 || threads > THREADS_MAX ||
        (!squares && strcmp(argv[1], "read") != 0 && strcmp(argv[1], "count") != 0)) {
        fputs("usage: floor read|count|squares THREADS FILE\n", stderr);
        return 2;
    }
    f.count = strcmp(argv[1], "count") == 0 ? widest() : NULL;
    f.fd = open(argv[3], O_RDONLY | O_CLOEXEC);
    if (f.fd < 0 || fstat(f.fd, &status) != 0) {
        perror(argv[3]);
        return 3;
    }
    f.size = status.st_size;
    f.path = argv[3];
    if (squares) {
        f.mapped = mmap(NULL, (size_t)f.size, PROT_READ, MAP_SHARED, f.fd, 0);
        if (f.mapped == MAP_FAILED) {
            perror(argv[3]);
            return 3;
        }
    }
    if (!run(&f, squares ? work_mapped : work, threads)) {
        fputs("floor: cannot read, or too few threads\n", stderr);
        return 3;
    }
    if (squares)
        printf("%.17g\n", atomic_load(&f.sum));
    else
        printf("%llu\n", (unsigned long long)atomic_load(&f.total));
    return 0;
}
