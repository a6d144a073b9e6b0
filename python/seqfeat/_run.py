# SPDX-License-Identifier: Apache-2.0
"""`seqfeat run` as a function, for files of columns too."""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import _core
from ._arguments import as_int64, as_list, as_path, as_text
from ._arrow_files import ArrowFiles
from ._columns import Column
from ._errors import DataError, InvalidArgument, IoError
from ._part_forms import PartForm
from ._spec import Spec, as_spec

_OPTIONS = (
    "output batch-size emit keep shard on-error max-errors tables init-missing save-tables "
    "input-format backend resume overwrite"
).split()
_OPTION = re.compile(rf"(?<!\S)--({'|'.join(_OPTIONS)})\b")

_Path = str | bytes | os.PathLike


def names_of(name: str, given: Any) -> str:
    """Names as an argument has them."""
    names = as_list(name, given, as_text)
    for each in names:
        if "," in each:
            raise InvalidArgument(f"{name}: got {each!r}, expected names without a comma")
    return ",".join(names)


def in_python(words: str) -> str:
    """What the program says, with its options as they are called here."""
    return _OPTION.sub(lambda option: option[1].replace("-", "_"), words)


@contextlib.contextmanager
def errors_in_python() -> Iterator[None]:
    """Lets errors speak `in_python`."""
    try:
        yield
    except (InvalidArgument, DataError, IoError) as error:
        error.args = (in_python(str(error)), *error.args[1:])
        raise


#: How options with a value are read. Some of them may be None.
_VALUES = {
    "batch_size": as_int64,
    "emit": names_of,
    "keep": names_of,
    "shard": as_text,
    "on_error": as_text,
    "max_errors": as_int64,
    "save_tables": as_path,
    "input_format": as_text,
    "backend": as_text,
    "publish": as_path,
}
_MAYBE_NONE = ("shard", "save_tables", "input_format")


def make_job(
    spec: Spec,
    inputs: Sequence[str],
    output: str | os.PathLike,
    files: Any,
    output_format: str = "safetensors",
    tables: _Path | Sequence[_Path] = (),
    **options: Any,
) -> Any:
    """A run of `_core` that is not begun yet, with `options` of `run` and the program's defaults.

    `files` opens files of columns, as `ArrowFiles` does. One more option, `publish`, is a folder with
    a finished run, whose files are moved to the output at the end of the input.
    """
    form = None
    if as_text("output_format", output_format) != "safetensors":
        form = PartForm(output_format, spec, as_list("keep", options.get("keep", ()), as_text))
    arguments = [f"--output={as_path('output', output)}"]
    for name, given in options.items():
        argument = "--" + name.replace("_", "-")
        if name not in _VALUES:
            arguments += [argument] if given else []
        elif given is not None or name not in _MAYBE_NONE:
            value = _VALUES[name](name, given)
            arguments += [] if name == "keep" and not value else [f"{argument}={value}"]
    arguments += [f"--tables={path}" for path in as_list("tables", tables, as_path)]
    return _core.Run(spec.to_json(), [*arguments, "--", *inputs], files, form)


def _work(run: Any, progress: Callable[[dict], Any] | None) -> None:
    """Runs in a thread of its own, so that signals and `progress` have this one."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            run.work()
        except BaseException as error:
            failed.append(error)

    worker = threading.Thread(target=work, name="seqfeat.run")
    worker.start()
    try:
        while worker.is_alive():
            worker.join(1.0)
            if progress is not None and worker.is_alive():
                progress(json.loads(run.report()))
    except BaseException:  # Ctrl-C, or whatever `progress` or a signal's handler raises
        run.stop()
        worker.join()
        raise
    if failed:
        raise failed[0]


def run(
    spec: Spec | Iterable[Column],
    inputs: _Path | Sequence[_Path],
    output: str | os.PathLike,
    *,
    batch_size: int = 1024,
    emit: Sequence[str] = ("values", "lengths", "mask"),
    keep: Sequence[str] = (),
    shard: str | None = None,
    on_error: str = "fail",
    max_errors: int = 1000,
    tables: _Path | Sequence[_Path] = (),
    init_missing: bool = False,
    save_tables: str | os.PathLike | None = None,
    input_format: str | None = None,
    output_format: str = "safetensors",
    backend: str = "auto",
    resume: bool = False,
    overwrite: bool = False,
    filter: Any = None,
    progress: Callable[[dict], Any] | None = None,
) -> dict[str, Any]:
    """Makes parts of tensors of whole files: `seqfeat run`, for Parquet and Arrow files too.

    `inputs` are files of one format, read as one stream: `.parquet`; `.arrow`, `.feather` or `.ipc`,
    which are files or streams of Arrow's IPC; `.tfrecord`, `.txt` and `.jsonl`, each also with `.gz`;
    or of `input_format`. pyarrow reads the first two, some thousand rows at a time and only the
    columns that are asked for, also from URIs of s3, gs and hdfs; nothing else needs it. Their
    `filter` is an expression of pyarrow's, or a list of conditions like `("label", ">", 0)`.

    Parts are safetensors, or of the `output_format` "parquet" or "arrow", by pyarrow, or "npz". Tables
    have the columns of `sf.Transform`, ids as lists of steps that are lists, and strings to keep as
    binary; an .npz has the tensors of a part. What `resume` needs to know of such a part is beside it
    in a hidden file.

    Everything else is as with the program, whose options have the same names, with dashes: a part
    for every `batch_size` rows and a manifest at the end in the directory `output`; `resume` goes on
    after the last whole part, and gives the bytes of an undisturbed run; `on_error="skip"` leaves out
    rows that cannot be used, and files from where they are broken; `shard="0/3"` reads the first of
    every three files; `keep` brings one value of each row along. A row of columns is what a record
    is: a null is a hole, a null list an empty row, and rows are counted from 0, of those that pass
    the filter.

    Returns what `seqfeat run --json` prints: `status`, `rows`, `tokens`, `new_rows`, `rejected`, ….
    `progress` is called with as much about once a second. Ctrl-C finishes the part at hand. What a
    person should know is a warning.

    Raises InvalidArgument for options, spec, tables or a directory that cannot be used, or without
    pyarrow; DataError, with `.file`, `.record` and `.column`, for input: a column that is missing or
    of another type, a broken file; IoError, OutOfMemory, CudaError. Only whole parts remain then.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> rows = folder / "rows.jsonl"  # or .parquet
    >>> rows.write_text('{"tokens": ["sea", "cloud"]}' "\\n" '{"tokens": ["wind"]}' "\\n")
    50
    >>> tokens = sequence_categorical_column_with_hash_bucket("tokens", 1000)
    >>> report = run([embedding_column(tokens, 4)], rows, folder / "out", emit=["ids", "lengths"])
    >>> report["status"], report["rows"], report["tokens"]
    ('finished', 2, 3)
    >>> sorted(file.name for file in (folder / "out").glob("[!.]*"))
    ['manifest.json', 'part-00000.safetensors']
    """
    names = as_list("inputs", inputs, as_path)
    if not names:
        raise InvalidArgument("inputs: got none, expected at least one file")
    made = as_spec(spec)
    with errors_in_python():
        job = make_job(
            made,
            names,
            output,
            ArrowFiles(filter),
            output_format,
            tables,
            batch_size=batch_size,
            emit=emit,
            keep=keep,
            shard=shard,
            on_error=on_error,
            max_errors=max_errors,
            save_tables=save_tables,
            input_format=input_format,
            backend=backend,
            init_missing=init_missing,
            resume=resume,
            overwrite=overwrite,
        )
        try:
            _work(job, progress)
        finally:
            report = json.loads(job.report())
            for text in report["warnings"]:
                warnings.warn(in_python(text), stacklevel=2)
    return report
