# SPDX-License-Identifier: Apache-2.0
"""From TensorFlow's feature columns, in their written form, to seqfeat's. Needs no TensorFlow."""
import json
import math

from .columns import name_of

# What the classes are called where the user wrote them.
FUNCTIONS = {
    "BucketizedColumn": "bucketized_column",
    "CrossedColumn": "crossed_column",
    "HashedCategoricalColumn": "categorical_column_with_hash_bucket",
    "IdentityCategoricalColumn": "categorical_column_with_identity",
    "NumericColumn": "numeric_column",
    "SequenceNumericColumn": "sequence_numeric_column",
    "SharedEmbeddingColumn": "shared_embeddings",
    "VocabularyFileCategoricalColumn": "categorical_column_with_vocabulary_file",
    "VocabularyListCategoricalColumn": "categorical_column_with_vocabulary_list",
    "WeightedCategoricalColumn": "weighted_categorical_column",
}
WEIGHTED = "sequence_weighted_categorical_column"
DTYPES = ("string", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


class NoCounterpart(Exception):
    """Why a column cannot be written as one of seqfeat's."""


def kind_of(column):
    """The class, without the underscore of TensorFlow 1's."""
    return column["class_name"].lstrip("_")


def function_of(column):
    kind = column["class_name"]
    if kind == "SequenceCategoricalColumn":
        return "sequence_" + function_of(column["config"]["categorical_column"])
    return FUNCTIONS.get(kind_of(column), kind)


def converted(column, with_initializer=True):
    """The column as an object of a spec, or NoCounterpart."""
    kind, config = column["class_name"], column["config"]
    if kind == "EmbeddingColumn":
        return embedding(config, with_initializer)
    if kind == "SharedEmbeddingColumn" and "table" in config:
        return {**embedding(config, with_initializer), "type": "shared_embedding_column", "table": config["table"]}
    if kind == "IndicatorColumn":
        inner = categorical(config["categorical_column"])
        if inner["type"] == WEIGHTED:
            raise NoCounterpart("indicator_column of a weighted_categorical_column has no counterpart: it counts ids")
        return {"type": "indicator_column", "categorical_column": inner}
    if kind == "SequenceNumericColumn":
        return numeric(config)
    inner = categorical(column)
    if inner["type"] == WEIGHTED:
        raise NoCounterpart("weighted_categorical_column has no counterpart by itself: embed it")
    return inner


def numeric(config):
    if config.get("normalizer_fn") is not None:
        raise NoCounterpart("normalizer_fn has no counterpart: normalise the values themselves")
    if config.get("dtype", "float32") != "float32":
        raise NoCounterpart(f"dtype {config['dtype']} of sequence_numeric_column has no counterpart")
    if not config["key"]:
        raise NoCounterpart("an empty key names no feature")
    shape = config["shape"] if isinstance(config["shape"], (list, tuple)) else [config["shape"]]
    return {"type": "sequence_numeric_column", "key": config["key"], "shape": [int(size) for size in shape], "default_value": float(config["default_value"]), "dtype": "float32"}


def categorical(column):
    inner = column["config"].get("categorical_column") if column["class_name"] == "SequenceCategoricalColumn" else None
    if inner is not None and inner["class_name"] == "WeightedCategoricalColumn":
        return weighted(inner["config"])
    if inner is None or inner["class_name"] not in SOURCES:
        if kind_of(column) == "SharedEmbeddingColumn":
            raise NoCounterpart("shared_embeddings has no counterpart in what Keras writes of it; give each column a shared_embedding_column with one table by hand")
        if "CrossedColumn" in (kind_of(column), inner and kind_of(inner)):
            raise NoCounterpart("crossed_column has no counterpart: it crosses all values of a row, and sequence_crossed_column those of each step; write that one by hand if it is what the model should learn")
        sequence = "; only sequence columns have one" if column["class_name"] in SOURCES else ""
        raise NoCounterpart(f"{function_of(column)} has no counterpart{sequence}")
    config = inner["config"]
    if not config["key"]:
        raise NoCounterpart("an empty key names no table")
    return {"type": function_of(column), "key": config["key"], **SOURCES[inner["class_name"]](config)}


def weighted(config):
    """Only SequenceCategoricalColumn, which TensorFlow keeps to itself, makes a sequence of such a column."""
    source = categorical({"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": config["categorical_column"]}})
    if source["type"] == WEIGHTED:
        raise NoCounterpart("weighted_categorical_column of a weighted one has no counterpart")
    if config.get("dtype", "float32") != "float32":
        raise NoCounterpart(f"dtype {config['dtype']} of weighted_categorical_column has no counterpart")
    if not config["weight_feature_key"]:
        raise NoCounterpart("an empty weight_feature_key names no feature")
    return {"type": WEIGHTED, "categorical_column": source, "weight_feature_key": config["weight_feature_key"], "dtype": "float32"}


def hashed(config):
    if config["dtype"] not in DTYPES:
        raise NoCounterpart(f"dtype {config['dtype']} has no counterpart")
    if config["hash_bucket_size"] < 2:
        raise NoCounterpart(f"hash_bucket_size must be > 1, got {config['hash_bucket_size']}")
    return {"hash_bucket_size": int(config["hash_bucket_size"]), "dtype": config["dtype"]}


def identity(config):
    """TensorFlow reads its values as int64."""
    default = config["default_value"]
    return {"num_buckets": int(config["number_buckets"]), "default_value": None if default is None else int(default), "dtype": "int64"}


def others(config):
    """What becomes of tokens that are not in a vocabulary. TensorFlow notes -1 where there is no default."""
    buckets, default = int(config["num_oov_buckets"] or 0), config["default_value"]
    return {"default_value": None if buckets or default is None else int(default), "num_oov_buckets": buckets}


def vocabulary_list(config):
    if config["dtype"] not in DTYPES:
        raise NoCounterpart(f"dtype {config['dtype']} has no counterpart")
    try:
        words = [word.decode() if isinstance(word, bytes) else word if isinstance(word, str) else int(word) for word in config["vocabulary_list"]]
    except UnicodeDecodeError:
        raise NoCounterpart("vocabulary_list has a word that is not UTF-8; write it to a vocabulary_file") from None
    rest = others(config)
    return {"vocabulary_list": words, **rest, "default_value": -1 if rest["default_value"] is None else rest["default_value"], "dtype": config["dtype"]}


def vocabulary_file(config):
    """The path stays as it is; TensorFlow has counted the lines where it was told no size."""
    path, size = str(config["vocabulary_file"]), config["vocabulary_size"]
    if config["dtype"] not in DTYPES:
        raise NoCounterpart(f"dtype {config['dtype']} has no counterpart")
    if config.get("file_format") or path.endswith("tfrecord.gz"):
        raise NoCounterpart("vocabulary_file of TFRecords has no counterpart; write a word a line")
    return {"vocabulary_file": path, "vocabulary_size": None if size is None else int(size), **others(config), "dtype": config["dtype"]}


# The sources of ids that seqfeat has too.
SOURCES = {"HashedCategoricalColumn": hashed, "IdentityCategoricalColumn": identity, "VocabularyFileCategoricalColumn": vocabulary_file,
           "VocabularyListCategoricalColumn": vocabulary_list}


def embedding(config, with_initializer):
    max_norm = None if config["max_norm"] is None else float(config["max_norm"])
    out = {"type": "embedding_column", "dimension": int(config["dimension"]), "combiner": config["combiner"], "max_norm": max_norm, "trainable": bool(config["trainable"])}
    if not config.get("use_safe_embedding_lookup", True):
        raise NoCounterpart("use_safe_embedding_lookup=False has no counterpart")
    if with_initializer:
        if config.get("ckpt_to_load_from"):
            raise NoCounterpart("ckpt_to_load_from has no counterpart: tables_from_tensorflow.py makes a file of it; --no-initializers leaves this out")
        out["initializer"] = initializer(config["initializer"], config["dimension"])
    return {**out, "categorical_column": categorical(config["categorical_column"])}


def initializer(written, dimension):
    if not isinstance(written, dict) or written.get("class_name") != "TruncatedNormal":
        name = written.get("class_name") if isinstance(written, dict) else written
        raise NoCounterpart(f"initializer {name} has no counterpart; --no-initializers leaves it out, for tables that are loaded")
    config = written["config"]
    usual = config["stddev"] == 1 / math.sqrt(dimension)
    return {"type": "truncated_normal", "mean": float(config["mean"]), "stddev": None if usual else float(config["stddev"]), "seed": int(config["seed"] or 0) % 2**64}


def spec_of(columns, with_initializer=True):
    """(the objects of a spec by full name, {name of a column that has none: why})."""
    found, refused = {}, {}
    for column in columns:
        name = name_of(column)
        if name in found or name in refused:
            refused[name] = "two columns have this name"
            continue
        try:
            found[name] = converted(column, with_initializer)
        except NoCounterpart as why:
            refused[name] = str(why)
    return dict(sorted(found.items())), refused


def text_of(objects):
    """A spec as JSON, one column a line."""
    lines = ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in objects)
    return f'{{"version": 1, "columns": [\n{lines}\n]}}\n'
