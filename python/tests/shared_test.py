# SPDX-License-Identifier: Apache-2.0
"""One table for several columns."""

import pickle

import numpy as np
import pytest

import seqfeat as sf
from golden_test import answer, cases, ragged, same_floats, tensor
from support import counting_table


def two(**options):
    words = [sf.sequence_categorical_column_with_identity(key, 9) for key in ("b", "a")]
    return sf.shared_embeddings(words, 2, **options)


def test_columns_have_names_of_their_own_and_one_table():
    columns = two(max_norm=3)
    assert [column.name for column in columns] == ["b_shared_embedding", "a_shared_embedding"]
    assert {column.table for column in columns} == {"a_b_shared_embedding"}
    assert sf.embedding_column(columns[0].categorical_column, 2).table == "b_embedding"
    spec = sf.Spec(columns)
    assert set(spec.columns) == set(columns)
    assert sf.Spec.from_json(spec.to_json()).columns == spec.columns
    one = sf.shared_embedding_column(columns[0].categorical_column, 2, "words", combiner="sum")
    assert (one.table, one.combiner) == ("words", "sum")


def test_the_table_goes_by_its_name(tmp_path):
    layer = sf.SequenceFeatures(two(table="words"), backend="cpu")
    assert list(layer.tables) == ["words"] and layer.tables["words"].shape == (9, 2)
    features = {"a": [[1, 2]], "b": [[3, 4]]}
    layer.load_tables({"words": counting_table(9, 2)})
    assert layer(features).values.tolist() == [[[1, 1, 3, 3], [2, 2, 4, 4]]]
    mine = np.full((9, 2), 7, np.float32)
    layer.bind("words", mine)
    mine[4] = 5
    assert layer(features).values.tolist() == [[[7, 7, 7, 7], [7, 7, 5, 5]]]
    layer.save_tables(tmp_path / "t.safetensors")
    again = sf.SequenceFeatures(layer.spec, backend="cpu")
    again.load_tables(tmp_path / "t.safetensors")
    restored = pickle.loads(pickle.dumps(layer))
    for other in (again, restored):
        assert other(features).values.tolist() == layer(features).values.tolist()
    with pytest.raises(sf.InvalidArgument, match="'words'"):
        layer.bind("a_shared_embedding", mine)


def test_the_initializer_depends_on_the_tables_name():
    tables = [sf.SequenceFeatures(two(table=name), "cpu").tables[name] for name in ("x", "y")]
    assert not np.array_equal(*tables)
    alone = sf.embedding_column(sf.sequence_categorical_column_with_identity("k", 9), 2)
    same = sf.SequenceFeatures(two(table="k_embedding"), "cpu").tables["k_embedding"]
    assert np.array_equal(sf.SequenceFeatures([alone], "cpu").tables["k_embedding"], same)


def test_columns_of_one_table_agree():
    a, b = (sf.sequence_categorical_column_with_identity(key, n) for key, n in (("a", 9), ("b", 8)))
    with pytest.raises(sf.InvalidArgument, match="a_shared_embedding.*b_shared_embedding.*9 and 8"):
        sf.shared_embeddings([a, b], 2)
    columns = [sf.shared_embedding_column(two()[i].categorical_column, 2 + i, "t") for i in (0, 1)]
    with pytest.raises(sf.InvalidArgument, match="dimension is 2 and 3"):
        sf.Spec(columns)
    for bad in ([], ["a"]):
        with pytest.raises(sf.InvalidArgument):
            sf.shared_embeddings(bad, 2)
    with pytest.raises(sf.InvalidArgument, match="table"):
        sf.shared_embedding_column(a, 2, "")


@pytest.mark.parametrize("case", cases("shared"))
def test_layer(case):
    columns = [
        sf.sequence_categorical_column_with_identity(c["key"], c["num_buckets"], c["default_value"])
        for c in case["categorical_columns"]
    ]
    made = sf.shared_embeddings(
        columns, case["dimension"], case["combiner"], case.get("max_norm")
    )
    assert [column.name for column in made] == case["names"]
    options = {"max_length": case["T"], "padding": "max_length"} if case["T"] else {}
    layer = sf.SequenceFeatures(made, "cpu", **options)
    layer.load_tables({"a_b_shared_embedding": tensor(case, case["table"])})
    batch = layer({key: ragged(feature) for key, feature in case["features"].items()})
    same_floats(batch.values, tensor(case, answer(case)["values"]))
    assert batch.lengths.tolist() == answer(case)["lengths"]
