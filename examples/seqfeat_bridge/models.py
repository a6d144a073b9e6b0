# SPDX-License-Identifier: Apache-2.0
"""The layers over feature columns that a saved Keras model describes: in a `.keras` archive, a `.h5` file or a SavedModel."""
import collections
import json
import pathlib
import re
import zipfile

from .output import reading

FEATURE_LAYERS = ("SequenceFeatures", "DenseFeatures")


def kind_of(source):
    """keras, h5, saved_model or other, by what the file holds rather than by its name."""
    path = pathlib.Path(source)
    if (path / "saved_model.pb").is_file():
        return "saved_model"
    if path.is_file():
        with open(path, "rb") as file:
            start = file.read(8)
        if start == b"\x89HDF\r\n\x1a\n":
            return "h5"
        if start[:4] == b"PK\x03\x04" and "model.weights.h5" in zipfile.ZipFile(path).namelist():
            return "keras"
    return "other"


def snake_case(class_name):
    """How Keras calls the group of a layer's variables: SequenceFeatures becomes sequence_features."""
    word = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", word).lower()


def feature_layers(model, group=""):
    """(group of variables in the `.keras` format, configuration) of every layer over feature columns, nested models included."""
    config = model.get("config") or {}
    if model.get("class_name") in FEATURE_LAYERS:
        yield group + "vars", config
    seen = collections.Counter()
    for layer in config.get("layers", []):
        word = snake_case(layer["class_name"])
        number = f"_{seen[word]}" if seen[word] else ""
        seen[word] += 1
        yield from feature_layers(layer, f"{group}layers/{word}{number}/")


def layers_in_keras(source):
    return list(feature_layers(json.loads(zipfile.ZipFile(source).read("config.json"))))


def layers_in_h5(source):
    """None of a file that has weights alone."""
    import h5py
    with h5py.File(source) as file:
        config = file.attrs.get("model_config")
    return list(feature_layers(json.loads(config))) if config else []


def layers_in_saved_model(source):
    """None where the model is not one of Keras."""
    file = pathlib.Path(source) / "keras_metadata.pb"
    if not file.is_file():
        return []
    try:
        from tf_keras.protobuf import saved_metadata_pb2
    except ImportError:
        from keras.protobuf import saved_metadata_pb2  # Keras 2 under its old name
    metadata = saved_metadata_pb2.SavedMetadata.FromString(file.read_bytes())
    described = (json.loads(node.metadata) for node in metadata.nodes)
    # A node of its own for every layer: the copies in their models' configurations are not looked at.
    return [found for one in described if one.get("class_name") in FEATURE_LAYERS for found in feature_layers(one)]


def layers_in(source):
    """[(group, configuration)]; nothing where the source says nothing of its layers, as a checkpoint does not."""
    readers = {"keras": layers_in_keras, "h5": layers_in_h5, "saved_model": layers_in_saved_model}
    with reading(source):
        return readers.get(kind_of(source), lambda _: [])(source)
