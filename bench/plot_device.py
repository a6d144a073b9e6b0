# SPDX-License-Identifier: Apache-2.0
"""Figures of seqfeat-bench's results and its peers', for plot.py: first what they show, as numbers, then how it is drawn."""
import re

OURS = ("cuda", "simt")
CACHES = {"cold": "o", "warm": "^"}
DARK, PARTS = "#222222", ("#2a7f62", "#7a8ba6", "#c8553d", "#d9a441")


# ---------------------------------------------------------------- numbers

def together(reports):
    """The results of several runs as those of one; machine and roofs are the first's."""
    return reports[0] | {"results": [r for report in reports for r in report["results"]], "rehearsed": any(report.get("rehearsed") for report in reports)}


def rates(data, pattern, cache=None, ours=True):
    """(match, result) of results with a rate whose names fit `pattern` as a whole."""
    for r in data["results"]:
        match = re.fullmatch(pattern, r["workload"])
        if match and r["tokens_per_second"] and cache in (None, r["cache"]) and (r["backend"] in OURS) == ours:
            yield match, r


def roofline(data, cache, ours=True):
    """(workload, ideal bytes a token, tokens a second). What is hashed where it lies moves no bytes and is a roof instead."""
    return [(r["workload"], r["ideal_bytes"] / r["tokens"], r["tokens_per_second"]) for _, r in rates(data, r"(?!.*/chained$).*", cache, ours)]


def memory_roof(data, bytes_a_token):
    """Tokens a second at the measured copy's bandwidth."""
    return [data["bandwidth"]["copy"] / x for x in bytes_a_token]


def issue_roof(data):
    """(bytes a token from memory, tokens a second when chained): what instructions alone allow, by token length."""
    streamed = {r["workload"]: r["ideal_bytes"] / r["tokens"] for _, r in rates(data, r"W7/[\d-]+")}
    chained = {match[1]: r["tokens_per_second"] for match, r in rates(data, r"(W7/[\d-]+)/chained", "warm")}
    return sorted((streamed[name], rate) for name, rate in chained.items() if name in streamed)


def lengths(data, cache, chained=False):
    """(mean bytes a token, tokens a second) of W7's mixes."""
    points = rates(data, r"W7/(\d+)-(\d+)" + ("/chained" if chained else ""), cache)
    return sorted(((int(match[1]) + int(match[2])) / 2, r["tokens_per_second"]) for match, r in points)


def skew(data, cache):
    """(alpha, tokens a second) of W1."""
    return sorted((float(match[1] or 0), r["tokens_per_second"]) for match, r in rates(data, r"W1/(?:uniform|alpha([\d.]+))", cache))


def road(data, cache):
    """(label, seconds by part): the road in one go, and in four launches of which two were timed alone."""
    seconds = {r["workload"]: r for _, r in rates(data, r"W-road/.*", cache)}
    rows = []
    for name, whole in seconds.items():
        hashing, looking_up = seconds.get(name + "/hash"), seconds.get(name + "/lookup")
        if not (hashing and looking_up and whole["baseline_seconds"]):
            continue
        rest = whole["baseline_seconds"] - hashing["seconds"] - looking_up["seconds"]
        rows.append((f"{name} {cache}: layer", {"whole": whole["seconds"]}))
        rows.append((f"{name} {cache}: four launches", {"hash": hashing["seconds"], "lookup": looking_up["seconds"], "pad, mask, lengths": max(0.0, rest)}))
    return rows


# ---------------------------------------------------------------- pictures

def draw_roofline(axes, data):
    places = set()
    for cache, marker in CACHES.items():
        points = roofline(data, cache)
        axes.scatter([x for _, x, _ in points], [y for _, _, y in points], s=12, marker=marker, label=cache)
        peers = roofline(data, cache, ours=False)
        if peers:
            axes.scatter([x for _, x, _ in peers], [y for _, _, y in peers], s=12, marker="x", label=f"peers, {cache}")
        for name, x, y in points if cache == "cold" else []:
            axes.annotate(name, (x, y), fontsize=4, xytext=(2, 2), textcoords="offset points")
        places |= {x for _, x, _ in points + peers}
    ends = [min(places, default=1), max(places, default=1)]
    if data["bandwidth"]["copy"]:
        axes.plot(ends, memory_roof(data, ends), color=DARK, linewidth=0.8, label="memory: the measured copy")
    issue = issue_roof(data)
    if issue:
        axes.plot([x for x, _ in issue], [y for _, y in issue], color=PARTS[2], linewidth=0.8, label="issue: hashing, chained")
    axes.set(xscale="log", yscale="log", xlabel="ideal bytes a token", ylabel="tokens/s", title="roofline")
    axes.legend(fontsize=5)


def draw_curves(axes, curves, **names):
    for label, points in curves.items():
        if points:
            axes.plot([x for x, _ in points], [y / 1e9 for _, y in points], marker="o", markersize=3, label=label)
    axes.set(ylabel="G tokens/s", **names)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=6)


def draw_lengths(axes, data):
    curves = {cache: lengths(data, cache) for cache in CACHES} | {"chained": lengths(data, "warm", chained=True)}
    draw_curves(axes, curves, xlabel="mean bytes a token", title="hashing against token length")


def draw_skew(axes, data):
    draw_curves(axes, {cache: skew(data, cache) for cache in CACHES}, xlabel="alpha", title="W1 against skew")


def draw_road(axes, data):
    rows = [row for cache in CACHES for row in road(data, cache)]
    left = [0.0] * len(rows)
    for part, color in zip(("whole", "hash", "lookup", "pad, mask, lengths"), PARTS):
        widths = [1e6 * parts.get(part, 0.0) for _, parts in rows]
        axes.barh([label for label, _ in rows], widths, left=left, color=color, label=part)
        left = [a + b for a, b in zip(left, widths)]
    axes.invert_yaxis()
    axes.set(xlabel="us a batch", title="the road and its stages")
    axes.tick_params(axis="y", labelsize=5)
    axes.legend(fontsize=5)


def panels(data):
    """What there is something to draw of."""
    found = [draw_roofline]
    for draw, numbers in ((draw_lengths, lengths), (draw_skew, skew), (draw_road, road)):
        if any(numbers(data, cache) for cache in CACHES):
            found.append(draw)
    return found


def draw(plt, data, caption):
    wanted = panels(data)
    rows, columns = (len(wanted) + 1) // 2, min(2, len(wanted))
    figure, axes = plt.subplots(rows, columns, figsize=(5 * columns, 3.6 * rows), layout="constrained", squeeze=False)
    for place in axes.flat[len(wanted):]:
        place.remove()
    for draw_panel, place in zip(wanted, axes.flat):
        draw_panel(place, data)
    figure.suptitle(caption, fontsize=8)
    return figure
