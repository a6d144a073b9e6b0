# SPDX-License-Identifier: Apache-2.0
"""The layer: features and tables become values, lengths and a mask."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from . import _core
from ._arguments import as_path
from ._columns import Column
from ._errors import InvalidArgument
from ._input import features_dict, to_core
from ._ragged import Ragged, wrap
from ._spec import Spec
from ._tables import Tables, table_array, table_for_core, tables_of


class Batch(NamedTuple):
    """What a layer gives: fresh memory for every call."""

    #: [B, T, sum D] of float32.
    values: np.ndarray
    #: [B] of int64: the steps of each row, holes inside it included.
    lengths: np.ndarray
    #: [B, T] of bool: where a step of the row stands.
    mask: np.ndarray


class Slice(NamedTuple):
    """Where a column's elements stand in the last dimension of `values`."""

    name: str
    offset: int
    width: int


def slices_of(core: Any) -> dict[str, Slice]:
    """Where the columns of a layer of `_core` stand, by full name; those of ids alone do not."""
    return {
        name: Slice(name, offset, width)
        for name, _, offset, width, *_ in core.columns
        if width > 0
    }


class Layout:
    """What a layer says of its columns: the one here, and torch's."""

    spec: Spec
    _slices: dict[str, Slice]
    _width: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, by full name."""
        return self.spec.columns

    @property
    def slices(self) -> dict[str, Slice]:
        """Where each column stands in `values`, by full name."""
        return dict(self._slices)

    @property
    def width(self) -> int:
        """sum D, the last dimension of `values`."""
        return self._width


def _convert_on_device(value: Any, dtype: str, key: str) -> Any:
    return to_core(value, dtype, key, from_device=True)


class SequenceFeatures(Layout):
    """TensorFlow's `SequenceFeatures`: call it with a dict of features, or a table.

    `spec` is a Spec, or a list of columns with the options of Spec as keywords. `backend` is
    "cpu", "cuda", "cuda:1", or "auto": a CUDA device if there is one, else the CPU.

    A feature is a list of rows (see Ragged.from_rows), a numpy array [B] of one token a row or a
    dense array [B, T], a column of Arrow memory (pyarrow, polars, pandas and all that have
    `__arrow_c_stream__` or `__arrow_c_array__`), a Ragged, a dense DLPack tensor, or a jagged one of
    torch; tensors on a device go into a layer on a device, by way of the host. A table is a pyarrow
    Table or RecordBatch, or a data frame. Several threads may call one layer at the same time; the
    GIL is released while it works. A layer on a device gives DeviceArrays, which have DLPack and the
    CUDA array interface, instead of numpy's.

    Raises InvalidArgument for a spec that cannot be, DeviceUnavailable without a device.

    >>> tokens = sequence_categorical_column_with_hash_bucket("tokens", 1000)
    >>> layer = SequenceFeatures([embedding_column(tokens, 10)], max_length=64)
    >>> layer.tables["tokens_embedding"].shape
    (1000, 10)
    >>> layer({"tokens": [["sea"], ["wind", "sea"]]}).values.shape
    (2, 2, 10)
    """

    def __init__(
        self, spec: Spec | Iterable[Column], backend: str = "auto", **options: Any
    ) -> None:
        if not isinstance(spec, Spec):
            spec = Spec(spec, **options)
        elif options:
            raise InvalidArgument(f"{', '.join(options)}: options stand in the spec")
        if not isinstance(backend, str):
            raise InvalidArgument(f"backend: got {backend!r}, expected a str")
        self.spec = spec
        self._core = _core.Layer(spec._core, backend)
        self._slices, self._width = slices_of(self._core), self._core.width
        self._shapes = {name: table.shape for name, table in tables_of(self._core).items()}
        self._bound: dict[str, np.ndarray] = {}
        self._convert = to_core if self.backend == "cpu" else _convert_on_device

    def __call__(self, features: Mapping[str, Any]) -> Batch:
        """values [B, T, sum D] of float32, lengths [B] of int64 and mask [B, T] of bool.

        Raises InvalidArgument naming a feature that is missing or of another kind; TypeError for
        objects that are no tokens; DataError (with `.column` and `.row`) for rows that are too
        long, lengths that differ between columns, ids past the end; OutOfMemory.
        """
        if type(features) is not dict:
            features = features_dict(features, self.spec._core.features)
        return Batch._make(self._core.run(features, self._convert))

    def ids(self, features: Mapping[str, Any]) -> dict[str, Ragged]:
        """The ids of every column by its full name, after truncation and without padding.

        >>> column = sequence_categorical_column_with_hash_bucket("tokens", 1000)
        >>> SequenceFeatures([column]).ids({"tokens": [["sea"], []]})["tokens"].to_list()
        [[42], []]
        """
        wanted = self.spec._core.features
        ids = self._core.ids(features_dict(features, wanted), self._convert)
        return {name: wrap(core) for name, core in ids.items()}

    @property
    def backend(self) -> str:
        """ "cpu" or "cuda:N"."""
        return self._core.backend

    @property
    def tables(self) -> Mapping[str, np.ndarray]:
        """The tables by name, a column's full name or a shared one's own: arrays [rows, dimension].

        On the CPU they are the layer's own memory: writing to one changes what the layer gives. A
        table of float16 is an array of that; one of bfloat16, which numpy does not have, is
        InvalidArgument.
        """
        return Tables(self)

    def bind(self, name: str, array: Any) -> None:
        """Uses `array` [rows, dimension] of float32 or float16 as the table; nothing is copied.

        Raises InvalidArgument: no such table, another shape or dtype, rows that are not contiguous
        or overlap, or another thread that uses the layer.
        """
        table = table_array(name, array, self._shapes, copy=False)
        self._core.set_tables([table_for_core(name, table, table.dtype.name)], False)
        self._bound[name] = table

    def load_tables(self, tables: str | os.PathLike | Mapping[str, Any]) -> None:
        """Copies tables from a safetensors file, or out of arrays by name; read-only ones will do.

        A file has all tables of the layer under their names; what else is in it is ignored.

        Raises InvalidArgument, and changes nothing: a table that is missing or of another shape or
        dtype, or another thread that uses the layer; DataError for a file that is none of this
        format.
        """
        if not isinstance(tables, Mapping):
            self._core.load_tables(as_path("tables", tables))
            self._bound.clear()
            return
        checked = {
            name: table_array(name, array, self._shapes, copy=True)
            for name, array in tables.items()
        }
        given = [table_for_core(name, table, table.dtype.name) for name, table in checked.items()]
        self._core.set_tables(given, True)
        for name in checked:
            self._bound.pop(name, None)

    def save_tables(self, path: str | os.PathLike) -> None:
        """Writes all tables to a safetensors file, whole or not at all. Raises IoError."""
        self._core.save_tables(as_path("path", path))

    def _table(self, name: str) -> tuple[Any, str]:
        """A table and its type. One of another type than float32 comes as its bits."""
        bound = self._bound.get(name)
        return self._core.table(name) if bound is None else (bound, bound.dtype.name)

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"<seqfeat.SequenceFeatures of {names} on {self.backend}>"

    def __reduce__(self):
        if self.backend != "cpu":
            raise TypeError("a layer on a device cannot be pickled; save_tables, and make it anew")
        return _restored, (self.spec, self.backend, self._core.copies())


def _restored(spec: Spec, backend: str, tables: dict[str, tuple]) -> SequenceFeatures:
    """What pickle calls."""
    layer = SequenceFeatures(spec, backend)
    given = [table_for_core(name, table, kind) for name, (table, kind) in tables.items()]
    layer._core.set_tables(given, True)
    return layer
