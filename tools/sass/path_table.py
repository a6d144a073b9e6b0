# SPDX-License-Identifier: Apache-2.0
"""The paths that are counted. To be edited together with the kernels: see rules.py for how to name code.

A rule that no longer matches anything is an error that says so; `sass_check.py --listing PATH` prints what counts.
"""

from .paths import Path

# Functions that load rows of a table, and the kernels whose loops have to keep eight such loads in flight.
ROW_LOADS = ("load_floats",)
ROW_KERNELS = ("gather_kernel", "lookup_kernel", "fused_kernel")

# Where no token of a workload goes: the edges of its buffer, and tokens that do not fit the stage.
NO_EDGES = ("ByteBuffer::word", "hash_long<fingerprint_strings")

# The loops of a round of strings, inner ones first. The stage's moves 512 bytes a turn, that of long tokens 64 of each.
STRING_LOOPS = (("stage_bytes", "stagings"), ("hash_long<fingerprint64", "blocks"), ("fingerprint_strings", 1))

SHORT = "hash_0_to_32<fingerprint_strings"  # not that of integers
DWORDS = f"{SHORT} @ = dwords ? # IMAD.WIDE"
CLASSES = {  # sizes in bytes: what else is avoided, passed through, and the usual values of the words
    "0-3": ((), (f"{SHORT} @ if (size < 4) # IMAD.WIDE",), {"stagings": 1}),
    "4-7": ((DWORDS,), (f"{SHORT} @ = dwords ?",), {"stagings": 1}),
    "8-16": ((), (DWORDS,), {"stagings": 1}),
    "17-32": ((), (f"{SHORT} @ if (size > 16) # IMAD.WIDE",), {"stagings": 2}),
    "33-64": ((), ("hash_33_to_64 # IMAD.WIDE",), {"stagings": 4}),
    "65 and more": ((), ("long_round<hash_long<fingerprint64 # IMAD.WIDE",), {"stagings": 5, "blocks": 1}),
}


def hashing(prefix, kernel):
    """A round of 32 tokens of each class, and what a warp does before its first."""
    strings = [Path(f"{prefix} {name}", kernel, loop="hash_run", avoids=NO_EDGES + avoids,
                    through=("stage_bytes # STS.128", *through, "FastModulo::operator()"), trips=STRING_LOOPS, usual=usual,
                    more="blocks" if "blocks" in usual else "")
               for name, (avoids, through, usual) in CLASSES.items()]
    # Among 32 integers of 1 to 19 digits one nearly always has more than 16: two groups of eight digits come off, and of
    # those left the most are eight, which go four a turn.
    integers = Path(f"{prefix} integers", kernel, loop="hash_run",
                    through=("integer_at # LD*.64", "hash_0_to_32", "FastModulo::operator()"),
                    trips=(("decimal @ while (magnitude", 2), ("decimal @ for (int i", 2)))
    start = Path(f"{prefix} start", kernel, loop="hash_run", before=True,
                 trips=(("column_of_id", "halvings"), ("for_each_run", 1)), usual={"halvings": 0})
    return [*strings, integers, start]


# Steps of one value each need no step offsets; few blocks have lengths to write.
NO_NESTING = ("steps_of_row @ const std::int64_t last", "steps_of_row @ if (end > begin", "write_lengths @ for (std::int64_t row")


def gathering(prefix, kernel, width, start_avoids=()):
    """A vector of `width` bits of a row and of padding, a warp's share of them; and what a warp does before its first."""
    load, store = f"load_floats<write_single_rows # LDG.E.{width}", f"store_floats<write_single_rows # STG.E.{width}"
    loop = dict(kernel=kernel, loop="write_single_rows", has=load)
    return [Path(f"{prefix} row {width}", through=(load, store), each=True, **loop),
            Path(f"{prefix} padding {width}", avoids=(load,), through=(store,), each=True, **loop),
            Path(f"{prefix} start {width}", before=True, avoids=start_avoids, **loop)]


def combining(prefix, kernel):
    """A vector of 16 bytes of a sum over 4 to 8 rows and "eights" times eight more, and what comes before the first."""
    loop = dict(kernel=kernel, loop="write_combined_rows", has="load_floats # LDG.E.128")
    return [Path(f"{prefix} sum", through=("sum_of_eight # FADD", "store_floats # STG.E.128"),
                 avoids=("combine @ return n < 10", "combine @ if (n == 1)", "combine @ if (leading > 8)"),
                 trips=(("combine @ for (std::int64_t i", "eights"),), usual={"eights": 7}, more="eights", **loop),
            Path(f"{prefix} sum start", before=True, **loop)]


PATHS = {path.name: path for path in [
    *hashing("hash", "hash_kernel"), *hashing("layer hash", "layer_hash_kernel"),
    *gathering("gather", "gather_kernel<false>", 128, NO_NESTING), *gathering("gather", "gather_kernel<false>", 64, NO_NESTING),
    *gathering("lookup", "lookup_kernel<false>", 128), *combining("lookup", "lookup_kernel<false>")]}
