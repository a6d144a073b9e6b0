# SPDX-License-Identifier: Apache-2.0
"""These tests run where torch is installed."""

import importlib.util
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1]))  # support.py
collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["torch_*.py"]
