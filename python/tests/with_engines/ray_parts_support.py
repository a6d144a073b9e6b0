# SPDX-License-Identifier: Apache-2.0
"""Data sinks whose first worker dies, which workers import."""

import os
import pathlib
import signal
import time

import pyarrow as pa

from seqfeat.ray import _parts


class _DiesOnce(_parts.PartsDatasink):
    """The same as `sink`; the file `died` in `folder` says that a worker has died."""

    def __init__(self, folder, sink):
        self.__dict__.update(sink.__dict__)
        self.died = str(folder / "died")


def _die_once(died):
    try:
        os.close(os.open(died, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class DiesOnceItIsDone(_DiesOnce):
    """Its first task has whole parts, and a manifest, when it dies."""

    def _make(self, task, table):
        made = super()._make(task, table)
        _die_once(self.died)
        return made


class DiesOnceInTheMiddle(_DiesOnce):
    """Its first task has one part and not the others."""

    def _make(self, task, table):
        died, staging = self.died, pathlib.Path(self._staging)

        class DyingRows(_parts.Rows):
            def open(self, name, format, columns):
                def batches():
                    yield from table.slice(0, 70).to_batches()
                    for _ in range(300):
                        if list(staging.glob("*/part-00000.safetensors")):
                            break
                        time.sleep(0.1)
                    _die_once(died)
                    yield from table.slice(70).to_batches()

                return pa.RecordBatchReader.from_batches(table.schema, batches())

        rows, _parts.Rows = _parts.Rows, DyingRows
        try:
            return super()._make(task, table)
        finally:
            _parts.Rows = rows
