# SPDX-License-Identifier: Apache-2.0
"""The gradients of a layer's tables for a step or a norm, whatever kind the layer leaves."""

from __future__ import annotations

from typing import Any

import torch

from ._gradients import Rows, note_ids, of_dense, of_sparse, to_dense, to_sparse
from ._replicate import gathered


def gradients_of(layer: Any, names: list[str]) -> dict[str, Rows]:
    """The gradients of tables, those of all ranks where tables are replicated.

    What is gathered stays where the gradients were, so that it is gathered once.
    """
    if layer.gradient == "fused":
        return _fused(layer, names)
    found = {}
    for name in names:
        table = layer.tables[name]
        settle(table)
        gradient = table.grad
        rows = None
        if gradient is not None:
            rows = of_sparse(gradient) if gradient.is_sparse else of_dense(gradient)
        if layer.replicas is not None and not getattr(gradient, "_seqfeat_gathered", False):
            rows = gathered(rows or _none(table), layer.replicas[0])
            _replace(table, rows, gradient)
        if rows is not None:
            found[name] = rows
    return found


def settle(table: torch.Tensor) -> None:
    """Sums what two backward passes left in a sparse `.grad`, so that a factor multiplies sums."""
    gradient = table.grad
    if gradient is not None and gradient.is_sparse and not gradient.is_coalesced():
        table.grad = to_sparse(of_sparse(gradient), table)


def _fused(layer: Any, names: list[str]) -> dict[str, Rows]:
    engine = layer.ready()
    pending = engine.pending
    tables = pending.tables(engine)
    if pending.factor is not None and not pending.scaled:
        for rows in tables.values():
            rows.rows.mul_(pending.factor)
        pending.scaled = True
    if layer.replicas is not None and not pending.gathered:
        for name in engine.trained:
            rows = tables.get(name) or _none(layer.tables[name])
            tables[name] = gathered(rows, layer.replicas[0])
        pending.passes = [tables]
        pending.gathered = True
    return {name: tables[name] for name in names if name in tables}


def _none(table: torch.Tensor) -> Rows:
    """No rows."""
    ids = torch.empty(0, dtype=torch.int64, device=table.device)
    return Rows(ids, torch.empty((0, table.shape[1]), device=table.device))


def _replace(table: torch.Tensor, rows: Rows, old: torch.Tensor | None) -> None:
    """Makes the rows the table's `.grad`, in the form that it had."""
    if old is None or old.is_sparse:
        table.grad = to_sparse(rows, table)
    else:
        table.grad = to_dense(rows, table)
        note_ids(table.grad, [rows.ids])
    table.grad._seqfeat_gathered = True
