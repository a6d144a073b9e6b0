# SPDX-License-Identifier: Apache-2.0
"""Specs: columns and the options of the layer over them, as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from . import _core
from ._arguments import as_integer, as_text
from ._column_json import column_from_json
from ._columns import CategoricalColumn, Column, EmbeddingColumn, IndicatorColumn, NumericColumn
from ._errors import InvalidArgument

_KINDS = (CategoricalColumn, EmbeddingColumn, IndicatorColumn, NumericColumn)


def _columns_json(columns: Iterable[Column]) -> list[dict]:
    if isinstance(columns, _KINDS):
        raise InvalidArgument("columns: got one column, expected a list of columns")
    if isinstance(columns, Mapping):
        raise InvalidArgument(
            "columns: got a dict of keys and dtypes, which says what is read but not what is made of "
            "it; expected an sf.Spec or the list of columns that the dict was made from"
        )
    if not isinstance(columns, Iterable):
        raise InvalidArgument(f"columns: got {columns!r}, expected a list of columns")
    made = []
    for column in columns:
        if not isinstance(column, _KINDS):
            raise InvalidArgument(f"columns: got {column!r}, expected columns of this package")
        made.append(column._json())
    return made


class Spec:
    """Columns, and how their rows become a rectangle. Immutable; equal specs have equal JSON.

    `max_length` limits rows, in steps; `truncation` says what happens to longer ones: "error",
    "keep_first" or "keep_last". T is the longest row of the batch (`padding="longest"`) or
    `max_length` (`padding="max_length"`), rounded up to `pad_to_multiple_of`. Padding stands on the
    `padding_side`, "right" or "left".

    Raises InvalidArgument, with a JSON pointer to what is wrong.

    >>> tokens = sequence_categorical_column_with_hash_bucket("tokens", 1000)
    >>> spec = Spec([embedding_column(tokens, 10)], max_length=64, truncation="keep_last")
    >>> Spec.from_json(spec.to_json()) == spec
    True
    """

    __slots__ = ("_core", "_columns", "_options")

    def __init__(
        self,
        columns: Iterable[Column],
        *,
        max_length: int | None = None,
        truncation: str = "error",
        padding: str = "longest",
        padding_side: str = "right",
        pad_to_multiple_of: int = 1,
    ) -> None:
        text = json.dumps(
            {
                "version": 1,
                "columns": _columns_json(columns),
                "max_length": None if max_length is None else as_integer("max_length", max_length),
                "truncation": as_text("truncation", truncation),
                "padding": as_text("padding", padding),
                "padding_side": as_text("padding_side", padding_side),
                "pad_to_multiple_of": as_integer("pad_to_multiple_of", pad_to_multiple_of),
            }
        )
        self._take(_core.Spec(text))

    def _take(self, core: Any) -> None:
        self._core = core
        canonical = json.loads(core.json)
        self._columns = tuple(column_from_json(column) for column in canonical.pop("columns"))
        canonical.pop("version")
        self._options = canonical

    @classmethod
    def from_json(cls, text: str | bytes) -> Spec:
        """Reads a spec, version 1 (docs/formats.md).

        Raises InvalidArgument with a JSON pointer to the place.
        """
        if isinstance(text, bytes):
            try:
                text = text.decode()
            except UnicodeDecodeError as error:
                raise InvalidArgument(f"spec: {error}") from None
        spec = cls.__new__(cls)
        spec._take(_core.Spec(as_text("spec", text)))
        return spec

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> Spec:
        """Reads the spec in a file. Raises OSError too."""
        with open(path, "rb") as file:
            return cls.from_json(file.read())

    def to_json(self) -> str:
        """The canonical text: all keys, in a fixed order; equal specs give equal bytes."""
        return self._core.json

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, by full name."""
        return self._columns

    @property
    def options(self) -> dict[str, Any]:
        """The options of the layer, by name."""
        return dict(self._options)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spec):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self._columns)
        return f"<seqfeat.Spec of {names}>"

    def __reduce__(self):
        return Spec.from_json, (self.to_json(),)


def as_spec(spec: Spec | Iterable[Column]) -> Spec:
    """A Spec as it is, or one of a list of columns, with the default options."""
    return spec if isinstance(spec, Spec) else Spec(spec)


def rounded_up(steps: int, options: Mapping[str, Any]) -> int:
    """T of rows of so many steps: a multiple of the options' `pad_to_multiple_of`."""
    multiple = options["pad_to_multiple_of"]
    return -(-steps // multiple) * multiple


def make_parse_example_spec(columns: Spec | Iterable[Column] | Mapping[str, str]) -> dict[str, str]:
    """The features that `columns` read, and the dtypes of their values.

    Anything that is a spec will do: a list of columns, a Spec, or a dict that this function made.

    Raises InvalidArgument if two columns want one key with two dtypes.

    >>> make_parse_example_spec([sequence_categorical_column_with_hash_bucket("tokens", 1000)])
    {'tokens': 'string'}
    """
    if isinstance(columns, Mapping):
        return {as_text("spec", key): as_text("spec", dtype) for key, dtype in columns.items()}
    return as_spec(columns)._core.features
