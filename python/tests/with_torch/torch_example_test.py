# SPDX-License-Identifier: Apache-2.0
"""examples/python/train_torch.py stops and goes on."""

import importlib.util
import pathlib
import subprocess
import sys

EXAMPLE = pathlib.Path(__file__).parents[3] / "examples" / "python" / "train_torch.py"
SAMPLE = EXAMPLE.parents[2] / "data" / "set_mm_sample.tfrecord"


def run(folder, epochs):
    command = [sys.executable, str(EXAMPLE), str(SAMPLE), str(folder), str(epochs)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout


def test_it_goes_on_from_its_checkpoint(tmp_path):
    first = run(tmp_path, 1)
    assert "epoch 1: loss" in first and "accuracy" in first
    second = run(tmp_path, 2)
    assert "going on behind epoch 1" in second and "epoch 2: loss" in second
    assert "epoch 1: loss" not in second
    if importlib.util.find_spec("matplotlib"):
        assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
