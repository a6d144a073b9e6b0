# SPDX-License-Identifier: Apache-2.0
"""What the checks read in PTX, which faults they make of it, and when a list is wrong."""

import pathlib
import re
import sys
import tempfile
import unittest
import unittest.mock

sys.dont_write_bytecode = True

import cases as suites
import coverage
import faults
import listing

PTX = f'''.version 9.0
.target sm_90
.visible .entry _ZN7seqfeat4kernEv(
	.param .u64 a
)
{{
	.reg .pred 	%p<3>;
	.loc	1 2 3
	add.s32 	%r3, %r2, 7;
$L__BB0_1:	.loc	2 9 1, function_name $L__info_string0, inlined_at 1 1 4
	@%p1 bra 	$L__BB0_1;
	{{ // inline asm
	{{ mov.b32 {{%r1, %r2}}, %rd1;
	ret;}}
	}}
}}
.entry _ZN3cub4sortEv(
)
{{
	ret;
}}
.file	1 "{listing.ROOT}/tests/ptx/checks/listing.py"
.file	2 "/usr/include/other.h"
'''


def instruction(text, line=1, kernel='_ZN7seqfeat4kernEv'):
    return listing.Instruction('m', kernel, line, text, ('', ''), 'a.cu: code')


class Listing(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / 'm.ptx'
        self.path.write_text(PTX)

    def tearDown(self):
        self.folder.cleanup()

    def test_instructions_by_line_with_the_source_that_is_ours(self):
        read = listing.read_module(self.path)
        self.assertEqual([9, 11, 13, 14, 20], sorted(read))
        self.assertEqual('add.s32 \t%r3, %r2, 7;', read[9].text)
        self.assertTrue(read[9].source.startswith('tests/ptx/checks/listing.py: """Reads the PTX'))
        self.assertEqual('tests/ptx/checks/listing.py: # SPDX-License-Identifier: Apache-2.0',
                         read[11].source)
        self.assertEqual(('mov.b32 {%r1, %r2}, %rd1;', ('{ ', '')), (read[13].text, read[13].frame))
        self.assertEqual(('ret;', ('', '}')), (read[14].text, read[14].frame))
        self.assertTrue(listing.is_ours(read[9].kernel))
        self.assertFalse(listing.is_ours(read[20].kernel))
        self.assertFalse(listing.is_ours('_ZN7seqfeat4test11fill_kernelEv'))

    def test_names_without_spaces_and_parameters(self):
        self.assertEqual({'_ZN7seqfeat4cuda4kernIiEEvT_': 'kern<int>'},
                         listing.demangled(['_ZN7seqfeat4cuda4kernIiEEvT_']))

    def test_coverage_and_its_list(self):
        case = suites.Case('a/b', ())
        own = coverage.coverage_folder(self.folder.name, case)
        own.mkdir()
        self.path.rename(own / 'm.ptx')
        (own / '1.counts').write_text('m 9 2\nm 11 0\nm 13 1\nm 14 1\n')
        found = coverage.Coverage(self.folder.name, [case])
        self.assertEqual([('kern', 3, 4)], found.of_kernels())
        (own / '1.counts').write_text('m 20 1\n')
        not_launched = coverage.Coverage(self.folder.name, [case])
        self.assertEqual([('kern', 0, 4)], not_launched.of_kernels())
        (own / '1.counts').write_text('m 9 1\nm 11 0\n')
        with self.assertRaisesRegex(ValueError, 'm.ptx:13: not counted'):
            coverage.Coverage(self.folder.name, [case])
        self.assertEqual([case], found.cases_of['m', 9])
        self.assertEqual(([], [case]), (found.cases_of['m', 11], found.cases_at(('m', 11))))
        unexecuted = 'tests/ptx/checks/listing.py: # SPDX-License-Identifier: Apache-2.0'
        self.assertEqual({unexecuted: 1}, dict(found.unexecuted_sources()))
        listed = pathlib.Path(self.folder.name) / 'list'
        floor = 'kernel kern: at least 75 %\n'
        for text, wrong in ((f'# heading\n{floor}  a reason\n', 0), ('', 1), (floor, 1),
                            (f'kernel x: at least 1 %\n{floor} y\n', 1),
                            (floor.replace('75', '76') + ' y\n', 1)):
            listed.write_text(text)
            self.assertEqual(wrong, len(list(coverage.compare_with_list(found, listed))), text)
        listed.write_text('# heading\nkernel x: at least 9 %\n  gone\nkernel kern: at least 80 %\n  kept\n  as it is\n')
        self.assertEqual('# heading\n\nkernel kern: at least 75 %\n    kept\n    as it is\n',
                         coverage.updated_list(found, listed))


class Cases(unittest.TestCase):
    def run_program(self, *command):
        return suites.run_case(suites.Case('a', command), 1)

    def test_end_as_their_process_does(self):
        self.assertTrue(self.run_program('true').passed)
        failed = self.run_program('sh', '-c', 'echo why; exit 3')
        self.assertEqual((False, 'why\n'), (failed.passed, failed.output))

    def test_that_work_or_wait_for_ever_are_ended(self):
        works = self.run_program(sys.executable, '-c', 'while True: pass')
        self.assertEqual((False, 'not done after 1 s\n'), (works.passed, works.output))
        self.assertGreater(works.seconds, 0.5)
        with unittest.mock.patch.object(suites, 'PATIENCE', 0.2):
            waits = self.run_program('sleep', '60')
        self.assertEqual((False, 'not done after 1 s\n'), (waits.passed, waits.output))


class Faults(unittest.TestCase):
    def test_each_kind(self):
        for text, kind, expected in (
                ('sub.s32 \t%r3, %r2, %r9;', 'operands swapped', 'sub.s32 \t%r3, %r9, %r2;'),
                ('@%p1 shl.b32 \t%r3, %r2, 7;', 'constant off by one', '@%p1 shl.b32 \t%r3, %r2, 8;'),
                ('ld.global.u32 \t%r1, [%rd2+-8];', 'address off', 'ld.global.u32 \t%r1, [%rd2+-4];'),
                ('ld.shared.u32 \t%r1, [%r2];', 'address off', 'ld.shared.u32 \t%r1, [%r2+4];'),
                ('@%p1 bra \tL;', 'predicate inverted', '@!%p1 bra \tL;'),
                ('@!%p1 bra \tL;', 'predicate inverted', '@%p1 bra \tL;'),
                ('bar.sync \t0;', 'barrier dropped', ''),
                ('bar.warp.sync \t-1;', 'barrier dropped', ''),
                ('griddepcontrol.wait;', 'barrier dropped', ''),
                ('st.global.u32 \t[%rd1], %r1;', 'store dropped', ''),
                ('setp.lt.s32 \t%p1, %r1, %r2;', 'comparison changed', 'setp.le.s32 \t%p1, %r1, %r2;'),
                ('mul.hi.u64 \t%rd1, %rd2, %rd3;', 'operation changed', 'mul.lo.u64 \t%rd1, %rd2, %rd3;'),
                ('vote.sync.all.pred \t%p1, %p2, -1;', 'vote changed', 'vote.sync.any.pred \t%p1, %p2, -1;'),
                ('redux.sync.max.u32 \t%r1, %r2, -1;', 'reduction changed', 'redux.sync.min.u32 \t%r1, %r2, -1;'),
                ('add.f32 \t%f3, %f2, %f9;', 'wrong register', 'add.f32 \t%f3, %f2, %f8;')):
            made = {fault.kind: fault.text for fault in faults.faults_of(instruction(text))}
            self.assertEqual(expected, made.get(kind), text)

    def test_nothing_is_no_fault(self):
        self.assertEqual([], list(faults.faults_of(instruction('ret;'))))
        self.assertNotIn('barrier dropped', [fault.kind for fault in faults.faults_of(
            instruction('bar.red.or.pred \t%p1, 0, %p2;'))])

    def test_a_key_means_one_instruction(self):
        texts = ('sub.s32 \t%r3, %r2, %r9;', 'sub.s32 \t%r4, %r3, %r8;', '@%p1 bra \t$L__BB0_2;')
        instructions = {('m', line): instruction(text, line) for line, text in enumerate(texts)}
        keys = faults.Keys(instructions)
        found = [next(faults.faults_of(i)) for i in instructions.values()]
        self.assertEqual(['kern: a.cu: code: operands swapped: sub.s32 \t%r, %r, %r; (1 of 2)',
                          'kern: a.cu: code: operands swapped: sub.s32 \t%r, %r, %r; (2 of 2)',
                          'kern: a.cu: code: predicate inverted: @%p bra \t$L;'],
                         [keys.of(fault) for fault in found])
        self.assertEqual(keys.family(found[0]), keys.family(found[1]))
        with tempfile.TemporaryDirectory() as folder:
            listed = pathlib.Path(folder) / 'list'
            listed.write_text(f'{keys.of(found[1])}\n  why\n')
            self.assertEqual(({keys.of(found[1]): 'why'}, []),
                             faults.explained(found, keys, listed))
            listed.write_text(f'{keys.of(found[1])}\n  why\n{keys.family(found[1])}\n  why\n'
                              f'{keys.of(found[0])}\n')
            self.assertEqual(2, len(faults.explained(found, keys, listed)[1]))

    def test_choice_is_by_turns_of_kind_and_kernel_and_the_same_for_a_seed(self):
        class Executed:
            def __init__(self, lines):
                self.instructions = {
                    ('m', line): instruction(f'sub.s32 \t%r3, %r2, {line};', line, f'k{line % 3}')
                    for line in lines}

            @staticmethod
            def executed(place):
                return place[1] != 1

            @staticmethod
            def of_kernels():
                return [('k0', 99, 100), ('k1', 99, 100), ('k2', 99, 100), ('k3', 50, 100)]

        def choose(coverage, count, seed):
            keys = faults.Keys(coverage.instructions)
            return faults.choose(faults.possible_faults(coverage, keys.names), keys, count, seed)

        found = Executed(range(1, 99))
        chosen = choose(found, 12, 5)
        self.assertEqual(chosen, choose(found, 12, 5))
        self.assertNotEqual(chosen, choose(found, 12, 6))
        kinds = [fault.kind for fault in chosen]
        self.assertEqual({kinds.count(kind) for kind in kinds}, {3})
        for kind in set(kinds):
            self.assertEqual({'k0', 'k1', 'k2'},
                             {f.instruction.kernel for f in chosen if f.kind == kind})
        self.assertNotIn(1, [fault.instruction.line for fault in chosen])
        Executed.of_kernels = staticmethod(lambda: [('k0', 99, 100), ('k1', 50, 100)])
        self.assertEqual({'k0'}, {f.instruction.kernel for f in choose(found, 12, 5)})
        Executed.of_kernels = staticmethod(lambda: [(f'k{k}', 1, 1) for k in range(3)])
        # Of a kernel that became longer most faults are those of before.
        self.assertGreater(len(set(chosen) & set(choose(Executed(range(1, 102)), 12, 5))), 8)

    def test_every_part_has_some_of_each_group(self):
        possible = [fault for line in range(80) for fault in faults.faults_of(
            instruction(f'sub.s32 \t%r3, %r2, {line};', line, 'ab'[line % 2]))]
        keys = faults.Keys({('m', f.instruction.line): f.instruction for f in possible})
        chosen = faults.choose_of_groups(possible, keys, (('a', 20), ('(?!a)', 5)), 1)
        kernels = [fault.instruction.kernel for fault in chosen]
        self.assertEqual((20, 5), (kernels.count('a'), kernels.count('b')))
        for first in range(0, 25, 5):
            self.assertEqual(1, kernels[first:first + 5].count('b'))
        for name, group in (('update_kernel<(OptimizerKind)0, true>', 1), ('part_sums_kernel', 1),
                            ('layer_ids_kernel', 0), ('gather_kernel<(Method)0>', 0)):
            groups = [i for i, (pattern, _) in enumerate(faults.GROUPS) if re.match(pattern, name)]
            self.assertEqual([group], groups, name)

    def test_every_fault_has_its_turn(self):
        self.assertEqual([[1, 2], [3, 4], [5, 1], [2, 3]],
                         [faults.part_of([1, 2, 3, 4, 5], 2, turn) for turn in range(4)])
        self.assertEqual([], faults.part_of([], 2, 3))


if __name__ == '__main__':
    unittest.main()
