# SPDX-License-Identifier: Apache-2.0
"""Which variables are tables, by their names alone: naming_test.py ROOT [SEQFEAT]."""
import unittest

import support  # first: it says where the tools are
from support import embedding, hashed, identity, layer, model
from seqfeat_bridge.columns import Table, name_of, scope_of, tables_of
from seqfeat_bridge.models import feature_layers, snake_case
from seqfeat_bridge.output import Refusal
from seqfeat_bridge.tables import find_tables
from seqfeat_bridge.variables import Variable

VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


def variable(key, shape=(10, 4), dtype="float32", full_name=""):
    return Variable(key, shape, dtype, lambda: b"", full_name)


def found(*keys, **options):
    """{name: key of its variable, or keys of its parts}."""
    tables = find_tables([key if isinstance(key, Variable) else variable(key) for key in keys], **options)
    keys_of = lambda table: [one.key for one in table.variables]
    return {table.name: keys_of(table)[0] if len(table.variables) == 1 else keys_of(table) for table in tables}


class Names(unittest.TestCase):
    def refused(self, *keys, **options):
        with self.assertRaises(Refusal) as caught:
            found(*keys, **options)
        return str(caught.exception)

    def test_every_form_of_a_name(self):
        for key in (f"model/sf/tokens_embedding.Sembedding_weights{VALUE}", f"layer_with_weights-0/tokens_embedding.Sembedding_weights{VALUE}",
                    f"model/tokens_embedding/embedding_weights{VALUE}", "input_layer/tokens_embedding/embedding_weights", "tokens_embedding/embedding_weights",
                    "dnn/input_from_feature_columns/input_layer/tokens_embedding/embedding_weights", "sequence_features/sequence_features/tokens_embedding/embedding_weights:0",
                    "model_weights/sequence_features/m/sequence_features/tokens_embedding/embedding_weights:0"):
            self.assertEqual(found(key, "dense/kernel"), {"tokens_embedding": key})

    def test_an_object_path_keeps_dots_and_slashes_of_a_key(self):
        for escaped, name in (("my..key", "my.key"), ("a.Sb", "a/b"), ("x.....Sy", "x../y"), ("x....Sy", "x..Sy"), ("..S", ".S")):
            key = f"model/sf/{escaped}_embedding.Sembedding_weights{VALUE}"
            self.assertEqual(found(key), {f"{name}_embedding": key})

    def test_a_variable_in_a_list_is_known_by_its_full_name(self):
        one = variable(f"variables/2{VALUE}", full_name="sequence_features/tokens_embedding/embedding_weights")
        self.assertEqual(found(one, variable(f"variables/1{VALUE}", full_name="dense/kernel")), {"tokens_embedding": one.key})

    def test_a_scope_replaces_characters_that_a_configuration_or_a_spec_brings_back(self):
        self.assertEqual(scope_of("my key/x.y-z_embedding"), "my_key_x.y-z_embedding")
        key = "input_layer/my_key_embedding/embedding_weights"
        self.assertEqual(found(key), {"my_key_embedding": key})
        self.assertEqual(found(key, expected=[Table("my key_embedding", 10, 4)]), {"my key_embedding": key})
        key = "sequence_features/a/b_embedding/embedding_weights:0"
        for keys in (["a/b"], ["b", "a/b", "x/a/b"]):  # the longest that fits
            self.assertEqual(found(key, layers=[("vars", layer(*(embedding(hashed(one)) for one in keys))["config"])]), {"a/b_embedding": key})

    def test_shared_tables_go_by_their_collection(self):
        for key in ("input_layer/a_b_shared_embedding/embedding_weights", "a_b_shared_embedding", "tower/a_b_shared_embedding"):
            self.assertEqual(found(key, key + "/Adagrad"), {"a_b_shared_embedding": key})

    def test_slots_of_optimizers_are_never_tables(self):
        table = "sequence_features/tokens_embedding/embedding_weights"
        path = f"model/sf/tokens_embedding.Sembedding_weights{VALUE}"
        slots = [f"{table}/{slot}" for slot in ("Adam", "Adam_1", "Adagrad", "Momentum", "RMSProp", "m", "v", "ExponentialMovingAverage", "t_0/Adagrad")]
        slots += [f"{optimizer}/{slot}/{table}" for optimizer in ("Adam", "adam_1", "training/Adam", "Adagrad", "mine") for slot in ("m", "v", "accumulator", "momentum")]
        slots += [f"Adam/{table}/m", f"optimizer_weights/Adam/m/{table}:0", "optimizer/vars/1"]
        slots += [f"model/sf/tokens_embedding.Sembedding_weights/.OPTIMIZER_SLOT/optimizer/{slot}{VALUE}" for slot in "mv"]
        self.assertEqual(found(table, *slots), {"tokens_embedding": table})
        listed = [variable(f"optimizer/_variables/{i}{VALUE}", full_name=f"mine/{slot}/{table}") for i, slot in enumerate("mv")]
        self.assertEqual(found(path, *listed, variable(f"save_counter{VALUE}", ())), {"tokens_embedding": path})
        for slot in slots:
            if "mine" not in slot:  # an optimizer's own name is only seen beside the variable
                self.assertIn("no embedding table", self.refused(slot))

    def test_a_scope_called_like_a_slot_is_a_scope(self):
        for key in ("m/input_layer/tokens_embedding/embedding_weights", "tower/m/tokens_embedding/embedding_weights"):
            self.assertEqual(found(key), {"tokens_embedding": key})

    def test_two_variables_of_one_name_are_refused_unless_told_which(self):
        one, two = f"model/user/tokens_embedding.Sembedding_weights{VALUE}", f"model/item/tokens_embedding.Sembedding_weights{VALUE}"
        why = self.refused(one, two)
        for part in (one, two, "'tokens_embedding'", "--take tokens_embedding="):
            self.assertIn(part, why)
        self.assertEqual(found(one, two, take={"tokens_embedding": two}), {"tokens_embedding": two})
        self.assertEqual(found(one, two, take={"user_embedding": one, "item_embedding": two}), {"user_embedding": one, "item_embedding": two})
        # Two layers with unlike tables: the configuration must not speak against the user's choice.
        layers = [("a", layer(embedding(hashed("tokens"), 4))["config"]), ("b", layer(embedding(hashed("tokens"), 8))["config"])]
        for chosen in (one, two):
            self.assertEqual(found(one, variable(two, (10, 8)), layers=layers, take={"tokens_embedding": chosen}), {"tokens_embedding": chosen})

    def test_any_variable_can_be_taken_and_none_that_is_not_there(self):
        self.assertEqual(found("embedding/embeddings", take={"tokens_embedding": "embedding/embeddings"}), {"tokens_embedding": "embedding/embeddings"})
        self.assertIn("embedding/embeddings", self.refused("embedding/embeddings", take={"tokens_embedding": "embeddings"}))

    def test_none_found_names_what_is_there(self):
        why = self.refused("dense/kernel", variable("dense/bias", (1,)))
        for part in ("no embedding table", "dense/kernel  float32 [10, 4]", "dense/bias  float32 [1]", "--take"):
            self.assertIn(part, why)
        self.assertIn("none at all", self.refused())

    def test_types_and_shapes(self):
        key = "x/tokens_embedding/embedding_weights"
        for dtype in ("float32", "float16", "bfloat16"):
            self.assertEqual(found(variable(key, dtype=dtype)), {"tokens_embedding": key})
        for dtype in ("float64", "int64", "int8"):
            self.assertIn(f"{key}  {dtype}", self.refused(variable(key, dtype=dtype)))
        self.assertIn("two dimensions", self.refused("a", variable(key, (10,)), take={"tokens_embedding": key}))

    def test_a_spec_says_which_tables_and_their_shapes(self):
        keys = [f"x/{key}_embedding/embedding_weights" for key in "abc"]
        self.assertEqual(found(*keys, expected=[Table("b_embedding", 10, 4)]), {"b_embedding": keys[1]})
        for rows, dimension in ((11, 4), (10, 5)):
            self.assertIn(f"{rows} rows of {dimension}", self.refused(*keys, expected=[Table("b_embedding", rows, dimension)]))
        self.assertEqual(found(*keys, expected=[Table("b_embedding", 10, 4)], take={"d": keys[2]}), {"b_embedding": keys[1], "d": keys[2]})
        self.assertIn("no table of d_embedding", self.refused(*keys, expected=[Table("d_embedding", 10, 4), Table("a_embedding", 10, 4)]))

    def test_parts_of_a_partitioned_table(self):
        parts = [variable(f"x/tokens_embedding/embedding_weights/part_{i}:0", (5, 4)) for i in (0, 1, 10)] + [variable(f"x/tokens_embedding/embedding_weights/part_{i}:0", (5, 4)) for i in range(2, 10)]
        in_order = [f"x/tokens_embedding/embedding_weights/part_{i}:0" for i in range(11)]
        self.assertEqual(found(*parts, expected=[Table("tokens_embedding", 55, 4)]), {"tokens_embedding": in_order})
        self.assertIn("whether rows or columns", self.refused(*parts))
        self.assertIn("55 rows of 2", self.refused(*parts, expected=[Table("tokens_embedding", 55, 2)]))
        self.assertIn("part_10", self.refused(*parts[:-1], expected=[Table("tokens_embedding", 50, 4)]))  # one is missing
        self.assertEqual(found(parts[0]), {"tokens_embedding": parts[0].key})


class Numbers(unittest.TestCase):
    """The `.keras` format, whose variables have numbers for names."""
    COLUMNS = (embedding(hashed("tokens", 30), 3), embedding(hashed("query", 50)), {"class_name": "IndicatorColumn", "config": {"categorical_column": hashed("tokens", 5)}})
    HERE = (variable("layers/sequence_features/vars/0", (50, 4)), variable("layers/sequence_features/vars/1", (30, 3)), variable("optimizer/vars/1", (50, 4)), variable("metrics/mean/vars/0", ()))
    EXPECTED = {"query_embedding": HERE[0].key, "tokens_embedding": HERE[1].key}

    def test_columns_stand_by_name(self):
        self.assertEqual(found(*self.HERE, layers=list(feature_layers(model(layer(*self.COLUMNS))))), self.EXPECTED)

    def test_trainable_columns_come_first(self):
        frozen = embedding(hashed("a"), trainable=False)
        here = [variable(f"layers/sequence_features/vars/{i}") for i in range(2)]
        layers = lambda **options: list(feature_layers(model(layer(embedding(hashed("b")), frozen, **options))))
        self.assertEqual(found(*here, layers=layers()), {"b_embedding": here[0].key, "a_embedding": here[1].key})
        with self.assertRaises(Refusal):  # it depends on when the layer was frozen
            found(*here, layers=layers(trainable=False))

    def test_more_than_nine_variables_stand_by_number(self):
        here = [variable(f"layers/sequence_features/vars/{i}") for i in range(12)]
        layers = list(feature_layers(model(layer(*(embedding(hashed(f"k{i:02}")) for i in range(12))))))
        self.assertEqual(found(*sorted(here, key=lambda one: one.key), layers=layers), {f"k{i:02}_embedding": here[i].key for i in range(12)})

    def test_shapes_have_to_agree(self):
        layers = list(feature_layers(model(layer(embedding(hashed("query", 50))))))
        with self.assertRaisesRegex(Refusal, "does not hold the tables"):
            found(*self.HERE, layers=layers)

    def test_a_spec_takes_the_place_of_a_configuration(self):
        spec = [Table("tokens_embedding", 30, 3), Table("query_embedding", 50, 4)]
        self.assertEqual(found(*self.HERE, expected=spec), self.EXPECTED)
        slots = [variable("optimizer/vars/0", (50, 4)), variable("optimizer/vars/1", (30, 3))]
        self.assertEqual(found(*self.HERE[:2], *slots, expected=spec), self.EXPECTED)
        with self.assertRaisesRegex(Refusal, "--spec SPEC.json, or --take"):
            found(*self.HERE)
        other = [variable("tower/vars/0", (50, 4)), variable("tower/vars/1", (30, 3))]
        with self.assertRaisesRegex(Refusal, "nothing says which is whose"):
            found(*self.HERE, *other, expected=spec)
        self.assertEqual(found(*self.HERE, take={"tokens_embedding": self.HERE[1].key}), {"tokens_embedding": self.HERE[1].key})

    def test_groups_of_layers(self):
        self.assertEqual([snake_case(word) for word in ("SequenceFeatures", "TFOpLambda", "Functional", "MyModel2")], ["sequence_features", "tf_op_lambda", "functional", "my_model2"])
        inner = model(layer(name="inner"))
        groups = [group for group, _ in feature_layers(model(layer(name="a"), inner, layer(name="b"), layer(kind="DenseFeatures"), inner))]
        self.assertEqual(groups, ["layers/sequence_features/vars", "layers/functional/layers/sequence_features/vars", "layers/sequence_features_1/vars",
                                  "layers/dense_features/vars", "layers/functional_1/layers/sequence_features/vars"])


class Columns(unittest.TestCase):
    def test_full_names_are_tensorflows(self):
        crossed = {"class_name": "CrossedColumn", "config": {"keys": ["b", hashed("a"), {"class_name": "CrossedColumn", "config": {"keys": ["c", "d"]}}]}}
        weighted = {"class_name": "WeightedCategoricalColumn", "config": {"categorical_column": hashed("tokens"), "weight_feature_key": "w"}}
        bucketized = {"class_name": "BucketizedColumn", "config": {"source_column": {"class_name": "NumericColumn", "config": {"key": "age"}}}}
        for column, name in ((embedding(hashed("tokens")), "tokens_embedding"), (embedding(crossed), "a_X_b_X_c_X_d_embedding"), (embedding(weighted), "tokens_weighted_by_w_embedding"),
                             (bucketized, "age_bucketized"), (hashed("k"), "k"), (self.indicator(hashed("k")), "k_indicator")):
            self.assertEqual(name_of(column), name)

    indicator = staticmethod(lambda categorical: {"class_name": "IndicatorColumn", "config": {"categorical_column": categorical}})

    def test_only_embeddings_have_tables(self):
        columns = [embedding(hashed("a", 7), 3, trainable=False), self.indicator(hashed("b")), hashed("c"), embedding(identity("i", 5), 2), identity("j"),
                   embedding({"class_name": "SequenceCategoricalColumn", "config": {"categorical_column": {"class_name": "WeightedCategoricalColumn", "config": {
                       "categorical_column": hashed("k", 9, sequence=False), "weight_feature_key": "w"}}}}, 4)]
        self.assertEqual(tables_of({"feature_columns": columns}), [Table("a_embedding", 7, 3, False), Table("i_embedding", 5, 2), Table("k_weighted_by_w_embedding", 9, 4)])


if __name__ == "__main__":
    support.main()
