"""The forms in which a job's input is given: the generated table as it is, or made of it.

Owns how each form is made; a file is made once and kept beside the table. A form that this machine
has no tool for is None, and says which."""

import os
import shutil
import subprocess

GZIP = "igzip" if shutil.which("igzip") else "gzip"


def shell(line, *words):
    """A program that does away with what it prints: what is measured is not the writing of it."""
    return ["sh", "-c", line, "sh", *words]


def one_frame(table, out):
    return ["zstd", "-q", "-3", "--single-thread", "-f", table, "-o", out]


def frames(table, out):
    return [os.environ["CRUNCH"], "compress", table, "-o", out]


def member(table, out):
    return shell(f'exec {GZIP} -1 -c "$1" > "$2"', table, out)


FORMS = {  # name: suffix, program, command
    "zst": (".zst", "zstd", one_frame),
    "frames": (".frames.zst", "zstd", frames),
    "gz": (".gz", GZIP, member),
}


def missing(form):
    """The program that a form needs and is not here, or None."""
    return FORMS[form][1] if form and not shutil.which(FORMS[form][1]) else None


def made(form, table, say):
    """The path of the table in that form."""
    if not form:
        return table
    suffix, _, command = FORMS[form]
    path = table + suffix
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(table):
        say(f"making {path}")
        part = f"{table}.part{suffix}"
        subprocess.run(command(table, part), check=True)
        os.rename(part, path)
    return path
