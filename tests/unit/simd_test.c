/* The choice of instruction set. */
#include "core/kernels.h"
#include "core/run.h"
#include "io/cpu.h"
#include "io/simd/kernels.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(simd, the_best_of_the_cpu_by_default)
{
    struct crunch_error error;
    unsetenv("CRUNCH_SIMD");
    cr_assert_eq(crunch_simd_init(&error), CRUNCH_OK);
    cr_assert_str_eq(crunch_simd_name(), crunch_simd_level_name(crunch_cpu_level()));
}

Test(simd, the_environment_chooses_both_tables)
{
    struct crunch_error error;
    for (int i = 0; i < CRUNCH_SIMD_LEVELS; i++) {
        const char *name = crunch_simd_level_name((enum crunch_simd_level)i);
        setenv("CRUNCH_SIMD", name, 1);
        if (i > (int)crunch_cpu_level()) {
            cr_assert_eq(crunch_simd_init(&error), CRUNCH_USAGE);
            continue;
        }
        cr_assert_eq(crunch_simd_init(&error), CRUNCH_OK);
        cr_assert_str_eq(crunch_simd_name(), name);
        cr_assert_str_eq(crunch_scan_kernels->name, name);
        cr_assert_str_eq(crunch_sum_kernels->name, name);
    }
    unsetenv("CRUNCH_SIMD");
}

Test(simd, an_unknown_name_is_refused)
{
    struct crunch_error error = {.message = ""};
    setenv("CRUNCH_SIMD", "sse9", 1);
    cr_assert_eq(crunch_simd_init(&error), CRUNCH_USAGE);
    cr_assert(strstr(error.message, "sse9") != NULL);
    unsetenv("CRUNCH_SIMD");
}
