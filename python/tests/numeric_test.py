# SPDX-License-Identifier: Apache-2.0
"""Numbers beside embeddings, in every form that Python has them in."""

import array
import json
import pickle

import numpy as np
import pytest

import seqfeat as sf
from golden_test import answer, cases, same_floats, tensor, tokens
from support import embedding


def layer(*, shape=1, default=0.0, **options):
    return sf.SequenceFeatures([sf.sequence_numeric_column("x", shape, default)], "cpu", **options)


def values(feature, **options):
    return layer(**options)({"x": feature}).values.tolist()


ROWS = [[1.5, 2.0], [], [3.25]]
EXPECTED = [[[1.5], [2.0]], [[-1.0], [-1.0]], [[3.25], [-1.0]]]


def test_numbers_of_every_form():
    flat = np.float32([1.5, 2, 3.25])
    pa = pytest.importorskip("pyarrow")
    for feature in (
        ROWS,
        [(1.5, 2), None, np.array([3.25])],
        [[np.float32(1.5), np.float64(2)], [], [3.25]],
        sf.Ragged(flat, [0, 2, 2, 3]),
        sf.Ragged(flat.astype(np.float64), [0, 2, 2, 3]),
        sf.Ragged(flat.astype(np.float16), [0, 2, 2, 3]),
        sf.Ragged(flat.astype(">f4"), [0, 2, 2, 3]),
        sf.Ragged.from_rows(ROWS, "float64"),
        pa.array(ROWS, pa.list_(pa.float32())),
        pa.array(ROWS, pa.large_list(pa.float64())),
        pa.chunked_array([pa.array(ROWS[:1]), pa.array(ROWS[1:], pa.list_(pa.float64()))]),
    ):
        assert values(feature, default=-1) == EXPECTED, feature
    dense = np.float32([[1, 2], [3, -1]])
    for feature in (dense, dense.astype(np.float64), dense.astype(np.int64), memoryview_of(dense)):
        assert values(feature) == [[[1], [2]], [[3], [-1]]]
    assert values(np.float32([5, 6])) == [[[5]], [[6]]]


def memoryview_of(dense):
    """A DLPack tensor."""

    class Tensor:
        def __dlpack__(self, **options):
            return dense.__dlpack__(**options)

        def __dlpack_device__(self):
            return dense.__dlpack_device__()

    return Tensor()


def test_steps_of_several_numbers():
    assert values([[1, 2, 3], [4]], shape=2, default=9) == [[[1, 2], [3, 9]], [[4, 9], [9, 9]]]
    assert values([[[1, 2], None, [3]], []], shape=(2,), default=9) == [
        [[1, 2], [9, 9], [3, 9]],
        [[9, 9]] * 3,
    ]
    assert values(np.zeros((1, 2, 3)), shape=3) == [[[0, 0, 0]] * 2]
    wide = layer(shape=(2, 2))
    assert wide.width == 4 and wide.slices["x"] == ("x", 0, 4)
    with pytest.raises(sf.DataError, match="a step of 3 numbers, expected at most 2") as refused:
        values([[[1]], [[1, 2, 3]]], shape=2)
    assert (refused.value.column, refused.value.row) == ("x", 1)


def test_what_is_no_number():
    for wrong in ([["1"]], [[True]], [[b"1"]], [[[["1"]]]], [[object()]]):
        with pytest.raises(TypeError, match="x: row 0"):
            values(wrong)
    for wrong in (sf.Ragged(np.array([1]), [0, 1]), np.array([["a"]])):
        with pytest.raises(sf.InvalidArgument, match="x"):
            values(wrong)
    with pytest.raises(sf.DataError, match="out of the range"):
        values([[10**400]])
    assert np.isnan(layer()({"x": [[float("nan"), 1]]}).values[0, 0, 0])
    with pytest.raises(sf.InvalidArgument, match="got float32, expected string"):
        sf.SequenceFeatures([embedding()], "cpu")({"tokens": sf.Ragged(np.float32([1]), [0, 1])})
    for call in (lambda: sf.hash_bucket(np.float32([1]), 10), lambda: sf.fingerprint64([1.5])):
        with pytest.raises((sf.InvalidArgument, TypeError)):
            call()


def test_columns():
    column = sf.sequence_numeric_column("x", [2, 3], -1)
    assert (column.name, column.shape, column.default_value) == ("x", (2, 3), -1)
    spec = sf.Spec([column, embedding()], max_length=4, truncation="keep_last")
    assert sf.Spec.from_json(spec.to_json()).columns == spec.columns
    assert sf.make_parse_example_spec(spec) == {"tokens": "string", "x": "float32"}
    for wrong in (
        lambda: sf.sequence_numeric_column(""),
        lambda: sf.sequence_numeric_column("x", []),
        lambda: sf.sequence_numeric_column("x", 0),
        lambda: sf.sequence_numeric_column("x", 1.5),
        lambda: sf.sequence_numeric_column("x", "2"),
        lambda: sf.sequence_numeric_column("x", 1, "a"),
        lambda: sf.sequence_numeric_column("x", 1, float("inf")),
        lambda: sf.sequence_numeric_column("x", 1, 0.0, "int64"),
        lambda: sf.embedding_column(column, 2),
        lambda: sf.indicator_column(column),
    ):
        with pytest.raises(sf.InvalidArgument):
            wrong()


def test_beside_tokens_it_has_no_ids_and_no_table():
    both = sf.SequenceFeatures([sf.sequence_numeric_column("x"), embedding(dimension=2)], "cpu")
    features = {"tokens": [["a", "b"], []], "x": [[1, 2], []]}
    assert both(features).values[..., 2].tolist() == [[1, 2], [0, 0]]
    assert list(both.ids(features)) == ["tokens_embedding"]
    assert list(both.tables) == ["tokens_embedding"]
    again = pickle.loads(pickle.dumps(both))
    assert np.array_equal(again(features).values, both(features).values)
    with pytest.raises(sf.DataError, match="lengths"):
        both({**features, "x": [[1], []]})
    with pytest.raises(sf.InvalidArgument, match="'x' is missing"):
        both({"tokens": [["a"]]})


def test_ragged_of_numbers():
    ragged = sf.Ragged.from_rows([[1.5, [2.5, 3.0]], [None]])
    assert (ragged.dtype, ragged.values.dtype) == ("float32", np.float32)
    assert ragged.to_list() == [[[1.5], [2.5, 3.0]], [[]]]
    assert pickle.loads(pickle.dumps(ragged)).to_list() == ragged.to_list()
    with pytest.raises(sf.InvalidArgument, match="floats"):
        sf.Ragged.from_rows([[1.5]]).pad()
    sparse = sf.Ragged.from_sparse(np.float32([1, 2, 3]), [[0, 0], [0, 1], [1, 0]], [2, 4], 2)
    assert values(sparse, shape=2) == [[[1, 2]], [[3, 0]]]
    with pytest.raises(sf.DataError, match="multiple of 3"):
        sf.Ragged.from_sparse(np.float32([1]), [[0, 0]], [1, 4], values_per_step=3)


def test_records_of_floats():
    from support import example

    floats = array.array("f", [1.5, 2])
    parsed = sf.parse_example([example(x=list(floats)), example(x=[])], {"x": "float32"})
    assert parsed["x"].to_list() == [[1.5, 2.0], []]
    with pytest.raises(sf.DataError, match="expected a list of floats"):
        sf.parse_example([example(x=[1])], {"x": "float32"})


@pytest.mark.parametrize("case", cases("numeric"))
def test_golden(case):
    want = answer(case)
    options = {"max_length": case["T"], "padding": "max_length"} if case.get("T") else {}
    widths = {c["key"]: int(np.prod(c["shape"])) for c in case["columns"] if "shape" in c}

    def run():
        spec = sf.Spec.from_json(json.dumps({"version": 1, "columns": case["columns"], **options}))
        made = sf.SequenceFeatures(spec, "cpu")
        made.load_tables({name: tensor(case, table) for name, table in case["tables"].items()})
        features = {}
        for key, feature in case["features"].items():
            given = tokens(feature, feature["dtype"])
            if isinstance(given, list):
                given = np.array(given, object)
            features[key] = sf.Ragged.from_sparse(
                given, feature["indices"], feature["dense_shape"], widths.get(key, 1)
            )
        return made(features)

    if "error" in want:
        classes = {"InvalidArgument": sf.InvalidArgument, "DataError": sf.DataError}
        with pytest.raises(tuple(classes[kind] for kind in want["error"]["kinds"])) as raised:
            run()
        assert all(name in str(raised.value) for name in want["error"]["names"])
        return
    batch = run()
    same_floats(batch.values, tensor(case, want["values"]))
    assert batch.lengths.tolist() == want["lengths"]
    assert np.array_equal(batch.mask, tensor(case, want["mask"]))
