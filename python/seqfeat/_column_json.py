# SPDX-License-Identifier: Apache-2.0
"""Columns of the JSON that the library writes."""

from __future__ import annotations

from dataclasses import replace

from ._arguments import salt_key
from ._categorical import sequence_crossed_column
from ._columns import (
    CROSSED,
    WEIGHTED,
    CategoricalColumn,
    Column,
    EmbeddingColumn,
    IndicatorColumn,
    NumericColumn,
    TruncatedNormal,
)


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
    if kind == WEIGHTED:
        inner = column_from_json(column["categorical_column"])
        return replace(inner, weight_feature_key=column["weight_feature_key"])
    if kind == "sequence_numeric_column":
        shape, default = tuple(column["shape"]), column["default_value"]
        return NumericColumn(column["key"], shape, default, column["dtype"])
    if kind == CROSSED:
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
