# SPDX-License-Identifier: Apache-2.0
"""Files of Parquet and of Arrow IPC as streams of Arrow memory, by pyarrow."""

from __future__ import annotations

import os
from typing import Any

from ._errors import DataError, InvalidArgument

#: Rows that pyarrow decodes at once, and how many times as many it may be ahead.
_ROWS, _AHEAD = 16384, 4


def import_pyarrow() -> Any:
    """pyarrow, which the package does not need for anything else."""
    try:
        import pyarrow.dataset
        import pyarrow.fs
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError as error:
        raise InvalidArgument(
            f"files of Parquet and Arrow are read by pyarrow, which cannot be imported ({error}); "
            "pip install 'seqfeat[arrow]'"
        ) from None
    return pyarrow


def _expression(given: Any) -> Any:
    """An expression of pyarrow's, which may be given as a list of conditions."""
    pyarrow = import_pyarrow()
    if isinstance(given, pyarrow.dataset.Expression):
        return given
    try:
        return pyarrow.parquet.filters_to_expression(given)
    except (TypeError, ValueError, IndexError) as error:
        raise InvalidArgument(
            f"filter: got {given!r}, expected an expression of pyarrow's or a list of conditions like "
            f"('label', '>', 0) ({error})"
        ) from None


def _words(error: Exception) -> str:
    """What pyarrow says, without the schemas in the lines behind it."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _is_uri(name: str) -> bool:
    return "://" in name


def _where(name: str) -> tuple[Any, str]:
    """The file system of pyarrow's that a name speaks of, and the path in it."""
    pyarrow = import_pyarrow()
    if not _is_uri(name):
        return pyarrow.fs.LocalFileSystem(), os.path.abspath(name)
    try:
        return pyarrow.fs.FileSystem.from_uri(name)
    except (ValueError, NotImplementedError, ImportError) as error:
        raise InvalidArgument(f"{_words(error)}; expected a path, or a URI of s3, gs or hdfs") from None


class ArrowFiles:
    """Opens files of columns for a run, of which it reads the rows that pass `filter`.

    Raises DataError for contents, OSError for a file that cannot be read, and InvalidArgument where
    there is no pyarrow, or for a filter that is none. `_core` calls it, and puts the file's name in
    front of what it says.
    """

    def __init__(self, filter: Any = None) -> None:
        self._filter = None if filter is None else _expression(filter)
        #: The filter in words, or None.
        self.filter = None if self._filter is None else str(self._filter)

    def size(self, name: str) -> int:
        """The bytes of a file that is there."""
        system, path = _where(name)
        info = system.get_file_info(path)
        kinds = type(info.type)
        if info.type == kinds.NotFound:
            raise OSError("cannot be read: there is no such file; check the name")
        if info.type == kinds.Directory:
            raise OSError("got a directory, expected a file; name the files inside")
        return info.size or 0

    def open(self, name: str, format: str, columns: list[str]) -> Any:
        """A reader of record batches with `columns`, in the order of the file."""
        pyarrow = import_pyarrow()
        try:
            return self._reader(*_where(name), format, columns)
        except pyarrow.ArrowInvalid as error:
            raise DataError(f"got no {format} file that can be read: {_words(error)}") from None
        except OSError as error:
            # pyarrow says so of contents, too; the system's own errors have a number.
            if error.errno is not None or _is_uri(name):
                raise
            raise DataError(f"got no {format} file that can be read: {_words(error)}") from None

    def _reader(self, system: Any, path: str, format: str, columns: list[str]) -> Any:
        pyarrow = import_pyarrow()
        dataset = pyarrow.dataset
        if format == "parquet":
            source = dataset.ParquetFileFormat().make_fragment(path, system)
            schema = source.physical_schema
        elif self._is_ipc_file(system, path):
            source = dataset.IpcFileFormat().make_fragment(path, system)
            schema = source.physical_schema
        else:
            source = pyarrow.ipc.open_stream(system.open_input_stream(path))
            schema = source.schema
        for column in columns:
            if column not in schema.names:
                raise DataError(
                    f"got no such column, expected one; the file has {', '.join(map(repr, schema.names)) or 'none'}",
                    column=column,
                )
        options = {"columns": {name: dataset.field(name) for name in columns}, "batch_size": _ROWS}
        if isinstance(source, pyarrow.RecordBatchReader):
            make = dataset.Scanner.from_batches
        else:
            make = dataset.Scanner.from_fragment
            options["batch_readahead"] = _AHEAD
        make(source, **options)  # so that what is wrong below is the filter's fault
        try:
            return make(source, filter=self._filter, **options).to_reader()
        except (pyarrow.ArrowInvalid, NotImplementedError) as error:
            if self._filter is None:
                raise
            raise InvalidArgument(f"filter: {_words(error)}") from None

    @staticmethod
    def _is_ipc_file(system: Any, path: str) -> bool:
        """Whether it is a file of record batches, not a stream of them."""
        with system.open_input_file(path) as file:
            return file.read(6) == b"ARROW1"
