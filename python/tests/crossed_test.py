# SPDX-License-Identifier: Apache-2.0
"""Columns that cross features."""

import json
import pickle

import numpy as np
import pytest

import seqfeat as sf

MASK = 2**64 - 1


def cat(a, b):
    """FingerprintCat64."""
    mul, shift = 0xC6A4A7935BD1E995, lambda v: v ^ v >> 47
    r = a ^ mul
    r ^= shift(b * mul & MASK) * mul & MASK
    r = shift(r * mul & MASK) * mul & MASK
    return shift(r)


def crossed(rows, buckets, hash_key=0xDECAFCAFFE):
    """The ids of rows of tuples of tokens."""
    ids = []
    for tokens in rows:
        hashed = hash_key
        for token in tokens:
            bits = token if isinstance(token, int) else int(sf.fingerprint64([token])[0])
            hashed = cat(hashed, bits & MASK)
        ids.append(hashed % buckets)
    return ids


def ids_of(column, features, **options):
    return sf.SequenceFeatures([column], "cpu", **options).ids(features)[column.name]


def test_ids():
    column = sf.sequence_crossed_column(["city", ("hour", "int64")], 1000)
    features = {"city": [["oslo", "rome"], [], [["a", "b"]]], "hour": [[7, [-1, 8]], [], [[1, 2]]]}
    got = ids_of(column, features)
    pairs = [("oslo", 7), ("rome", -1), ("rome", 8), ("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert got.values.tolist() == crossed(pairs, 1000)
    assert got.row_offsets.tolist() == [0, 2, 2, 3]
    assert got.step_offsets.tolist() == [0, 1, 3, 7]


def test_flat_features_have_one_value_a_step():
    column = sf.sequence_crossed_column(["a", "b", "a"], 2**62, hash_key=5)
    got = ids_of(column, {"a": [["x", "y"]], "b": [["1", "2"]]})
    assert got.values.tolist() == crossed([("x", "1", "x"), ("y", "2", "y")], 2**62, 5)


def test_steps_without_a_value_have_none():
    column = sf.sequence_crossed_column(["a", "b"], 10)
    got = ids_of(column, {"a": [["x", None, "y"], [[]]], "b": [["1", "2", "3"], ["4"]]})
    assert got.to_list() == [[[id] for id in crossed([("x", "1")], 10)] + [[]] +
                             [[id] for id in crossed([("y", "3")], 10)], []]


def test_every_form_of_input():
    column = sf.sequence_crossed_column(["a", ("n", "int32")], 1000)
    lists = {"a": [["x", "y"], ["z"]], "n": [[1, 2], [3]]}
    want = ids_of(column, lists).values.tolist()
    ragged = {"a": sf.Ragged.from_rows(lists["a"]), "n": sf.Ragged(np.int16([1, 2, 3]), [0, 2, 3])}
    dense = {"a": np.array([["x", "y"], ["z", ""]]), "n": np.array([[1, 2], [3, -1]])}
    for features in (ragged, dense):
        assert ids_of(column, features).values.tolist() == want


def test_rows_of_other_steps():
    column = sf.sequence_crossed_column(["a", "b"], 10)
    with pytest.raises(sf.DataError, match="'b' has 1, expected 2 as 'a' has") as caught:
        ids_of(column, {"a": [["x"], ["y", "z"]], "b": [["1"], ["2"]]})
    assert (caught.value.row, caught.value.column) == (1, "b")


def test_columns():
    column = sf.sequence_crossed_column(["b", ("a", "int8")], 10, hash_key=7)
    assert (column.name, column.rows, column.keys) == ("a_X_b", 10, ("b", "a"))
    assert sf.embedding_column(column, 2).name == "a_X_b_embedding"
    spec = sf.Spec([sf.embedding_column(column, 2), sf.indicator_column(column)], max_length=4,
                   truncation="keep_last")
    assert sf.Spec.from_json(spec.to_json()).columns == spec.columns
    assert json.loads(spec.to_json())["columns"][0]["categorical_column"] == {
        "type": "sequence_crossed_column",
        "keys": [{"key": "b", "dtype": "string"}, {"key": "a", "dtype": "int8"}],
        "hash_bucket_size": 10,
        "hash_key": "7",
    }
    assert sf.make_parse_example_spec(spec) == {"a": "int8", "b": "string"}
    assert sf.sequence_crossed_column(["a", "b"], 10, 0) == sf.sequence_crossed_column(["a", "b"], 10)
    tokens = sf.sequence_categorical_column_with_hash_bucket("a", 10)
    for wrong in (
        lambda: sf.sequence_crossed_column([], 10),
        lambda: sf.sequence_crossed_column(["a"], 10),
        lambda: sf.sequence_crossed_column("ab", 10),
        lambda: sf.sequence_crossed_column(["a", ""], 10),
        lambda: sf.sequence_crossed_column(["a", 1], 10),
        lambda: sf.sequence_crossed_column(["a", ("b", "float32")], 10),
        lambda: sf.sequence_crossed_column(["a", ("a", "int64")], 10),
        lambda: sf.sequence_crossed_column(["a", tokens], 10),
        lambda: sf.sequence_crossed_column(["a", "b"], 1),
        lambda: sf.sequence_crossed_column(["a", "b"], 1.5),
        lambda: sf.sequence_crossed_column(["a", "b"], 10, -1),
        lambda: sf.sequence_crossed_column(["a", "b"], 10, 2**64),
    ):
        with pytest.raises(sf.InvalidArgument):
            wrong()


def test_values_and_pickles():
    cross = sf.sequence_crossed_column(["a", "b"], 4)
    layer = sf.SequenceFeatures([sf.embedding_column(cross, 2), sf.indicator_column(cross)], "cpu")
    features = {"a": [[["x", "y"], "z"], []], "b": [[["1", "1"], "2"], []]}
    batch = layer(features)
    assert batch.values.shape == (2, 2, 6) and batch.lengths.tolist() == [2, 0]
    counts = np.bincount(crossed([("x", "1"), ("x", "1"), ("y", "1"), ("y", "1")], 4), minlength=4)
    assert batch.values[0, 0, 2:].tolist() == counts.tolist()
    again = pickle.loads(pickle.dumps(layer))
    assert np.array_equal(again(features).values, batch.values)


def test_transform():
    cross = sf.embedding_column(sf.sequence_crossed_column(["a", "b"], 9), 2)
    made = sf.Transform([cross], emit=("ids",))
    out = made({"a": np.array([["x", "y"]]), "b": np.array([["1", "2"]])})
    assert [list(row) for row in out["ids/a_X_b_embedding"]] == [crossed([("x", "1"), ("y", "2")], 9)]
