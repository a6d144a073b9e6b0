# SPDX-License-Identifier: Apache-2.0
"""Ragged batches: rows of steps of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _core
from ._arguments import as_int64
from ._errors import InvalidArgument
from ._input import address_of, cells_of, integers_core, refuse_mask

_TRUNCATION = {"error": 0, "keep_first": 1, "keep_last": 2}
_PADDING = {"longest": 0, "max_length": 1}
_SIDE = {"right": False, "left": True}


def _choice(name: str, value: Any, choices: dict) -> Any:
    if not isinstance(value, str) or value not in choices:
        raise InvalidArgument(f"{name}: got {value!r}, expected one of {', '.join(choices)}")
    return choices[value]


def _offsets(offsets: Any, name: str) -> Any:
    array = np.asarray(offsets)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size > 0):
        raise InvalidArgument(f"{name}: got {array.dtype} {array.shape}, expected integers [n]")
    if array.size == 0:
        raise InvalidArgument(f"{name}: got no offsets, expected a 0 at least")
    # They are checked once, so the batch has a copy that nobody else can write.
    return integers_core(array.astype(np.int64), name)


def _without_holes(cells: Any) -> Any:
    if cells.nested:
        raise InvalidArgument("values: got None, expected tokens; a hole is an empty step")
    return cells


class Ragged:
    """A ragged batch on the host: rows of steps, each of one value or of several.

    `values` are those of all rows: a numpy array [N] of integers or floats, read in place, or strings
    (a list of str or bytes, or a numpy array of them). `row_offsets` [B + 1] go into steps,
    `step_offsets` [S + 1] into values; without them every step has one value. A step without values
    is a hole.

    Raises InvalidArgument for arrays of another shape or dtype, DataError for offsets that do not
    start at 0, decrease, or do not end at the number of steps or values.

    >>> ragged = Ragged(np.array([7, 8, 9]), row_offsets=[0, 2, 2, 3])
    >>> ragged.to_list()
    [[7, 8], [], [9]]
    """

    __slots__ = ("_seqfeat_ragged",)

    def __init__(self, values: Any, row_offsets: Any, step_offsets: Any = None) -> None:
        array = values if isinstance(values, np.ndarray) else None
        if array is not None and array.ndim != 1:
            raise InvalidArgument(f"values: got an array {array.shape}, expected [N]")
        if array is None:
            cells = _core.from_tokens(values, None, "values")
        else:
            cells = cells_of(array, None, "values")
        rows = _offsets(row_offsets, "row_offsets")
        steps = None if step_offsets is None else _offsets(step_offsets, "step_offsets")
        self._seqfeat_ragged = _core.regrouped(_without_holes(cells), rows, steps, "ragged")

    @classmethod
    def from_rows(cls, rows: Sequence, dtype: str | None = None) -> Ragged:
        """Reads lists: a row is a list of steps, or None if it is empty.

        A step is a str, bytes, int or float, a list of them, or None for a hole. Without a `dtype`
        the first value decides between "string", "int64" and "float32".

        Raises TypeError for other objects, DataError for integers out of the dtype's range.

        >>> Ragged.from_rows([["a", ["b", "c"], None], None]).to_list()
        [[[b'a'], [b'b', b'c'], []], []]
        """
        return wrap(_core.from_rows(rows, dtype, "rows"))

    @classmethod
    def from_dense(cls, array: Any) -> Ragged:
        """Reads a dense array [B], [B, T] or more, whose trailing dimensions are values of a step.

        '' and -1 (of unsigned types the largest number) are missing cells, as in TensorFlow: they
        leave a hole, and a row ends with its last cell that is not missing.

        >>> Ragged.from_dense(np.array([[5, 6, -1], [-1, 7, -1]])).to_list()
        [[[5], [6]], [[], [7]]]
        """
        refuse_mask(array, "array")
        dense = np.asarray(array)
        if dense.dtype.kind == "O":
            dense = np.where(dense == None, b"", dense)  # noqa: E711, elementwise
        if dense.ndim == 0:
            raise InvalidArgument("array: got no dimensions, expected [B], [B, T] or more")
        return wrap(_core.from_dense(cells_of(dense, None, "array"), list(dense.shape), "array"))

    @classmethod
    def from_sparse(
        cls, values: Any, indices: Any, dense_shape: Sequence[int], values_per_step: int = 1
    ) -> Ragged:
        """Reads TensorFlow's sparse form: `indices` [N, rank], `dense_shape` [rank].

        Values of one step keep their order. For a numeric column `values_per_step` is the product of
        its shape: of rank 2 as many neighbouring cells are a step.

        Raises DataError for an index outside `dense_shape`, and if `dense_shape[1]` is no multiple
        of `values_per_step`.

        >>> Ragged.from_sparse(np.array([5, 6]), [[0, 0], [1, 1]], [2, 2]).to_list()
        [[[5]], [[], [6]]]
        """
        tokens = values if isinstance(values, np.ndarray) else np.asarray(values, object)
        cells = _without_holes(cells_of(tokens.reshape(-1), None, "values"))
        shape = [as_int64("dense_shape", size) for size in dense_shape]
        where = np.asarray(indices).reshape(-1)
        if where.dtype.kind not in "iu" and where.size > 0:
            raise InvalidArgument(f"indices: got {where.dtype}, expected integers")
        where = np.ascontiguousarray(where, np.int64)
        if where.size != tokens.size * len(shape):
            raise InvalidArgument(
                f"indices: got {where.size} numbers, expected {tokens.size} * {len(shape)}"
            )
        per_step = as_int64("values_per_step", values_per_step)
        return wrap(_core.from_sparse(cells, address_of(where), shape, per_step, "sparse"))

    @property
    def dtype(self) -> str:
        """ "string", "int8" … "uint64", "float32" or "float64"."""
        return self._seqfeat_ragged.dtype

    @property
    def values(self) -> np.ndarray | list[bytes]:
        """The values [N]: a numpy array of numbers over the batch's own memory, or bytes."""
        return self._seqfeat_ragged.values

    @property
    def row_offsets(self) -> np.ndarray:
        """[B + 1] into steps."""
        return self._seqfeat_ragged.row_offsets

    @property
    def step_offsets(self) -> np.ndarray | None:
        """[S + 1] into values; None where every step has one value."""
        return self._seqfeat_ragged.step_offsets

    def to_list(self) -> list:
        """The rows as lists of bytes, int or float; lists of lists where steps have lists of values."""
        return self._seqfeat_ragged.to_list()

    def pad(
        self,
        max_length: int | None = None,
        padding: str = "longest",
        padding_side: str = "right",
        truncation: str = "error",
        pad_to_multiple_of: int = 1,
        value: int = 0,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A rectangle of integers: ids [B, T] of the batch's dtype, lengths [B], mask [B, T].

        The options are those of Spec; `value` stands in padding and in holes.

        Raises InvalidArgument for strings; DataError for a row that is too long, or a step of
        several values.

        >>> ids, lengths, mask = Ragged.from_rows([[1, 2, 3], [4]]).pad(value=-1)
        >>> ids.tolist(), lengths.tolist()
        ([[1, 2, 3], [4, -1, -1]], [3, 1])
        """
        limit = 0 if max_length is None else as_int64("max_length", max_length)
        if max_length is not None and limit < 1:
            raise InvalidArgument(f"max_length: got {limit}, expected at least 1")
        return self._seqfeat_ragged.pad(
            limit,
            _choice("truncation", truncation, _TRUNCATION),
            _choice("padding", padding, _PADDING),
            _choice("padding_side", padding_side, _SIDE),
            as_int64("pad_to_multiple_of", pad_to_multiple_of),
            as_int64("value", value),
        )

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        """The batch as Arrow memory, without a copy: (schema, array) capsules.

        A list of values, or of lists where steps have lists of values; strings are binary.
        """
        return _core.to_arrow(self._seqfeat_ragged)

    def __len__(self) -> int:
        return self._seqfeat_ragged.rows

    def __repr__(self) -> str:
        nested = ", nested" if self._seqfeat_ragged.nested else ""
        return f"<seqfeat.Ragged of {len(self)} rows of {self.dtype}{nested}>"

    def __reduce__(self):
        core = self._seqfeat_ragged
        if core.dtype == "string":
            data, ends = core.string_arrays
            values = (data.tobytes(), ends)
        else:
            values = core.values
        return _restored, (values, core.row_offsets, core.step_offsets)


Ragged.__module__ = "seqfeat"


def wrap(core: Any) -> Ragged:
    """A batch of `_core` as users know it."""
    ragged = Ragged.__new__(Ragged)
    ragged._seqfeat_ragged = core
    return ragged


def _restored(values: Any, row_offsets: np.ndarray, step_offsets: np.ndarray | None) -> Ragged:
    """What pickle calls."""
    if not isinstance(values, tuple):
        return Ragged(values, row_offsets, step_offsets)
    data, ends = np.frombuffer(values[0], np.uint8), np.array(values[1], np.int64)
    row = np.array([0, ends.size - 1], np.int64)
    cells = _core.from_memory(
        "string",
        address_of(data),
        ends.size - 1,
        data.size,
        (address_of(ends), ends.size),
        (address_of(row), 2),
        (0, 0),
        "values",
        (data, ends, row),
        True,
    )
    steps = None if step_offsets is None else _offsets(step_offsets, "step_offsets")
    return wrap(_core.regrouped(cells, _offsets(row_offsets, "row_offsets"), steps, "ragged"))
