# SPDX-License-Identifier: Apache-2.0
"""Which instructions of which kernels the cases executed."""

from collections import defaultdict

from cases import coverage_folder
from listing import ROOT, demangled, is_ours, read_module

UNEXECUTED = ROOT / 'tests/ptx/unexecuted.txt'
LEAST_EXECUTED = 0.95


class Coverage:
    """The instructions of our kernels, and by which cases each was executed."""

    def __init__(self, folder, cases):
        self.cases_of = defaultdict(list)  # by (module, line)
        self.instructions = {}
        modules = {}
        for case in cases:
            own = coverage_folder(folder, case)
            for path in own.glob('*.ptx'):
                modules.setdefault(path.stem, path)
            for path in own.glob('*.counts'):
                for place, count in _counts(path):
                    cases_of = self.cases_of[place]
                    if count:
                        cases_of.append(case)
        for name, path in modules.items():
            for line, instruction in read_module(path).items():
                if is_ours(instruction.kernel):
                    self.instructions[name, line] = instruction
                    if (name, line) not in self.cases_of:
                        raise ValueError(f'{path}:{line}: not counted: {instruction.text}')

    def executed(self, place):
        return bool(self.cases_of.get(place))

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


def _counts(path):
    with path.open() as lines:
        for line in lines:
            module, number, count = line.split()
            yield (module, int(number)), int(count)


def read_reasons(path):
    """A file of keys at the margin, each with its reason indented below."""
    reasons, key = {}, None
    for line in path.read_text().splitlines() if path.is_file() else ():
        if line.startswith('#') or not line.strip():
            continue
        if line.startswith(' '):
            reasons[key] += line.strip() + ' '
        else:
            key = line.strip()
            reasons[key] = ''
    return reasons


def compare_with_list(coverage, path=UNEXECUTED):
    """What is wrong with the list of what nothing executes: messages, one a line."""
    listed, found = read_reasons(path), coverage.unexecuted_sources()
    for key in sorted(found.keys() - listed.keys()):
        yield f'nothing executes {found[key]} instructions of "{key}", and no reason is listed'
    for key in sorted(listed.keys() - found.keys()):
        yield f'"{key}" is executed everywhere, but listed'
    for key in sorted(key for key, reason in listed.items() if not reason):
        yield f'"{key}" is listed without a reason'
