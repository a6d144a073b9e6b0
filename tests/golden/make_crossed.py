#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data of crosses, computed as make.py does: make_crossed.py OUTPUT_DIRECTORY --seed NAMESPACE writes crossed.json."""

import check as rules
import make
from make import Dense, Sparse


def cross(f, name, keys, size, hash_key, features):
    column = make.fc.crossed_column(keys, size, hash_key)
    cache = make.tf.__internal__.feature_column.FeatureTransformationCache({k: v.tensor() for k, v in features.items()})
    case = {"name": name, "kind": "crossed_column", "keys": keys, "hash_bucket_size": size, "hash_key": None if hash_key is None else str(hash_key),
            "features": {k: {**v.json(), "csr": make.csr(v)} for k, v in features.items()}}
    case = {k: v for k, v in case.items() if v is not None}
    try:
        t = column.get_sparse_tensors(cache, None).id_tensor
        case["expect"] = {"indices": t.indices.numpy().tolist(), "ids": [str(i) for i in t.values.numpy()], "dense_shape": t.dense_shape.numpy().tolist(), "name": column.name}
    except Exception as e:  # what TensorFlow says is the expectation
        case["expect"] = make.error(e)
    mine = rules.answer(case, f.tensors)
    if "error" in mine:
        case["ours"] = mine
    assert make.agrees(mine, case.get("ours", case["expect"]), f.tensors), name
    f.cases.append(case)


def make_crossed(f):
    for k in range(20):
        r = f.rng(f"cross {k}")
        n = 2 + k % 3
        keys = [f"k{j}" for j in r.permutation(n)]
        features = {}
        for j, key in enumerate(keys):
            dtype = "int64" if (j + k) % 3 == 0 else "string"
            features[key] = Sparse.of([[make.token(r, dtype) for _ in range(r.integers(0, 4))] for _ in range(3)], dtype, width=3)
        cross(f, f"cross/sparse {k}", keys, int(r.choice([10, 1000, 2**31, 2**62])), None if k % 2 else int(r.integers(1, 2**40)), features)
    words = [[b"a", b"b"], [b"c", b"d"]]
    cross(f, "cross/dense operands come after sparse ones", ["x", "y"], 1000, None, {"x": Dense(words), "y": Sparse.of(words)})
    cross(f, "cross/both dense, '' not dropped", ["x", "y"], 1000, None, {"x": Dense([[b"a", b""]]), "y": Dense([[b"b", b"c"]])})
    cross(f, "cross/rank 3", ["x", "y"], 1000, None, {"x": Sparse.of([[[b"a"]]]), "y": Sparse.of([[[b"a"]]])})


if __name__ == "__main__":
    make.main_of(__doc__, {"crossed": make_crossed})
