# SPDX-License-Identifier: Apache-2.0
"""Columns: immutable values, checked when they are made, and the JSON that is written of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Union

from . import _core
from ._arguments import as_integer, as_number, as_text, salt_key
from ._errors import InvalidArgument

#: The kinds of categorical columns, as JSON calls them.
HASH_BUCKET = "sequence_categorical_column_with_hash_bucket"
IDENTITY = "sequence_categorical_column_with_identity"
VOCABULARY_LIST = "sequence_categorical_column_with_vocabulary_list"
VOCABULARY_FILE = "sequence_categorical_column_with_vocabulary_file"
CROSSED = "sequence_crossed_column"
WEIGHTED = "sequence_weighted_categorical_column"


@dataclass(frozen=True)
class TruncatedNormal:
    """Where a table's first values come from: a normal distribution cut off at two `stddev`.

    `stddev=None` means 1 / sqrt(dimension). The values depend on the seed and on the column's
    name alone.
    """

    mean: float = 0.0
    stddev: float | None = None
    seed: int = 0

    def _json(self) -> dict:
        return {
            "type": "truncated_normal",
            "mean": as_number("mean", self.mean),
            "stddev": None if self.stddev is None else as_number("stddev", self.stddev),
            "seed": as_integer("seed", self.seed),
        }


class _Checked:
    """A column that the library checks when it is made."""

    def _json(self) -> dict:
        raise NotImplementedError

    def __post_init__(self) -> None:
        _core.check_column(json.dumps(self._json()))


@dataclass(frozen=True)
class CategoricalColumn(_Checked):
    """A sequence of tokens that become ids. Made by the functions `sequence_categorical_…`.

    `rows` is `hash_bucket_size`, `num_buckets` or `vocabulary_size`, which may be None. A cross has
    in `crossed` the names and dtypes of its features, and as its key their names together.
    `weight_feature_key` is the feature that weighs the ids, or None.
    """

    key: str
    kind: str
    rows: int | None
    dtype: str = "string"
    default_value: int | None = None
    salt: Any = None
    mask_value: Any = None
    vocabulary: tuple | str | None = None
    num_oov_buckets: int = 0
    weight_feature_key: str | None = None
    crossed: tuple[tuple[str, str], ...] | None = None
    hash_key: int | None = None

    @property
    def name(self) -> str:
        """The column's full name: the key, and behind it what weighs its ids."""
        if self.weight_feature_key is None:
            return self.key
        return f"{self.key}_weighted_by_{self.weight_feature_key}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The features that it reads."""
        return (self.key,) if self.crossed is None else tuple(key for key, _ in self.crossed)

    def _crossed_json(self) -> dict:
        hash_key = None if self.hash_key is None else str(as_integer("hash_key", self.hash_key))
        return {
            "type": self.kind,
            "keys": [{"key": key, "dtype": dtype} for key, dtype in self.crossed],
            "hash_bucket_size": as_integer("hash_bucket_size", self.rows),
            "hash_key": hash_key,
        }

    def _json(self) -> dict:
        if self.weight_feature_key is None:
            return self._inner_json()
        return {
            "type": WEIGHTED,
            "categorical_column": self._inner_json(),
            "weight_feature_key": as_text("weight_feature_key", self.weight_feature_key),
        }

    def _inner_json(self) -> dict:
        if self.crossed is not None:
            return self._crossed_json()
        column = {"type": self.kind, "key": as_text("key", self.key)}
        if self.kind == HASH_BUCKET:
            column["hash_bucket_size"] = as_integer("hash_bucket_size", self.rows)
            if self.salt is not None:
                column["salt"] = [str(part) for part in salt_key(self.salt)]
            if self.mask_value is not None:
                column["mask_value"] = self.mask_value
        elif self.kind == VOCABULARY_LIST:
            column["vocabulary_list"] = list(self.vocabulary)
        elif self.kind == VOCABULARY_FILE:
            column["vocabulary_file"] = self.vocabulary
            column["vocabulary_size"] = self.rows
        else:
            column["num_buckets"] = as_integer("num_buckets", self.rows)
        if "hash_bucket_size" not in column:
            default = self.default_value
            column["default_value"] = (
                None if default is None else as_integer("default_value", default)
            )
        if self.vocabulary is not None:
            column["num_oov_buckets"] = as_integer("num_oov_buckets", self.num_oov_buckets)
        column["dtype"] = as_text("dtype", self.dtype)
        return column


def as_categorical(column: Any) -> CategoricalColumn:
    """A categorical column; anything else is refused."""
    if not isinstance(column, CategoricalColumn):
        raise InvalidArgument(
            f"categorical_column: got {column!r}, expected a sequence_categorical_column_..."
        )
    return column


@dataclass(frozen=True)
class EmbeddingColumn(_Checked):
    """Ids become rows of a table, combined per step. Made by `embedding_column`."""

    categorical_column: CategoricalColumn
    dimension: int
    combiner: str = "mean"
    max_norm: float | None = None
    initializer: TruncatedNormal = field(default_factory=TruncatedNormal)
    trainable: bool = True
    shared_table: str | None = None

    @property
    def name(self) -> str:
        """The column's full name."""
        shared = self.shared_table is not None
        return self.categorical_column.name + ("_shared_embedding" if shared else "_embedding")

    @property
    def table(self) -> str:
        """The name of its table: the full name, or what columns that share the table call it."""
        return self.name if self.shared_table is None else self.shared_table

    def _json(self) -> dict:
        if not isinstance(self.initializer, TruncatedNormal):
            raise InvalidArgument(
                f"initializer: got {self.initializer!r}, expected sf.TruncatedNormal(...)"
            )
        shared = {} if self.shared_table is None else {"table": as_text("table", self.shared_table)}
        return {
            "type": "shared_embedding_column" if shared else "embedding_column",
            "dimension": as_integer("dimension", self.dimension),
            "combiner": as_text("combiner", self.combiner),
            "max_norm": None if self.max_norm is None else as_number("max_norm", self.max_norm),
            "trainable": bool(self.trainable),
            "initializer": self.initializer._json(),
            **shared,
            "categorical_column": as_categorical(self.categorical_column)._json(),
        }


@dataclass(frozen=True)
class IndicatorColumn(_Checked):
    """Ids become counts: [.., rows]. Made by `indicator_column`."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        """The column's full name."""
        return self.categorical_column.name + "_indicator"

    def _json(self) -> dict:
        categorical = as_categorical(self.categorical_column)._json()
        return {"type": "indicator_column", "categorical_column": categorical}


@dataclass(frozen=True)
class NumericColumn(_Checked):
    """Numbers as they are: [.., width]. Made by `sequence_numeric_column`."""

    key: str
    shape: tuple[int, ...] = (1,)
    default_value: float = 0.0
    dtype: str = "float32"

    @property
    def name(self) -> str:
        """The column's full name: the key."""
        return self.key

    def _json(self) -> dict:
        return {
            "type": "sequence_numeric_column",
            "key": as_text("key", self.key),
            "shape": [as_integer("shape", size) for size in self.shape],
            "default_value": as_number("default_value", self.default_value),
            "dtype": as_text("dtype", self.dtype),
        }


Column = Union[CategoricalColumn, EmbeddingColumn, IndicatorColumn, NumericColumn]
