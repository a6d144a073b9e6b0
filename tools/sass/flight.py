# SPDX-License-Identifier: Apache-2.0
"""How many loads of table rows are on their way at once.

Counted is, loop by loop, the largest group of row loads that are issued before the first instruction that reads a
register of any of them: the first addition of a sum, the first store of a copy. What stands between the loads
(addresses, ids, branches around rows that are not there) does not matter, only the order of loads and first use. Where
ways through a loop join, the way with more loads goes on; ways back to a loop's head and other loops inside are not
followed. A row load is a global load that came from one of the functions that load rows.
"""

import re

from .graph import blocks_of, in_order, loops_of
from .opcodes import bits_of

REGISTER = re.compile(r"\bR(\d+)\b")
LEAST = 8


def registers_in(operand):
    return {int(number) for number in REGISTER.findall(operand)}


def written(load):
    """The registers that a load fills."""
    first = min(registers_in(load.operands[0]), default=None)
    return set() if first is None else set(range(first, first + max(1, bits_of(load.opcode) // 32)))


def read(instruction):
    """The registers that an instruction names as sources; the first operand of what is no store is its result."""
    sources = instruction.operands if instruction.name.startswith(("ST", "RED", "ATOM")) else instruction.operands[1:]
    return set().union(*map(registers_in, sources)) if sources else set()


def groups(blocks, body, header, is_row_load):
    """The sizes of the groups of row loads in the blocks `body` of a loop; blocks of inner loops are not among them."""
    sizes, leaving = [], {}
    for index in in_order(header, body, blocks):
        arriving = [leaving[p] for p in blocks[index].predecessors if p in leaving and index != header]
        pending = dict(max(arriving, key=len, default={}))
        for one in blocks[index].instructions:
            if any(read(one) & filled for filled in pending.values()):
                sizes.append(len(pending))
                pending = {}
            if is_row_load(one):
                pending[one.address] = written(one)
        leaving[index] = pending
    return sizes


def loads_in_flight(function, rules, sources):
    """[(loop's first address, bits of its row loads, largest group)] of all loops with row loads of their own."""
    blocks = blocks_of(function)
    loops = loops_of(blocks)
    found = []
    for loop in loops:
        body = set(loop.blocks)
        for inner in loops:
            if inner.blocks < loop.blocks:
                body -= inner.blocks
        is_row_load = lambda one: one.name == "LDG" and any(rule.matches(one, sources) for rule in rules)
        loads = [one for index in body for one in blocks[index].instructions if is_row_load(one)]
        if loads:
            largest = max(groups(blocks, body, loop.header, is_row_load), default=0)
            found.append((blocks[loop.header].instructions[0].address, bits_of(loads[0].opcode), largest))
    return found
