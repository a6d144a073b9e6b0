# SPDX-License-Identifier: Apache-2.0
"""Turns vector instructions of a program into traps and counts what reaches one.

usage: traps.py PROGRAM OBJDUMP

With SEQFEAT_SIMD set to a level, none of the instructions beyond it may be executed, and the results
are the same. Without, every function that holds such instructions is reached: a trap that nothing
could run into would show nothing.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile

LEVELS = ["scalar", "sse4.2", "avx2", "avx512"]
TRAP = b"\xcc"


def level_of(mnemonic, operands):
    """The level that an instruction belongs to."""
    if re.search(r"%zmm|%k[0-7]|%[xy]mm(1[6-9]|2\d|3[01])\b", operands):
        return "avx512"
    if mnemonic.startswith("v") and not mnemonic.startswith("ver"):
        return "avx2"
    return "sse4.2" if mnemonic.startswith("crc32") else "scalar"


def instructions(program, objdump):
    """Function, level and place in the file of every instruction beyond `scalar`."""
    headers = subprocess.run([objdump, "-h", program], capture_output=True, text=True, check=True).stdout
    fields = next(line.split() for line in headers.splitlines() if " .text " in line)
    to_file = int(fields[5], 16) - int(fields[3], 16)
    lines = subprocess.run([objdump, "-d", "-C", "-j", ".text", "--no-show-raw-insn", program],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    found, function = [], ""
    for line in lines:
        if match := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            function = match[1]
        elif match := re.match(r"\s*([0-9a-f]+):\s+(?:\{\w+\} )?(\S+)\s*(.*)", line):
            level = level_of(match[2], match[3])
            if level != "scalar":
                found.append((function, level, int(match[1], 16) + to_file))
    return found


class Traps:
    def __init__(self, program, folder):
        with open(program, "rb") as file:
            self.image = file.read()
        self.copy = os.path.join(folder, "program")

    def run(self, level, places):
        """Exit code and output with traps at `places`; a code of -SIGTRAP: one was reached."""
        image = bytearray(self.image)
        for place in places:
            image[place:place + 1] = TRAP
        with open(self.copy, "wb") as file:
            file.write(image)
        os.chmod(self.copy, 0o700)
        done = subprocess.run([self.copy], capture_output=True, text=True, check=False,
                              env={**os.environ, "SEQFEAT_SIMD": level, "SEQFEAT_NUM_THREADS": "1"})
        return done.returncode, done.stdout, done.stderr


def main(program, objdump):
    found = instructions(program, objdump)
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        traps = Traps(program, folder)
        code, expected, error = traps.run("", [])
        assert code == 0 and expected, error
        runnable = [level for level in LEVELS if traps.run(level, [])[0] == 0]
        for level in runnable:
            beyond = [place for _, other, place in found if LEVELS.index(other) > LEVELS.index(level)]
            code, output, error = traps.run(level, beyond)
            print(f"SEQFEAT_SIMD={level}: {len(beyond)} traps, exit code {code}")
            if code != 0 or output != expected:
                faults.append(f"SEQFEAT_SIMD={level}: got exit code {code} and {output!r}, expected 0 and "
                              f"{expected!r}: an instruction beyond that level was reached {error}")
        functions = {}
        for function, level, place in found:
            functions.setdefault(function, []).append((level, place))
        for function, places in functions.items():
            widest = max((level for level, _ in places), key=LEVELS.index)
            if widest not in runnable:
                print(f"not reached, for this machine has no {widest}: {function}")
                continue
            reached = any(traps.run(level, [place for _, place in places])[0] == -signal.SIGTRAP
                          for level in runnable[1:])
            print(f"{'reached' if reached else 'NOT REACHED'} with {widest}: {function}")
            if not reached:
                faults.append(f"{function} is reached at no level")
    if not found and "avx2" in runnable:
        faults.append("found no vector instruction in the program")
    for fault in faults:
        print(f"FAIL {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
