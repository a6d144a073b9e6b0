# SPDX-License-Identifier: Apache-2.0
"""Real records through Ray Data in several ways: the rows of `seqfeat run`."""

import seqfeat as sf
from same_rows_support import EMIT, SAMPLE, SPEC, rows_of


def test_ray(data, want, columnar):
    def mapped(source, workers, batch_size):
        return source.map_batches(
            sf.Transform, fn_constructor_args=(SPEC,), fn_constructor_kwargs={"emit": EMIT},
            batch_format="pyarrow", batch_size=batch_size, num_cpus=0.5,
            compute=data.ActorPoolStrategy(size=workers),
        )

    for source, workers, batch_size in (
        (sf.ray.read_tfrecords(SAMPLE, SPEC, batch_size=100), 2, 333),
        (data.read_parquet(str(columnar)), 1, 1000),
    ):
        batches = mapped(source, workers, batch_size).iter_batches(batch_format="pyarrow", batch_size=None)
        rows = [row for batch in batches if batch.num_rows for row in rows_of(batch)]
        assert len(rows) == len(want) > 100 and rows == want
