# SPDX-License-Identifier: Apache-2.0
"""Everything that seqfeat raises itself. `_core` finds these classes by their names."""

from __future__ import annotations


class InvalidArgument(ValueError):
    """The caller's arguments are wrong: a spec, a dtype, a shape, a missing feature."""


class DataError(ValueError):
    """Contents are wrong: a file, a record, an offset, an integer out of its type's range."""

    #: The feature's key, or None.
    column: str | None
    #: The row of the batch, or None.
    row: int | None
    #: The file, or None.
    file: str | None
    #: The record of the file, from 0, or None.
    record: int | None

    def __init__(
        self,
        message: str,
        column: str | None = None,
        row: int | None = None,
        file: str | None = None,
        record: int | None = None,
    ) -> None:
        super().__init__(message)
        self.column, self.row, self.file, self.record = column, row, file, record

    def __reduce__(self):
        return type(self), (str(self), self.column, self.row, self.file, self.record)


class OutOfMemory(MemoryError):
    """Memory ran out, or the request cannot fit."""


class DeviceUnavailable(RuntimeError):
    """No CUDA device can be used; the message says what is missing."""


class CudaError(RuntimeError):
    """A call of the CUDA runtime failed."""


class IoError(OSError):
    """The system refused to write."""


class InternalError(RuntimeError):
    """An error of seqfeat itself."""


for _class in (
    InvalidArgument,
    DataError,
    OutOfMemory,
    DeviceUnavailable,
    CudaError,
    IoError,
    InternalError,
):
    _class.__module__ = "seqfeat"  # the name under which users know it
