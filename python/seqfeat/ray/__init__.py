# SPDX-License-Identifier: Apache-2.0
"""Ray Data beside `sf.Transform`: batches for torch, and TFRecords as a data source.

>>> import seqfeat as sf
>>> tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
>>> spec = sf.Spec([sf.embedding_column(tokens, 4)])
>>> data = sf.ray.read_tfrecords(["a.tfrecord"], spec, keep=["label"])  # doctest: +SKIP
>>> for batch, kept in data.iter_torch_batches(collate_fn=sf.ray.collate(spec)):  # doctest: +SKIP
...     values, lengths, mask = layer(batch)
"""

from ._collate import collate
from ._tfrecords import read_tfrecords

__all__ = ["collate", "read_tfrecords"]
