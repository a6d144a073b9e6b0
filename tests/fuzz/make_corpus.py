#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzz corpora from the golden cases and the sample of real input.

Usage: make_corpus.py FOLDER
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys

here = pathlib.Path(__file__).resolve().parent
tests = here.parent
out = pathlib.Path(sys.argv[1])


def seed(target, content):
    name = hashlib.sha256(content).hexdigest()[:12]
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def cases(name):
    return json.loads((tests / "golden" / name).read_text())["cases"]


def tfrecord():
    modes = {"": 0, "GZIP": 1, "ZLIB": 2}
    for case in cases("tfrecord.json"):
        content = base64.b64decode(case["file_b64"])
        if len(content) < 3000:
            seed("tfrecord", bytes([modes[case["compression"]]]) + content)
            seed("tfrecord", bytes([3]) + content)
    records = b"".join(bytes([n]) + bytes(range(n)) for n in (0, 1, 7, 100))
    for mode in (*range(16), 16, 20, 21, 36, 37, 54):
        seed("tfrecord", bytes([mode]) + records)


def example():
    for file, kind in (("parse_example.json", 0), ("parse_sequence_example.json", 1)):
        for case in cases(file):
            for record in case["serialized_b64"][:2]:
                content = base64.b64decode(record)
                if len(content) < 1000:
                    seed("example", bytes([kind]) + content)
    sample = (tests.parent / "data" / "set_mm_sample.tfrecord").read_bytes()
    at = 0
    for _ in range(3):
        (length,) = struct.unpack_from("<Q", sample, at)
        record = sample[at + 12 : at + 12 + length]
        seed("example", b"\0" + record.replace(b"\n\6tokens", b"\n\6tokenx"))
        seed("example", b"\0" + record)
        at += length + 16
    integers = "".join(("0a0169", "1209", "1a07", "0a05", "0102", "ac02", "00"))
    keep = bytes.fromhex("0a0b" + "0a09" + "0a016b" + "1204" + "1a02" + "0801")
    keep_float = bytes.fromhex("0a10" + "0a0e" + "0a016b" + "1209" + "1207" + "0a04" + "0000803f" + "4800")
    entry = bytes.fromhex("0a10" + "0a0e" + integers)
    for mode in range(4):
        for content in (keep, keep_float, entry, keep + entry):
            seed("example", bytes([mode]) + content)
            seed("example", bytes([mode]) + content.replace(b"\n\1i", b"\n\1b"))
            seed("example", bytes([mode]) + content.replace(b"\n\1i", b"\n\1u"))


def spec_json():
    for case in cases("sequence_features.json") + cases("identity.json") + cases("spec.json"):
        if "columns" not in case:
            continue
        spec = {"version": 1, "columns": case["columns"], **case.get("options", {})}
        content = json.dumps(spec).encode()
        if len(content) < 1500:
            seed("spec_json", content)
    column = {
        "type": "embedding_column",
        "dimension": 10,
        "combiner": "sqrtn",
        "max_norm": 1.5,
        "trainable": False,
        "initializer": {"type": "truncated_normal", "mean": 0.5, "stddev": 1e-3, "seed": 7},
        "categorical_column": {
            "type": "sequence_categorical_column_with_hash_bucket",
            "key": "t\n\"\u00e9\U0001f600",
            "hash_bucket_size": 1000,
            "dtype": "uint8",
        },
    }
    options = {
        "max_length": 5,
        "truncation": "keep_last",
        "padding": "max_length",
        "padding_side": "left",
        "pad_to_multiple_of": 8,
    }
    identity = {"type": "sequence_categorical_column_with_identity", "key": "i", "num_buckets": 5, "default_value": 4}
    for member, values in (
        ("default_value", (None, 0, -1, 5, 1.5, "1")), ("num_buckets", (1, 0, 2**63 - 1, None)),
        ("dtype", ("uint8", "string")), ("hash_bucket_size", (5,)),
    ):
        for value in values:
            seed("spec_json", json.dumps({"columns": [{**column, "categorical_column": {**identity, member: value}}]}).encode())
    full = {"version": 1, "columns": [column, column["categorical_column"]], **options}
    seed("spec_json", json.dumps(full).encode())
    seed("spec_json", json.dumps(full, ensure_ascii=False).encode())
    seed("spec_json", json.dumps(column).encode())
    odd = {**column["categorical_column"], "key": "\b\t\f\r\1\\\u0800\ud7ff\U00010000\U000f0000\U0010ffff"}
    seed("spec_json", json.dumps({"columns": [odd]}, ensure_ascii=False).encode())
    for text in (
        '{"columns":[]}', '{"columns":{}}', '{"columns":[1]}', '{"columns":[{"type":5}]}', "[" * 65,
        '{"columns":[{}]}', '{"columns":[],"columns":[]}', '{"colums":[]}', '{"version":1.0}', "",
        '{"version":2,"columns":[]}', '{"columns":[{"type":"embedding"}]}', "true", "nul", "NaN",
        '{"columns":[{"type":"indicator_column","categorical_column":{"type":"x"}}]}', "-5", "{}{}",
        '{"columns":[],"max_length":0}', '{"columns":[],"max_length":1e3}', '"\\ud800"', '{"a/~":{',
        '{"columns":[],"max_length":99999999999999999999}', '{"columns":[],"padding":"x"}', "\0",
    ):
        seed("spec_json", text.encode())
    for member, values in (
        ("dimension", (0, -1, 1.5, "1", None)), ("combiner", ("max", 1)), ("max_norm", (-1, "1", 1e400)),
        ("trainable", (1,)), ("initializer", ({}, {"type": "zeros"}, 5)), ("unknown", (1,)),
        ("categorical_column", ({}, {"type": "embedding_column"}, None)),
    ):
        for value in values:
            seed("spec_json", json.dumps({"columns": [{**column, member: value}]}).encode())
    for member, value in (("stddev", 0), ("stddev", None), ("mean", "x"), ("seed", -1), ("seed", 2**64 - 1)):
        changed = {**column, "initializer": {**column["initializer"], member: value}}
        seed("spec_json", json.dumps({"columns": [changed]}).encode())


def vocabulary():
    files = [b"", b"\n", b"\r", b"a\n\r", b"a\r\r\nb", b"7\n-8\r\n +9 \n", b"1\n+1\n", b"9223372036854775807\n-9223372036854775808", b"+-1", b"x" * 300 + b"\n\0\n"]
    for case in cases("vocabulary.json"):
        inner = case["columns"][0]["categorical_column"]
        if "file_b64" in inner:
            files.append(base64.b64decode(inner["file_b64"]))
    for content in files:
        for mode in (0, 1, 2, 3, 6, 7):
            seed("vocabulary", bytes([mode]) + content)


def jsonl():
    lines = (
        '{"w": ["a", ["b", "c"], [], null, "\u00e9\\n\\u0041"], "b": [-128, [127, 0]], "u": [18446744073709551615], "k": 5}',
        '{"w": null, "k": 1.5, "other": {"x": [true, null, 1e3]}}',
        "{}", "", '{"w": "a"}', '{"w": [["a", ["b"]]]}', '{"w": [1]}', '{"b": [128]}', '{"b": [1.0]}',
        '{"u": [-1]}', '{"u": [-0]}', '{"w": [{"x": 1}]}', '{"w": [true]}', '{"w": [], "w": []}',
        '{"w": [[null]]}', "[1]", "5", '"x"', "null", "true", "1.5", "{", '{"w": ["\\ud800"]}', '{"k": [1]}',
        '{"k": 18446744073709551615}', '{"k": 1e999}', '{"k": 99999999999999999999}', '{"k": -7}',
        '{"o": ' + "[" * 70, '{"w": [NaN]}', '{} x', '{"k": "x", "w": ["b"]}', '{"b": [99999999999999999999]}',
    )
    for line in lines:
        seed("jsonl", b"\0" + line.encode())
        if '"k"' in line:
            seed("jsonl", b"\1" + line.encode())
    seed("jsonl", b"\1" + "\n".join(lines).encode())
    seed("jsonl", b'\0{"w": ["a"]}\r\n{"w": []}\n')
    seed("jsonl", b'\0{"w": ["a"]}\0{"w": []}\n')


def safetensors():
    def tensor(dtype, shape, begin, end, **more):
        return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end], **more}

    headers = [
        ({}, b""),
        ({"a": tensor("F32", [2, 1], 0, 8)}, b"x" * 8),
        ({"__metadata__": {"k": "v", "": "\u00e9"}, "b": tensor("U8", [3], 0, 3), "a": tensor("I64", [], 3, 11)}, b"y" * 11),
        ({"a": tensor("BOOL", [0, 7], 0, 0), "b": tensor("BF16", [1], 0, 2)}, b"zz"),
        ({"a": tensor("F32", [1], 0, 4), "b": tensor("F32", [1], 2, 6)}, b"x" * 6),
        ({"a": tensor("F32", [1], 4, 8)}, b"x" * 8),
        ({"a": tensor("F32", [1], 0, 4)}, b"x" * 5),
        ({"a": tensor("F32", [1], 0, 4)}, b"x"),
        ({"a": tensor("F31", [1], 0, 4)}, b"xxxx"),
        ({"a": tensor("F32", [2], 0, 4)}, b"xxxx"),
        ({"a": tensor("F64", [2**62, 8], 0, 4)}, b"xxxx"),
        ({"a": tensor("F64", [2**64], 0, 4)}, b"xxxx"),
        ({"a": tensor("U8", [1] * 65, 0, 1)}, b"x"),
        ({"a": tensor("U8", [-1], 0, 1)}, b"x"),
        ({"a": tensor("U8", [1.0], 0, 1)}, b"x"),
        ({"a": tensor("U8", [1], 1, 0)}, b"x"),
        ({"a": tensor("U8", "1", 0, 1)}, b"x"),
        ({"a": tensor("U8", [1], 0, 1, more=1)}, b"x"),
        ({"a": {"dtype": "U8", "shape": [1]}}, b"x"),
        ({"a": {"dtype": 8}}, b"x"),
        ({"a": {"dtype": [8]}}, b"x"),
        ({"a": {"dtype": {}}}, b"x"),
        ({"a": [1]}, b""), ({"a": "x"}, b""), ({"a": 7}, b""), ({"a": True}, b""), ({"a": None}, b""),
        ({"a": -1.5}, b""), ({"a": -1}, b""), ({"__metadata__": {"k": 1}}, b""), ({"__metadata__": []}, b""),
    ]
    texts = [(json.dumps(header), data) for header, data in headers] + [
        ('{"a":{"dtype":"U8","dtype":"U8"}}', b""), ('{"a":{},"a":{}}', b""),
        ('{"__metadata__":{"k":"a","k":"b"}}', b""), ('{"__metadata__":{},"__metadata__":{}}', b""),
        ('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,0,0]}}', b""), ("{\0}", b""), ("{}}", b""),
        ('{"t":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"t":{"dtype":"U8"}}', b""), ("[]}", b""),
    ]
    for text, data in texts:
        header = text.encode()
        seed("safetensors", b"\1" + header + data)
        seed("safetensors", b"\0" + struct.pack("<Q", len(header)) + header + data)
    for length in (0, 3, 2**32, 2**63, 2**64 - 1, 100_000_001):
        seed("safetensors", b"\0" + struct.pack("<Q", length) + b"{}")
    seed("safetensors", b"\0abc")


def summary():
    def file(metadata, tensors):
        header, data = {"__metadata__": {"seqfeat": "inspect summary 1", "crc32c": "0", **metadata}}, b""
        for name, columns, words in tensors:
            begin, data = len(data), data + struct.pack(f"<{len(words)}Q", *words)
            header[name] = {"dtype": "U64", "shape": [len(words) // columns, columns], "data_offsets": [begin, len(data)]}
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    def of(tokens, floor=0, halvings=0):
        count = sum(times for _, times in tokens)
        numbers = [count, count, count, floor, halvings, 0, *([0] * 64)]
        numbers[5 + count.bit_length()] = 1  # one row
        rows = [word for token, times in tokens for word in (token, times, 0, 0x61, 0, 1 << 56)]
        return [("numbers/k", 1, numbers), ("frequent/k", 6, rows)]

    rows = {"rows": "1", "exact_up_to": "256", "most_buckets": "1024", "dtype/k": "string"}
    tokens = [(7, 3), (11, 1), (2**63, 2)]
    sizes = [("sizes/k", 2, [10, 0, 1000, 0])]
    sample = [("registers/k", 1, []), ("sample/k", 2, [7, 3, 11, 1])]
    for size in (10, 1000):
        sample += [(f"buckets/{size}/k", 3, [7, 7, 6, 1, 11 if size == 10 else 1001, 2]), (f"held/{size}/k", 3, [])]
    seed("summary", b"\1" + file(rows, of(tokens) + [("sizes/k", 2, [])]))
    seed("summary", b"\1" + file(rows, of(tokens) + sizes))
    seed("summary", b"\1" + file(rows, of(tokens) + sizes + sample))
    seed("summary", b"\1" + file({**rows, "dtype/k": "int64"}, of(tokens, floor=2) + sizes + sample))
    seed("summary", b"\0" + file(rows, of(tokens) + sizes))


for write in (tfrecord, example, spec_json, jsonl, safetensors, vocabulary, summary):
    write()
