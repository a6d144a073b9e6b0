# SPDX-License-Identifier: Apache-2.0
"""Batches that torch_training.py and tensorflow_training.py train on: numpy's generator makes the same ones in every process."""
import collections

import numpy

ROWS = 1000
LONGEST = 64
LENGTHS = {"mean22": LONGEST, "19to25": 25}  # and the width that such rows are padded to
DRAWS = ("uniform", "zipf")

Batch = collections.namedtuple("Batch", "ids offsets")  # row r has ids [offsets[r], offsets[r + 1])


def lengths_of(name, random):
    """How many ids each row has: geometric with a mean of 22 and cut at 64, or 19 to 25."""
    if name == "19to25":
        return random.integers(19, 26, ROWS)
    return numpy.minimum(random.geometric(1 / 23.4, ROWS), LONGEST)  # the cut takes 1.4 off the mean


def batches(draw, lengths, table_rows, count=6):
    """`count` batches of int64 ids, even or by Zipf's law with the exponent 1.15, whose frequent ids do not stand side by side."""
    random = numpy.random.default_rng(7)
    law = numpy.cumsum(numpy.arange(1, table_rows + 1) ** -1.15) if draw == "zipf" else None
    made = []
    for _ in range(count):
        offsets = numpy.concatenate([[0], numpy.cumsum(lengths_of(lengths, random))]).astype(numpy.int64)
        if law is None:
            ids = random.integers(0, table_rows, offsets[-1])
        else:
            ids = numpy.searchsorted(law, random.random(offsets[-1]) * law[-1]) * 2654435761 % table_rows
        made.append(Batch(ids.astype(numpy.int64), offsets))
    return made


def slots(batch, width):
    """Where each id stands among rows padded to `width`."""
    rows = numpy.repeat(numpy.arange(len(batch.offsets) - 1), numpy.diff(batch.offsets))
    return rows * width + numpy.arange(len(batch.ids)) - batch.offsets[rows]


def table(rows, dim):
    return numpy.random.default_rng(1).standard_normal((rows, dim), dtype=numpy.float32) * numpy.float32(0.01)


def gradient(slots, dim):
    return numpy.random.default_rng(3).standard_normal((slots, dim), dtype=numpy.float32) * numpy.float32(0.01)
