"""Runs test suites one after another, lets their output through, adds up, and ends with the line
"N passed, N failed". Each suite is a command that ends with its own line "NAME: N passed, N failed"
(criterion's synthesis line counts too); one that does not, or whose exit status disagrees with it,
is a failure of its own. A suite whose files are not in the tree is a failure as well, so nothing is
skipped in silence.

--sanitizer NAME: reports of that sanitizer go to files, and each file is a failure: a forked worker
or a test that expects an error exit could hide them otherwise.
"""
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUMMARY = re.compile(r"^[a-z-]+: (\d+) passed, (\d+) failed$", re.M)
CRITERION = re.compile(r"Tested: .*?(\d+).*?Passing: .*?(\d+).*?Failing: .*?(\d+).*?Crashing: .*?(\d+)")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def suites():
    python = sys.executable
    unit = os.environ.get("UNIT", "build/release/unit")
    seconds = os.environ.get("FUZZ_SECONDS", "60")
    names = os.environ.get("TESTS", "").split()
    return {
        "unit": [unit] if unit.endswith("plain") else [unit],
        "cli": [python, "tests/cli/run.py"] + names,
        "matrix": [python, "tests/matrix/run.py", "--pairwise"],
        "matrix-full": [python, "tests/matrix/run.py", "--full"],
        "expressions": [python, "tests/fuzz/expressions.py"],
        "expressions-long": [python, "tests/fuzz/expressions.py", "--seconds", seconds],
        "fuzz": [python, "tests/fuzz/run.py", "--seconds", "15"],
        "fuzz-long": [python, "tests/fuzz/run.py", "--seconds", seconds],
        "readme": [python, "tests/support/readme.py"],
        "stress": ["sh", "tests/stress/run.sh"],
    }


def run(name, command):
    """The suite's (passed, failed)."""
    print(f"--- {name}", flush=True)
    program = command[1] if command[0] in (sys.executable, "sh") else command[0]
    if not os.path.exists(os.path.join(ROOT, program)):
        print(f"{name}: {program} is not there")
        return 0, 1
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    lines = []
    for raw in process.stdout:
        line = ANSI.sub("", raw.decode("utf-8", "replace"))
        lines.append(line)
        print(line, end="", flush=True)
    status = process.wait()
    text = "".join(lines)
    passed = failed = None
    for match in SUMMARY.finditer(text):
        passed, failed = int(match[1]), int(match[2])
    synthesis = CRITERION.search(text)
    if synthesis:
        passed, failed = int(synthesis[2]), int(synthesis[3]) + int(synthesis[4])
    if passed is None:
        print(f"{name}: ended with status {status} and no count")
        return 0, 1
    if failed == 0 and (status != 0 or passed == 0):
        print(f"{name}: ended with status {status}, though {passed} passed and none failed")
        failed = 1
    print(f"--- {name}: {time.monotonic() - started:.1f} s", flush=True)
    return passed, failed


def sanitizer_logs(name):
    """Tells the sanitizer, through the environment, to write its reports to a new directory."""
    directory = os.path.join(ROOT, "build", name, "reports")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    options = f"log_path={directory}/report:exitcode=99"
    os.environ["ASAN_OPTIONS"] = options + ":detect_leaks=1:allocator_may_return_null=1"
    os.environ["UBSAN_OPTIONS"] = options + ":print_stacktrace=1"
    os.environ["TSAN_OPTIONS"] = options + ":die_after_fork=0"
    os.environ["CRUNCH_SANITIZER"] = name
    return directory


def main(arguments):
    logs = None
    if arguments[:1] == ["--sanitizer"]:
        logs = sanitizer_logs(arguments[1])
        arguments = arguments[2:]
    commands = suites()
    passed = failed = 0
    for name in arguments:
        p, f = run(name, commands[name])
        passed, failed = passed + p, failed + f
    for report in sorted(os.listdir(logs)) if logs else []:
        with open(os.path.join(logs, report), errors="replace") as file:
            print(f"--- sanitizer report {report}\n{file.read(6000)}")
        failed += 1
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
