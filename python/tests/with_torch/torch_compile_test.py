# SPDX-License-Identifier: Apache-2.0
"""The layer in graphs of torch.compile, and its operators."""

import pytest
import torch
from torch import library

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import KINDS, loss_of, rows, same, spec, tables_of, two_columns


def batches(layer, count):
    return [sft.pack(layer.spec, rows(seed, count=4 + seed)) for seed in range(count)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("made", [spec, two_columns])
def test_compiled_steps_give_the_eager_bits(kind, made):
    torch._dynamo.reset()
    compiled, eager = (sft.SequenceFeatures(made(), gradient=kind) for _ in range(2))
    net = torch.nn.Linear(compiled.width, 3)

    def values_of(layer, batch):
        values, lengths, mask = layer(batch)
        return net(values), values, lengths, mask

    whole = torch.compile(values_of, fullgraph=True)
    optimizers = [sft.optim.Adam(layer.parameters(), lr=0.1) for layer in (compiled, eager)]
    for step, batch in enumerate(batches(compiled, 6)):
        outs = [whole(compiled, batch), values_of(eager, batch)]
        assert all(same(a, b) for a, b in zip(outs[0][1:], outs[1][1:]))
        for (_, values, _, mask), optimizer in zip(outs, optimizers):
            optimizer.zero_grad()
            loss_of(values, mask, step).backward()
            optimizer.step()
    assert all(same(eager.tables[name], table) for name, table in compiled.tables.items())


def test_100_compiled_steps_beside_torch():
    torch._dynamo.reset()
    layer = sft.SequenceFeatures(spec(), gradient="fused")
    eager = sft.SequenceFeatures(spec(), gradient="sparse")

    @torch.compile(fullgraph=True)
    def loss(batch, weights):
        values, _, mask = layer(batch)
        return (torch.tanh(values * weights) * mask[..., None]).sum()

    def plain(batch, weights):
        values, _, mask = eager(batch)
        return (torch.tanh(values * weights) * mask[..., None]).sum()

    mine = sft.optim.Adam(layer.parameters(), lr=0.01)
    its = sft.optim.Adam(eager.parameters(), lr=0.01)
    weights = torch.linspace(-1, 1, 6)
    for step in range(100):
        batch = sft.pack(layer.spec, rows(step, count=2 + step % 7))
        for function, optimizer in ((loss, mine), (plain, its)):
            optimizer.zero_grad()
            function(batch, weights).backward()
            optimizer.step()
    torch.testing.assert_close(
        layer.tables["tokens_embedding"], eager.tables["tokens_embedding"], atol=2e-6, rtol=0
    )


def test_compiled_inference():
    torch._dynamo.reset()
    layer = sft.SequenceFeatures(two_columns())
    function = torch.compile(lambda batch: layer(batch).values * 2, fullgraph=True)
    with torch.no_grad():
        for batch in batches(layer, 3):
            assert same(function(batch), layer(batch).values * 2)


def test_features_are_packed_before_a_graph():
    torch._dynamo.reset()
    layer = sft.SequenceFeatures(spec())
    with pytest.raises(Exception, match="call seqfeat.torch.pack before"):
        torch.compile(layer, fullgraph=True)(rows(1))


@pytest.mark.parametrize("kind", KINDS)
def test_opcheck(kind):
    layer = sft.SequenceFeatures(two_columns(), gradient=kind)
    batch = sft.pack(layer.spec, rows(3))
    fused = kind == "fused"
    tables = [] if fused else layer.trained_tables()
    anchor = layer.anchor if fused else layer.still
    layer(batch)
    given = (batch.blob, batch.head, batch.shape, layer._number)
    library.opcheck(
        torch.ops.seqfeat.sequence_features, (*given, anchor, tables, torch.float32)
    )
    gradient = torch.randn(layer(batch).values.shape)
    detached = [table.detach() for table in layer.trained_tables()]
    checks = ("test_schema", "test_faketensor", "test_aot_dispatch_dynamic")
    library.opcheck(
        torch.ops.seqfeat.table_gradients, (*given, gradient, detached), test_utils=checks
    )
    library.opcheck(torch.ops.seqfeat.keep_gradient, (*given, gradient), test_utils=checks)


def test_a_batch_is_a_pytree():
    batch = sft.pack(spec(), rows(3))
    leaves, tree = torch.utils._pytree.tree_flatten(batch)
    assert all(isinstance(leaf, torch.Tensor) for leaf in leaves)
    again = torch.utils._pytree.tree_unflatten(leaves, tree)
    assert again.rows == batch.rows and same(again.blob, batch.blob)
    layer = sft.SequenceFeatures(spec())
    assert same(layer(again).values, layer(batch).values)


def test_a_layer_that_is_gone():
    batch = sft.pack(spec(), rows(3))
    with pytest.raises(sf.InvalidArgument, match="compile the model again"):
        torch.ops.seqfeat.keep_gradient(batch.blob, batch.head, batch.shape, 0, torch.zeros(1))


def test_tables_keep_their_bits_under_compile():
    layer = sft.SequenceFeatures(spec())
    before = tables_of(layer)
    torch.compile(lambda b: layer(b).values.sum(), fullgraph=True)(batches(layer, 1)[0]).backward()
    assert same(layer.tables["tokens_embedding"], before["tokens_embedding"])
