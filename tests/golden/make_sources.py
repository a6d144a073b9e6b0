#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data of sources of ids, computed as make.py does: make_sources.py OUTPUT_DIRECTORY --seed NAMESPACE writes keyed.json."""
import argparse
import json
import pathlib

import make
from make import b64


def make_keyed(f):
    """TensorFlow's strong hash, and Keras' layer with salt and masked value."""
    tf = make.tf
    data = [b"", b"a", b"b", b"c", "日本".encode(), b"\0", b"x" * 7, b"x" * 8, b"x" * 9, b"y" * 64, b"z" * 1000] + [f.rng(f"strong {n}").bytes(n) for n in range(0, 70)]
    for key in ([98765, 132], [0, 0], [1, 0], [0, 1], [-1, -1], [2**63 - 1, -2**63], [133, 137]):
        for n in (2, 10, 1000, 2**31, 2**63 - 1):
            ids = tf.strings.to_hash_bucket_strong(data, n, key).numpy()
            f.add(f"strong/key {key} into {n}", "hash_bucket_strong", key=[str(k) for k in key], num_buckets=str(n), values_b64=[b64(d) for d in data], expect={"ids": [str(i) for i in ids]})
    words, numbers = [b"omar", b"stringer", b"marlo", b"", b"wire", "é".encode()], [0, 1, -1, 2, 3, 4, 2**62]
    for bins in (1, 2, 3, 10, 1000, 2**31):
        for salt in (None, 133, [133, 137]):
            for mask, values in (("absent", words), (b"", words), (b"omar", words), ("absent", numbers), (-1, numbers), (0, numbers)):
                dtype = "string" if isinstance(values[0], bytes) else "int64"
                config = {} if mask == "absent" else {"mask_value": mask.decode() if isinstance(mask, bytes) else mask}
                ids = make.keras.layers.Hashing(bins, salt=salt, **config)(tf.constant(values, getattr(tf, dtype))).numpy()
                pair = None if salt is None else [str(s) for s in (salt if isinstance(salt, list) else [salt, salt])]
                f.add(f"keras Hashing/{bins} bins, salt {salt}, mask {mask!r}, {dtype}", "keras_hashing", num_bins=bins, salt=pair, mask_value=config.get("mask_value"), dtype=dtype,
                      **make.token_field(values, dtype), expect={"ids": [str(i) for i in ids]})
    for bins in (0, -1, None):
        try:
            make.keras.layers.Hashing(bins)
        except Exception as e:  # what TensorFlow says is the expectation
            f.add(f"keras Hashing/{bins} bins", "keras_hashing", num_bins=bins, dtype="string", values_b64=[], expect=make.error(e))
            f.cases[-1]["ours"] = {"error": {"kinds": ["InvalidArgument"], "names": []}}


FILES = {"keyed": make_keyed}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--seed", default="later")
    options = parser.parse_args()
    make.need_tensorflow()
    for name, fill in FILES.items():
        found = make.File(f"{options.seed}/{name}")
        fill(found)
        head = {"format": 1, "tensorflow": make.tf.__version__, "tf_keras": make.keras.__version__, "seed": found.seed, "tensors": dict(sorted(found.tensors.items()))}
        (options.output / f"{name}.json").write_text(json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(map(json.dumps, found.cases)) + "\n]}\n")
