# SPDX-License-Identifier: Apache-2.0
"""Columns that cross features, in the module."""

import numpy as np
import pytest
import torch

import seqfeat as sf
import seqfeat.torch as sft
from torch_support import KINDS

FEATURES = {"a": [[["x", "y"], "z"], []], "n": [[[1, 2], 2], []]}


def spec(**options):
    cross = sf.sequence_crossed_column(["a", ("n", "int64")], 5)
    return sf.Spec([sf.embedding_column(cross, 3, combiner="sum")], **options)


def test_values_are_those_of_the_host():
    host = sf.SequenceFeatures(spec(), "cpu")
    layer = sft.SequenceFeatures(host.spec)
    capacity = sf.Capacity(rows=5, steps=9, values=12, bytes=20, max_length=4)
    for batch in (FEATURES, sft.pack(host.spec, FEATURES), sft.pack(host.spec, FEATURES, capacity)):
        got = layer(batch).values.detach().numpy()[:2, :2]
        assert np.array_equal(got, host(FEATURES).values)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_occur_are_trained(kind):
    layer = sft.SequenceFeatures(spec(), gradient=kind)
    before = layer.tables["a_X_n_embedding"].detach().clone()
    optimizer = sft.optim.SGD(layer.parameters(), lr=1.0)
    layer(FEATURES).values.sum().backward()
    optimizer.step()
    ids = sf.SequenceFeatures(spec(), "cpu").ids(FEATURES)["a_X_n_embedding"].values
    counts = torch.from_numpy(np.bincount(ids, minlength=5)).float()
    step = (before - layer.tables["a_X_n_embedding"].detach()).mean(1)
    assert torch.allclose(step, counts, atol=1e-5)


def test_batches_bring_the_steps_of_crosses():
    """A device does not make them; and a batch of a spec without is another one."""
    made = spec()
    plain = sf.Spec(
        [
            sf.embedding_column(sf.sequence_categorical_column_with_hash_bucket("a", 5), 3),
            sf.embedding_column(sf.sequence_categorical_column_with_identity("n", 5), 3),
        ]
    )
    assert sf.make_parse_example_spec(plain) == sf.make_parse_example_spec(made)
    features = {"a": [["x", "y"], []], "n": [[1, 2], []]}
    batch = sft.pack(made, features)
    assert batch.blob.numel() > sft.pack(plain, features).blob.numel()
    with pytest.raises(sf.InvalidArgument, match="another|other features"):
        sft.SequenceFeatures(plain)(batch)
    with pytest.raises(sf.InvalidArgument, match="values 5, expected at most 4"):
        sft.pack(made, FEATURES, sf.Capacity(rows=2, steps=4, values=4, bytes=9, max_length=2))
