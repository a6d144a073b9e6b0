# SPDX-License-Identifier: Apache-2.0
"""sf.Transform in `map` of Hugging Face's datasets, and its cache."""

import pickle

import datasets
import numpy as np
import pytest

import seqfeat as sf
from engines_support import EMIT, FIXED, spec, table


@pytest.fixture
def given(tmp_path, monkeypatch):
    """A data set in a file, so that what is made of it is cached."""
    import pyarrow.parquet as parquet

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    parquet.write_table(table(200), tmp_path / "rows.parquet")
    return datasets.Dataset.from_parquet(str(tmp_path / "rows.parquet"), cache_dir=str(tmp_path / "cache"))


class Counted(sf.Transform):
    calls = 0

    def __call__(self, batch):
        Counted.calls += 1
        return super().__call__(batch)


@pytest.mark.parametrize("options", [FIXED, {"max_length": 6, "padding": "longest"}], ids=["fixed", "longest"])
@pytest.mark.parametrize("processes", [None, 2])
def test_map_gives_what_one_call_gives(given, options, processes):
    made = spec(**options)
    transform = sf.Transform(made, emit=EMIT, keep=["label"])
    got = given.with_format("arrow").map(transform, batched=True, batch_size=200, num_proc=processes)
    assert got.column_names == ["values", "lengths", "mask", "ids/tokens_embedding", "label"]
    want = transform(table(200))
    for name in ("lengths", "ids/tokens_embedding", "label"):
        assert got[:][name].to_pylist() == want[name].to_pylist()
    numbers = got.with_format("numpy")[:]
    layer = sf.SequenceFeatures(made)(table(200))
    for row in range(200):
        length = layer.lengths[row]
        assert np.array_equal(numbers["values"][row][:length], layer.values[row, :length])
        assert np.array_equal(numbers["mask"][row][:length], layer.mask[row, :length])
    if options is FIXED:
        assert np.shape(numbers["values"]) == layer.values.shape
        torch = pytest.importorskip("torch")
        batch = got.with_format("torch")[:3]
        assert torch.equal(batch["values"], torch.from_numpy(layer.values[:3]))


def test_equal_transforms_find_their_results_in_the_cache(given):
    def run(transform):
        before = Counted.calls
        result = given.with_format("arrow").map(transform, batched=True, batch_size=50)
        return Counted.calls - before, result._fingerprint

    def make(**options):
        return Counted(spec(), emit=["ids"], **options)

    first = make()
    calls, fingerprint = run(first)
    assert calls == 4
    for again in (first, make(), pickle.loads(pickle.dumps(first))):
        assert run(again) == (0, fingerprint)
    assert run(make(keep=["label"]))[0] == 4


def test_other_tables_are_other_results(given, tmp_path):
    path = tmp_path / "tables.safetensors"
    layer, results = sf.SequenceFeatures(spec()), []
    for number in (1, 2):
        layer.load_tables({"tokens_embedding": np.full((1000, 4), number, np.float32)})
        layer.save_tables(path)
        transform = sf.Transform(spec(), str(path), emit=["values"])
        got = given.with_format("arrow").map(transform, batched=True).with_format("numpy")
        results.append(set(np.unique(got[:]["values"])))
    assert results == [{0, 1}, {0, 2}]
