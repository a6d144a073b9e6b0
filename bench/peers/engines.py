#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What hashing costs inside an engine: rows of Parquet to ids and lengths by seqfeat, by TensorFlow and by Python with pyfarmhash, beside a function that returns its batch as it is.

    python engines.py --input FILE.tfrecord [--times 20] [--rounds 3] [--engines ray,datasets,parquet] [--json OUT]

FILE holds tf.Examples with the feature `tokens` (tools/make_set_mm.py makes one); its rows are written to Parquet `--times` times. Every engine has two workers; the time of a pipeline
is from the first batch that a worker got to the last row that came out, so that nobody's start counts. One contestant answers with lists of zeros, as long as the ids, which an engine moves in any case. Contestants take turns within a round, the median of the rounds counts,
and TensorFlow and pyfarmhash take part where they can be imported. With I the time of the pipeline that does nothing, the targets are: (ours - I) <= 0.3 I, (TensorFlow - I) >= 10 (ours - I),
(Python - I) >= 50 (ours - I); and Parquet to ids on one thread <= 1.2 times pyarrow's own decoding. Before anything is timed, all contestants have to give the same ids.
"""
import argparse
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as parquet

import seqfeat as sf

BUCKETS = 100_000
COLUMN = sf.sequence_categorical_column_with_hash_bucket("tokens", BUCKETS)
BATCH = 4096


def lists(offsets, ids):
    lengths = pa.array(np.diff(offsets))
    return pa.table({"lengths": lengths, "ids/tokens": pa.ListArray.from_arrays(pa.array(offsets), pa.array(ids))})


def flat(table):
    column = table.column("tokens").combine_chunks()
    return np.asarray(column.offsets) - column.offsets[0].as_py(), column.flatten()


class Timed:
    """A contestant that notes when it got its first batch: a column of the answer."""

    def __init__(self, name):
        self.name, self.began, self.work = name, None, None

    def __getstate__(self):
        return {"name": self.name, "began": None, "work": None}

    def __call__(self, batch):
        if self.work is None:
            self.work = WORK[self.name]()
        if self.began is None:
            self.work(batch.slice(0, 1))  # what is made at the first call is start-up
            self.began = time.time()
        answer = self.work(batch)
        return answer.append_column("began", pa.array(np.full(answer.num_rows, self.began)))


def nothing():
    return lambda batch: batch


def answer():
    """Lists as long as the answer, of nothing: what an engine has to move in any case."""

    def work(batch):
        offsets, tokens = flat(batch)
        return lists(offsets, np.zeros(len(tokens), np.int64))

    return work


def seqfeat():
    return sf.Transform([COLUMN], emit=["lengths", "ids"])


def tensorflow():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)

    def work(batch):
        offsets, tokens = flat(batch)
        return lists(offsets, tf.strings.to_hash_bucket_fast(tokens.to_numpy(zero_copy_only=False), BUCKETS).numpy())

    return work


def python():
    import farmhash

    def work(batch):
        offsets, tokens = flat(batch)
        return lists(offsets, np.array([farmhash.fingerprint64(token) % BUCKETS for token in tokens.to_pylist()], np.int64))

    return work


WORK = {"nothing": nothing, "answer": answer, "seqfeat": seqfeat, "tensorflow": tensorflow, "python": python}
NEEDS = {"tensorflow": "tensorflow", "python": "farmhash"}


def in_ray(path, name):
    import ray

    data = ray.data.read_parquet(str(path)).map_batches(
        Timed, fn_constructor_args=(name,), batch_format="pyarrow", batch_size=BATCH, num_cpus=0.5, compute=ray.data.ActorPoolStrategy(size=2)
    )
    began, rows = float("inf"), 0
    for batch in data.iter_batches(batch_format="pyarrow", batch_size=None, prefetch_batches=4):
        rows += batch.num_rows
        began = min(began, batch.column("began")[0].as_py()) if batch.num_rows else began
    return time.time() - began, rows


def in_datasets(path, name):
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        data = datasets.Dataset.from_parquet(str(path), cache_dir=folder).with_format("arrow")
        got = data.map(Timed(name), batched=True, batch_size=BATCH, num_proc=2, load_from_cache_file=False)
        ended = time.time()
        return ended - pa.compute.min(got.data.column("began")).as_py(), len(got)


def in_parquet(path, name):
    """One thread, without an engine: pyarrow's decoding alone, or with the work of a contestant, in seconds of the processor."""
    work = WORK[name]()
    work(parquet.read_table(path, use_threads=False).slice(0, 1))
    begin, rows = time.process_time(), 0
    for batch in parquet.ParquetFile(path).iter_batches(BATCH, use_threads=False):
        rows += work(pa.Table.from_batches([batch])).num_rows
    return time.process_time() - begin, rows


ENGINES = {"ray": in_ray, "datasets": in_datasets, "parquet": in_parquet}


def write_input(source, times, path):
    rows = [row for features, _ in sf.read_tfrecords(source, {"tokens": "string"}) for row in features["tokens"].to_list()]
    table = pa.table({"tokens": pa.array([[token.decode() for token in row] for row in rows], pa.list_(pa.string()))})
    with parquet.ParquetWriter(path, table.schema) as writer:
        for _ in range(times):
            writer.write_table(table, row_group_size=16384)
    return table


def targets(engine, seconds):
    """The ratios that are asked for: what it is, the bound, what was found, whether it holds."""
    idle, ours = seconds["nothing"], seconds["seqfeat"]
    if engine == "parquet":
        return [("ours / decoding <= 1.2", ours / idle, ours <= 1.2 * idle)]
    found = [("(ours - I) / I <= 0.3", (ours - idle) / idle, ours - idle <= 0.3 * idle)]
    least = max(ours - idle, 1e-9)
    for name, bound in (("tensorflow", 10), ("python", 50)):
        if name in seconds:
            ratio = (seconds[name] - idle) / least
            found.append((f"({name} - I) / (ours - I) >= {bound}", ratio, ratio >= bound))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", default="ray,datasets,parquet")
    parser.add_argument("--json")
    options = parser.parse_args()
    names = [name for name in WORK if name not in NEEDS or importlib.util.find_spec(NEEDS[name])]
    os.environ["SEQFEAT_NUM_THREADS"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(pathlib.Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    folder = tempfile.TemporaryDirectory()
    path = pathlib.Path(folder.name) / "rows.parquet"
    table = write_input(options.input, options.times, path)
    answers = [WORK[name]()(table) for name in names if name not in ("nothing", "answer")]
    assert all(answer.column("ids/tokens").to_pylist() == answers[0].column("ids/tokens").to_pylist() for answer in answers)
    tokens = options.times * int(pa.compute.sum(pa.compute.list_value_length(table["tokens"])).as_py())
    engines = options.engines.split(",")
    if "ray" in engines:
        import ray

        ray.init(num_cpus=2, object_store_memory=400 * 2**20, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        ray.data.DataContext.get_current().enable_progress_bars = False
    results, found = [], []
    for engine in engines:
        samples = {name: [] for name in names}
        for _ in range(options.rounds):
            for name in names:
                seconds, rows = ENGINES[engine](path, name)
                assert rows == options.times * table.num_rows
                samples[name].append(seconds)
                print(f"{engine:9} {name:11} {seconds:8.3f} s", file=sys.stderr)
        medians = {name: statistics.median(each) for name, each in samples.items()}
        for name in names:
            results.append({"workload": f"engines/{engine}/setmm", "backend": name, "threads": 1 if engine == "parquet" else 2, "seconds": medians[name],
                            "samples": samples[name], "rows": rows, "tokens": tokens, "bytes": path.stat().st_size, "baseline": "nothing",
                            "baseline_seconds": medians["nothing"], "ratio": medians[name] / medians["nothing"]})
        for what, ratio, holds in targets(engine, medians):
            found.append({"engine": engine, "target": what, "found": ratio, "holds": bool(holds)})
            print(f"{engine:9} {what:40} {ratio:8.2f} {'yes' if holds else 'NO'}")
    versions = {name: importlib.metadata.version(name) for name in ("ray", "datasets", "pyarrow", "numpy", "tensorflow", "pyfarmhash") if importlib.util.find_spec({"pyfarmhash": "farmhash"}.get(name, name))}
    commit = subprocess.run(["git", "-C", str(pathlib.Path(__file__).parent), "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    machine = {"commit": commit, "processor": platform.processor() or platform.machine(), "cpus": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0], **versions}
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"schema_version": 1, "machine": machine, "results": results, "targets": found}, indent=1) + "\n")


if __name__ == "__main__":
    # Workers import the contestants by this module's name.
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    import engines

    engines.main()
