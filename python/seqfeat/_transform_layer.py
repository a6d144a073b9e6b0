# SPDX-License-Identifier: Apache-2.0
"""The layer of a transform, with the tables that it was given."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._errors import InvalidArgument
from ._input import array_of
from ._layer import SequenceFeatures
from ._mapped import mapped_tables
from ._spec import Spec
from ._tables import table_for_core


def _is_reference(value: Any) -> bool:
    """Whether it is an object in Ray's store."""
    return type(value).__name__ == "ObjectRef" and type(value).__module__.partition(".")[0] == "ray"


def _fetched(value: Any) -> Any:
    if not _is_reference(value):
        return value
    import ray

    return ray.get(value)


def mark_of(path: str) -> tuple[int, int] | None:
    """The size of a file and when it was written; None where it is not here."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


@functools.lru_cache(maxsize=8)
def shared_layer(spec: Spec, backend: str, path: str | None, mark: Any) -> SequenceFeatures:
    """A layer that all transforms of a process share which are made of the same.

    Engines send a transform again with each task; tables are not mapped again then.
    """
    layer = SequenceFeatures(spec, backend)
    if path is not None and layer.backend == "cpu":
        tables = mapped_tables(path, layer._shapes)
        given = [table_for_core(name, table, kind) for name, (table, kind) in tables.items()]
        layer._core.set_tables(given, False)
        layer._mapped = tables  # as long as the layer
    elif path is not None:
        layer.load_tables(path)
    return layer


def layer_of_arrays(spec: Spec, backend: str, arrays: Mapping[str, Any]) -> SequenceFeatures:
    """A layer over arrays by name, and over those that references into Ray's store stand for."""
    layer = SequenceFeatures(spec, backend)
    missing = [name for name in layer._shapes if name not in arrays]
    if missing:
        raise InvalidArgument(
            f"tables: got no {missing[0]!r}, only {', '.join(map(repr, arrays)) or 'nothing'}"
        )
    tables = {name: _fetched(arrays[name]) for name in layer._shapes}
    if layer.backend != "cpu":
        layer.load_tables(tables)
        return layer
    for name, table in tables.items():
        layer.bind(name, table)
    return layer


def as_array(name: str, table: Any) -> Any:
    """A table that pickles to the same bytes wherever it came from."""
    if isinstance(table, np.ndarray) or _is_reference(table):
        return table
    array = array_of(table, f"table {name!r}")
    if array is None:
        raise TypeError(
            f"table {name!r}: got {type(table).__name__}, expected a numpy array, a DLPack tensor or a "
            "reference to one in Ray's object store"
        )
    return array
