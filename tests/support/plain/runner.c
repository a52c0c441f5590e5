/*
 * Runs the registered unit tests one after another, each in a forked process, and ends with the
 * line "unit: N passed, N failed". See criterion/criterion.h beside it.
 */
#include "criterion/criterion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

static struct plain_test *tests;
static struct plain_suite *suites;
static jmp_buf end_of_test;
static unsigned failures;

void plain_register(struct plain_test *test)
{
    test->next = tests;
    tests = test;
}

void plain_register_suite(struct plain_suite *suite)
{
    suite->next = suites;
    suites = suite;
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

static const struct plain_suite *suite_of(const struct plain_test *test)
{
    const struct plain_suite *found = suites;

    while (found && strcmp(found->name, test->suite) != 0)
        found = found->next;
    return found;
}

/* The suite of the test that runs: static, since it is read again after a longjmp. */
static const struct plain_suite *suite;

static void run(const struct plain_test *test)
{
    suite = suite_of(test);
    if (setjmp(end_of_test) == 0) {
        if (suite && suite->options.init)
            suite->options.init();
        if (test->options.init)
            test->options.init();
        test->body();
    }
    if (test->options.fini)
        test->options.fini();
    if (suite && suite->options.fini)
        suite->options.fini();
}

/* In a process of its own, which ends by exit so that what a sanitizer finds then is found. */
static bool passes(const struct plain_test *test)
{
    int status;

    fflush(stdout);
    pid_t child = fork();
    if (child < 0)
        return false;
    if (child == 0) {
        run(test);
        exit(failures != 0);
    }
    if (waitpid(child, &status, 0) != child)
        return false;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == test->options.signal;
    return WEXITSTATUS(status) == test->options.exit_code;
}

int main(void)
{
    unsigned passed = 0, failed = 0;

    for (const struct plain_test *test = tests; test; test = test->next) {
        if (test->options.disabled)
            continue;
        if (passes(test)) {
            passed++;
        } else {
            printf("FAILED %s::%s\n", test->suite, test->name);
            failed++;
        }
    }
    printf("unit: %u passed, %u failed\n", passed, failed);
    return failed != 0;
}
