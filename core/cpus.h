/* How many CPUs this process may really use. */
#ifndef CRUNCH_CORE_CPUS_H
#define CRUNCH_CORE_CPUS_H

struct crunch_cpus {
    unsigned online;   /* of the machine */
    unsigned affinity; /* this process may be scheduled on */
    double quota;      /* least cgroup CPU quota (v1 and v2) over all ancestors, in CPUs; 0: none */
    unsigned usable;   /* min(affinity, ceil(quota)), at least 1 */
};

/* root is "" or a folder in place of / (tests). Thread-safe. */
void crunch_cpus_count(struct crunch_cpus *cpus, const char *root);

#endif
