# SPDX-License-Identifier: Apache-2.0
"""One-instruction faults in the PTX, each under the cases that execute the instruction."""

import concurrent.futures
import random
import re
from collections import defaultdict
from dataclasses import dataclass

from cases import run_case
from coverage import read_reasons
from listing import ROOT, Instruction, demangled

# What cases have to notice of the faults that are not known to change nothing.
LEAST_CAUGHT = 0.5
SURVIVORS = ROOT / 'tests/ptx/survivors.txt'
# What `all` plants; a fault that no case notices in so many seconds has survived.
ALL = 240
MOST_SECONDS = 240


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


def choose(coverage, count, seed):
    """Faults in executed instructions: by turns of each kind, and of a kind in each kernel."""
    by_kind = defaultdict(lambda: defaultdict(list))
    for place, instruction in sorted(coverage.instructions.items()):
        if coverage.executed(place):
            for fault in faults_of(instruction):
                by_kind[fault.kind][instruction.kernel].append(fault)
    chance = random.Random(seed)
    turns = [_by_turns(kernels, chance) for _, kernels in sorted(by_kind.items())]
    chosen = []
    while turns and len(chosen) < count:
        turns = [turn for turn in turns if _take(turn, chosen, count)]
    return chosen


def _by_turns(kernels, chance):
    order = sorted(kernels)
    chance.shuffle(order)
    pools = [chance.sample(kernels[kernel], len(kernels[kernel])) for kernel in order]
    return iter([pool[i] for i in range(max(map(len, pools))) for pool in pools if i < len(pool)])


def _take(turn, chosen, count):
    fault = next(turn, None)
    if fault is not None and len(chosen) < count:
        chosen.append(fault)
    return fault is not None


def noticed(fault, coverage, times):
    """The case that fails, the shortest first, or None."""
    instruction = fault.instruction
    # Without a barrier threads may still come in the right order, as long as it is the usual one.
    orders = ('asc', 'desc', 'rand:7') if fault.kind == 'barrier dropped' else ('asc',)
    cases = coverage.cases_of[instruction.module, instruction.line]
    left = MOST_SECONDS
    for case in sorted(cases, key=lambda c: times.get(c.name, MOST_SECONDS)):
        for order in orders:
            if left <= 0:
                return None
            result = run_case(case, min(left, 30 + 5 * times.get(case.name, MOST_SECONDS)),
                              PTX_FAULT=fault.variable, PTX_ORDER=order)
            if not result.passed:
                return case.name
            left -= result.seconds
    return None


def key_of(fault, names):
    """How the list of survivors calls a fault: it outlives another nvcc's registers."""
    kernel = re.sub(r'<.*', '', names[fault.instruction.kernel])
    registers = re.sub(r'%([a-z]+)\d+', r'%\1', fault.instruction.text)
    return f'{kernel}: {fault.instruction.source}: {fault.kind}: {registers}'


def plant_all(coverage, options, total, times):
    count = ALL if options.mutants == 'all' else int(options.mutants)
    if count == 0:
        return
    print(f'planting {count} faults, seed {options.seed}')
    chosen = choose(coverage, count, options.seed)
    names = demangled({fault.instruction.kernel for fault in chosen})
    reasons = read_reasons(SURVIVORS)
    caught = survived = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = {pool.submit(noticed, fault, coverage, times): fault for fault in chosen}
        for done in concurrent.futures.as_completed(tasks):
            fault, case = tasks[done], done.result()
            key = key_of(fault, names)
            what = f'{fault.kind}: {fault.instruction.text} -> {fault.text or "nothing"}'
            if case:
                caught += 1
                print(f'caught    {what}  [{case}]', flush=True)
            elif reasons.get(key):
                print(f'the same  {what}: {reasons[key]}', flush=True)
            else:
                survived += 1
                print(f'SURVIVED  {what}\n    {key}\n    PTX_FAULT={fault.variable}', flush=True)
    print(f'{caught} of {count} faults caught, {survived} survived')
    total.count(caught >= LEAST_CAUGHT * (caught + survived),
                f'ptx faults: {survived} of {count} survived')
