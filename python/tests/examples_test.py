# SPDX-License-Identifier: Apache-2.0
"""Every program under examples/python runs, and says that it went well."""

import importlib.util
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples" / "python").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples_run(example):
    for package in ("pyarrow", "polars", "tensorflow", "jax", "torch"):
        if f"import {package}" in example.read_text() and importlib.util.find_spec(package) is None:
            pytest.skip(f"no {package} here")
    done = subprocess.run([sys.executable, str(example)], capture_output=True, timeout=300, text=True)
    assert done.returncode == 0 and done.stdout, done.stderr


@pytest.mark.parametrize("page", ["README.md", "docs/python.md", "docs/jax.md", "docs/torch.md", "docs/engines.md"])
def test_python_in_the_documentation_runs(page, tmp_path, monkeypatch):
    """The blocks of a page, one after the other, in one program."""
    text = (ROOT / page).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert blocks
    for package in ("pyarrow", "jax", "torch"):
        if page != "README.md" and any(f"import {package}" in block for block in blocks):
            pytest.importorskip(package)
    if importlib.util.find_spec("torch") is None:
        blocks = [block for block in blocks if "seqfeat.torch" not in block]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.tfrecord").write_bytes((ROOT / "data" / "set_mm_sample.tfrecord").read_bytes())
    exec(compile("\n".join(blocks), page, "exec"), {"__name__": page})
