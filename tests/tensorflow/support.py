# SPDX-License-Identifier: Apache-2.0
"""What the tests of the tools from TensorFlow share. The arguments are the root of the sources and, where it is there, the program."""
import contextlib
import io
import json
import pathlib
import struct
import sys
import unittest

root = pathlib.Path(sys.argv.pop(1)).resolve()
program = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
sys.path.insert(0, str(root / "examples"))
import spec_from_tensorflow  # noqa: E402
import tables_from_tensorflow  # noqa: E402


def run(tool, *arguments):
    """(exit code, stdout, stderr) of a tool, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = tool.main([str(argument) for argument in arguments])
        except SystemExit as exit:
            code = exit.code
    return code, out.getvalue(), err.getvalue()


def take_tables(*arguments):
    return run(tables_from_tensorflow, *arguments)


def take_spec(*arguments):
    return run(spec_from_tensorflow, *arguments)


def read_safetensors(path):
    """{name: (type, shape, bytes)}."""
    data = pathlib.Path(path).read_bytes()
    length, = struct.unpack("<Q", data[:8])
    body = data[8 + length:]
    return {name: (one["dtype"], one["shape"], body[slice(*one["data_offsets"])]) for name, one in json.loads(data[8:8 + length]).items()}


def hashed(key, size=10, dtype="string", sequence=True):
    """A hashed column as Keras writes it."""
    column = {"class_name": "HashedCategoricalColumn", "config": {"key": key, "hash_bucket_size": size, "dtype": dtype}}
    return {"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": column}} if sequence else column


def identity(key, size=10, default=None, sequence=True):
    """An identity column as Keras writes it."""
    column = {"class_name": "IdentityCategoricalColumn", "config": {"key": key, "number_buckets": size, "default_value": default}}
    return {"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": column}} if sequence else column


def embedding(categorical, dimension=4, **options):
    initializer = {"class_name": "TruncatedNormal", "config": {"mean": 0.0, "stddev": dimension ** -0.5, "seed": None, "dtype": "float32"}}
    config = {"categorical_column": categorical, "dimension": dimension, "combiner": "mean", "initializer": initializer, "ckpt_to_load_from": None,
              "tensor_name_in_ckpt": None, "max_norm": None, "trainable": True, "use_safe_embedding_lookup": True}
    return {"class_name": "EmbeddingColumn", "config": {**config, **options}}


def layer(*columns, name="sequence_features", kind="SequenceFeatures", **options):
    return {"class_name": kind, "config": {"name": name, "trainable": True, "feature_columns": list(columns), **options}}


def model(*layers):
    return {"class_name": "Functional", "config": {"layers": list(layers)}}


def main():
    """Runs the tests of the file; the last line of the output is the total."""
    result = unittest.main(module="__main__", exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{max(result.testsRun - failed - len(result.skipped), 0)} passed, {failed} failed")
    sys.exit(failed > 0)
