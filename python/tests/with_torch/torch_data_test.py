# SPDX-License-Identifier: Apache-2.0
"""Packing, collating, TFRecord files, and DataLoaders."""

import gzip
import importlib.util
import os
import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import seqfeat as sf
import seqfeat.torch as sft
from support import example, write_tfrecords
from torch_support import rows, same, spec, two_columns

COUNTS = (53, 20, 37, 11)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    paths, label = [], 0
    for number, count in enumerate(COUNTS):
        records = []
        for _ in range(count):
            tokens = [f"w{label % 7}".encode()] * (label % 4)
            records.append(example(tokens=tokens, label=[label]))
            label += 1
        path = folder / f"{number}.tfrecord"
        write_tfrecords(path, records)
        if number == 1:
            path.write_bytes(gzip.compress(path.read_bytes()))
        paths.append(str(path))
    return paths


def labels(data):
    return [kept["label"].tolist() for _, kept in data]


def flat(batches):
    return [label for batch in batches for label in batch]


def dataset(files, **options):
    options = {"batch_size": 8, "keep": ["label"], **options}
    return sft.TFRecordDataset(files, spec(), **options)


def test_one_reader_gives_what_read_tfrecords_gives(files):
    layer = sft.SequenceFeatures(spec())
    ours = list(dataset(files))
    theirs = list(sf.read_tfrecords(files, spec(), batch_size=8, keep=["label"]))
    assert len(ours) == len(theirs)
    for (batch, kept), (features, their_kept) in zip(ours, theirs):
        assert same(batch.blob, sft.pack(spec(), features).blob)
        assert kept["label"].tolist() == their_kept["label"].tolist()
        assert layer(batch).values.shape[0] == batch.rows


@pytest.mark.parametrize("shard", ["files", "records"])
@pytest.mark.parametrize("pin", [False, True])
def test_workers_share_the_files(files, shard, pin):
    if pin and not torch.cuda.is_available():
        pytest.importorskip("torch")  # the flag without a device pins nothing, and says so
    loader = DataLoader(dataset(files, shard=shard), batch_size=None, num_workers=2, pin_memory=pin)
    found = list(loader)
    assert sorted(flat(labels(found))) == list(range(sum(COUNTS)))
    assert all(isinstance(batch, sft.PackedBatch) for batch, _ in found)
    assert not pin or not torch.cuda.is_available() or found[0][0].is_pinned()
    if shard == "records":
        assert labels(found) == labels(dataset(files))


def test_epochs(files):
    data = dataset(files, shuffle_buffer=50, seed=3)
    first, second = labels(data), labels(data)
    assert sorted(flat(first)) == sorted(flat(second)) and first != second
    data.set_epoch(0)
    assert labels(data) == first and labels(data) == second
    loader = DataLoader(dataset(files, shuffle_buffer=50, seed=3), batch_size=None, num_workers=2)
    epochs = [labels(loader) for _ in range(2)]
    assert epochs[0] != epochs[1]
    loader.dataset.set_epoch(0)
    assert [labels(loader) for _ in range(2)] == epochs


@pytest.mark.parametrize("shard", ["files", "records"])
def test_stopped_in_the_middle(files, shard):
    data = dataset(files, shuffle_buffer=30, shard=shard)
    list(data)
    reader = iter(data)
    for _ in range(3):
        next(reader)
    state = pickle.loads(pickle.dumps(data.state_dict()))
    rest, after = labels(reader), labels(data)
    other = dataset(files, shuffle_buffer=30, shard=shard)
    other.load_state_dict(state)
    assert other.state_dict() == state
    assert labels(other) == rest and labels(other) == after
    with pytest.raises(sf.InvalidArgument, match="state: seed is 0, expected 9"):
        dataset(files, shuffle_buffer=30, shard=shard, seed=9).load_state_dict(state)


@pytest.mark.skipif(not importlib.util.find_spec("torchdata"), reason="torchdata is not here")
@pytest.mark.filterwarnings("ignore:'set_vital'")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_stateful_data_loader_goes_on(files, workers):
    from torchdata.stateful_dataloader import StatefulDataLoader

    def loader():
        data = dataset(files, shuffle_buffer=30)
        return StatefulDataLoader(data, batch_size=None, num_workers=workers)

    first = loader()
    reader = iter(first)
    for _ in range(5):
        next(reader)
    state = first.state_dict()
    rest = labels(reader)
    second = loader()
    second.load_state_dict(state)
    assert labels(second) == rest and rest


def test_even_ranks(files):
    shares = []
    for rank in range(3):
        data = dataset(files, shard="records", even_ranks=True)
        data._share = data._share._replace(rank=rank, ranks=3)
        shares.append(labels(data))
    assert len({len(share) for share in shares}) == 1
    everything = labels(dataset(files))
    whole = len(everything) // 3
    assert [share[k] for k in range(whole) for share in shares] == everything[: whole * 3]


def test_refused_settings(files):
    with pytest.raises(sf.InvalidArgument, match="'files' or 'records'"):
        dataset(files, shard="rows")
    with pytest.raises(sf.InvalidArgument, match="add shard='records'"):
        dataset(files, even_ranks=True)
    with pytest.raises(sf.InvalidArgument, match="batch_size"):
        dataset(files, batch_size=0)
    data = dataset(files[:1])
    data._share = data._share._replace(ranks=2)
    with pytest.raises(sf.InvalidArgument, match="use fewer workers, or shard='records'"):
        next(iter(data))


def test_paths_of_bytes_are_paths(files, tmp_path):
    data = dataset([os.fsencode(file) for file in files])
    assert data.state_dict() == dataset(files).state_dict()
    layer = sft.SequenceFeatures(spec())
    layer.save_tables(os.fsencode(tmp_path / "tables"))
    layer.load_tables(os.fsencode(tmp_path / "tables"))


def test_labels_that_records_lack(files):
    with pytest.raises(sf.DataError, match="absent"):
        list(dataset(files, keep=["absent"]))


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 30

    def __getitem__(self, index):
        return {"tokens": [f"w{index}"] * (index % 5), "label": index, "x": torch.ones(2) * index,
                "name": f"row {index}"}  # fmt: skip


@pytest.mark.parametrize("workers", [0, 2])
def test_collate_in_a_loader(workers):
    collate = sft.collate(spec(), keep=["label", "x", "name"])
    loader = DataLoader(Rows(), batch_size=8, collate_fn=collate, num_workers=workers)
    found = list(loader)
    assert flat(labels(found)) == list(range(30))
    assert found[0][1]["x"].shape == (8, 2) and found[0][1]["name"][3] == "row 3"
    layer = sft.SequenceFeatures(spec())
    assert layer(found[0][0]).lengths.tolist() == [i % 5 for i in range(8)]


def test_collate_names_what_is_missing():
    with pytest.raises(sf.InvalidArgument, match="row 1: it has no 'label', only 'tokens'"):
        sft.collate(spec(), keep=["label"])([{"tokens": ["a"], "label": 1}, {"tokens": ["b"]}])


def test_every_form_of_features():
    layer = sft.SequenceFeatures(spec())
    given = [["a", "b"], ["c"], []]
    expected = layer({"tokens": given}).values
    array = np.array([["a", "b"], ["c", ""], ["", ""]])
    for form in (sf.Ragged.from_rows(given), array, tuple(given)):
        assert same(layer({"tokens": form}).values, expected)
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"tokens": [["x"], *given]}).slice(1)
    assert same(layer(table).values, expected)


def test_a_capacity_fixes_the_shapes():
    capacity = sf.Capacity(rows=9, steps=80, values=300, bytes=2000, max_length=12)
    layer = sft.SequenceFeatures(two_columns())
    sizes = set()
    for seed in range(4):
        packed = sft.pack(layer.spec, rows(seed, count=5 + seed), capacity)
        free = sft.pack(layer.spec, rows(seed, count=5 + seed))
        sizes.add((packed.blob.shape, packed.shape.shape))
        assert packed.rows == 5 + seed == free.rows
        values, lengths, mask = layer(packed)
        real, real_lengths, _ = layer(free)
        assert values.shape[:2] == (9, 12) and not bool(mask[packed.rows :].any())
        assert same(values[: packed.rows, : real.shape[1]], real)
        assert lengths.tolist() == real_lengths.tolist() + [0] * (4 - seed)
    assert len(sizes) == 1
    with pytest.raises(sf.InvalidArgument, match="capacity: the batch has rows 10, expected at most 9"):
        sft.pack(layer.spec, rows(1, count=10), capacity)
    with pytest.raises(sf.InvalidArgument, match="expected at least 0"):
        sf.Capacity(rows=-1, steps=1, values=1, bytes=1, max_length=1)
    assert pickle.loads(pickle.dumps(capacity)) == capacity


def test_what_a_capacity_leaves_out_follows():
    short = spec(max_length=12)
    whole = sf.Capacity(rows=9, steps=108, values=108, bytes=2000, max_length=12)
    features = {"tokens": rows(1)["tokens"]}
    packed = sft.pack(short, features, sf.Capacity(rows=9, bytes=2000))
    assert same(packed.blob, sft.pack(short, features, whole).blob)
    assert same(packed.blob, sft.pack(short, features, sf.Capacity(rows=9, bytes=2000, max_length=12)).blob)
    with pytest.raises(sf.InvalidArgument, match="give Capacity\\(max_length=...\\)"):
        sft.pack(spec(), features, sf.Capacity(rows=9, bytes=2000))


def test_a_batch_pickles_and_moves():
    batch = sft.pack(spec(), rows(3))
    again = pickle.loads(pickle.dumps(batch))
    assert same(again.blob, batch.blob) and again.rows == batch.rows
    assert batch.to("cpu") is batch and batch.device.type == "cpu" and not batch.is_pinned()
    assert "7 rows" in repr(batch)
