# SPDX-License-Identifier: Apache-2.0
"""Sequence feature columns: token sequences in, padded embeddings, lengths and a mask out.

Tokens are hashed to the buckets that TensorFlow chooses, and combined to the bits of its kernels.

>>> import seqfeat as sf
>>> tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
>>> layer = sf.SequenceFeatures([sf.embedding_column(tokens, 10)])
>>> values, lengths, mask = layer({"tokens": [["sea", "cloud"], ["wind"]]})
>>> values.shape, lengths.tolist(), mask.tolist()
((2, 2, 10), [2, 1], [[True, True], [True, False]])
"""

from ._capacity import Capacity
from ._categorical import (
    sequence_categorical_column_with_hash_bucket,
    sequence_categorical_column_with_identity,
    sequence_categorical_column_with_vocabulary_file,
    sequence_categorical_column_with_vocabulary_list,
    sequence_crossed_column,
    sequence_weighted_categorical_column,
)
from ._columns import (
    CategoricalColumn,
    Column,
    EmbeddingColumn,
    IndicatorColumn,
    NumericColumn,
    TruncatedNormal,
)
from ._core import version as __version__
from ._dense import (
    embedding_column,
    indicator_column,
    sequence_numeric_column,
    shared_embedding_column,
    shared_embeddings,
)
from ._errors import (
    CudaError,
    DataError,
    DeviceUnavailable,
    InternalError,
    InvalidArgument,
    IoError,
    OutOfMemory,
)
from ._hash import fingerprint64, hash_bucket, sequence_mask
from ._layer import Batch, SequenceFeatures, Slice
from ._ragged import Ragged
from ._records import TFRecordBatches, parse_example, parse_sequence_example, read_tfrecords
from ._run import run
from ._spec import Spec, make_parse_example_spec
from ._transform import Transform

__all__ = [
    "Batch",
    "Capacity",
    "CategoricalColumn",
    "Column",
    "CudaError",
    "DataError",
    "DeviceUnavailable",
    "EmbeddingColumn",
    "IndicatorColumn",
    "InternalError",
    "InvalidArgument",
    "IoError",
    "NumericColumn",
    "OutOfMemory",
    "Ragged",
    "SequenceFeatures",
    "Slice",
    "Spec",
    "TFRecordBatches",
    "Transform",
    "TruncatedNormal",
    "embedding_column",
    "fingerprint64",
    "hash_bucket",
    "indicator_column",
    "make_parse_example_spec",
    "parse_example",
    "parse_sequence_example",
    "read_tfrecords",
    "run",
    "sequence_categorical_column_with_hash_bucket",
    "sequence_categorical_column_with_identity",
    "sequence_categorical_column_with_vocabulary_file",
    "sequence_categorical_column_with_vocabulary_list",
    "sequence_crossed_column",
    "sequence_mask",
    "sequence_numeric_column",
    "sequence_weighted_categorical_column",
    "shared_embedding_column",
    "shared_embeddings",
]


def __getattr__(name: str):
    # `sf.ray` without an import of its own, and without Ray where nobody asks for it.
    if name == "ray":
        import importlib

        return importlib.import_module(".ray", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
