#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the spec of TensorFlow's feature columns.

    spec_from_tensorflow.py SOURCE OUT.json [--layer NAME] [--no-initializers]

SOURCE is a Python file or module that holds feature columns (FILE.py, FILE.py:attribute, package.module:attribute; the attribute is a column, a list, a layer, a model or a
function that returns one of them), or a saved Keras model with a layer SequenceFeatures (a .keras archive, a SavedModel's directory, a .h5 file with the model in it).
Exit code 0, or 1 with the reason, such as the columns that have no counterpart in seqfeat; then there is no OUT.
"""
import argparse
import math
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from seqfeat_bridge import models, output, python_source, spec  # noqa: E402
from seqfeat_bridge.columns import buckets_of  # noqa: E402


def columns_of_model(source, wanted):
    """The columns of the one layer SequenceFeatures, or of that which is wanted."""
    layers = [layer for _, layer in models.layers_in(source)]
    names = ", ".join(layer["name"] for layer in layers)
    if not layers:
        raise output.Refusal(f"'{source}' describes no layer over feature columns: it is no saved Keras model, has weights alone, or its class does not write its configuration. "
                             "Give the Python file with the columns")
    chosen = [layer for layer in layers if wanted in (None, layer["name"])]
    if len(chosen) != 1:
        raise output.Refusal(f"expected one layer over feature columns{f' called {wanted}' if wanted else ''}, got {len(chosen)} of: {names}; say which: --layer NAME")
    return chosen[0]["feature_columns"]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a Python file, a module with an attribute, or a saved Keras model")
    parser.add_argument("out", metavar="OUT.json")
    parser.add_argument("--layer", metavar="NAME", help="of a model with several layers over feature columns")
    parser.add_argument("--no-initializers", action="store_true", help="leave initializers out, for tables that are loaded")
    options = parser.parse_args(arguments)

    def work():
        if python_source.is_python(options.source):
            columns = python_source.columns_in(options.source)
        else:
            columns = columns_of_model(options.source, options.layer)
        found, refused = spec.spec_of(columns, not options.no_initializers)
        if refused:
            raise output.Refusal("no spec, because of these columns (see docs/semantics.md):\n" + "\n".join(f"  {name}: {why}" for name, why in refused.items()))
        with output.replacing(options.out) as file:
            file.write(spec.text_of(found.values()).encode())
        for name, one in found.items():
            if one["type"] == "sequence_numeric_column":
                print(f"{name}  {math.prod(one['shape'])} numbers a step")
                continue
            buckets = buckets_of(one.get("categorical_column", one))
            print(f"{name}  {buckets} buckets{f', {dimension} dimensions' if (dimension := one.get('dimension')) else ''}")

    return output.run(parser.prog, options.source, options.out, ".json", work)


if __name__ == "__main__":
    sys.exit(main())
