# SPDX-License-Identifier: Apache-2.0
"""The benchmark's workloads (bench/README.md) as what warps execute and which bytes move.

A workload is a few launches one after another; a launch is what its warps execute (a number of times, which paths with
which probability for a lane, the values of words) and its bytes, every distinct row read once.
"""

from dataclasses import dataclass, field
from math import comb


@dataclass(frozen=True)
class Part:
    warps: float  # how often some warp executes this
    shares: dict  # path -> probability that a lane takes it
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Launch:
    parts: tuple
    bytes: float


@dataclass(frozen=True)
class Workload:
    name: str  # as in the benchmark's JSON
    tokens: int
    launches: tuple


CLASSES = {"0-3": (0, 3), "4-7": (4, 7), "8-16": (8, 16), "17-32": (17, 32)}
ANY_CLASSES = {"any 0-32": (0, 32), "any 33-64": (33, 64)}


def uniform(shortest, longest):
    """{bytes: probability}"""
    return {size: 1 / (longest - shortest + 1) for size in range(shortest, longest + 1)}


def mean(sizes):
    return sum(size * share for size, share in sizes.items())


def stagings(sizes):
    """The expected number of rounds of 32 lanes with 16 bytes each that stage 32 neighbouring tokens."""
    sums = {0: 1.0}
    for _ in range(32):
        longer = {}
        for total, share in sums.items():
            for size, chance in sizes.items():
                longer[total + size] = longer.get(total + size, 0.0) + share * chance
        sums = longer
    rounds = lambda total, head: -(-(total + head) // 512)
    return sum(share * rounds(total, head) / 16 for total, share in sums.items() for head in range(16))


def shares_of(prefix, sizes):
    """{path: probability that a token of such sizes takes it}. Where some are longer than 32 bytes, a round of 32 tokens
    without one is too rare to count."""
    shares = {f"{prefix} {name}": sum(share for size, share in sizes.items() if low <= size <= high)
              for name, (low, high) in (CLASSES if max(sizes) <= 32 else ANY_CLASSES).items()}
    return {path: share for path, share in shares.items() if share > 0}


TILE = 128  # strings that a warp sorts into shorter and longer ones


def sorted_rounds(prefix, sizes):
    """[(rounds of a tile, {path: probability})]: those of shorter strings, those of longer ones, and one of both, where
    the number of shorter ones is no multiple of 32."""
    shorter = {size: share for size, share in sizes.items() if size <= 16}
    longer = {size: share for size, share in sizes.items() if size > 16}
    part = sum(shorter.values())
    if part in (0.0, 1.0):
        return [(TILE / 32, shares_of(prefix, sizes))]
    chances = {count: comb(TILE, count) * part**count * (1 - part) ** (TILE - count) for count in range(TILE + 1)}
    pure = [sum(chance * (number // 32) for count, chance in chances.items() for number in [of(count)])
            for of in (lambda count: count, lambda count: TILE - count)]
    given = lambda some: shares_of(prefix, {size: share / sum(some.values()) for size, share in some.items()})
    return [(pure[0], given(shorter)), (pure[1], given(longer)), (TILE / 32 - sum(pure), shares_of(prefix, sizes))]


def hashed(prefix, tokens, sizes, rounds, moved):
    """A launch that hashes strings; a warp goes `rounds` rounds after its start, in tiles if there are enough."""
    start = Part(tokens / 32 / rounds, {f"{prefix} start": 1.0}, {"halvings": 0})
    if max(sizes) > 32:
        body = Part(tokens / 32, shares_of(prefix, sizes), {"stagings": stagings(sizes)})
        return Launch((body, start, Part(tokens / 32, {f"{prefix} not short": 1.0})), moved)
    if rounds * 32 < TILE:
        return Launch((Part(tokens / 32, shares_of(prefix, sizes)), start, Part(tokens / 32, {f"{prefix} alone": 1.0})), moved)
    tiles = tokens / TILE
    return Launch((*(Part(tiles * count, shares) for count, shares in sorted_rounds(prefix, sizes)), start,
                   Part(tiles, {f"{prefix} tile": 1.0})), moved)


def strings(name, sizes):
    """W7: 25 M strings, offsets and ids of 32 bits."""
    tokens = 25_000_000
    return Workload(name, tokens, (hashed("hash", tokens, sizes, 20, tokens * (mean(sizes) + 4 + 4)),))


def integers():
    tokens = 2**26
    parts = Part(tokens / 32, {"hash integers": 1.0}), Part(tokens / 32 / 32, {"hash integers start": 1.0}, {"halvings": 0})
    return Workload("W8", tokens, (Launch(parts, tokens * (8 + 4)),))


def slots_of_block(slots, vectors, ids=0, groups=1, columns=1, wanted=0, batches=0):
    """slot_plan (cuda/schedule.cu) on 132 multiprocessors; `wanted` as in --tune slots_per_block=, `batches` of what is copied."""
    fair = slots * groups // (132 * 3)
    copied = min(max(fair, 16), batches * 8 * 256 // vectors)
    added = min(fair, max(64 * 256 // (vectors * (1 + ids // (slots * groups))), 16))
    most = max(1, min(wanted or (copied if batches else added), 256 // columns))
    return most if wanted else 2 ** (most.bit_length() - 1)


def starts(prefix, width, blocks, segments):
    """What the eight warps of each block do before their first vector, of which as many as need be find the segments."""
    busy = min(8, -(-segments // 32))
    suffix = f" {width}" if width else ""
    return (Part(blocks * busy, {f"{prefix} start{suffix}": 1.0}), Part(blocks * (8 - busy), {f"{prefix} idle start{suffix}": 1.0}))


def single_rows(name, rows, dim, distinct, wanted=0):
    """W2: an id a row; a block of eight warps fills some of them."""
    vectors = dim // 4
    slots = slots_of_block(rows, vectors, wanted=wanted, batches=1)
    parts = (Part(rows * vectors / 32, {"lookup row 128": 1.0}), *starts("lookup", 128, rows / slots, slots))
    return Workload(name, rows, (Launch(parts, rows * (8 + 4 * dim) + distinct * 4 * dim),))


def bags(name, steps, values, dim, distinct, id_bytes=8, wanted=0):
    """W1, W3: sums of `values` rows; with leading_rows first, blocks of eight follow."""
    vectors = dim // 4
    slots = slots_of_block(steps, vectors + 1, steps * values, wanted=wanted)
    leading = values % 8 if values % 8 >= 2 else values % 8 + 8
    parts = (Part(steps * vectors / 32, {"lookup sum": 1.0}, {"eights": (values - leading) / 8}),
             *starts("lookup sum", 0, steps / slots, slots))
    return Workload(name, steps * values, (Launch(parts, steps * (8 + values * id_bytes + 4 * dim) + distinct * 4 * dim),))


def layer(name, columns, tokens, slots_in_all, dim, distinct, tokens_are, kernel="gather", size=4, wanted=0):
    """W5, W10, the road: strings of 8 bytes or integers of 8 become rows and padding in [B,T,D], mask and lengths; ids pass
    through memory once each way. Columns are narrow or few: they are one group."""
    strings_of = tokens_are == "strings"
    token_bytes = 8 + 4 if strings_of else 8
    of_copies = dict(vectors=-(-columns * dim * size // 16), batches=4)
    of_sums = dict(vectors=columns * dim // 4 + 1, ids=tokens)
    slots = slots_of_block(slots_in_all, columns=columns, wanted=wanted, **(of_copies if kernel == "gather" else of_sums))
    width = 128 if dim * size % 16 == 0 else 64
    vectors, blocks = dim * size * 8 // width, slots_in_all / slots
    copies = (Part(tokens * vectors / 32, {f"{kernel} row {width}": 1.0}),
              Part((columns * slots_in_all - tokens) * vectors / 32, {f"{kernel} padding {width}": 1.0}),
              *starts(kernel, width, blocks, slots * columns))
    moved = columns * slots_in_all * size * dim + slots_in_all + distinct * size * dim + tokens * 8
    first = hashed("layer hash", tokens, EIGHT, 1, tokens * (token_bytes + 8)) if strings_of else Launch(
        (Part(tokens / 32, {"layer hash integers": 1.0}), Part(tokens / 32, {"layer hash integers start": 1.0}, {"halvings": 0})),
        tokens * (token_bytes + 8))
    return Workload(name, tokens, (first, Launch(copies, moved)))


POSITIONS = 256  # of sorted contributions, to a block (cuda/training.hpp)
ROW_STATE = "one float a row"


def steps(name, optimizer, state, rows, dim, distinct):
    """W2-train: an id a step, whose gradient goes into its row. Contributions and the sort of their keys of 25 bits (CUB's, four
    passes) are counted by their bytes alone: an id is read, and a key, number, place and scale are written; keys are read
    once, keys and numbers read and written in each pass. `state`: floats beside an element, or ROW_STATE, where a warp takes a row.
    There are most fours of contributions where each run has a remainder of one."""
    first = Launch((), rows * (8 + 20 + 4 + 4 * 16))
    fours = (rows + 3 * distinct) / 4
    one, ones, floats = ("row", distinct, 1) if state == ROW_STATE else ("vector", distinct * dim / 4 / 32, dim * state)
    parts = (Part(ones, {f"update {optimizer} {one}": 1.0}, {"fours": fours / distinct}),
             Part(rows / POSITIONS * 8, {f"update {optimizer} start": 1.0}, {"halvings": 0, "stagings": 1}))
    return Workload(name, rows, (first, Launch(parts, rows * (20 + 4 * dim) + distinct * 4 * 2 * (dim + floats))))


# Lengths of W7c and distinct rows of W2 and W3 are counted in the benchmark's inputs, those of the layer are what uniform
# draws give on average; the cache holds a hundredth of W1's table, so that a row which comes again comes from memory again.
# Rounds a warp are those of flat_plan on 132 multiprocessors. A name says which schedule is not the default.
SET_MM = {size: tokens / 237_513 for size, tokens in {
    1: 158_643, 2: 60_890, 3: 12_239, 4: 2510, 5: 1424, 6: 905, 7: 470, 8: 127, 9: 101, 10: 87, 11: 93, 12: 18, 15: 6}.items()}
EIGHT = {8: 1.0}
ROAD = dict(columns=1, tokens=45_056, slots_in_all=2048 * 25, distinct=44_056, tokens_are="strings")
W5 = dict(columns=1, tokens=45_056, slots_in_all=2048 * 25, dim=512, tokens_are="integers")
W5_HALVES, W5_FLOATS = W5 | dict(distinct=43_812, size=2), W5 | dict(distinct=42_611)
W10 = dict(columns=26, tokens=26_000, slots_in_all=1000, dim=16, distinct=25_870, tokens_are="strings")
W1 = dict(steps=131_072, values=64, dim=128, distinct=131_072 * 64, id_bytes=4)
W2 = dict(rows=1_048_570, dim=128, distinct=349_756)

WORKLOADS = (
    strings("W7/1-32", uniform(1, 32)), strings("W7/4-4", uniform(4, 4)), strings("W7/1-4", uniform(1, 4)),
    strings("W7/4-32", uniform(4, 32)), strings("W7/1-64", uniform(1, 64)), strings("W7/8-8", EIGHT), strings("W7c/setmm", SET_MM), integers(),
    bags("W1/uniform", **W1), bags("W1/uniform, slots_per_block=8", **W1, wanted=8), bags("W1/uniform, slots_per_block=32", **W1, wanted=32),
    single_rows("W2/adjacent", **W2), single_rows("W2/adjacent, slots_per_block=32", **W2, wanted=32),
    single_rows("W2/adjacent, slots_per_block=128", **W2, wanted=128), bags("W3", 16_384, 20, 128, 311_409),
    layer("W5/b2048/d512", **W5_HALVES), layer("W5/b2048/d512, slots_per_block=32", wanted=32, **W5_HALVES),
    layer("W5/b2048/d512, copy_kernel=0", kernel="gather combine", **W5_HALVES), layer("W5/b2048/d512/fp32", **W5_FLOATS),
    layer("W10/graph", **W10), layer("W10/graph, slots_per_block=2", wanted=2, **W10),
    steps("W2-train/sgd", "sgd", 0, **W2), steps("W2-train/rowwise", "rowwise", ROW_STATE, **W2), steps("W2-train/adam", "adam", 2, **W2),
    layer("W-road/d10", dim=10, **ROAD), layer("W-road/d10, slots_per_block=64", dim=10, wanted=64, **ROAD),
    layer("W-road/d10, slots_per_block=256", dim=10, wanted=256, **ROAD), layer("W-road/d128", dim=128, **ROAD),
)
