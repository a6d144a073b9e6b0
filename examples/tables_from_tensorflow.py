#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the embedding tables out of a TensorFlow checkpoint: tables_from_tensorflow.py CHECKPOINT TABLES.safetensors"""
import re
import sys

import tensorflow as tf
from safetensors.numpy import save_file

checkpoint = tf.train.load_checkpoint(sys.argv[1])
table = re.compile(r"(?:.*/)?([^/]+)/embedding_weights(?:/\.ATTRIBUTES/VARIABLE_VALUE)?")  # and not an optimizer's slots
names = {name: table.fullmatch(name) for name in checkpoint.get_variable_to_shape_map()}
save_file({found[1]: checkpoint.get_tensor(name) for name, found in names.items() if found}, sys.argv[2])
