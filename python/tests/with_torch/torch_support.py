# SPDX-License-Identifier: Apache-2.0
"""What the tests of torch share."""

import random

import torch

import seqfeat as sf
import seqfeat.torch as sft

KINDS = ("sparse", "dense", "fused")
OPTIMIZERS = {
    "sgd": (sft.optim.SGD, {"weight_decay": 0.01}),
    "adagrad": (sft.optim.Adagrad, {}),
    "rowwise": (sft.optim.RowwiseAdagrad, {}),
    "adam": (sft.optim.Adam, {"betas": (0.8, 0.9), "weight_decay": 0.1}),
    "ftrl": (sft.optim.Ftrl, {"l1": 0.01}),
}


def spec(dimension=6, buckets=50, key="tokens", **options):
    """One embedding of strings."""
    column = sf.sequence_categorical_column_with_hash_bucket(key, buckets)
    return sf.Spec([sf.embedding_column(column, dimension)], **options)


def two_columns():
    """Two tables: one of strings, steps of several values, clipped; one of integers."""
    words = sf.sequence_categorical_column_with_hash_bucket("words", 40)
    numbers = sf.sequence_categorical_column_with_identity("numbers", 30, default_value=0)
    return sf.Spec(
        [
            sf.embedding_column(words, 5, max_norm=0.6, combiner="sqrtn"),
            sf.embedding_column(numbers, 8),
        ]
    )


def rows(seed, count=7, longest=9):
    """Features for `two_columns`, and `tokens` for `spec`."""
    draw = random.Random(seed)
    lengths = [draw.randrange(longest) for _ in range(count)]
    token = lambda: f"w{draw.randrange(60)}"  # noqa: E731
    return {
        "tokens": [[token() for _ in range(n)] for n in lengths],
        # The last step of a row has a word: a hole there would end the row before.
        "words": [
            [[token() for _ in range(draw.randrange(4) if step < n - 1 else 1)] for step in range(n)]
            for n in lengths
        ],
        "numbers": [[draw.randrange(30) for _ in range(n)] for n in lengths],
    }


def bits(tensor):
    """What stands in memory, so that NaN equals itself."""
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)


def same(a, b):
    """Whether two tensors have the same bits."""
    return a.shape == b.shape and torch.equal(bits(a), bits(b))


def loss_of(values, mask, seed):
    """A loss whose gradient differs from slot to slot."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(values.shape, generator=generator)
    return ((values.float() * weights).tanh() * mask[..., None]).sum()


def trained(layer, optimizer, steps, first=0, **rows_options):
    """The layer after some steps."""
    for step in range(first, first + steps):
        optimizer.zero_grad()
        values, _, mask = layer(sft.pack(layer.spec, rows(step, **rows_options)))
        loss_of(values, mask, step).backward()
        optimizer.step()
    return layer


def tables_of(layer):
    """Copies of all tables."""
    return {name: table.detach().clone() for name, table in layer.tables.items()}
