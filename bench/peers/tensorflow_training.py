# SPDX-License-Identifier: Apache-2.0
"""A training step of TensorFlow's SequenceFeatures, for torch_training.py: in a process of its own, by a Python that has tensorflow and tf_keras.

The worker reads a task as a line of JSON, then words: a number is the batch of the next step, and it answers by the seconds that the step took; `table FILE` saves the table.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy

import training_inputs as inputs

RATE = 0.01


class Peer:
    """As the classes of training_peers.py: a worker that answers."""

    def __init__(self, python, task, legacy):
        self.task = task
        self.process = subprocess.Popen([python, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask(json.dumps({name: getattr(task, name) for name in ("draw", "lengths", "dim", "table_rows", "width")} | {"legacy": legacy}))

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise ImportError(f"TensorFlow's process ended with {self.process.wait()} (its messages are above)")
        return json.loads(answer)

    def step(self, i):
        self.ask(str(i))

    def table(self):
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            self.ask(f"table {file.name}")
            return numpy.load(file.name)

    def __del__(self):
        self.process.stdin.close()
        self.process.wait()


def versions(python):
    """What that Python has."""
    code = "from importlib.metadata import version; print('tensorflow', version('tensorflow'), 'tf_keras', version('tf_keras'))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def trainer(tf, keras, task):
    """A function that makes a step on a batch, and the table's variable."""
    tokens = tf.feature_column.sequence_categorical_column_with_identity("k", task["table_rows"])
    column = tf.feature_column.embedding_column(tokens, task["dim"], combiner="sum")
    layer = keras.experimental.SequenceFeatures([column])
    optimizer = (keras.optimizers.legacy if task["legacy"] else keras.optimizers).SGD(RATE)
    gradient = tf.constant(inputs.gradient(inputs.ROWS * task["width"], task["dim"]).reshape(inputs.ROWS, task["width"], task["dim"]))

    @tf.function(input_signature=[tf.SparseTensorSpec([inputs.ROWS, task["width"]], tf.int64)])
    def step(ids):
        with tf.GradientTape() as tape:
            values, _ = layer({"k": ids})
        gradients = tape.gradient(values, layer.trainable_variables, output_gradients=gradient)
        optimizer.apply_gradients(zip(gradients, layer.trainable_variables))

    batches = []
    for ids, offsets in inputs.batches(task["draw"], task["lengths"], task["table_rows"]):
        slots = inputs.slots(inputs.Batch(ids, offsets), task["width"])
        batches.append(tf.SparseTensor(numpy.stack([slots // task["width"], slots % task["width"]], 1), ids, [inputs.ROWS, task["width"]]))
    layer({"k": batches[0]})  # makes the variable
    table = layer.trainable_variables[0]
    table.assign(inputs.table(task["table_rows"], task["dim"]))
    return (lambda i: step(batches[i])), table


def worker():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    answers = os.fdopen(os.dup(1), "w")  # libraries print to standard output as they like
    os.dup2(2, 1)
    import tensorflow as tf
    import tf_keras as keras
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    step, table = trainer(tf, keras, json.loads(sys.stdin.readline()))
    print("true", file=answers, flush=True)
    for line in sys.stdin:
        word, _, file = line.strip().partition(" ")
        begin = time.perf_counter()
        if word == "table":
            numpy.save(file, table.numpy())
        else:
            step(int(word))
        print(time.perf_counter() - begin, file=answers, flush=True)


if __name__ == "__main__":
    worker()
