# SPDX-License-Identifier: Apache-2.0
"""Columns: immutable values, checked when they are made, with TensorFlow's names."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Union

from . import _core
from ._errors import InvalidArgument


def _integer(name: str, value: Any) -> int:
    """A Python int of any integer; floats and booleans are refused as the spec's JSON does."""
    if isinstance(value, bool):
        raise InvalidArgument(f"{name}: got {value!r}, expected an integer")
    try:
        return operator.index(value)
    except TypeError:
        raise InvalidArgument(f"{name}: got {value!r}, expected an integer") from None


def _int64(name: str, value: Any) -> int:
    """An integer that the library takes in 64 bits."""
    number = _integer(name, value)
    if not -(2**63) <= number < 2**63:
        raise InvalidArgument(f"{name}: got {number:#x}, expected -2**63 to 2**63 - 1")
    return number


def _number(name: str, value: Any) -> float:
    if isinstance(value, (bool, str, bytes)):
        raise InvalidArgument(f"{name}: got {value!r}, expected a number")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InvalidArgument(f"{name}: got {value!r}, expected a number") from None


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(f"{name}: got {value!r}, expected a str")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(
            f"{name}: got {value!r}, expected a str without lone surrogates, which have no UTF-8"
        ) from None
    if "\0" in value:
        raise InvalidArgument(f"{name}: got {value!r}, expected a str without a zero byte")
    return value


def _token(name: str, value: Any) -> str | int:
    """A token as JSON has it."""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            raise InvalidArgument(f"{name}: got {value!r}, expected UTF-8") from None
    return _text(name, value) if isinstance(value, str) else _integer(name, value)


def salt_key(value: Any) -> tuple[int, int]:
    """The two halves of a hash key; one number stands for both, as in Keras."""
    parts = list(value) if isinstance(value, (list, tuple)) else [value, value]
    if len(parts) != 2:
        raise InvalidArgument(f"salt: got {value!r}, expected an integer or two")
    key = tuple(_integer("salt", part) for part in parts)
    if not all(-(2**63) <= part < 2**64 for part in key):
        raise InvalidArgument(f"salt: got {value!r}, expected integers of 64 bits")
    return key[0] % 2**64, key[1] % 2**64


def token_bytes(name: str, value: Any) -> bytes:
    """The bytes of a string token."""
    if not isinstance(value, (str, bytes)):
        raise InvalidArgument(f"{name}: got {value!r}, expected a str or bytes")
    return value.encode() if isinstance(value, str) else value


def token_bits(name: str, value: Any, dtype: str) -> int:
    """An integer token of type `dtype` as an int64 of the same bits."""
    number = _integer(name, value)
    bits = int(dtype.lstrip("uint"))
    low, high = (0, 2**bits) if dtype[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise InvalidArgument(f"{name}: got {number}, expected an integer in the range of {dtype}")
    return number - 2**64 if number >= 2**63 else number


def _path(name: str, value: Any) -> str:
    return _text(name, os.fsdecode(value))


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
        stddev = None if self.stddev is None else _number("stddev", self.stddev)
        return {
            "type": "truncated_normal",
            "mean": _number("mean", self.mean),
            "stddev": stddev,
            "seed": _integer("seed", self.seed),
        }


class _Checked:
    """A column that the library checks when it is made."""

    def _json(self) -> dict:
        raise NotImplementedError

    def __post_init__(self) -> None:
        _core.check_column(json.dumps(self._json()))


_WEIGHTED = "sequence_weighted_categorical_column"
_VOCABULARY_LIST = "sequence_categorical_column_with_vocabulary_list"
_VOCABULARY_FILE = "sequence_categorical_column_with_vocabulary_file"
_CROSSED = "sequence_crossed_column"


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
        hash_key = None if self.hash_key is None else str(_integer("hash_key", self.hash_key))
        return {
            "type": self.kind,
            "keys": [{"key": key, "dtype": dtype} for key, dtype in self.crossed],
            "hash_bucket_size": _integer("hash_bucket_size", self.rows),
            "hash_key": hash_key,
        }

    def _json(self) -> dict:
        if self.weight_feature_key is None:
            return self._inner_json()
        return {
            "type": _WEIGHTED,
            "categorical_column": self._inner_json(),
            "weight_feature_key": _text("weight_feature_key", self.weight_feature_key),
        }

    def _inner_json(self) -> dict:
        if self.crossed is not None:
            return self._crossed_json()
        column = {"type": self.kind, "key": _text("key", self.key)}
        if self.kind == "sequence_categorical_column_with_hash_bucket":
            column["hash_bucket_size"] = _integer("hash_bucket_size", self.rows)
            if self.salt is not None:
                column["salt"] = [str(part) for part in salt_key(self.salt)]
            if self.mask_value is not None:
                column["mask_value"] = self.mask_value
        elif self.kind == _VOCABULARY_LIST:
            column["vocabulary_list"] = list(self.vocabulary)
        elif self.kind == _VOCABULARY_FILE:
            column["vocabulary_file"] = self.vocabulary
            column["vocabulary_size"] = self.rows
        else:
            column["num_buckets"] = _integer("num_buckets", self.rows)
        if "hash_bucket_size" not in column:
            default = self.default_value
            column["default_value"] = (
                None if default is None else _integer("default_value", default)
            )
        if self.vocabulary is not None:
            column["num_oov_buckets"] = _integer("num_oov_buckets", self.num_oov_buckets)
        column["dtype"] = _text("dtype", self.dtype)
        return column


def sequence_categorical_column_with_hash_bucket(
    key: str,
    hash_bucket_size: int,
    dtype: str = "string",
    salt: Any = None,
    mask_value: Any = None,
) -> CategoricalColumn:
    """Hashes the tokens of the feature `key` to `hash_bucket_size` buckets.

    `dtype` is "string", "int8" … "int64" or "uint8" … "uint64". With a `salt` or a `mask_value` ids
    are those of Keras' `Hashing`; see `hash_bucket`.

    Raises InvalidArgument for an empty key, another dtype, fewer than 2 buckets, or a `mask_value`
    that is no token of the dtype.

    >>> sequence_categorical_column_with_hash_bucket("tokens", 1000).name
    'tokens'
    """
    kind = "sequence_categorical_column_with_hash_bucket"
    if salt is not None:
        salt = salt_key(salt)
    if mask_value is not None:
        mask_value = _token("mask_value", mask_value)
    return CategoricalColumn(key, kind, hash_bucket_size, dtype, None, salt, mask_value)


def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None, dtype: str = "int64"
) -> CategoricalColumn:
    """Takes the integers of the feature `key` as ids themselves.

    A value outside [0, num_buckets) becomes `default_value`. Without one, a negative value has no
    row, and one past the end is a DataError for an embedding and counts nothing in an indicator.

    Raises InvalidArgument for an empty key, a dtype of no integers, or a default outside the range.
    """
    kind = "sequence_categorical_column_with_identity"
    return CategoricalColumn(key, kind, num_buckets, dtype, default_value)


def sequence_categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Any,
    dtype: str | None = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> CategoricalColumn:
    """Takes the place of a token of the feature `key` in a list as its id.

    `vocabulary_list` holds str, UTF-8 bytes, or integers, whose `dtype` is "int64" unless it is said.
    A token that is not there becomes `default_value`, or is hashed into one of `num_oov_buckets`
    behind the list. An id below 0 has no row.

    Raises InvalidArgument for an empty list, a word twice, or both a default and buckets.

    >>> column = sequence_categorical_column_with_vocabulary_list("suit", ["hearts", "spades"])
    >>> column.rows
    2
    """
    if isinstance(vocabulary_list, (str, bytes)):
        raise InvalidArgument(f"vocabulary_list: got {vocabulary_list!r}, expected a list of words")
    words = tuple(_token("vocabulary_list", word) for word in vocabulary_list)
    if dtype is None:
        dtype = "string" if not words or isinstance(words[0], str) else "int64"
    return CategoricalColumn(
        key,
        _VOCABULARY_LIST,
        len(words),
        dtype,
        default_value,
        vocabulary=words,
        num_oov_buckets=num_oov_buckets,
    )


def sequence_categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: str = "string",
) -> CategoricalColumn:
    """Takes the number of the line in which a token of the feature `key` stands as its id.

    Of a file with more lines than `vocabulary_size` the first count; None counts the lines now. The
    words are read when a layer is made. Otherwise as the column with a list.

    Raises InvalidArgument for a file that cannot be read, if its lines are to be counted.
    """
    size = None if vocabulary_size is None else _integer("vocabulary_size", vocabulary_size)
    return CategoricalColumn(
        key,
        _VOCABULARY_FILE,
        size,
        dtype,
        default_value,
        vocabulary=_path("vocabulary_file", vocabulary_file),
        num_oov_buckets=num_oov_buckets,
    )


def sequence_weighted_categorical_column(
    categorical_column: CategoricalColumn, weight_feature_key: str, dtype: str = "float32"
) -> CategoricalColumn:
    """The ids of `categorical_column`, each with a weight from the float feature `weight_feature_key`.

    The feature has as many values in every step. Only an embedding takes such a column: each row is
    multiplied by its weight, and the combiner "mean" divides by the sum of a step's weights, "sqrtn"
    by the root of the sum of their squares. These two leave out values whose weight is not above 0;
    "sum" leaves out none.

    Raises InvalidArgument for a column that is weighted already or a cross, an empty key or that of the ids, or
    another dtype than float32.

    >>> import numpy as np
    >>> import seqfeat as sf
    >>> ids = sf.sequence_categorical_column_with_identity("ids", 3)
    >>> column = sf.embedding_column(sf.sequence_weighted_categorical_column(ids, "w"), 2)
    >>> column.name
    'ids_weighted_by_w_embedding'
    >>> layer = sf.SequenceFeatures([column])
    >>> layer.load_tables({column.name: np.float32([[1, 10], [2, 20], [3, 30]])})
    >>> layer({"ids": [[[0, 2], [1]]], "w": [[[1.0, 3.0], [-1.0]]]}).values.tolist()
    [[[2.5, 25.0], [0.0, 0.0]]]
    """
    column = _categorical(categorical_column)
    if column.weight_feature_key is not None:
        raise InvalidArgument(f"categorical_column: got {column.name!r}, which is weighted already")
    if column.crossed is not None:
        raise InvalidArgument(
            f"categorical_column: got {column.name!r}, a cross, expected a column of one feature"
        )
    if dtype != "float32":
        raise InvalidArgument(f"dtype: got {dtype!r}, expected 'float32'")
    return replace(column, weight_feature_key=_text("weight_feature_key", weight_feature_key))


def _feature(key: Any) -> tuple[str, str]:
    """A feature that is crossed: its name, which stands for strings, or its name and dtype."""
    if isinstance(key, CategoricalColumn):
        raise InvalidArgument(
            f"keys: got the column {key.name!r}, expected the name of a feature, or its name and "
            "dtype; ids are not crossed, since values that share a bucket would share all crosses"
        )
    parts = list(key) if isinstance(key, (tuple, list)) else [key, "string"]
    if len(parts) != 2:
        raise InvalidArgument(f"keys: got {key!r}, expected a name, or a name and a dtype")
    return _text("keys", parts[0]), _text("dtype", parts[1])


def sequence_crossed_column(
    keys: Iterable[Any], hash_bucket_size: int, hash_key: int | None = None
) -> CategoricalColumn:
    """Crosses the values of several features that stand in the same step.

    `keys` are names of features of strings, or pairs of a name and a dtype. Every combination of one
    value of each, the last key's being the fastest, is hashed to one of `hash_bucket_size` buckets,
    with TensorFlow's `crossed_column`'s ids; `hash_key` is what hashing begins with, None and 0 mean
    TensorFlow's. A step in which a feature has no values has none. All features have the same steps,
    or a row is a DataError.

    Raises InvalidArgument for fewer than two keys, an empty one, or fewer than 2 buckets.

    >>> from seqfeat import SequenceFeatures
    >>> cross = sequence_crossed_column(["city", ("hour", "int64")], 1000)
    >>> cross.name
    'city_X_hour'
    >>> layer = SequenceFeatures([embedding_column(cross, 2)])
    >>> layer.ids({"city": [["oslo", "rome"]], "hour": [[7, [7, 8]]]})["city_X_hour_embedding"].to_list()
    [[[982], [349, 166]]]
    """
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable):
        raise InvalidArgument(f"keys: got {keys!r}, expected a list of features")
    features = tuple(_feature(key) for key in keys)
    name = "_X_".join(sorted(key for key, _ in features))
    number = None if hash_key is None else _integer("hash_key", hash_key)
    return CategoricalColumn(
        name, _CROSSED, hash_bucket_size, "int64", crossed=features, hash_key=number or None
    )


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
        shared = {} if self.shared_table is None else {"table": _text("table", self.shared_table)}
        return {
            "type": "shared_embedding_column" if shared else "embedding_column",
            "dimension": _integer("dimension", self.dimension),
            "combiner": _text("combiner", self.combiner),
            "max_norm": None if self.max_norm is None else _number("max_norm", self.max_norm),
            "trainable": bool(self.trainable),
            "initializer": self.initializer._json(),
            **shared,
            "categorical_column": _categorical(self.categorical_column)._json(),
        }


def embedding_column(
    categorical_column: CategoricalColumn,
    dimension: int,
    combiner: str = "mean",
    max_norm: float | None = None,
    initializer: TruncatedNormal | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """Looks ids up in a table [rows, dimension] of float32.

    `combiner` says how the rows of a step with several values become one: "mean", "sum" or "sqrtn".
    `max_norm` scales longer rows down to that norm.

    Raises InvalidArgument for values out of range.

    >>> column = sequence_categorical_column_with_hash_bucket("tokens", 1000)
    >>> embedding_column(column, 10).name
    'tokens_embedding'
    """
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        max_norm,
        TruncatedNormal() if initializer is None else initializer,
        trainable,
    )


def shared_embedding_column(
    categorical_column: CategoricalColumn,
    dimension: int,
    table: str,
    combiner: str = "mean",
    max_norm: float | None = None,
    initializer: TruncatedNormal | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """An embedding whose table is called `table`, and belongs to all columns that call theirs so.

    They agree on rows, dimension, dtype, initializer, max_norm and trainable, which the spec checks.
    The table has one gradient, and one state in an optimizer.

    Raises InvalidArgument for values out of range.
    """
    column = embedding_column(
        categorical_column, dimension, combiner, max_norm, initializer, trainable
    )
    return replace(column, shared_table=_text("table", table))


def shared_embeddings(
    columns: Iterable[CategoricalColumn],
    dimension: int,
    combiner: str = "mean",
    max_norm: float | None = None,
    initializer: TruncatedNormal | None = None,
    trainable: bool = True,
    table: str | None = None,
) -> list[EmbeddingColumn]:
    """TensorFlow's `shared_embeddings`: an embedding of each column, in order, over one table.

    Without a name the table is called after all columns: `a_b_shared_embedding`.

    Raises InvalidArgument for values out of range, for no columns, or for two that do not agree.

    >>> views = sequence_categorical_column_with_hash_bucket("views", 1000)
    >>> sales = sequence_categorical_column_with_hash_bucket("sales", 1000)
    >>> [column.name for column in shared_embeddings([views, sales], 10)]
    ['views_shared_embedding', 'sales_shared_embedding']
    >>> shared_embeddings([views, sales], 10)[0].table
    'sales_views_shared_embedding'
    """
    columns = [_categorical(column) for column in columns]
    if not columns:
        raise InvalidArgument("columns: got none, expected at least one to have a table")
    if table is None:
        table = "_".join(sorted(column.name for column in columns)) + "_shared_embedding"
    shared = [
        shared_embedding_column(
            column, dimension, table, combiner, max_norm, initializer, trainable
        )
        for column in columns
    ]
    spec = {"version": 1, "columns": [column._json() for column in shared]}
    _core.Spec(json.dumps(spec))  # says who does not agree
    return shared


@dataclass(frozen=True)
class IndicatorColumn(_Checked):
    """Ids become counts: [.., rows]. Made by `indicator_column`."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        """The column's full name."""
        return self.categorical_column.name + "_indicator"

    def _json(self) -> dict:
        categorical = _categorical(self.categorical_column)._json()
        return {"type": "indicator_column", "categorical_column": categorical}


def indicator_column(categorical_column: CategoricalColumn) -> IndicatorColumn:
    """Counts the ids of each step: one float for each bucket."""
    return IndicatorColumn(categorical_column)


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
            "key": _text("key", self.key),
            "shape": [_integer("shape", size) for size in self.shape],
            "default_value": _number("default_value", self.default_value),
            "dtype": _text("dtype", self.dtype),
        }


def sequence_numeric_column(
    key: str, shape: Iterable[int] | int = (1,), default_value: float = 0.0, dtype: str = "float32"
) -> NumericColumn:
    """Puts the numbers of the feature `key` into the values as they are; it has no ids.

    Of a flat row as many numbers as the product of `shape` make a step, and the last one is completed
    with `default_value`, which holes and padding hold too. A step that is given as a list has at most
    so many, and is completed likewise.

    Raises InvalidArgument for an empty key, sizes below 1, or a default that float32 does not hold.

    >>> from seqfeat import SequenceFeatures
    >>> layer = SequenceFeatures([sequence_numeric_column("price", default_value=-1)])
    >>> layer({"price": [[2.5, 3], [1]]}).values.tolist()
    [[[2.5], [3.0]], [[1.0], [-1.0]]]
    """
    if isinstance(shape, (str, bytes)):
        raise InvalidArgument(f"shape: got {shape!r}, expected integers")
    sizes = tuple(shape) if isinstance(shape, Iterable) else (shape,)
    return NumericColumn(key, sizes, default_value, dtype)


Column = Union[CategoricalColumn, EmbeddingColumn, IndicatorColumn, NumericColumn]


def _categorical(column: Any) -> CategoricalColumn:
    if not isinstance(column, CategoricalColumn):
        raise InvalidArgument(
            f"categorical_column: got {column!r}, expected a sequence_categorical_column_..."
        )
    return column


def column_from_json(column: dict) -> Column:
    """A column of the canonical form that the library writes."""
    kind = column["type"]
    if kind in ("embedding_column", "shared_embedding_column"):
        made = dict(column["initializer"])
        made.pop("type")
        return EmbeddingColumn(
            column_from_json(column["categorical_column"]),
            column["dimension"],
            column["combiner"],
            column["max_norm"],
            TruncatedNormal(**made),
            column["trainable"],
            column.get("table"),
        )
    if kind == "indicator_column":
        return IndicatorColumn(column_from_json(column["categorical_column"]))
    if kind == _WEIGHTED:
        inner = column_from_json(column["categorical_column"])
        return replace(inner, weight_feature_key=column["weight_feature_key"])
    if kind == "sequence_numeric_column":
        shape, default = tuple(column["shape"]), column["default_value"]
        return NumericColumn(column["key"], shape, default, column["dtype"])
    if kind == _CROSSED:
        keys = [(key["key"], key["dtype"]) for key in column["keys"]]
        hash_key = column["hash_key"]
        return sequence_crossed_column(
            keys, column["hash_bucket_size"], None if hash_key is None else int(hash_key)
        )
    words = column.get("vocabulary_list")
    rows = len(words) if words is not None else column.get("vocabulary_size")
    rows = column.get("hash_bucket_size", column.get("num_buckets", rows))
    salt = column.get("salt")
    return CategoricalColumn(
        column["key"],
        kind,
        rows,
        column["dtype"],
        column.get("default_value"),
        None if salt is None else salt_key([int(part) for part in salt]),
        column.get("mask_value"),
        column.get("vocabulary_file") if words is None else tuple(words),
        column.get("num_oov_buckets", 0),
    )
