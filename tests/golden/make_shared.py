#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data of shared tables, computed as make.py does: make_shared.py OUTPUT_DIRECTORY --seed NAMESPACE writes shared.json."""

import check as rules
import make
from make import COMBINERS, Sparse, tensor
from make_identity import integers


def identity(key):
    return {"type": rules.IDENTITY, "key": key, "num_buckets": 9, "default_value": None}


def make_shared(f):
    """Graph mode only: two keys, one table."""
    v1, fc = make.tf.compat.v1, make.fc
    for k in range(12):
        r = f.rng(f"shared {k}")
        a, d = integers(r, 0, 9, k % 2), int(r.choice([2, 3, 8]))
        b = Sparse(a.indices, [int(v) for v in r.integers(0, 9, len(a.values))], a.shape, "int64")
        combiner, norm, table = COMBINERS[k % 3], None if k % 4 else 1.0, f.table(9, d)
        with v1.Graph().as_default():
            values = rules.tensor(table, f.tensors)
            categorical = [fc.sequence_categorical_column_with_identity(key, 9) for key in ("b", "a")]
            columns = fc.shared_embeddings(categorical, d, combiner=combiner, max_norm=norm, initializer=lambda *_, **__: make.tf.constant(values))
            out, length = make.keras.experimental.SequenceFeatures(columns)({"a": a.tensor(), "b": b.tensor()})
            with v1.Session() as session:
                session.run([v1.global_variables_initializer(), v1.tables_initializer()])
                out, length = session.run([out, length])
        feature_json = lambda feature: {**feature.json(), "csr": make.csr(feature)}
        f.add(f"shared/{k}", "shared_embeddings", categorical_columns=[identity("b"), identity("a")], dimension=d, combiner=combiner, max_norm=norm,
              names=[c.name for c in columns], table=table, features={"a": feature_json(a), "b": feature_json(b)}, T=out.shape[1],
              expect={"values": tensor(out), "lengths": length.tolist()})
        assert "ours" not in f.cases[-1], k  # the rules agree


if __name__ == "__main__":
    make.main_of(__doc__, {"shared": make_shared})
