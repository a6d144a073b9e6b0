# SPDX-License-Identifier: Apache-2.0
"""What every name promises: documentation with examples that run, and no leaks."""

import doctest
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import seqfeat as sf
from support import UNDER_ASAN


@pytest.mark.parametrize("name", sf.__all__)
def test_names_are_documented_and_examples_run(name):
    thing = getattr(sf, name)
    if name not in ("Column",):  # a union of types
        assert thing.__doc__ and thing.__doc__.strip(), name
    names = {**vars(sf), "np": np}
    for found in doctest.DocTestFinder().find(thing, name, module=False, globs=names):
        assert doctest.DocTestRunner().run(found).failed == 0


def test_the_package_s_own_example_runs():
    result = doctest.testmod(sf, extraglobs={"np": np})
    assert result.failed == 0 and result.attempted > 0


def test_the_program_runs_as_a_module(tmp_path):
    def run(*arguments, **options):
        command = [sys.executable, "-m", "seqfeat", *arguments]
        return subprocess.run(command, capture_output=True, timeout=60, **options)

    version = run("--version")
    assert version.stdout.decode().split() == ["seqfeat", sf.__version__]
    hashed = run("hash", "--buckets", "1000", input=b"sea\ncloud\n")
    assert hashed.stdout == b"42\n937\n" and hashed.returncode == 0
    assert run("no-such-command").returncode == 2


@pytest.mark.skipif(UNDER_ASAN, reason="it keeps what was freed")
def test_calls_leave_no_memory_behind():
    script = pathlib.Path(__file__).with_name("leaks.py")
    # Of one arena, since threads that find another one make it larger now and then.
    one_arena = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run([sys.executable, script, "10"], env=one_arena, capture_output=True, timeout=300, text=True)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    leaking = {
        name: growths
        for name, (growths, calls) in measured.items()
        if min(growths[2:]) > max(1 << 14, 8 * calls)
    }
    assert len(measured) > 40 and not leaking
