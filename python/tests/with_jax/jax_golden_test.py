# SPDX-License-Identifier: Apache-2.0
"""The golden cases of the layer and of its gradients, through jit, bit for bit."""

import base64
import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import seqfeat as sf
import seqfeat.jax as sfj
from golden_test import answer, cases, dense, expects_error, ragged, same_floats
from seqfeat.jax import _calls
from seqfeat.jax._static import static_of

FLOATS = {"F32": np.float32, "F16": np.float16, "BF16": jnp.bfloat16}


def tensor(case, given):
    if "ref" in given:
        given = case["tensors"][given["ref"]]
    return np.frombuffer(base64.b64decode(given["data_b64"]), FLOATS[given["dtype"]]).reshape(
        given["shape"]
    )


def room_for(features, **more):
    """A capacity with some room to spare."""
    counted = {"rows": 1, "steps": 0, "values": 0, "bytes": 0}
    for feature in features.values():
        of_one = {
            "rows": len(feature),
            "steps": int(feature.row_offsets[-1]),
            "values": len(feature.values),
            "bytes": sum(map(len, feature.values)) if feature.dtype == "string" else 0,
        }
        counted = {what: max(size, of_one[what]) for what, size in counted.items()}
    return sf.Capacity(**{what: size + 3 for what, size in counted.items()}, **more)


@pytest.mark.parametrize("case", cases("sequence_features", "sequence_bits", "identity"))
def test_layer(case):
    want = answer(case)
    if case["kind"] != "sequence_features":
        pytest.skip("a case of the sparse form")

    def pack_as_given():
        features = {
            key: dense(feature) if feature["input"] == "dense" else ragged(feature)
            for key, feature in case["features"].items()
        }
        spec = sf.Spec.from_json(json.dumps({"version": 1, "columns": case["columns"]}))
        return sfj.pack(spec, features, room_for({}, max_length=99))

    if expects_error(case, pack_as_given):
        return
    spec = sf.Spec.from_json(json.dumps({"version": 1, "columns": case["columns"]}))
    features = {key: ragged(feature) for key, feature in case["features"].items()}
    expected = tensor(case, want["values"])
    rows, steps, _ = expected.shape
    capacity = room_for(features, max_length=max(steps, 1))
    tables = {name: tensor(case, table) for name, table in case["tables"].items()}
    layer = jax.jit(functools.partial(sfj.sequence_features, spec))
    values, lengths, mask = map(np.asarray, layer(tables, sfj.pack(spec, features, capacity)))
    assert values.shape == (capacity.rows, max(steps, 1), expected.shape[2])
    same_floats(values[:rows, :steps], expected)
    assert lengths[:rows].tolist() == want["lengths"]
    assert np.array_equal(
        mask[:rows, :steps], np.arange(steps) < np.array(want["lengths"]).reshape(-1, 1)
    )
    assert not values[rows:].any() and not lengths[rows:].any() and not mask[rows:].any()
    assert not values[:, steps:].any() and not mask[:, steps:].any()




@pytest.mark.parametrize("way", ["dense", "scattered"])
@pytest.mark.parametrize("case", cases("gradient"))
def test_gradient(case, way, monkeypatch):
    """As a host computes it, and as a device does, where XLA puts the rows in place."""
    if way == "scattered":
        monkeypatch.setattr(_calls, "dense_gradients", _calls.scattered_gradients)
    _calls.layer_function.cache_clear()
    options, want = case["options"], case["expect"]
    text = json.dumps({"version": 1, "columns": case["columns"], **options})
    spec = sf.Spec.from_json(text)
    features = {key: ragged(feature) for key, feature in case["features"].items()}
    length = None if options.get("padding") == "max_length" else max(want["T"], 1)
    capacity = room_for(features, max_length=length)
    tables = {name: tensor(case, table) for name, table in case["tables"].items()}
    upstream = tensor(case, case["output_gradient"]).astype(np.float32)
    padded = static_of(spec.to_json(), capacity).padded_steps
    gradient = np.full((capacity.rows, padded, upstream.shape[2]), np.nan, np.float32)
    rows, steps = upstream.shape[:2]
    # On the left, steps end where T ends.
    first = padded - steps if options.get("padding_side") == "left" else 0
    gradient[:rows, first : first + steps] = upstream

    @jax.jit
    def pull(tables, batch, gradient):
        out, back = jax.vjp(lambda t: sfj.sequence_features(spec, t, batch).values, tables)
        return back(gradient)[0]

    got = pull(tables, sfj.pack(spec, features, capacity), gradient)
    assert set(got) == set(tables)
    for name, table in tables.items():
        expected = np.zeros(table.shape, np.float32)
        if name in want["gradients"]:
            ids = [int(text) for text in want["gradients"][name]["ids"]]
            expected[ids] = tensor(case, want["gradients"][name]["rows"])
        assert got[name].dtype == table.dtype
        same_floats(np.asarray(got[name], np.float32), np.asarray(expected.astype(table.dtype), np.float32))
