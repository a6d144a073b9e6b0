# SPDX-License-Identifier: Apache-2.0
"""The tables of a layer: copied, shared, in files, pickled."""

import json
import pickle

import numpy as np
import pytest

import seqfeat as sf
from support import UNDER_ASAN, counting_table, embedding, ids_layer, run_python


def test_tables_are_copied_or_shared():
    layer = sf.SequenceFeatures([embedding(dimension=2)], backend="cpu")
    assert list(layer.tables) == ["tokens_embedding"]
    seen = layer.tables["tokens_embedding"]
    given = counting_table(1000, 2)
    given.setflags(write=False)
    layer.load_tables({"tokens_embedding": given})
    assert layer({"tokens": [["sea"]]}).values.tolist() == [[[42, 42]]]
    assert seen[42].tolist() == [42, 42] and not np.shares_memory(seen, given)
    seen[42] = -1  # the layer's own memory
    assert layer({"tokens": [["sea"]]}).values.tolist() == [[[-1, -1]]]

    shared = np.zeros((1000, 5), np.float32)[:, 1:3]  # rows with gaps between them
    layer.bind("tokens_embedding", shared)
    shared[42] = 9
    assert layer({"tokens": [["sea"]]}).values.tolist() == [[[9, 9]]]
    assert layer.tables["tokens_embedding"] is shared
    del shared
    assert layer({"tokens": [["sea"]]}).values.tolist() == [[[9, 9]]]

    layer.load_tables({"tokens_embedding": given})
    assert seen[937].tolist() == [937, 937]  # the same memory as before
    for name, table in [
        ("other", given),
        ("tokens_embedding", given[:10]),
        ("tokens_embedding", given.astype(np.float64)),
        ("tokens_embedding", given[:, 0]),
    ]:
        for change in (layer.bind, lambda n, t: layer.load_tables({n: t})):
            with pytest.raises(sf.InvalidArgument):
                change(name, table)
    with pytest.raises(KeyError):
        layer.tables["other"]


def test_tables_have_rows_that_do_not_overlap_or_are_copied():
    layer, rows = ids_layer(), np.arange(1000, dtype=np.float32)
    wide = sf.SequenceFeatures([embedding(dimension=3)], backend="cpu")
    for table in (
        np.broadcast_to(np.float32([7, 8, 9]), (1000, 3)),
        np.lib.stride_tricks.sliding_window_view(np.arange(1002, dtype=np.float32), 3),
        np.asfortranarray(counting_table(1000, 3)),
        counting_table(1000, 3)[::-1],
    ):
        with pytest.raises(sf.InvalidArgument, match="strides"):
            wide.bind("tokens_embedding", table)
        wide.load_tables({"tokens_embedding": table})
        assert np.array_equal(wide.tables["tokens_embedding"], table)
        assert wide({"tokens": [["sea"]]}).values[0, 0].tolist() == table[42].tolist()
    layer.bind("tokens_embedding", np.stack([rows, -rows], axis=1)[:, 1:])
    assert layer({"tokens": [["sea"]]}).values.item() == -42
    shop = sf.embedding_column(sf.sequence_categorical_column_with_identity("shop", 1), 2)
    one = sf.SequenceFeatures([shop], backend="cpu")
    one.bind("shop_embedding", np.broadcast_to(np.float32([3, 4]), (1, 2)))
    assert one({"shop": [[0]]}).values.tolist() == [[[3, 4]]]


def write_safetensors(path, kind, table):
    """A file of one table [rows, dimension], given as its bits."""
    place = {"dtype": kind, "shape": table.shape, "data_offsets": [0, table.nbytes]}
    header = json.dumps({"tokens_embedding": place}).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(len(header).to_bytes(8, "little") + header + table.tobytes())
    return path


def test_tables_of_half_precision(tmp_path):
    layer = sf.SequenceFeatures([embedding(dimension=2)], backend="cpu")
    features = {"tokens": [["sea"]]}
    half = (counting_table(1000, 2) / 8).astype(np.float16)
    layer.load_tables(write_safetensors(tmp_path / "half", "F16", half))
    seen = layer.tables["tokens_embedding"]
    assert seen.dtype == np.float16 and np.array_equal(seen, half)
    want = layer(features).values
    assert np.array_equal(pickle.loads(pickle.dumps(layer))(features).values, want)
    short = (half.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    layer.load_tables(write_safetensors(tmp_path / "short", "BF16", short))
    with pytest.raises(sf.InvalidArgument, match="bfloat16"):
        layer.tables["tokens_embedding"]
    want = layer(features).values
    assert np.array_equal(pickle.loads(pickle.dumps(layer))(features).values, want)
    assert np.array_equal(seen, half)
    layer.load_tables({"tokens_embedding": -half})
    assert np.array_equal(seen, -half)  # the memory for this type
    layer.bind("tokens_embedding", half)
    assert np.array_equal(layer(features).values[0, 0], half[42])


REPLACED = """
import sys
from support import embedding
import numpy as np, seqfeat as sf
layer = sf.SequenceFeatures([embedding(dimension=64, buckets=50000)], backend="cpu")
first = layer.tables["tokens_embedding"]
before = first.copy()
layer.load_tables(sys.argv[1])
assert np.array_equal(first, before)
layer.load_tables({"tokens_embedding": before * 2})
assert np.array_equal(first, before * 2)
"""


def test_views_stay_when_a_table_of_another_type_comes(tmp_path):
    half = np.ones((50000, 64), np.float16)
    path = write_safetensors(tmp_path / "half", "F16", half)
    run_python(REPLACED, path)


NO_MEMORY = """
import resource, sys
from support import embedding
import numpy as np, seqfeat as sf
layer = sf.SequenceFeatures([embedding(dimension=128, buckets=200000)], backend="cpu")
features = {"tokens": [["sea"]]}
layer.bind("tokens_embedding", np.full((200000, 128), 7, np.float32))
want = layer(features).values
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
room = 80 << 20  # for the file in memory, and not for a copy of it
resource.setrlimit(resource.RLIMIT_AS, (used + room, resource.RLIM_INFINITY))
try:
    layer.load_tables(sys.argv[1])
    sys.exit("there was memory")
except sf.OutOfMemory:
    pass
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert (layer(features).values == want).all()
"""


@pytest.mark.skipif(UNDER_ASAN, reason="its address space has no limit")
def test_a_layer_keeps_its_table_if_there_is_no_memory_for_another(tmp_path):
    half = np.ones((200000, 128), np.float16)
    path = write_safetensors(tmp_path / "half", "F16", half)
    run_python(NO_MEMORY, path)


def test_tables_are_loaded_together_or_not_at_all():
    layer = sf.SequenceFeatures([embedding("a", 9, 2), embedding("b", 9, 2)], backend="cpu")
    before = {name: table.copy() for name, table in layer.tables.items()}
    for wrong in (np.zeros((99, 2), np.float32), np.zeros((9, 2)), np.zeros((9, 3), np.float32)):
        with pytest.raises(sf.InvalidArgument, match=r"b_embedding.*expected.*\(9, 2\)"):
            layer.load_tables({"a_embedding": counting_table(9, 2), "b_embedding": wrong})
    assert all(np.array_equal(layer.tables[name], before[name]) for name in before)
    layer.load_tables({name: counting_table(9, 2) for name in before})
    assert all(table[8].tolist() == [8, 8] for table in layer.tables.values())


def test_tables_go_through_files(tmp_path):
    layer, other = ids_layer(), sf.SequenceFeatures([embedding(dimension=1)], backend="cpu")
    path = tmp_path / "tables.safetensors"
    layer.save_tables(path)
    other.load_tables(path)
    assert other({"tokens": [["sea"]]}).values.item() == 42
    with pytest.raises(sf.InvalidArgument, match="expected"):
        sf.SequenceFeatures([embedding(dimension=2)]).load_tables(path)
    with pytest.raises(sf.InvalidArgument, match="a_embedding"):
        sf.SequenceFeatures([embedding("a", dimension=1)]).load_tables(str(path))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(sf.DataError):
        other.load_tables(path)
    with pytest.raises(sf.IoError):
        layer.save_tables(tmp_path / "no" / "where.safetensors")
    assert other({"tokens": [["sea"]]}).values.item() == 42


def test_views_of_tables_outlive_the_layer():
    layer = sf.SequenceFeatures([embedding(dimension=2)], backend="cpu")
    table = layer.tables["tokens_embedding"]
    layer.bind("tokens_embedding", counting_table(1000, 2))
    before = table.copy()
    del layer
    assert np.array_equal(table, before)


def test_layers_pickle_with_their_tables():
    layer = ids_layer(max_length=7)
    again = pickle.loads(pickle.dumps(layer))
    assert again.spec == layer.spec and again({"tokens": [["sea"]]}).values.item() == 42
    wide = np.arange(2000, dtype=np.float32).reshape(1000, 2)
    layer.bind("tokens_embedding", wide[:, :1])  # rows with gaps between
    again = pickle.loads(pickle.dumps(layer))
    assert np.array_equal(again.tables["tokens_embedding"], wide[:, :1])
    error = pickle.loads(pickle.dumps(sf.DataError("text", "a", 1, "f", 2)))
    assert (error.column, error.row, error.file, error.record) == ("a", 1, "f", 2)
