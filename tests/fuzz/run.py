"""Random input, two ways: through the core in one process (differential.c, thousands of inputs), and
through the program as a user runs it: every backend with --verify, whose answers must be the same
bytes, or the same error.

run.py [--seconds S] [--seed N]
Environment: CRUNCH, the program (build/release/crunch); differential is looked for beside it.
Ends with the line "fuzz: N passed, N failed". What fails is kept in the current directory.
"""
import argparse
import glob
import os
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CRUNCH = os.environ.get("CRUNCH", "build/release/crunch")
WAIT_S = 60
WAYS = [["--seq"], ["--procs", "1"], ["--procs", "3"], ["--threads", "2"], ["--threads", "7"], ["--omp", "3"]]


def differential(seconds, seed):
    program = os.path.join(os.path.dirname(CRUNCH), "differential")
    seeds = sorted(glob.glob(os.path.join(HERE, "seeds", "*.bin")))
    process = subprocess.run([program, "--seconds", str(seconds), "--seed", str(seed)] + seeds,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = process.stdout.decode("utf-8", "replace")
    print(text, end="")
    count = re.search(r"^differential: (\d+) passed, (\d+) failed$", text, re.M)
    if not count or (process.returncode != 0) != (int(count[2]) > 0):
        print(f"fuzz: differential ended with status {process.returncode}")
        return 0, 1
    return int(count[1]), int(count[2])


def number(rng):
    return rng.choice([
        lambda: str(rng.randint(-999, 999)),
        lambda: f"{rng.uniform(-100, 100):.2f}",
        lambda: repr(rng.uniform(-1, 1)),
        lambda: f"{rng.gauss(0, 1e9):.17g}",
        lambda: str(rng.randint(-10**25, 10**25)),
        lambda: f"{rng.uniform(1, 9):.4e}",
        lambda: f"{rng.uniform(1, 9):.3f}e-{rng.randint(1, 320)}",
        lambda: "",
    ])()


def text(rng):
    pieces = ["a", "b ", ",", "\n", "\r\n", '""', " ", "1"]
    inside = "".join(rng.choice(pieces) for _ in range(rng.randint(0, 6)))
    return f'"{inside}"' if rng.random() < 0.9 else inside.replace("\n", "").replace("\r", "")


def table(rng):
    """A file that is mostly right, and the options that fit it."""
    kinds = [rng.choice("nnt") for _ in range(rng.randint(1, 5))]
    end = rng.choice(["\n", "\n", "\r\n", "\r"])
    trouble = rng.choice([0, 0, 0.002])
    rows = []
    for i in range(rng.choice([3, 50, 400, 3000])):
        row = [number(rng) if kind == "n" else text(rng) for kind in kinds]
        if rng.random() < trouble:
            row = rng.choice([row[:-1], row + ["x"], ["x"] * len(row), ['x"y'] + row[1:], ["nan"] * len(row)])
        rows.append(",".join(row))
    header = ",".join(f"c{i}" for i in range(len(kinds)))
    data = end.join([header] + rows) + rng.choice(["", end])
    options = ["--header=yes"]
    options += rng.choice([[], [], ["--on-error=skip"], ["--on-error=null"], ["--ragged"]])
    options += rng.choice([[], [], ["--arith=binary"]])
    columns = [f"c{i}" for i, kind in enumerate(kinds) if kind == "n"]
    ops = rng.choice(["sum", "sumsq", "sum,mean,var,sd", "count,min,max,range", "rms,absmax,sem,missing",
                      "skew,kurt,sumabs,primes", "geomean,harmean,product", "first,last,argmin,argmax"])
    if not columns:
        return data, ["count", "-c", "c0"] + options
    return data, [ops, "-c", ",".join(columns)] + options


def run(words, path, piped=False):
    """Exit status, standard output and errors, which name the input the same way however it came."""
    with open(path, "rb") as file:
        source = {"input": file.read()} if piped else {"stdin": subprocess.DEVNULL}
    process = subprocess.run([CRUNCH] + words + ([] if piped else [path]), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=WAIT_S, **source)
    complaint = [line.replace(path, "<stdin>")
                 for line in process.stderr.decode("utf-8", "replace").splitlines() if ": error:" in line]
    return process.returncode, process.stdout, complaint


def program_trial(rng, path):
    """None, or what went wrong."""
    data, words = table(rng)
    with open(path, "w", newline="") as file:
        file.write(data)
    first = run(words + ["--seq"], path)
    if first[0] not in (0, 1) or (first[0] == 1) != bool(first[2]):
        return f"{words}: exit {first[0]}, {first[2]}"
    for way in rng.sample(WAYS, 2):
        way = way + rng.choice([[], ["--chunk-size", str(rng.choice([7, 100, 1000, 4096]))]])
        way += rng.choice([[], ["--verify"], ["--verify=sample", "--seed", str(rng.randint(0, 99))]])
        piped = rng.random() < 0.4
        got = run(words + way, path, piped)
        if got != first:
            return f"{words + way}{' of a pipe' if piped else ''}: {got}\n  --seq: {first}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"fuzz: seed {seed}", flush=True)
    passed, failed = differential(arguments.seconds / 2, seed)
    rng = random.Random(seed)
    end = time.monotonic() + arguments.seconds / 2
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "input.csv")
        while time.monotonic() < end and failed < 5:
            try:
                wrong = program_trial(rng, path)
            except subprocess.TimeoutExpired as error:
                wrong = f"no end within {WAIT_S} s: {error.cmd}"
            if wrong is None:
                passed += 1
                continue
            failed += 1
            kept = f"fuzz-failure-{failed}.csv"
            os.replace(path, kept)
            print(f"fuzz: {wrong}\n  kept in {kept}", flush=True)
    print(f"fuzz: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
