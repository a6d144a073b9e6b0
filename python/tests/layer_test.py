# SPDX-License-Identifier: Apache-2.0
"""Specs and layers."""

import json
import os
import pickle

import numpy as np
import pytest

import seqfeat as sf
from support import counting_table, embedding, ids_layer

ROWS = [["sea", "cloud"], [], ["wind", "sea", "sea"]]


def test_columns_say_what_is_wrong_with_them_at_once():
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    hash_bucket = sf.sequence_categorical_column_with_hash_bucket
    for make in (
        lambda: hash_bucket("", 10),
        lambda: hash_bucket("a", 1),
        lambda: hash_bucket("a", 10.5),
        lambda: hash_bucket("a", True),
        lambda: hash_bucket("a", 10, "float32"),
        lambda: hash_bucket(5, 10),
        lambda: sf.sequence_categorical_column_with_identity("a", 5, 5),
        lambda: sf.embedding_column(tokens, 0),
        lambda: sf.embedding_column(tokens, 4, combiner="max"),
        lambda: sf.embedding_column(tokens, 4, max_norm=-1),
        lambda: sf.embedding_column(tokens, 4, initializer="zeros"),
        lambda: sf.embedding_column("tokens", 4),
        lambda: sf.indicator_column(None),
        lambda: sf.TruncatedNormal(stddev=0) and sf.embedding_column(
            tokens, 4, initializer=sf.TruncatedNormal(stddev=0)
        ),
    ):
        with pytest.raises(sf.InvalidArgument):
            make()


def test_numbers_that_no_column_can_have():
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    for number in (float("nan"), float("-inf"), 10**400, 10**5000):
        with pytest.raises(sf.InvalidArgument, match="default_value: .*, expected a finite number"):
            sf.sequence_numeric_column("price", default_value=number)
    with pytest.raises(sf.InvalidArgument, match="max_norm: got nan, expected a finite number"):
        sf.embedding_column(tokens, 4, max_norm=float("nan"))
    for name, make in {
        "hash_bucket_size": lambda size: sf.sequence_categorical_column_with_hash_bucket("a", size),
        "salt": lambda salt: sf.hash_bucket(["a"], 10, salt=salt),
        "seed": lambda seed: sf.read_tfrecords([], {"a": "string"}, seed=seed),
    }.items():
        with pytest.raises(sf.InvalidArgument, match=f"{name}: got an int of thousands of digits"):
            make(-(10**5000))


def test_specs_have_canonical_text():
    spec = sf.Spec([embedding("b"), embedding("a")], max_length=np.int64(5), truncation="keep_last")
    text = spec.to_json()
    assert [column["categorical_column"]["key"] for column in json.loads(text)["columns"]] == ["a", "b"]
    again = sf.Spec.from_json(text)
    assert again.to_json() == text and again == spec and hash(again) == hash(spec)
    assert again.columns == spec.columns and again.columns[0] == embedding("a")
    assert again.options["max_length"] == 5
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert sf.make_parse_example_spec(spec.columns) == {"a": "string", "b": "string"}


def test_spec_errors_have_their_place(tmp_path):
    with pytest.raises(sf.InvalidArgument, match="/columns/0"):
        sf.Spec.from_json('{"columns": [{"type": "embeding_column"}]}')
    for text in ("", "[]", '{"columns": []', b"\xff"):
        with pytest.raises(sf.InvalidArgument):
            sf.Spec.from_json(text)
    with pytest.raises(FileNotFoundError):
        sf.Spec.from_file(tmp_path / "nothing.json")
    for options in ({"truncation": "cut"}, {"padding": "max_length"}, {"max_length": 0}):
        with pytest.raises(sf.InvalidArgument):
            sf.Spec([embedding()], **options)
    with pytest.raises(sf.InvalidArgument, match="list of columns"):
        sf.Spec(embedding())


def test_a_parse_spec_has_no_columns_to_make_a_layer_of():
    parsed = sf.make_parse_example_spec([embedding()])
    for make in (sf.SequenceFeatures, sf.Spec):
        with pytest.raises(sf.InvalidArgument, match="got a dict of keys and dtypes.*list of columns"):
            make(parsed)


def test_a_layer_gives_a_named_tuple_of_fresh_arrays():
    layer = sf.SequenceFeatures([embedding(dimension=3)], backend="cpu")
    batch = layer({"tokens": ROWS, "other": object()})
    values, lengths, mask = batch
    assert values.shape == (3, 3, 3) and values.dtype == np.float32
    assert lengths.tolist() == [2, 0, 3] and lengths.dtype == np.int64
    assert mask.dtype == np.bool_ and mask.tolist() == sf.sequence_mask(lengths, 3).tolist()
    assert batch.values is values and np.asarray(values) is values and values.flags.writeable
    other = layer({"tokens": ROWS})
    other.values[:] = 7
    assert not np.shares_memory(other.values, values) and not (values == 7).any()
    assert layer({"tokens": []}).values.shape == (0, 0, 3)


def test_options_do_what_they_say():
    layer = ids_layer(max_length=2, truncation="keep_last", padding_side="left", pad_to_multiple_of=4)
    batch = layer({"tokens": ROWS})
    assert batch.values[..., 0].tolist() == [[0, 0, 42, 937], [0] * 4, [0, 0, 42, 42]]
    assert batch.lengths.tolist() == [2, 0, 2]
    with pytest.raises(sf.DataError, match="max_length") as raised:
        ids_layer(max_length=2)({"tokens": ROWS})
    assert raised.value.row == 2 and raised.value.column == "tokens"
    with pytest.raises(sf.InvalidArgument, match="options stand in the spec"):
        sf.SequenceFeatures(layer.spec, max_length=3)


def test_slices_and_ids_of_several_columns():
    shop = sf.sequence_categorical_column_with_identity("shop", 5)
    layer = sf.SequenceFeatures([embedding(dimension=3), sf.indicator_column(shop)], backend="cpu")
    assert layer.width == 8 and layer.backend == "cpu"
    assert layer.slices == {
        "shop_indicator": ("shop_indicator", 0, 5),
        "tokens_embedding": ("tokens_embedding", 5, 3),
    }
    features = {"tokens": [["sea"], ["wind", "sea"]], "shop": [[4], [0, 3]]}
    assert layer(features).values[1, 1, :5].tolist() == [0, 0, 0, 1, 0]
    ids = layer.ids(features)
    assert ids["shop_indicator"].to_list() == [[4], [0, 3]]
    assert ids["tokens_embedding"].to_list() == [[42], [247, 42]]
    with pytest.raises(sf.DataError, match="lengths of columns differ") as raised:
        layer({"tokens": [["sea"], []], "shop": [[4], [0]]})
    assert raised.value.row == 1
    with pytest.raises(sf.DataError, match="expected less than 5") as raised:
        sf.SequenceFeatures([sf.embedding_column(shop, 2)])({"shop": [[1], [9]]})
    assert raised.value.row == 1 and raised.value.column == "shop"
    for bad in ({"tokens": [["sea"]]}, {"tokens": [["sea"]], "shop": [["sea"]]}):
        with pytest.raises((sf.InvalidArgument, TypeError), match="shop"):
            layer(bad)


def test_nested_features_give_nested_ids():
    layer = ids_layer()
    assert layer.ids({"tokens": [["sea"], []]})["tokens_embedding"].to_list() == [[42], []]
    nested = layer.ids({"tokens": [[["sea", "wind"], None, "sea"]]})["tokens_embedding"]
    assert nested.to_list() == [[[42, 247], [], [42]]]


def test_names_end_where_they_end(tmp_path):
    layer, path = ids_layer(), str(tmp_path / "tables")
    for call in (
        lambda: layer.save_tables(path + "\0r"),
        lambda: layer.load_tables(path + "\0r"),
        lambda: embedding("a\0b"),
        lambda: sf.Spec.from_json(layer.spec.to_json().replace('"tokens"', '"to\\u0000kens"')),
    ):
        with pytest.raises(sf.InvalidArgument, match="zero byte"):
            call()
    assert not os.path.exists(path)
    layer.save_tables(path.encode())
    layer.load_tables(path.encode())


def test_backends_by_name():
    with pytest.raises(sf.InvalidArgument, match="expected 'auto', 'cpu'"):
        sf.SequenceFeatures([embedding()], backend="gpu")
    try:
        sf.SequenceFeatures([embedding()], backend="cuda:0")
    except sf.DeviceUnavailable as error:
        assert "CUDA" in str(error)
