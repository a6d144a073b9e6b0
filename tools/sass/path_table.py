# SPDX-License-Identifier: Apache-2.0
"""The paths that are counted. To be edited together with the kernels: see rules.py for how to name code.

A rule that no longer matches anything is an error that says so; `sass_check.py --listing PATH` prints what counts.
"""

from .paths import Path

# Functions that load rows of a table, and the kernels whose loops have to keep eight such loads in flight.
# (A listing may name no more than what load_raw was inlined into; ids are not loaded by 128 bits.)
ROW_LOADS = ("load_raw", "StepRows::operator() # LDG.E.128")
ROW_KERNELS = ("gather_kernel", "lookup_kernel", "fused_kernel")

# Where no token of a workload goes: the edges of its buffer, and tokens that do not fit the stage.
NO_EDGES = ("ByteBuffer::copy_cut_granule", "stir_giant")

SHORT = "hash_0_to_32<fingerprint_of"  # not that of rounds with longer tokens, or of integers
DWORDS = f"{SHORT} @ = dwords ? # IMAD.WIDE"
CLASSES = {  # sizes in bytes: what is avoided and passed through
    "0-3": ((), (f"{SHORT} @ if (size < 4) # IMAD.WIDE",)),
    "4-7": ((DWORDS,), (f"{SHORT} @ = dwords ?",)),
    "8-16": ((), (DWORDS,)),
    "17-32": ((), (f"{SHORT} @ if (size > 16) # IMAD.WIDE",)),
}
# Rounds with tokens of more than 32 bytes: what is passed through, and the usual values of the words. A turn of staging
# moves 512 bytes, one of a long token 64 of its own.
ANY_CLASSES = {
    "0-32": ("hash_0_to_32<fingerprint_staged # IMAD.WIDE", ("finish_long",), {"stagings": 3}),
    "33-64": ("hash_33_to_64 # IMAD.WIDE", ("finish_long",), {"stagings": 4}),
    "65 and more": ("finish_long # IMAD.WIDE", (), {"stagings": 5, "blocks": 2}),
}
ANY_LOOPS = (("ByteBuffer::copy_cut_granule", 0), ("stage_bytes", "stagings"), ("finish_long", "blocks"), ("long_blocks", 0),
             ("stir_giant", 0))
START_LOOPS = (("column_of_id", "halvings"), ("for_each_run", 1))


COPIES = {"hash_short_rounds": "CopyThroughRegisters::copy # STS.128", "hash_short_rounds_ahead": "CopyAsynchronously::copy # LDGSTS"}


def short_rounds(prefix, kernel, loop):
    """A round of 32 tokens of each class, offsets of 32 bits, and what a warp does before its first."""
    copy, rounds = COPIES[loop], dict(loop=loop, has="Extent::load # LDG.E.CONSTANT")
    strings = [Path(f"{prefix} {name}", kernel, avoids=avoids, through=(copy, *through), **rounds)
               for name, (avoids, through) in CLASSES.items()]
    attempt = Path(f"{prefix} not short", kernel, avoids=(copy.split(" # ")[0], SHORT), **rounds)
    return [*strings, attempt, Path(f"{prefix} start", kernel, before=True, trips=START_LOOPS, usual={"halvings": 0}, **rounds)]


def hashing(prefix, kernel, integers):
    """Those rounds, and rounds of longer tokens and of integers."""
    others = [Path(f"{prefix} any {name}", kernel, loop="hash_any_round", avoids=NO_EDGES + avoids, through=(through,),
                   trips=ANY_LOOPS, usual=usual, more="blocks" if "blocks" in usual else "")
              for name, (through, avoids, usual) in ANY_CLASSES.items()]
    return [*short_rounds(prefix, kernel, "hash_short_rounds"), *others,
            Path(f"{prefix} integers", integers, loop="hash_integers", avoids=("integer_at",),
                 through=("hash_integers # LDG.E.64", "hash_0_to_32")),
            Path(f"{prefix} integers start", integers, loop="hash_integers", before=True, trips=START_LOOPS, usual={"halvings": 0})]


# Steps of one value each need no step offsets; few blocks have lengths to write; no step is long.
NO_NESTING = ("steps_of_row @ const std::int64_t last", "steps_of_row @ if (end > begin", "write_lengths @ for (std::int64_t row",
              "find_long_step", "for_each_long_step")
# One column, of embeddings whose steps have one value each.
ONE_COLUMN = (*NO_NESTING, "write_counts", "combine_rows", "map_units")


def copying(prefix, kernel, width, loop, store, start_avoids=()):
    """A unit of `width` bits of a row and of padding, a warp's share of them; and what a warp does before its first."""
    load = f"load_raw<load_unit<load_run # LDG.E.{width}"
    others = ("copy_units",) if loop == "copy_runs" else ("copy_runs",)
    loop = dict(kernel=kernel, loop=loop, has=load)
    return [Path(f"{prefix} row {width}", through=(load, store), each=True, **loop),
            Path(f"{prefix} padding {width}", avoids=(load,), through=(store,), each=True, **loop),
            Path(f"{prefix} start {width}", before=True, avoids=(*start_avoids, *others), trips=(("write_rows", 1),), **loop)]


def combining(prefix, kernel):
    """A vector of 16 bytes of a sum over 2 to 8 rows and "eights" times eight more, and what comes before the first."""
    loop = dict(kernel=kernel, loop="combine_rows", has="load_raw<load_elements # LDG.E.128")
    return [Path(f"{prefix} sum", through=("combine_rows # STG*.128",),
                 avoids=("finish_sum @ const float divisor", "combine @ if (n == 1)"),
                 trips=(("combine @ for (std::int64_t i", "eights"),), usual={"eights": 7}, more="eights", **loop),
            Path(f"{prefix} sum start", before=True, avoids=("for_each_long_step", "find_long_step", "copy_rows"), **loop)]


RUN = "copy_runs", "store_raw<store_run # STG.E*.128"
UNIT = "copy_units", "store_raw<copy_units # STG.E*.128"

PATHS = {path.name: path for path in [
    *hashing("hash", "hash_strings_kernel<int, in_turn>", "hash_integers_kernel"),
    *short_rounds("hash ahead", "hash_strings_kernel<int, ahead>", "hash_short_rounds_ahead"),
    *hashing("layer hash", "layer_hash_kernel<false>", "layer_hash_kernel<false>"),
    *copying("gather", "gather_kernel<floats, false>", 128, *RUN, ONE_COLUMN),
    *copying("gather", "gather_kernel<floats, false>", 64, *RUN, ONE_COLUMN),
    *copying("gather unit", "gather_kernel<floats, false>", 128, *UNIT, ONE_COLUMN),
    *copying("gather any", "gather_kernel<any, false>", 128, *RUN, ONE_COLUMN),
    *copying("lookup", "lookup_kernel<floats, copies>", 128, *RUN), *combining("lookup", "lookup_kernel<floats, combines>")]}
