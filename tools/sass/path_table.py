# SPDX-License-Identifier: Apache-2.0
"""The paths that are counted. To be edited together with the kernels: see rules.py for how to name code.

A rule that no longer matches anything is an error that says so; `sass_check.py --listing PATH` prints what counts.
"""

from dataclasses import replace

from .paths import Path

# Functions that load rows of a table, and the kernels whose loops have to keep eight such loads in flight.
# (A listing may name no more than what load_raw was inlined into; ids are not loaded by 128 bits.)
ROW_LOADS = ("load_raw", "SegmentRows::operator() # LDG.E.128")
ROW_KERNELS = ("gather_kernel", "lookup_kernel")

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


TILE, ALONE = "hash_short_rounds @ staged = sort_rounds<kTileRounds>", "hash_short_rounds @ staged = sort_rounds<1>"
STAGED = "StagedBuffer::stage # LDGSTS"
ROUND = "hash_short_rounds @ for (unsigned round"
TILE_LOOPS = ((ROUND, 0), ("StagedBuffer::stage", 1))


def short_rounds(prefix, kernel):
    """A round of 32 tokens of each class, offsets of 32 bits; what goes before the rounds of a sorted tile, before one
    that stands alone, and into one that is given up; and what a warp does before its first."""
    classes = [Path(f"{prefix} {name}", kernel, loop=ROUND, has=f"{SHORT} # IMAD.WIDE", avoids=avoids, through=through)
               for name, (avoids, through) in CLASSES.items()]
    tiles = dict(loop="hash_short_rounds @ for (unsigned done", has="Extent::load # LDG.E.CONSTANT")
    return [*classes,
            Path(f"{prefix} tile", kernel, avoids=(ALONE,), through=(TILE, STAGED), trips=TILE_LOOPS, **tiles),
            Path(f"{prefix} alone", kernel, avoids=(TILE,), through=(ALONE, STAGED), trips=TILE_LOOPS, **tiles),
            Path(f"{prefix} not short", kernel, avoids=("StagedBuffer::stage", SHORT), **tiles),
            Path(f"{prefix} start", kernel, before=True, trips=START_LOOPS, usual={"halvings": 0}, **tiles)]


def hashing(prefix, kernel, integers):
    """Those rounds, and rounds of longer tokens and of integers."""
    others = [Path(f"{prefix} any {name}", kernel, loop="hash_any_round", avoids=NO_EDGES + avoids, through=(through,),
                   trips=ANY_LOOPS, usual=usual, more="blocks" if "blocks" in usual else "")
              for name, (through, avoids, usual) in ANY_CLASSES.items()]
    return [*short_rounds(prefix, kernel), *others,
            Path(f"{prefix} integers", integers, loop="hash_integers", avoids=("integer_at",),
                 through=("hash_integers # LDG.E.64", "hash_0_to_32")),
            Path(f"{prefix} integers start", integers, loop="hash_integers", before=True, trips=START_LOOPS, usual={"halvings": 0})]


# Steps of one value each need no step offsets; few blocks have lengths to write; no step is long.
NO_NESTING = ("steps_of_row @ const std::int64_t last", "steps_of_row @ if (end > begin", "write_lengths @ for (std::int64_t row")
# One column, of embeddings whose steps have one value each, all of whose ids have rows.
ONE_COLUMN = (*NO_NESTING, "combine_elements", "map_vectors")
ANY_KIND = ("find_long_step", "for_each_long_step", "write_counts", "write_numbers", "combine_tile")
COPY_LOOPS = (("combine_rows", 1),)
# Of ids that all have rows.
TOTAL = ("count_with_rows", "closes_up")


def copying(prefix, kernel, width, loop, store, start_avoids=()):
    """A vector of `width` bits of a row and of padding, a warp's share of them; and what a warp
    whose lanes have slots does before its first."""
    load = f"load_raw<load_vector<load_together # LDG.E.{width}"
    others = ("copy_vectors",) if loop == "copy_flat" else ("copy_flat",)
    start = dict(before=True, trips=COPY_LOOPS)
    loop = dict(kernel=kernel, loop=loop, has=load)
    return [Path(f"{prefix} row {width}", through=(load, store), each=True, **loop),
            Path(f"{prefix} padding {width}", avoids=(load,), through=(store,), each=True, **loop),
            Path(f"{prefix} start {width}", avoids=(*start_avoids, *others), **start, **loop)]


def idle(path, *avoids):
    """The same start by a warp whose lanes have no slots."""
    return replace(path, name=path.name.replace("start", "idle start"), avoids=(*path.avoids, *avoids, "RowIds::row"))


def combining(prefix, kernel):
    """A vector of 16 bytes of a sum over 2 to 8 rows and "eights" times eight more, and what comes before the first."""
    loop = dict(kernel=kernel, loop="combine_tile", has="load_raw<load_elements # LDG.E.128")
    return [Path(f"{prefix} sum", through=("sum_of_up_to_eight # FADD", "combine_tile # STG*.128"),
                 avoids=("finish_sum @ const float divisor",),
                 trips=(("combine @ for (std::int64_t i", "eights"),), usual={"eights": 7}, more="eights", **loop),
            Path(f"{prefix} sum start", before=True, avoids=("for_each_long_step", "find_long_step", "copy_tile"),
                 trips=(("combine_rows", 1),), **loop)]


# Runs of no more than 512 contributions that are scaled by a factor, in tables of floats.
SHORT_RUNS = ("sum_of_run @ if (is_long", "Floats::operator/<contribution", "rounding_words", "Update::store_weights @ const PhiloxCounter",
              "Update::load @ } else")
RUN_LOOPS = (("ContributionRows::sum_of_block", "fours"), ("sum_of_level", 1))
LIST_LOOPS = (("end_of_run", 0), ("first_that_fails", 0), ("last_that_holds", "halvings"), ("stage", "stagings"), ("sum_runs", 0))


def updating(prefix, kernel):
    """A vector of 16 bytes of a row that is updated from a run of 1 to 4 contributions in floats, with "fours" times four of
    them; and what a warp does before its first, which lists the runs of its block and stages their contributions."""
    loop = dict(kernel=kernel, loop="do_vectors", has="load_raw<ContributionRows::sum_of_block # LDG.E.128")
    return [Path(f"{prefix} vector", through=(loop["has"],), avoids=SHORT_RUNS, trips=RUN_LOOPS, usual={"fours": 1},
                 more="fours", **loop),
            Path(f"{prefix} start", before=True, avoids=("add_parts",), trips=LIST_LOOPS,
                 usual={"halvings": 0, "stagings": 1}, **loop)]


# Rows of one chunk, whose sums are kept, without max_norm; but its divisions share blocks with what is executed, and count.
ONE_CHUNK = ("GradientOfRow::limit", "sum_of_run<do_rows<GradientOfRow::vector<GradientOfRow::for_each_vector")


def updating_rows(prefix, kernel):
    """A row of one chunk that a warp updates, a vector of 16 bytes a lane; its run is as above. And what comes before the first."""
    loop = dict(kernel=kernel, loop="do_rows", has="load_raw<ContributionRows::sum_of_block # LDG.E.128")
    short_runs = ("sum_of_run @ return widened<4, N>(load", *SHORT_RUNS[1:])
    return [Path(f"{prefix} row", through=(loop["has"],), avoids=(*short_runs, *ONE_CHUNK),
                 trips=(*RUN_LOOPS, ("GradientOfRow::products", 1), ("GradientOfRow::for_each_vector", 1)), usual={"fours": 1}, more="fours", **loop),
            Path(f"{prefix} start", before=True, avoids=("add_parts",), trips=LIST_LOOPS, usual={"halvings": 0, "stagings": 1}, **loop)]


FLAT = "copy_flat", "store_raw<store_together # STG.E*.128"
APART = "copy_vectors", "store_raw<copy_vectors # STG.E*.128"

PATHS = {path.name: path for path in [
    *hashing("hash", "hash_strings_kernel<int>", "hash_integers_kernel"),
    *hashing("layer hash", "layer_hash_kernel<false>", "layer_hash_kernel<false>"),
    *copying("gather", "gather_kernel<copy>", 128, *FLAT, (*ONE_COLUMN, *TOTAL)),
    *copying("gather", "gather_kernel<copy>", 64, *FLAT, (*ONE_COLUMN, *TOTAL)),
    *copying("gather apart", "gather_kernel<copy>", 128, *APART, (*ONE_COLUMN, *TOTAL)),
    *copying("gather combine", "gather_kernel<combine>", 128, *FLAT, (*NO_NESTING, "map_vectors", *ANY_KIND, *TOTAL)),
    *copying("lookup", "lookup_kernel<copy>", 128, *FLAT),
    *combining("lookup", "lookup_kernel<combine>"),
    *updating("update sgd", "update_kernel<sgd, false>"),
    *updating("update adam", "update_kernel<adam, false>"),
    *updating_rows("update rowwise", "update_kernel<rowwise_adagrad, true>")]}
PATHS |= {path.name: path for path in [
    *(idle(PATHS[f"gather start {width}"], "find_slot") for width in (128, 64)),
    idle(PATHS["gather combine start 128"], "find_slot"), idle(PATHS["lookup start 128"]), idle(PATHS["lookup sum start"], "ids_of_step")]}
