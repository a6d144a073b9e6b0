# SPDX-License-Identifier: Apache-2.0
"""Reads libraries, objects and cubins with cuobjdump and nvdisasm."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .listing import Function, read_listing


class ToolFailed(Exception):
    """cuobjdump, nvdisasm or nvcc gave up."""


@dataclass
class Code:
    """A kernel for one architecture."""

    kernel: str
    architecture: str
    registers: int
    stack: int  # and local memory, bytes a thread
    shared: int  # static, bytes a block
    function: Function


def run(command, folder=None):
    """Standard output of a command that has to succeed."""
    environment = dict(os.environ)
    # cuobjdump calls nvdisasm, which lies beside it.
    environment["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    if done.returncode != 0:
        raise ToolFailed(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


# The names of template arguments that a mangled name has as numbers.
ENUMERATORS = {"Method": ("copy", "combine", "clip", "weigh"),
               "OptimizerKind": ("sgd", "adagrad", "rowwise_adagrad", "adam", "ftrl")}

# Kernels of others, by what their mangled names hold: CUB's sort.
OTHERS = "3cub"


def readable(plain):
    """`gather_kernel<copy>` for `gather_kernel<(…::Method)0>`."""
    return re.sub(r"\((?:[\w ()]+::)*(\w+)\)(\d+)",
                  lambda found: ENUMERATORS[found[1]][int(found[2])] if found[1] in ENUMERATORS else found[0], plain)


@lru_cache(maxsize=None)
def short_name(mangled):
    """`gather_kernel<copy>` of a mangled name."""
    plain = readable(subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout)
    found = re.search(r"(\w+_kernel(?:<[^(]*>)?)\(", plain)
    return found.group(1) if found else plain.strip()


def read_usage(text):
    """{function: {what: number}} of `cuobjdump -res-usage`."""
    usage = {}
    for function, numbers in re.findall(r"Function (\S+):\s*\n\s*(.*)", text):
        usage[function] = {what: int(number) for what, number in re.findall(r"\b([A-Z]+):(\d+)", numbers)}
    return usage


def cubins_of(cuobjdump, path, folder):
    """The cubins in a file; a cubin is its own."""
    with open(path, "rb") as file:
        if file.read(4) == b"\x7fELF" and Path(path).suffix == ".cubin":
            return [Path(path)]
    run([cuobjdump, "-xelf", "all", str(Path(path).resolve())], folder)
    return sorted(Path(folder).glob("*.cubin"))


def codes_of(cuobjdump, path):
    """All kernels of a file."""
    codes = []
    nvdisasm = str(Path(cuobjdump).with_name("nvdisasm")) if os.sep in cuobjdump else "nvdisasm"
    with tempfile.TemporaryDirectory() as folder:
        for cubin in cubins_of(cuobjdump, path, folder):
            usage = read_usage(run([cuobjdump, "-res-usage", str(cubin)]))
            if not usage:
                continue
            listing = run([nvdisasm, "-c", "-gi", str(cubin)])
            architecture = re.search(r"\.target\s+(sm_\d+)", listing).group(1)
            functions = {one.name: one for one in read_listing(listing)}
            for name, numbers in usage.items():
                if OTHERS in name:
                    continue
                codes.append(Code(short_name(name), architecture, numbers["REG"], numbers.get("STACK", 0) + numbers.get("LOCAL", 0),
                                  numbers.get("SHARED", 0), functions.get(name, Function(name))))
    return sorted(codes, key=lambda code: (int(code.architecture[3:]), code.kernel))
