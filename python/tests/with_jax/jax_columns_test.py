# SPDX-License-Identifier: Apache-2.0
"""Columns that share a table, and columns of numbers, under jit."""

import jax
import numpy as np

import seqfeat as sf
import seqfeat.jax as sfj

FEATURES = {"a": [[1, 2, 1], []], "b": [[3, 3, 0], []], "x": [[1.5, 2, 3, 4, 5], []]}


def spec():
    words = [sf.sequence_categorical_column_with_identity(key, 4) for key in ("a", "b")]
    numbers = sf.sequence_numeric_column("x", 2, default_value=0.5)
    return sf.Spec([*sf.shared_embeddings(words, 3, table="words"), numbers])


def test_weights():
    ids = sf.sequence_categorical_column_with_identity("a", 4)
    weighted = sf.sequence_weighted_categorical_column(ids, "w")
    made = sf.Spec([sf.embedding_column(weighted, 3)])
    features = {"a": [[[1, 2], [1]], [[3]]], "w": [[[0.5, 1.5], [4.0]], [[-1.0]]]}
    capacity = sf.Capacity(rows=2, steps=8, values=8, max_length=3)
    batch = sfj.pack(made, features, capacity)
    tables = sfj.init_tables(made)
    values = jax.jit(lambda t: sfj.sequence_features(made, t, batch).values)(tables)
    want = sf.SequenceFeatures(made, "cpu")(features).values
    assert np.array_equal(np.asarray(values)[:, : want.shape[1]], want)
    gradient = jax.grad(lambda t: sfj.sequence_features(made, t, batch).values.sum())(tables)
    rows = np.asarray(gradient["a_weighted_by_w_embedding"]).tolist()
    assert rows == [[0] * 3, [1.25] * 3, [0.75] * 3, [0] * 3]


def test_values_and_gradients():
    made = spec()
    capacity = sf.Capacity(rows=2, steps=8, values=8, max_length=3)
    batch = sfj.pack(made, FEATURES, capacity)
    tables = sfj.init_tables(made)
    assert list(tables) == ["words"]
    values = jax.jit(lambda t: sfj.sequence_features(made, t, batch).values)(tables)
    want = sf.SequenceFeatures(made, "cpu")(FEATURES).values
    assert np.array_equal(np.asarray(values), want)
    assert want[0, :, 6:].tolist() == [[1.5, 2], [3, 4], [5, 0.5]]
    gradient = jax.grad(lambda t: sfj.sequence_features(made, t, batch).values.sum())(tables)
    counts = [1, 2, 1, 2]  # of each id, in both columns
    assert np.asarray(gradient["words"]).tolist() == [[count] * 3 for count in counts]
