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
} else if (op == "cities") {
    table <- fread(file, sep = ";", header = FALSE, showProgress = FALSE)
    by <- table[, .(min(V2), mean(V2), max(V2), .N), by = V1]
    cat(sprintf("%s\t%.17g\t%.17g\t%.17g\t%d\n", by[[1]], by[[2]], by[[3]], by[[4]], by[[5]]), sep = "")
} else if (op == "bycity") {
    table <- fread(file, select = columns, showProgress = FALSE)
    by <- table[, .(sum(price * qty)), by = city]
    cat(sprintf("%s\t%.17g\n", by[[1]], by[[2]]), sep = "")
} else if (op %in% c("freq", "top")) {
    by <- fread(file, select = columns, showProgress = FALSE)[, .N, by = columns]
    if (op == "top") by <- head(by[order(-N, by[[1]])], 10)
    cat(sprintf("%s\t%d\n", by[[1]], by[[2]]), sep = "")
} else {
    table <- fread(file, select = columns, showProgress = FALSE)
    if (op == "median") say(median(table[[1]]))
    if (op == "sum") say(sum(table[[1]]))
    if (op == "distinct") say(uniqueN(table[[1]]))
    if (op == "where") say(table[qty > 50 & city == "Oslo", sum(price)])
    if (op == "corr") say(cor(table[[1]], table[[2]]))
    if (op == "line") {
        slope <- cov(table[[1]], table[[2]]) / var(as.numeric(table[[1]]))
        say(slope, mean(table[[2]]) - slope * mean(table[[1]]), cor(table[[1]], table[[2]])^2)
    }
    # Integer columns would overflow as integers.
    if (op == "sumsq") say(sum(as.numeric(table[[1]])^2))
    if (op == "stats") for (name in columns) {
        v <- as.numeric(table[[name]])
        cat(name, "")
        say(length(v), mean(v), sd(v), min(v), max(v), sum(v))
    }
}
