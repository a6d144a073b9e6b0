#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the machine code of all kernels in a library (or cubins) and holds it against our rules.

    sass_check.py build/cuda/libseqfeat.a           # the checks; ends with `N passed, N failed`
    sass_check.py --update FILES                    # accepts today's counts: baseline, and the tables in bench/README.md
    sass_check.py --markdown FILES                  # those tables: predicted roofs beside what was measured
    sass_check.py --counts FILES                    # loads, stores, divisions of every kernel
    sass_check.py --listing 'hash 8-16' FILES       # the instructions that a path counts

For every kernel and architecture: no integer division, no local memory, registers and shared memory within
tools/sass/budget.json, and eight loads of table rows in flight in every loop of the gather kernels but those that the
budget names with fewer. For every path
through them (tools/sass/path_table.py): not more than 3 % above the instructions in tools/sass/baseline.json. With --nvcc
faults are planted, and each has to be seen. FILES have to be compiled with -lineinfo, from the sources beside this tool.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from sass import baseline, checks, planted, report
from sass.model import measured_seconds, predict, read_device
from sass.opcodes import accesses
from sass.path_table import PATHS
from sass.paths import blocks_on, blocks_with_times
from sass.rules import UnknownSource
from sass.source import Sources
from sass.toolkit import ToolFailed, codes_of
from sass.workloads import WORKLOADS

ROOT = Path(__file__).resolve().parent.parent
BUDGET = ROOT / "tools/sass/budget.json"
BASELINE = ROOT / "tools/sass/baseline.json"
README = ROOT / "bench/README.md"
FROM_HERE, TO_HERE = "<!-- written by tools/sass_check.py --update -->", "<!-- until here -->"
PLANTED = ROOT / "tests/device/planted_faults.cu"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", help="libraries, objects or cubins")
    parser.add_argument("--cuobjdump", default="cuobjdump", help="with nvdisasm beside it")
    parser.add_argument("--nvcc", help="also compile the planted faults and expect to see them")
    parser.add_argument("--architecture", default="90", help="for planted faults and --listing (default: 90)")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--listing", metavar="PATH", choices=PATHS)
    return parser.parse_args()


def counts_of(costs):
    """{path: {architecture: instructions}}"""
    counts = {}
    for architecture, paths in costs.items():
        for name, kinds in paths.items():
            if isinstance(kinds, UnknownSource):
                raise kinds
            counts.setdefault(name, {})[architecture] = round(kinds["issue"], 1)
    return counts


def markdown(costs, kernels, sources):
    device = read_device()
    architecture = device["architecture"]
    if architecture not in kernels:
        raise UnknownSource(f"no kernels for {architecture}, of which tools/sass/h200.json speaks")
    predictions = [predict(one, kernels[architecture], sources, device) for one in WORKLOADS]
    return (f"Predicted for {device['name']}:\n\n"
            f"{report.predictions_table(predictions, measured_seconds(ROOT / 'bench/results'))}\n\n"
            f"Warp instructions of a path's round on {architecture}:\n\n{report.paths_table(costs[architecture])}\n")


def update(costs, kernels, sources):
    tables = markdown(costs, kernels, sources)
    baseline.write(BASELINE, counts_of(costs))
    before, _, rest = README.read_text(encoding="utf-8").partition(FROM_HERE)
    README.write_text(f"{before}{FROM_HERE}\n{tables}{TO_HERE}{rest.partition(TO_HERE)[2]}", encoding="utf-8")


def print_listing(name, kernels, sources):
    path = PATHS[name]
    blocks, _ = blocks_on(path, kernels[path.kernel], sources)
    print(report.listing(path, kernels[path.kernel], blocks, blocks_with_times(path, kernels[path.kernel], sources), sources))


def check(arguments, codes, costs, kernels, sources):
    total = checks.Total()
    checks.check_kernels(codes, json.loads(BUDGET.read_text(encoding="utf-8")), sources, total)
    checks.check_paths(costs, baseline.read(BASELINE), total)
    if arguments.nvcc:
        planted.check_planted_kernels(arguments.nvcc, arguments.architecture, arguments.cuobjdump, PLANTED, sources, total)
        architecture = next(iter(costs))
        planted.check_planted_paths(costs[architecture], kernels[architecture], sources, total)
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


def act(arguments):
    sources = Sources(ROOT)
    codes = [code for file in arguments.files for code in codes_of(arguments.cuobjdump, file)]
    if arguments.counts:
        print(report.counts_table(codes, accesses))
        return 0
    costs, kernels = checks.path_costs(codes, sources)
    if arguments.listing:
        print_listing(arguments.listing, kernels[f"sm_{arguments.architecture}"], sources)
    elif arguments.markdown:
        print(markdown(costs, kernels, sources))
    elif arguments.update:
        update(costs, kernels, sources)
    else:
        return check(arguments, codes, costs, kernels, sources)
    return 0


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends us quietly
    try:
        return act(parse_arguments())
    except (OSError, ToolFailed, UnknownSource) as error:
        # Also a total, so that whoever adds up totals does not take silence for success.
        print(f"FAIL sass_check: {error}\n0 passed, 1 failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
