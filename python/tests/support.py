# SPDX-License-Identifier: Apache-2.0
"""What several tests need."""

import os
import pathlib
import subprocess
import sys
import textwrap

import numpy as np

import seqfeat as sf

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
UNDER_ASAN = "libasan" in os.environ.get("LD_PRELOAD", "")

sys.path.append(str(ROOT / "tests" / "soak"))
import files  # noqa: E402, the writer of records that the soak test has too


def embedding(key="tokens", buckets=1000, dimension=4, dtype="string", **options):
    column = sf.sequence_categorical_column_with_hash_bucket(key, buckets, dtype)
    return sf.embedding_column(column, dimension, **options)


def counting_table(rows, dimension):
    """Row r holds r in every cell, so that values show ids."""
    return np.repeat(np.arange(rows, dtype=np.float32)[:, None], dimension, axis=1)


def ids_layer(buckets=1000, dtype="string", **options):
    """A layer of one dimension whose values are the ids themselves (below 2**24)."""
    layer = sf.SequenceFeatures([embedding(buckets=buckets, dimension=1, dtype=dtype)], **options)
    layer.load_tables({"tokens_embedding": counting_table(buckets, 1)})
    return layer


def _features(named):
    return files.entries({key: files.feature(values) for key, values in named.items()})


def example(**named):
    """A serialized tf.Example."""
    return files.field(1, _features(named))


def sequence_example(context, **lists):
    """A serialized tf.SequenceExample; a list of lists for each key."""
    steps = {
        key: b"".join(files.field(1, files.feature(step)) for step in row) for key, row in lists.items()
    }
    return files.field(1, _features(context)) + files.field(2, files.entries(steps))


def write_tfrecords(path, records):
    """A TFRecord file, without compression."""
    with open(path, "wb") as file:
        file.writelines(map(files.frame, records))
    return path


def run_python(code, *arguments):
    """Runs `code` in a Python of its own; what kills or stops that one fails only the test that asked."""
    folders = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(folders), SEQFEAT_NUM_THREADS="4", PYTHONWARNINGS="ignore"),
        timeout=600 if UNDER_ASAN else 60,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
