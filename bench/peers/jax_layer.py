#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layer in a compiled program of JAX beside XLA's own gather of the same rows, in turns: prints how many times faster ours is.

    python jax_layer.py [--threads 1,2] [--rounds 30] [--json OUT]

1,000 rows of 4 to 40 tokens (a mean of 22), padded to 64, and a table of 1,000,000 rows of 64 floats; and one row of 20 tokens, as in serving. Ours begins at tokens
in a packed batch and ends at values, lengths and mask: it checks offsets, hashes, and looks up. XLA's begins at padded ids that were hashed before, and at a mask; it takes
rows and puts zeros where there is no token. A gather alone, without the zeros, is timed too, and so is `pack`, which runs before the program. The gradient is that of a
weighted sum of the values by the table, dense, [1000000, 64]. Before anything is timed, values must be the same bits, and gradients the same but for the order of sums.

Exit code: 0, 1 if a result was wrong, 4 without JAX. --rehearse takes tiny sizes: no figure of it means anything.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

DIM = 64


def processor():
    with open("/proc/cpuinfo") as info:
        return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())


class Workload:
    """A layer over some rows in both forms, and the functions to time."""

    def __init__(self, name, rows, width, buckets, dtype):
        import jax
        import jax.numpy as jnp
        import numpy as np
        import seqfeat as sf
        import seqfeat.jax as sfj

        random = np.random.default_rng(1)
        lengths = random.integers(4, 41, rows) if rows > 1 else np.array([20])
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        tokens = random.integers(0, 2**62, offsets[-1])
        values = tokens if dtype == "int64" else [str(token)[:8] for token in tokens]
        column = sf.sequence_categorical_column_with_hash_bucket("tokens", buckets, dtype)
        spec = sf.Spec([sf.embedding_column(column, DIM, combiner="sum")], max_length=width)
        capacity = sf.Capacity(rows=rows, steps=len(tokens), bytes=8 * len(tokens))
        features = {"tokens": sf.Ragged(values, offsets)}
        ids, there = np.zeros((rows, width), np.int32), np.arange(width) < lengths[:, None]
        hashed = sf.hash_bucket(features["tokens"], buckets)
        ids[there] = hashed.values
        table = random.normal(size=(buckets, DIM)).astype(np.float32)
        weights = jnp.asarray(random.normal(size=(rows, width, DIM)).astype(np.float32))
        self.name, self.tokens = name, len(tokens)
        batch, ids, there = jax.device_put((sfj.pack(spec, features, capacity), ids, there))
        tables = {"tokens_embedding": jnp.asarray(table)}

        def take(tables, ids):
            return jnp.take(tables["tokens_embedding"], ids, axis=0, mode="clip")

        def gather(tables, ids, there):
            return jnp.where(there[..., None], take(tables, ids), 0)

        def layer(tables, batch):
            return sfj.sequence_features(spec, tables, batch)

        def gradient(values):
            return jax.jit(jax.grad(lambda tables, *rest: jnp.sum(values(tables, *rest) * weights)))

        ours, theirs, alone = jax.jit(layer), jax.jit(gather), jax.jit(take)
        by_ours, by_theirs = gradient(lambda tables, batch: layer(tables, batch).values), gradient(gather)
        if np.asarray(ours(tables, batch).values).tobytes() != np.asarray(theirs(tables, ids, there)).tobytes():
            sys.exit(f"jax_layer.py: {name}: the values differ")
        got, want = (np.asarray(one["tokens_embedding"]) for one in (by_ours(tables, batch), by_theirs(tables, ids, there)))
        if not np.allclose(got, want, rtol=1e-5, atol=1e-5):
            sys.exit(f"jax_layer.py: {name}: the gradients differ")
        zeros = jax.jit(lambda: jnp.zeros((buckets, DIM)))
        #: what -> {who: function}: ours, XLA's, and a reference.
        self.timed = {
            "forward": {"seqfeat": lambda: ours(tables, batch), "xla: gather of ids, zeros by a mask": lambda: theirs(tables, ids, there),
                        "xla: gather of ids alone": lambda: alone(tables, ids)},
            "gradient": {"seqfeat": lambda: by_ours(tables, batch), "xla: gradient of that": lambda: by_theirs(tables, ids, there), "xla: zeros of its shape": zeros},
            "pack": {"seqfeat": lambda: sfj.pack(spec, features, capacity)},
        }


def passes(function, count):
    import jax

    begin = time.perf_counter()
    for _ in range(count):
        result = function()
    jax.block_until_ready(result)
    return (time.perf_counter() - begin) / count


def measure(workload, what, rounds):
    functions = workload.timed[what]
    counts = {who: max(1, int(0.01 / passes(function, 2))) for who, function in functions.items()}
    samples = {who: [] for who in functions}
    for _ in range(rounds):
        for who, function in functions.items():
            samples[who].append(passes(function, counts[who]))
    medians = {who: statistics.median(samples[who]) for who in functions}
    (_, seconds), *others = medians.items()
    held_against = [{"baseline": who, "seconds": median, "samples": samples[who], "ratio": median / seconds} for who, median in others]
    first = held_against[0] if held_against else {"baseline": None, "seconds": None, "samples": None, "ratio": None}
    return {"workload": f"jax/{what}/{workload.name}", "backend": "cpu", "threads": len(os.sched_getaffinity(0)), "seconds": seconds, "samples": samples["seqfeat"], "tokens": workload.tokens,
            "baseline": first["baseline"], "baseline_seconds": first["seconds"], "baseline_samples": first["samples"], "ratio": first["ratio"], "references": held_against[1:]}


def worker(arguments):
    """Prints a result a line, after one about itself."""
    import jax
    import seqfeat

    print(json.dumps({"jax": jax.__version__, "version": seqfeat.__version__}), flush=True)
    large, buckets = (20, 500) if arguments.rehearse else (1000, 1_000_000)
    for name, rows, width, dtype in (("1000x22xd64/int64", large, 64, "int64"), ("1000x22xd64/strings", large, 64, "string"), ("1x20xd64/strings", 1, 20, "string")):
        workload = Workload(name, rows, width, buckets if rows > 1 else min(buckets, 1000), dtype)
        for what in workload.timed:
            print(json.dumps(measure(workload, what, arguments.rounds)), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", default="1")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json")
    parser.add_argument("--rehearse", action="store_true")
    parser.add_argument("--worker", action="store_true")
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(arguments)
    try:
        import jax  # noqa: F401
    except ImportError:
        print("jax_layer.py: JAX is not installed", file=sys.stderr)
        sys.exit(4)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    commit = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    machine = {"processor": processor(), "cores": os.cpu_count(), "commit": commit.stdout.strip()}
    results, doubts = [], []
    for threads in map(int, arguments.threads.split(",")):
        processors = set(sorted(os.sched_getaffinity(0))[:threads])
        command = [sys.executable, __file__, "--worker", "--rounds", str(arguments.rounds), *(["--rehearse"] if arguments.rehearse else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, processors))
        if done.returncode != 0:
            sys.exit(1)
        about, *lines = map(json.loads, done.stdout.splitlines())
        load = os.getloadavg()[0]
        if load > threads + 0.5:
            doubts.append({"workload": None, "reason": f"{load:.1f} programs were at work on {os.cpu_count()} processors while this one had {threads}"})
            print(f"jax_layer.py: {doubts[-1]['reason']}", file=sys.stderr)
        machine.update(about)
        for result in lines:
            results.append(result)
            ratio = f"{result['ratio']:6.1f} times as fast as XLA" if result["ratio"] else ""
            ratio += "".join(f", {other['ratio']:.1f} of {other['baseline']}" for other in result["references"])
            print(f"{result['workload']:36} {threads} threads {1e6 * result['seconds']:12.1f} us  {ratio}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema_version": 1, "machine": machine, "results": results, "doubts": doubts}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
