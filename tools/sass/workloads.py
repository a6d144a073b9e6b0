# SPDX-License-Identifier: Apache-2.0
"""The benchmark's workloads (bench/README.md) as what warps execute and which bytes move.

A workload is a few launches one after another; a launch is what its warps execute (a number of times, which paths with
which probability for a lane, the values of words) and its bytes, every distinct row read once.
"""

from dataclasses import dataclass, field


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


def hashed(prefix, tokens, sizes, rounds, moved):
    """A launch that hashes strings; a warp goes `rounds` rounds after its start."""
    start = Part(tokens / 32 / rounds, {f"{prefix} start": 1.0}, {"halvings": 0})
    if max(sizes) <= 32:
        return Launch((Part(tokens / 32, shares_of(prefix, sizes)), start), moved)
    body = Part(tokens / 32, shares_of(prefix, sizes), {"stagings": stagings(sizes)})
    return Launch((body, start, Part(tokens / 32, {f"{prefix} not short": 1.0})), moved)


def strings(name, sizes, prefix="hash"):
    """W7: 25 M strings, offsets and ids of 32 bits."""
    tokens = 25_000_000
    return Workload(name, tokens, (hashed(prefix, tokens, sizes, 8, tokens * (mean(sizes) + 4 + 4)),))


def integers():
    tokens = 2**26
    parts = Part(tokens / 32, {"hash integers": 1.0}), Part(tokens / 32 / 8, {"hash integers start": 1.0}, {"halvings": 0})
    return Workload("W8", tokens, (Launch(parts, tokens * (8 + 4)),))


def single_rows(name, rows, dim, distinct, slots):
    """W2: an id a row; a block of eight warps fills `slots` of them."""
    vectors, blocks = dim // 4, rows / slots
    parts = Part(rows * vectors / 32, {"lookup row 128": 1.0}), Part(blocks * 8, {"lookup start 128": 1.0})
    return Workload(name, rows, (Launch(parts, rows * (8 + 4 * dim) + distinct * 4 * dim),))


def bags(name, steps, values, dim, distinct, slots, id_bytes=8):
    """W1, W3: sums of `values` rows; with leading_rows first, blocks of eight follow."""
    vectors, blocks = dim // 4, steps / slots
    leading = values % 8 if values % 8 >= 2 else values % 8 + 8
    parts = (Part(steps * vectors / 32, {"lookup sum": 1.0}, {"eights": (values - leading) / 8}),
             Part(blocks * 8, {"lookup sum start": 1.0}))
    return Workload(name, steps * values, (Launch(parts, steps * (8 + values * id_bytes + 4 * dim) + distinct * 4 * dim),))


def layer(name, columns, tokens, slots_in_all, dim, distinct, slots, hashing, kernel="gather", size=4):
    """W5, W10, the road: hash, then rows and padding into [B,T,D], mask and lengths. Ids pass through memory once each way."""
    width = 128 if dim * size % 16 == 0 else 64
    vectors = dim * size * 8 // width
    padding = columns * slots_in_all - tokens
    parts = (Part(tokens * vectors / 32, {f"{kernel} row {width}": 1.0}), Part(padding * vectors / 32, {f"{kernel} padding {width}": 1.0}),
             Part(columns * slots_in_all / slots * 8, {f"{kernel} start {width}": 1.0}))
    gather = Launch(parts, tokens * 8 + columns * slots_in_all * size * dim + slots_in_all + distinct * size * dim)
    return Workload(name, tokens, (hashing, gather))


# Lengths of W7c and distinct rows of W2 and W3 are counted in the benchmark's inputs, those of the layer are what uniform
# draws give on average; the cache holds a hundredth of W1's table, so that a row which comes again comes from memory again.
# Slots a block are those of slot_plan (cuda/schedule.cu), rounds a warp those of flat_plan, on 132 multiprocessors.
SET_MM = {size: tokens / 237_513 for size, tokens in {
    1: 158_643, 2: 60_890, 3: 12_239, 4: 2510, 5: 1424, 6: 905, 7: 470, 8: 127, 9: 101, 10: 87, 11: 93, 12: 18, 15: 6}.items()}
EIGHT = {8: 1.0}
ROAD = dict(columns=1, tokens=45_056, slots_in_all=2048 * 25, distinct=44_056, slots=32,
            hashing=hashed("layer hash", 45_056, EIGHT, 1, 45_056 * (8 + 4 + 8)))
W5_HASHING = Launch((Part(45_056 / 32, {"layer hash integers": 1.0}),
                     Part(45_056 / 32, {"layer hash integers start": 1.0}, {"halvings": 0})), 45_056 * 16)
W10_HASHING = hashed("layer hash", 26_000, EIGHT, 1, 26_000 * (8 + 4 + 8))

WORKLOADS = (
    strings("W7/1-32", uniform(1, 32)), strings("W7/1-32, strings_ahead=1", uniform(1, 32), "hash ahead"), strings("W7/4-4", uniform(4, 4)), strings("W7/1-4", uniform(1, 4)),
    strings("W7/1-64", uniform(1, 64)), strings("W7/8-8", EIGHT), strings("W7c/setmm", SET_MM), integers(),
    bags("W1/uniform", 131_072, 64, 128, 131_072 * 64, 8, 4),
    single_rows("W2/adjacent", 1_048_570, 128, 349_756, 64),
    bags("W3", 16_384, 20, 128, 311_409, 8),
    layer("W5/b2048/d512", 1, 45_056, 2048 * 25, 512, 43_812, 32, W5_HASHING, "gather any", 2),
    layer("W5/b2048/d512/fp32", 1, 45_056, 2048 * 25, 512, 42_611, 32, W5_HASHING),
    layer("W10/graph", 26, 26_000, 1000, 16, 25_870, 16, W10_HASHING),
    layer("W-road/d10", dim=10, **ROAD), layer("W-road/d128", dim=128, **ROAD),
)
