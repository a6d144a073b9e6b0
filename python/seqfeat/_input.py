# SPDX-License-Identifier: Apache-2.0
"""What users have becomes a ragged batch of `_core`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from . import _core
from ._errors import InvalidArgument

_NO_OFFSETS = (0, 0)


def address_of(array: np.ndarray) -> int:
    """Where the memory of the array begins."""
    return array.__array_interface__["data"][0]


def integers_core(array: np.ndarray, key: str) -> Any:
    """Numbers of any shape as one row: read in place where they stand one behind the other."""
    array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False)).reshape(-1)
    row = np.array([0, array.size], np.int64)
    return _core.from_memory(
        array.dtype.name,
        address_of(array),
        array.size,
        0,
        _NO_OFFSETS,
        (address_of(row), 2),
        _NO_OFFSETS,
        key,
        (array, row),
        not array.flags.writeable,
    )


def refuse_mask(array: Any, key: str) -> None:
    """Refuses a masked array, whose masked cells would count as tokens."""
    if isinstance(array, np.ma.MaskedArray):
        raise InvalidArgument(f"{key}: got a masked array, expected one without a mask; fill it first")


def cells_of(array: np.ndarray, dtype: str | None, key: str) -> Any:
    """The elements of an array, of any shape, as one row of `_core`."""
    refuse_mask(array, key)
    kind = array.dtype.kind
    if kind in "iuf":
        return integers_core(_as_numbers(array, dtype), key)
    if kind in "US":
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False))
        width = array.dtype.itemsize // (4 if kind == "U" else 1)
        return _core.from_fixed_strings(kind, address_of(array), array.size, width, key)
    if kind in "OT":
        return _core.from_tokens(array.reshape(-1).tolist(), dtype, key)
    raise InvalidArgument(
        f"{key}: got an array of {array.dtype}, expected numbers, strings or objects"
    )


def _as_numbers(array: np.ndarray, dtype: str | None) -> np.ndarray:
    """Integers as they are, or as floats where those are wanted; floats of 32 or 64 bits."""
    if array.dtype.kind in "iu":
        return array.astype(np.float32) if dtype in ("float32", "float64") else array
    if array.dtype.itemsize in (4, 8):
        return array
    return array.astype(np.float32 if array.dtype.itemsize < 4 else np.float64)


def _is_missing(element: Any) -> bool:
    """Whether an object stands for no token: None, NaN and pandas' NA."""
    if isinstance(element, float):
        return element != element
    return element is None or type(element).__name__ == "NAType"


def holds_lists(values: Iterable) -> bool:
    """Whether a list or an array of objects holds rows rather than tokens: its first element says."""
    first = next((element for element in values if not _is_missing(element)), None)
    return isinstance(first, (list, tuple, np.ndarray))


def _array_core(array: np.ndarray, dtype: str | None, key: str) -> Any:
    """The batch of an array: [B] one token a row, [B, T] or more a dense array."""
    refuse_mask(array, key)
    if array.ndim == 0:
        raise InvalidArgument(f"{key}: got an array without dimensions, expected [B] or [B, T]")
    if array.ndim == 1 and array.dtype.kind == "O" and holds_lists(array):
        return _core.from_rows(array.tolist(), dtype, key)
    cells = cells_of(_with_kind(array, dtype, key), dtype, key)
    if array.ndim == 1:
        return _core.regrouped(cells, None, None, key)
    return _core.from_dense(cells, list(array.shape), key)


def _with_kind(array: np.ndarray, dtype: str | None, key: str) -> np.ndarray:
    """In a dense array None is a missing string, as '' is."""
    if array.ndim > 1 and array.dtype.kind == "O" and dtype in (None, "string"):
        return np.where(array == None, b"", array)  # noqa: E711, elementwise
    return array


class _OnHost:
    """A DLPack tensor on a device whose producer is asked for a copy on the host."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def __dlpack__(self, **options: Any) -> Any:
        return self._value.__dlpack__(**{**options, "dl_device": (1, 0)})


def array_of(value: Any, key: str, from_device: bool = False) -> np.ndarray | None:
    """A DLPack tensor as a numpy array, in place on the host; None for anything else.

    `from_device` says whether a tensor on a device may be copied to the host.
    """
    if not hasattr(value, "__dlpack__"):
        return None
    device = tuple(map(int, value.__dlpack_device__()))
    if device[0] in (1, 3):  # the host, and the host's page-locked memory
        return np.from_dlpack(value)
    where = f"{key}: got a tensor on the DLPack device {device}"
    if not from_device:
        raise InvalidArgument(f"{where}, expected one on the host; copy it there")
    try:
        return np.from_dlpack(_OnHost(value))
    except (BufferError, TypeError) as error:
        raise InvalidArgument(f"{where} that gives no copy on the host ({error}); copy it there") from None


def is_jagged(value: Any) -> bool:
    """Whether it is a nested tensor of torch's with its jagged layout."""
    return str(getattr(value, "layout", "")) == "torch.jagged"


def _jagged_core(tensor: Any, key: str, from_device: bool) -> Any:
    """A jagged tensor [B, j] of integers, or [B, j, ...], whose trailing dimensions are values of a step."""
    if tensor._ragged_idx != 1:
        raise InvalidArgument(
            f"{key}: got a jagged tensor whose dimension {tensor._ragged_idx} is ragged, expected 1"
        )
    if tensor.lengths() is not None:  # some of the values are in no row
        tensor = tensor.contiguous()
    values, offsets = (
        array_of(part.detach(), key, from_device) for part in (tensor.values(), tensor.offsets())
    )
    cells = cells_of(values, None, key)
    steps = None
    if values.ndim > 1:
        per_step = int(np.prod(values.shape[1:]))
        steps = integers_core(np.arange(values.shape[0] + 1, dtype=np.int64) * per_step, key)
    return _core.regrouped(cells, integers_core(offsets.astype(np.int64), key), steps, key)


def is_arrow(value: Any) -> bool:
    """Whether the value gives its memory away as Arrow's."""
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")


def _is_pandas(value: Any, name: str) -> bool:
    return type(value).__name__ == name and type(value).__module__.partition(".")[0] == "pandas"


def unwrapped(value: Any, key: str) -> Any:
    """A series of pandas as what it holds, numpy's or Arrow's memory; anything else as it is.

    Arrow memory has the name `key`, which errors tell.
    """
    if not _is_pandas(value, "Series"):
        return value
    if isinstance(value.dtype, np.dtype):
        return value.to_numpy()
    # A series of pandas 2 has no __arrow_c_stream__ of its own, and an index would be a column more.
    return value.reset_index(drop=True).to_frame(key)


def arrow_of(value: Any) -> tuple[Any, str]:
    """A single column as Arrow memory, and how it is called in there."""
    arrow = _core.Arrow(value)
    keys = arrow.keys
    if keys is None:
        return arrow, ""
    if len(keys) != 1:
        raise InvalidArgument(f"got a table of {len(keys)} columns, expected one column")
    return arrow, keys[0]


def to_core(value: Any, dtype: str | None, key: str, from_device: bool = False) -> Any:
    """Any form of a feature as a batch of `_core`; `from_device` as in `array_of`."""
    if isinstance(value, _core.Ragged):
        return value
    core = getattr(value, "_seqfeat_ragged", None)
    if core is not None:
        return core
    if isinstance(value, (list, tuple)):
        return _core.from_rows(value, dtype, key)
    value = unwrapped(value, key)
    if is_arrow(value):
        arrow, name = arrow_of(value)
        return arrow.column(name or key, dtype or "string")[0]
    if is_jagged(value):
        return _jagged_core(value, key, from_device)
    array = value if isinstance(value, np.ndarray) else array_of(value, key, from_device)
    if array is not None:
        return _array_core(array, dtype, key)
    raise TypeError(
        f"{key}: got {type(value).__name__}, expected lists, a numpy array, Arrow memory, an "
        "sf.Ragged, a DLPack tensor or a jagged one of torch"
    )


def features_dict(features: Any, wanted: dict[str, str]) -> dict:
    """A mapping from keys to features, of whatever form they came in.

    Of a table only the columns in `wanted`, {key: dtype}, are looked at.
    """
    if type(features) is dict:
        return features
    if isinstance(features, Mapping):
        return dict(features)
    if _is_pandas(features, "DataFrame"):
        return {key: features[key] for key in wanted if key in features.columns}
    if is_arrow(features):
        arrow = _core.Arrow(features)
        if arrow.keys is None:
            raise InvalidArgument("features: got one Arrow column, expected a table of columns")
        there = set(arrow.keys)
        return {key: arrow.column(key, wanted[key])[0] for key in wanted if key in there}
    raise TypeError(
        f"features: got {type(features).__name__}, expected a dict of a feature for each key, or a "
        "table"
    )
