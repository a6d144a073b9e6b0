# SPDX-License-Identifier: Apache-2.0
"""From executed instructions and moved bytes to a time that a device can hardly beat.

A launch takes at least as long as issuing all its instructions (four warps a clock and multiprocessor), as its
multiplications or its other integer arithmetic take on their pipes (two warps each), and as its bytes take through
memory. The longest of these is its roof, and a workload's is the sum over its launches. What is left out makes real
times longer: start and tail of a launch, waiting that too few warps hide, conflicts in shared memory. Two things make
them shorter: batches so small that they stay in the cache, and branches that no lane of a warp takes but the count does.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .path_table import PATHS
from .paths import cost

RATES = {"issue": "warps_issued_a_clock", "imad": "half_rate_warps_a_clock", "alu": "half_rate_warps_a_clock"}
LIMITS = (*RATES, "memory")


@dataclass
class Prediction:
    workload: str
    tokens: int
    instructions: float  # issue slots a token, as if each token had a warp's lane for itself
    bytes: float
    limits: dict  # limit -> seconds, over all launches
    seconds: float

    @property
    def bound(self):
        return max(self.limits, key=self.limits.get)


def read_device(path=Path(__file__).parent / "h200.json"):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def executed(launch, kernels, sources):
    """Counter of kinds: warp instructions of a launch."""
    total = Counter()
    for part in launch.parts:
        shares = {PATHS[name]: share for name, share in part.shares.items()}
        kernel = kernels[next(iter(shares)).kernel]
        for kind, count in cost(shares, kernel, sources, part.values).items():
            total[kind] += count * part.warps
    return total


def limits_of(instructions, moved, device):
    """{limit: seconds} of a launch."""
    clocks = device["multiprocessors"] * device["clock_hz"]
    limits = {kind: instructions[kind] / (clocks * device[rate]) for kind, rate in RATES.items()}
    return limits | {"memory": moved / device["bytes_a_second"]}


def predict(workload, kernels, sources, device):
    limits, seconds, issued = Counter(), 0.0, 0.0
    for launch in workload.launches:
        instructions = executed(launch, kernels, sources)
        of_launch = limits_of(instructions, launch.bytes, device)
        limits.update(of_launch)
        seconds += max(of_launch.values())
        issued += instructions["issue"]
    return Prediction(workload.name, workload.tokens, issued * 32 / workload.tokens,
                      sum(launch.bytes for launch in workload.launches), dict(limits), seconds)


def measured_seconds(folder):
    """{workload: (seconds, where)} of the GPU's results, the fastest of each; the emulator's say nothing about speed."""
    found = {}
    for path in sorted(Path(folder).glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        for result in data.get("results", ()):
            seconds = result.get("seconds")
            if result.get("backend") != "cuda" or data.get("rehearsed") or not seconds:
                continue
            if result["workload"] not in found or seconds < found[result["workload"]][0]:
                found[result["workload"]] = seconds, path.name
    return found
