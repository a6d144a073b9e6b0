# SPDX-License-Identifier: Apache-2.0
"""Feature columns in their written form, and where they are found in Python: spec_test.py ROOT [SEQFEAT]. SEQFEAT reads what is written."""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock

import support  # first: it says where the tools are
from support import embedding, hashed, identity, take_spec
from seqfeat_bridge import output, python_source, spec
from seqfeat_bridge.columns import buckets_of

CATEGORICAL = {"type": "sequence_categorical_column_with_hash_bucket", "key": "tokens", "hash_bucket_size": 10, "dtype": "string"}
NORMAL = {"type": "truncated_normal", "mean": 0.0, "stddev": None, "seed": 0}


def initializer(kind="TruncatedNormal", **options):
    return {"class_name": kind, "config": {"mean": 0.0, "stddev": 0.5, "seed": None, **options}}


class Conversion(unittest.TestCase):
    def one(self, column, **options):
        found, refused = spec.spec_of([column], **options)
        self.assertEqual(refused, {})
        return next(iter(found.values()))

    def refused(self, column, **options):
        found, refused = spec.spec_of([column], **options)
        self.assertEqual(found, {})
        return next(iter(refused.items()))

    def test_columns_that_have_a_counterpart(self):
        self.assertEqual(self.one(hashed("tokens")), CATEGORICAL)
        self.assertEqual(self.one({"class_name": "IndicatorColumn", "config": {"categorical_column": hashed("tokens")}}), {"type": "indicator_column", "categorical_column": CATEGORICAL})
        self.assertEqual(self.one(embedding(hashed("tokens"))), {"type": "embedding_column", "dimension": 4, "combiner": "mean", "max_norm": None, "trainable": True,
                                                                 "initializer": NORMAL, "categorical_column": CATEGORICAL})
        got = self.one(embedding(hashed("tokens", 7, "int64"), 3, combiner="sqrtn", max_norm=2, trainable=False, initializer=initializer(mean=1, stddev=0.25, seed=-1)))
        self.assertEqual(got, {"type": "embedding_column", "dimension": 3, "combiner": "sqrtn", "max_norm": 2.0, "trainable": False,
                               "initializer": {"type": "truncated_normal", "mean": 1.0, "stddev": 0.25, "seed": 2**64 - 1},
                               "categorical_column": {**CATEGORICAL, "hash_bucket_size": 7, "dtype": "int64"}})

    def test_columns_whose_values_are_ids(self):
        shop = {"type": "sequence_categorical_column_with_identity", "key": "shop", "num_buckets": 7, "default_value": None, "dtype": "int64"}
        self.assertEqual(self.one(identity("shop", 7)), shop)
        self.assertEqual(self.one(embedding(identity("shop", 1, 0)))["categorical_column"], {**shop, "num_buckets": 1, "default_value": 0})
        self.assertIn("empty key", self.refused(identity(""))[1])

    def test_columns_with_a_vocabulary(self):
        sequence = lambda kind, **config: {"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": {"class_name": kind, "config": {
            "key": "k", "dtype": "string", "num_oov_buckets": 0, "default_value": -1, **config}}}}
        words = lambda **config: sequence("VocabularyListCategoricalColumn", **config)
        lines = lambda **config: sequence("VocabularyFileCategoricalColumn", **{"vocabulary_file": "words.txt", "vocabulary_size": 7, **config})
        listed = {"type": "sequence_categorical_column_with_vocabulary_list", "key": "k", "vocabulary_list": ["a", "é"], "default_value": -1, "num_oov_buckets": 0, "dtype": "string"}
        filed = {"type": "sequence_categorical_column_with_vocabulary_file", "key": "k", "vocabulary_file": "words.txt", "vocabulary_size": 7, "default_value": -1, "num_oov_buckets": 0,
                 "dtype": "string"}
        self.assertEqual(self.one(words(vocabulary_list=("a", "é"))), listed)
        self.assertEqual(self.one(words(vocabulary_list=(b"a", "é".encode()), num_oov_buckets=3)), {**listed, "num_oov_buckets": 3})
        self.assertEqual(self.one(words(vocabulary_list=[5, -6], dtype="int64", default_value=1)), {**listed, "vocabulary_list": [5, -6], "default_value": 1, "dtype": "int64"})
        self.assertEqual(self.one(lines()), filed)
        self.assertEqual(self.one(lines(num_oov_buckets=2, vocabulary_size=None)), {**filed, "default_value": None, "num_oov_buckets": 2, "vocabulary_size": None})
        self.assertIn("UTF-8", self.refused(words(vocabulary_list=[b"\xff"]))[1])
        self.assertIn("TFRecords", self.refused(lines(vocabulary_file="words.tfrecord.gz"))[1])
        self.assertIn("float32", self.refused(lines(dtype="float32"))[1])
        self.assertEqual([buckets_of(one) for one in (listed, {**filed, "num_oov_buckets": 2}, {**filed, "vocabulary_size": None})], [2, 9, None])

    def test_columns_of_numbers(self):
        made = {"class_name": "SequenceNumericColumn", "config": {"key": "x", "shape": (2, 3), "default_value": 1, "dtype": "float32", "normalizer_fn": None}}
        with_config = lambda **other: {**made, "config": {**made["config"], **other}}
        self.assertEqual(self.one(made), {"type": "sequence_numeric_column", "key": "x", "shape": [2, 3], "default_value": 1.0, "dtype": "float32"})
        self.assertEqual(self.one(with_config(shape=2))["shape"], [2])
        for column, part in ((with_config(normalizer_fn="log"), "normalizer_fn"), (with_config(dtype="float64"), "float64"), (with_config(key=""), "empty key")):
            self.assertIn(part, self.refused(column)[1])

    def test_weighted_columns(self):
        weigh = lambda inner, **config: {"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": {"class_name": "WeightedCategoricalColumn", "config": {
            "categorical_column": inner, "weight_feature_key": "w", "dtype": "float32", **config}}}}
        plain = hashed("k", sequence=False)
        made = self.one(embedding(weigh(plain), 3))
        self.assertEqual(made["categorical_column"], {"type": "sequence_weighted_categorical_column", "categorical_column": self.one(hashed("k")), "weight_feature_key": "w", "dtype": "float32"})
        self.assertEqual(buckets_of(made["categorical_column"]), buckets_of(self.one(hashed("k"))))
        for column, part in ((weigh(plain), "embed it"), ({"class_name": "IndicatorColumn", "config": {"categorical_column": weigh(plain)}}, "it counts ids"),
                             (embedding(weigh(plain, dtype="int64")), "int64"), (embedding(weigh(plain, weight_feature_key="")), "empty"),
                             (embedding(weigh(weigh(plain)["config"]["categorical_column"])), "of a weighted one")):
            self.assertIn(part, self.refused(column)[1])

    def test_columns_that_have_none_are_named_by_their_functions(self):
        inner = lambda kind, **config: {"class_name": kind, "config": {"key": "k", **config}}
        sequence = lambda column: {"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": column}}
        for column, name, function in (
                (embedding(sequence(inner("CrossedColumn", keys=["a", "b"]))), "a_X_b_embedding", "crossed_column has no counterpart: it crosses all values of a row"),
                (embedding(inner("VocabularyListCategoricalColumn")), "k_embedding", "categorical_column_with_vocabulary_list has no counterpart; only sequence columns"),
                (inner("NumericColumn"), "k", "numeric_column"),
                ({"class_name": "WeightedCategoricalColumn", "config": {"categorical_column": hashed("k"), "weight_feature_key": "w"}}, "k_weighted_by_w", "weighted_categorical_column"),
                ({"class_name": "_SharedEmbeddingColumn", "config": {"name": "a_shared_embedding"}}, "a_shared_embedding", "shared_embeddings"),
                ({"class_name": "CrossedColumn", "config": {"keys": ["a", "b"]}}, "a_X_b", "crossed_column"),
                (embedding(hashed("k", sequence=False)), "k_embedding", "categorical_column_with_hash_bucket has no counterpart; only sequence columns"),
                (embedding(identity("k", sequence=False)), "k_embedding", "categorical_column_with_identity has no counterpart; only sequence columns")):
            got, why = self.refused(column)
            self.assertEqual(got, name)
            self.assertTrue(why.startswith(function), why)

    def test_options_that_have_none(self):
        for column, part in ((embedding(hashed("k"), use_safe_embedding_lookup=False), "use_safe_embedding_lookup"), (hashed("k", 1), "hash_bucket_size"), (hashed("k", dtype="float32"), "float32"),
                             (hashed(""), "empty key")):
            self.assertIn(part, self.refused(column)[1])
        for options, part in ((dict(initializer=initializer("RandomNormal")), "RandomNormal"), (dict(initializer="made_by_hand"), "made_by_hand"), (dict(ckpt_to_load_from="x"), "ckpt_to_load_from")):
            self.assertIn(part, self.refused(embedding(hashed("k"), **options))[1])
            self.assertIn("--no-initializers", self.refused(embedding(hashed("k"), **options))[1])
            self.assertNotIn("initializer", self.one(embedding(hashed("k"), **options), with_initializer=False))

    def test_two_columns_of_one_name(self):
        self.assertIn("k_embedding", spec.spec_of([embedding(hashed("k")), embedding(hashed("k"), 5)])[1])

    @unittest.skipUnless(support.program, "no seqfeat")
    def test_the_program_reads_it(self):
        columns = [embedding(hashed("b"), 3, initializer=initializer(seed=-1), max_norm=1e30), hashed("ü\n\"", 2**63 - 1, "uint8"), embedding(hashed("a"), trainable=False),
                   identity("i", 2**63 - 1, 2**63 - 2), embedding(identity("j", 1)),
                   {"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": {"class_name": "VocabularyListCategoricalColumn", "config": {
                       "key": "v", "vocabulary_list": ("é", "\n"), "dtype": "string", "default_value": -1, "num_oov_buckets": 4}}}},
                   embedding({"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": {"class_name": "WeightedCategoricalColumn", "config": {
                       "categorical_column": hashed("weighed", sequence=False), "weight_feature_key": "w", "dtype": "float32"}}}}),
                   {"class_name": "SequenceNumericColumn", "config": {"key": "x", "shape": [2], "default_value": 0.5, "dtype": "float32", "normalizer_fn": None}}]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "spec.json"
            path.write_text(spec.text_of(spec.spec_of(columns)[0].values()), encoding="utf-8")
            done = subprocess.run([support.program, "spec", str(path)], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for part in ('"weight_feature_key": "w", "dtype": "float32"}', '"shape": [2], "default_value": 0.5', '"seed": 18446744073709551615', '"default_value": 9223372036854775806', '"num_buckets": 1, "default_value": null'):
            self.assertIn(part, done.stdout)


class FeatureColumn(collections.namedtuple("FeatureColumn", ("name", "inner"), defaults=(None,))):
    """Stands for TensorFlow's columns, which are tuples and known by the name of their base."""


class InPython(unittest.TestCase):
    def found(self, **attributes):
        return [column.name for column in python_source.columns_of_module(types.SimpleNamespace(**attributes), "model.py")]

    def test_a_list_or_the_outermost_columns(self):
        tokens = FeatureColumn("tokens")
        embedded, shown = FeatureColumn("tokens_embedding", tokens), FeatureColumn("tokens_indicator", tokens)
        self.assertEqual(self.found(tokens=tokens, a=embedded, b=shown, n=3, again=embedded), ["tokens_embedding", "tokens_indicator"])
        self.assertEqual(self.found(tokens=tokens), ["tokens"])
        self.assertEqual(self.found(tokens=tokens, a=embedded, b=shown, columns=[shown], sizes=[1, 2], none=[]), ["tokens_indicator"])
        self.assertEqual(self.found(columns={"x": [shown], "y": embedded}), ["tokens_indicator", "tokens_embedding"])

    def test_what_is_not_clear_is_refused(self):
        column = FeatureColumn("x")
        with self.assertRaisesRegex(output.Refusal, "model.py:user or model.py:item"):
            self.found(user=[column], item=[column])
        with self.assertRaisesRegex(output.Refusal, "holds no feature columns.*build, size"):
            self.found(build=lambda: 1, size=3)

    def test_files_modules_and_attributes(self):
        text = "from __future__ import annotations\nimport dataclasses, neighbour\n@dataclasses.dataclass\nclass Options:\n    size: int = 1\nwords = [1]\nclass FeatureColumn:\n    name = neighbour.NAME\ncolumn = FeatureColumn()\ndef made():\n    return [column]\nif __name__ == '__main__':\n    raise SystemExit(3)\n"
        with tempfile.TemporaryDirectory() as folder, unittest.mock.patch.object(sys, "path", list(sys.path)), unittest.mock.patch.object(python_source, "written", lambda column: column.name):
            file = pathlib.Path(folder) / "of_the_user.py"
            file.write_text(text)
            (file.parent / "neighbour.py").write_text("NAME = 'x'\n")
            for source in (str(file), f"{file}:column", f"{file}:made", "of_the_user:made"):
                self.assertTrue(python_source.is_python(source))
                self.assertEqual(python_source.columns_in(source), ["x"])
            for source, part in ((f"{file}:words", "holds no feature columns, but list"), (f"{file}:nothing", "no attribute 'nothing', but annotations, dataclasses, neighbour, Options, words"), ("no_such_module:x", "ModuleNotFoundError")):
                with self.assertRaisesRegex(output.Refusal, part):
                    python_source.columns_in(source)
            file.write_text("raise SystemExit(0)")
            out = file.parent / "spec.json"
            out.write_text("old")
            code, _, why = take_spec(file, out)
            self.assertEqual((code, out.exists()), (1, False))
            self.assertIn("SystemExit", why)


if __name__ == "__main__":
    support.main()
