# SPDX-License-Identifier: Apache-2.0
"""What is held against our rules: kernels one by one, and the paths through them."""

import re

from . import baseline
from .flight import LEAST, loads_in_flight
from .opcodes import accesses
from .path_table import PATHS, ROW_KERNELS, ROW_LOADS
from .paths import Kernel, cost
from .rules import Rule, UnknownSource


class Total:
    """Prints a line a check and counts them."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, what, faults, detail=""):
        print(f"{what:44} {detail:28} {'FAIL: ' + '; '.join(faults) if faults else 'ok'}")
        self.passed, self.failed = self.passed + (not faults), self.failed + bool(faults)

    def expect_seen(self, what, faults):
        """The same of a planted fault, which has to be found."""
        self.add(f"planted  {what}", [] if faults else ["not seen"], f"seen: {'; '.join(faults)}" if faults else "")


def code_faults(code):
    """Divisions and local memory."""
    if not code.function.instructions:
        return ["no machine code found"]
    found = accesses(code.function.instructions)
    faults = [f"{found['division']} integer divisions"] if found["division"] else []
    if found["local"] or code.stack:
        faults.append(f"local memory: {found['local']} accesses, {code.stack} bytes of stack")
    return faults


def budget_faults(code, budget):
    faults = []
    for what, used in (("registers", code.registers), ("shared", code.shared)):
        allowed = budget[what].get(code.kernel)
        if isinstance(allowed, dict):  # a number for each architecture
            allowed = allowed.get(code.architecture)
        if allowed is None:
            faults.append(f"{what}: not in tools/sass/budget.json")
        elif used > allowed:
            faults.append(f"{what}: got {used}, expected at most {allowed}")
    return faults


def flight_faults(code, sources, row_loads=ROW_LOADS, exceptions=None):
    """Loops that keep too few loads of rows in flight: below LEAST, or below what the budget grants such loops."""
    granted = (exceptions or {}).get(f"{code.architecture} {code.kernel}", {})
    loops = loads_in_flight(code.function, [Rule.parse(text) for text in row_loads], sources)
    if not loops:
        return [f"no loop loads rows by {' or '.join(row_loads)}; did its name change?"]
    return [f"{largest} loads of {bits} bits in flight in the loop at {address:#x}, expected at least {least}"
            for address, bits, largest in loops if largest < (least := granted.get(str(bits), LEAST))]


def check_kernels(codes, budget, sources, total):
    for code in codes:
        faults = code_faults(code) + budget_faults(code, budget)
        if re.sub(r"<.*", "", code.kernel) in ROW_KERNELS:
            faults += flight_faults(code, sources, exceptions=budget["in_flight"])
        total.add(f"{code.architecture:7} {code.kernel}", faults, f"{code.registers} registers, {code.shared} shared")
    for what in ("registers", "shared"):
        for name in sorted(set(budget[what]) - {code.kernel for code in codes}):
            total.add(name, [f"in tools/sass/budget.json ({what}), but in none of the files"])


def path_costs(codes, sources):
    """{architecture: {path: Counter of kinds, or an error}}, and the kernels that were looked at."""
    costs, kernels = {}, {}
    for architecture in dict.fromkeys(code.architecture for code in codes):
        graphs = {code.kernel: Kernel(code.function) for code in codes
                  if code.architecture == architecture and code.kernel in {path.kernel for path in PATHS.values()}}
        kernels[architecture] = graphs
        costs[architecture] = dict(costs_of(graphs, sources))
    return costs, kernels


def costs_of(graphs, sources):
    """(name, cost or error) of all paths; `NAME, more WORD` is what one more of a word adds."""
    for name, path in PATHS.items():
        usual = cost_or_error(path, graphs, sources)
        yield name, usual
        if path.more and not isinstance(usual, UnknownSource):
            longer = cost_or_error(path, graphs, sources, path.usual | {path.more: path.usual[path.more] + 1})
            yield f"{name}, more {path.more}", longer - usual


def cost_or_error(path, graphs, sources, values=None):
    if path.kernel not in graphs:
        return UnknownSource(f"path '{path.name}': no kernel {path.kernel}; did its name change?")
    try:
        return cost({path: 1.0}, graphs[path.kernel], sources, values or path.usual)
    except UnknownSource as error:
        return error


def check_paths(costs, expected, total):
    for architecture, paths in costs.items():
        for name, kinds in paths.items():
            if isinstance(kinds, UnknownSource):
                total.add(f"{architecture:7} {name}", [str(kinds)])
                continue
            fault = baseline.fault_of(kinds["issue"], expected.get(name, {}).get(architecture))
            total.add(f"{architecture:7} {name}", [fault] if fault else [], f"{kinds['issue']:.1f} instructions")
    for name in sorted(set(expected) - {name for paths in costs.values() for name in paths}):
        total.add(name, ["in the baseline, but no path; run tools/sass_check.py --update"])
