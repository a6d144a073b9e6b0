# SPDX-License-Identifier: Apache-2.0
"""sf.Transform answers in the form of its batch: pyarrow, pandas, polars, numpy."""

import numpy as np
import pytest

import seqfeat as sf
from support import embedding

ROWS = [["sea", "cloud"], None, ["wind", None, "sea"], []]
IDS = [[42, 937], [], [247, None, 42], []]
LABELS = [4, 3, 2, 1]
NAMES = ["values", "lengths", "mask", "ids/tokens_embedding", "label"]


def transform(emit=("values", "lengths", "mask", "ids"), keep=("label",), **options):
    return sf.Transform(sf.Spec([embedding(dimension=3)], **options), emit=emit, keep=keep)


FIXED = {"max_length": 4, "padding": "max_length"}


def want(options):
    return sf.SequenceFeatures(sf.Spec([embedding(dimension=3)], **options))({"tokens": ROWS})


@pytest.fixture
def pa():
    return pytest.importorskip("pyarrow")


def tables(pa):
    table = pa.table({"tokens": ROWS, "label": LABELS, "other": ["x"] * 4})
    chunked = pa.concat_tables([table[:1], table[1:1], table[1:]])
    sliced = pa.concat_tables([table, table]).combine_chunks()[4:]
    return table, chunked, sliced, table.to_batches()[0]


@pytest.mark.parametrize("options", [{}, FIXED], ids=["longest", "fixed"])
def test_arrow(pa, options):
    values, lengths, mask = want(options)
    for batch in tables(pa):
        given = transform(**options)(batch)
        assert type(given) is type(batch) and given.schema.names == NAMES and given.num_rows == 4
        given.validate(full=True)
        rows = given.to_pydict()
        assert rows["lengths"] == lengths.tolist() and rows["label"] == LABELS
        assert rows["ids/tokens_embedding"] == IDS
        assert np.array_equal(np.array(rows["mask"]), mask)
        stored = given.column("values")
        if options:
            stored = stored.combine_chunks() if isinstance(stored, pa.ChunkedArray) else stored
            assert np.array_equal(stored.to_numpy_ndarray(), values)
        else:
            assert np.array_equal(np.array(rows["values"], np.float32), values)


def test_types_of_arrow_do_not_depend_on_the_batch(pa):
    for options in ({}, FIXED):
        made = transform(**options)
        batches = [tables(pa)[0], tables(pa)[0][:0], tables(pa)[0][1:2], tables(pa)[0][3:]]
        schemas = {str(made(batch).schema) for batch in batches}
        assert len(schemas) == 1
        assert pa.concat_tables([made(batch) for batch in batches]).num_rows == 6
    floats, booleans, ids = pa.list_(pa.list_(pa.float32(), 3)), pa.list_(pa.bool_()), pa.list_(pa.int64())
    schema = transform()(tables(pa)[0]).schema
    assert schema.types[:4] == [floats, pa.int64(), booleans, ids]
    tensors = pa.fixed_shape_tensor(pa.float32(), [4, 3])
    schema = transform(**FIXED)(tables(pa)[0]).schema
    assert schema.types[:4] == [tensors, pa.int64(), pa.list_(pa.bool_(), 4), ids]


def test_steps_that_are_lists_stay_lists_in_arrow(pa):
    kind = pa.list_(pa.list_(pa.string()))
    made = transform(emit=["ids"], keep=[])
    for rows, ids in (
        ([[["sea"]], None], [[[42]], []]),
        ([[["sea", "wind"], None, ["sea"]], []], [[[42, 247], [], [42]], []]),
        ([], []),
    ):
        for array in (pa.array(rows, kind), pa.array(rows, pa.large_list(pa.large_list(pa.large_string())))):
            given = made(pa.table({"tokens": array}))
            assert given.column(0).to_pylist() == ids
            assert given.schema.types == [pa.list_(pa.list_(pa.int64()))]


def test_dictionaries_and_flat_columns_of_arrow(pa):
    made = transform(emit=["ids"], keep=[])
    words = pa.array(["sea", "wind", "sea"]).dictionary_encode()
    lists = pa.ListArray.from_arrays(pa.array([0, 2, 3], pa.int32()), words)
    assert made(pa.table({"tokens": lists})).column(0).to_pylist() == [[42, 247], [42]]
    assert made(pa.table({"tokens": words})).column(0).to_pylist() == [[42], [247], [42]]


def test_a_missing_column_of_arrow_is_named(pa):
    with pytest.raises(sf.InvalidArgument, match="'label', only 'tokens'"):
        transform()(pa.table({"tokens": ROWS}))
    with pytest.raises(sf.InvalidArgument, match="tokens"):
        transform()(pa.table({"label": LABELS}))


@pytest.mark.parametrize("options", [{}, FIXED], ids=["longest", "fixed"])
def test_pandas(options):
    pd = pytest.importorskip("pandas")
    values, lengths, mask = want(options)
    kinds = [object]
    try:
        import pyarrow as pa

        kinds.append(pd.ArrowDtype(pa.list_(pa.string())))
    except ImportError:
        pass
    for kind in kinds:
        frame = pd.DataFrame({"tokens": pd.Series(ROWS, dtype=kind), "label": np.array(LABELS, np.int8)})
        frame.index = [10, 20, 20, 40]
        given = transform(**options)(frame)
        assert type(given) is pd.DataFrame and list(given.columns) == NAMES
        assert given.index.tolist() == [10, 20, 20, 40]
        assert np.array_equal(np.stack(given["values"]), values)
        assert np.array_equal(np.stack(given["mask"]), mask)
        assert given["lengths"].tolist() == lengths.tolist() and given["label"].dtype == np.int8
        assert given["ids/tokens_embedding"].tolist() == IDS
        given.loc[10, "label"] = 99
        assert frame["label"].tolist() == LABELS
        assert transform(**options)(frame[:0]).shape == (0, 5)


@pytest.mark.parametrize("options", [{}, FIXED], ids=["longest", "fixed"])
def test_polars(options):
    pl = pytest.importorskip("polars")
    values, lengths, mask = want(options)
    frame = pl.DataFrame({"tokens": ROWS, "label": LABELS})
    made = transform(**options)
    given = made(frame)
    assert type(given) is pl.DataFrame and given.columns == NAMES
    assert np.array_equal(np.array(given["values"].to_list(), np.float32), values)
    assert np.array_equal(np.array(given["mask"].to_list()), mask)
    assert given["lengths"].to_list() == lengths.tolist() and given["label"].to_list() == LABELS
    assert given["ids/tokens_embedding"].to_list() == IDS
    step = pl.Array(pl.Float32, 3)
    assert given.schema["values"] == (pl.Array(step, 4) if options else pl.List(step))
    assert given.schema["mask"] == (pl.Array(pl.Boolean, 4) if options else pl.List(pl.Boolean))
    for other in (frame[:0], frame[1:2], frame[3:]):
        assert made(other).schema == given.schema
    nested = pl.DataFrame({"tokens": [[["sea"]], []]})
    given = transform(emit=["ids"], keep=[])(nested)
    assert given.to_series().to_list() == [[[42]], []]
    assert given.schema["ids/tokens_embedding"] == pl.List(pl.List(pl.Int64))


def test_all_forms_hold_the_same_rows(pa):
    made = transform(**FIXED)
    table = tables(pa)[0]
    forms = [table, table.to_batches()[0], table.to_pydict()]
    try:
        forms.append(table.to_pandas())
    except ImportError:
        pass
    try:
        import polars as pl

        forms.append(pl.from_arrow(table))
    except ImportError:
        pass

    def rows(answer):
        columns = answer.to_pydict() if hasattr(answer, "to_pydict") else {n: list(answer[n]) for n in NAMES}
        return [
            [np.asarray(columns["values"][b], np.float32).tobytes(), int(columns["lengths"][b]),
             np.asarray(columns["mask"][b]).tobytes(), list(columns["ids/tokens_embedding"][b]), int(columns["label"][b])]
            for b in range(4)
        ]

    first, *others = [rows(made(form)) for form in forms]
    assert all(other == first for other in others)
