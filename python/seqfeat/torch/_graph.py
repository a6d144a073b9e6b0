# SPDX-License-Identifier: Apache-2.0
"""A training step of fixed shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from .._capacity import Capacity
from .._errors import InvalidArgument
from ._pack import PackedBatch


def graphed_step(
    fn: Callable[..., torch.Tensor],
    layer: Any,
    optimizers: Iterable[torch.optim.Optimizer],
    capacity: Capacity,
    example_inputs: Sequence[torch.Tensor] = (),
) -> Callable[..., torch.Tensor]:
    """A function `loss = step(batch, *inputs)`: forward, `fn`, backward, and a step of all optimizers.

    `fn(values, lengths, mask, row_mask, *inputs)` returns the loss. Batches are packed with the
    `capacity`, so that every call has the same shapes; `row_mask` [B] says which rows are the
    batch's own. `inputs` have the shapes of `example_inputs`. The step is run as it is; it is not
    captured in a CUDA graph.

    Raises InvalidArgument for gradient="sparse", which a graph cannot hold, and for a batch or
    inputs of other shapes.
    """
    if layer.gradient == "sparse":
        raise InvalidArgument(
            "graphed_step: gradient='sparse' waits for the number of its rows, which a graph cannot; "
            "make the layer with gradient='fused' or 'dense'"
        )
    if not isinstance(capacity, Capacity):
        raise InvalidArgument(f"capacity: got {capacity!r}, expected an sf.Capacity")
    its = list(optimizers)
    shapes = [tuple(example.shape) for example in example_inputs]
    multiple = layer.spec.options["pad_to_multiple_of"]
    expected = (0, capacity.rows, -(-capacity.max_length // multiple) * multiple)

    def step(batch: PackedBatch, *inputs: torch.Tensor) -> torch.Tensor:
        if tuple(batch.shape.shape) != expected:
            raise InvalidArgument(
                f"batch: got {tuple(batch.shape.shape[1:])}, expected {expected[1:]}; pack it with "
                "the capacity of the step"
            )
        if [tuple(tensor.shape) for tensor in inputs] != shapes:
            raise InvalidArgument(
                f"inputs: got {[tuple(tensor.shape) for tensor in inputs]}, expected {shapes}"
            )
        for optimizer in its:
            optimizer.zero_grad()
        values, lengths, mask = layer(batch)
        own = torch.arange(expected[1], device=values.device) < batch.rows
        loss = fn(values, lengths, mask, own, *inputs)
        loss.backward()
        for optimizer in its:
            optimizer.step()
        return loss.detach()

    return step
