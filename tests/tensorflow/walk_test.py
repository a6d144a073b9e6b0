# SPDX-License-Identifier: Apache-2.0
"""Runs the blocks of docs/from_tensorflow.md, in their order: walk_test.py ROOT SEQFEAT. Needs TensorFlow."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import support

TEXT = (support.root / "docs" / "from_tensorflow.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.M | re.S)


class Walk(unittest.TestCase):
    maxDiff = None

    def test_every_block_is_run(self):
        self.assertEqual({kind for kind, _ in BLOCKS}, {"python", "bash", "text"})
        self.assertEqual(TEXT.count("```"), 2 * len(BLOCKS))
        path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), str(support.program.parent), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "SEQFEAT": str(support.root), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONDONTWRITEBYTECODE": "1"}
        told = ""
        with tempfile.TemporaryDirectory() as folder:
            for kind, text in BLOCKS:
                if kind == "python":
                    name = re.match(r"# (\w+\.py)\n", text)
                    (pathlib.Path(folder) / name[1]).write_text(text, encoding="utf-8")
                elif kind == "bash":
                    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=environment, capture_output=True, text=True)
                    self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}{done.stderr}")
                    told = done.stdout
                else:
                    self.assertEqual(told, text)


if __name__ == "__main__":
    support.main()
