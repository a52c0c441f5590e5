"""Runs what README.md shows. In a block marked console, each line "$ COMMAND" is run by sh in one
directory (with data/ of this tree in it) and must print what stands below it, messages first; a last
line "..." stands for any more. "$ cat FILE", where FILE is not there, makes it of the lines shown. A
block under the comment "measured" holds figures of one run and is passed over, and counted so.

readme.py [--write]   with --write the README gets what was printed. Environment: CRUNCH.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
README = os.path.join(ROOT, "README.md")
BLOCK = re.compile(r"(<!-- measured -->\n)?(```console\n)(.*?)(```\n)", re.S)


def commands(text):
    """(command, lines that are shown, whether an empty line follows) of a block."""
    parts = re.split(r"^\$ ", text, flags=re.M)
    for part in parts[1:]:
        lines = part.rstrip("\n").split("\n")
        command = [lines.pop(0)]
        while command[-1].endswith("\\"):
            command.append(lines.pop(0))
        yield "\n".join(command), lines, part.endswith("\n\n")


def run(command, directory, environment):
    done = subprocess.run(["sh", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    text = (done.stderr + done.stdout).decode("utf-8", "surrogateescape").rstrip("\n")
    return text.split("\n") if text else []


def same(shown, printed):
    if shown[-1:] == ["..."]:
        return printed[:len(shown) - 1] == shown[:-1] and len(printed) >= len(shown)
    return shown == printed


class Checker:
    def __init__(self, directory):
        self.directory = directory
        self.passed = self.failed = self.measured = 0
        path = os.path.dirname(os.path.abspath(os.environ.get("CRUNCH", os.path.join(ROOT, "crunch"))))
        self.environment = dict(os.environ, PATH=path + ":" + os.environ["PATH"], LC_ALL="C.UTF-8")

    def made(self, command, lines):
        """Whether the command shows a file that is to be made of what is shown."""
        match = re.fullmatch(r"cat ([\w.-]+)", command)
        path = match and os.path.join(self.directory, match[1])
        if not match or os.path.exists(path):
            return False
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return True

    def command(self, command, lines):
        """What is printed, cut where the README cuts it."""
        if self.made(command, lines):
            return lines
        printed = run(command, self.directory, self.environment)
        if same(lines, printed):
            self.passed += 1
            return lines
        self.failed += 1
        print(f"FAILED readme: $ {command}\n  shown:   {lines}\n  printed: {printed}")
        return printed[:len(lines) - 1] + ["..."] if lines[-1:] == ["..."] else printed

    def block(self, match):
        if match[1]:
            self.measured += 1
            return match[0]
        out = []
        for command, lines, blank in commands(match[3]):
            out += ["$ " + command] + self.command(command, lines) + [""] * blank
        return match[2] + "\n".join(out).rstrip("\n") + "\n" + match[4]


def main():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as directory:
        os.symlink(os.path.join(ROOT, "data"), os.path.join(directory, "data"))
        checker = Checker(directory)
        printed = BLOCK.sub(checker.block, text)
    if "--write" in sys.argv[1:]:
        with open(README, "w", encoding="utf-8") as file:
            file.write(printed)
    print(f"passed over: {checker.measured} blocks of measured figures")
    print(f"readme: {checker.passed} passed, {checker.failed} failed")
    return 1 if checker.failed or not checker.passed else 0


if __name__ == "__main__":
    sys.exit(main())
