# SPDX-License-Identifier: Apache-2.0
"""Makers of columns that have values: embeddings, indicators and numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from . import _core
from ._arguments import as_text
from ._columns import (
    CategoricalColumn,
    EmbeddingColumn,
    IndicatorColumn,
    NumericColumn,
    TruncatedNormal,
    as_categorical,
)
from ._errors import InvalidArgument


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
    return replace(column, shared_table=as_text("table", table))


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
    columns = [as_categorical(column) for column in columns]
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


def indicator_column(categorical_column: CategoricalColumn) -> IndicatorColumn:
    """Counts the ids of each step: one float for each bucket."""
    return IndicatorColumn(categorical_column)


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
