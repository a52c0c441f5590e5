"""What is measured: the jobs, and the tools that do them.

Owns the two tables JOBS and PEERS and how each tool is called for a job. Leaves running to
measure.py and judging to answers.py. A tool that cannot do a job gives None for it."""

import dataclasses
import os
import shutil

import exact_more
import forms

HERE = os.path.dirname(os.path.abspath(__file__))
ADAPTERS = os.path.join(HERE, "peers")

HEADERS = {
    "wide": ["id", "x", "y", "price", "qty", "city", "note"],
    "one": ["x"],
    "ints": ["n"],
    "mixed": ["v"],
    "mixedwide": ["id", "city", "v", "qty", "price", "note"],
    "tiny": ["id", "price"],
    "cities": ["city", "temp"],  # not in the file, whose delimiter is the semicolon
    "doubles": ["x"],  # a .npy, see doubles.c
}
ROWS = {  # at SIZE=1; tiny is never scaled
    "wide": 10_000_000,
    "one": 50_000_000,
    "ints": 50_000_000,
    "mixed": 50_000_000,
    "mixedwide": 10_000_000,
    "tiny": 3,
    "cities": 100_000_000,
    "doubles": 100_000_000,
}
# Columns whose exact answers are worked out once per file.
ANSWERED = {
    "wide": ["id", "x", "y", "price", "qty"],
    "one": ["x"],
    "ints": ["n"],
    "mixed": ["v"],
    "mixedwide": ["v"],
    "tiny": ["price"],
}


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    title: str
    kind: str
    op: str
    columns: tuple
    faster: float = 0  # how many times faster than the fastest peer is asked for
    args: tuple = ()  # crunch's, where they are not OP -c COLUMNS
    exact: tuple = ()  # arguments of exact_groups around the file: before, after
    form: str = ""  # of the input, see forms.py
    floors: tuple = ()  # of FLOORS, and how many times its time is asked for, in place of the two of text
    cold: bool = False  # what is read is dropped from the page cache before every run
    peers: tuple = None  # the tools that know such an input; None: all

    def numbers(self):
        return [str(HEADERS[self.kind].index(c) + 1) for c in self.columns]


WHERE = exact_more.WHERE

JOBS = [
    Job("wide_sum", "sum of the %.2f column of 7", "wide", "sum", ("price",), 8),
    Job("wide_sumsq", "sumsq of the %.6f column of 7", "wide", "sumsq", ("x",), 8),
    Job("one_sum", "sum of one %.6f column", "one", "sum", ("x",), 8),
    Job("ints_sum", "sum of one column of integers", "ints", "sum", ("n",), 8),
    Job("wide_count", "count of records, quotes respected", "wide", "count", (), 1),
    Job("wide_stats", "stats of five numeric columns", "wide", "stats",
        ("id", "x", "y", "price", "qty"), 5),
    Job("mixed_sum", "sum of one column of shortest floats", "mixed", "sum", ("v",), 6),
    Job("mixedwide_sum", "sum of shortest floats, column 3 of 6", "mixedwide", "sum", ("v",), 6),
    Job("cities_group", "min, mean, max, count by 413 keys, no header", "cities", "cities",
        ("city", "temp"), 8, ("min,mean,max,count", "-n", "-d", ";", "-g", "1", "-c", "2"),
        (";", "0", "group", "1", "2")),
    Job("wide_group", "sum of price * qty by city", "wide", "bycity", ("price", "qty", "city"), 6,
        ("sum", "-m", "price * qty", "-g", "city"), (",", "1", "group", "6", "4", "5")),
    Job("one_median", "median of one %.6f column", "one", "median", ("x",), 6,
        exact=(",", "1", "median", "1")),
    Job("wide_distinct", "number of distinct prices", "wide", "distinct", ("price",)),
    Job("wide_freq", "how often each city occurs", "wide", "freq", ("city",)),
    Job("wide_top", "the ten most frequent cities", "wide", "top", ("city",)),
    Job("wide_corr", "correlation of quantity and price", "wide", "corr", ("qty", "price")),
    Job("wide_line", "slope, intercept and r2 of price by quantity", "wide", "line", ("qty", "price"),
        args=("slope,intercept,r2", "-c", "qty,price")),
    Job("wide_where", "sum of the prices of one city and a range", "wide", "where", ("price", "qty", "city"),
        args=("sum", "-c", "price", "-w", WHERE)),
    Job("wide_filter", "records of one city and a range, written", "wide", "filter", ("qty", "city"),
        args=("filter", WHERE)),
    Job("wide_map", "id and price * qty of each record, written", "wide", "map", ("id", "price", "qty"),
        args=("map", "id, price * qty")),
    Job("zst_sum", "sum of the %.2f column of 7, zstd of one frame", "wide", "sum", ("price",), 1,
        form="zst", floors=(("zstd -dc", 1.1),), peers=("duckdb", "polars", "chdb")),
    Job("frames_sum", "sum of the %.2f column of 7, zstd as crunch compress writes it", "wide", "sum",
        ("price",), 1, form="frames", floors=(("zstd -dc", 1),), peers=("duckdb", "polars", "chdb")),
    Job("gz_sum", "sum of the %.2f column of 7, gzip", "wide", "sum", ("price",), 1,
        form="gz", floors=(("gunzip", 1.1),), peers=("duckdb", "polars", "chdb")),
    Job("npy_sumsq", "sumsq of doubles, .npy", "doubles", "sumsq", ("x",), args=("sumsq",),
        floors=(("squares", 1.5),), peers=()),
    Job("cold_read", "sum of the %.2f column of 7, not in the page cache", "wide", "sum", ("price",),
        floors=(("pread", 1.1),), cold=True, peers=()),
    Job("small_files", "sum of the %.2f column of 7, in 10,000 files", "wide", "sum", ("price",),
        form="files", floors=(("cat", 1), ("one file", 1.5)), peers=()),
    Job("cold_files", "sum of the %.2f column of 7, in 10,000 files, not in the page cache", "wide", "sum",
        ("price",), form="files", floors=(("cat", 1),), cold=True, peers=()),
    Job("tiny_sum", "sum in a file of 3 rows", "tiny", "sum", ("price",)),
]


@dataclasses.dataclass(frozen=True)
class Tool:
    """command(job, file) gives the argv or None; needs names the program, package, R package or
    file whose absence is told; node: the start of node is in its time and is subtracted; threads:
    environment under which it works with one thread, for one run that is not timed."""

    name: str
    command: object
    needs: tuple = ()
    node: bool = False
    one_thread: dict = None
    env: dict = None


def node_tool(adapter, ops=None):
    """ops: those of MORE that it does; None: all."""
    def command(job, file):
        if ops is not None and job.op in MORE and job.op not in ops:
            return None
        script = os.path.join(ADAPTERS, adapter)
        return ["node", script, os.environ["BENCH_PEER_DIR"], job.op, file, *job.columns]
    return command


def numbered(*start, ops):
    """A tool that takes OP FILE COLUMN-NUMBER... after start."""
    def command(job, file):
        return [*start, job.op, file, *job.numbers()] if job.op in ops else None
    return command


MORE = ("distinct", "freq", "top", "corr", "line", "where", "filter", "map")  # see exact_more.py
WRITTEN = ("filter", "map")  # the answer is a table
GROUPED = ("cities", "bycity", "median")  # ops that the simple tools do not know


def datatable(job, file):
    script = os.path.join(ADAPTERS, "datatable.R")
    if job.op in WRITTEN:
        return None
    return ["Rscript", "--vanilla", script, job.op, file, *job.columns]


def line_count(job, file):
    return ["wc", "-l", file] if job.op == "count" else None


AWK = os.path.join(ADAPTERS, "awk.sh")
SIMPLE = ("sum", "sumsq", "count")

PEERS = [
    Tool("duckdb", node_tool("duckdb.mjs"), ("node", "npm:@duckdb/node-api"), True,
         {"BENCH_THREADS": "1"}),
    Tool("polars", node_tool("polars.mjs", ("distinct", "freq", "top", "where")), ("node", "npm:nodejs-polars"), True,
         {"POLARS_MAX_THREADS": "1"}),
    Tool("chdb", node_tool("chdb.mjs"), ("node", "npm:chdb"), True, {"BENCH_THREADS": "1"}),
    Tool("data.table", datatable, ("Rscript",), False, {"BENCH_THREADS": "1"}),
    Tool("datamash", numbered(os.path.join(ADAPTERS, "datamash.sh"), ops=("sum", "count", "stats", "distinct", "freq", "corr")),
         ("datamash",)),
    Tool("mawk", numbered(AWK, "one", ops=SIMPLE + ("freq", "where", "filter", "map")), ("mawk",)),
    Tool("parallel+mawk", numbered(AWK, "parallel", ops=SIMPLE), ("parallel", "mawk"), False,
         {"BENCH_THREADS": "1"}),
    Tool("python pool", numbered("python3", os.path.join(ADAPTERS, "pool.py"), ops=SIMPLE),
         ("python3",), False, {"BENCH_THREADS": "1"}),
    Tool("wc -l", line_count, ("wc",)),
]


def missing(tool):
    """What tool needs and is not here, or None."""
    for need in tool.needs:
        if need.startswith("npm:"):
            path = os.path.join(os.environ["BENCH_PEER_DIR"], "node_modules", need[4:])
            if not os.path.isdir(path):
                return need[4:]
        elif shutil.which(need) is None:
            return need
    return None


def crunch(*options, env=None, name="crunch", op=None, one_thread=None):
    def command(job, file):
        what = op or job.op
        chosen = ["-c", ",".join(job.columns)] if job.columns else []
        if job.args and not op:
            return [os.environ["CRUNCH"], *job.args, *options, file]
        return [os.environ["CRUNCH"], what, *chosen, *options, *forms.arguments(job.form, file)]
    return Tool(name, command, env=env, one_thread=one_thread)


def floor(how, threads):
    program = os.path.join(os.environ["BENCH_DIR"], "floor")
    return Tool(f"floor {how} {threads}", lambda job, file: [program, how, str(threads), file])


def floors(job, cpus):
    """Those of a job: what the least is that has to be done with its input."""
    if not job.floors:
        return [floor(how, t) for how in ("read", "count") for t in sorted({1, cpus})]
    return [FLOORS[name](cpus) for name, _ in job.floors]


FLOORS = {
    "zstd -dc": lambda cpus: Tool("zstd -dc", lambda job, file: forms.shell(
        'exec zstd -dcq "$1" > /dev/null', file)),
    "gunzip": lambda cpus: Tool("gunzip", lambda job, file: forms.shell(
        f'exec {forms.GZIP} -dc "$1" > /dev/null', file)),
    "pread": lambda cpus: dataclasses.replace(floor("read", cpus), name="pread"),
    "cat": lambda cpus: Tool("cat", lambda job, file: forms.shell(
        'exec xargs -a "$1" cat > /dev/null', file)),
    "one file": lambda cpus: Tool("one file", lambda job, file: crunch().command(
        dataclasses.replace(job, form=""), forms.table_of(job.form, file))),
    "squares": lambda cpus: dataclasses.replace(floor("squares", cpus), name="squares"),
}


def ways_to_read(job):
    """crunch with each --io, where that is what a job is about."""
    if not job.cold and job.form != forms.FILES:
        return []
    return [crunch(f"--io={io}", name=f"io {io}") for io in ("pread", "mmap", "uring", "direct")]


def variants(cpus, simd):
    """crunch in every way that must give the same bytes."""
    tools = [crunch("--seq", name="seq")]
    for workers in sorted({1, cpus}):
        for backend in ("procs", "threads", "omp"):
            tools.append(crunch(f"--{backend}", str(workers), name=f"{backend} {workers}"))
    for kind in simd:
        tools.append(crunch(name=f"simd {kind}", env={"CRUNCH_SIMD": kind}))
    return tools
