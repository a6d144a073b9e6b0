# SPDX-License-Identifier: Apache-2.0
"""Hashed ids in the form that TorchRec takes."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch

from .._columns import IDENTITY, CategoricalColumn
from .._errors import DataError, InvalidArgument
from .._layer import SequenceFeatures
from .._ragged import Ragged
from .._spec import Spec, as_spec


@functools.lru_cache(maxsize=64)
def _ids_of(spec: Spec) -> SequenceFeatures:
    """A layer for its ids; it never has tables."""
    return SequenceFeatures(spec, "cpu")


def _row_of(offsets: np.ndarray, place: int) -> int:
    return int(np.searchsorted(offsets, place, "right")) - 1


def _flat(name: str, column: CategoricalColumn, ids: Ragged) -> tuple[np.ndarray, np.ndarray]:
    """The ids of all rows, and how many each row has. Raises DataError for what TorchRec cannot say."""
    values, rows = ids.values, ids.row_offsets
    if ids.step_offsets is not None:
        sizes = np.diff(ids.step_offsets)
        if (sizes != 1).any():
            place = int(np.argmax(sizes != 1))
            row = _row_of(rows, place)
            raise DataError(
                f"row {row}: {name}: got a step of {sizes[place]} ids, expected one id in each step, "
                "since a jagged tensor has no others",
                column=column.key,
                row=row,
            )
    if column.kind == IDENTITY and values.size:
        outside = (values < 0) | (values >= column.rows)
        if outside.any():
            place = int(np.argmax(outside))
            row = _row_of(rows, place)
            raise DataError(
                f"row {row}: {name}: got id {values[place]}, expected 0 to {column.rows - 1}; a "
                "default_value stands for all others",
                column=column.key,
                row=row,
            )
    return values, np.diff(rows)


def keyed_jagged_tensor(spec: Any, features: Any, lengths_dtype: torch.dtype = torch.int64) -> Any:
    """The ids of features, of any form that the layer takes, as a TorchRec KeyedJaggedTensor.

    Its keys are the full names of the spec's columns ("tokens_embedding"), its ids those of
    `sf.SequenceFeatures(spec).ids(features)`: hashed, and cut to the spec's `max_length`. They are
    int64, lengths of `lengths_dtype`, int64 or int32, and all are on the host. Ids of one column are
    not copied; those of several are, once, to stand one behind the other.

    An EmbeddingCollection with the layer's tables gives the layer's vectors, without its padding.

    Raises what the layer raises; DataError for holes and for steps of several ids, which a jagged
    tensor has no place for, and for ids of an identity column outside its buckets; ImportError
    without TorchRec; InvalidArgument for weighted columns.
    """
    from torchrec.sparse.jagged_tensor import KeyedJaggedTensor

    if lengths_dtype not in (torch.int64, torch.int32):
        raise InvalidArgument(f"lengths_dtype: got {lengths_dtype}, expected torch.int64 or torch.int32")
    spec = as_spec(spec)
    for column in spec.columns:
        if getattr(getattr(column, "categorical_column", None), "weight_feature_key", None):
            raise InvalidArgument(
                f"{column.name}: got a weighted column, expected one without weights, since the ids "
                "of a jagged tensor go without them"
            )
    ids = _ids_of(spec).ids(features)
    parts = [
        _flat(column.name, getattr(column, "categorical_column", column), ids[column.name])
        for column in spec.columns
    ]
    values = parts[0][0] if len(parts) == 1 else np.concatenate([values for values, _ in parts])
    lengths = np.concatenate([lengths for _, lengths in parts])
    return KeyedJaggedTensor(
        keys=[column.name for column in spec.columns],
        values=torch.from_numpy(values),
        lengths=torch.from_numpy(lengths).to(lengths_dtype),
    )
