# SPDX-License-Identifier: Apache-2.0
"""The tests that run kernels, each in a process of its own."""

import concurrent.futures
import json
import math
import os
import pathlib
import resource
import signal
import subprocess
import threading
from dataclasses import dataclass

from listing import ROOT

# Of one case, in seconds of a processor, which others on the machine do not change. The longest case
# takes a tenth of it; a fault may well hang.
MOST_SECONDS = 600
# A process that waits takes no processor's time; it ends when so many times its seconds have passed.
PATIENCE = 10


@dataclass(frozen=True)
class Case:
    name: str
    command: tuple


@dataclass(frozen=True)
class Result:
    case: Case
    passed: bool
    seconds: float  # of a processor
    output: str


def find_cases(build):
    """Everything in the suites that is not for the CPU's backend alone."""
    cases = []
    for program in ('conformance/conformance_cpu', 'device/device_tests', 'training/training_cpu'):
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
    """Runs a case for at most so many seconds of a processor."""
    with subprocess.Popen(case.command, env=environment(**variables), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace') as process:
        most = math.ceil(seconds)
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (most, most))
        watch = threading.Timer(PATIENCE * most, process.kill)
        watch.start()
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXCPU):
        output += f'not done after {most} s\n'
    return Result(case, process.returncode == 0, usage.ru_utime + usage.ru_stime, output)


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
