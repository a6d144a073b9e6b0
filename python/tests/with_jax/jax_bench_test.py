# SPDX-License-Identifier: Apache-2.0
"""The benchmark beside XLA runs, in tiny sizes, and compares results before it times them."""

import json
import pathlib
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).parents[3] / "bench" / "peers" / "jax_layer.py"


def test_it_rehearses(tmp_path):
    out = tmp_path / "jax.json"
    command = [sys.executable, str(PROGRAM), "--rehearse", "--rounds", "2", "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    results = json.loads(out.read_text())["results"]
    assert {result["workload"].split("/")[1] for result in results} == {"forward", "gradient", "pack"}
    assert len(results) == 9 and all(len(result["samples"]) == 2 for result in results)
    assert all((result["ratio"] or 1) > 0 for result in results)
