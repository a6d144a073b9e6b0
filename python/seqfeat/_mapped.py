# SPDX-License-Identifier: Apache-2.0
"""Tables of a safetensors file, mapped: processes of one machine share their memory."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ._errors import DataError, InvalidArgument

# numpy has no bfloat16: its bits will do, since nobody calculates with them here.
_KINDS = {
    "F32": ("float32", np.float32),
    "F16": ("float16", np.float16),
    "BF16": ("bfloat16", np.uint16),
}


def _header(file: np.ndarray, path: str) -> tuple[dict, int]:
    """What the file says about its tensors, and where their bytes begin."""
    size = int.from_bytes(file[:8].tobytes(), "little") if file.size >= 8 else None
    if size is None or size > file.size - 8:
        raise DataError(
            f"{path}: got {file.size} bytes, too few for the header of a safetensors file", file=path
        )
    try:
        header = json.loads(file[8 : 8 + size].tobytes())
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: its header is no JSON: {error}", file=path) from None
    if not isinstance(header, dict):
        raise DataError(f"{path}: its header is no JSON object", file=path)
    return header, 8 + size


def _is_offset(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0


def _table(file: np.ndarray, begin: int, entry: Any, shape: tuple, where: str) -> tuple:
    """One table [rows, dimension] in place, and its type; a copy where it stands at an odd address."""
    got = (entry.get("dtype"), entry.get("shape")) if isinstance(entry, dict) else entry
    kind = _KINDS.get(got[0]) if isinstance(got, tuple) and isinstance(got[0], str) else None
    if kind is None or got[1] != list(shape):
        raise InvalidArgument(f"{where}: got {got}, expected F32, F16 or BF16 {list(shape)}")
    name, element = kind
    need, ends = shape[0] * shape[1] * np.dtype(element).itemsize, entry.get("data_offsets")
    fits = (
        isinstance(ends, list)
        and len(ends) == 2
        and all(map(_is_offset, ends))
        and ends[1] - ends[0] == need
        and begin + ends[1] <= file.size
    )
    if not fits:
        raise DataError(
            f"{where}: got the data_offsets {ends}, expected {need} of the {file.size - begin} bytes "
            "behind the header"
        )
    data = file[begin + ends[0] : begin + ends[1]]
    if data.__array_interface__["data"][0] % np.dtype(element).itemsize != 0:
        data = data.copy()
    return data.view(element).reshape(shape), name


def mapped_tables(path: str, shapes: dict[str, tuple[int, int]]) -> dict[str, tuple[np.ndarray, str]]:
    """{name: (array, type)} of the tables named in `shapes`, {name: [rows, dimension]}.

    Raises InvalidArgument for a table that is missing or of another shape or type, DataError for a
    file that is none of this format, OSError for one that cannot be read.
    """
    with open(path, "rb") as opened:  # an empty file cannot be mapped
        if not opened.read(1):
            raise DataError(f"{path}: got no bytes, expected a safetensors file", file=path)
    file = np.memmap(path, np.uint8, "r").view(np.ndarray)
    header, begin = _header(file, path)
    tables = {}
    for name, shape in shapes.items():
        if name not in header:
            import difflib  # only here, since it takes as long as much of the package

            near = difflib.get_close_matches(name, header, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InvalidArgument(f"{path}: no tensor {name!r} among its {len(header)}{hint}")
        tables[name] = _table(file, begin, header[name], shape, f"{path}: tensor {name!r}")
    return tables
