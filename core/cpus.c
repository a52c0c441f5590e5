/*
 * Counting CPUs: the machine's, those this process may be scheduled on, and the CPU time its
 * control groups allow. A group's limit binds everything below it, so the least over all ancestors
 * counts.
 *
 * cgroup v2: /proc/self/cgroup has the line "0::PATH"; cpu.max of a group is "QUOTA PERIOD" or
 * "max PERIOD" (Linux Documentation/admin-guide/cgroup-v2.rst). v1: the line "N:...cpu,...:PATH";
 * cpu.cfs_quota_us (-1: none) over cpu.cfs_period_us (Documentation/scheduler/sched-bwc.rst). In a
 * container PATH may lead outside what is mounted; then only the folders that are there count.
 */
#include "core/cpus.h"

#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a small file into text (terminated). */
static bool read_text(const char *path, char *text, size_t size)
{
    FILE *in = fopen(path, "re");
    size_t n;

    if (!in)
        return false;
    n = fread(text, 1, size - 1, in);
    text[n] = 0;
    fclose(in);
    return true;
}

static void take_least(double *quota, double found)
{
    if (found > 0 && (*quota <= 0 || found < *quota))
        *quota = found;
}

static void read_v2(const char *folder, double *quota)
{
    char *path, text[128];
    double limit, period;

    if (asprintf(&path, "%s/cpu.max", folder) < 0)
        return;
    if (read_text(path, text, sizeof text) && sscanf(text, "%lf %lf", &limit, &period) == 2 &&
        period > 0)
        take_least(quota, limit / period);
    free(path);
}

static bool read_number(const char *folder, const char *name, double *value)
{
    char *path, text[64];
    bool ok;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return false;
    ok = read_text(path, text, sizeof text) && sscanf(text, "%lf", value) == 1;
    free(path);
    return ok;
}

static void read_v1(const char *folder, double *quota)
{
    double limit, period;

    if (read_number(folder, "cpu.cfs_quota_us", &limit) &&
        read_number(folder, "cpu.cfs_period_us", &period) && limit > 0 && period > 0)
        take_least(quota, limit / period);
}

/* Looks at mount + group and at all its ancestors up to the mount itself. */
static void climb(const char *root, const char *mount, const char *group,
                  void (*look)(const char *, double *), double *quota)
{
    char *path;
    size_t least;

    if (asprintf(&path, "%s%s%s", root, mount, strcmp(group, "/") ? group : "") < 0)
        return;
    least = strlen(root) + strlen(mount);
    for (;;) {
        char *slash;

        look(path, quota);
        slash = strrchr(path, '/');
        if (!slash || (size_t)(slash - path) < least)
            break;
        *slash = 0;
    }
    free(path);
}

static bool names_cpu(const char *controllers, size_t len)
{
    while (len) {
        const char *comma = memchr(controllers, ',', len);
        size_t n = comma ? (size_t)(comma - controllers) : len;

        if (n == 3 && memcmp(controllers, "cpu", 3) == 0)
            return true;
        n += comma != NULL;
        controllers += n;
        len -= n;
    }
    return false;
}

/* One line of /proc/self/cgroup: "ID:CONTROLLERS:PATH". */
static void look_at_line(const char *root, char *line, double *quota)
{
    char *controllers = strchr(line, ':'), *group;

    if (!controllers || !(group = strchr(controllers + 1, ':')))
        return;
    controllers++;
    group++;
    if (group - 1 == controllers) { /* no controllers: the unified hierarchy */
        climb(root, "/sys/fs/cgroup", group, read_v2, quota);
        climb(root, "/sys/fs/cgroup/unified", group, read_v2, quota);
    } else if (names_cpu(controllers, (size_t)(group - 1 - controllers))) {
        climb(root, "/sys/fs/cgroup/cpu", group, read_v1, quota);
        climb(root, "/sys/fs/cgroup/cpu,cpuacct", group, read_v1, quota);
    }
}

static double quota_under(const char *root)
{
    double quota = 0;
    char *path, *line = NULL;
    size_t capacity = 0;
    ssize_t n;
    FILE *in;

    if (asprintf(&path, "%s/proc/self/cgroup", root) < 0)
        return 0;
    in = fopen(path, "re");
    free(path);
    if (!in)
        return 0;
    while ((n = getline(&line, &capacity, in)) > 0) {
        if (line[n - 1] == '\n')
            line[n - 1] = 0;
        look_at_line(root, line, &quota);
    }
    free(line);
    fclose(in);
    return quota;
}

/* The kernel's mask may be larger than cpu_set_t: double the size until it fits. */
static unsigned count_affinity(unsigned online)
{
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        size_t size = CPU_ALLOC_SIZE((size_t)cpus);
        int n = 0;

        if (set && sched_getaffinity(0, size, set) == 0)
            n = CPU_COUNT_S(size, set);
        CPU_FREE(set);
        if (n > 0)
            return (unsigned)n;
    }
    return online;
}

void crunch_cpus_count(struct crunch_cpus *cpus, const char *root)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    double whole;

    cpus->online = online > 0 ? (unsigned)online : 1;
    cpus->affinity = count_affinity(cpus->online);
    cpus->quota = quota_under(root ? root : "");
    cpus->usable = cpus->affinity;
    whole = ceil(cpus->quota);
    if (cpus->quota > 0 && whole < cpus->usable)
        cpus->usable = whole < 1 ? 1 : (unsigned)whole;
}
