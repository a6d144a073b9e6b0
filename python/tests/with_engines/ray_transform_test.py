# SPDX-License-Identifier: Apache-2.0
"""sf.Transform in Ray Data: on a real local Ray, with workers that die."""

import numpy as np
import pyarrow as pa
import pytest

import seqfeat as sf
from engines_support import EMIT, DiesOnce, SaysWhere, blocks, spec, table

OPTIONS = {"emit": EMIT, "keep": ("label",)}


def mapped(data, source, transform=sf.Transform, arguments=None, workers=2, batch_size=64, num_cpus=0.5, **options):
    # Workers hold their CPUs as long as the data set runs: with whole ones nothing were left to read.
    return source.map_batches(
        transform,
        fn_constructor_args=arguments or (spec(),),
        fn_constructor_kwargs=OPTIONS,
        batch_format="pyarrow",
        batch_size=batch_size,
        compute=data.ActorPoolStrategy(size=workers),
        num_cpus=num_cpus,
        **options,
    )


def whole(source):
    """All rows as one table of one chunk."""
    batches = list(source.iter_batches(batch_format="pyarrow", batch_size=None))
    return pa.concat_tables(batch for batch in batches if batch.num_rows).combine_chunks()


def test_workers_give_what_one_call_gives(data):
    rows = table(500)
    want = sf.Transform(spec(), **OPTIONS)(rows).combine_chunks()
    for workers, batch_size, count in ((2, 64, 5), (1, 7, 2)):
        got = whole(mapped(data, data.from_arrow(blocks(rows, count)), workers=workers, batch_size=batch_size))
        assert got.equals(want), (workers, batch_size)


def test_a_worker_that_dies_changes_nothing(data, tmp_path):
    rows, marker = table(300), tmp_path / "died"
    source = data.from_arrow(blocks(rows, 6))
    got = whole(mapped(data, source, DiesOnce, (str(marker), spec()), max_restarts=2, max_task_retries=2))
    assert marker.exists()
    assert got.equals(sf.Transform(spec(), **OPTIONS)(rows).combine_chunks())


def test_devices_are_asked_for(data):
    source = data.from_arrow(blocks(table(400), 8))
    got = whole(mapped(data, source, SaysWhere, num_gpus=1))
    processes = {(row["process"], row["devices"]) for row in got.select(["process", "devices"]).to_pylist()}
    # Each worker had one of the two devices, and worked on the CPU, since neither exists.
    assert {devices for _, devices in processes} <= {"[0]", "[1]"}
    assert len({process for process, _ in processes}) == len({devices for _, devices in processes})
    assert got.num_rows == 400


def test_tables_go_through_the_store(data, ray_here):
    made = spec()
    array = np.random.default_rng(5).standard_normal((1000, 4)).astype(np.float32)
    tables = {"tokens_embedding": ray_here.put(array)}
    rows = table(100)
    got = whole(mapped(data, data.from_arrow(rows), arguments=(made, tables)))
    want = sf.Transform(made, {"tokens_embedding": array}, **OPTIONS)(rows)
    assert got.equals(want.combine_chunks())


def test_tables_go_by_path(data, tmp_path):
    made, path = spec(dimension=8), tmp_path / "tables.safetensors"
    layer = sf.SequenceFeatures(made)
    layer.load_tables({"tokens_embedding": np.full((1000, 8), 2, np.float32)})
    layer.save_tables(path)
    got = whole(mapped(data, data.from_arrow(table(30)), arguments=(made, str(path))))
    values = got["values"].combine_chunks().to_numpy_ndarray()
    assert set(np.unique(values)) == {0, 2}


def test_more_input_takes_no_more_memory(data):
    """Ten times the store's size comes out, and nobody's memory grows with it."""
    made = sf.Spec([sf.embedding_column(sf.sequence_categorical_column_with_hash_bucket("tokens", 1000), 512)],
                   max_length=16, truncation="keep_last", padding="max_length")

    def peaks(rows):
        source = data.range(rows, override_num_blocks=max(2, rows // 512)).map_batches(
            lambda batch: pa.table({"tokens": [[str(row)] * 16 for row in batch["id"].to_pylist()], "label": batch["id"]}),
            batch_format="pyarrow",
        )
        seen, peak = 0, {}
        for batch in mapped(data, source, SaysWhere, (made,)).iter_batches(batch_format="pyarrow", batch_size=256):
            seen += batch.num_rows
            for row in batch.select(["process", "peak"]).slice(0, 1).to_pylist():
                peak[row["process"]] = max(peak.get(row["process"], 0), row["peak"])
        assert seen == rows
        return max(peak.values())

    small, large = peaks(3200), peaks(32000)  # of 32 KB each: 105 MB and 1.05 GB
    assert large <= small + 100 * 2**20


def test_errors_name_the_row(data):
    strict = sf.Spec(spec().columns, max_length=2)
    with pytest.raises(Exception, match="max_length"):
        whole(mapped(data, data.from_arrow(table(100)), arguments=(strict,)))
