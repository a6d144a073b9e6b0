# SPDX-License-Identifier: Apache-2.0
"""What parts have to hold, computed row by row as docs/semantics.md and docs/formats.md say it; only buckets come from `seqfeat hash`."""
import array
import math
import struct
import subprocess


def f32(number):
    """Rounded to float32. Sums, products and quotients of two floats are exact enough as doubles for one rounding to be the right one."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def rows_of(source):
    return source["num_buckets"] if "num_buckets" in source else source["hash_bucket_size"]


def ids_of(program, source, tokens):
    """{token: id} of a categorical column."""
    if "hash_bucket_size" in source:
        return buckets(program, tokens, source["dtype"], source["hash_bucket_size"])
    known, default = range(source["num_buckets"]), source["default_value"]
    return {token: token if default is None or token in known else default for token in tokens}


def buckets(program, tokens, dtype, count):
    """{token: bucket}; tokens with a newline cannot stand in a line, so that jobs have none."""
    tokens = sorted(tokens)
    lines = b"".join((token if isinstance(token, bytes) else b"%d" % token) + b"\n" for token in tokens)
    done = subprocess.run([program, "hash", "--buckets", str(count), "--dtype", dtype], input=lines, stdout=subprocess.PIPE, check=True)
    return dict(zip(tokens, map(int, done.stdout.split()), strict=True))


def combined(combiner, rows):
    """The vector of a step from the table's rows of its values, in TensorFlow's order and roundings."""
    n = len(rows)
    if n == 1:
        return rows[0]
    leading = n % 8 if n % 8 >= 2 else n % 8 + 8
    leading = min(leading, n)
    out = []
    for column in zip(*rows):
        total = column[0]
        for value in column[1:leading]:
            total = f32(total + value)
        for begin in range(leading, n, 8):
            eight = column[begin]
            for value in column[begin + 1:begin + 8]:
                eight = f32(eight + value)
            total = f32(total + eight)
        if combiner != "sum":
            divisor = f32(math.sqrt(n)) if combiner == "sqrtn" else float(n)
            total = f32(total * f32(1 / divisor)) if n < 10 else f32(total / divisor)
        out.append(total)
    return out


def length_of(steps):
    return max((i + 1 for i, step in enumerate(steps) if step), default=0)


class Model:
    """`tables` has for each embedding's full name its floats, one row behind the other."""

    def __init__(self, program, spec, rows, tables):
        self.spec, self.tables = spec, tables
        self.columns = sorted(spec["columns"], key=name_of)
        self.ids = []  # a map for each column
        for column in self.columns:
            source = column["categorical_column"]
            tokens = {value for row, _ in rows for step in row[source["key"]] for value in step}
            self.ids.append(ids_of(program, source, tokens))

    def width(self, column):
        return column["dimension"] if "dimension" in column else rows_of(column["categorical_column"])

    def kept_steps(self, row, column):
        steps = row[column["categorical_column"]["key"]]
        steps, most = steps[:length_of(steps)], self.spec["max_length"]
        if most is None or len(steps) <= most:
            return steps
        return steps[-most:] if self.spec["truncation"] == "keep_last" else steps[:most]

    def step(self, column, ids):
        width, known = self.width(column), range(rows_of(column["categorical_column"]))
        ids = [i for i in ids if i in known]
        if "dimension" not in column:
            counts = [0.0] * width
            for i in ids:
                counts[i] += 1
            return counts
        if not ids:
            return [0.0] * width
        table = self.tables[name_of(column)]
        return combined(column["combiner"], [table[i * width:(i + 1) * width] for i in ids])

    def part(self, rows, emit, keep):
        """{name: (dtype, shape, values)} of one batch."""
        spec, tensors = self.spec, {}
        ids = [[[[numbers[value] for value in step] for step in self.kept_steps(row, column)] for row, _ in rows] for column, numbers in zip(self.columns, self.ids)]
        lengths = [len(steps) for steps in ids[0]]
        longest = spec["max_length"] if spec["padding"] == "max_length" else max(lengths, default=0)
        most = -(-longest // spec["pad_to_multiple_of"]) * spec["pad_to_multiple_of"]
        width = sum(map(self.width, self.columns))
        padded = {"values", "ragged"} & set(emit)
        vectors = [[[x for column, steps in zip(self.columns, ids) for x in self.step(column, steps[b][t])] for t in range(length)] for b, length in enumerate(lengths)] if padded else []
        left = spec["padding_side"] == "left"
        if "values" in emit:
            zero = [0.0] * width
            flat = [x for steps in vectors for vector in pad(steps, most, zero, left) for x in vector]
            tensors["values"] = "F32", [len(rows), most, width], flat
        if "ragged" in emit:
            tensors["ragged_values"] = "F32", [sum(lengths), width], [x for steps in vectors for vector in steps for x in vector]
            tensors["row_offsets"] = "I64", [len(rows) + 1], sums(lengths)
        if "lengths" in emit:
            tensors["lengths"] = "I64", [len(rows)], lengths
        if "mask" in emit:
            tensors["mask"] = "BOOL", [len(rows), most], [cell for length in lengths for cell in pad([1] * length, most, 0, left)]
        for column, steps in zip(self.columns, ids) if "ids" in emit else ():
            name, flat = name_of(column), [step for row in steps for step in row]
            tensors[f"ids/{name}"] = "I64", [sum(map(len, flat))], [i for step in flat for i in step]
            tensors[f"row_offsets/{name}"] = "I64", [len(rows) + 1], sums(map(len, steps))
            tensors[f"step_offsets/{name}"] = "I64", [len(flat) + 1], sums(map(len, flat))
        for key in keep:
            tensors |= kept(key, [values[key] for _, values in rows])
        return tensors


def name_of(column):
    return column["categorical_column"]["key"] + ("_embedding" if "dimension" in column else "_indicator")


def pad(steps, to, filler, left):
    padding = [filler] * (to - len(steps))
    return padding + steps if left else steps + padding


def sums(counts):
    total, out = 0, [0]
    for count in counts:
        total += count
        out.append(total)
    return out


def kept(key, values):
    if isinstance(values[0], bytes):
        return {f"keep/{key}": ("U8", [sum(map(len, values))], list(b"".join(values))), f"keep_offsets/{key}": ("I64", [len(values) + 1], sums(map(len, values)))}
    return {f"keep/{key}": ("F32" if isinstance(values[0], float) else "I64", [len(values)], values)}


def difference(expected, found):
    """The first tensor that is not as it should be, in words, or None. Zeros count by their sign."""
    if sorted(expected) != sorted(found):
        return f"tensors {sorted(found)}, expected {sorted(expected)}"
    for name, (dtype, shape, values) in expected.items():
        if (dtype, shape) != found[name][:2]:
            return f"{name}: {found[name][0]} {found[name][1]}, expected {dtype} {shape}"
        wanted = array.array(found[name][2].typecode, values)
        if wanted.tobytes() != found[name][2].tobytes():
            at = next(i for i, (a, b) in enumerate(zip(wanted, found[name][2])) if struct.pack("d", a) != struct.pack("d", b))
            return f"{name}: element {at} is {found[name][2][at]!r}, expected {wanted[at]!r}"
    return None
