# SPDX-License-Identifier: Apache-2.0
"""Arrow memory in and out, with pyarrow; tests/arrow holds the reader itself against others."""

import gc

import numpy as np
import pytest

import seqfeat as sf
from support import embedding, ids_layer

pa = pytest.importorskip("pyarrow")

ROWS = [["sea", "cloud"], None, [], ["wind", None, "sea"], ["x" * 40, "Москва"]]
TYPES = [
    pa.list_(pa.string()),
    pa.large_list(pa.large_string()),
    pa.list_(pa.string_view()),
    pa.list_(pa.binary()),
    pa.list_view(pa.string()),
    pa.list_(pa.dictionary(pa.int8(), pa.string())),
]


def column(kind):
    rows = ROWS
    if kind == pa.list_(pa.binary()):
        rows = [r and [v if v is None else v.encode() for v in r] for r in ROWS]
    return pa.array(rows, kind)


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_every_type_gives_the_buckets_of_lists(kind):
    array, want = column(kind), sf.hash_bucket(ROWS, 1000, nested=True).to_list()
    table = pa.table({"tokens": array, "other": [1.5] * 5})
    sliced = pa.concat_arrays([array, array])[5:]
    chunked = pa.chunked_array([array[:2], array[2:2], array[2:]])
    for form in (array, sliced, chunked):
        assert sf.hash_bucket(form, 1000).to_list() == want
    layer = ids_layer()
    batch = layer({"tokens": ROWS})
    for features in (table, table.to_batches()[0], {"tokens": chunked}, table.to_reader()):
        assert np.array_equal(layer(features).values, batch.values)
    assert layer.ids(table)["tokens_embedding"].to_list() == want


def test_flat_columns_give_arrays_with_minus_one_for_nulls():
    flat = pa.array(["sea", None, "cloud"])
    for form in (flat, flat.dictionary_encode(), pa.chunked_array([flat])):
        assert sf.hash_bucket(form, 1000).tolist() == [42, -1, 937]
    numbers = pa.array([5, None, 7], pa.uint16())
    assert sf.hash_bucket(numbers, 10)[1] == -1
    with pytest.raises(sf.InvalidArgument, match="levels of lists"):
        sf.hash_bucket(flat, 10, nested=True)


def test_what_has_no_tokens_is_refused_by_name():
    layer = ids_layer()
    with pytest.raises(sf.InvalidArgument, match="tokens"):
        layer(pa.table({"tokens": [[1.5]]}))
    with pytest.raises(sf.InvalidArgument, match="feature 'tokens' is missing"):
        layer(pa.table({"others": [["a"]]}))
    with pytest.raises(sf.InvalidArgument, match="tokens"):
        layer(pa.table({"tokens": [[1]]}))
    with pytest.raises(sf.InvalidArgument, match="2 columns"):
        sf.hash_bucket(pa.table({"a": ["x"], "b": ["y"]}), 10)
    with pytest.raises(sf.InvalidArgument, match="expected a table"):
        layer(pa.array(["a"]))


def test_errors_in_a_series_of_pandas_name_the_feature():
    class Series:
        __module__ = "pandas"
        dtype = "list<double>[pyarrow]"

        def reset_index(self, drop):
            return self

        def to_frame(self, name):
            return pa.table({name: [[1.5]]})

    for call, key in (
        (lambda: ids_layer()({"tokens": Series()}), "tokens"),
        (lambda: sf.hash_bucket(Series(), 10), "values"),
    ):
        with pytest.raises(sf.InvalidArgument, match=key):
            call()


def test_a_stream_that_fails_tells_its_words():
    def batches():
        yield pa.record_batch({"tokens": [["a"]]})
        raise OSError("the disk is gone")

    schema = pa.schema({"tokens": pa.list_(pa.string())})
    with pytest.raises(sf.DataError, match="the disk is gone"):
        ids_layer()(pa.RecordBatchReader.from_batches(schema, batches()))


@pytest.mark.parametrize(
    "rows", [[["a", "b"], [], ["c"]], [[["a", "b"], []], []], [[1, 2], []], [[[1], [2, 3]]], []]
)
def test_ragged_batches_are_arrow_arrays(rows):
    ragged = sf.Ragged.from_rows(rows)
    array = pa.array(ragged)
    array.validate(full=True)

    def encoded(value):
        return [encoded(v) for v in value] if isinstance(value, list) else value

    as_bytes = [[[v.encode() if isinstance(v, str) else v for v in s] if isinstance(s, list)
                 else s.encode() if isinstance(s, str) else s for s in r] for r in rows]
    assert array.to_pylist() == as_bytes
    assert sf.hash_bucket(array, 10).to_list() == sf.hash_bucket(rows, 10, nested=True).to_list()


def test_memory_lives_as_long_as_somebody_looks_at_it():
    array = pa.array([["token %d" % n] * 3 for n in range(5000)])
    want = array.to_pylist()
    ragged = sf.Ragged.from_rows([])
    ragged = sf._ragged.wrap(sf._core.Arrow(array).column("", "string")[0])
    del array
    gc.collect()
    numbers = sf._core.Arrow(pa.array([[1, 2]])).column("", "string")[0]
    assert not numbers.values.flags.writeable and not numbers.row_offsets.flags.writeable
    exported = pa.array(ragged)  # Arrow's memory through us to Arrow
    del ragged
    gc.collect()
    assert [[v.decode() for v in row] for row in exported.to_pylist()] == want

    ids = ids_layer().ids({"tokens": want})["tokens_embedding"]
    values = pa.array(ids)
    before = ids.to_list()
    del ids
    gc.collect()
    assert values.to_pylist() == before


def test_a_capsule_that_nobody_takes_is_released():
    ragged = sf.Ragged(np.arange(10), [0, 10])
    for _ in range(1000):
        ragged.__arrow_c_array__()


def test_identity_columns_from_integers():
    shop = sf.sequence_categorical_column_with_identity("shop", 5)
    layer = sf.SequenceFeatures([embedding(dimension=1), sf.indicator_column(shop)])
    table = pa.table({"tokens": [["a"]], "shop": pa.array([[3]], pa.list_(pa.int8()))})
    assert layer(table).values[0, 0, :5].tolist() == [0, 0, 0, 1, 0]
