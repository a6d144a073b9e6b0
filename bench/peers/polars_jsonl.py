#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lines of JSON into lists of strings by polars and into ragged batches by seqfeat, in turns: prints how many times faster seqfeat is.

    python polars_jsonl.py --seqfeat PROGRAM --input FILE.tfrecord [--threads 1,2] [--rounds 5] [--json OUT]

FILE holds tf.Examples with the feature `tokens` (tools/make_set_mm.py makes one); the lines are those of `seqfeat bench`'s workload jsonl/setmm,
`{"tokens": ["a", "b"]}`. polars knows the schema and reads from memory, with so many threads in a process of its own; seqfeat has one thread in any case.
Before anything is timed, both must agree on the number of rows, of tokens and of bytes in them.
"""
import argparse
import io
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import time


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def tokens_of(record):
    """The strings of a tf.Example with one feature: fields of depth five, each of them once but the last."""
    for _ in range(2):  # Example.features, Features.feature: an entry, which begins with its key
        size, at = varint(record, 1)
        record = record[at:at + size]
    size, at = varint(record, 1)
    record = record[at + size:]
    for _ in range(2):  # the entry's value, Feature.bytes_list
        if not record:
            return []
        size, at = varint(record, 1)
        record = record[at:at + size]
    tokens, at = [], 0
    while at < len(record):
        size, at = varint(record, at + 1)
        tokens.append(record[at:at + size].decode())
        at += size
    return tokens


def lines_of(file):
    data, at, lines = pathlib.Path(file).read_bytes(), 0, []
    while at < len(data):
        size, = struct.unpack_from("<Q", data, at)
        lines.append(json.dumps({"tokens": tokens_of(data[at + 12:at + 12 + size])}, ensure_ascii=False))
        at += 16 + size
    return ("\n".join(lines) + "\n").encode()


def worker(arguments):
    """Answers each line of standard input by the seconds of a pass."""
    import polars
    text = lines_of(arguments.input)

    def read():
        return polars.read_ndjson(io.BytesIO(text), schema={"tokens": polars.List(polars.String)})

    frame = read()
    tokens = frame["tokens"].explode(empty_as_null=False)
    print(json.dumps({"polars": polars.__version__, "threads": polars.thread_pool_size(), "rows": frame.height, "tokens": len(tokens), "bytes": len(text)}), flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        read()
        print(time.perf_counter() - begin, flush=True)


def measure(arguments, threads, report):
    processors = set(sorted(os.sched_getaffinity(0))[:threads])
    polars = subprocess.Popen([sys.executable, __file__, "--worker", "--input", arguments.input, "--seqfeat", arguments.seqfeat], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, env={**os.environ, "POLARS_MAX_THREADS": str(threads)},
                              preexec_fn=lambda: os.sched_setaffinity(0, processors))
    line = polars.stdout.readline()
    if not line:
        sys.exit("polars_jsonl.py: polars' process ended (its messages are above); run it by a Python that has polars")
    about = json.loads(line)
    samples = {"seqfeat": [], "polars": []}
    for _ in range(arguments.rounds):
        bench = json.loads(subprocess.run([arguments.seqfeat, "bench", "--quiet", "--json", "--workload", "jsonl/setmm", "--set-mm", arguments.input, "--samples", "3",
                                           "--commit", arguments.commit], check=True, stdout=subprocess.PIPE).stdout)
        ours = bench["results"][0]
        if (ours["tokens"], ours["bytes"]) != (about["tokens"], about["bytes"]):
            sys.exit(f"polars_jsonl.py: seqfeat has {ours['tokens']} tokens in {ours['bytes']} bytes, polars {about['tokens']} in {about['bytes']}")
        samples["seqfeat"].append(ours["seconds"])
        print(file=polars.stdin, flush=True)
        samples["polars"].append(float(polars.stdout.readline()))
    polars.stdin.close()
    polars.wait()
    seconds = {name: statistics.median(times) for name, times in samples.items()}
    ratio = seconds["polars"] / seconds["seqfeat"]
    report["machine"] = {key: bench["machine"][key] for key in ("processor", "cores", "version", "commit")} | {"polars": about["polars"]}
    report["results"].append({"workload": "jsonl/setmm", "backend": "cpu", "threads": threads, "seconds": seconds["seqfeat"], "samples": samples["seqfeat"],
                              "tokens": about["tokens"], "bytes": about["bytes"], "baseline": "polars", "baseline_seconds": seconds["polars"],
                              "baseline_samples": samples["polars"], "ratio": ratio})
    rate = {name: about["tokens"] / time / 1e6 for name, time in seconds.items()}
    print(f"jsonl/setmm  seqfeat {rate['seqfeat']:6.1f} M tokens/s  polars {about['polars']}, {about['threads']} threads {rate['polars']:6.1f} M tokens/s  {ratio:6.1f}x", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seqfeat", required=True, help="the program")
    parser.add_argument("--input", required=True, help="a TFRecord file")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="where the figures go")
    parser.add_argument("--commit", default="unknown", help="written into the JSON")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(arguments)
    report = {"schema_version": 1, "machine": {}, "results": []}
    for threads in map(int, arguments.threads.split(",")):
        measure(arguments, threads, report)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
