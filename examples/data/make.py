#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes example.tfrecord and example.safetensors out of the first case of tests/golden/example.json, which TensorFlow computed:
rows of tokens, the table of their embedding, a SimpleRNN's weights and what it puts out."""
import base64
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from tfrecord_writer import record  # noqa: E402

golden = json.loads((ROOT / "tests/golden/example.json").read_text())
case = golden["cases"][0]
rnn = case["rnn"][0]
tensors = {"tokens_embedding": golden["tensors"][case["tables"]["tokens_embedding"]["ref"]]}
tensors |= {name: rnn[name] for name in ("kernel", "recurrent_kernel", "bias")}
tensors |= {name: rnn["expect"][name] for name in ("outputs_sequence", "state")}

header, data = {}, b""
for name, tensor in tensors.items():
    begin = len(data)
    data += base64.b64decode(tensor["data_b64"])
    header[name] = {"dtype": "F32", "shape": tensor["shape"], "data_offsets": [begin, len(data)]}
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
(HERE / "example.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
(HERE / "example.tfrecord").write_bytes(b"".join(record(base64.b64decode(row)) for row in case["serialized_b64"]))
