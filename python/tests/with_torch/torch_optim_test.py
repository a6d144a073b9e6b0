# SPDX-License-Identifier: Apache-2.0
"""Optimizers: beside torch's own, the three kinds of gradient against each other, and stopping."""

import os
import subprocess
import sys

import pytest
import torch

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import KINDS, OPTIMIZERS, loss_of, rows, same, spec, tables_of, trained, two_columns


class Peer(torch.nn.Module):
    """torch's layer on ids that were hashed beforehand, with padding by hand."""

    def __init__(self, table, layer):
        super().__init__()
        self.embedding = torch.nn.Embedding.from_pretrained(table.clone(), freeze=False, sparse=True)
        self.hash = sf.SequenceFeatures(layer.spec, "cpu")

    def forward(self, features):
        ids = self.hash.ids(features)["tokens_embedding"]
        padded, _, mask = ids.pad()
        mask = torch.from_numpy(mask)
        # Not `embedding(padded)`: padding would be a row that occurs, whose moments SparseAdam moves.
        values = torch.zeros(*mask.shape, self.embedding.weight.shape[1])
        return values.masked_scatter(mask[..., None], self.embedding(torch.from_numpy(padded)[mask])), mask


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "ours, theirs, options, bound",
    [
        (sft.optim.SGD, torch.optim.SGD, {"lr": 0.05}, 1e-6),
        (sft.optim.Adagrad, torch.optim.Adagrad, {"lr": 0.05}, 1e-6),
        (sft.optim.Adam, torch.optim.SparseAdam, {"lr": 0.01}, 2e-6),
    ],
)
def test_100_steps_beside_torch(kind, ours, theirs, options, bound):
    layer = sft.SequenceFeatures(spec(), gradient=kind)
    peer = Peer(layer.tables["tokens_embedding"].detach(), layer)
    mine = ours(layer.parameters(), **options)
    its = theirs(peer.parameters(), **options)
    for step in range(100):
        features = rows(step)
        mine.zero_grad()
        its.zero_grad()
        values, _, mask = layer(features)
        loss_of(values, mask, step).backward()
        loss_of(*peer(features), step).backward()
        mine.step()
        its.step()
    torch.testing.assert_close(
        layer.tables["tokens_embedding"].detach(), peer.embedding.weight.detach(), atol=bound, rtol=0
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_kinds_give_the_same_bits(name):
    """Through accumulation, clipping, a schedule and a GradScaler."""
    made, options = OPTIMIZERS[name]
    results = []
    for kind in KINDS:
        layer = sft.SequenceFeatures(two_columns(), gradient=kind)
        optimizer = made(layer.parameters(), lr=0.1, **options)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        scaler = torch.amp.GradScaler("cpu", init_scale=3.0, growth_interval=2)
        norms = []
        for step in range(8):
            optimizer.zero_grad()
            for part in range(1 + step % 3 * 5):  # one backward, 6 or 11
                values, _, mask = layer(rows(step * 20 + part))
                scaler.scale(loss_of(values, mask, part)).backward()
            if step % 2:
                scaler.unscale_(optimizer)
                norms.append(sft.clip_grad_norm_(layer.parameters(), 0.5))
            scaler.step(optimizer)
            scaler.update()
            schedule.step()
        state = [optimizer.state[table] for table in layer.parameters()]
        results.append((tables_of(layer), norms, state))
    (tables, norms, states), *others = results
    for other_tables, other_norms, other_states in others:
        assert all(same(table, other_tables[key]) for key, table in tables.items())
        assert all(same(norm, other) for norm, other in zip(norms, other_norms))
        for state, other in zip(states, other_states):
            assert state.keys() == other.keys() and state["step"] == other["step"] == 8
            assert all(same(state[k], other[k]) for k in state if k != "step")


@pytest.mark.parametrize("kind", KINDS)
def test_only_rows_that_occur_move(kind):
    """Also those whose gradient is zero: moments go on."""
    layer = sft.SequenceFeatures(spec(), gradient=kind)
    optimizer = sft.optim.Adam(layer.parameters(), lr=0.1)
    trained(layer, optimizer, 3)
    table = layer.tables["tokens_embedding"]
    before, moments = table.detach().clone(), optimizer.state[table]["moment1"].clone()
    ids = sf.SequenceFeatures(layer.spec, "cpu").ids({"tokens": [["w1", "w2"]]})
    (its,) = ids["tokens_embedding"].to_list()
    optimizer.zero_grad()
    (layer({"tokens": [["w1", "w2"]]}).values * torch.tensor([[[1.0], [0.0]]])).sum().backward()
    optimizer.step()
    others = [row for row in range(50) if row not in its]
    assert same(table[others], before[others])
    assert same(optimizer.state[table]["moment1"][others], moments[others])
    assert not same(optimizer.state[table]["moment1"][its[1]], moments[its[1]])


@pytest.mark.parametrize("kind", KINDS)
def test_a_scaler_skips_infinite_gradients(kind):
    layer = sft.SequenceFeatures(spec(), gradient=kind)
    optimizer = sft.optim.SGD(layer.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    before = tables_of(layer)["tokens_embedding"]
    table = layer.tables["tokens_embedding"]
    scaler.scale(layer(rows(1)).values.sum() * float("inf")).backward()
    scaler.step(optimizer)
    scaler.update()
    assert same(table, before) and scaler.get_scale() == 2.0
    if kind != "fused":
        optimizer.zero_grad()  # a fused gradient that was refused goes with the next backward pass
    scaler.scale(layer(rows(1)).values.sum()).backward()
    scaler.step(optimizer)
    plain = sft.SequenceFeatures(spec())
    plain.load_tables({"tokens_embedding": before})
    plain(rows(1)).values.sum().backward()
    sft.optim.SGD(plain.parameters(), lr=0.1).step()
    assert same(table, plain.tables["tokens_embedding"])


@pytest.mark.parametrize("kind", KINDS)
def test_zero_grad_forgets(kind):
    for to_none in (True, False):
        layer = sft.SequenceFeatures(spec(), gradient=kind)
        optimizer = sft.optim.Adam(layer.parameters())
        before = tables_of(layer)["tokens_embedding"]
        layer(rows(1)).values.sum().backward()
        optimizer.zero_grad(set_to_none=to_none)
        optimizer.step()
        assert same(layer.tables["tokens_embedding"], before)


@pytest.mark.parametrize("kind", KINDS)
def test_groups_and_several_layers(kind):
    model = torch.nn.ModuleList(
        [sft.SequenceFeatures(two_columns(), gradient=kind), sft.SequenceFeatures(spec(), gradient=kind)]
    )
    first, second = model
    optimizer = sft.optim.SGD(
        [
            {"params": [first.tables["words_embedding"], *second.parameters()], "lr": 1.0},
            {"params": [first.tables["numbers_embedding"]], "lr": 0.0},
        ]
    )
    before = [tables_of(layer) for layer in model]
    (first(rows(1)).values.sum() + second(rows(1)).values.sum()).backward()
    optimizer.step()
    assert same(first.tables["numbers_embedding"], before[0]["numbers_embedding"])
    assert not same(first.tables["words_embedding"], before[0]["words_embedding"])
    assert not same(second.tables["tokens_embedding"], before[1]["tokens_embedding"])
    optimizer.param_groups[1]["lr"] = 1.0
    first(rows(2)).values.sum().backward()
    optimizer.step()
    assert not same(first.tables["numbers_embedding"], before[0]["numbers_embedding"])


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["fused", "sparse"])
def test_stopped_and_resumed(name, kind, tmp_path):
    made, options = OPTIMIZERS[name]
    whole = sft.SequenceFeatures(two_columns(), gradient=kind)
    trained(whole, made(whole.parameters(), lr=0.05, **options), 20)
    half = sft.SequenceFeatures(two_columns(), gradient=kind)
    optimizer = made(half.parameters(), lr=0.05, **options)
    trained(half, optimizer, 9)
    torch.save({"model": half.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "x.pt")
    rest = sft.SequenceFeatures(two_columns(), gradient="fused")
    later = made(rest.parameters(), lr=0.5, **options)
    saved = torch.load(tmp_path / "x.pt")
    rest.load_state_dict(saved["model"])
    later.load_state_dict(saved["optimizer"])
    trained(rest, later, 11, first=9)
    assert all(same(rest.tables[name], table) for name, table in whole.tables.items())


THOUSAND = """
import sys, torch, seqfeat.torch as sft
sys.path.insert(0, sys.argv[1])
from torch_support import trained, two_columns
layer = sft.SequenceFeatures(two_columns(), gradient=sys.argv[2])
optimizer = sft.optim.Adam(layer.parameters(), lr=0.01)
first = 0
if len(sys.argv) > 4:  # stopped at half the way
    trained(layer, optimizer, 500, count=40)
    model, state, first = layer.state_dict(), optimizer.state_dict(), 500
    layer = sft.SequenceFeatures(two_columns(), gradient=sys.argv[2])
    optimizer = sft.optim.Adam(layer.parameters(), lr=1.0)
    layer.load_state_dict(model)
    optimizer.load_state_dict(state)
trained(layer, optimizer, 1000 - first, first=first, count=40)
torch.save(layer.state_dict(), sys.argv[3])
"""


def test_a_thousand_steps_with_any_threads(tmp_path):
    here = os.path.dirname(__file__)
    results = []
    for number, (threads, kind, *stops) in enumerate(
        [("1", "fused"), ("2", "fused"), ("1", "sparse"), ("2", "fused", "stop")]
    ):
        path = tmp_path / f"{number}.pt"
        subprocess.run(
            [sys.executable, "-c", THOUSAND, here, kind, path, *stops],
            env={**os.environ, "SEQFEAT_NUM_THREADS": threads, "OMP_NUM_THREADS": "1"},
            check=True,
        )
        results.append(torch.load(path))
    for other in results[1:]:
        assert all(same(table, other[name]) for name, table in results[0].items())


def test_hooks_of_a_step():
    layer = sft.SequenceFeatures(spec(), gradient="fused")
    optimizer = sft.optim.SGD(layer.parameters())
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    optimizer.register_step_post_hook(lambda *_: seen.append("after"))

    def closure():
        optimizer.zero_grad()
        loss = layer(rows(1)).values.sum()
        loss.backward()
        return loss

    before = tables_of(layer)["tokens_embedding"]
    assert optimizer.step(closure).requires_grad and seen == ["before", "after"]
    assert not same(layer.tables["tokens_embedding"], before)
    with torch.profiler.profile() as profile:
        optimizer.step(closure)
    assert any("Optimizer.step#SGD.step" in event.key for event in profile.key_averages())


@pytest.mark.parametrize("kind", KINDS)
def test_clipping_beside_torch(kind):
    layer = sft.SequenceFeatures(spec(), gradient=kind)
    net = torch.nn.Linear(6, 1)
    plain = sft.SequenceFeatures(spec(), gradient="dense")
    plain.load_tables(tables_of(layer))
    other = torch.nn.Linear(6, 1)
    other.load_state_dict(net.state_dict())
    for its, head in ((layer, net), (plain, other)):
        values, _, mask = its(rows(1))
        loss_of(head(values), mask, 1).backward()
    ours = sft.clip_grad_norm_([*layer.parameters(), *net.parameters()], 0.1)
    theirs = torch.nn.utils.clip_grad_norm_([*plain.parameters(), *other.parameters()], 0.1)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(net.weight.grad, other.weight.grad)
    for its in (layer, plain):
        sft.optim.SGD(its.parameters(), lr=1.0).step()
    torch.testing.assert_close(layer.tables["tokens_embedding"], plain.tables["tokens_embedding"])
    with pytest.raises(sf.InvalidArgument, match="expected a finite number"):
        net.weight.grad.fill_(float("nan"))
        sft.clip_grad_norm_(net.parameters(), 1.0, error_if_nonfinite=True)
