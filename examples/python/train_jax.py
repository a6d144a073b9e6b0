# SPDX-License-Identifier: Apache-2.0
"""Trains embeddings and a masked RNN in JAX to guess which symbol follows the first ten of a formula.

    python examples/python/train_jax.py [TFRECORD] [STEPS]

It prints the loss and, on rows that it never trained on, how often it is right, beside how often
the most frequent symbol is. The whole step is one compiled program: hashing, lookup, model,
gradients, Adam. Exit code: 0 if it beats the most frequent symbol by 10 points.
"""

import collections
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np

import seqfeat as sf
import seqfeat.jax as sfj

SEEN, CLASSES, BATCH, HIDDEN, RATE = 10, 16, 64, 32, 0.003
SAMPLE = pathlib.Path(__file__).parents[2] / "data" / "set_mm_sample.tfrecord"

TOKENS = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
SPEC = sf.Spec([sf.embedding_column(TOKENS, 16)], max_length=SEEN)
CAPACITY = sf.Capacity(rows=BATCH, bytes=BATCH * SEEN * 64)


def read(path):
    """Rows of ten tokens, and the class of the symbol that follows: the 15 most frequent, others."""
    rows = [
        row for features, _ in sf.read_tfrecords(path, SPEC) for row in features["tokens"].to_list()
    ]
    rows = [row for row in rows if len(row) > SEEN]
    counts = collections.Counter(row[SEEN] for row in rows)
    frequent = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))[: CLASSES - 1]
    labels = [frequent.index(row[SEEN]) if row[SEEN] in frequent else CLASSES - 1 for row in rows]
    return [row[:SEEN] for row in rows], np.array(labels, np.int32)


def batch_of(rows, labels, which):
    """Arrays of one shape for every batch; rows that a short one lacks have no weight."""
    batch = sfj.pack(SPEC, {"tokens": [rows[i] for i in which]}, CAPACITY)
    return batch, np.resize(labels[which], BATCH)


def logits(parameters, batch):
    """A masked RNN over the layer's values."""
    values, _, mask = sfj.sequence_features(SPEC, parameters["tables"], batch)

    def step(state, inputs):
        value, there = inputs
        stepped = jnp.tanh(value @ parameters["in"] + state @ parameters["back"])
        return jnp.where(there[:, None], stepped, state), None

    start = jnp.zeros((BATCH, HIDDEN))
    state, _ = jax.lax.scan(step, start, (values.swapaxes(0, 1), mask.T))
    return state @ parameters["out"] + parameters["bias"]


def loss(parameters, batch, labels):
    scores = jax.nn.log_softmax(logits(parameters, batch))
    of_rows = -scores[jnp.arange(BATCH), labels]
    return jnp.sum(of_rows * batch.row_mask) / jnp.sum(batch.row_mask)


@jax.jit
def correct(parameters, batch, labels):
    return jnp.sum((logits(parameters, batch).argmax(1) == labels) & batch.row_mask)


@jax.jit
def train_step(parameters, moments, number, batch, labels):
    """Adam, written out."""
    value, gradients = jax.value_and_grad(loss)(parameters, batch, labels)
    first, second = moments
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
    rate = RATE * jnp.sqrt(1 - 0.999**number) / (1 - 0.9**number)
    parameters = jax.tree.map(
        lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), parameters, first, second
    )
    return parameters, (first, second), value


def first_parameters():
    def normal(key, *shape):
        return jax.random.normal(jax.random.key(key), shape) / np.sqrt(shape[0])

    return {
        "tables": sfj.init_tables(SPEC),
        "in": normal(1, 16, HIDDEN),
        "back": normal(2, HIDDEN, HIDDEN),
        "out": normal(3, HIDDEN, CLASSES),
        "bias": jnp.zeros(CLASSES),
    }


def main(path=SAMPLE, steps="1000"):
    rows, labels = read(path)
    held_out = np.arange(len(rows)) % 8 == 7
    training, testing = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    majority = np.bincount(labels[testing]).max() / len(testing)
    print(f"{len(training)} rows to train on, {len(testing)} held out", end="; ")
    print(f"always the most frequent symbol: {100 * majority:.1f} %")

    def accuracy():
        batches = [testing[at : at + BATCH] for at in range(0, len(testing), BATCH)]
        right = sum(int(correct(parameters, *batch_of(rows, labels, one))) for one in batches)
        return right / len(testing)

    parameters = first_parameters()
    moments = (jax.tree.map(jnp.zeros_like, parameters),) * 2
    random, losses = np.random.default_rng(0), []
    for number in range(1, int(steps) + 1):
        batch, of_batch = batch_of(rows, labels, random.choice(training, BATCH, replace=False))
        parameters, moments, value = train_step(parameters, moments, number, batch, of_batch)
        losses.append(value)
        if number % 100 == 0 or number == int(steps):
            print(f"step {number:5}  loss {np.mean(losses):.4f}  held out {100 * accuracy():.1f} %")
            losses = []
    reached = accuracy()
    print(f"{100 * reached:.1f} % right, {100 * majority:.1f} % by the most frequent symbol")
    return 0 if reached > majority + 0.1 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
