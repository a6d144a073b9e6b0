# SPDX-License-Identifier: Apache-2.0
"""Specs of TensorFlow's own columns, layers and models: columns_test.py ROOT SEQFEAT. Needs TensorFlow and tf_keras."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import support  # first: it says where the tools are
from support import take_spec

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import tensorflow as tf

HEADER = """
import functools
import tensorflow as tf
import tf_keras as keras
fc, v1 = tf.feature_column, tf.compat.v1
seq = fc.sequence_categorical_column_with_hash_bucket
"""


class FromPython(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "model.py"
        self.out = self.file.with_name("spec.json")

    def spec(self, text, attribute="", *options):
        """The canonical spec, as the program reads what is written."""
        self.file.write_text(HEADER + text)
        code, _, why = take_spec(f"{self.file}{attribute}", self.out, *options)
        self.assertEqual(code, 0, why)
        done = subprocess.run([support.program, "spec", "--json", str(self.out)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(self.out.read_text())["columns"]

    def refused(self, text, *parts, attribute=""):
        self.file.write_text(HEADER + text)
        self.out.write_text("old")
        code, told, why = take_spec(f"{self.file}{attribute}", self.out)
        self.assertEqual((code, told, self.out.exists()), (1, "", False))
        for part in parts:
            self.assertIn(part, why)

    def test_everything_that_has_a_counterpart(self):
        got = self.spec("""
words = seq("wörter", 2**40, dtype=tf.string)
a = fc.embedding_column(words, 16, combiner="sqrtn", max_norm=0.5, trainable=False)
b = fc.embedding_column(seq("n", 7, dtype=tf.uint8), 3, initializer=tf.compat.v1.truncated_normal_initializer(mean=1.0, stddev=0.25, seed=7))
c = fc.indicator_column(seq("n", 5, dtype=tf.uint8))
bare = seq("only ids", 9, dtype=tf.int16)
""")
        words = {"type": "sequence_categorical_column_with_hash_bucket", "key": "wörter", "hash_bucket_size": 2**40, "dtype": "string"}
        numbers = lambda size: {**words, "key": "n", "hash_bucket_size": size, "dtype": "uint8"}
        plain = {"type": "embedding_column", "combiner": "mean", "max_norm": None, "trainable": True}
        self.assertEqual(got, [
            {**plain, "dimension": 3, "initializer": {"type": "truncated_normal", "mean": 1.0, "stddev": 0.25, "seed": 7}, "categorical_column": numbers(7)},
            {"type": "indicator_column", "categorical_column": numbers(5)},
            {**words, "key": "only ids", "hash_bucket_size": 9, "dtype": "int16"},
            {**plain, "dimension": 16, "combiner": "sqrtn", "max_norm": 0.5, "trainable": False, "initializer": {"type": "truncated_normal", "mean": 0.0, "stddev": None, "seed": 0},
             "categorical_column": words}])

    def test_columns_whose_values_are_ids(self):
        got = self.spec("""
ids = fc.sequence_categorical_column_with_identity
columns = [fc.indicator_column(ids("a", 1)), fc.embedding_column(ids("b", 2**40, default_value=2**40 - 1), 4), ids("c", 5, 0)]
""")
        ids = lambda key, size, default: {"type": "sequence_categorical_column_with_identity", "key": key, "num_buckets": size, "default_value": default, "dtype": "int64"}
        self.assertEqual([column.get("categorical_column", column) for column in got], [ids("a", 1, None), ids("b", 2**40, 2**40 - 1), ids("c", 5, 0)])

    def test_columns_with_a_vocabulary(self):
        got = self.spec("""
listed, filed = fc.sequence_categorical_column_with_vocabulary_list, fc.sequence_categorical_column_with_vocabulary_file
columns = [listed("a", ["x", "é"], num_oov_buckets=2), fc.embedding_column(listed("b", [5, -6], default_value=1), 4), fc.indicator_column(filed("c", "words.txt", 7)),
           filed("d", "words.txt", 7, num_oov_buckets=3)]
""")
        of = lambda kind, key, dtype, default, others, **words: {"type": f"sequence_categorical_column_with_vocabulary_{kind}", "key": key, **words, "default_value": default,
                                                                 "num_oov_buckets": others, "dtype": dtype}
        self.assertEqual([column.get("categorical_column", column) for column in got], [
            of("list", "a", "string", -1, 2, vocabulary_list=["x", "é"]), of("list", "b", "int64", 1, 0, vocabulary_list=[5, -6]),
            of("file", "c", "string", -1, 0, vocabulary_file="words.txt", vocabulary_size=7), of("file", "d", "string", None, 3, vocabulary_file="words.txt", vocabulary_size=7)])

    def test_lists_functions_layers_and_models(self):
        text = """
columns = [fc.embedding_column(seq("tokens", 10), 4)]
def build():
    return columns
def broken():
    return {}["nothing"]
layer = keras.experimental.SequenceFeatures(columns)
inputs = {"tokens": keras.Input((None,), dtype=tf.string, sparse=True, name="tokens")}
model = keras.Model(inputs, layer(inputs))
class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.features = keras.experimental.SequenceFeatures(columns)
        self.score = keras.layers.Dense(1)
class Towers(keras.Model):
    def __init__(self):
        super().__init__()
        self.towers = [Model(), Model()]
"""
        expected = self.spec(text)
        self.assertEqual(expected[0]["categorical_column"]["key"], "tokens")
        for attribute in (":columns", ":build", ":layer", ":model", ":Model"):
            self.assertEqual(self.spec(text, attribute), expected)
        self.refused(text, "several layers over feature columns: sequence_features", attribute=":Towers")
        self.refused(text, "KeyError: 'nothing'", attribute=":broken")

    def test_default_initializers_of_every_dimension_are_ours(self):
        for column in self.spec("columns = [fc.embedding_column(seq(str(d), 10), d) for d in range(1, 258)]"):
            self.assertIsNone(column["initializer"]["stddev"])

    def test_columns_without_a_counterpart_are_all_named(self):
        self.refused("""
columns = [
    fc.embedding_column(fc.categorical_column_with_identity("id", 10), 4),
    fc.embedding_column(fc.categorical_column_with_vocabulary_list("list", ["a", "b"]), 4),
    fc.indicator_column(fc.categorical_column_with_vocabulary_file("file", "/dev/null", 3)),
    fc.sequence_numeric_column("numbers", normalizer_fn=tf.math.log),
    fc.numeric_column("number"),
    fc.bucketized_column(fc.numeric_column("age"), [1, 2]),
    fc.embedding_column(fc.weighted_categorical_column(seq("tokens", 10), "weights"), 4),
    fc.indicator_column(fc.crossed_column(["x", "y"], 10)),
    fc.embedding_column(fc.categorical_column_with_hash_bucket("flat", 10), 4),
    fc.embedding_column(seq("drawn", 10), 4, initializer=keras.initializers.RandomNormal()),
    fc.embedding_column(seq("made", 10), 4, initializer=lambda shape, dtype, partition_info=None: tf.zeros(shape, dtype)),
    fc.embedding_column(seq("partial", 10), 4, initializer=functools.partial(tf.zeros)),
    fc.embedding_column(seq("loaded", 10), 4, ckpt_to_load_from="c", tensor_name_in_ckpt="t"),
    fc.embedding_column(seq("unsafe", 10), 4, use_safe_embedding_lookup=False),
    fc.indicator_column(seq("one", 1)),
    fc.embedding_column(seq("fine", 10), 4),
]
""", "id_embedding: categorical_column_with_identity", "list_embedding: categorical_column_with_vocabulary_list",
            "file_indicator: categorical_column_with_vocabulary_file", "numbers: normalizer_fn", "number: numeric_column", "age_bucketized: bucketized_column",
            "tokens_weighted_by_weights_embedding: weighted_categorical_column", "x_X_y_indicator: crossed_column", "flat_embedding: categorical_column_with_hash_bucket",
            "drawn_embedding: initializer RandomNormal", "made_embedding: initializer <lambda>", "partial_embedding: initializer partial", "loaded_embedding: ckpt_to_load_from", "unsafe_embedding: use_safe_embedding_lookup=False",
            "one_indicator: hash_bucket_size", "docs/semantics.md")

    def test_shared_columns(self):
        self.refused("""
with tf.Graph().as_default():
    columns = v1.feature_column.shared_embedding_columns([fc.categorical_column_with_hash_bucket(key, 10) for key in "ab"], 4)
""", "a_shared_embedding: shared_embeddings has no counterpart")
        got = self.spec("""
with tf.Graph().as_default():
    columns = [*fc.shared_embeddings([seq(key, 10) for key in "ba"], 4, combiner="sum", max_norm=2.0, trainable=False),
               *fc.shared_embeddings([seq("c", 7)], 3, initializer=tf.compat.v1.truncated_normal_initializer(stddev=0.25), shared_embedding_collection_name="items")]
""")
        source = lambda key, size: {"type": "sequence_categorical_column_with_hash_bucket", "key": key, "hash_bucket_size": size, "dtype": "string"}
        ours = lambda key, size, dimension, table, stddev, **options: {
            "type": "shared_embedding_column", "dimension": dimension, "combiner": "mean", "max_norm": None, "trainable": True, **options, "table": table,
            "initializer": {"type": "truncated_normal", "mean": 0.0, "stddev": stddev, "seed": 0}, "categorical_column": source(key, size)}
        options = {"combiner": "sum", "max_norm": 2.0, "trainable": False}
        self.assertEqual(got, [ours("a", 10, 4, "a_b_shared_embedding", None, **options), ours("b", 10, 4, "a_b_shared_embedding", None, **options),
                               ours("c", 7, 3, "items", 0.25)])

    def test_initializers_can_be_left_out(self):
        got = self.spec("""
columns = [fc.embedding_column(seq("tokens", 10), 4, initializer=keras.initializers.RandomNormal()),
           fc.embedding_column(seq("made", 10), 4, initializer=lambda shape, dtype, partition_info=None: tf.zeros(shape, dtype))]
""", "", "--no-initializers")
        self.assertEqual([(column["categorical_column"]["key"], column.get("initializer")) for column in got], [("made", None), ("tokens", None)])

    def test_a_model_of_tensorflow_without_such_columns(self):
        self.refused("model = keras.Sequential([keras.layers.Dense(1)])", "holds no feature columns", attribute=":model")
        tf.saved_model.save(tf.Module(), str(self.file.parent / "saved"))
        code, _, why = take_spec(self.file.parent / "saved", self.out)
        self.assertEqual((code, self.out.exists()), (1, False))
        self.assertIn("describes no layer over feature columns", why)


if __name__ == "__main__":
    support.main()
