# SPDX-License-Identifier: Apache-2.0
"""Real records through datasets, processes and one call: the rows of `seqfeat run`."""

import multiprocessing

import datasets
import numpy as np
import pyarrow as pa

import seqfeat as sf
from same_rows_support import EMIT, SPEC, rows_of


def test_datasets(want, columnar, tmp_path):
    given = datasets.Dataset.from_parquet(str(columnar), cache_dir=str(tmp_path))
    got = given.with_format("arrow").map(sf.Transform(SPEC, emit=EMIT), batched=True, batch_size=77)
    columns = got[:]
    values = np.array(columns["values"].to_pylist(), np.float32)
    rows = zip((row.tobytes() for row in values), columns["lengths"].to_pylist(), columns["ids/tokens_embedding"].to_pylist())
    assert list(rows) == want


def test_processes_and_one_call(want, columnar):
    import pyarrow.parquet as parquet

    transform = sf.Transform(SPEC, emit=EMIT)
    whole = parquet.read_table(columnar)
    assert rows_of(transform(whole)) == want
    batches = [pa.Table.from_batches([batch]) for batch in whole.to_batches(max_chunksize=61)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        answers = pool.map(transform, batches)
    assert [row for answer in answers for row in rows_of(answer)] == want
