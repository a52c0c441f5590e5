/* Whether the results of a set of columns are the same by the run and by the reference. */
#ifndef CRUNCH_CORE_VERIFY_JOINT_H
#define CRUNCH_CORE_VERIFY_JOINT_H

#include "core/job.h"
#include "core/joint.h"

/* Compares the printed results of the job's ops that are of a set. CRUNCH_OK: they are the same, or
 * both find that a regression's columns depend on each other; CRUNCH_MISMATCH: difference (n bytes)
 * says which; CRUNCH_NO_MEMORY. */
enum crunch_code crunch_compare_joint_texts(const struct crunch_job *job,
                                            const struct crunch_joint *ours,
                                            const struct crunch_joint *theirs, unsigned precision,
                                            char *difference, size_t n);

#endif
