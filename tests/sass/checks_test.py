# SPDX-License-Identifier: Apache-2.0
"""What is held against our rules, and the model: checks_test.py ROOT."""
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from dataclasses import replace

from support import PATHS, code  # first: it says where sass is
from sass import baseline, checks, model, path_table, report, toolkit, workloads
from sass.rules import UnknownSource


class Checks(unittest.TestCase):
    CODE = toolkit.Code("k", "sm_90", 40, 0, 1024, PATHS)

    def test_budgets_hold_registers_and_shared_memory(self):
        faults = lambda registers, shared: checks.budget_faults(self.CODE, {"registers": registers, "shared": shared})
        self.assertEqual(faults({"k": 40}, {"k": 1024}), [])
        self.assertEqual(faults({"k": 39}, {"k": 1023}), ["registers: got 40, expected at most 39", "shared: got 1024, expected at most 1023"])
        self.assertEqual(faults({}, {"k": 1024}), ["registers: not in tools/sass/budget.json"])

    def test_divisions_local_memory_and_missing_code(self):
        of = lambda *lines, stack=0: checks.code_faults(replace(self.CODE, stack=stack, function=code(*lines)))
        self.assertEqual(of("EXIT"), [])
        self.assertEqual(of("I2F.U32.RP R1, R2", "EXIT"), ["1 integer divisions"])
        self.assertEqual(of("LDL R1, [R2]", "EXIT", stack=8), ["local memory: 1 accesses, 8 bytes of stack"])
        self.assertEqual(of(), ["no machine code found"])

    def test_a_baseline_tolerates_three_percent(self):
        self.assertIsNone(baseline.fault_of(103.0, 100.0))
        self.assertIsNone(baseline.fault_of(50.0, 100.0))
        self.assertRegex(baseline.fault_of(104.0, 100.0), "got 104.0 instructions, expected at most 103.0")
        self.assertRegex(baseline.fault_of(1.0, None), "not in the baseline")

    def test_totals_name_what_fails(self):
        total = checks.Total()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            checks.check_paths({"sm_90": {"a": {"issue": 104.0}, "b": UnknownSource("path 'b': gone"), "c": {"issue": 5.0}}},
                               {"a": {"sm_90": 100.0}, "c": {"sm_90": 5.0}, "d": {"sm_90": 1.0}}, total)
            total.expect_seen("fault", ["found"])
            total.expect_seen("fault", [])
        self.assertEqual((total.passed, total.failed), (2, 4))
        for text in ("expected at most 103.0", "path 'b': gone", "in the baseline, but no path", "not seen"):
            self.assertIn(text, out.getvalue())

    def test_a_written_baseline_reads_back(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "baseline.json"
            baseline.write(file, {"b": {"sm_90": 1.5}, "a": {"sm_80": 2.0}})
            self.assertEqual(baseline.read(file), {"a": {"sm_80": 2.0}, "b": {"sm_90": 1.5}})

    def test_resource_usage(self):
        text = "Resource usage:\n Common:\n  GLOBAL:0\n Function f:\n  REG:62 STACK:0 SHARED:17536 LOCAL:0 CONSTANT[0]:624 TEXTURE:0\n"
        self.assertEqual(toolkit.read_usage(text)["f"], {"REG": 62, "STACK": 0, "SHARED": 17536, "LOCAL": 0, "TEXTURE": 0})


class Model(unittest.TestCase):
    DEVICE = {"multiprocessors": 10, "clock_hz": 100.0, "warps_issued_a_clock": 4, "half_rate_warps_a_clock": 2, "bytes_a_second": 50.0}

    def test_a_launch_is_bound_by_its_slowest_resource(self):
        limits = model.limits_of({"issue": 8000, "imad": 1000, "alu": 6000}, 50, self.DEVICE)
        self.assertEqual(limits, {"issue": 2.0, "imad": 0.5, "alu": 3.0, "memory": 1.0})
        prediction = model.Prediction("W", 10, 1.0, 50, limits, 3.0)
        self.assertEqual(prediction.bound, "alu")
        text = report.predictions_table([prediction], {})
        self.assertIn("| not measured |", text)
        self.assertIn("75% of the roof", report.predictions_table([prediction], {"W": (4.0, "gpu.json")}))

    def test_stagings_of_32_tokens(self):
        self.assertEqual(workloads.stagings({1: 1.0}), 1)
        self.assertEqual(workloads.stagings({16: 1.0}), 1 + 15 / 16)  # 512 bytes, unless they begin at a multiple of 16
        self.assertEqual(workloads.shares_of("hash", workloads.uniform(1, 4)), {"hash 0-3": 0.75, "hash 4-7": 0.25})

    def test_only_a_device_measures(self):
        with tempfile.TemporaryDirectory() as folder:
            write = lambda name, data: (pathlib.Path(folder) / name).write_text(json.dumps(data))
            result = lambda backend, seconds: {"workload": "W2", "backend": backend, "seconds": seconds}
            write("cpu.json", {"results": [result("cpu", 1.0)]})
            write("rehearsed.json", {"rehearsed": True, "results": [result("cuda", 0.1)]})
            self.assertEqual(model.measured_seconds(folder), {})
            write("gpu.json", {"results": [result("cuda", 0.5), result("cuda", 0.4)]})
            self.assertEqual(model.measured_seconds(folder), {"W2": (0.4, "gpu.json")})

    def test_workloads_name_paths_that_are_in_the_table_and_their_words(self):
        for workload in workloads.WORKLOADS:
            for part in (part for launch in workload.launches for part in launch.parts):
                paths = [path_table.PATHS[name] for name in part.shares]
                self.assertEqual(len({path.kernel for path in paths}), 1, part)
                self.assertAlmostEqual(sum(part.shares.values()), 1.0, places=3)
                self.assertEqual({word for path in paths for word in path.usual}, set(part.values), part)



if __name__ == "__main__":
    unittest.main()
