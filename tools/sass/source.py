# SPDX-License-Identifier: Apache-2.0
"""Which function of C++ source a line belongs to; lambdas belong to the function around them.

A scanner of braces, not a parser: enough for code in the form that clang-format gives it.
"""

import re
from functools import lru_cache
from pathlib import Path

HIDDEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'|^\s*#[^\n]*", re.S | re.M)
SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum)\b")
CLASS = re.compile(r"\b(?:class|struct|union)\s+(?:alignas\s*\(.*?\)\s*)?(\w+)(?:\s+final)?\s*(?::[^:].*)?$", re.S)
CALLED = re.compile(r"(\boperator\s*(?:\(\)|\[\]|[^\s\w(]+)|~?\b\w+)\s*\(")
# What may stand before a parenthesis in a function's head without being its name.
NO_NAMES = {"__launch_bounds__", "alignas", "decltype", "noexcept", "requires", "sizeof", "__attribute__", "if", "for", "while", "switch"}


def blank(text):
    """The same text without comments, strings and directives, every line where it was."""
    return HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group(0)), text)


def without_template(head):
    """A head behind its `template <...>`, however that is nested."""
    if not re.match(r"\s*template\s*<", head):
        return head
    depth = 0
    for at, letter in enumerate(head):
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == ">" and depth == 0:
            return without_template(head[at + 1 :])
    return head


def name_of(head):
    """The name of the function whose head this is, or None."""
    for found in CALLED.finditer(head):
        if found.group(1) not in NO_NAMES:
            return found.group(1).replace(" ", "")
    return None


def opened_by(head):
    """(class, function) whose body begins behind this head; one of them or both are None."""
    head = without_template(re.sub(r"^\s*(?:public|private|protected)\s*:", "", head))
    if SCOPE.search(head.partition("(")[0]):
        found = CLASS.search(head.strip())
        return (found.group(1) if found else None), None
    return None, name_of(head)


def functions_of(text):
    """{line: name} of all lines inside functions, heads included; members are named Class::member."""
    text = blank(text)
    line_of = lambda at: text.count("\n", 0, at) + 1
    lines, classes, begin = {}, [], 0
    depth = name = first = None  # of the function inside which we are
    for found in re.finditer(r"[{};]", text):
        at, head = found.start(), text[begin : found.start()]
        if found.group(0) == "{":
            owner, function = opened_by(head) if depth is None else (None, None)
            if function:
                name = "::".join([*[one for one in classes if one][-1:], function])
                depth, first = len(classes), line_of(at - len(head.lstrip()))
            classes.append(owner)
        elif found.group(0) == "}" and classes:
            classes.pop()
            if len(classes) == depth:
                lines |= dict.fromkeys(range(first, line_of(at) + 1), name)
                depth = None
        begin = found.end()
    return lines


class Sources:
    """Looks up the places of a listing; files outside the project have no functions of ours."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        # Per object, so that they go with it.
        self.file, self.chain, self.lines_below = map(lru_cache(maxsize=None), (self._file, self._chain, self._lines_below))

    def inside(self, path):
        """The project's file of that name, or None. The compiler may have seen it in another folder."""
        parts = Path(path).parts
        for begin in range(1 if Path(path).is_absolute() else 0, len(parts) - 1):
            candidate = self.root.joinpath(*parts[begin:])
            if candidate.is_file():
                return candidate.resolve()
        return None

    def _file(self, path):
        """({line: function}, lines) of a file."""
        found = self.inside(path)
        if found is None:
            return {}, []
        text = found.read_text(encoding="utf-8")
        return functions_of(text), text.splitlines()

    def _chain(self, places):
        """((function, place), ...) of an instruction, innermost first."""
        named = ((self.file(path)[0].get(line), (path, line)) for path, line in places)
        return tuple((name, place) for name, place in named if name)

    def _lines_below(self, path, function, text):
        """The lines of `function` that hold `text`, and those indented deeper below each."""
        functions, lines = self.file(path)
        indent = lambda line: len(line) - len(line.lstrip())
        found = set()
        for number, line in enumerate(lines, 1):
            if functions.get(number) != function or text not in line:
                continue
            found.add(number)
            below = number + 1
            while below <= len(lines) and (not lines[below - 1].strip() or indent(lines[below - 1]) > indent(line)):
                found.add(below)
                below += 1
        return frozenset(found)

    def is_below(self, place, function, text):
        return place[1] in self.lines_below(place[0], function, text)
