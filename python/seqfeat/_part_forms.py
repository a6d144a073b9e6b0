# SPDX-License-Identifier: Apache-2.0
"""Parts of a run as Parquet, Arrow IPC and numpy's .npz."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._arrow_files import import_pyarrow
from ._errors import InvalidArgument
from ._forms import Padded, arrow_lists, padded_arrow
from ._spec import Spec

#: How the files of an output format end.
ENDINGS = {"parquet": ".parquet", "arrow": ".arrow", "npz": ".npz"}

_OWN = ("values", "lengths", "mask", "ragged_values")


def part_name(index: int, ending: str) -> str:
    """The file of a part, "part-00000.npz"."""
    return f"part-{index:05d}{ending}"


def proof_name(part: str) -> str:
    """The file beside a part of an output format that holds its metadata."""
    return f".{part}.proof"


Tensors = list[tuple[str, str, np.ndarray, tuple[int, ...]]]


class PartForm:
    """Makes the bytes of a part of its tensors. `_core` calls it, from one thread at a time.

    A table has the columns of `sf.Transform`: values, mask and lengths, a kept value by its key, of
    strings as binary; ids always as lists of steps that are lists. An .npz has every tensor as it is.
    Equal tensors give equal bytes, as long as pyarrow is the same.
    """

    def __init__(self, name: str, spec: Spec, keep: Sequence[str]) -> None:
        if name not in ENDINGS:
            raise InvalidArgument(
                f"output_format: got {name!r}, expected safetensors, {', '.join(ENDINGS)}"
            )
        if name != "npz":
            import_pyarrow()  # now, not when the first part is made
            for key in keep:
                if key in _OWN or key.startswith("ids/"):
                    raise InvalidArgument(f"keep: got {key!r}, which is a column of the output")
        self._name = name
        self._fixed = spec.options["padding"] == "max_length"
        #: How its files end.
        self.ending = ENDINGS[name]

    def encode(self, tensors: Tensors) -> bytes:
        """The bytes of a part's file."""
        arrays = {
            name: (flat.view(np.bool_) if dtype == "BOOL" else flat).reshape(shape)
            for name, dtype, flat, shape in tensors
        }
        return self._npz(arrays) if self._name == "npz" else self._table(arrays)

    @staticmethod
    def _npz(arrays: dict[str, np.ndarray]) -> bytes:
        import zipfile  # takes longer than the rest of the package, and few need it

        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                # Of 1980, so that the bytes do not tell when they were written.
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        return file.getvalue()

    def _table(self, arrays: dict[str, np.ndarray]) -> bytes:
        pyarrow = import_pyarrow()
        columns = {
            name.removeprefix("keep/"): self._column(pyarrow, name, arrays)
            for name in arrays
            if name.partition("/")[0] not in ("row_offsets", "step_offsets", "keep_offsets")
        }
        table = pyarrow.table(columns)
        sink = pyarrow.BufferOutputStream()
        if self._name == "parquet":
            pyarrow.parquet.write_table(table, sink)
        else:
            with pyarrow.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        return sink.getvalue().to_pybytes()

    def _column(self, pyarrow: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
        array = arrays[name]
        kind, _, rest = name.partition("/")
        if name in ("values", "mask"):
            return padded_arrow(Padded(array, self._fixed), tensors=True)
        if name == "ragged_values":
            steps = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(array.reshape(-1)), array.shape[1])
            return arrow_lists(arrays["row_offsets"], steps)
        if kind == "ids":
            steps = arrow_lists(arrays[f"step_offsets/{rest}"], pyarrow.array(array))
            return arrow_lists(arrays[f"row_offsets/{rest}"], steps)
        if kind == "keep" and f"keep_offsets/{rest}" in arrays:
            offsets = arrays[f"keep_offsets/{rest}"]
            buffers = [None, pyarrow.py_buffer(offsets.copy()), pyarrow.py_buffer(array.copy())]
            return pyarrow.Array.from_buffers(pyarrow.large_binary(), offsets.size - 1, buffers)
        return pyarrow.array(array)
