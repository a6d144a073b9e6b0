# SPDX-License-Identifier: Apache-2.0
"""A rank of DistributedModelParallel on gloo; torchrec_test.py starts two."""

import os
import sys
import warnings

import numpy as np
import torch
import torch.distributed as dist

import seqfeat as sf
import seqfeat.torch as sft
from engines_support import spec


def features(rank):
    return {"tokens": [[f"{rank} {row} {step}" for step in range(row % 5)] for row in range(20 + rank)]}


def sharded(how):
    """An EmbeddingCollection of the spec's table, planned by TorchRec and spread over the ranks."""
    from torchrec import EmbeddingCollection, EmbeddingConfig
    from torchrec.distributed import DistributedModelParallel
    from torchrec.distributed.embedding import EmbeddingCollectionSharder
    from torchrec.distributed.planner import EmbeddingShardingPlanner, Topology
    from torchrec.distributed.planner.types import ParameterConstraints

    [column] = spec().columns
    table = EmbeddingConfig(
        name=column.name, embedding_dim=column.dimension,
        num_embeddings=column.categorical_column.rows, feature_names=[column.name],
    )
    model = EmbeddingCollection(tables=[table], device=torch.device("meta"))
    planner = EmbeddingShardingPlanner(
        topology=Topology(world_size=2, compute_device="cpu"),
        constraints={column.name: ParameterConstraints(sharding_types=[how])},
    )
    sharders = [EmbeddingCollectionSharder()]
    plan = planner.collective_plan(model, sharders, dist.group.WORLD)
    return DistributedModelParallel(model, device=torch.device("cpu"), plan=plan, sharders=sharders)


def main(rank, port):
    warnings.simplefilter("ignore")
    os.environ.update(
        MASTER_ADDR="localhost", MASTER_PORT=str(port), RANK=str(rank), WORLD_SIZE="2",
        LOCAL_RANK=str(rank), LOCAL_WORLD_SIZE="2",
    )
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    layer = sf.SequenceFeatures(spec(), "cpu")
    table = np.array(layer.tables["tokens_embedding"])
    values, _, mask = layer(features(rank))
    for how in ("table_wise", "row_wise"):
        model = sharded(how)
        for shard in model.state_dict()["embeddings.tokens_embedding.weight"].local_shards():
            (row, column), (rows, columns) = shard.metadata.shard_offsets, shard.metadata.shard_sizes
            part = table[row : row + rows, column : column + columns]
            shard.tensor.copy_(torch.from_numpy(part))
        got = model(sft.keyed_jagged_tensor(spec(), features(rank)))["tokens_embedding"].values()
        assert len(got) == mask.sum() > 0
        assert torch.equal(got, torch.from_numpy(values[mask])), how
    dist.destroy_process_group()
    print(f"rank {rank}: the layer's vectors")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
