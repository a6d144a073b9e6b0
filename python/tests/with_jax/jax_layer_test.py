# SPDX-License-Identifier: Apache-2.0
"""The layer inside JAX's transformations: values, gradients, dtypes, threads."""

import functools
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import seqfeat as sf
import seqfeat.jax as sfj
from jax_support import CAPACITY, loss_of, random_rows, same_bits, spec_of, weights_for


def packed(spec, rows, key="tokens", **options):
    return sfj.pack(spec, {key: sf.Ragged.from_rows(rows, "string")}, CAPACITY, **options)


def test_values_are_the_layer_s_and_what_is_not_there_is_zero():
    spec, rows = spec_of(), random_rows(1, 17)
    tables = sfj.init_tables(spec)
    values, lengths, mask = sfj.sequence_features(spec, tables, packed(spec, rows))
    ours = sf.SequenceFeatures(
        sf.Spec(spec.columns, max_length=8, padding="max_length"), backend="cpu"
    )({"tokens": sf.Ragged.from_rows(rows, "string")})
    assert same_bits(values[:17], ours.values) and not np.asarray(values[17:]).any()
    assert same_bits(mask[:17], ours.mask) and not np.asarray(mask[17:]).any()
    assert lengths.dtype == np.int32 and lengths.tolist() == ours.lengths.tolist() + [0, 0, 0]
    assert packed(spec, rows).row_mask.tolist() == [True] * 17 + [False] * 3


def test_one_program_serves_every_batch():
    """Flat and nested, full and empty batches have one shape, so that nothing is compiled again."""
    spec, traces = spec_of(), []

    @jax.jit
    def layer(tables, batch):
        traces.append(batch)
        return sfj.sequence_features(spec, tables, batch)

    tables = sfj.init_tables(spec)
    for rows in ([], [[]], random_rows(1, 20), random_rows(2, 20, holes=False), [["a"], ["b", "c"]]):
        values, lengths, _ = layer(tables, packed(spec, rows))
        if rows:
            ours = sf.SequenceFeatures(spec, backend="cpu")({"tokens": sf.Ragged.from_rows(rows, "string")})
            steps = ours.values.shape[1]
            assert same_bits(values[: len(rows), :steps], ours.values)
    assert len(traces) == 1


@pytest.mark.parametrize("combiner", ["mean", "sum", "sqrtn"])
@pytest.mark.parametrize("max_norm", [None, 0.4])
def test_gradients_against_float64(combiner, max_norm):
    """The loss and its gradient written out in numpy, in double precision."""
    spec = spec_of(buckets=23, combiner=combiner, max_norm=max_norm)
    rows, weights = random_rows(3, 20), weights_for(spec)
    tables = sfj.init_tables(spec)
    batch = packed(spec, rows)
    got = jax.jit(jax.grad(loss_of(spec, weights)))(tables, batch)["tokens_embedding"]

    def divisor(n):
        return {"mean": n, "sum": 1, "sqrtn": np.sqrt(n)}[combiner]

    table = np.asarray(tables["tokens_embedding"], np.float64)
    norms = np.sqrt((table**2).sum(1, keepdims=True))
    factor = np.ones_like(norms) if max_norm is None else max_norm / np.maximum(norms, max_norm)
    looked_up = table * factor
    of_looked_up = np.zeros_like(table)
    for b, row in enumerate(rows):
        for t, step in enumerate(row):
            if not step:
                continue
            ids = sf.hash_bucket(step, 23)
            value = looked_up[ids].sum(0) / divisor(len(step))
            upstream = np.cos(value) * weights[b, t] / divisor(len(step))
            np.add.at(of_looked_up, ids, upstream)
    want = of_looked_up * factor
    clips = factor < 1
    along = (of_looked_up * table).sum(1, keepdims=True) * factor / norms**2
    want -= np.where(clips, along * table, 0)
    assert max_norm is None or clips.any()
    np.testing.assert_allclose(np.asarray(got), want, rtol=2e-5, atol=2e-6)


def test_against_xla_s_own_gather():
    """Rows of one word a step: XLA takes the same rows, and its gradient is ours but for the order
    in which it adds."""
    spec, rows = spec_of(combiner="sum"), random_rows(5, 20, holes=False)
    weights, tables, batch = weights_for(spec), sfj.init_tables(spec), packed(spec, rows)
    ids = np.full((20, 8), -1)
    for b, row in enumerate(rows):
        ids[b, : len(row)] = sf.hash_bucket([step[0] for step in row], 50) if row else []

    def gather(tables, ids):
        taken = jnp.take(tables["tokens_embedding"], jnp.maximum(ids, 0), axis=0)
        return jnp.where((ids >= 0)[..., None], taken, 0)

    theirs = jax.jit(jax.grad(lambda t: jnp.sum(jnp.sin(gather(t, ids)) * weights)))(tables)
    ours = jax.jit(jax.grad(loss_of(spec, weights)))(tables, batch)
    assert same_bits(sfj.sequence_features(spec, tables, batch).values, gather(tables, ids))
    np.testing.assert_allclose(
        ours["tokens_embedding"], theirs["tokens_embedding"], rtol=1e-5, atol=1e-6
    )


def test_every_way_to_a_gradient_has_the_same_bits():
    spec = spec_of(max_norm=0.4)
    loss, tables = loss_of(spec, weights_for(spec)), sfj.init_tables(spec)
    batch = packed(spec, random_rows(7, 20))
    plain = jax.grad(loss)(tables, batch)
    for other in (
        jax.jit(jax.grad(loss)),
        jax.grad(jax.checkpoint(loss)),
        jax.jit(jax.grad(jax.checkpoint(loss))),
        jax.jit(lambda t, b: jax.value_and_grad(loss)(t, b)[1]),
        jax.jit(lambda t, b: jax.vjp(lambda t: loss(t, b), t)[1](jnp.float32(1))[0]),
    ):
        assert same_bits(other(tables, batch)["tokens_embedding"], plain["tokens_embedding"])
    assert np.asarray(plain["tokens_embedding"]).any()


def test_batches_one_after_the_other_in_scan_and_map():
    spec = spec_of()
    weights, tables = weights_for(spec), sfj.init_tables(spec)
    loss = loss_of(spec, weights)
    batches = [packed(spec, random_rows(seed, 20)) for seed in range(3)]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *batches)
    layer = functools.partial(sfj.sequence_features, spec, tables)
    mapped = jax.jit(lambda b: jax.lax.map(layer, b))(stacked)
    assert same_bits(mapped.values, np.stack([layer(batch).values for batch in batches]))

    @jax.jit
    def train(tables, batches):
        def step(tables, batch):
            gradients = jax.grad(loss)(tables, batch)
            return jax.tree.map(lambda t, g: t - 0.1 * g, tables, gradients), None

        return jax.lax.scan(step, tables, batches)[0]

    expected = tables
    for batch in batches:
        gradients = jax.jit(jax.grad(loss))(expected, batch)
        expected = jax.tree.map(lambda t, g: t - 0.1 * g, expected, gradients)
    np.testing.assert_allclose(
        train(tables, stacked)["tokens_embedding"], expected["tokens_embedding"], atol=1e-6
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_tables_of_16_bits(dtype):
    spec = spec_of()
    wide = sfj.init_tables(spec)
    tables = jax.tree.map(lambda table: table.astype(dtype), wide)
    batch, loss = packed(spec, random_rows(9, 20)), loss_of(spec, weights_for(spec))
    widened = jax.tree.map(lambda table: table.astype(jnp.float32), tables)
    values = sfj.sequence_features(spec, tables, batch).values
    assert same_bits(values, sfj.sequence_features(spec, widened, batch).values)
    got = jax.jit(jax.grad(loss))(tables, batch)["tokens_embedding"]
    want = jax.jit(jax.grad(loss))(widened, batch)["tokens_embedding"]
    assert got.dtype == dtype and same_bits(got, want.astype(dtype))


def two_columns(trainable):
    a = sf.sequence_categorical_column_with_hash_bucket("a", 50)
    b = sf.sequence_categorical_column_with_hash_bucket("b", 50)
    columns = [sf.embedding_column(a, 4), sf.embedding_column(b, 4, trainable=trainable)]
    return sf.Spec(columns, max_length=8)


def test_frozen_tables_have_gradients_of_zeros():
    spec, rows = two_columns(trainable=False), random_rows(11, 20)
    batch = sfj.pack(spec, {"a": sf.Ragged.from_rows(rows), "b": sf.Ragged.from_rows(rows)}, CAPACITY)
    got = jax.jit(jax.grad(loss_of(spec, weights_for(spec))))(sfj.init_tables(spec), batch)
    assert np.asarray(got["a_embedding"]).any() and not np.asarray(got["b_embedding"]).any()
    frozen = sf.Spec([sf.embedding_column(spec.columns[0].categorical_column, 4, trainable=False)], max_length=8)
    batch = sfj.pack(frozen, {"a": sf.Ragged.from_rows(rows)}, CAPACITY)
    got = jax.grad(loss_of(frozen, weights_for(frozen)))(sfj.init_tables(frozen), batch)
    assert not np.asarray(got["a_embedding"]).any()


@pytest.mark.parametrize("max_norm", [None, 0.4])
def test_two_tables_in_one_place_have_a_gradient_each(max_norm):
    """XLA keeps equal constants once; a layer of C++ takes one address for one table."""
    a = sf.sequence_categorical_column_with_hash_bucket("a", 50)
    b = sf.sequence_categorical_column_with_hash_bucket("b", 50)
    spec = sf.Spec([sf.embedding_column(c, 4, max_norm=max_norm) for c in (a, b)], max_length=8)
    words = random_rows(12, 20, holes=False)
    rows = words, [row[::-1] for row in words]
    batch = sfj.pack(spec, {k: sf.Ragged.from_rows(r) for k, r in zip("ab", rows)}, CAPACITY)
    loss = loss_of(spec, weights_for(spec))

    @jax.jit
    def in_one_place(batch):
        table = jnp.sin(jnp.arange(200, dtype=jnp.float32)).reshape(50, 4)
        return jax.grad(loss)({"a_embedding": table, "b_embedding": table}, batch), table

    got, table = in_one_place(batch)
    apart = {"a_embedding": jnp.array(table), "b_embedding": jnp.array(table)}
    want = jax.jit(jax.grad(loss))(apart, batch)
    for name in apart:
        assert same_bits(got[name], want[name]) and np.asarray(got[name]).any()



def test_integers_of_64_bits_and_64_bit_mode():
    """Ids of JAX have 32 bits by default; tokens go into the layer as they are all the same."""
    spec = spec_of(dtype="uint64")
    rows = [[2**64 - 2, 5], [2**40]]
    batch = sfj.pack(spec, {"tokens": sf.Ragged.from_rows(rows, "uint64")}, sf.Capacity(rows=2))
    ours = sf.SequenceFeatures(spec, backend="cpu")({"tokens": sf.Ragged.from_rows(rows, "uint64")})
    tables = sfj.init_tables(spec)
    values, lengths, _ = sfj.sequence_features(spec, tables, batch)
    assert same_bits(values[:, :2], ours.values) and lengths.dtype == np.int32
    with jax.enable_x64(True):
        wide, lengths, _ = sfj.sequence_features(spec, tables, batch)
        gradient = jax.grad(lambda t: sfj.sequence_features(spec, t, batch).values.sum())(tables)
    assert same_bits(wide, values) and lengths.dtype == np.int64 and lengths.tolist() == [2, 1]
    assert gradient["tokens_embedding"].dtype == np.float32


def test_eight_threads_with_tables_of_their_own():
    spec, batch = spec_of(), packed(spec_of(), random_rows(13, 20))
    step = jax.jit(jax.value_and_grad(loss_of(spec, weights_for(spec))))
    base, wrong = np.asarray(sfj.init_tables(spec)["tokens_embedding"]), []
    tables = [{"tokens_embedding": jnp.asarray(base * (n + 1))} for n in range(8)]
    want = [jax.tree.map(np.asarray, step(table, batch)) for table in tables]

    def work(number):
        for _ in range(40):
            got = jax.tree.map(np.asarray, step(tables[number], batch))
            if not all(jax.tree.leaves(jax.tree.map(same_bits, got, want[number]))):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_step_that_donates_its_tables():
    spec = spec_of()
    loss, batch = loss_of(spec, weights_for(spec)), packed(spec, random_rows(14, 20))

    @functools.partial(jax.jit, donate_argnums=0)
    def step(tables):
        return jax.tree.map(lambda t, g: t - 0.1 * g, tables, jax.grad(loss)(tables, batch))

    tables, expected = sfj.init_tables(spec), sfj.init_tables(spec)
    for _ in range(5):
        gradients = jax.jit(jax.grad(loss))(expected, batch)
        expected = jax.tree.map(lambda t, g: t - 0.1 * g, expected, gradients)
        tables = step(tables)
    np.testing.assert_allclose(tables["tokens_embedding"], expected["tokens_embedding"], atol=1e-6)
