# SPDX-License-Identifier: Apache-2.0
"""Batches of Ray Data become packed batches of seqfeat.torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ray.data.collate_fn import ArrowBatchCollateFn

from .._capacity import Capacity
from .._errors import InvalidArgument
from .._spec import as_spec


class Collate(ArrowBatchCollateFn):
    """What `collate` makes; it pickles."""

    def __init__(self, spec: Any, keep: Sequence[str], capacity: Capacity | None) -> None:
        from ..torch import _pack

        if isinstance(keep, str):
            raise InvalidArgument(f"keep: got {keep!r}, expected a list of keys")
        self.spec = as_spec(spec)
        self.keep = tuple(keep)
        self.capacity = None if capacity is None else _pack.checked(capacity)

    def __call__(self, batch: Any) -> tuple[Any, dict[str, Any]]:
        from ..torch import pack

        return pack(self.spec, batch, self.capacity), {key: self._kept(batch, key) for key in self.keep}

    def _kept(self, batch: Any, key: str) -> Any:
        import pyarrow as pa
        import torch

        if key not in batch.schema.names:
            there = ", ".join(map(repr, batch.schema.names)) or "nothing"
            raise InvalidArgument(f"keep: the batch has no {key!r}, only {there}")
        column = batch.column(key).combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # of no chunks
            column = pa.array([], column.type)
        if hasattr(column, "to_numpy_ndarray"):
            array = column.to_numpy_ndarray()
        else:
            array = column.to_numpy(zero_copy_only=False)
        # Ray's memory is read-only, which torch cannot say of a tensor.
        return column.to_pylist() if array.dtype.kind in "OUS" else torch.from_numpy(np.array(array))


def collate(spec: Any, keep: Sequence[str] = (), capacity: Capacity | None = None) -> Collate:
    """A `collate_fn` for `iter_torch_batches`: (batch, kept), as `seqfeat.torch.collate` gives them.

    `batch` is a `seqfeat.torch.PackedBatch` on the host: Ray moves no tuples to a device, so
    `batch.to(device)` is for the loop. `kept` has for each key in `keep` the column as a tensor;
    strings and lists stay a list. With a `capacity` all batches have its shapes.

    Raises InvalidArgument for a key that is missing; when called what `seqfeat.torch.pack` raises.
    """
    return Collate(spec, keep, capacity)
