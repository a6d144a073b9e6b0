# SPDX-License-Identifier: Apache-2.0
"""One-instruction faults in the PTX, each under the cases that come to the instruction."""

import concurrent.futures
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass

from cases import run_case
from coverage import read_reasons
from listing import ROOT, Instruction, demangled

SURVIVORS = ROOT / 'tests/ptx/survivors.txt'
# How many `all` plants in which kernels, by the beginning of their names; fewer are a part of it.
TRAINING = r'(applied_rows|contributions|plain_sort|part_sums|update|count_runs|place_runs|sparse_rows)_kernel'
GROUPS = ((rf'(?!{TRAINING})', 160), (TRAINING, 40))
ALL = sum(number for _, number in GROUPS)
# A fault that no case notices in so many seconds of a processor has survived.
MOST_SECONDS = 240
# A kernel of which the tests execute a smaller part gets none: what survived would say no more than that.
LEAST_EXECUTED = 0.92


def _next(match):
    return match[1] + str(int(match[2], 0) + 1) + match[3]


def _neighbour(match):
    number = int(match[3])
    return f'{match[1]}{match[2]}{number - 1 if number > 1 else number + 1}{match[4]}'


_SWAP_FIRST_TWO = (r'^(.*?\s%\w+,) ([^,]+), ([^,;]+)(.*)$', r'\1 \3, \2\4')
_COMPARISONS = {'lt': 'le', 'le': 'lt', 'gt': 'ge', 'ge': 'gt', 'eq': 'ne', 'ne': 'eq'}
# Bits that are put together often have none in common, so that `or` becomes no `xor`; and few numbers
# are negative or beyond half of their range, so that no sign is changed.
_OPERATIONS = {'add': 'sub', 'sub': 'add', 'and': 'or', 'or': 'and', 'xor': 'or', 'min': 'max',
               'max': 'min', 'shl': 'shr', 'mul.hi': 'mul.lo', 'shf.l': 'shf.r', 'shf.r': 'shf.l',
               'mul': 'add'}

# (kind, what it applies to, pattern, replacement); the pattern is searched in the whole instruction.
_RULES = (
    ('operands swapped', r'^(@!?%p\d+ )?(sub|shl|shr|shf|selp|prmt|div)\b', *_SWAP_FIRST_TWO),
    ('constant off by one', r'^(@!?%p\d+ )?(?!bar|shfl|redux|vote|match|mov\.f|add\.f|ld|st)',
     r'^(.*, )(-?\d+|0x[0-9a-fA-F]+)(\b.*)$', _next),
    ('address off', r'^(@!?%p\d+ )?(ld|st|atom)\.(?!param)', r'^(.*\[%\w+)(?:\+(-?\d+))?(\].*)$',
     lambda m: f'{m[1]}+{int(m[2] or 0) + 4}{m[3]}'),
    ('predicate inverted', r'^@%p', r'^@%p', '@!%p'),
    ('predicate inverted', r'^@!%p', r'^@!%p', '@%p'),
    ('barrier dropped', r'^(bar\.(?!red)|barrier|griddepcontrol\.wait|membar|fence)', r'^.*$', ''),
    ('store dropped', r'^(@!?%p\d+ )?st\.', r'^.*$', ''),
    ('comparison changed', r'^(@!?%p\d+ )?setp\.', r'\.(lt|le|gt|ge|eq|ne)\b',
     lambda m: '.' + _COMPARISONS[m[1]]),
    ('operation changed', r'^(@!?%p\d+ )?(?!bar|atom|redux|setp)',
     r'^((?:@!?%p\d+ )?)(mul\.hi|shf\.[lr]|add|sub|and|or|xor|min|max|shl)\b',
     lambda m: m[1] + _OPERATIONS[m[2]]),
    ('vote changed', r'vote\.sync', r'\.(all|any)\b', lambda m: '.any' if m[1] == 'all' else '.all'),
    ('reduction changed', r'(redux|atom)\.', r'\.(add|min|max|or|and)\b',
     lambda m: '.' + {'add': 'max', 'min': 'max', 'max': 'min', 'or': 'and', 'and': 'or'}[m[1]]),
    ('wrong register', r'^(@!?%p\d+ )?(?!ret|bra|bar|griddep)',
     r'^(.*, [\[{]?)(%(?:rd|rs|r|f|h|p))(\d+)(?!.*%)(.*)$', _neighbour),
)


@dataclass(frozen=True)
class Fault:
    instruction: Instruction
    kind: str
    text: str

    @property
    def variable(self):
        before, after = self.instruction.frame
        return f'{self.instruction.module}:{self.instruction.line}:{before}{self.text}{after}'


def faults_of(instruction):
    """Every fault of the rules that fits: a text other than the instruction's for each."""
    for kind, applies, pattern, replacement in _RULES:
        if re.search(applies, instruction.text):
            text = re.sub(pattern, replacement, instruction.text, count=1)
            if text != instruction.text:
                yield Fault(instruction, kind, text)


class Keys:
    """How the list of survivors calls faults. A key outlives another nvcc's registers and labels, and
    means one instruction: of those of a kernel and a line that read alike it says which."""

    def __init__(self, instructions):
        self.names = demangled({instruction.kernel for instruction in instructions.values()})
        alike = defaultdict(list)
        for place in sorted(instructions):
            alike[self._parts(instructions[place])].append(place)
        self._which = {place: f' ({number} of {len(places)})' if len(places) > 1 else ''
                       for places in alike.values() for number, place in enumerate(places, 1)}

    def of(self, fault):
        kernel, source, text = self._parts(fault.instruction)
        which = self._which[fault.instruction.module, fault.instruction.line]
        return f'{kernel}: {source}: {fault.kind}: {text}{which}'

    def family(self, fault):
        """The same for all instructions that read alike, and for all instances of a kernel."""
        kernel, source, text = self._parts(fault.instruction)
        kernel = re.sub(r'<.*', '', kernel)
        return f'{kernel}: {source}: {fault.kind}: {text}'

    def _parts(self, instruction):
        text = re.sub(r'%([a-z]+)\d+', r'%\1', instruction.text)
        text = re.sub(r'\$L__BB\w+', '$L', text)
        return self.names[instruction.kernel], instruction.source, text


def possible_faults(coverage, names):
    """All faults in executed instructions of kernels that the tests know."""
    known = {name for name, done, every in coverage.of_kernels() if done >= LEAST_EXECUTED * every}
    return [fault for place, instruction in sorted(coverage.instructions.items())
            if coverage.executed(place) and names[instruction.kernel] in known
            for fault in faults_of(instruction)]


def choose(possible, keys, count, seed):
    """Some of the faults: by turns of each kind, and of a kind in each kernel.

    What comes first is decided by the faults' own keys, so that a change of one kernel leaves most of
    the choice as it is."""
    by_kind = defaultdict(lambda: defaultdict(list))
    for fault in possible:
        by_kind[fault.kind][keys.names[fault.instruction.kernel]].append(fault)
    turns = [_by_turns(kernels, lambda text: _rank(f'{seed} {kind} {text}'), keys)
             for kind, kernels in sorted(by_kind.items())]
    chosen = []
    while turns and len(chosen) < count:
        turns = [turn for turn in turns if _take(turn, chosen, count)]
    return chosen


def _rank(text):
    return hashlib.sha256(text.encode()).digest()


def _by_turns(kernels, rank, keys):
    pools = [sorted(kernels[kernel], key=lambda fault: rank(f'{kernel} {keys.family(fault)}'))
             for kernel in sorted(kernels, key=rank)]
    return iter([pool[i] for i in range(max(map(len, pools))) for pool in pools if i < len(pool)])


def _take(turn, chosen, count):
    fault = next(turn, None)
    if fault is not None and len(chosen) < count:
        chosen.append(fault)
    return fault is not None


def choose_of_groups(possible, keys, groups, seed):
    """Of each group as many as it says, so mixed that every part has some of all."""
    mixed = []
    for number, (kernels, count) in enumerate(groups):
        own = [fault for fault in possible if re.match(kernels, keys.names[fault.instruction.kernel])]
        chosen = choose(own, keys, count, seed)
        mixed += [((i + 1) / len(chosen), number, i, fault) for i, fault in enumerate(chosen)]
    return [fault for *_, fault in sorted(mixed, key=lambda row: row[:3])]


def part_of(faults, count, turn):
    """`count` of the faults, other ones each turn until all had theirs."""
    first = turn * count % max(len(faults), 1)
    return (faults[first:] + faults[:first])[:count]


def noticed(fault, coverage, times):
    """The case that fails, the shortest first, or None."""
    instruction = fault.instruction
    # Without a barrier threads may still come in the right order, as long as it is the usual one.
    orders = ('asc', 'desc', 'rand:7') if fault.kind == 'barrier dropped' else ('asc',)
    cases = coverage.cases_at((instruction.module, instruction.line))
    left = MOST_SECONDS
    for case in sorted(cases, key=lambda c: times.get(c.name, MOST_SECONDS)):
        enough = 10 + 4 * times.get(case.name, MOST_SECONDS)  # what takes longer hangs
        for order in orders:
            if left < min(enough, MOST_SECONDS):  # a case that has no time to end notices nothing
                return None
            result = run_case(case, enough, PTX_FAULT=fault.variable, PTX_ORDER=order)
            if not result.passed:
                return case.name
            left -= result.seconds
    return None


def explained(possible, keys, path=SURVIVORS):
    """The reasons of the list by the keys of faults, and what is wrong with the list, one a line."""
    reasons = read_reasons(path)
    known = {keys.of(fault) for fault in possible}
    wrong = [f'no fault is called "{key}"' for key in reasons if key not in known]
    wrong += [f'"{key}" is listed without a reason' for key, reason in reasons.items() if not reason]
    return reasons, wrong


def plant_all(coverage, options, total, times):
    count = ALL if options.mutants == 'all' else int(options.mutants)
    if count == 0:
        return
    keys = Keys(coverage.instructions)
    possible = possible_faults(coverage, keys.names)
    reasons, wrong = explained(possible, keys)
    for message in wrong:
        print(f'  {message}')
    total.count(not wrong, f'ptx faults: {len(wrong)} mistakes in {SURVIVORS.name}')
    groups = [(options.of, max(count, ALL))] if options.of else GROUPS
    chosen = part_of(choose_of_groups(possible, keys, groups, options.seed), count, options.turn)
    print(f'planting {len(chosen)} faults of {len(possible)}: seed {options.seed}, turn {options.turn}')
    ends = defaultdict(int)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = {pool.submit(noticed, fault, coverage, times): fault for fault in chosen
                 if not reasons.get(keys.of(fault))}
        ends['the same'] = len(chosen) - len(tasks)
        for done in concurrent.futures.as_completed(tasks):
            fault, case = tasks[done], done.result()
            kernel = keys.names[fault.instruction.kernel]
            what = f'{kernel}: {fault.kind}: {fault.instruction.text} -> {fault.text or "nothing"}'
            if case:
                print(f'caught    {what}  [{case}]', flush=True)
            else:
                print(f'SURVIVED  {what}\n    {keys.of(fault)}\n    PTX_FAULT={fault.variable}',
                      flush=True)
            ends['caught' if case else 'survived'] += 1
    print(f'{ends["caught"]} of {len(chosen)} faults caught, {ends["the same"]} that {SURVIVORS.name} '
          f'explains, {ends["survived"]} survived')
    total.count(ends['survived'] == 0, f'ptx faults: {ends["survived"]} of {len(chosen)} survived')
