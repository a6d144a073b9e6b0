# SPDX-License-Identifier: Apache-2.0
"""Reads the PTX of a module: the instructions of its kernels, and the lines of source behind them."""

import functools
import pathlib
import re
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[3]

_ENTRY = re.compile(r'\.entry\s+([\w$]+)')
_FILE = re.compile(r'\.file\s+(\d+)\s+"([^"]+)"')
_LOC = re.compile(r'\.loc\s+(\d+)\s+(\d+)\s+\d+(?:.*inlined_at\s+(\d+)\s+(\d+))?')
_INSTRUCTION = re.compile(r'(\{?\s*)([@a-z][^;]*;)(\s*\}?)')
_LABEL = re.compile(r'^\s*[$\w]+:\s*')


@dataclass(frozen=True)
class Instruction:
    module: str
    kernel: str  # as PTX calls it
    line: int
    text: str
    frame: tuple  # what stands before and after it in the line: braces of inline assembly
    source: str  # the line of C++, as `FILE: CODE`


def read_module(path):
    """The instructions of a module by their lines in the PTX."""
    lines = path.read_text().splitlines()
    files = {number: name for number, name in (m.groups() for m in map(_FILE.search, lines) if m)}
    instructions, kernel, source, depth = {}, None, '', 0  # braces also stand around inline assembly
    for number, line in enumerate(lines, 1):
        text = _LABEL.sub('', line.split('//')[0]).strip()
        if entry := _ENTRY.search(text):
            kernel, source = entry[1], ''
        elif loc := _LOC.match(text):
            source = _source_of(loc, files)
        elif kernel and (found := _INSTRUCTION.fullmatch(text)):
            instructions[number] = Instruction(path.stem, kernel, number, found[2],
                                               (found[1], found[3]), source)
        depth += text.count('{') - text.count('}')
        if depth == 0 and text == '}':
            kernel = None
    return instructions


def _source_of(loc, files):
    """Of the line itself and the one it is inlined at, the one that is ours."""
    places = [(files.get(file, ''), int(line)) for file, line in
              ((loc[1], loc[2]), (loc[3], loc[4])) if file]
    for name, line in places:
        code = _code(name, line)
        if code:
            return code
    return pathlib.Path(places[0][0]).name


@functools.lru_cache(maxsize=None)
def _lines_of(name):
    path = pathlib.Path(name)
    if not path.is_relative_to(ROOT) or not path.is_file():
        return None
    return path.read_text().splitlines()


def _code(name, line):
    lines = _lines_of(name)
    if lines is None or not 0 < line <= len(lines):
        return None
    return f'{pathlib.Path(name).relative_to(ROOT)}: {lines[line - 1].strip()}'


def demangled(names):
    """The names that C++ has for kernels, shortened to what tells them apart."""
    names = sorted(names)
    output = subprocess.run(['c++filt'], input='\n'.join(names), capture_output=True, text=True,
                            check=True).stdout.splitlines()
    return dict(zip(names, map(_without_parameters, output)))


def _without_parameters(name):
    """`kernel<arguments>` out of `void space::kernel<arguments>(parameters)`."""
    name = name.replace('(anonymous namespace)::', '').replace('seqfeat::', '')
    depth = 0
    for i, character in enumerate(name):
        depth += (character == '<') - (character == '>')
        if character == '(' and depth == 0 and i > 0:
            name = name[:i]
            break
    return re.sub(r'^void ', '', name).replace('cuda::', '')


def is_ours(kernel):
    """Whether a kernel is the library's, not one of the tests or of the toolkit's headers."""
    return 'seqfeat' in kernel and '7seqfeat4test' not in kernel
