/* Times one command from start to reaped end: launch OUT ERR COMMAND [ARGUMENT...].
 *
 * The harness is Python, whose own size would otherwise be charged to what it starts: between fork
 * and exec a child's peak memory is its parent's, and the kernel keeps that peak. This launcher is
 * small. Standard output and error go to files, so that nobody waits for a reader. Prints
 *     SECONDS USER SYSTEM PEAK_KIB STATUS
 * where PEAK_KIB is the largest resident size of any one process under the command, and STATUS the
 * exit status, or 128 and the signal's number. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static int open_for(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0644);

    if (fd < 0) {
        perror(path);
        exit(125);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct rusage use;
    double begin, end;
    int status, in, out, err;
    pid_t child;

    if (argc < 4) {
        fputs("usage: launch OUT ERR COMMAND [ARGUMENT...]\n", stderr);
        return 125;
    }
    in = open_for("/dev/null", O_RDONLY);
    out = open_for(argv[1], O_WRONLY | O_CREAT | O_TRUNC);
    err = open_for(argv[2], O_WRONLY | O_CREAT | O_TRUNC);
    begin = now();
    child = fork();
    if (child == 0) {
        if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
            _exit(125);
        execvp(argv[3], argv + 3);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &use) != child) {
        perror("launch");
        return 125;
    }
    end = now();
    printf("%.6f %.6f %.6f %ld %d\n", end - begin, seconds(use.ru_utime), seconds(use.ru_stime),
           use.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
