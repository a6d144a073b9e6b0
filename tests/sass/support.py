# SPDX-License-Identifier: Apache-2.0
"""What the tests of tools/sass share. They run on small listings, without a CUDA compiler: FILE_test.py ROOT.

sample.sass is `nvdisasm -c -gi` of sample.cu for sm_90; what is expected of it was counted by hand.
"""
import pathlib
import sys

ROOT = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "tools"))
from sass.graph import blocks_of
from sass.listing import read_listing
from sass.source import Sources

SOURCES = Sources(ROOT)
SAMPLE = {function.name: function for function in read_listing((ROOT / "tests/sass/sample.sass").read_text(encoding="utf-8"))}
PATHS, ROWS = SAMPLE["_Z19sample_paths_kernelPKjPKiPji"], SAMPLE["_Z18sample_rows_kernelILi3EEvPK6float4PKiiPS0_"]


def code(*lines):
    """A function of such lines: instructions, and labels on lines of their own."""
    text, address = [".text.f:"], 0
    for line in lines:
        text.append(line if line.startswith(".L") else f"        /*{address:04x}*/  {line} ;")
        address += 0 if line.startswith(".L") else 16
    return read_listing("\n".join(text))[0]


def edges(*lines):
    return [block.successors for block in blocks_of(code(*lines))]
