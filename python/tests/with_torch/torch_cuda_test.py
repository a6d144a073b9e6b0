# SPDX-License-Identifier: Apache-2.0
"""The layer on a GPU gives the bits that it gives on the CPU: forward, backward, updates, graphs."""

import pytest
import torch
from torch_support import KINDS, OPTIMIZERS, rows, same, tables_of, two_columns

import seqfeat as sf
import seqfeat.torch as sft

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

CAPACITY = sf.Capacity(rows=9, steps=80, values=300, bytes=2000, max_length=12)


def spec():
    """A device cannot tell the host how long the longest row is, so T has to be fixed."""
    return sf.Spec(two_columns().columns, max_length=12, padding="max_length")


def pair(gradient):
    """The same layer on the CPU and on the GPU."""
    layers = [sft.SequenceFeatures(spec(), device, gradient=gradient) for device in ("cpu", "cuda")]
    assert all(same(table, layers[1].tables[name]) for name, table in tables_of(layers[0]).items())
    return layers


def weighted_sum(values, lengths, mask, row_mask, weights):
    """A loss whose gradient is `weights`, to the last bit, on every device."""
    return (values * weights).sum()


def weights_of(seed, rows=7):
    return torch.randn((rows, 12, 13), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_forward(dtype):
    layers = [sft.SequenceFeatures(spec(), device, dtype=dtype) for device in ("cpu", "cuda")]
    for seed in range(5):
        batch = sft.pack(spec(), rows(seed))
        cpu, cuda = layers[0](batch), layers[1](batch.pin_memory().to("cuda", non_blocking=True))
        assert cuda.values.is_cuda and all(same(a, b) for a, b in zip(cpu, cuda))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_training(kind, optimizer):
    layers = pair(kind)
    make, settings = OPTIMIZERS[optimizer]
    optimizers = [make(layer.parameters(), lr=0.1, **settings) for layer in layers]
    for seed in range(10):
        batch = sft.pack(spec(), rows(seed))
        for layer, its in zip(layers, optimizers):
            device = layer.ready().device
            its.zero_grad()
            weighted_sum(*layer(batch.to(device)), None, weights_of(seed).to(device)).backward()
            its.step()
    assert all(same(table, layers[1].tables[name]) for name, table in tables_of(layers[0]).items())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_graphed_step_gives_the_bits_of_eager_ones(optimizer):
    layers = pair("fused")
    make, settings = OPTIMIZERS[optimizer]
    optimizers = [make(layer.parameters(), lr=0.1, **settings) for layer in layers]
    steps = [
        sft.graphed_step(weighted_sum, layer, [its], CAPACITY, [weights_of(0, 9).to(layer.ready().device)])
        for layer, its in zip(layers, optimizers)
    ]
    for seed in range(100):
        if seed == 50:
            for its in optimizers:
                its.param_groups[0]["lr"] = 0.01
        batch = sft.pack(spec(), rows(seed), CAPACITY)
        for step, layer in zip(steps, layers):
            device = layer.ready().device
            step(batch.to(device), weights_of(seed, 9).to(device))
    assert all(same(table, layers[1].tables[name]) for name, table in tables_of(layers[0]).items())
    assert [its.state[p]["step"] for its in optimizers for p in its.param_groups[0]["params"] if p in its.state] == [100] * 4


def test_sparse_gradients_are_refused_under_capture():
    layer = sft.SequenceFeatures(spec(), "cuda")
    with pytest.raises(sf.InvalidArgument, match="make the layer with gradient='fused'"):
        sft.graphed_step(weighted_sum, layer, [], CAPACITY)


def test_a_batch_of_the_cpu_is_refused():
    layer = sft.SequenceFeatures(spec(), "cuda")
    with pytest.raises(sf.InvalidArgument, match="move one of them"):
        layer(sft.pack(spec(), rows(1)))
