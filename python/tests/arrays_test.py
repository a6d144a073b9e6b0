# SPDX-License-Identifier: Apache-2.0
"""numpy arrays and DLPack tensors, of every layout, type and byte order."""

import numpy as np
import pytest

import seqfeat as sf
from support import ids_layer, run_python

WORDS = ["sea", "Москва", "日本", "🙂", "x" * 40, "a"]


def with_objects(words):
    array = np.empty(len(words), object)
    array[:] = words
    return array


STRING_ARRAYS = {
    "objects": with_objects(WORDS),
    "bytes objects": with_objects([word.encode() for word in WORDS]),
    "U": np.array(WORDS),
    "U, big endian": np.array(WORDS).astype(">U40"),
    "S": np.array([word.encode() for word in WORDS]),
    "every second": np.repeat(np.array(WORDS), 2)[::2],
    "backwards": np.array(WORDS[::-1])[::-1],
}
if hasattr(np, "dtypes") and hasattr(np.dtypes, "StringDType"):
    STRING_ARRAYS["StringDType"] = np.array(WORDS, np.dtypes.StringDType())


@pytest.mark.parametrize("array", STRING_ARRAYS.values(), ids=STRING_ARRAYS)
def test_arrays_of_strings(array):
    want = sf.hash_bucket(WORDS, 1000)
    assert np.array_equal(sf.hash_bucket(array, 1000), want)
    batch = ids_layer()({"tokens": array})
    assert batch.values.reshape(-1).tolist() == want.tolist() and batch.mask.all()
    assert np.array_equal(sf.hash_bucket(array.reshape(2, 3), 1000).values, want)


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", ">u8"])
def test_arrays_of_integers(dtype):
    info = np.iinfo(dtype)
    numbers = [0, 1, 7, int(info.max), int(info.min)]
    array = np.array(numbers, dtype)
    want = sf.hash_bucket([str(number) for number in numbers], 1000)
    for form in (array, np.repeat(array, 3)[::3], array[::-1][::-1]):
        assert np.array_equal(sf.hash_bucket(form, 1000), want)
    assert sf.Ragged(array, [0, 5]).to_list() == [numbers]


def test_integers_are_read_in_place_and_kept_alive():
    array = np.arange(1000, dtype=np.int64)
    ragged = sf.Ragged(array, [0, 1000])
    assert np.shares_memory(ragged.values, array)
    array[:] = 5
    del array
    values = ragged.values
    del ragged
    assert values.tolist() == [5] * 1000


@pytest.mark.parametrize("missing", [None, float("nan")], ids=repr)
def test_a_missing_token_of_a_flat_array_is_an_empty_row(missing):
    flat = with_objects(["sea", missing, "cloud"])
    batch = ids_layer()({"tokens": flat})
    assert batch.lengths.tolist() == [1, 0, 1] and batch.values[:, 0, 0].tolist() == [42, 0, 937]
    assert ids_layer()({"tokens": with_objects([missing] * 3)}).lengths.tolist() == [0, 0, 0]
    assert sf.hash_bucket(flat, 1000).tolist() == [42, -1, 937]


class NAType:
    """As pandas' NA."""


def test_the_first_object_that_is_not_missing_says_whether_there_are_rows():
    for missing in (None, float("nan"), NAType()):
        rows = with_objects([missing, ["sea", "cloud"], missing])
        for form in (rows, rows.tolist()):
            assert sf.hash_bucket(form, 1000).to_list() == [[], [42, 937], []]
        assert ids_layer()({"tokens": rows}).lengths.tolist() == [0, 2, 0]
        for form in ([missing] * 2, with_objects([missing] * 2)):
            assert sf.hash_bucket(form, 10).tolist() == [-1, -1]
    assert sf.hash_bucket(np.array([], object), 10).tolist() == []


def test_masked_arrays_are_refused():
    masked = np.ma.masked_array([[1, 2]], mask=[[False, True]])
    for call in (
        lambda: sf.hash_bucket(masked, 10),
        lambda: sf.hash_bucket(masked[0], 10),
        lambda: sf.Ragged(masked[0], [0, 2]),
        lambda: sf.Ragged.from_dense(masked),
        lambda: sf.Ragged.from_sparse(masked[0], [[0], [1]], [2]),
        lambda: ids_layer(dtype="int64")({"tokens": masked}),
    ):
        with pytest.raises(sf.InvalidArgument, match="got a masked array"):
            call()


def test_lone_surrogates_in_arrays_have_no_utf8():
    for array in (np.array(["a", "\ud800"]), np.array([["a"], ["b\udfff"]])):
        with pytest.raises(sf.DataError, match="values: element 1: got a str with a lone surrogate") as raised:
            sf.hash_bucket(array, 10)
        assert raised.value.column == "values"
    edges = ["\ud7ff", "\ue000"]
    assert np.array_equal(sf.hash_bucket(np.array(edges), 10**9), sf.hash_bucket(edges, 10**9))


def test_offsets_cannot_change_under_a_batch():
    rows, steps = np.array([0, 1, 2]), np.array([0, 2, 3])
    ragged = sf.Ragged(np.array([1, 2, 3]), rows, steps)
    for offsets in (ragged.row_offsets, ragged.step_offsets, sf.hash_bucket(ragged, 10).row_offsets):
        with pytest.raises(ValueError, match="read-only"):
            offsets[1] = 0
        with pytest.raises(ValueError):
            offsets.flags.writeable = True
    run_python(
        """
        import numpy as np
        import seqfeat as sf
        offsets = np.array([0, 2, 3])
        ragged = sf.Ragged(np.array([1, 2, 3]), offsets)
        offsets[1] = 10**12
        assert ragged.to_list() == [[1, 2], [3]]
        """
    )


def test_memory_that_is_read_only_stays_so():
    array = np.arange(3)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        sf.Ragged(array, [0, 3]).values[0] = 99
    assert array.tolist() == [0, 1, 2]
    ids = sf.hash_bucket(array, 10)
    ids[:] = 99  # fresh memory


def test_read_only_arrays_are_read_and_not_written():
    array = np.array([[3, -1], [4, 5]], np.int32)
    array.setflags(write=False)
    assert sf.hash_bucket(array, 10).to_list() == sf.hash_bucket([[3], [4, 5]], 10).to_list()
    assert array.tolist() == [[3, -1], [4, 5]]


def test_dense_arrays_drop_missing_cells_and_flat_ones_do_not():
    dense = np.array([["a", "", "b", ""], ["", "", "", ""]])
    got = sf.Ragged.from_dense(dense)
    assert got.to_list() == [[[b"a"], [], [b"b"]], []]
    objects = np.array([["a", None, b"b", ""]], object)
    assert sf.Ragged.from_dense(objects).to_list() == [[[b"a"], [], [b"b"]]]
    assert sf.hash_bucket(np.array(["", "a"]), 1000).tolist() == sf.hash_bucket(["", "a"], 1000).tolist()
    assert len(sf.hash_bucket(np.array([-1, 3]), 10)) == 2
    deep = np.arange(24).reshape(2, 3, 4)
    assert sf.Ragged.from_dense(deep).to_list() == deep.tolist()


def test_objects_that_hold_rows():
    rows = np.empty(3, object)
    rows[:] = [np.array(["sea", "cloud"], object), None, ["wind"]]
    want = [[42, 937], [], [247]]
    assert sf.hash_bucket(rows, 1000).to_list() == want
    assert ids_layer()({"tokens": rows}).lengths.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    "array",
    [np.array([1.5]), np.array([True]), np.array(["2020-01-01"], "M8[D]"), np.array([1j])],
    ids=str,
)
def test_arrays_of_other_types_are_refused(array):
    with pytest.raises(sf.InvalidArgument, match="expected numbers, strings or objects|float64, expected strings or integers"):
        sf.hash_bucket(array, 10)


def test_ragged_checks_its_offsets():
    values = np.arange(4)
    for rows, steps in [
        ([0, 5], None),
        ([1, 4], None),
        ([0, 3, 2, 4], None),
        ([0, 2], [0, 3, 5]),
        ([0, 2], [0, 3, 2]),
    ]:
        with pytest.raises(sf.DataError):
            sf.Ragged(values, rows, steps)
    for holed in (["a", None, "b"], with_objects(["a", None, "b"])):
        with pytest.raises(sf.InvalidArgument, match="a hole is an empty step"):
            sf.Ragged(holed, [0, 2])
        with pytest.raises(sf.InvalidArgument, match="a hole is an empty step"):
            sf.Ragged.from_sparse(holed, [[0, 0], [0, 1], [0, 2]], [1, 3])
    with pytest.raises(sf.InvalidArgument, match="indices: got float64, expected integers"):
        sf.Ragged.from_sparse([1], [[0.9, 0.2]], [1, 1])
    for rows in ([], [0.0, 4.0], [[0, 4]]):
        with pytest.raises(sf.InvalidArgument):
            sf.Ragged(values, rows)
    with pytest.raises(sf.InvalidArgument):
        sf.Ragged(np.zeros((2, 2), int), [0, 4])


def test_padding_follows_its_options():
    ragged = sf.Ragged.from_rows([[1, 2, 3], [], [4, None, 5, 6]])
    ids, lengths, mask = ragged.pad()
    assert ids.tolist() == [[1, 2, 3, 0], [0] * 4, [4, 0, 5, 6]] and lengths.tolist() == [3, 0, 4]
    assert mask.tolist() == sf.sequence_mask([3, 0, 4]).tolist()
    ids, lengths, _ = ragged.pad(2, truncation="keep_last", padding_side="left", value=-7)
    assert ids.tolist() == [[2, 3], [-7, -7], [5, 6]] and lengths.tolist() == [2, 0, 2]
    assert ragged.pad(pad_to_multiple_of=3)[0].shape == (3, 6)
    assert ragged.pad(9, padding="max_length")[0].shape == (3, 9)
    with pytest.raises(sf.DataError, match="max_length = 3") as raised:
        ragged.pad(3)
    assert raised.value.row == 2
    with pytest.raises(sf.DataError, match="one value a step"):
        sf.Ragged.from_rows([[[1, 2]]]).pad()
    with pytest.raises(sf.InvalidArgument, match="hash them first"):
        sf.Ragged.from_rows([["a"]]).pad()
    for options in ({"padding": "longer"}, {"padding": []}, {"max_length": 0}, {"pad_to_multiple_of": 0}):
        with pytest.raises(sf.InvalidArgument):
            ragged.pad(**options)
    with pytest.raises(sf.InvalidArgument, match="out of the range"):
        sf.Ragged.from_rows([[1]], dtype="int8").pad(value=200)
    for length in (2**62, 2**44):
        with pytest.raises(sf.OutOfMemory, match=rf"pad: ids \[1, {length}\]"):
            sf.Ragged.from_rows([[1]]).pad(length, padding="max_length")
