"""Runs commands and measures them: wall time of the whole process, and peak memory.

Times come from the small launcher (launch.c); memory of a whole family of processes from one run
apart, which is not timed, because looking costs time."""

import dataclasses
import hashlib
import os
import subprocess
import time


@dataclasses.dataclass
class Run:
    seconds: float
    user: float
    system: float
    peak_kib: int
    status: int
    out: str
    err: str


def text(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def fetch(path):
    """Into the page cache."""
    with open(path, "rb", buffering=0) as f:
        while f.read(1 << 20):
            pass


def forget(paths):
    """Out of the page cache: what is not being written and not mapped by anybody."""
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def environment(extra):
    env = dict(os.environ)
    env["LC_ALL"] = "C"
    env.update(extra or {})
    return env


def timed(argv, scratch, env=None):
    out, err = os.path.join(scratch, "out"), os.path.join(scratch, "err")
    launch = os.path.join(os.environ["BENCH_DIR"], "launch")
    told = subprocess.run([launch, out, err, *argv], env=environment(env), check=True,
                          stdout=subprocess.PIPE, text=True).stdout.split()
    seconds, user, system = map(float, told[:3])
    return Run(seconds, user, system, int(told[3]), int(told[4]), answer(out), text(err))


LARGE = 1 << 16  # bytes of an answer that are kept as they are


def answer(path):
    """What was written: a large one as its number of lines and its digest."""
    if os.path.getsize(path) <= LARGE:
        return text(path)
    lines, digest = 0, hashlib.md5()
    with open(path, "rb") as f:
        while piece := f.read(1 << 20):
            lines += piece.count(b"\n")
            digest.update(piece)
    return f"{lines} lines, md5 {digest.hexdigest()}\n"


def family(pid):
    """pid and all its descendants."""
    found, todo = [], [pid]
    while todo:
        p = todo.pop()
        found.append(p)
        try:
            for task in os.listdir(f"/proc/{p}/task"):
                todo += map(int, text(f"/proc/{p}/task/{task}/children").split())
        except OSError:
            pass
    return found


def proportional_kib(pid):
    """Resident memory of one process, what is shared divided among those who share it."""
    try:
        for line in text(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def peak_of_family(argv, env=None):
    """The most that the command and all it started held at once, as often as we can look."""
    peak = 0
    with subprocess.Popen(argv, env=environment(env), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(proportional_kib, family(process.pid))))
            time.sleep(0.001)
    return peak
