# SPDX-License-Identifier: Apache-2.0
"""Instructions that a warp executes on one path through a kernel.

A path is a round of a loop (the tokens of 32 lanes, a few vectors a thread), or what comes before that loop. Its blocks
are those that lie on a way from the beginning of the round to its end which passes through what the path has to pass
through and keeps out of what it avoids. All such ways count: a warp whose lanes differ executes both sides of a
branch. Blocks of inner loops count as often as the table says, in numbers or in words that a workload gives a value
("stagings"). All of it is read from the kernel itself, by way of the lines from which its instructions came; probe
kernels would have shown other registers, another schedule, and whatever the compiler makes of constants.
"""

from collections import Counter
from dataclasses import dataclass, field

from .graph import blocks_of, forward_edges, loops_of, reachable, reversed_edges
from .opcodes import kinds_of
from .rules import Rule, UnknownSource, belongs


@dataclass(frozen=True)
class Path:
    name: str
    kernel: str  # hash_kernel, gather_kernel<false>
    loop: str  # the rule of the loop's way back; the outermost such loop is meant
    avoids: tuple = ()  # rules
    through: tuple = ()  # rules
    trips: tuple = ()  # ((rule, times), ...): the first rule that a loop belongs to; times: a number or a word
    before: bool = False  # what comes before the loop
    has: str = ""  # a rule: the loop that has instructions of it
    each: bool = False  # counts are divided by the number of those instructions
    usual: dict = field(default_factory=dict, hash=False)  # the words' values where no workload gives others
    more: str = ""  # a word of which one more is worth a count of its own


class Kernel:
    """A function with its graph, made once for all paths."""

    def __init__(self, function):
        self.function = function
        self.blocks = blocks_of(function)
        self.loops = loops_of(self.blocks)
        self.forward = forward_edges(self.blocks, self.loops)
        self.backward = reversed_edges(self.forward)


def fail(path, problem):
    raise UnknownSource(f"path '{path.name}' of {path.kernel}: {problem}")


def comes_back_from(loop, rule, kernel, sources):
    """A loop belongs to the source from which its way back comes."""
    return any(rule.matches(kernel.blocks[latch].instructions[-1], sources) for latch in loop.latches)


def count_of(path, loop, kernel, sources):
    """How many instructions of the rule `has` there are in a loop."""
    rule = Rule.parse(path.has)
    return sum(rule.matches(one, sources) for index in loop.blocks for one in kernel.blocks[index].instructions)


def find_loop(path, kernel, sources):
    rule = Rule.parse(path.loop)
    for loop in kernel.loops:
        if comes_back_from(loop, rule, kernel, sources) and (not path.has or count_of(path, loop, kernel, sources)):
            return loop
    fail(path, f"no loop belongs to '{rule}'{f' and has {path.has!r}' if path.has else ''}; did its name change?")


def blocks_of_rules(path, kernel, written, sources):
    """The blocks that belong to some of the rules; each rule has to be good for something."""
    rules = [Rule.parse(text) for text in written]
    for rule in rules:
        if not any(rule.matches(one, sources) for one in kernel.function.instructions):
            fail(path, f"no instruction matches '{rule}'; did its name change?")
    return {block.index for block in kernel.blocks if belongs(block.instructions, rules, sources)}


def on_ways(path, kernel, begin, ends, space, sources):
    """What of `space` lies on a way from `begin` to `ends` through all that the path has to pass through."""
    forward, backward = kernel.forward.__getitem__, kernel.backward.__getitem__
    found = reachable({begin}, forward, space) & reachable(ends, backward, space)
    for rule in path.through:
        passed = blocks_of_rules(path, kernel, (rule,), sources) & found
        found = reachable(passed, forward, found) | reachable(passed, backward, found)
        if not found:
            fail(path, f"no way is left through '{rule}'")
    return found


def blocks_on(path, kernel, sources):
    """The blocks that count, and the loop."""
    loop = find_loop(path, kernel, sources)
    begin, ends, space = loop.header, loop.latches, loop.blocks
    if path.before:
        begin, ends, space = 0, {loop.header}, (set(kernel.forward) - loop.blocks) | {loop.header}
    space = on_ways(path, kernel, begin, ends, space, sources)
    avoided = blocks_of_rules(path, kernel, path.avoids, sources) & space
    # What every way passes is no matter of choice: strays may have given a small block a wrong name.
    avoided = {one for one in avoided if ends & reachable({begin}, kernel.forward.__getitem__, space - {one})}
    found = on_ways(path, kernel, begin, ends, space - avoided, sources)
    if not found:
        fail(path, "it avoids every way")
    return found - ({loop.header} if path.before else set()), loop


def times_of(path, kernel, inner, sources):
    """How often an inner loop goes round, by the table."""
    for rule, times in path.trips:
        if comes_back_from(inner, Rule.parse(rule), kernel, sources):
            return times
    back = kernel.blocks[min(inner.latches)].instructions[-1]
    names = "<".join(name for name, _ in sources.chain(back.places))
    fail(path, f"nothing says how often the loop of '{names}' at {back.address:#x} goes round")


def blocks_with_times(path, kernel, sources):
    """{block: what its instructions are to be multiplied with: numbers and words}."""
    found, loop = blocks_on(path, kernel, sources)
    inner = [(one, times_of(path, kernel, one, sources)) for one in kernel.loops
             if one.header in found and (path.before or one.blocks < loop.blocks)]
    share = (1 / count_of(path, loop, kernel, sources),) if path.each else ()
    return {index: share + tuple(times for one, times in inner if index in one.blocks) for index in found}


def value_of(factor, values):
    if isinstance(factor, str) and factor not in values:
        raise UnknownSource(f"nothing says how many '{factor}' there are")
    return values[factor] if isinstance(factor, str) else factor


def cost(shares, kernel, sources, values):
    """Counter of kinds: what a warp executes whose 32 lanes take paths of one loop, each with its probability.

    `shares` is {path: probability}. A block is executed if any lane goes there.
    """
    times, chances = {}, Counter()
    for path, share in shares.items():
        for index, factors in blocks_with_times(path, kernel, sources).items():
            times[index] = factors
            chances[index] += share
    total = Counter()
    for index, factors in times.items():
        weight = 1 - (1 - min(chances[index], 1.0)) ** 32
        for factor in factors:
            weight *= value_of(factor, values)
        for one in kernel.blocks[index].instructions:
            for kind in kinds_of(one):
                total[kind] += weight
    return total
