# SPDX-License-Identifier: Apache-2.0
"""Control flow of a function: basic blocks, their successors, and loops."""

import re
from dataclasses import dataclass, field

LEAVES = {"EXIT", "RET", "KILL"}
JUMPS = {"BRA", "JMP", "BRX", "JMX"}
TARGET = re.compile(r"\.L_x_\d+")


@dataclass
class Block:
    index: int
    instructions: list
    successors: list[int] = field(default_factory=list)
    predecessors: list[int] = field(default_factory=list)


@dataclass
class Loop:
    header: int
    blocks: set[int]
    latches: set[int]  # where its back edges start


def targets_of(instruction):
    """The labels to which control may jump: several by way of a table, none for what is no jump.

    Whole warps are what we count: they pass by a BRA.DIV, which leads back behind the instruction it stands for, and
    take every BRA.CONV. Some compilers write a jump out of a loop as a CALL of a label in the same function.
    """
    jumps = instruction.name in JUMPS and ".DIV" not in instruction.opcode
    return TARGET.findall(" ".join(instruction.operands)) if jumps or instruction.name == "CALL" else []


def passes(instruction):
    """Whether some thread of a whole warp goes on behind it."""
    conditions = [o for o in instruction.operands if re.search(r"\bU?P\d", o)]
    leaves = instruction.name in LEAVES or targets_of(instruction)
    return not leaves or bool(instruction.predicate or conditions)


def blocks_of(function):
    """The basic blocks of a function, in the order of addresses; the first is the entry."""
    code = function.instructions
    starts = {0} | {at for at in function.labels.values() if at < len(code)}
    starts |= {i + 1 for i, one in enumerate(code) if one.name in JUMPS | LEAVES | {"CALL"} and i + 1 < len(code)}
    order = sorted(starts)
    blocks = [Block(n, code[begin:end]) for n, (begin, end) in enumerate(zip(order, order[1:] + [len(code)]))]
    block_at = {begin: n for n, begin in enumerate(order)}
    for block in blocks:
        last = block.instructions[-1]
        following = [block_at[function.labels[label]] for label in targets_of(last)]
        if passes(last) and block.index + 1 < len(blocks):
            following.append(block.index + 1)
        block.successors = list(dict.fromkeys(following))
        for successor in block.successors:
            blocks[successor].predecessors.append(block.index)
    return blocks


def reachable(start, edges, allowed):
    """All that can be reached from `start` within `allowed`; edges(i) gives neighbours."""
    seen, todo = set(), [i for i in start if i in allowed]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += [i for i in edges(at) if i in allowed]
    return seen


def in_order(header, body, blocks):
    """The blocks of `body`, each behind all from which it is reached, but for ways back (reverse postorder)."""
    order, seen, todo = [], set(), [(header, iter(blocks[header].successors))]
    while todo:
        at, ways = todo[-1]
        seen.add(at)
        following = next((i for i in ways if i in body and i not in seen), None)
        if following is None:
            order.append(todo.pop()[0])
        else:
            todo.append((following, iter(blocks[following].successors)))
    return order[::-1]


def dominators(blocks):
    """For each block that can be reached the set of blocks that lie on every way to it."""
    everything = reachable([0], lambda i: blocks[i].successors, set(range(len(blocks))))
    dominates = {i: set(everything) for i in everything}
    dominates[0] = {0}
    changed = True
    while changed:
        changed = False
        for i in sorted(everything - {0}):
            ways = [dominates[p] for p in blocks[i].predecessors if p in everything]
            new = {i} | set.intersection(*ways)
            changed, dominates[i] = changed or new != dominates[i], new
    return dominates


def loops_of(blocks):
    """Natural loops; those with one header are one loop. Outer loops come before inner ones."""
    dominates = dominators(blocks)
    loops = {}
    for i in dominates:
        for header in blocks[i].successors:
            if header in dominates[i]:
                body = {header} | reachable([i], lambda at: blocks[at].predecessors, set(dominates) - {header})
                loop = loops.setdefault(header, Loop(header, set(), set()))
                loop.blocks |= body
                loop.latches.add(i)
    return sorted(loops.values(), key=lambda loop: -len(loop.blocks))


def forward_edges(blocks, loops):
    """{block: successors} without ways back: what ends a turn of a loop goes on to where the loop may be left for."""
    forward = {block.index: set(block.successors) for block in blocks}
    for loop in reversed(loops):  # inner loops first: leaving one may end a turn of an outer one
        exits = {to for index in loop.blocks for to in forward[index] if to not in loop.blocks}
        for latch in loop.latches:
            forward[latch] = (forward[latch] - {loop.header}) | exits
    return forward


def reversed_edges(edges):
    back = {index: set() for index in edges}
    for index, following in edges.items():
        for to in following:
            back[to].add(index)
    return back
