# R's data.table: datatable.R OP FILE COLUMN...  (answers as in common.mjs)
suppressPackageStartupMessages(library(data.table))
given <- commandArgs(trailingOnly = TRUE)
op <- given[1]
file <- given[2]
columns <- given[-(1:2)]
setDTthreads(as.integer(Sys.getenv("BENCH_THREADS", "0"))) # 0 is all CPUs; the default is half of them

say <- function(...) cat(sprintf("%.17g", c(...)), "\n")
if (op == "count") {
    # One column is the least that fread can be asked for.
    say(nrow(fread(file, select = 1L, showProgress = FALSE)))
} else {
    table <- fread(file, select = columns, showProgress = FALSE)
    if (op == "sum") say(sum(table[[1]]))
    # Integer columns would overflow as integers.
    if (op == "sumsq") say(sum(as.numeric(table[[1]])^2))
    if (op == "stats") for (name in columns) {
        v <- as.numeric(table[[name]])
        cat(name, "")
        say(length(v), mean(v), sd(v), min(v), max(v), sum(v))
    }
}
