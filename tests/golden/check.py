# SPDX-License-Identifier: Apache-2.0
"""The written rules, without TensorFlow: pure Python and numpy.

answer() gives seqfeat's answer to a case, in the form of its `expect`; make.py writes it down as `ours` where TensorFlow's is another.
check() recomputes every case of a directory of golden files from its inputs and reports agreement, in units in the last place.
"""
import base64
import gzip
import itertools
import json
import math
import pathlib
import re
import struct
import zlib
from collections import Counter, defaultdict

import numpy as np

F32 = np.float32
M64 = (1 << 64) - 1


# ---------------------------------------------------------------- fingerprint (farmhashna::Hash64)

K0, K1, K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _rot(v, n):
    return ((v >> n) | (v << (64 - n))) & M64


def _shift(v):
    return v ^ (v >> 47)


def _mix(u, v, m):
    a = ((u ^ v) * m) & M64
    a ^= a >> 47
    b = ((v ^ a) * m) & M64
    b ^= b >> 47
    return (b * m) & M64


def fingerprint64(s):
    n = len(s)
    f64 = lambda i: int.from_bytes(s[i:i + 8], "little")
    f32 = lambda i: int.from_bytes(s[i:i + 4], "little")
    m = (K2 + 2 * n) & M64
    if n == 0:
        return K2
    if n < 4:
        y = s[0] + (s[n // 2] << 8)
        z = n + (s[n - 1] << 2)
        return (_shift(((y * K2) ^ (z * K0)) & M64) * K2) & M64
    if n < 8:
        return _mix(n + (f32(0) << 3), f32(n - 4), m)
    if n <= 16:
        a, b = (f64(0) + K2) & M64, f64(n - 8)
        c = (_rot(b, 37) * m + a) & M64
        d = ((_rot(a, 25) + b) * m) & M64
        return _mix(c, d, m)
    if n <= 32:
        a, b, c, d = (f64(0) * K1) & M64, f64(8), (f64(n - 8) * m) & M64, (f64(n - 16) * K2) & M64
        y = (_rot((a + b) & M64, 43) + _rot(c, 30) + d) & M64
        return _mix(y, (a + _rot((b + K2) & M64, 18) + c) & M64, m)
    if n <= 64:
        a, b, c, d = (f64(0) * K2) & M64, f64(8), (f64(n - 8) * m) & M64, (f64(n - 16) * K2) & M64
        y = (_rot((a + b) & M64, 43) + _rot(c, 30) + d) & M64
        z = _mix(y, (a + _rot((b + K2) & M64, 18) + c) & M64, m)
        e, f = (f64(16) * m) & M64, f64(24)
        g, h = ((y + f64(n - 32)) * m) & M64, ((z + f64(n - 24)) * m) & M64
        return _mix((_rot((e + f) & M64, 43) + _rot(g, 30) + h) & M64, (e + _rot((f + a) & M64, 18) + g) & M64, m)
    return _fingerprint64_long(n, f64)


def _fingerprint64_long(n, f64):
    def weak(i, a, b):
        p, q, r, t = f64(i), f64(i + 8), f64(i + 16), f64(i + 24)
        a = (a + p) & M64
        b = _rot((b + a + t) & M64, 21)
        c = a
        a = (a + q + r) & M64
        b = (b + _rot(a, 44)) & M64
        return (a + t) & M64, (b + c) & M64

    x, y = 81, (81 * K1 + 113) & M64
    z = (_shift((y * K2 + 113) & M64) * K2) & M64
    v = w = (0, 0)
    x = (x * K2 + f64(0)) & M64
    for block in range((n - 1) // 64):
        i = 64 * block
        x = (_rot((x + y + v[0] + f64(i + 8)) & M64, 37) * K1) & M64
        y = (_rot((y + v[1] + f64(i + 48)) & M64, 42) * K1) & M64
        x ^= w[1]
        y = (y + v[0] + f64(i + 40)) & M64
        z = (_rot((z + w[0]) & M64, 33) * K1) & M64
        v = weak(i, (v[1] * K1) & M64, (x + w[0]) & M64)
        w = weak(i + 32, (z + w[1]) & M64, (y + f64(i + 16)) & M64)
        z, x = x, z
    m, i = (K1 + ((z & 0xFF) << 1)) & M64, n - 64
    w = ((w[0] + ((n - 1) & 63)) & M64, w[1])
    v = ((v[0] + w[0]) & M64, v[1])
    w = ((w[0] + v[0]) & M64, w[1])
    x = (_rot((x + y + v[0] + f64(i + 8)) & M64, 37) * m) & M64
    y = (_rot((y + v[1] + f64(i + 48)) & M64, 42) * m) & M64
    x ^= (9 * w[1]) & M64
    y = (y + 9 * v[0] + f64(i + 40)) & M64
    z = (_rot((z + w[0]) & M64, 33) * m) & M64
    v = weak(i, (v[1] * m) & M64, (x + w[0]) & M64)
    w = weak(i + 32, (z + w[1]) & M64, (y + f64(i + 16)) & M64)
    z, x = x, z
    return _mix((_mix(v[0], w[0], m) + _shift(y) * K0 + z) & M64, (_mix(v[1], w[1], m) + x) & M64, m)


def siphash64(data, key):
    """SipHash-2-4 under a key of two integers of 64 bits."""
    low, high = (int(k) & M64 for k in key)
    v = [low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D, low ^ 0x6C7967656E657261, high ^ 0x7465646279746573]

    def rounds(n):
        left = lambda x, bits: (x << bits | x >> 64 - bits) & M64
        a, b, c, d = v
        for _ in range(n):
            a, c = (a + b) & M64, (c + d) & M64
            b, d, a = left(b, 13) ^ a, left(d, 16) ^ c, left(a, 32)
            c, a = (c + b) & M64, (a + d) & M64
            b, d, c = left(b, 17) ^ c, left(d, 21) ^ a, left(c, 32)
        v[:] = a, b, c, d

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at:at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


HASHED, IDENTITY = "sequence_categorical_column_with_hash_bucket", "sequence_categorical_column_with_identity"
NUMERIC = "sequence_numeric_column"
WEIGHTED = "sequence_weighted_categorical_column"
VOCABULARY_LIST, VOCABULARY_FILE = (f"sequence_categorical_column_with_vocabulary_{kind}" for kind in ("list", "file"))


class BadVocabulary(Exception):
    """A file that means nothing; its arguments are what a message has to name."""


def words_of(categorical):
    """The words that count, as tokens."""
    if categorical["type"] == VOCABULARY_LIST:
        return [b64(w) for w in categorical["vocabulary_list_b64"]] if "vocabulary_list_b64" in categorical else [int(w) for w in categorical["vocabulary_list"]]
    lines = b64(categorical["file_b64"]).split(b"\n")
    lines = [line.removesuffix(b"\r") for line in (lines if lines[-1] else lines[:-1])]
    size = len(lines) if categorical["vocabulary_size"] is None else categorical["vocabulary_size"]
    if len(lines) < size:
        raise BadVocabulary(size, len(lines))
    lines = lines[:size]
    if not lines or b"" in lines:
        raise BadVocabulary
    if categorical["dtype"] != "string":
        for i, line in enumerate(lines):
            try:
                lines[i] = int(line)
            except ValueError:
                raise BadVocabulary(line.decode()) from None
    if len(set(lines)) < len(lines):
        raise BadVocabulary
    return lines


def buckets_of(categorical):
    if categorical["type"] in (VOCABULARY_LIST, VOCABULARY_FILE):
        return len(words_of(categorical)) + categorical["num_oov_buckets"]
    return categorical["num_buckets" if categorical["type"] == IDENTITY else "hash_bucket_size"]


def id_of(categorical, token):
    n = buckets_of(categorical)
    if categorical["type"] == HASHED:
        return bucket(token, n)
    if categorical["type"] != IDENTITY:
        words, others = words_of(categorical), categorical["num_oov_buckets"]
        if token in words:
            return words.index(token)
        return len(words) + bucket(token, others) if others else -1 if categorical["default_value"] is None else categorical["default_value"]
    default = categorical["default_value"]
    return token if default is None or 0 <= token < n else default


def bucket(token, num_buckets):
    """token: bytes, or an int, which is hashed as its decimal text."""
    text = token if isinstance(token, bytes) else str(token).encode()
    return fingerprint64(text) % num_buckets


# ---------------------------------------------------------------- crc32c, TFRecord

_CRC = []
for _i in range(256):
    for _ in range(8):
        _i = (_i >> 1) ^ (0x82F63B78 if _i & 1 else 0)
    _CRC.append(_i)


def crc32c(data):
    c = 0xFFFFFFFF
    for b in data:
        c = _CRC[(c ^ b) & 0xFF] ^ (c >> 8)
    return c ^ 0xFFFFFFFF


def masked_crc32c(data):
    c = crc32c(data)
    return (((c >> 15) | (c << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def read_tfrecords(data):
    """(records, TensorFlow's error or None, where the first record that is not whole begins or None).
    A tail shorter than a 12 byte header is no error to TensorFlow."""
    out, at = [], 0
    while len(data) - at >= 12:
        head = data[at:at + 8]
        if masked_crc32c(head) != struct.unpack("<I", data[at + 8:at + 12])[0]:
            return out, f"corrupted record at {at}", at
        n = struct.unpack("<Q", head)[0]
        if n >= 2**64 - 16:
            return out, "record size too large", at
        if n >= 2**63 - 4:
            return out, "Can't read a negative number of bytes", at
        if len(data) - at - 12 < n + 4:
            return out, f"truncated record at {at}", at
        body = data[at + 12:at + 12 + n]
        if masked_crc32c(body) != struct.unpack("<I", data[at + 12 + n:at + 16 + n])[0]:
            return out, f"corrupted record at {at + 12}", at
        out.append(body)
        at += 16 + n
    return out, None, at if at < len(data) else None


def inflate(data, compression):
    """(bytes as far as zlib gets, its error or None, whether the stream ends before its end). No bytes are no stream, and no error."""
    out = b""
    while data:
        d = zlib.decompressobj(31 if compression == "GZIP" else 15)
        try:
            for i in range(len(data)):
                out += d.decompress(data[i:i + 1])
            data = d.unused_data if compression == "GZIP" else b""
        except zlib.error as e:
            return out, str(e), False
        if not d.eof:
            return out, None, True
    return out, None, False


# ---------------------------------------------------------------- tf.Example wire format

class WireError(Exception):
    pass


def _varint(b, i):
    v = 0
    for k in range(10):
        if i >= len(b):
            raise WireError("varint cut short")
        v |= (b[i] & 0x7F) << (7 * k)
        i += 1
        if not b[i - 1] & 0x80:
            return v & M64, i
    raise WireError("varint too long")


def _fields(b):
    """Yields (field number, wire type, value) in wire order, without groups and what they hold."""
    i, groups = 0, []
    while i < len(b):
        tag, i = _varint(b, i)
        field, wire = tag >> 3, tag & 7
        if field == 0:
            raise WireError("field 0")
        if wire == 3:
            groups.append(field)
            continue
        if wire == 4:
            if not groups or groups.pop() != field:
                raise WireError("end of a group that was not begun")
            continue
        if wire == 0:
            v, i = _varint(b, i)
        elif wire in (1, 5):
            n = 8 if wire == 1 else 4
            if i + n > len(b):
                raise WireError("fixed cut short")
            v, i = b[i:i + n], i + n
        elif wire == 2:
            n, i = _varint(b, i)
            if i + n > len(b):
                raise WireError("length past the end")
            v, i = b[i:i + n], i + n
        else:
            raise WireError(f"wire type {wire}")
        if not groups:
            yield field, wire, v
    if groups:
        raise WireError("group without end")


def _signed(v):
    return v - (1 << 64) if v >> 63 else v


def parse_feature(b):
    """(kind, values); kind None where no list is set."""
    kind, values = None, []
    for field, wire, v in _fields(b):
        if wire != 2 or field not in (1, 2, 3):
            continue
        last, kind = kind, {1: "string", 2: "float32", 3: "int64"}[field]
        values = values if kind == last else []  # one kind in two parts: joined; another kind: the last one counts
        for f, w, x in _fields(v):
            if f != 1:
                continue
            if field == 1 and w == 2:
                values.append(x)
            elif field == 2 and w in (2, 5):
                if len(x) % 4:
                    raise WireError("packed floats cut short")
                values += struct.unpack(f"<{len(x) // 4}f", x)
            elif field == 3 and w == 0:
                values.append(_signed(x))
            elif field == 3 and w == 2:
                j = 0
                while j < len(x):
                    n, j = _varint(x, j)
                    values.append(_signed(n))
    return kind, values


def _map(b):
    out = {}
    for field, wire, entry in _fields(b):
        if field == 1 and wire == 2:
            key, value = b"", b""
            for f, w, x in _fields(entry):
                if f == 1 and w == 2:
                    key = x
                elif f == 2 and w == 2:
                    value += x  # a message in two parts is joined
            try:
                out[key.decode()] = value
            except UnicodeDecodeError:
                raise WireError("key is not UTF-8")
    return out


def parse_example(b):
    out = {}
    for field, wire, features in _fields(b):
        if field == 1 and wire == 2:
            out.update({k: parse_feature(v) for k, v in _map(features).items()})
    return out


def parse_sequence_example(b):
    out = {}
    for field, wire, lists in _fields(b):
        if field == 2 and wire == 2:
            for key, value in _map(lists).items():
                out[key] = [parse_feature(x) for f, w, x in _fields(value) if f == 1 and w == 2]
    return out


# ---------------------------------------------------------------- combining

def flush(x):
    """Denormals become zeros of the same sign: TensorFlow's CPU threads run with FTZ and DAZ set."""
    return np.where(np.abs(x) < F32(2.0 ** -126), np.copysign(F32(0), x), x).astype(F32)


def _op(f, a, b, ftz=True):
    with np.errstate(all="ignore"):
        return flush(f(flush(a), flush(b))) if ftz else f(a, b).astype(F32)


def combine_tf_cpu(rows, combiner, ftz=False):
    """TensorFlow's CPU kernels, bit for bit; with ftz also what their threads do to denormals, which seqfeat keeps."""
    n = len(rows)
    if n == 1:
        return rows[0].copy()
    m = {"sum": None, "mean": F32(n), "sqrtn": F32(math.sqrt(n))}[combiner]
    first = n % 8 + (8 if n % 8 < 2 else 0)
    acc = rows[0]
    for r in rows[1:first]:
        acc = _op(np.add, acc, r, ftz)
    if m is not None and n < 10:
        acc = _op(np.multiply, acc, F32(1) / m, ftz)
    for i in range(first, n, 8):
        block = rows[i]
        for r in rows[i + 1:i + 8]:
            block = _op(np.add, block, r, ftz)
        acc = _op(np.add, acc, block, ftz)
    return _op(np.divide, acc, m, ftz) if m is not None and n >= 10 else acc


def combine_weighted(rows, weights, combiner):
    """seqfeat's rule, denormals kept: products rounded and added as unweighted rows are; None where the weights leave nothing."""
    kept = [(r, w) for r, w in zip(rows, weights) if combiner == "sum" or w > 0]
    if not kept:
        return None
    total = combine_tf_cpu([_op(np.multiply, r, w, False) for r, w in kept], "sum")
    if combiner == "sum":
        return total
    divisor = combine_tf_cpu([np.array([w * w if combiner == "sqrtn" else w], F32) for _, w in kept], "sum")[0]
    divisor = np.sqrt(divisor) if combiner == "sqrtn" else divisor
    return _op(np.divide, total, divisor, False) if divisor else None


def combine_plain(rows, combiner):
    """Stored order, one true division, denormals kept."""
    acc = rows[0]
    for r in rows[1:]:
        acc = _op(np.add, acc, r, False)
    m = {"sum": None, "mean": F32(len(rows)), "sqrtn": F32(math.sqrt(len(rows)))}[combiner]
    return acc.copy() if m is None or len(rows) == 1 else _op(np.divide, acc, m, False)


def sum_eigen8(v, ftz=False):
    """Eigen's inner reduction with packets of eight floats (x86 wheels), for fewer than 8192 values."""
    add = lambda x, y: _op(np.add, x, y, ftz)
    n, p, at = len(v), [np.zeros(8, F32) for _ in range(4)], 0
    if n >= 32:
        while at + 32 <= n:
            for q in range(4):
                p[q] = add(p[q], v[at + 8 * q:at + 8 * q + 8])
            at += 32
        for q in (1, 2, 3):
            p[0] = add(p[0], p[q])
    while at + 8 <= n:
        p[0] = add(p[0], v[at:at + 8])
        at += 8
    tail = F32(0)
    for x in v[at:]:
        tail = add(tail, x)
    half = add(p[0][:4], p[0][4:])
    pair = add(half[:2], half[2:])
    return add(tail, add(pair[0], pair[1]))


def clip_row(row, max_norm, ftz=False):
    c = F32(max(max_norm, 0.0))
    total = sum_eigen8(_op(np.multiply, row, row, ftz), ftz)
    norm = np.sqrt(total) if total > 0 else total
    return _op(np.divide, _op(np.multiply, row, c, ftz), max(norm, c), ftz)


# ---------------------------------------------------------------- reading cases

def b64(s):
    return base64.b64decode(s)


def tensor(t, shared=()):
    if "ref" in t:
        t = shared[t["ref"]]
    return np.frombuffer(b64(t["data_b64"]), {"F32": "<f4", "BOOL": "?"}[t["dtype"]]).reshape(t["shape"])


def token_field(values, dtype):
    return {"values_b64": [base64.b64encode(v).decode() for v in values]} if dtype == "string" else {"values": [str(int(v)) for v in values]}


def tokens(f):
    if "values_f32" in f:
        return list(tensor(f["values_f32"]))
    return [b64(x) for x in f["values_b64"]] if "values_b64" in f else [int(x) for x in f["values"]]


def ulps(a, b):
    def ordered(x):
        i = np.ascontiguousarray(x, F32).view(np.int32).astype(np.int64)
        return np.where(i < 0, -(i & 0x7FFFFFFF), i)
    d = np.abs(ordered(a) - ordered(b))
    return np.where(np.isnan(a) & np.isnan(b), 0, d)


def name_of(c):
    if c["type"] == WEIGHTED:
        return f"{name_of(c['categorical_column'])}_weighted_by_{c['weight_feature_key']}"
    if "categorical_column" in c:
        return name_of(c["categorical_column"]) + {"embedding_column": "_embedding", "indicator_column": "_indicator"}[c["type"]]
    return c["key"]


def source_of(c):
    """What a column reads: itself, or the categorical one inside, without the weights."""
    return source_of(c["categorical_column"]) if "categorical_column" in c else c


def weights_of(c):
    """The key of a column's weights, or None."""
    return c.get("categorical_column", {}).get("weight_feature_key")


def cells(f):
    """{(row, step): [value, ...]} of a feature as TensorFlow saw it, plus (B, T)."""
    out = defaultdict(list)
    if f["input"] == "sparse":
        shape = f["dense_shape"] if len(f["dense_shape"]) > 1 else f["dense_shape"] + [1]
        for index, v in zip(f["indices"], tokens(f)):
            out[index[0], index[1] if len(index) > 1 else 0].append(v)
        return out, shape[0], shape[1]
    if not f["shape"]:
        return out, 0, 0
    shape = f["shape"] if len(f["shape"]) > 1 else f["shape"] + [1]
    ignored = b"" if f["dtype"] == "string" else 2 ** int(f["dtype"][4:]) - 1 if f["dtype"][0] == "u" else -1
    per_step = math.prod(shape[2:])
    for i, v in enumerate(tokens(f)):
        if v != ignored:
            out[i // per_step // shape[1], i // per_step % shape[1]].append(v)
    return out, shape[0], shape[1]


def column_cells(c, features):
    """The cells that a column reads. Of a numeric column and rank 2 as many as its shape says make a step; B is None where the width does not allow it."""
    key = source_of(c)["key"]
    steps, batch, width = cells(features[key])
    per_step = math.prod(c["shape"]) if c["type"] == NUMERIC and len(features[key]["dense_shape"]) == 2 else 1
    if per_step == 1:
        return steps, batch, width
    if width % per_step:
        return steps, None, width
    out = defaultdict(list)
    for (b, t), v in sorted(steps.items()):
        out[b, t // per_step] += v
    return out, batch, width // per_step


def csr_cells(csr):
    rows, steps, values = csr["row_offsets"], csr["step_offsets"], tokens(csr)
    out = {}
    for b in range(len(rows) - 1):
        for s in range(rows[b], rows[b + 1]):
            v = values[steps[s]:steps[s + 1]] if steps is not None else [values[s]]
            if v:
                out[b, s - rows[b]] = v
    return out


def csr_agrees(f):
    steps, batch, _ = cells(f)
    rows, values = f["csr"]["row_offsets"], f["csr"]["step_offsets"]
    try:
        whole = len(rows) == batch + 1 and (len(tokens(f["csr"])) == rows[-1] if values is None else len(values) == rows[-1] + 1)
        return whole and csr_cells(f["csr"]) == dict(steps)
    except IndexError:
        return False


def lengths_of(steps, batch):
    out = [0] * batch
    for b, t in steps:
        out[b] = max(out[b], t + 1)
    return out


# ---------------------------------------------------------------- what seqfeat refuses: which exception, and what its message names

ARGUMENT, DATA = "InvalidArgument", "DataError"  # the caller's arguments: specs, dtypes, shapes; contents: files, records, lengths between columns, indices
SIZES = {"int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}


def refusal(kind, *names):
    return {"error": {"kinds": [kind], "names": [str(n) for n in names]}}


def limits(dtype):
    return (0, (1 << SIZES[dtype]) - 1) if dtype[0] == "u" else (-1 << SIZES[dtype] - 1, (1 << SIZES[dtype] - 1) - 1)


def bad_arguments(c):
    """[(argument, its value)] of a column."""
    whole = lambda x: isinstance(x, int) and not isinstance(x, bool)
    out = []
    if "categorical_column" in c:
        inner = c["categorical_column"]
        if inner.get("type") == WEIGHTED:
            return [] if c["type"] == "embedding_column" else [(None, None)]  # these files have no other bad ones
        out += [("categorical_column", None)] if "categorical_column" in inner else bad_arguments(inner)
        if c["type"] == "embedding_column":
            out += [("dimension", c["dimension"])] * (not whole(c["dimension"]) or not 1 <= c["dimension"] < 1 << 31)
            out += [("combiner", c["combiner"])] * (c["combiner"] not in ("mean", "sum", "sqrtn"))
            out += [("max_norm", c["max_norm"])] * (c["max_norm"] is not None and not c["max_norm"] >= 0)
        return out
    out += [("key", None)] * (not isinstance(c["key"], str) or c["key"] == "")
    if c["type"] != HASHED:  # these files have no bad ones
        return out
    out += [("hash_bucket_size", c["hash_bucket_size"])] * (not whole(c["hash_bucket_size"]) or not 2 <= c["hash_bucket_size"] < 1 << 63)
    out += [("dtype", c["dtype"])] * (c["dtype"] not in ("string", *SIZES))
    return out


def refused_column(c):
    """None, or the error. Several bad arguments: which of them is looked at first is nobody's business."""
    out = bad_arguments(c)
    if not out:
        return None
    if len(out) > 1:
        return refusal(ARGUMENT)
    argument, value = out[0]
    if argument is None:
        return refusal(ARGUMENT)
    shown = isinstance(value, (int, float)) and not isinstance(value, bool) or isinstance(value, str) and argument in ("dtype", "combiner") and value
    key = [c.get("categorical_column", c)["key"]] if argument == "hash_bucket_size" else []
    return refusal(ARGUMENT, argument, *([value] if shown else []), *key)


def refused_columns(columns, layer=False):
    for wrong in filter(None, map(refused_column, columns)):
        return wrong
    if not layer:
        return None
    names = Counter(name_of(c) for c in columns)
    for c in columns:
        if "categorical_column" not in c and c["type"] != NUMERIC or names[name_of(c)] > 1:
            return refusal(ARGUMENT, name_of(c))
    return None if columns else refusal(ARGUMENT, "column")


def refused_features(columns, features):
    """Of one layer's call; columns in the layer's order."""
    for c in columns:
        cat, weights = source_of(c), weights_of(c)
        for key in [cat["key"], *([weights] if weights else [])]:
            if key not in features:
                return refusal(ARGUMENT, key)
        if weights and {k: len(v) for k, v in cells(features[weights])[0].items()} != {k: len(v) for k, v in cells(features[cat["key"]])[0].items()}:
            return refusal(DATA, weights)
        f = features[cat["key"]]
        if f.get("shape") == []:
            return refusal(ARGUMENT, cat["key"])
        if cat["type"] == IDENTITY and f["dtype"] == "string":
            return refusal(ARGUMENT, cat["key"])
        if cat["type"] == HASHED and (cat["dtype"] == "string") != (f["dtype"] == "string"):
            return refusal(ARGUMENT, cat["key"], "string", "int")
    names, seen = [name_of(c) for c in columns], [column_cells(c, features) for c in columns]
    for c, (steps, batch, width) in zip(columns, seen):
        if c["type"] == NUMERIC and (batch is None or max(map(len, steps.values()), default=0) > math.prod(c["shape"])):
            return refusal(DATA, c["key"])
    batches = [batch for _, batch, _ in seen]
    for name, batch in zip(names, batches):
        if batch != batches[0]:
            return refusal(ARGUMENT, names[0], name, batches[0], batch)
    lengths = [lengths_of(steps, batch) for steps, batch, _ in seen]
    for row in range(batches[0]):
        found = Counter(x[row] for x in lengths)
        if len(found) > 1:  # of two columns both are named, of more the odd one
            odd = [n for n, x in zip(names, lengths) if len(names) == 2 or found[x[row]] == 1]
            if any(c["type"] == NUMERIC for c in columns):  # these files name the row alone
                odd = []
            return refusal(DATA, *odd, row)
    return None


# ---------------------------------------------------------------- seqfeat's answer: one function per kind, in the form of `expect`, arrays as numpy

def answer_fingerprint(case, shared):
    return {"fingerprint": str(fingerprint64(b64(case["bytes_b64"])))}


def answer_hash_bucket(case, shared):
    n = int(case["num_buckets"])
    return {"ids": [str(bucket(v, n)) for v in tokens(case)]} if n > 1 else refusal(ARGUMENT, "bucket", n)


def answer_hash_bucket_strong(case, shared):
    return {"ids": [str(siphash64(v, case["key"]) % int(case["num_buckets"])) for v in tokens(case)]}


def answer_keras_hashing(case, shared):
    """Keras' layer; of one bucket it has no mask."""
    n, salt, mask = case.get("num_bins", 0), case.get("salt"), case.get("mask_value")
    if n < 1:
        return {"error": {"kinds": [ARGUMENT], "names": []}}
    masks = mask is not None and n > 1
    ids = []
    for v in tokens(case):
        text = v if isinstance(v, bytes) else str(v).encode()
        hashed = (fingerprint64(text) if salt is None else siphash64(text, salt)) % (n - masks)
        ids.append(0 if masks and v == (mask.encode() if isinstance(mask, str) else mask) else hashed + masks)
    return {"ids": [str(i) for i in ids]}


def answer_sequence_features(case, shared, ftz=False, combine=None):
    columns = sorted(case["columns"], key=name_of)
    wrong = refused_columns(columns, True) or refused_features(columns, case["features"])
    if wrong:
        return wrong
    try:
        for c in columns:
            if "categorical_column" in c:
                buckets_of(source_of(c))
    except BadVocabulary as bad:
        return {"error": {"kinds": [DATA, ARGUMENT], "names": [str(a) for a in bad.args]}}
    keyed = [column_cells(c, case["features"]) for c in columns]
    batch, width = keyed[0][1], case.get("T", max(t for _, _, t in keyed))
    parts, all_ids = [], {}
    for c, (steps, _, _) in zip(columns, keyed):
        if c["type"] == NUMERIC:
            out = np.full((batch, width, math.prod(c["shape"])), c["default_value"], F32)
            for (b, t), v in steps.items():
                out[b, t, :len(v)] = v
            parts.append(out)
            continue
        n = buckets_of(source_of(c))
        ids = {k: [id_of(source_of(c), v) for v in steps[k]] for k in sorted(steps)}
        all_ids[name_of(c)] = [str(i) for v in ids.values() for i in v]
        past = [i for v in ids.values() for i in v if i >= n]
        if past and c["type"] == "embedding_column":
            return refusal(DATA, source_of(c)["key"], past[0])
        weigh = cells(case["features"][weights_of(c)])[0] if weights_of(c) else {}
        weigh = {k: [F32(w) for i, w in zip(ids[k], v) if 0 <= i < n] for k, v in weigh.items()}
        ids = {k: [i for i in v if 0 <= i < n] for k, v in ids.items()}
        out = np.zeros((batch, width, n if c["type"] == "indicator_column" else c["dimension"]), F32)
        parts.append(out)
        if c["type"] == "indicator_column":
            for (b, t), v in ids.items():
                np.add.at(out[b, t], v, F32(1))
            continue
        table, norm = tensor(case["tables"][name_of(c)], shared), c.get("max_norm")
        used = {i: table[i] if norm is None else clip_row(table[i], norm, ftz) for v in ids.values() for i in v}
        for (b, t), v in ids.items():
            rows = [used[i] for i in v]
            if rows and weights_of(c):
                found = combine_weighted(rows, weigh[b, t], c["combiner"])
                out[b, t] = out[b, t] if found is None else found
            elif rows:
                out[b, t] = combine(rows, c["combiner"]) if combine else combine_tf_cpu(rows, c["combiner"], ftz)
    lengths = lengths_of(keyed[0][0], batch)
    return {"values": np.concatenate(parts, 2), "lengths": lengths, "mask": np.arange(width)[None] < np.array(lengths, int)[:, None], "ids": all_ids}


def answer_shared_embeddings(case, shared, ftz=False, combine=None):
    """Columns of their own whose tables are one: of a spec's column `max_norm` is there, be it null."""
    columns = [{"type": "embedding_column", "dimension": case["dimension"], "combiner": case["combiner"], "max_norm": case.get("max_norm"), "categorical_column": c} for c in case["categorical_columns"]]
    tables = {name_of(c): case["table"] for c in columns}
    got = answer_sequence_features({**case, "columns": columns, "tables": tables}, shared, ftz, combine)
    return {what: got[what] for what in ("values", "lengths")}


def answer_sparse_out_of_bounds(case, shared):
    for f in case["features"].values():
        for index in f["indices"]:
            for i, n in zip(index, f["dense_shape"]):
                if not 0 <= i < n:
                    return refusal(DATA, i)


def answer_sequence_mask(case, shared):
    lengths = np.array(case["lengths"], np.int64)
    width = case["maxlen"] if case["maxlen"] is not None else max(0, lengths.max(initial=0))
    return {"mask": np.arange(width) < lengths.reshape(lengths.shape + (1,))}


def sparse_of(rows, rank):
    """(indices, values, dense_shape) as TensorFlow's parser makes them."""
    indices, values = [], []
    for b, row in enumerate(rows):
        for t, v in enumerate(row):
            for i, x in enumerate(v if rank == 3 else [v]):
                indices.append([b, t, i] if rank == 3 else [b, t])
                values.append(x)
    shape = [len(rows), max(map(len, rows), default=0)]
    if rank == 3:
        shape.append(max((len(v) for r in rows for v in r), default=0))
    return indices, values, shape


def answer_parse_example(case, shared, parse=parse_example, rank=2):
    """Protobuf's rules. Features as (dtype, indices, values, dense_shape)."""
    wrong = refused_columns(case["columns"])
    if wrong:
        return wrong
    spec = {k: s["dtype"] for k, s in case["spec"].items()}
    rows = []
    for b, serialized in enumerate(case["serialized_b64"]):
        try:
            found = parse(b64(serialized))
        except WireError:
            return refusal(DATA, b)
        rows.append({k: found[k] if rank == 3 else [found[k]] for k in spec if k in found})
        bad = []
        for k, steps in rows[-1].items():
            dtype = "string" if spec[k] == "string" else "int64"
            if any(kind not in (None, dtype) for kind, _ in steps):
                bad.append((k,))
            elif dtype == "int64":
                low, high = limits(spec[k])
                bad += [(k, v) for _, values in steps for v in values if not low <= v <= high][:1]
        if bad:
            return refusal(DATA, b, *(bad[0] if len(bad) == 1 else ()))
    lists = {k: [[v for _, v in r.get(k, [])] if rank == 3 else r.get(k, [(None, [])])[0][1] for r in rows] for k in spec}
    return {"features": {k: (spec[k], *sparse_of(lists[k], rank)) for k in spec}}


def answer_parse_sequence_example(case, shared):
    return answer_parse_example(case, shared, parse_sequence_example, 3)


def answer_tfrecord(case, shared):
    data, broken, unfinished = b64(case["file_b64"]), None, False
    if case["compression"]:
        data, broken, unfinished = inflate(data, case["compression"])
    records, _, at = read_tfrecords(data)
    wrong = refusal(DATA) if broken or unfinished else {} if at is None else refusal(DATA, at)
    return {"records_b64": [base64.b64encode(r).decode() for r in records], **wrong}


def answer_masked_rnn(case, shared):
    return {}


def answer_example(case, shared, **how):
    spec = answer_parse_spec(case, shared)
    features = answer_parse_example({**case, **spec}, shared)
    seen = {k: {"input": "sparse", "dtype": d, "indices": i, **token_field(v, d), "dense_shape": s} for k, (d, i, v, s) in features["features"].items()}
    return {**spec, **features, **answer_sequence_features(dict(case, features=seen), shared, **how)}


def answer_column(case, shared):
    c = case["column"]
    cat = c.get("categorical_column", c)
    wrong = refused_column(c)
    if wrong:
        return wrong
    shape = {"embedding_column": lambda: {"variable_shape": [c["dimension"]]}, "indicator_column": lambda: {"variable_shape": [1, cat["hash_bucket_size"]]}}
    return {"name": name_of(c), "num_buckets": str(cat["hash_bucket_size"]), "spec": {cat["key"]: {"type": "VarLenFeature", "dtype": cat["dtype"]}},
            **shape.get(c["type"], dict)()}


def answer_parse_spec(case, shared):
    wrong, spec = refused_columns(case["columns"]), {}
    for c in case["columns"]:
        cat = c.get("categorical_column", c)
        mine = {"type": "VarLenFeature", "dtype": cat["dtype"]}
        if wrong is None and spec.setdefault(cat["key"], mine) != mine:
            wrong = refusal(ARGUMENT, cat["key"])
    return wrong or {"spec": spec}


def cross(fingerprints, others):
    """FingerprintCat64 of two."""
    mul, shift = 0xC6A4A7935BD1E995, lambda v: v ^ v >> 47
    r = fingerprints ^ mul
    r ^= shift(others * mul & M64) * mul & M64
    r = shift(r * mul & M64) * mul & M64
    return shift(r)


def answer_crossed_column(case, shared):
    """The values of a row are a step. Dense operands come last, and drop nothing."""
    features = case["features"]
    if any(f["input"] == "sparse" and len(f["dense_shape"]) != 2 for f in features.values()):
        return {"error": {"kinds": [ARGUMENT, "DataError"], "names": []}}
    keys = sorted(case["keys"], key=lambda k: features[k]["input"] == "dense")
    rows = {}
    for k in keys:
        f = features[k]
        bits = [fingerprint64(v) if isinstance(v, bytes) else v & M64 for v in tokens(f)]
        if f["input"] == "dense":
            batch, width = f["shape"]
            rows[k] = [bits[b * width:(b + 1) * width] for b in range(batch)]
        else:
            batch, rows[k] = f["dense_shape"][0], []
            for b in range(batch):
                rows[k].append([bits[i] for i, (row, _) in enumerate(f["indices"]) if row == b])
    indices, ids = [], []
    for b in range(batch):
        for i, values in enumerate(itertools.product(*(rows[k][b] for k in keys))):
            hashed = int(case.get("hash_key") or 0xDECAFCAFFE)
            for value in values:
                hashed = cross(hashed, value)
            indices.append([b, i])
            ids.append(str(hashed % case["hash_bucket_size"]))
    most = max((i + 1 for _, i in indices), default=0)
    return {"indices": indices, "ids": ids, "dense_shape": [batch, most], "name": "_X_".join(sorted(keys))}


def answer_layer(case, shared):
    return refused_columns(case["columns"], True) or {"order": sorted(map(name_of, case["columns"]))}


ANSWERS = {n[7:]: f for n, f in list(globals().items()) if n.startswith("answer_")}


KNOWN = {None, HASHED, IDENTITY, VOCABULARY_LIST, VOCABULARY_FILE, NUMERIC, WEIGHTED, "embedding_column", "indicator_column"}


def answer(case, shared=()):
    """None for a kind or a column that has no rules here."""
    columns = case.get("columns", []) + ([case["column"]] if "column" in case else [])
    inner = [c.get("categorical_column") or {} for c in columns]
    if case["kind"] not in ANSWERS or not {c.get("type") for c in columns + inner} <= KNOWN:
        return None
    return ANSWERS[case["kind"]](case, shared)


# ---------------------------------------------------------------- comparing

def same_values(got, want):
    """(same bits, largest difference in ulp); NaN equals any NaN."""
    if got.shape != want.shape:
        return False, 0
    u = ulps(got, want)
    return not u.any() and bool((np.signbit(got) == np.signbit(want))[~np.isnan(want)].all()), int(u.max(initial=0))


def same_feature(got, want):
    values = tokens(want)
    return got == (want["dtype"], want["indices"], values, want["dense_shape"]) and csr_agrees(want)


def near_values(got, want, tolerance):
    """The same within a distance relative to the largest value: sums in two orders whose terms cancel differ by as much as their terms are large."""
    return got.shape == want.shape and bool((np.abs(got - want) <= F32(tolerance) * np.abs(want).max(initial=0)).all()), 0


def compare(got, want, shared=(), tolerance=None):
    """An answer from above with one from a file: yields (what, ok, ulp)."""
    if "error" in got or "error" in want:
        yield "error", got.get("error") == want.get("error"), 0
    if "error" not in got or "records_b64" in got:
        yield "fields", {*got} - {"error"} == {*want} - {"error"}, 0
    for k in {*got} & {*want} - {"error"}:
        if k in ("values", "mask"):
            have = tensor(want[k], shared)
            of_values = lambda: near_values(got[k], have, tolerance) if tolerance else same_values(got[k], have)
            ok, u = of_values() if k == "values" else (got[k].shape == have.shape and bool((got[k] == have).all()), 0)
            yield k, ok, u
        elif k == "features":
            yield "keys", {*got[k]} == {*want[k]}, 0
            for key in {*got[k]} & {*want[k]}:
                yield f"feature {key}", same_feature(got[k][key], want[k][key]), 0
        else:
            yield k, got[k] == want[k], 0


def rnn_reference(values, mask, rnn):
    kernel, recurrent, bias = (tensor(rnn[k]).astype(float) for k in ("kernel", "recurrent_kernel", "bias"))
    state = np.zeros((values.shape[0], rnn["units"]))
    outputs, previous = [], np.zeros_like(state)
    for t in range(values.shape[1]):
        new = np.tanh(values[:, t].astype(float) @ kernel + state @ recurrent + bias)
        on = mask[:, t][:, None]
        state, previous = np.where(on, new, state), np.where(on, new, previous)
        outputs.append(previous)
    return np.stack(outputs, 1) if outputs else np.zeros((values.shape[0], 0, rnn["units"])), state


def check_rnn(values, mask, rnn):
    """Against a float64 run."""
    outputs, state = rnn_reference(values, mask, rnn)
    for what, want in (("outputs_sequence", outputs), ("state", state), ("outputs_last", outputs[:, -1])):
        d = float(np.abs(tensor(rnn["expect"][what]) - want).max(initial=0))
        yield f"rnn {what}: {d:.1e} away", d < 2e-6, 0
    yield "last output is the state", (tensor(rnn["expect"]["outputs_last"]) == tensor(rnn["expect"]["state"])).all(), 0


# ---------------------------------------------------------------- checking a case: its form, our answer, and TensorFlow's where it is another

def check_form(case):
    ours, theirs = case.get("ours"), case["expect"]
    yield "no field of the old form", "protobuf" not in case, 0
    yield "an error that TensorFlow gives has `ours` beside it", "error" not in theirs or ours is not None, 0
    yield "`differs` only beside `ours`", "differs" not in case or ours is not None, 0
    yield "`ours` without `differs` only where both are errors", ours is None or "differs" in case or "error" in ours and "error" in theirs, 0
    e = (ours or {}).get("error", {"kinds": [ARGUMENT], "names": []})
    yield "form of the error", ({*e} == {"kinds", "names"} and bool(e["kinds"]) and {*e["kinds"]} <= {ARGUMENT, DATA}
                                and all(isinstance(n, str) and n for n in e["names"])), 0


def tensorflow_sequence_features(case, shared):
    columns, expect = sorted(case["columns"], key=name_of), case["expect"]
    if "error" not in expect and any(c["type"] == NUMERIC for c in columns):
        return  # it writes outside of the mask, which has no rule
    if "error" not in expect:
        yield from compare(answer_sequence_features(case, shared, ftz=True), expect, shared)
        return
    message = expect["error"]["message"]
    if any(weights_of(c) for c in columns):
        yield "error of weights", any(text in message for text in ("is not in features dictionary", "are not compatible", "Expected start to be a vector")), 0
        return
    keyed = [column_cells(c, case["features"]) for c in columns if c.get("categorical_column", c)["key"] in case["features"]]
    if any(b is None for _, b, _ in keyed):
        yield "reshape error", "requested shape requires a multiple" in message, 0
        return
    lens = [lengths_of(s, b) for s, b, _ in keyed]
    if len({b for _, b, _ in keyed}) > 1:
        yield "batch size error", "Batch size" in message, 0
    elif any(x != lens[0] for x in lens):
        yield "length error", message.startswith("Condition x == y did not hold"), 0
    elif len({t for _, _, t in keyed}) > 1:
        yield "width error", "Dimension 1 in both shapes must be equal" in message, 0
    else:
        yield "error without a rule", None, 0


def tensorflow_parse_example(case, shared):
    if any(s["dtype"] not in ("string", "int64") for s in case["spec"].values()):
        yield "dtype refused", "error" in case["expect"], 0


def tensorflow_tfrecord(case, shared):
    data, expect, broken = b64(case["file_b64"]), case["expect"], None
    if case["compression"]:
        data, broken, _ = inflate(data, case["compression"])
    records, error, _ = read_tfrecords(data)
    if broken:
        yield "inflate error", "inflate() failed" in expect.get("error", {"message": ""})["message"], 0
        return
    yield "records", [b64(r) for r in expect["records_b64"]] == records, 0
    yield "error", (expect["error"]["message"].startswith(error) if error else False) if "error" in expect else error is None, 0


TENSORFLOW = {n[11:]: f for n, f in list(globals().items()) if n.startswith("tensorflow_")}


def check_case(case, shared=(), stats=None):
    """Yields (what, ok or None where there is no rule, ulp)."""
    yield from check_form(case)
    for k, f in case.get("features", {}).items():
        if "csr" in f:
            yield f"csr of {k}", csr_agrees(f), 0
    got, want = answer(case, shared), case.get("ours", case["expect"])
    yield "there is a rule", got is not None, 0
    yield from compare(got, want, shared, case.get("tolerance")) if got is not None else ()
    if "ours" in case and case["kind"] in TENSORFLOW:
        yield from (("TensorFlow's " + what, ok, u) for what, ok, u in TENSORFLOW[case["kind"]](case, shared))
    if case["kind"] == "masked_rnn":
        yield from check_rnn(tensor(case["values"]), tensor(case["mask"]), case["rnn"])
    for rnn in case["rnn"] if case["kind"] == "example" else ():
        yield from check_rnn(tensor(case["expect"]["values"]), tensor(case["expect"]["mask"]), rnn)
    if stats is not None and "values" in (got or {}):
        d = ulps(got["values"], ANSWERS[case["kind"]](case, shared, combine=combine_plain)["values"])
        stats["cells"] += d.size
        stats["cells that a plain sum and division would change"] += int((d > 0).sum())
        stats["largest such change, ulp"] = max(stats["largest such change, ulp"], int(d.max(initial=0)))


def own_files(directory):
    """The files with TensorFlow's answers. Those of training have rules of their own (check_train.py)."""
    return [path for path in sorted(pathlib.Path(directory).glob("*.json")) if path.stem not in ("gradient", "optimizer", "train_step")]


def table(directory):
    """Cases per file and kind, in Markdown."""
    wider = 0
    lines, total = ["| file | kind | cases | with `ours` | of these an error |", "|---|---|---|---|---|"], Counter()
    for path in own_files(directory):
        rows = defaultdict(Counter)
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            wider += case.get("T", 0) > max(case.get("ours", case["expect"]).get("lengths", [case.get("T", 0)]), default=0)
            for row in (rows[case["kind"]], total):
                row["cases"] += 1
                row["ours"] += "ours" in case
                row["errors"] += "error" in case.get("ours", {})
        lines += [f"| `{path.name}` | `{kind}` | {n['cases']} | {n['ours']} | {n['errors']} |" for kind, n in sorted(rows.items())]
    lines += [f"| **all** | | {total['cases']} | {total['ours']} | {total['errors']} |", "", f"In {wider} cases `T` is greater than the longest row."]
    return "\n".join(lines)


def check(directory, verbose=True):
    """Prints one line per file and a table of what is there; returns the number of disagreements."""
    directory, failed, kept = pathlib.Path(directory), 0, F32(1e-40) + F32(0)
    assert kept != 0, "this process flushes denormals"
    for path in own_files(directory):
        doc = json.loads(path.read_text(encoding="utf-8"))
        count, worst, stats, ours = Counter(), 0, Counter(), Counter()
        names = [c["name"] for c in doc["cases"]]
        assert len(names) == len(set(names)), f"{path.name}: a name is used twice"
        for case in doc["cases"]:
            ours["ours"] += "ours" in case
            ours["differ"] += "differs" in case
            plain = case["kind"] in ("sequence_features", "example") and not case["name"].startswith("values/")
            for what, ok, ulp in check_case(case, doc.get("tensors", {}), stats if plain else None):
                worst = max(worst, ulp)
                count["no rule" if ok is None else "agree" if ok else "DISAGREE"] += 1
                if ok is not None and not ok:
                    failed += 1
                    if verbose and count["DISAGREE"] <= 20:
                        print(f"    {path.name} {case['name']}: {what} (ulp {ulp}) {str(case.get('ours', case['expect']))[:300]}")
        line = ", ".join(f"{k} {v}" for k, v in sorted(count.items()))
        print(f"{path.name}: {len(doc['cases'])} cases, {ours['ours']} with ours ({ours['differ']} of them differ), {path.stat().st_size} bytes; {line}; "
              f"largest difference {worst} ulp")
        for k, v in stats.items():
            print(f"    {k}: {v}")
    made, readme = table(directory), directory / "README.md"
    print("\n" + made + "\n")
    if readme.exists() and made not in readme.read_text(encoding="utf-8"):
        failed += 1
        print("README.md has another table")
    print(f"{failed} disagreements")
    return failed
