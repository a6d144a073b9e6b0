# SPDX-License-Identifier: Apache-2.0
"""These tests are left out where there is no JAX. Where there is, the host is two devices."""

import importlib.util
import os
import pathlib
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))  # for golden_test and support
collect_ignore_glob = [] if importlib.util.find_spec("jaxlib") else ["*"]
