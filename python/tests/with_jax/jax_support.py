# SPDX-License-Identifier: Apache-2.0
"""What several tests with JAX need."""

import jax.numpy as jnp
import numpy as np

import seqfeat as sf
import seqfeat.jax as sfj

WORDS = [f"word {n}" for n in range(40)]


def random_rows(seed, rows, most=7, holes=True):
    """Rows of words: steps of one word, of several, and of none."""
    random = np.random.default_rng(seed)

    def step():
        count = random.choice([0, 1, 2, 3]) if holes else 1
        return [WORDS[i] for i in random.integers(0, len(WORDS), count)]

    return [[step() for _ in range(random.integers(0, most + 1))] for _ in range(rows)]


def spec_of(buckets=50, dimension=4, key="tokens", dtype="string", length=8, **options):
    tokens = sf.sequence_categorical_column_with_hash_bucket(key, buckets, dtype)
    return sf.Spec([sf.embedding_column(tokens, dimension, **options)], max_length=length)


CAPACITY = sf.Capacity(rows=20, steps=150, values=400, bytes=4000)


def loss_of(spec, weights):
    """A scalar in which every value counts otherwise."""

    def loss(tables, batch):
        values = sfj.sequence_features(spec, tables, batch).values
        return jnp.sum(jnp.sin(values) * weights)

    return loss


def weights_for(spec, seed=1, rows=CAPACITY.rows, steps=8):
    width = sf.SequenceFeatures(spec, backend="cpu").width
    return np.random.default_rng(seed).normal(size=(rows, steps, width)).astype(np.float32)


def same_bits(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
