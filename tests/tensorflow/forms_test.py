# SPDX-License-Identifier: Apache-2.0
"""What TensorFlow 2 and Keras save, in every form, and its tables bit for bit: forms_test.py ROOT [SEQFEAT]. Needs TensorFlow and tf_keras."""
import pathlib

import support  # first: it says where the tools are
from saved import KEYS, Form, SequenceFeatures, Subclassed, columns, fc, functional, keras, seq, tables_of, tf, trained


class Forms(Form):
    OPTIMIZERS = {"adam": lambda: "adam", "named": lambda: keras.optimizers.Adam(name="mine"), "legacy": keras.optimizers.legacy.Adam,
                  "adagrad": keras.optimizers.Adagrad, "ftrl": keras.optimizers.legacy.Ftrl, "averaged": lambda: keras.optimizers.SGD(momentum=0.5, use_ema=True)}

    def test_checkpoint(self):
        for name, optimizer in self.OPTIMIZERS.items():
            layer = SequenceFeatures(columns(mixed=True))
            model = trained(Subclassed(layer), optimizer())
            tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(self.path(f"{name}/c"))
            tf.train.Checkpoint(optimizer=model.optimizer, first=model.variables).save(self.path(f"{name}-list/c"))
            with self.subTest(name):
                for source in (f"{name}/c-1", f"{name}/c-1.index", name):
                    self.holds(tables_of(layer), source)
                renamed = {key.replace("/", "_"): table for key, table in tables_of(layer).items()}
                self.holds(renamed, f"{name}-list")  # by the full names, which are all that is there
                self.refuses(f"{name}/c-2", "no model and no checkpoint")

    def test_weights(self):
        for name, optimizer in self.OPTIMIZERS.items():
            layer = SequenceFeatures(columns(mixed=True))
            model = trained(Subclassed(layer), optimizer())
            model.save_weights(self.path(f"{name}/w"))
            model.save_weights(self.path(f"{name}.h5"))
            renamed = {key.replace("/", "_"): table for key, table in tables_of(layer).items()}
            with self.subTest(name):
                self.holds(tables_of(layer), f"{name}/w")
                self.holds(renamed, f"{name}.h5")

    def test_weights_with_numbers(self):
        layer = SequenceFeatures(columns())
        model = trained(functional([layer]))
        model.save_weights(self.path("w.weights.h5"))
        model.save(self.path("m.keras"))
        self.refuses("w.weights.h5", "layers/sequence_features/vars/0", "--spec")
        self.holds(tables_of(layer), "w.weights.h5", *self.spec(self.path("m.keras")))

    def test_saved_model(self):
        for name, build in (("adam", lambda layer: functional([layer])), ("named", Subclassed), ("legacy", Subclassed)):
            layer = SequenceFeatures(columns(mixed=True))
            model = trained(build(layer), self.OPTIMIZERS[name]())
            path = f"{name}-{type(model).__name__}"
            model.save(self.path(path))
            with self.subTest(path):
                self.holds(tables_of(layer), path)
                self.holds(tables_of(layer), path, *self.spec(self.path(path)))
        tf.saved_model.save(model, self.path("plain"))
        self.holds(tables_of(layer), "plain/variables/variables", *self.spec(self.path(path)))

    def test_keras_archive(self):
        for name, optimizer in self.OPTIMIZERS.items():
            for mixed in (False, True):
                layer = SequenceFeatures(columns(mixed=mixed))
                trained(functional([layer]), optimizer()).save(self.path("m.keras"))
                with self.subTest(name, mixed=mixed):
                    self.holds(tables_of(layer), "m.keras")
        frozen = SequenceFeatures(columns(), trainable=False)
        trained(functional([frozen])).save(self.path("frozen.keras"))
        self.holds(tables_of(frozen), "frozen.keras")

    def test_keras_archive_of_several_and_nested_layers(self):
        one, two, three = SequenceFeatures(columns(KEYS[:2])), SequenceFeatures(columns(KEYS[2:])), SequenceFeatures([fc.embedding_column(seq("tokens", 10), 7)])
        trained(functional([one, two])).save(self.path("two.keras"))
        self.holds(tables_of(one, two), "two.keras")
        inputs = {key: keras.Input((None,), dtype=tf.string, name=key.replace("/", "_"), sparse=True) for key in KEYS}
        inner = functional([three])
        nested = keras.Model(inputs, inner(inputs) + tf.reduce_sum(two(inputs)[0], [1, 2])[:, None])
        trained(nested).save(self.path("nested.keras"))
        self.holds(tables_of(two, three), "nested.keras")

    def test_keras_archive_of_a_class_that_does_not_describe_itself(self):
        layer = SequenceFeatures(columns())
        trained(Subclassed(layer)).save(self.path("m.keras"))
        self.refuses("m.keras", "towers/sequence_features/vars/0", "--spec")
        trained(functional([SequenceFeatures(columns())])).save(self.path("other.keras"))
        self.holds(tables_of(layer), "m.keras", *self.spec(self.path("other.keras")))

    def test_model_in_a_h5_file(self):
        for name, optimizer in self.OPTIMIZERS.items():
            layer = SequenceFeatures(columns())
            trained(functional([layer]), optimizer()).save(self.path("m.h5"))
            with self.subTest(name):
                self.holds(tables_of(layer), "m.h5")  # its configuration has the names that scopes lack

    def test_dense_features(self):
        column = fc.embedding_column(fc.categorical_column_with_hash_bucket("tokens", 10), 3)
        layer = keras.layers.DenseFeatures([column, fc.indicator_column(fc.categorical_column_with_hash_bucket("tokens", 10))])
        model = trained(functional([layer], ("tokens",)), keys=("tokens",))
        for name in ("m.keras", "m.h5", "saved"):
            model.save(self.path(name))
            self.holds({"tokens_embedding": layer.weights[0].numpy()}, name)

    def test_two_towers_want_one_name(self):
        one, two = SequenceFeatures(columns(("a",))), SequenceFeatures(columns(("a",)))
        model = trained(Subclassed(one, two), keys=("a",))
        tf.train.Checkpoint(model=model).save(self.path("c"))
        key = "model/towers/{}/a_embedding.Sembedding_weights/.ATTRIBUTES/VARIABLE_VALUE".format
        self.refuses("c-1", "'a_embedding'", key(0), key(1), "--take a_embedding=")
        self.holds(tables_of(two), "c-1", "--take", f"a_embedding={key(1)}")
        self.holds({"one": one.weights[0].numpy(), "two": two.weights[0].numpy()}, "c-1", "--take", f"one={key(0)}", "--take", f"two={key(1)}")

    def test_no_table(self):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="d")])
        model.compile("adam", "mse")
        model.fit(tf.ones([2, 3]), tf.ones([2, 4]), verbose=0)
        tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(self.path("c"))
        self.refuses("c-1", "no embedding table", "model/layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE  float32 [3, 4]", "save_counter")
        for name, part in (("m.keras", "layers/dense/vars/0"), ("m.h5", "kernel:0"), ("saved", "layer_with_weights-0/kernel")):
            model.save(self.path(name))
            self.refuses(name, "no embedding table", part)

    def test_a_damaged_checkpoint(self):
        layer = SequenceFeatures(columns())
        tf.train.Checkpoint(model=trained(Subclassed(layer))).save(self.path("c"))
        data = pathlib.Path(self.path("c-1.data-00000-of-00001"))
        data.write_bytes(data.read_bytes()[:100])
        self.refuses("c-1", "cannot read")


if __name__ == "__main__":
    support.main()
