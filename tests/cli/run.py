"""Command line tests. tests/cli/NAME.sh is a test; NAME.out, NAME.err and NAME.exit say what it must
print and return (a missing one: nothing, nothing, 0). In .out and .err, <...> stands for any text
within a line, <#> for a number. Expected files are written by hand from the manual.

A test runs with sh in an empty directory of its own, after prelude.sh, with `crunch` and
`crunch-faulty` (the build with faults on request) on its PATH. Exit status 77 with a line on stderr
is a skip, which is shown. A process that outlives its test is a failure of the test.

run.py [NAME...]   Environment: CRUNCH, CRUNCH_FAULTY.
"""
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 120
GRACE_S = 5


def read(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def matches(pattern, text):
    escaped = re.escape(pattern).replace(re.escape("<...>"), "[^\n]*").replace(re.escape("<#>"), "[0-9]+")
    return re.fullmatch(escaped, text) is not None


def first_difference(pattern, text):
    wanted, got = pattern.splitlines(), text.splitlines()
    for i in range(max(len(wanted), len(got))):
        w = wanted[i] if i < len(wanted) else "(nothing)"
        g = got[i] if i < len(got) else "(nothing)"
        if not matches(w, g):
            return f"line {i + 1}\n      expected: {w}\n      printed:  {g}"
    return "only in line ends"


def leftovers(mark):
    """Processes, by id, that were started by the test with this mark in their environment."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if mark.encode() in file.read().split(b"\0"):
                    found.append(int(entry))
        except OSError:
            pass
    return found


def check_leftovers(mark):
    """Waits a little for processes that are on their way out; kills and names the rest."""
    deadline = time.monotonic() + GRACE_S
    while (pids := leftovers(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    names = []
    for pid in pids:
        names.append(f"{pid} {read(f'/proc/{pid}/cmdline').replace(chr(0), ' ').strip()}")
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return names


def run_test(name, programs):
    """(complaints, why it was skipped or None) of one test."""
    directory = tempfile.mkdtemp(prefix=f"crunch-{name}-")
    os.chmod(directory, 0o755)
    mark = f"CRUNCH_TEST_MARK={name}-{os.getpid()}"
    environment = {key: value for key, value in os.environ.items()
                   if key.endswith("SAN_OPTIONS") or key in ("CRUNCH_SIMD", "CRUNCH_SCAN", "CRUNCH_SANITIZER")}
    environment.update(PATH=f"{programs}:{os.environ['PATH']}", LC_ALL="C", HOME=directory, TERM="dumb",
                       TMPDIR=directory, CLI=HERE,
                       SUPPORT=os.path.join(os.path.dirname(HERE), "support"), CRUNCH_TEST_MARK=mark.split("=", 1)[1])
    try:
        process = subprocess.Popen(
            ["sh", "-uc", f". {HERE}/prelude.sh; . {HERE}/{name}.sh"], cwd=directory, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            check_leftovers(mark)
            return [f"not done after {LIMIT_S} s"], None
        left = check_leftovers(mark)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    out, err = out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape")
    if process.returncode == 77 and err.strip():
        return [], err.strip()
    complaints = [f"still running: {text}" for text in left]
    wanted_exit = int(read(f"{HERE}/{name}.exit").strip() or "0")
    if process.returncode != wanted_exit:
        complaints.append(f"exit {process.returncode}, expected {wanted_exit}")
    for kind, text in (("out", out), ("err", err)):
        pattern = read(f"{HERE}/{name}.{kind}")
        if not matches(pattern, text):
            complaints.append(f"{name}.{kind}: {first_difference(pattern, text)}")
    return complaints, None


def link_programs(directory):
    for name, variable, default in (("crunch", "CRUNCH", "build/release/crunch"),
                                    ("crunch-faulty", "CRUNCH_FAULTY", "build/test/crunch")):
        target = os.path.abspath(os.environ.get(variable, default))
        if not os.access(target, os.X_OK):
            sys.exit(f"cli: no program at {target}")
        os.symlink(target, os.path.join(directory, name))


def main(names):
    every = sorted(f[:-3] for f in os.listdir(HERE) if f.endswith(".sh") and f != "prelude.sh")
    strangers = [n for n in names if n not in every]
    if strangers:
        sys.exit(f"cli: no test called {strangers[0]}")
    passed = failed = 0
    with tempfile.TemporaryDirectory() as programs, \
            concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        os.chmod(programs, 0o755)
        link_programs(programs)
        jobs = [(name, pool.submit(run_test, name, programs)) for name in names or every]
        for name, job in jobs:
            complaints, skipped = job.result()
            if skipped:
                print(f"skipped {name}: {skipped}")
                continue
            passed, failed = passed + (not complaints), failed + bool(complaints)
            if complaints:
                print(f"FAILED {name}")
                for text in complaints:
                    print(f"    {text}")
    print(f"cli: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
