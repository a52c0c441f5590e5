/*
 * The part of criterion's interface that the unit tests use, for a plain runner (runner.c):
 * ThreadSanitizer cannot run criterion's, and AddressSanitizer does not see the leaks of its tests,
 * which never exit. A test registers itself before main; a failed cr_expect is noted, a
 * failed cr_assert also ends the test. The options .timeout and .description are ignored.
 */
#ifndef CRUNCH_PLAIN_CRITERION_H
#define CRUNCH_PLAIN_CRITERION_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain_options {
    void (*init)(void);
    void (*fini)(void);
    bool disabled;
    double timeout;
    int signal, exit_code;
    const char *description;
};

struct plain_test {
    const char *suite, *name;
    void (*body)(void);
    struct plain_options options;
    struct plain_test *next;
};

/* What all tests of a suite do before and after their own. */
struct plain_suite {
    const char *name;
    struct plain_options options;
    struct plain_suite *next;
};

void plain_register(struct plain_test *test);
void plain_register_suite(struct plain_suite *suite);
/* Notes a failure; fatal: does not return. The format may be "". */
void plain_fail(bool fatal, const char *file, int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* An empty format is how "no message" arrives here. */
#pragma GCC diagnostic ignored "-Wformat-zero-length"

#define Test(suite_, name_, ...)                                                  \
    static void plain_body_##suite_##_##name_(void);                              \
    __attribute__((constructor)) static void plain_add_##suite_##_##name_(void)   \
    {                                                                             \
        static struct plain_test test = {                                         \
            #suite_, #name_, plain_body_##suite_##_##name_, {__VA_ARGS__}, NULL}; \
        plain_register(&test);                                                    \
    }                                                                             \
    static void plain_body_##suite_##_##name_(void)

#define TestSuite(suite_, ...)                                              \
    __attribute__((constructor)) static void plain_add_suite_##suite_(void) \
    {                                                                       \
        static struct plain_suite suite = {#suite_, {__VA_ARGS__}, NULL};   \
        plain_register_suite(&suite);                                       \
    }                                                                       \
    struct plain_suite

#define PLAIN_CHECK(fatal, condition, what, ...)                         \
    do {                                                                 \
        if (!(condition))                                                \
            plain_fail(fatal, __FILE__, __LINE__, what, "" __VA_ARGS__); \
    } while (0)

#define cr_assert(c, ...) PLAIN_CHECK(true, c, #c, __VA_ARGS__)
#define cr_expect(c, ...) PLAIN_CHECK(false, c, #c, __VA_ARGS__)
#define cr_assert_not(c, ...) PLAIN_CHECK(true, !(c), "!" #c, __VA_ARGS__)
#define cr_expect_not(c, ...) PLAIN_CHECK(false, !(c), "!" #c, __VA_ARGS__)
#define cr_assert_eq(a, b, ...) PLAIN_CHECK(true, (a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_expect_eq(a, b, ...) PLAIN_CHECK(false, (a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) PLAIN_CHECK(true, (a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_expect_neq(a, b, ...) PLAIN_CHECK(false, (a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...) PLAIN_CHECK(true, (a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_expect_lt(a, b, ...) PLAIN_CHECK(false, (a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) PLAIN_CHECK(true, (a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_expect_leq(a, b, ...) PLAIN_CHECK(false, (a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...) PLAIN_CHECK(true, (a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_expect_gt(a, b, ...) PLAIN_CHECK(false, (a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) PLAIN_CHECK(true, (a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_expect_geq(a, b, ...) PLAIN_CHECK(false, (a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_assert_null(a, ...) PLAIN_CHECK(true, (a) == NULL, #a " is NULL", __VA_ARGS__)
#define cr_expect_null(a, ...) PLAIN_CHECK(false, (a) == NULL, #a " is NULL", __VA_ARGS__)
#define cr_assert_not_null(a, ...) PLAIN_CHECK(true, (a) != NULL, #a " is not NULL", __VA_ARGS__)
#define cr_expect_not_null(a, ...) PLAIN_CHECK(false, (a) != NULL, #a " is not NULL", __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) \
    PLAIN_CHECK(true, strcmp(a, b) == 0, #a " is the text " #b, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) \
    PLAIN_CHECK(false, strcmp(a, b) == 0, #a " is the text " #b, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) \
    PLAIN_CHECK(true, strcmp(a, b) != 0, #a " is not the text " #b, __VA_ARGS__)
#define cr_expect_str_neq(a, b, ...) \
    PLAIN_CHECK(false, strcmp(a, b) != 0, #a " is not the text " #b, __VA_ARGS__)
#define cr_assert_arr_eq(a, b, size, ...) \
    PLAIN_CHECK(true, memcmp(a, b, size) == 0, #a " has the bytes of " #b, __VA_ARGS__)
#define cr_expect_arr_eq(a, b, size, ...) \
    PLAIN_CHECK(false, memcmp(a, b, size) == 0, #a " has the bytes of " #b, __VA_ARGS__)
#define cr_assert_float_eq(a, b, e, ...) \
    PLAIN_CHECK(true, fabs((a) - (b)) <= (e), #a " is about " #b, __VA_ARGS__)
#define cr_expect_float_eq(a, b, e, ...) \
    PLAIN_CHECK(false, fabs((a) - (b)) <= (e), #a " is about " #b, __VA_ARGS__)
#define cr_assert_fail(...) plain_fail(true, __FILE__, __LINE__, "reached", "" __VA_ARGS__)
#define cr_expect_fail(...) plain_fail(false, __FILE__, __LINE__, "reached", "" __VA_ARGS__)
#define cr_fail(...) cr_assert_fail(__VA_ARGS__)
#define cr_log_info(...) ((void)fprintf(stderr, __VA_ARGS__), (void)fputc('\n', stderr))

#endif
