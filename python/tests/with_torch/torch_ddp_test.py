# SPDX-License-Identifier: Apache-2.0
"""DistributedDataParallel with two gloo processes."""

import socket
import tempfile

import pytest
import torch
import torch.multiprocessing as mp
from torch import nn

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import KINDS, loss_of, rows, same, two_columns


class Model(nn.Module):
    def __init__(self, kind):
        super().__init__()
        torch.manual_seed(1)
        self.layer = sft.SequenceFeatures(two_columns(), gradient=kind)
        self.head = nn.Linear(13, 4)

    def forward(self, batch):
        values, _, mask = self.layer(batch)
        return self.head(values), mask


def joined(parts):
    return {key: [row for part in parts for row in part[key]] for key in parts[0]}


def step_of(model, net, tables, dense, features, seed, scale, clip):
    tables.zero_grad()
    dense.zero_grad()
    # Both ranks have rows of equal T, so that the joined batch has the same slots.
    out, mask = net(sft.pack(model.layer.spec, features))
    weights = torch.linspace(-1, 1, out.shape[-1]) + seed % 3
    (((out * weights).tanh() * mask[..., None]).sum() * scale).backward()
    if clip:
        sft.clip_grad_norm_(model.parameters(), 0.1)
    tables.step()
    dense.step()


def work(rank, port, kind, folder, steps):
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"tcp://localhost:{port}", rank=rank, world_size=2
    )
    model = Model(kind)
    with torch.no_grad():
        for table in model.layer.parameters():
            table.add_(rank)  # replicas begin as rank 0 has them
    sft.replicate_tables(model)
    net = nn.parallel.DistributedDataParallel(model)
    tables = sft.optim.Adam(model.layer.parameters(), lr=0.01)
    dense = torch.optim.SGD(model.head.parameters(), lr=0.01)
    for step in range(steps):
        features = rows(2 * step + rank, count=4 if step % 7 else 4 * rank)  # sometimes no rows
        step_of(model, net, tables, dense, features, step, 2.0, step % 2)
    torch.save(model.state_dict(), f"{folder}/{rank}.pt")
    torch.distributed.destroy_process_group()


def alone(rank, port, folder):
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"tcp://localhost:{port}", rank=rank, world_size=2
    )
    net = nn.parallel.DistributedDataParallel(Model("sparse"))
    out, mask = net(sft.pack(two_columns(), rows(1)))
    try:
        loss_of(out, mask, 1).backward()
    except sf.InvalidArgument as error:
        with open(f"{folder}/{rank}.txt", "w") as file:
            file.write(str(error))


def spawn(function, *given):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    mp.start_processes(function, (port, *given), nprocs=2, start_method="spawn")


@pytest.mark.parametrize("kind", KINDS)
def test_replicas_have_the_same_bits(kind):
    with tempfile.TemporaryDirectory() as folder:
        spawn(work, kind, folder, 50)
        one, two = (torch.load(f"{folder}/{rank}.pt") for rank in range(2))
    assert all(same(tensor, two[name]) for name, tensor in one.items())
    model = Model(kind)
    tables = sft.optim.Adam(model.layer.parameters(), lr=0.01)
    dense = torch.optim.SGD(model.head.parameters(), lr=0.01)
    for step in range(50):
        parts = [rows(2 * step + rank, count=4 if step % 7 else 4 * rank) for rank in range(2)]
        step_of(model, model, tables, dense, joined(parts), step, 1.0, step % 2)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(one[name], tensor, atol=1e-6, rtol=0)


def test_without_replicate_tables():
    with tempfile.TemporaryDirectory() as folder:
        spawn(alone, folder)
        for rank in range(2):
            with open(f"{folder}/{rank}.txt") as file:
                assert "call seqfeat.torch.replicate_tables(model) before you wrap" in file.read()
