#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data of weighted columns, computed as make.py does: make_weighted.py OUTPUT_DIRECTORY --seed NAMESPACE writes weighted.json."""

import numpy as np

import check as rules
import make
from make import COMBINERS, Sparse, embedding, hashed, indicator, tensor
from make_numeric import Floats, csr

F32 = np.float32
POW = "sqrtn: TensorFlow squares the weights with pow, 1 ulp off w*w for a quarter of them"


def weighted(categorical, weight_key):
    return {"type": rules.WEIGHTED, "categorical_column": categorical, "weight_feature_key": weight_key, "dtype": "float32"}


def build(column, table):
    """Only a private class makes TensorFlow weigh a sequence."""
    from tensorflow.python.feature_column import feature_column_v2 as v2

    outer = column["categorical_column"]
    inner = outer["categorical_column"]
    ids = make.fc.categorical_column_with_hash_bucket(inner["key"], inner["hash_bucket_size"])
    ids = v2.SequenceCategoricalColumn(make.fc.weighted_categorical_column(ids, outer["weight_feature_key"]))
    if column["type"] == "indicator_column":
        return make.fc.indicator_column(ids)
    return make.fc.embedding_column(ids, column["dimension"], combiner=column["combiner"], max_norm=column["max_norm"], initializer=lambda *_, **__: make.tf.constant(table))


def add(f, name, column, features, note=None):
    source, tables, full = rules.source_of(column), {}, rules.name_of(column)
    if column["type"] == "embedding_column":
        tables[full] = f.table(source["hash_bucket_size"], column["dimension"])
    case = {"name": name, "kind": "sequence_features", "columns": [column], "features": {k: {**v.json(), "csr": csr(v)} for k, v in features.items()}, "tables": tables}
    try:
        built = build(column, rules.tensor(tables[full], f.tensors) if tables else None)
        values, lengths = make.keras.experimental.SequenceFeatures([built])({k: v.tensor() for k, v in features.items()})
        values, lengths = values.numpy(), lengths.numpy().tolist()
        mask = make.tf.sequence_mask(lengths, maxlen=values.shape[1]).numpy()
        ids = {full: [str(rules.id_of(source, v)) for v in features[source["key"]].values]}
        case.update(T=values.shape[1], expect={"values": tensor(values), "lengths": lengths, "mask": tensor(mask, 64), "ids": ids})
    except Exception as e:  # what TensorFlow says is the expectation
        case["expect"] = make.error(e)
    if note:
        case["note"] = note
    mine = rules.answer(case, f.tensors)
    if "error" in mine:
        case["ours"] = mine
    else:
        case["tolerance"] = 1e-6
    given = case.get("ours", case["expect"])
    assert all(ok for _, ok, _ in rules.compare(mine, given, f.tensors, case.get("tolerance"))), name
    f.cases.append(case)


def make_weighted(f):
    for k in range(24):
        r = f.rng(f"weighted {k}")
        most = (3, 12, 40)[k % 3]
        rows = [[[b"%d" % r.integers(99) for _ in range(r.integers(1, most))] for _ in range(r.integers(0, 4))] for _ in range(3)]
        s = Sparse.of(rows, width=3, per_step=None if any(rows) else 1)
        w = r.random(len(s.values)).astype(F32) + F32(0.05)
        if k % 4 == 3:
            w *= r.choice([-1, 0, 1, 1], len(w)).astype(F32)
        d, combiner = int(r.choice([1, 3, 4, 8, 10, 16, 33])), COMBINERS[k // 3 % 3]
        column = embedding(weighted(hashed("k", 17), "w"), d, combiner)
        add(f, f"weighted/{COMBINERS[k % 3]} {k}", column, {"k": s, "w": Floats(s.indices, w.tolist(), s.shape)}, POW if combiner == "sqrtn" else None)
    s = Sparse.of([[b"a", b"b"], [b"c"]])
    column, weights = embedding(weighted(hashed("k", 17), "w"), 3), Floats(s.indices, [0.5, 2.0, 3.0], s.shape)
    add(f, "weighted/rank 2, max_norm", embedding(weighted(hashed("k", 17), "w"), 3, "mean", 1.0), {"k": s, "w": weights})
    add(f, "weighted/weights missing", column, {"k": s})
    add(f, "weighted/other number of weights", column, {"k": s, "w": Floats([[0, 0]], [1.0], [2, 2])})
    add(f, "weighted/counted", indicator(weighted(hashed("k", 5), "w")), {"k": s, "w": weights})


if __name__ == "__main__":
    make.main_of(__doc__, {"weighted": make_weighted})
