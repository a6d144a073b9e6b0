# SPDX-License-Identifier: Apache-2.0
"""The layer at home in PyTorch: a module, optimizers of its tables, and batches for it.

>>> import seqfeat as sf
>>> import seqfeat.torch as sft
>>> tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
>>> layer = sft.SequenceFeatures([sf.embedding_column(tokens, 8)])
>>> optimizer = sft.optim.Adam(layer.parameters(), lr=1e-3)
>>> values, lengths, mask = layer({"tokens": [["sea", "cloud"], ["wind"]]})
>>> values.sum().backward()
>>> optimizer.step()
"""

from . import optim
from ._clip import clip_grad_norm_
from ._collate import collate
from ._dataset import TFRecordDataset
from ._graph import graphed_step
from ._layer import SequenceFeatures
from ._pack import PackedBatch, pack
from ._replicate import replicate_tables
from ._torchrec import keyed_jagged_tensor

__all__ = [
    "PackedBatch",
    "SequenceFeatures",
    "TFRecordDataset",
    "clip_grad_norm_",
    "collate",
    "graphed_step",
    "keyed_jagged_tensor",
    "optim",
    "pack",
    "replicate_tables",
]
