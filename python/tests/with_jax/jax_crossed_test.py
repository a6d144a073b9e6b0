# SPDX-License-Identifier: Apache-2.0
"""Columns that cross features, under jit."""

import jax
import numpy as np
import pytest

import seqfeat as sf
import seqfeat.jax as sfj

FEATURES = {"a": [[["x", "y"], "z"], []], "n": [[[1, 2], 2], []]}


def test_values_and_gradients():
    cross = sf.sequence_crossed_column(["a", ("n", "int64")], 5)
    made = sf.Spec([sf.embedding_column(cross, 3, combiner="sum")])
    batch = sfj.pack(made, FEATURES, sf.Capacity(rows=2, steps=4, values=6, bytes=8, max_length=2))
    tables = sfj.init_tables(made)
    values = jax.jit(lambda t: sfj.sequence_features(made, t, batch).values)(tables)
    host = sf.SequenceFeatures(made, "cpu")
    host.load_tables({name: np.asarray(table) for name, table in tables.items()})
    assert np.array_equal(np.asarray(values), host(FEATURES).values)
    gradient = jax.grad(lambda t: sfj.sequence_features(made, t, batch).values.sum())(tables)
    counts = np.bincount(host.ids(FEATURES)["a_X_n_embedding"].values, minlength=5)
    assert np.asarray(gradient["a_X_n_embedding"]).tolist() == [[count] * 3 for count in counts]


def test_crossed_values_have_to_fit():
    cross = sf.sequence_crossed_column(["a", ("n", "int64")], 5)
    made = sf.Spec([sf.embedding_column(cross, 3)])
    with pytest.raises(sf.InvalidArgument, match="'a' x 'n' has 5 values, expected at most 4"):
        sfj.pack(made, FEATURES, sf.Capacity(rows=2, steps=4, values=4, bytes=8, max_length=2))
