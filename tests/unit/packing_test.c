/* Packings are told by content; text never is taken for one. */
#include "io/packing.h"

#include <criterion/criterion.h>
#include <string.h>

static enum crunch_code detect(const char *bytes, size_t len, enum crunch_packing *packing,
                               struct crunch_error *error)
{
    return crunch_packing_detect(bytes, len, packing, error);
}

Test(packing, known)
{
    enum crunch_packing packing;

    cr_assert_eq(detect("\x28\xb5\x2f\xfd\0", 5, &packing, NULL), CRUNCH_OK);
    cr_assert_eq(packing, CRUNCH_PACKING_ZSTD);
    cr_assert_eq(detect("\x5f\x2a\x4d\x18\0", 5, &packing, NULL), CRUNCH_OK);
    cr_assert_eq(packing, CRUNCH_PACKING_ZSTD);
    cr_assert_eq(detect("\x1f\x8b", 2, &packing, NULL), CRUNCH_OK);
    cr_assert_eq(packing, CRUNCH_PACKING_GZIP);
}

Test(packing, refused_with_a_command)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *name, *command;
    } cases[] = {
        {"\xfd"
         "7zXZ\0\0\4",
         8, "xz", "xz -dc"},
        {"BZh91AY&SY....", 14, "bzip2", "bzip2 -dc"},
        {"BZh4\x17\x72\x45\x38\x50\x90", 10, "bzip2", "bzip2 -dc"},
        {"PK\3\4........", 12, "zip", "unzip -p"},
        {"7z\xbc\xaf\x27\x1c..", 8, "7z", "7z x -so"},
        {"\x04\x22\x4d\x18....", 8, "lz4", "lz4 -dc"},
        {"PAR1\x15\4......", 12, "Parquet", "duckdb"},
        {"SQLite format 3\0", 16, "SQLite", "sqlite3"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum crunch_packing packing;
        struct crunch_error error;

        cr_assert_eq(detect(cases[i].bytes, cases[i].len, &packing, &error), CRUNCH_IO);
        cr_assert_not_null(strstr(error.message, cases[i].name), "%s", error.message);
        cr_assert_not_null(strstr(error.hint, cases[i].command), "%s", error.hint);
    }
}

/* Whatever is printable, with blanks and line ends, is not packed. */
Test(packing, text_is_text)
{
    static const char *const texts[] = {"BZh9,BZh8\n1,2\n",
                                        "PAR1,x\n1,2\n",
                                        "PK,sk\n1,2\n",
                                        "7z\n1\n",
                                        "LZIP,a\n1,2\n",
                                        "Obj,a\n1,2\n",
                                        "]\n1\n",
                                        "SQLite format 3,a",
                                        "ARROW1,a\n1,2\n",
                                        "",
                                        "\xef\xbb\xbf"
                                        "a\n1\n"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        enum crunch_packing packing = CRUNCH_PACKING_GZIP;

        cr_assert_eq(detect(texts[i], strlen(texts[i]), &packing, NULL), CRUNCH_OK, "%s", texts[i]);
        cr_assert_eq(packing, CRUNCH_PACKING_NONE);
    }
}
