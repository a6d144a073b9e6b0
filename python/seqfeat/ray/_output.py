# SPDX-License-Identifier: Apache-2.0
"""Rows for a run that reads no file, and a run that holds an output until others have filled it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pyarrow as pa

from .._errors import IoError
from .._run import make_job
from .._spec import Spec


class Rows:
    """A table, or no rows, where `_core` asks for a file of columns."""

    filter = None

    def __init__(self, table: pa.Table | None = None) -> None:
        self._table = table

    def size(self, name: str) -> int:
        return 0

    def open(self, name: str, format: str, columns: list[str]) -> pa.RecordBatchReader:
        if self._table is not None:
            return self._table.to_reader()
        return pa.table({column: pa.nulls(0) for column in columns}).to_reader()


class _Waiting(Rows):
    """No rows, whose end comes when it is said."""

    def __init__(self) -> None:
        super().__init__()
        self.opened, self.end = threading.Event(), threading.Event()

    def open(self, name: str, format: str, columns: list[str]) -> pa.RecordBatchReader:
        self.opened.set()
        self.end.wait()
        return super().open(name, format, columns)


class Output:
    """A directory that a run has taken, with its rules and its lock, while others make its parts.

    The run waits at the end of its input, which has no rows. Then it moves what stands in the folder
    `made` to where it belongs.

    Raises InvalidArgument for a directory that cannot be used.
    """

    def __init__(self, spec: Spec, output: str, made: str, output_format: str, overwrite: bool) -> None:
        self._rows = _Waiting()
        self._job = make_job(
            spec,
            ["ray://nothing"],
            output,
            self._rows,
            output_format,
            emit=["lengths"],  # which needs no tables
            input_format="arrow",
            backend="cpu",
            overwrite=overwrite,
            publish=made,
        )
        self._failed: BaseException | None = None
        # A daemon, so that the interpreter can end before it.
        self._worker = threading.Thread(target=self._work, name="seqfeat.output", daemon=True)
        self._worker.start()
        self._rows.opened.wait()  # which is when the directory is taken
        if self._failed is not None:
            raise self._failed

    def _work(self) -> None:
        try:
            self._job.work()
        except BaseException as error:
            self._failed = error
        finally:
            self._rows.opened.set()

    def publish(self) -> None:
        """Ends the run with what others have made."""
        self._rows.end.set()
        self._worker.join()
        if self._failed is not None:
            raise self._failed
        status = json.loads(self._job.report())["status"]
        if status != "finished":
            raise IoError(f"the output was {status}, expected it to be finished")

    def give_up(self) -> None:
        """Leaves the directory as it is, if it is not published; others may take it then."""
        self._job.stop()
        self._rows.end.set()
        self._worker.join()
