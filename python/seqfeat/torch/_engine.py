# SPDX-License-Identifier: Apache-2.0
"""A layer of `_core` over parameters: what nn.Module, autograd and the optimizers share."""

from __future__ import annotations

from typing import Any

import torch

from .. import _core
from .._capacity import Capacity
from .._columns import NumericColumn
from .._errors import InvalidArgument
from .._layer import slices_of
from .._spec import Spec, rounded_up
from ._gradients import Pending, Rows
from ._pack import PackedBatch, crosses_of, fingerprint_of
from ._tables import table_for_core

#: The numbers of floats in seqfeat.h.
FLOATS = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2}


class Lease:
    """A workspace that is in use until the last one who holds this is gone."""

    __slots__ = ("workspace", "_pool")

    def __init__(self, pool: list, trains: bool) -> None:
        self.workspace = pool.pop() if pool else _core.Workspace(trains)
        self._pool = pool

    def __del__(self) -> None:
        if len(self._pool) < 4:
            self._pool.append(self.workspace)


class Engine:
    """The layer of `_core` on one device, its workspaces, and gradients that wait for a step."""

    def __init__(self, spec: Spec, device: torch.device) -> None:
        self.device = device
        self.on_cuda = device.type == "cuda"
        self._left = spec.options["padding_side"] == "left"
        self._fingerprint = fingerprint_of(spec)
        self._features = len(spec._core.features) + len(crosses_of(spec))
        self.core, self._most_steps = _open(spec, device)
        self.width = self.core.width
        defaults = {c.name: c.default_value for c in spec.columns if isinstance(c, NumericColumn)}
        #: Where numeric columns stand, and what their padding holds, if not 0.
        self._fills = [
            (offset, offset + width, defaults[name])
            for name, offset, width in slices_of(self.core).values()
            if defaults.get(name)
        ]
        #: Address and type of each parameter that is bound.
        self.bound: Any = None
        self._idle: tuple[list, list] = ([], [])
        self.pending = Pending()
        #: State of tables that a step does not touch is bound to this.
        self.nothing = torch.empty(1, device=device)
        #: Names of the tables that `_core` trains, once somebody asked.
        self._trained: list[str] | None = None
        #: While a graph is captured: the workspace that has the batch already.
        self.packed: Lease | None = None

    def bind(self, tables: Any) -> None:
        """Makes the parameters the layer's tables."""
        now = [(table.data_ptr(), table.dtype) for table in tables.values()]
        given = []
        for name, table in tables.items():
            if table.device != self.device:
                raise InvalidArgument(
                    f"table {name!r}: it is on {table.device}, others on {self.device}; move the "
                    "layer as a whole, with layer.to(device)"
                )
            given.append(table_for_core(name, table))
        self.core.set_tables(given, False)
        self.bound = now
        self._trained = None

    @property
    def trained(self) -> list[str]:
        """The names of the trained tables, each once."""
        if self._trained is None:
            self._trained = list(_core.State(self.core, '{"type": "sgd"}').tables)
        return self._trained

    def lease(self, trains: bool) -> Lease:
        """A workspace that nobody uses, or the one that is captured."""
        return self.packed or Lease(self._idle[trains], trains)

    def check(self, batch: PackedBatch) -> None:
        """Refuses a batch that is not for this layer."""
        if batch.fingerprint != self._fingerprint:
            raise InvalidArgument(
                "batch: it was packed for a spec with other features or options; pack it with the "
                "layer's spec"
            )
        # Faster than to compare devices: of a CUDA batch it is asked.
        if batch.blob.is_cpu == self.on_cuda or (self.on_cuda and batch.blob.device != self.device):
            raise InvalidArgument(
                f"batch: it is on {batch.blob.device}, and the layer on {self.device}; move one of "
                "them with .to(device)"
            )

    def compute(self, batch: PackedBatch, dtype: torch.dtype, lease: Lease) -> tuple:
        """values, lengths and mask. T is the layer's, for `fitted` to change into the batch's."""
        rows = batch.shape.shape[1]
        steps = self._most_steps or batch.steps
        given = {"device": self.device} if self.on_cuda else {}  # to name the CPU takes time
        values = torch.empty((rows, steps, self.width), dtype=dtype, **given)
        lengths = torch.empty((rows,), dtype=torch.int64, **given)
        mask = torch.empty((rows, steps), dtype=torch.bool, **given)
        outputs = (values.data_ptr(), lengths.data_ptr(), mask.data_ptr(), FLOATS[dtype])
        if lease is self.packed:
            _core.compute(self.core, lease.workspace, rows, *outputs, self.stream())
        else:
            block = (batch.head.data_ptr(), batch.blob.data_ptr(), self.on_cuda, steps)
            _core.forward(self.core, lease.workspace, *block, *outputs, self.stream())
        return values, lengths, mask

    def pack(self, batch: PackedBatch, lease: Lease) -> None:
        """Puts a batch into a workspace, for a graph that computes what is there."""
        steps = self._most_steps or batch.steps
        block = (batch.head.data_ptr(), batch.blob.data_ptr(), self.on_cuda, steps)
        _core.pack(self.core, lease.workspace, *block, self.stream())

    def reserved(self, capacity: Capacity) -> Lease:
        """A workspace with room for every batch of a completed capacity, which keeps its memory."""
        lease = Lease([], True)
        sizes = (capacity.steps, self._features * capacity.values, self._features * capacity.bytes)
        longest = self._most_steps or capacity.max_length
        lease.workspace.reserve(self.core, capacity.rows, *sizes, longest, self.stream())
        return lease

    def fitted(self, tensor: torch.Tensor, steps: int) -> torch.Tensor:
        """A tensor [B, T, ...] that `compute` made, with another T: padding goes, or comes."""
        more = steps - tensor.shape[1]
        if more == 0:
            return tensor
        if more < 0:
            return tensor.narrow(1, -more if self._left else 0, steps)
        sides = (more, 0) if self._left else (0, more)
        return torch.nn.functional.pad(tensor, (*(0,) * (2 * (tensor.dim() - 2)), *sides))

    def shown(self, values: torch.Tensor, steps: int) -> torch.Tensor:
        """`fitted` values: padding that comes holds the defaults of numeric columns."""
        more = steps - values.shape[1]
        if more <= 0 or not self._fills:
            return self.fitted(values, steps)
        padding = values.new_zeros((values.shape[0], more, self.width))
        for begin, end, default in self._fills:
            padding[..., begin:end] = default
        return torch.cat((padding, values) if self._left else (values, padding), 1)

    def captures(self) -> bool:
        """Whether torch's current stream is being captured into a graph."""
        return self.on_cuda and torch.cuda.is_current_stream_capturing()

    def stream(self) -> int:
        """The handle of torch's current stream."""
        return torch.cuda.current_stream(self.device).cuda_stream if self.on_cuda else 0

    def gradients(self, lease: Lease, gradient: torch.Tensor) -> dict[str, Rows]:
        """Distinct ids and summed rows of each trained table."""
        given = self._given(gradient)
        tables = _core.gradients(self.core, lease.workspace, *given, self.stream())
        return {name: Rows.of_core(ids, rows, count) for name, ids, rows, count in tables}

    def update(self, lease: Lease, gradient: torch.Tensor, state: Any) -> None:
        """Backward pass and a step of the optimizer in one."""
        given = self._given(gradient)
        _core.update(self.core, lease.workspace, *given, state, self.stream())

    def _given(self, gradient: torch.Tensor) -> tuple[int, int]:
        """Its address and type. Of no elements, which torch keeps nowhere, some other address."""
        place = gradient if gradient.numel() else self.nothing
        return place.data_ptr(), FLOATS[gradient.dtype]

    def apply(self, tables: dict[str, Rows], state: Any) -> None:
        """A step of the optimizer with gradients that are there already."""
        given = [(name, *rows.for_core()) for name, rows in tables.items()]
        _core.apply(self.core, given, state, self.stream())


def _open(spec: Spec, device: torch.device) -> tuple[Any, int | None]:
    """The layer of `_core`, and the T that it always has, None where that is the batch's."""
    if device.type == "cpu":
        return _core.Layer(spec._core, "cpu"), None
    if device.type != "cuda":
        raise InvalidArgument(f"device: got {device}, expected the CPU or a CUDA device")
    options = spec.options
    most = options["max_length"]
    if most is not None:  # how long the longest row is, a device cannot tell the host
        options["padding"] = "max_length"
        spec = Spec(spec.columns, **options)
        most = rounded_up(most, options)
    return _core.Layer(spec._core, f"cuda:{device.index or 0}"), most
