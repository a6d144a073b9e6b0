# SPDX-License-Identifier: Apache-2.0
"""`seqfeat.polars`, and polars' frames in the layer."""

import doctest

import numpy as np
import pytest

import seqfeat as sf
from support import ids_layer

pl = pytest.importorskip("polars")
import seqfeat.polars as sfp  # noqa: E402, after the check that polars is there

NESTED = [["sea", None, ""], None, [], ["x" * 40, "Москва"], [None]]


def like(rows, token):
    """The rows with every token replaced; None stays None."""
    if rows is None:
        return None
    return [like(row, token) for row in rows] if isinstance(rows, list) else token(rows)


def dtype_of(token):
    return "uint64" if isinstance(token, int) and token >= 2**63 else None


def bucket(token):
    return int(sf.hash_bucket([token], 1000, dtype=dtype_of(token))[0])


def fingerprint(token):
    return int(sf.fingerprint64([token], dtype=dtype_of(token))[0])


SERIES = {
    "strings": pl.Series("s", ["sea", None, ""]),
    "binary": pl.Series("s", [b"sea", None, b"\xff"]),
    "integers": pl.Series("s", [5, None, -7], pl.Int16),
    "unsigned": pl.Series("s", [5, 2**64 - 1], pl.UInt64),
    "lists": pl.Series("s", NESTED),
    "lists of integers": pl.Series("s", [[1, None], None, []], pl.List(pl.UInt8)),
    "lists of lists": pl.Series("s", [NESTED, None, [], [None, ["a"]]]),
    "no rows": pl.Series("s", [], pl.List(pl.String)),
    "no tokens": pl.Series("s", [None, []], pl.List(pl.String)),
    "only null": pl.Series("s", [None, None]),
    "lists of null": pl.Series("s", [[None], None], pl.List(pl.Null)),
    "arrays": pl.Series("s", [["a", None], None], pl.Array(pl.String, 2)),
    "categorical": pl.Series("s", ["sea", None, "a", "sea"], pl.Categorical),
    "enum": pl.Series("s", ["sea", None], pl.Enum(["a", "sea"])),
    "a slice": pl.Series("s", NESTED * 3)[4:11],
    "chunks": pl.concat([pl.Series("s", NESTED)[:2], pl.Series("s", NESTED)[1:]], rechunk=False),
}


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_every_shape_keeps_its_nulls(series):
    rows = series.to_list()
    for token, leaf, call in [
        (bucket, pl.Int64, lambda x: x.seqfeat.hash_bucket(1000)),
        (fingerprint, pl.UInt64, lambda x: x.seqfeat.fingerprint64()),
    ]:
        want, got = like(rows, token), call(series)
        assert got.to_list() == want and got.name == "s"
        inner = got.dtype
        while isinstance(inner, pl.List):
            inner = inner.inner
        assert inner == leaf
        frame = pl.DataFrame({"s": series})
        assert frame.select(call(pl.col("s")))["s"].equals(got, check_dtypes=True)
        lazy = frame.lazy().with_columns(ids=call(pl.col("s")))
        assert lazy.collect_schema()["ids"] == got.dtype
        for engine in ("in-memory", "streaming"):
            assert lazy.collect(engine=engine)["ids"].to_list() == want


def test_expressions_work_inside_of_groups_and_filters():
    frame = pl.DataFrame({"k": [1, 2, 1], "s": ["sea", "cloud", "sea"]})
    ids = pl.col("s").seqfeat.hash_bucket(1000)
    assert frame.filter(ids == 42).height == 2
    grouped = frame.group_by("k", maintain_order=True).agg(ids)
    assert grouped["s"].to_list() == [[42, 42], [937]]


def test_wrong_types_and_buckets():
    for wrong in ([1.5], [True], [[1.5]], [{"a": 1}]):
        with pytest.raises(sf.InvalidArgument, match="expected strings, integers or lists"):
            pl.Series(wrong).seqfeat.hash_bucket(10)
        with pytest.raises(pl.exceptions.PolarsError):
            pl.DataFrame({"s": wrong}).select(pl.col("s").seqfeat.fingerprint64())
    for buckets in (0, -5, 1.5, None):
        for thing in (pl.Series(["a"]), pl.col("s")):
            with pytest.raises(sf.InvalidArgument):
                thing.seqfeat.hash_bucket(buckets)


def test_its_examples_run():
    found = doctest.testmod(sfp, extraglobs={"pl": pl})
    assert found.failed == 0 and found.attempted > 4


@pytest.mark.parametrize("lazy", [False, True])
def test_frames_go_into_the_layer(lazy):
    frame = pl.DataFrame({"tokens": NESTED, "price": [1.5] * 5})
    layer = ids_layer()
    want = layer({"tokens": [row or [] for row in NESTED]})
    got = layer(frame.lazy().collect() if lazy else frame)
    assert all(np.array_equal(a, b) for a, b in zip(got, want))
    assert np.array_equal(layer({"tokens": frame["tokens"]}).values, want.values)
    sliced = layer(frame[2:])
    assert sliced.lengths.tolist() == want.lengths.tolist()[2:]


def test_ragged_ids_become_series():
    series = pl.Series(sf.hash_bucket(pl.Series([["sea"], [], ["cloud", "sea"]]), 1000))
    assert series.to_list() == [[42], [], [937, 42]] and series.dtype == pl.List(pl.Int64)
