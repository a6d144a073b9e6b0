# SPDX-License-Identifier: Apache-2.0
"""The files that a run reads and writes, in plain Python: TFRecords, text, JSON lines in; safetensors both ways."""
import array
import gzip
import json
import struct
import zlib

TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(record):
    size = struct.pack("<Q", len(record))
    return size + masked(size) + record + masked(record)


# ---------------------------------------------------------------- protobuf, as simple as it goes

def varint(number):
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(values):
    if not values:
        return b""
    if isinstance(values[0], bytes):
        return field(1, b"".join(field(1, value) for value in values))
    if isinstance(values[0], float):
        return field(2, field(1, struct.pack(f"<{len(values)}f", *values)))
    return field(3, field(1, b"".join(map(varint, values))))


def entries(features):
    return b"".join(field(1, field(1, key.encode()) + field(2, value)) for key, value in features.items())


def example(row, kept):
    flat = {key: feature([value for step in steps for value in step]) for key, steps in row.items()}
    return field(1, entries(flat | {key: feature([value]) for key, value in kept.items()}))


def sequence_example(row, kept):
    lists = {key: b"".join(field(1, feature(step)) for step in steps) for key, steps in row.items()}
    return field(1, entries({key: feature([value]) for key, value in kept.items()})) + field(2, entries(lists))


# ---------------------------------------------------------------- lines

def text_line(row, kept):
    (steps,) = row.values()
    return b" ".join(value if isinstance(value, bytes) else b"%d" % value for step in steps for value in step)


def plain(value):
    return value.decode() if isinstance(value, bytes) else value


def json_line(row, kept):
    members = {key: [plain(step[0]) if len(step) == 1 else [plain(value) for value in step] for step in steps] for key, steps in row.items()}
    return json.dumps(members | {key: plain(value) for key, value in kept.items()}, ensure_ascii=False).encode()


WRITERS = {"tfrecord": example, "tfrecord:sequence_example": sequence_example, "text": text_line, "jsonl": json_line}
COMPRESS = {"": bytes, "gzip": lambda data: gzip.compress(data, 1), "zlib": lambda data: zlib.compress(data, 1)}


def whole(form, records):
    return b"".join(map(frame, records)) if form.startswith("tfrecord") else b"".join(record + b"\n" for record in records)


# ---------------------------------------------------------------- safetensors

LETTERS = {"F32": "f", "I64": "q", "BOOL": "B", "U8": "B"}


def read_safetensors(data):
    """{name: (dtype, shape, values)}"""
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        tensors[name] = about["dtype"], about["shape"], array.array(LETTERS[about["dtype"]], data[8 + size + begin:8 + size + end])
    return tensors


def write_safetensors(file, tensors):
    """{name: (shape, bytes of F32)}"""
    header, at = {}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, data in tensors.values()))
