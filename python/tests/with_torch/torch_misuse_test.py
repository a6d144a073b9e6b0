# SPDX-License-Identifier: Apache-2.0
"""Misuse: every error says what to do."""

import pickle

import pytest
import torch

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import rows, same, spec, two_columns


def test_arguments_of_a_layer():
    with pytest.raises(sf.InvalidArgument, match="expected one of sparse, dense, fused"):
        sft.SequenceFeatures(spec(), gradient="exact")
    with pytest.raises(sf.InvalidArgument, match="expected float32, float16 or bfloat16"):
        sft.SequenceFeatures(spec(), dtype=torch.float64)
    with pytest.raises(sf.InvalidArgument, match="options stand in the spec"):
        sft.SequenceFeatures(spec(), max_length=4)
    with pytest.raises(sf.InvalidArgument, match="expected the CPU or a CUDA device"):
        sft.SequenceFeatures(spec(), device="meta")(rows(1))


def test_a_batch_of_another_spec():
    layer = sft.SequenceFeatures(spec())
    with pytest.raises(sf.InvalidArgument, match="pack it with the layer's spec"):
        layer(sft.pack(spec(key="words"), rows(1)))
    with pytest.raises(sf.InvalidArgument, match="pack it with the layer's spec"):
        layer(sft.pack(spec(max_length=9), rows(1)))
    layer(sft.pack(spec(dimension=2), rows(1)))  # other tables over the same features will do


def test_a_batch_on_another_device():
    layer = sft.SequenceFeatures(spec())
    batch = sft.pack(spec(), rows(1))
    moved = batch._with(batch.blob.to("meta"))
    with pytest.raises(sf.InvalidArgument, match="it is on meta, and the layer on cpu; move one"):
        layer(moved)


def test_features_that_are_missing():
    with pytest.raises(sf.InvalidArgument, match="feature 'tokens' is missing"):
        sft.pack(spec(), {"words": [["a"]]})
    with pytest.raises(sf.DataError, match="lengths of columns differ"):
        sft.pack(two_columns(), {"words": [["a"]], "numbers": [[1, 2]]})
    with pytest.raises(sf.InvalidArgument, match="expected an sf.Capacity"):
        sft.pack(spec(), rows(1), (1, 2, 3, 4, 5))


def test_an_optimizer_of_what_is_no_table():
    layer = sft.SequenceFeatures(spec())
    net = torch.nn.Linear(6, 1)
    with pytest.raises(sf.InvalidArgument, match=r"number 1, \(1, 6\), is no table"):
        sft.optim.Adam([*layer.parameters(), *net.parameters()])
    with pytest.raises(sf.InvalidArgument, match="learning_rate"):
        sft.optim.Adam(layer.parameters(), lr=-1.0)
    with pytest.raises(sf.InvalidArgument, match="beta_2"):
        sft.optim.Adam(layer.parameters(), betas=(0.9, 1.0))
    with pytest.raises(sf.InvalidArgument, match="lr_power"):
        sft.optim.Ftrl(layer.parameters(), lr_power=-1.0)
    with pytest.raises(TypeError, match="load its state_dict"):
        pickle.dumps(sft.optim.SGD(layer.parameters()))


def test_a_fused_table_without_its_optimizer():
    layer = sft.SequenceFeatures(two_columns(), gradient="fused")
    optimizer = sft.optim.SGD([layer.tables["words_embedding"]])
    layer(rows(1)).values.sum().backward()
    with pytest.raises(sf.InvalidArgument, match="lacks numbers_embedding"):
        optimizer.step()


def test_tables_on_several_devices():
    layer = sft.SequenceFeatures(two_columns())
    layer.tables["words_embedding"] = torch.nn.Parameter(torch.ones(40, 5, device="meta"))
    with pytest.raises(sf.InvalidArgument, match="move the layer as a whole"):
        layer(rows(1))


def test_tables_that_fit_nothing():
    layer = sft.SequenceFeatures(spec())
    with pytest.raises(sf.InvalidArgument, match="expected one of the layer's: 'tokens_embedding'"):
        layer.tables["x"] = torch.nn.Parameter(torch.ones(50, 6))
    with pytest.raises(sf.InvalidArgument, match=r"got \(2, 2\), expected \(50, 6\)"):
        layer.tables["tokens_embedding"] = torch.nn.Parameter(torch.ones(2, 2))
    with pytest.raises(TypeError, match="expected an nn.Parameter"):
        layer.tables["tokens_embedding"] = torch.ones(50, 6)


def test_tables_of_a_type_that_no_file_has(tmp_path):
    layer = sft.SequenceFeatures(spec()).double()
    with pytest.raises(sf.InvalidArgument, match="got torch.float64, expected float32, float16 or bfloat16"):
        layer.save_tables(tmp_path / "tables")
    assert not list(tmp_path.iterdir())


def test_a_sparse_backward_while_a_graph_is_captured(monkeypatch):
    layer = sft.SequenceFeatures(spec())
    loss = layer(rows(1)).values.sum()
    monkeypatch.setattr(type(layer.engine), "captures", lambda engine: True)
    with pytest.raises(sf.InvalidArgument, match="make the layer with gradient='fused'"):
        loss.backward()


def test_replicas_without_a_group():
    with pytest.raises(sf.InvalidArgument, match="init_process_group first"):
        sft.replicate_tables(sft.SequenceFeatures(spec()))


def test_torch_stays_out_of_seqfeat():
    import subprocess
    import sys

    code = "import sys, seqfeat; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
