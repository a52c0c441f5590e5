/*
 * Runs the registered unit tests in this process, one after another, and ends with the line
 * "unit: N passed, N failed". See criterion/criterion.h beside it.
 */
#include "criterion/criterion.h"

#include <setjmp.h>
#include <stdarg.h>

static struct plain_test *tests;
static jmp_buf end_of_test;
static unsigned failures;

void plain_register(struct plain_test *test)
{
    test->next = tests;
    tests = test;
}

void plain_fail(bool fatal, const char *file, int line, const char *what, const char *format, ...)
{
    va_list arguments;

    failures++;
    printf("%s:%d: not so: %s", file, line, what);
    if (format[0]) {
        printf(": ");
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
    }
    printf("\n");
    fflush(stdout);
    if (fatal)
        longjmp(end_of_test, 1);
}

static bool run(const struct plain_test *test)
{
    failures = 0;
    if (setjmp(end_of_test) == 0) {
        if (test->options.init)
            test->options.init();
        test->body();
    }
    if (test->options.fini)
        test->options.fini();
    if (failures)
        printf("FAILED %s::%s\n", test->suite, test->name);
    return failures == 0;
}

int main(void)
{
    unsigned passed = 0, failed = 0;

    for (const struct plain_test *test = tests; test; test = test->next) {
        if (test->options.disabled)
            continue;
        if (run(test))
            passed++;
        else
            failed++;
    }
    printf("unit: %u passed, %u failed\n", passed, failed);
    return failed != 0;
}
