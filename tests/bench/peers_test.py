# SPDX-License-Identifier: Apache-2.0
"""bench/peers: peers_test.py ROOT [SEQFEAT_BENCH]. Most of it needs torch, on the processor, and SEQFEAT_BENCH for the sizes."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

peers = pathlib.Path(sys.argv.pop(1)) / "bench" / "peers"
program = sys.argv.pop(1) if len(sys.argv) > 1 else None
sys.path.insert(0, str(peers))
try:
    import torch
    import torch_inputs as inputs
except ImportError:
    torch = None
try:
    import numpy
    import training_inputs
except ImportError:
    numpy = None


def torch_ops(*arguments):
    return subprocess.run([sys.executable, "-B", str(peers / "torch_ops.py"), *arguments], capture_output=True, text=True)


class Refusal(unittest.TestCase):
    def test_without_a_device_it_says_so(self):
        if torch and torch.cuda.is_available():
            self.skipTest("there is a device")
        done = torch_ops("--definitions", "any.json")
        self.assertEqual(done.returncode, 4)
        self.assertIn("no CUDA device" if torch else "torch is not installed", done.stderr)


    def test_training_without_torch_says_so(self):
        done = subprocess.run([sys.executable, "-B", str(peers / "torch_training.py"), "--library", "none.so", "--list"], capture_output=True, text=True)
        if torch:
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("padded/zipf/19to25/d128/adam", done.stdout.splitlines())
        else:
            self.assertEqual(done.returncode, 4)
            self.assertIn("torch is not installed", done.stderr)


@unittest.skipUnless(numpy, "no numpy")
class TrainingInputs(unittest.TestCase):
    def test_rows_have_the_lengths_of_their_name_and_ids_of_the_table(self):
        for draw in training_inputs.DRAWS:
            for lengths, (shortest, longest, mean) in {"mean22": (1, 64, 22), "19to25": (19, 25, 22)}.items():
                for ids, offsets in training_inputs.batches(draw, lengths, 5000, count=2):
                    counts = numpy.diff(offsets)
                    self.assertEqual((len(counts), offsets[0], offsets[-1]), (1000, 0, len(ids)))
                    self.assertGreaterEqual(counts.min(), shortest)
                    self.assertLessEqual(counts.max(), longest)
                    self.assertAlmostEqual(counts.mean(), mean, delta=1.5)
                    self.assertTrue((ids >= 0).all() and (ids < 5000).all())

    def test_every_process_makes_the_same_batches(self):
        first, again = (training_inputs.batches("zipf", "mean22", 5000, count=1)[0] for _ in range(2))
        self.assertTrue(numpy.array_equal(first.ids, again.ids) and numpy.array_equal(first.offsets, again.offsets))

    def test_slots_are_where_ids_stand_among_padded_rows(self):
        batch = training_inputs.Batch(numpy.array([5, 6, 7, 8]), numpy.array([0, 1, 1, 4]))
        self.assertEqual(training_inputs.slots(batch, 10).tolist(), [0, 20, 21, 22])


@unittest.skipUnless(torch, "no torch")
class Inputs(unittest.TestCase):
    """The numbers of shapes_test.cpp."""

    def test_ids_are_those_of_the_benchmark(self):
        shape = {"tables": 1, "rows": 1000, "steps": 8, "values": 1, "alpha": 1.15, "shift": 1.0, "permuted": True, "seed": 100}
        self.assertEqual(inputs.ids_of(shape, 0, "cpu").tolist(), [983, 371, 812, 761, 454, 524, 621, 786])
        self.assertEqual(inputs.ids_of(shape | {"tables": 2, "alpha": 0.0}, 1, "cpu").tolist(), [502, 954, 772, 797, 1385, 1118, 1876, 1854])

    def test_rows_are_those_of_the_benchmark(self):
        shape = {"rows": 6, "shortest": 19, "longest": 25, "length_seed": 5, "outlier": 0}
        self.assertEqual(inputs.row_offsets_of(shape, "cpu").tolist(), [0, 21, 46, 67, 86, 110, 129])
        self.assertEqual(inputs.row_offsets_of(shape | {"outlier": 100}, "cpu").diff()[3], 100)

    def test_halves_are_the_bytes_of_the_benchmarks_floats(self):
        for dtype in (torch.float16, torch.bfloat16):
            bits = [x & 0xFFFF for x in inputs.table_of(3, 3, dtype, "cpu").flatten().view(torch.int16).tolist()]
            self.assertEqual(bits, [0xACCD, 0x3E9F, 0xA4CF, 0xBC9A, 0x058B, 0xBF6F, 0x14F8, 0x3E35, 0x1411])  # workload_test.cpp


@unittest.skipUnless(torch and program, "no torch or no seqfeat-bench")
class Rehearsal(unittest.TestCase):
    def test_every_shape_gives_results_in_the_benchmarks_form(self):
        with tempfile.TemporaryDirectory() as folder:
            shapes, figures = pathlib.Path(folder) / "shapes.json", pathlib.Path(folder) / "torch.json"
            shapes.write_bytes(subprocess.run([program, "--definitions"], check=True, capture_output=True).stdout)
            done = torch_ops("--definitions", str(shapes), "--rehearse", "--samples", "2", "--back-to-back", "2", "--json", str(figures))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(torch_ops("--definitions", str(shapes), "--rehearse", "--workload", "W99").returncode, 2)
            report = json.loads(figures.read_text())
            expected = {w["workload"] for w in json.loads(shapes.read_text())["workloads"] if not w["group"]}
        self.assertIs(report["rehearsed"], True)
        self.assertEqual(report["failures"], [])
        self.assertEqual({r["workload"].removesuffix("/pad") for r in report["results"]}, expected)
        moved = {r["workload"]: r["bytes"] for r in report["results"]}
        for name in ("W1b", "W5/b2048/d512"):
            self.assertLess(moved[name], 0.6 * moved[name + "/fp32"])
        notes = {r["workload"]: r["note"] for r in report["results"]}
        self.assertIn("int32 ids", notes["W1b"])
        self.assertIn("int64 ids", notes["W3"])
        for result in report["results"]:
            self.assertEqual((result["backend"], len(result["samples"])), ("torch", 2))
            self.assertGreater(result["ideal_bytes"], 0)
            self.assertLessEqual(result["ideal_bytes"], result["bytes"])


if __name__ == "__main__":
    unittest.main()
