# SPDX-License-Identifier: Apache-2.0
"""tf.Example and tf.SequenceExample records, in memory and in TFRecord files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from . import _core
from ._arguments import as_int64, as_integer, as_list, as_path, as_text
from ._errors import InvalidArgument
from ._ragged import Ragged, wrap
from ._spec import make_parse_example_spec


def _parse(serialized: Iterable[bytes], spec: Any, sequence: bool) -> dict[str, Ragged]:
    if isinstance(serialized, (str, bytes)):
        raise TypeError(f"serialized: got {type(serialized).__name__}, expected a list of bytes")
    features = _core.parse(list(serialized), make_parse_example_spec(spec), sequence)
    return {key: wrap(core) for key, core in features.items()}


def parse_example(serialized: Iterable[bytes], spec: Any) -> dict[str, Ragged]:
    """Parses serialized tf.Examples: TensorFlow's `parse_example`, one row for each.

    `spec` is a Spec, a list of columns, or what `make_parse_example_spec` makes of them. A feature
    that a record lacks is an empty row.

    Raises DataError, with `.row` and `.column`, for malformed records and values of another kind.

    >>> parse_example([b""], {"tokens": "string"})["tokens"].to_list()
    [[]]
    """
    return _parse(serialized, spec, sequence=False)


def parse_sequence_example(serialized: Iterable[bytes], spec: Any) -> dict[str, Ragged]:
    """Parses serialized tf.SequenceExamples: an element of a feature list is a step.

    Otherwise as `parse_example`.
    """
    return _parse(serialized, spec, sequence=True)


class TFRecordBatches(Iterator):
    """The batches of `read_tfrecords`: an iterator of (features, kept).

    `state()` and `resume(state)` stop and go on: the batches that follow are those that would have
    followed, if the files are the same.
    """

    def __init__(self, paths: list[str], features: dict[str, str], options: dict) -> None:
        self._paths, self._features, self._options = paths, features, options
        self._rows = 0
        self._open()

    def _open(self) -> None:
        self._reader = _core.Reader(
            self._paths, self._features, skip_rows=self._rows, **self._options
        )

    def __next__(self) -> tuple[dict[str, Ragged], dict[str, Any]]:
        batch = self._reader.next()
        if batch is None:
            raise StopIteration
        features, kept, rows = batch
        self._rows += rows
        return {key: wrap(core) for key, core in features.items()}, kept

    def state(self) -> dict:
        """What `resume` needs to go on behind the last batch: plain numbers and strings."""
        shuffle = {name: self._options[name] for name in ("shuffle_buffer", "seed")}
        return {"rows": self._rows, "paths": list(self._paths), **shuffle}

    def resume(self, state: dict) -> None:
        """Goes on where `state` was taken. Records before it are read again, but not parsed.

        Raises InvalidArgument if files, shuffle_buffer or seed are others.
        """
        mine = self.state()
        for name in ("paths", "shuffle_buffer", "seed"):
            if state.get(name) != mine[name]:
                raise InvalidArgument(
                    f"state: {name} is {state.get(name)!r}, expected {mine[name]!r}"
                )
        self._rows = as_int64("state: rows", state.get("rows"))
        self._open()


def read_tfrecords(
    paths: str | bytes | os.PathLike | Sequence[str | bytes | os.PathLike],
    spec: Any,
    batch_size: int = 1024,
    keep: Sequence[str] = (),
    *,
    record: str = "example",
    shuffle_buffer: int = 0,
    seed: int = 0,
    drop_last: bool = False,
) -> TFRecordBatches:
    """Reads batches of TFRecord files, gzipped or not: an iterator of (features, kept).

    `features` is {key: Ragged}. `kept` has, for each key in `keep`, the one value that every record
    has: a numpy array [B] of int64 or float32, or a list of bytes. Files are one stream in the order
    given; only the last batch is short, and `drop_last` leaves it out. `record` is "example" or
    "sequence_example"; of the latter, kept values stand in the context.

    A thread reads and parses ahead. With a `shuffle_buffer` of n records, each batch draws from n
    records at a time, by `seed`: the same seed gives the same order everywhere.

    Raises DataError, with `.file`, `.record` and `.column`, for files and records that are broken
    or missing, when their batch is asked for.

    >>> batches = read_tfrecords([], {"tokens": "string"})
    >>> list(batches)
    []
    """
    if record not in ("example", "sequence_example"):
        raise InvalidArgument(f"record: got {record!r}, expected 'example' or 'sequence_example'")
    if isinstance(keep, str):
        raise InvalidArgument(f"keep: got {keep!r}, expected a list of keys")
    number = as_integer("seed", seed)
    if not 0 <= number < 2**64:
        raise InvalidArgument(f"seed: got {number}, expected 0 to 2**64 - 1")
    options = {
        "keep": [as_text("keep", key) for key in keep],
        "sequence": record == "sequence_example",
        "batch_size": as_int64("batch_size", batch_size),
        "shuffle_buffer": as_int64("shuffle_buffer", shuffle_buffer),
        "seed": number,
        "drop_last": bool(drop_last),
    }
    return TFRecordBatches(as_list("paths", paths, as_path), make_parse_example_spec(spec), options)
