# SPDX-License-Identifier: Apache-2.0
"""Columns that share a table, and columns of numbers, in the module."""

import numpy as np
import pytest
import torch

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import KINDS, OPTIMIZERS, loss_of, same

FEATURES = {
    "a": [[1, 2, 1], [], [3]],
    "b": [[3, 3, 0], [], [1]],
    "x": [[1.5, 2, 3, 4, 5], [], [6]],
}


def spec(**options):
    words = [sf.sequence_categorical_column_with_identity(key, 4) for key in ("a", "b")]
    numbers = sf.sequence_numeric_column("x", 2, default_value=0.5)
    return sf.Spec([*sf.shared_embeddings(words, 3, table="words"), numbers], **options)


def test_one_parameter_for_all_columns_of_a_table():
    layer = sft.SequenceFeatures(spec())
    assert list(layer.tables) == ["words"] and len(list(layer.parameters())) == 1
    assert list(layer.state_dict()) == ["tables.words"]
    assert layer.trained_tables() == [layer.tables["words"]]


def test_values_are_those_of_the_host():
    host = sf.SequenceFeatures(spec(), "cpu")
    layer = sft.SequenceFeatures(host.spec)
    want = host(FEATURES)
    for batch in (FEATURES, sft.pack(host.spec, FEATURES)):
        got = layer(batch)
        assert np.array_equal(got.values.detach().numpy(), want.values)
        assert got.lengths.tolist() == [3, 0, 1]
    assert want.values[..., 6:].tolist() == [
        [[1.5, 2], [3, 4], [5, 0.5]],
        [[0.5, 0.5]] * 3,
        [[6, 0.5], [0.5, 0.5], [0.5, 0.5]],
    ]
    capacity = sf.Capacity(rows=5, steps=9, values=12, max_length=4)
    padded = layer(sft.pack(host.spec, FEATURES, capacity)).values
    assert padded.shape == (5, 4, 8) and torch.all(padded[3:, :, 6:] == 0.5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_gradient_and_one_state(kind, name):
    """As two tables bound to one parameter train."""
    words = [sf.sequence_categorical_column_with_identity(key, 4) for key in ("a", "b")]
    two = sf.Spec([sf.embedding_column(column, 3) for column in words])
    layers = []
    for columns in (sf.Spec(spec().columns[:2]), two):
        layer = sft.SequenceFeatures(columns, gradient=kind)
        start = torch.arange(12, dtype=torch.float32).reshape(4, 3) / 8
        if len(layer.tables) == 2:
            layer.tables["b_embedding"] = layer.tables["a_embedding"]
        first = next(iter(layer.tables.values()))
        with torch.no_grad():
            first.copy_(start)
        kind_of, settings = OPTIMIZERS[name]
        optimizer = kind_of(layer.parameters(), lr=0.1, **settings)
        for seed in range(3):
            optimizer.zero_grad()
            values, _, mask = layer({key: FEATURES[key] for key in "ab"})
            loss_of(values, mask, seed).backward()
            optimizer.step()
        assert not torch.equal(first, start)
        layers.append(first.detach())
    assert same(*layers)
