# SPDX-License-Identifier: Apache-2.0
"""Random rows, and what they mean: the plain model of the reader."""

import random


def tokens(kind, seed):
    """A maker of tokens: strings of one to many bytes, or integers of a type."""
    rng = random.Random(seed)
    if kind == "str":
        return lambda: rng.choice(["", "a", "Zürich", "twelve bytes", "thirteen byte", "x" * 40]) + rng.choice("abc")
    if kind == "bytes":
        return lambda: rng.choice([b"", b"\xff\x00", b"some longer bytes \x80"]) + bytes([rng.randrange(256)])
    low, high = kind
    return lambda: rng.choice([low, high, 0, rng.randint(low, high)])


def rows(token, depth, seed, count=30, nulls=True):
    """`count` rows of lists of `depth` levels, with nulls at every level."""
    rng = random.Random(seed)

    def element(level):
        if nulls and rng.random() < 0.2:
            return None
        if level == 0:
            return token()
        return [element(level - 1) for _ in range(rng.choice([0, 1, 2, 5]))]

    return [element(depth) for _ in range(count)]


def meaning(rows, depth):
    """Rows, steps and tokens as plain lists; the bytes of a string as one character each."""

    def plain(token):
        if isinstance(token, str):
            token = token.encode()
        return token.decode("latin-1") if isinstance(token, bytes) else int(token)

    def step(value):
        values = value if depth == 2 and value is not None else [value]
        return [plain(value) for value in values if value is not None]

    def row(value):
        if value is None:
            return []
        return [step(value)] if depth == 0 else [step(value) for value in value]

    return [row(value) for value in rows]
