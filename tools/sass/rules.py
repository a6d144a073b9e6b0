# SPDX-License-Identifier: Apache-2.0
"""Rules name pieces of machine code by the source they came from.

    hash_long                             what came from this function, inlined into whatever
    hash_long<fingerprint64               … where it was inlined into that one
    hash_0_to_32 @ if (size > 16)         … from a line with this text, and lines indented deeper below it
    integer_at # LD*.64                   … and only instructions whose opcode begins so (* for anything)

A block belongs to a rule if more than half of its instructions do (the scheduler lets a few stray into their
neighbours' blocks); a rule with an opcode has a block as soon as one of its instructions matches. Blocks of BSYNC
alone, where ways join again, belong to none.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


JOINS = {"BSYNC", "NOP"}


class UnknownSource(Exception):
    """A rule names source that is not there; most likely the source was changed and the rule was not."""


@dataclass(frozen=True)
class Rule:
    functions: tuple  # innermost first
    text: str = ""
    opcode: str = ""

    @staticmethod
    def parse(written):
        rest, _, opcode = written.partition(" # ")
        functions, _, text = rest.partition(" @ ")
        return Rule(tuple(functions.strip().split("<")), text.strip(), opcode.strip())

    def __str__(self):
        return "<".join(self.functions) + (f" @ {self.text}" if self.text else "") + (f" # {self.opcode}" if self.opcode else "")

    def matches(self, instruction, sources):
        if not fnmatchcase(instruction.opcode, self.opcode + "*"):
            return False
        chain = sources.chain(instruction.places)  # ((function, place), ...)
        names = tuple(name for name, _ in chain)
        size = len(self.functions)
        return any(names[i : i + size] == self.functions and (not self.text or sources.is_below(chain[i][1], self.functions[0], self.text))
                   for i in range(len(names) - size + 1))


def belongs(instructions, rules, sources):
    """Whether a block is one of `rules`, as said above."""
    with_opcode = [rule for rule in rules if rule.opcode]
    without = [rule for rule in rules if not rule.opcode]
    if any(rule.matches(one, sources) for rule in with_opcode for one in instructions):
        return True
    instructions = [one for one in instructions if one.name not in JOINS]
    matching = sum(any(rule.matches(one, sources) for rule in without) for one in instructions)
    return 2 * matching > len(instructions)  # not of none at all
