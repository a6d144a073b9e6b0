# SPDX-License-Identifier: Apache-2.0
"""Ray Data beside `sf.Transform`: batches for torch, TFRecords as a data source, parts as a data sink.

>>> import seqfeat as sf
>>> tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
>>> spec = sf.Spec([sf.embedding_column(tokens, 4)])
>>> data = sf.ray.read_tfrecords(["a.tfrecord"], spec, keep=["label"])  # doctest: +SKIP
>>> for batch, kept in data.iter_torch_batches(collate_fn=sf.ray.collate(spec)):  # doctest: +SKIP
...     values, lengths, mask = layer(batch)
>>> data.write_datasink(sf.ray.parts(spec, "parts"))  # doctest: +SKIP
"""

from ._collate import collate
from ._parts import parts
from ._tfrecords import read_tfrecords

__all__ = ["collate", "parts", "read_tfrecords"]
