/* Results written aside and renamed: what stands on the disk after success, failure and refusal. */
#include "cmd/outfile.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/crunch-outfile-XXXXXX";

static void enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
    (void)!system("rm -r \"$PWD\"");
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static const char *get(const char *path)
{
    static char text[100];
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static int files(void)
{
    FILE *list = popen("ls -A | wc -l", "r");
    int n = -1;
    cr_assert_eq(fscanf(list, "%d", &n), 1);
    pclose(list);
    return n;
}

TestSuite(outfile, .init = enter, .fini = leave);

Test(outfile, success_renames_and_failure_leaves_the_old)
{
    struct crunch_outfile out;
    struct crunch_error error;
    put("r", "old\n");
    chmod("r", 0600);
    cr_assert_eq(crunch_outfile_open(&out, "r", &error), CRUNCH_OK);
    fputs("new\n", out.file);
    cr_assert_eq(crunch_outfile_close(&out, CRUNCH_MISMATCH, &error), CRUNCH_MISMATCH);
    cr_assert_str_eq(get("r"), "old\n");
    cr_assert_eq(files(), 1);
    cr_assert_eq(crunch_outfile_open(&out, "r", &error), CRUNCH_OK);
    fputs("new\n", out.file);
    cr_assert_eq(crunch_outfile_close(&out, CRUNCH_OK, &error), CRUNCH_OK);
    cr_assert_str_eq(get("r"), "new\n");
    cr_assert_eq(files(), 1);
    struct stat made;
    stat("r", &made);
    cr_assert_eq(made.st_mode & 0777, 0600);
}

Test(outfile, a_link_goes_on_pointing)
{
    struct crunch_outfile out;
    struct crunch_error error;
    struct stat link;
    put("target", "old\n");
    cr_assert_eq(symlink("target", "link"), 0);
    cr_assert_eq(crunch_outfile_open(&out, "link", &error), CRUNCH_OK);
    fputs("new\n", out.file);
    cr_assert_eq(crunch_outfile_close(&out, CRUNCH_OK, &error), CRUNCH_OK);
    lstat("link", &link);
    cr_assert(S_ISLNK(link.st_mode));
    cr_assert_str_eq(get("target"), "new\n");
}

Test(outfile, full_device)
{
    struct crunch_outfile out;
    struct crunch_error error;
    cr_assert_eq(crunch_outfile_open(&out, "/dev/full", &error), CRUNCH_OK);
    fputs("new\n", out.file);
    cr_assert_eq(crunch_outfile_close(&out, CRUNCH_OK, &error), CRUNCH_IO);
    cr_assert(strstr(error.message, "No space left"), "%s", error.message);
}

Test(outfile, the_input_is_refused_by_any_name)
{
    struct crunch_error error;
    put("in.csv", "1\n");
    cr_assert_eq(symlink("in.csv", "soft"), 0);
    cr_assert_eq(link("in.csv", "hard"), 0);
    static const char *const names[] = {"in.csv", "./in.csv", "soft", "hard"};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            cr_assert_eq(crunch_outfile_check("--output", names[i], names[j], &error),
                         CRUNCH_USAGE);
    cr_assert_not_null(freopen("hard", "r", stdin));
    cr_assert_eq(crunch_outfile_check("--output", "soft", "-", &error), CRUNCH_USAGE);
    cr_assert_eq(crunch_outfile_check("--output", "other", "in.csv", &error), CRUNCH_OK);
    cr_assert_eq(crunch_outfile_check("--output", NULL, "in.csv", &error), CRUNCH_OK);
    cr_assert_eq(crunch_outfile_check("--output", ".", "in.csv", &error), CRUNCH_IO);
    cr_assert_eq(crunch_outfile_check("--output", "none/x", "in.csv", &error), CRUNCH_IO);
    cr_assert_eq(crunch_outfile_check("--output", "/dev/null", "/dev/null", &error), CRUNCH_OK);
}
