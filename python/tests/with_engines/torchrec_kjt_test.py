# SPDX-License-Identifier: Apache-2.0
"""sft.keyed_jagged_tensor: TorchRec's modules give the layer's vectors."""

import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torchrec import EmbeddingCollection, EmbeddingConfig  # noqa: E402

import seqfeat as sf  # noqa: E402
import seqfeat.torch as sft  # noqa: E402
from engines_support import HERE  # noqa: E402
from support import embedding  # noqa: E402

FEATURES = {"tokens": [["sea", "cloud", "x", "y"], [], ["wind"]], "shop": [[1, 2, 3, 4], [], [0]]}


def columns():
    shop = sf.sequence_categorical_column_with_identity("shop", 5)
    return [embedding(), sf.embedding_column(shop, 4)]


def collection(spec, layer):
    tables = [
        EmbeddingConfig(
            name=column.name, embedding_dim=column.dimension,
            num_embeddings=column.categorical_column.rows, feature_names=[column.name],
        )
        for column in spec.columns
    ]
    made = EmbeddingCollection(tables=tables)
    weights = {name: torch.from_numpy(np.array(table)) for name, table in layer.tables.items()}
    made.load_state_dict({f"embeddings.{name}.weight": weight for name, weight in weights.items()})
    return made


@pytest.mark.parametrize("lengths", [torch.int64, torch.int32])
def test_an_embedding_collection_gives_the_layer_s_vectors(lengths):
    for some in (columns(), columns()[:1]):
        spec = sf.Spec(some, max_length=3, truncation="keep_last")
        layer = sf.SequenceFeatures(spec, "cpu")
        jagged = sft.keyed_jagged_tensor(spec, FEATURES, lengths)
        assert jagged.keys() == [column.name for column in spec.columns]
        assert jagged.lengths().dtype == lengths and jagged.values().dtype == torch.int64
        assert jagged["tokens_embedding"].to_dense()[0].tolist() == [937, *layer.ids(FEATURES)["tokens_embedding"].to_list()[0][1:]]
        given = collection(spec, layer)(jagged)
        values, steps, mask = layer(FEATURES)
        for name, place in layer.slices.items():
            want = values[mask][:, place.offset : place.offset + place.width]
            assert torch.equal(given[name].values(), torch.from_numpy(want))
            assert given[name].lengths().tolist() == steps.tolist()


def test_batches_without_rows_or_steps():
    spec = sf.Spec(columns())
    for features, rows in (({"tokens": [], "shop": []}, 0), ({"tokens": [[], None], "shop": [None, []]}, 2)):
        jagged = sft.keyed_jagged_tensor(spec, features)
        assert jagged.stride() == rows and jagged.values().numel() == 0


def test_bare_columns_have_ids():
    bare = sf.sequence_categorical_column_with_hash_bucket("tokens", 2**40)
    assert sft.keyed_jagged_tensor([bare], FEATURES).keys() == ["tokens"]


def test_what_a_jagged_tensor_cannot_say_is_refused():
    for features, text, row in (
        ({**FEATURES, "shop": [[1, 2, 3, 4], [], [5]]}, "got id 5, expected", 2),
        ({**FEATURES, "shop": [[1, -1, 3, 4], [], [0]]}, "got id -1", 0),
        ({"tokens": [["a"], [["b", "c"]]], "shop": [[1], [1]]}, "a step of 2 ids", 1),
        ({"tokens": [["a"], ["b", None, "c"]], "shop": [[1], [1, 1, 1]]}, "a step of 0 ids", 1),
    ):
        with pytest.raises(sf.DataError, match=text) as raised:
            sft.keyed_jagged_tensor(columns(), features)
        assert raised.value.row == row
    with pytest.raises(sf.InvalidArgument, match="expected torch.int64"):
        sft.keyed_jagged_tensor(columns(), FEATURES, torch.float32)
    weighted = sf.sequence_weighted_categorical_column(
        sf.sequence_categorical_column_with_identity("shop", 6), "w"
    )
    with pytest.raises(sf.InvalidArgument, match="weighted"):
        sft.keyed_jagged_tensor([sf.embedding_column(weighted, 2)], {"shop": [[1]], "w": [[1.0]]})
    with pytest.raises(sf.InvalidArgument, match="shop"):
        sft.keyed_jagged_tensor(columns(), {"tokens": [["a"]]})


def test_two_ranks_give_the_layer_s_vectors():
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port = found.getsockname()[1]
    folders = [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    ranks = [
        subprocess.Popen(
            [sys.executable, str(pathlib.Path(HERE) / "torchrec_ranks.py"), str(rank), str(port)],
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(folders)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [rank.communicate(timeout=200) for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    for number, (out, err) in enumerate(said):
        assert ranks[number].returncode == 0 and f"rank {number}: the layer's vectors" in out, err
