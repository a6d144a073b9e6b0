# SPDX-License-Identifier: Apache-2.0
"""The module: what it gives, how it is kept, and its manners in torch."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import KINDS, loss_of, rows, same, spec, tables_of, trained, two_columns


@pytest.mark.parametrize("options", [{}, {"max_length": 5, "truncation": "keep_last"},
                                     {"padding_side": "left", "pad_to_multiple_of": 4}])  # fmt: skip
def test_it_gives_what_the_host_layer_gives(options):
    layer = sft.SequenceFeatures(spec(**options))
    host = sf.SequenceFeatures(spec(**options), "cpu")
    for seed in range(6):  # batches of other sizes each time
        features = rows(seed, count=seed * 3)
        expected = host(features)
        for batch in (features, sft.pack(layer.spec, features)):
            values, lengths, mask = layer(batch)
            assert np.array_equal(values.detach().numpy(), expected.values)
            assert np.array_equal(lengths.numpy(), expected.lengths)
            assert np.array_equal(mask.numpy(), expected.mask)


def test_it_takes_a_list_of_columns_and_a_device():
    column = spec().columns[0]
    layer = sft.SequenceFeatures([column], device="cpu", max_length=4, truncation="keep_first")
    assert layer(rows(1)).values.shape[1] == 4
    assert layer.columns == (column,) and layer.width == 6
    assert layer.slices["tokens_embedding"].width == 6


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_dtype_says_what_comes_out(dtype):
    exact = sft.SequenceFeatures(spec())
    layer = sft.SequenceFeatures(spec(), dtype=dtype)
    values = layer(rows(3)).values
    assert values.dtype == dtype
    assert same(values, exact(rows(3)).values.to(dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert exact(rows(3)).values.dtype == torch.float32
        assert layer(rows(3)).values.dtype == dtype


def test_tables_of_16_bits():
    layer = sft.SequenceFeatures(spec(), gradient="fused").bfloat16()
    assert layer.tables["tokens_embedding"].dtype == torch.bfloat16
    before = tables_of(layer)
    trained(layer, sft.optim.Adam(layer.parameters(), lr=0.1), 3)
    assert not same(layer.tables["tokens_embedding"], before["tokens_embedding"])
    with pytest.raises(sf.InvalidArgument, match="expected float32, float16 or bfloat16"):
        layer.double()(rows(0))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_float64(kind):
    layer = sft.SequenceFeatures(two_columns(), gradient=kind)
    features = rows(5)
    tables = {name: t.detach().double().requires_grad_() for name, t in layer.tables.items()}
    ids = sf.SequenceFeatures(layer.spec, "cpu").ids(features)
    out = torch.zeros(layer(features).values.shape, dtype=torch.float64)
    for name, where in layer.slices.items():
        clip = 0.6 if name == "words_embedding" else None
        for b, row in enumerate(ids[name].to_list()):
            for t, step in enumerate(row):
                its = [i for i in (step if isinstance(step, list) else [step])]
                if not its:
                    continue
                looked = tables[name][torch.tensor(its)]
                if clip is not None:
                    norms = looked.norm(dim=1, keepdim=True)
                    looked = looked * clip / torch.maximum(norms, torch.tensor(clip))
                summed = looked.sum(0) / (len(its) ** 0.5 if clip is not None else len(its))
                out[b, t, where.offset : where.offset + where.width] = summed
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(1))
    (out * weights.double()).sum().backward()
    before = tables_of(layer)
    made = sft.optim.SGD(layer.parameters(), lr=1.0)
    (layer(features).values * weights).sum().backward()
    made.step()
    for name, table in tables.items():
        moved = before[name] - layer.tables[name].detach()
        torch.testing.assert_close(moved.double(), table.grad, atol=2e-6, rtol=1e-5)


def test_sparse_gradients_are_distinct_and_ascend():
    layer = sft.SequenceFeatures(spec())
    layer(rows(2)).values.sum().backward()
    gradient = layer.tables["tokens_embedding"].grad
    ids = gradient._indices()[0]
    assert gradient.is_sparse and bool((ids[1:] > ids[:-1]).all())
    dense = sft.SequenceFeatures(spec(), gradient="dense")
    dense(rows(2)).values.sum().backward()
    assert torch.equal(dense.tables["tokens_embedding"].grad, gradient.to_dense())
    fused = sft.SequenceFeatures(spec(), gradient="fused")
    fused(rows(2)).values.sum().backward()
    assert fused.tables["tokens_embedding"].grad is None


def test_several_forwards_before_their_backwards():
    layer = sft.SequenceFeatures(spec(), gradient="dense")
    together = sum(loss_of(v, m, 0) for v, _, m in [layer(rows(1)), layer(rows(2)), layer(rows(3))])
    together.backward()
    gradient = layer.tables["tokens_embedding"].grad.clone()
    layer.tables["tokens_embedding"].grad = None
    for seed in (1, 2, 3):
        values, _, mask = layer(rows(seed))
        loss_of(values, mask, 0).backward()
    torch.testing.assert_close(layer.tables["tokens_embedding"].grad, gradient)


def test_backward_twice():
    layer = sft.SequenceFeatures(spec())
    loss = layer(rows(1)).values.sum()
    loss.backward(retain_graph=True)
    loss.backward()
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


def test_without_gradients():
    layer = sft.SequenceFeatures(spec())
    with torch.inference_mode():
        assert not layer(rows(1)).values.requires_grad
    with torch.no_grad():
        assert not layer(rows(1)).values.requires_grad
    layer.requires_grad_(False)
    assert not layer(rows(1)).values.requires_grad


def test_frozen_tables():
    column = sf.sequence_categorical_column_with_hash_bucket("tokens", 50)
    frozen = sft.SequenceFeatures([sf.embedding_column(column, 3, trainable=False)])
    assert not frozen.tables["tokens_embedding"].requires_grad
    layer = sft.SequenceFeatures(two_columns(), gradient="fused")
    layer.tables["words_embedding"].requires_grad_(False)
    before = tables_of(layer)
    trained(layer, sft.optim.SGD(layer.parameters(), lr=0.1), 2)
    assert same(layer.tables["words_embedding"], before["words_embedding"])
    assert not same(layer.tables["numbers_embedding"], before["numbers_embedding"])


def test_names_in_a_state_dict():
    odd = ["a.b", "items", "100%", "keys", "%2E"]
    columns = [
        sf.embedding_column(sf.sequence_categorical_column_with_hash_bucket(key, 9), 2)
        for key in odd
    ]
    layer = sft.SequenceFeatures(columns)
    assert sorted(layer.tables) == sorted(f"{key}_embedding" for key in odd)
    state = layer.state_dict()
    assert set(state) == {
        "tables.a%2Eb_embedding", "tables.items_embedding", "tables.100%25_embedding",
        "tables.keys_embedding", "tables.%252E_embedding",
    }  # fmt: skip
    other = sft.SequenceFeatures(columns)
    with torch.no_grad():
        for table in other.parameters():
            table.zero_()
    other.load_state_dict(state)
    assert all(same(other.tables[name], layer.tables[name]) for name in layer.tables)
    assert "a.b_embedding" in layer.tables and layer.tables.get("x") is None


def test_copies_are_layers_of_their_own():
    layer = sft.SequenceFeatures(spec(), gradient="fused")
    layer(rows(0))
    buffer = io.BytesIO()
    torch.save(layer, buffer)
    buffer.seek(0)
    for other in (
        copy.deepcopy(layer),
        pickle.loads(pickle.dumps(layer)),
        torch.load(buffer, weights_only=False),
    ):
        assert same(other(rows(1)).values, layer(rows(1)).values)
        before = tables_of(layer)
        trained(other, sft.optim.SGD(other.parameters(), lr=0.5), 1)
        assert same(layer.tables["tokens_embedding"], before["tokens_embedding"])
        assert not same(other.tables["tokens_embedding"], before["tokens_embedding"])


def test_parameters_that_a_state_dict_brings():
    layer = sft.SequenceFeatures(spec())
    layer.load_state_dict({k: v + 1 for k, v in layer.state_dict().items()}, assign=True)
    made = sft.optim.SGD(layer.parameters(), lr=0.1)
    before = tables_of(layer)
    trained(layer, made, 1)
    assert not same(layer.tables["tokens_embedding"], before["tokens_embedding"])


def test_one_parameter_for_two_tables():
    columns = [
        sf.embedding_column(sf.sequence_categorical_column_with_identity(key, 20), 4)
        for key in ("a", "b")
    ]
    moved = {}
    for kind in KINDS:
        layer = sft.SequenceFeatures(columns, gradient=kind)
        layer.tables["b_embedding"] = layer.tables["a_embedding"]
        assert len(list(layer.parameters())) == 1
        features = {"a": [[1, 2, 3]], "b": [[3, 4, 3]]}
        before = tables_of(layer)["a_embedding"]
        made = sft.optim.SGD(layer.parameters(), lr=1.0)
        layer(features).values.sum().backward()
        made.step()
        moved[kind] = before - layer.tables["b_embedding"].detach()
        torch.testing.assert_close(moved[kind][:5, 0], torch.tensor([0.0, 1, 1, 3, 1]))
    assert same(moved["sparse"], moved["dense"]) and same(moved["sparse"], moved["fused"])


def test_tables_from_files_and_arrays(tmp_path):
    layer = sft.SequenceFeatures(two_columns())
    path = tmp_path / "tables.safetensors"
    layer.save_tables(path)
    other = sft.SequenceFeatures(two_columns()).half()
    host = sf.SequenceFeatures(two_columns(), "cpu")
    host.load_tables(path)
    assert np.array_equal(host.tables["words_embedding"], layer.tables["words_embedding"].detach())
    other.load_tables(path)
    assert same(other.tables["words_embedding"], layer.tables["words_embedding"].half())
    layer.load_tables({"words_embedding": np.ones((40, 5), np.float32)})
    assert bool((layer.tables["words_embedding"] == 1).all())
    before = tables_of(layer)
    for wrong in ({"x": np.ones(3)}, {"numbers_embedding": before["numbers_embedding"] * 2,
                                      "words_embedding": np.ones((2, 2))}):  # fmt: skip
        with pytest.raises(sf.InvalidArgument, match="expected"):
            layer.load_tables(wrong)
    assert all(same(layer.tables[name], table) for name, table in before.items())


def test_hooks():
    layer = sft.SequenceFeatures(spec())
    seen = []
    layer.register_forward_hook(lambda module, given, out: seen.append(out.values.shape))
    layer.tables["tokens_embedding"].register_post_accumulate_grad_hook(
        lambda table: seen.append(table.grad.is_sparse)
    )
    values = layer(rows(1)).values
    values.register_hook(lambda gradient: gradient * 2)
    values.sum().backward()
    assert seen == [values.shape, True]
    plain = sft.SequenceFeatures(spec())
    (plain(rows(1)).values.sum() * 2).backward()
    assert torch.equal(
        layer.tables["tokens_embedding"].grad.to_dense(),
        plain.tables["tokens_embedding"].grad.to_dense(),
    )


def test_in_a_model():
    model = torch.nn.Sequential(sft.SequenceFeatures(spec()))
    assert [name for name, _ in model.named_parameters()] == ["0.tables.tokens_embedding"]
    assert "gradient='sparse'" in repr(model) and "(50, 6)" in repr(model)
    model.share_memory()
    assert model(rows(1)).values.shape[2] == 6
