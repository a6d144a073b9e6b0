# SPDX-License-Identifier: Apache-2.0
"""A job for `seqfeat run` by chance: spec, tables, files and options, and the rows that have to come out."""
import array
import json

import files
from model import length_of, name_of, rows_of

RANGES = {"int8": (-2**7, 2**7 - 1), "int32": (-2**31, 2**31 - 1), "int64": (-2**63, 2**63 - 1), "uint16": (0, 2**16 - 1)}
WORDS = [b"", b"a", b"the", b"->", b"sea", "häß".encode(), b"x" * 30, b"-1", b"0"]
EMITS = ("values,lengths,mask", "values,lengths,mask", "values", "lengths", "ids", "values,lengths,mask,ids", "ragged", "ragged,lengths,ids", "mask,ids")


class Job:
    def __init__(self, random, folder):
        self.random, self.folder = random, folder
        self.form = random.choice(list(files.WRITERS))
        self.skips = random.random() < 0.4
        self.keep = {} if self.form == "text" or random.random() < 0.5 else random.choice(({"label": int}, {"id": bytes}, {"label": float, "id": bytes}))
        self.spec = self.make_spec()
        self.batch_size = random.choice((1, 2, 7, 16, 64))
        self.emit = random.choice(EMITS)
        self.count = random.choice((0, 1, 5, 60, 300, 300))
        self.shards = random.choice((1, 1, 2, 3))
        self.rejected = {}  # of each file: the numbers of the records that are left out
        self.rows = {}  # of each file
        self.make_files()
        self.make_tables()

    def make_spec(self):
        random, columns, dtypes = self.random, [], {}
        self.ends = {}  # of keys whose values must be below
        keys = ["tokens"] if self.form == "text" else random.choice((["tokens"], ["a", "b"], ["tokens", "n", "z"]))
        for key in keys:
            dtypes[key] = random.choice(("string", "string", *RANGES))
            kinds = random.choice((("embedding",), ("embedding",), ("indicator",), ("embedding", "indicator")))
            if "embedding" in kinds:
                size = random.choice((2, 10, 1000, 1000, 50_000, 300_000 if random.random() < 0.1 else 5))
                columns.append({"type": "embedding_column", "dimension": random.choice((1, 3, 8, 64 if random.random() < 0.2 else 10)),
                                "combiner": random.choice(("mean", "sum", "sqrtn")), "categorical_column": self.source(key, dtypes[key], size, True)})
            if "indicator" in kinds:
                columns.append({"type": "indicator_column", "categorical_column": self.source(key, dtypes[key], random.choice((2, 5, 16)), False)})
        random.shuffle(columns)
        self.dtypes = dtypes
        most = random.choice((None, 1, 5, 20))
        return {"version": 1, "columns": columns, "max_length": most, "truncation": "error" if most is None else random.choice(("keep_first", "keep_last", "error")),
                "padding": "longest" if most is None else random.choice(("longest", "max_length")), "padding_side": random.choice(("left", "right")),
                "pad_to_multiple_of": random.choice((1, 1, 4))}

    def source(self, key, dtype, size, embedded):
        """A categorical column."""
        if dtype == "string" or self.random.random() < 0.6:
            return {"type": "sequence_categorical_column_with_hash_bucket", "key": key, "dtype": dtype, "hash_bucket_size": size}
        default = self.random.choice((None, None, 0, size - 1))
        if embedded and default is None:
            size = self.ends[key] = self.random.choice((10, 100))
        return {"type": "sequence_categorical_column_with_identity", "key": key, "dtype": dtype, "num_buckets": size, "default_value": default}

    # ---- Rows.

    def value(self, key):
        random, dtype = self.random, self.dtypes[key]
        if dtype == "string":
            words = WORDS[1:] if self.form == "text" else WORDS
            return random.choice(words) if random.random() < 0.5 else b"w%d" % random.randrange(2000)
        low, high = RANGES[dtype]
        high = min(high, self.ends.get(key, high + 1) - 1)
        return random.choice((low, high, max(low, -1), 0, 7)) if random.random() < 0.2 else random.randint(max(low, -50), min(high, 3000))

    def length(self):
        most = self.spec["max_length"] if self.spec["truncation"] == "error" else None
        length = self.random.choice((0, 1, 3, 3, 8, 30))
        return length if most is None else min(length, most)

    def steps(self, key, length):
        nested = self.form in ("tfrecord:sequence_example", "jsonl")
        counts = [self.random.choice((0, 1, 1, 2, 9, 10, 17, 24)) if nested and self.random.random() < 0.2 else 1 for _ in range(length)]
        if counts and counts[-1] == 0:
            counts[-1] = 1
        steps = [[self.value(key) for _ in range(count)] for count in counts]
        if nested and self.random.random() < 0.05:
            steps.append([])  # holes at the end are no steps
        return steps

    def row(self):
        length = self.length()
        kept = {key: {int: lambda: self.random.randint(-2**63, 2**63 - 1), float: lambda: self.random.choice((0.5, -3.25, 1e9)), bytes: lambda: b"id-%d" % self.random.randrange(10**6)}[kind]()
                for key, kind in self.keep.items()}
        return {key: self.steps(key, length) for key in self.dtypes}, kept

    def bad(self):
        """A record that cannot be used, as bytes."""
        row, kept = self.row()
        write, kinds = files.WRITERS[self.form], []
        if self.form != "text":
            kinds.append("malformed")
            if len(self.dtypes) > 1:
                kinds.append("lengths")
        if self.keep:
            kinds.append("without")
        if self.spec["truncation"] == "error" and self.spec["max_length"]:
            kinds.append("long")
        if self.ends:
            kinds.append("past the end")
        if self.form == "text" and self.dtypes["tokens"] != "string" and not (self.ends and self.random.random() < 0.5):
            return b"12x"
        if not kinds:
            return None
        kind = self.random.choice(kinds)
        if kind == "malformed":
            return b"{" if self.form == "jsonl" else b"\x0a\x05"
        if kind == "without":
            return write(row, {})
        if kind == "long":
            most = self.spec["max_length"] + 1
            return write({key: [[self.value(key)] for _ in range(most)] for key in self.dtypes}, kept)
        if kind == "past the end":
            row = {key: [[self.value(key)]] for key in self.dtypes}
            key = self.random.choice(list(self.ends))
            return write(row | {key: [[self.ends[key]]]}, kept)
        keys = list(self.dtypes)
        length = length_of(row[keys[0]])
        row[keys[0]] = [[self.value(keys[0])] for _ in range(length + 1 if length == 0 or self.spec["truncation"] != "error" else length - 1)]
        return write(row, kept)

    # ---- Files.

    def make_files(self):
        random, self.files = self.random, []
        compression = "" if self.form == "text" and random.random() < 0.5 else random.choice(("", "gzip", "zlib"))
        ending = {"text": ".txt", "jsonl": ".jsonl"}.get(self.form, ".tfrecord")
        left = self.count
        for number in range(random.randint(1, 5)):
            size = random.randint(0, left) if random.random() < 0.7 else left
            left -= size
            name = self.folder / f"in-{number}{ending}{'.gz' if compression == 'gzip' and random.random() < 0.5 else ''}"
            self.write(name, size, compression, number)
        self.arguments_of_format = ["--input-format", self.form] if self.form.endswith("sequence_example") and random.random() < 0.5 else []
        if self.form.endswith("sequence_example") and not self.arguments_of_format and not any(self.rows.values()):
            self.arguments_of_format = ["--input-format", self.form]

    def write(self, name, size, compression, number):
        write, records, rows, rejected = files.WRITERS[self.form], [], [], []
        first = 0 if self.form.startswith("tfrecord") else 1
        for _ in range(size):
            if self.skips and self.random.random() < 0.1 and (bad := self.bad()) is not None:
                rejected.append(first + len(records))
                records.append(bad)
            rows.append(self.row())
            records.append(write(*rows[-1]))
        data = files.whole(self.form, records)
        if self.skips and self.form.startswith("tfrecord") and records and self.random.random() < 0.3:
            data += b"\x05\0\0"  # the file ends there
            rejected.append(len(records))
        name.write_bytes(files.COMPRESS[compression](data))
        self.files.append(name)
        self.rows[number], self.rejected[number] = rows, rejected

    def make_tables(self):
        self.spec_file = self.folder / "spec.json"
        self.spec_file.write_text(json.dumps(self.spec))
        self.tables_file, self.tables = None, {}
        shapes = {name_of(column): [rows_of(column["categorical_column"]), column["dimension"]] for column in self.spec["columns"] if "dimension" in column}
        if shapes and self.random.random() < 0.6:
            pattern = array.array("f", [self.random.gauss(0, 1) for _ in range(4099)]).tobytes()
            self.tables_file = self.folder / "tables.safetensors"
            data = {name: (shape, (pattern * (shape[0] * shape[1] // 4099 + 1))[:4 * shape[0] * shape[1]]) for name, shape in shapes.items()}
            files.write_safetensors(self.tables_file, data)
            self.tables = {name: array.array("f", content) for name, (_, content) in data.items()}

    # ---- How it is called.

    def arguments(self, shard, batch_size=None):
        out = ["run", "--quiet", "--spec", str(self.spec_file), "--batch-size", str(batch_size or self.batch_size), "--emit", self.emit, *self.arguments_of_format]
        if self.tables_file:
            out += ["--tables", str(self.tables_file)]
        if self.keep:
            out += ["--keep", ",".join(self.keep)]
        if self.skips:
            out += ["--on-error", "skip"]
        if self.shards > 1:
            out += ["--shard", f"{shard}/{self.shards}"]
        return out + list(map(str, self.files))

    def rows_of(self, shard):
        return [row for number in sorted(self.rows) if number % self.shards == shard for row in self.rows[number]]

    def rejected_of(self, shard):
        return [(str(self.files[number]), record) for number in sorted(self.rejected) if number % self.shards == shard for record in self.rejected[number]]
