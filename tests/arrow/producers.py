# SPDX-License-Identifier: Apache-2.0
"""Producers of Arrow memory: each makes the same kinds of rows in its own layouts.

A producer's cases are (name, source, key, rows, depth): `source()` has Arrow's protocol.
"""

import importlib

from rows import rows, tokens

INTEGERS = {f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)}
INTEGERS |= {f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)}


def slices(name, array, key, values, depth):
    """The array, and parts of it that begin anywhere in bytes of bitmaps."""
    for begin, end in ((0, len(values)), (3, len(values) - 2), (11, 12), (5, 5)):
        yield f"{name}[{begin}:{end}]", lambda b=begin, e=end: array[b:e], key, values[begin:end], depth


class PyArrow:
    NAME = "pyarrow"

    def cases(self):
        pa = self.module
        strings = [pa.string(), pa.large_string(), pa.string_view()]
        binaries = [pa.binary(), pa.large_binary(), pa.binary_view()]
        lists = [pa.list_, pa.large_list, pa.list_view, pa.large_list_view]
        kinds = [(token, "str") for token in strings] + [(token, "bytes") for token in binaries]
        kinds += [(getattr(pa, name)(), span) for name, span in INTEGERS.items()]
        for seed, (token, kind) in enumerate(kinds):
            for depth, type_ in enumerate([token, lists[seed % 4](token), lists[seed % 4](lists[seed // 4 % 4](token))]):
                values = rows(tokens(kind, seed), depth, seed)
                yield from slices(str(type_), pa.array(values, type_), "c", values, depth)
        yield from self.special(pa)
        yield from self.dictionaries(pa)
        yield from self.tables(pa)

    def special(self, pa):
        values = rows(lambda: [1, None], 1, 7)
        yield from slices("fixed lists", pa.array(values, pa.list_(pa.list_(pa.int32(), 2))), "c", values, 2)
        values = rows(lambda: b"abc", 1, 8)
        yield from slices("fixed binary", pa.array(values, pa.list_(pa.binary(3))), "c", values, 1)
        yield "uuid", lambda: pa.array([b"0123456789abcdef", None], pa.uuid()), "c", [b"0123456789abcdef", None], 0
        yield "nulls", lambda: pa.nulls(3), "c", [None] * 3, 0
        yield "lists of nulls", lambda: pa.array([[None], [], None]), "c", [[None], [], None], 1
        lists = pa.ListArray.from_arrays([0, 2, 4, 6], pa.array(list("abcdef")), mask=pa.array([False, True, False]))
        yield "a null with elements", lambda: lists, "c", [["a", "b"], None, ["e", "f"]], 1
        none = pa.chunked_array([], pa.list_(pa.string()))
        yield "no chunks", lambda: none, "c", [], 1

    def dictionaries(self, pa):
        values = rows(tokens("str", 3), 1, 3, nulls=False)
        for index in (pa.int8(), pa.uint16(), pa.int32(), pa.int64()):
            for token in (pa.string(), pa.large_string(), pa.string_view()):
                if token == pa.string():
                    array = pa.array(values, pa.list_(pa.dictionary(index, token)))
                else:  # which not every pyarrow encodes itself
                    distinct = sorted({value for row in values for value in row})
                    flat = [distinct.index(value) for row in values for value in row]
                    child = pa.DictionaryArray.from_arrays(pa.array(flat, index), pa.array(distinct, token))
                    ends = [0]
                    for row in values:
                        ends.append(ends[-1] + len(row))
                    array = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), child)
                yield from slices(str(array.type), array, "c", values, 1)
        # Nulls among the indices and among the entries; dictionaries that change from chunk to chunk.
        first = pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 2]), pa.array(["a", None, "b"]))
        second = pa.DictionaryArray.from_arrays(pa.array([1, 0]), pa.array(["x", "a"]))
        chunks = pa.chunked_array([first, second, first[2:]])
        yield "changing dictionaries", lambda: chunks, "c", ["a", None, None, "b", "a", "x", None, "b"], 0
        numbers = pa.array([7, 7, None, -1]).dictionary_encode()
        yield "a dictionary of integers", lambda: numbers, "c", [7, 7, None, -1], 0

    def tables(self, pa):
        words, steps = rows(tokens("str", 1), 1, 1), rows(tokens(INTEGERS["int64"], 2), 2, 2)
        batch = pa.record_batch({"words": pa.array(words), "price": pa.array([0.5] * 30), "steps": pa.array(steps)})
        yield from slices("record batch", batch, "words", words, 1)
        yield from slices("record batch", batch, "steps", steps, 2)
        table = pa.concat_tables([pa.table(batch)[:7], pa.table(batch)[7:7], pa.table(batch)[7:]])
        yield from slices("table", table, "words", words, 1)
        yield from slices("table", table, "steps", steps, 2)
        structs = pa.array([None if i % 4 == 1 else {"words": row} for i, row in enumerate(words)])
        values = [None if i % 4 == 1 else row for i, row in enumerate(words)]
        yield from slices("structs that are null", structs, "words", values, 1)

    def take(self, exported):
        array = self.module.array(exported)
        array.validate(full=True)
        return nested(array.to_pylist())


class Polars:
    NAME = "polars"

    def cases(self):
        pl = self.module
        kinds = [(pl.String, "str"), (pl.Binary, "bytes")]
        kinds += [(getattr(pl, name.replace("i", "I").replace("u", "U", 1)), span) for name, span in INTEGERS.items()]
        for seed, (token, kind) in enumerate(kinds):
            for depth, type_ in enumerate([token, pl.List(token), pl.List(pl.List(token))]):
                values = rows(tokens(kind, seed), depth, seed)
                series = pl.Series("c", values, dtype=type_)
                yield from slices(str(type_), series, "c", values, depth)
                chunked = pl.concat([series[:4], series[4:]], rechunk=False)
                yield f"{type_} in chunks", lambda s=chunked: s, "c", values, depth
        values = rows(tokens("str", 5), 1, 5)
        for type_ in (pl.Categorical, pl.Enum(sorted({v for row in values if row for v in row if v is not None}))):
            yield from slices(str(type_)[:20], pl.Series("c", values, dtype=pl.List(type_)), "c", values, 1)
        pairs = [[["a", None], None], None, [["b", "c"]]]
        yield "arrays", lambda: pl.Series("c", pairs, dtype=pl.List(pl.Array(pl.String, 2))), "c", pairs, 2
        frame = pl.DataFrame({"c": values, "price": [0.5] * len(values)})
        yield from slices("frame", frame, "c", values, 1)
        part = frame.filter(pl.int_range(pl.len()) % 3 != 1)
        yield "filtered frame", lambda: part, "c", [v for i, v in enumerate(values) if i % 3 != 1], 1

    def take(self, exported):
        return nested(self.module.Series(exported).to_list())


class Pandas:
    NAME = "pandas"

    def cases(self):
        import pyarrow as pa

        pd = self.module
        for depth, type_ in enumerate([pa.string(), pa.list_(pa.string()), pa.large_list(pa.list_(pa.string()))]):
            values = rows(tokens("str", depth), depth, depth)
            frame = pd.DataFrame({"c": pd.Series(values, dtype=pd.ArrowDtype(type_))})
            yield f"frame of {type_}", lambda f=frame: f, "c", values, depth
            yield f"part of a frame of {type_}", lambda f=frame: f[3:9], "c", values[3:9], depth
            yield f"series of {type_}", lambda f=frame: f["c"], "c", values, depth
        words = ["a", None, "long enough to be elsewhere"]
        for dtype in ("str", "object", "category"):
            frame = pd.DataFrame({"c": pd.Series(words, dtype=dtype)})
            yield f"frame of {dtype}", lambda f=frame: f, "c", words, 0
        numbers = pd.DataFrame({"c": pd.Series([1, None, -3], dtype="Int16")})
        yield "frame of Int16", lambda: numbers, "c", [1, None, -3], 0


class DuckDb:
    NAME = "duckdb"

    def cases(self):
        import pyarrow as pa

        for options in ([], ["produce_arrow_string_view=true"], ["arrow_output_list_view=true"], ["arrow_large_buffer_size=true"]):
            db = self.module.connect()
            for option in options:
                db.execute(f"SET {option}")
            for depth in range(3):
                for kind in ("str", INTEGERS["uint8"]):
                    values = rows(tokens(kind, depth), depth, depth, count=3000)
                    token = pa.string() if kind == "str" else pa.uint8()
                    table = pa.table({"c": pa.array(values, [token, pa.list_(token), pa.list_(pa.list_(token))][depth])})
                    db.register("rows", table)
                    source = lambda db=db: db.sql("SELECT c FROM rows")
                    yield f"{token} of depth {depth} {options}", source, "c", values, depth
            db.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
            source = lambda db=db: db.sql("SELECT unnest(['ok', 'sad', NULL, 'ok'])::mood AS c")
            yield f"enum {options}", source, "c", ["ok", "sad", None, "ok"], 0


class Nanoarrow:
    NAME = "nanoarrow"

    def cases(self):
        na = self.module
        words = ["a", None, "long enough to be elsewhere"]
        # No string views: nanoarrow 0.9 spoils its heap when it hands them out, to pyarrow as to us.
        for type_ in (na.string(), na.large_string()):
            yield f"{type_}", lambda t=type_: na.c_array(words, t), "c", words, 0
            yield f"stream of {type_}", lambda t=type_: na.Array(words, t), "c", words, 0
        for name, (low, high) in INTEGERS.items():
            yield name, lambda n=name, v=(low, high): na.c_array(list(v), getattr(na, n)()), "c", [low, high], 0

    def take(self, exported):
        return nested(self.module.Array(exported).to_pylist())


def nested(values):
    """Lists of values as lists of steps of one value; lists of lists as they are."""
    flat = not any(isinstance(step, list) for row in values for step in row)
    return [[[step] for step in row] for row in values] if flat else values


def present(producer):
    try:
        producer.module = importlib.import_module(producer.NAME)
    except ImportError:
        return False
    return True


PRODUCERS = [PyArrow(), Polars(), Pandas(), DuckDb(), Nanoarrow()]
