# SPDX-License-Identifier: Apache-2.0
"""The calls of XLA's handlers in libseqfeat.so, and how they are differentiated."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .. import _core
from .._errors import InvalidArgument
from ._static import Static

# JAX keeps compiled functions beyond the end of Python, and with them specs and layers.
_core.let_objects_stay()

for _platform, _handlers in _core.xla_handlers().items():
    for _name, _handler in _handlers.items():
        jax.ffi.register_ffi_target(_name, _handler, platform=_platform)


@lru_cache(maxsize=256)
def layer_function(static: Static) -> Callable:
    """(tables, data) -> (values, lengths, mask), compiled: a call outside of jit is one program."""

    @jax.custom_vjp
    def layer(tables, data):
        return _forward(static, tables, data)

    def forward(tables, data):
        return _forward(static, tables, data), (tables, data)

    def backward(kept, gradients):
        tables, data = kept
        return _backward(static, tables, data, gradients[0]), None

    layer.defvjp(forward, backward)

    def call(tables, data):
        return layer(tuple(_varying_as(data, table) for table in tables), data)

    return jax.jit(call)


def _varying_as(data: jax.Array, table: jax.Array) -> jax.Array:
    """Inside shard_map: a table that all devices have, as one that is each device's own like the
    batch. The gradient of that is the sum over the devices."""
    axes = jax.typeof(data).manual_axis_type.varying - jax.typeof(table).manual_axis_type.varying
    return lax.pcast(table, tuple(sorted(axes)), to="varying") if axes else table


def _result(data: jax.Array, shape: tuple[int, ...], dtype: Any) -> jax.ShapeDtypeStruct:
    """A result that, inside shard_map, varies over the devices as the batch does."""
    kind = jax.typeof(data)
    if not kind.manual_axis_type.varying:
        return jax.ShapeDtypeStruct(shape, dtype)
    sharding = jax.sharding.NamedSharding(kind.sharding.mesh, jax.sharding.PartitionSpec())
    return jax.ShapeDtypeStruct(
        shape, dtype, sharding=sharding, manual_axis_type=kind.manual_axis_type
    )


def _not_under_vmap(call: Callable) -> Callable:
    """The handlers take one batch; without this, JAX would tell of its own internals."""
    guarded = jax.custom_batching.custom_vmap(call)

    @guarded.def_vmap
    def refuse(axis_size, in_batched, *arguments):
        raise InvalidArgument(
            f"vmap: sequence_features got {axis_size} batches at once, expected one; pack one larger "
            "batch, or go over them with jax.lax.map"
        )

    return guarded


def _integers(halves: jax.Array) -> jax.Array:
    """int64s that came as two halves: as they are where JAX has 64 bits, else as int32."""
    if jax.config.jax_enable_x64:
        return lax.bitcast_convert_type(halves, jnp.int64)
    return lax.bitcast_convert_type(halves[:, 0], jnp.int32)


def _forward(static: Static, tables: tuple, data: jax.Array) -> tuple:
    @_not_under_vmap
    def call(tables, data):
        rows, steps = static.rows, static.padded_steps
        results = (
            _result(data, (rows, steps, static.width), jnp.float32),
            _result(data, (rows, 2), jnp.uint32),
            _result(data, (rows, steps), jnp.bool_),
        )
        return jax.ffi.ffi_call("seqfeat_forward", results)(data, *tables, **static.attributes)

    values, lengths, mask = call(tables, data)
    return values, _integers(lengths), mask


def _backward(static: Static, tables: tuple, data: jax.Array, gradient: jax.Array) -> tuple:
    """The gradients of all tables, of the tables' dtypes."""

    @_not_under_vmap
    def call(tables, data, gradient):
        return lax.platform_dependent(
            tables,
            data,
            gradient,
            cpu=lambda *arguments: dense_gradients(static, *arguments),
            cuda=lambda *arguments: scattered_gradients(static, *arguments),
        )

    trained = iter(())
    if any(table.trainable for table in static.tables):
        trained = iter(call(tables, data, gradient))
    return tuple(
        next(trained).astype(table.dtype) if known.trainable else jnp.zeros_like(table)
        for known, table in zip(static.tables, tables)
    )


def dense_gradients(static: Static, tables: tuple, data: jax.Array, gradient: jax.Array) -> tuple:
    """XLA fills with zeros, and one handler writes rows into the gradients of all trainable tables."""
    shapes = [table.shape for table in static.tables if table.trainable]
    zeros = [_varying_as(data, jnp.zeros(shape, jnp.float32)) for shape in shapes]
    call = jax.ffi.ffi_call(
        "seqfeat_gradient",
        tuple(_result(data, shape, jnp.float32) for shape in shapes),
        input_output_aliases={2 + len(tables) + t: t for t in range(len(zeros))},
    )
    return tuple(call(data, gradient, *tables, *zeros, **static.attributes))


def scattered_gradients(
    static: Static, tables: tuple, data: jax.Array, gradient: jax.Array
) -> tuple:
    """The same where the handler gives distinct ids and their rows, and XLA puts these in place."""
    results = []
    for table in static.tables:
        if table.trainable:
            room = min(table.shape[0], static.values)
            results.append(_result(data, (room, 2), jnp.uint32))
            results.append(_result(data, (room, table.shape[1]), jnp.float32))
            results.append(_result(data, (1, 2), jnp.uint32))
    call = jax.ffi.ffi_call("seqfeat_sparse_gradient", tuple(results))
    parts = iter(call(data, gradient, *tables, **static.attributes))
    return tuple(
        _scatter(table.shape, next(parts), next(parts), next(parts))
        for table in static.tables
        if table.trainable
    )


def _scatter(shape: tuple[int, int], ids: jax.Array, rows: jax.Array, count: jax.Array) -> jax.Array:
    """`rows` where the first `count` of `ids` say, zeros elsewhere. What is behind goes nowhere."""
    number = jnp.arange(ids.shape[0], dtype=jnp.int32)
    where = jnp.where(number < _integers(count), _integers(ids), shape[0])
    return jnp.zeros(shape, jnp.float32).at[where].set(rows, mode="drop")
