#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data of the identity column, computed as make.py does: make_identity.py OUTPUT_DIRECTORY --seed NAMESPACE writes identity.json."""

import check as rules
import make
from make import COMBINERS, Dense, Sparse


def identity(size, default=None):
    return {"type": rules.IDENTITY, "key": "i", "num_buckets": size, "default_value": default}


def build(column, table=None):
    """make.build() for an embedding or an indicator of an identity column."""
    inner = column["categorical_column"]
    ids = make.fc.sequence_categorical_column_with_identity(inner["key"], inner["num_buckets"], inner["default_value"])
    if column["type"] == "indicator_column":
        return make.fc.indicator_column(ids)
    return make.fc.embedding_column(ids, column["dimension"], combiner=column["combiner"], initializer=lambda *_, **__: make.tf.constant(table))


def add(f, name, column, feature, note):
    tables = {"i_embedding": f.table(column["categorical_column"]["num_buckets"], 3)} if column["type"] == "embedding_column" else {}
    case = {"name": name, "kind": "sequence_features", "columns": [column], "features": {"i": {**feature.json(), "csr": make.csr(feature)}}, "tables": tables}
    try:
        said = make.layer_answer(f, [column], {"i": feature}, tables)[0]
        case.update(T=said["values"]["shape"][1], expect=said)
    except Exception as e:  # what TensorFlow says is the expectation
        case["expect"] = make.error(e)
    mine = rules.answer(case, f.tensors)
    if note:
        case["note"] = note
    if "error" in case["expect"]:
        case["ours"] = mine
    assert make.agrees(mine, case.get("ours", case["expect"]), f.tensors), name
    f.cases.append(case)


def both(f, name, categorical, feature, combiner="mean", note=None):
    add(f, name + ", embedded", make.embedding(categorical, 3, combiner), feature, note)
    add(f, name + ", counted", make.indicator(categorical), feature, note)


def integers(r, low, high, deep):
    step = lambda: [int(v) for v in r.integers(low, high, r.integers(0, 4))] if deep else int(r.integers(low, high))
    rows = [[step() for _ in range(int(r.integers(0, 5)))] for _ in range(int(r.integers(1, 5)))]
    return Sparse.of(rows, "int64", None, None if not deep or any(any(steps) for steps in rows if steps) else 1)


def make_identity(f):
    for k in range(12):
        r = f.rng(f"identity {k}")
        both(f, f"identity/in range {k}", identity(9), integers(r, 0, 9, k % 2), COMBINERS[k % 3])
        both(f, f"identity/default 3, any value {k}", identity(9, 3), integers(r, -5, 15, k % 2), COMBINERS[k % 3])
    both(f, "identity/negative ids vanish", identity(4), Sparse.of([[-1, 2, -7], [0]], "int64"))
    both(f, "identity/id past the end", identity(4), Sparse.of([[1, 4], [0]], "int64"), note="TF-CPU raises for embeddings, drops for indicators")
    both(f, "identity/dense -1 dropped", identity(4), Dense([[1, -1, 3], [-1, -1, -1]], "int64"))
    both(f, "identity/int32 data", identity(4), Dense([[1, 2]], "int32"))
    both(f, "identity/strings", identity(4), Sparse.of([[b"1"]]))


if __name__ == "__main__":
    make.build = build  # layer_answer() asks for it
    make.main_of(__doc__, {"identity": make_identity})
