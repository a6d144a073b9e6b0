# SPDX-License-Identifier: Apache-2.0
"""The layer as operators of torch, which torch.compile takes as they are.

They keep nothing from the forward to the backward pass but the batch, whose ids are made again.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import library

from .. import _core
from .._errors import InvalidArgument
from ._function import ready
from ._gradients import to_dense
from ._pack import PackedBatch

#: Layers by their number, which stands for the layer in a graph.
LAYERS: Any = weakref.WeakValueDictionary()

# What torch compiled stays until the process ends, and with it layers: no leak to warn of.
_core.let_objects_stay()

_BATCH = "Tensor blob, Tensor head, Tensor shape, int layer"
library.define(
    "seqfeat::sequence_features",
    f"({_BATCH}, Tensor anchor, Tensor[] tables, ScalarType dtype) "
    "-> (Tensor values, Tensor lengths, Tensor mask)",
)
library.define(
    "seqfeat::table_gradients", f"({_BATCH}, Tensor gradient, Tensor[] tables) -> Tensor[]"
)
library.define("seqfeat::keep_gradient", f"({_BATCH}, Tensor gradient) -> Tensor")


def _layer(number: int) -> Any:
    layer = LAYERS.get(number)
    if layer is None:
        raise InvalidArgument("layer: the one that was compiled is gone; compile the model again")
    return layer


def _forward(blob, head, shape, layer, anchor, tables, dtype):  # noqa: ANN001, as the schema says
    module = _layer(layer)
    engine = module.ready()
    batch = PackedBatch(blob, head)
    engine.check(batch)
    values, lengths, mask = engine.compute(batch, dtype, engine.lease(False))
    steps = shape.shape[2]
    return (
        engine.shown(values, steps).contiguous(),
        lengths,
        engine.fitted(mask, steps).contiguous(),
    )


def _summed(blob, head, layer, gradient):  # noqa: ANN001
    """The sparse gradients of a batch, which goes forward once more for them."""
    module = _layer(layer)
    engine = module.ready()
    module.require_replicas(module.is_alone())
    lease = engine.lease(True)
    values, _, _ = engine.compute(PackedBatch(blob, head), gradient.dtype, lease)
    full = ready(gradient)
    if full.shape != values.shape:
        full = engine.fitted(full, values.shape[1]).contiguous()
    return module, engine.gradients(lease, full)


def _table_gradients(blob, head, shape, layer, gradient, tables):  # noqa: ANN001
    module, summed = _summed(blob, head, layer, gradient)
    made = []
    for name, table in zip(module.engine.trained, tables):
        rows = summed[name].counted()
        module.engine.pending.ids.setdefault(name, []).append(rows.ids)
        made.append(to_dense(rows, table))
    return made


def _keep_gradient(blob, head, shape, layer, gradient):  # noqa: ANN001
    module, summed = _summed(blob, head, layer, gradient)
    module.engine.pending.add(summed)
    return torch.zeros((), device=gradient.device)


library.impl("seqfeat::sequence_features", "default", _forward)
library.impl("seqfeat::table_gradients", "default", _table_gradients)
library.impl("seqfeat::keep_gradient", "default", _keep_gradient)


@library.register_fake("seqfeat::sequence_features")
def _(blob, head, shape, layer, anchor, tables, dtype):  # noqa: ANN001, ANN202
    _, rows, steps = shape.shape
    return (
        blob.new_empty((rows, steps, _layer(layer).width), dtype=dtype),
        blob.new_empty((rows,), dtype=torch.int64),
        blob.new_empty((rows, steps), dtype=torch.bool),
    )


@library.register_fake("seqfeat::table_gradients")
def _(blob, head, shape, layer, gradient, tables):  # noqa: ANN001, ANN202
    return [torch.empty_like(table, memory_format=torch.contiguous_format) for table in tables]


@library.register_fake("seqfeat::keep_gradient")
def _(blob, head, shape, layer, gradient):  # noqa: ANN001, ANN202
    return gradient.new_empty((), dtype=torch.float32)


def _setup(ctx, inputs, output):  # noqa: ANN001, ANN202
    blob, head, shape, ctx.layer, _, tables, _ = inputs
    ctx.count = len(tables)
    ctx.mark_non_differentiable(*output[1:])
    ctx.save_for_backward(blob, head, shape, *tables)


def _backward(ctx, gradient, *_):  # noqa: ANN001, ANN202
    blob, head, shape, *tables = ctx.saved_tensors
    if tables:
        gradients = torch.ops.seqfeat.table_gradients(
            blob, head, shape, ctx.layer, gradient, tables
        )
        return None, None, None, None, None, list(gradients), None
    kept = torch.ops.seqfeat.keep_gradient(blob, head, shape, ctx.layer, gradient)
    return None, None, None, None, kept, [], None


library.register_autograd("seqfeat::sequence_features", _backward, setup_context=_setup)


def compiled(layer: Any, batch: Any) -> tuple:
    """values, lengths and mask, in a graph that torch.compile makes."""
    if not isinstance(batch, PackedBatch):
        raise InvalidArgument(
            "features: torch.compile takes packed batches alone; call seqfeat.torch.pack before the "
            "compiled function"
        )
    fused = layer.gradient == "fused"
    return torch.ops.seqfeat.sequence_features(
        batch.blob,
        batch.head,
        batch.shape,
        layer._number,
        layer.anchor if fused else layer.still,
        [] if fused else layer.trained_tables(),
        layer.dtype,
    )
