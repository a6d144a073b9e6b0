# SPDX-License-Identifier: Apache-2.0
"""What bench/plot.py draws, as numbers: plot_test.py ROOT. Needs no matplotlib."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(sys.argv.pop(1)) / "bench"))
import plot
import plot_device

REHEARSED = pathlib.Path(__file__).with_name("rehearsed.json")  # seqfeat-bench-simt --samples 1 --back-to-back 1 --scale 1e-6


def result(workload, baseline="libfarmhash, %", ratio=2.0, threads=1, references=()):
    return {"workload": workload, "backend": "cpu", "threads": threads, "baseline": baseline, "ratio": ratio,
            "references": [{"name": name, "ratio": value} for name, value in references]}


class Bars(unittest.TestCase):
    def test_each_hash_workload_has_its_own_aim(self):
        aims = {name: plot.bars([result(f"hash/{name}")])[0][2] for name in
                ("mean4/uniform/cached", "mean8/uniform/streamed", "mean24/uniform/cached", "mean24/fixed/cached", "mean100/uniform/cached", "int64/streamed")}
        self.assertEqual(list(aims.values()), [2.5, 1.8, 1.5, 1.0, 1.0, 3.0])

    def test_the_layer_is_held_against_what_its_aim_speaks_of(self):
        found = plot.bars([result("layer/setmm512/d64", "memcpy", 0.7, references=[("non-temporal fill", 0.4)])])
        self.assertEqual(found, [("layer/setmm512/d64  /  non-temporal fill", 0.4, 0.95)])
        found = plot.bars([result("layer/w5/d128", "memcpy", 0.9, 2, [("memcpy, 2 threads", 0.6), ("non-temporal fill, 2 threads", 0.1)])])
        self.assertEqual([(ratio, aim) for _, ratio, aim in found], [(0.6, 0.75)])

    def test_a_ratio_of_tensorflow_is_aimed_at_by_threads(self):
        for threads, aim in ((1, 28), (2, 45), (4, None)):
            found = plot.bars([result("end_to_end/setmm512/d10", "TensorFlow layer", 30, threads, [("TensorFlow expert", 5)])])
            self.assertEqual([row[2] for row in found], [aim, 4] if aim else [4])

    def test_of_several_that_an_aim_is_about_the_lowest_counts(self):
        found = plot.bars([result("end_to_end/setmm512/d10", "TensorFlow layer_in_map", 20, 1, [("TensorFlow layer", 25), ("TensorFlow expert", 5)]),
                           result("crc32c", threads=2)])
        self.assertEqual([row[:2] for row in found], [("end_to_end/setmm512/d10, 1 thread  /  TensorFlow layer_in_map", 20),
                                                      ("end_to_end/setmm512/d10, 1 thread  /  TensorFlow expert", 5), ("crc32c, 2 threads  /  libfarmhash, %", 2.0)])

    def test_without_an_aim_or_a_baseline(self):
        self.assertEqual(plot.bars([result("end_to_end/setmm512/d10", "memcpy", 0.5)]), [("end_to_end/setmm512/d10  /  memcpy", 0.5, None)])
        self.assertEqual(plot.bars([result("hash/int64/streamed", None, None)]), [])


class DeviceFigures(unittest.TestCase):
    def setUp(self):
        self.data = json.loads(REHEARSED.read_text())

    def of(self, workload, cache):
        return next(r for r in self.data["results"] if (r["workload"], r["cache"]) == (workload, cache))

    def test_are_of_a_rehearsal_and_say_so(self):
        self.assertIs(self.data["rehearsed"], True)
        self.assertIn("REHEARSED", plot.caption(self.data))

    def test_the_roofline_has_tokens_a_second_against_ideal_bytes_a_token(self):
        points = {name: (x, y) for name, x, y in plot_device.roofline(self.data, "cold")}
        lookup = self.of("W1/uniform", "cold")
        self.assertEqual(points["W1/uniform"], (lookup["ideal_bytes"] / lookup["tokens"], lookup["tokens_per_second"]))
        self.assertNotIn("W7/1-32/chained", points)
        self.assertEqual(plot_device.roofline(self.data, "cold", ours=False), [])

    def test_its_roofs_are_the_copy_and_chained_hashing(self):
        copy = self.data["bandwidth"]["copy"]
        self.assertEqual(plot_device.memory_roof(self.data, [1, 10]), [copy, copy / 10])
        streamed = self.of("W7/4-4", "cold")
        self.assertIn((streamed["ideal_bytes"] / streamed["tokens"], self.of("W7/4-4/chained", "warm")["tokens_per_second"]), plot_device.issue_roof(self.data))
        self.assertEqual(len(plot_device.issue_roof(self.data)), 2)

    def test_hashing_stands_against_the_mean_token_length(self):
        self.assertEqual([x for x, _ in plot_device.lengths(self.data, "cold")], [4, 16.5])
        self.assertEqual(plot_device.lengths(self.data, "warm", chained=True)[1], (16.5, self.of("W7/1-32/chained", "warm")["tokens_per_second"]))

    def test_w1_stands_against_alpha_without_its_constant_form(self):
        self.assertEqual([x for x, _ in plot_device.skew(self.data, "warm")], [0, 1.05, 1.15])
        self.assertEqual(plot_device.skew(self.data, "warm")[0][1], self.of("W1/uniform", "warm")["tokens_per_second"])

    def test_the_road_stands_beside_the_stages_of_its_four_launches(self):
        whole, hashing, looking_up = (self.of(f"W-road/d10{stage}", "cold") for stage in ("", "/hash", "/lookup"))
        whole["baseline_seconds"] = hashing["seconds"] + looking_up["seconds"] + 1
        (_, one), (label, four) = plot_device.road(self.data, "cold")
        self.assertEqual(one, {"whole": whole["seconds"]})
        self.assertIn("four launches", label)
        self.assertAlmostEqual(sum(four.values()), whole["baseline_seconds"])
        whole["baseline_seconds"] = 0.5 * hashing["seconds"]  # they overlap: nothing is left over, and nothing is negative
        self.assertEqual(plot_device.road(self.data, "cold")[1][1]["pad, mask, lengths"], 0)

    def test_of_several_runs_are_one_and_peers_stand_apart(self):
        peer = {"bandwidth": {"copy": 1}, "results": [self.of("W1/uniform", "cold") | {"backend": "torch"}]}
        both = plot_device.together([self.data, peer])
        self.assertEqual([name for name, _, _ in plot_device.roofline(both, "cold", ours=False)], ["W1/uniform"])
        self.assertEqual(plot_device.roofline(both, "cold"), plot_device.roofline(self.data, "cold"))
        self.assertEqual(both["bandwidth"], self.data["bandwidth"])

    def test_leave_out_what_there_is_nothing_of(self):
        self.assertEqual(len(plot_device.panels(self.data)), 4)
        self.data["results"] = [self.of("W1/uniform", "cold")]
        self.assertEqual(plot_device.panels(self.data), [plot_device.draw_roofline, plot_device.draw_skew])

    def test_are_svg_where_matplotlib_is(self):
        try:
            import matplotlib
        except ImportError:
            self.skipTest("no matplotlib")
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            output = pathlib.Path(folder) / "all.svg"
            self.assertEqual(plot.main(["--together", str(output), str(REHEARSED), str(REHEARSED)]), 0)
            self.assertRegex(output.read_text(), r"(?s)<svg.*<text[^>]*>[^<]*REHEARSED")


class Figures(unittest.TestCase):
    def test_that_lie_here_hold_text_and_are_small(self):
        figures = sorted((pathlib.Path(plot.__file__).parent / "results").glob("*.svg"))
        self.assertTrue(figures)
        for figure in figures:
            text = figure.read_text()
            self.assertIn("<text", text, figure)
            self.assertNotIn('<path id="DejaVu', text, figure)
            self.assertLess(len(text), 120_000, figure)

    def test_of_a_file_depend_on_what_it_holds(self):
        endings = lambda data: [ending for ending, _ in plot.figures_of(data)]
        self.assertEqual(endings({"results": [result("crc32c")]}), [".svg"])
        self.assertEqual(endings({"results": [result("crc32c")], "scaling": [{}]}), [".svg", "-scaling.svg"])
        self.assertEqual(endings({"results": [], "scaling": [{}]}), ["-scaling.svg"])
        self.assertEqual(endings({"results": [{"backend": "cuda"}]}), [".svg"])

    def test_need_matplotlib_and_say_so(self):
        hidden, sys.modules["matplotlib"] = sys.modules.get("matplotlib"), None
        try:
            with self.assertRaisesRegex(SystemExit, "matplotlib is missing"):
                plot.main(["any.json"])
        finally:
            del sys.modules["matplotlib"]
            if hidden:
                sys.modules["matplotlib"] = hidden

    def test_are_svg_beside_their_json_where_matplotlib_is(self):
        try:
            import matplotlib
        except ImportError:
            self.skipTest("no matplotlib")
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            file = pathlib.Path(folder) / "cpu.json"
            file.write_text(json.dumps({"schema_version": 1, "machine": {}, "results": [result("crc32c")]}))
            self.assertEqual(plot.main([str(file)]), 0)
            self.assertIn("<svg", (pathlib.Path(folder) / "cpu.svg").read_text())
            file.write_text(json.dumps({"schema_version": 2, "results": []}))
            with self.assertRaisesRegex(SystemExit, "schema_version 2"):
                plot.main([str(file)])


if __name__ == "__main__":
    unittest.main()
