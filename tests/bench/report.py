"""The tables of the benchmark, as Markdown and as text: the same rows in both."""

import textwrap

import bars

COLUMNS = ["job", "tool", "seconds", "GB/s", "peak MB", "of reading", "of counting lines",
           "crunch is faster", "exact", "answers"]


def machine_line(m):
    return (f"{m['cpus']} CPUs of {m['cpu']}, {m['memory_gib']} GiB, {m['system']} {m['kernel']}, "
            f"vectors: {', '.join(m['simd'])}")


def exactness(entry):
    found = entry.get("verdict", "-")
    if found is None:
        return "no answer"
    if isinstance(found, float):
        return f"off by {found:.0e}"
    return {"exact": "yes", "nearest": "nearest double"}.get(found, found)


def stability(entry):
    runs, kinds = sum(entry["answers"].values()), len(entry["answers"])
    if kinds > 1:
        return f"{kinds} in {runs} runs"
    return "same" if entry.get("one_thread_same", True) else "same; another on 1 thread"


def ratio(a, b):
    return f"{a / b:.2f}" if a and b else "-"


def row(job, name, entry, cpus):
    if "failed" in entry:
        return [job["name"], name, entry["failed"]] + ["-"] * (len(COLUMNS) - 3)
    ours = bars.net(job, "crunch")
    net = entry["net"]
    faster = "" if entry["role"] in ("crunch", "floor") else f"{ratio(net, ours)}x"
    rate = f"{job['bytes'] / net / 1e9:.2f}" if net > 0 and job["bytes"] > 1e6 else "-"
    floor = entry["role"] in ("floor", "start")
    return [job["name"], name, f"{net:.4f}" if net < 0.1 else f"{net:.3f}", rate,
            f"{entry['peak_mb']:.0f}",
            ratio(net, bars.net(job, f"floor read {cpus}")),
            ratio(net, bars.net(job, f"floor count {cpus}")),
            faster, "" if floor else exactness(entry), "" if floor else stability(entry)]


def rows(results, roles):
    cpus = results["machine"]["cpus"]
    found = []
    for job in results["jobs"]:
        entries = [(n, e) for n, e in job["entries"].items() if e["role"] in roles]
        if "variant" not in roles:  # ours, the floors, then the others from the fastest on
            rank = {"crunch": 0, "floor": 1, "peer": 2}
            entries.sort(key=lambda item: (rank[item[1]["role"]], item[1].get("net", 1e9)))
        found += [row(job, n, e, cpus) for n, e in entries]
    return found


def peer_cell(entry, ours):
    if not entry or "net" not in entry or not ours:
        return "-"
    marks = {"exact": "", "nearest": " ~"}.get(entry.get("verdict"), " ≠")
    if len(entry["answers"]) > 1 or not entry.get("one_thread_same", True):
        marks += "!"
    times = entry["net"] / ours
    return f"{times:.1f}x{marks}" if times < 10 else f"{times:.0f}x{marks}"


def summary(results):
    """One row per job: crunch, then how many times longer each other tool took."""
    cpus = results["machine"]["cpus"]
    names = []
    for job in results["jobs"]:
        names += [n for n, e in job["entries"].items() if e["role"] == "peer" and n not in names]
    head = ["job", "seconds", "GB/s", "peak MB", "of reading", "of counting lines", *names]
    body = []
    for job in results["jobs"]:
        ours = bars.net(job, "crunch")
        if ours:
            peers = [peer_cell(job["entries"].get(n), ours) for n in names]
            whole = row(job, "crunch", job["entries"]["crunch"], cpus)
            body.append([job["name"], *whole[2:7], *peers])
    return head, body


def bar_rows(results):
    return [[b["job"], b["what"], b["asked"], b["reached"], "yes" if b["met"] else "NO"]
            for b in results["bars"]]


BAR_COLUMNS = ["job", "what", "asked", "reached", "met"]


def profile_rows(results):
    """Shares of a run's processor time; runs too short to tell much are left out."""
    found = []
    for job in results["jobs"]:
        shares = job.get("profile")
        if shares and job["bytes"] > 1e6:
            found.append([job["name"]] + [", ".join(f"{n} {v:.0f}%" for n, v in shares[part].items())
                                          for part in ("files", "functions")])
    return found


SUMMARY, BAR = "crunch, and how many times longer others take", "The bar"


def sections(results):
    yield SUMMARY, *summary(results)
    yield "Tools", COLUMNS, rows(results, ("crunch", "floor", "peer"))
    yield "Ways to run crunch", COLUMNS, rows(results, ("variant",))
    yield "Where its time goes", ["job", "processor time by source file",
                                  "by function"], profile_rows(results)
    yield BAR, BAR_COLUMNS, bar_rows(results)


def notes(results):
    found = [f"{machine_line(results['machine'])}; {results['when'][:10]}.",
             f"`make bench SIZE={results['size']:g} ROUNDS={results['rounds']}`: whole process, page "
             "cache warm, medians of interleaved rounds (a tool that takes over 2 s runs in 3 of them)."]
    if results["load"] > 0.5:
        found.append(f"The machine was busy with other things (load {results['load']:.1f} at the start): "
                     "these times are not to be believed.")
    for job in results["jobs"]:
        found.append(f"{job['name']}: {job['title']}; {job['records']:,} records, "
                     f"{job['bytes'] / 1e6:.0f} MB.")
    starts = [bars.net(job, "node start") for job in results["jobs"]]
    starts = [s for s in starts if s]
    if starts:
        found.append(f"duckdb, polars and chdb are called from node; its start, "
                     f"{sum(starts) / len(starts):.3f} s measured beside them, is subtracted. "
                     "The start of every other tool counts.")
    found.append("Floors: pread of the file by 1 or all threads (`floor read`), and that with the "
                 "line ends counted by the widest vectors (`floor count`); the ratios are to those of "
                 "all threads. Bytes of packed input are those it unpacks to; its floor is the unpacker "
                 "alone, that of doubles an inexact sum of squares, that of many files `cat`. Peak MB: all "
                 "processes together, mapped file pages included.")
    found.append("Marks: ~ the nearest double, not the exact decimal; ≠ not even that; ! another answer "
                 "in another run or on one thread.")
    found.append("Exact: every value printed is the exact one; `nearest double` is the exact one rounded "
                 "once; else the relative error. Answers: how many different ones in how many runs.")
    if results["versions"]:
        found.append("Versions: " + "; ".join(f"{n}: {v}" for n, v in results["versions"].items()) + ".")
    for name, what in results["absent"].items():
        found.append(f"Not measured: {name} ({what} not installed).")
    return found


def markdown_table(head, body):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(r) + " |" for r in body]
    return "\n".join(lines)


def write_markdown(results, path, wanted=lambda title: True):
    parts = ["\n".join(f"* {n}" for n in notes(results))]
    for title, head, body in sections(results):
        if body and wanted(title):
            parts.append(f"### {title}\n\n{markdown_table(head, body)}")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n\n".join(parts) + "\n")


def text_table(head, body):
    widths = [max(len(r[i]) for r in [head, *body]) for i in range(len(head))]
    # A failure's message stands in the column of seconds and must not widen it.
    widths = [min(w, 100) for w in widths]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in [head, *body])


def as_text(results):
    parts = ["\n".join(textwrap.fill(n, 110, subsequent_indent="  ") for n in notes(results))]
    for title, head, body in sections(results):
        if body:
            parts.append(f"== {title}\n{text_table(head, body)}")
    return "\n\n".join(parts)
