#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the machine code of all kernels in a library (or cubins) and holds it against our rules.

For every kernel and architecture: no integer division, no local memory, and no more registers than
tools/register_budget.json allows. With --nvcc also compiles tests/device/planted_division.cu, whose
kernels break the rules, and expects each of them to be caught. Ends with `N passed, N failed`.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "tests/device/planted_division.cu"
DIVISION = re.compile(r"\bI2F\.(?:U64|U32)\.RP\b")
LOCAL = re.compile(r"\b(?:LDL|STL)\b")


def run(command):
    """Standard output of a command that has to succeed."""
    environment = dict(os.environ)
    # cuobjdump calls nvdisasm, which lies beside it.
    environment["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"sass_check: {' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def short_name(mangled):
    """`gather_kernel<true>` of a mangled name."""
    plain = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\w+_kernel(?:<[^(]*>)?)\(", plain)
    return found.group(1) if found else plain.strip()


def sections(text, header):
    """(architecture, function, body) of each function in cuobjdump's output."""
    architecture = function = None
    body = []
    for line in text.splitlines():
        starts_file = re.match(r"arch = (sm_\w+)", line.strip())
        starts_function = re.match(header, line.strip())
        if (starts_file or starts_function) and function:
            yield architecture, function, "\n".join(body)
            function = None
        if starts_file:
            architecture = starts_file.group(1)
        elif starts_function:
            function, body = starts_function.group(1), []
        body.append(line)
    if function:
        yield architecture, function, "\n".join(body)


def kernels_of(cuobjdump, path):
    """{(kernel, architecture): {registers, stack, divisions, local}} of a file."""
    kernels = {}
    for architecture, function, body in sections(run([cuobjdump, "-res-usage", path]),
                                                 r"Function (\S+):"):
        usage = dict(re.findall(r"\b(REG|STACK|LOCAL):(\d+)", body))
        if "REG" in usage:
            kernels[function, architecture] = {
                "registers": int(usage["REG"]),
                "stack": int(usage.get("STACK", 0)) + int(usage.get("LOCAL", 0)),
            }
    for architecture, function, body in sections(run([cuobjdump, "-sass", path]),
                                                 r"Function : (\S+)"):
        kernel = kernels.get((function, architecture))
        if kernel is not None:
            kernel["divisions"] = len(DIVISION.findall(body))
            kernel["local"] = len(LOCAL.findall(body))
    return {(short_name(f), a): kernel for (f, a), kernel in kernels.items()}


def faults_of(name, kernel, budget):
    """What breaks our rules, in words."""
    if "divisions" not in kernel:
        return ["no machine code found"]
    faults = []
    if kernel["divisions"]:
        faults.append(f"{kernel['divisions']} integer divisions")
    if kernel["local"] or kernel["stack"]:
        faults.append(f"local memory: {kernel['local']} accesses, {kernel['stack']} bytes of stack")
    if budget is not None and name not in budget:
        faults.append("not in tools/register_budget.json")
    elif budget is not None and kernel["registers"] > budget[name]:
        faults.append(f"got {kernel['registers']} registers, expected at most {budget[name]}")
    return faults


def check(files, cuobjdump, budget):
    """Prints a line per kernel; returns (passed, failed)."""
    passed = failed = 0
    seen = set()
    for path in files:
        for (name, architecture), kernel in sorted(kernels_of(cuobjdump, path).items()):
            seen.add(name)
            faults = faults_of(name, kernel, budget)
            verdict = f"FAIL: {'; '.join(faults)}" if faults else "ok"
            print(f"{architecture:8} {name:28} {kernel['registers']:4} registers  {verdict}")
            passed, failed = passed + (not faults), failed + bool(faults)
    for name in sorted(set(budget) - seen):
        print(f"{'':8} {name:28} FAIL: in tools/register_budget.json, but in none of the files")
        failed += 1
    return passed, failed


def check_planted(nvcc, architecture, cuobjdump):
    """A planted kernel passes if its fault is seen."""
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        cubin = str(Path(folder) / "planted.cubin")
        run([nvcc, "-std=c++20", f"-arch=sm_{architecture}", "-cubin", "-o", cubin, str(PLANTED)])
        kernels = kernels_of(cuobjdump, cubin)
    for (name, _), kernel in sorted(kernels.items()):
        faults = faults_of(name, kernel, None)
        print(f"planted  {name:32} {'seen: ' + '; '.join(faults) if faults else 'FAIL: not seen'}")
        passed, failed = passed + bool(faults), failed + (not faults)
    if not kernels:
        print(f"planted  FAIL: no kernels in {PLANTED}")
        failed += 1
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="libraries, objects or cubins")
    parser.add_argument("--cuobjdump", default="cuobjdump", help="with nvdisasm beside it")
    parser.add_argument("--nvcc", help="also compile the planted faults and expect to see them")
    parser.add_argument("--planted-architecture", default="90")
    parser.add_argument("--budget", default=str(ROOT / "tools/register_budget.json"))
    arguments = parser.parse_args()
    budget = json.loads(Path(arguments.budget).read_text(encoding="utf-8"))["registers"]
    passed, failed = check(arguments.files, arguments.cuobjdump, budget)
    if arguments.nvcc:
        seen, unseen = check_planted(arguments.nvcc, arguments.planted_architecture,
                                     arguments.cuobjdump)
        passed, failed = passed + seen, failed + unseen
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
