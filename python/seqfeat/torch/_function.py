# SPDX-License-Identifier: Apache-2.0
"""The layer as an autograd.Function: eager mode."""

from __future__ import annotations

from typing import Any

import torch

from .._errors import InvalidArgument
from ._engine import FLOATS
from ._gradients import Rows, to_dense, to_sparse

KINDS = ("sparse", "dense", "fused")


def ready(gradient: torch.Tensor) -> torch.Tensor:
    """The gradient of the values as `_core` reads it."""
    if gradient.dtype not in FLOATS:
        gradient = gradient.float()
    return gradient.contiguous()


def leave(layer: Any, tables: dict[str, Rows], names: list, wanted: list) -> list:
    """What autograd is given for the tables `names`: sparse or dense tensors."""
    made: list = []
    for name, want in zip(names, wanted):
        rows = tables.get(name) if want else None
        table = layer.tables[name]
        if rows is None:
            made.append(None)
        elif layer.gradient == "sparse":
            made.append(to_sparse(rows, table))
        else:
            rows = rows.counted()
            layer.engine.pending.ids.setdefault(name, []).append(rows.ids)
            made.append(to_dense(rows, table))
    return made


class Forward(torch.autograd.Function):
    """values, lengths and mask; only values have a gradient."""

    @staticmethod
    def forward(ctx: Any, layer: Any, batch: Any, *tables: torch.Tensor) -> tuple:
        engine = layer.engine
        ctx.set_materialize_grads(False)
        ctx.lease = engine.lease(True)
        values, lengths, mask = engine.compute(batch, layer.dtype, ctx.lease)
        ctx.mark_non_differentiable(lengths, mask)
        ctx.save_for_backward(lengths)  # so that a second backward is refused as torch refuses it
        ctx.layer, ctx.engine = layer, engine
        ctx.alone = layer.is_alone()
        return values, lengths, mask

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor | None, *_: Any) -> tuple:
        ctx.saved_tensors  # noqa: B018, raises where it is gone
        nothing = (None,) * len(ctx.needs_input_grad)
        if gradient is None:
            return nothing
        layer, engine = ctx.layer, ctx.engine
        layer.require_replicas(ctx.alone)
        gradient = ready(gradient.detach())
        if layer.gradient == "fused":
            engine.pending.add((ctx.lease, gradient))
            return nothing
        if layer.gradient == "sparse" and engine.captures():
            raise InvalidArgument(
                "backward: gradient='sparse' waits for the number of its rows, which a CUDA graph "
                "cannot; make the layer with gradient='fused'"
            )
        tables = engine.gradients(ctx.lease, gradient)
        return (None, None, *leave(layer, tables, engine.trained, ctx.needs_input_grad[2:]))
