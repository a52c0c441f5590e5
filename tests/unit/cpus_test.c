/* CPUs counted under made-up roots: cgroup v1 and v2, limits on ancestors, none at all. */
#include "core/cpus.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char root[64];

static void make_root(void)
{
    strcpy(root, "/tmp/crunch-cpus-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
}

static void drop_root(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", root);
    cr_assert_eq(system(command), 0);
}

/* Writes root/path, making its folders. */
static void put(const char *path, const char *text)
{
    char full[512];
    FILE *out;

    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        mkdir(full, 0700);
        *p = '/';
    }
    out = fopen(full, "w");
    cr_assert_not_null(out);
    fputs(text, out);
    fclose(out);
}

static struct crunch_cpus count(void)
{
    struct crunch_cpus cpus;

    crunch_cpus_count(&cpus, root);
    cr_assert_geq(cpus.usable, 1);
    cr_assert_leq(cpus.usable, cpus.affinity);
    return cpus;
}

TestSuite(cpus, .init = make_root, .fini = drop_root);

Test(cpus, no_cgroup)
{
    struct crunch_cpus cpus = count();

    cr_assert_float_eq(cpus.quota, 0, 1e-12);
    cr_assert_eq(cpus.usable, cpus.affinity);
}

Test(cpus, v2_takes_the_least_of_all_ancestors)
{
    put("proc/self/cgroup", "0::/a/b/c\n");
    put("sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
    put("sys/fs/cgroup/a/b/cpu.max", "300000 100000\n");
    put("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
    struct crunch_cpus cpus = count();

    cr_assert_float_eq(cpus.quota, 0.5, 1e-12);
    cr_assert_eq(cpus.usable, 1);
}

Test(cpus, v2_limit_on_the_mount_itself)
{
    put("proc/self/cgroup", "0::/\n");
    put("sys/fs/cgroup/cpu.max", "150000 100000\n");
    cr_assert_float_eq(count().quota, 1.5, 1e-12);
}

Test(cpus, v2_group_outside_the_mount)
{
    put("proc/self/cgroup", "0::/../../other/group\n");
    put("sys/fs/cgroup/cpu.max", "200000 100000\n");
    cr_assert_float_eq(count().quota, 2, 1e-12);
}

Test(cpus, v1_and_its_unlimited)
{
    put("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/x/y\n1:name=systemd:/z\n");
    put("sys/fs/cgroup/cpu,cpuacct/x/y/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu,cpuacct/x/y/cpu.cfs_period_us", "100000\n");
    cr_assert_float_eq(count().quota, 0, 1e-12);
    put("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "25000\n");
    put("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
    cr_assert_float_eq(count().quota, 0.25, 1e-12);
}

Test(cpus, cpuset_is_not_cpu)
{
    put("proc/self/cgroup", "4:cpuset:/x\n");
    put("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "25000\n");
    put("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
    cr_assert_float_eq(count().quota, 0, 1e-12);
}
