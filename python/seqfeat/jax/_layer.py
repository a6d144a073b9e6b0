# SPDX-License-Identifier: Apache-2.0
"""The layer as a function of tables and a packed batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._columns import Column
from .._errors import InvalidArgument
from .._layer import Batch, SequenceFeatures
from .._spec import Spec, as_spec
from ._batch import PackedBatch
from ._calls import layer_function
from ._static import Static, static_of

_FLOATS = ("float32", "float16", "bfloat16")


def sequence_features(
    spec: Spec | Iterable[Column], tables: Mapping[str, Any], batch: PackedBatch
) -> Batch:
    """The layer's values [B, T, sum D] of float32, lengths [B] and mask [B, T].

    `tables` are arrays [rows, dimension] of float32, float16 or bfloat16 by the names of
    `init_tables`. B is the capacity's rows: rows that the batch does not have have length 0. T is
    `max_length`, the capacity's or the spec's, rounded up to `pad_to_multiple_of`. Lengths are
    int32, or int64 where `jax_enable_x64` is on.

    Works inside and outside `jax.jit`, under `jax.grad`, `jax.checkpoint`, and inside
    `jax.shard_map` over the batch with tables that all devices have. Gradients have the tables'
    dtypes, and the bits of the library's own; those of tables that are not trainable are zeros.
    `jax.vmap` is refused.

    Raises InvalidArgument: tables that are missing, unknown or of another shape or dtype, a batch
    of another spec.
    """
    spec = as_spec(spec)
    if not isinstance(batch, PackedBatch):
        raise TypeError(f"batch: got {type(batch).__name__}, expected one of seqfeat.jax.pack")
    if batch.spec != spec.to_json():
        raise InvalidArgument(
            f"batch: it was packed for another spec, {Spec.from_json(batch.spec)!r}; pack it for "
            f"{spec!r}"
        )
    static = static_of(batch.spec, batch.capacity)
    return Batch._make(layer_function(static)(_in_order(static, tables), _data(static, batch)))


def init_tables(spec: Spec | Iterable[Column]) -> dict[str, jax.Array]:
    """The tables of a spec from their initializers, by name: the same bits as everywhere."""
    tables = SequenceFeatures(as_spec(spec), backend="cpu").tables
    return {name: jnp.asarray(table) for name, table in tables.items()}


def _in_order(static: Static, tables: Mapping[str, Any]) -> tuple[jax.Array, ...]:
    """The tables in the layer's order, checked."""
    if not isinstance(tables, Mapping):
        raise TypeError(f"tables: got {type(tables).__name__}, expected a dict of arrays by name")
    names = [table.name for table in static.tables]
    for what, wrong in (
        ("not there", [name for name in names if name not in tables]),
        ("unknown", [name for name in tables if name not in names]),
    ):
        if wrong:
            raise InvalidArgument(
                f"tables: {', '.join(map(repr, wrong))}: {what}; expected just {', '.join(map(repr, names))}"
            )
    return tuple(_checked(table.name, table.shape, tables[table.name]) for table in static.tables)


def _checked(name: str, shape: tuple[int, int], table: Any) -> jax.Array:
    array = table if hasattr(table, "aval") else np.asarray(table)
    if array.dtype.name not in _FLOATS or array.shape != shape:
        raise InvalidArgument(
            f"table {name!r}: got {array.dtype.name} {array.shape}, expected {', '.join(_FLOATS[:2])} "
            f"or {_FLOATS[2]} {shape}"
        )
    return jnp.asarray(table)


def _data(static: Static, batch: PackedBatch) -> jax.Array:
    """The packed bytes of one shard."""
    shape = jnp.shape(batch.data)
    if shape == (static.batch_bytes,):
        return jnp.asarray(batch.data)
    shards, rest = divmod(shape[0], static.batch_bytes) if len(shape) == 1 else (0, 1)
    if rest == 0 and shards > 1:
        raise InvalidArgument(
            f"batch: it has {shards} shards, expected one; call this inside jax.shard_map with "
            "in_specs that split the batch"
        )
    raise InvalidArgument(
        f"batch: its data have the shape {shape}, expected ({static.batch_bytes},); take the batch "
        "as pack made it, and no part of it"
    )
