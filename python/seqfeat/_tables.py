# SPDX-License-Identifier: Apache-2.0
"""Tables of a layer: which it has, their arrays by name, and tables as `_core` takes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ._errors import InvalidArgument
from ._input import address_of, array_of

_FLOATS = (np.dtype(np.float32), np.dtype(np.float16))


class Table(NamedTuple):
    """What a layer knows of a table before it has values."""

    name: str
    #: [rows, dimension]
    shape: tuple[int, int]
    trainable: bool


def tables_of(core: Any) -> dict[str, Table]:
    """The tables of a layer of `_core` by name, in the order of its columns, each once."""
    return {
        table: Table(table, (rows, width), trainable)
        for _, _, _, width, rows, has_table, trainable, table in core.columns
        if has_table
    }


class Tables(Mapping):
    """The tables of a layer by name."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._layer._shapes:
            raise KeyError(name)
        table, kind = self._layer._table(name)
        if kind == "float32" or not isinstance(table, np.ndarray):
            return table
        if kind == "float16":
            return table.view(np.float16)
        raise InvalidArgument(f"table {name!r}: it is of {kind}, which has no array here")

    def __iter__(self) -> Iterator[str]:
        return iter(self._layer._shapes)

    def __len__(self) -> int:
        return len(self._layer._shapes)


def check_name(name: str, names: Collection[str]) -> None:
    """Refuses a table that is none of the layer's, which are called `names`."""
    if name not in names:
        known = ", ".join(map(repr, names)) or "none"
        raise InvalidArgument(f"table: got {name!r}, expected one of the layer's: {known}")


def table_array(name: str, array: Any, shapes: Mapping[str, tuple], copy: bool) -> np.ndarray:
    """The array as the table `name` of `shapes`, in place unless it is to be copied anyway."""
    check_name(name, shapes)
    table = array if isinstance(array, np.ndarray) else array_of(array, f"table {name!r}")
    if table is None:
        raise TypeError(
            f"table {name!r}: got {type(array).__name__}, expected a numpy array or a DLPack tensor"
        )
    if table.dtype not in _FLOATS or table.shape != shapes[name]:
        raise InvalidArgument(
            f"table {name!r}: got {table.dtype} {table.shape}, expected float32 or float16 "
            f"{shapes[name]}"
        )
    if copy:
        table = np.ascontiguousarray(table)
    size, (rows, dim), (to_row, to_element) = table.itemsize, table.shape, table.strides
    apart = rows == 1 or (to_row % size == 0 and to_row >= dim * size)
    if not apart or (dim > 1 and to_element != size):
        raise InvalidArgument(
            f"table {name!r}: got strides {table.strides}, expected rows of contiguous floats "
            "that do not overlap"
        )
    return table


def table_for_core(name: str, table: np.ndarray, kind: str) -> tuple:
    """A table as `_core` takes it."""
    rows, dim = table.shape
    pitch = table.strides[0] // table.itemsize if rows > 1 else dim
    return name, address_of(table), rows, dim, pitch, kind
