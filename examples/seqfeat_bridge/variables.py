# SPDX-License-Identifier: Apache-2.0
"""The variables in what TensorFlow and Keras save, each read only when it is asked for."""
import contextlib
import pathlib
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from typing import Callable

from . import models
from .output import Refusal, reading

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


@dataclass(frozen=True)
class Variable:
    key: str                 # how the file calls it
    shape: tuple
    dtype: str               # numpy's name
    read: Callable           # -> its bytes
    full_name: str = ""      # the name with scopes, where the file has that beside the key
    table: str = ""          # the table that it holds, where a configuration says it

    def __str__(self):
        return f"{self.key}  {self.dtype} {list(self.shape)}"


@contextlib.contextmanager
def variables_of(source):
    """All variables in `source`, of whatever kind it is."""
    with contextlib.ExitStack() as stack:
        with reading(source):
            kind = models.kind_of(source)
            if kind == "keras":
                weights = stack.enter_context(tempfile.TemporaryFile())
                with zipfile.ZipFile(source).open("model.weights.h5") as member:
                    shutil.copyfileobj(member, weights)
                found = in_h5(weights, stack)
            elif kind == "h5":
                found = in_h5(source, stack)
            else:
                found = in_checkpoint(checkpoint_prefix(source))
        yield sorted(found, key=lambda variable: variable.key)


def bytes_of(array):
    return array.reshape(-1).view("u1")  # not a copy


def in_h5(file, stack):
    import h5py
    file, found = stack.enter_context(h5py.File(file)), []

    def visit(key, item):
        if isinstance(item, h5py.Dataset):
            native = item.dtype.newbyteorder("=")
            found.append(Variable(key, tuple(item.shape), native.name, lambda: bytes_of(item[()].astype(native, copy=False))))
    file.visititems(visit)
    return found


def checkpoint_prefix(source):
    path = pathlib.Path(source)
    if (path / "saved_model.pb").is_file():
        return str(path / "variables" / "variables")
    if path.is_dir():
        import tensorflow as tf
        prefixes = sorted(path.glob("*.index"))
        latest = tf.train.latest_checkpoint(str(path)) or (str(prefixes[0].with_suffix("")) if len(prefixes) == 1 else None)
        if not latest:
            raise Refusal(f"'{source}' holds no model, and {len(prefixes)} checkpoints: {', '.join(p.stem for p in prefixes) or 'none'}; expected one")
        return latest
    prefix = re.sub(r"\.(index|data-\d{5}-of-\d{5})$", "", str(source))
    if not pathlib.Path(prefix + ".index").is_file() and not path.is_file():
        raise Refusal(f"there is no model and no checkpoint '{source}'")
    return prefix


def in_checkpoint(prefix):
    import tensorflow as tf
    reader = tf.train.load_checkpoint(prefix)
    dtypes = reader.get_variable_to_dtype_map()
    full_names = {}
    if OBJECT_GRAPH in dtypes:
        from tensorflow.core.protobuf import trackable_object_graph_pb2
        graph = trackable_object_graph_pb2.TrackableObjectGraph.FromString(reader.get_tensor(OBJECT_GRAPH))
        full_names = {value.checkpoint_key: value.full_name for node in graph.nodes for value in node.attributes}
    return [Variable(key, tuple(shape), dtypes[key].name, lambda key=key: bytes_of(reader.get_tensor(key)), full_names.get(key, ""))
            for key, shape in reader.get_variable_to_shape_map().items() if key != OBJECT_GRAPH]
