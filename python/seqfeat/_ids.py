# SPDX-License-Identifier: Apache-2.0
"""Ids of a batch as lists, in one form for all batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._ragged import Ragged


class Ids:
    """The ids of one column: [B] rows of steps.

    `nested` says whether a step is a list of ids; otherwise it is an id, or nothing (a hole). None
    lets the batch decide: it is nested if some step has several.
    """

    def __init__(self, ragged: Ragged, nested: bool | None) -> None:
        self.values: Any = ragged.values
        self.row_offsets = ragged.row_offsets
        steps = ragged.step_offsets
        self.step_offsets = np.arange(self.values.size + 1) if steps is None else steps
        self._sizes = None if steps is None else np.diff(steps)
        several = self._sizes is not None and bool((self._sizes > 1).any())
        self.nested = several or bool(nested)

    @property
    def holes(self) -> np.ndarray | None:
        """[S] of bool: where a step has no id; None if all have."""
        if self._sizes is None or bool(self._sizes.all()):
            return None
        return self._sizes == 0

    def to_list(self) -> list:
        """The rows as lists of int, of lists of them where nested, or None for a hole."""
        if self.nested:
            return _grouped(_grouped(self.values.tolist(), self.step_offsets), self.row_offsets)
        values, holes = filled(self)
        steps = values.tolist()
        for step in [] if holes is None else np.flatnonzero(holes).tolist():
            steps[step] = None
        return _grouped(steps, self.row_offsets)


def filled(ids: Ids) -> tuple[np.ndarray, np.ndarray | None]:
    """[S], one value a step, and where there is none: -1 stands there."""
    holes = ids.holes
    if holes is None:
        return ids.values, None
    steps = np.full(holes.size, -1, np.int64)
    steps[~holes] = ids.values
    return steps, holes


def _grouped(items: list, offsets: np.ndarray) -> list:
    ends = offsets.tolist()
    return [items[begin:end] for begin, end in zip(ends, ends[1:])]
