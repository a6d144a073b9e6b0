# SPDX-License-Identifier: Apache-2.0
"""Training cases of tests/golden through the module and its optimizers, bit for bit."""

import base64
import json
import pathlib

import numpy as np
import pytest
import torch

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import KINDS, same

GOLDEN = pathlib.Path(__file__).parents[3] / "tests" / "golden"
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def cases(file):
    content = json.loads((GOLDEN / f"{file}.json").read_text())
    for case in content["cases"]:
        case["tensors"] = content.get("tensors", {})
        yield pytest.param(case, id=case["name"])


def tensor(case, given):
    if "ref" in given:
        given = case["tensors"][given["ref"]]
    data = bytearray(base64.b64decode(given["data_b64"]))
    dtype = TYPES[given["dtype"]]
    if not data:
        return torch.empty(given["shape"], dtype=dtype)
    return torch.frombuffer(data, dtype=dtype).reshape(given["shape"])


def optimizer(case, layer):
    given = dict(case["optimizer"])
    kind = {"Sgd": "SGD"}.get(given["name"], given["name"])
    del given["name"]
    if "b1" in given:
        given["betas"] = (given.pop("b1"), given.pop("b2"))
    if "initial" in given:
        given["initial_accumulator_value"] = given.pop("initial")
    if "stochastic_rounding" in case:
        given["stochastic_rounding"] = int(case["stochastic_rounding"]["seed"])
    return getattr(sft.optim, kind)(layer.parameters(), **given)


def set_state(case, layer, made, step, states):
    """As a file would bring it."""
    state = made.state_dict()
    places = {id(p): place for place, p in enumerate(layer.parameters())}
    for name, slots in states.items():
        kept = {slot: tensor(case, given) for slot, given in slots.items()}
        state["state"][places[id(layer.tables[name])]] = {"step": step, **kept}
    made.load_state_dict(state)


def set_tables(case, layer, tables):
    for name, given in tables.items():
        table = tensor(case, given)
        layer.tables[name].data = table.clone()


def check(case, layer, made, expected):
    for name, after in expected.items():
        assert same(layer.tables[name], tensor(case, after["table"])), name
        kept = made.state[layer.tables[name]]
        for slot, given in after["state"].items():
            wanted = tensor(case, given)
            assert same(kept[slot].reshape(wanted.shape), wanted), (name, slot)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", list(cases("optimizer")))
def test_optimizers(case, kind):
    name, table = case["table_name"], tensor(case, case["table"])
    if table.dtype != torch.float32 and kind != "fused":
        pytest.skip("gradients of 16 bits are rounded on the way")
    column = sf.sequence_categorical_column_with_hash_bucket(
        name.removesuffix("_embedding"), table.shape[0], "int64"
    )
    layer = sft.SequenceFeatures(
        [sf.embedding_column(column, table.shape[1], combiner="sum")], gradient=kind
    )
    set_tables(case, layer, {name: case["table"]})
    made = optimizer(case, layer)
    set_state(case, layer, made, int(case["step"]), {name: case["state"]})
    for step, expected in zip(case["steps"], case["expect"]):
        tokens = [int(case["tokens"][int(place)]) for place in step["ids"]]
        made.param_groups[0]["lr"] = step.get("lr", case["optimizer"]["lr"])
        made.zero_grad()
        values, _, _ = layer({column.key: [tokens]})
        values.backward(tensor(case, step["rows"])[None])
        made.step()
        check(case, layer, made, {name: expected})


def ragged(feature):
    csr = feature["csr"]
    if "values_b64" in csr:
        values = [base64.b64decode(text) for text in csr["values_b64"]]
    else:
        values = np.array([int(text) for text in csr["values"]], feature["dtype"])
    return sf.Ragged(values, csr["row_offsets"], csr["step_offsets"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", list(cases("train_step")))
def test_steps(case, kind):
    columns = json.loads(json.dumps(case["columns"]))
    spec = sf.Spec.from_json(json.dumps({"version": 1, "columns": columns, **case["options"]}))
    types = {tensor(case, given).dtype for given in case["tables"].values()}
    if kind != "fused" and types != {torch.float32}:
        pytest.skip("gradients of 16 bits are rounded on the way")
    layer = sft.SequenceFeatures(spec, gradient=kind)
    set_tables(case, layer, case["tables"])
    made = optimizer(case, layer)
    set_state(case, layer, made, 0, case["state"])
    for batch, expected in zip(case["batches"], case["expect"]):
        gradient = tensor(case, batch["output_gradient"])
        layer.dtype = gradient.dtype
        features = {key: ragged(feature) for key, feature in batch["features"].items()}
        made.zero_grad()
        values, lengths, _ = layer(features)
        assert lengths.tolist() == batch["lengths"]
        padded = torch.zeros(values.shape, dtype=gradient.dtype)
        assert gradient.shape[1] == values.shape[1]
        padded.copy_(gradient)
        values.backward(padded)
        made.step()
        check(case, layer, made, expected)
    for name, given in case["tables"].items():
        if name not in case["expect"][0]:
            assert same(layer.tables[name], tensor(case, given)), name
