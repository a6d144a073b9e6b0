# SPDX-License-Identifier: Apache-2.0
"""What the tests of engines share, and what their workers import."""

import os
import pathlib
import re
import resource
import signal

import pyarrow as pa

import seqfeat as sf
from support import ROOT, embedding

HERE = pathlib.Path(__file__).parent
FIXED = {"max_length": 6, "padding": "max_length", "truncation": "keep_last"}
EMIT = ("values", "lengths", "mask", "ids")


def spec(dimension=4, **options):
    return sf.Spec([embedding(dimension=dimension)], **{**FIXED, **options})


def rows(count):
    """Rows that are all different; some are empty, some null, some have holes."""
    return [
        None if row % 11 == 3 else [None if step % 7 == 5 else f"{row} {step}" for step in range(row % 9)]
        for row in range(count)
    ]


def table(count):
    kind = pa.list_(pa.string())
    return pa.table({"tokens": pa.array(rows(count), kind), "label": pa.array(range(count))})


def blocks(whole, count):
    size = -(-len(whole) // count)
    return [whole.slice(start, size) for start in range(0, len(whole), size)]


class DiesOnce(sf.Transform):
    """Kills the process that it is in when it sees the row 100 for the first time."""

    def __init__(self, marker, *arguments, **options):
        super().__init__(*arguments, **options)
        self.marker = pathlib.Path(marker)

    def __call__(self, batch):
        if 100 in batch.column("label").to_pylist() and not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)


class SaysWhere(sf.Transform):
    """Adds columns: the process, the devices that Ray gave it, and its largest memory in bytes."""

    def __call__(self, batch):
        import ray

        answer = super().__call__(batch)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        for name, value in (("process", os.getpid()), ("devices", str(ray.get_gpu_ids())), ("peak", peak)):
            answer = answer.append_column(name, pa.array([value] * answer.num_rows))
        return answer


def run_page(name, folder, monkeypatch):
    """Runs the blocks of Python in a page, one after the other, in one program."""
    text = (ROOT / "docs" / name).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert blocks
    monkeypatch.chdir(folder)
    (folder / "data.tfrecord").write_bytes((ROOT / "data" / "set_mm_sample.tfrecord").read_bytes())
    exec(compile("\n".join(blocks), name, "exec"), {"__name__": name})
