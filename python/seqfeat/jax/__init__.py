# SPDX-License-Identifier: Apache-2.0
"""The layer inside `jax.jit`: packed batches of fixed shapes, differentiable in the tables.

>>> import jax
>>> import seqfeat as sf
>>> import seqfeat.jax as sfj
>>> tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
>>> spec = sf.Spec([sf.embedding_column(tokens, 10)], max_length=3)
>>> batch = sfj.pack(spec, {"tokens": [["sea", "cloud"], ["wind"]]}, sf.Capacity(rows=2, bytes=64))
>>> tables = sfj.init_tables(spec)
>>> values, lengths, mask = jax.jit(lambda t, b: sfj.sequence_features(spec, t, b))(tables, batch)
>>> values.shape, lengths.tolist(), mask.tolist()
((2, 3, 10), [2, 1], [[True, True, False], [True, False, False]])

docs/jax.md is the guide.
"""

from ._batch import PackedBatch, pack
from ._layer import init_tables, sequence_features

__all__ = ["PackedBatch", "init_tables", "pack", "sequence_features"]
