"""Where the time of a run goes: samples of perf, where perf is, gathered by source file.

The kernel's part is nearly all reading (copying from the page cache) plus the start and the end of
the process. A function that the compiler put into another counts for the other."""

import os
import shutil
import subprocess

import measure

SAMPLES_PER_SECOND = "20000"
SHARE_SHOWN = 1.0  # percent


def places(program):
    """Function name -> source file, from the objects beside the program."""
    found = {}
    folder = os.path.dirname(program)
    for path, _, files in os.walk(folder):
        for file in files:
            if not file.endswith(".o"):
                continue
            told = subprocess.run(["nm", "--defined-only", os.path.join(path, file)],
                                  capture_output=True, text=True, check=False).stdout
            name = os.path.relpath(os.path.join(path, file), folder)[:-2] + ".c"
            for line in told.splitlines():
                words = line.split()
                if len(words) == 3 and words[1] in "tT":
                    found[words[2]] = name
    return found


def samples(argv, scratch):
    """[(percent, object, symbol)] of one run, or None without perf."""
    if shutil.which("perf") is None:
        return None
    data = os.path.join(scratch, "perf.data")
    record = ["perf", "record", "-q", "-F", SAMPLES_PER_SECOND, "-e", "cpu-clock", "-o", data, *argv]
    run = subprocess.run(record, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if run.returncode != 0:
        return None
    show = ["perf", "report", "-q", "-i", data, "--stdio", "--sort", "dso,symbol",
            "-F", "overhead,dso,symbol", "-t", "|"]
    told = subprocess.run(show, env=measure.environment({"DEBUGINFOD_URLS": ""}),
                          capture_output=True, text=True, check=False).stdout
    found = []
    for line in told.splitlines():
        cells = [c.strip() for c in line.split("|")]
        if len(cells) >= 3 and cells[0].endswith("%"):
            found.append((float(cells[0][:-1]), cells[1], cells[2][4:].split()[0]))
    return found


def profile(argv, scratch):
    """{"files": {source file or "kernel": percent}, "functions": {name: percent}}, or None."""
    found = samples(argv, scratch)
    if not found:
        return None
    where = places(os.path.realpath(argv[0]))
    files, functions = {}, {}
    for percent, thing, symbol in found:
        place = "kernel" if "kernel" in thing else where.get(symbol, os.path.basename(thing))
        name = "kernel" if place == "kernel" else symbol
        files[place] = files.get(place, 0) + percent
        functions[name] = functions.get(name, 0) + percent

    def shown(table):
        rows = sorted(table.items(), key=lambda item: -item[1])
        return {name: round(percent, 1) for name, percent in rows if percent >= SHARE_SHOWN}
    return {"files": shown(files), "functions": shown(functions)}
