# SPDX-License-Identifier: Apache-2.0
"""Lists of tokens, against a plain reading of them in Python."""

import random

import numpy as np
import pytest

import seqfeat as sf
from support import ids_layer

TOKENS = ["", "a", "sea", "Москва", "日本語", "🙂", "x" * 300, b"\xff\xfe", b"", b"sea"]


def as_bytes(token):
    return token.encode() if isinstance(token, str) else token


def steps_of(row):
    """The steps of a row as lists of values: None is an empty row, and a hole."""
    steps = []
    for step in row or []:
        values = step if isinstance(step, (list, tuple)) else [step]
        steps.append([as_bytes(value) for value in values if value is not None])
    return steps


def random_rows(seed, token):
    draw = random.Random(seed)
    nested = draw.random() < 0.7

    def step():
        kind = draw.random() if nested else 1
        if kind < 0.1:
            return None
        if kind < 0.2:
            return []
        if kind < 0.5:
            return [token(draw) if draw.random() < 0.9 else None for _ in range(draw.randint(1, 4))]
        return token(draw)

    def row():
        if draw.random() < 0.1:
            return None
        made = [step() for _ in range(draw.randint(0, 6))]
        return tuple(made) if draw.random() < 0.2 else made

    return [row() for _ in range(draw.randint(0, 8))]


def nested_list(ragged):
    return [[s if isinstance(s, list) else [s] for s in row] for row in ragged.to_list()]


@pytest.mark.parametrize("seed", range(200))
def test_strings_read_like_plain_python(seed):
    rows = random_rows(seed, lambda draw: draw.choice(TOKENS))
    ragged = sf.Ragged.from_rows(rows, dtype="string")
    assert nested_list(ragged) == [steps_of(row) for row in rows]
    assert len(ragged) == len(rows)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32", "uint64"])
def test_integers_of_every_type(dtype):
    info = np.iinfo(dtype)
    ends = [info.min, info.max, 0, 7]
    for seed in range(20):
        rows = random_rows(seed, lambda draw: draw.choice(ends))
        ragged = sf.Ragged.from_rows(rows, dtype=dtype)
        assert nested_list(ragged) == [steps_of(row) for row in rows]
        assert ragged.values.dtype == dtype
    for beyond in (info.min - 1, info.max + 1, 2**70):
        with pytest.raises(sf.DataError) as raised:
            sf.Ragged.from_rows([[1], [2, beyond]], dtype=dtype)
        assert raised.value.row == 1 and str(beyond) in str(raised.value)
    with pytest.raises(sf.DataError, match="row 0: got an int of thousands of digits"):
        sf.Ragged.from_rows([[10**5000]], dtype=dtype)


def test_the_first_token_decides_the_type():
    assert sf.Ragged.from_rows([[None], ["a"]]).dtype == "string"
    assert sf.Ragged.from_rows([[], [5]]).dtype == "int64"
    with pytest.raises(TypeError, match="row 1: got int, expected a str or bytes"):
        sf.Ragged.from_rows([["a"], [1]])


@pytest.mark.parametrize(
    "bad", [1.5, True, {"a"}, object(), {"a": 1}, bytearray(b"a"), 1j, [["a"]], [[["a"]]]]
)
def test_what_is_no_token_is_a_type_error(bad):
    with pytest.raises(TypeError, match="rows: row 2: got "):
        sf.Ragged.from_rows([["a"], ["b"], [["c"], [bad]]])


def test_a_string_is_no_row_and_no_batch():
    layer = ids_layer()
    for feature in ("sea", ["sea", "wind"], b"sea", 7, None):
        with pytest.raises(TypeError):
            layer({"tokens": feature})
    with pytest.raises(TypeError, match="expected a list of tokens"):
        sf.hash_bucket("sea", 10)


def test_lone_surrogates_have_no_utf8():
    with pytest.raises(sf.DataError, match="lone surrogate") as raised:
        sf.Ragged.from_rows([["a"], ["b", "\ud800"]])
    assert raised.value.row == 1 and raised.value.column == "rows"


def test_subclasses_and_numpy_scalars_are_tokens():
    class Text(str):
        pass

    rows = [[Text("sea"), np.str_("sea"), np.bytes_(b"sea")]]
    assert sf.Ragged.from_rows(rows).to_list() == [[b"sea"] * 3]
    assert sf.Ragged.from_rows([[np.uint64(2**63)]], dtype="uint64").to_list() == [[2**63]]
    assert sf.Ragged.from_rows([[np.int8(-3), np.int64(9)]]).to_list() == [[-3, 9]]


def test_what_refuses_to_be_an_index_is_no_token():
    for dtype in (None, "int64", "uint64"):
        with pytest.raises(TypeError, match="row 0: got ndarray, expected an int"):
            sf.Ragged.from_rows([[1, np.array(1.5)]], dtype=dtype)
    with pytest.raises(TypeError, match="row 0: got ndarray"):
        ids_layer(dtype="int64")({"tokens": [[1, np.array(1.5)]]})

    class Interrupts(np.ndarray):
        def __index__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sf.Ragged.from_rows([[1, np.array(2).view(Interrupts)]])


def test_a_list_that_changes_while_it_is_read():
    """An element's own code may empty the list; nothing may crash."""
    rows = []

    class Index:
        dtype = None

        def tolist(self):
            rows.clear()
            return 5

        def __index__(self):
            rows.clear()
            return 5

    rows.extend([[1], [Index(), 2], [3]])
    assert sf.Ragged.from_rows(rows, dtype="int64").to_list()[0] == [1]


def test_nan_and_na_are_none():
    assert sf.Ragged.from_rows([["a", float("nan")], float("nan")]).to_list() == [[[b"a"], []], []]


def test_hashing_flat_and_nested():
    flat = sf.hash_bucket(["sea", None, b"sea", "cloud"], 1000)
    assert flat.tolist() == [42, -1, 42, 937] and flat.dtype == np.int64
    assert sf.hash_bucket([None, ["sea"], ["sea", "cloud"]], 1000).to_list() == [[], [42], [42, 937]]
    assert sf.hash_bucket([], 1000).tolist() == []
    assert sf.hash_bucket([], 1000, nested=True).to_list() == []
    assert sf.hash_bucket([None, None], 10).tolist() == [-1, -1]
    assert sf.fingerprint64([5, None]).tolist()[1] == 2**64 - 1
    with pytest.raises(TypeError, match="nested=False"):
        sf.hash_bucket([["sea"]], 10, nested=False)
    with pytest.raises(sf.InvalidArgument, match="nested: got False, but a Ragged has rows"):
        sf.hash_bucket(sf.Ragged.from_rows([["sea"]]), 10, nested=False)
    with pytest.raises(sf.InvalidArgument, match="salt: got 'string'"):
        sf.hash_bucket(["a"], 10, "string")
    with pytest.raises(TypeError, match="positional"):
        sf.fingerprint64(["a"], "string")


def test_the_layer_reads_lists_as_ragged_does():
    layer = ids_layer()
    for seed in range(50):
        rows = random_rows(seed, lambda draw: draw.choice(TOKENS))
        from_lists = layer({"tokens": rows})
        from_ragged = layer({"tokens": sf.Ragged.from_rows(rows, dtype="string")})
        assert all(np.array_equal(a, b) for a, b in zip(from_lists, from_ragged))
