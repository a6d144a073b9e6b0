#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A training step of seqfeat.torch on a device beside torch's own layers, in turns.

    python torch_steps.py [--device cuda] [--json OUT] [--rounds N] [--rows TABLE_ROWS] [--commit NAME]

A step takes 1,000 rows of mean 22 integers, drawn by Zipf's law from a million, at D64: forward, masked mean over steps, loss, backward, Adam. Ours hashes the integers; the others are given ids on the device. Ours are a step as it is, one that is compiled, and one that is captured in a CUDA graph.

`busy` is the share of a step's time in which the device computes, as torch's profiler has it. Before anything is timed, every one must have lowered its loss.

Exit code: 0, 1 if a loss did not fall, 2 usage, 4 without torch, the package or the device.
"""
import argparse
import json
import pathlib
import statistics
import sys
import time

try:
    import torch
    import seqfeat as sf
    import seqfeat.torch as sft
except ImportError as error:
    print(f"torch_steps: {error}", file=sys.stderr)
    sys.exit(4)
import training_inputs as inputs

DIM = 64
CAPACITY = sf.Capacity(rows=inputs.ROWS, steps=inputs.ROWS * inputs.LONGEST, max_length=inputs.LONGEST)


def loss_of(values, mask):
    """Squares of the masked mean over steps, away from a target."""
    mean = (values * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
    return (mean - 0.5).square().sum()


def graphed_loss(values, lengths, mask, row_mask):
    return loss_of(values, mask)


class Ours:
    """Packed batches, on the device already, and the fused Adam."""

    def __init__(self, way, device, table_rows, batches):
        column = sf.sequence_categorical_column_with_hash_bucket("tokens", table_rows, dtype="int64")
        spec = sf.Spec([sf.embedding_column(column, DIM)], max_length=inputs.LONGEST, padding="max_length")
        self.layer = sft.SequenceFeatures(spec, device, gradient="fused")
        self.optimizer = sft.optim.Adam(self.layer.parameters(), lr=0.01)
        rows = [[batch.ids[a:b].tolist() for a, b in zip(batch.offsets, batch.offsets[1:])] for batch in batches]
        self.batches = [sft.pack(spec, {"tokens": these}, CAPACITY).to(device) for these in rows]
        forward = lambda batch: (lambda out: loss_of(out.values, out.mask))(self.layer(batch))  # noqa: E731
        if way == "graphed":
            self.step = sft.graphed_step(graphed_loss, self.layer, [self.optimizer], CAPACITY)
        else:
            self.forward = torch.compile(forward, fullgraph=True) if way == "compiled" else forward
            self.step = self.eager

    def eager(self, batch):
        self.optimizer.zero_grad()
        loss = self.forward(batch)
        loss.backward()
        self.optimizer.step()
        return loss.detach()


class Theirs:
    """nn.Embedding over padded ids, or nn.EmbeddingBag, which takes the mean, over flat ones."""

    def __init__(self, way, device, table_rows, batches):
        self.bags = "bag" in way
        self.deterministic = "deterministic" in way
        sparse = "sparse" in way
        make = torch.nn.EmbeddingBag if self.bags else torch.nn.Embedding
        self.embedding = make(table_rows, DIM, sparse=sparse, device=device)
        optimizer = torch.optim.SparseAdam if sparse else torch.optim.Adam
        self.optimizer = optimizer(self.embedding.parameters(), lr=0.01)
        self.batches = [self.bag(batch, device) if self.bags else self.padded(batch, device) for batch in batches]

    @staticmethod
    def bag(batch, device):
        return torch.from_numpy(batch.ids).to(device), torch.from_numpy(batch.offsets[:-1]).to(device)

    @staticmethod
    def padded(batch, device):
        slots = torch.from_numpy(inputs.slots(batch, inputs.LONGEST))
        ids = torch.zeros(inputs.ROWS * inputs.LONGEST, dtype=torch.int64)
        mask = torch.zeros(inputs.ROWS * inputs.LONGEST, dtype=torch.bool)
        ids[slots], mask[slots] = torch.from_numpy(batch.ids), True
        return ids.view(inputs.ROWS, -1).to(device), mask.view(inputs.ROWS, -1).to(device)

    def step(self, batch):
        torch.use_deterministic_algorithms(self.deterministic)
        self.optimizer.zero_grad()
        first, second = batch
        loss = (self.embedding(first, second) - 0.5).square().sum() if self.bags else loss_of(self.embedding(first), second)
        loss.backward()
        self.optimizer.step()
        torch.use_deterministic_algorithms(False)
        return loss.detach()


WAYS = {f"seqfeat, {way}": (Ours, way) for way in ("eager", "compiled", "graphed")} | {
    "nn.Embedding(sparse), SparseAdam": (Theirs, "sparse"),
    "nn.Embedding, Adam": (Theirs, "dense"),
    "nn.Embedding, Adam, deterministic": (Theirs, "dense deterministic"),
    "nn.EmbeddingBag(sparse), SparseAdam": (Theirs, "sparse bag"),
}


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def seconds_of(contender, device, steps):
    wait(device)
    begin = time.perf_counter()
    for step in range(steps):
        contender.step(contender.batches[step % len(contender.batches)])
    wait(device)
    return (time.perf_counter() - begin) / steps


def busy_share(contender, device, steps):
    """The share of its time in which the device computes; None where there is none."""
    if device != "cuda":
        return None
    activities = [torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as profile:
        seconds = seconds_of(contender, device, steps)
    computing = sum(event.self_device_time_total for event in profile.key_averages()) * 1e-6
    return computing / (seconds * steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--json")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--commit", default="unknown")
    options = parser.parse_args()
    device = options.device
    if device == "cuda" and not torch.cuda.is_available():
        print("torch_steps: torch sees no CUDA device", file=sys.stderr)
        sys.exit(4)
    batches = inputs.batches("zipf", "mean22", options.rows, count=4)
    contenders, samples = {}, {}
    for name, (kind, way) in WAYS.items():
        contender = kind(way, device, options.rows, batches)
        losses = [float(contender.step(contender.batches[0])) for _ in range(6)]
        if not losses[-1] < losses[0]:
            print(f"torch_steps: {name}: the loss went from {losses[0]} to {losses[-1]}", file=sys.stderr)
            sys.exit(1)
        contenders[name], samples[name] = contender, []
    for _ in range(options.rounds):
        for name, contender in contenders.items():
            samples[name].append(seconds_of(contender, device, options.steps))
    results = []
    for name, contender in contenders.items():
        seconds, busy = statistics.median(samples[name]), busy_share(contender, device, options.steps)
        results.append({"step": name, "seconds": seconds, "samples": samples[name], "busy": busy})
        print(f"{name:38s} {seconds * 1e6:10,.1f} us" + (f"   busy {busy:.0%}" if busy is not None else ""), flush=True)
    if options.json:
        name = torch.cuda.get_device_name() if device == "cuda" else device
        machine = {"device": name, "torch": torch.__version__, "seqfeat": sf.__version__, "commit": options.commit}
        pathlib.Path(options.json).write_text(json.dumps({"schema_version": 1, "machine": machine, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
