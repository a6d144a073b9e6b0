#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seqfeat.torch beside torch's own layer and optimizer on one core, and its data set beside others, in turns.

    python torch_layer.py [--json OUT] [--workload PREFIX] [--rounds N] [--tensorflow OTHER_PYTHON]

    small/forward            one packed row of 20 words, D64; nn.Embedding looks 20 ready ids up, and a Function of Python makes three empty outputs
    small/step/KIND          the same with a backward pass from given gradients and Adam; nn.Embedding(sparse=True) and SparseAdam
    train/zipf/d64/KIND      1,000 rows of mean 22 integers, Zipf over 1 M table rows: forward, masked mean over steps, loss, backward, Adam; hashing included in ours, ids are ready in theirs; the mean and the loss, which both have, also alone
    records/2_workers        rows a second of TFRecordDataset with two workers; the PyPI package tfrecord in a DataLoader with two, and tf.data where --tensorflow names a Python that has it

Seconds of the first three are processor time of one thread, so that a busy machine disturbs them less; those of records are the clock's. Figures are medians of rounds in which everybody takes turns.

Exit code: 0, 2 usage, 4 without torch or the package.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "SEQFEAT_NUM_THREADS"):
    os.environ[variable] = "1"
try:
    import torch
    import seqfeat as sf
    import seqfeat.torch as sft
except ImportError as error:
    print(f"torch_layer: {error}", file=sys.stderr)
    sys.exit(4)
import training_inputs as inputs

torch.set_num_threads(1)
SAMPLE = pathlib.Path(__file__).parents[2] / "data" / "set_mm_sample.tfrecord"


class Ours:
    """A layer of one table, a batch, and Adam."""

    def __init__(self, column, kind, batches):
        self.layer = sft.SequenceFeatures([sf.embedding_column(column, 64)], gradient=kind)
        self.batches = [sft.pack(self.layer.spec, {column.key: rows}) for rows in batches]
        self.optimizer = sft.optim.Adam(self.layer.parameters())


class Theirs:
    """nn.Embedding over ready ids [B, T] with a mask, and SparseAdam."""

    def __init__(self, table, batches):
        self.embedding = torch.nn.Embedding.from_pretrained(table, freeze=False, sparse=True)
        self.batches = batches
        self.optimizer = torch.optim.SparseAdam(self.embedding.parameters())


def ids_of(layer, rows):
    ids, _, mask = sf.SequenceFeatures(layer.spec, "cpu").ids({layer.spec.columns[0].categorical_column.key: rows})[
        layer.spec.columns[0].name].pad()
    return torch.from_numpy(ids), torch.from_numpy(mask)


class Three(torch.autograd.Function):
    """What every layer of three outputs takes that is a Function of Python: it makes them, and no more."""

    @staticmethod
    def forward(ctx, table):
        values = torch.empty((1, 20, 64))
        lengths, mask = torch.empty((1,), dtype=torch.int64), torch.empty((1, 20), dtype=torch.bool)
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(lengths, mask)
        ctx.save_for_backward(lengths)
        return values, lengths, mask

    @staticmethod
    def backward(ctx, *gradients):
        return None


def small(kind, trains):
    words = [[f"word{i}" for i in range(20)]]
    ours = Ours(sf.sequence_categorical_column_with_hash_bucket("tokens", 100_000), kind, [words])
    theirs = Theirs(ours.layer.tables["tokens_embedding"].detach().clone(), [ids_of(ours.layer, words)])
    (batch,), ((ids, _),) = ours.batches, theirs.batches
    gradient = torch.randn(1, 20, 64)
    assert torch.equal(ours.layer(batch).values, theirs.embedding(ids))
    if not trains:
        table = theirs.embedding.weight
        return {"seqfeat": lambda: ours.layer(batch), "nn.Embedding": lambda: theirs.embedding(ids),
                "a Function alone": lambda: Three.apply(table)}, 200

    def mine():
        ours.optimizer.zero_grad()
        ours.layer(batch).values.backward(gradient)
        ours.optimizer.step()

    def its():
        theirs.optimizer.zero_grad()
        theirs.embedding(ids).backward(gradient)
        theirs.optimizer.step()

    return {"seqfeat": mine, "nn.Embedding + SparseAdam": its}, 50


def train(kind):
    rows = 1_000_000
    drawn = inputs.batches("zipf", "mean22", rows, count=4)
    batches = [[batch.ids[a:b].tolist() for a, b in zip(batch.offsets, batch.offsets[1:])] for batch in drawn]
    ours = Ours(sf.sequence_categorical_column_with_hash_bucket("tokens", rows, dtype="int64"), kind, batches)
    theirs = Theirs(ours.layer.tables["tokens_embedding"].detach().clone(), [ids_of(ours.layer, b) for b in batches])
    turn = {"mine": 0, "its": 0}

    def loss_of(values, mask):
        return ((values * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)).square().sum()

    def mine():
        turn["mine"] += 1
        ours.optimizer.zero_grad()
        values, _, mask = ours.layer(ours.batches[turn["mine"] % 4])
        loss_of(values, mask).backward()
        ours.optimizer.step()

    def its():
        turn["its"] += 1
        ids, mask = theirs.batches[turn["its"] % 4]
        theirs.optimizer.zero_grad()
        loss_of(theirs.embedding(ids), mask).backward()
        theirs.optimizer.step()

    values = torch.zeros((*theirs.batches[0][1].shape, 64), requires_grad=True)

    def neither():
        values.grad = None
        loss_of(values, theirs.batches[0][1]).backward()

    return {"seqfeat": mine, "nn.Embedding + SparseAdam": its, "mean and loss alone": neither}, 1


def records(tensorflow):
    """Each reads a file of the sample's rows, eight times over, and is asked for its number of rows."""
    import tempfile

    folder = pathlib.Path(tempfile.mkdtemp())
    paths = [folder / f"{i}.tfrecord" for i in range(4)]
    for path in paths:
        path.write_bytes(SAMPLE.read_bytes() * 4)
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    data = sft.TFRecordDataset(paths, [sf.embedding_column(tokens, 16)], batch_size=1024)
    loader = torch.utils.data.DataLoader(data, batch_size=None, num_workers=2)
    readers = {"seqfeat": lambda: sum(batch.rows for batch, _ in loader)}
    try:
        from tfrecord.torch.dataset import MultiTFRecordDataset

        others = MultiTFRecordDataset(str(folder / "{}.tfrecord"), None, {str(i): 0.25 for i in range(4)}, {"tokens": "byte"}, infinite=False)
        theirs = torch.utils.data.DataLoader(others, batch_size=None, num_workers=2)
        readers["tfrecord"] = lambda: sum(1 for _ in theirs)
    except ImportError:
        pass
    if tensorflow:
        code = (
            "import sys, time, tensorflow as tf\n"
            "spec = {'tokens': tf.io.RaggedFeature(tf.string)}\n"
            "data = tf.data.TFRecordDataset(sys.argv[1:], num_parallel_reads=2).batch(1024)\n"
            "data = data.map(lambda r: tf.io.parse_example(r, spec), num_parallel_calls=2).prefetch(2)\n"
            "for line in sys.stdin:\n"
            "    begin = time.perf_counter(); rows = sum(int(b['tokens'].nrows()) for b in data)\n"
            "    print(rows, time.perf_counter() - begin, flush=True)\n"
        )
        worker = subprocess.Popen([tensorflow, "-c", code, *map(str, paths)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

        def ask():
            worker.stdin.write("go\n")
            worker.stdin.flush()
            return int(worker.stdout.readline().split()[0])

        readers["tf.data"] = ask
    return readers, 1


def measured(tasks, calls, rounds, clock):
    for task in tasks.values():
        task()
    seconds = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            begin = clock()
            for _ in range(calls):
                task()
            seconds[name].append((clock() - begin) / calls)
    return {name: statistics.median(samples) for name, samples in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json")
    parser.add_argument("--workload", default="")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--tensorflow")
    arguments = parser.parse_args()
    kinds = ("fused", "sparse")
    workloads = {"small/forward": lambda: small("fused", False)}
    workloads |= {f"small/step/{kind}": lambda kind=kind: small(kind, True) for kind in kinds}
    workloads |= {f"train/zipf/d64/{kind}": lambda kind=kind: train(kind) for kind in kinds}
    workloads["records/2_workers"] = lambda: records(arguments.tensorflow)
    results = []
    for name, make in workloads.items():
        if not name.startswith(arguments.workload):
            continue
        tasks, calls = make()
        clocked = name.startswith("records")
        rounds = 5 if clocked else arguments.rounds
        medians = measured(tasks, calls, rounds, time.perf_counter if clocked else time.thread_time)
        ratios = {other: seconds / medians["seqfeat"] for other, seconds in medians.items() if other != "seqfeat"}
        results.append({"workload": name, "seconds": medians, "ratio": ratios})
        print(f"{name:24s}", *(f"{other} {seconds * 1e6:,.1f} us" for other, seconds in medians.items()),
              *(f"{ratio:.2f} x {other}" for other, ratio in ratios.items()), sep="   ", flush=True)
    if arguments.json:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=SAMPLE.parent).stdout.strip()
        machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()[0],
                   "torch": torch.__version__, "seqfeat": sf.__version__, "commit": commit}
        pathlib.Path(arguments.json).write_text(json.dumps({"schema_version": 1, "machine": machine, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
