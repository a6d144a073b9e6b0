#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python users write today and the package, in turns: prints how many times faster seqfeat is.

    python python_inputs.py --input FILE.tfrecord [--tensorflow PYTHON] [--torch PYTHON] [--wheel FILE.whl] [--rounds 5] [--only NAME] [--json OUT]

FILE holds tf.Examples with the feature `tokens` (tools/make_set_mm.py makes one). The Python that runs this has seqfeat and pyarrow, and polars, pyfarmhash and the
package `tfrecord` where they shall take part; TensorFlow and torch may stand in Pythons of their own. A contestant without its packages is left out.

    ids      a column list<string> of Arrow, in batches of 1,024 rows cut at 512 steps, to padded ids of 1,000 buckets, lengths and mask
    layer    the same column to the layer's values with D10, lengths and mask, beside the C interface of the library on the same memory
    small    one row of 20 tokens as a list to D64, beside torch's nn.Embedding on ready ids
    records  the file to ragged batches of 1,024
    words    the tokens of the same column to their places in a vocabulary of half of the words, beside tf.lookup.StaticHashTable
    file     a vocabulary of ten million words (WORDS_IN_FILE) read from a file, beside tf.lookup.TextFileInitializer; with the memory that it takes at most
    dataset  the file twice, by two workers of a data set for torch (or two threads of tf.data), to batches of 1,024 rows: by the wall's clock, on all processors
    lists    the rows as Python lists to a ragged batch, beside a sum of len() over them
    import   `import numpy, seqfeat` beside `import numpy`

All others are a process of their own on one processor with one thread (python_contestants.py). Seconds are processor time of all threads of the process, so that others on the
machine count little; the JSON has the wall's clock too. Before anything is timed, contestants must agree on ids and lengths, as far as they can.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
# The contestants of a workload, ours first, and what each needs: "tensorflow" and "torch" name a Python of their own.
WORKLOADS = {
    "ids": {"seqfeat": "", "C interface": "", "Python loop, pyfarmhash": "", "polars, numpy": "", "TensorFlow": "tensorflow"},
    "layer": {"seqfeat": "", "C interface": ""},
    "small": {"seqfeat": "", "nn.Embedding": "torch"},
    "records": {"seqfeat": "", "tf.data": "tensorflow", "tfrecord": ""},
    "words": {"seqfeat": "", "StaticHashTable": "tensorflow"},
    "file": {"seqfeat": "", "TextFileInitializer": "tensorflow"},
    "dataset": {"seqfeat": "torch", "tf.data": "tensorflow", "tfrecord": "torch"},
    "lists": {"seqfeat": "", "sum of len()": ""},
}


BY_THE_WALL = {"dataset"}  # on all processors, by several processes


class Contestant:
    """A process that answers each line by the seconds of a pass."""

    def __init__(self, python, workload, name, file):
        processors = sorted(os.sched_getaffinity(0))[:None if workload in BY_THE_WALL else 1]
        self.clock = "wall" if workload in BY_THE_WALL else "processor"
        quiet = {"SEQFEAT_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen([python, HERE / "python_contestants.py", workload, name, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **quiet}, preexec_fn=lambda: os.sched_setaffinity(0, processors))
        self.about = self.answer()
        self.samples, self.wall = [], []

    def answer(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def run(self):
        print(file=self.process.stdin, flush=True)
        answer = self.answer()
        self.samples.append(answer[self.clock])
        self.wall.append(answer["wall"])

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measure(arguments, workload):
    pythons = {"": sys.executable, "tensorflow": arguments.tensorflow, "torch": arguments.torch}
    found = {}
    for name, needs in WORKLOADS[workload].items():
        contestant = Contestant(pythons[needs], workload, name, arguments.input) if pythons[needs] else None
        if contestant and contestant.about:
            found[name] = contestant
        else:
            print(f"{workload}: {name} takes no part (its words, if any, are above)", file=sys.stderr)
    ours = found["seqfeat"]
    for name, contestant in found.items():
        for what, value in contestant.about["result"].items():
            if ours.about["result"].get(what, value) != value:
                sys.exit(f"python_inputs.py: {workload}: {name} has {what} {value}, seqfeat {ours.about['result'][what]}")
    for _ in range(arguments.rounds):
        for contestant in found.values():
            contestant.run()
    for contestant in found.values():
        contestant.end()
    return result(workload, ours.about["units"], found)


def result(workload, units, found):
    """Ours and the references, each held against ours: the medians of both."""
    seconds = {name: statistics.median(contestant.samples) for name, contestant in found.items()}
    references = [{"name": name, "version": found[name].about["version"], "seconds": seconds[name], "samples": found[name].samples, "wall_samples": found[name].wall,
                   "ratio": seconds[name] / seconds["seqfeat"]} for name in found if name != "seqfeat"]
    peaks = {"peak_bytes": {name: one.about["peak_bytes"] for name, one in found.items()}} if "peak_bytes" in found["seqfeat"].about else {}
    for name in found:
        print(f"{workload:8} {name:26} {seconds[name] * 1e3:10.3f} ms  {units / seconds[name] / 1e6:9.3f} M/s  {seconds[name] / seconds['seqfeat']:8.2f}x", flush=True)
    return {"workload": "python/" + workload, "backend": "cpu", "threads": 1, "seconds": seconds["seqfeat"], "samples": found["seqfeat"].samples,
            "wall_samples": found["seqfeat"].wall, "units": units, **peaks, "units_per_second": units / seconds["seqfeat"], "result": found["seqfeat"].about["result"],
            "references": references}


def import_seconds(modules):
    """Processor time of an interpreter that imports them; resources of children only grow."""
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    before = spent()
    subprocess.run([sys.executable, "-c", f"import {modules}"], check=True)
    return spent() - before


def measure_import(rounds):
    samples = {"numpy": [], "numpy, seqfeat": []}
    for _ in range(2 * rounds + 1):
        for modules, times in samples.items():
            times.append(import_seconds(modules))
    seconds = {modules: statistics.median(times) for modules, times in samples.items()}
    more = seconds["numpy, seqfeat"] - seconds["numpy"]
    print(f"import   {more * 1e3:.1f} ms beyond numpy's {seconds['numpy'] * 1e3:.1f} ms", flush=True)
    return {"workload": "python/import", "backend": "cpu", "threads": 1, "seconds": more, "samples": samples["numpy, seqfeat"],
            "references": [{"name": "numpy", "seconds": seconds["numpy"], "samples": samples["numpy"], "ratio": seconds["numpy"] / more}]}


def processor():
    models = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return models[0] if models else "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True, help="a TFRecord file")
    parser.add_argument("--tensorflow", default=sys.executable, help="a Python that has TensorFlow")
    parser.add_argument("--torch", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--wheel", help="a wheel whose size is written down")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", help="a workload; repeatable")
    parser.add_argument("--json", help="where the figures go")
    parser.add_argument("--commit", default="unknown", help="written into the JSON")
    arguments = parser.parse_args()
    wanted = arguments.only or [*WORKLOADS, "import"]
    report = {"schema_version": 1, "machine": {"processor": processor(), "cores": os.cpu_count(), "load": os.getloadavg()[0], "commit": arguments.commit,
                                               "python": sys.version.split()[0]}, "results": [measure(arguments, name) for name in wanted if name != "import"]}
    if "import" in wanted:
        report["results"].append(measure_import(arguments.rounds))
    if arguments.wheel:
        report["wheel_bytes"] = os.path.getsize(arguments.wheel)
        print(f"wheel    {report['wheel_bytes'] / 1e6:.2f} MB")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
