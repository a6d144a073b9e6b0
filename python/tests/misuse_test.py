# SPDX-License-Identifier: Apache-2.0
"""Wrong use from every side: a documented exception, and the next call works."""

import os
import threading

import numpy as np
import pytest

import seqfeat as sf
from support import counting_table, embedding, ids_layer

DOCUMENTED = (TypeError, ValueError, MemoryError, RuntimeError, OSError)


class Refuses:
    """Answers every protocol by an exception of its own."""

    def __len__(self):
        raise KeyError("len")

    def __getitem__(self, index):
        raise KeyError("item")

    def __index__(self):
        raise KeyError("index")


class Pretends:
    """Says that it is Arrow memory and hands over something else."""

    def __init__(self, given):
        self.given = given

    def __arrow_c_array__(self, requested_schema=None):
        return self.given

    def __arrow_c_stream__(self, requested_schema=None):
        return self.given


WRONG_FEATURES = {
    "nothing": None,
    "a number": 7,
    "a float": 1.5,
    "a str": "sea",
    "bytes": b"sea",
    "rows of str": ["sea", "cloud"],
    "a set": {"sea"},
    "a dict": {"sea": 1},
    "a generator": (row for row in [["sea"]]),
    "a memoryview": memoryview(b"sea"),
    "floats": [[1.5]],
    "booleans": [[True]],
    "integers": [[1]],
    "too deep": [[[["sea"]]]],
    "ragged too deep": [["sea"], [["a"], ["b", ["c"]]]],
    "mixed": [["sea", 1]],
    "a row of objects": [[object()]],
    "an array without dimensions": np.array("sea"),
    "an array of floats": np.zeros((2, 2)),
    "an array of records": np.zeros(2, [("a", "i4")]),
    "an array of integers": np.zeros((2, 2), np.int64),
    "objects that refuse": [[Refuses()]],
    "a feature that refuses": Refuses(),
    "an Arrow tuple of nothing": Pretends(None),
    "an Arrow tuple of numbers": Pretends((1, 2)),
    "an Arrow tuple too short": Pretends(()),
    "a ragged of integers": sf.Ragged(np.arange(2), [0, 2]),
}


@pytest.mark.parametrize("wrong", WRONG_FEATURES.values(), ids=WRONG_FEATURES)
def test_wrong_features_raise_and_the_next_call_works(wrong):
    layer = ids_layer()
    for call in (layer, layer.ids):
        with pytest.raises(DOCUMENTED):
            call({"tokens": wrong})
        with pytest.raises(DOCUMENTED):
            call({"tokens": [["a"]], "tokens ": wrong, "tokens": wrong})
    assert layer({"tokens": [["sea"]]}).values.item() == 42


@pytest.mark.parametrize("wrong", [None, 7, "tokens", [["sea"]], {"tokens"}, np.zeros(2), {}, {1: [["a"]]}], ids=repr)
def test_wrong_batches_raise(wrong):
    with pytest.raises(DOCUMENTED):
        ids_layer()(wrong)


def test_none_where_nothing_can_be():
    layer = ids_layer()
    for call in (
        lambda: sf.Ragged(None, [0]),
        lambda: sf.Ragged(np.arange(2), None),
        lambda: sf.Ragged([None], [0, 1]),
        lambda: sf.Ragged.from_rows(None),
        lambda: sf.Ragged.from_dense(None),
        lambda: sf.Ragged.from_sparse([1], None, [1]),
        lambda: sf.hash_bucket(None, 10),
        lambda: sf.hash_bucket(["a"], None),
        lambda: sf.fingerprint64(None),
        lambda: sf.Spec(None),
        lambda: sf.Spec.from_json(None),
        lambda: sf.Spec([None]),
        lambda: sf.SequenceFeatures(None),
        lambda: sf.SequenceFeatures(layer.spec, None),
        lambda: sf.embedding_column(None, 4),
        lambda: sf.sequence_categorical_column_with_hash_bucket(None, 10),
        lambda: sf.sequence_categorical_column_with_hash_bucket("a", None),
        lambda: sf.parse_example(None, layer.spec),
        lambda: sf.parse_example([None], layer.spec),
        lambda: sf.parse_example([b""], None),
        lambda: sf.read_tfrecords(None, layer.spec),
        lambda: sf.read_tfrecords([], layer.spec, batch_size=None),
        lambda: sf.read_tfrecords([], layer.spec, keep=[None]),
        lambda: layer.bind(None, counting_table(1000, 1)),
        lambda: layer.bind("tokens_embedding", None),
        lambda: layer.load_tables(None),
        lambda: layer.load_tables({"tokens_embedding": None}),
        lambda: layer.save_tables(None),
    ):
        with pytest.raises(DOCUMENTED):
            call()
    assert layer({"tokens": [["sea"]]}).values.item() == 42


def test_numbers_of_more_than_64_bits_are_invalid_arguments():
    ragged, state = sf.Ragged.from_rows([[1]]), {"paths": [], "shuffle_buffer": 0, "seed": 0}
    for call in (
        lambda n: sf.hash_bucket(["a"], n),
        lambda n: ragged.pad(value=n),
        lambda n: ragged.pad(max_length=abs(n)),
        lambda n: ragged.pad(pad_to_multiple_of=n),
        lambda n: sf.Ragged.from_sparse([1], [[0]], [n]),
        lambda n: sf.sequence_mask([1], n),
        lambda n: sf.read_tfrecords([], {}, batch_size=n),
        lambda n: sf.read_tfrecords([], {}, shuffle_buffer=n),
        lambda n: sf.read_tfrecords([], {}).resume({**state, "rows": n}),
    ):
        for number in (2**63, -(2**63) - 1, 10**5000):
            with pytest.raises(sf.InvalidArgument, match=r"expected -2\*\*63 to 2\*\*63 - 1"):
                call(number)


def test_columns_are_columns_in_a_list():
    for wrong in (None, 5, "tokens", [None], {"tokens": "string"}, embedding("tokens")):
        with pytest.raises(sf.InvalidArgument, match="^columns: got .*[,;] expected "):
            sf.Spec(wrong)


def test_names_without_utf8_are_invalid_arguments():
    for call in (
        lambda name: sf.parse_example([b""], {name: "string"}),
        lambda name: sf.parse_example([b""], {"tokens": name}),
        lambda name: sf.read_tfrecords([], {}, keep=[name]),
        lambda name: sf.read_tfrecords(name, {}),
        lambda name: sf.sequence_categorical_column_with_hash_bucket(name, 10),
    ):
        with pytest.raises(sf.InvalidArgument, match="lone surrogates"):
            call("\ud800")


def test_read_only_buffers_are_never_written():
    table = counting_table(1000, 1)
    table.setflags(write=False)
    values, offsets = np.arange(4), np.array([0, 1, 4])
    for array in (values, offsets):
        array.setflags(write=False)
    layer = sf.SequenceFeatures([embedding(dimension=1)], backend="cpu")
    layer.bind("tokens_embedding", table)
    assert layer({"tokens": [["sea"]]}).values.item() == 42
    assert not layer.tables["tokens_embedding"].flags.writeable
    layer.load_tables({"tokens_embedding": np.zeros((1000, 1), np.float32)})
    assert table[42, 0] == 42 and layer({"tokens": [["sea"]]}).values.item() == 0
    ragged = sf.Ragged(values, offsets)
    ids, _, _ = ragged.pad(value=-1)
    ids[:] = 9
    assert values.tolist() == [0, 1, 2, 3] and ragged.to_list() == [[0], [1, 2, 3]]


def test_a_table_without_its_array_stays_good():
    layer = sf.SequenceFeatures([embedding(dimension=1)], backend="cpu")
    layer.bind("tokens_embedding", counting_table(1000, 1))  # nobody else holds it
    rubbish = [np.full((1000, 1), -1, np.float32) for _ in range(8)]
    assert layer({"tokens": [["sea"]]}).values.item() == 42 and len(rubbish) == 8


def test_eight_threads_on_one_ragged_batch_and_wrong_calls():
    layer, rows = ids_layer(), [["sea", "cloud"] * (n % 9) for n in range(200)]
    ragged = sf.Ragged.from_rows(rows, dtype="string")
    want, wrong = layer({"tokens": ragged}).values, []

    def work(number):
        for turn in range(30):
            if (number + turn) % 3 == 0:
                try:
                    layer({"tokens": [["a"], [turn]]})
                    wrong.append("no error")
                except TypeError as error:
                    if "row 1" not in str(error):
                        wrong.append(str(error))
            elif not np.array_equal(layer({"tokens": ragged}).values, want):
                wrong.append("other values")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_that_inherits_a_batch_and_an_error_works_on():
    layer = ids_layer()
    ragged = sf.Ragged.from_rows([["sea"], ["cloud", "sea"]])
    with pytest.raises(TypeError):
        layer({"tokens": [[1.5]]})
    child = os.fork()
    if child == 0:
        ids = layer.ids({"tokens": ragged})["tokens_embedding"].to_list()
        hashed = sf.hash_bucket(ragged, 1000).to_list()
        os._exit(0 if ids == hashed == [[42], [937, 42]] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert layer({"tokens": ragged}).lengths.tolist() == [1, 2]
