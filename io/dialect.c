/* The defaults of the dialect, in one place. */
#include "io/dialect.h"

struct crunch_dialect crunch_dialect_default(void)
{
    return (struct crunch_dialect){
        .delimiter = ',',
        .quoting = true,
        .quote = '"',
        .decimal = '.',
        .header = CRUNCH_HEADER_AUTO,
        .max_record = (uint64_t)4 << 20,
        .on_error = CRUNCH_ON_ERROR_FAIL,
        .nan = CRUNCH_NAN_PROPAGATE,
        .arith = CRUNCH_ARITH_DECIMAL,
    };
}
