#!/usr/bin/env python3
"""Kill test: workers are killed at random moments, many times; every run must give the same bytes.

    kill.py [--rounds N] [--seed S] [--signal NAME] [--stdin FILE] [--crunch-too] -- COMMAND...

COMMAND is run once undisturbed for the expected output. Then, N times, it is run again while its
child processes get a signal at random moments (SIGKILL, or with --signal=STOP a stop that only
--timeout ends). A round passes when the output is the expected one and the exit status is 0 - or,
since a chunk may be given up after too many deaths, status 5 with nothing printed. (With
--retries 1000 in the command that does not happen.) With --stdin FILE the command reads a pipe that
`cat` feeds, whose reading process may be killed as well: then status 5 is right too.

With --crunch-too the program itself is killed instead, and no worker may be left.

Ends with a line `N passed, N failed`; exit status 1 if something failed.
"""
import argparse, os, random, signal, subprocess, sys, time


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(x) for x in f.read().split()]
    except OSError:
        return []


def workers_of(pid):
    """Children; of a shell that runs the command, the command's children."""
    try:
        with open(f"/proc/{pid}/comm") as f:
            if f.read().strip() in ("sh", "dash", "bash"):
                return [w for p in children(pid) for w in children(p)]
    except OSError:
        return []
    return children(pid)


def start(args):
    stdin = subprocess.DEVNULL
    feeder = None
    if args.stdin:
        feeder = subprocess.Popen(["cat", args.stdin], stdout=subprocess.PIPE)
        stdin = feeder.stdout
    run = subprocess.Popen(args.command, stdin=stdin, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    if feeder:
        feeder.stdout.close()
    return run, feeder


def finish(run, feeder):
    try:
        out, err = run.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        run.kill()
        out, err = run.communicate()
        out, err = out, err + b"\n(hung for 60 s)"
    if feeder:
        feeder.kill()
        feeder.wait()
    return run.returncode, out, err


def disturb(run, rng, args, typical_s):
    """Signals random children until the run ends or luck has it; returns how many."""
    sent = 0
    deadline = time.monotonic() + typical_s * rng.uniform(0, 1.5)
    while run.poll() is None and sent < args.kills:
        time.sleep(rng.uniform(0, typical_s / 3))
        victims = workers_of(run.pid)
        if victims:
            try:
                os.kill(rng.choice(victims), args.signal)
                sent += 1
            except ProcessLookupError:
                pass
        if time.monotonic() > deadline:
            break
    return sent


def left_over(pids):
    """Those of pids that still run after a moment."""
    for _ in range(100):
        pids = [p for p in pids if os.path.exists(f"/proc/{p}") and
                open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"]
        if not pids:
            break
        time.sleep(0.02)
    return pids


def round_of_kills(args, rng, expected, typical_s):
    run, feeder = start(args)
    if args.crunch_too:
        time.sleep(rng.uniform(0, typical_s))
        workers = workers_of(run.pid)
        run.kill()
        finish(run, feeder)
        left = left_over(workers)
        return (not left, len(workers), f"left over: {left}")
    sent = disturb(run, rng, args, typical_s)
    code, out, err = finish(run, feeder)
    given_up = code == 5 and out == b"" and b"killed by SIG" in err
    good = (code == 0 and out == expected) or given_up
    return good, sent, f"exit {code}, output {out[:200]!r}, {err.decode(errors='replace')[-600:]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--kills", type=int, default=8, help="at most so many in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signal", default="KILL")
    parser.add_argument("--stdin")
    parser.add_argument("--crunch-too", action="store_true")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    args.signal = getattr(signal, "SIG" + args.signal)
    rng = random.Random(args.seed)

    began = time.monotonic()
    code, expected, err = finish(*start(args))
    typical_s = time.monotonic() - began
    if code != 0:
        sys.exit(f"undisturbed, the command fails: exit {code}: {err.decode(errors='replace')}")

    passed = failed = sent = 0
    for i in range(args.rounds):
        good, n, what = round_of_kills(args, rng, expected, typical_s)
        sent += n
        passed += good
        failed += not good
        if not good:
            print(f"round {i} (seed {args.seed}): {what}", file=sys.stderr)
    print(f"{sent} processes signalled in {args.rounds} rounds")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
