# SPDX-License-Identifier: Apache-2.0
"""Rows of Ray Data become the parts of one run.

Each write task makes a run of its own rows, in a hidden folder of the output that no other attempt
of the task shares. At the end the driver numbers the parts of those attempts that succeeded, writes
one manifest of their manifests, and lets a run that has held the output all the time publish it.
"""

from __future__ import annotations

import os
import shutil
import socket
import uuid
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from ray.data import Datasink
from ray.data.block import BlockAccessor

from .._arguments import as_list, as_path, as_text
from .._columns import Column
from .._errors import DataError, IoError
from .._run import errors_in_python, make_job
from .._spec import Spec, as_spec
from ._joined import join
from ._output import Output, Rows

#: What Ray calls a column of objects of Python's, which are pickled.
_OBJECTS = "ray.data.arrow_pickled_object"

#: How the folder in the output begins in which tasks work.
_STAGING = ".seqfeat-ray-"


def _name(task: int) -> str:
    """What the rows of a task are called where a run names its files."""
    return f"ray://task-{task:05d}"


def _clear(held: Output, staging: str) -> None:
    held.give_up()
    shutil.rmtree(staging, ignore_errors=True)


class PartsDatasink(Datasink):
    """What `parts` makes: a run for each write task, and one manifest."""

    def __init__(self, spec: Spec, output: str, overwrite: bool, options: dict[str, Any]) -> None:
        self._spec, self._output, self._overwrite, self._options = spec, output, overwrite, options
        self._staging = ""
        self._held: Output | None = None
        self._end: weakref.finalize | None = None
        # Workers may have a device where the driver has none.
        probe = {**options, "backend": "cpu"} if options["backend"] == "cuda" else options
        with errors_in_python():
            job = make_job(spec, [_name(0)], output, Rows(), input_format="arrow", **probe)
            job.stop()  # so that it ends when options and tables are checked, and touches nothing
            job.work()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_held": None, "_end": None}

    def on_write_start(self, schema: Any = None) -> None:
        self._give_up()  # what was interrupted
        self._staging = os.path.join(self._output, f"{_STAGING}{uuid.uuid4().hex}")
        form = self._options["output_format"]
        with errors_in_python():
            self._held = Output(self._spec, self._output, self._staging, form, self._overwrite)
        self._end = weakref.finalize(self, _clear, self._held, self._staging)
        for name in os.listdir(self._output):
            if name.startswith(_STAGING):  # of a driver that was killed, since nobody else is here
                shutil.rmtree(os.path.join(self._output, name))
        os.mkdir(self._staging)

    def write(self, blocks: Iterable[Any], ctx: Any) -> tuple[int, str] | None:
        # All of them at once: Ray holds the blocks of a task until it is done in any case.
        tables = [self._table(block, _name(ctx.task_idx)) for block in blocks]
        tables = [table for table in tables if table.num_rows]
        if not tables:
            return None
        try:
            table = pa.concat_tables(tables, promote_options="permissive")
        except pa.ArrowException as error:
            raise DataError(f"the blocks of a task have columns of different types: {error}") from None
        return ctx.task_idx, self._make(ctx.task_idx, table)

    def _table(self, block: Any, file: str) -> pa.Table:
        """The columns of a block that are read."""
        table = BlockAccessor.for_block(block).to_arrow()
        if not table.num_rows:  # it may have no columns either
            return table.select([])
        names = sorted({*self._spec._core.features, *self._options["keep"]})
        for name in names:
            if name not in table.column_names:
                there = ", ".join(map(repr, table.column_names)) or "none"
                raise DataError(
                    f"{file}: {name}: got no such column, expected one; there are {there}",
                    column=name,
                    file=file,
                )
            if getattr(table.schema.field(name).type, "extension_name", "") == _OBJECTS:
                raise DataError(
                    f"{file}: {name}: got objects of Python's, expected strings, numbers or lists of "
                    "them; give the column a type of Arrow's",
                    column=name,
                    file=file,
                )
        return table.select(names)

    def _make(self, task: int, table: pa.Table | None) -> str:
        """Makes the parts of some rows; the name of their folder."""
        name = f"{task:05d}-{uuid.uuid4().hex}"
        folder = os.path.join(self._staging, name)
        try:
            os.mkdir(folder)  # not the folders above, which the driver has made
        except OSError as error:
            raise IoError(
                f"{folder}: cannot be made on {socket.gethostname()}: {error.strerror}; all workers have "
                "to see the output under the name that it has for the driver"
            ) from None
        try:
            with errors_in_python():
                files = [_name(task)]
                options = {"input_format": "arrow", **self._options}
                make_job(self._spec, files, folder, Rows(table), **options).work()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return name

    def on_write_complete(self, write_result: Any) -> None:
        if self._held is None:  # no block came
            self.on_write_start()
        made = dict(each for each in write_result.write_returns if each is not None)
        folders = [made[task] for task in sorted(made)] or [self._make(0, None)]
        join(self._staging, folders, self._options["max_errors"])
        with errors_in_python():
            self._held.publish()
        self._give_up()

    def on_write_failed(self, error: Exception) -> None:
        self._give_up()

    def _give_up(self) -> None:
        if self._end is not None:
            self._end()
        self._held = self._end = None

    def get_name(self) -> str:
        return "seqfeat.Parts"

    @property
    def min_rows_per_write(self) -> int:
        return self._options["batch_size"]


def parts(
    spec: Spec | Iterable[Column],
    output: str | os.PathLike,
    *,
    batch_size: int = 1024,
    emit: Sequence[str] = ("values", "lengths", "mask"),
    keep: Sequence[str] = (),
    on_error: str = "fail",
    max_errors: int = 1000,
    tables: str | os.PathLike | Sequence[str | os.PathLike] = (),
    init_missing: bool = False,
    output_format: str = "safetensors",
    backend: str = "auto",
    overwrite: bool = False,
) -> PartsDatasink:
    """A data sink, for `Dataset.write_datasink`: what `seqfeat.run` would write of the rows.

    Rows are those of a file of columns: features as lists, and the values of `keep`. The directory
    `output` has parts and one manifest in the end, with the options of `seqfeat.run`. A part has
    `batch_size` rows, or what is left at the end of a task's rows. Parts are numbered in the order of
    Ray's tasks, which with `preserve_order` is that of the rows. The manifest's `inputs` are the
    tasks, `ray://task-00000` and so on, and a row is counted in its task; with `on_error="skip"`
    `rejected.jsonl` names rows likewise.

    Tasks write into a hidden folder of `output`, so that all workers and the driver need to see
    `output`, and `tables`, under these names. The manifest is written last, by the driver. Of a task
    that Ray ran several times one attempt counts. If the write fails, an old run is still whole,
    and nothing else is left; if the driver is killed, there may be that hidden folder, which
    `overwrite=True` removes. No other run can take `output` meanwhile.

    Memory: a task has all its blocks and some parts. Each task opens the tables again and reads all
    their bytes, so that large tables want large tasks: `override_num_blocks`, or `repartition`.

    Raises InvalidArgument for wrong arguments and tables. The write raises InvalidArgument for a
    directory that is in use, or not empty without `overwrite`; what `seqfeat.run` raises for rows,
    inside Ray's error.
    """
    options = {
        "batch_size": batch_size,
        "emit": as_list("emit", emit, as_text),
        "keep": as_list("keep", keep, as_text),
        "on_error": on_error,
        "max_errors": max_errors,
        "tables": [os.path.abspath(path) for path in as_list("tables", tables, as_path)],
        "init_missing": init_missing,
        "output_format": output_format,
        "backend": backend,
    }
    return PartsDatasink(as_spec(spec), os.path.abspath(as_path("output", output)), overwrite, options)
