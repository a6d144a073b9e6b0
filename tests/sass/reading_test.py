# SPDX-License-Identifier: Apache-2.0
"""Listings, sources, control flow and kinds of instructions: reading_test.py ROOT."""
import unittest

from support import PATHS, ROOT, ROWS, SAMPLE, SOURCES, code, edges  # first: it says where sass is
from sass.graph import blocks_of, forward_edges, loops_of
from sass.opcodes import accesses, bits_of
from sass.source import functions_of


class Listing(unittest.TestCase):
    def test_instructions_have_predicates_opcodes_and_operands(self):
        one, two = code("@!P0 LDG.E.128 R8, desc[UR6][R10.64+0x4]", "IMAD R4, R3.reuse, -0x7a, c[0x0][0x28]").instructions
        self.assertEqual((one.predicate, one.name, one.opcode, one.operands), ("!P0", "LDG", "LDG.E.128", ["R8", "desc[UR6][R10.64+0x4]"]))
        self.assertEqual((two.predicate, two.operands[1:], two.address), ("", ["R3.reuse", "-0x7a", "c[0x0][0x28]"], 16))

    def test_places_go_from_the_innermost_outwards_and_last_until_the_next(self):
        by_address = {one.address: one for one in PATHS.instructions}
        self.assertEqual([line for _, line in by_address[0x160].places], [8, 18, 31])
        self.assertEqual(by_address[0x170].places, by_address[0x160].places)
        self.assertEqual([line for _, line in by_address[0x180].places], [17, 31])

    def test_functions_begin_anew(self):
        self.assertEqual([len(function.instructions) for function in SAMPLE.values()], [45, 48])


class Source(unittest.TestCase):
    def test_lines_belong_to_functions_and_members_to_their_class(self):
        chains = {one.address: [name for name, _ in SOURCES.chain(one.places)] for one in PATHS.instructions}
        self.assertEqual(chains[0x160], ["Mixer::once", "mix_long", "sample_paths_kernel"])
        self.assertEqual(chains[0x0], ["sample_paths_kernel"])

    def test_heads_of_all_kinds(self):
        text = """namespace a::b {
template <class T = decltype(f())>
__global__ void __launch_bounds__(kThreads, 3)
    kernel(const T* x) {
  each([&](int i) { use(i); });
}
struct alignas(16) Pair : Base {
  friend Pair operator+(Pair a, const Pair& b) { return a; }
  [[nodiscard]] bool absent() const { return data == "}"; }  // {
  int data = 0;
};
enum class Kind : int { one, two };
}  // namespace a::b
"""
        lines = functions_of(text)
        self.assertEqual([lines.get(n) for n in range(1, 14)],
                         [None, "kernel", "kernel", "kernel", "kernel", "kernel", None, "Pair::operator+", "Pair::absent", None, None, None, None])

    def test_a_file_is_found_in_whichever_folder_it_was_compiled(self):
        self.assertEqual(SOURCES.inside("/elsewhere/x/tests/sass/sample.cu"), (ROOT / "tests/sass/sample.cu").resolve())
        self.assertIsNone(SOURCES.inside("/usr/include/sm_32_intrinsics.hpp"))


class Graph(unittest.TestCase):
    def test_branches_exits_and_falling_through(self):
        self.assertEqual(edges("@P0 BRA `(.L_x_1)", "MOV R0, R1", ".L_x_1:", "@!P1 EXIT", "EXIT"), [[2, 1], [2], [3], []])
        self.assertEqual(edges("BRA `(.L_x_1)", "NOP", ".L_x_1:", "EXIT"), [[2], [2], []])

    def test_conditions_may_stand_among_the_operands(self):
        self.assertEqual(edges("BRA.U !UP0, `(.L_x_1)", "NOP", ".L_x_1:", "EXIT"), [[2, 1], [2], []])
        self.assertEqual(edges("@!P2 BRA !P0, `(.L_x_1)", "NOP", ".L_x_1:", "EXIT"), [[2, 1], [2], []])

    def test_whole_warps_pass_a_divergent_branch_and_take_a_convergent_one(self):
        self.assertEqual(edges("BRA.DIV UR4, `(.L_x_1)", "NOP", "EXIT", ".L_x_1:", "EXIT")[0], [1])
        self.assertEqual(edges("BRA.CONV ~URZ, `(.L_x_1)", "NOP", ".L_x_1:", "EXIT")[0], [2])

    def test_calls_of_labels_are_jumps_and_those_of_functions_come_back(self):
        self.assertEqual(edges("@P0 CALL.REL.NOINC `(.L_x_1)", "NOP", ".L_x_1:", "EXIT")[0], [2, 1])
        self.assertEqual(edges("CALL.REL.NOINC `($__internal_0_$__cuda_div)", "EXIT"), [[1], []])

    def test_a_jump_by_table_has_all_its_targets(self):
        self.assertEqual(edges("BRX R4 -0x10 (*\"BRANCH_TARGETS .L_x_1,.L_x_2\"*)", ".L_x_1:", "EXIT", ".L_x_2:", "EXIT")[0], [1, 2])

    def test_loops_are_found_from_the_outside_in(self):
        blocks = blocks_of(PATHS)
        loops = [(blocks[loop.header].instructions[0].address, [hex(blocks[at].instructions[-1].address) for at in loop.latches]) for loop in loops_of(blocks)]
        self.assertEqual(loops, [(0x60, ["0x2d0"]), (0x160, ["0x1b0"])])

    def test_without_ways_back_the_end_of_a_turn_goes_on_behind_the_loop(self):
        blocks = blocks_of(code(".L_x_1:", "@P0 BRA `(.L_x_2)", "BRA `(.L_x_1)", ".L_x_2:", "EXIT"))
        self.assertEqual([block.successors for block in blocks], [[2, 1], [0], []])
        self.assertEqual(forward_edges(blocks, loops_of(blocks)), {0: {1, 2}, 1: {2}, 2: set()})


class Opcodes(unittest.TestCase):
    def test_widths(self):
        self.assertEqual([bits_of(text) for text in ("LDG.E.128.CONSTANT", "LDS.64", "LDG.E", "LDG.E.U8", "LDG.E.S16")], [128, 64, 32, 8, 16])

    def test_accesses(self):
        self.assertEqual(accesses(ROWS.instructions), {"LDG.32": 3, "LDG.128": 3, "STG.128": 3})
        self.assertEqual(accesses(code("LDL R1, [R2]", "STL.64 [R2], R4", "I2F.U64.RP R5, R6", "LD.E R1, [R2.64]", "STS.128 [R2], R4").instructions),
                         {"local": 2, "division": 1, "LD.32": 1, "STS.128": 1})


if __name__ == "__main__":
    unittest.main()
