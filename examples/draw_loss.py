#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""draw_loss.py OUT.svg < OUTPUT: draws the loss that train_sequence_model printed, and how often it was right on rows held out."""
import re
import sys

WIDTH, HEIGHT, LEFT, TOP = 640, 240, 60, 30
LOSS, RIGHT = "#c8553d", "#2a7f62"


def path(points, colour):
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def text(x, y, words, colour="#222222", anchor="start"):
    return f'<text x="{x}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{words}</text>'


def draw(lines):
    rows = [tuple(map(float, row)) for row in re.findall(r"step +(\d+)  loss ([\d.]+)  held out ([\d.]+) %", lines)]
    majority = float(re.search(r"most frequent symbol: ([\d.]+) %", lines)[1])
    if len(rows) < 2:
        sys.exit("draw_loss.py: got no lines `step N  loss X  held out Y %`, expected what train_sequence_model prints")
    last, top_loss = rows[-1][0], max(loss for _, loss, _ in rows)
    right = WIDTH - LEFT

    def x(step):
        return LEFT + step / last * (right - LEFT)

    def y(share):
        return TOP + (1 - share) * HEIGHT

    marks = "".join(text(x(step), TOP + HEIGHT + 18, f"{step:.0f}", anchor="middle") for step in (0, last / 2, last))
    parts = [
        f'<rect x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{HEIGHT}" fill="none" stroke="#bbbbbb"/>',
        f'<line x1="{LEFT}" x2="{right}" y1="{y(majority / 100):.1f}" y2="{y(majority / 100):.1f}" stroke="{RIGHT}" stroke-dasharray="4 4"/>',
        path([(x(step), y(loss / top_loss)) for step, loss, _ in rows], LOSS), path([(x(step), y(share / 100)) for step, _, share in rows], RIGHT),
        text(LEFT - 6, TOP + 5, f"{top_loss:.2f}", LOSS, "end"), text(LEFT - 6, TOP + HEIGHT + 5, "0", LOSS, "end"),
        text(right + 6, TOP + 5, "100 %", RIGHT), text(right + 6, TOP + HEIGHT + 5, "0 %", RIGHT),
        text(LEFT, TOP - 10, "loss of an epoch", LOSS), text(right, TOP - 10, "right on rows held out (dashed: the most frequent symbol)", RIGHT, "end"),
        marks, text((LEFT + right) / 2, TOP + HEIGHT + 36, "step", anchor="middle")]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TOP + HEIGHT + 44}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])


if len(sys.argv) != 2:
    sys.exit(__doc__)
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write(draw(sys.stdin.read()))
