# SPDX-License-Identifier: Apache-2.0
"""How long it takes to read a column of each layout, beside a copy of its tokens' bytes."""

import random

import pyarrow as pa


def measure(reader, tokens):
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz.$", k=rng.randint(1, 16))) for _ in range(5000)]
    values = rng.choices(words, k=tokens)
    ends = [0]
    while ends[-1] < tokens:
        ends.append(min(tokens, ends[-1] + rng.randint(0, 60)))

    def lists(child, offsets=pa.ListArray, size=pa.int32()):
        return offsets.from_arrays(pa.array(ends, size), child)

    def halves(column):
        """Two chunks whose bytes lie apart."""
        half = len(column) // 2
        return pa.chunked_array([column[:half], pa.concat_arrays([column[half:], column[:0]])])

    strings = pa.array(values)
    column = lists(strings)
    with_nulls = pa.array([None if rng.random() < 0.1 else value for value in values])
    integers = pa.array([rng.getrandbits(40) for _ in range(tokens)])
    layouts = {
        "list<string>": column,
        "list<string>, a slice": column[1:],
        "large_list<large_string>": lists(strings.cast(pa.large_string()), pa.LargeListArray, pa.int64()),
        "list<string>, 10 % nulls": lists(with_nulls),
        "list<string>, two chunks": halves(column),
        "list<string_view>": lists(strings.cast(pa.string_view())),
        "list<dictionary<string>>": lists(strings.dictionary_encode()),
        "list<int64>": lists(integers),
        "list<int64>, two chunks": halves(lists(integers)),
    }
    print(f"{'layout':28} {'tokens':>9} {'bytes':>10} {'read ns/token':>14} {'copy ns/token':>14} {'read/copy':>10}")
    for name, layout in layouts.items():
        took = reader.measure(layout if isinstance(layout, pa.ChunkedArray) else pa.chunked_array([layout]), "c")
        each = [took[what] / took["tokens"] for what in ("reading", "copying")]
        print(
            f"{name:28} {took['tokens']:9} {took['bytes']:10} {each[0]:14.3f} {each[1]:14.3f}"
            f" {took['reading'] / took['copying']:10.2f}"
        )
