# SPDX-License-Identifier: Apache-2.0
"""The binary interface to XLA, and what importing the package does."""

import pathlib
import shutil
import subprocess
import sys

import jax
import pytest

ROOT = pathlib.Path(__file__).parents[3]


@pytest.mark.skipif(shutil.which("c++") is None, reason="no compiler here")
@pytest.mark.parametrize("change", ["", "std::uint32_t moved; "], ids=["as it is", "moved"])
def test_our_structures_are_those_of_the_jaxlib_that_is_here(change, tmp_path):
    """A member more in one of ours is found."""
    ours = (ROOT / "src" / "abi" / "xla" / "ffi.hpp").read_text()
    place = "  ElementType type;\n  void* data;"
    assert place in ours
    (tmp_path / "abi" / "xla").mkdir(parents=True)
    (tmp_path / "abi" / "xla" / "ffi.hpp").write_text(
        ours.replace(place, f"  ElementType type;\n  {change}{change and 'void* more;'}\n  void* data;")
    )
    command = ["c++", "-std=c++20", "-fsyntax-only", "-Wno-invalid-offsetof", f"-I{tmp_path}"]
    command += [f"-I{jax.ffi.include_dir()}", str(pathlib.Path(__file__).parent / "xla_layout.cpp")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode == 0) == (change == ""), done.stderr
    assert change == "" or "static assertion failed" in done.stderr


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_importing_the_package_imports_no_jax():
    done = run("import sys, seqfeat; print([name for name in sys.modules if name.startswith('jax')])")
    assert done.stdout == "[]\n", done


def test_a_program_that_jitted_ends_quietly():
    done = run(
        "import jax, seqfeat as sf, seqfeat.jax as sfj\n"
        "tokens = sf.sequence_categorical_column_with_hash_bucket('tokens', 1000)\n"
        "spec = sf.Spec([sf.embedding_column(tokens, 10)], max_length=3)\n"
        "layer = jax.jit(lambda t, b: sfj.sequence_features(spec, t, b).values)\n"
        "batch = sfj.pack(spec, {'tokens': [['sea']]}, sf.Capacity(rows=1, bytes=8))\n"
        "print(layer(sfj.init_tables(spec), batch).shape)\n"
    )
    assert done.stdout == "(1, 3, 10)\n" and done.stderr == "", done
