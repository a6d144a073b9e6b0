# SPDX-License-Identifier: Apache-2.0
"""Real records, what `seqfeat run` makes of them, and rows that can be compared with that."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

import seqfeat as sf
from support import ROOT

SAMPLE = ROOT / "data" / "set_mm_sample.tfrecord"
COLUMN = sf.embedding_column(sf.sequence_categorical_column_with_hash_bucket("tokens", 1000), 4)
SPEC = sf.Spec([COLUMN], max_length=32, truncation="keep_last", padding="max_length")
EMIT = ("values", "lengths", "ids")


def rows_of(answer):
    """Each row as bytes of its values, its length and its ids."""
    columns = [answer[name] for name in ("values", "lengths", "ids/tokens_embedding")]
    values = np.concatenate([np.asarray(chunk.storage.flatten()) for chunk in columns[0].chunks])
    values = values.reshape(answer.num_rows, -1)
    return [
        (row.tobytes(), length, ids)
        for row, length, ids in zip(values, columns[1].to_pylist(), columns[2].to_pylist())
    ]


def tensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    kinds = {"F32": np.float32, "I64": np.int64}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            yield name, np.frombuffer(data[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])


def rows_of_parts(folder):
    rows = []
    for path in sorted(folder.glob("part-*.safetensors")):
        part = dict(tensors(path))
        ids, ends = part["ids/tokens_embedding"].tolist(), part["row_offsets/tokens_embedding"]
        assert (np.diff(part["step_offsets/tokens_embedding"]) == 1).all()
        for row, (begin, end) in enumerate(itertools.pairwise(ends)):
            rows.append((part["values"][row].tobytes(), int(part["lengths"][row]), ids[begin:end]))
    return rows


@pytest.fixture(scope="module")
def want(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "spec.json").write_text(SPEC.to_json())
    command = [sys.executable, "-m", "seqfeat", "run", "--spec", folder / "spec.json", "--emit", ",".join(EMIT)]
    subprocess.run([*command, "--output", folder / "parts", SAMPLE], check=True, capture_output=True)
    return rows_of_parts(folder / "parts")


@pytest.fixture(scope="module")
def columnar(tmp_path_factory):
    """The same records in Parquet."""
    import pyarrow.parquet as parquet

    path = tmp_path_factory.mktemp("parquet") / "sample.parquet"
    lists = [row for features, _ in sf.read_tfrecords(SAMPLE, SPEC) for row in features["tokens"].to_list()]
    parquet.write_table(pa.table({"tokens": pa.array(lists, pa.list_(pa.binary()))}), path)
    return path
