#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the embedding tables of feature columns out of what TensorFlow saved.

    tables_from_tensorflow.py SOURCE OUT.safetensors [--spec SPEC.json] [--take NAME=VARIABLE]...

SOURCE is a checkpoint (of tf.train.Checkpoint, Model.save_weights or TensorFlow 1's Saver; its prefix or its directory), a SavedModel's directory or its
variables/variables, a .keras archive, or a .h5 file. OUT names each table by the full name of its column, as seqfeat expects it. docs/from_tensorflow.md walks through an example.
Exit code 0, or 1 with the reason; then there is no OUT.
"""
import argparse
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from seqfeat_bridge import models, output, tables, variables  # noqa: E402


def choice(text):
    name, equals, key = text.partition("=")
    if not (name and equals and key):
        raise argparse.ArgumentTypeError(f"expected NAME=VARIABLE, got '{text}'")
    return name, key


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a checkpoint, SavedModel, .keras archive or .h5 file")
    parser.add_argument("out", metavar="OUT.safetensors")
    parser.add_argument("--spec", metavar="SPEC.json", help="take the tables of this spec's columns, all of them and no others; their shapes are checked")
    parser.add_argument("--take", metavar="NAME=VARIABLE", type=choice, action="append", default=[], help="make the table NAME of VARIABLE, whatever that is called; may be given several times")
    options = parser.parse_args(arguments)

    def work():
        with output.reading(options.spec):
            expected = tables.tables_of_spec(pathlib.Path(options.spec).read_text(encoding="utf-8")) if options.spec else None
        with variables.variables_of(options.source) as found:
            chosen = tables.find_tables(found, models.layers_in(options.source), expected, dict(options.take))
            with output.replacing(options.out) as file:
                tables.write_safetensors(file, chosen)
        for table in chosen:
            print(f"{table.name}  {table.type[0]} {table.shape}  from {', '.join(variable.key for variable in table.variables)}")

    return output.run(parser.prog, options.source, options.out, ".safetensors", work)


if __name__ == "__main__":
    sys.exit(main())
