# SPDX-License-Identifier: Apache-2.0
"""What `nvdisasm -c -gi` prints, as functions of instructions.

Each instruction knows the source lines it came from, the innermost first: where the line stands, and where the
function around it was inlined. (`-gi` needs code that was compiled with -lineinfo, which does not change the code.)
"""

import re
from dataclasses import dataclass, field

FUNCTION = re.compile(r"^\.text\.(\S+):")
LABEL = re.compile(r"^(\.L_x_\d+):")
PLACE = re.compile(r'"([^"]+)", line (\d+)')
INSTRUCTION = re.compile(r"^\s+/\*([0-9a-f]{4,})\*/\s+(?:\{\s*)?(?:@(!?U?P\w+)\s+)?([A-Z][\w.]*)\s*(.*?)\s*;")


@dataclass
class Instruction:
    address: int
    predicate: str  # "P0", "!P0", or "" where it always runs
    opcode: str  # with its modifiers: LDG.E.128
    operands: list[str]
    places: tuple = ()  # ((file, line), ...), innermost first

    @property
    def name(self):
        return self.opcode.partition(".")[0]

    @property
    def text(self):
        guard = f"@{self.predicate} " if self.predicate else ""
        return f"{guard}{self.opcode} {', '.join(self.operands)}".rstrip()


@dataclass
class Function:
    name: str  # mangled
    instructions: list[Instruction] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)  # label -> index of an instruction


def split_operands(text):
    """At commas that stand outside brackets and parentheses."""
    return [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", text) if part.strip()]


def read_listing(text):
    """The functions of a listing, in its order."""
    functions = []
    places, chain_open = (), False
    for line in text.splitlines():
        if starts := FUNCTION.match(line):
            functions.append(Function(starts.group(1)))
            places, chain_open = (), False
        elif line.lstrip().startswith("//## File"):
            found = tuple((path, int(number)) for path, number in PLACE.findall(line))
            # A chain is a line for each link, "A inlined at B", "B inlined at C", "C"; the next chain starts anew.
            places = places + found[:1] if chain_open else found[:1]
            chain_open = "inlined at" in line
        elif functions and (label := LABEL.match(line)):
            functions[-1].labels[label.group(1)] = len(functions[-1].instructions)
        elif functions and (found := INSTRUCTION.match(line)):
            address, predicate, opcode, operands = found.groups()
            functions[-1].instructions.append(
                Instruction(int(address, 16), predicate or "", opcode, split_operands(operands), places))
            chain_open = False
    return functions
