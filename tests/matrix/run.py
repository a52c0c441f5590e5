"""Every case, many ways: backend x workers x chunk size x instruction set x reader x scanner. All
outputs of a case must be the same bytes, and those that the oracle expects.

run.py [--pairwise | --full] [--case TEXT] [--list]
  --pairwise  ways chosen so that every pair of values of two factors occurs, another choice per case
  --full      the whole product; chunk sizes below 64 only on inputs up to 4 KiB; and the large cases, by pairs
Environment: CRUNCH, the program (build/release/crunch).
"""
import argparse
import collections
import concurrent.futures
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases as case_module  # noqa: E402
import oracle  # noqa: E402
import pack  # noqa: E402

CRUNCH = os.environ.get("CRUNCH", "build/release/crunch")
WAIT_S = 120
SMALL = 4096
PACKED = ("gzip", "bgzf", "frames")
IO = {"file": "pread", "mapped": "mmap", "ring": "uring", "direct": "direct"}
ERROR = re.compile(r"^crunch: (?P<file>.*?):(?P<line>\d+):(?P<column>\d+): error: (?P<what>.*)$", re.M)
RECORD = re.compile(r"^\s+record (\d+), byte (\d+)", re.M)

Way = collections.namedtuple("Way", "backend workers chunk simd reader scan")


def known_simd():
    """The instruction sets this CPU runs; says which ones it leaves out."""
    kept = []
    for name in ("scalar", "avx2", "avx512"):
        status = subprocess.run([CRUNCH, "sum"], input=b"1\n", env={**os.environ, "CRUNCH_SIMD": name},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if status.returncode == 0:
            kept.append(name)
        else:
            print(f"matrix: CRUNCH_SIMD={name} left out: {status.stderr.decode().strip()}")
    return kept


def readers():
    """The ways to read; says which ones this build leaves out."""
    version = subprocess.run([CRUNCH, "version"], stdout=subprocess.PIPE, text=True).stdout
    ways = list(IO)
    if "asynchronous reading: none" in version:
        ways = [way for way in ways if way not in ("ring", "direct")]
        print("matrix: readers ring and direct left out: built without liburing")
    return [*ways, "pipe", "stdin", "fifo", *PACKED]


def factors(simd):
    return Way(backend=["seq", "procs", "threads", "omp"], workers=[1, 2, 3, 7, 8],
               chunk=[1, 2, 3, 7, 61, 1000, 0], simd=simd, reader=readers(),
               scan=["default", "plain"])


def legal(way, size):
    if way.backend == "seq" and way.workers != 1:
        return False
    return way.chunk == 0 or way.chunk >= 64 or size <= SMALL


def pairwise(values, size, seed):
    """Ways such that every legal pair of values of two factors occurs, found greedily."""
    rng = random.Random(seed)
    every = [Way(*w) for w in itertools.product(*values) if legal(Way(*w), size)]
    pairs = set()
    for way in every:
        pairs.update(pairs_of(way))
    while pairs:
        best = max(rng.sample(every, min(60, len(every))), key=lambda w: len(pairs & pairs_of(w)))
        if not pairs & pairs_of(best):
            want = next(iter(pairs))
            best = next(w for w in every if want in pairs_of(w))
        pairs -= pairs_of(best)
        yield best


def pairs_of(way):
    return set(itertools.combinations(enumerate(way), 2))


def command_of(case, way, path):
    words = [CRUNCH] + case.command()
    words += ["--seq"] if way.backend == "seq" else [f"--{way.backend}", str(way.workers)]
    if way.chunk:
        words += ["--chunk-size", str(way.chunk)]
    words += [f"--io={IO[way.reader]}"] if way.reader in IO else []
    return words + ([path] if way.reader in ("fifo", *IO, *PACKED) else [])


def path_of(reader, path, fifo):
    return fifo if reader == "fifo" else f"{path}.{reader}" if reader in PACKED else path


def feed_fifo(path, data):
    try:
        with open(path, "wb") as fifo:
            fifo.write(data)
    except BrokenPipeError:
        pass


def run(case, way, path, fifo):
    """(exit code, stdout, stderr) of one way."""
    environment = {**os.environ, "CRUNCH_SIMD": way.simd}
    if way.scan != "default":
        environment["CRUNCH_SCAN"] = way.scan
    if way.reader in PACKED:
        environment["CRUNCH_PARTS"] = "each"  # however small they are
    words = command_of(case, way, path_of(way.reader, path, fifo))
    options = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, close_fds=False)
    if way.reader == "pipe":
        return finish(subprocess.Popen(words, stdin=subprocess.PIPE, **options), case.data)
    if way.reader == "stdin":
        with open(path, "rb") as file:
            return finish(subprocess.Popen(words, stdin=file, **options))
    if way.reader == "fifo":
        writer = threading.Thread(target=feed_fifo, args=(fifo, case.data))
        writer.start()
        done = finish(subprocess.Popen(words, stdin=subprocess.DEVNULL, **options))
        while writer.is_alive():  # a program that never opened it must not leave the writer waiting
            descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
            writer.join(0.01)
            os.close(descriptor)
        return done
    return finish(subprocess.Popen(words, stdin=subprocess.DEVNULL, **options))


def finish(process, data=None):
    try:
        out, err = process.communicate(data, timeout=WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return "hung", out, err
    return process.returncode, out, err


def complaint(expected, code, out, err, name):
    """What differs from the expected, or None."""
    if code != expected.code:
        return f"exit {code}, expected {expected.code} ({expected.detail})"
    if out.decode("utf-8", "surrogateescape") != expected.stdout:
        return f"printed {out!r}\n    expected {expected.stdout!r}"
    text = err.decode("utf-8", "replace")
    if expected.code == 1 and expected.line:  # 0: it is about no place
        place = ERROR.search(text)
        if not place:
            return "no message with file:line:column"
        if int(place["line"]) != expected.line or int(place["column"]) != expected.byte_column:
            return (f"error at {place['line']}:{place['column']}, expected "
                    f"{expected.line}:{expected.byte_column} ({expected.detail})")
        record = RECORD.search(text)
        if expected.record and (not record or int(record[1]) != expected.record):
            return f"error in record {record and record[1]}, expected {expected.record}"
    elif expected.code == 0 and expected.bad and str(expected.bad) not in text:
        return f"{expected.bad} pieces of bad data were let pass and not counted"
    return None


def normal(err, path, fifo):
    """stderr without what may differ: how the input is called."""
    text = err.decode("utf-8", "replace")
    packed = [path_of(reader, path, fifo) for reader in PACKED]
    for name in (*packed, path, fifo, "(standard input)", "<stdin>", "standard input", "stdin"):
        text = text.replace(f"{name}:", "INPUT:")
    return text


def run_case(case, ways, directory, number):
    """Runs every way of one case; returns (ways run, complaints)."""
    path = os.path.join(directory, f"{number}.csv")
    with open(path, "wb") as file:
        file.write(case.data)
    for reader in PACKED:
        with open(path_of(reader, path, None), "wb") as file:
            file.write(pack.pack(reader, case.data))
    seen = case.data if case.text is None else case.text
    expected = oracle.expect(seen, case.ops, case.columns, case.dialect, case.by, case.order,
                             case.where, case.maps)
    fifo = os.path.join(directory, f"{number}.fifo")
    os.mkfifo(fifo)
    complaints, first = [], None
    for way in ways:
        code, out, err = run(case, way, path, fifo)
        wrong = complaint(expected, code, out, err, path)
        told = normal(err, path, fifo)
        if first is None and wrong is None:
            first = told
        if wrong is None and told != first:
            wrong = f"says {told!r}\n    where another way said {first!r}"
        if wrong:
            complaints.append(f"{way}\n    {wrong}\n    stderr: {err.decode('utf-8', 'replace').strip()[:400]}")
    for reader in ("file", "fifo", *PACKED):
        os.unlink(path_of(reader, path, fifo))
    return len(ways), complaints


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairwise", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--case", default="")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    large = list(case_module.large()) if arguments.full else []
    chosen = [c for c in (*case_module.cases(), *large) if arguments.case in c.name]
    if arguments.list:
        for case in chosen:
            print(f"{case.name}: {len(case.data)} bytes: {' '.join(case.command())}")
        return 0
    values = factors(known_simd())
    sanitizer = os.environ.get("CRUNCH_SANITIZER")
    if sanitizer:  # ten times slower: fewer workers, one instruction set beside the plain one, a sixth of the ways
        values = values._replace(workers=[1, 3], chunk=[1, 61, 0], simd=[values.simd[0], values.simd[-1]])
    passed = failed = runs = 0
    with tempfile.TemporaryDirectory() as directory, \
            concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        jobs = []
        for number, case in enumerate(chosen):
            size = len(case.data)
            if arguments.full and case not in large:
                ways = [Way(*w) for w in itertools.product(*values) if legal(Way(*w), size)]
            else:
                ways = list(pairwise(values, size, number))
                if sanitizer:
                    ways = ways[number % 6::6]
            jobs.append((case, pool.submit(run_case, case, ways, directory, number)))
        for case, job in jobs:
            n, complaints = job.result()
            runs += n
            passed, failed = passed + (not complaints), failed + bool(complaints)
            if complaints:
                print(f"FAILED {case.name}: {len(complaints)} of {n} ways: "
                      f"{' '.join(case.command())}")
                for text in complaints[:3]:
                    print(f"  {text}")
    print(f"matrix: {len(chosen)} cases, {runs} runs")
    print(f"matrix: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
