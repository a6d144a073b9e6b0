# SPDX-License-Identifier: Apache-2.0
"""Measures by how much calls let the memory of this process grow; package_test.py starts it.

    python leaks.py [DIVISOR]

100,000 calls of every cheap entry and 1,000 of those that make a spec, a layer or a file, divided by
DIVISOR. A process of its own, since the free memory of a larger heap would hide what leaks.
"""

import gc
import json
import pickle
import resource
import sys
import tempfile

import numpy as np

import seqfeat as sf
from support import counting_table, embedding, example, ids_layer, sequence_example, write_tfrecords
from producers import Arrow, Jagged, Tensor


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _failing(call):
    def run():
        try:
            call()
        except (ValueError, TypeError):
            return
        raise AssertionError("it should have failed")

    return run


def _cheap():
    layer = ids_layer()
    rows = [["sea", "cloud"], [None, ["a", "b"]]]
    ragged, array = sf.Ragged.from_rows(rows), np.array([[1, 2], [3, -1]])
    integers = sf.Ragged.from_rows([[1, 2], [3]])
    dense = np.array([["sea", ""], ["wind", "sea"]])
    flat = np.arange(4, dtype=np.int32)
    jagged = Jagged(flat, np.array([0, 1, 4]))
    tensor, elsewhere = Tensor(array), Tensor(array, device=(2, 0))
    record, sequence = example(tokens=[b"a"]), sequence_example({}, tokens=[[b"a"], []])
    table = counting_table(1000, 1)
    column = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    return {
        "layer": lambda: layer({"tokens": rows}),
        "layer, ragged": lambda: layer({"tokens": ragged}),
        "layer, dense": lambda: layer({"tokens": dense}),
        "ids": lambda: layer.ids({"tokens": rows}),
        "hash_bucket": lambda: sf.hash_bucket(rows, 10),
        "hash_bucket, flat": lambda: sf.hash_bucket(["sea", None], 10),
        "hash_bucket, array": lambda: sf.hash_bucket(array, 10),
        "hash_bucket, DLPack": lambda: sf.hash_bucket(tensor, 10),
        "hash_bucket, jagged": lambda: sf.hash_bucket(jagged, 10),
        "fingerprint64": lambda: sf.fingerprint64(rows),
        "sequence_mask": lambda: sf.sequence_mask([1, 3]),
        "ragged": lambda: sf.Ragged(flat, [0, 2, 4]),
        "from_rows": lambda: sf.Ragged.from_rows(rows),
        "from_dense": lambda: sf.Ragged.from_dense(dense),
        "from_sparse": lambda: sf.Ragged.from_sparse(flat, [[0, 0], [0, 1], [1, 0], [1, 1]], [2, 2]),
        "to_list": lambda: ragged.to_list(),
        "pad": lambda: integers.pad(),
        "arrays": lambda: (integers.values, ragged.values, integers.row_offsets, ragged.step_offsets),
        "arrow out": lambda: ragged.__arrow_c_array__(),
        "arrow in": lambda: layer({"tokens": Arrow(ragged)}),
        "pickle": lambda: pickle.loads(pickle.dumps(ragged)),
        "parse": lambda: sf.parse_example([record], {"tokens": "string"}),
        "parse sequence": lambda: sf.parse_sequence_example([sequence], {"tokens": "string"}),
        "parse spec": lambda: sf.make_parse_example_spec(layer.spec),
        "column": lambda: sf.embedding_column(column, 4),
        "text": lambda: (layer.spec.to_json(), hash(layer.spec), repr(layer), repr(ragged)),
        "tables": lambda: layer.tables["tokens_embedding"],
        "load": lambda: layer.load_tables({"tokens_embedding": table}),
        "bind": lambda: layer.bind("tokens_embedding", table),
        "bad rows": _failing(lambda: layer({"tokens": [["a"], [1.5]]})),
        "bad offsets": _failing(lambda: sf.Ragged(flat, [0, 3])),
        "bad record": _failing(lambda: sf.parse_example([b"\xff"], {"tokens": "string"})),
        "bad device": _failing(lambda: layer({"tokens": elsewhere})),
        "bad key": _failing(lambda: layer({"other": rows})),
        "bad spec": _failing(lambda: sf.Spec([embedding(), embedding()])),
    }


def _dear(folder):
    layer = ids_layer()
    text, path = layer.spec.to_json(), f"{folder}/tables"
    records = write_tfrecords(f"{folder}/records.tfrecord", [example(tokens=[b"a"])] * 40)
    layer.save_tables(path)
    lines, out = f"{folder}/lines.jsonl", f"{folder}/out"
    with open(lines, "w") as file:
        file.write('{"tokens": ["a"]}\n' * 40)
    options = {"emit": ["lengths"], "batch_size": 30, "backend": "cpu", "overwrite": True}
    return {
        "spec": lambda: sf.Spec.from_json(text),
        "new layer": lambda: sf.SequenceFeatures(layer.spec, "cpu"),
        "pickled layer": lambda: pickle.loads(pickle.dumps(layer)),
        "save": lambda: layer.save_tables(path),
        "load file": lambda: layer.load_tables(path),
        "read": lambda: sum(1 for _ in sf.read_tfrecords(records, layer.spec, batch_size=8)),
        "read a part": lambda: next(sf.read_tfrecords(records, layer.spec, batch_size=8)),
        "run": lambda: sf.run(layer.spec, lines, out, **options),
        "run, npz": lambda: sf.run(layer.spec, lines, out, output_format="npz", **options),
        "no run": _failing(lambda: sf.run(layer.spec, lines, out, batch_size=0)),
        "no file": _failing(lambda: next(sf.read_tfrecords(path + "2", layer.spec))),
        "no tables": _failing(lambda: layer.load_tables(records)),
    }


def growths(call, count):
    """Bytes by round: heaps grow in the first ones and then stay; what leaks grows in all later ones."""
    grown = []
    for _ in range(5):
        gc.collect()
        before = resident()
        for _ in range(count // 5):
            call()
        gc.collect()
        grown.append(resident() - before)
    return grown


def main():
    divisor = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as folder:
        jobs = [(_cheap(), 100_000 // divisor), (_dear(folder), 1_000 // divisor)]
        print(json.dumps({name: (growths(call, count), count // 5) for calls, count in jobs for name, call in calls.items()}))


if __name__ == "__main__":
    main()
