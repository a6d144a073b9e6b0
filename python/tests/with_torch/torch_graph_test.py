# SPDX-License-Identifier: Apache-2.0
"""Steps of fixed shapes. What a GPU captures, torch_cuda_test.py has."""

import pytest
import torch
from torch_support import loss_of, rows, same, spec, tables_of, two_columns

import seqfeat as sf
import seqfeat.torch as sft

CAPACITY = sf.Capacity(rows=9, steps=80, values=300, bytes=2000, max_length=12)


def mean(values, lengths, mask, row_mask, target):
    assert row_mask.tolist() == [True] * 7 + [False] * 2
    return loss_of(values * row_mask[:, None, None] - target, mask, 0)


def test_a_graphed_step_is_a_step():
    layer = sft.SequenceFeatures(two_columns(), gradient="fused")
    other = sft.SequenceFeatures(two_columns(), gradient="dense")
    target = torch.ones(1)
    steps = [
        sft.graphed_step(mean, its, [sft.optim.Adam(its.parameters(), lr=0.1)], CAPACITY, [target])
        for its in (layer, other)
    ]
    for seed in range(3):
        batch = sft.pack(layer.spec, rows(seed), CAPACITY)
        losses = [step(batch, target) for step in steps]
        assert same(*losses) and not losses[0].requires_grad
    assert all(same(other.tables[name], table) for name, table in tables_of(layer).items())
    with pytest.raises(sf.InvalidArgument, match="pack it with the capacity of the step"):
        steps[0](sft.pack(layer.spec, rows(1)), target)
    with pytest.raises(sf.InvalidArgument, match=r"inputs: got \[\], expected \[\(1,\)\]"):
        steps[0](batch)


def test_a_graphed_step_of_sparse_gradients():
    layer = sft.SequenceFeatures(spec())
    with pytest.raises(sf.InvalidArgument, match="gradient='fused' or 'dense'"):
        sft.graphed_step(mean, layer, [], CAPACITY)
    with pytest.raises(sf.InvalidArgument, match="expected an sf.Capacity"):
        sft.graphed_step(mean, sft.SequenceFeatures(spec(), gradient="dense"), [], 3)


def test_a_batch_that_was_packed_before_gives_the_same_bits():
    # As a graph has it: the workspace has room for the capacity, and the batch is in it already.
    layer = sft.SequenceFeatures(two_columns(), gradient="fused")
    engine = layer.ready()
    lease = engine.reserved(CAPACITY.completed())
    for seed in range(3):
        batch = sft.pack(layer.spec, rows(seed), CAPACITY)
        expected = layer(batch)
        engine.pack(batch, lease)
        engine.packed = lease
        found = layer(batch)
        engine.packed = None
        assert all(same(a, b) for a, b in zip(found, expected))
