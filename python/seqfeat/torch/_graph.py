# SPDX-License-Identifier: Apache-2.0
"""A training step of fixed shapes: on a GPU, one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from .._capacity import Capacity
from .._errors import InvalidArgument
from .._spec import rounded_up
from ._optimizer import OfTables
from ._pack import PackedBatch, checked

#: Steps that are run as they are before one is captured, so that everybody has allocated and bound
#: what they keep.
_EAGER_STEPS = 3


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
    batch's own. `inputs` have the shapes of `example_inputs`.

    On a CPU every step is run as it is. On CUDA the first ones are, too; the next one is captured in
    a graph, which later calls replay on torch's current stream after copying batch and inputs to
    where it reads them. `fn` then runs no more: what it does has to be the same in every step, and
    torch's own optimizers have to be `capturable`.

    Raises InvalidArgument for gradients that wait for the number of their rows ("sparse", and on
    CUDA "dense"), and for a batch or inputs of other shapes.
    """
    on_cuda = layer.ready().on_cuda
    if layer.gradient == "sparse" or (on_cuda and layer.gradient != "fused"):
        raise InvalidArgument(
            f"graphed_step: gradient={layer.gradient!r} waits for the number of its rows, which a "
            "graph cannot; make the layer with gradient='fused'" + ("" if on_cuda else " or 'dense'")
        )
    options = layer.spec.options
    capacity = checked(capacity).completed(options["max_length"])
    expected = (0, capacity.rows, rounded_up(capacity.max_length, options))
    shapes = [tuple(example.shape) for example in example_inputs]
    step = _Step(fn, layer, list(optimizers))
    run = _Graphed(step, capacity) if on_cuda else step.eager

    def checked_step(batch: PackedBatch, *inputs: torch.Tensor) -> torch.Tensor:
        if tuple(batch.shape.shape) != expected:
            raise InvalidArgument(
                f"batch: got {tuple(batch.shape.shape[1:])}, expected {expected[1:]}; pack it with "
                "the capacity of the step"
            )
        if [tuple(tensor.shape) for tensor in inputs] != shapes:
            raise InvalidArgument(
                f"inputs: got {[tuple(tensor.shape) for tensor in inputs]}, expected {shapes}"
            )
        return run(batch, *inputs)

    return checked_step


class _Step:
    """What a step does."""

    def __init__(self, fn: Callable, layer: Any, optimizers: list) -> None:
        self.fn, self.layer, self.optimizers = fn, layer, optimizers
        #: What those of tables keep for this layer.
        self.parts = [
            part
            for optimizer in optimizers
            if isinstance(optimizer, OfTables)
            for part in optimizer.parts_of(layer)
        ]

    def zero_grad(self) -> None:
        for optimizer in self.optimizers:
            optimizer.zero_grad()

    def train(self, batch: PackedBatch, rows: Any, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """The loss of a batch, whose own rows are the first `rows`, and a step of everything."""
        values, lengths, mask = self.layer(batch)
        own = torch.arange(values.shape[0], device=values.device) < rows
        loss = self.fn(values, lengths, mask, own, *inputs)
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.detach()

    def eager(self, batch: PackedBatch, *inputs: torch.Tensor) -> torch.Tensor:
        self.zero_grad()
        return self.train(batch, batch.rows, inputs)


class _Graphed:
    """A step that is captured once everything stands where it stays, and replayed."""

    def __init__(self, step: _Step, capacity: Capacity) -> None:
        self._step, self._capacity = step, capacity
        self._seen: Any = None
        self._left = 0
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, batch: PackedBatch, *inputs: torch.Tensor) -> torch.Tensor:
        step = self._step
        engine = step.layer.ready()
        engine.check(batch)
        kept = self._kept(engine)
        if kept != self._seen:  # somebody moved tables or loaded state: what was captured is stale
            self._graph, self._seen, self._left = None, kept, _EAGER_STEPS
        if self._left > 0:
            self._left -= 1
            loss = step.eager(batch, *inputs)
            self._seen = self._kept(engine)
            return loss
        if self._graph is None:
            self._capture(engine, batch, inputs)
        engine.pack(batch, self._lease)
        self._rows.fill_(batch.rows)
        for target, tensor in zip(self._inputs, inputs):
            target.copy_(tensor, non_blocking=True)
        for part in step.parts:  # a captured update does not advance its state
            part.begin().advance(engine.stream())
        self._graph.replay()
        for part in step.parts:
            part.end()
        return self._loss.clone()

    def _kept(self, engine: Any) -> tuple:
        """What a graph has the addresses of."""
        return (engine.bound, *((id(part.state), part.addresses()) for part in self._step.parts))

    def _capture(self, engine: Any, batch: PackedBatch, inputs: Sequence[torch.Tensor]) -> None:
        step, device = self._step, engine.device
        self._lease = engine.reserved(self._capacity)
        self._rows = torch.zeros((), dtype=torch.int64, device=device)
        self._inputs = [tensor.to(device, copy=True) for tensor in inputs]
        engine.pack(batch, self._lease)
        step.zero_grad()  # outside: so gradients are written where they stand, not added
        graph = torch.cuda.CUDAGraph()
        engine.packed = self._lease
        try:
            with torch.cuda.graph(graph):
                self._loss = step.train(batch, self._rows, self._inputs)
        finally:
            engine.packed = None
        self._graph = graph
