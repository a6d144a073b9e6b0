# SPDX-License-Identifier: Apache-2.0
"""Wrong use: what is wrong, what was expected, what to do."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import seqfeat as sf
import seqfeat.jax as sfj
from jax_support import spec_of
from seqfeat.jax._static import static_of

ROWS = {"tokens": [["sea", "cloud"], ["wind"]]}
CAPACITY = sf.Capacity(rows=2, bytes=32)


def call(spec=None, tables=None, batch=None):
    spec = spec_of() if spec is None else spec
    tables = sfj.init_tables(spec_of()) if tables is None else tables
    return sfj.sequence_features(spec, tables, sfj.pack(spec_of(), ROWS, CAPACITY) if batch is None else batch)


def table(shape=(50, 4), dtype=np.float32):
    return {"tokens_embedding": np.zeros(shape, dtype)}


@pytest.mark.parametrize("under", [lambda f: f, jax.jit], ids=["plain", "jit"])
@pytest.mark.parametrize(
    "tables, message",
    [
        ({}, "tables: 'tokens_embedding': not there; expected just 'tokens_embedding'"),
        ({**table(), "b": np.zeros(2)}, "tables: 'b': unknown; expected just 'tokens_embedding'"),
        (table((49, 4)), "table 'tokens_embedding': got float32 (49, 4), expected float32, float16 or bfloat16 (50, 4)"),
        (table((200,)), "got float32 (200,), expected"),
        (table(dtype=np.int32), "got int32 (50, 4), expected"),
    ],
)
def test_wrong_tables(tables, message, under):
    batch = sfj.pack(spec_of(), ROWS, CAPACITY)
    with pytest.raises(sf.InvalidArgument, match=re.escape(message)):
        under(lambda t, b: sfj.sequence_features(spec_of(), t, b))(tables, batch)
    assert call().values.shape == (2, 8, 4)


def test_tables_that_are_no_dict():
    with pytest.raises(TypeError, match="tables: got list, expected a dict of arrays by name"):
        call(tables=[1])
    with pytest.raises(sf.InvalidArgument, match="got float64"):
        call(tables={"tokens_embedding": np.zeros((50, 4))})


def test_a_batch_of_another_spec():
    with pytest.raises(sf.InvalidArgument, match="packed for another spec, .*tokens_embedding.*; pack it for"):
        call(spec=spec_of(buckets=51))
    with pytest.raises(TypeError, match="batch: got dict, expected one of seqfeat.jax.pack"):
        call(batch=ROWS)


def test_a_part_of_a_batch():
    batch = sfj.pack(spec_of(), ROWS, CAPACITY)
    with pytest.raises(sf.InvalidArgument, match="its data have the shape .*; take the batch as pack made it"):
        call(batch=jax.tree.map(lambda leaf: leaf[1:], batch))


def test_vmap_is_refused():
    batch = sfj.pack(spec_of(), ROWS, CAPACITY)
    several = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf, leaf]), batch)
    tables = sfj.init_tables(spec_of())

    def values(tables, batch):
        return call(tables=tables, batch=batch).values

    for function in (values, jax.jit(values), jax.grad(lambda t, b: values(t, b).sum())):
        with pytest.raises(sf.InvalidArgument, match="vmap: .* got 3 batches at once.*jax.lax.map"):
            jax.vmap(function, (None, 0))(tables, several)


@pytest.mark.parametrize(
    "capacity, message",
    [
        (sf.Capacity(rows=1, bytes=32), "the batch has 2 rows, expected at most 1; make smaller batches, or give the capacity more rows"),
        (sf.Capacity(rows=2, steps=2, bytes=32), "feature 'tokens' has 3 steps, expected at most 2; make smaller batches, or give the capacity more steps"),
        (sf.Capacity(rows=2, values=2, bytes=32), "feature 'tokens' has 3 values, expected at most 2"),
        (sf.Capacity(rows=2, bytes=11), "feature 'tokens' has 12 bytes, expected at most 11"),
        (sf.Capacity(rows=2), "capacity: bytes is None, expected a number, because feature 'tokens' has strings"),
        (sf.Capacity(rows=2, steps=9, bytes=32, max_length=1), "the longest row wants T = 2, expected at most 1; give the capacity a larger max_length"),
        (sf.Capacity(rows=2**62, steps=1, bytes=32), "rows is 4611686018427387904, expected 0 to"),
    ],
)
def test_a_capacity_that_is_too_small(capacity, message):
    with pytest.raises(sf.InvalidArgument, match=re.escape(message)):
        sfj.pack(spec_of(), ROWS, capacity)


def test_what_a_capacity_is():
    for wrong in ({"rows": -1}, {"rows": 1.0}, {"rows": True}, {"rows": None}, {"rows": 1, "steps": 2**63}, {"rows": 1, "max_length": 0}):
        with pytest.raises(sf.InvalidArgument, match="expected"):
            sf.Capacity(**wrong)
    assert sf.Capacity(rows=np.int32(3)) == sf.Capacity(rows=3) and hash(sf.Capacity(rows=3))
    with pytest.raises(TypeError, match="capacity: got int, expected a seqfeat.Capacity"):
        sfj.pack(spec_of(), ROWS, 2)


def test_t_has_to_follow_from_something():
    with pytest.raises(sf.InvalidArgument, match="neither it nor the spec has a max_length"):
        sfj.pack(spec_of(length=None), ROWS, CAPACITY)
    fixed = sf.Spec(spec_of().columns, max_length=8, padding="max_length")
    with pytest.raises(sf.InvalidArgument, match="got max_length 4, expected None or at least 8, the spec's"):
        sfj.pack(fixed, ROWS, sf.Capacity(rows=2, bytes=32, max_length=4))
    ids = sf.Spec([spec_of().columns[0].categorical_column], max_length=8)
    with pytest.raises(sf.InvalidArgument, match="its columns give ids only"):
        sfj.pack(ids, ROWS, CAPACITY)


@pytest.mark.parametrize(
    "length, most, multiple, padding, want",
    [
        (8, None, 1, "longest", 8),
        (8, 5, 1, "longest", 5),
        (8, 50, 1, "longest", 8),
        (None, 5, 4, "longest", 8),
        (9, 5, 4, "longest", 8),
        (6, 5, 4, "longest", 8),
        (8, 50, 1, "max_length", 8),
        (6, None, 4, "max_length", 8),
    ],
)
def test_t(length, most, multiple, padding, want):
    options = {"max_length": length, "pad_to_multiple_of": multiple, "padding": padding}
    spec = sf.Spec(spec_of().columns, truncation="keep_first", **options)
    batch = sfj.pack(spec, ROWS, sf.Capacity(rows=2, bytes=32, max_length=most))
    assert call(spec=spec, batch=batch).values.shape == (2, want, 4)


def test_no_row_is_cut_that_the_spec_leaves_whole():
    """The capacity's max_length is a limit, whatever the spec does to rows longer than its own."""
    spec = sf.Spec(spec_of().columns, max_length=5, truncation="keep_last")
    rows = {"tokens": [["a"] * 4]}
    with pytest.raises(sf.InvalidArgument, match="the longest row wants T = 4, expected at most 3"):
        sfj.pack(spec, rows, sf.Capacity(rows=1, steps=9, bytes=32, max_length=3))
    long = {"tokens": [list("abcdefgh")]}
    batch = sfj.pack(spec, long, sf.Capacity(rows=1, steps=9, bytes=32))
    ours = sf.SequenceFeatures(spec, backend="cpu")(long)
    assert np.array_equal(call(spec=spec, batch=batch).values, ours.values)


def test_rounding_t_up_moves_no_limit():
    """T has room for 8 steps; the spec cuts at 6, or nothing does."""
    for limit, want in ((6, 6), (None, 7)):
        options = {"max_length": limit, "truncation": "keep_first", "pad_to_multiple_of": 4}
        spec = sf.Spec(spec_of().columns, **options)
        rows = {"tokens": [list("abcdefg")]}
        batch = sfj.pack(spec, rows, sf.Capacity(rows=1, steps=9, bytes=32, max_length=5))
        values, lengths, _ = call(spec=spec, batch=batch)
        assert lengths.tolist() == [want] and values.shape == (1, 8, 4)


def test_what_the_layer_refuses():
    with pytest.raises(sf.InvalidArgument, match="feature 'tokens' is missing"):
        sfj.pack(spec_of(), {}, CAPACITY)
    with pytest.raises(TypeError, match="row 1"):
        sfj.pack(spec_of(), {"tokens": [["a"], [1]]}, CAPACITY)
    with pytest.raises(sf.DataError, match="got 9 steps, expected at most max_length = 8") as raised:
        sfj.pack(spec_of(), {"tokens": [[], ["a"] * 9]}, CAPACITY)
    assert raised.value.row == 1 and raised.value.column == "tokens"
    identity = sf.Spec(
        [sf.embedding_column(sf.sequence_categorical_column_with_identity("n", 5), 4)], max_length=8
    )
    with pytest.raises(sf.DataError, match="got id 7, expected less than 5"):
        sfj.pack(identity, {"n": [[1], [7]]}, CAPACITY)


def test_integers_of_the_other_sign():
    signed, unsigned = spec_of(dtype="int32"), spec_of(dtype="uint64")
    for spec, rows, dtype, number in ((signed, [[1], [2**63]], "uint64", 1), (unsigned, [[3], [-1]], "int64", 1)):
        with pytest.raises(sf.InvalidArgument, match=f"feature 'tokens': value {number} of type {dtype} does not fit"):
            sfj.pack(spec, {"tokens": sf.Ragged.from_rows(rows, dtype)}, CAPACITY)


def test_a_damaged_batch_is_an_error_of_xla_s_with_our_message():
    """Nobody's bytes are believed: sizes and offsets are checked before they are used."""
    batch = sfj.pack(spec_of(), ROWS, CAPACITY)
    static, found = static_of(batch.spec, batch.capacity), set()
    for place in range(0, static.batch_bytes, 4):
        data = np.array(batch.data)
        data[place : place + 4] = 0x7F
        damaged = type(batch)(data, batch.row_mask, batch.spec, batch.capacity)
        try:
            np.asarray(call(batch=damaged).values)
        except (ValueError, jax.errors.JaxRuntimeError) as error:
            found.add(re.sub(r"\d+", "N", str(error).splitlines()[0]))
            assert "INVALID_ARGUMENT" in str(error)
    assert any("feature 'tokens' says that it has N steps, expected N to N; make batches with pack" in text for text in found)
    assert any("byte_offsets[N] is N" in text for text in found), found
    assert call().values.shape == (2, 8, 4)


def test_handlers_that_are_called_with_something_else():
    """Whoever calls them without this package gets an error, too."""
    batch, spec = sfj.pack(spec_of(), ROWS, CAPACITY), spec_of()
    static = static_of(batch.spec, batch.capacity)
    shapes = [((2, 8, 4), np.float32), ((2, 2), np.uint32), ((2, 8), np.bool_)]
    good = sfj.init_tables(spec)["tokens_embedding"]

    def forward(*arguments, results=shapes, **changed):
        attributes = {k: v for k, v in {**static.attributes, **changed}.items() if v is not None}
        structs = tuple(jax.ShapeDtypeStruct(*result) for result in results)
        call = jax.ffi.ffi_call("seqfeat_forward", structs)
        return jax.block_until_ready(jax.jit(lambda *a: call(*a, **attributes))(*arguments))

    assert forward(batch.data, good)[0].shape == (2, 8, 4)
    for arguments, options, message in (
        ((batch.data,), {}, "tables: got 0, expected 1"),
        ((batch.data, good, good), {}, "tables: got 2, expected 1"),
        ((batch.data, good[:49]), {}, "got a table [49, 4], expected [50, 4]"),
        ((batch.data, good.astype(jnp.int32)), {}, "table: got XLA's type 4, expected float32"),
        ((batch.data[1:], good), {}, "argument 0, the batch: got ["),
        ((good, good), {}, "argument 0, the batch: got [50, 4]"),
        ((batch.data, good), {"spec": None}, "attribute 'spec': expected a string, got none"),
        ((batch.data, good), {"spec": "{"}, "INVALID_ARGUMENT"),
        ((batch.data, good), {"spec": batch.spec}, "spec: padding is 'longest', expected 'max_length'"),
        ((batch.data, good), {"steps": None}, "attribute 'steps': expected an int64, got none"),
        ((batch.data, good), {"steps": np.int32(8)}, "attribute 'steps': expected an int64, got another type"),
        ((batch.data, good), {"rows": np.int64(-1)}, "capacity: rows is -1"),
        ((batch.data, good), {"results": [((2, 9, 4), np.float32), *shapes[1:]]}, "result 0, the values: got [2, 9, 4]"),
        ((batch.data, good), {"results": shapes[:2]}, "result 2: got 2 results"),
    ):
        with pytest.raises(jax.errors.JaxRuntimeError, match=re.escape(message)):
            forward(*arguments, **options)
