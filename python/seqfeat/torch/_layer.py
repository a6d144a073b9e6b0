# SPDX-License-Identifier: Apache-2.0
"""The layer as an nn.Module."""

from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from .. import _core
from .._arguments import as_path
from .._columns import Column
from .._errors import InvalidArgument
from .._layer import Batch, Layout
from .._layer import SequenceFeatures as HostLayer
from .._spec import Spec
from .._tables import check_name, tables_of
from . import _ops
from ._engine import FLOATS, Engine
from ._function import KINDS, Forward
from ._gradients import note_ids
from ._pack import PackedBatch, pack
from ._replicate import active_ddp
from ._tables import Tables, table_for_core, to_table

_NUMBERS = itertools.count(1)


class SequenceFeatures(Layout, nn.Module):
    """TensorFlow's `SequenceFeatures` as a module whose tables are parameters.

    Call it with a packed batch, or with features, which it packs: values [B, T, sum D] of `dtype`
    (None: float32), lengths [B] of int64, mask [B, T] of bool. `spec` is an `sf.Spec`, or a list of
    columns with the options as keywords; `device` where the tables begin.

    `gradient` says what a backward pass leaves: "sparse" a sparse `.grad` of distinct ids; "dense" a
    dense one; "fused" nothing: the step of an optimizer of `seqfeat.torch.optim` sums gradients and
    updates the rows in one pass.

    Raises InvalidArgument for a spec that cannot be, or another kind of gradient.
    """

    def __init__(
        self,
        spec: Spec | Iterable[Column],
        device: Any = None,
        gradient: str = "sparse",
        dtype: torch.dtype | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        if gradient not in KINDS:
            raise InvalidArgument(f"gradient: got {gradient!r}, expected one of {', '.join(KINDS)}")
        if dtype is not None and dtype not in FLOATS:
            raise InvalidArgument(f"dtype: got {dtype}, expected float32, float16 or bfloat16")
        host = HostLayer(spec, "cpu", **options)
        self.spec = host.spec
        self.gradient = gradient
        self.dtype = dtype or torch.float32
        self._slices, self._width = host.slices, host.width
        known = tables_of(host._core)
        self._trainable = [table.name for table in known.values() if table.trainable]
        self.tables = Tables(
            self,
            {
                name: nn.Parameter(torch.from_numpy(table), requires_grad=known[name].trainable)
                for name, table in host.tables.items()
            },
        )
        self._enter()
        if device is not None:
            self.to(device)

    def _enter(self) -> None:
        """What a copy has of its own: its number, its engine, its hooks."""
        object.__setattr__(self, "engine", None)
        #: The process group that tables are replicated over, in a list; None: they are not.
        object.__setattr__(self, "replicas", None)
        object.__setattr__(self, "_hooked", {})
        object.__setattr__(self, "_trained", [])
        object.__setattr__(self.tables, "_layer", weakref.ref(self))
        self._number = next(_NUMBERS)
        _ops.LAYERS[self._number] = self
        # The op under torch.compile has a gradient by this where tables get none.
        object.__setattr__(self, "anchor", torch.zeros((), requires_grad=True))
        object.__setattr__(self, "still", torch.zeros(()))
        self.tables.adopt_all()

    def extra_repr(self) -> str:
        return f"gradient={self.gradient!r}, dtype={self.dtype}"

    def forward(self, batch: PackedBatch | Mapping[str, Any]) -> Batch:
        """values [B, T, sum D], lengths [B], mask [B, T] of a packed batch, or of features."""
        if torch.compiler.is_compiling():
            return Batch(*_ops.compiled(self, batch))
        engine = self.ready()
        if not isinstance(batch, PackedBatch):
            batch = pack(self.spec, batch).to(engine.device)
        engine.check(batch)
        if torch.is_grad_enabled() and any(table.requires_grad for table in self._trained):
            values, lengths, mask = Forward.apply(self, batch, *self._trained)
        else:
            values, lengths, mask = engine.compute(batch, self.dtype, engine.lease(False))
        if batch.steps != values.shape[1] or batch.steps != batch.shape.shape[2]:
            steps = batch.shape.shape[2]
            values, mask = engine.shown(values, steps), engine.fitted(mask, steps)
        return Batch(values, lengths, mask)

    def ready(self) -> Engine:
        """The engine, over the parameters as they are now."""
        engine = self.engine
        parameters = self.tables._parameters.values()
        if engine is not None and engine.bound == [(t.data_ptr(), t.dtype) for t in parameters]:
            return engine
        device = next((table.device for table in parameters), torch.device("cpu"))
        if engine is None or engine.device != device:
            engine = Engine(self.spec, device)
            object.__setattr__(self, "engine", engine)
        engine.bind(self.tables)
        object.__setattr__(self, "_trained", [self.tables[name] for name in engine.trained])
        self._hook()
        return engine

    def trained_tables(self) -> list[nn.Parameter]:
        """The tables that have gradients, each once, in the order of their names."""
        tables: list[nn.Parameter] = []
        for name in self._trainable:  # torch.compile of torch 2.9 does not follow into comprehensions
            table = self.tables[name]
            known = False
            for other in tables:
                known = known or other is table
            if not known:
                tables.append(table)
        return tables

    def _hook(self) -> None:
        """Dense gradients are told which rows the batches had, once autograd has added them."""
        self.tables.adopt_all()
        if self.gradient == "fused":
            return
        for name in self.engine.trained:
            table = self.tables[name]
            if self._hooked.get(name) is not table and table.requires_grad:
                self._hooked[name] = table
                table.register_post_accumulate_grad_hook(_Noting(weakref.ref(self), name))

    def is_alone(self) -> bool:
        """Whether DistributedDataParallel calls this layer, of which it knows nothing."""
        return self.replicas is None and active_ddp()

    def require_replicas(self, alone: bool) -> None:
        """Refuses a backward pass under DistributedDataParallel without `replicate_tables`."""
        if alone:
            raise InvalidArgument(
                "backward: DistributedDataParallel cannot add up gradients of tables; call "
                "seqfeat.torch.replicate_tables(model) before you wrap the model"
            )

    def load_tables(self, tables: str | os.PathLike | Mapping[str, Any]) -> None:
        """Copies tables from a safetensors file, or out of tensors or arrays by name.

        Raises InvalidArgument, and changes nothing: a table that is missing or of another shape;
        DataError for a file that is none of this format.
        """
        if not isinstance(tables, Mapping):
            host = HostLayer(self.spec, "cpu")
            host.load_tables(tables)
            tables = {name: _host_tensor(*host._table(name)) for name in self.tables}
        given = {}
        for name, array in tables.items():
            check_name(name, self.tables)
            given[name] = to_table(name, array, self.tables[name])
        with torch.no_grad():
            for name, tensor in given.items():
                self.tables[name].copy_(tensor)

    def save_tables(self, path: str | os.PathLike) -> None:
        """Writes all tables to a safetensors file, whole or not at all. Raises IoError."""
        core = _core.Layer(self.spec._core, "cpu")
        host = {name: table.detach().cpu().contiguous() for name, table in self.tables.items()}
        core.set_tables([table_for_core(*item) for item in host.items()], False)
        core.save_tables(as_path("path", path))

    def __getstate__(self) -> dict:
        mine = ("engine", "replicas", "_hooked", "anchor", "still", "_trained", "_number")
        return {key: value for key, value in self.__dict__.items() if key not in mine}

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._enter()


SequenceFeatures.__module__ = "seqfeat.torch"


class _Noting:
    """The hook of a table: a dense `.grad` gets the ids of the backward passes that are in it."""

    def __init__(self, layer: Any, name: str) -> None:
        self._layer, self._name = layer, name

    def __call__(self, table: torch.Tensor) -> None:
        layer = self._layer()
        ids = layer.engine.pending.ids.pop(self._name, None) if layer and layer.engine else None
        if ids and table.grad is not None and not table.grad.is_sparse:
            note_ids(table.grad, ids)

    def __deepcopy__(self, memo: dict) -> _Noting:
        return self


def _host_tensor(array: Any, kind: str) -> torch.Tensor:
    """A table of `_core` as a tensor; other types than float32 come as their bits."""
    tensor = torch.from_numpy(array)
    return tensor if kind == "float32" else tensor.view(getattr(torch, kind))
