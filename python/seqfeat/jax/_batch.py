# SPDX-License-Identifier: Apache-2.0
"""Batches as arrays whose shapes follow from a capacity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from .._arguments import as_int64
from .._capacity import Capacity
from .._columns import Column
from .._errors import InvalidArgument
from .._input import address_of, features_dict, to_core
from .._spec import Spec, as_spec
from ._static import packer_of, static_of


@dataclass(frozen=True, eq=False)
class PackedBatch:
    """A batch for `sequence_features`: a pytree of arrays whose shapes the capacity decides.

    In `shards` parts, the first dimension of each array is that of all parts together, so that
    `jax.P("data")` gives each device its own.
    """

    #: [shards * n] of uint8: rows, steps and tokens of all features.
    data: Any
    #: [shards * rows] of bool: which rows the batch has.
    row_mask: Any
    #: The canonical text of the spec that it was packed for.
    spec: str
    #: Of one shard.
    capacity: Capacity


jax.tree_util.register_dataclass(
    PackedBatch, data_fields=["data", "row_mask"], meta_fields=["spec", "capacity"]
)


def pack(
    spec: Spec | Iterable[Column], features: Any, capacity: Capacity, shards: int = 1
) -> PackedBatch:
    """Packs features, in all forms that `seqfeat.SequenceFeatures` takes, into numpy arrays.

    Every batch of one spec, capacity and number of shards has the same shapes, so that a function
    under `jax.jit` is compiled once. Shards hold `capacity.rows` rows each, in order; rows that the
    batch does not have are empty. Nothing of JAX runs here: worker processes may pack.

    Raises what the layer raises for features that are missing or wrong; InvalidArgument for a batch
    that is larger than the capacity, saying by what and how much.
    """
    spec = as_spec(spec)
    if not isinstance(capacity, Capacity):
        raise TypeError(f"capacity: got {type(capacity).__name__}, expected a seqfeat.Capacity")
    shards = as_int64("shards", shards)
    if shards < 1:
        raise InvalidArgument(f"shards: got {shards}, expected at least 1")
    json = spec.to_json()
    static = static_of(json, capacity)
    wanted = spec._core.features
    if capacity.bytes is None and "string" in wanted.values():
        key = next(key for key, dtype in wanted.items() if dtype == "string")
        raise InvalidArgument(
            f"capacity: bytes is None, expected a number, because feature {key!r} has strings; give "
            "Capacity(bytes=...)"
        )
    data = np.zeros(shards * static.batch_bytes, np.uint8)
    features = features_dict(features, wanted)
    rows, padded_steps = packer_of(json).pack(
        features, to_core, static.sizes, shards, address_of(data)
    )
    if padded_steps > static.padded_steps:
        raise InvalidArgument(
            f"capacity: the longest row wants T = {padded_steps}, expected at most "
            f"{static.padded_steps}; give the capacity a larger max_length, or the spec a truncation"
        )
    return PackedBatch(data, np.arange(shards * static.rows) < rows, json, capacity)
