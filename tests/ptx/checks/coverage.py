# SPDX-License-Identifier: Apache-2.0
"""Which instructions of which kernels the cases executed."""

import bisect
import re
from collections import defaultdict

from cases import coverage_folder
from listing import ROOT, demangled, is_ours, read_module

SHORT = ROOT / 'tests/ptx/short.txt'
LEAST_EXECUTED = 0.95
# In a file of counts: `MODULE LINE COUNT`, of all instructions of the kernels that a case launched.
_COUNTED = re.compile(r'^(\S+) (\d+) ', re.MULTILINE)
_EXECUTED = re.compile(r'^(\S+) (\d+) [1-9]', re.MULTILINE)
_FLOOR = re.compile(r'kernel (.+): at least (\d+) %')


class Coverage:
    """The instructions of our kernels, and by which cases each was executed."""

    def __init__(self, folder, cases):
        self.cases_of = defaultdict(list)  # by (module, line)
        self.instructions = {}
        modules, counted = {}, set()
        for case in cases:
            own = coverage_folder(folder, case)
            modules.update((path.stem, path) for path in own.glob('*.ptx'))
            for path in own.glob('*.counts'):
                counts = path.read_text()
                counted.update((module, int(line)) for module, line in _COUNTED.findall(counts))
                for module, line in _EXECUTED.findall(counts):
                    self.cases_of[module, int(line)].append(case)
        for name, path in modules.items():
            read = read_module(path)
            launched = {read[line].kernel for line in read if (name, line) in counted}
            for line, instruction in read.items():
                if is_ours(instruction.kernel):
                    self.instructions[name, line] = instruction
                    if instruction.kernel in launched and (name, line) not in counted:
                        raise ValueError(f'{path}:{line}: not counted: {instruction.text}')
        self._places = sorted(self.instructions)

    def executed(self, place):
        return bool(self.cases_of.get(place))

    def cases_at(self, place):
        """The cases that came to an instruction: those for which its predicate was false are found
        beside it."""
        cases = dict.fromkeys(self.cases_of[place])
        if self.instructions[place].text.startswith('@'):
            at = bisect.bisect_left(self._places, place)
            for beside in self._places[max(at - 1, 0):at + 2]:
                if beside[0] == place[0]:
                    cases.update(dict.fromkeys(self.cases_of[beside]))
        return list(cases)

    def of_kernels(self):
        """(name, executed, all) of every kernel, the least executed first."""
        counts = defaultdict(lambda: [0, 0])
        for place, instruction in self.instructions.items():
            count = counts[instruction.kernel]
            count[0] += self.executed(place)
            count[1] += 1
        names = demangled(counts)
        return sorted(((names[k], done, every) for k, (done, every) in counts.items()),
                      key=lambda row: (row[1] / row[2], row[0]))

    def unexecuted_sources(self):
        """The lines of C++ behind instructions that nothing executed, with how many."""
        sources = defaultdict(int)
        for place, instruction in self.instructions.items():
            if not self.executed(place):
                sources[instruction.source] += 1
        return sources


def read_reasons(path):
    """A file of keys at the margin, one or more, each group with its reasons indented below."""
    reasons, group, is_open = {}, [], False
    for line in path.read_text().splitlines() if path.is_file() else ():
        if line.startswith('#') or not line.strip():
            continue
        if line.startswith(' '):
            for key in group:
                reasons[key] = f'{reasons[key]}\n{line.strip()}'.strip()
            is_open = False
        else:
            group = group + [line] if is_open else [line]
            is_open = True
            reasons[line] = ''
    return reasons


def short_kernels(coverage):
    """By name, the kernels of which too little is executed: what part, in whole percent."""
    return {name: 100 * done // every for name, done, every in coverage.of_kernels()
            if done < LEAST_EXECUTED * every}


def compare_with_list(coverage, path=SHORT):
    """What is wrong with the list of kernels that fall short: messages, one a line."""
    listed = read_reasons(path)
    floors = {found[1]: int(found[2]) for found in map(_FLOOR.fullmatch, listed) if found}
    short = short_kernels(coverage)
    for name in sorted(short):
        floor = floors.get(name, round(100 * LEAST_EXECUTED))
        if short[name] < floor:
            yield f'{name}: {short[name]} % executed, expected {floor} %'
    for name in sorted(floors.keys() - short.keys()):
        yield f'{name} is executed as kernels should be, but listed'
    for key in sorted(key for key, reason in listed.items() if not reason):
        yield f'"{key}" is listed without a reason'


def updated_list(coverage, path=SHORT):
    """The list as it has to be: new entries at its end, without the reasons that they need."""
    listed = read_reasons(path)
    short = short_kernels(coverage)
    wanted = [f'kernel {name}: at least {short[name]} %' for name in sorted(short)]
    groups = defaultdict(list)
    for key in wanted:
        groups[_reason_for(key, listed)].append(key)
    heading = [line for line in path.read_text().splitlines() if line.startswith('#')]
    text = '\n'.join(heading) + '\n'
    for reason in sorted(groups, key=lambda reason: (not reason, reason)):
        lines = groups[reason] + [f'    {line}' for line in reason.splitlines()]
        text += '\n' + '\n'.join(lines) + '\n'
    return text


def _reason_for(key, listed):
    """A kernel keeps its reason when its part changes."""
    floor = _FLOOR.fullmatch(key)
    for other, reason in listed.items():
        same = _FLOOR.fullmatch(other) if floor else None
        if other == key or (same and same[1] == floor[1]):
            return reason
    return ''
