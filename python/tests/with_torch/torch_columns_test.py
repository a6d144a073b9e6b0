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


def weighted_columns(combiner):
    ids = sf.sequence_categorical_column_with_identity("a", 4)
    weighted = sf.sequence_weighted_categorical_column(ids, "w")
    return [sf.embedding_column(weighted, 3, combiner=combiner)]


WEIGHTED = {
    "a": [[[1, 2], [1]], [], [[3, 0, 1]]],
    "w": [[[0.5, 2.0], [4.0]], [], [[1.0, -2.0, 3.0]]],
}


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
def test_weights_have_their_part_in_values_and_gradients(combiner):
    """As torch's own arithmetic has it, to rounding."""
    layer = sft.SequenceFeatures(sf.Spec(weighted_columns(combiner)), gradient="dense")
    table = layer.tables["a_weighted_by_w_embedding"]
    start = table.detach().clone().requires_grad_()
    values, _, _ = layer(WEIGHTED)
    packed = layer(sft.pack(layer.spec, WEIGHTED)).values
    assert torch.equal(packed, values)
    steps = {}
    for b, (ids, weights) in enumerate(zip(WEIGHTED["a"], WEIGHTED["w"])):
        for t, (step, of_step) in enumerate(zip(ids, weights)):
            kept = [(i, w) for i, w in zip(step, of_step) if combiner == "sum" or w > 0]
            total = sum(start[i] * w for i, w in kept)
            squares = sum(w * w for _, w in kept)
            divisor = {"sum": 1, "mean": sum(w for _, w in kept), "sqrtn": squares**0.5}[combiner]
            steps[b, t] = total / divisor
    for place, want in steps.items():
        assert torch.allclose(values[place], want, atol=1e-6)
    weights = torch.arange(values.numel()).reshape(values.shape) / 7
    (values * weights).sum().backward()
    sum((want * weights[place]).sum() for place, want in steps.items()).backward()
    assert torch.allclose(table.grad, start.grad, atol=1e-5)


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
