#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the figures of benchmark results, as SVG beside the JSON that made them.

    plot.py [FILE.json …]                # default: every file in bench/results/
    plot.py --together OUT.svg FILE.json …

JSON of `seqfeat bench` becomes FILE.svg (how fast beside which baseline, and what was aimed at) and FILE-scaling.svg (time against size);
JSON of `seqfeat-bench` and its peers becomes FILE.svg (roofline, token lengths, skew, stages), or all of it one figure. Needs matplotlib.
"""
import json
import pathlib
import re
import sys

import plot_device

MET, MISSED, FREE, DARK = "#2a7f62", "#c8553d", "#7a8ba6", "#222222"


# What is aimed at: workload, what it is held against ('': the baseline, whatever it is), threads (0: any), least ratio. The first line that fits counts.
TARGETS = [(r"hash/int64/", "", 0, 3.0), (r"hash/mean[48]/uniform/cached", "", 0, 2.5), (r"hash/mean[48]/uniform/streamed", "", 0, 1.8),
           (r"hash/mean24/uniform/", "", 0, 1.5), (r"hash/", "", 0, 1.0),
           (r"layer/setmm512/d10$", "non-temporal fill", 0, 0.90), (r"layer/setmm512/", "non-temporal fill", 0, 0.95),
           (r"layer/w5/d64$", "memcpy", 0, 0.90), (r"layer/w5/d128$", "memcpy", 0, 0.75), (r"small/", "", 0, 1 / 3),
           (r"pack/w5/strings/", "", 0, 0.5), (r"pack/w5/integers/", "", 0, 0.7),
           (r"parse/setmm$", "", 0, 0.15), (r"parse/w5$", "", 0, 0.35), (r"jsonl/", "polars", 0, 3.0), (r"crc32c$", "", 0, 2.0), (r"run/", "", 0, 0.85),
           (r"end_to_end/setmm512/d10$", "TensorFlow layer", 1, 28), (r"end_to_end/setmm512/d64$", "TensorFlow layer", 1, 16),
           (r"end_to_end/setmm512/d10$", "TensorFlow layer", 2, 45), (r"end_to_end/setmm512/d64$", "TensorFlow layer", 2, 26),
           (r"end_to_end/", "TensorFlow expert", 0, 4)]


def target_of(workload, against, threads, is_baseline):
    """The line of TARGETS that speaks of this, or None."""
    for line in TARGETS:
        pattern, beginning, only, _ = line
        fits = against.startswith(beginning) if beginning else is_baseline
        if re.match(pattern, workload) and fits and only in (0, threads):
            return line
    return None


def bars(results):
    """(label, ratio, target or None): a bar for each target, with the lowest ratio that it is about; without any for the baseline."""
    found = []
    several = len({result["threads"] for result in results}) > 1
    for result in results:
        lowest = {}
        label = result["workload"] + (f", {result['threads']} thread{'s'[:result['threads'] > 1]}" if several else "")
        pairs = [(result.get("baseline"), result.get("ratio"))] + [(r["name"], r["ratio"]) for r in result.get("references", [])]
        for i, (name, ratio) in enumerate(pairs):
            line = target_of(result["workload"], name, result["threads"], i == 0) if name and ratio else None
            if (line or i == 0) and ratio and (line not in lowest or ratio < lowest[line][1]):
                lowest[line] = (f"{label}  /  {name}", ratio, line[3] if line else None)
        found += [row for row in lowest.values() if row[2] is not None] or list(lowest.values())
    return found


def caption(data):
    machine = data.get("machine", {})
    what = machine.get("processor") or machine.get("device") or machine.get("name") or "unknown machine"
    rehearsed = "  REHEARSED: says nothing about speed" if data.get("rehearsed") else ""
    return f"{what}, seqfeat {machine.get('version', '?')} at {machine.get('commit', '?')}{rehearsed}"


def draw_ratios(plt, data):
    rows = bars(data["results"])
    figure, axes = plt.subplots(figsize=(10, 1 + 0.27 * len(rows)), layout="constrained")
    for y, (_, ratio, target) in enumerate(rows):
        color = FREE if target is None else MET if ratio >= target else MISSED
        axes.barh(y, ratio, color=color, height=0.7)
        if target is not None:
            axes.plot([target, target], [y - 0.45, y + 0.45], color=DARK, linewidth=1.6)
        aim = "" if target is None else f"  (aim {target:.2g})"
        axes.annotate(f"{ratio:.2f}x{aim}", (max(ratio, target or 0), y), xytext=(4, 0), textcoords="offset points", va="center", fontsize=7)
    axes.axvline(1, color=DARK, linewidth=0.6, linestyle=":")
    axes.set(yticks=range(len(rows)), xlabel="speed beside the baseline (more is faster); black: what is aimed at")
    axes.set_yticklabels([label for label, _, _ in rows], fontsize=7)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, 1.25 * max(max(ratio, target or 0) for _, ratio, target in rows))
    threads = sorted({result["threads"] for result in data["results"]})
    axes.set_title(f"{caption(data)}, threads {', '.join(map(str, threads))}", fontsize=8)
    return figure


def draw_scaling(plt, data):
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for scaling in data["scaling"]:
        axes.loglog(scaling["sizes"], scaling["seconds"], marker="o", markersize=3,
                    label=f"{scaling['workload'].removeprefix('scaling/')}: exponent {scaling['exponent']:.2f}")
    axes.set(xlabel="size", ylabel="seconds a batch")
    axes.set_title(caption(data), fontsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure


def figures_of(data):
    """What to draw of a file: (ending, function)."""
    if any(result["backend"] != "cpu" for result in data["results"]):
        return [(".svg", lambda plt, data: plot_device.draw(plt, data, caption(data)))]
    return ([(".svg", draw_ratios)] if bars(data["results"]) else []) + ([("-scaling.svg", draw_scaling)] if data.get("scaling") else [])


def read(file):
    data = json.loads(file.read_text(encoding="utf-8"))
    if data.get("schema_version") != 1 or "results" not in data:
        sys.exit(f"plot.py: {file}: got schema_version {data.get('schema_version')!r}, expected 1 and results")
    return data


def matplotlib_pyplot():
    try:
        import matplotlib
    except ImportError:
        sys.exit("plot.py: matplotlib is missing; install it (Debian: python3-matplotlib)")
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "seqfeat"  # the same JSON gives the same bytes
    matplotlib.rcParams["svg.fonttype"] = "none"  # text, not outlines of its letters
    from matplotlib import pyplot
    return pyplot


def save(plt, figure, output):
    figure.savefig(output, metadata={"Date": None})
    plt.close(figure)
    print(output)


def main(arguments):
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    output = None
    if arguments[:1] == ["--together"]:
        if len(arguments) < 3:
            sys.exit("plot.py: --together needs an output and files")
        output, arguments = pathlib.Path(arguments[1]), arguments[2:]
    files = [pathlib.Path(name) for name in arguments] or sorted((pathlib.Path(__file__).parent / "results").glob("*.json"))
    if not files:
        sys.exit("plot.py: no JSON in bench/results/; make one with ./dev bench --json bench/results/cpu.json")
    plt = matplotlib_pyplot()
    if output:
        data = plot_device.together([read(file) for file in files])
        save(plt, plot_device.draw(plt, data, caption(data)), output)
        return 0
    for file in files:
        data = read(file)
        for ending, draw in figures_of(data):
            save(plt, draw(plt, data), file.with_name(file.stem + ending))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
