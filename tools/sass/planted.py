# SPDX-License-Identifier: Apache-2.0
"""Faults planted on purpose: a check that does not see them is worth nothing."""

import tempfile
from dataclasses import replace
from pathlib import Path

from . import baseline
from .checks import code_faults, cost_or_error, flight_faults
from .path_table import PATHS
from .paths import Kernel
from .rules import UnknownSource
from .toolkit import codes_of, run


def check_planted_kernels(nvcc, architecture, cuobjdump, source, sources, total):
    """Each kernel of `source` breaks a rule, and says by its name which."""
    with tempfile.TemporaryDirectory() as folder:
        cubin = str(Path(folder) / "planted.cubin")
        run([nvcc, "-std=c++20", "-lineinfo", f"-arch=sm_{architecture}", "-cubin", "-o", cubin, str(source)])
        codes = codes_of(cuobjdump, cubin)
    for code in codes:
        flight = [fault for fault in flight_faults(code, sources, ("load_planted_row",)) if "in flight" in fault]
        total.expect_seen(code.kernel, flight if "loads" in code.kernel else code_faults(code))
    if not codes:
        total.add(str(source), ["no kernels"])


def check_planted_paths(costs, kernels, sources, total):
    """A baseline that is 4 % too low, and a path whose function is not there; of real kernels."""
    name, kinds = next((name, kinds) for name, kinds in costs.items() if not isinstance(kinds, UnknownSource))
    fault = baseline.fault_of(kinds["issue"], kinds["issue"] / 1.04)
    total.expect_seen("a baseline 4 % too low", [fault] if fault else [])
    lost = cost_or_error(replace(PATHS[name], through=("renamed_function",)), kernels, sources)
    total.expect_seen("a path that is not there", [str(lost)] if isinstance(lost, UnknownSource) else [])
