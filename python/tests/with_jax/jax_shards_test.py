# SPDX-License-Identifier: Apache-2.0
"""shard_map over the batch, with tables that all devices have. The host is two devices here."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding

import seqfeat as sf
import seqfeat.jax as sfj
from jax_support import CAPACITY, random_rows, same_bits, spec_of, weights_for

P = jax.sharding.PartitionSpec
HALF = sf.Capacity(rows=10, steps=80, values=200, bytes=2000)


def on_both(mesh, batch, tables):
    return (
        jax.device_put(batch, NamedSharding(mesh, P("data"))),
        jax.device_put(tables, NamedSharding(mesh, P())),
    )


@pytest.mark.parametrize("check_vma", [True, False])
@pytest.mark.parametrize("count", [20, 13, 7, 0])
def test_two_devices_give_what_one_gives(count, check_vma):
    """Rows of the joined batch stand where they stood; gradients differ by the order of two sums."""
    spec, rows = spec_of(max_norm=0.4), random_rows(count, count)
    mesh, weights = jax.make_mesh((2,), ("data",)), weights_for(spec)
    features = {"tokens": sf.Ragged.from_rows(rows, "string")}
    batch, tables = on_both(mesh, sfj.pack(spec, features, HALF, shards=2), sfj.init_tables(spec))
    assert batch.row_mask.tolist() == [True] * count + [False] * (20 - count)

    def layer(tables, batch):
        return sfj.sequence_features(spec, tables, batch)

    def gradient(tables, batch, weights):
        def loss(tables):
            return jnp.sum(jnp.sin(layer(tables, batch).values) * weights)

        gradients = jax.grad(loss)(tables)
        return gradients if check_vma else jax.lax.psum(gradients, "data")

    def mapped(function, inputs, outputs):
        return jax.jit(
            jax.shard_map(
                function, mesh=mesh, in_specs=inputs, out_specs=outputs, check_vma=check_vma
            )
        )

    got = mapped(layer, (P(), P("data")), P("data"))(tables, batch)
    sharded = jax.device_put(weights, NamedSharding(mesh, P("data")))
    gradients = mapped(gradient, (P(), P("data"), P("data")), P())(tables, batch, sharded)

    joined, one = sfj.pack(spec, features, CAPACITY), sfj.init_tables(spec)
    want = layer(one, joined)
    for name in ("values", "lengths", "mask"):
        assert same_bits(getattr(got, name), getattr(want, name)), name

    def loss(tables):
        return jnp.sum(jnp.sin(layer(tables, joined).values) * weights)

    expected = jax.jit(jax.grad(loss))(one)["tokens_embedding"]
    np.testing.assert_allclose(gradients["tokens_embedding"], expected, rtol=1e-5, atol=1e-6)
    assert (count > 0) == bool(np.asarray(expected).any())
    again = mapped(gradient, (P(), P("data"), P("data")), P())(tables, batch, sharded)
    assert same_bits(again["tokens_embedding"], gradients["tokens_embedding"])


def test_the_gradient_of_a_loss_over_all_devices():
    """Differentiated from outside of shard_map."""
    spec, rows = spec_of(), random_rows(1, 20)
    mesh = jax.make_mesh((2,), ("data",))
    features = {"tokens": sf.Ragged.from_rows(rows, "string")}
    batch, tables = on_both(mesh, sfj.pack(spec, features, HALF, shards=2), sfj.init_tables(spec))

    def of_a_device(tables, batch):
        values = sfj.sequence_features(spec, tables, batch).values
        return jax.lax.psum(jnp.sum(values**2), "data")

    def loss(tables, batch):
        return jax.shard_map(of_a_device, mesh=mesh, in_specs=(P(), P("data")), out_specs=P())(
            tables, batch
        )

    def of_one(tables, batch):
        return jnp.sum(sfj.sequence_features(spec, tables, batch).values ** 2)

    got = jax.jit(jax.grad(loss))(tables, batch)["tokens_embedding"]
    want = jax.grad(of_one)(sfj.init_tables(spec), sfj.pack(spec, features, CAPACITY))
    np.testing.assert_allclose(got, want["tokens_embedding"], rtol=1e-5, atol=1e-6)


def test_shards_outside_of_shard_map_are_told():
    spec = spec_of()
    batch = sfj.pack(spec, {"tokens": sf.Ragged.from_rows(random_rows(1, 20))}, HALF, shards=2)
    with pytest.raises(sf.InvalidArgument, match="it has 2 shards, expected one; call this inside jax.shard_map"):
        sfj.sequence_features(spec, sfj.init_tables(spec), batch)


def test_a_batch_that_fits_no_shard_is_told():
    spec = spec_of()
    features = {"tokens": sf.Ragged.from_rows(random_rows(1, 21))}
    with pytest.raises(
        sf.InvalidArgument, match="the batch has 21 rows, expected at most 10 in each of 2 shards"
    ):
        sfj.pack(spec, features, HALF, shards=2)
    with pytest.raises(sf.InvalidArgument, match="shards: got 0, expected at least 1"):
        sfj.pack(spec, features, HALF, shards=0)
