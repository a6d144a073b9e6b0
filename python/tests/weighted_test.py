# SPDX-License-Identifier: Apache-2.0
"""Ids with weights, in every form that Python has them in."""

import json
import pickle

import numpy as np
import pytest

import seqfeat as sf
from support import embedding

IDS = [[[0, 2], [1]], [], [[2]]]
WEIGHTS = [[[1.0, 3.0], [-1.0]], [], [[0.5]]]
EXPECTED = [[[2.5, 25.0], [0.0, 0.0]], [[0.0, 0.0]] * 2, [[3.0, 30.0], [0.0, 0.0]]]


def column(combiner="mean", key="ids", weights="w"):
    ids = sf.sequence_categorical_column_with_identity(key, 3)
    return sf.embedding_column(
        sf.sequence_weighted_categorical_column(ids, weights), 2, combiner=combiner
    )


def layer(**options):
    made = sf.SequenceFeatures([column(**options)], "cpu")
    made.load_tables({made.columns[0].name: np.float32([[1, 10], [2, 20], [3, 30]])})
    return made


def test_weights_of_every_form():
    pa = pytest.importorskip("pyarrow")
    flat = np.float32([1, 3, -1, 0.5])
    for weights in (
        WEIGHTS,
        [[(1, np.float64(3)), [-1]], None, [np.array([0.5])]],
        sf.Ragged(flat, [0, 2, 2, 3], [0, 2, 3, 4]),
        sf.Ragged(flat.astype(np.float64), [0, 2, 2, 3], [0, 2, 3, 4]),
        pa.array(WEIGHTS, pa.list_(pa.list_(pa.float64()))),
    ):
        assert layer()({"ids": IDS, "w": weights}).values.tolist() == EXPECTED, weights
    dense = {"ids": np.array([[0, 2], [1, 1]]), "w": np.float32([[1, 0], [2, 4]])}
    assert layer(combiner="sum")(dense).values.tolist() == [[[1, 10], [0, 0]], [[4, 40], [8, 80]]]


def test_every_value_needs_its_weight():
    for weights, what in (
        ([[[1.0], [-1.0]], [], [[0.5]]], "1 weights in step 0, expected 2"),
        ([[[1.0, 3.0], [-1.0]], [], []], "0 weights in step 0, expected 1"),
    ):
        with pytest.raises(sf.DataError, match=what) as refused:
            layer()({"ids": IDS, "w": weights})
        assert refused.value.column == "w"
        assert "'ids'" in str(refused.value)
    assert refused.value.row == 2
    with pytest.raises(sf.InvalidArgument, match="w"):
        layer()({"ids": IDS})


def test_columns():
    made = column()
    assert made.name == "ids_weighted_by_w_embedding"
    inner = made.categorical_column
    assert (inner.key, inner.rows, inner.weight_feature_key) == ("ids", 3, "w")
    spec = sf.Spec([made, embedding()])
    assert sf.Spec.from_json(spec.to_json()).columns == spec.columns
    assert pickle.loads(pickle.dumps(spec)).columns == spec.columns
    assert json.loads(spec.to_json())["columns"][0]["categorical_column"]["weight_feature_key"] == "w"
    assert sf.make_parse_example_spec(spec) == {"ids": "int64", "tokens": "string", "w": "float32"}
    shared = sf.shared_embeddings([inner, sf.sequence_categorical_column_with_identity("b", 3)], 2)
    assert [one.name for one in shared] == ["ids_weighted_by_w_shared_embedding", "b_shared_embedding"]
    plain = sf.sequence_categorical_column_with_identity("ids", 3)
    weigh = sf.sequence_weighted_categorical_column
    for wrong in (
        lambda: weigh(plain, ""),
        lambda: weigh(plain, "ids"),
        lambda: weigh(plain, 7),
        lambda: weigh(plain, "w", "int64"),
        lambda: weigh(inner, "v"),
        lambda: weigh(made, "v"),
        lambda: sf.indicator_column(inner),
        lambda: sf.sequence_weighted_categorical_column(
            sf.sequence_crossed_column(["a", "b"], 9), "w"
        ),
        lambda: sf.Spec([inner]),
    ):
        with pytest.raises(sf.InvalidArgument):
            wrong()


def test_ids_are_what_they_are_whatever_they_weigh():
    ids = layer().ids({"ids": IDS, "w": WEIGHTS})
    assert ids["ids_weighted_by_w_embedding"].to_list() == IDS
