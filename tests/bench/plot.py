"""A plot without libraries: per job, how many times longer than crunch each tool takes, as bars on
a logarithmic scale, in SVG."""

import html
import math

BAR, GAP, HEAD, LEFT, WIDTH = 16, 18, 22, 130, 560
COLOURS = {"floor": "#9aa5b1", "crunch": "#1a7f37", "peer": "#3b6fb6"}


def bars_of(job, cpus):
    """(times crunch's, name, role) of crunch, the others, and the floor of as many threads."""
    ours = job["entries"]["crunch"].get("net")
    found = []
    for name, e in job["entries"].items():
        if e["role"] in COLOURS and e.get("net") and ours:
            if e["role"] != "floor" or name == f"floor count {cpus}":
                found.append((e["net"] / ours, name, e["role"]))
    return sorted(found)


def write_svg(results, path):
    groups = [(job, bars_of(job, results["machine"]["cpus"])) for job in results["jobs"]]
    everything = [v for _, found in groups for v, _, _ in found] or [1.0]
    low = math.floor(math.log10(min(everything + [0.5])))
    high = math.ceil(math.log10(max(everything + [10])))
    height = 40 + sum(HEAD + GAP + BAR * len(found) for _, found in groups)

    def x(v):
        return LEFT + WIDTH * (math.log10(v) - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           '<text x="8" y="18" font-size="14">time / time of crunch (logarithmic)</text>']
    for power in range(low, high + 1):
        out.append(f'<line x1="{x(10.0 ** power):.1f}" y1="28" x2="{x(10.0 ** power):.1f}" '
                   f'y2="{height - 8}" stroke="#ddd"/>')
    y = 30
    for job, found in groups:
        y += HEAD
        out.append(f'<text x="8" y="{y - 6}" font-weight="bold">{html.escape(job["title"])}</text>')
        for value, name, role in found:
            begin, end = sorted((x(1.0), x(value)))
            out.append(f'<text x="{LEFT - 6}" y="{y + 12}" text-anchor="end">{html.escape(name)}</text>')
            out.append(f'<rect x="{begin:.1f}" y="{y + 2}" width="{max(end - begin, 2):.1f}" '
                       f'height="{BAR - 4}" fill="{COLOURS[role]}"/>')
            out.append(f'<text x="{end + 5:.1f}" y="{y + 12}">{value:.3g}x</text>')
            y += BAR
        y += GAP
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")
