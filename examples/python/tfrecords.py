# SPDX-License-Identifier: Apache-2.0
"""Batches of a TFRecord file, shuffled, stopped in the middle, and gone on with.

usage: tfrecords.py FILE...    (without one: the sample of the repository)
"""

import json
import pathlib
import sys

import seqfeat as sf

SAMPLE = pathlib.Path(__file__).parents[2] / "data" / "set_mm_sample.tfrecord"


def batches(paths, spec):
    """A thread reads ahead; the same seed gives the same order on every machine."""
    return sf.read_tfrecords(paths, spec, batch_size=512, shuffle_buffer=2048, seed=7)


def main(paths):
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    spec = sf.Spec([sf.embedding_column(tokens, 16)], max_length=64, truncation="keep_last")
    layer = sf.SequenceFeatures(spec)

    # One epoch, whole.
    steps = [layer(features).lengths.tolist() for features, _ in batches(paths, spec)]
    print(f"{sum(map(len, steps))} rows in {len(steps)} batches, {sum(map(sum, steps))} steps kept")

    # The same epoch, stopped after three batches; the state is plain JSON.
    stopped = batches(paths, spec)
    before = [layer(next(stopped)[0]).lengths.tolist() for _ in range(3)]
    state = json.dumps(stopped.state())

    resumed = batches(paths, spec)
    resumed.resume(json.loads(state))
    after = [layer(features).lengths.tolist() for features, _ in resumed]
    print("stopped and gone on with, the batches are", end=" ")
    print("the same" if before + after == steps else "others")
    return 0 if before + after == steps else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [SAMPLE]))
