# SPDX-License-Identifier: Apache-2.0
"""sf.Transform: its answers, what it refuses, and that it can be sent."""

import copy
import json
import multiprocessing
import os
import pickle
import threading

import numpy as np
import pytest

import seqfeat as sf
from support import counting_table, embedding, ids_layer
from tables_test import write_safetensors

ROWS = [["sea", "cloud"], [], ["wind", "sea", "sea"]]
BATCH = {"tokens": ROWS, "label": np.array([3, 1, 2])}
EVERYTHING = ("values", "lengths", "mask", "ids")


def spec(dimension=4, **options):
    return sf.Spec([embedding(dimension=dimension)], **options)


def test_it_says_what_the_layer_says():
    given = sf.Transform(spec(), emit=EVERYTHING, keep=["label"])(BATCH)
    assert list(given) == ["values", "lengths", "mask", "ids/tokens_embedding", "label"]
    layer = sf.SequenceFeatures(spec())
    for mine, its in zip(given.values(), layer({"tokens": ROWS})):
        assert np.array_equal(mine, its) and mine.dtype == its.dtype
    assert given["ids/tokens_embedding"].tolist() == [[42, 937], [], [247, 42, 42]]
    assert given["label"].tolist() == [3, 1, 2]


def test_columns_come_in_the_order_of_emit():
    assert list(sf.Transform(spec(), emit=["mask", "values"])(BATCH)) == ["mask", "values"]
    assert list(sf.Transform(spec(), emit=["ids", "lengths"])(BATCH)) == ["ids/tokens_embedding", "lengths"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_length": 2, "truncation": "keep_last", "padding_side": "left", "pad_to_multiple_of": 4},
        {"max_length": 5, "padding": "max_length", "pad_to_multiple_of": 4},
    ],
)
def test_lengths_and_mask_without_values_are_the_same(options):
    made = spec(**options)
    given = sf.Transform(made, emit=["lengths", "mask"])(BATCH)
    _, lengths, mask = sf.SequenceFeatures(made)(BATCH)
    assert np.array_equal(given["lengths"], lengths) and np.array_equal(given["mask"], mask)
    assert given["lengths"].dtype == np.int64 and given["mask"].dtype == np.bool_


def test_ids_need_no_tables():
    huge = sf.Spec([embedding(buckets=2**40, dimension=64)])
    given = sf.Transform(huge, emit=["ids"])(BATCH)
    assert [len(row) for row in given["ids/tokens_embedding"]] == [2, 0, 3]
    bare = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    assert sf.Transform([bare], emit=["ids"])(BATCH)["ids/tokens"].tolist()[0] == [42, 937]
    wide = sf.Spec([bare], max_length=2**40, padding="max_length")
    assert sf.Transform(wide, emit=["ids", "lengths"])(BATCH)["lengths"].tolist() == [2, 0, 3]


def test_holes_and_lists_of_steps_in_python_s_lists():
    transform = sf.Transform(spec(), emit=["ids"])
    holes = transform({"tokens": [["sea", None, "sea"], None]})["ids/tokens_embedding"]
    assert holes.tolist() == [[42, None, 42], []]
    nested = transform({"tokens": [[["sea", "wind"], None, "sea"], []]})["ids/tokens_embedding"]
    assert nested.tolist() == [[[42, 247], [], [42]], []]


def test_wrong_arguments_are_refused_where_it_is_made():
    bare = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    for text, arguments in (
        ("expected a list of names", {"emit": "values"}),
        ("expected a list of names", {"keep": "label"}),
        ("got 'value', expected some of values", {"emit": ["value"]}),
        ("every name once", {"emit": ["ids", "ids"]}),
        ("every name once", {"keep": ["a", "a"]}),
        ("got nothing", {"emit": []}),
        ("a name in emit", {"keep": ["lengths"]}),
        ("a name in emit", {"emit": ["ids"], "keep": ["ids/tokens_embedding"]}),
        ("expected a str", {"keep": [5]}),
        ("embed it", {"spec": [bare]}),
        ("expected a str", {"backend": 5}),
    ):
        with pytest.raises(sf.InvalidArgument, match=text):
            sf.Transform(**{"spec": spec(), **arguments})
    for tables in (5, {"tokens_embedding": "text"}):
        with pytest.raises(TypeError):
            sf.Transform(spec(), tables=tables)


def test_wrong_batches_are_refused():
    transform = sf.Transform(spec(max_length=2), keep=["label"])
    for text, error, batch in (
        ("has no 'label', only 'tokens'", sf.InvalidArgument, {"tokens": ROWS}),
        ("tokens", sf.InvalidArgument, {"label": [1]}),
        ("expected a pyarrow Table", TypeError, ROWS),
        ("expected a pyarrow Table", TypeError, None),
    ):
        with pytest.raises(error, match=text):
            transform(batch)
    with pytest.raises(sf.DataError) as raised:
        transform(BATCH)
    assert raised.value.row == 2 and raised.value.column == "tokens"


def test_it_never_writes_into_its_input():
    batch = {"tokens": np.array([["a", "b"]]), "label": np.array([7])}
    for array in batch.values():
        array.setflags(write=False)
    given = sf.Transform(spec(), emit=EVERYTHING, keep=["label"])(batch)
    given["label"][0] = 8
    assert batch["label"][0] == 7


def test_it_pickles_to_equal_bytes(tmp_path):
    path = tmp_path / "tables.safetensors"
    sf.SequenceFeatures(spec()).save_tables(path)
    for tables in (None, path, {"tokens_embedding": counting_table(1000, 4)}):
        def make(columns):
            return sf.Transform(columns, tables, emit=tuple(EVERYTHING), keep=["label"])

        one, other = make(spec()), make([embedding()])
        sent = pickle.dumps(one)
        assert sent == pickle.dumps(other) and len(sent) < (2000 if tables is None or tables == path else 20000)
        want = one(BATCH)
        assert pickle.dumps(one) == sent, "it was called"
        for again in (pickle.loads(sent), copy.copy(one), copy.deepcopy(one)):
            assert pickle.dumps(again) == sent
            assert all(np.array_equal(want[name], column) for name, column in again(BATCH).items())
    assert pickle.dumps(sf.Transform(spec())) != pickle.dumps(sf.Transform(spec(), emit=["values"]))


def test_another_file_of_tables_is_another_pickle(tmp_path):
    path = tmp_path / "tables.safetensors"
    sf.SequenceFeatures(spec()).save_tables(path)
    before = sf.Transform(spec(), path)
    zeros = {"tokens_embedding": np.zeros((1000, 4), np.float32)}
    values = before(BATCH)["values"]
    assert values.any()
    layer = sf.SequenceFeatures(spec())
    layer.load_tables(zeros)
    layer.save_tables(path)
    os.utime(path, ns=(1, 1))
    after = sf.Transform(spec(), path)
    assert pickle.dumps(after) != pickle.dumps(before) and not after(BATCH)["values"].any()
    assert np.array_equal(before(BATCH)["values"], values), "it has the file that it opened"


class Doubled(sf.Transform):
    def __init__(self, factor, *arguments, **options):
        super().__init__(*arguments, **options)
        self.factor = factor

    def __call__(self, batch):
        answer = super().__call__(batch)
        return {**answer, "lengths": answer["lengths"] * self.factor}


def test_subclasses_are_sent_with_what_they_hold():
    made = Doubled(2, spec(), emit=["lengths"])
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is Doubled and again.factor == 2 and again(BATCH)["lengths"].tolist() == [4, 0, 6]
    assert pickle.dumps(again) == pickle.dumps(Doubled(2, spec(), emit=["lengths"]))
    assert "Doubled to lengths" in repr(again)


def test_arrays_are_bound(tmp_path):
    table = counting_table(1000, 1)
    table.setflags(write=False)
    made = spec(dimension=1)
    transform = sf.Transform(made, {"tokens_embedding": table, "another": np.zeros(3)})
    assert np.array_equal(transform(BATCH)["values"], ids_layer()({"tokens": ROWS}).values)
    assert np.shares_memory(transform.layer().tables["tokens_embedding"], table)
    with pytest.raises(sf.InvalidArgument, match="got no 'tokens_embedding', only 'another'"):
        sf.Transform(made, {"another": table})(BATCH)


@pytest.mark.parametrize("kind, stored", [("F32", np.float32), ("F16", np.float16)])
def test_files_are_mapped(kind, stored, tmp_path):
    table = np.random.default_rng(1).standard_normal((1000, 4)).astype(stored)
    path = write_safetensors(tmp_path / "tables", kind, table)
    transform = sf.Transform(spec(), path)
    layer = sf.SequenceFeatures(spec())
    layer.load_tables(path)
    assert np.array_equal(transform(BATCH)["values"], layer(BATCH).values)
    assert pickle.loads(pickle.dumps(transform)).layer() is transform.layer(), "one in a process"
    maps = open("/proc/self/maps").read()
    assert str(path) in maps


def test_files_of_bfloat16_are_mapped(tmp_path):
    bits = (counting_table(1000, 4).view(np.uint32) >> 16).astype(np.uint16)
    path = write_safetensors(tmp_path / "tables", "BF16", bits)
    layer = sf.SequenceFeatures(spec())
    layer.load_tables(path)
    assert np.array_equal(sf.Transform(spec(), path)(BATCH)["values"], layer(BATCH).values)


def test_files_at_odd_addresses_are_read(tmp_path):
    table = counting_table(1000, 4)
    header = json.dumps({"tokens_embedding": {"dtype": "F32", "shape": [1000, 4], "data_offsets": [0, table.nbytes]}})
    header += " " * (3 - len(header) % 4 + 2)
    path = tmp_path / "odd"
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + table.tobytes())
    assert (8 + len(header)) % 4 != 0
    values = sf.Transform(spec(), path)({"tokens": [["sea"]]})["values"]
    assert values.tolist() == [[[42] * 4]]


def test_broken_files_are_refused(tmp_path):
    path = tmp_path / "tables"
    table = np.zeros((1000, 4), np.float32).tobytes()

    def written(entry, name="tokens_embedding", data=table):
        header = json.dumps({name: entry}).encode() if not isinstance(entry, bytes) else entry
        return len(header).to_bytes(8, "little") + header + data

    good = {"dtype": "F32", "shape": [1000, 4], "data_offsets": [0, 16000]}
    for error, text, data in (
        (sf.DataError, "no bytes", b""),
        (sf.DataError, "too few", b"short"),
        (sf.DataError, "too few", b"\xff" * 64),
        (sf.DataError, "no JSON", written(b"{")),
        (sf.DataError, "no JSON", written(b"\xff\xfe")),
        (sf.DataError, "no JSON", written(b"[" * 100_000)),
        (sf.DataError, "no JSON object", written(b"[]")),
        (sf.InvalidArgument, "did you mean 'token_embedding'", written(good, "token_embedding")),
        (sf.InvalidArgument, "expected F32", written({**good, "shape": [4, 1000]})),
        (sf.InvalidArgument, "expected F32", written({**good, "dtype": "I64"})),
        (sf.InvalidArgument, "expected F32", written({**good, "dtype": ["F32"]})),
        (sf.InvalidArgument, "expected F32", written(7)),
        (sf.DataError, "data_offsets", written({**good, "data_offsets": [8, 16008]})),
        (sf.DataError, "data_offsets", written({**good, "data_offsets": [-16000, 0]})),
        (sf.DataError, "data_offsets", written({**good, "data_offsets": [0, 16001]})),
        (sf.DataError, "data_offsets", written({**good, "data_offsets": ["0", "16000"]})),
        (sf.DataError, "data_offsets", written({**good, "data_offsets": 5})),
        (sf.DataError, "data_offsets", written(good, data=table[:-1])),
    ):
        path.write_bytes(data)
        with pytest.raises(error, match=text):
            sf.Transform(spec(), path)(BATCH)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        sf.Transform(spec(), path)(BATCH)


def test_a_file_may_come_later(tmp_path):
    path = tmp_path / "tables"
    sent = pickle.dumps(sf.Transform(spec(dimension=1), path))
    ids_layer().save_tables(path)
    assert pickle.loads(sent)(BATCH)["values"][0].tolist() == [[42], [937], [0]]


def test_threads_share_one():
    transform = sf.Transform(spec())
    want, answers = sf.SequenceFeatures(spec())(BATCH).values, []
    threads = [threading.Thread(target=lambda: answers.append(transform(BATCH)["values"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and all(np.array_equal(want, answer) for answer in answers)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_give_the_same(method, tmp_path):
    path = tmp_path / "tables"
    ids_layer().save_tables(path)
    transform = sf.Transform(spec(dimension=1), path, emit=EVERYTHING)
    batches = [{"tokens": [[f"{batch} {row}"] * (row % 4) for row in range(50)]} for batch in range(6)]
    want = [transform(batch) for batch in batches]
    with multiprocessing.get_context(method).Pool(2) as pool:
        got = pool.map(transform, batches, chunksize=1)
    for mine, its in zip(got, want):
        assert all(np.array_equal(mine[name], its[name]) for name in its)
