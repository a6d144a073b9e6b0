#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README's example in TensorFlow and in seqfeat, in turns, on one TFRecord file: prints how many times faster seqfeat is.

    python tensorflow_example.py --seqfeat PROGRAM --input FILE.tfrecord [--dims 10,64] [--threads 1,2] [--rounds 5] [--json OUT]

FILE holds tf.Examples with the feature `tokens` (tools/make_set_mm.py makes one). Rows are hashed to 1,000 buckets, embedded, cut at 512 steps; batches of 1,024.
TensorFlow runs in a process of its own for each number of threads, on as many processors as threads, and so does seqfeat. Four variants of it:

    layer          parse_example, SequenceFeatures and sequence_mask in a tf.function; the best in tf.data's map or outside
    expert         ids padded, one gather: what who knows TensorFlow well writes instead; likewise

Before anything is timed, both must agree on every bucket id (by their sum) and on every length.
"""
import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

BUCKETS, MAX_LENGTH, BATCH = 1000, 512, 1024
VARIANTS = ("layer", "layer_in_map", "expert", "expert_in_map")


# ---------------------------------------------------------------- TensorFlow, in a process of its own

def sequence_features(tf, dim):
    """A function from the parsed sparse tokens to values and lengths: SequenceFeatures, or its graph where this Keras has lost it."""
    try:
        import tf_keras as keras
    except ImportError:
        keras = tf.keras
    if hasattr(getattr(keras, "experimental", None), "SequenceFeatures"):
        tokens = tf.feature_column.sequence_categorical_column_with_hash_bucket("tokens", BUCKETS)
        column = tf.feature_column.embedding_column(tokens, dim)
        layer = keras.experimental.SequenceFeatures([column])
        return (lambda sparse: layer({"tokens": sparse})), "SequenceFeatures"
    table = tf.Variable(tf.random.truncated_normal([BUCKETS, dim], stddev=dim ** -0.5))

    def by_ops(sparse):
        ids = tf.SparseTensor(sparse.indices, tf.strings.to_hash_bucket_fast(sparse.values, BUCKETS), sparse.dense_shape)
        ids = tf.sparse.reshape(ids, tf.concat([sparse.dense_shape, [1]], 0))
        values = tf.nn.safe_embedding_lookup_sparse(table, ids, combiner="mean")
        lengths = tf.math.segment_max(sparse.indices[:, 1] + 1, sparse.indices[:, 0])
        rows = sparse.dense_shape[0]
        return values, tf.pad(lengths, [[0, rows - tf.shape(lengths, tf.int64)[0]]])

    return by_ops, "SequenceFeatures' ops"


def make_steps(tf, dim):
    """The work on a batch of serialized records, by variant."""
    layer, about = sequence_features(tf, dim)
    table = tf.Variable(tf.concat([tf.random.truncated_normal([BUCKETS, dim], stddev=dim ** -0.5), tf.zeros([1, dim])], 0))

    def by_layer(serialized):
        sparse = tf.io.parse_example(serialized, {"tokens": tf.io.VarLenFeature(tf.string)})["tokens"]
        cut = tf.sparse.slice(sparse, [0, 0], [sparse.dense_shape[0], MAX_LENGTH])
        values, lengths = layer(cut)
        return values, lengths, tf.sequence_mask(lengths, tf.shape(values)[1])

    def by_expert(serialized):
        tokens = tf.io.parse_example(serialized, {"tokens": tf.io.RaggedFeature(tf.string, row_splits_dtype=tf.int64)})["tokens"][:, :MAX_LENGTH]
        ids = tokens.with_flat_values(tf.strings.to_hash_bucket_fast(tokens.flat_values, BUCKETS))
        lengths = ids.row_lengths()
        values = tf.gather(table, ids.to_tensor(default_value=BUCKETS))  # the last row of the table is zero
        return values, lengths, tf.sequence_mask(lengths, tf.shape(values)[1])

    return {"layer": by_layer, "expert": by_expert}, about


def batches(tf, file, threads):
    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    options.threading.max_intra_op_parallelism = threads
    return tf.data.TFRecordDataset(file).batch(BATCH).with_options(options)


def check(tf, file, step):
    """Sum of all bucket ids, without a cut; and every length after it."""
    ids, lengths = 0, []
    for serialized in tf.data.TFRecordDataset(file).batch(BATCH):
        sparse = tf.io.parse_example(serialized, {"tokens": tf.io.VarLenFeature(tf.string)})["tokens"]
        ids += int(tf.reduce_sum(tf.strings.to_hash_bucket_fast(sparse.values, BUCKETS)))
        lengths += step(serialized)[1].numpy().tolist()
    return {"ids": ids, "lengths": lengths}


def worker(arguments):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:arguments.worker])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    answers = os.fdopen(os.dup(1), "w")  # libraries print to standard output as they like
    os.dup2(2, 1)
    try:
        import tensorflow as tf
    except ImportError as error:
        sys.exit(f"tensorflow_example.py: {error}; run it by a Python that has tensorflow (and tf_keras, for SequenceFeatures itself)")
    tf.config.threading.set_intra_op_parallelism_threads(arguments.worker)
    tf.config.threading.set_inter_op_parallelism_threads(arguments.worker)
    steps, about = make_steps(tf, arguments.dims[0])
    steps["layer"](next(iter(batches(tf, arguments.input, 1))))  # makes the layer's variables outside of any graph
    signature = [tf.TensorSpec([None], tf.string)]
    compiled = {name: tf.function(step, input_signature=signature) for name, step in steps.items()}

    def run(variant):
        name, in_map = variant.removesuffix("_in_map"), variant.endswith("_in_map")
        data = batches(tf, arguments.input, arguments.worker)
        begin = time.perf_counter()
        if in_map:
            for values, _, _ in data.map(compiled[name], num_parallel_calls=arguments.worker).prefetch(1):
                last = values
        else:
            for serialized in data:
                last = compiled[name](serialized)[0]
        last[-1, -1, -1].numpy()
        return {"seconds": time.perf_counter() - begin}

    for line in sys.stdin:
        word = line.strip()
        if word == "about":
            answer = {"tensorflow": tf.__version__, "layer": about}
        elif word == "check":
            answer = {name: check(tf, arguments.input, compiled[name]) for name in compiled}
        else:
            answer = run(word)
        print(json.dumps(answer), file=answers, flush=True)


class TensorFlow:
    """A worker that answers words by JSON."""

    def __init__(self, arguments, threads, dim):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", str(threads), "--dims", str(dim), "--input", arguments.input, "--seqfeat", arguments.seqfeat],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, word):
        print(word, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"tensorflow_example.py: TensorFlow's process ended with {self.process.wait()} (its messages are above)")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


# ---------------------------------------------------------------- seqfeat

def tensors(file, prefix):
    """The int64 tensors of a safetensors file whose names begin so, one behind the other."""
    data = file.read_bytes()
    size, = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + size])
    numbers = []
    for name, about in header.items():
        if name.startswith(prefix):
            begin, end = about["data_offsets"]
            numbers += struct.unpack(f"<{(end - begin) // 8}q", data[8 + size + begin:8 + size + end])
    return numbers


def seqfeat_check(arguments):
    spec = {"version": 1, "columns": [{"type": "embedding_column", "dimension": 1, "categorical_column": {
        "type": "sequence_categorical_column_with_hash_bucket", "key": "tokens", "hash_bucket_size": BUCKETS}}]}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "spec.json").write_text(json.dumps(spec))
        subprocess.run([arguments.seqfeat, "run", "--quiet", "--spec", folder / "spec.json", "--output", folder / "parts", "--emit", "ids,lengths",
                        "--input-format", "tfrecord", arguments.input], check=True)
        parts = sorted((folder / "parts").glob("*.safetensors"))
        return {"ids": sum(sum(tensors(part, "ids/")) for part in parts),
                "lengths": [min(length, MAX_LENGTH) for part in parts for length in tensors(part, "lengths")]}


def seqfeat_bench(arguments, threads, dim):
    processors = sorted(os.sched_getaffinity(0))[:threads]
    out = subprocess.run([arguments.seqfeat, "bench", "--quiet", "--json", "--workload", f"end_to_end/setmm512/d{dim}", "--set-mm", arguments.input,
                          "--threads", str(threads), "--samples", "3", "--commit", arguments.commit], check=True, stdout=subprocess.PIPE,
                         preexec_fn=lambda: os.sched_setaffinity(0, processors)).stdout
    return json.loads(out)


# ---------------------------------------------------------------- both

def agree(arguments, tensorflow):
    ours = seqfeat_check(arguments)
    for variant, theirs in tensorflow.ask("check").items():
        if ours != theirs:
            row = next((i for i, pair in enumerate(zip(ours["lengths"], theirs["lengths"])) if pair[0] != pair[1]), None)
            sys.exit(f"tensorflow_example.py: TensorFlow ({variant}) and seqfeat differ: ids sum to {theirs['ids']} and {ours['ids']}, "
                     f"{len(theirs['lengths'])} and {len(ours['lengths'])} lengths, the first that differs in row {row}")
    return {"rows": len(ours["lengths"]), "id_sum": ours["ids"]}


def measure(arguments, threads, dim, report):
    with TensorFlow(arguments, threads, dim) as tensorflow:
        report["machine"].update(tensorflow.ask("about"))
        report["input"] = agree(arguments, tensorflow)
        for variant in VARIANTS:  # traces, and touches memory
            tensorflow.ask(variant)
        samples = {name: [] for name in ("seqfeat", *VARIANTS)}
        for _ in range(arguments.rounds):
            ours = seqfeat_bench(arguments, threads, dim)
            samples["seqfeat"].append(ours["results"][0]["seconds"])
            for variant in VARIANTS:
                samples[variant].append(tensorflow.ask(variant)["seconds"])
    report["machine"].update({key: ours["machine"][key] for key in ("processor", "cores", "version", "commit")})
    median = {name: statistics.median(times) for name, times in samples.items()}
    best = {name: min((name, name + "_in_map"), key=median.get) for name in ("layer", "expert")}
    result = {"workload": f"end_to_end/setmm512/d{dim}", "backend": "cpu", "threads": threads, "seconds": median["seqfeat"], "samples": samples["seqfeat"],
              "baseline": f"TensorFlow {best['layer']}", "baseline_seconds": median[best["layer"]], "ratio": median[best["layer"]] / median["seqfeat"],
              "references": [{"name": f"TensorFlow {name}", "seconds": median[name], "samples": samples[name], "ratio": median[name] / median["seqfeat"]}
                             for name in VARIANTS if name != best["layer"]]}
    report["results"].append(result)
    print(f"{result['workload']:26} {threads:7}  {1e3 * median['seqfeat']:8.1f} ms  {1e3 * median[best['layer']]:8.1f} ms ({best['layer']})  {result['ratio']:6.1f}x"
          f"  {1e3 * median[best['expert']]:8.1f} ms ({best['expert']})  {median[best['expert']] / median['seqfeat']:6.1f}x", flush=True)


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seqfeat", required=True, help="the program")
    parser.add_argument("--input", required=True, help="a TFRecord file")
    parser.add_argument("--dims", type=numbers, default=[10, 64])
    parser.add_argument("--threads", type=numbers, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="where the figures go")
    parser.add_argument("--commit", default="unknown", help="written into the JSON")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(arguments)
    report = {"schema_version": 1, "machine": {}, "results": []}
    print(f"{'workload':26} threads       seqfeat  TensorFlow's layer          speed   padded ids, one gather      speed")
    for threads in arguments.threads:
        for dim in arguments.dims:
            measure(arguments, threads, dim, report)
    print(f"\nThey agree on {report['input']['rows']} lengths and on all ids (sum {report['input']['id_sum']}); TensorFlow {report['machine']['tensorflow']}, "
          f"{report['machine']['layer']}; medians of {arguments.rounds} rounds in turns")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
