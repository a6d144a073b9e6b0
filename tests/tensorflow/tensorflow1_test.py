# SPDX-License-Identifier: Apache-2.0
"""What TensorFlow 1 saves, and its tables bit for bit: tensorflow1_test.py ROOT [SEQFEAT]. Needs TensorFlow and tf_keras."""
import numpy as np

import support  # first: it says where the tools are
from saved import Form, SequenceFeatures, Subclassed, batch, columns, fc, keras, seq, tables_of, tf, trained, v1


class Graphs(Form):
    OPTIMIZERS = {"Adam": v1.train.AdamOptimizer, "Adagrad": lambda: v1.train.AdagradOptimizer(0.1), "Momentum": lambda: v1.train.MomentumOptimizer(0.1, 0.9),
                  "RMSProp": lambda: v1.train.RMSPropOptimizer(0.1), "Ftrl": lambda: v1.train.FtrlOptimizer(0.1)}

    def saved(self, build, path, optimizer=v1.train.AdamOptimizer, save=None):
        """Trains a step in a graph of TensorFlow 1 and saves it; {name of a variable: its value}, of partitioned ones the parts joined."""
        with tf.Graph().as_default(), v1.Session() as session:
            train = optimizer().minimize(tf.reduce_sum(build()))
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            session.run(train)
            found = {}
            for variable in v1.trainable_variables():
                found.setdefault(variable.op.name.split("/part_")[0], []).append(session.run(variable))
            save(session) if save else v1.train.Saver().save(session, self.path(path))
        return {name: np.concatenate(parts) for name, parts in found.items()}

    def input_layer(self, key="tokens"):
        column = v1.feature_column.embedding_column(fc.categorical_column_with_hash_bucket(key, 10), 4)
        return v1.feature_column.input_layer(batch([key]), [column])

    def test_saver(self):
        for name, optimizer in self.OPTIMIZERS.items():
            with self.subTest(name):
                expected = self.saved(self.input_layer, name, optimizer)
                self.holds({"tokens_embedding": expected["input_layer/tokens_embedding/embedding_weights"]}, name)

    def test_sequence_features(self):
        expected = self.saved(lambda: SequenceFeatures(columns())(batch())[0], "c")
        self.holds({name.split("/")[1]: array for name, array in expected.items()}, "c")

    def test_saver_of_the_old_form(self):
        expected = self.saved(self.input_layer, "", save=lambda session: v1.train.Saver(write_version=v1.train.SaverDef.V1).save(session, self.path("old")))
        self.holds({"tokens_embedding": expected["input_layer/tokens_embedding/embedding_weights"]}, "old")

    def test_a_saver_of_keras_variables(self):
        layer = SequenceFeatures(columns())
        model = trained(Subclassed(layer), keras.optimizers.Adam(name="mine"))
        v1.train.Saver({variable.name.split(":")[0]: variable for variable in model.variables + model.optimizer.variables}).save(None, self.path("c"))
        self.holds({key.replace("/", "_"): table for key, table in tables_of(layer).items()}, "c")

    def test_partitioned(self):
        def build():
            with v1.variable_scope("model", partitioner=v1.fixed_size_partitioner(3)):
                return self.input_layer()
        expected = self.saved(build, "c", self.OPTIMIZERS["Adagrad"])
        self.assertEqual([array.shape for array in expected.values()], [(10, 4)])
        self.holds({"tokens_embedding": next(iter(expected.values()))}, "c")

    def test_parts_under_names_of_their_own(self):
        def build():
            with v1.variable_scope("model", partitioner=v1.fixed_size_partitioner(3)):
                return self.input_layer()

        def save(session):
            parts = {variable.op.name: session.run(variable) for variable in v1.trainable_variables()}
            with tf.Graph().as_default(), v1.Session() as other:
                copies = {name: v1.get_variable(name, initializer=tf.constant(value)) for name, value in parts.items()}
                other.run(v1.global_variables_initializer())
                v1.train.Saver(copies).save(other, self.path("parts"))
        expected = self.saved(build, "", save=save)
        spec = self.folder / "spec.json"
        spec.write_text('{"columns": [{"type": "embedding_column", "dimension": 4, "categorical_column": {"key": "tokens", "hash_bucket_size": 10}}]}')
        self.holds({"tokens_embedding": next(iter(expected.values()))}, "parts", "--spec", spec)
        self.refuses("parts", "in 3 parts", "--spec")

    def test_shared_tables(self):
        hashed = lambda make, **options: make([fc.categorical_column_with_hash_bucket(key, 10) for key in "ba"], 4, **options)
        old = lambda: v1.feature_column.input_layer(batch("ab"), hashed(v1.feature_column.shared_embedding_columns))
        new = lambda: keras.layers.DenseFeatures(hashed(fc.shared_embeddings))(batch("ab"))
        named = lambda: keras.layers.DenseFeatures(hashed(fc.shared_embeddings, shared_embedding_collection_name="items"))(batch("ab"))
        sequences = lambda: SequenceFeatures(fc.shared_embeddings([seq("b", 10), seq("a", 10)], 4))(batch("ab"))[0]
        for i, build in enumerate((old, new, sequences)):
            for name, optimizer in self.OPTIMIZERS.items():
                with self.subTest(i=i, optimizer=name):
                    expected = self.saved(build, f"{i}{name}", optimizer)
                    self.holds({"a_b_shared_embedding": next(iter(expected.values()))}, f"{i}{name}")
        expected = self.saved(named, "named")
        self.refuses("named", "items  float32 [10, 4]")
        self.holds({"items": expected["items"]}, "named", "--take", "items=items")

    def test_saved_model(self):
        def save(session):
            v1.saved_model.simple_save(session, self.path("saved"), {"x": v1.placeholder(tf.float32)}, {"y": tf.constant(1.0)})
        expected = self.saved(self.input_layer, "", save=save)
        self.holds({"tokens_embedding": next(iter(expected.values()))}, "saved")

    def test_half_types(self):
        for dtype, tag in ((tf.float16, "F16"), (tf.bfloat16, "BF16")):
            with tf.Graph().as_default(), v1.Session() as session:
                variable = v1.get_variable("x/tokens_embedding/embedding_weights", initializer=tf.cast(tf.random.normal([10, 4]), dtype))
                session.run(v1.global_variables_initializer())
                v1.train.Saver().save(session, self.path(tag))
                self.holds({"tokens_embedding": session.run(variable)}, tag, type=tag)


if __name__ == "__main__":
    support.main()
