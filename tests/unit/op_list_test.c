/* Reading a list of operations. */
#include "cmd/commands.h"
#include "cmd/op_list.h"

#include <criterion/criterion.h>
#include <string.h>

static struct crunch_error error;

static enum crunch_code parsed(const char *text, const char *at, struct crunch_op_list *list)
{
    return crunch_op_list_read(list, text, at, &error);
}

static void check_names(const char *text, const char *at, const char *const *names, size_t n)
{
    struct crunch_op_list list;
    cr_assert_eq(parsed(text, at, &list), CRUNCH_OK, "%s", text);
    cr_assert_eq(list.n, n, "%s", text);
    for (size_t i = 0; i < n; i++)
        cr_assert_str_eq(list.op[i]->name, names[i]);
    crunch_op_list_free(&list);
}

Test(op_list, names)
{
    check_names("sum,mean,sum,max", NULL, (const char *[]){"sum", "mean", "max"}, 3);
    static const char *const bad[] = {"",     ",",      "sum,", ",sum", "sum,,mean", "sum mean",
                                      "su",   "p",      "q",    "p101", "p100.01",   "p-1",
                                      "p1e1", "q1.2.3", "p.",   "pp50"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct crunch_op_list list;
        cr_assert_eq(parsed(bad[i], NULL, &list), CRUNCH_USAGE, "%s", bad[i]);
        crunch_op_list_free(&list);
    }
}

Test(op_list, hints)
{
    struct crunch_op_list list;
    parsed("sum,maen", NULL, &list);
    cr_assert_str_eq(error.hint, "did you mean mean?");
    crunch_op_list_free(&list);
    parsed("colums", NULL, &list);
    cr_assert_str_eq(error.hint, "did you mean columns?");
    crunch_op_list_free(&list);
}

/* A place says the same by percent and by part, whatever zeros it has. */
Test(op_list, quantiles)
{
    check_names("quantile", NULL, (const char *[]){"q25", "q50", "q75"}, 3);
    check_names("q25,quantile,p25", "0.25,0.999,0,1.0,0.0100",
                (const char *[]){"q25", "q99.9", "q0", "q100", "q1", "p25"}, 6);
    struct crunch_op_list list;
    cr_assert_eq(parsed("p99.9,q0,q100,p5.", NULL, &list), CRUNCH_OK);
    static const unsigned long per_thousand[] = {999, 0, 1000, 50};
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(list.op[i]->at.num * 1000, per_thousand[i] * list.op[i]->at.den, "%zu", i);
    crunch_op_list_free(&list);
}

/* Every command and op can be told apart, and each op can be asked for by its name. */
Test(op_list, names_are_distinct)
{
    size_t n_commands;
    const struct crunch_op *op;
    const struct crunch_command *commands = crunch_commands(&n_commands);
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
        struct crunch_op_list list;
        cr_assert_eq(parsed(op->name, NULL, &list), CRUNCH_OK);
        cr_assert(list.op[0] == op || strcmp(op->name, "quantile") == 0);
        crunch_op_list_free(&list);
        for (size_t j = 0; j < n_commands; j++)
            cr_assert_str_neq(op->name, commands[j].name);
    }
}
