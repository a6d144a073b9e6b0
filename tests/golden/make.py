#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data for seqfeat, computed by running TensorFlow on the CPU.

    python make.py OUTPUT_DIRECTORY --seed NAMESPACE     write *.json
    python make.py --check DIRECTORY                     recompute every case without TensorFlow (see check.py), print how many there are

The same namespace and TensorFlow version always give the same bytes. README.md describes the format. `expect` is what TensorFlow said;
`ours` is written down where the rules of check.py say otherwise, and only for cases that name a reason here (`differs`) or that are errors on both sides.
"""
import argparse
import base64
import gzip
import hashlib
import json
import os
import pathlib
import re
import struct
import sys
import tempfile
import zlib

import numpy as np

import check as rules
from check import token_field

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")  # upb drops a map entry that has an unknown field; C++, Java and this one keep it
tf = keras = fc = None  # imported by need_tensorflow(): --check does without

F32 = np.float32
DIMENSIONS = (1, 2, 3, 4, 5, 7, 8, 10, 16, 33, 64, 128, 257)
COMBINERS = ("mean", "sum", "sqrtn")
BUCKETS = (2, 3, 10, 1000, 1024, 65537, 1 << 20, 10**7 + 19, 2**31 - 1, 2**31, 2**32 + 15, 2**40 + 1, 2**62 + 57, 2**63 - 1)
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def need_tensorflow():
    global tf, keras, fc
    if tf is None:
        import tensorflow as tf_module
        import tf_keras as keras_module
        tf, keras, fc = tf_module, keras_module, tf_module.feature_column
        import logging
        tf.get_logger().setLevel(logging.ERROR)


# ---------------------------------------------------------------- JSON pieces

def b64(data):
    return base64.b64encode(bytes(data)).decode()


def tensor(a, small=32):
    a = np.asarray(a)
    kind = {"float32": "F32", "bool": "BOOL"}[a.dtype.name]
    out = {"dtype": kind, "shape": list(a.shape), "data_b64": b64(np.ascontiguousarray(a).astype("<f4" if kind == "F32" else "?").tobytes())}
    if a.size <= small and (kind == "BOOL" or np.isfinite(a).all()):
        out["list"] = [[]] * 0 if a.size == 0 else json.loads(json.dumps(a.astype(float).tolist() if kind == "F32" else a.tolist()))
    return out


def hashed(key, size=10, dtype="string"):
    return {"type": "sequence_categorical_column_with_hash_bucket", "key": key, "hash_bucket_size": size, "dtype": dtype}


def embedding(categorical, dimension=2, combiner="mean", max_norm=None):
    return {"type": "embedding_column", "dimension": dimension, "combiner": combiner, "max_norm": max_norm, "categorical_column": categorical}


def indicator(categorical):
    return {"type": "indicator_column", "categorical_column": categorical}


def core_message(e):
    """TensorFlow's message without Keras' wrapping, node names and file paths."""
    m = str(e)
    m = re.sub(r"(?s)^Exception encountered when calling layer .*?\n\n(.*)\n\nCall arguments received by .*$", r"\1", m)
    m = re.sub(r"\{\{function_node [^}]*\}\} ?", "", m)
    m = re.sub(r"\n\t; NodeDef:.*", "", m, flags=re.S)
    m = re.sub(r" object at 0x[0-9a-f]+", " object", m)
    return re.sub(r" \[Op:\w+\]( name: \S*)?\s*$", "", m).strip()


def error(e):
    if isinstance(e, UnicodeDecodeError):  # the message quotes bytes that are no UTF-8, which the Python binding cannot carry
        return {"error": {"type": "InvalidArgumentError", "message": core_message(e.object.decode("utf-8", "backslashreplace"))}}
    return {"error": {"type": type(e).__name__, "message": core_message(e)}}


def agrees(mine, given, tensors):
    return all(ok for _, ok, _ in rules.compare(mine, given, tensors))


def write_file(path, head, tensors, cases):
    """One case per line."""
    dump = lambda x: json.dumps(x, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    lines = [dump(head)[:-1]]
    if tensors:
        lines.append('"tensors":{' + ",\n".join(f"{dump(k)}:{dump(v)}" for k, v in sorted(tensors.items())) + "}")
    lines.append('"cases":[\n' + ",\n".join(map(dump, cases)) + "\n]}\n")
    path.write_text(",\n".join(lines), encoding="utf-8")


FLUSHED = "TensorFlow's CPU threads flush denormals to zero wherever they compute; seqfeat keeps them"


class File:
    """The cases of one JSON file, and tensors that several of them share."""

    def __init__(self, seed):
        self.seed, self.cases, self.tensors = seed, [], {}

    def rng(self, name):
        return np.random.default_rng(int.from_bytes(hashlib.sha256(f"{self.seed}/{name}".encode()).digest()[:8], "little"))

    def add(self, name, kind, ours=None, differs=None, note=None, **body):
        """ours: our answer from a source of its own, to be confirmed by the rules; without it the rules give it."""
        case = {"name": name, "kind": kind, **{k: v for k, v in body.items() if v is not None or k in ("maxlen",)}}
        marks = {k: v for k, v in (("differs", differs), ("note", note)) if v}
        mine = rules.answer(case, self.tensors)
        if mine is None:  # a kind without rules: TensorFlow's answer alone
            self.cases.append({**case, **marks})
            return
        if ours is None and not agrees(mine, case["expect"], self.tensors):
            ours = {k: tensor(v, 64 if k == "mask" else 32) if k in ("values", "mask") else v for k, v in mine.items()}
            if kind == "sequence_features" and agrees(rules.answer_sequence_features(case, self.tensors, ftz=True), case["expect"], self.tensors):
                marks = {"differs": FLUSHED, **marks}
        if ours is not None:
            assert agrees(mine, ours, self.tensors), (name, mine, ours)
            assert "differs" in marks or "error" in ours and "error" in case["expect"], (name, "another answer, for no reason that is written down", ours)
            if kind == "sequence_features" and "values" in ours:
                case.setdefault("T", ours["values"]["shape"][1])
            case["ours"] = ours
        assert ours is not None or "differs" not in marks, (name, "the same answer")
        self.cases.append({**case, **marks})

    def table(self, buckets, dimension, values=None, name=None):
        """A reference to a shared table whose rows differ in magnitude, so that rounding shows."""
        name = name or f"v{buckets}_d{dimension}"
        if name not in self.tensors:
            r = self.rng("table " + name)
            if values is None:
                values = r.standard_normal((buckets, dimension)) * 2.0 ** r.integers(-4, 5, (buckets, 1))
            self.tensors[name] = tensor(np.asarray(values, F32), 0)
        return {"ref": name}

    def write(self, path):
        write_file(path, {"format": 2, "tensorflow": tf.__version__, "tf_keras": keras.__version__, "seed": self.seed}, self.tensors, self.cases)


# ---------------------------------------------------------------- inputs: as TensorFlow sees them, and as CSR

class Sparse:
    def __init__(self, indices, values, shape, dtype="string"):
        self.indices = np.asarray(indices, np.int64).reshape(-1, len(shape))
        self.values, self.shape, self.dtype = list(values), list(shape), dtype

    @staticmethod
    def of(rows, dtype="string", width=None, per_step=None):
        """rows: per row a list of steps; a step is a value (rank 2), None (a hole), or a list of values (rank 3)."""
        deep = any(isinstance(s, list) for r in rows for s in r) or per_step is not None
        indices, values = [], []
        for b, row in enumerate(rows):
            for t, step in enumerate(row):
                for i, v in enumerate(step if isinstance(step, list) else [] if step is None else [step]):
                    indices.append([b, t, i] if deep else [b, t])
                    values.append(v)
        shape = [len(rows), max(map(len, rows), default=0) if width is None else width]
        if deep:
            n = max((len(s) for r in rows for s in r if isinstance(s, list)), default=0)
            shape.append(n if per_step is None else per_step)
        return Sparse(indices, values, shape, dtype)

    def tensor(self):
        return tf.SparseTensor(self.indices, tf.constant(self.values, getattr(tf, self.dtype)), self.shape)

    def kept(self):
        rank2 = np.hstack([self.indices, np.zeros_like(self.indices)])[:, :2] if len(self.shape) == 1 else self.indices[:, :2]
        return rank2, self.values

    def size(self):
        return self.shape[0], self.shape[1] if len(self.shape) > 1 else 1

    def json(self):
        return {"input": "sparse", "dtype": self.dtype, "indices": self.indices.tolist(), **token_field(self.values, self.dtype), "dense_shape": self.shape}


class Dense:
    def __init__(self, values, dtype="string"):
        self.array = np.asarray(values, object if dtype == "string" else dtype)
        self.dtype = dtype

    def tensor(self):
        return tf.constant(self.array, getattr(tf, self.dtype))

    def kept(self):
        ignored = b"" if self.dtype == "string" else np.array(-1).astype(self.dtype)
        where = np.argwhere(self.array != ignored)
        values = [self.array[tuple(i)] for i in where]
        return np.hstack([where, np.zeros_like(where)])[:, :2], values

    def size(self):
        s = self.array.shape
        return s[0], s[1] if len(s) > 1 else 1

    def json(self):
        return {"input": "dense", "dtype": self.dtype, "shape": list(self.array.shape), **token_field(self.array.reshape(-1), self.dtype)}


def csr(feature, all_steps=False):
    """all_steps keeps trailing empty steps, which must change neither values nor lengths."""
    where, values = feature.kept()
    batch, width = feature.size()
    cells = {}
    for (b, t), v in zip(where.tolist(), values):
        cells.setdefault((b, t), []).append(v)
    lengths = rules.lengths_of(cells, batch)
    rows, steps, out = [0], [0], []
    for b in range(batch):
        for t in range(width if all_steps else lengths[b]):
            out += cells.get((b, t), [])
            steps.append(len(out))
        rows.append(len(steps) - 1)
    single = steps == list(range(len(steps)))
    return {"row_offsets": rows, "step_offsets": None if single else steps, **token_field(out, feature.dtype)}


# ---------------------------------------------------------------- running TensorFlow

def build(spec, table=None):
    """A TensorFlow column from its JSON form."""
    kind, cat = spec.get("type"), spec.get("categorical_column")
    if kind in ("sequence_categorical_column_with_hash_bucket", "categorical_column_with_hash_bucket"):
        dtype = spec.get("dtype", "string")
        return getattr(fc, kind)(spec["key"], spec["hash_bucket_size"], getattr(tf, dtype))
    cat = build(cat) if isinstance(cat, dict) else cat
    if kind == "indicator_column":
        return fc.indicator_column(cat)
    start = None if table is None else lambda shape, dtype=None, **_: tf.constant(table)
    return fc.embedding_column(cat, spec["dimension"], combiner=spec["combiner"], max_norm=spec["max_norm"], initializer=start)


def dereference(f, t):
    return rules.tensor(t, f.tensors)


def run_layer(f, columns, features, tables):
    """The layer, its values and lengths, and the ids of each column in the order of the CSR values."""
    built = [build(c, dereference(f, tables[rules.name_of(c)]) if c["type"] == "embedding_column" else None) for c in columns]
    layer = keras.experimental.SequenceFeatures(built)
    values, lengths = layer(features)
    ids = {}
    for c, column in zip(columns, built):
        cache = tf.__internal__.feature_column.FeatureTransformationCache(features)
        t = column.categorical_column.get_sparse_tensors(cache, None).id_tensor
        order = np.lexsort((np.arange(len(t.values)), t.indices[:, 1].numpy(), t.indices[:, 0].numpy()))
        ids[rules.name_of(c)] = [str(i) for i in t.values.numpy()[order]]
    return layer, values.numpy(), lengths.numpy().tolist(), ids


def confirm_graph_mode(layer, features, values):
    """tf.function gives the same bits as eager execution."""
    again = tf.function(lambda x: layer(x))(features)[0].numpy()
    np.testing.assert_array_equal(values.view(np.int32), again.view(np.int32))


def tables_for(f, columns, given=None):
    out = dict(given or {})
    for c in columns:
        if c["type"] == "embedding_column":
            out.setdefault(rules.name_of(c), f.table(c["categorical_column"]["hash_bucket_size"], c["dimension"]))
    return out


def repaired(features):
    """The same tokens as TensorFlow takes them: all of one width, in order, each value of a step in a place of its own."""
    out, width = {}, max(v.size()[1] for v in features.values())
    for key, v in features.items():
        where, values = v.kept()
        steps = {}
        for (b, t), x in zip(where.tolist(), values):
            steps.setdefault((b, t), []).append(x)
        out[key] = Sparse.of([[steps.get((b, t), []) for t in range(width)] for b in range(v.size()[0])], v.dtype, width, max(map(len, steps.values()), default=0))
    return out


def layer_answer(f, columns, features, tables):
    layer, values, lengths, ids = run_layer(f, columns, {k: v.tensor() for k, v in features.items()}, tables)
    mask = tf.sequence_mask(lengths, maxlen=values.shape[1]).numpy()
    return {"values": tensor(values), "lengths": lengths, "mask": tensor(mask, 64), "ids": ids}, layer, values


def add_sequence(f, name, columns, features, tables=None, all_steps=False, graph=False, **marks):
    """differs, where TensorFlow fails: it is asked again with the features repaired; what it says then is our answer."""
    tables = tables_for(f, columns, tables)
    body = {"columns": columns, "features": {k: {**v.json(), "csr": csr(v, all_steps)} for k, v in features.items()}, "tables": tables}
    try:
        said, layer, values = layer_answer(f, columns, features, tables)
        body.update(T=values.shape[1], expect=said)
        if graph:
            confirm_graph_mode(layer, {k: v.tensor() for k, v in features.items()}, values)
    except Exception as e:  # what TensorFlow says is the expectation
        assert not graph, name
        body["expect"] = error(e)
        if "differs" in marks and not rules.refused_columns(columns):
            marks["ours"] = layer_answer(f, columns, repaired(features), tables)[0]
    f.add(name, "sequence_features", **body, **marks)


def add_outside(f, name, columns, features):
    """Indices outside dense_shape have no CSR form: only what TensorFlow says is kept."""
    tables = tables_for(f, columns)
    try:
        _, values, lengths, _ = run_layer(f, columns, {k: v.tensor() for k, v in features.items()}, tables)
        expect = {"values": tensor(values), "lengths": lengths}
    except Exception as e:
        expect = error(e)
    marks = {} if "error" in expect else {"differs": "TensorFlow lets the index run over into the next row"}
    f.add(name, "sparse_out_of_bounds", columns=columns, features={k: v.json() for k, v in features.items()}, tables=tables, expect=expect, **marks)


# ---------------------------------------------------------------- tokens

WORDS = ("the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you "
         "were all her she there would their we him been has when who will no more if out so up said what its about than into them can "
         "only other time new some could these two may first then do any like my now over such our man me even most made after also did "
         "many off before must well back through years much where your way down should because long each just state those people too "
         "straße naïve Ελλάδα Москва 東京 한국어 עברית العربية हिन्दी ภาษาไทย 🙂 👩‍👩‍👧 e\u0301 ﬁ").split()


def word(r):
    return WORDS[r.integers(len(WORDS))].encode()


def integer(r, dtype="int64"):
    info = np.iinfo(dtype)
    pick = r.integers(4)
    if pick == 0:
        return int([info.min, info.max, 0, 1, -1 if info.min else 2, 10, 9][r.integers(7)])
    v = int(r.integers(1 << int(r.integers(1, info.bits - 1))))
    return -v if info.min and pick == 1 else v


def token(r, dtype):
    return word(r) if dtype == "string" else integer(r, dtype)


def ragged(r, batch, width, per_step, dtype="string", hole=0.15, empty=0.2):
    """Rows of steps; per_step 1 means rank 2."""
    rows = []
    for _ in range(batch):
        row = []
        for _ in range(0 if r.random() < empty else int(r.integers(1, width + 1))):
            n = 0 if r.random() < hole else int(r.integers(1, per_step + 1))
            row.append([token(r, dtype) for _ in range(n)] if per_step > 1 else token(r, dtype) if n else None)
        rows.append(row)
    return rows


# ---------------------------------------------------------------- fingerprint, hash_bucket

def add_fingerprint(f, name, data):
    f.add(name, "fingerprint", bytes_b64=b64(data), expect={"fingerprint": str(rules.fingerprint64(data))})


def confirm_fingerprints(f):
    """Our Python hash against TensorFlow's op: the residues modulo large coprime numbers leave no room for another value."""
    data = [base64.b64decode(c["bytes_b64"]) for c in f.cases]
    for n in (2**63 - 1, 2**63 - 25, 2**62 + 57, 2**61 - 1, 10**7 + 19, 10):
        got = tf.strings.to_hash_bucket_fast(tf.constant(data), n).numpy().tolist()
        assert got == [rules.fingerprint64(d) % n for d in data], n


def make_fingerprint(f):
    for n in range(301):
        add_fingerprint(f, f"random bytes, length {n}", f.rng(f"bytes {n}").bytes(n))
    for n in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 129, 191, 192, 193, 255, 256, 257):
        add_fingerprint(f, f"NUL bytes, length {n}", bytes(n))
        add_fingerprint(f, f"bytes 255, length {n}", b"\xff" * n)
        add_fingerprint(f, f"counting bytes (7 i + 3) mod 256, length {n}", bytes((7 * i + 3) & 255 for i in range(n)))
    r = f.rng("long")
    for n in (301, 320, 321, 383, 384, 385, 511, 512, 513, 640, 1000, 1023, 1024, 1025, 2047, 2048, 2049, 3000, 4032, 4095, 4096):
        add_fingerprint(f, f"random bytes, length {n}", r.bytes(n))
    for i, w in enumerate(WORDS):
        add_fingerprint(f, f"word {i}", w.encode())
    for v in (0, 1, -1, 9, 10, -10, 127, -128, 255, 32767, -32768, 65535, 2**31 - 1, -2**31, 2**32 - 1, 10**18, 2**63 - 1, -2**63, 2**64 - 1):
        add_fingerprint(f, f"integer {v} as text", str(v).encode())
    confirm_fingerprints(f)


def add_hash_bucket(f, name, values, dtype, buckets, **marks):
    t = tf.constant(values, getattr(tf, dtype)) if dtype == "string" else tf.strings.as_string(tf.constant(np.array(values, dtype)))
    ids = tf.strings.to_hash_bucket_fast(t, buckets).numpy()
    f.add(name, "hash_bucket", dtype=dtype, num_buckets=str(buckets), **token_field(values, dtype), expect={"ids": [str(i) for i in ids]}, **marks)


def make_hash_bucket(f, buckets=BUCKETS, count=24):
    for n in buckets:
        r = f.rng(f"buckets {n}")
        texts = [b"", b"\0", b"a", b"-1", b"0", b"00", b" 1"] + [word(r) for _ in range(count - 12)] + [r.bytes(k) for k in (5, 17, 33, 65, 130)]
        add_hash_bucket(f, f"string into {n}", texts, "string", n)
        for dtype in INTEGERS:
            info = np.iinfo(dtype)
            edge = [info.min, info.max, 0, 1, info.max - 1, info.min + 1] + ([-1] if info.min else [])
            add_hash_bucket(f, f"{dtype} into {n}", edge + [integer(r, dtype) for _ in range(count // 2 - len(edge))], dtype, n)
    add_hash_bucket(f, "string into 1", [b"a", b"", b"z"], "string", 1, differs="TensorFlow puts everything into bucket 0; the documentation says an int > 1")


# ---------------------------------------------------------------- sequence_features

def step_counts(r, counts, batch):
    """Lays steps with the given numbers of values out over rows, in shuffled order."""
    counts = list(r.permutation(counts))
    per_row = -(-len(counts) // batch)
    return [counts[i * per_row:(i + 1) * per_row] for i in range(batch)]


def make_combiners(f, dimensions=DIMENSIONS, counts=range(1, 21), repeat=1):
    """Every number of values per step, every combiner and dimension: where the bits of the sum show."""
    for combiner in COMBINERS:
        for d in dimensions:
            for k in range(repeat):
                name = f"combine/{combiner}/d{d}" + (f"/{k}" if k else "")
                r = f.rng(name)
                use = list(counts) if d <= 64 else [int(c) for c in r.choice(list(counts), 8, replace=False)]
                rows = [[[b"%d" % r.integers(100) for _ in range(n)] for n in row] for row in step_counts(r, use, 4)]
                add_sequence(f, name, [embedding(hashed("k", 17), d, combiner)], {"k": Sparse.of(rows)}, graph=True)


def make_max_norm(f, norms=(0.5, 1.0, 3.0, 42.0), dimensions=DIMENSIONS, steps=8, most=12):
    for i, c in enumerate(norms):
        for j, d in enumerate(dimensions):
            combiner = COMBINERS[(i + j) % 3]
            name = f"max_norm/{c}/{combiner}/d{d}"
            r = f.rng(name)
            counts = [1, 1] + [int(n) for n in r.integers(1, most + 1, steps - 2)]
            rows = [[[integer(r) for _ in range(n)] for n in row] for row in step_counts(r, counts, 3)]
            add_sequence(f, name, [embedding(hashed("k", 17, "int64"), d, combiner, c)], {"k": Sparse.of(rows, "int64")}, graph=j % 4 == 0)


def make_shapes(f):
    one = [embedding(hashed("a", 17), 5)]
    both = [indicator(hashed("a", 7)), embedding(hashed("a", 17), 3, "sum")]
    x, y, z = b"x", b"y", b"z"
    named = {
        "one row, one step": Sparse.of([[x]]),
        "one row": Sparse.of([[x, y, z, x]]),
        "hole in the middle": Sparse.of([[x, None, z], [y]]),
        "hole at the start": Sparse.of([[None, None, z], [x]]),
        "only the last step": Sparse.of([[None, None, None, x], [None]]),
        "empty rows first, middle, last": Sparse.of([[], [x], [], [y, z], []]),
        "whole batch empty, width 3": Sparse.of([[], [], []], width=3),
        "width 0": Sparse.of([[], [], []], width=0),
        "no rows, width 3": Sparse.of([], width=3),
        "no rows, width 0": Sparse.of([], width=0),
        "wider than any row": Sparse.of([[x, y], [z]], width=6),
        "rank 3, single values": Sparse.of([[[x], [y]], [[z]]]),
        "rank 3, holes": Sparse.of([[[x, y], [], [z]], [[], [x]]]),
        "rank 3, empty rows": Sparse.of([[], [[x, y, z]], []]),
        "rank 3, all empty": Sparse.of([[], []], width=2, per_step=3),
        "rank 3, no values per step": Sparse.of([[], []], width=2, per_step=0),
        "rank 3, width 0": Sparse.of([[], []], width=0, per_step=0),
        "rank 3, no rows": Sparse.of([], width=2, per_step=2),
        "rank 3, the same token many times": Sparse.of([[[x] * 9, [x] * 10, [x, y] * 9]]),
        "rank 1": Sparse([[0], [2]], [x, y], [4]),
        "rank 4": Sparse([[0, 0, 0, 1], [0, 0, 1, 0], [0, 2, 1, 1]], [x, y, z], [2, 3, 2, 2]),
        "rank 3, gaps between a step's values": Sparse([[0, 0, 1], [0, 0, 4], [1, 1, 3]], [x, y, z], [2, 2, 6]),
        "sparse '' is a token": Sparse.of([[b"", x, b""], [b""]]),
        "tokens with NUL and high bytes": Sparse.of([[b"\0", b"a\0b", b"\xff\xfe"], [b"a"]]),
        "long tokens": Sparse.of([[x * 64, x * 65, x * 1000], [b"q" * 4096]]),
    }
    for name, feature in named.items():
        add_sequence(f, f"shape/{name}", one, {"a": feature}, graph=True)
        add_sequence(f, f"shape/{name}, embedded and counted", both, {"a": feature})
        add_sequence(f, f"shape/{name}, trailing empty steps kept", one, {"a": feature}, all_steps=True,
                     note="csr has T steps in every row; the lengths must not change")
    ints = [indicator(hashed("i", 9, "int64")), embedding(hashed("i", 17, "int64"), 4, "sqrtn")]
    add_sequence(f, "shape/sparse -1 is a token", ints, {"i": Sparse.of([[-1, 5, -1], [-1]], "int64")})
    add_sequence(f, "shape/int64 extremes", ints, {"i": Sparse.of([[-2**63, 2**63 - 1, 0], [1]], "int64")})


def make_dense(f):
    for dtype in ("string",) + INTEGERS:
        none = b"" if dtype == "string" else -1 if not dtype.startswith("u") else np.iinfo(dtype).max
        r = f.rng("dense " + dtype)
        spec = [embedding(hashed("k", 17, dtype), 3), indicator(hashed("k", 5, dtype))]
        marks = {"note": f"-1 cast to the type is {none}: a missing cell"} if dtype.startswith("u") else {}
        for i, (batch, width, deep) in enumerate(((3, 4, 0), (1, 1, 0), (4, 6, 0), (2, 3, 3), (5, 1, 0), (2, 5, 2))):
            shape = (batch, width, deep) if deep else (batch, width)
            array = np.empty(shape, object)
            for at in np.ndindex(*shape):
                array[at] = none if r.random() < 0.4 else token(r, dtype)
            if i == 0:
                array[0, 1], array[0, 3], array[1, :] = none, token(r, "int8" if dtype == "int8" else dtype) if dtype != "string" else b"end", none
            add_sequence(f, f"dense/{dtype} {'x'.join(map(str, shape))}", spec, {"k": Dense(array.tolist(), dtype)}, **marks)
        add_sequence(f, f"dense/{dtype} all missing", spec, {"k": Dense([[none] * 3] * 2, dtype)}, **marks)
    spec = [embedding(hashed("k", 17), 3)]
    add_sequence(f, "dense/rank 1", spec, {"k": Dense([b"a", b"", b"c"])})
    add_sequence(f, "dense/rank 1 is one step wide", [indicator(hashed("k", 4, "int64"))], {"k": Dense([7, -1, 3], "int64")})
    add_sequence(f, "dense/spaces and '0' are tokens", spec, {"k": Dense([[b" ", b"0", b"\0", b""]])})
    add_sequence(f, "dense/int32 data in an int64 column", [indicator(hashed("k", 10, "int64"))], {"k": Dense([[101, 201, -1, 301]], "int32")})


def make_columns(f, many=40):
    a, i = hashed("a", 17), hashed("i", 11, "int64")
    words, numbers = Sparse.of([[b"x", b"y"], [], [b"z"]]), Sparse.of([[4, -4], [], [0]], "int64")
    lists = {
        "embedded and counted": ([indicator(a), embedding(a, 3)], {"a": words}),
        "two keys": ([embedding(i, 2, "sum"), embedding(a, 3)], {"a": words, "i": numbers}),
        "a_b before a": ([embedding(a, 2), embedding(hashed("a_b", 17), 2)], {"a": words, "a_b": words}),
        "upper case before lower case": ([embedding(hashed("b", 17), 2), embedding(hashed("B", 17), 3), embedding(hashed("_", 17), 1)],
                                         {"b": words, "B": words, "_": words}),
        "digits as text": ([embedding(hashed(k, 17), 2) for k in ("k10", "k9", "k1", "k1_", "k")], {k: words for k in ("k10", "k9", "k1", "k1_", "k")}),
        "suffix decides": ([indicator(hashed("a_e", 5)), embedding(a, 2), indicator(a)], {"a": words, "a_e": words}),
        "code points, not bytes of UTF-16": ([embedding(hashed(k, 17), 1) for k in ("é", "z", "日本", "\U0001f642", "\ufffd")],
                                             {k: words for k in ("é", "z", "日本", "\U0001f642", "\ufffd")}),
        "one key, two bucket counts": ([embedding(a, 2), indicator(hashed("a", 4))], {"a": words}),
        "an unused feature": ([embedding(a, 2)], {"a": words, "other": numbers}),
        "dense and sparse": ([embedding(a, 2), indicator(i)], {"a": words, "i": Dense([[4, -7], [-1, -1], [0, -1]], "int64")}),
    }
    for name, (columns, features) in lists.items():
        add_sequence(f, f"columns/{name}", columns, features, graph="UTF-16" not in name)  # graph mode takes no such keys as name scopes
    for k in range(many):
        name = f"columns/random {k}"
        r = f.rng(name)
        batch, width = int(r.integers(1, 6)), int(r.integers(1, 6))
        shape = ragged(r, batch, width, 1)
        widest = max(map(len, shape), default=0)
        columns, features = [], {}
        for j in range(int(r.integers(2, 5))):
            key, dtype = f"{'abcxyz'[r.integers(6)]}{j}", "string" if r.random() < 0.6 else "int64"
            deep = r.random() < 0.4
            fill = lambda s, last: (([token(r, dtype) for _ in range(r.integers(1, 12))] if s is not None or last or r.random() < 0.5 else [])
                                    if deep else token(r, dtype) if s is not None or last else None)
            rows = [[fill(s, t == len(row) - 1) for t, s in enumerate(row)] for row in shape]
            features[key] = Sparse.of(rows, dtype, widest, None if not deep or any(rows) else 1)
            if r.random() < 0.7:
                norm = None if r.random() < 0.7 else float(r.choice([0.5, 1, 3, 42]))
                columns.append(embedding(hashed(key, 17, dtype), int(r.choice([1, 2, 3, 4, 5, 7, 8, 10, 16])), COMBINERS[r.integers(3)], norm))
            if not columns or rules.name_of(columns[-1]) != key + "_embedding" or r.random() < 0.3:
                columns.append(indicator(hashed(key, int(r.integers(2, 9)), dtype)))
        add_sequence(f, name, [columns[j] for j in r.permutation(len(columns))], features, graph=k % 8 == 0)


def make_random_single(f, many=60):
    for k in range(many):
        name = f"single/random {k}"
        r = f.rng(name)
        dtype = ("string", "int64", "int32", "string")[k % 4]
        rows = ragged(r, int(r.integers(1, 8)), int(r.integers(1, 9)), int(r.choice([1, 1, 3, 20])), dtype)
        deep = any(isinstance(s, list) for row in rows for s in row)
        d = int(r.choice(DIMENSIONS[:9]))
        norm = None if k % 5 else float(r.choice([0.5, 1, 3, 42]))
        add_sequence(f, name, [embedding(hashed("k", 17, dtype), d, COMBINERS[k % 3], norm)],
                     {"k": Sparse.of(rows, dtype)}, graph=k % 8 == 0)
    r = f.rng("documented")
    for k in range(4):
        rows = ragged(r, 3, 6, 1)
        add_sequence(f, f"single/the documentation's column {k}", [embedding(hashed("tokens", 1000), 10)], {"tokens": Sparse.of(rows)})


def make_sequence_errors(f):
    a, b = embedding(hashed("a", 17), 2), embedding(hashed("b", 17), 2)
    x = b"x"
    add_sequence(f, "error/lengths differ in the second row", [a, b], {"a": Sparse.of([[x], [x]], width=3), "b": Sparse.of([[x], [x, x]], width=3)})
    add_sequence(f, "error/one column's row is empty", [a, b], {"a": Sparse.of([[x], []], width=1), "b": Sparse.of([[x], [x]], width=1)})
    add_sequence(f, "error/a dense '' at the end shortens one column", [a, b], {"a": Dense([[x, x]]), "b": Dense([[x, b""]])})
    add_sequence(f, "error/embedding and indicator of different keys", [a, indicator(hashed("b", 3))], {"a": Sparse.of([[x, x]]), "b": Sparse.of([[x]], width=2)})
    add_sequence(f, "error/same lengths, widths differ", [a, b], {"a": Sparse.of([[x], [x]], width=1), "b": Sparse.of([[x], [x]], width=3)},
                 differs="TensorFlow cannot concatenate other widths; seqfeat pads all columns to one, so equal lengths suffice")
    add_sequence(f, "error/lengths and widths differ", [a, b], {"a": Sparse.of([[x], [x]], width=1), "b": Sparse.of([[x], [x, x]], width=3)})
    add_sequence(f, "error/batch sizes differ", [a, b], {"a": Sparse.of([[x], [x]]), "b": Sparse.of([[x], [x], [x]])})
    add_sequence(f, "error/feature missing", [a, b], {"a": Sparse.of([[x]])})
    add_sequence(f, "error/integers for a string column", [a], {"a": Sparse.of([[1]], "int64")})
    add_sequence(f, "error/strings for an integer column", [embedding(hashed("a", 17, "int64"), 2)], {"a": Sparse.of([[x]])})
    add_sequence(f, "error/rank 0", [a], {"a": Scalar(b"x")})
    add_outside(f, "error/row index past the end", [a], {"a": Sparse([[0, 0], [3, 0]], [x, x], [2, 2])})
    add_outside(f, "error/step index past the width", [a], {"a": Sparse([[0, 2], [1, 1]], [x, x], [2, 2])})
    add_outside(f, "error/step index past the width, counted", [indicator(hashed("a", 3))], {"a": Sparse([[0, 2], [1, 1]], [x, x], [2, 2])})
    add_sequence(f, "error/unknown combiner", [embedding(hashed("a", 17), 2, "max")], {"a": Sparse.of([[x]])},
                 differs=LATE)


LATE = "TensorFlow looks at the combiner only when the layer is called; seqfeat when the column is made"


class Scalar(Dense):
    def kept(self):
        return np.zeros((0, 2), np.int64), []

    def size(self):
        return 0, 0


def make_odd_values(f):
    """Zeros with a sign, infinities, denormals."""
    z = np.array([[-0.0, 0.0], [0.0, -0.0], [-0.0, -0.0]], F32)
    rows = [[[b"a"], [b"b"], [b"a", b"b"], [b"c"] * 2, [b"a", b"c", b"d"]], [[b"a"] * 9, [b"d"] * 10, [b"b"] * 17]]
    for combiner in COMBINERS:
        column = embedding(hashed("k", 3), 2, combiner)
        add_sequence(f, f"values/signed zeros/{combiner}", [column], {"k": Sparse.of(rows)}, {"k_embedding": f.table(3, 2, z, "signed zeros")})
        n = np.array([[1.0, 3e38], [3e38, np.inf], [-np.inf, 1e-38]], F32)
        add_sequence(f, f"values/infinities/{combiner}", [column], {"k": Sparse.of(rows)}, {"k_embedding": f.table(3, 2, n, "infinities")},
                     note="compare NaN with NaN whatever its bits")
        d = np.array([[1e-40, 2e-38], [3e-39, -1.5e-38], [1.1e-38, 1e-45]], F32)
        add_sequence(f, f"values/denormals/{combiner}", [column], {"k": Sparse.of(rows)}, {"k_embedding": f.table(3, 2, d, "denormals")},
                     note="a single value is copied, by TensorFlow too")


def make_sequence_features(f):
    make_shapes(f)
    make_dense(f)
    make_columns(f)
    make_random_single(f)
    make_sequence_errors(f)


def make_bits(f):
    make_combiners(f)
    make_max_norm(f)
    make_odd_values(f)


def add_mask(f, lengths, maxlen):
    mask = tf.sequence_mask(tf.constant(lengths, tf.int64), maxlen).numpy()
    f.add(f"mask/{json.dumps(lengths)}/{maxlen}", "sequence_mask", lengths=lengths, maxlen=maxlen, expect={"mask": tensor(mask, 64)})


def make_sequence_mask(f):
    for lengths, maxlen in (([1, 3, 2], None), ([1, 3, 2], 5), ([1, 3, 2], 2), ([0, 0], None), ([0, 0], 3), ([], None), ([], 4), ([5], None), ([-1, 2], None),
                            ([-2, -1], None), ([[1, 2], [0, 3]], None), ([4, 4, 4], 4), ([1], 0)):
        add_mask(f, lengths, maxlen)


# ---------------------------------------------------------------- wire format

def varint(v):
    v &= (1 << 64) - 1
    out = bytearray()
    while True:
        out.append(v & 127 | (128 if v > 127 else 0))
        v >>= 7
        if not v:
            return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def bytes_feature(values):
    return field(1, b"".join(field(1, v) for v in values))


def float_feature(values, packed=True):
    raw = [struct.pack("<f", v) for v in values]
    return field(2, field(1, b"".join(raw)) if packed else b"".join(b"\x0d" + v for v in raw))


def int_feature(values, packed=True):
    raw = [varint(v) for v in values]
    return field(3, field(1, b"".join(raw)) if packed else b"".join(b"\x08" + v for v in raw))


def feature_for(values, dtype):
    return bytes_feature(values) if dtype == "string" else int_feature(values)


def entry(key, value):
    key = key if isinstance(key, bytes) else key.encode()
    return field(1, field(1, key) + field(2, value))


def example(*entries):
    return field(1, b"".join(entry(k, v) if isinstance(k, (str, bytes)) else k for k, v in entries))


def sequence_example(*lists):
    """lists: (key, [feature bytes, ...])"""
    return field(2, b"".join(entry(k, b"".join(field(1, x) for x in steps)) for k, steps in lists))


def parsed_json(t):
    s = Sparse(t.indices.numpy(), t.values.numpy().tolist(), t.dense_shape.numpy().tolist(), t.dtype.name)
    if t.dtype == tf.float32:
        return {"input": "sparse", "dtype": "float32", "indices": s.indices.tolist(), "values_f32": tensor(t.values.numpy()), "dense_shape": s.shape}
    return {**s.json(), "csr": csr(s)}


def parse_by_protobuf(spec, serialized, kind):
    """What protobuf's own parser makes of the bytes, as sparse features: None if it refuses; TensorFlow's op uses a parser of its own."""
    deep, field_of = kind != "parse_example", lambda dtype: "bytes_list" if dtype == "string" else "int64_list"
    message = tf.train.SequenceExample if deep else tf.train.Example
    out = {}
    try:
        rows = [message.FromString(s) for s in serialized]
    except Exception:
        return None
    for key, s in spec.items():
        lists, dtype = [], s.dtype.name
        for row in rows:
            steps = row.feature_lists.feature_list[key].feature if deep else [row.features.feature[key]]
            if any(x.WhichOneof("kind") not in (None, field_of(dtype)) for x in steps):
                return None
            values = [list(getattr(x, field_of(dtype)).value) for x in steps]
            if dtype != "string" and any(not np.iinfo(dtype).min <= v <= np.iinfo(dtype).max for x in values for v in x):
                return None
            lists.append(values if deep else values[0])
        sparse = Sparse(*rules.sparse_of(lists, 3 if deep else 2), dtype)
        out[key] = {**sparse.json(), "csr": csr(sparse)}
    return {"features": out}


PARSER = "TensorFlow's parser departs from protobuf's rules here; seqfeat follows them"
NARROW = "TensorFlow's parser knows only float32, int64 and string; seqfeat takes the values from the int64 list, if they are in range"
NAMELESS = "TensorFlow takes an empty key; seqfeat refuses it when the column is made"


def add_parse(f, name, columns, serialized, kind="parse_example", **marks):
    spec = fc.make_parse_example_spec([build(c) for c in columns])
    body = {"columns": columns, "spec": spec_json(spec), "serialized_b64": [b64(s) for s in serialized]}
    try:
        if kind == "parse_example":
            out = tf.io.parse_example(tf.constant(serialized, tf.string), spec)
        else:
            out = tf.io.parse_sequence_example(tf.constant(serialized, tf.string), sequence_features=spec)[1]
        body["expect"] = {"features": {k: parsed_json(v) for k, v in out.items()}}
    except Exception as e:
        body["expect"] = error(e)
    if not rules.refused_columns(columns):
        library = parse_by_protobuf(spec, serialized, kind)
        assert (library is None) == ("error" in rules.answer({"kind": kind, **body})), name
        if library != (None if "error" in body["expect"] else body["expect"]):
            marks.setdefault("differs", PARSER)
            body["ours"] = library
    f.add(name, kind, **body, **marks)


def spec_json(spec):
    return {k: {"type": type(v).__name__, "dtype": v.dtype.name} for k, v in spec.items()}


def make_parse_example(f):
    words, ids = indicator(hashed("w", 5)), indicator(hashed("i", 5, "int64"))
    x, y = bytes_feature([b"x", b"yy"]), int_feature([1, -1])
    ok = example(("w", x), ("i", y))
    cases = {
        "two rows": ([words], [example(("w", x)), example(("w", bytes_feature([b"a", b"b", b"c"])))]),
        "strings and integers": ([words, ids], [ok, example(("i", int_feature([2**63 - 1, -2**63, 0])))]),
        "integers, packed": ([ids], [example(("i", int_feature([0, 1, 127, 128, 300, -1, 2**63 - 1, -2**63])))]),
        "integers, unpacked": ([ids], [example(("i", int_feature([0, 1, 127, 128, 300, -1, 2**63 - 1, -2**63], False)))]),
        "integers, packed and unpacked in one list": ([ids], [example(("i", field(3, field(1, varint(1) + varint(2)) + b"\x08\x03" + field(1, varint(-4)))))]),
        "integers, two packed runs": ([ids], [example(("i", field(3, field(1, varint(1)) + field(1, varint(2) + varint(3)))))]),
        "-1 in five bytes is 4294967295": ([ids], [example(("i", field(3, field(1, b"\xff\xff\xff\xff\x0f"))))]),
        "varint with useless high zeros": ([ids], [example(("i", field(3, field(1, b"\x81\x80\x80\x00"))))]),
        "key absent": ([words], [example(("w", x)), example(("other", x))]),
        "example without features": ([words], [b"", example(("w", x)), field(1, b"")]),
        "all rows empty": ([words, ids], [b"", b""]),
        "no rows": ([words], []),
        "empty lists": ([words, ids], [example(("w", bytes_feature([])), ("i", int_feature([]))), example(("i", int_feature([], False)))]),
        "a feature of no kind": ([words], [example(("w", b"")), example(("w", x))]),
        "'' among the strings": ([words], [example(("w", bytes_feature([b"", b"a", b""]))), example(("w", bytes_feature([b""])))]),
        "strings with NUL and bytes that are no UTF-8": ([words], [example(("w", bytes_feature([b"a\0b", b"\xff\xfe", b"\xc3"])))]),
        "kind differs: integers for strings": ([words], [example(("w", y))]),
        "kind differs: strings for integers": ([ids], [example(("w", x)), example(("i", x))]),
        "kind differs: floats for integers": ([ids], [example(("i", float_feature([1.0])))]),
        "kind differs, but the list is empty": ([words], [example(("w", int_feature([])))]),
        "kind differs in an unasked feature": ([words], [example(("w", x), ("i", float_feature([1.0])))]),
        "the same key twice: the last counts": ([words], [example(("w", x), ("w", bytes_feature([b"last"])))]),
        "the same key twice, the last empty": ([words], [example(("w", x), ("w", bytes_feature([])))]),
        "the same key twice, the last of no kind": ([words], [example(("w", x), ("w", b""))]),
        "the same key twice, the first of another kind": ([words], [example(("w", y), ("w", x))]),
        "features in another order, others between": ([words, ids], [ok, example(("z", y), ("i", y), ("a", x), ("w", x), ("b", b""))]),
        "features in two parts": ([words, ids], [example(("w", x)) + example(("i", y))]),
        "unknown field in Example": ([words], [b"\x78\x05" + example(("w", x)) + field(1000, b"abc")]),
        "unknown field in Features": ([words], [field(1, field(9, b"zz") + entry("w", x) + b"\x7d\0\0\0\0")]),
        "unknown field in the map entry": ([words], [field(1, field(1, field(1, b"w") + b"\x38\x01" + field(2, x)))]),
        "unknown field in Feature": ([words], [example(("w", x + b"\x79" + bytes(8)))]),
        "unknown field in Feature, first": ([words], [example(("w", b"\x78\x01" + x))]),
        "unknown field in the list": ([words], [example(("w", field(1, field(1, b"q") + field(7, b"r"))))]),
        "map entry with the value first": ([words], [field(1, field(1, field(2, x) + field(1, b"w")))]),
        "map entry without value": ([words], [field(1, field(1, field(1, b"w")))]),
        "map entry without key": ([indicator(hashed("", 5))], [field(1, field(1, field(2, x)))]),
        "map entry without key beside a good one": ([words], [field(1, field(1, field(2, y)) + entry("w", x))]),
        "two kinds in one feature": ([words], [example(("w", y + x))]),
        "two kinds in one feature, the wrong one last": ([words], [example(("w", x + y))]),
        "the list in two parts": ([words], [example(("w", bytes_feature([b"1"]) + bytes_feature([b"2"])))]),
        "a key that is not ASCII": ([indicator(hashed("日本 é", 5))], [example(("日本 é", x))]),
        "int32 column": ([indicator(hashed("i", 5, "int32"))], [example(("i", y))]),
        "uint8 column": ([indicator(hashed("i", 5, "uint8"))], [example(("i", y))]),
        "wrong wire type for features": ([words], [b"\x08\x01"]),
        "group instead of features": ([words], [b"\x0b\x0c"]),
        "varint of eleven bytes": ([ids], [example(("i", field(3, field(1, b"\xff" * 10 + b"\x01"))))]),
        "list length past the feature": ([words], [field(1, field(1, field(1, b"w") + field(2, b"\x0a\x09\x0a\x01x")))]),
        "text that is no proto": ([words], [b"hello, world"]),
        "good rows around a bad one": ([words], [ok, b"\xff\xff", ok]),
    }
    reasons = {"int32 column": NARROW, "uint8 column": NARROW, "map entry without key": NAMELESS}
    for name, (columns, rows) in cases.items():
        add_parse(f, f"example/{name}", columns, rows, **({"differs": reasons[name]} if name in reasons else {}))
    for n in range(len(ok)):
        add_parse(f, f"example/cut to {n} of {len(ok)} bytes", [words, ids], [ok[:n]])
    for k in range(12):
        r = f.rng(f"garbage {k}")
        add_parse(f, f"example/garbage {k}", [words], [r.bytes(int(r.integers(1, 40)))])
    for k in range(40):
        add_parse(f, f"example/random {k}", [words, ids], [random_example(f.rng(f"example {k} {j}")) for j in range(1 + k % 5)])


def random_example(r):
    entries = [("w", bytes_feature([token(r, "string") for _ in range(r.integers(0, 7))])),
               ("i", int_feature([integer(r) for _ in range(r.integers(0, 7))], bool(r.integers(2)))),
               ("f", float_feature([1.5, float(r.random())], bool(r.integers(2)))), ("n", b"")]
    return example(*[entries[i] for i in r.permutation(4)[:r.integers(0, 5)]])


def make_parse_sequence_example(f):
    words, ids = indicator(hashed("w", 5)), indicator(hashed("i", 5, "int64"))
    b, n = bytes_feature, int_feature
    cases = {
        "one row": ([ids], [sequence_example(("i", [n([3, 4]), n([5])]))]),
        "the last step empty": ([ids], [sequence_example(("i", [n([3, 4]), n([5]), n([])]))]),
        "steps in the middle empty": ([words], [sequence_example(("w", [b([b"a"]), b([]), b([]), b([b"b", b"c"])]))]),
        "a step of no kind": ([ids], [sequence_example(("i", [n([3, 4]), b"", n([5])]))]),
        "rows of different lengths": ([words], [sequence_example(("w", [b([b"a"])] * k)) for k in (1, 4, 2)]),
        "list absent": ([words], [sequence_example(("other", [b([b"a"])])), sequence_example(("w", [b([b"a"])]))]),
        "list absent everywhere": ([words], [b"", sequence_example()]),
        "list without steps": ([words], [sequence_example(("w", [])), sequence_example(("w", [b([b"a", b"b"])]))]),
        "two lists": ([words, ids], [sequence_example(("i", [n([1]), n([2])]), ("w", [b([b"x", b"y"]), b([b"z"])]))]),
        "two lists of different length": ([words, ids], [sequence_example(("i", [n([1])]), ("w", [b([b"x", b"y"]), b([b"z"])]))]),
        "context beside it": ([words], [field(1, entry("c", n([7]))) + sequence_example(("w", [b([b"x"])]))]),
        "the same key in the context": ([words], [field(1, entry("w", n([7]))) + sequence_example(("w", [b([b"x"])]))]),
        "unpacked integers": ([ids], [sequence_example(("i", [n([1, -1], False), n([2], False)]))]),
        "'' among the strings": ([words], [sequence_example(("w", [b([b""]), b([b"", b"a"])]))]),
        "kind differs": ([words], [sequence_example(("w", [b([b"x"]), n([1])]))]),
        "unknown fields": ([words], [field(9, b"zz") + sequence_example(("w", [b([b"x"])])) + b"\x78\x01"]),
        "garbage": ([words], [b"\xff\xfe\xfd"]),
        "no rows": ([words], []),
    }
    for name, (columns, rows) in cases.items():
        add_parse(f, f"sequence/{name}", columns, rows, "parse_sequence_example")
    whole = cases["two lists"][1][0]
    for k in range(0, len(whole), 3):
        add_parse(f, f"sequence/cut to {k} of {len(whole)} bytes", [words, ids], [whole[:k]], "parse_sequence_example")
    for k in range(24):
        r = f.rng(f"sequence {k}")
        rows = [sequence_example(("w", [b([token(r, "string") for _ in range(r.integers(0, 4))]) for _ in range(r.integers(0, 5))]),
                                 ("i", [n([integer(r) for _ in range(r.integers(0, 4))], bool(r.integers(2))) for _ in range(r.integers(0, 5))]))
                for _ in range(1 + k % 4)]
        add_parse(f, f"sequence/random {k}", [words, ids], rows, "parse_sequence_example")


# ---------------------------------------------------------------- TFRecord

def record(data):
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", rules.masked_crc32c(head)) + data + struct.pack("<I", rules.masked_crc32c(data))


def hostile_length(n):
    head = struct.pack("<Q", n)
    return head + struct.pack("<I", rules.masked_crc32c(head)) + b"abcdefgh"


def pack(data, compression):
    return {"": lambda d: d, "GZIP": lambda d: gzip.compress(d, mtime=0), "ZLIB": zlib.compress}[compression](data)


def add_tfrecord(f, name, data, compression="", **marks):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data.tfrecord"
        path.write_bytes(data)
        out, body = [], {}
        try:
            for r in tf.data.TFRecordDataset(str(path), compression_type=compression):
                out.append(r.numpy())
        except Exception as e:
            body = error(e)
            body["error"]["message"] = body["error"]["message"].replace(str(path), "PATH")
    if "error" in body:  # then both fail, whatever the reason
        marks.pop("differs", None)
    f.add(name, "tfrecord", compression=compression, file_b64=b64(data), expect={"records_b64": [b64(r) for r in out], **body}, **marks)


SILENT = {"differs": "TensorFlow takes a tail that is shorter than a record's 12 byte header for the end of the file"}
UNFINISHED = {"differs": "TensorFlow takes the end of an unfinished compressed stream for the end of the file"}


def make_tfrecord(f):
    r = f.rng("records")
    sets = {"empty file": [], "one record": [b"abc"], "empty record": [b""], "three records": [b"abc", b"", b"xyz" * 10],
            "examples": [random_example(f.rng(f"record {k}")) for k in range(20)], "long records": [r.bytes(5000), bytes(9000), b"end"]}
    for name, records in sets.items():
        plain = b"".join(map(record, records))
        for compression in ("", "GZIP", "ZLIB"):
            add_tfrecord(f, f"tfrecord/{name}/{compression or 'plain'}", pack(plain, compression), compression)
    add_tfrecord(f, "tfrecord/no bytes, read as GZIP", b"", "GZIP")
    add_tfrecord(f, "tfrecord/no bytes, read as ZLIB", b"", "ZLIB")
    plain = b"".join(map(record, [b"abc", b"", b"xyz" * 10]))
    starts = (0, 19, 35)
    for n in sorted({s + k for s in starts for k in (1, 7, 8, 11, 12, 13, 15, 16, 18)} | {len(plain) - 5, len(plain) - 4, len(plain) - 1}):
        if n < len(plain):
            tail = n - max(s for s in starts if s <= n)
            add_tfrecord(f, f"tfrecord/cut to {n} of {len(plain)} bytes", plain[:n], **(SILENT if 0 < tail < 12 else {}))
    for at, what in ((0, "length"), (7, "length, highest byte"), (8, "length crc"), (11, "length crc"), (12, "data"), (14, "data"), (15, "data crc"), (18, "data crc"),
                     (19, "second length"), (27, "second length crc"), (31, "second data crc"), (60, "third data"), (len(plain) - 1, "last data crc")):
        data = bytearray(plain)
        data[at] ^= 1 << (at % 8)
        add_tfrecord(f, f"tfrecord/bit flipped in byte {at}: {what}", bytes(data))
    for length in (2**28, 2**63, 2**64 - 5, 2**64 - 1, 2**40):
        data = hostile_length(length)
        if length != 2**40:
            add_tfrecord(f, f"tfrecord/length {length} with a valid crc", data)
            continue
        f.add(f"tfrecord/length {length} with a valid crc", "tfrecord", compression="", file_b64=b64(data),
              expect={"records_b64": [], "error": {"type": "SegmentationFault", "message": "truncated record at 0: TensorFlow's process dies instead of saying so"}},
              differs="TensorFlow 2.21.0 dies")
    add_tfrecord(f, "tfrecord/text", b"this is not a record file at all\n")
    add_tfrecord(f, "tfrecord/zeros", bytes(64))
    for compression in ("GZIP", "ZLIB"):
        data = pack(plain, compression)
        add_tfrecord(f, f"tfrecord/{compression} read as plain", data)
        add_tfrecord(f, f"tfrecord/plain read as {compression}", plain, compression)
        for n in (1, 5, 10, 20, len(data) - 9, len(data) - 4, len(data) - 1):
            add_tfrecord(f, f"tfrecord/{compression} cut to {n} of {len(data)} bytes", data[:n], compression, **UNFINISHED)
        for at in (0, 15, len(data) - 6, len(data) - 1):
            bad = bytearray(data)
            bad[at] ^= 0x10
            add_tfrecord(f, f"tfrecord/{compression} bit flipped in byte {at} of {len(data)}", bytes(bad), compression,
                         note="zlib's wording may vary with its version")
    two = gzip.compress(record(b"one"), mtime=0) + gzip.compress(record(b"two"), mtime=0)
    add_tfrecord(f, "tfrecord/GZIP of two members", two, "GZIP")
    add_tfrecord(f, "tfrecord/GZIP, a record across two members", gzip.compress(plain[:25], mtime=0) + gzip.compress(plain[25:], mtime=0), "GZIP")
    add_tfrecord(f, "tfrecord/GZIP read as ZLIB", gzip.compress(plain, mtime=0), "ZLIB")
    add_tfrecord(f, "tfrecord/ZLIB read as GZIP", zlib.compress(plain), "GZIP")


# ---------------------------------------------------------------- the documentation's example, end to end

TEXT = ["Alice was beginning to get very tired of sitting by her sister on the bank",
        "and of having nothing to do",
        "",
        "once or twice she had peeped into the book her sister was reading",
        "Все люди рождаются свободными и равными в своем достоинстве и правах",
        "すべて の 人間 は 、 生れながら に して 自由 で あり",
        "Curiouser"]


def rnn_weights(r, width, units):
    scale = lambda *s: (r.standard_normal(s) / np.sqrt(s[0])).astype(F32)
    return {"units": units, "activation": "tanh", "kernel": tensor(scale(width, units), 0), "recurrent_kernel": tensor(scale(units, units), 0),
            "bias": tensor((0.1 * r.standard_normal(units)).astype(F32), 0)}


def run_rnn(values, mask, rnn):
    cell = keras.layers.SimpleRNNCell(rnn["units"])
    layers = {s: keras.layers.RNN(cell, return_sequences=s, return_state=True) for s in (False, True)}
    cell.build((None, values.shape[-1]))
    cell.set_weights([rules.tensor(rnn[k]) for k in ("kernel", "recurrent_kernel", "bias")])
    last, state = layers[False](tf.constant(values), mask=tf.constant(mask))
    sequence, again = layers[True](tf.constant(values), mask=tf.constant(mask))
    np.testing.assert_array_equal(state.numpy(), again.numpy())
    return {**rnn, "expect": {"outputs_last": tensor(last.numpy()), "outputs_sequence": tensor(sequence.numpy()), "state": tensor(state.numpy())}}


def add_example(f, name, columns, serialized, units=(4, 16)):
    spec = fc.make_parse_example_spec([build(c) for c in columns])
    features = tf.io.parse_example(tf.constant(serialized), spec)
    tables = tables_for(f, columns)
    layer, values, lengths, ids = run_layer(f, columns, features, tables)
    confirm_graph_mode(layer, features, values)
    mask = tf.sequence_mask(lengths).numpy()
    assert mask.shape == values.shape[:2]
    r = f.rng(name)
    f.add(name, "example", columns=columns, serialized_b64=[b64(s) for s in serialized], tables=tables, T=values.shape[1],
          rnn=[run_rnn(values, mask, rnn_weights(r, values.shape[2], u)) for u in units],
          expect={"spec": spec_json(spec), "features": {k: parsed_json(v) for k, v in features.items()},
                  "values": tensor(values, 0), "lengths": lengths, "mask": tensor(mask, 64), "ids": ids})


def add_masked_rnn(f, name, values, mask, units):
    rnn = run_rnn(values, mask, rnn_weights(f.rng("weights " + name), values.shape[2], units))
    f.add(name, "masked_rnn", values=tensor(values), mask=tensor(mask, 64), rnn=rnn, expect={})


def make_example(f):
    rows = [example(("tokens", bytes_feature([w.encode() for w in line.split()]))) for line in TEXT]
    tokens = hashed("tokens", 1000)
    add_example(f, "example/tokens, 1000 buckets, dimension 10", [embedding(tokens, 10)], rows)
    add_example(f, "example/tokens, sum", [embedding(tokens, 10, "sum")], rows[:4])
    add_example(f, "example/tokens, sqrtn, max_norm 1", [embedding(tokens, 10, "sqrtn", 1.0)], rows[3:])
    add_example(f, "example/one row", [embedding(tokens, 10)], rows[:1])
    number = [example(("tokens", bytes_feature([w.encode() for w in line.split()])), ("position", int_feature(range(len(line.split()))))) for line in TEXT]
    add_example(f, "example/tokens and positions", [embedding(tokens, 10), embedding(hashed("position", 17, "int64"), 5), indicator(hashed("tokens", 7))], number)
    r = f.rng("masked")
    values = r.standard_normal((5, 6, 3)).astype(F32)
    masks = {"prefix mask": np.arange(6)[None] < np.array([6, 3, 0, 1, 5])[:, None], "mask with holes": r.random((5, 6)) < 0.5,
             "mask of suffixes": np.arange(6)[None] >= np.array([6, 3, 0, 1, 5])[:, None], "nothing masked": np.ones((5, 6), bool)}
    for name, mask in masks.items():
        for units in (1, 4, 16):
            add_masked_rnn(f, f"rnn/{name}, {units} units", values, mask, units)


# ---------------------------------------------------------------- specs and constructors

def add_column(f, name, column, **marks):
    try:
        c = build(column)
        dense = column["type"] in ("embedding_column", "indicator_column")
        cat = c.categorical_column if dense else c
        expect = {"name": c.name, "num_buckets": str(int(cat.num_buckets)), "spec": spec_json(c.parse_example_spec)}
        if dense:
            expect["variable_shape"] = [d.value if hasattr(d, "value") else d for d in tf.TensorShape(c.variable_shape)]
    except Exception as e:
        expect = error(e)
    f.add(name, "column", column=column, expect=expect, **marks)


def add_layer(f, name, columns, **marks):
    try:
        layer = keras.experimental.SequenceFeatures([build(c) for c in columns])
        expect = {"order": [c.name for c in layer._feature_columns]}
    except Exception as e:
        expect = error(e)
    f.add(name, "layer", columns=columns, expect=expect, **marks)


def add_parse_spec(f, name, columns, **marks):
    try:
        expect = {"spec": spec_json(fc.make_parse_example_spec([build(c) for c in columns]))}
    except Exception as e:
        expect = error(e)
    f.add(name, "parse_spec", columns=columns, expect=expect, **marks)


STRICTER = "TensorFlow accepts this when the column is made; the documentation says an int > 1"


def make_spec(f):
    for key in ("tokens", "", "a b", "日本", "a/b", "x" * 300):
        marks = {} if key else {"differs": NAMELESS}
        add_column(f, f"column/hash bucket, key {key[:20]!r}", hashed(key, 1000), **marks)
        add_column(f, f"column/embedding, key {key[:20]!r}", embedding(hashed(key, 1000), 10), **marks)
        add_column(f, f"column/indicator, key {key[:20]!r}", indicator(hashed(key, 7)), **marks)
    for dtype in ("string",) + INTEGERS:
        add_column(f, f"column/dtype {dtype}", hashed("k", 10, dtype))
    for dtype in ("float32", "float64", "float16", "bfloat16", "bool", "complex64", "qint8"):
        add_column(f, f"column/dtype {dtype} is refused", hashed("k", 10, dtype))
    for size in (2, 10, 2**31, 2**63 - 1):
        add_column(f, f"column/hash_bucket_size {size}", hashed("k", size))
    add_column(f, "column/hash_bucket_size 1", hashed("k", 1), differs=STRICTER)
    add_column(f, "column/hash_bucket_size True", hashed("k", True), differs=STRICTER)
    for size in (0, -1, None, "10"):
        add_column(f, f"column/hash_bucket_size {size!r} is refused", hashed("k", size))
    add_column(f, "column/hash_bucket_size 2.5", hashed("k", 2.5), differs=STRICTER)
    add_column(f, "column/hash_bucket_size 2^63", hashed("k", 2**63), differs="TensorFlow fails only when it hashes; seqfeat when the column is made")
    for key in (5, None, ["a"], True):
        add_column(f, f"column/key {key!r} is refused", hashed(key, 10))
    for d in (1, 10, 4096):
        add_column(f, f"column/dimension {d}", embedding(hashed("k", 10), d))
    for d in (0, -1, None, "3"):
        add_column(f, f"column/dimension {d!r} is refused", embedding(hashed("k", 10), d))
    for combiner in COMBINERS:
        add_column(f, f"column/combiner {combiner}", embedding(hashed("k", 10), 2, combiner))
    for combiner in ("max", "Mean", "", None):
        add_column(f, f"column/combiner {combiner!r}", embedding(hashed("k", 10), 2, combiner), differs=LATE)
    add_column(f, "column/max_norm 0", embedding(hashed("k", 10), 2, "mean", 0.0), note="every embedding becomes zero; TensorFlow treats negative as 0")
    add_column(f, "column/indicator of an embedding is refused", indicator(embedding(hashed("k", 10), 2)))
    tokens, other = hashed("tokens", 1000), hashed("other", 10, "int64")
    add_parse_spec(f, "spec/one column", [embedding(tokens, 10)])
    add_parse_spec(f, "spec/none", [])
    add_parse_spec(f, "spec/two keys", [embedding(tokens, 10), indicator(other)])
    add_parse_spec(f, "spec/one key twice", [embedding(tokens, 10), indicator(hashed("tokens", 7))])
    add_parse_spec(f, "spec/categorical alone", [tokens, other])
    add_parse_spec(f, "spec/int32 is kept in the spec", [indicator(hashed("k", 10, "int32"))])
    add_parse_spec(f, "spec/one key with two dtypes", [embedding(tokens, 10), indicator(hashed("tokens", 10, "int64"))])
    add_layer(f, "layer/order", [indicator(tokens), embedding(other), embedding(tokens, 3)])
    add_layer(f, "layer/a_b before a", [embedding(hashed(k)) for k in ("a", "a_b", "ab", "A", "_", "a b", "a.b", "")], differs=NAMELESS)
    add_layer(f, "layer/a_b before a, no empty key", [embedding(hashed(k)) for k in ("a", "a_b", "ab", "A", "_", "a b", "a.b")])
    add_layer(f, "layer/no columns", [])
    add_layer(f, "layer/one name twice", [embedding(tokens, 3), embedding(hashed("tokens", 10), 4)])
    add_layer(f, "layer/a categorical column alone", [tokens])


FILES = {"fingerprint": make_fingerprint, "hash_bucket": make_hash_bucket, "sequence_features": make_sequence_features, "sequence_bits": make_bits,
         "sequence_mask": make_sequence_mask, "parse_example": make_parse_example, "parse_sequence_example": make_parse_sequence_example,
         "tfrecord": make_tfrecord, "example": make_example, "spec": make_spec}


def write_all(directory, seed, files=FILES):
    need_tensorflow()
    directory.mkdir(parents=True, exist_ok=True)
    for name, make in files.items():
        f = File(f"{seed}/{name}")
        make(f)
        f.write(directory / f"{name}.json")
        print(f"{name}.json: {len(f.cases)} cases, {(directory / f'{name}.json').stat().st_size} bytes")


def main_of(about, makers):
    """The program of a script that makes one file or a few: a function by the name of each, which fills a File."""
    p = argparse.ArgumentParser(description=about)
    p.add_argument("output", type=pathlib.Path)
    p.add_argument("--seed", default="later")
    a = p.parse_args()
    need_tensorflow()
    for name, fill in makers.items():
        f = File(f"{a.seed}/{name}")
        fill(f)
        head = {"format": 1, "tensorflow": tf.__version__, "tf_keras": keras.__version__, "seed": f.seed}
        if f.tensors:
            head["tensors"] = dict(sorted(f.tensors.items()))
        (a.output / f"{name}.json").write_text(json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(map(json.dumps, f.cases)) + "\n]}\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("output", nargs="?", type=pathlib.Path)
    p.add_argument("--seed", default="seqfeat")
    p.add_argument("--check", type=pathlib.Path, metavar="DIRECTORY")
    a = p.parse_args()
    if a.check:
        sys.exit(1 if rules.check(a.check) else 0)
    if a.output is None:
        p.error("say where to write")
    write_all(a.output, a.seed)


if __name__ == "__main__":
    main()
