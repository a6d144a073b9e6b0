# SPDX-License-Identifier: Apache-2.0
"""Columns whose ids come from a keyed hash or a vocabulary, and the hash without a column."""

import pickle

import numpy as np
import pytest

import seqfeat as sf

WORDS = ["omar", "stringer", "", "é"]


def ids_of(column, rows):
    return sf.SequenceFeatures([column]).ids({"k": rows})["k"].to_list()


def test_a_hash_with_a_salt_and_a_mask_is_that_of_keras():
    # tf_keras.layers.Hashing(10, salt=[133, 137], mask_value=""): tests/golden/keyed.json has more.
    plain = sf.hash_bucket(WORDS, 9, salt=[133, 137])
    masked = sf.hash_bucket(WORDS, 10, [133, 137], "")
    assert masked.tolist() == [plain[0] + 1, plain[1] + 1, 0, plain[3] + 1]
    assert np.array_equal(sf.hash_bucket(WORDS, 10, 133), sf.hash_bucket(WORDS, 10, (133, 133)))
    assert np.array_equal(sf.hash_bucket(WORDS, 10, [-1, 0]), sf.hash_bucket(WORDS, 10, [2**64 - 1, 0]))
    assert sf.hash_bucket(WORDS, 1).tolist() == [0, 0, 0, 0]
    assert sf.hash_bucket([3, -1], 10, mask_value=-1).tolist()[1] == 0
    assert sf.hash_bucket(np.array([2**64 - 1], np.uint64), 10, mask_value=2**64 - 1).tolist() == [0]
    nested = sf.hash_bucket([["omar", ""], []], 10, [133, 137], "")
    assert nested.to_list() == [[masked[0], 0], []]
    column = sf.sequence_categorical_column_with_hash_bucket("k", 10, salt=[133, 137], mask_value="")
    assert ids_of(column, [WORDS]) == [masked.tolist()]


def test_a_hash_says_what_it_cannot_take():
    for wrong in (
        lambda: sf.hash_bucket(WORDS, 0),
        lambda: sf.hash_bucket(WORDS, 10, [1, 2, 3]),
        lambda: sf.hash_bucket(WORDS, 10, 2**64),
        lambda: sf.hash_bucket(WORDS, 10, 1.5),
        lambda: sf.hash_bucket(WORDS, 10, mask_value=3),
        lambda: sf.hash_bucket([3], 10, mask_value="3"),
        lambda: sf.hash_bucket(np.array([3], np.int8), 10, mask_value=128),
        lambda: sf.hash_bucket(np.array([3], np.uint8), 10, mask_value=-1),
        lambda: sf.hash_bucket(WORDS, 10, mask_value="x" * 1025),
        lambda: sf.sequence_categorical_column_with_hash_bucket("k", 10, mask_value=3),
        lambda: sf.sequence_categorical_column_with_hash_bucket("k", 10, mask_value=b"\xff"),
    ):
        with pytest.raises(sf.InvalidArgument):
            wrong()


def test_a_vocabulary_gives_places():
    make = sf.sequence_categorical_column_with_vocabulary_list
    rows = [["omar", "x"], [["", "omar", "x"], None]]
    assert ids_of(make("k", WORDS), rows) == [[[0], [-1]], [[2, 0, -1]]]
    assert ids_of(make("k", [b"x", "omar"], default_value=1), rows) == [[[1], [0]], [[1, 1, 0]]]
    others = ids_of(make("k", WORDS, num_oov_buckets=5), rows)
    assert others[0][1] == [4 + sf.fingerprint64(["x"])[0] % 5]
    numbers = make("k", np.array([7, -3]), num_oov_buckets=1)
    assert numbers.dtype == "int64" and numbers.rows == 2
    assert ids_of(numbers, np.array([[-3, 7, 8]], np.int8)) == [[1, 0, 2]]
    batch = sf.SequenceFeatures([sf.indicator_column(make("k", WORDS))])({"k": rows})
    assert batch.values[0].tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]


def test_a_vocabulary_file_is_read_when_a_layer_is_made(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes(b"omar\r\nx\nlast")
    column = sf.sequence_categorical_column_with_vocabulary_file("k", path)
    assert sf.embedding_column(column, 2).name == "k_embedding"
    assert ids_of(column, [["last", "omar", "x\n"]]) == [[2, 0, -1]]
    first = sf.sequence_categorical_column_with_vocabulary_file("k", str(path), 1, num_oov_buckets=1)
    assert ids_of(first, [["omar", "x"]]) == [[0, 1]]
    later = sf.sequence_categorical_column_with_vocabulary_file("k", tmp_path / "later", 2)
    with pytest.raises(sf.InvalidArgument, match="later"):
        sf.SequenceFeatures([later])
    (tmp_path / "later").write_text("a\nb\n")
    assert ids_of(later, [["b"]]) == [[1]]


def test_vocabularies_say_what_is_wrong_with_them(tmp_path):
    make = sf.sequence_categorical_column_with_vocabulary_list
    file = sf.sequence_categorical_column_with_vocabulary_file
    path = tmp_path / "words"
    path.write_bytes(b"a\n\nb\n")
    for wrong in (
        lambda: make("k", []),
        lambda: make("k", "omar"),
        lambda: make("k", ["a", 1]),
        lambda: make("k", ["a", "b", "a"]),
        lambda: make("k", [1, 1]),
        lambda: make("k", [2**63]),
        lambda: make("k", ["a"], dtype="int64"),
        lambda: make("k", ["a"], default_value=0, num_oov_buckets=1),
        lambda: make("k", ["a"], num_oov_buckets=-1),
        lambda: file("k", tmp_path / "missing"),
        lambda: file("k", tmp_path),
        lambda: file("k", path, 0),
        lambda: sf.SequenceFeatures([file("k", path)]),
        lambda: sf.SequenceFeatures([file("k", path, 4)]),
    ):
        with pytest.raises(sf.InvalidArgument):
            wrong()


def test_specs_keep_all_of_a_source(tmp_path):
    path = tmp_path / "words"
    path.write_text("a\nb\n")
    hashed = sf.sequence_categorical_column_with_hash_bucket
    columns = [
        hashed("a", 10, salt=[1, 2**64 - 1], mask_value="m"),
        hashed("b", 10, "uint64", mask_value=2**64 - 1),
        sf.sequence_categorical_column_with_vocabulary_list("c", ["x", ""], default_value=1),
        sf.sequence_categorical_column_with_vocabulary_list("d", [5, -6], "int8", num_oov_buckets=3),
        sf.sequence_categorical_column_with_vocabulary_file("e", path),
        sf.sequence_categorical_column_with_vocabulary_file("f", path, 1, 2, dtype="string"),
    ]
    spec = sf.Spec(columns)
    again = sf.Spec.from_json(spec.to_json())
    assert list(again.columns) == columns
    assert again.to_json() == spec.to_json()
    assert pickle.loads(pickle.dumps(spec)).to_json() == spec.to_json()
    assert "salt" not in sf.Spec([hashed("a", 10)]).to_json()
