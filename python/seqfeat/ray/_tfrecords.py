# SPDX-License-Identifier: Apache-2.0
"""TFRecord files as a data source of Ray Data."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import ray
from ray.data import Datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import ReadTask

from .._arguments import as_list, as_path
from .._errors import InvalidArgument
from .._records import read_tfrecords as read
from .._skipping import batches_skipping, rejected
from .._spec import make_parse_example_spec

_log = logging.getLogger("seqfeat")


class _File(NamedTuple):
    """One file, and how it is read: a task of Ray's."""

    path: str
    features: dict[str, str]
    batch_size: int
    keep: tuple[str, ...]
    record: str
    skip: bool
    rejected: str | None

    def __call__(self) -> Iterator[pa.Table]:
        left_out: list[dict] = []
        batches = self._batches(left_out)
        for features, kept in batches:
            yield _table(features, kept, nested=self.record == "sequence_example")
        if left_out:
            _log.warning("%s: %d records were left out", self.path, len(left_out))
        if self.rejected is not None:
            _write_lines(self.rejected, left_out)

    def _open_at(self, record: int, batch_size: int) -> Iterator:
        batches = read([self.path], self.features, batch_size, self.keep, record=self.record)
        batches.resume({**batches.state(), "rows": record})
        return batches

    def _batches(self, left_out: list[dict]) -> Iterator:
        if not self.skip:
            return self._open_at(0, self.batch_size)
        return batches_skipping(
            self._open_at, self.batch_size, lambda error: left_out.append(rejected(error))
        )


def _table(features: dict[str, Any], kept: dict[str, Any], nested: bool) -> pa.Table:
    columns = {key: _lists(ragged, nested) for key, ragged in features.items()}
    for key, values in kept.items():
        columns[key] = pa.array(values, pa.large_binary()) if isinstance(values, list) else pa.array(values)
    return pa.table(columns)


def _lists(ragged: Any, nested: bool) -> pa.Array:
    """A feature as lists, of lists where records have steps, whatever this batch holds."""
    rows = pa.array(ragged)
    if not nested or pa.types.is_large_list(rows.type.value_type):
        return rows
    values = rows.flatten()
    steps = pa.LargeListArray.from_arrays(pa.array(np.arange(len(values) + 1)), values)
    return pa.LargeListArray.from_arrays(pa.array(np.array(ragged.row_offsets)), steps)


def _write_lines(path: str, lines: list[dict]) -> None:
    """Writes a file whole or not at all; a task that Ray runs again writes the same."""
    if not lines:
        with contextlib.suppress(FileNotFoundError):  # of an earlier run
            os.remove(path)
        return
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    os.replace(temporary, path)


class TFRecordDatasource(Datasource):
    """What `read_tfrecords` makes: a task for each file."""

    def __init__(self, files: Sequence[_File]) -> None:
        super().__init__()
        self._files = list(files)

    def estimate_inmemory_data_size(self) -> int | None:
        sizes = [_size(file.path) for file in self._files]
        return None if None in sizes else sum(sizes)

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[ReadTask]:
        return [
            ReadTask(
                file,
                BlockMetadata(None, _size(file.path), [file.path], None),
                per_task_row_limit=per_task_row_limit,
            )
            for file in self._files
        ]

    def get_name(self) -> str:
        return "seqfeat.TFRecords"


def _size(path: str) -> int | None:
    """Bytes on the disk; None where the file is not here but on the workers."""
    try:
        return os.path.getsize(path)
    except OSError:
        return None


def read_tfrecords(
    paths: str | bytes | os.PathLike | Sequence[str | bytes | os.PathLike],
    spec: Any,
    batch_size: int = 1024,
    keep: Sequence[str] = (),
    *,
    record: str = "example",
    on_error: str = "fail",
    rejected: str | os.PathLike | None = None,
    **options: Any,
) -> ray.data.Dataset:
    """TFRecord files, gzipped or not, as a data set: a task for each file, which streams it.

    The columns are the features that `spec` reads, as lists of binary or of integers (of
    `record="sequence_example"` as lists of lists), and those of `keep`, of one value in each record.
    Blocks begin with `batch_size` rows, and Ray joins them. `options` are those of
    `ray.data.read_datasource`.

    With `on_error="skip"` broken records are left out, as by `seqfeat run --on-error skip`: a warning
    counts them, and a file `NUMBER-NAME.jsonl` in the folder `rejected`, for each file that has some,
    names them. Workers need to see paths and folder under these names. Files are read up to a broken
    record twice, so this is meant for few.

    Raises InvalidArgument for wrong arguments; when it is run, DataError inside Ray's error for files
    that cannot be opened and, with `on_error="fail"`, for broken records.
    """
    if on_error not in ("fail", "skip"):
        raise InvalidArgument(f"on_error: got {on_error!r}, expected 'fail' or 'skip'")
    if rejected is not None and on_error == "fail":
        raise InvalidArgument("rejected: got a folder, but on_error='fail' leaves out nothing")
    names = [os.path.abspath(path) for path in as_list("paths", paths, as_path)]
    features = make_parse_example_spec(spec)
    read([], features, batch_size, keep, record=record)  # refuses wrong arguments here
    if rejected is not None:
        os.makedirs(rejected, exist_ok=True)
    files = []
    for number, name in enumerate(names):
        lines = f"{number:05d}-{os.path.basename(name)}.jsonl"
        place = None if rejected is None else os.path.join(os.path.abspath(rejected), lines)
        files.append(
            _File(name, features, batch_size, tuple(keep), record, on_error == "skip", place)
        )
    return ray.data.read_datasource(TFRecordDatasource(files), **options)
