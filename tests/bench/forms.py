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


FILES, PIECES = "files", 10_000


def pieces(table, out):
    """Files of about the same size, each with the header, in a folder beside the table; out lists them."""
    folder = table + ".d"
    os.makedirs(folder, exist_ok=True)
    size = os.path.getsize(table)
    names = []
    with open(table, "rb") as source:
        header = source.readline()
        for i in range(PIECES):
            rest = size * (i + 1) // PIECES - source.tell()
            bytes_ = source.read(rest) + source.readline() if rest > 0 else b""
            names.append(os.path.join(folder, f"{i:05d}.csv"))
            with open(names[-1], "wb") as piece:
                piece.write(header + bytes_)
    os.sync()
    with open(out, "w", encoding="utf-8") as listed:
        listed.write("".join(f"{name}\n" for name in names))


def inputs(form, file):
    """The paths of what is read."""
    if form != FILES:
        return [file]
    with open(file, encoding="utf-8") as listed:
        return listed.read().split("\n")[:-1]


def arguments(form, file):
    """How crunch is told of it."""
    return ["--files-from", file] if form == FILES else [file]


def table_of(form, file):
    return file[:-len(FORMS[form][0])]


FORMS = {  # name: suffix, program, command
    "zst": (".zst", "zstd", one_frame),
    "frames": (".frames.zst", "zstd", frames),
    "gz": (".gz", GZIP, member),
    FILES: (".list", "xargs", None),
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
        if command:
            subprocess.run(command(table, part), check=True)
        else:
            pieces(table, part)
        os.rename(part, path)
    return path
