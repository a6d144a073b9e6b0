# SPDX-License-Identifier: Apache-2.0
"""Batches in one tensor, which moves between processes and devices as a whole."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

import torch
from torch.utils import _pytree as pytree

from .. import _core
from .._capacity import Capacity
from .._errors import InvalidArgument
from .._input import features_dict, to_core
from .._spec import Spec, as_spec


class PackedBatch:
    """A batch that was packed: features in one contiguous tensor of bytes.

    `pack` and `collate` make it, a DataLoader moves it between processes in shared memory without a
    copy, `pin_memory` pins it, `to` copies it to a device as a whole. A pytree of tensors.
    """

    def __init__(self, blob: torch.Tensor, head: torch.Tensor | None = None) -> None:
        if head is None:
            words = _core.packed_words(blob.data_ptr())
            head = blob[: 8 * words].view(torch.int64)
        sizes = _core.packed_sizes(head.data_ptr())
        self.fingerprint, rows, steps, self.steps, self.rows = sizes
        #: uint8 [N]: everything.
        self.blob = blob
        #: int64, on the host: what stands where in the blob.
        self.head = head
        #: Nothing but the shape [0, B, T].
        self.shape = torch.empty((0, rows, steps), dtype=torch.uint8)

    @property
    def device(self) -> torch.device:
        """Where the blob is."""
        return self.blob.device

    def to(self, device: Any, non_blocking: bool = False) -> PackedBatch:
        """The batch on a device; itself if it is there already."""
        blob = self.blob.to(device, non_blocking=non_blocking)
        return self if blob is self.blob else self._with(blob)

    def pin_memory(self, device: Any = None) -> PackedBatch:
        """The batch in page-locked memory, from which copies to a device do not wait."""
        return self._with(self.blob.pin_memory() if device is None else self.blob.pin_memory(device))

    def is_pinned(self) -> bool:
        """Whether it is in page-locked memory."""
        return self.blob.is_pinned()

    def record_stream(self, stream: Any) -> None:
        """Keeps the blob's memory until the work on `stream` is done."""
        self.blob.record_stream(stream)

    def _with(self, blob: torch.Tensor) -> PackedBatch:
        return _of_parts([blob, self.head, self.shape], (self.fingerprint, self.steps, self.rows))

    def __repr__(self) -> str:
        _, rows, steps = self.shape.shape
        return f"<seqfeat.torch.PackedBatch of {self.rows} rows, [{rows}, {steps}], on {self.device}>"

    def __reduce__(self):
        return PackedBatch, (self.blob,) if self.blob.device.type == "cpu" else (self.blob, self.head)


PackedBatch.__module__ = "seqfeat.torch"


def _parts_of(batch: PackedBatch) -> tuple[list, tuple]:
    return [batch.blob, batch.head, batch.shape], (batch.fingerprint, batch.steps, batch.rows)


def _of_parts(parts: Any, known: tuple) -> PackedBatch:
    batch = PackedBatch.__new__(PackedBatch)
    batch.blob, batch.head, batch.shape = parts
    batch.fingerprint, batch.steps, batch.rows = known
    return batch


pytree.register_pytree_node(
    PackedBatch, _parts_of, _of_parts, serialized_type_name="seqfeat.torch.PackedBatch"
)


def crosses_of(spec: Spec) -> list[list[str]]:
    """The features that columns of the spec cross with each other, each cross once."""
    inner = [getattr(column, "categorical_column", column) for column in spec.columns]
    crossed = {tuple(sorted(column.keys)) for column in inner if hasattr(column, "keys")}
    return [list(keys) for keys in sorted(crossed) if len(keys) > 1]


@functools.lru_cache(maxsize=64)
def fingerprint_of(spec: Spec) -> int:
    """A number that two specs share if a batch packed for one may go into a layer of the other."""
    parts = [sorted(spec._core.features.items()), spec.options]
    if crosses := crosses_of(spec):
        parts.append(crosses)
    text = json.dumps(parts, sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


@functools.lru_cache(maxsize=64)
def _packer(spec: Spec) -> Any:
    """A layer for its checks; it has no tables."""
    return _core.Layer(spec._core, "cpu")


def checked(capacity: Capacity) -> Capacity:
    """A capacity; anything else is refused."""
    if not isinstance(capacity, Capacity):
        raise InvalidArgument(f"capacity: got {capacity!r}, expected an sf.Capacity")
    return capacity


def pack(spec: Any, features: Any, capacity: Capacity | None = None) -> PackedBatch:
    """Packs features, in any form that `sf.SequenceFeatures` takes, for layers of this spec.

    With a `capacity` the batch has the capacity's shapes: rows behind its own are empty, and T is
    the capacity's `max_length`; `batch.rows` says how many are its own.

    Raises what the layer raises for wrong features; InvalidArgument if the batch is larger than the
    capacity, or T does not follow from it and the spec.
    """
    spec = as_spec(spec)
    core = _packer(spec)
    if type(features) is not dict:
        features = features_dict(features, spec._core.features)
    options = spec.options
    if capacity is not None:
        capacity = checked(capacity).completed(options["max_length"])
    packed = _core.Packed(core, features, to_core, capacity, options["pad_to_multiple_of"])
    blob = torch.empty(packed.bytes, dtype=torch.uint8)
    packed.write(blob.data_ptr(), fingerprint_of(spec))
    return PackedBatch(blob)
