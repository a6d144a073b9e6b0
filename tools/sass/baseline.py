# SPDX-License-Identifier: Apache-2.0
"""What each path cost when it was last looked at, and how much more is too much."""

import json

TOLERANCE = 0.03


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))["instructions"]


def write(path, instructions):
    """`instructions`: {path: {architecture: count}}"""
    lines = [f"    {json.dumps(name)}: {json.dumps(dict(sorted(counts.items())))}" for name, counts in sorted(instructions.items())]
    comment = "Warp instructions of a path's round (tools/sass/path_table.py); written by tools/sass_check.py --update"
    path.write_text(f'{{\n  "comment": {json.dumps(comment)},\n  "instructions": {{\n' + ",\n".join(lines) + "\n  }\n}\n", encoding="utf-8")


def fault_of(measured, expected):
    """What is wrong with a count, in words, or None."""
    if expected is None:
        return "not in the baseline; if it is new, run tools/sass_check.py --update"
    if measured > expected * (1 + TOLERANCE):
        return f"got {measured:.1f} instructions, expected at most {expected * (1 + TOLERANCE):.1f} (3 % above the baseline)"
    return None
