# SPDX-License-Identifier: Apache-2.0
"""Gradients of tables as distinct ids and rows, whatever form they have in `.grad`."""

from __future__ import annotations

from typing import Any

import torch


class Rows:
    """The gradient of a table: ids [U], distinct and ascending, and rows [U, D] of float32.

    On a device the first `count` of them count; elsewhere all do.
    """

    __slots__ = ("count", "ids", "rows")

    def __init__(self, ids: torch.Tensor, rows: torch.Tensor, count: torch.Tensor | None = None) -> None:
        self.ids, self.rows, self.count = ids, rows, count

    @classmethod
    def of_core(cls, ids: Any, rows: Any, count: Any) -> Rows:
        """Arrays of `_core`, whose memory stays where it is."""
        if count is None:
            return cls(torch.from_numpy(ids), torch.from_numpy(rows))
        return cls(*(torch.from_dlpack(array) for array in (ids, rows, count)))

    def counted(self) -> Rows:
        """Without what is behind the count: waits for a device."""
        if self.count is None:
            return self
        size = int(self.count)
        return Rows(self.ids[:size], self.rows[:size])

    def for_core(self) -> tuple:
        """dim, capacity and the addresses, as `_core` takes them."""
        count = 0 if self.count is None else self.count.data_ptr()
        return (
            self.rows.shape[1], self.ids.shape[0], self.ids.data_ptr(), self.rows.data_ptr(), count
        )  # fmt: skip

    def valid(self) -> torch.Tensor:
        """The rows that count; behind the count of a device's, zeros."""
        if self.count is None:
            return self.rows
        there = torch.arange(self.ids.shape[0], device=self.ids.device) < self.count
        return torch.where(there[:, None], self.rows, 0.0)


def merged(parts: list[Rows]) -> Rows:
    """The sum of gradients, added in their order, from the first that has a row."""
    if len(parts) == 1:
        return parts[0]
    parts = [part.counted() for part in parts]
    ids = torch.unique(torch.cat([part.ids for part in parts]))
    rows = parts[0].rows.new_zeros((ids.shape[0], parts[0].rows.shape[1]))
    for number, part in enumerate(parts):
        places = torch.searchsorted(ids, part.ids)
        # Ids of a part are distinct, so that the order of additions is that of the parts.
        rows.index_copy_(0, places, part.rows) if number == 0 else rows.index_add_(0, places, part.rows)
    return Rows(ids, rows)


def of_sparse(gradient: torch.Tensor) -> Rows:
    """The rows of a sparse `.grad`, which two backwards leave one behind the other."""
    ids, rows = gradient._indices()[0], gradient._values()
    falls = (ids[1:] <= ids[:-1]).nonzero().flatten().tolist() if not gradient.is_coalesced() else []
    if not falls:
        return Rows(ids.contiguous(), rows.to(torch.float32).contiguous())
    starts = [0, *(fall + 1 for fall in falls), ids.shape[0]]
    return merged(
        [Rows(ids[a:b], rows[a:b].to(torch.float32)) for a, b in zip(starts, starts[1:])]
    )


def to_sparse(rows: Rows, table: torch.Tensor) -> torch.Tensor:
    """A gradient as the sparse tensor of a table."""
    counted = rows.counted()
    return torch.sparse_coo_tensor(
        counted.ids[None],
        counted.rows.to(table.dtype),
        table.shape,
        is_coalesced=True,
        check_invariants=False,
    )


def to_dense(rows: Rows, table: torch.Tensor) -> torch.Tensor:
    """A gradient as the dense tensor of a table."""
    dense = torch.zeros(table.shape, dtype=table.dtype, device=table.device)
    counted = rows.counted()
    return dense.index_copy_(0, counted.ids, counted.rows.to(table.dtype))


def note_ids(gradient: torch.Tensor, ids: list[torch.Tensor]) -> None:
    """Notes on a dense gradient which rows the batches had."""
    gradient._seqfeat_ids = [*getattr(gradient, "_seqfeat_ids", ()), *ids]


def of_dense(gradient: torch.Tensor) -> Rows:
    """The rows of a dense `.grad` that the batches had; of one that nobody noted, those not zero."""
    noted = getattr(gradient, "_seqfeat_ids", None)
    if noted is None:
        ids = gradient.ne(0).any(1).nonzero().flatten()
    else:
        ids = noted[0] if len(noted) == 1 else torch.unique(torch.cat(noted))
    return Rows(ids, gradient.index_select(0, ids).to(torch.float32))


class Pending:
    """What the backward passes of a layer left for the next step, of gradient="fused"."""

    def __init__(self) -> None:
        self.clear()
        #: Of gradient="dense": {table: ids} of backward passes that `.grad` is still to get.
        self.ids: dict[str, list[torch.Tensor]] = {}

    def clear(self) -> None:
        """Forgets everything."""
        #: Backward passes in their order: (lease, gradient of the values), or {table: rows}.
        self.passes: list[Any] = []
        #: What a GradScaler makes of 1: by it the rows are to be multiplied.
        self.factor: torch.Tensor | None = None
        self.scaled = False  # whether they were
        #: Whether rows are those of all ranks.
        self.gathered = False

    def add(self, backward: Any) -> None:
        """One more backward pass. What a GradScaler was shown and no step took is void."""
        if self.factor is not None or self.gathered:
            self.clear()
        self.passes.append(backward)

    def tables(self, engine: Any) -> dict[str, Rows]:
        """The sums of everything, which stay here."""
        parts: dict[str, list[Rows]] = {}
        for backward in self.passes:
            tables = backward if isinstance(backward, dict) else engine.gradients(*backward)
            for name, rows in tables.items():
                parts.setdefault(name, []).append(rows)
        sums = {name: merged(of_table) for name, of_table in parts.items()}
        self.passes = [sums] if sums else []
        return sums
