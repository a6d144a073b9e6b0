# SPDX-License-Identifier: Apache-2.0
"""The forms in which engines hold batches: what is read of one, and how an answer looks in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ._errors import InvalidArgument
from ._ids import Ids, filled


class Padded(NamedTuple):
    """[B, T] or [B, T, D], and whether every batch has this T."""

    array: np.ndarray
    fixed: bool


class Form:
    """A batch, and the answer in its form: {name: Padded, Ids, lengths [B], or a kept column}."""

    #: What the layer reads.
    features: Any

    def __init__(self, batch: Any) -> None:
        self.features = batch
        self._batch = batch

    def keys(self) -> Iterable[str]:
        """Names of the columns."""
        raise NotImplementedError

    def nested(self, key: str) -> bool | None:
        """Whether the type of a column says that steps are lists; None where it has no such type."""
        return None

    def kept(self, key: str) -> Any:
        """A column for the answer. It is not the batch's own memory if that can be written."""
        raise NotImplementedError

    def answer(self, columns: dict[str, Any]) -> Any:
        """A batch of the same form."""
        return self._made({name: self._column(column) for name, column in columns.items()})

    def _column(self, column: Any) -> Any:
        raise NotImplementedError

    def _made(self, columns: dict[str, Any]) -> Any:
        raise NotImplementedError


def arrow_lists(offsets: np.ndarray, cells: Any) -> Any:
    """Lists of Arrow's, of the `cells` between the offsets [n + 1]."""
    import pyarrow as pa

    if offsets[-1] >= 2**31:  # lists with 64 bits would be another type than other batches have
        raise InvalidArgument(
            f"batch: got {offsets[-1]} elements, expected less than 2**31; make batches smaller"
        )
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), cells)


def padded_arrow(padded: Padded, tensors: bool) -> Any:
    """Rows of lists, of fixed size where every batch has this T; `tensors` of those [B, T, D]."""
    import pyarrow as pa

    array, shape = padded.array, padded.array.shape
    cells = pa.array(array.reshape(-1))
    # A tensor of bool is no array of numpy's afterwards: the mask is made of lists in any case.
    if padded.fixed and array.ndim == 3 and tensors:
        kind = pa.fixed_shape_tensor(cells.type, list(shape[1:]))
        rows = pa.FixedSizeListArray.from_arrays(cells, int(np.prod(shape[1:])))
        return pa.ExtensionArray.from_storage(kind, rows)
    if array.ndim == 3:
        cells = pa.FixedSizeListArray.from_arrays(cells, shape[2])
    if padded.fixed:
        return pa.FixedSizeListArray.from_arrays(cells, shape[1])
    return arrow_lists(np.arange(shape[0] + 1, dtype=np.int64) * shape[1], cells)


class ArrowForm(Form):
    """A Table or a RecordBatch of pyarrow."""

    def keys(self) -> Iterable[str]:
        return self._batch.schema.names

    def nested(self, key: str) -> bool:
        return _is_nested(self._batch.schema.field(key).type)

    def kept(self, key: str) -> Any:
        return self._batch.column(key)

    def _column(self, column: Any) -> Any:
        import pyarrow as pa

        if isinstance(column, Ids):
            return self._ids(column)
        if isinstance(column, Padded):
            # Hugging Face's datasets take no tensors of Arrow.
            of_datasets = b"huggingface" in (self._batch.schema.metadata or {})
            return padded_arrow(column, tensors=not of_datasets)
        return pa.array(column) if isinstance(column, np.ndarray) else column

    def _ids(self, ids: Ids) -> Any:
        import pyarrow as pa

        if ids.nested:
            cells = arrow_lists(ids.step_offsets, pa.array(ids.values))
        else:
            values, holes = filled(ids)
            cells = pa.array(values, mask=holes)
        return arrow_lists(ids.row_offsets, cells)

    def _made(self, columns: dict[str, Any]) -> Any:
        import pyarrow as pa

        kind = pa.Table if isinstance(self._batch, pa.Table) else pa.RecordBatch
        return kind.from_arrays(list(columns.values()), names=list(columns))


class NumpyForm(Form):
    """A dict of numpy arrays, or of anything else that the layer reads; the answer has arrays."""

    def keys(self) -> Iterable[str]:
        return self._batch

    def kept(self, key: str) -> Any:
        return np.array(self._batch[key])

    def _column(self, column: Any) -> Any:
        if isinstance(column, Ids):
            return _objects(column.to_list())
        return column.array if isinstance(column, Padded) else column

    def _made(self, columns: dict[str, Any]) -> Any:
        return columns


class PandasForm(Form):
    """A frame of pandas; the answer has its index, and columns of objects for lists and arrays."""

    def keys(self) -> Iterable[str]:
        return self._batch.columns

    def nested(self, key: str) -> bool | None:
        kind = getattr(self._batch[key].dtype, "pyarrow_dtype", None)
        return None if kind is None else _is_nested(kind)

    def kept(self, key: str) -> Any:
        return self._batch[key].copy()

    def _column(self, column: Any) -> Any:
        if isinstance(column, Ids):
            return _objects(column.to_list())
        return _objects(list(column.array)) if isinstance(column, Padded) else column

    def _made(self, columns: dict[str, Any]) -> Any:
        import pandas as pd

        return pd.DataFrame(columns, index=self._batch.index)


class PolarsForm(Form):
    """A frame of polars."""

    def keys(self) -> Iterable[str]:
        return self._batch.columns

    def nested(self, key: str) -> bool:
        import polars as pl

        kind, depth = self._batch.schema[key], 0
        while isinstance(kind, (pl.List, pl.Array)):
            kind, depth = kind.inner, depth + 1
        return depth > 1

    def kept(self, key: str) -> Any:
        return self._batch[key]

    def _column(self, column: Any) -> Any:
        import polars as pl

        if isinstance(column, Ids):
            kind = pl.List(pl.List(pl.Int64)) if column.nested else pl.List(pl.Int64)
            return pl.Series(column.to_list(), dtype=kind)
        if not isinstance(column, Padded):
            return column
        array = column.array
        cell = {"b": pl.Boolean, "f": pl.Float32}[array.dtype.kind]
        inner = cell if array.ndim == 2 else pl.Array(cell, array.shape[2])
        rows = pl.Series(array) if array.size else pl.Series(array.tolist(), dtype=pl.List(inner))
        kind = pl.Array(inner, array.shape[1]) if column.fixed else pl.List(inner)
        return rows.cast(kind)

    def _made(self, columns: dict[str, Any]) -> Any:
        import polars as pl

        return pl.DataFrame(columns)


def _is_nested(kind: Any) -> bool:
    """Whether a type of Arrow is lists of lists; a dictionary is what its entries are."""
    depth = 0
    while hasattr(kind, "value_type"):
        depth += not hasattr(kind, "index_type")
        kind = kind.value_type
    return depth > 1


def _objects(rows: list) -> np.ndarray:
    """An array [B] of objects, whatever their shapes are."""
    array = np.empty(len(rows), object)
    for place, row in enumerate(rows):
        array[place] = row
    return array


_FORMS = {
    ("pyarrow", "Table"): ArrowForm,
    ("pyarrow", "RecordBatch"): ArrowForm,
    ("pandas", "DataFrame"): PandasForm,
    ("polars", "DataFrame"): PolarsForm,
}


def form_of(batch: Any) -> Form:
    """The form of a batch. Raises TypeError for others."""
    if isinstance(batch, Mapping):
        return NumpyForm(dict(batch))
    for kind in type(batch).__mro__:
        form = _FORMS.get((kind.__module__.partition(".")[0], kind.__name__))
        if form is not None:
            return form(batch)
    raise TypeError(
        f"batch: got {type(batch).__name__}, expected a pyarrow Table or RecordBatch, a dict of numpy "
        "arrays, or a frame of pandas or polars"
    )
