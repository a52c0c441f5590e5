/* Loading libcurl when it is needed. Its name has had the number 4 since 2006. */
#ifdef CRUNCH_WITH_CURL

#include "io/curl_calls.h"

#include <dlfcn.h>

#define LIBRARY "libcurl.so.4"

enum crunch_code crunch_curl_load(struct crunch_curl *curl, struct crunch_error *error)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool whole = library != NULL;

    if (!library) {
        crunch_fail(error, CRUNCH_IO, "URLs are fetched by libcurl, which is not there: %s",
                    dlerror());
        crunch_hint(error,
                    "install libcurl4, or fetch with another program: curl -sf URL | crunch");
        return CRUNCH_IO;
    }
#define FIND(name) whole = (curl->name = dlsym(library, "curl_" #name)) != NULL && whole;
    CRUNCH_CURL_CALLS(FIND)
#undef FIND
    if (!whole)
        return crunch_fail(error, CRUNCH_IO, "%s lacks functions that crunch needs: %s", LIBRARY,
                           dlerror());
    return CRUNCH_OK;
}

#endif
