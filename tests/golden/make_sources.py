#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden data of sources of ids, computed as make.py does: make_sources.py OUTPUT_DIRECTORY --seed NAMESPACE writes keyed.json and vocabulary.json."""
import pathlib
import re
import tempfile

import check as rules
import make
from make import COMBINERS, Sparse, b64

WORDS = tempfile.TemporaryDirectory()
LIST, FILE = (f"sequence_categorical_column_with_vocabulary_{kind}" for kind in ("list", "file"))


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


def listed(key, words, dtype="string", default=-1, others=0):
    words = {"vocabulary_list_b64": [b64(w) for w in words]} if isinstance(words[0], bytes) else {"vocabulary_list": [str(w) for w in words]}
    return {"type": LIST, "key": key, **words, "dtype": dtype, "default_value": default, "num_oov_buckets": others}


def filed(key, content, size=None, dtype="string", default=None, others=0):
    return {"type": FILE, "key": key, "file_b64": b64(content), "vocabulary_size": size, "dtype": dtype, "default_value": default, "num_oov_buckets": others}


def rows_of(column):
    words = column.get("vocabulary_list_b64") or column.get("vocabulary_list") or rules.b64(column["file_b64"]).rstrip(b"\n").split(b"\n")
    return (column.get("vocabulary_size") or len(words)) + column["num_oov_buckets"]


def build(column, table=None):
    """make.build() for an embedding or an indicator of a vocabulary column."""
    inner, fc, tf = column["categorical_column"], make.fc, make.tf
    options = {"dtype": getattr(tf, inner["dtype"]), "default_value": inner["default_value"], "num_oov_buckets": inner["num_oov_buckets"]}
    if inner["type"] == LIST:
        words = [rules.b64(w) for w in inner["vocabulary_list_b64"]] if "vocabulary_list_b64" in inner else [int(w) for w in inner["vocabulary_list"]]
        ids = fc.sequence_categorical_column_with_vocabulary_list(inner["key"], words, **options)
    else:
        content = rules.b64(inner["file_b64"])
        path = pathlib.Path(WORDS.name) / f"{rules.fingerprint64(content)}.txt"
        path.write_bytes(content)
        ids = fc.sequence_categorical_column_with_vocabulary_file(key=inner["key"], vocabulary_file=str(path), vocabulary_size=inner["vocabulary_size"], **options)
    if column["type"] == "indicator_column":
        return fc.indicator_column(ids)
    return fc.embedding_column(ids, column["dimension"], combiner=column["combiner"], initializer=lambda *_, **__: tf.constant(table))


def vocabulary_case(f, name, column, feature):
    inner = column["categorical_column"]
    tables = {inner["key"] + "_embedding": f.table(max(1, rows_of(inner)), 3)} if column["type"] == "embedding_column" else {}
    case = {"name": name, "kind": "sequence_features", "columns": [column], "features": {inner["key"]: {**feature.json(), "csr": make.csr(feature)}}, "tables": tables}
    try:
        said = make.layer_answer(f, [column], {inner["key"]: feature}, tables)[0]
        case.update(T=said["values"]["shape"][1], expect=said)
    except Exception as e:  # what TensorFlow says is the expectation
        case["expect"] = make.error(e)
        message = re.sub(re.escape(WORDS.name) + r"/\d+\.txt", "PATH", case["expect"]["error"]["message"])
        case["expect"]["error"]["message"] = message
        names = ["4", "3"] if "expected 4 but got 3" in message else ["x"] if "Field x" in message else []
        case["ours"] = {"error": {"kinds": ["DataError", "InvalidArgument"], "names": names}}
    f.cases.append(case)


def make_vocabulary(f):
    make.build = build  # layer_answer() asks for it

    def both(name, column, feature, combiner="mean"):
        vocabulary_case(f, name + ", embedded", make.embedding(column, 3, combiner), feature)
        vocabulary_case(f, name + ", counted", make.indicator(column), feature)

    words = [b"omar", b"stringer", b"marlo", "é".encode(), b"", b"a b"]
    for k in range(8):
        r = f.rng(f"vocabulary {k}")
        rows = [[(words + [b"skywalker", b"fox", b"OMAR"])[r.integers(9)] for _ in range(r.integers(0, 5))] for _ in range(3)]
        for name, column in (("default -1", listed("w", words)), ("default 2", listed("w", words, default=2)), ("7 oov", listed("w", words, others=7)), ("1 oov", listed("w", words, others=1))):
            both(f"vocabulary/{name}, {k}", column, Sparse.of(rows, width=4), COMBINERS[k % 3])
    ints = [30, 35, 11, -23, 2**62]
    for k in range(4):
        r = f.rng(f"int vocabulary {k}")
        rows = [[int((ints + [0, -1, 99])[r.integers(8)]) for _ in range(r.integers(0, 5))] for _ in range(3)]
        both(f"vocabulary/integers, default -1, {k}", listed("i", ints, "int64"), Sparse.of(rows, "int64", width=4))
        both(f"vocabulary/integers, 100 oov, {k}", listed("i", ints, "int64", others=100), Sparse.of(rows, "int64", width=4))
    some = Sparse.of([[b"omar", b"x", b"stringer"]])
    files = {"lines": b"omar\nstringer\nmarlo\n", "no newline at the end": b"omar\nstringer\nmarlo", "CR LF": b"omar\r\nstringer\r\nmarlo\r\n", "CR inside": b"om\rar\nstringer\n",
             "spaces kept": b" omar\nomar \nomar\n", "empty line": b"omar\n\nstringer\n", "a word twice": b"omar\nomar\n", "one word": b"omar", "no words": b"", "bytes": b"\xff\xfe\nomar\n"}
    for name, data in files.items():
        both(f"vocabulary file/{name}", filed("w", data), some)
        both(f"vocabulary file/{name}, 3 oov", filed("w", data, others=3), some)
    both("vocabulary file/size 2 of 3", filed("w", files["lines"], 2), some)
    both("vocabulary file/size 2 of 3, 5 oov", filed("w", files["lines"], 2, others=5), some)
    both("vocabulary file/size 4 of 3", filed("w", files["lines"], 4), some)
    both("vocabulary file/default 1", filed("w", files["lines"], default=1), some)
    both("vocabulary file/integers", filed("i", b"30\n-5\n11\n", dtype="int64", others=3), Sparse.of([[11, 30, 31, -5]], "int64"))
    both("vocabulary file/integers, a word among them", filed("i", b"30\nx\n", dtype="int64"), Sparse.of([[30]], "int64"))


FILES = {"keyed": make_keyed, "vocabulary": make_vocabulary}

if __name__ == "__main__":
    make.main_of(__doc__, FILES)
