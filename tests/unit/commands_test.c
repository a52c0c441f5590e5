/* Reading a list of operations. */
#include "cmd/commands.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct crunch_op *ops[20];
static size_t n;
static struct crunch_error error;

Test(commands, lists_of_operations)
{
    cr_assert_eq(crunch_ops_parse("sum,mean,sum,max", ops, &n, &error), CRUNCH_OK);
    cr_assert_eq(n, 3);
    cr_assert_str_eq(ops[0]->name, "sum");
    cr_assert_str_eq(ops[1]->name, "mean");
    cr_assert_str_eq(ops[2]->name, "max");
    static const char *const bad[] = {"",          ",",   "sum,",     ",sum",
                                      "sum,,mean", "SUM", "sum mean", "su"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(crunch_ops_parse(bad[i], ops, &n, &error), CRUNCH_USAGE, "%s", bad[i]);
    crunch_ops_parse("sum,maen", ops, &n, &error);
    cr_assert_str_eq(error.hint, "did you mean mean?");
    crunch_ops_parse("colums", ops, &n, &error);
    cr_assert_str_eq(error.hint, "did you mean columns?");
}

/* Every command and op can be told apart, and each op can be asked for by its name. */
Test(commands, names_are_distinct)
{
    size_t n_commands;
    const struct crunch_op *op;
    const struct crunch_command *commands = crunch_commands(&n_commands);
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
        cr_assert_eq(crunch_ops_parse(op->name, ops, &n, &error), CRUNCH_OK);
        cr_assert_eq(ops[0], op);
        for (size_t j = 0; j < n_commands; j++)
            cr_assert_str_neq(op->name, commands[j].name);
    }
}
