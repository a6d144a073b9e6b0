# SPDX-License-Identifier: Apache-2.0
"""The tests that run kernels, each in a process of its own."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import time
from dataclasses import dataclass

from listing import ROOT

# Of one case. The longest takes a tenth of it on an idle core; a fault may well hang.
MOST_SECONDS = 600


@dataclass(frozen=True)
class Case:
    name: str
    command: tuple


@dataclass(frozen=True)
class Result:
    case: Case
    passed: bool
    seconds: float
    output: str


def find_cases(build):
    """Everything in the suites that is not for the CPU's backend alone."""
    cases = []
    for program in ('conformance/conformance_cpu', 'device/device_tests'):
        path = build / 'tests' / program
        if path.is_file():
            cases += [Case(name, (str(path), f'--gtest_filter={name}'))
                      for name in _gtest_names(path)]
    return cases + [Case('golden', (str(build / 'tests/golden/golden_cpu'),
                                    str(ROOT / 'tests/golden')))]


def _gtest_names(program):
    listed = subprocess.run([program, '--gtest_list_tests', '--gtest_filter=-*/cpu'],
                            env=environment(), capture_output=True, text=True)
    if listed.returncode:
        raise SystemExit(f'{program} lists no tests:\n{listed.stdout}{listed.stderr}')
    suite, names = '', []
    for line in listed.stdout.splitlines():
        word = line.split('#')[0].rstrip()
        if word.startswith(' '):
            names.append(suite + word.strip())
        elif word.endswith('.'):
            suite = word
    return names


def environment(**more):
    """Device tests take the share of their sizes that they take on the emulator."""
    return {**os.environ, 'SEQFEAT_REQUIRE_CUDA': '1', 'SEQFEAT_DEVICE_TEST_SCALE': '0.002', **more}


def run_case(case, seconds=MOST_SECONDS, **variables):
    started = time.monotonic()
    try:
        ended = subprocess.run(case.command, env=environment(**variables), timeout=seconds,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors='replace')
        passed, output = ended.returncode == 0, ended.stdout
    except subprocess.TimeoutExpired as late:
        passed, output = False, f'not done after {seconds:.0f} s\n'
        output = (late.stdout or b'').decode(errors='replace') + output
    return Result(case, passed, time.monotonic() - started, output)


def run_all(cases, jobs, times, folder=None, **variables):
    """Runs cases side by side, the longest first; yields results as they come.

    `times` is a file that remembers how long each took. With `folder` each case leaves its coverage
    in a folder of its name there."""
    known = json.loads(times.read_text()) if times.is_file() else {}
    ordered = sorted(cases, key=lambda case: -known.get(case.name, MOST_SECONDS))

    def one(case):
        if folder is None:
            return run_case(case, **variables)
        own = coverage_folder(folder, case)
        own.mkdir(parents=True)
        return run_case(case, PTX_COVERAGE=str(own), **variables)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(one, c) for c in ordered]):
            result = done.result()
            known[result.case.name] = round(result.seconds, 2)
            yield result
    times.write_text(json.dumps(known, indent=1, sort_keys=True))


def coverage_folder(folder, case):
    return pathlib.Path(folder) / case.name.replace('/', '+')
