# SPDX-License-Identifier: Apache-2.0
"""Feature columns as Keras writes them into a model's configuration: {"class_name": ..., "config": ...}. Needs no TensorFlow."""
import re
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Table:
    """The embedding table of a column. `rows` is None where the configuration does not say it."""
    name: str
    rows: Optional[int]
    dimension: int
    trainable: bool = True

    def fits(self, shape):
        return len(shape) == 2 and shape[0] == (self.rows or shape[0]) and shape[1] == self.dimension


def buckets_of(categorical):
    """How many ids a categorical column has: from its configuration in TensorFlow or its object in a spec; None where that does not say it."""
    if "categorical_column" in categorical:  # weighted
        return buckets_of(categorical["categorical_column"])
    words = len(categorical["vocabulary_list"]) if "vocabulary_list" in categorical else categorical.get("vocabulary_size")
    if words is not None:
        return words + (categorical.get("num_oov_buckets") or 0)
    return next((categorical[name] for name in ("hash_bucket_size", "num_buckets", "number_buckets") if name in categorical), None)


def categorical_name_of(one):
    """The full name of a spec's categorical column."""
    if "categorical_column" in one:
        return f"{categorical_name_of(one['categorical_column'])}_weighted_by_{one['weight_feature_key']}"
    return one["key"]


def name_of(column):
    """The full name, as the column's `.name` in TensorFlow. The leaves of a crossed column may be plain keys."""
    if isinstance(column, str):
        return column
    kind, config = column["class_name"], column["config"]
    if kind == "CrossedColumn":
        return "_X_".join(sorted(leaves(column)))
    if kind == "BucketizedColumn":
        return name_of(config["source_column"]) + "_bucketized"
    if "categorical_column" in config:
        inner = name_of(config["categorical_column"])
        suffix = {"EmbeddingColumn": "_embedding", "SharedEmbeddingColumn": "_shared_embedding", "IndicatorColumn": "_indicator"}
        return inner + (f"_weighted_by_{config['weight_feature_key']}" if kind == "WeightedCategoricalColumn" else suffix.get(kind, ""))
    return config.get("key") or config.get("name") or kind


def leaves(crossed):
    for key in crossed["config"]["keys"]:
        if not isinstance(key, str) and key["class_name"] == "CrossedColumn":
            yield from leaves(key)
        else:
            yield name_of(key)


def scope_of(name):
    """The scope in which TensorFlow makes a column's variables: the name with replacements for what a scope cannot hold."""
    return re.sub(r"[^A-Za-z0-9_.\-]", "_", name)


def tables_of(layer):
    """The tables of a layer over feature columns. Columns that are no embeddings have none."""
    found = []
    for column in layer["feature_columns"]:
        if column["class_name"] == "EmbeddingColumn":
            config = column["config"]
            inner = config["categorical_column"]
            while "categorical_column" in inner["config"]:  # of a sequence, or weighted
                inner = inner["config"]["categorical_column"]
            found.append(Table(name_of(column), buckets_of(inner["config"]), config["dimension"], config.get("trainable", True)))
    return found
