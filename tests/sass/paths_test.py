# SPDX-License-Identifier: Apache-2.0
"""Rules, paths and loads in flight: paths_test.py ROOT."""
import unittest
from dataclasses import replace

from support import PATHS, ROWS, SOURCES, code  # first: it says where sass is
from sass import checks, flight, report, toolkit
from sass.graph import blocks_of
from sass.paths import Kernel, Path, blocks_on, blocks_with_times, cost
from sass.rules import Rule, UnknownSource, belongs

SHORT = Path("short", "sample_paths_kernel", loop="sample_paths_kernel", through=("mix_short",))
LONG = Path("long", "sample_paths_kernel", loop="sample_paths_kernel", through=("mix_long",), trips=(("mix_long", "groups"),), usual={"groups": 1})


class Rules(unittest.TestCase):
    def test_are_read_and_written_alike(self):
        for text in ("f", "f<g", "f @ if (x) {", "f # LDG.E.64", "A::f<g @ x = 1 # LD*.64"):
            self.assertEqual(str(Rule.parse(text)), text)

    def test_match_functions_lines_and_opcodes(self):
        at = {one.address: one for one in PATHS.instructions}
        matches = lambda text, address: Rule.parse(text).matches(at[address], SOURCES)
        self.assertTrue(matches("Mixer::once<mix_long", 0x160))
        self.assertFalse(matches("Mixer::once<mix_short", 0x160))
        self.assertTrue(matches("mix_long @ for (int i", 0x160))
        self.assertFalse(matches("mix_long @ return x", 0x160))
        self.assertTrue(matches("mix_long # S*.HI", 0x160))
        self.assertFalse(matches("mix_long # IMAD", 0x160))

    def test_a_block_belongs_where_most_of_it_came_from(self):
        at = {one.address: one for one in PATHS.instructions}
        belong = lambda addresses, *rules: belongs([at[one] for one in addresses], [Rule.parse(text) for text in rules], SOURCES)
        self.assertTrue(belong([0x160, 0x180, 0x60], "mix_long"))
        self.assertFalse(belong([0x160, 0x60, 0x70], "mix_long"))
        self.assertTrue(belong([0x160, 0x60, 0x70], "mix_long # SHF"))
        self.assertTrue(belong([0x160, 0x200, 0x60], "mix_long", "mix_short"))

    def test_where_ways_join_again_nothing_is_told(self):
        at = {one.address: one for one in PATHS.instructions}
        self.assertTrue(Rule.parse("mix_long").matches(at[0x1C0], SOURCES))
        self.assertFalse(belongs([at[0x1C0]], [Rule.parse("mix_long")], SOURCES))


class Paths(unittest.TestCase):
    def setUp(self):
        self.kernel = Kernel(PATHS)

    def cost(self, shares, groups=1):
        return cost(shares, self.kernel, SOURCES, {"groups": groups})

    def test_counts_of_a_round_are_those_counted_by_hand(self):
        self.assertEqual(self.cost({SHORT: 1.0}), {"issue": 28, "imad": 3, "alu": 8, "global": 3})
        self.assertEqual(self.cost({LONG: 1.0})["issue"], 31 + 6)
        self.assertEqual(self.cost({LONG: 1.0}, groups=5)["issue"], 31 + 5 * 6)

    def test_a_warp_of_both_kinds_executes_both_sides(self):
        either = 1 - 0.5**32
        self.assertAlmostEqual(self.cost({SHORT: 0.5, LONG: 0.5})["issue"], 25 + either * (3 + 6 + 6))

    def test_what_is_avoided_does_not_count(self):
        path = replace(SHORT, through=(), avoids=("mix_long",))
        self.assertEqual(self.cost({path: 1.0})["issue"], 28)

    def test_what_every_way_passes_cannot_be_avoided(self):
        self.assertEqual(self.cost({replace(SHORT, avoids=("sample_paths_kernel @ const int size",)): 1.0})["issue"], 28)

    def test_what_comes_before_a_loop(self):
        self.assertEqual(self.cost({replace(SHORT, through=(), before=True): 1.0})["issue"], 6)

    def test_counts_for_each_of_some_instruction(self):
        path = Path("row", "sample_rows_kernel", loop="sample_rows_kernel", has="load_floats # LDG.E.128", each=True)
        self.assertAlmostEqual(cost({path: 1.0}, Kernel(ROWS), SOURCES, {})["issue"], 27 / 3)

    def test_a_missing_function_is_named(self):
        for path in (replace(SHORT, through=("mix_tiny",)), replace(SHORT, avoids=("mix_tiny # IMAD",))):
            with self.assertRaisesRegex(UnknownSource, "path 'short' of sample_paths_kernel: no instruction matches 'mix_tiny.*'; did its name change"):
                self.cost({path: 1.0})
        with self.assertRaisesRegex(UnknownSource, "no loop belongs to 'mix_tiny'"):
            self.cost({replace(SHORT, loop="mix_tiny"): 1.0})

    def test_a_loop_without_rounds_is_named(self):
        with self.assertRaisesRegex(UnknownSource, "nothing says how often the loop of 'mix_long<sample_paths_kernel' at 0x1b0 goes round"):
            self.cost({replace(LONG, trips=()): 1.0})

    def test_a_path_that_avoids_every_way_is_an_error(self):
        with self.assertRaisesRegex(UnknownSource, "it avoids every way"):
            self.cost({replace(SHORT, through=(), avoids=("mix_short", "mix_long")): 1.0})

    def test_the_listing_shows_what_counts(self):
        blocks, _ = blocks_on(LONG, self.kernel, SOURCES)
        text = report.listing(LONG, self.kernel, blocks, blocks_with_times(LONG, self.kernel, SOURCES), SOURCES)
        self.assertIn("6 instructions * groups\n", text)
        self.assertIn("SHF.R.U32.HI R3, RZ, 0xf, R4", text)
        self.assertIn("Mixer::once<mix_long<sample_paths_kernel", text)


class Flight(unittest.TestCase):
    LOADS = [Rule.parse("load_floats")]

    def groups(self, *lines):
        blocks = blocks_of(code(*lines))
        return flight.groups(blocks, set(range(len(blocks))), 0, lambda one: one.name == "LDG")

    def test_loads_before_the_first_use_of_any_of_them(self):
        self.assertEqual(flight.loads_in_flight(ROWS, self.LOADS, SOURCES), [(0x100, 128, 3)])
        self.assertEqual(self.groups("LDG.E.128 R4, [R0.64]", "IADD3 R0, R0, 0x10, RZ", "LDG.E.128 R8, [R0.64]", "FADD R1, R6, R1", "LDG.E.128 R4, [R0.64]",
                                     "STG.E.128 [R2.64], R4"), [2, 1])

    def test_branches_around_rows_do_not_end_a_group(self):
        self.assertEqual(self.groups("@P0 BRA `(.L_x_1)", "LDG.E R4, [R0.64]", ".L_x_1:", "@P1 BRA `(.L_x_2)", "LDG.E R5, [R0.64]", ".L_x_2:", "FADD R4, R4, R5"), [2])

    def test_loads_on_two_sides_of_a_branch_do_not_add_up(self):
        self.assertEqual(self.groups("@P0 BRA `(.L_x_1)", "LDG.E R4, [R0.64]", "BRA `(.L_x_2)", ".L_x_1:", "LDG.E R4, [R2.64]", ".L_x_2:", "FADD R4, R4, R5"), [1])

    def test_too_few_are_a_fault_and_none_at_all_too(self):
        loaded = toolkit.Code("lookup_kernel<true>", "sm_90", 32, 0, 0, ROWS)
        self.assertEqual(checks.flight_faults(loaded, SOURCES, ("load_floats",)), ["3 loads of 128 bits in flight in the loop at 0x100, expected at least 8"])
        self.assertRegex(checks.flight_faults(replace(loaded, function=PATHS), SOURCES, ("load_floats",))[0], "no loop loads rows by load_floats; did its name change?")


if __name__ == "__main__":
    unittest.main()
