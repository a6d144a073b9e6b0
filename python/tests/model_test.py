# SPDX-License-Identifier: Apache-2.0
"""Nested lists of any shape against a plain Python model of what they mean."""

import numpy as np
import pytest

import seqfeat as sf
from support import ids_layer

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings, strategies as st  # noqa: E402, after the check

TOKENS = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.binary(max_size=40))
INTEGERS = st.integers(-(2**63), 2**63 - 1)
SHORT = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def rows_of(token):
    step = st.one_of(token, st.none(), st.lists(st.one_of(token, st.none()), max_size=3))
    return st.lists(st.one_of(st.none(), st.lists(step, max_size=6)), max_size=6)


def flat_rows_of(token):
    return st.lists(st.one_of(st.none(), st.lists(st.one_of(token, st.none()), max_size=9)), max_size=6)


def meaning(rows):
    """Rows of steps of values: None as a row is empty, as a step a hole, as a value nothing."""
    def step(value):
        values = value if isinstance(value, list) else [value]
        return [v.encode() if isinstance(v, str) else v for v in values if v is not None]

    return [[step(value) for value in row or []] for row in rows]


def lengths_of(rows):
    """A row ends with its last step that has a value."""
    return [max((i + 1 for i, step in enumerate(row) if step), default=0) for row in meaning(rows)]


def as_steps(ragged):
    return [[step if isinstance(step, list) else [step] for step in row] for row in ragged.to_list()]


def buckets_of(values, count):
    return [int(sf.hash_bucket([value], count)[0]) for value in values]


@SHORT
@given(st.one_of(rows_of(TOKENS).map(lambda rows: (rows, "string")), rows_of(INTEGERS).map(lambda rows: (rows, "int64"))))
def test_rows_mean_what_they_say(case):
    rows, dtype = case
    ragged = sf.Ragged.from_rows(rows, dtype=dtype)
    want = meaning(rows)
    assert as_steps(ragged) == want
    assert ragged.row_offsets.tolist() == np.cumsum([0] + [len(row) for row in want]).tolist()
    again = sf.Ragged.from_rows(ragged.to_list(), dtype=dtype)
    assert as_steps(again) == want


@SHORT
@given(rows_of(TOKENS), st.integers(2, 2**40))
def test_hashes_of_rows_are_those_of_their_tokens(rows, buckets):
    want = [[buckets_of(step, buckets) for step in row] for row in meaning(rows)]
    assert as_steps(sf.hash_bucket(rows, buckets, dtype="string", nested=True)) == want


@SHORT
@given(rows_of(TOKENS))
def test_the_layer_gives_the_mean_of_each_step(rows):
    lengths = lengths_of(rows)
    longest = max(lengths, default=0)
    want = np.zeros((len(rows), longest), np.float32)
    for row, steps in enumerate(meaning(rows)):
        for t, step in enumerate(steps[:longest]):
            ids = buckets_of(step, 50)
            want[row, t] = sum(ids) / np.float32(len(ids)) if ids else 0
    values, got_lengths, mask = LAYER({"tokens": rows})
    assert got_lengths.tolist() == lengths
    assert mask.tolist() == [[t < length for t in range(longest)] for length in lengths]
    assert np.allclose(values[:, :, 0], want, rtol=1e-6, atol=0)


@SHORT
@given(
    flat_rows_of(INTEGERS),
    st.one_of(st.none(), st.integers(1, 7)),
    st.sampled_from(["keep_first", "keep_last"]),
    st.sampled_from(["right", "left"]),
    st.integers(1, 4),
    st.sampled_from([0, -1, 5]),
)
def test_padding_is_what_a_loop_does(rows, limit, truncation, side, multiple, value):
    lengths = lengths_of(rows)
    kept = []
    for row, length in zip(meaning(rows), lengths):
        cells = [step[0] if step else value for step in row[:length]]
        if limit is not None and length > limit:
            cells = cells[:limit] if truncation == "keep_first" else cells[-limit:]
        kept.append(cells)
    width = -(-max(map(len, kept), default=0) // multiple) * multiple

    def padded(cells, filler):
        rest = [filler] * (width - len(cells))
        return rest + cells if side == "left" else cells + rest

    ragged = sf.Ragged.from_rows(rows, dtype="int64")
    ids, got_lengths, mask = ragged.pad(limit, "longest", side, truncation, multiple, value)
    assert ids.tolist() == [padded(cells, value) for cells in kept]
    assert got_lengths.tolist() == [len(cells) for cells in kept]
    assert mask.tolist() == [padded([True] * len(cells), False) for cells in kept]


@SHORT
@given(rows_of(TOKENS))
def test_arrow_reads_ragged_batches_and_gives_them_back(rows):
    pa = pytest.importorskip("pyarrow")
    ragged = sf.Ragged.from_rows(rows, dtype="string")
    array = pa.array(ragged)
    array.validate(full=True)
    assert array.to_pylist() == ragged.to_list()
    assert sf.hash_bucket(array, 99).to_list() == sf.hash_bucket(ragged, 99).to_list()


LAYER = ids_layer(buckets=50)
