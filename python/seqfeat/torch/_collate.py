# SPDX-License-Identifier: Apache-2.0
"""Rows of any data set become packed batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from .._capacity import Capacity
from .._errors import InvalidArgument
from .._spec import as_spec
from ._pack import PackedBatch, pack


def kept_tensor(values: Any) -> Any:
    """Kept values as a tensor; strings stay a list."""
    if isinstance(values, list) and values and isinstance(values[0], (str, bytes)):
        return values
    array = np.asarray(values)
    return values if array.dtype.kind in "OUS" else torch.from_numpy(array)


class Collate:
    """What `collate` makes; it pickles, so that workers may be spawned."""

    def __init__(self, spec: Any, keep: Sequence[str], capacity: Capacity | None) -> None:
        if isinstance(keep, str):
            raise InvalidArgument(f"keep: got {keep!r}, expected a list of keys")
        self.spec = as_spec(spec)
        self.keep = tuple(keep)
        self.capacity = capacity

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> tuple[PackedBatch, dict[str, Any]]:
        features = {key: self._column(rows, key) for key in self.spec._core.features}
        kept = {key: self._kept(rows, key) for key in self.keep}
        return pack(self.spec, features, self.capacity), kept

    @staticmethod
    def _column(rows: Sequence[Mapping[str, Any]], key: str) -> list:
        for place, row in enumerate(rows):
            if key not in row:
                raise InvalidArgument(
                    f"row {place}: it has no {key!r}, only {', '.join(map(repr, row))}"
                )
        return [row[key] for row in rows]

    def _kept(self, rows: Sequence[Mapping[str, Any]], key: str) -> Any:
        values = self._column(rows, key)
        if values and isinstance(values[0], torch.Tensor):
            return torch.stack(values)
        return kept_tensor(values)


def collate(spec: Any, keep: Sequence[str] = (), capacity: Capacity | None = None) -> Callable:
    """A `collate_fn` for any DataLoader: a list of dicts becomes (batch, kept).

    `kept` has, for each key in `keep`, the rows' values as one tensor; strings stay a list.

    Raises InvalidArgument naming the row and the key that it lacks.
    """
    return Collate(spec, keep, capacity)
