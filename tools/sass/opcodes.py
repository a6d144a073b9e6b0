# SPDX-License-Identifier: Apache-2.0
"""What kinds of instructions there are: where they run, and which memory they touch in which width."""

import re
from collections import Counter

DIVISION = re.compile(r"I2F\.(?:U64|U32)\.RP$")
LOCAL = {"LDL", "STL"}
SHARED = {"LDS", "STS", "LDSM", "STSM", "ATOMS"}
GLOBAL = {"LDG", "STG", "LD", "ST", "ATOMG", "ATOM", "RED", "REDG", "LDGSTS"}
# Integer arithmetic beside the multiplier: 64 lanes a clock and multiprocessor, of the 128 for which instructions issue.
ALU = {"BMSK", "FMNMX", "FSEL", "FSETP", "IABS", "IADD", "IADD3", "IMNMX", "ISETP", "LEA", "LOP3", "MOV", "PLOP3", "PRMT", "SEL", "SGXT",
       "SHF", "VIADD", "VIADDMNMX", "VIMNMX"}


def bits_of(opcode):
    """How many bits a load or store moves."""
    parts = opcode.split(".")
    widths = [int(part) for part in parts if part in ("64", "128", "256")]
    narrow = [int(part[1:]) for part in parts if part in ("U8", "S8", "U16", "S16")]
    return (widths or narrow or [32])[0]


KINDS = ("issue", "imad", "alu", "shared", "global")
USES = {"IMAD": "imad", **dict.fromkeys(ALU, "alu"), **dict.fromkeys(SHARED, "shared"), **dict.fromkeys(GLOBAL, "global")}


def kinds_of(instruction):
    """What an executed instruction costs: an issue slot always, and what else it uses."""
    return ["issue", USES[instruction.name]] if instruction.name in USES else ["issue"]


def accesses(instructions):
    """Counter of memory instructions by kind and bits: LDG.128, STS.32, …; divisions and local accesses too.

    LD and ST are generic: the compiler did not know whether memory is global or shared."""
    found = Counter()
    for one in instructions:
        if one.name in ("LDG", "STG", "LDS", "STS", "LD", "ST"):
            found[f"{one.name}.{bits_of(one.opcode)}"] += 1
        elif one.name in LOCAL:
            found["local"] += 1
        elif DIVISION.match(one.opcode):
            found["division"] += 1
    return found
