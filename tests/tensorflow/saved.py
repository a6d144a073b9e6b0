# SPDX-License-Identifier: Apache-2.0
"""Models with feature columns, trained a little, and what has to come out of the files that they are saved in. Needs TensorFlow and tf_keras."""
import os
import pathlib
import tempfile
import unittest

import support  # first: it says where the tools are
from support import read_safetensors, take_spec, take_tables

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import tensorflow as tf
import tf_keras as keras

tf.get_logger().setLevel("ERROR")
fc, v1 = tf.feature_column, tf.compat.v1
seq = fc.sequence_categorical_column_with_hash_bucket
SequenceFeatures = keras.experimental.SequenceFeatures
KEYS = ("tokens", "query", "my.key/x", "a")  # neither by name nor without characters that are escaped


def batch(keys=KEYS):
    return {key: tf.sparse.from_dense([["a", "b"], ["c", ""]]) for key in keys}


def columns(keys=KEYS, mixed=False):
    """With `mixed` the first of two is not trainable, so that Keras keeps the variables in another order than that of their names."""
    return [fc.embedding_column(seq(key, 10 + i), 3 + i % 2, trainable=not mixed or i % 2 == 1) for i, key in enumerate(keys)]


def functional(layers, keys=KEYS):
    inputs = {key: keras.Input((None,), dtype=tf.string, name=key.replace("/", "_"), sparse=True) for key in keys}
    answers = [layer(inputs) for layer in layers]
    rows = [tf.reduce_sum(answer[0], 1) if isinstance(answer, tuple) else answer for answer in answers]
    return keras.Model(inputs, keras.layers.Dense(1)(tf.concat(rows, -1)))


class Subclassed(keras.Model):
    def __init__(self, *layers):
        super().__init__()
        self.towers = list(layers)
        self.score = keras.layers.Dense(1)

    def call(self, inputs):
        return self.score(tf.concat([tf.reduce_sum(layer(inputs)[0], 1) for layer in self.towers], -1))


def trained(model, optimizer="adam", keys=KEYS):
    model.compile(optimizer, "mse", run_eagerly=True)
    model.fit(batch(keys), tf.ones([2, 1]), verbose=0)
    return model


def tables_of(*layers):
    """{full name of a column: its table}, from where the layers keep them."""
    return {column.name: layer._state_manager.get_variable(column, "embedding_weights").numpy() for layer in layers for column in layer._feature_columns}


class Form(unittest.TestCase):
    def setUp(self):
        keras.backend.clear_session()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "tables.safetensors"

    def path(self, name):
        return str(self.folder / name)

    def holds(self, expected, source, *options, type="F32"):
        """The tool takes exactly these tables out of `source`, with all bits."""
        self.out.write_bytes(b"old")
        code, told, why = take_tables(self.folder / source, self.out, *options)
        self.assertEqual(code, 0, why)
        self.assertEqual(read_safetensors(self.out), {name: (type, list(array.shape), array.tobytes()) for name, array in expected.items()})
        for name in expected:
            self.assertIn(f"{name}  {type} [", told)

    def refuses(self, source, *parts, options=()):
        self.out.write_bytes(b"old")
        code, told, why = take_tables(self.folder / source, self.out, *options)
        self.assertEqual((code, told, self.out.exists()), (1, "", False))
        for part in parts:
            self.assertIn(part, why)

    def spec(self, source):
        code, _, why = take_spec(source, self.folder / "spec.json")
        self.assertEqual(code, 0, why)
        return "--spec", self.folder / "spec.json"
