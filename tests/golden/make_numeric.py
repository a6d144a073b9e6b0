#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data of numeric columns, computed as make.py does: make_numeric.py OUTPUT_DIRECTORY --seed NAMESPACE writes numeric.json."""

import numpy as np

import check as rules
import make
from make import Sparse, embedding, hashed, tensor

F32 = np.float32


def numeric(key, shape=(1,), default=0.0):
    return {"type": rules.NUMERIC, "key": key, "shape": list(shape), "default_value": default, "dtype": "float32"}


def build(column, table=None):
    if column["type"] == rules.NUMERIC:
        return make.fc.sequence_numeric_column(column["key"], tuple(column["shape"]), column["default_value"], make.tf.float32)
    inner = column["categorical_column"]
    ids = make.fc.sequence_categorical_column_with_hash_bucket(inner["key"], inner["hash_bucket_size"])
    return make.fc.embedding_column(ids, column["dimension"], combiner=column["combiner"], initializer=lambda *_, **__: make.tf.constant(table))


class Floats(Sparse):
    """A sparse float32 feature."""

    def __init__(self, indices, values, shape):
        super().__init__(indices, values, shape, "float32")

    def json(self):
        return {"input": "sparse", "dtype": "float32", "indices": self.indices.tolist(), "values_f32": tensor(np.asarray(self.values, F32)), "dense_shape": self.shape}


def csr(feature):
    if not isinstance(feature, Floats):
        return make.csr(feature)
    offsets = make.csr(Sparse(feature.indices, [0] * len(feature.values), feature.shape, "int64"))
    where, _ = feature.kept()
    order = np.lexsort((np.arange(len(feature.values)), where[:, 1], where[:, 0])) if len(feature.values) else []
    return {"row_offsets": offsets["row_offsets"], "step_offsets": offsets["step_offsets"], "values_f32": tensor(np.asarray([feature.values[i] for i in order], F32))}


def add(f, name, columns, features):
    tables = {}
    for c in columns:
        if c["type"] == "embedding_column":
            tables[rules.name_of(c)] = f.table(rules.buckets_of(c["categorical_column"]), c["dimension"])
    case = {"name": name, "kind": "sequence_features", "columns": columns, "features": {k: {**v.json(), "csr": csr(v)} for k, v in features.items()}, "tables": tables}
    try:
        built = [build(c, rules.tensor(tables[rules.name_of(c)], f.tensors) if rules.name_of(c) in tables else None) for c in columns]
        values, lengths = make.keras.experimental.SequenceFeatures(built)({k: v.tensor() for k, v in features.items()})
        values, lengths = values.numpy(), lengths.numpy().tolist()
        mask = make.tf.sequence_mask(lengths, maxlen=values.shape[1]).numpy()
        ids = {rules.name_of(c): [str(rules.id_of(c["categorical_column"], v)) for v in features[c["categorical_column"]["key"]].values] for c in columns if c["type"] != rules.NUMERIC}
        case.update(T=values.shape[1], expect={"values": tensor(values), "lengths": lengths, "mask": tensor(mask, 64), "ids": ids})
    except Exception as e:  # what TensorFlow says is the expectation
        case["expect"] = make.error(e)
    mine = rules.answer(case, f.tensors)
    if "error" in mine:
        case["ours"] = mine
        if "error" not in case["expect"]:
            case["differs"] = "a step has to hold as many values as its shape: TensorFlow writes some of them outside the mask"
    assert make.agrees(mine, case.get("ours", case["expect"]), f.tensors), name
    f.cases.append(case)


def make_numeric(f):
    v = lambda r, n: [float(x) for x in r.standard_normal(n).astype(F32)]
    floats = lambda s: Floats(s.indices, s.values, s.shape)
    for k in range(10):
        r = f.rng(f"numeric {k}")
        add(f, f"numeric/scalar {k}", [numeric("x", default=float(k % 3))], {"x": floats(Sparse.of([v(r, r.integers(0, 5)) for _ in range(3)], width=4))})
        rows = [v(r, 2 * r.integers(0, 4)) for _ in range(3)]
        add(f, f"numeric/shape 2 {k}", [numeric("x", (2,), 7.5 if k % 2 else 0.0)], {"x": floats(Sparse.of(rows, width=6))})
        rows = [[v(r, 3) for _ in range(r.integers(0, 4))] for _ in range(3)]
        add(f, f"numeric/rank 3, shape 3 {k}", [numeric("x", (3,))], {"x": floats(Sparse.of(rows, width=3, per_step=3))})
    s = Sparse.of([[1.0, 2.0, 3.0], [4.0]], width=4)
    add(f, "numeric/last step half filled", [numeric("x", (2,), -1.0)], {"x": floats(s)})
    add(f, "numeric/width not divisible", [numeric("x", (3,))], {"x": floats(s)})
    add(f, "numeric/shape 2 x 2", [numeric("x", (2, 2))], {"x": floats(s)})
    add(f, "numeric/rank 3 with shape 1: steps and lengths disagree", [numeric("x")], {"x": floats(Sparse.of([[[20.0, 3.0], [5.0]], [[3.0], [8.0]]]))})
    words, column = Sparse.of([[b"a", b"b"], [b"c"]]), embedding(hashed("w", 17), 3)
    add(f, "numeric/beside an embedding", [column, numeric("x")], {"w": words, "x": floats(Sparse.of([[1.0, 2.0], [3.0]]))})
    add(f, "numeric/lengths differ", [column, numeric("x")], {"w": words, "x": Floats([[0, 0], [1, 0]], [1.0, 2.0], [2, 2])})


if __name__ == "__main__":
    make.main_of(__doc__, {"numeric": make_numeric})
