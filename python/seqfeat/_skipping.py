# SPDX-License-Identifier: Apache-2.0
"""Reading a file of records that may be broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ._errors import DataError


def rejected(error: DataError) -> dict[str, Any]:
    """What `seqfeat run` writes of a record that it leaves out."""
    return {
        "file": error.file,
        "record": error.record,
        "offset": None,
        "column": error.column,
        "reason": str(error),
    }


def batches_skipping(
    open_at: Callable[[int, int], Iterator], batch_size: int, reject: Callable[[DataError], None]
) -> Iterator[tuple[dict, dict]]:
    """The batches of one file without its broken records, each of which `reject` gets.

    `open_at(record, batch_size)` gives the batches from that record on. A broken frame or compressed
    stream is one rejection, and ends the file. The file is read up to a broken record once more for
    each; batches end there.

    Raises DataError for a file that cannot be opened.
    """
    record = 0
    while True:
        found: DataError | None = None
        batches = open_at(record, batch_size)
        while True:
            try:
                features, kept = next(batches)
            except StopIteration:
                return
            except DataError as error:
                if error.record is None:
                    raise
                found = error
                break
            record += len(next(iter(features.values())))
            yield features, kept
        if found.record < record:  # the frame behind which it should go on was the broken one
            return
        if found.record > record:  # whole records in the batch of the broken one
            yield next(open_at(record, found.record - record))
        reject(found)
        record = found.record + 1
