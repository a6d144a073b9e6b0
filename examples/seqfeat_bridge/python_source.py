# SPDX-License-Identifier: Apache-2.0
"""Feature columns out of a Python file or a module, which is run for that."""
import contextlib
import importlib
import importlib.util
import logging
import os
import sys

from .models import FEATURE_LAYERS
from .output import Refusal, reading


def is_python(source):
    """FILE.py, FILE.py:attribute or package.module:attribute."""
    return source.endswith(".py") or not os.path.exists(source) and ":" in source


def columns_in(source):
    """The columns at `source`, in their written form."""
    logging.getLogger("tensorflow").setLevel("ERROR")  # every function of feature columns says that it is deprecated
    place, colon, attribute = source.rpartition(":") if ":" in source else (source, "", "")
    module = imported(place)
    if not colon:
        return [written(column) for column in columns_of_module(module, source)]
    try:
        value = getattr(module, attribute)
    except AttributeError:
        raise Refusal(f"'{place}' has no attribute '{attribute}', but {', '.join(name for name in vars(module) if not name.startswith('_')) or 'none'}") from None
    with reading(source):
        if isinstance(value, type) or callable(value) and not is_model(value):
            value = value()
        found = flat(value)
    if not found:
        raise Refusal(f"'{source}' holds no feature columns, but {type(value).__name__}: {str(value)[:200]}")
    return [written(column) for column in found]


def imported(place):
    is_file = place.endswith(".py")
    sys.path.insert(0, os.path.dirname(os.path.abspath(place)) if is_file else os.getcwd())
    try:
        if not is_file:
            return importlib.import_module(place)
        module = importlib.util.module_from_spec(importlib.util.spec_from_file_location("columns_of_the_user", place))
        sys.modules[module.__name__] = module  # where dataclasses and pickle look for it
        module.__spec__.loader.exec_module(module)
        return module
    except (Exception, SystemExit) as why:
        raise Refusal(f"running '{place}' failed: {type(why).__name__}: {why}") from why


def is_column(value):
    """TensorFlow's columns of both kinds, by the base classes' names: the old kind has no public name."""
    return any(base.__name__ in ("FeatureColumn", "_FeatureColumn", "_DenseColumn", "_CategoricalColumn") for base in type(value).__mro__)


def is_list(value):
    return isinstance(value, (list, tuple, dict)) and not is_column(value)  # columns are tuples


def is_model(value):
    return hasattr(value, "_flatten_layers")  # Keras' layers and models, called yet or not


def flat(value):
    """The columns in a column, a list, a dict's values, a layer or a model; none if a list holds anything else."""
    if is_column(value):
        return [value]
    if is_model(value):
        layers = [layer for layer in value._flatten_layers() if type(layer).__name__ in FEATURE_LAYERS]
        if len(layers) > 1:
            raise Refusal(f"'{value.name}' has several layers over feature columns: {', '.join(layer.name for layer in layers)}; name one, or its columns")
        return [column for layer in layers for column in layer._feature_columns]
    if not is_list(value):
        return []
    found = [flat(one) for one in (value.values() if isinstance(value, dict) else value)]
    return [column for columns in found for column in columns] if all(found) else []


def columns_of_module(module, source):
    """The one list of columns; without a list, every column that is not part of another one."""
    public = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    lists = {name: value for name, value in public.items() if is_list(value) and flat(value)}
    if len(lists) > 1:
        raise Refusal(f"'{source}' has several lists of columns; say which: {' or '.join(f'{source}:{name}' for name in lists)}")
    if lists:
        return flat(next(iter(lists.values())))
    columns = list({id(value): value for value in public.values() if is_column(value)}.values())
    inner = [part for column in columns for part in parts_of(column)]
    found = [column for column in columns if column not in inner]
    if not found:
        raise Refusal(f"'{source}' holds no feature columns; where a function makes them: {source}:FUNCTION. It holds: {', '.join(public) or 'nothing'}")
    return found


def parts_of(column):
    """The columns inside a column."""
    inner = [value for value in getattr(column, "_asdict", dict)().values() if is_column(value)]
    return inner + [part for one in inner for part in parts_of(one)]


def written(column):
    """A column as Keras writes it. An initializer that cannot be written is told by its name, a column by its class and name."""
    import tensorflow as tf
    serialize = tf.__internal__.feature_column.serialize_feature_column
    if hasattr(column, "shared_embedding_column_creator"):
        return written_shared(column, tf.feature_column)
    with contextlib.suppress(Exception):
        return serialize(column)
    with contextlib.suppress(Exception):
        out = serialize(column._replace(initializer=None))
        out["config"]["initializer"] = getattr(column.initializer, "__name__", type(column.initializer).__name__)
        return out
    return {"class_name": type(column).__name__, "config": {"name": column.name}}  # old columns


def written_shared(column, fc):
    """Keras does not write such a column: it is the embedding that the column would have alone, and the name of the table."""
    shared = column.shared_embedding_column_creator
    alone = fc.embedding_column(column.categorical_column, shared._dimension, column.combiner, shared._initializer, shared._ckpt_to_load_from, shared._tensor_name_in_ckpt,
                                column.max_norm, shared._trainable, column.use_safe_embedding_lookup)
    config = written(alone)["config"]
    return {"class_name": "SharedEmbeddingColumn", "config": {**config, "table": shared._name}}
