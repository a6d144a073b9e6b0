# SPDX-License-Identifier: Apache-2.0
"""Frames of pandas and duckdb in the layer; those of polars are in polars_test.py."""

import numpy as np
import pytest

import seqfeat as sf
from support import ids_layer

ROWS = [["sea", "cloud"], None, [], ["wind", None, "sea"], ["x" * 40, "Москва"]]


def check(*forms):
    layer = ids_layer()
    want = layer({"tokens": ROWS})
    for features in forms:
        got = layer(features)
        assert all(np.array_equal(a, b) for a, b in zip(got, want))


def test_pandas():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"tokens": ROWS, "price": [1.5] * len(ROWS)})
    check(frame, {"tokens": frame["tokens"]})
    assert ids_layer()(frame[3:]).lengths.tolist() == [3, 2]
    pa = pytest.importorskip("pyarrow")
    arrow = pd.DataFrame({"tokens": pd.Series(ROWS, dtype=pd.ArrowDtype(pa.list_(pa.string())))})
    check(arrow, {"tokens": arrow["tokens"]})
    assert sf.hash_bucket(pd.Series(["sea", "cloud"]), 1000).tolist() == [42, 937]


def test_duckdb():
    duckdb = pytest.importorskip("duckdb")
    made = "SELECT * FROM (VALUES (0, ['sea', 'cloud']), (1, NULL), (2, []), (3, ['wind', NULL, 'sea']), (4, [?, ?])) v(n, tokens)"
    relation = duckdb.sql(f"FROM ({made}) ORDER BY n", params=ROWS[4])
    check(relation)
