#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Training steps of seqfeat beside torch's, FBGEMM's and TensorFlow's on one core, in turns.

    cmake --build build/cpu --target seqfeat_training_step
    python torch_training.py --library build/cpu/bench/libseqfeat_training_step.so --json training.json [--tensorflow OTHER_PYTHON]

A step is a forward pass, a backward pass from given gradients, and an update of a table of a million rows: over 1,000 rows of ids of int64.

    padded/DRAW/LENGTHS/dDIM/OPTIMIZER   values and gradients are [rows, steps, dim], padded; torch's best form is the one that is compared
    dense/...                            the same held against torch's gradients that are as large as the table
    tensorflow/...                       the same held against SequenceFeatures of tf_keras, in a process of its own, by the Python that --tensorflow names
    pooled/...                           a row is one step whose ids are summed, which is what FBGEMM's table-batched embedding does

Before anything is timed, a step or two of each must lead to the same tables. Figures are medians; a ratio is the median over the turns.

Exit code: 0, 1 if a result was wrong, 2 usage, 4 without torch.
"""
import argparse
import collections
import ctypes
import json
import os
import pathlib
import statistics
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "SEQFEAT_NUM_THREADS"):
    os.environ[variable] = "1"
try:
    import torch
except ImportError:
    print("torch_training: torch is not installed", file=sys.stderr)
    sys.exit(4)

import numpy
import tensorflow_training
import training_inputs as inputs
import training_peers as peers

Task = collections.namedtuple("Task", "name kind draw lengths dim optimizer table_rows width batches table gradient")
OPTIMIZERS = {"padded": ("sgd", "adagrad", "adam"), "dense": ("adam",), "tensorflow": ("sgd",), "pooled": ("sgd", "rowwise", "adagrad")}
NEAR = 1e-5  # of an element of a table after two steps
SHARE = 1e-4  # of elements that may be further apart: sums that cancel, in another order, divided by their own size


def names():
    for kind, optimizers in OPTIMIZERS.items():
        for draw in inputs.DRAWS:
            for lengths in inputs.LENGTHS:
                for dim in (12 if kind == "pooled" else 10, 64, 128):
                    for optimizer in optimizers:
                        yield f"{kind}/{draw}/{lengths}/d{dim}/{optimizer}"


def task_of(name, table_rows):
    kind, draw, lengths, dim, optimizer = name.split("/")
    dim, width = int(dim[1:]), 1 if kind == "pooled" else inputs.LENGTHS[lengths]
    return Task(name, kind, draw, lengths, dim, optimizer, table_rows, width, inputs.batches(draw, lengths, table_rows),
                inputs.table(table_rows, dim), inputs.gradient(inputs.ROWS * width, dim))


def contenders(task, options):
    """Those that are compared, ours first, and those that stand beside them."""
    ours = peers.Ours(ctypes.CDLL(str(options.native)), task, task.kind == "pooled")
    if task.kind == "padded":
        return {"seqfeat": ours, "torch padded": peers.Padded(task), "torch flat, then padded": peers.FlatThenPadded(task)}, {"torch flat, without padding": peers.Flat(task)}
    if task.kind == "dense":
        return {"seqfeat": ours, "torch dense": peers.Dense(task), "torch dense, fused": peers.DenseFused(task)}, {}
    if task.kind == "tensorflow":
        return {"seqfeat": ours, "SequenceFeatures, legacy SGD": tensorflow_training.Peer(options.tensorflow, task, legacy=True),
                "SequenceFeatures, SGD": tensorflow_training.Peer(options.tensorflow, task, legacy=False)}, {}
    return {"seqfeat": ours, "FBGEMM": peers.Fbgemm(task)}, {}


def difference(task, all_of_them):
    """Where tables differ after two steps, or after one where moments decay in rows that a batch does not have; "" if nowhere."""
    steps = 1 if task.kind == "dense" else 2
    rows = numpy.unique(numpy.concatenate([batch.ids for batch in task.batches[:steps]]))
    for i in range(steps):
        for one in all_of_them.values():
            one.step(i)
    ours = all_of_them["seqfeat"].table()[rows]
    if numpy.array_equal(ours, task.table[rows]):
        return "seqfeat changed nothing"
    for name, one in all_of_them.items():
        share = (~(numpy.abs(one.table()[rows] - ours) <= NEAR)).mean()
        if share > SHARE:
            return f"{name}: {share:.2%} of the rows' elements differ"
    return ""


def seconds(one, first, task, steps):
    begin = time.perf_counter()
    for i in range(first, first + steps):
        one.step(i % len(task.batches))
    return (time.perf_counter() - begin) / steps


def timed(task, all_of_them, options):
    samples = {name: [] for name in all_of_them}
    order = list(all_of_them)
    steps = 1 if task.kind in ("dense", "tensorflow") else options.steps
    for turn in range(options.turns):
        for name in order:
            samples[name].append(seconds(all_of_them[name], turn * steps, task, steps))
        order = order[1:] + order[:1]
    return samples


def measure(name, options):
    task = task_of(name, options.table_rows)
    compared, beside = contenders(task, options)
    all_of_them = compared | beside
    wrong = difference(task, all_of_them)
    if wrong:
        raise peers.Failed(wrong)
    samples = timed(task, all_of_them, options)
    median = {name: statistics.median(times) for name, times in samples.items()}

    def reference(name):
        ratios = [theirs / ours for theirs, ours in zip(samples[name], samples["seqfeat"])]
        return {"name": name, "seconds": median[name], "ratio": statistics.median(ratios), "samples": samples[name]}

    best = min((name for name in compared if name != "seqfeat"), key=median.get)
    found = reference(best)
    return {"workload": name, "backend": "cpu", "threads": 1, "tokens": sum(len(b.ids) for b in task.batches) / len(task.batches),
            "seconds": median["seqfeat"], "samples": samples["seqfeat"], "baseline": best, "baseline_seconds": found["seconds"], "ratio": found["ratio"],
            "baseline_samples": found["samples"], "references": [reference(name) for name in all_of_them if name not in ("seqfeat", best)]}


def machine(options):
    processor = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")), "unknown")
    try:
        from importlib.metadata import version
        fbgemm = version("fbgemm-gpu-cpu")
    except ImportError:
        fbgemm = None
    return {"processor": processor, "cores": os.cpu_count(), "torch": torch.__version__, "fbgemm": fbgemm,
            "tensorflow": tensorflow_training.versions(options.tensorflow) if options.tensorflow else None, "commit": options.commit, "turns": options.turns, "steps": options.steps}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", dest="native", required=True, type=pathlib.Path, help="seqfeat_training_step")
    parser.add_argument("--workload", action="append", default=[], metavar="PREFIX", help="only names that begin so (repeatable)")
    parser.add_argument("--tensorflow", metavar="PYTHON", help="a Python that has tensorflow and tf_keras")
    parser.add_argument("--turns", type=int, default=21)
    parser.add_argument("--steps", type=int, default=4, help="of each in its turn")
    parser.add_argument("--table-rows", type=int, default=1_000_000)
    parser.add_argument("--json", help="where the figures go")
    parser.add_argument("--commit", default="unknown", help="written into the JSON")
    parser.add_argument("--list", action="store_true", help="only print the names")
    options = parser.parse_args(arguments)
    chosen = [name for name in names() if not options.workload or any(name.startswith(prefix) for prefix in options.workload)]
    if not chosen:
        parser.error(f"--workload: got {options.workload}, expected the beginning of a name that --list prints")
    if options.list:
        print("\n".join(chosen))
        return 0
    torch.set_num_threads(1)
    report = {"schema_version": 1, "machine": machine(options), "results": [], "failures": []}
    for name in chosen:
        if name.startswith("tensorflow/") and not options.tensorflow:
            continue
        try:
            result = measure(name, options)
        except (peers.Failed, ImportError) as error:  # the others are still worth measuring
            report["failures"].append({"workload": name, "reason": str(error)})
            print(f"{name:40} {error}", flush=True)
        else:
            report["results"].append(result)
            print(f"{name:40} {1e3 * result['seconds']:8.2f} ms  {1e3 * result['baseline_seconds']:8.2f} ms {result['ratio']:6.2f}x {result['baseline']}"
                  + "".join(f"; {r['ratio']:.2f}x {r['name']}" for r in result["references"]), flush=True)
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if report["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
