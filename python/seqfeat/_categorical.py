# SPDX-License-Identifier: Apache-2.0
"""Makers of categorical columns, under TensorFlow's names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ._arguments import as_integer, as_path, as_text, as_token, salt_key
from ._columns import (
    CROSSED,
    HASH_BUCKET,
    IDENTITY,
    VOCABULARY_FILE,
    VOCABULARY_LIST,
    CategoricalColumn,
    as_categorical,
)
from ._errors import InvalidArgument


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
    if salt is not None:
        salt = salt_key(salt)
    if mask_value is not None:
        mask_value = as_token("mask_value", mask_value)
    return CategoricalColumn(key, HASH_BUCKET, hash_bucket_size, dtype, None, salt, mask_value)


def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None, dtype: str = "int64"
) -> CategoricalColumn:
    """Takes the integers of the feature `key` as ids themselves.

    A value outside [0, num_buckets) becomes `default_value`. Without one, a negative value has no
    row, and one past the end is a DataError for an embedding and counts nothing in an indicator.

    Raises InvalidArgument for an empty key, a dtype of no integers, or a default outside the range.
    """
    return CategoricalColumn(key, IDENTITY, num_buckets, dtype, default_value)


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
    words = tuple(as_token("vocabulary_list", word) for word in vocabulary_list)
    if dtype is None:
        dtype = "string" if not words or isinstance(words[0], str) else "int64"
    return CategoricalColumn(
        key,
        VOCABULARY_LIST,
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
    size = None if vocabulary_size is None else as_integer("vocabulary_size", vocabulary_size)
    return CategoricalColumn(
        key,
        VOCABULARY_FILE,
        size,
        dtype,
        default_value,
        vocabulary=as_path("vocabulary_file", vocabulary_file),
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

    Raises InvalidArgument for a column that is weighted already or a cross, an empty key or that of
    the ids, or another dtype than float32.

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
    column = as_categorical(categorical_column)
    if column.weight_feature_key is not None:
        raise InvalidArgument(f"categorical_column: got {column.name!r}, which is weighted already")
    if column.crossed is not None:
        raise InvalidArgument(
            f"categorical_column: got {column.name!r}, a cross, expected a column of one feature"
        )
    if dtype != "float32":
        raise InvalidArgument(f"dtype: got {dtype!r}, expected 'float32'")
    return replace(column, weight_feature_key=as_text("weight_feature_key", weight_feature_key))


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
    return as_text("keys", parts[0]), as_text("dtype", parts[1])


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
    number = None if hash_key is None else as_integer("hash_key", hash_key)
    return CategoricalColumn(
        name, CROSSED, hash_bucket_size, "int64", crossed=features, hash_key=number or None
    )
