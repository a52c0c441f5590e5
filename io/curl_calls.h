/*
 * libcurl's functions, found when a URL is first asked for: the library brings some thirty others
 * with it, and a program that reads a file of three rows would load them all. What it is called
 * with is checked against libcurl's own declarations, except the variadic ones' last argument,
 * which has to be of the very type that the option's manual says (long, pointer, function).
 */
#ifndef CRUNCH_IO_CURL_CALLS_H
#define CRUNCH_IO_CURL_CALLS_H

#include "io/error.h"

#include <curl/curl.h>

#define CRUNCH_CURL_CALLS(CALL) \
    CALL(easy_cleanup)          \
    CALL(easy_getinfo)          \
    CALL(easy_init)             \
    CALL(easy_pause)            \
    CALL(easy_setopt)           \
    CALL(easy_strerror)         \
    CALL(free)                  \
    CALL(global_init)           \
    CALL(multi_add_handle)      \
    CALL(multi_cleanup)         \
    CALL(multi_info_read)       \
    CALL(multi_init)            \
    CALL(multi_perform)         \
    CALL(multi_poll)            \
    CALL(multi_remove_handle)   \
    CALL(multi_setopt)          \
    CALL(slist_append)          \
    CALL(slist_free_all)        \
    CALL(url)                   \
    CALL(url_cleanup)           \
    CALL(url_get)               \
    CALL(url_set)

struct crunch_curl {
#define CRUNCH_CURL_MEMBER(name) __typeof__(&curl_##name) name;
    CRUNCH_CURL_CALLS(CRUNCH_CURL_MEMBER)
#undef CRUNCH_CURL_MEMBER
};

/* Loads the library, once however often it is asked for, and never lets go of it. CRUNCH_IO when it
 * is not there or lacks a function. Thread-safe. */
enum crunch_code crunch_curl_load(struct crunch_curl *curl, struct crunch_error *error);

#endif
